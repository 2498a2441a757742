from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from training import detector
from training.captions import IDS
from training.detector_stills import drawn
from training.pool import Pool
from training.views import SIDE


def test_a_seed_is_a_model() -> None:
    one, again, other = (dict(detector.fresh(seed).named_parameters()) for seed in (1, 1, 2))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["model.text_projection.weight"], other["model.text_projection.weight"])
    assert sum(parameter.numel() for parameter in one.values()) < 2_000_000


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
    batch = drawn(np.random.default_rng(0), Pool(pool), 4, 2, square=1.0)
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


def test_every_weight_learns_at_a_share_of_the_rate() -> None:
    model = detector.fresh(1)
    told = detector.groups(model)
    assert {group["share"] for group in told} == {1.0, detector.FINE}
    assert sum(len(group["params"]) for group in told) == len(list(model.parameters()))


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
