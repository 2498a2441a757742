"""The preferences dialog, offscreen."""

from __future__ import annotations

from typing import Any

import PySide6.QtWidgets
import pytest

pytestmark = pytest.mark.usefixtures("nuke16", "application")


@pytest.fixture(scope="module")
def application() -> Any:
    widgets = PySide6.QtWidgets
    return widgets.QApplication.instance() or widgets.QApplication([])


def test_what_is_saved_is_what_new_nodes_begin_with() -> None:
    from mattewire_nuke import job, preferences
    from mattewire_panel import prefs

    dialog = preferences.Dialog()
    dialog.out.setText("roto/{shot}.####.exr")
    dialog.quality.setCurrentText("draft")
    dialog.start_daemon.setChecked(False)
    dialog.save()
    loaded, notes = prefs.load("nuke")
    assert (loaded.out, loaded.quality, loaded.start_daemon, notes) == ("roto/{shot}.####.exr", "draft", False, [])
    assert job.desk().preferences == loaded
    assert dialog.result() == PySide6.QtWidgets.QDialog.Accepted


def test_what_cannot_be_is_not_saved_and_says_why() -> None:
    from mattewire_nuke import preferences
    from mattewire_panel import prefs

    dialog = preferences.Dialog()
    dialog.out.setText("  ")
    dialog.save()
    assert "is empty" in dialog.problem.text()
    assert not prefs.file_for("nuke").exists()


def test_what_the_environment_decides_is_shown_and_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWIRE_PANEL_ENGINE", "sam2")
    from mattewire_nuke import preferences

    dialog = preferences.Dialog()
    assert dialog.engine.currentText() == "sam2"
    assert not dialog.engine.isEnabled()
    assert "MATTEWIRE_PANEL_ENGINE" in dialog.engine.toolTip()
    assert dialog.out.isEnabled()
