"""The real models, from the command line to the files: real architectures, narrowed, with random weights.

What they find and mask means nothing. That every stage, file, score and error is there does.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np
import OpenEXR
import pytest

from e2e.house import write_facts
from e2e.test_command_line import Shell, events_of

pytestmark = [
    pytest.mark.skipif(not (find_spec("torch") and find_spec("transformers")), reason="[models] is not installed"),
    pytest.mark.timeout(120),
]

TESTS = Path(__file__).parents[1]
FRAMES, KEYFRAME = 6, 3
PATIENCE_S = 90.0
BOX = ["--engine", "sam2", "--box", f"20,10,60,50@{KEYFRAME}"]


class Studio(Shell):
    """A machine with settings of its own; the first command starts its daemon."""

    def __init__(self, home: Path, **settings: str) -> None:
        super().__init__(home)
        for name in [name for name in self.environment if name.startswith("MATTEWIRE_") and name != "MATTEWIRE_HOME"]:
            del self.environment[name]
        self.environment.update(settings)

    def run(self, *words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == code, out + err
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def error(self, *words: object) -> dict[str, Any]:
        found: dict[str, Any] = events_of(self.run(*words, "--json", code=1).stdout)[-1]["error"]
        return found


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``make_tiny_weights.py`` makes: folders ``sam2`` and ``detector``."""
    folder = tmp_path_factory.mktemp("weights")
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "HF_HUB_OFFLINE": "1"}
    subprocess.run([sys.executable, TESTS / "make_tiny_weights.py", folder], env=environment, check=True, timeout=200)
    return folder


@pytest.fixture(scope="module")
def settings(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tiny models, and the engines of ``slow_engines.py``."""
    engines = tmp_path_factory.mktemp("engines")
    write_facts(engines, "slow-engines", slow="slow_engines:slow", too_large="slow_engines:too_large")
    shutil.copy(TESTS / "e2e" / "slow_engines.py", engines)
    return {
        "MATTEWIRE_SAM2_WEIGHTS": str(weights / "sam2"),
        "MATTEWIRE_SAM2_FINAL_SIZE": "128",
        "MATTEWIRE_SAM2_DRAFT_SIZE": "64",
        "MATTEWIRE_DETECTOR_WEIGHTS": str(weights / "detector"),
        "MATTEWIRE_DETECT_LONG_EDGE": "128",
        "MATTEWIRE_DEVICE": "cpu",
        "MATTEWIRE_ENGINES": str(engines),
        "MATTEWIRE_SEED": "7",
    }


@pytest.fixture(scope="module")
def studio(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    made = Studio(tmp_path_factory.mktemp("home"), **settings)
    yield made
    made.run("stop")


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Studio]:
    """A machine without weights; a test adds settings before its first command."""
    made = Studio(tmp_path / "bare", MATTEWIRE_DEVICE="cpu")
    yield made
    made.run("stop")


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A disk that moves over a slope, 96 x 64."""
    path = tmp_path_factory.mktemp("movie") / "disk.mp4"
    y, x = np.mgrid[0:64, 0:96]
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(FRAMES):
            rgb = np.stack([x * 2, y * 3, x + y], axis=-1).astype(np.uint8)
            rgb[np.hypot(x - 35 - 4 * number, y - 30) < 15] = (230, 60, 30)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        file.mux(stream.encode())
    return str(path)


def header_of(path: Path) -> dict[str, str]:
    """The provenance in a matte's header, without its prefix."""
    with OpenEXR.File(str(path)) as file:
        return {name.rpartition("/")[2]: value for name, value in file.header().items() if isinstance(value, str)}


def check_files(folder: Path, events: list[dict[str, Any]]) -> dict[str, Any]:
    """Every frame was told with its score and file, and is in the sidecar, which is returned."""
    frames = {event["frame"]: event for event in events if event["event"] == "frame"}
    assert sorted(frames) == list(range(1, FRAMES + 1))
    names = {f"m.{frame:04d}.exr" for frame in frames} | {"m.mattewire.json", "m.boxes.json"}
    assert {path.name for path in folder.iterdir()} == names
    sidecar: dict[str, Any] = json.loads((folder / "m.mattewire.json").read_text())
    assert [item["frame"] for item in sidecar["frames"]] == sorted(frames)
    for item in sidecar["frames"]:
        assert item["score"] == pytest.approx(frames[item["frame"]]["score"], abs=1e-6)
        assert 0 < item["score"] < 1
    for frame, event in frames.items():
        assert event["paths"] == [str(folder / f"m.{frame:04d}.exr")]
        with OpenEXR.File(event["paths"][0]) as file:
            matte = np.array(file.channels()["A"].pixels)
        assert matte.shape == (64, 96)
        assert 0 <= matte.min() <= matte.max() <= 1
    return sidecar


def test_a_box_through_sam2_every_stage_file_and_score(studio: Studio, movie: str, tmp_path: Path) -> None:
    events = events_of(studio.run("mask", movie, *BOX, "--out", tmp_path / "out" / "m.####.exr", "--json").stdout)
    stages = [event["stage"] for event in events if event["event"] == "stage"]
    assert stages == ["detecting", "tracking forward", "tracking backward", "finishing"]
    assert (events[-1]["state"], events[-1]["frames"], events[-1]["engine"]) == ("done", FRAMES, "sam2")
    told = dict.fromkeys(event["frame"] for event in events if event["event"] == "frame")  # flagged ones come again
    assert list(told) == [3, 4, 5, 6, 2, 1], "forward from the keyframe, then backward"

    sidecar = check_files(tmp_path / "out", events)
    wanted = {"segmenter": "sam2", "device": "cpu", "dtype": "float32", "seed": "7", "deterministic": "yes"}
    assert {name: sidecar["engine"][name] for name in wanted} == wanted
    assert (sidecar["dtype"], sidecar["seed"]) == ("float32", 7)
    header = header_of(tmp_path / "out" / "m.0001.exr")
    for name in ("segmenter_sha256", "dtype", "device", "seed", "torch", "transformers"):
        assert header[name] == sidecar["engine"][name]
    assert len(header["segmenter_sha256"]) == 64
    assert header["preview"] == "no"

    done = studio.run("rerun", tmp_path / "out" / "m.mattewire.json")
    assert f"{FRAMES} frames of m.####.exr are the same, byte for byte." in done.stderr


def test_phrases_through_the_detector(studio: Studio, movie: str, tmp_path: Path) -> None:
    words = ["mask", movie, "--engine", "sam2", "--prompt", "red ball", "--keyframe", KEYFRAME, "--pick", "1"]
    low = ["--box-threshold", 0, "--text-threshold", 0, "--max-objects", 3]
    done = studio.run(*words, *low, "--out", tmp_path / "out" / "m.####.exr", "--json")
    events = events_of(done.stdout)
    (found,) = (event for event in events if event["event"] == "found")
    assert found["frame"] == KEYFRAME
    assert 1 <= len(found["objects"]) <= 3
    assert {item["phrase"] for item in found["objects"]} == {"red ball"}
    assert [item["object"] for item in found["objects"] if item["picked"]] == [1]
    sidecar = check_files(tmp_path / "out", events)
    assert sidecar["engine"]["detector_thresholds"] == "0 0"
    header = header_of(tmp_path / "out" / "m.0006.exr")
    for name in ("segmenter_sha256", "detector_weights_sha256", "detector_device", "detector_dtype"):
        assert header[name] == sidecar["engine"][name]
    high = ["--box-threshold", 1, "--out", tmp_path / "none" / "m.####.exr"]
    assert studio.error(*words[:-2], *high)["code"] == "nothing_found", "an absent prompt gives nothing, not a guess"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_torch_is_in_the_worker_and_never_in_the_daemon(studio: Studio, movie: str, tmp_path: Path) -> None:
    studio.run("mask", movie, *BOX, "--retrack", "--out", tmp_path / "m.####.exr")
    report = json.loads(studio.run("status", "--json").stdout)
    assert {engine["name"] for engine in report["engines"] if engine["ready"]} >= {"sam2", "grounding-dino", "preview"}
    libraries = {pid: Path(f"/proc/{pid}/maps").read_text() for pid in (report["pid"], report["worker_pid"])}
    assert "libtorch" in libraries[report["worker_pid"]]
    assert "libtorch" not in libraries[report["pid"]]


def test_progress_and_cancel_while_a_five_second_forward_runs(studio: Studio, movie: str, tmp_path: Path) -> None:
    words = ["mask", movie, *BOX, "--engine", "slow", "--out", tmp_path / "m.####.exr", "--json"]
    process = studio.start(*words)
    assert process.stdout is not None
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1].get("stage") != "tracking forward":
        seen.append(json.loads(process.stdout.readline()))
    begun = time.monotonic()
    assert json.loads(studio.run("status", "--json").stdout)["worker"] == "busy"
    process.send_signal(signal.SIGINT)
    while seen[-1].get("state") != "stopping":
        seen.append(json.loads(process.stdout.readline()))
    assert time.monotonic() - begun < 4.5, "both are answered while the model computes"
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert events_of(out)[-1]["state"] == "canceled"
    assert time.monotonic() - begun < 20
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_release_and_idleness_unload(settings: dict[str, str], movie: str, tmp_path: Path) -> None:
    studio = Studio(tmp_path / "home", **settings, MATTEWIRE_IDLE_MINUTES="0.05")
    try:
        studio.run("mask", movie, *BOX, "--out", tmp_path / "out" / "m.####.exr")
        log = tmp_path / "home" / "worker.log"
        end = time.monotonic() + 30
        while "the models are unloaded" not in log.read_text() and time.monotonic() < end:
            time.sleep(0.1)
        assert "idle for 3 s; the models are unloaded" in log.read_text()
        again = tmp_path / "again"
        studio.run("mask", movie, *BOX, "--retrack", "--out", again / "m.####.exr")
        for path in sorted(again.glob("*.exr")):
            assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes(), "as if they had stayed"
    finally:
        studio.run("stop")


# --- every way in which the models can be missing or wrong -------------------------------------------------


def test_no_weights(bare: Studio, movie: str, tmp_path: Path) -> None:
    error = bare.error("mask", movie, *BOX, "--out", tmp_path / "m.####.exr")
    assert error["code"] == "weights_missing"
    assert "sam2.1-base-plus" in error["message"]
    for way in ("weights pull sam2.1-base-plus", "weights add sam2.1-base-plus PATH", "--engine preview"):
        assert way in error["advice"]
    assert not list(tmp_path.glob("*.exr"))
    told = bare.run("weights", "pull", "mm-grounding-dino-tiny", code=1).stderr
    assert "--accept-license: The license of MM-Grounding-DINO tiny does not plainly allow commercial work" in told
    assert "pull again with --accept-license" in told
    assert not (bare.home / "weights").exists()


def test_no_vocabulary(bare: Studio, settings: dict[str, str], movie: str, tmp_path: Path) -> None:
    folder = tmp_path / "detector"
    shutil.copytree(settings["MATTEWIRE_DETECTOR_WEIGHTS"], folder)
    (folder / "vocab.txt").unlink()
    bare.environment.update({**settings, "MATTEWIRE_DETECTOR_WEIGHTS": str(folder)})
    words = ["mask", movie, "--engine", "sam2", "--out", tmp_path / "m.####.exr"]
    error = bare.error(*words, "--prompt", "red ball")
    assert error["code"] == "weights_missing"
    assert "weights add bert-base-uncased FOLDER" in error["advice"]
    bare.run(*words, "--box", "20,10,60,50@1", "--range", "1-2")  # boxes need no words


def test_weights_that_are_cut_off(bare: Studio, settings: dict[str, str], movie: str, tmp_path: Path) -> None:
    folder = tmp_path / "sam2"
    shutil.copytree(settings["MATTEWIRE_SAM2_WEIGHTS"], folder)
    file = folder / "model.safetensors"
    os.truncate(file, file.stat().st_size // 2)
    bare.environment.update({**settings, "MATTEWIRE_SAM2_WEIGHTS": str(folder)})
    error = bare.error("mask", movie, *BOX, "--out", tmp_path / "m.####.exr")
    assert (error["code"], "cut off; the first tensors at fault: " in error["message"]) == ("weights_missing", True)
    assert "weights pull" in error["advice"]
    told = bare.run("weights", "add", "sam2.1-tiny", folder, code=1).stderr
    assert "first tensors at fault" in " ".join(told.split())


def test_weights_of_another_model(bare: Studio, settings: dict[str, str], movie: str, tmp_path: Path) -> None:
    told = " ".join(
        bare.run("weights", "add", "sam2.1-tiny", settings["MATTEWIRE_SAM2_WEIGHTS"], code=1).stderr.split()
    )
    assert "is not this model: " in told
    assert "Compare the file's name with `mattewire weights list`" in told
    shutil.copytree(settings["MATTEWIRE_SAM2_WEIGHTS"], tmp_path / "sam2")
    detector = Path(settings["MATTEWIRE_DETECTOR_WEIGHTS"]) / "model.safetensors"
    shutil.copy(detector, tmp_path / "sam2" / "model.safetensors")
    bare.environment.update({**settings, "MATTEWIRE_SAM2_WEIGHTS": str(tmp_path / "sam2")})
    error = bare.error("mask", movie, *BOX, "--out", tmp_path / "m.####.exr")
    assert error["code"] == "weights_missing"
    assert "is not this model: " in error["message"]
    assert " is missing; " in error["message"], "the first tensors at fault are named"


def test_out_of_memory(studio: Studio, movie: str, tmp_path: Path) -> None:
    words = ["mask", movie, *BOX, "--engine", "too-large", "--out", tmp_path / "m.####.exr", "--json"]
    events = events_of(studio.run(*words, code=1).stdout)
    stages = [event["stage"] for event in events if event["event"] == "stage"]
    assert stages.count("tracking forward") == 2, "the whole shot starts over, smaller"
    error = events[-1]["error"]
    assert error["code"] == "out_of_memory"
    assert "CUDA out of memory. Tried to allocate 20.00 GiB." in error["message"]
    assert "Free memory" in error["advice"]
    words = ["--retrack", "--out", tmp_path / "next" / "m.####.exr"]
    studio.run("mask", movie, *BOX, *words)  # the worker goes on
