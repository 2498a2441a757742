"""Paths that cross the wire, and which frames a request means."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField, FrameMissing, MattewireError, PlateUnreadable, RangeOutsidePlate
from mattewire_protocol.request import Box, MatteRequest, Plate, Point
from mattewire_server.plates import open_plate
from mattewire_server.plates.model import PlateInfo, Window
from mattewire_server.shots.frames import frame_range, refuse_damaged
from mattewire_server.shots.paths import absolute
from server.shots.staged import write_plate


def info(**changes: Any) -> PlateInfo:
    window = Window(0, 0, 64, 36)
    facts = {
        "path": "/p/a.####.exr",
        "kind": "sequence",
        "first": 1001,
        "last": 1100,
        "missing": (),
        "display": window,
        "canvas": window,
        "pixel_aspect": 1.0,
        "fps": None,
        "colorspace": "",
        "identity": "0",
    }
    return PlateInfo(**{**facts, **changes})


def wanted(**changes: Any) -> MatteRequest:
    return MatteRequest(Plate("/p/a.####.exr"), [Deliverable("/o/a.####.exr")], **{"prompts": ["ball"], **changes})


@pytest.mark.parametrize("path", ["shot.####.exr", "./shot.exr", "~/shot.exr", ""])
def test_a_relative_path_names_its_field(path: str) -> None:
    with pytest.raises(BadField, match="Send the full path") as caught:
        absolute("out[3].path", path)
    assert caught.value.field == "out[3].path"


def test_an_absolute_path_is_fine() -> None:
    absolute("plate.path", os.path.abspath("shot.####.exr"))


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, (1001, 1100, 1001)),
        ({"first": 1010, "last": 1020}, (1010, 1020, 1010)),
        ({"first": 1010, "keyframe": 1015}, (1010, 1100, 1015)),
        ({"points": [Point(1050, 1, 1)], "boxes": [Box(1040, 1, 1, 2, 2)]}, (1001, 1100, 1040)),
        ({"points": [Point(1050, 1, 1)], "keyframe": 1060}, (1001, 1100, 1060)),
    ],
)
def test_range_and_keyframe(changes: dict[str, Any], answer: tuple[int, int, int]) -> None:
    assert frame_range(wanted(**changes), info()) == answer


def test_holes_are_counted_in_the_range_only() -> None:
    holes = info(missing=(1005, 1006, 1090))
    assert frame_range(wanted(first=1007, last=1089), holes) == (1007, 1089, 1007)
    with pytest.raises(FrameMissing, match=r"Frame 1005 and 1 more of /p/a\.####\.exr"):
        frame_range(wanted(last=1050), holes)


def test_a_last_frame_before_the_plates_first_is_outside() -> None:
    with pytest.raises(RangeOutsidePlate, match=r"frame 900 is not in the plate \(1001-1100\)") as caught:
        frame_range(wanted(last=900), info())
    assert caught.value.field == "last"
    with pytest.raises(MattewireError) as caught_too:
        wanted(first=1050, last=1049)
    assert caught_too.value.field == "last"


def test_damaged_frames_count_in_the_range_only(tmp_path: Path) -> None:
    pattern = write_plate(tmp_path, range(1001, 1006))
    Path(pattern.replace("####", "1004")).write_bytes(b"")
    plate = open_plate(pattern)
    refuse_damaged(plate, 1001, 1003)
    with pytest.raises(PlateUnreadable, match="Frame 1004"):
        refuse_damaged(plate, 1001, 1005)
    plate.close()
