"""Outlines of everyday things, by name: closed rings within [-1, 1], y down; some rings are holes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
"""(count, 2)."""


def _circle(radius: float = 1.0, x: float = 0.0, y: float = 0.0, steps: int = 48) -> Ring:
    at = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    return np.stack([x + radius * np.cos(at), y + radius * np.sin(at)], axis=1)


def _mirrored(right: list[tuple[float, float]]) -> Ring:
    half = np.array(right, np.float64)
    return np.concatenate([half, half[::-1] * (-1, 1)])


def _star() -> Ring:
    at = np.linspace(0, 2 * np.pi, 10, endpoint=False) - np.pi / 2
    away = np.where(np.arange(10) % 2, 0.42, 1.0)
    return np.stack([away * np.cos(at), away * np.sin(at)], axis=1)


def _heart() -> Ring:
    t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return np.stack([x / 17, y / 17], axis=1)


def _fish() -> Ring:
    t = np.linspace(0.45, 2 * np.pi - 0.45, 30)
    body = np.stack([0.72 * np.cos(t) - 0.28, 0.5 * np.sin(t)], axis=1)
    return np.concatenate([body, [(0.95, -0.55), (0.8, 0.0), (0.95, 0.55)]])


OUTLINES: dict[str, list[Ring]] = {
    "ball": [_circle(0.9)],
    "box": [np.array([(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)])],
    "triangle": [np.array([(0.0, -0.95), (0.95, 0.75), (-0.95, 0.75)])],
    "star": [_star()],
    "cross": [
        np.array(
            [
                *((-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3)),
                *((0.3, 1), (-0.3, 1), (-0.3, 0.3), (-1, 0.3), (-1, -0.3), (-0.3, -0.3)),
            ]
        )
    ],
    "ring": [_circle(0.95), _circle(0.55)],
    "heart": [_heart()],
    "mug": [
        np.array([(-0.75, -0.8), (0.35, -0.8), (0.35, 0.8), (-0.75, 0.8)]),
        np.array([(0.36, -0.45), (0.9, -0.45), (0.9, 0.35), (0.36, 0.35)]),
        np.array([(0.36, -0.2), (0.65, -0.2), (0.65, 0.1), (0.36, 0.1)]),
    ],
    "person": [
        _circle(0.24, 0, -0.74, 24),
        _mirrored([(0, -0.5), (0.42, -0.42), (0.5, 0.2), (0.3, 0.2), (0.28, 1), (0.05, 1), (0.05, 0.4)]),
    ],
    "car": [
        np.array(
            [(-1, 0.25), (-0.95, -0.05), (-0.55, -0.1), (-0.3, -0.5), (0.4, -0.5), (0.62, -0.1), (1, 0.0), (1, 0.25)]
        ),
        _circle(0.22, -0.55, 0.36, 20),
        _circle(0.22, 0.55, 0.36, 20),
    ],
    "bottle": [_mirrored([(0, -1), (0.16, -1), (0.16, -0.5), (0.4, -0.2), (0.4, 1), (0, 1)])],
    "fish": [_fish()],
}
"""Twelve things. Rings are drawn one after the other: what touches is one body, and holes are cut from it."""

HOLES = {"ring": (1,), "mug": (2,)}
"""Which rings are holes."""

COLORS: dict[str, tuple[float, float, float]] = {
    "red": (0.82, 0.12, 0.12),
    "orange": (0.95, 0.5, 0.08),
    "yellow": (0.93, 0.85, 0.15),
    "green": (0.13, 0.6, 0.2),
    "blue": (0.14, 0.28, 0.85),
    "purple": (0.5, 0.16, 0.68),
    "pink": (0.95, 0.55, 0.72),
    "white": (0.94, 0.94, 0.92),
    "black": (0.07, 0.07, 0.08),
    "gray": (0.5, 0.5, 0.5),
}
"""As on a display, 0..1."""
