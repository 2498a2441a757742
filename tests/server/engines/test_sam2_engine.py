"""The engine as the registry hands it out: light to list, honest about what it lacks, whole in the pipeline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField, InstallIncomplete, WeightsMissing
from mattewire_protocol.messages import FrameEvent, JobEvent
from mattewire_protocol.request import Box, MatteRequest, Plate
from mattewire_server import engines
from mattewire_server.engines.sam2 import PREFERRED, Sam2Segmenter
from mattewire_server.engines.sam2.options import Options, read_options
from mattewire_server.engines.seams import Hint, ShotInfo
from mattewire_server.shots import pull_matte
from mattewire_server.shots.shot import Ticket
from mattewire_server.weights import MANIFEST, add
from server.engines.sam2_tiny import picture, save_folder
from server.shots.staged import frames_first_told

SMALL = {"draft_size": 64, "final_size": 128, "device": "cpu"}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    for name in ("MODEL", "WEIGHTS", "BORDER", "COMPILE"):
        monkeypatch.delenv(f"MATTEWIRE_SAM2_{name}", raising=False)
    return tmp_path / "home"


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return save_folder(tmp_path_factory.mktemp("weights") / "random")


def test_listing_engines_imports_no_torch(folder, home):
    """A worker lists its engines at every start; torch would cost it seconds and hundreds of megabytes."""
    add("sam2.1-tiny", folder)
    program = (
        "import sys; from mattewire_server import engines; "
        "ready = {each.name: each.ready for each in engines.describe()}; "
        "print(ready['sam2'], 'torch' in sys.modules, 'transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False"]


def test_without_weights_the_error_says_the_three_ways_out():
    with pytest.raises(WeightsMissing, match=r"sam2\.1-base-plus .* is not on this machine") as told:
        engines.load("sam2", {})
    for way in ("weights pull sam2.1-base-plus", "weights add sam2.1-base-plus PATH", "--engine preview"):
        assert way in told.value.advice


def test_without_torch_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(InstallIncomplete, match="needs torch") as told:
        engines.load("sam2", {})
    assert "mattewire[models]" in told.value.advice


def test_the_best_installed_weights_are_taken(folder):
    add("sam2.0-tiny", folder)
    assert Sam2Segmenter(Options()).name == "sam2.0-tiny"
    add("sam2.1-tiny", folder)
    assert Sam2Segmenter(Options()).name == "sam2.1-tiny"
    assert Sam2Segmenter(Options(model="sam2.0-tiny")).name == "sam2.0-tiny"
    assert set(PREFERRED) == {item.name for item in MANIFEST if item.engine == "sam2"}


def test_weights_of_another_engine_are_refused():
    with pytest.raises(BadField, match="weights for grounding-dino, not for SAM 2"):
        engines.load("sam2", {"model": "groundingdino-swint-ogc"})


def test_weights_given_by_path(folder, tmp_path):
    assert Sam2Segmenter(Options(weights=folder)).name == "random"
    with pytest.raises(WeightsMissing, match="There are no weights at"):
        Sam2Segmenter(Options(weights=tmp_path / "gone"))


def test_words_need_a_detector_and_the_error_is_the_detector_s(folder):
    """Until grounding-dino is ready, boxes and points work and words tell what is missing."""
    engine = engines.load("sam2", {"weights": folder, **SMALL})
    if "grounding-dino" not in engines.names():
        with pytest.raises(engines.UnknownEngine, match="grounding-dino"):
            engine.detector.find(picture(1), ["dog"])
    else:
        with pytest.raises(WeightsMissing):
            engine.detector.find(picture(1), ["dog"])


def test_another_detector_can_stand_in(folder):
    engine = engines.load("sam2", {"weights": folder, **SMALL}, detector="preview")
    assert engine.understands
    assert engine.provenance["segmenter"] == "random"


def test_provenance_names_everything_that_can_change_a_pixel(folder):
    plain = dict(engines.load("sam2", {"weights": folder, **SMALL}).provenance)
    assert plain["segmenter"] == "random"
    assert len(plain["segmenter_sha256"]) == 64
    assert plain["device"] == "cpu"
    assert plain["dtype"] == "float32"
    assert plain["torch"] == torch.__version__
    assert plain["transformers"] == "5.23.0"
    for name, value in (("border", 0), ("dtype", "bfloat16"), ("seed", 5), ("final_size", 256)):
        changed = dict(engines.load("sam2", {"weights": folder, **SMALL, name: value}).provenance)
        assert changed != plain, name


def test_quality_chooses_the_model_s_size_and_close_unloads(folder):
    segmenter = Sam2Segmenter(Options(weights=folder, draft_size=64, final_size=128, device="cpu", border=0))
    sides = {}
    for quality in ("draft", "final", "draft"):
        track = segmenter.begin(ShotInfo(1001, 1002, 96, 64, quality))
        sides[quality] = track.step(picture(1001), [Hint(1, (20, 10, 60, 50))])[1].logits.shape
        track.close()
    assert sides == {"draft": (64, 64), "final": (128, 128)}
    kept = segmenter.models.predictor("draft")
    assert segmenter.models.predictor("draft") is kept
    segmenter.close()
    assert segmenter.models.predictor("draft") is not kept


def test_the_same_shot_gives_the_same_bits(folder):
    def once():
        segmenter = Sam2Segmenter(Options(weights=folder, final_size=128, device="cpu"))
        track = segmenter.begin(ShotInfo(1001, 1003, 96, 64))
        track.step(picture(1001), [Hint(1, (20, 10, 60, 50))])
        return [track.step(picture(frame))[1] for frame in (1001, 1002, 1003)]

    for one, other in zip(once(), once(), strict=True):
        assert np.array_equal(one.logits, other.logits)
        assert one.score == other.score


def test_a_damaged_file_is_told_when_the_shot_begins(folder, tmp_path):
    path = tmp_path / "sam2.1_hiera_tiny.pt"
    path.write_bytes(b"PK\3\4 and no more")
    with pytest.raises(WeightsMissing, match="is cut off after 16 bytes"):
        Sam2Segmenter(Options(weights=path, device="cpu")).begin(ShotInfo(1, 2, 96, 64))


def test_a_device_that_is_not_there_is_refused(folder):
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(BadField, match="cannot use cuda; it can use cpu") as told:
        Sam2Segmenter(Options(weights=folder, device="cuda")).begin(ShotInfo(1, 2, 96, 64))
    assert "doctor" in told.value.advice


def test_a_shot_through_the_whole_pipeline(folder, tmp_path):
    """Box on a middle frame, forward and backward, files and sidecar: what an artist gets, from random weights."""
    plate = tmp_path / "plate"
    plate.mkdir()
    for frame in range(1001, 1007):
        codes = (picture(frame).rgb[..., ::-1] * 255).astype(np.uint8)
        cv2.imwrite(str(plate / f"p.{frame}.png"), codes)
    out = tmp_path / "out"
    out.mkdir()
    request = MatteRequest(
        Plate(str(plate / "p.####.png")),
        [Deliverable(str(out / "m.####.exr"))],
        boxes=[Box(1003, 20, 10, 60, 50)],
        engine="sam2",
    )
    engine = engines.load("sam2", {"weights": folder, **SMALL})
    events = list(pull_matte(request, engine, Ticket("job", 1)))
    assert frames_first_told(events) == [1003, 1004, 1005, 1006, 1002, 1001]
    assert all(0 < event.score <= 1 for event in events if isinstance(event, FrameEvent))
    assert [event.state for event in events if isinstance(event, JobEvent)] == ["running", "done"]
    assert sorted(path.name for path in out.glob("*.exr")) == [f"m.{frame}.exr" for frame in range(1001, 1007)]
    sidecar = json.loads((out / "m.mattewire.json").read_text())
    assert sidecar["engine"]["segmenter"] == "random"
    assert sidecar["engine"]["dtype"] == "float32"


def test_options_come_from_settings_then_the_environment_then_the_default():
    environment = {"MATTEWIRE_DEVICE": "cpu", "MATTEWIRE_SAM2_BORDER": "2", "MATTEWIRE_SAM2_COMPILE": "yes"}
    options = read_options({"border": 0}, environment)
    assert (options.device, options.border, options.compile) == ("cpu", 0, True)
    assert read_options({}, {}) == Options()
    assert (Options().size("draft"), Options().size("final")) == (512, 1024)


@pytest.mark.parametrize(
    ("settings", "environment", "field"),
    [
        ({"device": "tpu"}, {}, "device"),
        ({}, {"MATTEWIRE_DTYPE": "int8"}, "MATTEWIRE_DTYPE"),
        ({"border": -1}, {}, "border"),
        ({"final_size": "large"}, {}, "final_size"),
        ({}, {"MATTEWIRE_SAM2_COMPILE": "perhaps"}, "MATTEWIRE_SAM2_COMPILE"),
        ({"deterministic": 7}, {}, "deterministic"),
    ],
)
def test_options_that_cannot_be_used_are_named(settings, environment, field):
    with pytest.raises(BadField) as told:
        read_options(settings, environment)
    assert told.value.field == field
