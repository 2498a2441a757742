"""A matte between its pixels: where its edges lie, to a fraction of a pixel, without softening them.

A matte says coverage, and coverage stops at 0 and 1. That hides where an edge lies: read bilinearly half-way between
0, 0.5 and 1, a hard edge gives 0.25 and 0.75 and comes out softer than it was. ``unclipped`` lets the coverage run on
past 0 and 1 on both sides of an edge, along the edge's own slope, as a plane; bilinear reading reproduces planes
exactly, and clipping what was read gives a hard edge back as a hard edge and a soft one as soft as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

Raster = NDArray[np.float32]
"""float32 (height, width): a matte, or a field over one."""

BEYOND = (np.float32(-1), np.float32(2))
"""What ``unclipped`` has further out than one pixel from an edge: so far past 0 and 1 that reading between such a
pixel and an edge's never lands inside them by mistake."""

_HARD = 0.9
_SQUARE = np.ones((3, 3), np.uint8)
_NEIGHBORS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]


@dataclass(frozen=True)
class Crop:
    """The part of a picture that an operator looks at: rows y0 to y1, columns x0 to x1, half-open."""

    y0: int
    y1: int
    x0: int
    x1: int

    def of(self, raster: NDArray[Number]) -> NDArray[Number]:
        """That part, as a view."""
        return raster[self.y0 : self.y1, self.x0 : self.x1]


def crop_around(alpha: Raster, margin: float) -> Crop | None:
    """The subject's bounding box, ``margin`` pixels wider on every side, inside the picture; None when it is empty."""
    solid = np.not_equal(alpha, 0).view(np.uint8)
    x, y, width, height = cv2.boundingRect(solid)
    if not width or not height:
        return None
    more = int(np.ceil(margin))
    rows, columns = alpha.shape
    return Crop(max(y - more, 0), min(y + height + more, rows), max(x - more, 0), min(x + width + more, columns))


def unclipped(alpha: Raster) -> Raster:
    """``alpha`` continued past 0 and 1 beside its edges: float32, same shape, equal to ``alpha`` where 0 < alpha < 1.

    A pixel at exactly 0 or 1 that touches pixels in between gets the mean of the planes through those, never inside
    (0, 1); the others next to the opposite extreme keep their value; all the rest are ``BEYOND``. The planes'
    direction is the Sobel gradient's; their slope is the gradient's too, except where 0 and 1 lie within one pixel
    of each other. There the edge is sharper than the pixel grid, and the slope of a straight edge's coverage is one
    per pixel (Gustavson and Strand, "Anti-aliased Euclidean distance transform", 2011, use the same line).
    """
    low, high = cv2.erode(alpha, _SQUARE), cv2.dilate(alpha, _SQUARE)
    field: Raster = alpha.copy()
    field[alpha <= 0] = BEYOND[0]
    field[alpha >= 1] = BEYOND[1]
    width = alpha.shape[1]
    uneven = np.flatnonzero(low != high)
    if not uneven.size:
        return field
    # From here on only the pixels beside a change, a few in a hundred: lists of flat indices, in a raster with a rim.
    stride = width + 2
    rimmed = np.asarray(cv2.copyMakeBorder(alpha, 1, 1, 1, 1, cv2.BORDER_REPLICATE), np.float32).reshape(-1)
    value, high, low = (raster.reshape(-1).take(uneven) for raster in (alpha, high, low))
    between = (value > 0) & (value < 1)
    edge, level = uneven[between], value[between]
    at = (edge // width + 1) * stride + edge % width + 1
    across, down = _slopes(rimmed, at, stride)
    slope = np.hypot(across, down)
    hard = np.clip((high[between] - low[between] - _HARD) / (1 - _HARD), 0, 1)
    steeper = 1 + hard * np.maximum(1 / np.maximum(slope, np.float32(1e-6)) - 1, 0)
    across *= steeper
    down *= steeper
    total, count = np.zeros_like(rimmed), np.zeros_like(rimmed)
    for y, x in _NEIGHBORS:
        neighbor = at + (y * stride + x)
        total[neighbor] += level + y * down + x * across
        count[neighbor] += 1
    flat = field.reshape(-1)
    bare, ends = uneven[~between], value[~between]
    at = (bare // width + 1) * stride + bare % width + 1
    planes = total[at] / np.maximum(count[at], 1)
    opposite = np.where(ends >= 1, low[~between] <= 0, high[~between] >= 1)
    outside = np.where(ends >= 1, np.maximum(planes, 1), np.minimum(planes, 0))
    flat[bare] = np.where(count[at] > 0, outside, np.where(opposite, ends, flat[bare]))
    return field


def _slopes(flat: Raster, at: NDArray[np.intp], stride: int) -> tuple[Raster, Raster]:
    """The Sobel gradient per pixel, across and down, at the flat indices ``at`` of a raster ``stride`` wide."""
    above, below = at - stride, at + stride
    corners = flat.take(below + 1) - flat.take(above - 1)
    others = flat.take(above + 1) - flat.take(below - 1)
    across = (corners + others + 2 * (flat.take(at + 1) - flat.take(at - 1))) / np.float32(8)
    down = (corners - others + 2 * (flat.take(below) - flat.take(above))) / np.float32(8)
    return across, down


def read_at(field: Raster, x: Raster, y: Raster) -> Raster:
    """``field`` read bilinearly at pixel indices ``x``, ``y`` (any shape), clipped to 0..1; its border goes on.

    Indices count pixel centers: (0, 0) is the center of the first pixel.
    """
    height, width = field.shape
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    column, row = np.minimum(x.astype(np.intp), max(width - 2, 0)), np.minimum(y.astype(np.intp), max(height - 2, 0))
    right, below = (x - column).astype(np.float32), (y - row).astype(np.float32)
    start = row * width + column
    beside, under = int(width > 1), width if height > 1 else 0
    flat = np.ascontiguousarray(field).reshape(-1)
    top = flat.take(start) * (1 - right) + flat.take(start + beside) * right
    bottom = flat.take(start + under) * (1 - right) + flat.take(start + under + beside) * right
    return np.asarray(np.clip(top * (1 - below) + bottom * below, 0, 1), np.float32)
