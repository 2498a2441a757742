from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from training import detector, detector_finds
from training.detector_stills import drawn, held_out
from training.pool import Pool


def test_finds_are_counted_by_phrase(pool: Path) -> None:
    """A box on every thing that answers, sure of all its words, and one in the corner that is a little sure of all."""
    batch = drawn(np.random.default_rng(4), Pool(pool), 6, 3, square=1.0)
    most = max(len(each) for each in batch.boxes) + 1
    scores, found = torch.zeros(6, most, batch.ids.shape[1]), torch.full((6, most, 4), 0.01)
    scores[:, -1] = 0.2
    there = absent = 0
    for picture, question in enumerate(batch.questions):
        for thing, columns in question.answers:
            found[picture, thing], scores[picture, thing, columns] = batch.boxes[picture][thing], 0.9
        answered = [[s.subject[0] in columns for _, columns in question.answers] for s in question.caption.spans]
        there, absent = there + sum(map(sum, answered)), absent + sum(not any(each) for each in answered)
    told = detector_finds.finds([scores], [found], [batch])
    np.testing.assert_allclose(told.present, np.full(there, 0.9), rtol=1e-6)
    np.testing.assert_allclose(told.absent, np.full(absent, 0.2), rtol=1e-6)
    assert told.at(0.5) == (1.0, 1.0)
    assert told.at(0.1) == (1.0, 0.0)
    assert 0.2 < told.best() <= 0.9


def test_an_untrained_model_tells_nothing_apart() -> None:
    torch.set_num_threads(1)
    score = detector_finds.judged(detector.fresh(1), held_out(20))
    assert min(score["recall"], score["quiet"]) < 0.4
