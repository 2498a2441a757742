"""Pictures of the page: their size, their codes, and a plate that may be gone."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import OpenImageIO as oiio
import pytest

from mattewire_protocol.errors import FrameMissing, InternalError
from mattewire_server.plates.model import Window
from mattewire_server.review.embed import Photographs, Size, matte_png, page_size, plate_jpeg
from server.review.rig import FIRST, HEIGHT, LAST, WIDTH, decoded

DISPLAY = Window(0, 0, WIDTH, HEIGHT)


def photographs(path: str, display: Window = DISPLAY, **changes: str) -> Photographs:
    facts = {"colorspace": "", "view": "", "ocio": "", **changes}
    return Photographs(path, span=(None, None), display=display, **facts)


@pytest.mark.parametrize(
    ("width", "height", "aspect", "edge", "size"),
    [
        (1920, 1080, 1.0, 960, (960, 540)),
        (1080, 1920, 1.0, 960, (540, 960)),
        (640, 360, 1.0, 960, (640, 360)),
        (2048, 1716, 2.0, 960, (960, 402)),
        (720, 576, 1.0667, 4096, (768, 576)),
        (4000, 2, 1.0, 128, (128, 1)),
    ],
)
def test_the_page_has_square_pixels_and_enlarges_nothing(
    width: int, height: int, aspect: float, edge: int, size: tuple[int, int]
) -> None:
    assert page_size(Window(0, 0, width, height), aspect, edge) == Size(*size)


def test_a_matte_keeps_its_codes() -> None:
    ramp = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (4, 1))
    assert (decoded(matte_png(ramp, Size(256, 4))) == np.arange(256)).all()
    halves = np.zeros((4, 4), np.float32)
    halves[:, ::2] = 1
    assert (decoded(matte_png(halves, Size(2, 2))) == 128).all(), "averaged: coverage of the larger pixel"
    beyond = np.float32([[-1, 2]])
    assert decoded(matte_png(beyond, Size(2, 1))).tolist() == [[0, 255]]


def test_the_plate_keeps_its_colors() -> None:
    shown = np.zeros((32, 32, 3), np.float32)
    shown[:, :16] = (0.8, 0.4, 0.2)
    shown[:, 16:] = (0.1, 0.3, 0.9)
    picture = decoded(plate_jpeg(shown, Size(16, 16)))[..., ::-1].astype(int)
    assert np.abs(picture[:, 2:6] - (204, 102, 51)).max() <= 6
    assert np.abs(picture[:, 10:14] - (26, 77, 230)).max() <= 6
    wider = decoded(plate_jpeg(shown, Size(64, 32)))
    assert wider.shape == (32, 64, 3), "an anamorphic plate gets wider"


def test_a_scene_linear_plate_is_shown_as_a_display_shows_it(tmp_path: Path) -> None:
    """Middle gray, 0.18, is sRGB 0.461; the display window alone is shown, not what lies around it."""
    data = np.full((12, 20, 3), 0.18, np.float32)
    data[:2], data[:, :4] = 40, 40
    spec = oiio.ImageSpec(20, 12, 3, "half")
    spec.x, spec.y, spec.full_x, spec.full_y, spec.full_width, spec.full_height = -4, -2, 0, 0, 16, 8
    path = str(tmp_path / "shot.1001.exr")
    out = oiio.ImageOutput.create(path)
    assert out.open(path, spec)
    assert out.write_image(data)
    assert out.close()
    plate = photographs(path, Window(0, 0, 16, 8), colorspace="linear Rec.709")
    shown = plate.read(1001)
    assert shown.shape == (8, 16, 3)
    assert np.abs(shown - 0.4613).max() < 1e-3
    plate.close()


def test_a_plate_is_read_by_its_frames(plate: str) -> None:
    there = photographs(plate)
    assert there.gone == ""
    assert there.info is not None
    assert there.info.last == LAST
    red = there.read(FIRST)[18, 20]
    assert np.abs(red * 255 - (220, 40, 40)).max() < 0.5
    there.close()
    assert there.info is None
    with pytest.raises(InternalError, match="no plate"):
        there.read(FIRST)


def test_a_plate_that_cannot_be_shown_says_why(plate: str, tmp_path: Path) -> None:
    gone = photographs(str(tmp_path / "no.####.exr"))
    assert gone.info is None
    assert gone.gone == f"There is no plate at {tmp_path}/no.####.exr."
    other = photographs(plate, Window(0, 0, 10, 20))
    assert other.gone == f"{plate} is 96 x 54, the mattes are 10 x 20."
    assert other.info is None
    assert "OCIO config" in photographs(plate, ocio=str(tmp_path / "no.ocio")).gone
    assert "no such" in photographs(plate, colorspace="no such space").gone


def test_a_frame_that_is_gone(tmp_path: Path) -> None:
    for frame in (1, 2, 4):
        assert cv2.imwrite(str(tmp_path / f"s.{frame}.png"), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    plate = photographs(str(tmp_path / "s.#.png"))
    with pytest.raises(FrameMissing, match="3"):
        plate.read(3)
    plate.close()
