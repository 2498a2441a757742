"""Windows onto a picture: a region of it, resampled to a bounded size, and the way between the two rasters."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class View:
    """Picture pixels x0 <= x < x1, y0 <= y < y1, seen as ``width`` x ``height`` view pixels."""

    x0: int
    y0: int
    x1: int
    y1: int
    width: int
    height: int

    @classmethod
    def around(cls, box: Box, margin: float, picture: tuple[int, int], edge: int) -> View:
        """``box`` grown by ``margin`` picture pixels, cut to the picture (width, height), long edge <= ``edge``.

        A box outside the picture gives the nearest strip of at least 8 pixels.
        """
        spans = []
        for low, high, size in ((box[0], box[2], picture[0]), (box[1], box[3], picture[1])):
            least = min(8, size)
            first = int(np.clip(np.floor(low - margin), 0, size - least))
            spans.append((first, int(np.clip(np.ceil(high + margin), first + least, size))))
        (x0, x1), (y0, y1) = spans
        shrink = min(1.0, edge / max(x1 - x0, y1 - y0))
        return cls(x0, y0, x1, y1, max(1, round((x1 - x0) * shrink)), max(1, round((y1 - y0) * shrink)))

    @property
    def scale(self) -> tuple[float, float]:
        """View pixels per picture pixel, along x and y."""
        return self.width / (self.x1 - self.x0), self.height / (self.y1 - self.y0)

    def cut(self, raster: Floats) -> Floats:
        """The region of a whole-picture raster (h, w[, c]) at view size; averaged where it shrinks."""
        region = raster[self.y0 : self.y1, self.x0 : self.x1]
        if (self.width, self.height) == (self.x1 - self.x0, self.y1 - self.y0):
            return np.ascontiguousarray(region)
        return np.asarray(cv2.resize(region, (self.width, self.height), interpolation=cv2.INTER_AREA), np.float32)

    def sample(self, values: Floats, points: Floats, outside: float = 0.0) -> Floats:
        """Bilinear samples of view-sized ``values`` (height, width[, c]) at picture points (..., 2), (x, y)."""
        sx, sy = self.scale
        xs = (points[..., 0] - self.x0) * sx - 0.5
        ys = (points[..., 1] - self.y0) * sy - 0.5
        border = (outside,) * 4
        return np.asarray(
            cv2.remap(
                values,
                xs.astype(np.float32),
                ys.astype(np.float32),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=border,
            ),
            np.float32,
        )

    def points(self) -> Floats:
        """The picture coordinates of the view's pixel centers: float32 (height, width, 2) as (x, y)."""
        sx, sy = self.scale
        xs = self.x0 + (np.arange(self.width, dtype=np.float32) + 0.5) / np.float32(sx)
        ys = self.y0 + (np.arange(self.height, dtype=np.float32) + 0.5) / np.float32(sy)
        return np.stack(np.broadcast_arrays(xs[None, :], ys[:, None]), axis=-1).astype(np.float32)

    def box_of(self, mask: NDArray[np.bool_]) -> Box:
        """The box around a view-sized mask that is not empty, in picture pixels."""
        sx, sy = self.scale
        columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
        return (
            self.x0 + float(columns[0]) / sx,
            self.y0 + float(rows[0]) / sy,
            self.x0 + float(columns[-1] + 1) / sx,
            self.y0 + float(rows[-1] + 1) / sy,
        )


@dataclass(frozen=True)
class Sight:
    """A subject on one frame: ``matte`` float32 (view height, view width) 0..1 over ``view``."""

    view: View
    matte: Floats

    @property
    def empty(self) -> bool:
        return not bool((self.matte > 0.5).any())

    @property
    def box(self) -> Box:
        return self.view.box_of(self.matte > 0.5)

    @property
    def area(self) -> float:
        """Picture pixels covered at alpha 0.5."""
        sx, sy = self.view.scale
        return float((self.matte > 0.5).sum()) / (sx * sy)

    @property
    def center(self) -> tuple[float, float]:
        """Center of mass in picture pixels."""
        points = self.view.points()[self.matte > 0.5].astype(np.float64)
        return float(points[:, 0].mean()), float(points[:, 1].mean())


def extent(box: Box) -> float:
    """Size of a box in one number: the root of its area."""
    return float(np.sqrt(max(1.0, (box[2] - box[0]) * (box[3] - box[1]))))


def share_of(box: Box, other: Box) -> float:
    """The share of ``box`` that lies in ``other``, 0..1."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    return max(0.0, width) * max(0.0, height) / max(1e-6, (box[2] - box[0]) * (box[3] - box[1]))


def shift(box: Box, by: tuple[float, float]) -> Box:
    return (box[0] + by[0], box[1] + by[1], box[2] + by[0], box[3] + by[1])


def outside_of(solid: NDArray[np.bool_] | NDArray[np.uint8]) -> Floats:
    """Distance in view pixels to the nearest pixel of a mask, 0 inside it; edges of the view go on."""
    padded = np.pad(np.asarray(solid, np.uint8), 1, mode="edge")
    return np.asarray(cv2.distanceTransform(1 - padded, cv2.DIST_L2, 5)[1:-1, 1:-1], np.float32)
