"""Turning: the eight EXIF orientations against pictures and windows drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mattewire_server.plates.model import Window
from mattewire_server.plates.orientation import is_on_its_side, of_display_matrix, upright, upright_window

SEEN = np.arange(1, 7).reshape(2, 3)  # what the artist should see: 1 2 3 / 4 5 6
STORED = {
    # EXIF: which side of the seen picture the stored row 0 and column 0 are
    1: SEEN,
    2: SEEN[:, ::-1],
    3: SEEN[::-1, ::-1],
    4: SEEN[::-1],
    5: SEEN.T,
    6: np.rot90(SEEN, 1),  # the camera was turned; a quarter turn clockwise puts it right
    7: SEEN[::-1, ::-1].T,
    8: np.rot90(SEEN, -1),
}


@pytest.mark.parametrize("orientation", STORED)
def test_pictures_come_upright(orientation: int) -> None:
    stored = np.repeat(STORED[orientation][..., None], 3, axis=2)
    seen = upright(stored, orientation)
    np.testing.assert_array_equal(seen[..., 0], SEEN)
    assert seen.flags.c_contiguous
    assert is_on_its_side(orientation) == (stored.shape[:2] != SEEN.shape)


@pytest.mark.parametrize("orientation", STORED)
def test_windows_turn_with_the_picture(orientation: int) -> None:
    stored = STORED[orientation]
    height, width = stored.shape
    y, x = (int(at[0]) for at in np.nonzero(stored == 3))  # 3 is seen at the top right
    turned = upright_window(Window(x, y, x + 1, y + 1), width, height, orientation)
    assert turned == Window(2, 0, 3, 1)


@pytest.mark.parametrize(
    ("matrix", "orientation"),
    [
        ((1, 0, 0, 1), 1),
        ((0, 1, -1, 0), 6),  # ISO/IEC 14496-12: a phone held upright
        ((-1, 0, 0, -1), 3),
        ((0, -1, 1, 0), 8),
        ((-1, 0, 0, 1), 2),
        ((1, 0, 0, -1), 4),
        ((0.7, 0.7, -0.7, 0.7), 1),  # no multiple of 90 degrees: upright
    ],
)
def test_display_matrix(matrix: tuple[float, ...], orientation: int) -> None:
    a, b, c, d = (int(value * 65536) for value in matrix)
    assert of_display_matrix(np.array([a, b, 0, c, d, 0, 12 << 16, 0, 1 << 30], np.int32)) == orientation
