"""The benchmark pictures: what is hard about edges, one thing at a time, with the exact matte and colors of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .paint import Colors, Raster, covered, defocused, polygon, shutter, strand, texture

SIZE = (540, 960)
"""Height and width. With ``LOGITS`` as many plate pixels to one of the engine's as SAM 2's 256 x 256 on a 1920 x 1080
plate: 7.5 across, 4.2 down."""
LOGITS = (128, 128)
TUNING, HELD_OUT = (1, 2), (11, 12, 13)
"""Seeds that settings may be chosen on, and seeds that numbers are reported on."""
NOISE = 0.008
"""Standard deviation of the sensor noise, of the display's range 0..1."""


@dataclass(frozen=True)
class Case:
    """``plate`` is ``foreground`` over ``background`` through ``alpha``, plus noise. All as on a display, 0..1."""

    name: str
    plate: Colors
    alpha: Raster
    foreground: Colors
    background: Colors

    def logits(self) -> Raster:
        """What an engine at ``LOGITS`` could know at best: the matte's own coverage of its large pixels, blurred by a
        decoder's last 3 x 3 layers, as log-odds that a network is never surer of than 10. float32 ``LOGITS``."""
        height, width = LOGITS
        share = cv2.resize(self.alpha, (width, height), interpolation=cv2.INTER_AREA)
        share = np.clip(cv2.GaussianBlur(share, (0, 0), 0.7), 1e-5, 1 - 1e-5)
        return np.clip(np.log(share / (1 - share)), -10, 10).astype(np.float32)


def strands(seed: int) -> Case:
    """A head with hair: strands of 0.6 to 1.8 pixels over clouds."""
    random = np.random.default_rng(seed)
    center, radius = np.array([480.0, 290.0]) + random.uniform(-40, 40, 2), random.uniform(120, 150)
    hair = []
    for _ in range(170):
        angle, bend = random.uniform(0, 2 * np.pi), random.uniform(-1.2, 1.2)
        length, t = random.uniform(30, 110), np.linspace(0, 1, 14)
        turned = angle + bend * t**1.5
        reach = radius * 0.97 + length * t
        points = center + np.stack([reach * np.cos(turned), reach * np.sin(turned)], axis=1)
        hair.append((points, random.uniform(0.6, 1.8)))

    def draw(canvas: NDArray[np.uint8], scale: float) -> None:
        polygon(canvas, _blob(center, radius, 0.04, seed), scale)
        for points, width in hair:
            strand(canvas, points, width, scale)

    return _still("strands", covered(SIZE, draw), (0.24, 0.16, 0.1), (0.55, 0.6, 0.66), seed)


def motion_blur(seed: int) -> Case:
    """Something that moves by 20 to 45 pixels while the shutter is open."""
    random = np.random.default_rng(seed)
    angle, way = random.uniform(0, 2 * np.pi), random.uniform(20, 45)
    step = way * np.array([np.cos(angle), np.sin(angle)])
    center, skin = np.array([480.0, 270.0]) - step / 2, texture(SIZE, (0.75, 0.35, 0.2), 0.08, 6, seed + 1)

    def at(moment: float) -> tuple[Raster, Colors]:
        now = center + step * moment
        shape = covered(SIZE, lambda canvas, scale: polygon(canvas, _blob(now, 120, 0.3, seed), scale))
        shift = np.float32([[1, 0, step[0] * moment], [0, 1, step[1] * moment]])
        return shape, cv2.warpAffine(skin, shift, (SIZE[1], SIZE[0]), borderMode=cv2.BORDER_REFLECT)

    alpha, color = shutter(32, at, SIZE)
    return _over("motion blur", alpha, color, texture(SIZE, (0.3, 0.42, 0.35), 0.13, 4, seed + 2), seed)


def defocus(seed: int) -> Case:
    """Out of focus by 4 to 10 pixels, before a sharp background."""
    random = np.random.default_rng(seed)
    shape = covered(SIZE, lambda canvas, scale: polygon(canvas, _blob((480, 270), 150, 0.35, seed), scale))
    sharp = texture(SIZE, (0.5, 0.25, 0.45), 0.08, 5, seed + 1)
    alpha, color = defocused(shape, sharp, random.uniform(4, 10))
    return _over("defocus", alpha, color, texture(SIZE, (0.65, 0.68, 0.55), 0.12, 3, seed + 2), seed)


def thin(seed: int) -> Case:
    """A wheel: a rim, spokes and wires of 1 to 5 pixels, the background seen through."""
    random = np.random.default_rng(seed)
    center, radius, turn = np.array([480.0, 270.0]), random.uniform(170, 200), random.uniform(0, 1)
    spokes = int(random.integers(12, 20))

    def draw(canvas: NDArray[np.uint8], scale: float) -> None:
        angles = np.linspace(0, 2 * np.pi, 181)
        circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        polygon(canvas, center + 24 * circle, scale)
        for ring, width in ((radius, 5.0), (radius * 0.6, 2.0)):
            rim = np.zeros_like(canvas)
            polygon(rim, center + (ring + width / 2) * circle, scale)
            inside = np.zeros_like(canvas)
            polygon(inside, center + (ring - width / 2) * circle, scale)
            np.maximum(canvas, cv2.subtract(rim, inside), out=canvas)
        for index in range(spokes):
            angle = turn + 2 * np.pi * index / spokes
            away = np.array([np.cos(angle), np.sin(angle)])
            side = np.array([-away[1], away[0]]) * (0.5 + (index % 3) * 0.5)
            polygon(
                canvas,
                np.array([center + side, center + away * radius + side, center + away * radius - side, center - side]),
                scale,
            )

    return _still("thin", covered(SIZE, draw), (0.12, 0.12, 0.14), (0.55, 0.5, 0.42), seed)


def low_contrast(seed: int) -> Case:
    """A person-like outline, hardly another color than what is behind."""
    shape = covered(SIZE, lambda canvas, scale: polygon(canvas, _figure(seed), scale))
    return _still("low contrast", shape, (0.45, 0.42, 0.38), (0.52, 0.47, 0.42), seed, spread=0.035)


def busy(seed: int) -> Case:
    """A sharp outline before a checkered floor, whose own edges are stronger and run into the subject's."""
    random = np.random.default_rng(seed)
    shape = covered(SIZE, lambda canvas, scale: polygon(canvas, _figure(seed), scale))
    turn, size = random.uniform(0, 1.5), random.uniform(18, 30)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    across, down = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    checks = ((across // size + down // size) % 2)[..., None]
    behind = texture(SIZE, (0.2, 0.22, 0.25), 0.02, 4, seed + 2) + checks.astype(np.float32) * np.float32(0.6)
    skin = texture(SIZE, (0.62, 0.2, 0.16), 0.06, 5, seed + 1)
    return _over("busy", shape, skin, cv2.GaussianBlur(behind, (0, 0), 0.7), seed)


def plain(seed: int) -> Case:
    """A sharp outline before clouds: what everything should be good at."""
    shape = covered(SIZE, lambda canvas, scale: polygon(canvas, _figure(seed), scale))
    return _still("plain", shape, (0.2, 0.3, 0.6), (0.66, 0.6, 0.5), seed)


CASES: tuple[Callable[[int], Case], ...] = (plain, busy, low_contrast, thin, strands, defocus, motion_blur)


def _still(
    name: str,
    alpha: Raster,
    front: tuple[float, float, float],
    behind: tuple[float, float, float],
    seed: int,
    spread: float = 0.08,
) -> Case:
    skin = texture(SIZE, front, spread, 4, seed + 1)
    return _over(name, alpha, skin, texture(SIZE, behind, spread, 4, seed + 2), seed)


def _over(name: str, alpha: Raster, foreground: Colors, background: Colors, seed: int) -> Case:
    noise = np.random.default_rng(seed + 3).standard_normal((*SIZE, 3)).astype(np.float32) * np.float32(NOISE)
    share = alpha[..., None]
    plate = np.clip(foreground * share + background * (1 - share) + noise, 0, 1).astype(np.float32)
    return Case(name, plate, alpha, foreground, background.astype(np.float32))


def _blob(
    center: tuple[float, float] | NDArray[np.float64], radius: float, rough: float, seed: int
) -> NDArray[np.float64]:
    """A closed outline that wanders around a circle; ``rough``: by how much of the radius."""
    random = np.random.default_rng(seed + 100)
    angles = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    away = np.full_like(angles, radius)
    for wave in range(2, 8):
        away += radius * rough * random.uniform(-1, 1) / wave * np.cos(wave * angles + random.uniform(0, 6.3))
    return np.asarray(center, np.float64) + np.stack([away * np.cos(angles), away * np.sin(angles)], axis=1)


def _figure(seed: int) -> NDArray[np.float64]:
    """Head, shoulders and fingers: round parts, straight ones, and corners."""
    random = np.random.default_rng(seed + 200)
    x, y, scale = 480 + random.uniform(-60, 60), 60 + random.uniform(0, 30), random.uniform(0.9, 1.1)
    half = [(0, 0), (38, 8), (58, 40), (56, 84), (36, 116), (34, 140), (96, 158), (132, 190), (150, 260)]
    half += [(196, 262), (200, 272), (158, 280), (202, 290), (198, 300), (150, 304), (120, 300), (112, 480)]
    right = np.array(half, np.float64)
    outline = np.concatenate([right, right[::-1] * (-1, 1)])
    turn = random.uniform(-0.15, 0.15)
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return (outline * scale) @ turned + (x, y)
