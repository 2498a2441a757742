"""The engine as the registry makes it: at once, without torch, and with a reason where it cannot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mattewire_protocol.errors import BadField, InstallIncomplete
from mattewire_server import engines
from mattewire_server.engines import grounding_dino


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Weights that are there, whatever is in them."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "vocab.txt").write_text("[PAD]\n")
    return tmp_path


PROGRAM = """
import sys
from mattewire_server.engines import detections, identity, load, second_look
engine = load("grounding-dino", {"detector_weights": sys.argv[1]})
print(engine.label, sorted(sys.modules.keys() & {"torch", "transformers"}))
"""


def test_making_the_engine_imports_no_torch(files: Path) -> None:
    pytest.importorskip("torch")
    ran = subprocess.run([sys.executable, "-c", PROGRAM, str(files)], capture_output=True, text=True, check=True)
    assert ran.stdout == "GroundingDINO Swin-T OGC []\n"


def test_without_torch_the_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch, files: Path) -> None:
    monkeypatch.setattr(grounding_dino, "find_spec", lambda name: None)
    with pytest.raises(InstallIncomplete, match="needs torch") as problem:
        grounding_dino.engine({"detector_weights": files})
    assert "mattewire[models]" in problem.value.advice


def test_it_is_registered() -> None:
    assert "grounding-dino" in engines.names()


def test_it_is_a_detector_for_other_segmenters(files: Path) -> None:
    pytest.importorskip("torch")
    made = engines.load("preview", {"detector_weights": files}, detector="grounding-dino")
    assert isinstance(made.detector, grounding_dino.GroundingDinoDetector)
    assert made.segmenter is not None
    assert made.preview


def test_a_device_that_is_not_there_is_named(files: Path) -> None:
    torch = pytest.importorskip("torch")
    from mattewire_server.engines.device import choose_device

    if torch.backends.mps.is_available():
        pytest.skip("this machine has an MPS device")
    with pytest.raises(BadField, match="cannot use mps; it can use") as problem:
        choose_device("mps")
    assert problem.value.field == "device"
    assert choose_device("cpu").type == "cpu"
