"""`nuke -t`: the same from a script, with no event loop, no dialogs and no Qt."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stage

from mattewire_protocol.errors import BadField, DaemonUnreachable, NothingFound, PlateNotFound

pytestmark = pytest.mark.usefixtures("nuke_t", "house")


@pytest.fixture
def read(nuke_t: Any, tmp_path: Path) -> Any:
    return stage.read_node(stage.write_plate(tmp_path / "plate"))


def test_a_script_masks_and_gets_the_copy(terminal: Any, read: Any) -> None:
    import mattewire_nuke

    copy = mattewire_nuke.mask(read, prompt="red ball")
    for frame in range(stage.FIRST, stage.LAST + 1):
        alpha = stage.alpha(terminal, copy, frame)
        assert np.array_equal(alpha, stage.matte_file(copy.input(1)["file"].value().replace("####", str(frame))))
        assert stage.overlap(alpha, *stage.center(frame)) > 0.95
    assert terminal.dialogs == []
    assert not [name for name in sys.modules if name.startswith("mattewire_nuke.") and name.endswith((".qt", ".panel"))]


def test_settings_points_and_boxes_by_name(terminal: Any, read: Any, tmp_path: Path) -> None:
    import mattewire_nuke

    x, y = stage.center(1003)
    top = stage.HEIGHT - y
    copy = mattewire_nuke.mask(
        read,
        boxes=[(1003, x - 13, top - 13, x + 13, top + 13)],
        points=[(1003, x, top), (1003, 2.0, 2.0, False)],
        first=1002,
        last=1004,
        out=str(tmp_path / "m.####.exr"),
    )
    assert sorted(path.name for path in tmp_path.glob("m.*.exr")) == ["m.1002.exr", "m.1003.exr", "m.1004.exr"]
    assert stage.overlap(stage.alpha(terminal, copy, 1003), x, y) > 0.9


def test_a_grade_is_rendered_here_too(terminal: Any, read: Any, tmp_path: Path) -> None:
    import nuke

    import mattewire_nuke

    copy = mattewire_nuke.mask(nuke.nodes.Grade(inputs=[read]), "red ball")
    assert len(list((tmp_path / "temp").rglob("plate.*.exr"))) == 6
    assert stage.overlap(stage.alpha(terminal, copy, 1003), *stage.center(1003)) > 0.95


def test_without_waiting_the_mask_subject_comes_back_at_once(read: Any) -> None:
    import mattewire_nuke
    from mattewire_nuke import job

    subject = mattewire_nuke.mask(read, "red ball", wait=False)
    assert subject["mattewire_state"].value() == "running"
    end = time.monotonic() + 30  # or the line would open after the test, and start a daemon of its own
    while job.desk().session.state != "on" and time.monotonic() < end:
        job.desk().pump()
    assert job.desk().session.state == "on"


def test_errors_are_raised_and_not_shown(terminal: Any, read: Any, tmp_path: Path) -> None:
    import mattewire_nuke

    with pytest.raises(NothingFound, match="purple mug"):
        mattewire_nuke.mask(read, "purple mug")
    with pytest.raises(BadField, match="There is no setting 'engin'"):
        mattewire_nuke.mask(read, "red ball", engin="sam2")
    read["file"].setValue(str(tmp_path / "gone" / "p.####.exr"))
    with pytest.raises(PlateNotFound, match="gone"):
        mattewire_nuke.mask(read, "red ball")
    assert terminal.dialogs == []


def test_no_daemon_and_none_may_be_started(read: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mattewire_nuke

    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("MATTEWIRE_PANEL_START_DAEMON", "no")
    with pytest.raises(DaemonUnreachable):
        mattewire_nuke.mask(read, "red ball")
