"""The preset: what lies in the package, what a request can and cannot change, and that one loader reads it all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from mattewire_protocol.errors import PromptNotUnderstood, WeightsMissing
from mattewire_server import engines
from mattewire_server.engines import tiny
from mattewire_server.engines.seams import Engine, Picture, ShotInfo
from training import detector, outlines
from training.captions import ANYTHING, vocabulary
from training.detector_stills import hard
from training.export import export


def test_it_is_registered_and_ready() -> None:
    told = {info.name: info for info in engines.describe()}
    assert told["tiny"].ready, told["tiny"].reason
    assert told["tiny"].preview, "its mattes are not for a comp, and are labelled so"
    assert set(told["tiny"].understands) >= {"red", "ball"}


def test_the_words_are_those_it_was_trained_on() -> None:
    assert tuple(outlines.COLORS) == tiny.COLORS
    assert tuple(outlines.OUTLINES) == tiny.OUTLINES
    assert tiny.ANYTHING == ANYTHING


def test_the_package_grows_by_less_than_twelve_megabytes() -> None:
    files = [path for path in tiny.HERE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 12e6
    assert {path.name for path in files} >= {"MODEL_CARD.md", "segmenter_curve.png", "detector_curve.png"}
    assert json.loads((tiny.SEGMENTER / "config.json").read_text(encoding="utf-8"))["model_type"] == "sam2_video"


@pytest.fixture(scope="module")
def with_detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's folder as it is once a detector has been exported into it: an untrained one."""
    run, folder = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("package")
    line = {"stage": "places", "minutes": 1.0, "recall": 0.0, "quiet": 1.0}
    state = json.dumps({"step": 1, "seconds": 60.0, "asked": 60.0, "curve": [line]})
    torch.save({"model": detector.fresh(1).state_dict(), "state": state}, run / "checkpoint.pt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.export.hard", lambda: hard(12))  # its thresholds are told from few stills
        assert export("detector", run, folder)["step"] == 1
    shutil.copytree(tiny.SEGMENTER, folder / "segmenter")
    return folder


@pytest.fixture(scope="module")
def without_detector(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(tiny.SEGMENTER, folder / "segmenter")
    return tiny.put_together({"device": "cpu"}, folder)


def test_no_variable_leads_it_to_other_weights(
    with_detector: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MATTEWIRE_SAM2_WEIGHTS", str(tmp_path / "none"))
    monkeypatch.setenv("MATTEWIRE_SAM2_FINAL_SIZE", "1024")
    monkeypatch.setenv("MATTEWIRE_DETECTOR_WEIGHTS", str(tmp_path / "none"))
    made = tiny.put_together({"device": "cpu", "final_size": 512, "detect_long_edge": 800}, with_detector)
    facts = dict(made.provenance)
    assert facts["segmenter_size"] == "draft 192, final 192, border 0"
    assert facts["detector_long_edge"] == str(tiny.LONG_EDGE)


def test_provenance_names_the_very_files(without_detector: Engine, with_detector: Path) -> None:
    from mattewire_server.weights.store import digest_of

    facts = dict(without_detector.provenance)
    assert facts["segmenter_sha256"] == digest_of(tiny.SEGMENTER)
    assert facts["detector"].startswith("preview"), "whose words they are"
    assert "engine" not in facts, "the file's own line of that name says tiny"
    facts = dict(tiny.put_together({"device": "cpu"}, with_detector).provenance)
    assert facts["detector_weights_sha256"] == digest_of(with_detector / "detector")
    assert facts["detector_model"] == "the tiny detector"


def test_an_exported_detector_is_read_by_the_loader_of_every_checkpoint(with_detector: Path) -> None:
    made = tiny.put_together({"device": "cpu", "box_threshold": 0.0, "text_threshold": 0.0}, with_detector)
    assert made.understands == tiny.UNDERSTANDS
    assert made.detector is not None
    picture = Picture(1, np.random.default_rng(0).random((90, 160, 3), np.float32))
    found = made.detector.find(picture, ["a red star"])
    assert found, "no threshold, so that even the untrained one finds something"
    assert {item.phrase for item in found} == {"a red star"}
    with pytest.raises(PromptNotUnderstood, match="zebra"):
        made.detector.find(picture, ["zebra"])
    assert (with_detector / "detector" / "vocab.txt").read_text(encoding="utf-8").splitlines() == vocabulary()
    assert (with_detector / "detector_curve.png").stat().st_size > 1000


def test_a_detector_brings_its_thresholds_and_a_request_may_have_others(with_detector: Path) -> None:
    facts = dict(tiny.put_together({"device": "cpu"}, with_detector).provenance)
    told = tiny.thresholds(with_detector / "detector")
    assert 0 < told["text_threshold"] < told["box_threshold"] < 1
    assert facts["detector_thresholds"] == "{box_threshold:g} {text_threshold:g}".format(**told)
    facts = dict(tiny.put_together({"device": "cpu", "box_threshold": 0.99}, with_detector).provenance)
    assert facts["detector_thresholds"] == f"0.99 {told['text_threshold']:g}"
    assert tiny.thresholds(with_detector / "none") == {}


def test_without_a_detector_the_preview_words_are_understood(without_detector: Engine) -> None:
    engine = without_detector
    rgb = np.full((90, 160, 3), 0.5, np.float32)
    rgb[20:60, 40:90] = (0.8, 0.1, 0.1)
    assert engine.detector is not None
    found = engine.detector.find(Picture(1, rgb), ["red box"])
    assert len(found) == 1
    assert np.abs(np.array(found[0].box) - (40, 20, 90, 60)).max() < 4


def test_damaged_weights_are_told_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "segmenter"
    folder.mkdir()
    (folder / "config.json").write_bytes((tiny.SEGMENTER / "config.json").read_bytes())
    whole = (tiny.SEGMENTER / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    segmenter = tiny.put_together({"device": "cpu"}, tmp_path).segmenter
    assert segmenter is not None
    with pytest.raises(WeightsMissing, match="cut off"):
        segmenter.begin(ShotInfo(0, 1, 128, 128))


def test_wide_pictures_are_read_at_the_size_of_the_training() -> None:
    from mattewire_server.engines.grounding_dino.pixels import detection_size

    assert detection_size(1080, 1080, tiny.LONG_EDGE) == (128, 128)
    assert detection_size(1920, 1080, tiny.LONG_EDGE) == (213, 120)
