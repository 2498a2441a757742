from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training import segmenter
from training.pool import SIDE, Pool
from training.segmenter_clips import drawn
from training.segmenter_model import fresh


def test_loss_is_least_for_the_truth() -> None:
    truth = torch.zeros(2, SIDE, SIDE)
    truth[0, 40:80, 40:80] = 1
    logits = torch.full((2, 1, SIDE // 4, SIDE // 4), -8.0)
    logits[0, 0, 10:20, 10:20] = 8.0
    sure, there = torch.tensor([1.0, 1.0]), torch.tensor([8.0, -8.0])
    good, overlap = segmenter.loss_of(logits, sure, there, truth)
    bad, _ = segmenter.loss_of(logits.roll(4, -1), sure, -there, truth)
    assert float(good) < 0.5 < float(bad)
    assert float(overlap[0]) > 0.9
    assert bool(overlap[1].isnan()), "nothing to overlap with where nothing is in sight"


def test_a_few_steps_learn_one_batch_by_heart(pool: Path) -> None:
    torch.set_num_threads(1)
    model = fresh(1).train()
    batch = drawn(np.random.default_rng(0), Pool(pool), 2, 3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(14):
        loss, _, _ = segmenter.run(model, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]


def test_a_thing_out_of_sight_weighs_as_much_as_one_in_sight() -> None:
    truth = torch.zeros(8, SIDE, SIDE)
    truth[:7, 40:80, 40:80] = 1
    logits = torch.full((8, 1, SIDE // 4, SIDE // 4), -8.0)
    logits[:7, 0, 10:20, 10:20] = 8.0
    sure = torch.ones(8)

    def told(presence: list[float]) -> float:
        return float(segmenter.loss_of(logits, sure, torch.tensor(presence), truth)[0])

    right = told([8.0] * 7 + [-8.0])
    assert told([8.0] * 8) - right > 2, "one of one is wrong"
    assert told([8.0] * 6 + [-8.0] * 2) - right < 1, "one of seven is wrong"


def test_too_little_in_sight_is_neither() -> None:
    truth = torch.zeros(1, SIDE, SIDE)
    truth[0, 40:42, 40:44] = 1
    logits, sure = torch.zeros(1, 1, SIDE // 4, SIDE // 4), torch.ones(1)
    one, other = (segmenter.loss_of(logits, sure, torch.tensor([there]), truth)[0] for there in (8.0, -8.0))
    assert float(one) == float(other) == 0


def test_after_a_turn_only_the_corrected_answer_counts(pool: Path) -> None:
    torch.set_num_threads(1)
    model = fresh(2).eval()
    batch = drawn(np.random.default_rng(0), Pool(pool), 3, 2)
    turned = replace(batch, turn=1, truth=batch.truth.clone())
    turned.truth[1:] = turned.truth[1:].flip(-1)
    with torch.no_grad():
        before, as_it_was = segmenter.run(model, batch)[1:]
        after, corrected = segmenter.run(model, turned)[1:]
    torch.testing.assert_close(before[0], after[0])
    torch.testing.assert_close(as_it_was[0], corrected[0])
    assert not torch.equal(as_it_was[1:], corrected[1:])


def test_between_the_box_and_the_points_on_another_thing_nothing_counts(pool: Path) -> None:
    """Nobody knows whose those frames are: both things are right there."""
    torch.set_num_threads(1)
    model = fresh(2).eval()
    batch = drawn(np.random.default_rng(0), Pool(pool), 4, 2)
    turned = replace(batch, turn=2)
    other = replace(turned, truth=turned.truth.clone())
    with torch.no_grad():
        loss = segmenter.run(model, turned)[0]
        other.truth[1] = 1 - other.truth[1]
        assert torch.equal(segmenter.run(model, other)[0], loss)
        other.truth[3] = 1 - other.truth[3]
        assert not torch.equal(segmenter.run(model, other)[0], loss)


def test_clips_grow_longer() -> None:
    random, stage = np.random.default_rng(1), segmenter.Stage(8, 2, 1e-3)
    assert {stage.length(0.2, random) for _ in range(20)} == {2}
    assert {stage.length(0.6, random) for _ in range(60)} == {2, 4, 8}
    assert {segmenter.Stage(1, 2, 1e-3).length(share, random) for share in (0.1, 0.9)} == {1}


def test_the_rate_rises_and_falls() -> None:
    stage = segmenter.Stage(1, 4, 1e-3, 0.4)
    rates = [stage.at(share) for share in (0.0, 0.03, 0.5, 1.0, 1.2)]
    assert rates[0] < rates[1] > rates[2] > rates[3] == rates[4] > 0
    assert rates[1] == pytest.approx(1e-3, rel=0.02)


def test_training_goes_on_from_its_checkpoint(tmp_path: Path, pool: Path) -> None:
    torch.set_num_threads(1)
    stages = segmenter.Stage(1, 2, 1e-3, 0.4), segmenter.Stage(4, 2, 1e-4, 0.6)
    lines = []
    for stage in stages:
        segmenter.train(tmp_path, pool, stage, 0.01, judged_on=2)
        held = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
        lines.append(json.loads(held["state"]))
    first, second = lines
    assert second["step"] > first["step"] > 0
    assert second["seconds"] > first["seconds"]
    assert [line["frames"] for line in second["curve"]] == [1, 4]
    kept = second["curve"][: len(first["curve"])]
    assert json.dumps(kept) == json.dumps(first["curve"])  # as text: not a number is never equal
    assert any(not torch.equal(held["model"][name], held["mean"][name]) for name in held["model"])
