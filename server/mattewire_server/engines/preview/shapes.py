"""Blobs and their outlines: the part of detecting that looks at shape, not color."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Blob:
    """One connected piece of a mask: ``mask`` uint8 0/1 over ``box`` (x0, y0, x1, y1), ``area`` in pixels."""

    box: tuple[int, int, int, int]
    mask: Mask
    area: int

    def place(self, height: int, width: int) -> Mask:
        """The blob alone on a (height, width) raster, uint8 0/1."""
        raster = np.zeros((height, width), np.uint8)
        x0, y0, x1, y1 = self.box
        raster[y0:y1, x0:x1] = self.mask
        return raster


def blobs(mask: NDArray[np.bool_] | Mask, smallest: float = 1) -> list[Blob]:
    """Connected pieces (8-neighbors) of at least ``smallest`` pixels, largest first; ties by position."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(mask, dtype=np.uint8))
    found = []
    for label in range(1, count):
        x, y, w, h, area = (int(value) for value in stats[label])
        if area >= smallest:
            piece = (labels[y : y + h, x : x + w] == label).astype(np.uint8)
            found.append(Blob((x, y, x + w, y + h), piece, area))
    return sorted(found, key=lambda blob: (-blob.area, blob.box))


def fill_holes(mask: Mask, largest_share: float = 0.15) -> Mask:
    """``mask`` (uint8 0/1) with its holes filled, each at most ``largest_share`` of the mask's area.

    A hole touches no border of the raster: highlights on a ball are holes, the gap of an arm on a hip is too large.
    """
    limit = largest_share * int(mask.sum())
    height, width = mask.shape
    filled: Mask = mask.copy()
    for hole in blobs(1 - mask):
        x0, y0, x1, y1 = hole.box
        if hole.area <= limit and x0 > 0 and y0 > 0 and x1 < width and y1 < height:
            filled[y0:y1, x0:x1] |= hole.mask
    return filled


def _outline(mask: Mask) -> NDArray[np.int32]:
    contours, _ = cv2.findContours(np.pad(mask, 1), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(max(contours, key=len), dtype=np.int32)


def shape_score(mask: Mask, kind: str) -> float:
    """How well one blob (uint8 0/1) has the outline ``kind`` of ``words.SHAPE_WORDS``: 0..1.

    The measures are ratios of areas: to the smallest enclosing circle, rotated rectangle or triangle, and to the
    convex hull. A perfect disc fills its circle; a square fills 0.64 of its circle and all of its rectangle.
    """
    area = float(mask.sum())
    if area < 4:
        return 0.0
    outline = _outline(mask)
    hull = cv2.convexHull(outline)
    solid = min(1.0, area / max(cv2.contourArea(hull) + 0.5 * len(hull), 1.0))
    (_, size, _) = cv2.minAreaRect(outline)
    long, short = max(size) + 1, min(size) + 1
    aspect = short / long
    if kind == "round":
        _, radius = cv2.minEnclosingCircle(outline)
        return _ramp(area / (np.pi * (radius + 0.5) ** 2), 0.45, 0.85) * _ramp(solid, 0.7, 0.92)
    if kind == "boxy":
        return _ramp(area / (long * short), 0.55, 0.88) * _ramp(aspect, 0.1, 0.4)
    if kind == "pointed":
        enclosing, _ = cv2.minEnclosingTriangle(outline)
        return _ramp(area / max(float(enclosing), 1.0), 0.5, 0.85) * _ramp(solid, 0.7, 0.92)
    if kind == "compact":
        return _ramp(solid, 0.5, 0.85) * _ramp(aspect, 0.15, 0.4)
    if kind == "long":
        return _ramp(1 / aspect, 1.5, 4.0)
    return 0.5 + 0.5 * _ramp(solid, 0.3, 0.8)


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))


def discs(member: Floats, mask: Mask, most: int = 3) -> list[tuple[float, float, float, float]]:
    """Discs that stand out inside a mask: (x, y, radius, score 0..1), for balls that touch something alike.

    ``member``: float32 (h, w), 0..1, how well pixels answer; ``mask``: the blob, same size. Centers are peaks of the
    distance to the mask's border; the score rewards a full disc and an empty ring around it.
    """
    distance = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    ys, xs = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float32)
    found = []
    for _ in range(most):
        _, radius, _, (x, y) = cv2.minMaxLoc(distance)
        if radius < 3:
            break
        away = np.hypot(xs - x, ys - y) / radius
        inside = float(member[away < 0.9].mean())
        around = (away > 1.2) & (away < 1.5)
        outside = float(member[around].mean()) if around.any() else 1.0
        found.append((float(x), float(y), float(radius), inside * (1 - min(1.0, outside)) ** 2))
        distance[away < 1.5] = 0
    return found
