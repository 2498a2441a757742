"""The drawer of jobs: kept, found, and never in the way."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from mattewire_panel.frames import FrameMap
from mattewire_panel.tickets import Ticket
from mattewire_protocol import Deliverable, MatteRequest, Plate
from mattewire_resolve.clips import Clip
from mattewire_resolve.placing import Kind
from mattewire_resolve.records import MOST, Drawer, Record

FILE = "panel-resolve-jobs.json"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path))
    return tmp_path


def clip(item_id: str = "one", speed: str = "1/2") -> Clip:
    frames = FrameMap(86400, 86403, explicit={86400: 1, 86401: 1, 86402: 2, 86403: 2})
    return Clip(
        item_id, "founder.mov", 2, 86400, 86403, "/shots/ä b/founder.mov", False, 1, 240, frames,
        Fraction(30000, 1001), Fraction(24), 1920, 1080, speed=Fraction(speed),
    )  # fmt: skip


def record(job_id: str = "job1", *item_ids: str, label: str = "founder", **more: object) -> Record:
    request = MatteRequest(
        Plate("/shots/founder.mov"), [Deliverable("/m/m.####.exr")], 1, 2, prompts=["founder"], label=label
    )
    clips = tuple(clip(item_id) for item_id in item_ids or ("one",))
    ticket = Ticket(job_id, request, clips[0].frames, ["/m/m.####.exr"], job_id)
    return replace(Record(ticket, clips, Kind.CUT_OUT, "timeline"), **more)  # type: ignore[arg-type]


def test_a_record_comes_back_as_it_was() -> None:
    wanted = record("job1", "one", "two", state="done", first=1, last=2, names=("founder",), version=3, placed="{}")
    Drawer().put(wanted)
    assert list(Drawer()) == [wanted]


def test_the_newest_is_on_top_and_an_old_one_keeps_its_place() -> None:
    drawer = Drawer()
    for number in range(MOST + 3):
        drawer.put(record(f"job{number}"))
    drawer.put(record(f"job{MOST}", state="done"))
    kept = [(each.job_id, each.state) for each in Drawer()]
    assert len(kept) == MOST
    assert kept[:4] == [(f"job{MOST + 2}", ""), (f"job{MOST + 1}", ""), (f"job{MOST}", "done"), (f"job{MOST - 1}", "")]


def test_dropping_one() -> None:
    drawer = Drawer()
    drawer.put(record("job1"))
    drawer.put(record("job2"))
    drawer.drop("job1")
    assert drawer.find("job1") is None
    assert [each.job_id for each in Drawer()] == ["job2"]


def test_which_result_a_new_one_supersedes() -> None:
    drawer = Drawer()
    drawer.put(record("job1", placed="{}"))
    drawer.put(record("job2"))
    asked = ((clip("one"),), "founder", Kind.CUT_OUT, "timeline")
    assert drawer.alike(*asked) == "job1"
    assert drawer.alike((clip("two"),), *asked[1:]) == ""
    assert drawer.alike(asked[0], "mug", *asked[2:]) == ""
    assert drawer.alike(*asked[:2], Kind.MATTE, "timeline") == ""
    assert drawer.alike(*asked[:3], "another") == ""


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": "mattewire.resolve.jobs.9", "jobs": []}'])
def test_a_damaged_file_is_told_and_replaced(home: Path, text: str) -> None:
    (home / FILE).write_text(text)
    drawer = Drawer()
    assert "Earlier jobs cannot be listed" in drawer.note
    drawer.put(record())
    assert [each.job_id for each in Drawer()] == ["job1"]


@pytest.mark.parametrize("hurt", ["ticket", "clips", "names", "kind"])
def test_a_damaged_record_is_told(home: Path, hurt: str) -> None:
    Drawer().put(record())
    tree = json.loads((home / FILE).read_text())
    del tree["jobs"][0][hurt]
    (home / FILE).write_text(json.dumps(tree))
    assert "cannot be listed" in Drawer().note


def test_what_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "file" / "below"))
    drawer = Drawer()
    drawer.put(record())
    assert "cannot be" in drawer.note
    assert drawer.find("job1") is not None


def test_in_words() -> None:
    assert record().label == "founder: founder.mov"
    assert record("job1", "one", "two", "three").label == "founder: founder.mov and 2 more"
    assert not record().has_mattes
    assert record(first=1, last=2).has_mattes
