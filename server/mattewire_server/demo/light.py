"""How the demo set is lit: one soft key, a sky-and-floor fill, a pendant lamp, and who shadows whom.

Everything is scene-linear Rec.709, in meters: x right, y up, z away from the camera, the floor at y = 0. Radiance
is scaled so that a white card that faces the key from 5.5 m shows about 1.0. Points, normals and
colors are float32 planes (3, rows, columns), three times as fast here as interleaved; a returned share is
float32 (rows, columns) in 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
"""Float32, unless a function says otherwise."""


def vector(*values: float) -> Floats:
    """A point or a color as float32 (3, 1, 1), ready to meet a picture of (3, rows, columns)."""
    return np.array(values, np.float32).reshape(-1, 1, 1)


KEY = vector(-1.3, 4.0, 0.8)
KEY_RADIUS = 0.42
KEY_COLOR = vector(37.0, 35.0, 32.0)
"""Irradiance over pi at one meter. Its mirror image on a ball is KEY_COLOR / KEY_RADIUS**2 bright."""
KEY_AIM = vector(0.05, 0.75, 5.6)
KEY_FULL, KEY_FADED, KEY_SPILL = 0.985, 0.86, 0.30
"""The key is a spot: full inside this cosine off its aim, down to the spill at the second."""

LAMP = vector(-1.12, 1.82, 6.75)
LAMP_RADIUS = 0.125
LAMP_COLOR = vector(0.46, 0.31, 0.155)
LAMP_SURFACE = vector(17.0, 12.0, 6.6)

SKY = vector(0.165, 0.180, 0.205)
BOUNCE = vector(0.080, 0.075, 0.068)


@dataclass(frozen=True)
class Pillar:
    """An upright round column, floor to ceiling."""

    x: float = 0.45
    z: float = 4.5
    radius: float = 0.36


@dataclass(frozen=True)
class Ball:
    """A ball at one instant: its center, radius in meters and base color (linear Rec.709 reflectance)."""

    center: Floats
    radius: float
    color: Floats


def dot(a: Floats, b: Floats) -> Floats:
    """The dot product of the planes, term by term: no BLAS, so the same bits whatever the array's layout."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2], np.float32)


def _smooth(t: Floats) -> Floats:
    t = np.clip(t, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def key_past_pillar(points: Floats, pillar: Pillar) -> Floats:
    """The share of the key that reaches ``points`` past the pillar.

    Seen from above the key is a bar as wide as its diameter and the pillar a circle: the share is the part of the
    bar, scaled to the pillar's distance, that the pillar does not cover.
    """
    to_key_x, to_key_z = KEY[0] - points[0], KEY[2] - points[2]
    to_pillar_x, to_pillar_z = pillar.x - points[0], pillar.z - points[2]
    squared = to_key_x * to_key_x + to_key_z * to_key_z
    along = (to_pillar_x * to_key_x + to_pillar_z * to_key_z) / squared
    aside = (to_pillar_x * to_key_z - to_pillar_z * to_key_x) / np.sqrt(squared)
    half = np.maximum(KEY_RADIUS * along, 1e-4)
    covered = np.minimum(half, aside + pillar.radius) - np.maximum(-half, aside - pillar.radius)
    shadow = np.clip(covered / (2 * half), 0, 1)
    return np.where((along > 0) & (along < 1), 1 - shadow, 1).astype(np.float32)


def key_past_ball(points: Floats, ball: Ball) -> Floats:
    """The share of the key that reaches ``points`` past a ball: two discs in the sky, how far one covers the other.

    The overlap of the discs is taken as a smooth step between first and full contact, within a tenth of the exact
    share; it gives a penumbra that widens with the ball's height, and a hard contact.
    """
    to_key, to_ball = KEY - points, ball.center - points
    key_distance = np.sqrt(dot(to_key, to_key))
    ball_distance = np.maximum(np.sqrt(dot(to_ball, to_ball)), ball.radius * 1.0001)
    cosine = dot(to_key, to_ball) / (key_distance * ball_distance)
    apart = np.arccos(np.clip(cosine, -1, 1))
    key_size = KEY_RADIUS / key_distance
    ball_size = np.arcsin(ball.radius / ball_distance)
    smaller = np.minimum(key_size, ball_size)
    contact = _smooth((key_size + ball_size - apart) / (2 * smaller))
    shadow = contact * np.minimum((ball_size / key_size) ** 2, 1) * (ball_distance < key_distance)
    return (1 - shadow).astype(np.float32)


def fill_past_ball(points: Floats, normal: Floats, ball: Ball) -> Floats:
    """The share of the fill that reaches a surface past a ball.

    The cosine-weighted share of the sky a sphere hides is (n . d) r^2 / d^2 when it is wholly above the horizon.
    """
    to_ball = ball.center - points
    squared = np.maximum(dot(to_ball, to_ball), ball.radius**2 * 1.0001)
    facing = np.maximum(dot(to_ball, normal) / np.sqrt(squared), 0)
    return (1 - facing * ball.radius**2 / squared).astype(np.float32)


def fill_past_pillar(points: Floats, pillar: Pillar) -> Floats:
    """The share of the fill on the floor beside the pillar: it hides the angle it fills, most of it up close."""
    apart = np.hypot(points[0] - pillar.x, points[2] - pillar.z)
    angle = np.arcsin(np.clip(pillar.radius / np.maximum(apart, pillar.radius), 0, 1))
    return np.asarray(1 - 0.85 * angle / np.float32(np.pi), np.float32)


def key_light(points: Floats, normals: Floats) -> Floats:
    """Unshadowed key on a matte white surface: (3, rows, columns) radiance."""
    to_key = KEY - points
    squared = dot(to_key, to_key)
    distance = np.sqrt(squared)
    aim = KEY - KEY_AIM
    off_axis = dot(to_key, aim) / (distance * np.sqrt(dot(aim, aim)))
    spot = KEY_SPILL + (1 - KEY_SPILL) * _smooth((off_axis - KEY_FADED) / (KEY_FULL - KEY_FADED))
    facing = np.maximum(dot(to_key, normals), 0)
    return np.asarray((facing * spot / (squared * distance)) * KEY_COLOR, np.float32)


def lamp_light(points: Floats, normals: Floats) -> Floats:
    """The pendant lamp on a matte white surface: (3, rows, columns) radiance."""
    to_lamp = LAMP - points
    squared = dot(to_lamp, to_lamp) + np.float32(0.02)
    facing = np.maximum(dot(to_lamp, normals), 0)
    return np.asarray(facing / (squared * np.sqrt(squared)) * LAMP_COLOR, np.float32)


def fill_light(normals: Floats) -> Floats:
    """Sky above, floor below: (3, rows, columns) radiance of a matte white surface."""
    up = normals[1] * 0.5 + 0.5
    return np.asarray(BOUNCE + (SKY - BOUNCE) * up, np.float32)
