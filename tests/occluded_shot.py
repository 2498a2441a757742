"""A rendered shot whose depth is known: a ball rolls behind a post and a bush, on a floor, before a wall.

Everything is drawn four times finer and averaged, so that the true matte of the ball is its visible coverage. The
estimate is the true inverse distance with what networks add: another scale and shift on every frame, soft edges, and
noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Raster = NDArray[np.float32]
FINE = 4
WALL, POST, BUSH, BALL = 12.0, 3.0, 3.6, 5.0
"""Meters from the camera."""


@dataclass(frozen=True)
class Moment:
    """One frame. ``rgb``: float32 (height, width, 3), display-encoded. ``whole``: the ball as if nothing stood before
    it, ``visible``: what of it is seen, both coverage. ``meters``: of each pixel's center."""

    rgb: NDArray[np.float32]
    whole: Raster
    visible: Raster
    meters: Raster


def moment(index: int, frames: int, width: int, height: int, grain: float = 0.01) -> Moment:
    """Frame ``index`` of ``frames``: the ball crosses from left to right."""
    wide, high = width * FINE, height * FINE
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    x, y = (x + 0.5) / high, (y + 0.5) / high  # in picture heights
    aspect = width / height
    floor = y > 0.62
    meters = np.where(floor, np.minimum(WALL, 1.55 / np.maximum(y - 0.49, 1e-3)), WALL).astype(np.float32)
    tiles = ((np.floor(x * 9) + np.floor(y * 14)) % 2)[..., None]
    wall = np.array([0.55, 0.56, 0.6], np.float32) + 0.06 * np.sin(x * 37)[..., None]
    rgb = np.where(floor[..., None], 0.32 + 0.12 * tiles * np.array([1.0, 0.9, 0.7]), wall)
    cx = aspect * (0.12 + 0.76 * index / max(1, frames - 1))
    cy, radius = 0.56, 0.2
    away = np.hypot(x - cx, y - cy)
    ball = away < radius
    shade = np.clip(1 - 0.7 * np.hypot(x - cx + 0.06, y - cy + 0.08) / radius, 0.15, 1)[..., None]
    rgb = np.where(ball[..., None], np.array([0.8, 0.22, 0.16]) * shade + 0.08, rgb)
    meters = np.where(ball, BALL - 0.4 * np.sqrt(np.maximum(0, 1 - np.square(away / radius))), meters)
    post = np.abs(x - 0.42 * aspect) < 0.035
    rgb = np.where(post[..., None], np.array([0.22, 0.3, 0.26]) + 0.05 * np.sin(y * 60)[..., None], rgb)
    meters = np.where(post, POST, meters)
    lump = 0.11 * (1 + 0.18 * np.sin(7 * np.arctan2(y - 0.74, x - 0.72 * aspect)))
    bush = np.hypot(x - 0.72 * aspect, (y - 0.74) * 0.8) < lump
    rgb = np.where(
        bush[..., None],
        np.array([0.18, 0.42, 0.14]) + 0.08 * np.sin(x * 150)[..., None] * np.cos(y * 130)[..., None],
        rgb,
    )
    meters = np.where(bush, BUSH, meters)
    hidden = post | bush
    noise = np.random.default_rng(1000 + index).normal(0, grain, (height, width, 3))
    return Moment(
        np.clip(_averaged(rgb, width, height) + noise, 0, 1).astype(np.float32),
        _averaged(ball.astype(np.float32), width, height),
        _averaged((ball & ~hidden).astype(np.float32), width, height),
        np.ascontiguousarray(meters[FINE // 2 :: FINE, FINE // 2 :: FINE], np.float32),
    )


def estimate(
    meters: Raster, index: int, *, noise: float = 0.03, drift: float = 0.3, soft: float = 1.5, size: int = 0
) -> Raster:
    """What a network would say of the frame: relative inverse distance, larger is nearer.

    ``noise``: standard deviation, as a share of the true map's spread; half of it is white, half comes in blobs.
    ``drift``: of scale and shift, likewise. ``soft``: standard deviation of the blur of edges, cells. ``size``: long
    edge of the map; 0 is that of ``meters``.
    """
    height, width = meters.shape
    scale = min(1.0, size / max(height, width)) if size else 1.0
    shape = (round(width * scale), round(height * scale))
    said = cv2.GaussianBlur(np.asarray(cv2.resize(1 / meters, shape, interpolation=cv2.INTER_AREA)), (0, 0), soft)
    random = np.random.default_rng(2000 + index)
    spread = float(np.ptp(said))
    white = random.normal(0, 1, said.shape)
    blobs = cv2.GaussianBlur(random.normal(0, 1, said.shape), (0, 0), 6.0)
    said = said + spread * noise * (white + blobs / max(float(blobs.std()), 1e-9)) / np.sqrt(2)
    gain, offset = 1 + drift * np.sin(index * 2.3), drift * spread * np.cos(index * 1.7)
    return np.asarray(7.0 * (said * gain + offset), np.float32)


def iou(one: Raster, other: Raster) -> float:
    """Of coverage: what both have over what either has."""
    return float(np.minimum(one, other).sum() / np.maximum(one, other).sum())


def _averaged(raster: NDArray[np.floating], width: int, height: int) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(raster.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA), np.float32)
