"""A whole shot: the tiny detector finds, the preview segmenter follows, files and sidecar are written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import NothingFound, PromptNotUnderstood
from mattewire_protocol.messages import FoundEvent, FrameEvent
from mattewire_protocol.request import MatteRequest, Plate, Search
from mattewire_server import engines
from mattewire_server.engines.seams import Engine
from mattewire_server.shots import look, pull_matte
from mattewire_server.shots.shot import Ticket

FIRST, LAST = 1001, 1003


@pytest.fixture
def plate(tmp_path: Path) -> Plate:
    """Three frames of a yellow square that moves over a ramp."""
    for frame in range(FIRST, LAST + 1):
        codes = np.zeros((96, 160, 3), np.uint8)
        codes[..., 2] = np.linspace(0, 120, 160)
        x = 40 + 4 * (frame - FIRST)
        codes[30:70, x : x + 40] = (230, 200, 20)
        out = oiio.ImageOutput.create("shot.png")
        out.open(str(tmp_path / f"shot.{frame}.png"), oiio.ImageSpec(160, 96, 3, "uint8"))
        out.write_image(codes)
        out.close()
    return Plate(str(tmp_path / "shot.####.png"))


def preset(folder: Path, **settings: object) -> Engine:
    given = {"detector_weights": folder, "device": "cpu", "detect_long_edge": 160, "text_threshold": 0.0, **settings}
    return engines.load("preview", given, detector="grounding-dino")


def test_a_shot_from_words_to_files(folder: Path, plate: Plate, tmp_path: Path) -> None:
    request = MatteRequest(plate, [Deliverable(str(tmp_path / "matte.####.exr"))], prompts=["red mug", "cat"])
    events = list(pull_matte(request, preset(folder, box_threshold=0.0), Ticket("job-1", 1)))
    (found,) = [event for event in events if isinstance(event, FoundEvent)]
    assert found.frame == FIRST
    assert {item.phrase for item in found.objects} <= {"red mug", "cat"}
    scores = [item.score for item in found.objects]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= item.x0 < item.x1 <= 160 and 0 <= item.y0 < item.y1 <= 96 for item in found.objects)
    assert [event.frame for event in events if isinstance(event, FrameEvent)] == [FIRST, FIRST + 1, LAST]
    engine = json.loads((tmp_path / "matte.mattewire.json").read_text())["engine"]
    assert len(engine["detector_weights_sha256"]) == 64
    assert engine["detector_model"] == "GroundingDINO Swin-T OGC"
    header = oiio.ImageInput.open(str(tmp_path / "matte.1001.exr")).spec()
    assert any("detector_weights_sha256" in attribute.name for attribute in header.extra_attribs)


def test_nothing_above_the_threshold_is_nothing_found(folder: Path, plate: Plate, tmp_path: Path) -> None:
    request = MatteRequest(plate, [Deliverable(str(tmp_path / "matte.####.exr"))], prompts=["red mug"])
    with pytest.raises(NothingFound):
        list(pull_matte(request, preset(folder, box_threshold=1.0, refine=False), Ticket("job-1", 1)))


def test_a_look_numbers_what_the_job_would(folder: Path, plate: Plate) -> None:
    detected, _ = look(Search(plate, FIRST, ["red mug"]), preset(folder, box_threshold=0.0))
    assert [item.object for item in detected.objects] == list(range(1, len(detected.objects) + 1))
    assert [item.picked for item in detected.objects] == [True] + [False] * (len(detected.objects) - 1)


def test_a_phrase_of_unknown_words_is_refused_before_the_model_runs(folder: Path, plate: Plate) -> None:
    with pytest.raises(PromptNotUnderstood, match="'εἶναι'"):
        look(Search(plate, FIRST, ["εἶναι"]), preset(folder))
