"""What the panels hold in every state. How they look was not seen: Blender as a module draws no windows."""

from __future__ import annotations

from typing import Any

from hosts.blender.plates import write_sequence
from hosts.blender.rig import Blender

Drawn = list[list[Any]]


def buttons(drawn: Drawn) -> dict[str, bool]:
    """Each button and whether it can be pressed."""
    return {each[2]: each[3] for each in drawn if each[0] == "operator"}


def labels(drawn: Drawn) -> str:
    return "\n".join(each[1] for each in drawn if each[0] == "label")


def test_the_panels_in_every_state(blender: Blender) -> None:
    plate = write_sequence(blender.folder / "plate", 1001, 1024)
    told = blender.run("panels", plate=plate, nowhere=str(blender.folder))

    assert not told["was_open"], "drawing a panel must not start a conversation"
    assert "Select a plate" in labels(told["idle"])
    assert buttons(told["idle"]) == {
        "Detect": True, "Mask Subject": True, "Update": True, "Stop": False, "Remove": True,
    }  # fmt: skip

    assert "Tracking forward" in labels(told["running"])
    (progress,) = [each[1] for each in told["running"] if each[0] == "progress"]
    assert "of 24 frames" in progress
    pressable = buttons(told["running"])
    assert (pressable["Stop"], pressable["Mask Subject"], pressable["Update"]) == (True, False, False)

    assert "Stopped." in labels(told["stopped"])
    assert "24 frames finished" in labels(told["done"])
    assert "stand-in" in labels(told["done"]), "the preview engine is labelled as one"
    assert buttons(told["done"])["Next Worst Frame"] is False, "nothing asks for a look"
    assert "Next Worst Frame" not in buttons(told["idle"])
    assert {"edges", "motion_blur", "holdout"} <= {each[1] for each in told["clean_up_deep"] if each[0] == "prop"}
    assert "ViTMatte, weights: Apache-2.0." in " ".join(labels(told["clean_up_deep"]).split())
    assert ["prop", "keep", "1: red ball (1.00)", "True"] in told["detected"]

    assert "Mask Subject failed." in labels(told["failed"])
    assert "purple elephant" in " ".join(labels(told["failed"]).split())
    assert "purple elephant" in told["failure"]

    named = {each[1]: each[2] for each in told["sequencer"] if each[0] == "prop"}
    assert {"prompt", "exclude", "pick", "use_keyframe", "keyframe", "range", "first", "last", "engine"} <= set(named)
    assert "content" not in named  # the sequencer has no Cryptomatte
    assert "content" in {each[1] for each in told["idle"] if each[0] == "prop"}
    assert told["clean_up"] == told["clean_up_sequencer"]
    assert {each[1] for each in told["clean_up"] if each[0] == "prop"} == {
        "edges", "motion_blur", "dilate", "feather", "remove_specks", "fill_holes", "smooth", "temporal",
    }  # fmt: skip
    assert "Run Self-Test…" in buttons(told["daemon"])
    assert "Release GPU" in buttons(told["daemon"])
    assert "held" in labels(told["daemon"])
    assert "Keep, object 1, frame 1003: 20.5, 30.5" in labels(told["marks"])
    assert "Box, object 1, frame 1003: 10.0, 20.0 to 40.0, 50.0" in labels(told["marks"])
    assert "Remove All Marks" in buttons(told["marks"])
