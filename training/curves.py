"""Training curves as a small picture, with OpenCV alone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 900, 420, 60, 50, 20
LINES = ((40, 40, 200), (200, 110, 20), (30, 140, 40), (160, 40, 160), (20, 140, 200))


def draw(curve: Sequence[dict[str, Any]], shown: Sequence[str], path: Path) -> None:
    """Each of ``shown``, 0..1, over the minutes of training; a gray upright where the stage changes."""
    sheet = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    longest = max((float(line["minutes"]) for line in curve), default=1.0)

    def place(minutes: float, share: float) -> tuple[int, int]:
        across = LEFT + minutes / longest * (WIDTH - LEFT - 150)
        return round(across), round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP))

    for tenth in range(0, 11, 2):
        _line(sheet, place(0, tenth / 10), place(longest, tenth / 10), (225, 225, 225), 1)
        _write(sheet, f"{tenth / 10:.1f}", (18, place(0, tenth / 10)[1] + 5), (90, 90, 90))
    stages = [line.get("stage", line.get("frames")) for line in curve]
    for before, (line, stage) in zip(stages, zip(curve[1:], stages[1:], strict=True), strict=False):
        if stage != before:
            _line(sheet, place(line["minutes"], 0), place(line["minutes"], 1), (170, 170, 170), 1)
    for minutes in np.linspace(0, longest, 6):
        _write(sheet, f"{minutes:.0f} min", (place(float(minutes), 0)[0] - 18, HEIGHT - BOTTOM + 22), (90, 90, 90))
    for number, (name, color) in enumerate(zip(shown, LINES, strict=False)):
        told = [line for line in curve if name in line and line[name] == line[name]]  # not a number: none asked for
        points = [place(line["minutes"], line[name]) for line in told]
        for one, other in itertools.pairwise(points):
            _line(sheet, one, other, color, 2)
        _write(sheet, name, (WIDTH - 140, 40 + 24 * number), color)
    cv2.imwrite(str(path), sheet)


def _line(
    sheet: np.ndarray, one: tuple[int, int], other: tuple[int, int], color: tuple[int, int, int], thick: int
) -> None:
    cv2.line(sheet, one, other, color, thick, cv2.LINE_AA)


def _write(sheet: np.ndarray, text: str, at: tuple[int, int], color: tuple[int, int, int]) -> None:
    cv2.putText(sheet, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, color, 1, cv2.LINE_AA)
