"""Clean shots: what moves hard but is masked right. Every frame's plate comes with the matte an engine might give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from edge_set.paint import Colors, Raster, texture
from numpy.typing import NDArray

SIZE = (270, 480)
"""Height and width; a third of it is what the engine resolves, as SAM 2 does less than a quarter of a 2K plate."""
FRAMES = 40
TUNING, HELD_OUT = (1, 2, 3, 101, 102), (201, 202)
"""Seeds that limits may be chosen on, and seeds that numbers are reported on."""
OPEN = 5
"""Moments of an open shutter."""


@dataclass(frozen=True)
class Shot:
    """``plates``: float32 (height, width, 3), 0..1. ``mattes``: float32 (height, width); None: out of sight.
    ``others``: the mattes of a second thing in the picture, for a track to jump to."""

    name: str
    plates: list[Colors]
    mattes: list[Raster | None]
    others: list[Raster]


Pose = Callable[[float], tuple[float, float, float, float]]
"""Time in frames to x, y, radius, turn."""


def blob(seed: int, lobes: float = 0.12) -> Callable[[float, float, float, float, float], NDArray[np.float64]]:
    """An outline that its seed shapes and that time deforms a little: points (64, 2)."""
    random = np.random.default_rng(seed)
    weights = random.normal(0, lobes, 5) / np.arange(1, 6)
    phases, rates = random.uniform(0, 6.3, 5), random.uniform(-0.12, 0.12, 5)

    def outline(time: float, x: float, y: float, radius: float, turn: float) -> NDArray[np.float64]:
        angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
        ripple = sum(
            w * np.cos((n + 2) * angle + p + r * time)
            for n, (w, p, r) in enumerate(zip(weights, phases, rates, strict=True))
        )
        reach = radius * (1 + np.asarray(ripple))
        return np.stack([x + reach * np.cos(angle + turn), y + reach * np.sin(angle + turn)], axis=1)

    return outline


def drawn(points: NDArray[np.float64]) -> Raster:
    canvas = np.zeros(SIZE, np.uint8)
    cv2.fillPoly(canvas, [np.round((points - 0.5) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return canvas.astype(np.float32) / np.float32(255)


def as_an_engine(matte: Raster, random: np.random.Generator, edge: float = 0.15) -> Raster:
    """Through the engine's smaller raster, its edge wandering by ``edge`` pixels of the plate."""
    height, width = SIZE
    coarse = cv2.resize(matte, (width // 3, height // 3), interpolation=cv2.INTER_AREA)
    logits = np.clip(np.log((coarse + 0.01) / (1.01 - coarse)), -5, 5)
    wander = cv2.GaussianBlur(random.standard_normal(coarse.shape).astype(np.float32), (0, 0), 3)
    logits += wander / wander.std() * 9.2 * edge / 3
    fine = cv2.resize(logits, (width, height), interpolation=cv2.INTER_CUBIC)
    return (np.clip(1 / (1 + np.exp(-1.5 * fine)) * 1.02 - 0.01, 0, 1)).astype(np.float32)


def shot(name: str, seed: int) -> Shot:
    """One of ``CLEAN`` as ``seed`` has it."""
    random = np.random.default_rng([seed, sum(map(ord, name))])
    pose, shutter, light = CLEAN[name](random)
    body = blob(int(random.integers(1 << 30)), 0.05 if name == "spinning" else 0.1)
    twin = blob(int(random.integers(1 << 30)))
    ground = texture(SIZE, random.uniform(0.2, 0.7, 3), 0.12, 4, int(random.integers(1 << 30)))
    skin = texture(SIZE, random.uniform(0.15, 0.85, 3), 0.06, 4, int(random.integers(1 << 30)))
    fur = texture(SIZE, random.uniform(0.15, 0.85, 3), 0.06, 4, int(random.integers(1 << 30)))
    there = np.array([random.uniform(60, 420), random.uniform(50, 220)])
    plates, mattes, others = [], [], []
    for frame in range(FRAMES):
        moments = np.linspace(0, 0.5, OPEN) if shutter else [0.0]
        alpha = np.mean([drawn(body(frame + t, *pose(frame + t))) for t in moments], axis=0)
        other = drawn(twin(frame, there[0] + 0.6 * frame, there[1], 30, 0.02 * frame))
        color = ground * (1 - other[..., None]) + fur * other[..., None]
        color = (color * (1 - alpha[..., None]) + skin * alpha[..., None]) * light
        noise = random.standard_normal(color.shape) * (0.01 if light == 1 else 0.02)
        plates.append(np.clip(color + noise, 0, 1).astype(np.float32))
        gone = alpha.sum() < 12
        mattes.append(None if gone else as_an_engine(alpha.astype(np.float32), random))
        others.append(as_an_engine(other, random))
    return Shot(name, plates, mattes, others)


Setting = tuple[Pose, bool, float]


def _calm(random: np.random.Generator) -> Setting:
    x, y, r = random.uniform(150, 330), random.uniform(100, 170), random.uniform(18, 60)
    a, b = random.uniform(10, 40, 2)
    return lambda t: (x + a * np.sin(t / 9), y + b / 2 * np.cos(t / 11), r, 0.02 * t), False, 1.0


def _fast(random: np.random.Generator) -> Setting:
    """Bounces between the walls at up to nine tenths of its radius a frame."""
    r = random.uniform(14, 30)
    speed, phase, y = r * random.uniform(0.6, 0.9), random.uniform(0, 400), random.uniform(80, 190)

    def pose(t: float) -> tuple[float, float, float, float]:
        way = (speed * t + phase) % (2 * (440 - 2 * r))
        return 20 + r + min(way, 2 * (440 - 2 * r) - way), y + 30 * np.sin(t / 5), r, 0.1 * t

    return pose, False, 1.0


def _passing(random: np.random.Generator) -> Setting:
    """Leaves the picture and comes back, twice, anywhere from slow to two thirds of its radius a frame."""
    r, y = random.uniform(20, 45), random.uniform(90, 180)
    side, rate = random.choice([0, 480]), random.uniform(0.16, 0.3)
    reach = r * random.uniform(1.5, 2.2)
    return lambda t: (side + reach * np.sin(rate * t + 1.0), y, r, 0.0), False, 1.0


def _growing(random: np.random.Generator) -> Setting:
    """Comes at the lens: up to 5 % larger across, 10 % in area, every frame, past the picture's edges."""
    r, rate = random.uniform(8, 14), random.uniform(1.02, 1.05)
    x, y = random.uniform(200, 280), random.uniform(110, 160)
    return lambda t: (x + 0.5 * t, y, r * rate**t, 0.0), False, 1.0


def _smeared(random: np.random.Generator) -> Setting:
    pose, _, _ = _fast(random)
    return pose, True, 1.0


def _dark(random: np.random.Generator) -> Setting:
    pose, _, _ = _calm(random)
    return pose, False, 0.12


def _spinning(random: np.random.Generator) -> Setting:
    r, rate = random.uniform(25, 50), random.uniform(0.1, 0.25)
    return lambda t: (240 + 60 * np.sin(t / 12), 135, r, rate * t), False, 1.0


CLEAN: dict[str, Callable[[np.random.Generator], Setting]] = {
    "calm": _calm,
    "fast": _fast,
    "exits and re-entries": _passing,
    "growing": _growing,
    "motion blur": _smeared,
    "low light": _dark,
    "spinning": _spinning,
}
