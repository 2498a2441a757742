"""Twenty shapes in motion, drawn from formulas, to fit splines to: mattes whose outline is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_server.plates.model import Window

Floats = NDArray[np.float64]
Parts = list[tuple[Floats, bool]]
"""Closed polygons (n, 2) drawn one after the other, and whether each one cuts out of what is there."""

CANVAS = Window(0, 0, 640, 360)
FRAMES = 36
_CENTER = np.array([320.0, 180.0])
_FINER = 8


def around(count: int = 400) -> Floats:
    return np.arange(count) * (2 * np.pi / count)


def polar(radius: Floats, angle: Floats) -> Floats:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def turned(points: Floats, degrees: float) -> Floats:
    a = np.radians(degrees)
    return points @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])


def ease(t: float) -> float:
    """0..1 at an even start and stop, as things move."""
    return float(t * t * (3 - 2 * t))


def disc(t: float) -> Parts:
    return [(polar(np.full(400, 80.0), around()) + _CENTER + np.array([200 * t - 100, 30 * np.sin(3 * t)]), False)]


def ellipse(t: float) -> Parts:
    return [(turned(polar(np.ones(400), around()) * [140, 60], 40 * ease(t)) + _CENTER, False)]


def square(t: float) -> Parts:
    corners = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]]) * 85
    return [(turned(corners, 40 * t) + _CENTER + np.array([60 * t, -20 * t]), False)]


def star(t: float) -> Parts:
    radius = np.where(np.arange(10) % 2, 62.0, 150.0) * (0.6 + 0.4 * ease(t))
    return [(polar(radius, around(10) - np.pi / 2) + _CENTER, False)]


def rounded(t: float) -> Parts:
    angle = around()
    box = np.clip(polar(np.full(400, 500.0), angle), [-110, -60], [110, 60]) + polar(np.full(400, 30.0), angle)
    return [(box @ np.array([[1.0, 0.25 * t], [0.5 * ease(t), 1.0]]) + _CENTER, False)]


def ring(t: float) -> Parts:
    middle = _CENTER + np.array([80 * t - 40, 0])
    hole = polar(np.full(400, 45.0 + 25 * t), around()) + np.array([20 * np.sin(4 * t), 10])
    return [(polar(np.full(400, 130.0), around()) + middle, False), (hole + middle, True)]


def crescent(t: float) -> Parts:
    outer = polar(np.full(400, 130.0), around())
    inner = polar(np.full(400, 115.0), around()) + np.array([60, -20])
    return [(turned(outer, 0) + _CENTER, False), (turned(inner, 30 * ease(t)) + _CENTER, True)]


def blob(t: float) -> Parts:
    a = around()
    radius = 110 + 22 * np.cos(3 * a + 1.5 * t) + 14 * np.sin(5 * a - t) + 9 * np.cos(7 * a + 2 * t)
    return [(polar(radius, a) + _CENTER + np.array([40 * t, 0]), False)]


def gear(t: float) -> Parts:
    teeth = 12
    radius = np.tile([100.0, 100, 135, 135], teeth)
    angle = (np.repeat(np.arange(teeth), 4) + np.tile([0.0, 0.45, 0.55, 0.9], teeth)) * 2 * np.pi / teeth
    return [(turned(polar(radius, angle), 20 * t) + _CENTER, False)]


def letter_e(t: float) -> Parts:
    outline = np.array(
        [[0, 0], [120, 0], [120, 40], [45, 40], [45, 80], [105, 80], [105, 120], [45, 120], [45, 160], [120, 160],
         [120, 200], [0, 200]], np.float64,
    )  # fmt: skip
    return [((outline - np.array([60, 100])) * (1 + 0.4 * ease(t)) + _CENTER + np.array([-80 + 160 * t, 0]), False)]


def stroke(line: Floats, width: Floats | float) -> Floats:
    """The polygon around ``line`` (n, 2), ``width`` wide, with round ends."""
    way = np.gradient(line, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    aside = np.stack([way[:, 1], -way[:, 0]], axis=1) * np.broadcast_to(width, len(line))[:, None] / 2
    half = np.linspace(0, np.pi, 24)[1:-1, None]
    first, last = aside[0], aside[-1]
    tip = line[-1] + np.cos(half) * last + np.sin(half) * way[-1] * np.linalg.norm(last)
    root = line[0] - np.cos(half) * first - np.sin(half) * way[0] * np.linalg.norm(first)
    return np.concatenate([line + aside, tip, (line - aside)[::-1], root])


def letter_s(t: float) -> Parts:
    u = np.linspace(-1, 1, 200)
    line = np.stack([(75 + 25 * t) * np.sin(np.pi * u), 110 * u], axis=1)
    return [(stroke(line, 44) + _CENTER, False)]


def limb(t: float) -> Parts:
    u = np.linspace(0, 1, 120)
    bend = 0.7 * t
    line = np.stack([np.cumsum(np.cos(bend * u)), np.cumsum(np.sin(bend * u))], axis=1) * (260 / 120) - np.array(
        [130, 40]
    )
    return [(stroke(line, 14 - 6 * u) + _CENTER, False)]


def person(t: float) -> Parts:
    swing = 24 * np.sin(2.4 * t + 0.4)
    parts: Parts = [(polar(np.full(200, 24.0), around(200)) + np.array([0, -118]), False)]
    parts.append((stroke(np.array([[0.0, -95], [0, -80], [0, 0], [0, 20]]), np.array([20.0, 58, 46, 40])), False))
    for side in (-1, 1):
        arm = turned(np.array([[0.0, 0], [4 * side, 50], [4 * side, 92]]), -side * 22 - swing * side)
        leg = turned(np.array([[0.0, 0], [0, 60], [2 * side, 125]]), -side * 10 - 0.5 * swing * side)
        parts.append((stroke(arm + np.array([24 * side, -72]), np.array([20.0, 16, 13])), False))
        parts.append((stroke(leg + np.array([11 * side, 12]), np.array([30.0, 24, 18])), False))
    return [(points + _CENTER + np.array([90 * t - 45, 0]), cuts) for points, cuts in parts]


def heart(t: float) -> Parts:
    a = around(600)
    x = 16 * np.sin(a) ** 3
    y = -(13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a))
    return [(np.stack([x, y], axis=1) * (7 + 1.5 * np.sin(4 * t)) + _CENTER, False)]


def arrow(t: float) -> Parts:
    outline = np.array([[-130, -22], [40, -22], [40, -70], [140, 0], [40, 70], [40, 22], [-130, 22]], np.float64)
    return [(turned(outline, -35 * ease(t)) + _CENTER, False)]


def plus(t: float) -> Parts:
    arm = np.array([[-30, -30], [-30, -110], [30, -110], [30, -30], [110, -30], [110, 30], [30, 30], [30, 110],
                    [-30, 110], [-30, 30], [-110, 30], [-110, -30]], np.float64)  # fmt: skip
    return [(arm @ np.array([[1.0, 0.0], [0.4 * t, 1 - 0.2 * t]]) + _CENTER, False)]


def leaf(t: float) -> Parts:
    u = np.linspace(-1, 1, 200)
    fat = 60 * (1 - u**2) * (1 + 0.3 * u)
    bend = 50 * ease(t) * u**2
    upper = np.stack([150 * u, bend - fat], axis=1)
    lower = np.stack([150 * u, bend + fat], axis=1)[::-1]
    return [(np.concatenate([upper, lower[1:-1]]) + _CENTER, False)]


def horseshoe(t: float) -> Parts:
    a = np.linspace(0.55 + 0.35 * t, 2 * np.pi - 0.55 - 0.35 * t, 200)
    return [(stroke(polar(np.full(200, 100.0), a), 46) + _CENTER, False)]


def bubble(t: float) -> Parts:
    oval = polar(np.ones(400), around()) * [140, 80] + np.array([0, -25])
    tail = np.array([[-30.0, 35], [30, 40], [-50 + 80 * ease(t), 130]])
    return [(oval + _CENTER, False), (tail + _CENTER, False)]


def peanut(t: float) -> Parts:
    a = around()
    radius = np.sqrt(9000 + (6000 + 2000 * t) * np.cos(2 * a))
    return [(turned(polar(radius, a), 15 * t) + _CENTER, False)]


def cloud(t: float) -> Parts:
    lobes = [(-90, 20, 50), (-35, -25, 60), (40, -15, 66), (100, 25, 46), (0, 35, 56)]
    return [
        (polar(np.full(300, r + 6 * np.sin(2 * t + i)), around(300)) + _CENTER + np.array([x + 50 * t, y]), False)
        for i, (x, y, r) in enumerate(lobes)
    ]


SHAPES: dict[str, Callable[[float], Parts]] = {
    shape.__name__.replace("_", " "): shape
    for shape in (
        disc, ellipse, square, star, rounded, ring, crescent, blob, gear, letter_e, letter_s, limb, person, heart,
        arrow, plus, leaf, horseshoe, bubble, peanut, cloud,
    )
}  # fmt: skip


def drawn(parts: Parts, canvas: Window = CANVAS) -> NDArray[np.float32]:
    """The matte of ``parts``: float32 coverage from 8 x 8 samples a pixel."""
    finer = np.zeros((canvas.height * _FINER, canvas.width * _FINER), np.uint8)
    for points, cuts in parts:
        corners = np.round(((points - (canvas.x0, canvas.y0)) * _FINER - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(finer, [corners], 0 if cuts else 255, shift=4)
    small = cv2.resize(finer, (canvas.width, canvas.height), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def mattes(
    shape: Callable[[float], Parts], frames: int = FRAMES, first: int = 1001
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """``shape`` over ``frames`` frames from ``first``: its time runs from 0 to 1."""
    for index in range(frames):
        yield first + index, drawn(shape(index / max(frames - 1, 1)))
