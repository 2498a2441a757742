"""Things broken on purpose, one at a time: each must show in what the suite measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from mattewire_server.engines import tiny
from mattewire_server.engines.sam2 import prepare
from mattewire_server.engines.sam2.memory import ShotMemory
from mattewire_server.engines.sam2.predictor import Predictor
from mattewire_server.engines.seams import Engine, Hint, ShotInfo
from server.engines.tiny.conftest import one_frame
from training import exam
from training.shots import Shot

Break = Callable[[pytest.MonkeyPatch], None]


def fresh() -> Engine:
    """One that shares nothing with the suite's."""
    return tiny.engine({"device": "cpu"})


def first_frames(engine: Engine, shots: list[Shot]) -> float:
    fits = []
    for shot in shots:
        for thing in exam.things(shot)[:3]:
            mask = exam.track(engine, one_frame(shot), {0: [Hint(1, shot.box(thing, 0))]})[0]
            fits.append(exam.overlap(mask, shot.mattes[thing, 0]))
    return float(np.mean(fits))


def not_normalized(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(prepare, "MEAN", (0.0, 0.0, 0.0))
    patch.setattr(prepare, "DEVIATION", (1.0, 1.0, 1.0))


def boxes_as_corner_and_size(patch: pytest.MonkeyPatch) -> None:
    right = prepare.Frame.points

    def wrong(self: prepare.Frame, box: Any, marks: Any, device: Any) -> Any:
        moved = None if box is None else (box[0], box[1], box[2] - box[0], box[3] - box[1])
        return right(self, moved, marks, device)

    patch.setattr(prepare.Frame, "points", wrong)


@pytest.fixture(scope="module")
def intact(engine: Engine, shots: list[Shot]) -> float:
    return first_frames(engine, shots)


@pytest.mark.parametrize("wrong", [not_normalized, boxes_as_corner_and_size])
def test_the_segmenter_shows_it(
    wrong: Break, intact: float, shots: list[Shot], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong(monkeypatch)
    assert first_frames(fresh(), shots) < intact - 0.1


def backward_taken_for_forward(patch: pytest.MonkeyPatch) -> None:
    right = Predictor.conditioned

    def wrong(self: Predictor, *places: Any, backward: bool, **others: Any) -> Any:
        return right(self, *places, backward=not backward, **others)

    patch.setattr(Predictor, "conditioned", wrong)


def test_backward_reversed_shows_in_the_mattes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the frames just done, the model has the keyframe alone: enough while a thing looks as it did there, so
    things move and turn fast here."""
    fast = replace(exam.EXAM, speed=1.4, hide=0.0, leave=0.0)
    shots = list(islice((shot for shot in exam.shots(10, fast) if exam.subjects(shot, exam.MIDDLE)), 5))
    intact = sum(exam.halves(engine, shots))
    backward_taken_for_forward(monkeypatch)
    assert sum(exam.halves(fresh(), shots)) < intact - 0.07


def logits(shot: Shot, patch: pytest.MonkeyPatch, prune: bool) -> list[np.ndarray]:
    """Of every frame, forward from the middle and backward from it."""
    build = ShotMemory.__init__
    patch.setattr(
        ShotMemory, "__init__", lambda self, *given, **named: build(self, *given, **{**named, "prune": prune})
    )
    segmenter = fresh().segmenter
    assert segmenter is not None
    last = len(shot.pictures) - 1
    track = segmenter.begin(ShotInfo(0, last, exam.EXAM.side, exam.EXAM.side))
    middle = exam.MIDDLE
    subject = next(thing for thing in exam.subjects(shot) if shot.box(thing, middle))
    track.step(exam.picture(shot, middle), [Hint(1, shot.box(subject, middle))])
    order = [*range(middle, last + 1), *range(middle - 1, -1, -1)]
    told = [track.step(exam.picture(shot, frame))[1].logits for frame in order]
    patch.setattr(ShotMemory, "__init__", build)
    return told


def differs(shot: Shot, patch: pytest.MonkeyPatch) -> bool:
    """Whether pruning changes any logit: it must drop only what no frame looks at any more."""
    pairs = zip(logits(shot, patch, prune=True), logits(shot, patch, prune=False), strict=True)
    return any(not np.array_equal(pruned, whole) for pruned, whole in pairs)


def test_pruning_changes_nothing(shots: list[Shot], monkeypatch: pytest.MonkeyPatch) -> None:
    assert not differs(shots[0], monkeypatch)


def test_pruning_one_frame_too_far_shows(shots: list[Shot], monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory attention looks for what is gone."""
    right = ShotMemory._needed
    monkeypatch.setattr(ShotMemory, "_needed", lambda self, index, reach, *rest: right(self, index, reach - 1, *rest))
    with pytest.raises(KeyError, match="maskmem_features"):
        logits(shots[0], monkeypatch, prune=True)
