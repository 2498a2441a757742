"""Splines of a shot: a document that draws the same mattes again, whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_protocol.deliver import CleanUp, Deliverable, ObjectName
from mattewire_protocol.errors import BadField, OutputExists
from mattewire_protocol.messages import JobEvent
from mattewire_server.finish.splines import Spline, SplineKey, SplinePoint, draw
from mattewire_server.kept import KeptStore
from mattewire_server.shots import Halted, pull_matte, roto
from mattewire_server.shots.shot import Ticket
from server.shots.soft import DISPLAY, THREE, Disc, Soft, write_discs
from server.shots.staged import JOB, pipeline_threads, request, run, run_until

FRAMES = range(1001, 1013)


def document(path: Path) -> dict[str, Any]:
    tree = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(tree, dict)
    return tree


def splines(tree: dict[str, Any], number: int) -> list[Spline]:
    """The document's splines of one object, as a host makes them."""
    return [
        Spline(
            each["object"],
            True,
            each["hole"],
            each["first"],
            each["last"],
            tuple(
                SplineKey(
                    key["frame"], tuple(SplinePoint(*(float(value) for value in point)) for point in key["points"])
                )
                for key in each["keys"]
            ),
            each["tolerance"],
            each["deviation"],
        )
        for each in tree["splines"]
        if each["object"] == number
    ]


def iou(drawn: NDArray[np.float32], true: NDArray[np.float32]) -> float:
    return float(np.minimum(drawn, true).sum() / np.maximum(drawn, true).sum())


def wanted(plate: str, out: Path, **more: Any) -> Any:
    files = [Deliverable(str(out / "m.####.exr")), Deliverable(str(out / "roto.json"), "splines", tolerance=0.5)]
    return request(plate, deliverables=files, **{"prompts": ["disc"], "pick": "all", **more})


@pytest.fixture
def plate(tmp_path: Path) -> str:
    return write_discs(tmp_path / "plate", [Disc(d.x, d.y, d.radius, d.dx, d.dy, 1.0, d.absent) for d in THREE])


def test_drawn_again_they_are_the_discs(plate: str, out: Path) -> None:
    events = run(wanted(plate, out), Soft())
    assert isinstance(events[-1], JobEvent)
    assert str(out / "roto.json") in events[-1].outputs
    tree = document(out / "roto.json")
    assert (tree["schema"], tree["width"], tree["height"], tree["first"], tree["last"]) == (
        *(roto.SCHEMA, DISPLAY.width, DISPLAY.height),
        *(1001, 1012),
    )
    assert tree["tolerance"] == 0.5
    for number, disc in enumerate(THREE, 1):
        mine = splines(tree, number)
        assert max(each.deviation for each in mine) <= 0.5
        for frame in FRAMES:
            drawn = draw(mine, frame, DISPLAY)
            if frame in disc.absent:
                assert not drawn.any()
            else:
                hard = Disc(disc.x, disc.y, disc.radius, disc.dx, disc.dy, 1.0)
                assert iou(drawn, hard.coverage(frame)) > 0.95
        assert sum(len(each.keys) for each in mine) <= 4, "even motion needs few keys"


def test_names_and_one_object_only(plate: str, out: Path) -> None:
    files = [
        Deliverable(str(out / "{object}.json"), "splines"),
        Deliverable(str(out / "two.json"), "splines", object=2),
    ]
    names = [ObjectName(1, "founder (left)"), ObjectName(2, "été"), ObjectName(3, "3")]
    run(request(plate, deliverables=files, prompts=["disc"], pick="all", names=names), Soft())
    assert {path.name for path in out.glob("*.json") if "mattewire" not in path.name and "boxes" not in path.name} == {
        *("founder_left.json", "ete.json", "object_3.json"),
        "two.json",
    }
    tree = document(out / "two.json")
    assert tree["objects"] == [{"object": 2, "name": "été", "layer": "ete"}]
    assert {each["object"] for each in tree["splines"]} == {2}
    assert tree["tolerance"] == roto.TOLERANCE
    assert tree["splines"] == document(out / "ete.json")["splines"]


def test_finished_again_with_clean_up_and_no_engine(plate: str, out: Path, tmp_path: Path) -> None:
    keep = KeptStore(tmp_path, 10**9)
    events = run(wanted(plate, out), Soft(), keep=keep)
    wider = Deliverable(str(out / "wider.json"), "splines", tolerance=0.5)
    again = wanted(plate, out, clean_up=[CleanUp(dilate=2.0)], finish_of="job-of-before")
    again = type(again)(**{**again.__dict__, "out": [wider]})
    list(pull_matte(again, None, Ticket("job-00002", kept=events[-1].kept), keep=keep))
    before, after = (document(out / name) for name in ("roto.json", "wider.json"))
    areas = [draw(splines(tree, 1), 1006, DISPLAY).sum() for tree in (before, after)]
    radius = THREE[0].radius
    assert areas[1] / areas[0] == pytest.approx(((radius + 2) / radius) ** 2, rel=0.02)


def test_the_same_bytes_twice(plate: str, out: Path) -> None:
    run(wanted(plate, out), Soft())
    first = (out / "roto.json").read_bytes()
    run(wanted(plate, out, overwrite=True), Soft())
    assert (out / "roto.json").read_bytes() == first


def test_nothing_in_sight_gives_a_document_without_splines(tmp_path: Path, out: Path) -> None:
    plate = write_discs(tmp_path / "p", [Disc(26, 27, 13, absent=frozenset(range(1002, 1013)))])
    run(request(plate, deliverables=[Deliverable(str(out / "roto.json"), "splines")], prompts=["red"]), Soft())
    tree = document(out / "roto.json")
    assert [(each["first"], each["last"]) for each in tree["splines"]] == [(1001, 1001)]


def test_stopped_there_is_no_document(plate: str, out: Path, tmp_path: Path) -> None:
    keep = KeptStore(tmp_path, 10**9)
    run(request(plate, str(out / "m.####.exr"), prompts=["disc"], pick="all"), Soft(), keep=keep)
    left = iter(range(5))

    def checkpoint() -> None:
        if next(left, None) is None:
            raise Halted

    events = pull_matte(
        wanted(plate, out, overwrite=True), Soft().engine(), Ticket(JOB), keep=keep, checkpoint=checkpoint
    )
    run_until(Halted, events)
    assert not [name for name in os.listdir(out) if name.startswith((".", "roto"))]
    assert pipeline_threads() == []


def test_what_is_refused_before_anything_is_tracked(plate: str, out: Path) -> None:
    out.mkdir()
    (out / "there.json").write_text("{}")
    for name, error, words in (
        ("roto.txt", BadField, "does not end in .json"),
        ("roto.####.json", BadField, "has a frame counter"),
        ("m.mattewire.json", BadField, "the name of a sidecar"),
        ("there.json", OutputExists, "is there already"),
    ):
        stage = Soft()
        files = [Deliverable(str(out / name), "splines")]
        _, problem = run_until(error, pull_matte(request(plate, deliverables=files), stage.engine(), Ticket(JOB)))
        assert words in str(problem)
        assert stage.stepped == []
