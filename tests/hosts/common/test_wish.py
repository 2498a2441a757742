"""From a panel's controls to the request, and which changes need no new track."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path

import pytest

from mattewire_panel.wish import EDGE_CHOICES, Wish, depth_of, edges_of, finish_of, out_path, tracked_alike
from mattewire_protocol import (
    Box,
    CleanUp,
    Deliverable,
    Depth,
    Edges,
    MatteRequest,
    ObjectName,
    Plate,
    Point,
    Shape,
    Vertex,
)
from mattewire_protocol.deliver import EDGE_METHODS
from mattewire_protocol.errors import BadField

PLATE, OUT = Plate("/p/plate.####.exr", "ACEScg"), [Deliverable("/m/ball.####.exr")]
GARBAGE = Shape("garbage", [Vertex(0, 0), Vertex(9, 0), Vertex(9, 9)])
FULL = Wish(
    prompt="red ball\nblue mug",
    exclude="shadow",
    pick="all",
    boxes=[Box(1003, 1, 2, 3, 4), Box(1020, 1, 2, 3, 4)],
    points=[Point(1003, 5, 6), Point(900, 5, 6)],
    keyframe=1003,
    engine="sam2",
    quality="draft",
    box_threshold=0.3,
    text_threshold=0.2,
    redetect_every=12,
    refine_below=0.7,
    roi=True,
    names=[ObjectName(1, "ball")],
    clean_up=CleanUp(feather=1.5),
    shapes=[GARBAGE],
    ocio="/studio/config.ocio",
    overwrite=True,
    label="ball",
    edges=Edges("closed_form", band=4.0, motion_blur=True),
    depth=Depth("studio-depth", holdout=True),
)


def test_every_control_reaches_the_request() -> None:
    made = FULL.request(PLATE, OUT, 1001, 1010)
    assert (made.plate, made.out, made.first, made.last, made.keyframe) == (PLATE, OUT, 1001, 1010, 1003)
    assert (made.prompts, made.exclude, made.pick) == (["red ball", "blue mug"], ["shadow"], "all")
    same = [name for name in _names() if name not in ("prompt", "exclude", "kept", "boxes", "points", "clean_up")]
    assert {name: getattr(made, name) for name in same} == {name: getattr(FULL, name) for name in same}
    assert made.clean_up == [CleanUp(feather=1.5)]


def test_marks_and_keyframe_outside_the_range_stay_behind() -> None:
    made = FULL.request(PLATE, OUT, 1001, 1010)
    assert made.boxes == FULL.boxes[:1]
    assert made.points == FULL.points[:1]
    assert FULL.request(PLATE, OUT, 1005, 1010).keyframe is None


def test_boxes_that_the_artist_kept_are_picked_by_number() -> None:
    assert Wish("ball", kept=(3, 1)).request(PLATE, OUT, 1, 2).pick == "1,3"
    assert Wish("ball", pick="all").request(PLATE, OUT, 1, 2).pick == "all"


def test_nothing_to_mask_is_said_before_anything_is_sent() -> None:
    for wish in (Wish(" ,\n"), Wish(points=[Point(1, 2, 3, keep=False)])):
        with pytest.raises(BadField) as caught:
            wish.request(PLATE, OUT, 1, 2)
        assert caught.value.field == "prompts"
        assert "draw a box" in caught.value.advice
    assert Wish(boxes=[Box(1, 1, 2, 3, 4)]).request(PLATE, OUT, 1, 2).prompts == []


def test_a_look_at_one_frame() -> None:
    look = FULL.search(PLATE, 1003, 512)
    assert (look.plate, look.frame, look.prompts, look.exclude) == (PLATE, 1003, ["red ball", "blue mug"], ["shadow"])
    assert (look.engine, look.box_threshold, look.text_threshold) == ("sam2", 0.3, 0.2)
    assert (look.preview_edge, look.ocio, look.refine_below) == (512, "/studio/config.ocio", 0.7)


def test_no_clean_up_is_not_sent() -> None:
    assert Wish("ball").request(PLATE, OUT, 1, 2).clean_up == []


AFTER_THE_ENGINE = {
    "names": [ObjectName(1, "mug")],
    "clean_up": CleanUp(dilate=2),
    "shapes": [],
    "overwrite": False,
    "label": "mug",
    "edges": Edges("plain"),
    "depth": Depth(),
}
BEFORE = {
    "prompt": "mug",
    "exclude": "",
    "pick": "best",
    "kept": (2,),
    "boxes": [],
    "points": [],
    "keyframe": 1004,
    "engine": "preview",
    "quality": "final",
    "box_threshold": None,
    "text_threshold": None,
    "redetect_every": 0,
    "refine_below": None,
    "roi": False,
    "ocio": "",
}


def test_only_what_comes_after_the_engine_needs_no_new_track() -> None:
    assert {*AFTER_THE_ENGINE, *BEFORE} == set(_names())
    assert FULL.tracked_alike(replace(FULL, **AFTER_THE_ENGINE))  # type: ignore[arg-type]
    for name, value in BEFORE.items():
        assert not FULL.tracked_alike(replace(FULL, **{name: value})), name  # type: ignore[arg-type]


def _names() -> list[str]:
    return [field.name for field in fields(Wish)]


def test_relative_mattes_go_beside_the_plate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plate = os.path.join(os.sep, "shots", "sh010", "plate.####.exr")
    assert out_path("mattes/{shot}.####.exr", plate) == os.path.join(
        os.sep, "shots", "sh010", "mattes", "{shot}.####.exr"
    ).replace("mattes" + os.sep, "mattes/")
    absolute = str(tmp_path / "m.####.exr")
    assert out_path(absolute, plate) == absolute
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert Path(out_path("~/m.####.exr", plate)) == tmp_path / "m.####.exr"


def test_requests_that_only_the_finish_tells_apart() -> None:
    one = MatteRequest(Plate("/p/a.####.exr"), [Deliverable("/o/a.####.exr")], prompts=["red ball"])
    finished = replace(
        one,
        out=[Deliverable("/o/b.####.png", "png8")],
        names=[ObjectName(1, "ball")],
        clean_up=[CleanUp(dilate=2.0)],
        overwrite=True,
        edges=Edges("matting", "vitmatte"),
        depth=Depth("midas", holdout=True),
        label="wider",
        priority=5,
    )
    assert tracked_alike(one, finished)
    assert tracked_alike(finished, one)
    for other in (replace(one, prompts=["blue ball"]), replace(one, first=1002), replace(one, quality="draft")):
        assert not tracked_alike(one, other)


def test_a_finish_asks_for_all_that_comes_after_the_engine() -> None:
    wanted = FULL.request(PLATE, OUT, 1001, 1010)
    finish = finish_of(wanted, "job-00000001")
    assert finish.of == "job-00000001"
    for name in ("out", "names", "clean_up", "shapes", "overwrite", "label", "edges", "depth"):
        assert getattr(finish, name) == getattr(wanted, name), name


def test_edges_and_depth_from_a_choice_and_two_check_boxes() -> None:
    assert set(EDGE_CHOICES) == set(EDGE_METHODS)
    assert next(iter(EDGE_CHOICES)) == Edges().method, "the daemon's own choice is offered first"
    assert edges_of("guided", False) == Edges()
    assert edges_of("matting", True) == Edges("matting", motion_blur=True)
    assert edges_of("plain", True) == Edges("plain"), "where nothing is refined there is no band to widen"
    assert depth_of(False, "midas") == Depth()
    assert depth_of(True, "midas") == Depth("midas", holdout=True)
