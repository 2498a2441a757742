"""Splines back as a matte: what a host shows, to check the fit or to look at it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mattewire_server.plates.model import Window

from .crossing import flattened
from .model import Floats, Spline

_ROWS = 16
"""Lines across a pixel on which coverage is computed; along each line it is exact."""

_PIECES = 16
"""Straight pieces for a segment."""


def draw(splines: Iterable[Spline], frame: int, canvas: Window) -> NDArray[np.float32]:
    """The matte of ``splines`` on ``frame``, float32 (canvas height, canvas width), 0..1 coverage, no feather.

    In the given order, holes cutting out of what is there; splines outside their lifetime are left out.
    """
    matte = np.zeros((canvas.height, canvas.width), np.float32)
    for spline in splines:
        if spline.first <= frame <= spline.last:
            covered = _covered(flattened(spline.controls(frame), _PIECES) - (canvas.x0, canvas.y0), matte.shape)
            # Where two edges share a pixel, what one leaves open is open to the other.
            matte = matte * (1 - covered) if spline.hole else 1 - (1 - matte) * (1 - covered)
    return matte


def _covered(polygon: Floats, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Coverage, float32 ``shape``, of a closed polygon (n, 2): every crossing of a line covers all that is right of
    it, upward crossings take it back, and a running sum along the rows adds them up."""
    height, width = shape
    x, y = polygon[:, 0], polygon[:, 1] * _ROWS - 0.5  # lines at whole numbers
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    first = np.clip(np.ceil(np.minimum(y, next_y)), 0, height * _ROWS).astype(np.intp)
    stop = np.clip(np.ceil(np.maximum(y, next_y)), 0, height * _ROWS).astype(np.intp)
    count = stop - first
    edge = np.repeat(np.arange(len(polygon)), count)
    line = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    share = (line - y[edge]) / (next_y - y)[edge]
    at = np.clip(x[edge] + share * (next_x - x)[edge], 0, width)
    pixel = np.minimum(at.astype(np.intp), width - 1)
    open_share = at - pixel
    strength = np.where(next_y > y, -1.0, 1.0)[edge] / _ROWS
    steps = np.zeros(height * (width + 1))
    place = (line // _ROWS) * (width + 1) + pixel
    steps += np.bincount(place, strength * (1 - open_share), len(steps))
    steps += np.bincount(place + 1, strength * open_share, len(steps))
    covered = np.cumsum(steps.reshape(height, width + 1), axis=1)[:, :width]
    return np.clip(np.abs(covered), 0.0, 1.0).astype(np.float32)
