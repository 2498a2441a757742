"""From the command line to mattes on disk with the tiny models: memory tracking and writer, through a real daemon."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import pytest

from e2e.test_models import Studio

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)

from training import exam
from training.shots import Shot, render

pytestmark = [
    pytest.mark.skipif(not (find_spec("torch") and find_spec("transformers")), reason="[models] is not installed"),
    pytest.mark.timeout(150),
]

FRAMES, LARGER, SEED, FLOOR = 12, 2, 100_006, 0.85
"""The plate is one of the exam's shots, one that the model follows well, enlarged: what is tested is the way there."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    made = Studio(tmp_path_factory.mktemp("home"), MATTEWIRE_DEVICE="cpu")
    yield made
    made.run("stop")


@pytest.fixture(scope="module")
def shot() -> Shot:
    return render(SEED, exam.EXAM)


@pytest.fixture(scope="module")
def plate(shot: Shot, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("plate")
    for frame, picture in enumerate(shot.pictures[:FRAMES], start=1001):
        large = cv2.resize(picture, None, fx=LARGER, fy=LARGER, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"p.{frame}.png"), np.clip(large[..., ::-1] * 255, 0, 255).round().astype(np.uint8))
    return str(folder / "p.####.png")


def test_a_box_becomes_mattes_of_the_thing_in_it(studio: Studio, plate: str, shot: Shot, tmp_path: Path) -> None:
    thing = exam.subjects(shot)[0]
    box = ",".join(str(round(side * LARGER)) for side in shot.box(thing, 0) or ())
    studio.run("mask", plate, "--engine", "tiny", "--box", f"{box}@1001", "--out", tmp_path / "m.####.exr")
    fits = []
    for frame in range(FRAMES):
        with OpenEXR.File(str(tmp_path / f"m.{1001 + frame}.exr")) as file:
            matte = np.array(file.channels()["A"].pixels, np.float32)
            labelled = {name.rpartition("/")[2]: value for name, value in file.header().items()}
        truth = cv2.resize(shot.mattes[thing, frame], matte.shape[::-1], interpolation=cv2.INTER_LINEAR)
        assert labelled["preview"] == "yes"
        assert labelled["engine"] == "tiny"
        if (truth > 0.5).any():
            fits.append(exam.overlap(matte > 0.5, truth))
    assert len(fits) >= FRAMES - 2
    assert np.mean(fits) >= FLOOR


def test_words_are_looked_for_by_the_detector(studio: Studio, plate: str, tmp_path: Path) -> None:
    """A word that no detector of the preset knows is refused by name."""
    error = studio.error("mask", plate, "--engine", "tiny", "--prompt", "zebra", "--out", tmp_path / "m.####.exr")
    assert "zebra" in error["message"]
