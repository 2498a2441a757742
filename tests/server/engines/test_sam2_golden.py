"""The official predictor's own results, on a narrowed model, held for CI; `make parity` made and remakes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mattewire_server.engines.sam2 import checkpoint
from mattewire_server.engines.sam2.predictor import Predictor
from mattewire_server.engines.sam2.track import Sam2Track
from mattewire_server.engines.seams import Hint, Mark, Picture, ShotInfo
from parity.sam2_recipe import Shot, weights
from server.engines.sam2_tiny import SIZE, tiny_config

GOLDEN = Path(__file__).parents[2] / "golden" / "sam2"
SCORE_HEAD = "sam_mask_decoder.pred_obj_score_head.layers.2."


class Noting(Sam2Track):
    """A track that keeps the raw looks."""

    def _segment(self, look):
        self.seen = look
        return super()._segment(look)


@pytest.fixture(scope="module")
def official(tmp_path_factory) -> Path:
    """The checkpoint in Meta's format, made again from the names and shapes that the official package had."""
    known = json.loads((GOLDEN / "small.json").read_text())
    tensors = {name: torch.from_numpy(weights(name, tuple(shape))) for name, shape in known["names"].items()}
    factor, bias = known["score"]
    tensors[SCORE_HEAD + "weight"] *= factor
    tensors[SCORE_HEAD + "bias"].fill_(bias)
    path = tmp_path_factory.mktemp("official") / "small.pt"
    torch.save({"model": tensors}, path)
    return path


@pytest.mark.parametrize("prune", [True, False])
def test_tracks_as_the_official_predictor(official, prune):
    golden = np.load(GOLDEN / "small.npz")
    shot = Shot()
    predictor = Predictor(checkpoint.load(official, tiny_config()), torch.device("cpu"), torch.float32)
    info = ShotInfo(1, shot.frames, shot.width, shot.height)
    track = Noting(predictor, info, border=0, prune=prune)

    def picture(index: int) -> Picture:
        return Picture(index + 1, shot.render(index).astype(np.float32) / 255)

    half_x, half_y = 0.5 * shot.width / SIZE, 0.5 * shot.height / SIZE
    x0, y0, x1, y1 = shot.box
    track.step(picture(shot.keyframe), [Hint(1, (x0 + half_x, y0 + half_y, x1 + half_x, y1 + half_y))])
    point = Mark(shot.point[0] + half_x, shot.point[1] + half_y)
    track.step(picture(shot.corrected), [Hint(1, None, (point,))])
    logits, scores = {}, np.zeros(shot.frames, np.float32)
    for index in [*range(shot.keyframe, shot.frames), *range(shot.keyframe - 1, -1, -1)]:
        segment = track.step(picture(index))[1]
        logits[index], scores[index] = track.seen.logits[0, 0].numpy(), float(track.seen.object_score)
        assert segment.present == bool(golden["scores"][index] > 0)
    assert 0 < (golden["scores"] > 0).sum() < shot.frames, "the golden shot must have both kinds of frames"
    np.testing.assert_allclose(scores, golden["scores"], atol=1e-3 * np.abs(golden["scores"]).max())
    kept = [int(name.split("_")[1]) for name in golden.files if name.startswith("logits_")]
    seen = [index for index in kept if golden["scores"][index] > 0]
    largest = max(np.abs(golden[f"logits_{index}"]).max() for index in seen)
    assert len(seen) >= 3
    for index in kept:
        np.testing.assert_allclose(logits[index], golden[f"logits_{index}"], atol=1e-3 * largest)
