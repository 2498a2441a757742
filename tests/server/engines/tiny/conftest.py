"""The tiny engine and the shots it is examined on. The renderer is the trainer's, which lies beside the package."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

ROOT = str(Path(__file__).parents[4])
if ROOT not in sys.path:
    sys.path.append(ROOT)

from mattewire_server.engines import tiny
from training import exam

if TYPE_CHECKING:
    from mattewire_server.engines.seams import Engine
    from training.exam import Score
    from training.shots import Shot

SHOTS = 20


def one_frame(shot: Shot) -> Shot:
    """The first frame alone, where nothing after it is looked at."""
    return replace(shot, pictures=shot.pictures[:1], mattes=shot.mattes[:, :1])


@pytest.fixture(scope="session")
def engine() -> Engine:
    torch.set_num_threads(1)  # faster than two for tensors this small
    return tiny.engine({"device": "cpu"})


@pytest.fixture(scope="session")
def shots() -> list[Shot]:
    """Five shots of the exam that have a subject."""
    return list(islice((shot for shot in exam.shots(10) if exam.subjects(shot)), 5))


@pytest.fixture(scope="session")
def both_ways(engine: Engine, shots: list[Shot]) -> tuple[float, float]:
    """Mean IoU before and after a box in the middle of the shot."""
    return exam.halves(engine, shots)


@pytest.fixture(scope="session")
def segmented(engine: Engine) -> Score:
    return exam.segmenter_exam(engine, SHOTS)


@pytest.fixture(scope="session")
def detected(engine: Engine) -> Score:
    return exam.detector_exam(engine, 3 * SHOTS)
