"""What people type for boxes, points and formats."""

from __future__ import annotations

import os

import pytest

from mattewire_protocol.errors import BadField, UnknownFormat
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


def outputs(out: str, formats: str) -> list[tuple[str, str]]:
    return [(os.path.basename(each.path), each.format) for each in marks.deliverables(out, formats)]


def test_the_suffix_decides_where_no_format_is_named() -> None:
    assert outputs("/o/m.####.exr", "") == [("m.####.exr", "exr")]
    assert outputs("/o/m.####.PNG", "") == [("m.####.png", "png16")]
    with pytest.raises(BadField, match=r"'\.tif' is not known.*End it in \.exr or \.png") as caught:
        marks.deliverables("/o/m.####.tif", "")
    assert caught.value.field == "--out"


def test_named_formats_bring_their_suffix() -> None:
    assert outputs("/o/m.####.exr", "exr, png8") == [("m.####.exr", "exr"), ("m.####.png", "png8")]
    assert outputs("/o/m.####.exr", "png16") == [("m.####.png", "png16")]


def test_formats_that_are_unknown_or_meet_in_one_file() -> None:
    with pytest.raises(UnknownFormat, match=r"'tiff' is not a format.*exr, png8 or png16"):
        marks.deliverables("/o/m.####.exr", "exr,tiff")
    for formats in ("png8,png16", "exr,exr"):
        with pytest.raises(BadField, match=f"{formats.replace(',', ' and ')} would have the same file names"):
            marks.deliverables("/o/m.####.exr", formats)


def test_paths_become_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert marks.deliverables("~/m.####.exr", "")[0].path == "/home/ada/m.####.exr"
    assert marks.deliverables("m.####.exr", "")[0].path == os.path.join(os.getcwd(), "m.####.exr")
