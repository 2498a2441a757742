from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from training import detector
from training.captions import IDS
from training.pool import SIDE, Pool
from training.views import SHAPES


def test_a_seed_is_a_model() -> None:
    one, again, other = (dict(detector.fresh(seed).named_parameters()) for seed in (1, 1, 2))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["model.text_projection.weight"], other["model.text_projection.weight"])
    assert sum(parameter.numel() for parameter in one.values()) < 2_000_000


def test_batches_are_the_same_for_the_same_numbers(pool: Path) -> None:
    one, again = (detector.drawn(np.random.default_rng(5), Pool(pool), 3, 3, square=1.0) for _ in range(2))
    assert torch.equal(one.pixels, again.pixels)
    assert torch.equal(one.ids, again.ids)
    assert one.pixels.shape == (3, 3, SIDE, SIDE)
    assert one.mask.sum(1).tolist() == [len(question.caption.ids) for question in one.questions]


def test_some_batches_are_not_square_and_cost_about_as_much(pool: Path) -> None:
    shapes = {
        tuple(detector.drawn(np.random.default_rng(seed), Pool(pool), 16, 1, square=0.0).pixels.shape)
        for seed in range(12)
    }
    assert {shape[2:] for shape in shapes} == set(SHAPES[1:])
    assert all(12 * SIDE**2 < count * rows * columns <= 16 * SIDE**2 for count, _, rows, columns in shapes)


def test_words_begin_as_different_ones() -> None:
    """With the library's numbers they are nearly the same after the first norm."""
    model = detector.fresh(1).model
    ids = torch.tensor([[each] for each in list(IDS.values())[:22]])
    with torch.no_grad():
        told = model.text_projection(model.text_backbone(ids).last_hidden_state)[:, 0]
    told = told - told.mean(0)
    alike = torch.nn.functional.cosine_similarity(told[:, None], told[None], dim=-1)
    assert float((alike - torch.eye(22)).abs().mean()) < 0.35


def test_first_boxes_are_about_as_large_as_things() -> None:
    model = detector.fresh(1).eval()
    with torch.no_grad():
        output = model(pixel_values=torch.zeros(1, 3, SIDE, SIDE), input_ids=torch.tensor([[101, 1040, 1012, 102]]))
    sizes = output.enc_outputs_coord_logits[0, :, 2:].sigmoid()
    assert 0.15 < float(sizes.min()) < float(sizes.max()) < 0.65


@pytest.mark.parametrize("stage", ["places", "decoder"])
def test_a_few_steps_learn_one_batch_by_heart(stage: str, pool: Path) -> None:
    torch.set_num_threads(1)
    model = detector.fresh(1)
    batch = detector.drawn(np.random.default_rng(0), Pool(pool), 4, 2, square=1.0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    losses = []
    for _ in range(12):
        loss = torch.stack(list(detector.loss_of(model, batch, stage).values())).sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.75 * losses[0]


def test_the_rate_falls_within_a_stage() -> None:
    begun = detector._now(0.0)
    assert begun == ("places", detector.STAGES[0][2])
    assert detector._now(0.4)[1] < begun[1]
    names = [detector._now(share)[0] for share in np.linspace(0, 1, 40)]
    assert names == sorted(names, key=[stage[0] for stage in detector.STAGES].index)
    assert detector._now(1.0)[1] < 0.05 * detector.STAGES[-1][2]


def test_the_backbone_learns_slower_than_the_rest() -> None:
    model = detector.fresh(1)
    told = detector.groups(model)
    assert {group["share"] for group in told} == {1.0, detector.FINE}
    assert sum(len(group["params"]) for group in told) == len(list(model.parameters()))


def test_finds_are_counted_by_phrase(pool: Path) -> None:
    """A box on every thing that answers, sure of all its words, and one in the corner that is a little sure of all."""
    batch = detector.drawn(np.random.default_rng(4), Pool(pool), 6, 3, square=1.0)
    most = max(len(each) for each in batch.boxes) + 1
    scores, found = torch.zeros(6, most, batch.ids.shape[1]), torch.full((6, most, 4), 0.01)
    scores[:, -1] = 0.2
    there = absent = 0
    for picture, question in enumerate(batch.questions):
        for thing, columns in question.answers:
            found[picture, thing], scores[picture, thing, columns] = batch.boxes[picture][thing], 0.9
        answered = [[s.subject[0] in columns for _, columns in question.answers] for s in question.caption.spans]
        there, absent = there + sum(map(sum, answered)), absent + sum(not any(each) for each in answered)
    told = detector.finds([scores], [found], [batch])
    np.testing.assert_allclose(told.present, np.full(there, 0.9), rtol=1e-6)
    np.testing.assert_allclose(told.absent, np.full(absent, 0.2), rtol=1e-6)
    assert told.at(0.5) == (1.0, 1.0)
    assert told.at(0.1) == (1.0, 0.0)
    assert 0.2 < told.best() <= 0.9


def test_training_goes_on_from_its_checkpoint(tmp_path: Path, pool: Path) -> None:
    torch.set_num_threads(1)
    detector.train(tmp_path, pool, 0.01, judged_on=20)
    first = json.loads(torch.load(tmp_path / "checkpoint.pt", weights_only=True)["state"])
    detector.train(tmp_path, pool, (first["seconds"] + 1) / 60, judged_on=20)
    held = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    second = json.loads(held["state"])
    assert second["step"] > first["step"] > 0
    assert second["asked"] == pytest.approx(first["seconds"] + 1.6)
    assert second["curve"][: len(first["curve"])] == first["curve"]
    assert held["mean"].keys() == held["model"].keys()
    moved = "model.text_projection.weight"
    assert not torch.equal(held["mean"][moved], held["model"][moved])


def test_an_untrained_model_tells_nothing_apart() -> None:
    torch.set_num_threads(1)
    score = detector.judged(detector.fresh(1), detector.held_out(20))
    assert min(score["recall"], score["quiet"]) < 0.4


def test_hard_questions_come_in_pairs_that_differ_by_a_word() -> None:
    for batch in detector.hard(12):
        spans = [question.caption.spans for question in batch.questions]
        assert all(len(each) == 1 for each in spans)
        for at in range(0, len(spans), 2):
            assert batch.questions[at].answers
            assert not batch.questions[at + 1].answers
            one, other = (set(spans[each][0].phrase.split()) - {"a", "the"} for each in (at, at + 1))
            assert len(one & other) == 1
