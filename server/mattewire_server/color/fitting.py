"""A conversion that can only be run, found out as one curve and one matrix where it is that.

Nearly every camera's space in a config is: the same curve for R, G and B, then a 3x3 matrix. Known so, it costs a
table look-up and a matrix per frame (30 ms at HD) where OpenColorIO takes 120 ms or more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .curves import linear_to_srgb

Conversion = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""(h, w, 3) float32 codes to linear Rec.709."""

TOLERANCE = 1 / 2040
"""Largest difference in display code values (1/8 of an 8-bit code) at which curve and matrix stand for the whole."""

_STOPS = (0.0, 6.0, -6.0)  # the exposures it must hold at: deep shadow and highlight, too
_FLOAT_NOISE = 1e-5
_LARGEST_LIGHT = 1e6  # a logarithm's code of 3 means more light than there is, and both ways end at white
_SEED = 20
_COLORS = 4096


class SampledCurve:
    """A curve known at every finite half, straight from one to the next.

    Of a camera's logarithm (17 stops from code 0 to 1) that is within 3e-6 up to code 1 and 1e-5 above, relative.
    """

    def __init__(self, values: NDArray[np.float64]) -> None:
        """``values``: (63487,) linear light at ``HALVES``."""
        places = np.searchsorted(HALVES, np.nan_to_num(_PATTERNS.astype(np.float64))).clip(0, len(HALVES) - 1)
        with np.errstate(over="ignore", invalid="ignore"):
            slopes = np.nan_to_num(np.diff(values) / np.diff(HALVES), posinf=0.0, neginf=0.0)
            self._values = values[places].astype(np.float32)
            self._up = np.append(slopes, 0.0)[places].astype(np.float32)
            self._down = np.append(0.0, slopes)[places].astype(np.float32)

    def __call__(self, codes: NDArray[Any]) -> NDArray[Any]:
        """Linear light, float32, in the shape of ``codes``; NaN stays NaN, and the ends of a half are the ends."""
        inside = np.clip(codes.astype(np.float32, copy=False), np.float32(HALVES[0]), np.float32(HALVES[-1]))
        nearest = inside.astype(np.float16)
        pattern, off = nearest.view(np.uint16), inside - nearest
        light: NDArray[Any] = self._values[pattern] + off * np.where(off < 0, self._down[pattern], self._up[pattern])
        return light


@dataclass(frozen=True)
class Fit:
    """``curve`` (None: straight) and ``matrix`` to linear Rec.709 (None: none); ``display``: it is the sRGB curve."""

    curve: SampledCurve | None
    matrix: NDArray[np.float64] | None
    display: bool


_PATTERNS = np.arange(65536, dtype=np.uint16).view(np.float16)


def _halves() -> NDArray[np.float64]:
    return np.unique(_PATTERNS[np.isfinite(_PATTERNS)].astype(np.float64))


HALVES = _halves()
"""Every finite half, ascending: dense where codes are small, as a toe needs it."""


def fit(conversion: Conversion) -> Fit | None:
    """Curve and matrix that say the same as ``conversion`` within ``TOLERANCE``; None when there are none.

    Probed on the gray axis at every half and on one color of each primary; compared on colors inside the gamut,
    beyond it, negative, and up to 60 times white, at three exposures.
    """
    colors = _test_colors()
    gray = np.repeat(HALVES[:, None], 3, axis=1)
    corners = np.vstack([np.zeros(3), np.eye(3)])
    probes = np.vstack([gray, corners, colors]).astype(np.float32)
    answers = conversion(probes[None])[0].astype(np.float64)
    of_gray, of_corners, wanted = np.split(answers, [len(gray), len(gray) + len(corners)])
    matrix = (of_corners[1:] - of_corners[0]).T
    white = matrix.sum(axis=1)
    if not np.isfinite(of_corners).all() or white @ white < 1e-12:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        values = of_gray @ white / (white @ white)
        known = np.isfinite(of_gray).all(axis=1)
        if not known.any():
            return None
        values = np.interp(HALVES, HALVES[known], values[known])  # beyond what float32 holds: as at its end
        scale = white.mean() if white.min() > 0 else 1.0  # so that white stays white in the matrix
        matrix, values = matrix / scale, values * scale
        curve = SampledCurve(values)
        terms = curve(colors.astype(np.float32))
        found = terms @ matrix.T
        largest = np.maximum(np.abs(terms).max(axis=1, keepdims=True), np.abs(wanted).max(axis=1, keepdims=True))
        compared = np.isfinite(wanted) & (largest < _LARGEST_LIGHT)
        # What float32 cannot hold is no difference: large terms that cancel out on the edge of the gamut.
        compared &= np.abs(found - wanted) > _FLOAT_NOISE * largest
        for stops in _STOPS:
            apart = np.abs(_display(found * 2**stops) - _display(wanted * 2**stops))
            if not (apart[compared] <= TOLERANCE).all():
                return None
    straight = np.allclose(values, HALVES, rtol=2e-6, atol=1e-7)
    none = np.allclose(matrix, np.eye(3), rtol=0, atol=1e-6)
    inside = ((colors >= 0) & (colors <= 1)).all(axis=1)
    display = bool((np.abs(_display(wanted[inside]) - colors[inside]) <= TOLERANCE).all())
    return Fit(None if straight else curve, None if none else matrix, display)


def _test_colors() -> NDArray[np.float64]:
    random = np.random.default_rng(_SEED)
    inside = random.uniform(0, 1, (_COLORS, 3))
    beyond = random.uniform(-0.5, 2, (_COLORS, 3))
    scene = np.exp2(random.uniform(-12, 6, (_COLORS, 3))) * random.choice([1, 1, 1, -1], (_COLORS, 3))
    return np.vstack([inside, beyond, scene])


def _display(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    return linear_to_srgb(np.clip(np.nan_to_num(linear), 0, 1))
