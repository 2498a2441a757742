"""How one frame's matte becomes the next one's: the shift that explains most, and what it leaves unexplained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from .seen import Seen

Raster = NDArray[np.float32]


@dataclass(frozen=True)
class Change:
    """From one matte to another. ``dx``, ``dy``: small pixels that it moved by. ``carried``: float32 (height, width)
    of the second one's neighborhood: the first one, moved, scaled, and cut at the picture's edge; ``now``: the second
    one there. ``unexplained``: the sum of their difference, pixels, and ``border`` the length of the second one's.

    What is kept here once it is known, every frame near by asks for.
    """

    dx: float
    dy: float
    carried: Raster
    now: Raster
    unexplained: float
    border: float

    @cached_property
    def share(self) -> float:
        """Unexplained area, of the larger of both. A shift of half a pixel along the whole border is let pass: that
        much is left where a small thing turns or deforms a little."""
        larger = max(float(self.carried.sum()), float(self.now.sum()), 1.0)
        return max(0.0, self.unexplained - 0.5 * self.border) / larger

    @property
    def softness(self) -> float:
        """Mean width of the second one's ramp from 0 to 1, small pixels; 6 a (1 - a) sums to 1 over a linear one."""
        return float((6 * self.now * (1 - self.now)).sum()) / max(self.border, 1.0)

    @cached_property
    def growth(self) -> float:
        """Natural logarithm of the second area over what the first one's should have become."""
        return float(np.log((float(self.now.sum()) + 1.0) / (float(self.carried.sum()) + 1.0)))


def change(before: Seen, after: Seen, scale: float = 1.0) -> Change:
    """``scale``: what the subject's size is expected to change by. Both must be ``there``.

    The shift is the one with the least area of |after - before|, searched over every whole pixel at which they
    overlap (by Fourier transform), parts beyond the picture's edge not counted, then refined by a parabola.
    """
    first, second = _raster(before), _raster(after)
    if abs(scale - 1.0) > 0.01:
        height, width = first.shape
        wide, high = max(1, round(width * scale)), max(1, round(height * scale))
        first = np.asarray(cv2.resize(first, (wide, high), interpolation=cv2.INTER_AREA), np.float32)
    height, width = first.shape
    # Pad the second one so that the first one fits in at every shift where they touch.
    there = np.pad(second, ((height, height), (width, width)))
    inside = _inside(first, after, there.shape)
    cost = inside - 2 * cv2.matchTemplate(there, first, cv2.TM_CCORR)
    row, column = (int(at) for at in np.unravel_index(int(np.argmin(cost)), cost.shape))
    x = column + _vertex(cost[row], column)
    y = row + _vertex(cost[:, column], row)
    move = np.array([[1, 0, x], [0, 1, y]], np.float64)
    carried = cv2.warpAffine(first, move, there.shape[::-1], flags=cv2.INTER_LINEAR)
    left, top = after.x - width, after.y - height  # of the padded raster, in the picture
    carried[: max(0, -top)] = 0
    carried[:, : max(0, -left)] = 0
    carried[max(0, after.size[1] - top) :] = 0
    carried[:, max(0, after.size[0] - left) :] = 0
    border = float(np.abs(np.diff(there, axis=0)).sum() + np.abs(np.diff(there, axis=1)).sum()) * np.pi / 4
    unexplained = float(np.abs(carried - there).sum())
    center = (before.x + before.shape.shape[1] / 2, before.y + before.shape.shape[0] / 2)  # type: ignore[union-attr]
    return Change(
        left + x + width / 2 - center[0],
        top + y + height / 2 - center[1],
        np.asarray(carried, np.float32),
        there,
        unexplained,
        border,
    )


def unsteady(before: Change, after: Change) -> float:
    """Mean distance, in small pixels, that a border lies off both neighbors' where these agree.

    ``before`` and ``after``: the changes into the same matte, from the frame before it and from the one after it.
    """
    first, last = _common(before, after)
    now = before.now if before.now.size <= after.now.size else after.now
    off = np.abs(now - (first + last) / 2) - np.abs(first - last) / 2
    return float(np.maximum(off, 0).sum()) / max(before.border, 1.0)


def _common(before: Change, after: Change) -> tuple[Raster, Raster]:
    """Both carried mattes on the smaller one of their neighborhoods; what lies outside it is far from the border."""
    smaller = before if before.now.size <= after.now.size else after
    rows, columns = smaller.now.shape
    return _center(before.carried, rows, columns), _center(after.carried, rows, columns)


def _center(raster: Raster, rows: int, columns: int) -> Raster:
    """The middle ``rows`` x ``columns``, with zeros around where there is less."""
    for axis, wanted in ((0, rows), (1, columns)):
        spare = raster.shape[axis] - wanted
        if spare > 0:
            raster = raster.take(range(spare // 2, spare // 2 + wanted), axis)
        elif spare < 0:
            around = [(0, 0), (0, 0)]
            around[axis] = (-spare // 2, -spare // 2)
            raster = np.asarray(np.pad(raster, around), np.float32)
    return raster


def _raster(seen: Seen) -> Raster:
    assert seen.shape is not None
    return np.asarray(seen.shape / np.float32(255), np.float32)


def _inside(first: Raster, after: Seen, padded: tuple[int, ...]) -> Raster:
    """The area of ``first`` inside the picture for every place of its corner in the padded raster."""
    height, width = first.shape
    sums = np.pad(first.cumsum(axis=0, dtype=np.float64).cumsum(axis=1), ((1, 0), (1, 0)))
    top = np.arange(padded[0] - height + 1) + after.y - height
    left = np.arange(padded[1] - width + 1) + after.x - width
    y0, y1 = np.clip(-top, 0, height), np.clip(after.size[1] - top, 0, height)
    x0, x1 = np.clip(-left, 0, width), np.clip(after.size[0] - left, 0, width)
    rows = sums[y1] - sums[y0]
    return np.asarray(rows[:, x1] - rows[:, x0], np.float32)


def _vertex(line: NDArray[np.float32], at: int) -> float:
    """Where the parabola through the least value and its neighbors is lowest, from -0.5 to 0.5 of ``at``."""
    if not 0 < at < len(line) - 1:
        return 0.0
    low, middle, high = (float(value) for value in line[at - 1 : at + 2])
    bend = low - 2 * middle + high
    return 0.0 if bend <= 0 else float(np.clip((low - high) / (2 * bend), -0.5, 0.5))
