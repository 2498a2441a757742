"""Whether a spline crosses itself: hosts fill such a shape with a hole or a fold where the artist sees none."""

from __future__ import annotations

import numpy as np

from .fit import bezier
from .model import Floats
from .solve import segments


def flattened(controls: Floats, pieces: int = 8) -> Floats:
    """(points * pieces, 2): the closed polyline of a spline's ``controls`` (points, 3, 2), ``pieces`` per segment."""
    weight = bezier(np.arange(pieces) / pieces)
    return np.asarray(np.einsum("sw,kwa->ksa", weight, segments(controls[None])[0])).reshape(-1, 2)


_SMALL = 1.0
"""Pixels. A loop of less extent, as in the tip of a cusp, cannot be seen."""


def crosses_itself(controls: Floats, pieces: int = 8) -> bool:
    """True when two parts of the closed spline cross, and the loop between them is larger than a pixel."""
    polygon = flattened(controls, pieces)
    start, end = polygon, np.roll(polygon, -1, axis=0)
    way = end - start
    count = len(polygon)

    def side(points: Floats) -> Floats:
        """(i, j): on which side of piece i point j lies."""
        off = points[None] - start[:, None]
        return way[:, None, 0] * off[..., 1] - way[:, None, 1] * off[..., 0]

    apart = (side(start) >= 0) != (side(end) >= 0)
    steps = (np.arange(count)[:, None] - np.arange(count)[None]) % count
    for one, other in np.argwhere(apart & apart.T & (steps > 1) & (steps <= count // 2)):
        # The shorter way round: from the end of the piece `other` to the start of the piece `one`.
        loop = polygon[np.arange(other + 1, other + 1 + steps[one, other]) % count]
        if np.ptp(loop, axis=0).max() > _SMALL:
            return True
    return False
