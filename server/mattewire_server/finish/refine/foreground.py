"""The subject's own color at soft edges: what is left of a plate's pixel when the background is taken out of it.

A pixel that is half subject has half the background's color in it, and over another background it shows as a fringe.
Germer, Uelwer, Conrad and Harmeling, "Fast Multi-Level Foreground Estimation" (ICPR 2021): subject and background that
together make the pixel, both as smooth as that allows, found from coarse to fine. Their method, written for OpenCV's
arrays, with two changes: what is solved is light, not display codes, and it may be brighter than white.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...color import ColorTransform
from ...color.light import decoded, encoded
from ..edges import Raster
from .band import box_of

CONTEXT = 96
"""Pixels around the soft edges that colors are taken from."""

SMALL, SMALL_ROUNDS, ROUNDS = 32, 10, 2
"""Rounds of the solver on levels up to ``SMALL`` pixels, and on larger ones (the paper's own settings)."""

STIFFNESS, FLATNESS = 5e-3, 0.1
"""The paper's regularization: of smoothness in general, and more of it where the matte has a gradient."""

Colors = NDArray[np.float32]


def foreground(rgb: NDArray[Any], alpha: Raster, transform: ColorTransform) -> NDArray[Any]:
    """``rgb`` with the subject's own color where 0 < ``alpha`` < 1; everywhere else its own numbers, bit for bit.

    ``rgb``: (height, width, 3), the plate in its own encoding: uint8, uint16, float16 or float32; what comes back has
    the same dtype. ``alpha``: float32 (height, width), 0..1. ``transform``: the plate's. Colors are unmixed in the
    linear light of the plate's own primaries, or, for a studio config's space that is no curve and matrix, in its own
    encoding. Numbers stay between the darkest and the brightest of what is around.
    """
    soft = (alpha > 0) & (alpha < 1)
    result: NDArray[Any] = np.array(rgb)
    box = box_of(soft)
    if box is None:
        return result
    height, width = alpha.shape
    y0, y1 = max(box[1] - CONTEXT, 0), min(box[3] + CONTEXT, height)
    x0, x1 = max(box[0] - CONTEXT, 0), min(box[2] + CONTEXT, width)
    part = np.s_[y0:y1, x0:x1]
    light = decoded(rgb[part], transform.space)
    own = unmixed(light, alpha[part])
    where = soft[part]
    result[part][where] = encoded(own[where], transform.space, rgb.dtype)
    return result


def unmixed(light: Colors, alpha: Raster) -> Colors:
    """The subject's light, float32 (height, width, 3), for ``light`` (the same shape, finite, any range) and ``alpha``
    float32 (height, width), 0..1."""
    height, width = alpha.shape
    levels = max(int(np.ceil(np.log2(max(height, width)))), 0)
    weight = alpha[..., None]
    planes = [np.ascontiguousarray(light[..., channel]) for channel in range(3)]
    limits = [(plane.min(), plane.max()) for plane in planes]
    fronts = [np.full((1, 1), color, np.float32) for color in _mean(light, weight)]
    backs = [np.full((1, 1), color, np.float32) for color in _mean(light, 1 - weight)]
    for level in range(levels + 1):
        size = (_at(width, level, levels), _at(height, level, levels))
        system = _System(_resized(alpha, size), SMALL_ROUNDS if max(size) <= SMALL else ROUNDS)
        for channel, plane in enumerate(planes):
            front, back = _resized(fronts[channel], size), _resized(backs[channel], size)
            fronts[channel], backs[channel] = system.solved(_resized(plane, size), front, back, *limits[channel])
    return np.dstack(fronts)


class _System:
    """One level's equations, the same for every channel: at every pixel two values, subject and background, that make
    the pixel's own by its share, and that are like their four neighbors'."""

    def __init__(self, share: Raster, rounds: int) -> None:
        self._share, self._rounds = share, rounds
        around = _neighbors(share)
        self._pulls = [np.float32(STIFFNESS) + np.float32(FLATNESS) * np.abs(share - other) for other in around]
        total, rest = np.asarray(sum(self._pulls), np.float32), 1 - share
        # (s s + total) F + s (1 - s) B = s I + pulled F, and the same for B: two by two, solved by Cramer's rule.
        self._a, self._b, self._d = share * share + total, share * rest, rest * rest + total
        self._determinant = self._a * self._d - self._b * self._b

    def solved(
        self, plane: Raster, front: Raster, back: Raster, low: np.float32, high: np.float32
    ) -> tuple[Raster, Raster]:
        """Subject and background of one channel after Jacobi's steps from ``front`` and ``back``."""
        own, rest = self._share * plane, (1 - self._share) * plane
        for _ in range(self._rounds):
            right, left = own + self._pulled(front), rest + self._pulled(back)
            front = np.clip((self._d * right - self._b * left) / self._determinant, low, high)
            back = np.clip((self._a * left - self._b * right) / self._determinant, low, high)
        return front, back

    def _pulled(self, plane: Raster) -> Raster:
        first, *others = (pull * other for pull, other in zip(self._pulls, _neighbors(plane), strict=True))
        return np.asarray(sum(others, first), np.float32)


def _resized(plane: Raster, size: tuple[int, int]) -> Raster:
    """``size``: width and height."""
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST), np.float32)


def _neighbors(plane: Raster) -> list[Raster]:
    """Every pixel's right, left, lower and upper neighbor; at the border the pixel itself."""
    wide = np.asarray(cv2.copyMakeBorder(plane, 1, 1, 1, 1, cv2.BORDER_REPLICATE), np.float32)
    return [wide[1:-1, 2:], wide[1:-1, :-2], wide[2:, 1:-1], wide[:-2, 1:-1]]


def _mean(light: Colors, weight: NDArray[np.float32]) -> NDArray[np.float32]:
    total = float(weight.sum(dtype=np.float64))
    return np.asarray((light * weight).sum(axis=(0, 1), dtype=np.float64) / max(total, 1e-6), np.float32)


def _at(length: int, level: int, levels: int) -> int:
    return max(1, round(float(length) ** (level / levels))) if levels else 1
