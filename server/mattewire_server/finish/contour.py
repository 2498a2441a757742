"""The outline of a matte: smoothed without shrinking, and feathered without moving."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField

from .edges import Raster, crop_around

LIMIT = 100.0
"""Most pixels for both operators."""

_TAILS = 3.5
"""Standard deviations after which a Gaussian is cut: what lies beyond is 5e-4 of it, an eighth of an 8-bit code."""

_ROUNDING = 1e-5
"""A blurred 1 comes back as 1 to this much."""

_MEASURED = (
    (1e-4, 0.1636, 0.2396, 0.3086, 0.3573, 0.4167, 0.4475, 0.4753, 0.4947, 0.5),
    (1e-4, 1 / 6, 1 / 4, 1 / 3, 1 / 2.5, 1 / 2, 1 / 1.75, 1 / 1.5, 1 / 1.25, 1.0),
)
"""What ``_steepness`` finds, and what is true, for ramps 6, 4, 3, 2.5, 2, 1.75, 1.5, 1.25 and 1 pixels wide (mean over
64 positions on the grid): central differences cannot see an edge steeper than 0.5."""


def feather(alpha: Raster, pixels: float) -> Raster:
    """``alpha`` with its edges softened: a hard edge becomes a ramp ``pixels`` plate pixels wide from 0 to 1.

    ``alpha``: float32 (height, width), 0..1. The full width, half of it on either side: the 10-90 width is 0.44 of
    it, and pixels further than half of it (plus their own) from any edge keep exact 0 and 1. On straight edges the
    contour at 0.5 stays; soft edges grow by the same variance. The kernel is the quadratic B-spline, three box
    filters in a row, once across and once down. 0 gives ``alpha`` itself.
    ``BadField`` when ``pixels`` is not 0 to ``LIMIT``.
    """
    _check(pixels, "feather")
    crop = crop_around(alpha, pixels / 2 + 2) if pixels else None
    if crop is None:
        return alpha
    taps = _spline(pixels)
    inner = crop.of(alpha)
    soft = cv2.sepFilter2D(inner, cv2.CV_32F, taps, taps, borderType=cv2.BORDER_REPLICATE)
    soft[soft < _ROUNDING] = 0
    soft[soft > 1 - _ROUNDING] = 1
    result: Raster = alpha.copy()
    crop.of(result)[:] = soft
    return result


def smooth(alpha: Raster, pixels: float) -> Raster:
    """``alpha`` with jags and bumps of its outline up to ``pixels`` plate pixels evened out; edges stay as soft.

    ``alpha``: float32 (height, width), 0..1. Ripples as long as ``pixels`` shrink to 2 %, twice as long to one half,
    eight times as long to 96 % (measured, 1.5 px high). A disc of radius 40 smoothed by 5 keeps its area within
    0.5 %. Acts where the matte goes from solid to empty: glass, smoke and faint hair, where it never reaches 1, keep
    their values. Strands thinner than ``pixels`` fade. 0 gives ``alpha`` itself.
    ``BadField`` when ``pixels`` is not 0 to ``LIMIT``.

    The matte is blurred with 2G - G*G (G: a Gaussian of standard deviation ``pixels`` / 2). Its second moment is
    zero, so that curved edges do not move inward as they do under G (by variance / 2 radius); the next term is of
    fourth order. Then the blurred edge is made as steep again as the matte's own around it.
    """
    _check(pixels, "smooth")
    deviation = pixels / 2
    reach = 2 * int(np.ceil(_TAILS * deviation)) + 1
    crop = crop_around(alpha, reach) if pixels else None
    if crop is None:
        return alpha
    inner = np.ascontiguousarray(crop.of(alpha))
    once = _blurred(inner, deviation)
    even = 2 * once - _blurred(once, deviation)
    near = np.ones((reach // 2 | 1, reach // 2 | 1), np.uint8)
    # From "reaches half of the way" to "reaches all of it", so that nothing switches between two frames.
    solid = 2 * (cv2.dilate(inner, near) - cv2.erode(inner, near)) - 1
    where = np.nonzero(solid > 0)
    share, own, level = np.minimum(solid[where], 1), inner[where], even[where]
    steeper = np.maximum(_steepness(inner, deviation, where) / _steepness(even, deviation, where), 1)
    steep = np.clip(0.5 + (level - 0.5) * steeper, 0, 1)
    steep[steep < _ROUNDING] = 0
    steep[steep > 1 - _ROUNDING] = 1
    result: Raster = alpha.copy()
    crop.of(result)[where] = own + (steep - own) * share
    return result


def _check(pixels: float, field: str) -> None:
    if not 0 <= pixels <= LIMIT:
        raise BadField(f"{pixels} is out of range.", field=field, advice=f"Choose 0 to {LIMIT:g} pixels.")


def _blurred(raster: Raster, deviation: float) -> Raster:
    taps = cv2.getGaussianKernel(2 * int(np.ceil(_TAILS * deviation)) + 1, deviation, cv2.CV_32F)
    return np.asarray(cv2.sepFilter2D(raster, cv2.CV_32F, taps, taps, borderType=cv2.BORDER_REPLICATE), np.float32)


Places = tuple[NDArray[np.intp], ...]
"""Rows and columns of pixels."""


def _steepness(alpha: Raster, deviation: float, where: Places) -> Raster:
    """How steep the edge around each pixel in ``where`` is, where it crosses 0.5, in coverage per pixel, at most 1.

    The mean of the central differences, weighted by nearness to 0.5, corrected by ``_MEASURED``. Where no pixel is
    near 0.5 the edge falls between two pixels, and there is none steeper.
    """
    across = cv2.Sobel(alpha, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(alpha, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    weight = np.maximum(1 - np.abs(2 * alpha - 1), 0)
    around = max(deviation, 1.5)
    total = _blurred(weight, around)[where]
    slope = np.sqrt(across * across + down * down)
    mean = _blurred(weight * slope, around)[where] / np.maximum(total, np.float32(1e-6))
    measured, true = _MEASURED
    return np.asarray(np.where(total > 1e-4, np.interp(mean, measured, true), 1), np.float32)


def _spline(width: float) -> NDArray[np.float32]:
    """The quadratic B-spline of full ``width`` at whole pixels, its points shared linearly between the two nearest.

    Sharing keeps the kernel's middle exact and lets the width go to 0 smoothly, where one tap of 1 is left.
    """
    fine = (np.arange(3000) + 0.5) / 3000 - 0.5
    spread = np.abs(3 * fine)
    weight = np.where(spread < 0.5, 0.75 - spread**2, 0.5 * (1.5 - spread) ** 2)
    place = fine * width
    reach = int(np.ceil(width / 2))
    lower = np.floor(place).astype(np.intp)
    left = np.bincount(lower + reach, weights=weight * (1 - (place - lower)), minlength=2 * reach + 1)
    right = np.bincount(lower + 1 + reach, weights=weight * (place - lower), minlength=2 * reach + 1)
    taps = left + right
    taps = (taps + taps[::-1]) / (2 * taps.sum())  # the same to both sides, to the last bit
    return np.asarray(taps, np.float32)
