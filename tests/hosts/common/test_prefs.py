"""Preferences: kept, overridden by a pipeline, and never in the way of a panel that opens."""

from __future__ import annotations

import json
import stat
from dataclasses import fields
from pathlib import Path

import pytest

from mattewire_panel import prefs
from mattewire_panel.prefs import Preferences
from mattewire_protocol.errors import BadField, NotWritable


def test_what_is_saved_comes_back(home: Path) -> None:
    wanted = Preferences(out="/m/{shot}.####.exr", engine="sam2", quality="draft", start_daemon=False, poll_s=0.5)
    prefs.save("nuke", wanted)
    assert prefs.load("nuke", {}) == (wanted, [])
    assert prefs.load("blender", {}) == (Preferences(), [])
    assert stat.S_IMODE((home / "panel-nuke.json").stat().st_mode) == 0o600


def test_every_value_can_come_from_the_environment(home: Path) -> None:
    prefs.save("nuke", Preferences(engine="sam2"))
    environment = {
        "MATTEWIRE_PANEL_OUT": "/studio/{shot}.####.exr",
        "MATTEWIRE_PANEL_ENGINE": "preview",
        "MATTEWIRE_PANEL_QUALITY": "draft",
        "MATTEWIRE_PANEL_START_DAEMON": "No",
        "MATTEWIRE_PANEL_POLL_S": "0.25",
    }
    assert prefs.load("nuke", environment) == (
        Preferences("/studio/{shot}.####.exr", "preview", "draft", False, 0.25),
        [],
    )
    assert prefs.overridden(environment) == sorted(field.name for field in fields(Preferences))
    assert prefs.overridden({"MATTEWIRE_PANEL_OUT": ""}) == []


def test_the_process_environment_is_asked_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWIRE_PANEL_ENGINE", "sam2")
    assert prefs.load("nuke")[0].engine == "sam2"
    assert prefs.overridden() == ["engine"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "cannot be read"),
        ("[]", "no preferences"),
        ('{"poll_s": 0}', "poll_s"),
        ('{"poll_s": NaN}', "poll_s"),
        ('{"poll_s": true}', "poll_s"),
        ('{"quality": "best"}', "quality"),
        ('{"out": " "}', "out"),
        ('{"start_daemon": "perhaps"}', "start_daemon"),
        ('{"engine": 3}', "engine"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_bad_file_costs_its_bad_values_only(home: Path, text: str, told: str) -> None:
    home.mkdir()
    (home / "panel-nuke.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    chosen, notes = prefs.load("nuke", {"MATTEWIRE_PANEL_ENGINE": "sam2"})
    assert chosen == Preferences(engine="sam2")
    assert len(notes) == 1
    assert told in notes[0]


def test_a_newer_panels_values_are_left_alone(home: Path) -> None:
    home.mkdir()
    (home / "panel-nuke.json").write_text(json.dumps({"engine": "sam2", "theme": "dark"}))
    assert prefs.load("nuke", {}) == (Preferences(engine="sam2"), [])


def test_a_bad_variable_is_told_by_name() -> None:
    chosen, notes = prefs.load("nuke", {"MATTEWIRE_PANEL_POLL_S": "often"})
    assert chosen == Preferences()
    assert "poll_s from the environment" in notes[0]


def test_the_dialog_refuses_what_cannot_be() -> None:
    for wrong in ({"out": ""}, {"poll_s": 60.0}, {"quality": "best"}):
        with pytest.raises(BadField):
            Preferences(**wrong)  # type: ignore[arg-type]


def test_a_folder_that_cannot_be_written_is_told(home: Path) -> None:
    home.write_text("a file where the folder should be")
    with pytest.raises(NotWritable) as caught:
        prefs.save("nuke", Preferences())
    assert "MATTEWIRE_HOME" in caught.value.advice
