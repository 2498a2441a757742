"""What the tiny detector does with words, on rendered stills that it has not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from mattewire_server.engines import tiny
from mattewire_server.engines.grounding_dino import pixels
from mattewire_server.engines.seams import Engine, Picture
from server.engines.tiny import floors
from training import exam
from training.exam import Score

STILLS = 24


def test_things_that_are_there_are_found(detected: Score) -> None:
    assert detected.shares["recall at IoU 0.5"] >= floors.RECALL


def test_what_is_not_there_is_not_found(detected: Score) -> None:
    assert detected.shares["absent phrase below threshold"] >= floors.QUIET


def test_two_phrases_do_not_mix(detected: Score) -> None:
    assert detected.shares["two phrases kept apart"] >= floors.APART


def test_words_lead_to_mattes(engine: Engine) -> None:
    told = exam.both_exam(engine, 8)
    assert np.mean([each.mean for each in told]) >= floors.WORDS_TO_MATTES


def test_a_wide_picture_is_read_as_well_as_a_square_one(engine: Engine) -> None:
    """Stills with a gray wall to the right: 16:9, and things where they were."""
    hits = []
    assert engine.detector is not None
    for number, shot in enumerate(exam.shots(STILLS, exam.STILL)):
        there = exam.things(shot)
        if there:
            phrase = shot.things[there[number % len(there)]].phrase
            wide = np.full((128, 228, 3), 0.5, np.float32)
            wide[:, :128] = shot.pictures[0]
            hits += exam.found_again(engine.detector.find(Picture(1, wide), [phrase]), shot, phrase)
    assert np.mean(hits) >= floors.RECALL_WIDE


def test_swapped_channels_show(detected: Score, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colors are words: a red thing whose red is taken for blue is not found."""
    right = pixels.prepare

    def swapped(picture: Picture, long_edge: int) -> torch.Tensor:
        return right(replace(picture, rgb=np.ascontiguousarray(picture.rgb[..., ::-1])), long_edge)

    monkeypatch.setattr(pixels, "prepare", swapped)
    broken = exam.detector_exam(tiny.engine({"device": "cpu"}), STILLS)
    assert broken.shares["recall at IoU 0.5"] < detected.shares["recall at IoU 0.5"] - 0.2
