"""The JSON files beside a sequence."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.codec import from_wire
from mattewire_protocol.deliver import CleanUp, Deliverable, ObjectName, Shape
from mattewire_protocol.errors import InternalError, NotWritable
from mattewire_protocol.messages import Detection, FrameEvent
from mattewire_protocol.request import Box, MatteRequest, Plate
from mattewire_server.durable import temporary_path
from mattewire_server.plates.model import PlateInfo, Window
from mattewire_server.sidecar import boxes_document, sidecar, write_json_atomic

REQUEST = MatteRequest(
    Plate("/plates/shot.####.exr", colorspace="lin_ap1"),
    [Deliverable("/mattes/ball.####.exr")],
    prompts=["süßer roter Ball"],
    overwrite=True,
    priority=5,
    boxes=[Box(1001, 1.5, 2, 30, 40)],
)
PLATE = PlateInfo(
    path="/plates/shot.####.exr",
    kind="sequence",
    first=1001,
    last=1010,
    missing=(1005,),
    display=Window(0, 0, 64, 36),
    canvas=Window(-6, -4, 72, 40),
    pixel_aspect=2.0,
    fps=None,
    colorspace="ACEScg",
    identity="0123abcd",
    colorspace_from="file rules",
)
OUTPUTS = [
    {"deliverable": 0, "name": "ball.####.exr", "object": 0},
    {"deliverable": 1, "name": "dog_v003.mov", "object": 2},
]
ENGINE = {"name": "preview", "label": "Preview", "weights": "none"}


def event(frame: int, **changes: Any) -> FrameEvent:
    facts: dict[str, Any] = {
        "job_id": "job-00001",
        "seq": frame,
        "attempt": 1,
        "frame": frame,
        "state": "done",
        "score": 1 / 3,
        "paths": [f"/mattes/ball.{frame}.exr"],
        "elapsed_s": 0.123,
        "objects": [
            Detection(2, 5, 6, 7, 8, "dog", 0.25),
            Detection(1, 1 / 3, 2, 30, 40, "süßer roter Ball", 0.9),
        ],
    }
    return FrameEvent(**{**facts, **changes})


def made(frames: list[FrameEvent]) -> dict[str, Any]:
    return sidecar(
        REQUEST,
        plate=PLATE,
        colorspace="ACEScg",
        engine=ENGINE,
        frames=frames,
        exposure=1.25,
        objects=[(1, "süßer roter Ball", "suesser_roter_Ball"), (2, "dog", "dog")],
        outputs=OUTPUTS,
        version=3,
        seed=7,
    )


def test_the_sidecar_says_how_the_mattes_were_made() -> None:
    tree = made([event(1002, state="flagged", flags=["low score"], score=0.2), event(1001)])
    assert tree["schema"] == "mattewire.sidecar.1"
    assert from_wire(MatteRequest, tree["request"]) == replace(REQUEST, overwrite=False, priority=0)
    assert tree["colorspace"] == {"name": "ACEScg", "from": "file rules", "exposure": 1.25}
    assert tree["objects"] == [
        {"object": 1, "name": "süßer roter Ball", "layer": "suesser_roter_Ball"},
        {"object": 2, "name": "dog", "layer": "dog"},
    ]
    assert tree["outputs"] == OUTPUTS
    assert tree["version"] == 3
    assert tree["engine"] == ENGINE
    assert (tree["dtype"], tree["seed"]) == ("float32", 7)
    models = sidecar(
        REQUEST, plate=PLATE, colorspace="ACEScg", engine={**ENGINE, "dtype": "bfloat16", "seed": "3"}, frames=[]
    )
    assert (models["dtype"], models["seed"]) == ("bfloat16", 3), "what the engine ran with"
    odd = sidecar(REQUEST, plate=PLATE, colorspace="ACEScg", engine={**ENGINE, "seed": "of doom"}, frames=[])
    assert odd["seed"] == 0
    assert tree["plate"]["canvas"] == [-6, -4, 72, 40]
    assert tree["plate"]["missing"] == [1005]
    assert set(tree["versions"]) >= {"python", "mattewire", "numpy"}
    assert tree["frames"] == [
        {"frame": 1001, "state": "done", "score": 0.333333, "flags": [], "why": [], "objects": {}},
        {"frame": 1002, "state": "flagged", "score": 0.2, "flags": ["low score"], "why": [], "objects": {}},
    ]


def test_how_a_job_was_run_is_not_in_it() -> None:
    """A shot that was finished from a kept one, or by another job, has the sidecar of one that was tracked."""
    finished = replace(REQUEST, reuse=False, finish_of="job-00007", overwrite=False, priority=-3)
    documents = [
        sidecar(each, plate=PLATE, colorspace="ACEScg", engine=ENGINE, frames=[event(1001)])
        for each in (REQUEST, finished)
    ]
    assert documents[0] == documents[1]
    assert not {"reuse", "finish_of", "overwrite", "priority"} & documents[0]["request"].keys()
    plain = documents[0]
    assert (plain["objects"], plain["outputs"], plain["version"]) == ([], [], 0)
    assert plain["colorspace"]["exposure"] == 0


def test_what_becomes_of_the_mattes_is_part_of_it() -> None:
    wanted = replace(
        REQUEST,
        clean_up=[CleanUp(dilate=1.5, temporal=2)],
        names=[ObjectName(1, "été")],
        shapes=[Shape("holdout", path="/roto/r.####.exr")],
    )
    tree = sidecar(wanted, plate=PLATE, colorspace="ACEScg", engine=ENGINE, frames=[])
    assert from_wire(MatteRequest, tree["request"]) == replace(wanted, overwrite=False, priority=0)


def test_a_rerun_gives_the_same_bytes(tmp_path: Path) -> None:
    """Another job id, attempt, sequence number, duration, order of frames, and a frame told twice."""
    once = [event(1001), event(1002)]
    again = [
        event(1002, score=0.1),
        event(1002, job_id="job-00002", attempt=3, seq=99, elapsed_s=8.0),
        event(1001, job_id="job-00002"),
    ]
    for name, document in (("a", made(once)), ("b", made(again))):
        write_json_atomic(str(tmp_path / name), document, token=f"job-{name}")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    text = (tmp_path / "a").read_text("utf-8")
    assert "job-0000" not in text
    assert "elapsed" not in text
    assert "ball.1001.exr" not in text
    boxes = [boxes_document(REQUEST, plate=PLATE, frames=frames) for frames in (once, again)]
    assert boxes[0] == boxes[1]


def test_boxes_are_in_plate_pixels_by_object_number() -> None:
    tree = boxes_document(REQUEST, plate=PLATE, frames=[event(1002, objects=[]), event(1001)])
    assert tree == {
        "schema": "mattewire.boxes.1",
        "plate": "/plates/shot.####.exr",
        "width": 64,
        "height": 36,
        "pixel_aspect": 2.0,
        "prompts": ["süßer roter Ball"],
        "frames": [
            {
                "frame": 1001,
                "objects": [
                    {"object": 1, "label": "süßer roter Ball", "score": 0.9, "box": [0.333333, 2, 30, 40]},
                    {"object": 2, "label": "dog", "score": 0.25, "box": [5, 6, 7, 8]},
                ],
            },
            {"frame": 1002, "objects": []},
        ],
    }


def test_the_text_is_the_same_wherever_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "ball.mattewire.json"
    write_json_atomic(str(path), {"b": [1, 0.5], "a": {"ä": None}})
    assert path.read_bytes() == '{\n  "a": {\n    "ä": null\n  },\n  "b": [\n    1,\n    0.5\n  ]\n}\n'.encode()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), {1: {2, 3}}])
def test_what_json_has_no_word_for_is_refused_and_the_old_file_stays(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "ball.mattewire.json"
    write_json_atomic(str(path), {"old": True})
    with pytest.raises(InternalError, match=r"ball\.mattewire\.json"):
        write_json_atomic(str(path), {"new": value})
    assert json.loads(path.read_text()) == {"old": True}
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_the_same_job_are_swept_up(tmp_path: Path) -> None:
    path = tmp_path / "ball.mattewire.json"
    mine, other = (Path(temporary_path(str(path), token)) for token in ("job-00001", "job-00002"))
    mine.touch()
    other.touch()
    write_json_atomic(str(path), {}, token="job-00001")
    assert set(tmp_path.iterdir()) == {path, other}


def test_paths_that_are_not_utf8_still_give_a_readable_file(tmp_path: Path) -> None:
    write_json_atomic(str(tmp_path / "a.json"), {"path": "/plates/\udcff.exr"})
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"path": "/plates/?.exr"}


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match=r"The sidecar: .*a\.json") as caught:
        write_json_atomic(str(tmp_path / "gone" / "a.json"), {}, field="out[0].path")
    assert caught.value.field == "out[0].path"
