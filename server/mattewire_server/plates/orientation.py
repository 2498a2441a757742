"""Pictures stored on their side: phone stills (EXIF) and movies (display matrix).

An orientation is the EXIF number 1..8 (JEITA CP-3451, tag 274): 1 upright, 2 flopped, 3 half a turn, 4 flipped,
5 transposed, 6 needs a quarter turn clockwise, 7 transposed the other way, 8 a quarter turn counterclockwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import Window

_FLOPPED = (2, 3, 6, 7)  # left and right change sides, after the transposition
_FLIPPED = (3, 4, 7, 8)  # top and bottom change sides, after the transposition

_BY_MATRIX = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}


def is_on_its_side(orientation: int) -> bool:
    """Whether width and height change places."""
    return orientation >= 5


def upright(rgb: NDArray[Any], orientation: int) -> NDArray[Any]:
    """``rgb`` (height, width, 3) of any dtype as it is meant to be seen, C-contiguous."""
    turned = rgb.swapaxes(0, 1) if is_on_its_side(orientation) else rgb
    turned = turned[:, ::-1] if orientation in _FLOPPED else turned
    turned = turned[::-1] if orientation in _FLIPPED else turned
    return np.ascontiguousarray(turned)


def upright_window(window: Window, width: int, height: int, orientation: int) -> Window:
    """``window`` of a stored picture of ``width`` x ``height`` pixels, as it lies once the picture is upright."""
    if is_on_its_side(orientation):
        window, width, height = Window(window.y0, window.x0, window.y1, window.x1), height, width
    if orientation in _FLOPPED:
        window = Window(width - window.x1, window.y0, width - window.x0, window.y1)
    if orientation in _FLIPPED:
        window = Window(window.x0, height - window.y1, window.x1, height - window.y0)
    return window


def of_display_matrix(matrix: NDArray[np.int32]) -> int:
    """The orientation of a movie's display matrix: nine 16.16 numbers, row by row (ISO/IEC 14496-12, 8.2.2).

    The picture's x and y become ``a x + c y`` and ``b x + d y``. A turn that is not a multiple of 90 degrees cannot
    be shown on a pixel raster and counts as upright, as players do.
    """
    signs = np.sign(np.where(np.abs(matrix) < 0x8000, 0, matrix))
    a, b, _, c, d = (int(value) for value in signs[:5])
    return _BY_MATRIX.get((a, b, c, d), 1)
