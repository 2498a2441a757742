from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from training import detector, detector_loss
from training.detector_stills import Batch, drawn
from training.pool import Pool


@pytest.fixture(scope="module")
def batch(pool: Path) -> Batch:
    return drawn(np.random.default_rng(2), Pool(pool), 4, 3, square=1.0)


def test_focal_forgives_what_is_nearly_right() -> None:
    logits = torch.tensor([4.0, 0.0, -4.0])
    right = detector_loss.focal(logits, torch.ones(3))
    assert right[0] < 0.001 < right[1] < right[2]
    torch.testing.assert_close(detector_loss.focal(-logits, torch.zeros(3)) / 0.6, right / 0.4)


def test_generalized_iou_knows_how_far_away_a_miss_is() -> None:
    one = torch.tensor([0.5, 0.5, 0.2, 0.2])
    near, far = torch.tensor([0.75, 0.5, 0.2, 0.2]), torch.tensor([0.9, 0.5, 0.2, 0.2])
    same, miss, wide = (float(detector_loss.shared(one, other)[1]) for other in (one, near, far))
    assert same == pytest.approx(1.0)
    assert 0 > miss > wide > -1
    plain, general = detector_loss.shared(one, torch.tensor([0.55, 0.5, 0.1, 0.2]))
    assert float(plain) == pytest.approx(0.5)
    assert float(general) == pytest.approx(0.5)


@pytest.mark.parametrize(("height", "width"), [(128, 128), (120, 213), (213, 120)])
def test_places_lie_where_the_library_has_them(height: int, width: int) -> None:
    """Its first boxes are centered on them."""
    model = detector.fresh(1).eval()
    made = {}
    keep = model.model.generate_encoder_output_proposals
    model.model.generate_encoder_output_proposals = lambda *given: made.setdefault("told", keep(*given))
    with torch.no_grad():
        model(pixel_values=torch.zeros(1, 3, height, width), input_ids=torch.tensor([[101, 1040, 1012, 102]]))
    middles, levels = detector_loss.places(height, width)
    proposals = made["told"][1][0].sigmoid()
    torch.testing.assert_close(proposals[:, :2], middles, atol=1e-5, rtol=0)
    torch.testing.assert_close(proposals[:, 2], 0.05 * 2.0**levels, atol=1e-5, rtol=0)


def test_a_thing_is_answered_for_by_its_middle_at_the_levels_of_its_size() -> None:
    boxes = torch.tensor([[[0.5, 0.5, 0.5, 0.5], [0.1, 0.1, 0.15, 0.1], [0.0, 0.0, 0.0, 0.0]]])
    owner, excused = detector_loss.owners(boxes, torch.tensor([[True, True, False]]), 128, 128)
    middles, levels = detector_loss.places(128, 128)
    mine = owner[0] == 0
    assert mine.sum() > 4
    assert ((middles[mine] - 0.5).abs() < 0.25 * detector_loss.MIDDLE).all()
    assert set(levels[mine].tolist()) == {1, 2}, "64 pixels"
    small = owner[0] == 1
    assert set(levels[small].tolist()) == {0}, "19 pixels"
    assert excused[0, 0][mine].all()
    assert excused[0, 0].sum() > mine.sum(), "all levels, and out to nine tenths of the box"
    assert not excused[0, 2].any()
    assert not (owner == 2).any()


def test_a_thin_thing_between_two_cells_has_a_place_all_the_same() -> None:
    boxes = torch.tensor([[[0.5, 0.5, 0.02, 0.6]]])
    owner, _ = detector_loss.owners(boxes, torch.tensor([[True]]), 128, 128)
    assert (owner == 0).any()


def test_where_two_things_meet_the_nearer_middle_answers() -> None:
    boxes = torch.tensor([[[0.4, 0.5, 0.4, 0.4], [0.6, 0.5, 0.4, 0.4]]])
    owner, _ = detector_loss.owners(boxes, torch.ones(1, 2, dtype=torch.bool), 128, 128)
    middles, _ = detector_loss.places(128, 128)
    for place in (owner[0] >= 0).nonzero()[:, 0].tolist():
        x = float(middles[place, 0])
        assert int(owner[0, place]) == (0 if x < 0.5 else 1)


def test_proposals_in_the_right_place_cost_least(batch: Batch) -> None:
    boxes, there, words = detector_loss.padded(batch)
    owner, _ = detector_loss.owners(boxes, there, 128, 128)
    logits = torch.full((4, owner.shape[1], batch.ids.shape[1]), -6.0)
    coordinates = torch.zeros(4, owner.shape[1], 4)
    for picture in range(4):
        for place in (owner[picture] >= 0).nonzero()[:, 0].tolist():
            thing = int(owner[picture, place])
            logits[picture, place, words[picture, thing]] = 6.0
            coordinates[picture, place] = torch.special.logit(boxes[picture, thing], eps=1e-4)
    good = detector_loss.proposals_loss(
        SimpleNamespace(enc_outputs_class=logits, enc_outputs_coord_logits=coordinates), batch
    )
    bad = detector_loss.proposals_loss(
        SimpleNamespace(enc_outputs_class=-logits, enc_outputs_coord_logits=coordinates + 2), batch
    )
    assert float(good["places"]) < 0.05 < float(bad["places"])
    assert float(good["places_l1"]) < 0.05 < float(bad["places_l1"])
    assert float(good["places_giou"]) < 0.05 < float(bad["places_giou"])


def test_what_is_excused_costs_nothing_and_the_rest_does() -> None:
    words = torch.tensor([[[False, True]]])
    logits = torch.tensor([[[-9.0, 5.0]]])
    nobody, mask = torch.tensor([[-1]]), torch.ones(1, 2)
    free = detector_loss.scolded(logits, nobody, torch.tensor([[[True]]]), words, mask)
    held = detector_loss.scolded(logits, nobody, torch.tensor([[[False]]]), words, mask)
    assert float(free) < 0.001 < 1 < float(held)
    unread = detector_loss.scolded(logits, nobody, torch.tensor([[[False]]]), words, torch.tensor([[1.0, 0.0]]))
    assert float(unread) < 0.001, "padding"


def test_every_part_reaches_its_share_of_the_model(batch: Batch) -> None:
    model = detector.fresh(3)
    parts = detector.loss_of(model, batch, "decoder")
    assert all(torch.isfinite(part) for part in parts.values())
    torch.stack(list(parts.values())).sum().backward()
    silent = [
        name
        for name, parameter in model.named_parameters()
        if parameter.grad is None or not parameter.grad.abs().sum() > 0
    ]
    # Heads begin with a last layer of zeros, behind which nothing is felt until it has moved once.
    late = ("bbox_embed", "sampling_offsets", "decoder", "level_embed")
    assert [name for name in silent if not any(part in name for part in late)] == []
