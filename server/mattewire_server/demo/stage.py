"""The demo's camera and everything on the set that does not move: floor, wall, poster, lamp, pillar."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from . import light
from .light import Ball, Floats, Pillar, vector

EYE_HEIGHT = 1.3
WALL = 7.5
FLOOR_NORMAL, WALL_NORMAL = vector(0, 1, 0), vector(0, 0, -1)
POSTER = (1.93, 2.71, 0.80, 1.72)
"""The poster's left, right, bottom and top on the wall, in meters."""
PLASTER, BASEBOARD = vector(0.205, 0.240, 0.245), vector(0.43, 0.42, 0.39)
BAND = 60
"""Rows rendered at a time: the memory that one thread needs."""


@dataclass(frozen=True)
class Camera:
    """A level camera at (0, EYE_HEIGHT, 0) with a shifted lens, so that uprights stay upright.

    27 mm on a Super 35 gate (24.89 mm wide): ``focal`` in pixels is width * 27 / 24.89. ``horizon``: the row of
    the eye level. Pixel centers lie at half coordinates; y runs down.
    """

    width: int
    height: int

    @property
    def focal(self) -> float:
        return self.width * 27.0 / 24.89

    @property
    def horizon(self) -> float:
        return self.height * 0.278

    def project(self, point: Floats) -> tuple[float, float]:
        """Where a point lies on the picture, in continuous pixels."""
        x = self.width / 2 + self.focal * point[0].item() / point[2].item()
        y = self.horizon - self.focal * (point[1].item() - EYE_HEIGHT) / point[2].item()
        return x, y

    def rays(self, x0: int, y0: int, x1: int, y1: int, dx: float = 0.5, dy: float = 0.5, step: int = 1) -> Floats:
        """(3, rows, columns): the directions, one meter deep, through the pixels of a rectangle."""
        columns = (np.arange(x0, x1, step, dtype=np.float32) + np.float32(dx) - self.width / 2) / self.focal
        rows = (self.horizon - np.arange(y0, y1, step, dtype=np.float32) - np.float32(dy)) / self.focal
        rays = np.ones((3, len(rows), len(columns)), np.float32)
        rays[0] = columns
        rays[1] = rows[:, None]
        return rays


@dataclass(frozen=True)
class Layer:
    """A still object's pixels in the rectangle that starts at (x0, y0), premultiplied.

    ``keyed``: its radiance from the key; ``filled``: from all else; ``alpha``: its coverage. All float32.
    """

    x0: int
    y0: int
    keyed: Floats
    filled: Floats
    alpha: Floats


def _texture(rng: np.random.Generator, octaves: tuple[int, ...], size: int = 1024) -> Floats:
    """A mottled tile, mean 0, about -1..1: smooth noise at several scales (cells across the tile)."""
    tile = np.zeros((size, size), np.float32)
    for cells in octaves:
        noise = rng.standard_normal((cells, cells), dtype=np.float32)
        tile += cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC) * np.float32(1 / np.sqrt(len(octaves)))
    return np.asarray(tile * np.float32(0.6), np.float32)


def _sample(tile: Floats, across: Floats, along: Floats, meters: float) -> Floats:
    """The tile's value at places given in meters; the tile spans ``meters`` and repeats, mirrored."""
    scale = np.float32(tile.shape[0] / meters)
    x = np.ascontiguousarray(across * scale, np.float32)
    y = np.ascontiguousarray(along * scale, np.float32)
    found = cv2.remap(tile, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(found, np.float32)


class Surfaces:
    """What floor and wall are painted with; ``seed`` changes stains and mottling."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 11])
        self._stains, self._speckle = _texture(rng, (6, 14, 40)), _texture(rng, (256, 512))
        self._mottle, self._trowel = _texture(rng, (5, 11, 31)), _texture(rng, (200, 420))
        self._cast, self._pores = _texture(rng, (7, 19, 60)), _texture(rng, (256, 512))

    def floor(self, x: Floats, z: Floats) -> Floats:
        """Painted concrete slabs, 1.2 m wide, with dark joints and stains: (3, rows, columns) reflectance."""
        slab_x, slab_z = (x + 0.35) / 1.2, (z + 0.15) / 1.2
        tone = 0.5 + 0.5 * np.sin(np.floor(slab_x) * 12.9898 + np.floor(slab_z) * 78.233)
        edge = np.minimum(np.abs(slab_x - np.round(slab_x)), np.abs(slab_z - np.round(slab_z))) * 1.2
        joint = np.clip((edge - 0.004) / 0.006, 0, 1)
        gray = 0.285 + 0.016 * tone + 0.030 * _sample(self._stains, x + 4, z, 5.0)
        gray += 0.022 * _sample(self._speckle, x + 4, z, 2.2)
        return np.asarray(gray * (0.45 + 0.55 * joint) * vector(1.03, 1.0, 0.945), np.float32)

    def wall(self, x: Floats, y: Floats) -> Floats:
        """Gray-green plaster, a lighter baseboard and a poster in browns: (3, rows, columns) reflectance."""
        mottle = 1 + 0.055 * _sample(self._mottle, x + 5, y, 4.0) + 0.030 * _sample(self._trowel, x + 5, y, 2.0)
        color = np.where(y < 0.14, (0.85 + 0.15 * mottle) * BASEBOARD, mottle * PLASTER)
        groove = ((y > 0.14) & (y < 0.152)) | (y < 0.008)
        color *= np.where(groove, np.float32(0.45), np.float32(1))
        left, right, bottom, top = POSTER
        if not bool(np.any((x > left) & (x < right) & (y > bottom) & (y < top))):
            return np.asarray(color, np.float32)
        edge = np.minimum(np.minimum(x - left, right - x), np.minimum(y - bottom, top - y))
        middle = bottom + 0.56 * (top - bottom)
        sun = np.hypot(x - (left + right) / 2, y - middle) < 0.2
        above = np.where(sun, vector(0.235, 0.092, 0.040), vector(0.40, 0.335, 0.235))
        ink = np.where(y > middle, above, vector(0.145, 0.052, 0.034))
        border = np.where(edge < 0.022, vector(0.030, 0.028, 0.026), vector(0.55, 0.53, 0.48))
        poster = np.where(edge < 0.075, border, ink)
        return np.where(edge > 0, poster, color).astype(np.float32)

    def pillar(self, angle: Floats, y: Floats) -> Floats:
        """Cast plaster: (3, rows, columns) reflectance."""
        mottle = 1 + 0.05 * _sample(self._cast, angle + 3, y, 3.0) + 0.03 * _sample(self._pores, angle + 3, y, 1.6)
        return np.asarray(mottle * vector(0.46, 0.445, 0.415), np.float32)


def _drop_shadow(x: Floats, y: Floats) -> Floats:
    """The poster stands 3 cm off the wall: the share of the key beside it (the key is above and to the left)."""
    left, right, bottom, top = POSTER
    outside = np.hypot(
        np.maximum(np.maximum(left + 0.012 - x, x - right - 0.012), 0),
        np.maximum(np.maximum(bottom - 0.016 - y, y - top + 0.016), 0),
    )
    on_wall = (x < left) | (x > right) | (y < bottom) | (y > top)
    return np.where(on_wall, 1 - 0.55 * np.clip(1 - outside / 0.018, 0, 1), 1).astype(np.float32)


def surface(rays: Floats) -> tuple[Floats, Floats]:
    """Where ``rays`` meet the set: points (3, rows, columns), and a mask (rows, columns) that is true on the floor."""
    down = np.minimum(rays[1], np.float32(-1e-6))
    depth = np.float32(-EYE_HEIGHT) / down
    on_floor = depth < WALL
    points = rays * np.where(on_floor, depth, np.float32(WALL))
    points[1] += np.float32(EYE_HEIGHT)
    return points, on_floor


def backdrop(camera: Camera, pillar: Pillar, still: list[Ball], surfaces: Surfaces) -> Layer:
    """Floor, wall, poster and lamp with the shadows of what stands still; four samples a pixel."""
    shape = (camera.height, camera.width)
    keyed, filled = np.zeros((3, *shape), np.float32), np.zeros((3, *shape), np.float32)

    def band(y0: int) -> None:
        rows = slice(y0, min(y0 + BAND, camera.height))
        for dx, dy in ((0.125, 0.625), (0.375, 0.125), (0.625, 0.875), (0.875, 0.375)):
            rays = camera.rays(0, rows.start, camera.width, rows.stop, dx, dy)
            key, fill = _lit(rays, pillar, still, surfaces)
            keyed[:, rows] += key / 4
            filled[:, rows] += fill / 4

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(pool.map(band, range(0, camera.height, BAND)))
    _hang_lamp(camera, keyed, filled)
    return Layer(0, 0, keyed, filled, np.ones(shape, np.float32))


def _lit(rays: Floats, pillar: Pillar, still: list[Ball], surfaces: Surfaces) -> tuple[Floats, Floats]:
    """What the rays see of floor and wall: radiance from the key, and from all other light."""
    points, on_floor = surface(rays)
    x, y, z = points[0], points[1], points[2]
    normals = np.where(on_floor, FLOOR_NORMAL, WALL_NORMAL)
    color = np.where(on_floor, surfaces.floor(x, z), surfaces.wall(x, y))
    key = light.key_past_pillar(points, pillar) * np.where(on_floor, 1, _drop_shadow(x, y))
    fill = np.where(on_floor, light.fill_past_pillar(points, pillar), 1)
    fill *= 1 - 0.42 * np.exp(-np.where(on_floor, WALL - z, y) / 0.38)  # corners gather less light
    for ball in still:
        key *= light.key_past_ball(points, ball)
        fill *= light.fill_past_ball(points, normals, ball)
    from_key = color * light.key_light(points, normals) * key
    rest = color * (light.fill_light(normals) * fill + light.lamp_light(points, normals))
    return np.asarray(from_key, np.float32), np.asarray(rest, np.float32)


def _hang_lamp(camera: Camera, keyed: Floats, filled: Floats) -> None:
    """Draws the lit globe and its cord into the backdrop."""
    x, y = camera.project(light.LAMP)
    size = camera.focal * light.LAMP_RADIUS / light.LAMP[2].item()
    rows, columns = np.mgrid[0 : camera.height, 0 : camera.width].astype(np.float32) + np.float32(0.5)
    cord = np.clip(0.5 + size * 0.05 - np.abs(columns - np.float32(x)), 0, 1) * (rows < y)
    cap = np.clip(0.5 + size * 0.26 - np.abs(columns - np.float32(x)), 0, 1)
    cap *= (rows < y - size * 0.86) & (rows > y - size * 1.35)
    apart = np.hypot(columns - np.float32(x), rows - np.float32(y))
    globe = np.clip(0.5 + size - apart, 0, 1)
    rim = np.sqrt(np.clip(1 - (apart / size) ** 2, 0, 1))
    for held, color in ((np.maximum(cord, cap), vector(0.012, 0.011, 0.010)), (globe, light.LAMP_SURFACE)):
        keyed *= 1 - held
        filled *= 1 - held
        shade = 0.62 + 0.38 * rim if color is light.LAMP_SURFACE else np.ones_like(rim)
        filled += held * shade * color


def column(camera: Camera, pillar: Pillar, surfaces: Surfaces) -> Layer:
    """The pillar: plastered, upright, with a soft edge of one pixel and the lamp's warm side."""
    near = np.hypot(pillar.x, pillar.z)
    bearing, half = np.arctan2(pillar.x, pillar.z), np.arcsin(pillar.radius / near)
    left = camera.width / 2 + camera.focal * np.tan(bearing - half)
    right = camera.width / 2 + camera.focal * np.tan(bearing + half)
    x0, x1 = max(int(np.floor(left)) - 1, 0), min(int(np.ceil(right)) + 1, camera.width)
    rays = camera.rays(x0, 0, x1, camera.height)
    # From above, a ray meets the circle: |t (x, 1) - (px, pz)| = radius.
    slope = rays[0, 0]
    a, b = slope**2 + 1, slope * pillar.x + pillar.z
    root = np.sqrt(np.maximum(b * b - a * (near**2 - pillar.radius**2), 0))
    depth = ((b - root) / a).astype(np.float32)
    points = rays * depth
    points[1] += np.float32(EYE_HEIGHT)
    normals = np.zeros_like(points)
    normals[0] = (points[0] - pillar.x) / pillar.radius
    normals[2] = (points[2] - pillar.z) / pillar.radius

    columns = np.arange(x0, x1, dtype=np.float32) + np.float32(0.5)
    across = np.clip(np.minimum(columns - left, right - columns) + 0.5, 0, 1)
    foot = np.clip(points[1] * camera.focal / points[2] + 0.5, 0, 1)
    alpha = (across[None, :] * foot).astype(np.float32)
    angle = np.arctan2(normals[0], -normals[2])
    color = surfaces.pillar(angle, points[1])
    ground = 1 - 0.5 * np.exp(-points[1] / 0.16)
    filled = color * (light.fill_light(normals) * ground + light.lamp_light(points, normals))
    keyed = color * light.key_light(points, normals)
    return Layer(x0, 0, keyed * alpha, filled * alpha, alpha)
