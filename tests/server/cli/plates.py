"""A small plate that the preview engine understands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, RADIUS = 192, 108, 16


def red_at(frame: int) -> tuple[int, int]:
    return 50 + 3 * (frame - 1001), 50


def write_balls(folder: Path, frames: Iterable[int]) -> str:
    """Writes ``balls.####.png``, 8-bit, and returns its pattern."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frames:
        picture = np.full((HEIGHT, WIDTH, 3), (96, 102, 108), np.uint8)
        cv2.circle(picture, red_at(frame), RADIUS, (30, 24, 205), -1, cv2.LINE_AA)
        cv2.circle(picture, (150, 70), RADIUS - 3, (200, 60, 30), -1, cv2.LINE_AA)
        noise = np.random.default_rng(frame).normal(0, 2, picture.shape)
        assert cv2.imwrite(str(folder / f"balls.{frame}.png"), np.clip(picture + noise, 0, 255).astype(np.uint8))
    return str(folder / "balls.####.png")
