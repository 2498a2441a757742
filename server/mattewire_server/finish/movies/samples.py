"""RGB and alpha as the numbers that a movie stores: Rec.709 Y'CbCr of limited range, alpha of full range.

Rounded once, from float. libswscale is not asked: its 10-bit white comes back as 65283 of 65535 (measured, FFmpeg 8).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...plates.movie_color import ycbcr_to_rgb

Planes = list[NDArray[Any]]


def ycbcr_444(rgb: NDArray[np.float32], bits: int) -> Planes:
    """Y', Cb and Cr of ``bits`` (8: uint8, else uint16), each (height, width).

    ``rgb``: float32 (height, width, 3), display-encoded, 0..1. The inverse of ``ycbcr_to_rgb`` (ITU-R BT.709-6 3.2 to
    3.4), rounded to the nearest code: 0 is code 16, 1 is 235 in 8 bits, 64 and 940 in 10.
    """
    codes = _codes(_ycbcr(rgb, bits), bits)
    return [codes[..., channel] for channel in range(3)]


def ycbcr_420(rgb: NDArray[np.float32]) -> Planes:
    """Y' (height, width), Cb and Cr of half the size, an odd row or column rounded up; uint8.

    ``rgb`` as for ``ycbcr_444``. A chroma sample lies on the left one of its two columns and between its two rows
    (ITU-T H.273, ChromaLocType 0, which MPEG-2 and later codecs assume), so that color and edge stay on each other.
    """
    ycbcr = _ycbcr(rgb, 8)
    return [_codes(plane, 8) for plane in (ycbcr[..., 0], _halved(ycbcr[..., 1]), _halved(ycbcr[..., 2]))]


def alpha_codes(alpha: NDArray[np.float32], bits: int) -> NDArray[Any]:
    """``alpha`` (height, width), 0..1, as codes of ``bits``: 0 stays 0, 1 is the largest code (8: 255, 10: 1023)."""
    return _codes(alpha * np.float32(2**bits - 1), bits)


def _ycbcr(rgb: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    back = ycbcr_to_rgb("Rec.709", full_range=False, bits=bits) / 65535
    forth = np.linalg.inv(back[:, :3])
    return np.asarray(cv2.transform(rgb, np.hstack([forth, forth @ -back[:, 3:]])))


def _codes(values: NDArray[np.float32], bits: int) -> NDArray[Any]:
    return np.rint(values).astype(np.uint8 if bits == 8 else np.uint16)


def _halved(chroma: NDArray[np.float32]) -> NDArray[np.float32]:
    """1-2-1 across, centered on the even columns, and the mean of each pair of rows; edges are repeated."""
    height, width = chroma.shape
    across = (width + 1) // 2
    padded = np.pad(chroma, ((0, height % 2), (1, 1)), "edge")
    rows = (padded[0::2] + padded[1::2]) / 2
    left, middle, right = (rows[:, start::2][:, :across] for start in range(3))
    return np.asarray((left + 2 * middle + right) / 4, dtype=np.float32)
