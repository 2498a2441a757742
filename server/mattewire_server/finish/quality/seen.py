"""What quality control keeps of one object on one frame: its matte, small, and its colors in the plate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LONG_EDGE = 320
"""Pixels of the picture's long edge as quality control sees it: at HD one of them is 6 of the plate's. A fault that
is smaller than that is not found by looking at mattes alone."""

FAINT = 13
"""Of 255: 5 %. Fainter coverage is not looked at, unless there is nothing else."""

LEAST_AREA = 1.0
"""Small pixels under a matte, squared coverage counted, from which its colors mean something."""


@dataclass(frozen=True)
class Seen:
    """One object on one frame of a picture of ``size`` (width, height) small pixels.

    ``shape``: uint8 (height, width), coverage in 0..255, of the part of the matte that is not empty, and ``x``, ``y``
    its top left corner there. ``area``: the sum of the coverage, small pixels. ``score``: the engine's, 0..1.
    ``colors``: ``colors_under``; empty when they are not known. ``agreement``: the IoU of where it was tracked and
    where the detector saw it, on a frame that was detected again; None elsewhere.
    """

    score: float
    present: bool
    size: tuple[int, int]
    area: float = 0.0
    x: int = 0
    y: int = 0
    shape: NDArray[np.uint8] | None = None
    colors: tuple[float, ...] = ()
    agreement: float | None = None

    @property
    def there(self) -> bool:
        return self.present and self.shape is not None


def small(width: int, height: int) -> tuple[int, int]:
    """The size that quality control sees a picture of ``width`` x ``height`` at; never larger than it is."""
    scale = min(1.0, LONG_EDGE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def see(
    matte: NDArray[np.float32] | None,
    size: tuple[int, int],
    score: float,
    colors: Sequence[float] = (),
    agreement: float | None = None,
) -> Seen:
    """``matte``: float32 (height, width) of the canvas, 0..1, finished; None for an object out of sight.

    ``size``: the canvas's, as ``small`` gives it.
    """
    if matte is None:
        return Seen(score, False, size, agreement=agreement)
    reduced = matte if matte.shape == size[::-1] else cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
    codes = np.rint(np.asarray(reduced) * 255).astype(np.uint8)
    if (codes >= FAINT).any():  # haze that a network leaves far from the subject would make every box the picture's
        codes[codes < FAINT] = 0
    rows, columns = np.flatnonzero(codes.any(axis=1)), np.flatnonzero(codes.any(axis=0))
    if not rows.size:
        return Seen(score, True, size, colors=tuple(colors), agreement=agreement)
    x, y = int(columns[0]), int(rows[0])
    shape = codes[y : int(rows[-1]) + 1, x : int(columns[-1]) + 1].copy()
    area = float(shape.sum(dtype=np.int64)) / 255
    return Seen(score, True, size, area, x, y, shape, tuple(colors), agreement)


def colors_under(picture: NDArray[np.float32], matte: NDArray[np.float32]) -> tuple[float, ...]:
    """Mean and standard deviation of red, green, and blue under a matte, 6 numbers; empty when it covers nothing.

    ``picture``: float32 (height, width, 3) as on a display, 0..1. ``matte``: float32 (height, width), 0..1. Weighted by
    the square of the coverage, so that edges, which hold the background as well, count little.
    """
    weight = np.square(matte, dtype=np.float64)
    total = float(weight.sum())
    if total < LEAST_AREA:
        return ()
    mean = (picture * weight[..., None]).sum(axis=(0, 1)) / total
    spread = np.sqrt((np.square(picture - mean) * weight[..., None]).sum(axis=(0, 1)) / total)
    return tuple(round(float(value), 5) for value in (*mean, *spread))
