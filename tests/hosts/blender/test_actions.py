"""The buttons in Blender: undo, stop, masking again, update, remove, Cryptomatte, detect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hosts.blender.plates import RADIUS, center, write_sequence
from hosts.blender.rig import Blender

FIRST, LAST = 1001, 1024
WIRED = [
    ["Image", "Image", "Matte to Alpha", "Image"],
    ["Matte", "Alpha", "Matte to Alpha", "Alpha"],
]


def act(
    blender: Blender, what: str, last: int = LAST, radii: dict[int, float] | None = None, **how: Any
) -> dict[str, Any]:
    plate = write_sequence(blender.folder / "plate", FIRST, last, radii=radii)
    return blender.run("actions", what=what, plate=plate, duration=last - FIRST + 1, **how)


def test_one_undo_restores_the_node_tree_and_redo_brings_it_back(blender: Blender) -> None:
    told = act(blender, "undo", last=1006)
    assert told["result"] == ["FINISHED"]
    assert "UNDO" in told["undoable"]
    assert told["undone"] == told["before"]
    assert told["redone"] == told["after"] != told["before"]
    assert set(told["after"][0]) - set(told["before"][0]) == {"Matte", "Matte to Alpha"}
    assert all(wire in told["after"][1] for wire in WIRED)
    assert len(told["files"]) == 6  # files are no part of a node tree


def test_what_the_timer_shows_is_an_undo_step_too(blender: Blender) -> None:
    told = act(blender, "unowned_undo", last=1006)
    assert told["undone"] == told["before"] != told["after"]
    assert told["left"] == 0


def test_what_was_undone_while_the_job_runs_is_not_put_back(blender: Blender) -> None:
    told = act(blender, "undo_while_running", last=1008, engine="double", prompt="sleep=0.1")
    assert told["state"] == "done"
    assert told["lost"]
    assert not any("Matte" in name for name in told["nodes"][0])


def test_stop_keeps_finished_frames(blender: Blender) -> None:
    told = act(blender, "cancel", engine="double", prompt="sleep=0.15", after=3)
    assert told["state"] == "canceled"
    assert 3 <= told["done"] < 24
    assert told["headline"] == f"Stopped. {told['done']} mattes kept."
    assert [Path(path).name for path in told["files"]] == [
        f"ball_v001.{frame}.exr" for frame in range(FIRST, FIRST + told["done"])
    ]
    assert told["shown"] == [1, 24, 1000]
    assert told["image"] == told["files"][0]


def test_masking_again_updates_in_place(blender: Blender) -> None:
    told = act(blender, "again", last=1006)
    assert told["after"] == told["before"]
    assert told["images"][0] == told["images"][1]
    assert told["name"][0] == told["name"][1]
    assert told["location"] == [-321.0, -77.0]
    assert [Path(path).name for path in told["paths"]] == ["ball_v001.1001.exr", "ball_v002.1001.exr"]
    assert told["label"] == "ball (preview)"
    assert told["active"] == "Plate"


def test_update_with_other_clean_up_tracks_nothing(blender: Blender) -> None:
    told = act(blender, "finish", last=1006, dilate=4.0)
    assert told["jobs"][0] != told["jobs"][1] == told["tracked_by"]
    # A disc's area grows with the square of its radius; the engine's edge is good to a third of a pixel.
    assert told["area"][1] / told["area"][0] == pytest.approx(((RADIUS + 4) / RADIUS) ** 2, rel=0.06)
    assert Path(told["path"]).name == "ball_v002.1001.exr"
    assert [name for name in told["nodes"][0] if name.startswith("Matte")] == ["Matte", "Matte to Alpha"]


def test_a_reopened_file_updates_the_same_node(blender: Blender) -> None:
    told = act(blender, "reopened", last=1006)
    assert told["result"] == ["FINISHED"]
    assert told["names"] == ["Matte", "Matte"]
    assert [Path(path).name for path in told["paths"]] == ["ball_v001.1001.exr", "ball_v002.1001.exr"]
    assert told["soft"] > 100  # feathered over 3 pixels along some 75 pixels of edge


def test_a_job_does_not_follow_into_another_file(blender: Blender) -> None:
    told = act(blender, "another_file", last=1006, engine="double", prompt="sleep=0.05")
    assert (told["state"], told["placed"]) == ("done", False)
    assert not any("Matte" in name for name in told["nodes"][0])


def test_a_file_that_is_reopened_while_its_job_runs(blender: Blender) -> None:
    told = act(blender, "reopened_while_running", last=1012, engine="double", prompt="sleep=0.3")
    assert told["result"] == ["FINISHED"]
    assert told["there"] < 12
    assert [Path(path).name for path in told["files"]] == [f"ball_v001.{frame}.exr" for frame in range(1001, 1013)]
    assert told["jobs"][0] == told["jobs"][1]
    assert [name for name in told["nodes"][0] if name.startswith("Matte")] == ["Matte", "Matte to Alpha"]


def test_the_next_version_of_the_plate_keeps_its_nodes(blender: Blender) -> None:
    other = write_sequence(blender.folder / "plate v002", FIRST, 1003, name="plate_v002")
    told = act(blender, "another_version", last=1003, other=other)
    assert told["after"] == told["before"]
    assert told["plate"] == str(blender.folder / "plate v002" / "plate_v002.####.exr")


def test_remove_puts_everything_back(blender: Blender) -> None:
    told = act(blender, "removed", last=1003)
    assert told["after"] == told["before"]
    assert told["images"][0] == told["images"][1]


def test_cryptomatte_and_back(blender: Blender) -> None:
    told = act(blender, "cryptomatte", last=1006)
    assert told["kinds"] == ["CompositorNodeCryptomatteV2", "CompositorNodeImage"]
    assert told["center"] == pytest.approx(center(1005), abs=0.5)
    assert told["again"] == pytest.approx(center(1005), abs=0.5)
    assert [name for name in told["nodes"][0] if name.startswith("Matte")] == ["Matte", "Matte to Alpha"]


def test_detect_lists_what_is_there_on_the_frame_that_is_shown(blender: Blender) -> None:
    told = act(blender, "detect", last=1006)
    assert told["result"] == ["FINISHED"]
    ((number, phrase, frame, x, y, x1, y1, keep),) = told["matches"]
    assert (number, phrase, frame, keep) == (1, "red ball", 1005, True)
    middle = center(1005)
    assert ((x + x1) / 2, (y + y1) / 2) == pytest.approx(middle, abs=1.5)
    assert x1 - x == pytest.approx(2 * RADIUS, abs=4)


def test_the_worst_frames_one_after_another(blender: Blender) -> None:
    """The ball is far too large on plate frame 1010 and far too small on 1018, scene frames 10 and 18."""
    told = act(blender, "worst", radii={1010: 1.6 * RADIUS, 1018: 0.5 * RADIUS})
    assert (told["before"], told["after"]) == (False, True)
    assert {1010, 1018} <= set(told["order"])
    assert [frame for frame, _ in told["seen"]] == [frame - 1000 for frame in told["order"]]
    for frame, about in told["seen"]:
        assert about.startswith(f"Frame {frame + 1000}: flagged. ")
    assert any("Its area is" in about for _, about in told["seen"])
    assert told["again"] == told["order"][0] - 1000
    assert told["placed"] == 1, "frames that are told again as flagged place nothing again"
    assert told["done"] == [24, 24]
