from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from training import backbone, detector
from training.outlines import COLORS, OUTLINES
from training.pool import Clip, Pool
from training.views import SIDE, single, unseen


def one_ring() -> Clip:
    """A blue ring of 40 pixels with a hole of 20, behind it a box that shows in the hole's right half."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    away = np.hypot(x - 64, y - 48)
    seen = np.zeros((1, SIDE, SIDE), np.uint8)
    seen[0, 40:56, 64:72] = 2
    seen[0][(away < 20) & (away > 10)] = 1
    return Clip(np.zeros((1, SIDE, SIDE, 3), np.uint8), seen, [("blue", "ring"), ("red", "box")])


def test_a_ring_is_told_in_its_hole_but_not_where_something_shows_through() -> None:
    seen, middle = backbone.middles(one_ring())
    assert seen[48, 60] == middle[48, 60] == 1, "in the hole"
    assert seen[48, 66] == 2, "what shows through the hole"
    assert seen[48, 47] == 1
    assert middle[48, 47] == 0, "on the ring, but at its edge"
    assert seen[100, 100] == middle[100, 100] == 0


def test_places_are_the_middles_of_cells() -> None:
    levels = backbone.places([one_ring()])
    assert [tuple(colors.shape) for colors, _ in levels] == [(1, 16, 16), (1, 8, 8), (1, 4, 4)]
    colors, outlines = levels[0]
    blue, ring = list(COLORS).index("blue"), list(OUTLINES).index("ring")
    assert colors[0, 6, 7] == blue, "row 52, column 60"
    assert outlines[0, 6, 7] == ring
    assert colors[0, 0, 0] == outlines[0, 0, 0] == -1


def test_single_things_are_told_as_a_whole_too(pool: Path) -> None:
    looker = backbone.Looker(1)
    clips = single(np.random.default_rng(0), Pool(pool), 3)
    assert {name for name in backbone.loss_of(looker, clips) if name.startswith("whole")} == {
        "whole_8",
        "whole_16",
        "whole_32",
    }
    assert not any(name.startswith("whole") for name in backbone.loss_of(looker, unseen(2)))


def test_it_learns_colors_within_seconds(pool: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    out = tmp_path / "backbone.pt"
    backbone.train(out, pool, 0.2, judged_on=20, every=2.0)
    state = json.loads(torch.load(out, weights_only=True)["state"])
    first, last = state["curve"][0], state["curve"][-1]
    assert last["right_color_16"] > 0.3, "a tenth by chance"
    assert last["color_16"] < first["color_16"]
    backbone.train(out, pool, 0.01, judged_on=2)
    again = json.loads(torch.load(out, weights_only=True)["state"])
    assert again["step"] > state["step"]
    assert again["curve"][: len(state["curve"])] == state["curve"]


def test_single_things_come_first_and_backgrounds_come_up(pool: Path) -> None:
    for share, stage in ((0.0, "things"), (0.9, "frames")):
        told, clips = backbone.lesson(np.random.default_rng(0), Pool(pool), share)
        assert told == stage
        spread = np.mean([clip.pictures[0][clip.seen[0] == 0].std(axis=0) for clip in clips])
        assert (spread > 15) == (stage == "frames"), spread


def test_the_detector_sees_what_the_trained_backbone_sees() -> None:
    """Running statistics become the frozen norms of the library's backbone."""
    looker = backbone.Looker(4)
    with torch.no_grad():
        for _ in range(3):
            looker.trunk(torch.randn(4, 3, 64, 64) * 2 + 1)
    looker.eval()
    model = detector.fresh(1, looker.trunk.state_dict()).eval()
    pixels = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        seen = model.model.backbone.conv_encoder(pixels, torch.ones(2, 64, 96).long())
        for (each, _), wanted in zip(seen, looker.trunk(pixels).feature_maps, strict=True):
            torch.testing.assert_close(each, wanted, atol=1e-4, rtol=1e-4)
