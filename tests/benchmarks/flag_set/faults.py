"""Faults of several sizes and durations, put into the mattes of a clean shot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from edge_set.paint import Raster

from .shots import SIZE, Shot, drawn

DURATIONS = (1, 3, 8)
"""Frames; 8 is longer than verdicts reach."""


@dataclass(frozen=True)
class Fault:
    """``mattes`` with a fault on ``first`` to ``last``, indices into the shot, both included."""

    kind: str
    size: str
    first: int
    last: int
    mattes: list[Raster | None]

    def found(self, flagged: set[int]) -> bool:
        """Whether a frame within the faulty ones, give or take one, is flagged."""
        return any(frame in flagged for frame in range(self.first - 1, self.last + 2))


def faults(shot: Shot, seed: int) -> Iterator[Fault]:
    """Every kind, size and duration once, somewhere in the shot where the subject is well in sight."""
    random = np.random.default_rng([seed, 77, sum(map(ord, shot.name))])
    for duration in DURATIONS:
        for kind, size in KINDS:
            if kind == "flicker" and duration < 3:
                continue
            first = _start(shot, duration, random)
            if first is None:
                continue
            mattes = list(shot.mattes)
            place = float(random.uniform(0, 2 * np.pi))
            for frame in range(first, first + duration):
                mattes[frame] = _spoiled(kind, size, mattes[frame], shot.others[frame], frame - first, place, random)
            yield Fault(kind, size, first, first + duration - 1, mattes)


KINDS = (
    ("dropped object", "whole"),
    ("dropped object", "half"),
    ("jumped identity", "other thing"),
    ("flicker", "5 %"),
    ("flicker", "10 %"),
    ("flicker", "20 %"),
    ("leaked matte", "25 %"),
    ("leaked matte", "50 %"),
    ("leaked matte", "150 %"),
)
"""Sizes: of the subject's area for leaks, of its diameter for the flickering edge, at its peak: 5 % of a subject 60
pixels large is an edge that is off by 3 pixels where it is off most, and by less than 1 on average."""


def _start(shot: Shot, duration: int, random: np.random.Generator) -> int | None:
    def inside(matte: Raster | None) -> bool:
        if matte is None or matte.sum() < 150:
            return False
        edges = (matte[:4], matte[-4:], matte[:, :4], matte[:, -4:])
        return not any((edge > 0.1).any() for edge in edges)

    spans = range(4, len(shot.mattes) - duration - 4)
    fits = [first for first in spans if all(inside(each) for each in shot.mattes[first - 2 : first + duration + 2])]
    return int(random.choice(fits)) if fits else None


def _spoiled(
    kind: str, size: str, matte: Raster | None, other: Raster, index: int, place: float, random: np.random.Generator
) -> Raster | None:
    assert matte is not None
    if kind == "dropped object":
        return None if size == "whole" else _half(matte, place)
    if kind == "jumped identity":
        return other
    if kind == "leaked matte":
        return _leaked(matte, float(size.split()[0]) / 100, place)
    return _fluttering(matte, float(size.split()[0]) / 100, random)


def _center(matte: Raster) -> tuple[float, float, float]:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    area = float(matte.sum())
    return float((x * matte).sum() / area), float((y * matte).sum() / area), area


def _half(matte: Raster, place: float) -> Raster:
    x, y, _ = _center(matte)
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    side = (across - x) * np.cos(place) + (down - y) * np.sin(place)
    return (matte * np.clip(side + 0.5, 0, 1)).astype(np.float32)


def _leaked(matte: Raster, share: float, place: float) -> Raster:
    x, y, area = _center(matte)
    radius, own = np.sqrt(share * area / np.pi), np.sqrt(area / np.pi)
    angle = np.linspace(0, 2 * np.pi, 40)
    across, down = x + (own + 0.6 * radius) * np.cos(place), y + (own + 0.6 * radius) * np.sin(place)
    ragged = radius * (1 + 0.2 * np.sin(5 * angle)) * 1.25
    return np.maximum(matte, drawn(np.stack([across + ragged * np.cos(angle), down + ragged * np.sin(angle)], axis=1)))


def _fluttering(matte: Raster, share: float, random: np.random.Generator) -> Raster:
    """The border of every frame a random wave of its own, ``share`` of the diameter from peak to rest."""
    area = float(matte.sum())
    reach = share * 2 * np.sqrt(area / np.pi)
    wave = cv2.GaussianBlur(random.standard_normal(SIZE).astype(np.float32), (0, 0), max(3.0, np.sqrt(area) / 6))
    shift = (wave / np.abs(wave).max() * 2 * reach).astype(np.float32)
    far = cv2.distanceTransform((matte < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    near = cv2.distanceTransform((matte >= 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    return np.clip(near - far + shift + 0.5, 0, 1).astype(np.float32)
