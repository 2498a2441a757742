"""Every mistake an artist can make ends in words that say what to do, and leaves the node tree as it was."""

from __future__ import annotations

import pytest

from hosts.blender.plates import write_movie, write_sequence
from hosts.blender.rig import Blender

WORDS = {
    "no compositor": ["No plate is selected", "Select one Image node"],
    "no node": ["No plate is selected", "Select one Image node"],
    "update before masking": ["has no mattes yet", "Press Mask Subject"],
    "nothing to mask": ["What to mask", "Type what to mask, draw a box"],
    "two nodes": ["2 plates could be meant", "Select one Image node"],
    "range outside": ["90-99 do not show the plate; 1-6 do"],
    "range turned round": ["3 comes before 9"],
    "keyframe outside": ["does not show at scene frame 77, only at 1-6"],
    "a still": ["is a single image", "Image Sequence"],
    "no such frames": ["None of the frames 5001-5006", "Start and Offset"],
    "no number": ["still.exr has no frame number", "shot.1001.exr"],
    "no image": ["has no image", "Open the plate"],
    "no such engine": ["no-such-engine"],
    "a file where a folder should be": ["Output", "folder"],
    "nothing found": ["purple elephant"],
}


def test_mistakes_in_the_compositor(blender: Blender) -> None:
    told = blender.run("faults", plate=write_sequence(blender.folder / "plate", 1001, 1006))
    assert told.pop("nothing was placed") == "[]"
    assert set(told) == set(WORDS)
    for fault, parts in WORDS.items():
        for part in parts:
            assert part in told[fault], fault
        assert "Traceback" not in told[fault]
        assert len(told[fault]) > 40, "what happened and the way out"


def test_mistakes_in_the_sequencer(blender: Blender) -> None:
    plate = write_sequence(blender.folder / "plate", 1001, 1003)
    movie = write_movie(blender.folder / "plate.mkv", 30, 30)
    told = blender.run("faults.strips", plate=plate, movie=movie)
    assert "No plate is selected" in told["no strip"]
    assert "mixes files of several sequences (other.1002.exr)" in told["mixed"]
    assert "Split the strip there" in told["mixed"]
    assert "2 strips are selected" in told["two strips"]
    assert told["offset"] == "no error: 3"  # one for one, and two frames in


@pytest.mark.parametrize("may_start", [False, True])
def test_no_daemon(blender: Blender, may_start: bool) -> None:
    home = blender.folder / "home"
    alone = Blender(blender.version, blender.python, blender.user, home, blender.folder)
    plate = write_sequence(blender.folder / "plate", 1001, 1003)
    environment = {"MATTEWIRE_PANEL_START_DAEMON": "yes" if may_start else "no", "MATTEWIRE_PYTHON": "/nowhere/python"}
    told = alone.run("faults.no_daemon", plate=plate, environment=environment)
    assert told["state"] == "failed"
    assert told["start"]
    if may_start:
        assert "/nowhere/python cannot be run" in told["words"]
    else:
        assert "mattewire serve" in told["words"]
    assert told["button"] == "Start daemon"
