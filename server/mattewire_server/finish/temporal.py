"""A matte steadied over its neighbor frames: edges that chatter come to rest, edges that move stay where they are.

Nothing is blended. On every edge pixel of a frame the position of the same edge is measured on the frames around it,
along the edge's normal, and the edge is moved to the weighted mean. The weights are symmetric in time, so what moves
at an even speed is already at its mean: no lag, no ghost, no blur. It is the mean of signed distances (as shapes are
averaged in medical imaging), with the distance measured on the soft matte itself: coverage summed along a line
through an edge says where the edge is, to a fraction of a pixel and for any softness.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from .edges import Crop, Raster, crop_around, read_at, unclipped

REACH = 4.0
"""Pixels that an edge is moved by at most. Chatter is a pixel or two; more is the subject's own movement."""

_HALF = 8
"""Pixels looked at to either side of an edge pixel: twice the reach, so that both positions lie inside."""

_NORMAL = 2.5
"""Standard deviation, in pixels, of the blur that normals are taken from: jags of one pixel do not turn them."""

_MOVED = 3.0
"""Mean distance, in pixels, between a part's outlines on two frames from which the neighbor is no help there; it counts
fully up to one pixel less. Where a part moves by v against the whole, a bend of radius r would shrink by v * v / 2r."""

_PART = 65
"""Side of the square, in pixels, that counts as a part: a hand in HD, several times the reach."""

_AREAS = 2.0
"""A neighbor with so many times more or less area shows something else, or the subject half out of the picture."""


def steady(before: Sequence[Raster], now: Raster, after: Sequence[Raster]) -> Raster:
    """``now`` with its edges at the weighted mean of their positions on the frames before and after.

    All float32 (height, width), 0..1, of one size. ``before`` and ``after`` in the order of the frames, so that
    ``before[-1]`` and ``after[0]`` are the nearest. As many frames are used on one side as there are on the other:
    at a shot's first and last frame none, and ``now`` itself comes back. One frame on each side weighs 1 2 1, two
    1 2 3 2 1 and so on. Independent jitter of 1 px rms is reduced to 0.63, 0.53, 0.46 of it with one, two, three
    (measured; the weights alone give 0.61, 0.48, 0.41).

    Neighbors are laid on ``now`` by their centroids first, so that a shake of the whole subject stays: it is real. A
    pair of neighbors counts only where both show the same edge within ``_HALF`` pixels; where they do not (the
    subject is absent, turned, or too fast), ``now`` stays.
    """
    depth = min(len(before), len(after))
    crop = crop_around(now, _HALF + REACH)
    if not depth or crop is None:
        return now
    rows, columns, across, down = _edge_pixels(crop.of(now))
    if not rows.size:
        return now
    x, y = (columns + crop.x0).astype(np.float32), (rows + crop.y0).astype(np.float32)
    outline = _around(_steepness(crop.of(now)))[rows, columns]
    own, own_ends = _position(_even(now), x, y, across, down)
    move = np.zeros_like(x)
    for distance in range(1, depth + 1):
        weight = np.float32((depth + 1 - distance) / (depth + 1) ** 2)
        pair = (before[-distance], after[distance - 1])
        moves = [found for other in pair if (found := _shift(now, other, x, y))]
        if len(moves) < 2:
            continue
        shift, trust = np.zeros_like(x), np.ones_like(x)
        for other, (dx, dy) in zip(pair, moves, strict=True):
            position, ends = _position(_even(other), x + dx, y + dy, across, down)
            shift += position - own
            unlike = _around(np.abs(_moved(other, crop, dx, dy) - crop.of(now)))[rows, columns]
            trust = np.minimum(trust, _MOVED - unlike / np.maximum(outline, np.float32(1e-3)))
            trust = np.minimum(trust, 1.5 - 5 * np.abs(ends - own_ends).max(axis=0))
        trust = np.minimum(trust, REACH - np.abs(shift) / 2)  # let go gently in the last pixel
        move += weight * np.clip(trust, 0, 1) * shift
    result: Raster = now.copy()
    moved = np.abs(move) > 1e-4
    x, y, move = x[moved], y[moved], move[moved]
    taken = read_at(unclipped(now), x + move * across[moved], y + move * down[moved])
    result[y.astype(np.intp), x.astype(np.intp)] = taken
    return result


def _edge_pixels(alpha: Raster) -> tuple[NDArray[np.intp], NDArray[np.intp], Raster, Raster]:
    """Rows and columns of the pixels within ``REACH`` of an edge, and the inward unit normals there."""
    alpha = np.ascontiguousarray(alpha)
    side = np.ones((3, 3), np.uint8)
    uneven = np.not_equal(cv2.erode(alpha, side), cv2.dilate(alpha, side))
    reach = 2 * int(np.ceil(REACH)) + 1
    near = cv2.dilate(uneven.view(np.uint8), np.ones((reach, reach), np.uint8))
    soft = cv2.GaussianBlur(alpha, (0, 0), _NORMAL, borderType=cv2.BORDER_REPLICATE)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3, borderType=cv2.BORDER_REPLICATE)
    rows, columns = np.nonzero(near)
    normals = np.stack([across, down])[:, rows, columns].astype(np.float32)
    length = np.hypot(*normals)
    clear = length > 1e-3
    normals = normals[:, clear] / length[clear]
    return rows[clear], columns[clear], normals[0], normals[1]


def _steepness(alpha: Raster) -> Raster:
    """Gradient per pixel; its sum over a region is the length of the outline there."""
    across = cv2.Sobel(alpha, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(alpha, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.sqrt(across * across + down * down), np.float32)


def _around(raster: Raster) -> Raster:
    """The sum over the part around every pixel."""
    return np.asarray(cv2.boxFilter(raster, -1, (_PART, _PART), normalize=False, borderType=cv2.BORDER_CONSTANT))


def _moved(other: Raster, crop: Crop, dx: np.float32, dy: np.float32) -> Raster:
    """``other``'s crop, read (dx, dy) further on."""
    step = np.array([[1, 0, crop.x0 + dx], [0, 1, crop.y0 + dy]], np.float32)
    size = (crop.x1 - crop.x0, crop.y1 - crop.y0)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(other, step, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _even(alpha: Raster) -> Raster:
    """``alpha`` spread by 1 2 1 both ways: the same sums, and nothing left as fine as a slanted line's samples are
    apart (0.7 pixels on each axis at 45 degrees), which would show as a ripple of 0.05 px in the edge's place."""
    taps = np.array([0.25, 0.5, 0.25], np.float32)
    return np.asarray(cv2.sepFilter2D(alpha, cv2.CV_32F, taps, taps, borderType=cv2.BORDER_REPLICATE), np.float32)


def _position(alpha: Raster, x: Raster, y: Raster, across: Raster, down: Raster) -> tuple[Raster, Raster]:
    """Where the edge near every (x, y) is, in pixels along the outward normal from any fixed zero; and the matte
    (2, n) at the line's inner and outer end.

    Samples one pixel apart, read bilinearly, sum to the same for any place of an edge along the grid, because the
    weights of bilinear reading do; ``_even`` makes it so for slanted ones.
    """
    steps = np.arange(-_HALF, _HALF + 1, dtype=np.float32)[:, None]
    line = _read(alpha, x + steps * across, y + steps * down)
    return line.sum(axis=0), line[[-1, 0]]


def _shift(now: Raster, other: Raster, x: Raster, y: Raster) -> tuple[np.float32, np.float32] | None:
    """How far ``other``'s subject is from ``now``'s, (dx, dy) in pixels; None when it is not the same to look at.

    Centroids mislead where the subject leaves the picture; no shift is taken when it fits better.
    """
    now_area, now_x, now_y = _center(now)
    area, other_x, other_y = _center(other)
    if area * _AREAS < now_area or area > now_area * _AREAS:
        return None
    dx, dy = np.float32(other_x - now_x), np.float32(other_y - now_y)
    own = _read(now, x, y)
    there = float(np.abs(_read(other, x + dx, y + dy) - own).sum())
    here = float(np.abs(_read(other, x, y) - own).sum())
    return (dx, dy) if there < here else (np.float32(0), np.float32(0))


def _center(alpha: Raster) -> tuple[float, float, float]:
    """Area and centroid, in pixels and pixel indices."""
    across, down = alpha.sum(axis=0, dtype=np.float64), alpha.sum(axis=1, dtype=np.float64)
    area = float(across.sum())
    if not area:
        return 0.0, 0.0, 0.0
    return area, float(across @ np.arange(across.size)) / area, float(down @ np.arange(down.size)) / area


def _read(alpha: Raster, x: Raster, y: Raster) -> Raster:
    """``alpha`` read bilinearly at any number of places; OpenCV takes at most 32767 a side, so in lines of 4096."""
    size = -(-x.size // 4096) * 4096
    across, down = (np.resize(part.reshape(-1), size).reshape(-1, 4096) for part in (x, y))
    values = cv2.remap(alpha, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values.reshape(-1)[: x.size].reshape(x.shape), np.float32)
