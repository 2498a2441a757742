"""Specks and holes: small parts of a soft matte, each with its soft rim, and nothing else.

A part's size is the diameter of the disc that covers as much: it is small when its coverage, summed, is at most
pi / 4 * size**2. A round speck thus goes at its diameter, a thread of the same area too, whatever its length.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField

from .edges import Raster, crop_around

LINK = 1 / 32
"""Coverage that joins two parts into one. A matte's rims and haze below it (8 codes of 8 bits) touch everywhere and
would make every speck near the subject a part of it; hair and motion blur lie above."""

LARGEST = 10_000.0
"""Largest ``size``, in pixels: wider than any plate."""


def remove_specks(alpha: Raster, size: float) -> Raster:
    """``alpha`` without its parts of at most ``size`` plate pixels in diameter; 0 gives ``alpha`` itself.

    ``alpha``: float32 (height, width), 0..1. A part is what hangs together (diagonally too) above ``LINK``; the
    fainter rim nearer to it than to any larger part goes with it. Everything else keeps its bytes. Parts cut by the
    picture's border count with what is visible. ``BadField`` when ``size`` is negative, not a number or absurd.
    """
    _check(size, "remove_specks")
    crop = crop_around(alpha, 1) if size else None
    if crop is None:
        return alpha
    small = _small_parts(np.ascontiguousarray(crop.of(alpha)), size, keep_at_border=False)
    if small is None:
        return alpha
    result: Raster = alpha.copy()
    crop.of(result)[small] = 0
    return result


def fill_holes(alpha: Raster, size: float) -> Raster:
    """``alpha`` with its holes of at most ``size`` plate pixels in diameter at exactly 1, rims included; 0 as it is.

    A hole is a part of the background, as ``remove_specks`` has it, that does not reach the picture's border.
    Everything else keeps its bytes. ``BadField`` as there.
    """
    _check(size, "fill_holes")
    crop = crop_around(alpha, 1) if size else None
    if crop is None:
        return alpha
    small = _small_parts(1 - crop.of(alpha), size, keep_at_border=True)
    if small is None:
        return alpha
    result: Raster = alpha.copy()
    crop.of(result)[small] = 1
    return result


def _check(size: float, field: str) -> None:
    if not 0 <= size <= LARGEST:
        raise BadField(f"{size} is out of range.", field=field, advice=f"Choose 0 to {LARGEST:g} pixels.")


def _small_parts(coverage: Raster, size: float, *, keep_at_border: bool) -> NDArray[np.bool_] | None:
    """Where the small parts of ``coverage`` are, rims included; None when there is none."""
    largest = np.pi / 4 * size * size * (1 + 1e-6)  # float32 sums: a disc of exactly this size is small
    strong = coverage >= LINK
    number, labels = cv2.connectedComponents(strong.view(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    is_small = _areas(coverage, labels, number, largest) <= largest
    is_small[0] = False
    if keep_at_border:
        is_small[_border(labels)] = False
    small = is_small[labels]
    faint = (coverage > 0) & ~strong
    if faint.any():
        small |= _rims(coverage, small, strong & ~small, faint, largest, keep_at_border)
    return small if small.any() else None


def _rims(
    coverage: Raster,
    small: NDArray[np.bool_],
    large: NDArray[np.bool_],
    faint: NDArray[np.bool_],
    largest: float,
    keep_at_border: bool,
) -> NDArray[np.bool_]:
    """The faint pixels that go: those that hang on a small part and are nearer to it than to a large one, and small
    patches of nothing but faint pixels."""
    number, labels = cv2.connectedComponents((small | faint).view(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    has_small = np.zeros(number, np.bool_)
    has_small[labels[small]] = True
    touches_large = np.zeros(number, np.bool_)
    touches_large[labels[cv2.dilate(large.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)]] = True
    alone = ~has_small & ~touches_large & (_areas(coverage, labels, number, largest) <= largest)
    has_small[0] = alone[0] = False
    if keep_at_border:
        alone[_border(labels)] = False
    goes: NDArray[np.bool_] = alone[labels]
    rim = has_small[labels] & faint
    if rim.any():
        goes |= rim & (_distance(small) < _distance(large)) if large.any() else rim
    return goes


def _areas(coverage: Raster, labels: NDArray[Any], number: int, largest: float) -> NDArray[np.float64]:
    """The summed coverage of every part; of parts with more pixels than could be small, infinity, unsummed."""
    flat = labels.reshape(-1)
    areas = np.full(number, np.inf)
    pixels = np.bincount(flat, minlength=number)
    summed = (pixels * LINK <= largest) | (pixels < 4096)
    summed[0] = False
    if summed.any():
        where = np.flatnonzero(summed[flat])
        found = np.bincount(flat[where], weights=coverage.reshape(-1)[where], minlength=number)
        areas[summed] = found[summed]
    return areas


def _border(labels: NDArray[Any]) -> NDArray[np.intp]:
    return np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]).astype(np.intp)


def _distance(solid: NDArray[np.bool_]) -> Raster:
    return np.asarray(cv2.distanceTransform((~solid).view(np.uint8), cv2.DIST_L2, 5), np.float32)
