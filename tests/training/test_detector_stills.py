from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from training import detector_stills
from training.pool import Pool
from training.views import SHAPES, SIDE


def test_batches_are_the_same_for_the_same_numbers(pool: Path) -> None:
    one, again = (detector_stills.drawn(np.random.default_rng(5), Pool(pool), 3, 3, square=1.0) for _ in range(2))
    assert torch.equal(one.pixels, again.pixels)
    assert torch.equal(one.ids, again.ids)
    assert one.pixels.shape == (3, 3, SIDE, SIDE)
    assert one.mask.sum(1).tolist() == [len(question.caption.ids) for question in one.questions]


def test_some_batches_are_not_square_and_cost_about_as_much(pool: Path) -> None:
    shapes = {
        tuple(detector_stills.drawn(np.random.default_rng(seed), Pool(pool), 16, 1, square=0.0).pixels.shape)
        for seed in range(12)
    }
    assert {shape[2:] for shape in shapes} == set(SHAPES[1:])
    assert all(12 * SIDE**2 < count * rows * columns <= 16 * SIDE**2 for count, _, rows, columns in shapes)


def test_hard_questions_come_in_pairs_that_differ_by_a_word() -> None:
    for batch in detector_stills.hard(12):
        spans = [question.caption.spans for question in batch.questions]
        assert all(len(each) == 1 for each in spans)
        for at in range(0, len(spans), 2):
            assert batch.questions[at].answers
            assert not batch.questions[at + 1].answers
            one, other = (set(spans[each][0].phrase.split()) - {"a", "the"} for each in (at, at + 1))
            assert len(one & other) == 1
