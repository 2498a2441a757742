"""Dilate and erode by fractions of a pixel, and close gaps.

Every level of the matte moves outward by the same distance: the new value is the largest that the matte has within
``pixels``. That is flat gray-scale morphology (Serra, "Image Analysis and Mathematical Morphology", 1982) with a disc
that is truly round and of any size, because the matte is read between its pixels. Hair at 0.3 stays hair at 0.3, only
wider; nothing jumps when a strand crosses 0.5 from one frame to the next, as it does when the 0.5 contour is moved.

Of three ways considered on hard discs, half-planes at 0 to 45 degrees and ramps, this one was kept: a discrete disc
(``cv2.dilate``) knows whole pixels only, and its error changes with the edge's angle; moving the 0.5 contour by a
distance transform loses everything below 0.5; reading without ``unclipped`` softens every hard edge.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField

from .edges import BEYOND, Raster, crop_around, read_at, unclipped

LIMIT = 100.0
"""Most pixels that a matte is dilated or eroded by."""

_LOSS = 0.01
"""Pixels that a direction between two tried ones falls short of the circle, at most."""

_FINER = 20.0
"""Circles larger than this many pixels are searched in two steps."""

_SMALL = 6.0
"""Up to this radius a disc of pixels is dilated with directly; its cost grows with its area."""

_REACH = 1.5
"""A bilinear reading sees pixels up to the square root of 2 away."""

_CHAMFER = 1.03
"""OpenCV's 5 x 5 distance transform is within 2 % of the true distance (Borgefors 1986)."""

_GAP = 0.25
"""A rise from which something counts as closed; below lie what two dilations leave on edges and in flat corners."""


def dilate(alpha: Raster, pixels: float) -> Raster:
    """``alpha`` wider by ``pixels`` plate pixels; negative values erode. -``LIMIT`` to ``LIMIT``, fractions are exact.

    ``alpha``: float32 (height, width), 0..1; a new array of the same shape comes back, or ``alpha`` itself for 0. A
    disc of radius r gets r + ``pixels`` within 0.02 px (by area), a hard edge stays hard, a soft one keeps its ramp,
    exact 0 and 1 stay exact. Beyond the picture's border the matte goes on as at the border. Eroding is dilating the
    background. ``BadField`` when ``pixels`` is out of range.
    """
    if not -LIMIT <= pixels <= LIMIT:
        raise BadField(f"{pixels} is out of range.", field="dilate", advice=f"Choose -{LIMIT:g} to {LIMIT:g} pixels.")
    if pixels == 0:
        return alpha
    crop = crop_around(alpha, max(pixels, 0) + 3)
    if crop is None:
        return np.zeros_like(alpha)
    inner = np.ascontiguousarray(crop.of(alpha))
    result = np.zeros_like(alpha)
    part = _dilated(inner, pixels) if pixels > 0 else 1 - _dilated(1 - inner, -pixels)
    crop.of(result)[:] = part
    return result


def close(alpha: Raster, width: float) -> Raster:
    """``alpha`` with gaps of up to ``width`` plate pixels between solid parts closed; 0 gives ``alpha`` itself.

    A gap from ``width`` + 4 on keeps its bytes; in between it is closed in part. The closing has round ends.
    As with any closing by a disc, an inner corner sharper than the disc is filled by a fillet of that radius. Where
    nothing is closed, the matte keeps its bytes. ``BadField`` when ``width`` is not 0 to ``LIMIT``.
    """
    if not 0 <= width <= LIMIT:
        raise BadField(f"{width} is out of range.", field="close", advice=f"Choose 0 to {LIMIT:g} pixels.")
    crop = crop_around(alpha, 3) if width else None
    if crop is None:
        return alpha
    # More by half a diagonal on each side, so that two hard edges overlap by their ramps whatever their angle.
    radius = (width + np.sqrt(2)) / 2
    edge = int(np.ceil(radius)) + 3
    wide = np.pad(alpha, edge, mode="edge")[crop.y0 : crop.y1 + 2 * edge, crop.x0 : crop.x1 + 2 * edge]
    closed = dilate(dilate(wide, radius), -radius)
    inner, closed = crop.of(alpha), closed[edge:-edge, edge:-edge]
    rise = closed - inner
    number, labels = cv2.connectedComponents((rise > 1 / 512).view(np.uint8), connectivity=8)
    raised = labels > 0
    peak = np.zeros(number, np.float32)
    np.maximum.at(peak, labels[raised].astype(np.intp), rise[raised])
    result: Raster = alpha.copy()
    np.copyto(crop.of(result), closed, where=(peak >= _GAP)[labels])
    return result


def _dilated(alpha: Raster, radius: float) -> Raster:
    solid = _within(alpha >= 1, radius / _CHAMFER)
    open_to_change = _within(alpha > 0, (radius + _REACH) * _CHAMFER) & ~solid
    side = 2 * int(np.ceil(radius + _REACH)) + 1
    # Nothing larger near: the inside of glass, smoke or a shadow, which costs nothing then.
    open_to_change &= cv2.dilate(alpha, np.ones((side, side), np.uint8)) > alpha
    result = np.where(solid, np.float32(1), _from_inside(alpha, radius))
    where = np.flatnonzero(open_to_change)
    if where.size:
        flat = result.reshape(-1)
        flat[where] = np.maximum(flat[where], _from_circle(unclipped(alpha), where, radius))
    return result


def _within(solid: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """Pixels whose centers are at most ``radius`` from one in ``solid``, or up to 2 % more or less on large radii."""
    if radius <= _SMALL:
        return np.asarray(cv2.dilate(solid.view(np.uint8), _disc(radius)), np.bool_)
    if not solid.any():
        return np.zeros_like(solid)
    return np.asarray(cv2.distanceTransform((~solid).view(np.uint8), cv2.DIST_L2, 5) <= radius, np.bool_)


def _disc(radius: float) -> NDArray[np.uint8]:
    """The pixels within ``radius`` of the middle one."""
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(x * x + y * y <= radius * radius, np.uint8)


def _from_circle(field: Raster, where: NDArray[np.intp], radius: float) -> Raster:
    """The largest value on the circle of ``radius`` around every pixel in ``where`` (flat indices into ``field``).

    Any strand that enters the circle's disc crosses the circle, so this finds all but what lies wholly inside. As
    many directions as leave ``_LOSS`` on a straight edge: pi * sqrt(radius / (2 * loss)), from radius * (1 - cos(pi /
    n)) = loss. Corners and thin tips need one every pixel; on large circles the best one's neighborhood is tried
    finer instead.
    """
    edge = int(np.ceil(radius)) + 2
    width = field.shape[1]
    padded = np.asarray(cv2.copyMakeBorder(field, edge, edge, edge, edge, cv2.BORDER_REPLICATE), np.float32)
    stride = padded.shape[1]
    flat = padded.reshape(-1)
    start = (where // width + edge) * stride + where % width + edge
    best = np.full(where.size, BEYOND[0], np.float32)
    best_angle = np.zeros(where.size, np.float32)
    straight = int(np.ceil(np.pi * np.sqrt(radius / (2 * _LOSS))))
    count = max(16, straight, int(2 * np.pi * radius * min(1, _FINER / radius)))
    # The middle between two directions is short of the circle; this puts the mean error at zero.
    reached = radius * (1 + (np.pi / count) ** 2 / 6) if radius <= _FINER else radius
    for angle in np.arange(count) * (2 * np.pi / count):
        x, y = reached * np.cos(angle), reached * np.sin(angle)
        column, row = int(np.floor(x)), int(np.floor(y))
        right, below = np.float32(x - column), np.float32(y - row)
        corner = start + (row * stride + column)
        value = flat.take(corner) * ((1 - right) * (1 - below))
        value += flat.take(corner + 1) * (right * (1 - below))
        value += flat.take(corner + stride) * ((1 - right) * below)
        value += flat.take(corner + (stride + 1)) * (right * below)
        if radius > _FINER:
            best_angle[value > best] = angle
        np.maximum(best, value, out=best)
    if radius > _FINER:
        x, y = (where % width).astype(np.float32) + edge, (where // width).astype(np.float32) + edge
        for share in (-0.4, -0.2, 0.2, 0.4):
            angles = best_angle + np.float32(share * 2 * np.pi / count)
            value = read_at(padded, x + np.float32(radius) * np.cos(angles), y + np.float32(radius) * np.sin(angles))
            np.maximum(best, value, out=best)
    return np.clip(best, 0, 1)


def _from_inside(alpha: Raster, radius: float) -> Raster:
    """The largest value on the pixels within ``radius``: what keeps a faint speck from turning into a ring.

    Up to ``_SMALL`` the exact disc; above it the octagon inside the disc, as a square after a diamond, whose steps cost
    the same for any radius.
    """
    if radius <= _SMALL:
        return np.asarray(cv2.dilate(alpha, _disc(radius)), np.float32)
    # A regular octagon in the circle of radius r has its corners at (cos, sin) of 22.5 degrees times r.
    square = int(radius * np.sin(np.pi / 8))
    diamond = int(radius * (np.cos(np.pi / 8) - np.sin(np.pi / 8)))
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    wide = cv2.dilate(alpha, np.ones((2 * square + 1, 2 * square + 1), np.uint8))
    return np.asarray(cv2.dilate(wide, cross, iterations=diamond), np.float32)
