"""What a fitted spline is, before any host: points with two handles, on keys, over a lifetime.

Positions are continuous plate pixels: origin at the display window's top left, y down, pixel (0, 0) covers
[0, 1) x [0, 1). Between two keys a host moves every number on a straight line over the frames; the fit counts on it,
so a host whose default is an eased curve must set its keys to linear.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class SplinePoint:
    """A point of a cubic Bezier spline; ``in_*`` and ``out_*`` are its handles, relative to the point, in pixels."""

    x: float
    y: float
    in_x: float
    in_y: float
    out_x: float
    out_y: float


@dataclass(frozen=True)
class SplineKey:
    """The whole shape on one frame. Every key of a spline has as many points, in the same order."""

    frame: int
    points: tuple[SplinePoint, ...]

    def controls(self) -> Floats:
        """(points, 3, 2): position, in handle and out handle, each x and y."""
        rows = [(p.x, p.y, p.in_x, p.in_y, p.out_x, p.out_y) for p in self.points]
        return np.array(rows, np.float64).reshape(-1, 3, 2)


@dataclass(frozen=True)
class Spline:
    """One closed outline over the frames on which it exists.

    ``object``: the object's number. ``closed``: always True. ``hole``: it cuts out of what was drawn before it; a list
    of splines is in drawing order. Outlines run clockwise on the screen, holes counterclockwise. ``first``/``last``:
    its lifetime, both included, where a host keys it on and off; the first and the last key stand there. ``keys``: by
    rising frame. ``tolerance``: pixels, what the fit was held to: the one asked for, or more where the matte's edge is
    rougher than that. ``deviation``: pixels, the largest distance between the spline and the matte's 0.5 contour that
    was measured on any frame; the end of a tip sharper than a right angle counts less, as pixels hardly show it. On a
    rough edge the contour is the smoothed one.
    """

    object: int
    closed: bool
    hole: bool
    first: int
    last: int
    keys: tuple[SplineKey, ...]
    tolerance: float
    deviation: float

    def controls(self, frame: float) -> Floats:
        """(points, 3, 2) on any frame of the lifetime, as a host with linear keys shows it."""
        frames = [key.frame for key in self.keys]
        after = min(max(bisect_right(frames, frame), 1), len(frames) - 1) if len(frames) > 1 else 0
        if not after:
            return self.keys[0].controls()
        share = (frame - frames[after - 1]) / (frames[after] - frames[after - 1])
        share = min(max(share, 0.0), 1.0)
        return (1 - share) * self.keys[after - 1].controls() + share * self.keys[after].controls()


def key_from(frame: int, controls: Floats) -> SplineKey:
    """The key for ``controls`` (points, 3, 2), rounded to 1/1000 pixel: finer is noise that only bloats scripts."""
    rows = np.round(controls.reshape(-1, 6), 3) + 0.0  # + 0.0 turns -0.0 into 0.0
    return SplineKey(frame, tuple(SplinePoint(*(float(value) for value in row)) for row in rows))
