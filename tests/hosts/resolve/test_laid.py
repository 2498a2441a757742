"""Results on the timeline and in the drawer: replaced, brought back, found again without either."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import window_rig

from mattewire_panel.tickets import Ticket
from mattewire_protocol import Deliverable, MatteRequest
from mattewire_protocol.errors import BadField, NotWritable
from mattewire_resolve import clips, placing
from mattewire_resolve.api import connection
from mattewire_resolve.laid import Laid, results_of, where
from mattewire_resolve.placing import Kind
from mattewire_resolve.records import Drawer, Record


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    window_rig.alone(tmp_path, monkeypatch)
    return window_rig.resolve_with_ball(tmp_path)


@pytest.fixture
def host(fake: Any) -> Any:
    return connection.connect(fake.resolve, fake.fusion, fake.bmd)


@pytest.fixture
def laid(host: Any) -> Laid:
    return Laid(host, Drawer())


def record(laid: Laid, host: Any, folder: Path, job_id: str, **more: Any) -> Record:
    """A job whose mattes are the plate's own frames: where they lie is what matters here."""
    clip = clips.under_playhead(host)
    pattern = window_rig.write_plate(folder / job_id)
    request = MatteRequest(clips.plate([clip]), [Deliverable(pattern)], 1001, 1008, prompts=["ball"], label="ball")
    ticket = Ticket(job_id, request, clip.frames, [pattern], job_id)
    made = Record(ticket, (clip,), Kind.CUT_OUT, host.timeline().GetUniqueId(), "done", 1001, 1008)
    return laid._drawer.put(replace(made, **more))


def on_track_2(fake: Any) -> list[str]:
    edit = fake.project.GetCurrentTimeline()
    items = edit.GetItemListInTrack("video", 2) or []
    return [item.GetMediaPoolItem().GetClipProperty("File Path") for item in items]


def test_placed_it_is_remembered_and_taken_off_it_is_not(laid: Laid, host: Any, fake: Any, tmp_path: Path) -> None:
    before = fake.state(fake.project.GetCurrentTimeline())
    placed = laid.place(record(laid, host, tmp_path, "job1"))
    assert where(placed) == "On the timeline: track Mattewire mattes - ball."
    newest = laid.newest()
    assert newest is not None
    assert newest.to_text() == placed.to_text()
    assert Drawer().find("job1").placed == placed.to_text()  # type: ignore[union-attr]
    laid.take_off(newest)
    assert laid.newest() is None
    assert Drawer().find("job1").placed == ""  # type: ignore[union-attr]
    assert fake.state(fake.project.GetCurrentTimeline()) == before


def test_replacing_leaves_the_new_one_alone(laid: Laid, host: Any, fake: Any, tmp_path: Path) -> None:
    laid.place(record(laid, host, tmp_path, "job1"))
    laid.replace(record(laid, host, tmp_path, "job2"), "job1")
    assert ["job2" in path for path in on_track_2(fake)] == [True]
    assert [each.job_id for each in laid._drawer if each.placed] == ["job2"]
    laid.replace(record(laid, host, tmp_path, "job3"), "nobody")
    assert [each.job_id for each in laid._drawer if each.placed] == ["job3", "job2"]


def test_where_the_new_one_cannot_be_placed_the_old_one_comes_back(
    laid: Laid, host: Any, fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid.place(record(laid, host, tmp_path, "job1"))
    true_place = placing.place

    def refuses(host: Any, clips: Any, results: Any, *rest: Any) -> Any:
        if results.job_id == "job2":
            raise NotWritable("Resolve did not lay it.")
        return true_place(host, clips, results, *rest)

    monkeypatch.setattr(placing, "place", refuses)
    with pytest.raises(NotWritable):
        laid.replace(record(laid, host, tmp_path, "job2"), "job1")
    assert ["job1" in path for path in on_track_2(fake)] == [True]
    assert [each.job_id for each in laid._drawer if each.placed] == ["job1"]


def test_a_result_without_a_marker_is_known_by_the_drawer(laid: Laid, host: Any, fake: Any, tmp_path: Path) -> None:
    laid.place(record(laid, host, tmp_path, "job1"))
    fake.project.GetCurrentTimeline().DeleteMarkersByColor("All")
    assert laid.newest().job_id == "job1"  # type: ignore[union-attr]
    fake.project.GetMediaPool().CreateEmptyTimeline("Another")
    assert laid.newest() is None


def test_a_result_of_another_computer_is_known_by_its_marker(laid: Laid, host: Any, fake: Any, tmp_path: Path) -> None:
    laid.place(record(laid, host, tmp_path, "job1"))
    laid._drawer.drop("job1")
    newest = laid.newest()
    assert newest is not None
    laid.take_off(newest)
    assert len(window_rig.tracks(fake)) == 1


def test_a_file_beside_the_mattes_is_said_as_such(laid: Laid, host: Any, tmp_path: Path) -> None:
    placed = laid.place(record(laid, host, tmp_path, "job1", kind=Kind.OTIO))
    assert where(placed) == "Done: OTIO file."
    assert laid.newest().to_text() == placed.to_text()  # type: ignore[union-attr]


def test_a_job_without_files_has_no_results(laid: Laid, host: Any, tmp_path: Path) -> None:
    made = record(laid, host, tmp_path, "job1")
    with pytest.raises(BadField, match="nothing to place"):
        results_of(replace(made, ticket=replace(made.ticket, outputs=[])))


def test_no_timeline_no_newest(laid: Laid, fake: Any) -> None:
    fake.project.GetMediaPool().DeleteTimelines([fake.project.GetCurrentTimeline()])
    assert laid.newest() is None
