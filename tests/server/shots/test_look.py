"""One look: what it finds, that it agrees with the job that follows, and the small picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mattewire_protocol.codec import MAX_BINARY_BYTES
from mattewire_protocol.errors import BadField, FrameMissing, PlateNotFound, RangeOutsidePlate, UnknownEngine
from mattewire_protocol.messages import FoundEvent
from mattewire_protocol.request import Plate, Search
from mattewire_server.engines.seams import Picture
from mattewire_server.plates.model import PlateInfo, Window
from mattewire_server.shots import look
from mattewire_server.shots.look import _jpeg
from server.shots.staged import HEIGHT, WIDTH, Stage, box_of, request, run, square, write_plate


@pytest.fixture
def plate(tmp_path: Path) -> str:
    return write_plate(tmp_path / "plate", [1001, 1002, 1004])


def search(plate: str, frame: int = 1002, *prompts: str, **changes: Any) -> Search:
    return Search(Plate(plate), frame, list(prompts), **changes)


def test_a_look_finds_boxes_in_plate_pixels_and_says_what_would_be_picked(plate: str) -> None:
    detected, picture = look(search(plate, 1002, "square"), Stage().engine())
    assert (detected.frame, detected.width, detected.height) == (1002, WIDTH, HEIGHT)
    assert (detected.engine, detected.colorspace) == ("stage", "linear Rec.709")
    first, second = detected.objects
    assert (first.x0, first.y0, first.x1, first.y1) == box_of("red", 1002)
    assert (first.object, first.picked, second.object, second.picked) == (1, True, 2, False)
    assert (picture, detected.preview) == (b"", "")


@pytest.mark.parametrize("most", [1, 2, 16])
@pytest.mark.parametrize("exclude", [[], ["red"]])
def test_a_look_gives_the_numbers_that_the_job_gives(plate: str, tmp_path: Path, most: int, exclude: list[str]) -> None:
    detected, _ = look(search(plate, 1001, "green", "red", exclude=exclude, max_objects=most), Stage().engine())
    wanted = request(
        plate,
        str(tmp_path / "out" / "m.####.exr"),
        prompts=["green", "red"],
        exclude=exclude,
        max_objects=most,
        last=1001,
    )
    found = next(event for event in run(wanted) if isinstance(event, FoundEvent))
    assert detected.objects == found.objects
    assert len(detected.objects) <= most


def test_the_preview_shows_the_display_window_and_tells_its_scale(tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate", [1001], data=(-20, -10, 84, 46))
    detected, data = look(search(plate, 1001, "red", preview_edge=32), Stage().engine())
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (18, 32, 3)
    assert (detected.preview, detected.preview_scale) == ("image/jpeg", 0.5)
    x, y = (round((edge + 4) * 0.5) for edge in square("red", 1001))
    assert picture[y, x, 2] > 150, "red lies where the box says"
    assert picture[y, x, 0] < 100


def test_a_preview_is_never_enlarged_and_needs_no_words(plate: str) -> None:
    detected, data = look(search(plate, 1001, preview_edge=2048), Stage().engine(detector=None))
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[:2] == (HEIGHT, WIDTH)
    assert (detected.preview_scale, detected.objects) == (1.0, [])


def test_the_noisiest_picture_still_fits_into_a_message() -> None:
    noise = np.random.default_rng(1).random((2048, 2048, 3), np.float32)
    square = Window(0, 0, 2048, 2048)
    info = PlateInfo("/p/a.exr", "still", 1, 1, (), square, square, 1.0, None, "", "0")
    data, scale = _jpeg(Picture(1, noise), info, 2048)
    assert 0 < len(data) <= MAX_BINARY_BYTES
    assert 0.25 < scale < 1
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[0] == round(2048 * scale)


def test_what_cannot_be_looked_at_names_the_field(plate: str, tmp_path: Path) -> None:
    engine = Stage().engine()
    for wrong, error, field in (
        (search("a.####.exr", 1001, "red"), BadField, "plate.path"),
        (search(str(tmp_path / "none.####.exr"), 1001, "red"), PlateNotFound, "plate.path"),
        (search(plate, 999, "red"), RangeOutsidePlate, "frame"),
        (search(plate, 1003, "red"), FrameMissing, "plate.path"),
    ):
        with pytest.raises(error) as caught:
            look(wrong, engine)
        assert caught.value.field == field
    with pytest.raises(UnknownEngine, match="cannot find things by words"):
        look(search(plate, 1001, "red"), Stage().engine(detector=None))
