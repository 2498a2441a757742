"""What of a matte is open: the pixels that an engine's resolution says nothing certain about.

An engine judges cells, not plate pixels: SAM 2 gives 256 x 256 of them whatever the plate's size. A cell that is all
subject among cells that are settles its pixels; one that is partly subject, or beside such a one, leaves them open.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..alpha import LOGIT_LIMIT
from ..edges import Crop, Raster

Mask = NDArray[np.bool_]

SETTLED = 0.02
"""Coverage within which of 0 or 1 a cell, and all its neighbors, settle their pixels: networks are seldom surer of
what is certain (a log-odds of 3.9), and 0.05 cuts off the faint ends of hair (``tests/benchmarks/edges.py``)."""

COARSE = 1.25
"""Plate pixels to a cell, the longer side, from which on the plate knows more than the engine. Below, nothing is open:
an engine at the plate's own resolution has looked at the same pixels."""

CONTEXT = 6
"""Cells around what is open that tell what subject and background look like."""

_ALIGN = 8  # cells farther out, at most, that a crop goes to end on a whole pixel
_SQUARE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class Cells:
    """A matte as its engine knows it: ``coverage`` float32 (rows, columns), 0..1, filling a picture of ``width`` x
    ``height`` plate pixels."""

    coverage: Raster
    width: int
    height: int

    @property
    def across(self) -> float:
        """Plate pixels to a cell's width."""
        return self.width / int(self.coverage.shape[1])

    @property
    def down(self) -> float:
        """Plate pixels to a cell's height."""
        return self.height / int(self.coverage.shape[0])

    @property
    def coarse(self) -> bool:
        """Whether the plate's pixels are smaller than the cells."""
        return max(self.across, self.down) >= COARSE

    def around(self, box: tuple[int, int, int, int], context: float) -> tuple[Crop, Crop]:
        """The part around ``box`` (x0, y0, x1, y1, plate pixels, half-open), ``context`` cells wider on every side:
        as plate pixels, and as cells. A few cells more where that makes both end at one place (else within half a
        pixel)."""
        x0, x1, left, right = _span(box[0], box[2], self.across, self.coverage.shape[1], self.width, context)
        y0, y1, top, bottom = _span(box[1], box[3], self.down, self.coverage.shape[0], self.height, context)
        return Crop(y0, y1, x0, x1), Crop(top, bottom, left, right)


def cells_of(logits: NDArray[np.float32], cell: tuple[float, float], width: int, height: int) -> Cells:
    """The engine's own cells, of logits float32 (h, w) that cover a picture of ``width`` x ``height`` plate pixels.

    ``cell``: logits to a cell across and down, more than 1 where the engine has enlarged what it knew.
    """
    columns, rows = max(1, round(logits.shape[1] / cell[0])), max(1, round(logits.shape[0] / cell[1]))
    coverage = np.float32(1) / (np.float32(1) + np.exp(-np.clip(logits, -LOGIT_LIMIT, LOGIT_LIMIT)))
    if coverage.shape != (rows, columns):
        coverage = cv2.resize(coverage, (columns, rows), interpolation=cv2.INTER_AREA)
    return Cells(np.asarray(coverage, np.float32), width, height)


def cells_over(alpha: Raster, side: float) -> Cells:
    """A matte float32 (height, width) seen through square cells of ``side`` plate pixels."""
    height, width = alpha.shape
    columns, rows = max(1, round(width / side)), max(1, round(height / side))
    return Cells(np.asarray(cv2.resize(alpha, (columns, rows), interpolation=cv2.INTER_AREA)), width, height)


def left_open(cells: Cells) -> Mask:
    """The pixels that the cells leave open, bool (height, width); none where the cells are not coarse."""
    if not cells.coarse:
        return np.zeros((cells.height, cells.width), np.bool_)
    high, low = cv2.dilate(cells.coverage, _SQUARE), cv2.erode(cells.coverage, _SQUARE)
    unsettled = ((high > SETTLED) & (low < 1 - SETTLED)).view(np.uint8)
    size = (cells.width, cells.height)
    return np.asarray(cv2.resize(unsettled, size, interpolation=cv2.INTER_NEAREST)).view(np.bool_)


def within(alpha: Raster, reach: float) -> Mask:
    """The pixels whose center lies within ``reach`` plate pixels of the contour of ``alpha`` at 0.5, bool."""
    inside = (alpha >= 0.5).view(np.uint8)
    if not inside.any() or inside.all():
        return np.zeros(alpha.shape, np.bool_)
    # From a pixel's center to the nearest center on the other side; the contour lies about half-way in the last step.
    to_outside = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    to_inside = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.maximum(to_outside, to_inside) - 0.5 <= reach)


def box_of(mask: Mask) -> tuple[int, int, int, int] | None:
    """The box (x0, y0, x1, y1), half-open, around what is set; None when nothing is."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    return (x, y, x + width, y + height) if width and height else None


def _span(low: int, high: int, step: float, count: int, length: int, context: float) -> tuple[int, int, int, int]:
    """First and last pixel, first and last cell (half-open) of one axis."""
    first = max(0, int(np.floor(low / step - context)))
    last = min(count, int(np.ceil(high / step + context)))
    first = min(range(max(0, first - _ALIGN), first + 1), key=lambda cell: (_off(cell * step), -cell))
    last = min(range(last, min(count, last + _ALIGN) + 1), key=lambda cell: (_off(cell * step), cell))
    return round(first * step), min(round(last * step), length), first, last


def _off(place: float) -> float:
    return round(abs(place - round(place)), 6)
