from __future__ import annotations

import math
from typing import Any

import pytest

from mattewire_protocol.deliver import FORMATS, Deliverable
from mattewire_protocol.errors import BadField
from mattewire_protocol.request import Box, MatteRequest, Plate, Point, Search

PLATE = Plate("plate.####.exr")
OUT = [Deliverable("matte.####.exr")]


def ask(**changes: Any) -> MatteRequest:
    return MatteRequest(**{"plate": PLATE, "out": OUT, "prompts": ["red ball"], **changes})


def look(**changes: Any) -> Search:
    return Search(**{"plate": PLATE, "frame": 1001, "prompts": ["red ball"], **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"first": 1001, "last": 1001, "keyframe": 1001},
        {"first": -20, "last": -10},
        {"last": 0, "keyframe": -5},
        {"prompts": [], "boxes": [Box(1, 0.0, 0.0, 1.0, 1.0)]},
        {"prompts": [], "points": [Point(1, 0.5, 0.5), Point(1, 3.0, 3.0, keep=False)]},
        {"pick": "all"},
        {"pick": "1,3,12"},
        {"box_threshold": 0.0, "text_threshold": 1.0},
        {"priority": -100, "max_objects": 999},
        {"redetect_every": 1000, "detect_long_edge": 128, "refine_below": 1.0},
        {"redetect_every": 0, "detect_long_edge": 8192, "refine_below": 0.0},
        {"boxes": [Box(1, -50.0, -20.5, 5000.0, 3000.0, 999)]},
    ],
)
def test_what_an_artist_may_ask(changes: dict[str, Any]) -> None:
    made = ask(**changes)
    assert all(getattr(made, name) == value for name, value in changes.items())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"prompts": []}, "prompts"),
        ({"prompts": [], "points": [Point(1, 0.5, 0.5, keep=False)]}, "prompts"),
        ({"prompts": ["ball", " "]}, "prompts[1]"),
        ({"prompts": ["x" * 513]}, "prompts[0]"),
        ({"prompts": ["ball"] * 65}, "prompts"),
        ({"exclude": ["\x07"]}, "exclude[0]"),
        ({"out": []}, "out"),
        ({"out": OUT * 65}, "out"),
        ({"first": 2, "last": 1}, "last"),
        ({"first": 2, "keyframe": 1}, "keyframe"),
        ({"last": 2, "keyframe": 3}, "keyframe"),
        ({"keyframe": -10_000_001}, "keyframe"),
        ({"boxes": [Box(1, 0.0, 0.0, 1.0, 1.0)] * 10_001}, "boxes"),
        ({"points": [Point(1, 0.0, 0.0)] * 10_001}, "points"),
        ({"engine": ""}, "engine"),
        ({"max_objects": 0}, "max_objects"),
        ({"quality": "ultra"}, "quality"),
        ({"priority": -101}, "priority"),
        ({"box_threshold": math.nan}, "box_threshold"),
        ({"text_threshold": -0.1}, "text_threshold"),
        ({"redetect_every": 1001}, "redetect_every"),
        ({"redetect_every": -1}, "redetect_every"),
        ({"detect_long_edge": 127}, "detect_long_edge"),
        ({"detect_long_edge": 8193}, "detect_long_edge"),
        ({"refine_below": 1.01}, "refine_below"),
        ({"label": "l" * 4097}, "label"),
        ({"detector": "d" * 4097}, "detector"),
        *[({"pick": pick}, "pick") for pick in ("", "first", "0", "1,", "1,,2", "1 2", "-1", "1000", "٣", "1\n")],
    ],
)
def test_what_is_refused_names_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadField) as caught:
        ask(**changes)
    assert caught.value.field == field
    assert caught.value.advice


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Plate(""), "path"),
        (lambda: Plate("a\nb"), "path"),
        (lambda: Plate("p" * 4097), "path"),
        (lambda: Plate("a\udce9"), "path"),
        (lambda: Plate("a", colorspace="c" * 257), "colorspace"),
        (lambda: Plate("a", view="v" * 257), "view"),
        (lambda: Deliverable("m.####.exr", ""), "format"),
        (lambda: Box(10_000_001, 0.0, 0.0, 1.0, 1.0), "frame"),
        (lambda: Box(1, 1.0, 0.0, 1.0, 1.0), "x1"),
        (lambda: Box(1, 0.0, 2.0, 1.0, 1.0), "y1"),
        (lambda: Box(1, 0.0, 0.0, math.nan, 1.0), "x1"),
        (lambda: Box(1, 0.0, 0.0, 1.0, 1e9), "y1"),
        (lambda: Box(1, 0.0, 0.0, 1.0, 1.0, 0), "object"),
        (lambda: Point(1, math.inf, 0.0), "x"),
        (lambda: Point(1, 0.0, -1e7), "y"),
        (lambda: Point(1, 0.0, 0.0, True, 1000), "object"),
        (lambda: look(frame=10_000_001), "frame"),
        (lambda: look(prompts=[]), "prompts"),
        (lambda: look(prompts=[""]), "prompts[0]"),
        (lambda: look(preview_edge=2049), "preview_edge"),
        (lambda: look(box_threshold=2.0), "box_threshold"),
        (lambda: look(detect_long_edge=-5), "detect_long_edge"),
        (lambda: look(refine_below=math.nan), "refine_below"),
        (lambda: look(engine=" "), "engine"),
    ],
)
def test_parts_name_their_field(make: Any, field: str) -> None:
    with pytest.raises(BadField) as caught:
        make()
    assert caught.value.field == field


def test_a_preview_alone_needs_no_words() -> None:
    assert look(prompts=[], preview_edge=512).preview_edge == 512


def test_too_long_is_said_in_the_right_unit() -> None:
    with pytest.raises(BadField, match="256 characters"):
        Plate("a", colorspace="c" * 257)
    with pytest.raises(BadField, match="64 entries"):
        ask(out=OUT * 65)


def test_nothing_to_mask_says_the_way_out() -> None:
    with pytest.raises(BadField, match="draw a box"):
        ask(prompts=[])


def test_formats_are_the_daemons_to_judge() -> None:
    """A studio's own format must not need a new client."""
    assert Deliverable("m.####.tif", "tiff").format not in FORMATS
