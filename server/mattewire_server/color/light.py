"""A plate's numbers as light and back: for work that is only right on light, and whose result goes back into the plate.

The way back is the curve's own inverse, found from its values at every half-float number, so that it needs no second
formula that might disagree with the first.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .spaces import Colorspace
from .transform import HALF_MAX, as_float

BRIGHTEST = HALF_MAX
"""The largest half-float number; light beyond it, infinite light too, counts as this."""


def decoded(rgb: NDArray[Any], space: Colorspace) -> NDArray[np.float32]:
    """Linear light in the plate's own primaries, float32 (…, 3), finite; NaN is 0.

    ``rgb``: plate codes, uint8 or uint16 (full range is 0..1), float16 or float32. The numbers themselves where
    ``space`` is linear, or where no curve of its own leads to light (``Colorspace.whole``).
    """
    codes = as_float(rgb)
    if space.curve is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            codes = np.asarray(space.curve(codes), np.float32)
    light = np.nan_to_num(codes, nan=0.0)  # a copy: the plate's own numbers stay
    return np.clip(light, np.float32(-BRIGHTEST), np.float32(BRIGHTEST), out=light)


def encoded(light: NDArray[np.float32], space: Colorspace, dtype: np.dtype[Any]) -> NDArray[Any]:
    """``light`` as plate codes of ``dtype``, the inverse of ``decoded``; integers are rounded to the nearest code."""
    numbers = light
    if space.curve is not None:
        lights, codes = _inverse(space)
        numbers = np.interp(light, lights, codes).astype(np.float32)
    if dtype.kind == "u":
        numbers = np.rint(np.clip(numbers, 0, 1) * np.float32(np.iinfo(dtype).max))
    return np.asarray(numbers, dtype)


@lru_cache(maxsize=16)
def _inverse(space: Colorspace) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Light and code in ascending order: the curve at every half-float code for which both are finite and rising."""
    assert space.curve is not None
    halves = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    codes = np.unique(halves[np.isfinite(halves)])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        lights = np.asarray(space.curve(codes), np.float64)
    usable = np.isfinite(lights) & (np.abs(lights) <= 4 * BRIGHTEST)
    lights, codes = lights[usable], codes[usable]
    highest = np.maximum.accumulate(lights)
    rising = np.concatenate([[True], lights[1:] > highest[:-1]])
    return lights[rising], codes[rising]
