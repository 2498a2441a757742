"""Mattes with known geometry, for the tests of the clean-up operators."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Raster = NDArray[np.float32]


def disc(size: int, radius: float, x: float = 0.3, y: float = -0.17, width: int = 0) -> Raster:
    """The coverage of a disc, (size, width or size), its center (x, y) off the middle; good to 1e-3 of a pixel."""
    width = width or size
    rows, columns = np.mgrid[:size, :width] + 0.5
    distance = np.hypot(columns - width / 2 - x, rows - size / 2 - y)
    alpha = (distance < radius).astype(np.float32)
    at = np.nonzero(np.abs(distance - radius) < 1)
    parts = (np.arange(32) + 0.5) / 32 - 0.5
    across = columns[at][:, None, None] - width / 2 - x + parts
    down = rows[at][:, None, None] - size / 2 - y + parts[:, None]
    alpha[at] = (np.hypot(across, down) < radius).mean((1, 2))
    return alpha


def half_plane(size: int, degrees: float, moved: float = 0.0) -> Raster:
    """The coverage of everything left of a line through the picture's middle, turned by ``degrees``, moved outward."""
    parts = (np.arange(32) + 0.5) / 32 - 0.5
    rows, columns = np.mgrid[:size, :size] + 0.5 - size / 2
    turn = np.radians(degrees)
    distance = columns * np.cos(turn) + rows * np.sin(turn) - moved - 0.21
    alpha = (distance < 0).astype(np.float32)
    at = np.nonzero(np.abs(distance) < 1)
    inner = parts[:, None] * np.cos(turn) + parts * np.sin(turn)
    alpha[at] = (distance[at][:, None, None] + inner < 0).mean((1, 2))
    return alpha


def radius_of(alpha: Raster) -> float:
    """The radius of the disc of the same area."""
    return float(np.sqrt(alpha.sum(dtype=np.float64) / np.pi))


def center_of(alpha: Raster) -> tuple[float, float]:
    """The centroid, x and y, in pixel indices."""
    rows, columns = np.mgrid[: alpha.shape[0], : alpha.shape[1]]
    weight = alpha.astype(np.float64)
    return float((weight * columns).sum() / weight.sum()), float((weight * rows).sum() / weight.sum())


def rise_of(row: NDArray[np.float32]) -> float:
    """The 10-90 width, in pixels, of one rising or falling edge along a row."""
    rising = row if row[-1] > row[0] else row[::-1]
    places = np.interp([0.1, 0.9], np.maximum.accumulate(rising), np.arange(row.size))
    return float(places[1] - places[0])
