"""Small rendered clips with exact mattes: lit balls and blocks over a grainy set, composited in linear light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from mattewire_server.engines.seams import Hint, Picture, Segment, ShotInfo, Track

Path = Callable[[float], tuple[float, float]]


@dataclass(frozen=True)
class Thing:
    """A lit ball or flat block; ``color`` in linear light, ``path`` gives its center at a frame's time."""

    color: tuple[float, float, float]
    radius: float
    path: Path
    kind: str = "ball"


@dataclass
class Clip:
    """``things[0]`` is the subject; the others lie below it, ``front`` (x0, x1, gray) pillars lie above it."""

    things: list[Thing]
    frames: int = 24
    width: int = 320
    height: int = 180
    first: int = 1001
    front: list[tuple[float, float, float]] = field(default_factory=list)
    above: list[Thing] = field(default_factory=list)
    seed: int = 3
    grain: float = 0.012
    ground: tuple[float, float, float] = (0.32, 0.30, 0.27)
    samples: int = 8

    def render(self, number: int) -> tuple[Picture, np.ndarray]:
        """The picture and the subject's exact alpha (height, width), 0..1, with a 180 degree shutter."""
        time = number - self.first
        ys, xs = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32) + np.float32(0.5)
        scene = np.ones((self.height, self.width, 3), np.float32) * np.float32(self.ground)
        scene *= (0.6 + 0.5 * ys / self.height)[..., None]
        static = np.random.default_rng(self.seed)
        coarse = static.uniform(0.75, 1.25, (self.height // 12 + 2, self.width // 12 + 2)).astype(np.float32)
        scene *= np.kron(coarse, np.ones((12, 12), np.float32))[: self.height, : self.width, None]
        for thing in reversed(self.things[1:]):
            scene, _ = self._over(scene, thing, time, xs, ys)
        scene, alpha = self._over(scene, self.things[0], time, xs, ys)
        for thing in self.above:
            scene, cover = self._over(scene, thing, time, xs, ys)
            alpha = alpha * (1 - cover)
        for x0, x1, gray in self.front:
            cover = np.clip(np.minimum(xs - x0, x1 - xs) + 0.5, 0, 1)
            scene = scene * (1 - cover[..., None]) + gray * cover[..., None]
            alpha = alpha * (1 - cover)
        noise = np.random.default_rng((self.seed, number)).normal(0, self.grain, scene.shape)
        scene = np.clip(scene + noise * np.sqrt(np.maximum(scene, 0.02)), 0, 1)
        srgb = np.where(scene <= 0.0031308, scene * 12.92, 1.055 * scene ** (1 / 2.4) - 0.055)
        return Picture(number, np.ascontiguousarray(srgb, dtype=np.float32)), alpha.astype(np.float32)

    def _over(self, scene, thing, time, xs, ys):
        smear = np.zeros(scene.shape, np.float32)
        cover = np.zeros(scene.shape[:2], np.float32)
        for step in range(self.samples):
            x, y = thing.path(time + (step + 0.5) / self.samples * 0.5 - 0.25)
            dx, dy = (xs - x) / thing.radius, (ys - y) / thing.radius
            if thing.kind == "ball":
                distance = np.hypot(dx, dy)
                lit = np.sqrt(np.clip(1 - distance**2, 0, 1)) * 0.7 - 0.35 * dx - 0.45 * dy
                light = 0.25 + 0.9 * np.clip(lit, 0, None)
                spot = 0.8 * np.exp(-((dx + 0.35) ** 2 + (dy + 0.45) ** 2) / 0.02)
            else:
                distance = np.maximum(np.abs(dx), np.abs(dy))
                light, spot = 0.9 + 0.1 * dx, 0 * dx
            inside = np.clip((1 - distance) * thing.radius + 0.5, 0, 1)
            shade = np.float32(thing.color) * light[..., None] + spot[..., None]
            smear += (shade * inside[..., None]).astype(np.float32)
            cover += inside.astype(np.float32)
        cover /= self.samples
        return scene * (1 - cover[..., None]) + smear / self.samples, cover

    def shot(self) -> ShotInfo:
        return ShotInfo(self.first, self.first + self.frames - 1, self.width, self.height)


def matte_of(segment: Segment, picture: Picture) -> np.ndarray:
    """The soft matte of a segment at the picture's size; all 0 where the subject is out of sight."""
    if not segment.present:
        return np.zeros((picture.height, picture.width), np.float32)
    return 1 / (1 + np.exp(-segment.logits.astype(np.float64)))


def box_around(alpha: np.ndarray) -> tuple[float, float, float, float]:
    ys, xs = np.nonzero(alpha > 0.5)
    return float(xs.min()) - 2, float(ys.min()) - 2, float(xs.max()) + 3, float(ys.max()) + 3


def run(clip: Clip, track: Track, hints: dict[int, tuple[Hint, ...]]) -> dict[int, dict[int, Segment]]:
    """Steps a clip in the pipeline's order and gives the segments by frame number."""
    for number, told in hints.items():
        track.step(clip.render(number)[0], told)
    start = min(hints)
    order = [*range(start, clip.first + clip.frames), *range(start - 1, clip.first - 1, -1)]
    return {number: track.step(clip.render(number)[0]) for number in order}


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union at alpha 0.5; two empty mattes agree."""
    one, two = a >= 0.5, b >= 0.5
    either = (one | two).sum()
    return float((one & two).sum() / either) if either else 1.0
