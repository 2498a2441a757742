"""Renders a frame of the demo without grain: shading, motion blur, who is in front of whom, and the exact alpha."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from . import light
from .balls import HERO, OTHERS, Actor, Patch, coverage, rectangle, shade
from .light import Ball, Floats, Pillar
from .stage import EYE_HEIGHT, FLOOR_NORMAL, WALL_NORMAL, Camera, Layer, Surfaces, backdrop, column, surface

SHUTTER = 0.5
"""Share of the frame the shutter is open: 180 degrees. It opens at the frame."""

SAMPLES = 10
"""Times at which a moving ball is sampled while the shutter is open; the edge is swept between them."""


@dataclass
class _Seen:
    """A moving ball's share of one frame: sums over the shutter, on its rectangle of the picture."""

    actor: Actor
    box: tuple[int, int, int, int]
    rgb: Floats
    alpha: Floats


class Renderer:
    """The set at one size, ready to render any frame. Frames are independent of each other and thread-safe.

    ``hero``: the ball that the matte is of."""

    def __init__(self, width: int, height: int, seed: int = 7, hero: Actor = HERO) -> None:
        self.hero = hero
        self.camera = Camera(width, height)
        self.pillar = Pillar()
        surfaces = Surfaces(seed)
        self.moving = [actor for actor in (hero, *OTHERS) if actor.moves]
        still = [actor.at(0.0) for actor in OTHERS if not actor.moves]
        self.backdrop = backdrop(self.camera, self.pillar, still, surfaces)
        layers: list[tuple[float, Layer]] = [
            (self.pillar.z - self.pillar.radius, column(self.camera, self.pillar, surfaces))
        ]
        for ball in still:
            others = [other for other in still if other is not ball]
            layers.append((ball.center[2].item(), self._still_ball(ball, others)))
        self.layers = sorted(layers, key=lambda layer: layer[0])
        self.glow = self._glow()
        self.rough, self.rough_floor = surface(self._every(4))
        self.fine, _ = surface(self._every(2))

    def _every(self, step: int) -> Floats:
        """Rays through the middle of every ``step`` x ``step`` pixels."""
        return self.camera.rays(0, 0, self.camera.width, self.camera.height, step / 2, step / 2, step)

    def _still_ball(self, ball: Ball, others: list[Ball]) -> Layer:
        x0, y0, x1, y1 = self._clip(rectangle(self.camera, ball))
        rays = self.camera.rays(x0, y0, x1, y1)
        alpha = coverage(self.camera, ball, rays)
        rgb = shade(ball, rays, self.pillar, others) * alpha
        return Layer(x0, y0, rgb, np.zeros_like(rgb), alpha)

    def _clip(self, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        width, height = self.camera.width, self.camera.height
        x0, y0 = min(max(box[0], 0), width), min(max(box[1], 0), height)
        return x0, y0, max(min(box[2], width), x0), max(min(box[3], height), y0)

    def _glow(self) -> Floats:
        """What the lens scatters of the lamp, at an eighth of the size: it lies over everything."""
        size = (max(self.camera.width // 8, 1), max(self.camera.height // 8, 1))
        hot = np.maximum(self.backdrop.keyed + self.backdrop.filled - 2, 0)
        planes = []
        for plane in hot:
            small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
            near, wide = (cv2.GaussianBlur(small, (0, 0), size[0] / part) for part in (60, 14))
            planes.append(near * np.float32(0.020) + wide * np.float32(0.030))
        return np.stack(planes)

    def _full_size(self, plane: Floats) -> Floats:
        size = (self.camera.width, self.camera.height)
        return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float32)

    def shadows(self, time: float) -> tuple[Floats, Floats]:
        """The share of key and of fill the moving balls leave on floor and wall, float32 (height, width).

        Every fourth pixel is enough for the fill, which is soft, and to find a ball's shadow of the key; that is
        then drawn at every second pixel, because it is hard where the ball touches the floor.
        """
        key = np.ones(self.fine.shape[1:], np.float32)
        fill = np.ones(self.rough.shape[1:], np.float32)
        for actor in self.moving:
            balls = [actor.at(time + SHUTTER * (k + 0.5) / 3) for k in range(3)]
            dark = np.argwhere(_mean_key(self.rough, balls) < 1)
            if len(dark):
                (y0, x0), (y1, x1) = np.maximum(dark.min(axis=0) * 2 - 4, 0), dark.max(axis=0) * 2 + 6
                key[y0:y1, x0:x1] *= _mean_key(self.fine[:, y0:y1, x0:x1], balls)
            floor = light.fill_past_ball(self.rough, FLOOR_NORMAL, balls[1])
            wall = light.fill_past_ball(self.rough, WALL_NORMAL, balls[1])
            fill *= np.where(self.rough_floor, floor, wall)
        return self._full_size(key), self._full_size(fill)

    def _sample(self, actor: Actor, time: float, box: tuple[int, int, int, int]) -> Patch:
        ball = actor.at(time)
        step = SHUTTER / SAMPLES
        before = self.camera.project(actor.at(time - step / 2).center)
        after = self.camera.project(actor.at(time + step / 2).center)
        travel = (after[0] - before[0], after[1] - before[1])
        margin = 2 + max(abs(travel[0]), abs(travel[1]))
        x0, y0, x1, y1 = rectangle(self.camera, ball, margin)
        x0, y0, x1, y1 = max(x0, box[0]), max(y0, box[1]), min(x1, box[2]), min(y1, box[3])
        x1, y1 = max(x1, x0), max(y1, y0)
        rays = self.camera.rays(x0, y0, x1, y1)
        alpha = coverage(self.camera, ball, rays, travel)
        return Patch(x0, y0, shade(ball, rays, self.pillar, []) * alpha, alpha)

    def _sweep(self, time: float) -> list[_Seen]:
        """The moving balls of a frame, near to far, each held out by the nearer ones at every sample."""
        seen = []
        for actor in sorted(self.moving, key=lambda one: one.path(time + SHUTTER / 2)[2]):
            boxes = [rectangle(self.camera, actor.at(time + SHUTTER * k / 2), 4.0) for k in range(3)]
            whole = (
                min(box[0] for box in boxes),
                min(box[1] for box in boxes),
                max(box[2] for box in boxes),
                max(box[3] for box in boxes),
            )
            box = self._clip(whole)
            shape = (box[3] - box[1], box[2] - box[0])
            seen.append(_Seen(actor, box, np.zeros((3, *shape), np.float32), np.zeros(shape, np.float32)))
        for k in range(SAMPLES):
            moment = time + SHUTTER * (k + 0.5) / SAMPLES
            nearer: list[Patch] = []
            for one in seen:
                patch = self._sample(one.actor, moment, one.box)
                for front in nearer:
                    _hold_out(patch, front)
                nearer.append(patch)
                rows, columns = _within(patch, one.box)
                one.rgb[:, rows, columns] += patch.rgb / SAMPLES
                one.alpha[rows, columns] += patch.alpha / SAMPLES
        return seen

    def frame(self, time: float) -> tuple[Floats, Floats, float]:
        """One frame without grain, ``time`` in frames after the first.

        Returns the picture (3, height, width), scene-linear Rec.709; the hero's alpha (height, width), 0..1; and
        the share of the hero that is seen. From near to far, everything adds what is seen of it through what
        is left open by the nearer ones: exact for still layers, and for moving ones at every shutter sample.
        """
        seen = self._sweep(time)
        key, fill = self.shadows(time)
        shape = (self.camera.height, self.camera.width)
        picture = np.zeros((3, *shape), np.float32)
        alpha = np.zeros(shape, np.float32)
        open_still, open_moving = np.ones(shape, np.float32), np.ones(shape, np.float32)
        queue: list[tuple[float, _Seen | Layer]] = [(one.actor.path(time)[2], one) for one in seen]
        queue += self.layers
        for _, item in sorted(queue, key=lambda entry: entry[0]):
            if isinstance(item, _Seen):
                place = _slices(item.box)
                picture[:, place[0], place[1]] += item.rgb * open_still[place]
                if item.actor is self.hero:
                    alpha[place] = item.alpha * open_still[place]
                open_moving[place] -= item.alpha
            else:
                rows, columns = item.alpha.shape
                place = _slices((item.x0, item.y0, item.x0 + columns, item.y0 + rows))
                through = open_still[place] * open_moving[place]
                picture[:, place[0], place[1]] += (item.keyed + item.filled) * through
                open_still[place] *= 1 - item.alpha
        through = open_still * np.maximum(open_moving, 0)
        picture += self.backdrop.keyed * (key * through)
        picture += self.backdrop.filled * (fill * through)
        for plane, glow in zip(picture, self.glow, strict=True):
            plane += self._full_size(glow)
        return picture, np.minimum(alpha, 1), min(float(alpha.sum(dtype=np.float64)) / self._hero_area(time), 1.0)

    def _hero_area(self, time: float) -> float:
        """The hero's whole outline in pixels, hidden and out-of-frame parts too, averaged over the shutter.

        A sphere at (x, y, z) with l^2 = x^2 + y^2 + z^2 projects to an ellipse of area
        pi f^2 r^2 sqrt((l^2 - r^2) / (z^2 - r^2)) / (z^2 - r^2) (I. Quilez, "Sphere projection").
        """
        areas, radius = [], self.hero.radius
        for k in range(SAMPLES):
            x, y, z = self.hero.path(time + SHUTTER * (k + 0.5) / SAMPLES)
            far = x * x + (y - EYE_HEIGHT) ** 2 + z * z - radius**2
            deep = z * z - radius**2
            areas.append(np.pi * (self.camera.focal * radius) ** 2 * (far / deep) ** 0.5 / deep)
        return float(np.mean(areas))


def _mean_key(points: Floats, balls: list[Ball]) -> Floats:
    shares = [light.key_past_ball(points, ball) for ball in balls]
    return np.asarray(sum(shares[1:], shares[0]) / np.float32(len(shares)), np.float32)


def _slices(box: tuple[int, int, int, int]) -> tuple[slice, slice]:
    return slice(box[1], box[3]), slice(box[0], box[2])


def _within(patch: Patch, box: tuple[int, int, int, int]) -> tuple[slice, slice]:
    height, width = patch.alpha.shape
    y, x = patch.y0 - box[1], patch.x0 - box[0]
    return slice(y, y + height), slice(x, x + width)


def _hold_out(patch: Patch, front: Patch) -> None:
    """Takes what ``front`` covers away from ``patch``, in place."""
    height, width = patch.alpha.shape
    front_height, front_width = front.alpha.shape
    x0, y0 = max(patch.x0, front.x0), max(patch.y0, front.y0)
    x1 = min(patch.x0 + width, front.x0 + front_width)
    y1 = min(patch.y0 + height, front.y0 + front_height)
    if x0 >= x1 or y0 >= y1:
        return
    left = 1 - front.alpha[y0 - front.y0 : y1 - front.y0, x0 - front.x0 : x1 - front.x0]
    place = slice(y0 - patch.y0, y1 - patch.y0), slice(x0 - patch.x0, x1 - patch.x0)
    patch.alpha[place] *= left
    patch.rgb[:, place[0], place[1]] *= left
