"""The matting engine on a real ViTMatte with random weights: against transformers itself, and what the seam asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from transformers.models.vitmatte.image_processing_pil_vitmatte import VitMatteImageProcessorPil

from mattewire_protocol.deliver import Edges
from mattewire_protocol.errors import EngineFailed
from mattewire_server.color import transform_for
from mattewire_server.engines.seams import Engine, Picture, Segment
from mattewire_server.engines.vitmatte import engine
from mattewire_server.engines.vitmatte.network import Network
from mattewire_server.engines.vitmatte.tiles import GRID, SURROUNDINGS
from mattewire_server.plates.model import PlateFrame, Window
from mattewire_server.shots.edging import Edging
from server.engines.vitmatte.conftest import Scene
from server.engines.vitmatte_tiny import random_model, save


def made(folder: Path, **settings: Any) -> Engine:
    return engine({"matting_weights": str(folder), "device": "cpu", **settings})


def refined(folder: Path, scene: Scene, **settings: Any) -> np.ndarray:
    refiner = made(folder, **settings).refiner
    assert refiner is not None
    return refiner.refine(scene.picture, scene.alpha, scene.band, 1)


def by_transformers(scene: Scene, swapped: bool = False, **numbers: Any) -> np.ndarray:
    """The same through transformers' own processor and forward, on the crop that one tile is: the band with its
    surroundings, from a multiple of 32 to one, inside the picture."""
    rows, columns = np.flatnonzero(scene.band.any(axis=1)), np.flatnonzero(scene.band.any(axis=0))
    y0, x0 = (max(0, (int(ends[0]) - SURROUNDINGS) // GRID * GRID) for ends in (rows, columns))
    y1 = min(170, -(-(int(rows[-1]) + 1 + SURROUNDINGS) // GRID) * GRID)
    x1 = min(250, -(-(int(columns[-1]) + 1 + SURROUNDINGS) // GRID) * GRID)
    codes = np.rint(scene.picture.rgb[y0:y1, x0:x1] * 255).astype(np.uint8)
    known = np.where(scene.band, 127.5, 255.0 * (scene.alpha >= 0.5))[y0:y1, x0:x1].astype(np.float32)
    processor = VitMatteImageProcessorPil(**numbers)
    pixels = processor(images=codes[..., ::-1].copy() if swapped else codes, trimaps=known, return_tensors="pt")
    with torch.no_grad():
        alphas = random_model()(**pixels).alphas[0, 0].numpy()
    whole = np.array(scene.alpha)
    whole[y0:y1, x0:x1] = alphas[: y1 - y0, : x1 - x0]
    return np.where(scene.band, whole, scene.alpha)


def test_the_matte_is_transformers_own(folder: Path, scene: Scene) -> None:
    ours, theirs = refined(folder, scene), by_transformers(scene)
    assert ours[scene.band].std() > 0.05  # it does say something
    assert np.abs(ours - theirs).max() < 2e-6
    assert ours.dtype == np.float32


@pytest.mark.parametrize(
    "fault", [{"swapped": True}, {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}]
)
def test_swapped_colors_or_another_normalization_would_be_seen(folder: Path, scene: Scene, fault: Any) -> None:
    """The test above is only worth something where a faulty preparation gives a matte far beyond its bound."""
    assert np.abs(refined(folder, scene) - by_transformers(scene, **fault)).max() > 0.01


def test_the_folders_own_numbers_are_used(scene: Scene, tmp_path: Path) -> None:
    other = save(tmp_path / "other", mean=0.4, deviation=0.25)
    theirs = by_transformers(scene, image_mean=[0.4] * 3, image_std=[0.25] * 3)
    assert np.abs(refined(other, scene) - theirs).max() < 2e-6


def test_only_the_band_is_taken_and_nothing_given_is_changed(folder: Path, scene: Scene) -> None:
    before = [np.array(each) for each in (scene.picture.rgb, scene.alpha, scene.band)]
    result = refined(folder, scene)
    assert (result[~scene.band] == scene.alpha[~scene.band]).all()
    assert not np.shares_memory(result, scene.alpha)
    for was, each in zip(before, (scene.picture.rgb, scene.alpha, scene.band), strict=True):
        assert (was == each).all()
    nothing = np.zeros_like(scene.band)
    same = made(folder).refiner.refine(scene.picture, scene.alpha, nothing, 1)  # type: ignore[union-attr]
    assert (same == scene.alpha).all()
    assert not np.shares_memory(same, scene.alpha)


def test_the_same_bytes_again_whatever_came_between(folder: Path, scene: Scene) -> None:
    refiner: Any = made(folder).refiner
    first = refiner.refine(scene.picture, scene.alpha, scene.band, 1)
    other = Picture(1002, np.ascontiguousarray(scene.picture.rgb[::-1]))
    between = refiner.refine(other, scene.alpha, scene.band, 2)
    again = refiner.refine(scene.picture, scene.alpha, scene.band, 1)
    assert first.tobytes() == again.tobytes() != between.tobytes()
    network = refiner.network()
    refiner.close()
    assert refiner.network() is not network
    assert refiner.refine(scene.picture, scene.alpha, scene.band, 1).tobytes() == first.tobytes()


def test_no_tile_is_larger_than_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What bounds the memory, on a band that fills a plate of 700 x 500."""
    chance = np.random.default_rng(5)
    picture = Picture(7, chance.random((500, 700, 3), np.float32))
    alpha = np.zeros((500, 700), np.float32)
    alpha[30:470, 30:670] = 1
    band = np.zeros(alpha.shape, bool)
    band[25:475, 25:675], band[40:460, 40:660] = True, False
    seen: list[tuple[int, ...]] = []
    true = Network.matte

    def watched(self: Network, frame: int, rgb: np.ndarray, known: np.ndarray) -> np.ndarray:
        seen.append(known.shape)
        return true(self, frame, rgb, known)

    monkeypatch.setattr(Network, "matte", watched)
    result = made(folder, matting_tile=256).refiner.refine(picture, alpha, band, 1)  # type: ignore[union-attr]
    assert len(seen) > 6
    assert max(max(shape) for shape in seen) <= 256
    assert np.isfinite(result).all()
    assert result.min() >= 0
    assert result.max() <= 1


def test_what_is_no_number_is_told_with_the_frame(folder: Path, scene: Scene) -> None:
    refiner: Any = made(folder).refiner
    refiner.network()._model.decoder.matting_head.matting_convs[3].bias.data.fill_(float("nan"))
    with pytest.raises(EngineFailed, match="Frame 1001") as told:
        refiner.refine(scene.picture, scene.alpha, scene.band, 1)
    assert "float32" in told.value.advice


def test_bfloat16_runs_and_stays_near(folder: Path, scene: Scene) -> None:
    assert np.abs(refined(folder, scene, dtype="bfloat16") - refined(folder, scene)).max() < 0.05


def test_the_pipeline_takes_it_for_edges(folder: Path, scene: Scene) -> None:
    """``edges.method`` matting: the model in the band of the coarse logits, 0 and 1 beyond, named in the files."""
    height, width = scene.alpha.shape
    canvas = Window(0, 0, width, height)
    coarse = np.float32(12) * (scene.alpha[2::5, 2::5] - np.float32(0.5))
    edging = Edging(Edges("matting", "vitmatte"), transform_for("sRGB"), made(folder))
    matte = edging.matte(1, Segment(coarse, 1.0), canvas, PlateFrame(1001, scene.picture.rgb, canvas))
    plain = Edging().matte(1, Segment(coarse, 1.0), canvas)
    assert matte.shape == (height, width)
    assert np.abs(matte - plain).max() > 0.2
    assert matte[0, 0] == 0
    assert matte[85, 120] == 1
    facts = edging.provenance()
    assert facts["edges"] == "matting (vitmatte)"
    assert facts["edges_refiner"] == "vitmatte 1"
    assert len(facts["edges_weights_sha256"]) == 64
