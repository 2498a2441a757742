"""The demo's balls: how each one moves, its exact coverage of every pixel, and how it is shaded."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import light
from .light import Ball, Floats, Pillar, dot, vector
from .stage import EYE_HEIGHT, Camera

FPS = 24.0
GRAVITY = 9.81

Path = Callable[[float], tuple[float, float, float]]
"""Where a ball's center is, in meters, at a time in frames after the first."""


@dataclass(frozen=True)
class Actor:
    """A ball of the cast. ``path`` gives its center over time; one that does not ``move`` is rendered once."""

    name: str
    radius: float
    color: Floats
    path: Path
    moves: bool = True

    def at(self, time: float) -> Ball:
        return Ball(vector(*self.path(time)), self.radius, self.color)


def bouncing(height: float, radius: float, restitution: float) -> Callable[[float], float]:
    """The height of the center at a time in frames, dropped from ``height`` at time 0 under gravity.

    Each bounce keeps ``restitution`` of the speed.
    """

    def at(time: float) -> float:
        seconds, drop = max(time, 0.0) / FPS, height - radius
        fall = math.sqrt(2 * drop / GRAVITY)
        if seconds < fall:
            return height - GRAVITY / 2 * seconds**2
        seconds -= fall
        speed = GRAVITY * fall * restitution
        while seconds > 2 * speed / GRAVITY:
            seconds -= 2 * speed / GRAVITY
            speed *= restitution
            if speed < 0.05:
                return radius
        return radius + speed * seconds - GRAVITY / 2 * seconds**2

    return at


def _hero(radius: float) -> Path:
    """Right across the set, behind the pillar, out on the right at frame 59, back at frame 71."""
    height = bouncing(1.45, radius, 0.86)

    def at(time: float) -> tuple[float, float, float]:
        turn = 64.3  # it meets a wall out of sight and loses speed
        x = -1.95 + 0.077 * min(time, turn) - 0.062 * max(time - turn, 0.0)
        return x, height(time), 5.2

    return at


def _still(x: float, z: float, radius: float) -> Path:
    return lambda time: (x, radius, z)


def _rolling(x: float, z: float, radius: float, speed: float) -> Path:
    return lambda time: (x + speed * time, radius, z)


def _hopping(x: float, z: float, radius: float, speed: float, height: float) -> Path:
    hop = bouncing(height, radius, 0.93)
    return lambda time: (x + speed * time, hop(time + 4.0), z)


def hero(larger: float = 1.0) -> Actor:
    """The red ball, so many times its usual size: the same way, but it bounces lower and hides less."""
    radius = 0.2 * larger
    return Actor("red", radius, vector(0.56, 0.017, 0.020), _hero(radius))


HERO = hero()
OTHERS = (
    Actor("blue", 0.24, vector(0.018, 0.065, 0.40), _still(-0.64, 4.2, 0.24), moves=False),
    Actor("green", 0.17, vector(0.030, 0.27, 0.055), _rolling(3.28, 4.3, 0.17, -0.020)),
    Actor("yellow", 0.15, vector(0.74, 0.50, 0.025), _hopping(-1.75, 6.3, 0.15, 0.0105, 0.82)),
    Actor("orange", 0.19, vector(0.74, 0.20, 0.014), _rolling(2.1, 5.9, 0.19, -0.006)),
    Actor("white", 0.16, vector(0.72, 0.71, 0.68), _still(-2.05, 6.6, 0.16), moves=False),
)
CAST = (HERO, *OTHERS)


@dataclass(frozen=True)
class Patch:
    """A ball's pixels in the rectangle that starts at (x0, y0): premultiplied ``rgb`` and ``alpha``, float32."""

    x0: int
    y0: int
    rgb: Floats
    alpha: Floats


def rectangle(camera: Camera, ball: Ball, margin: float = 2.0) -> tuple[int, int, int, int]:
    """A rectangle of whole pixels around the ball's outline; it may lie outside the picture."""
    x, y = camera.project(ball.center)
    near = ball.center[2].item() - ball.radius
    # A sphere off the axis looks wider than its diameter: the outline's reach grows with 1 / cos^2.
    lean = 1 + max(abs(x - camera.width / 2), abs(y - camera.horizon)) ** 2 / camera.focal**2
    reach = camera.focal * ball.radius / near * lean + margin
    return int(np.floor(x - reach)), int(np.floor(y - reach)), int(np.ceil(x + reach)), int(np.ceil(y + reach))


def coverage(camera: Camera, ball: Ball, rays: Floats, travel: tuple[float, float] = (0.0, 0.0)) -> Floats:
    """The share of each pixel inside the ball's outline, 0..1, float32 (rows, columns).

    The distance to the outline is brought to pixels by its own slope, and the outline taken as straight across one
    pixel: within 1/100 of the exact share for balls of 20 pixels and more. ``travel``: how far the ball moves on
    the picture, in pixels, between two samples of the shutter: the edge is swept along it, so that a few samples
    make one even streak.
    """
    center = ball.center - vector(0, EYE_HEIGHT, 0)
    ratio = dot(rays, center) / dot(rays, rays)
    aside = rays * ratio - center  # from the center to the ray, at right angles to it
    miss = np.sqrt(dot(aside, aside))
    # Half the gradient of miss^2 = |c|^2 - (c.u)^2 / (u.u) on the picture, where one pixel is 1 / focal.
    slope_x = ratio * aside[0] / np.float32(camera.focal)
    slope_y = -ratio * aside[1] / np.float32(camera.focal)
    slope = np.maximum(np.hypot(slope_x, slope_y), np.float32(1e-9))
    inside = (ball.radius - miss) * miss / slope
    inside = np.where(miss < 0.5 * ball.radius, np.float32(ball.radius * camera.focal), inside)
    share = (inside > 0).astype(np.float32)
    edge = np.abs(inside) < 1 + abs(travel[0]) + abs(travel[1])
    across_x, across_y = slope_x[edge] / slope[edge], slope_y[edge] / slope[edge]
    swept = across_x * np.float32(travel[0]) + across_y * np.float32(travel[1])
    share[edge] = _edge_share(inside[edge], (across_x, across_y, swept))
    return np.asarray(share, np.float32)


def _edge_share(inside: Floats, widths: tuple[Floats, Floats, Floats]) -> Floats:
    """A straight edge seen through a pixel and a sweep: the share inside, for an edge ``inside`` pixels away.

    Along the edge's normal the square pixel is two boxes, as wide as the normal's x and y, and the sweep a third;
    the edge is a step. Their convolution is a sum over the eight corners of (distance)^3 / 6, over the widths.
    """
    a, b, c = (np.maximum(np.abs(width), np.float32(0.05)) / 2 for width in widths)
    total = np.zeros_like(inside)
    for corner in itertools.product((1, -1), repeat=3):
        far = np.maximum(inside + corner[0] * a + corner[1] * b + corner[2] * c, 0)
        total += math.prod(corner) * far * far * far
    return np.asarray(np.clip(total / (48 * a * b * c), 0, 1), np.float32)


def shade(ball: Ball, rays: Floats, pillar: Pillar, others: list[Ball]) -> Floats:
    """The ball's radiance along each ray, scene-linear Rec.709, float32 (3, rows, columns).

    Diffuse key, fill and lamp; a mirror image of the key, soft as on satin paint (Fresnel after Schlick, 4 % head
    on); a faint mirror image of the room. Rays that miss see the outline's color.
    """
    center = ball.center - vector(0, EYE_HEIGHT, 0)
    unit = rays / np.sqrt(dot(rays, rays))
    aside = unit * dot(unit, center) - center
    normal = aside - unit * np.sqrt(np.maximum(ball.radius**2 - dot(aside, aside), 0))
    normal /= np.sqrt(dot(normal, normal))
    points = ball.center + normal * np.float32(ball.radius)

    key = light.key_past_pillar(points, pillar)
    for other in others:
        key *= light.key_past_ball(points, other)
    height = ball.center[1].item()
    under = np.maximum(-normal[1], 0) * np.float32(np.exp(1 - height / ball.radius))
    fill = light.fill_light(normal) * (1 - 0.8 * under)
    diffuse = light.key_light(points, normal) * key + fill + light.lamp_light(points, normal)

    facing = np.clip(-dot(unit, normal), 0, 1)
    mirror = unit + 2 * facing * normal
    fresnel = 0.04 + 0.5 * (1 - facing) ** 5
    to_key = light.KEY - points
    distance = np.sqrt(dot(to_key, to_key))
    angle = np.arccos(np.clip(dot(mirror, to_key) / distance, -1, 1))
    size = np.float32(light.KEY_RADIUS) / distance
    gleam = np.clip(1.5 - angle / (size * 1.4), 0, 1) ** 2 * 0.8 + 0.035 * np.exp(-((angle / (size * 4)) ** 2))
    bright = (light.KEY_COLOR / light.KEY_RADIUS**2) * (fresnel * gleam * key)
    rising = np.clip(mirror[1] * 2.5 + 0.5, 0, 1)
    room = vector(0.17, 0.165, 0.155) + (vector(0.20, 0.215, 0.22) - vector(0.17, 0.165, 0.155)) * rising
    shadowed = 1 - 0.8 * under
    return np.asarray(ball.color * diffuse + bright + room * (fresnel * shadowed), np.float32)
