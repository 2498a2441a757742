"""What people type for boxes and points."""

from __future__ import annotations

import pytest

from mattewire_protocol.errors import BadField
from mattewire_protocol.request import Box, Point
from mattewire_server.cli import marks


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("100,80,400,520@1001", Box(1001, 100, 80, 400, 520)),
        ("0.5,-3,10.25,4@-7", Box(-7, 0.5, -3, 10.25, 4)),
        ("1, 2, 3, 4@9:2", Box(9, 1, 2, 3, 4, 2)),
    ],
)
def test_boxes(text: str, box: Box) -> None:
    assert marks.box(text) == box


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("10,20@1001:keep", Point(1001, 10, 20, True)),
        ("10.5,20@5:drop:3", Point(5, 10.5, 20, False, 3)),
    ],
)
def test_points(text: str, point: Point) -> None:
    assert marks.point(text) == point


@pytest.mark.parametrize("text", ["", "1,2,3@5", "1,2,3,4", "a,b,c,d@1", "1,2,3,4@1.5", "1,2,3,4@1:x", "nan,1,2,3@1"])
def test_what_is_no_box_is_answered_with_how_to_write_one(text: str) -> None:
    with pytest.raises(BadField, match=r"as in 100,80,400,520@1001") as caught:
        marks.box(text)
    assert caught.value.field == "--box"


@pytest.mark.parametrize("text", ["", "1,2@5", "1@5:keep", "1,2@5:maybe", "1,2@5:keep:0x"])
def test_what_is_no_point_is_answered_with_how_to_write_one(text: str) -> None:
    with pytest.raises(BadField, match=r"x,y@FRAME:keep or x,y@FRAME:drop") as caught:
        marks.point(text)
    assert caught.value.field == "--point"


def test_values_out_of_range_are_told_as_they_were_typed() -> None:
    with pytest.raises(BadField, match=r"in '9,2,3,4@1', x1 must be larger than x0") as box:
        marks.box("9,2,3,4@1")
    assert box.value.field == "--box"
    with pytest.raises(BadField, match=r"in '1,2@5:keep:1000', object must lie between 1 and 999") as point:
        marks.point("1,2@5:keep:1000")
    assert point.value.field == "--point"
