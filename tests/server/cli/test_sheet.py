"""``mattewire contact-sheet``."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from server.cli.conftest import Run
from server.cli.plates import HEIGHT, RADIUS, WIDTH, red_at


@pytest.fixture
def mattes(tmp_path: Path) -> str:
    """Mattes of frames 1001 to 1004 of the balls plate."""
    for frame in range(1001, 1005):
        disc = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.circle(disc, red_at(frame), RADIUS, 255, -1)
        assert cv2.imwrite(str(tmp_path / f"m.{frame}.png"), disc)
    return str(tmp_path / "m.####.png")


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_the_sheet_is_written_and_its_path_printed(
    run: Run, balls: str, mattes: str, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / "new" / f"sheet.{suffix}"
    result = run("contact-sheet", balls, mattes, "--out", out, "--title", "Red ball")
    assert result.stdout.strip() == str(out)
    picture = cv2.imread(str(out))
    assert picture is not None
    red = (picture[..., 2].astype(int) - picture[..., 1] > 100).sum()
    white = (picture.min(2) > 245).sum()
    assert red > 3000, "the ball, in the plate and over the checkerboard"
    assert white > 2000, "the matte"


def test_count_and_range_choose_the_frames(run: Run, balls: str, mattes: str, tmp_path: Path) -> None:
    shapes = []
    for name, words in (("a", ["--count", 2]), ("b", ["--count", 4])):
        run("contact-sheet", balls, mattes, "--out", tmp_path / f"{name}.png", *words)
        picture = cv2.imread(str(tmp_path / f"{name}.png"))
        assert picture is not None
        shapes.append(picture.shape)
    assert shapes[1][1] > shapes[0][1]
    run("contact-sheet", balls, mattes, "--range", "1003-1006", "--out", tmp_path / "c.png")


def test_what_cannot_be_laid_out(run: Run, balls: str, mattes: str, tmp_path: Path) -> None:
    told = run("contact-sheet", balls, tmp_path / "none.####.exr", code=1).stderr
    assert "There are no mattes at" in told
    assert "no counter" in run("contact-sheet", balls, tmp_path / "none.exr", code=1).stderr
    assert "neither .jpg nor .png" in run("contact-sheet", balls, mattes, "--out", tmp_path / "s.gif", code=1).stderr
    assert "There is no plate at" in run("contact-sheet", tmp_path / "no.####.exr", mattes, code=1).stderr
    assert "--range: " in run("contact-sheet", balls, mattes, "--range", "9-1", code=1).stderr
    assert run("contact-sheet", balls, mattes, "--count", 0, code=2).stdout == ""
