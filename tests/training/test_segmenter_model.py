from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mattewire_server.engines.sam2.prepare import BOTTOM_RIGHT, TOP_LEFT
from training import segmenter, segmenter_model
from training.pool import SIDE, Pool
from training.segmenter_clips import Batch, drawn


def test_a_seed_is_a_model_with_one_matrix_for_places() -> None:
    one, again = segmenter_model.fresh(1).state_dict(), segmenter_model.fresh(1).state_dict()
    assert all(torch.equal(one[name], again[name]) for name in one)
    shared = one["shared_image_embedding.positional_embedding"]
    assert torch.equal(shared, one["prompt_encoder.shared_embedding.positional_embedding"])
    assert sum(tensor.numel() for tensor in one.values()) < 2_500_000


def test_clips_in_one_batch_do_not_mix(pool: Path) -> None:
    """The library's memory is made for one shot at a time: a batch must give what its clips give one by one."""
    torch.set_num_threads(1)
    model = segmenter_model.fresh(4).eval()
    batch = drawn(np.random.default_rng(3), Pool(pool), 3, 2, turned=0.0)
    with torch.no_grad():
        _, together, presence = segmenter.run(model, batch)
        for clip in range(len(batch.clip_of)):
            part = slice(clip, clip + 1)
            whose = batch.clip_of[part]
            pixels = batch.pixels[:, whose]
            lone = Batch(pixels, batch.truth[:, part], batch.points[part], batch.labels[part], torch.tensor([0]))
            _, overlap, there = segmenter.run(model, lone)
            torch.testing.assert_close(overlap[:, 0], together[:, clip], equal_nan=True, atol=1e-3, rtol=0)
            torch.testing.assert_close(there[:, 0], presence[:, clip], atol=1e-3, rtol=1e-3)


def test_the_trainer_sees_what_the_engine_sees(pool: Path) -> None:
    """The training loop goes its own way through the library; the engine must get the same logits from the weights."""
    from mattewire_server.engines.sam2.predictor import Predictor
    from mattewire_server.engines.sam2.track import Sam2Track
    from mattewire_server.engines.seams import Hint, Picture, ShotInfo

    torch.set_num_threads(1)
    model = segmenter_model.fresh(4).eval().requires_grad_(False)
    clip = Pool(pool).clip(0, 0, 4)
    rgb = clip.pictures[:, None].astype(np.float32) / np.float32(255)
    corners, labels = torch.tensor([[[[19.5, 29.5], [69.5, 89.5]]]]), torch.tensor([[[TOP_LEFT, BOTTOM_RIGHT]]])
    tracking = segmenter_model.Tracking(model, 4)
    with torch.no_grad():
        maps = segmenter_model.features(model, torch.from_numpy(segmenter_model.normalized(rgb)), torch.tensor([0]))
        ours = [
            tracking.step(frame, seen, *((corners, labels.int()) if frame == 0 else (None, None)))[0]
            for frame, seen in enumerate(maps)
        ]
    track = Sam2Track(Predictor(model, torch.device("cpu"), torch.float32), ShotInfo(0, 3, SIDE, SIDE), border=0)
    looks = []
    track._segment = lambda look: looks.append(look)  # type: ignore[method-assign,assignment,return-value]
    pictures = [Picture(frame, np.ascontiguousarray(rgb[frame, 0])) for frame in range(4)]
    track.step(pictures[0], [Hint(1, (20, 30, 70, 90))])
    looks.clear()
    for each in pictures:
        track.step(each)
    # The engine keeps memory features in half the bits, as the official predictor does.
    for (_masks, _, presence), look in zip(ours, looks, strict=True):
        assert float(look.object_score) == pytest.approx(float(presence), abs=0.05, rel=0.02)
    here = (ours[0][0] - looks[0].logits).abs().max()
    assert float(here) < 1e-3
