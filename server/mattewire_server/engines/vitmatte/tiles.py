"""Which parts of a plate go through the network, and how what comes back is laid together. No torch here.

A plate does not fit through a transformer at once: attention is over all pairs of patches. So the network sees tiles
along the band, each with surroundings to judge by, and where tiles overlap their results fade into each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ...finish.edges import Crop

Raster = NDArray[np.float32]
Mask = NDArray[np.bool_]

SURROUNDINGS = 64
"""Plate pixels around the band that the network sees as well: four patches, of settled subject and background."""

OVERLAP = 128
"""Plate pixels that neighboring tiles share: twice the surroundings, so that a pixel with less of them than that in one
tile counts for more in the other."""

GRID = 32
"""Tiles begin on multiples of it. A box that follows the subject pixel by pixel would lay its patches elsewhere on
every frame, and still parts of the plate would flicker."""

Matte = Callable[[Crop], Raster]
"""What makes a tile's matte, float32 of the crop's size."""


def tiles(band: Mask, side: int) -> list[Crop]:
    """Crops of at most ``side`` pixels a side, each with something open in it, that together hold all that is.

    ``band``: bool (height, width). From top to bottom, left to right, by the band alone: the same for the same band.
    """
    rows, columns = np.flatnonzero(band.any(axis=1)), np.flatnonzero(band.any(axis=0))
    if not rows.size:
        return []
    height, width = band.shape
    return [
        tile
        for y0, y1 in _spans(int(rows[0]), int(rows[-1]) + 1, height, side)
        for x0, x1 in _spans(int(columns[0]), int(columns[-1]) + 1, width, side)
        if (tile := Crop(y0, y1, x0, x1)).of(band).any()
    ]


def laid_together(band: Mask, side: int, matte: Matte) -> Raster:
    """The tiles' mattes as one, float32 of the band's shape: 0 where nothing is open.

    One tile is made at a time. Each counts fully in its middle and ever less toward an edge that another tile may
    continue beyond.
    """
    made = np.zeros(band.shape, np.float32)
    counted = np.zeros(band.shape, np.float32)
    for tile in tiles(band, side):
        weight = _weight(tile, band.shape)
        tile.of(made)[...] += weight * matte(tile)
        tile.of(counted)[...] += weight
    return np.asarray(np.where(band, made / np.maximum(counted, np.float32(1e-6)), 0), np.float32)


def _spans(low: int, high: int, length: int, side: int) -> Iterator[tuple[int, int]]:
    """Spans of one axis that hold ``low`` to ``high`` with surroundings, inside 0 to ``length``."""
    first = max(0, (low - SURROUNDINGS) // GRID * GRID)
    last = min(length, -(-(high + SURROUNDINGS) // GRID) * GRID)
    step = side - OVERLAP
    while first + side < last:
        yield first, first + side
        first += step
    yield first, last


def _weight(tile: Crop, shape: tuple[int, ...]) -> Raster:
    """How much a tile counts, float32 of its size, above 0 everywhere."""
    down = _ramp(tile.y0, tile.y1, int(shape[0]))
    across = _ramp(tile.x0, tile.x1, int(shape[1]))
    return np.asarray(down[:, None] * across[None, :], np.float32)


def _ramp(low: int, high: int, length: int) -> Raster:
    """Rises over the overlap from an edge inside the plate; at the plate's own edges nothing is missing."""
    places = np.arange(low, high, dtype=np.float32) + np.float32(0.5)
    rise = np.float32(OVERLAP)
    before = (places - low) / rise if low else np.ones_like(places)
    after = (high - places) / rise if high < length else np.ones_like(places)
    return np.asarray(np.clip(np.minimum(before, after), 0, 1), np.float32)
