"""The operator with windows: a timer's events serve it, Esc stops it, everything else passes through to Blender."""

from __future__ import annotations

from hosts.blender.plates import write_sequence
from hosts.blender.rig import Blender


def test_to_the_end(blender: Blender) -> None:
    plate = write_sequence(blender.folder / "plate", 1001, 1012)
    told = blender.run("modal", plate=plate, engine="preview", prompt="red ball")
    assert (told["first"], told["last"], told["state"]) == ("RUNNING_MODAL", "FINISHED", "done")
    assert told["kinds"] == ["FINISHED", "PASS_THROUGH", "RUNNING_MODAL"]
    assert told["owned"], "what it places is its own undo step"
    assert (told["handlers"], told["timers"], told["over"], told["left"]) == (1, 0, True, 0)
    assert told["progress"] == sorted(told["progress"])
    assert told["progress"][-1] == 1.0
    assert told["status"][-1] is None, "the status bar is given back"
    assert "Esc stops and keeps what is done" in told["status"][0]
    assert told["reports"] == [["INFO", "12 frames finished."]]
    assert "Matte" in told["nodes"][0]


def test_escape_keeps_what_is_done(blender: Blender) -> None:
    plate = write_sequence(blender.folder / "plate", 1001, 1012)
    told = blender.run("modal", plate=plate, engine="double", prompt="sleep=0.2", stop_after=3)
    assert (told["last"], told["state"]) == ("FINISHED", "canceled")
    assert 3 <= told["done"] < 12
    assert told["reports"] == [["INFO", f"Stopped. {told['done']} mattes kept."]]
    assert "Matte" in told["nodes"][0]
    assert told["timers"] == 0


def test_a_job_that_fails_says_why_and_changes_nothing(blender: Blender) -> None:
    plate = write_sequence(blender.folder / "plate", 1001, 1012)
    told = blender.run("modal", plate=plate, engine="preview", prompt="a purple elephant")
    assert (told["last"], told["state"]) == ("CANCELLED", "failed")
    ((level, words),) = told["reports"]
    assert level == "ERROR"
    assert "purple elephant" in words
    assert told["nodes"][0] == sorted(["Image", *[name for name in told["nodes"][0] if name != "Image"]])
    assert "Matte" not in told["nodes"][0]
    assert told["timers"] == 0
