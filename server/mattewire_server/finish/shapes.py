"""Garbage and holdout shapes: polygons as exact coverage, and what they do to a matte."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField

from ..plates.model import Window
from .edges import Raster

FARTHEST = 1e6
"""Pixels from the display window's corner within which vertices must lie; float64 then still tells 1e-9 of a pixel."""
LEVEL = 1e-12
"""Pixels of height under which an edge counts as level: it cannot change a float32 coverage, and dividing by it may
overflow."""


def coverage_of(polygon: Sequence[tuple[float, float]], canvas: Window, field: str = "polygon") -> Raster:
    """How much of every pixel of ``canvas`` lies inside ``polygon``: float32 (canvas height, canvas width), 0..1.

    ``polygon``: at least three vertices (x, y) in continuous plate pixels: origin at the display window's top left,
    y down, pixel (0, 0) covers [0, 1) x [0, 1). It closes by itself, either way round, and may reach outside. A box
    is its four corners. Areas are exact, to rounding, for outlines that do not cross themselves; where they do, what
    is enclosed twice counts as outside (even-odd), exact but for the pixels that hold a crossing.

    ``BadField`` naming ``field`` when there are too few vertices, or one that is not a number or too far out.

    Every edge is cut where it crosses a pixel border. A piece of height dy in one pixel, at mean distance x from that
    pixel's left side, takes dy * (1 - x) of this pixel and dy of every pixel to its right: the running sum along a row
    is the area by Green's theorem (the way font rasterizers work, Levien 2016).
    """
    points = np.array(polygon, np.float64).reshape(-1, 2)
    if len(points) < 3:
        raise BadField(f"a shape of {len(points)} vertices has no area.", field=field, advice="Draw three or more.")
    if not (np.abs(points) <= FARTHEST).all():
        raise BadField("a vertex is not a number, or far outside the picture.", field=field, advice="Draw it again.")
    points = points - (canvas.x0, canvas.y0)
    stride = canvas.width + 2
    sums = np.zeros(canvas.height * stride)
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        _add_edge(sums, start, end, canvas.height, canvas.width)
    winding = sums.reshape(canvas.height, stride).cumsum(axis=1)[:, : canvas.width].round(9)  # exact 0 and 1
    turns = np.abs(winding) % 2
    return np.asarray(np.where(turns > 1, 2 - turns, turns), np.float32)


def cut(alpha: Raster, coverage: Raster, *, outside: bool = False) -> Raster:
    """``alpha`` without what a garbage or holdout matte covers; ``outside``: without what it does not cover.

    All float32 (height, width), 0..1. A new array; where the shape covers nothing, ``alpha`` keeps its bytes.
    """
    return alpha * coverage if outside else alpha * (np.float32(1) - coverage)


def _add_edge(
    sums: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64], height: int, width: int
) -> None:
    """Adds one edge's share to the running sums (``height`` rows of ``width`` + 2)."""
    (x0, y0), (x1, y1) = start, end
    if abs(y1 - y0) < LEVEL:
        return
    # Only the rows of the picture; above and below it an edge covers nothing.
    low, high = sorted(np.clip([(0 - y0) / (y1 - y0), (height - y0) / (y1 - y0)], 0, 1))
    if low == high:
        return
    down = (_between(y0, y1, height) - y0) / (y1 - y0)
    right = (_between(x0, x1, width) - x0) / (x1 - x0) if x0 != x1 else np.empty(0)
    cuts = np.concatenate([[low, high], down, right])
    cuts = np.sort(cuts[(cuts >= low) & (cuts <= high)])
    x, y = x0 + cuts * (x1 - x0), y0 + cuts * (y1 - y0)
    tall, middle = np.diff(y), (x[1:] + x[:-1]) / 2
    row = np.clip(np.floor((y[1:] + y[:-1]) / 2).astype(np.intp), 0, height - 1)
    # Left of the picture everything to the right is covered; right of it nothing that is seen.
    middle = np.clip(middle, 0, width)
    column = np.floor(middle).astype(np.intp)
    share = middle - column
    place = row * (width + 2) + column
    np.add.at(sums, place, tall * (1 - share))
    np.add.at(sums, place + 1, tall * share)


def _between(start: float, end: float, size: int) -> NDArray[np.float64]:
    """The pixel borders from 0 to ``size`` between two coordinates."""
    low, high = min(start, end), max(start, end)
    return np.arange(max(np.ceil(low), 0), min(np.floor(high), size) + 1)
