from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from training.curves import HEIGHT, LEFT, LINES, WIDTH, draw


def _line(minutes: float, share: float, stage: str = "a") -> dict[str, object]:
    return {"minutes": minutes, "mean": share, "absent": math.nan, "stage": stage}


def test_a_rising_curve_rises_on_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    draw([_line(1, 0.1), _line(5, 0.5), _line(9, 0.9, "b")], ("mean", "absent", "unheard of"), path)
    sheet = cv2.imread(str(path))
    assert sheet.shape == (HEIGHT, WIDTH, 3)
    drawn = np.abs(sheet[:, : WIDTH - 150].astype(int) - LINES[0]).sum(2) < 40
    rows, columns = np.nonzero(drawn)
    assert len(rows) > 200
    assert rows[columns < LEFT + 150].mean() > rows[columns > WIDTH - 300].mean() + 100
    gray = (np.abs(sheet.astype(int) - 185).max(2) < 20).sum(0)
    assert (gray > HEIGHT / 2).any(), "where the stage changes"


def test_no_curve_is_an_empty_sheet(tmp_path: Path) -> None:
    draw([], ("mean",), tmp_path / "curve.png")
    assert cv2.imread(str(tmp_path / "curve.png")).mean() > 240
