"""Coverage and plate numbers in the precision of a file. Nothing here changes a color.

What survives, measured over every code: an 8-bit code is back when its half is multiplied by 255 and rounded, a 16-bit
code when its float32 is multiplied by 65535; half and float32 numbers of a plate pass bit by bit, NaN and infinity too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..color.transform import as_float
from ..plates.model import Window

LARGEST_HALF = 65504.0
"""IEEE 754 binary16."""

_LARGEST_CODE = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}


def largest(kind: np.dtype[Any]) -> int:
    """What full coverage is in ``kind``: 1 in floating point, else the largest code."""
    return _LARGEST_CODE.get(kind, 1)


def coverage_numbers(matte: NDArray[np.float32], kind: np.dtype[Any]) -> NDArray[Any]:
    """Coverage 0..1 as ``kind``: integers rounded to the nearest code, floating point as it is."""
    top = largest(kind)
    return np.rint(matte * np.float32(top)).astype(kind) if top > 1 else matte.astype(kind)


def plate_numbers(rgb: NDArray[Any], kind: np.dtype[Any]) -> NDArray[Any]:
    """The plate's RGB as ``kind``: codes become code / 255 or code / 65535, 8-bit codes as 16-bit ones times 257.

    Never from floating point to codes, nor from 16 bits to 8: ``contents`` refuses both.
    """
    if rgb.dtype == kind:
        return rgb
    numbers: NDArray[Any] = rgb.astype(kind) * np.uint16(257) if kind == np.uint16 else as_float(rgb).astype(kind)
    return numbers


def premultiplied(rgb: NDArray[Any], alpha: NDArray[np.float32], kind: np.dtype[Any]) -> NDArray[Any]:
    """``rgb`` (height, width, 3) times ``alpha`` (height, width), in the plate's own encoding, as ``kind``.

    Exactly 0 where alpha is 0, even where the plate is infinite or NaN there.
    """
    numbers = plate_numbers(rgb, kind).astype(np.float32)
    product = np.zeros_like(numbers)
    with np.errstate(invalid="ignore"):  # a signaling NaN of the plate becomes a quiet one
        np.multiply(numbers, alpha[..., None], out=product, where=alpha[..., None] > 0)
    return np.rint(product).astype(kind) if largest(kind) > 1 else product.astype(kind)


def beyond_half(rgb: NDArray[Any]) -> float | None:
    """The number of ``rgb`` farthest from 0 that half cannot hold, infinity counted; None when half holds all."""
    if rgb.dtype != np.float32:
        return None
    high, low = float(np.fmax.reduce(rgb, axis=None)), float(np.fmin.reduce(rgb, axis=None))  # NaN passes through
    farthest = high if abs(high) >= abs(low) else low
    return farthest if abs(farthest) > LARGEST_HALF else None


def cut(raster: NDArray[Any], whole: Window, part: Window) -> NDArray[Any]:
    """The view of ``raster``, which covers ``whole``, that covers ``part``."""
    return raster[part.y0 - whole.y0 : part.y1 - whole.y0, part.x0 - whole.x0 : part.x1 - whole.x0]


def cut_within(raster: NDArray[Any], whole: Window, part: Window, data: Window) -> NDArray[Any]:
    """As ``cut``, and 0 outside ``data``: there an EXR reads as 0, and files without a data window hold 0."""
    if data.union(part) == data:
        return cut(raster, whole, part)
    blank = np.zeros((part.height, part.width, *raster.shape[2:]), raster.dtype)
    shared = Window(max(part.x0, data.x0), max(part.y0, data.y0), min(part.x1, data.x1), min(part.y1, data.y1))
    if shared.width > 0 and shared.height > 0:
        cut(blank, part, shared)[...] = cut(raster, whole, shared)
    return blank
