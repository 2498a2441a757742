"""Boxes over the keyframe and the strip of frame states: pixels of what is written, and the style sheets around it."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from mattewire_panel.panel import STATE_COLORS
from mattewire_protocol.messages import Detected, Detection
from mattewire_resolve import picture
from mattewire_resolve.picture import HEIGHT, WIDTH, Picture, fitting, overlay, strip

GREEN, GRAY, CLEAR = (0x4D, 0x9E, 0x5F, 255), (0xB0, 0xB0, 0xB0, 255), 0


def found(*boxes: tuple[int, float, float, float, float]) -> Detected:
    """A look at a plate of 864 x 486: twice as large as the picture."""
    return Detected(1, 864, 486, objects=[Detection(number, *corners, "ball", 0.9) for number, *corners in boxes])


def decoded(png: bytes) -> np.ndarray:
    """(h, w, 4), RGBA."""
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA)


@pytest.mark.parametrize(
    ("width", "height", "aspect", "size"),
    [
        (1920, 1080, 1.0, (432, 243)),
        (2048, 858, 1.0, (432, 181)),
        (1080, 1920, 1.0, (137, 243)),
        (1828, 1556, 2.0, (432, 184)),
        (1, 9000, 1.0, (1, 243)),
    ],
)
def test_a_picture_of_any_shape_fits(width: int, height: int, aspect: float, size: tuple[int, int]) -> None:
    assert fitting(width, height, aspect) == size


def test_a_kept_box_is_solid_and_lies_where_the_match_is() -> None:
    pixels = decoded(overlay((WIDTH, HEIGHT), found((1, 200.0, 100.0, 400.0, 300.0)), {1}))
    assert pixels.shape == (HEIGHT, WIDTH, 4)
    assert {tuple(map(int, pixel)) for pixel in pixels[149, 100:200]} == {GREEN}
    assert (pixels[140, 103:197, 3] == CLEAR).all()
    assert {tuple(map(int, pixel)) for pixel in pixels[100:149, 199]} == {GREEN}
    assert (pixels[:50, :, 3] == CLEAR).all()
    assert (pixels[150:, :, 3] == CLEAR).all()


def test_a_dropped_box_is_gray_and_dashed() -> None:
    pixels = decoded(overlay((WIDTH, HEIGHT), found((1, 200.0, 100.0, 400.0, 300.0)), set()))
    bottom = pixels[149, 100:200]
    assert {tuple(map(int, pixel)) for pixel in bottom if pixel[3]} == {GRAY}
    assert 0.2 < np.mean(bottom[:, 3] == CLEAR) < 0.5


@pytest.mark.parametrize(("number", "dots"), [(1, 8), (8, 13), (10, 8 + 12)])
def test_the_number_stands_in_the_corner(number: int, dots: int) -> None:
    pixels = decoded(overlay((WIDTH, HEIGHT), found((number, 0.0, 0.0, 400.0, 300.0)), {number}))
    black = (pixels[..., :3].sum(2) == 0) & (pixels[..., 3] == 255)
    assert black.sum() == 4 * dots
    assert not black[20:].any()


def test_a_box_at_the_edge_keeps_its_number_in_the_picture() -> None:
    pixels = decoded(overlay((WIDTH, HEIGHT), found((16, 850.0, 476.0, 1200.0, 900.0)), {16}))
    black = (pixels[..., :3].sum(2) == 0) & (pixels[..., 3] == 255)
    assert black.sum() == 4 * (8 + 12)


def test_every_digit_looks_different() -> None:
    drawn = [overlay((60, 60), found((number, 0.0, 0.0, 800.0, 400.0)), set()) for number in range(10)]
    assert len(set(drawn)) == 10


def test_marking_again_writes_a_new_file_and_leaves_one_of_each() -> None:
    shown = Picture()
    assert (shown.style, shown.is_shown) == (picture.EMPTY, False)
    boxes = found((1, 0.0, 0.0, 100.0, 100.0))
    shown.show(b"jpeg", boxes, {1})
    first = files(shown.style)
    shown.mark(boxes, set())
    second = files(shown.style)
    assert first[0] == second[0]
    assert first[1] != second[1]
    assert [path.exists() for path in (*second, first[1])] == [True, True, False]
    assert second[0].read_bytes() == b"jpeg"
    shown.clear()
    assert (shown.style, shown.is_shown) == (picture.EMPTY, False)
    shown.mark(boxes, {1})
    assert not shown.is_shown
    shown.close()
    assert not second[0].parent.exists()


def files(style: str) -> list[Path]:
    return [Path(path) for path in re.findall(r'url\("([^"]+)"\)', style)]


def test_margins_keep_the_shape_of_the_plate() -> None:
    shown = Picture()
    shown.show(b"", Detected(1, 1080, 1920), set())
    assert "margin: 0px 148px 0px 147px;" in shown.style
    shown.close()


def test_the_strip_has_one_run_for_each_state() -> None:
    style = strip(["done"] * 3 + ["flagged"] + ["queued"] * 4)
    stops = [(float(at), color) for at, color in re.findall(r"stop:([0-9.]+) (#\w+)", style)]
    assert [color for _, color in stops] == [
        STATE_COLORS[state] for state in ("done", "done", "flagged", "flagged", "queued", "queued")
    ]
    places = [at for at, _ in stops]
    assert places == sorted(places)
    assert places[::2] == pytest.approx([0, 3 / 8, 4 / 8], abs=2e-4)
    assert places[1::2] == pytest.approx([3 / 8, 4 / 8, 1])
    assert "gradient" not in strip([])
