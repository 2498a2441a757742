"""The job store on real files: tickets, events, order, what a crash, a full disk or damage does to it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgpack
import pytest

from mattewire_protocol import codec
from mattewire_protocol.deliver import CleanUp, Deliverable, ObjectName, Shape, Vertex
from mattewire_protocol.errors import InternalError, JobIdTaken, StoreUnwritable, UnknownJob
from mattewire_protocol.messages import Error, FoundEvent, FrameEvent, FrameRun, JobEvent, StageEvent, WorstFrame
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server.jobs import database
from mattewire_server.jobs import store as module
from mattewire_server.jobs.store import Store

JOB = "job-00001"
REQUEST = MatteRequest(Plate("/plates/a.####.exr"), [Deliverable("/out/a.####.exr")], prompts=["red ball"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "jobs.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    made = Store(path)
    yield made
    made.close()


def frame(number: int, state: str = "done") -> FrameEvent:
    return FrameEvent(JOB, 0, 1, number, state, 0.5)


def state(name: str, **more: Any) -> JobEvent:
    return JobEvent(JOB, 0, 1, name, **more)


def test_a_ticket_is_stored_once(store: Store) -> None:
    assert store.add(JOB, REQUEST)
    assert not store.add(JOB, replace(REQUEST))
    with pytest.raises(JobIdTaken):
        store.add(JOB, replace(REQUEST, prompts=["blue ball"]))
    job = store.job(JOB)
    assert (job.request, job.state, job.attempt, job.seq, job.plate) == (REQUEST, "queued", 0, 1, "")
    with pytest.raises(UnknownJob):
        store.job("job-00002")


def test_a_request_of_an_older_mattewire_is_still_the_same(store: Store, path: Path) -> None:
    """A field added since is missing in the stored bytes; it means what it meant then."""
    store.add(JOB, REQUEST)
    tree = codec.to_wire(REQUEST)
    del tree["label"], tree["quality"]
    with sqlite3.connect(path) as other:
        other.execute("UPDATE jobs SET request = ?", (msgpack.packb(tree),))
    other.close()
    assert not store.add(JOB, REQUEST)


def test_events_are_numbered_and_replayed(store: Store) -> None:
    store.add(JOB, REQUEST)
    store.append(state("running", first=1001, last=1003, keyframe=1002, colorspace="ACEScg"))
    told = [store.append(frame(number)) for number in (1002, 1003)]
    assert [event.seq for event in told] == [3, 4]
    done = store.append(state("done", outputs=["/out/a.####.exr"]))
    assert isinstance(done, JobEvent)
    assert (done.first, done.last, done.keyframe, done.colorspace) == (1001, 1003, 1002, "ACEScg")
    assert store.events_after(JOB, 2, 2) == told
    assert [event.seq for event in store.events_after(JOB, 0, 100)] == [1, 2, 3, 4, 5]
    assert store.newest_seq(JOB) == 5
    (summary,) = store.summaries(10)
    assert (summary.state, summary.frames_done, summary.frames_total, summary.seq) == ("done", 2, 3, 5)
    assert summary.ended_at is not None


def test_what_is_known_of_the_shot_stays_known(store: Store) -> None:
    """Each event tells of what is new; the last one must tell everything, for it is all that a snapshot has."""
    store.add(JOB, REQUEST)
    names = [ObjectName(1, "founder (left)"), ObjectName(2, "été")]
    store.append(state("running", colorspace="ACEScg", colorspace_from="metadata", exposure=-1.5, version=4))
    store.append(state("running", names=names))
    store.append(state("running", quality="draft"))
    done = store.append(state("done", kept="ab" * 16))
    assert isinstance(done, JobEvent)
    assert (done.colorspace, done.colorspace_from, done.exposure) == ("ACEScg", "metadata", -1.5)
    assert (done.version, done.names, done.quality, done.kept) == (4, names, "draft", "ab" * 16)
    assert store.snapshot(JOB).job == done
    job = store.job(JOB)
    assert (job.version, job.kept, job.quality) == (4, "ab" * 16, "draft")


def test_a_request_with_everything_in_it_comes_back_as_it_was(store: Store, path: Path) -> None:
    full = replace(
        REQUEST,
        out=[Deliverable("/o/{shot}.{object}_{version}.####.exr", content="layers"), Deliverable("/o/c.webm", "webm")],
        names=[ObjectName(1, "founder (left)")],
        clean_up=[CleanUp(dilate=-0.5), CleanUp(2, temporal=1)],
        shapes=[Shape("garbage", [Vertex(0, 0), Vertex(9.5, 0), Vertex(0, 9)], first=1001, outside=True)],
        reuse=False,
        finish_of="job-00000",
    )
    store.add(JOB, full)
    store.close()
    again = Store(path)
    assert again.job(JOB).request == full
    assert not again.add(JOB, full)
    with pytest.raises(JobIdTaken):
        again.add(JOB, replace(full, reuse=True))
    again.close()


def test_a_state_that_may_not_follow_changes_nothing(store: Store) -> None:
    store.add(JOB, REQUEST)
    store.append(state("canceled"))
    with pytest.raises(InternalError, match="canceled cannot become running"):
        store.append(state("running"))
    assert store.newest_seq(JOB) == 2


def test_deaths_count_until_a_new_frame(store: Store) -> None:
    store.add(JOB, REQUEST)
    store.append(state("running"))
    store.append(state("queued"), deaths=2)
    assert store.job(JOB).deaths == 2
    store.append(state("running"))
    store.append(frame(1001))
    assert store.job(JOB).deaths == 0
    store.append(state("queued"), deaths=1)
    store.append(state("running"))
    store.append(frame(1001, "flagged"))
    assert store.job(JOB).deaths == 1, "the same frame again is no progress"
    assert store.finished_frames(JOB) == [1001]


def test_another_quality_takes_every_finished_frame_back(store: Store) -> None:
    store.add(JOB, REQUEST)
    store.append(state("running", first=1001, last=1003, quality="final"))
    store.append(frame(1001))
    store.append(frame(1002, "flagged"))
    store.append(state("running", quality="final"))
    assert store.finished_frames(JOB) == [1001, 1002], "the same quality, told again"
    store.append(state("running", quality="draft"))
    assert store.finished_frames(JOB) == []
    store.append(frame(1001, "queued"))
    assert (store.finished_frames(JOB), store.summaries(1)[0].frames_done) == ([], 0)
    store.append(frame(1002))
    assert (store.finished_frames(JOB), store.summaries(1)[0].frames_done) == ([1002], 1)


def test_a_frame_that_is_queued_again_is_not_finished(store: Store) -> None:
    store.add(JOB, REQUEST)
    store.append(state("running", first=1001, last=1003))
    store.append(frame(1001))
    store.append(frame(1002))
    store.append(frame(1001, "queued"))
    assert (store.finished_frames(JOB), store.summaries(1)[0].frames_done) == ([1002], 1)
    assert store.snapshot(JOB).frames == [FrameRun(1002, 1002, "done")]


def test_the_order_of_the_queue(store: Store) -> None:
    for job_id, priority in (("job-aaaa", 0), ("job-bbbb", 5), ("job-cccc", 0), ("job-dddd", 5)):
        store.add(job_id, replace(REQUEST, priority=priority))
    assert [store.ahead_of(job_id) for job_id in ("job-aaaa", "job-bbbb", "job-cccc", "job-dddd")] == [2, 0, 3, 1]
    order = []
    while (job_id := store.next_queued()) is not None:
        order.append(job_id)
        store.append(JobEvent(job_id, 0, 1, "canceled"))
    assert order == ["job-bbbb", "job-dddd", "job-aaaa", "job-cccc"]


def test_a_snapshot_has_it_all(store: Store) -> None:
    store.add(JOB, REQUEST)
    store.append(state("running", first=1001, last=1010))
    store.append(StageEvent(JOB, 0, 1, "tracking forward"))
    store.append(FoundEvent(JOB, 0, 1, 1001))
    for number, how in ((1001, "done"), (1002, "done"), (1003, "flagged"), (1005, "done")):
        store.append(frame(number, how))
    snapshot = store.snapshot(JOB)
    assert snapshot.seq == 8
    assert snapshot.frames == [
        FrameRun(1001, 1002, "done"),
        FrameRun(1003, 1003, "flagged"),
        FrameRun(1005, 1005, "done"),
    ]
    assert snapshot.job.last == 1010
    assert snapshot.stage is not None
    assert snapshot.found is not None


def test_a_frame_told_again_is_counted_once_and_stands_as_it_was_told_last(store: Store) -> None:
    store.add(JOB, REQUEST)
    store.append(state("running", first=1001, last=1003))
    for number, how in ((1001, "done"), (1002, "done"), (1001, "flagged"), (1003, "done"), (1002, "flagged")):
        store.append(frame(number, how))
    assert store.summaries(1)[0].frames_done == 3
    assert store.snapshot(JOB).frames == [FrameRun(1001, 1002, "flagged"), FrameRun(1003, 1003, "done")]


def test_the_worst_frames_are_there_after_a_restart_for_who_comes_late(path: Path) -> None:
    worst = [WorstFrame(1002, 0.1, ["dropped"], ["It is not in sight."]), WorstFrame(1001, 0.4, ["area jump"])]
    first = Store(path)
    first.add(JOB, REQUEST)
    first.append(state("running", first=1001, last=1003))
    first.append(state("done", worst=worst))
    first.close()
    later = Store(path)
    assert later.snapshot(JOB).job.worst == worst
    assert later.events_after(JOB, 2, 10)[-1].worst == worst
    later.close()


def test_long_texts_are_cut_in_the_list_only(store: Store) -> None:
    """500 jobs with the longest names and errors still fit into one message."""
    wordy = replace(REQUEST, prompts=["é" * 512] * 64)
    for number in range(500):
        job_id = f"job-{number:05}"
        store.add(job_id, wordy)
        store.append(JobEvent(job_id, 0, 1, "failed", error=Error("engine_failed", "é" * 5000)))
    assert sum(len(codec.pack(codec.to_wire(each))) for each in store.summaries(500)) < codec.MAX_MESSAGE_BYTES
    assert store.job("job-00001").request == wordy


def test_old_jobs_are_forgotten_at_the_next_start(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    store = Store(path)
    for number in range(5):
        store.add(f"job-{number:05}", REQUEST)
        if number:
            store.append(JobEvent(f"job-{number:05}", 0, 1, "canceled"))
    store.close()
    store = Store(path)
    assert [job.job_id for job in store.summaries(10)] == ["job-00004", "job-00003", "job-00000"]
    assert store.events_after("job-00001", 0, 10) == []
    store.close()


def test_what_was_acknowledged_survives_kill_9(path: Path) -> None:
    program = """
import sys
from pathlib import Path
from mattewire_server.jobs.store import Store
from mattewire_protocol.messages import FrameEvent, JobEvent
from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.request import MatteRequest, Plate
store = Store(Path(sys.argv[1]))
store.add("job-00001", MatteRequest(Plate("/a.####.exr"), [Deliverable("/b.####.exr")], prompts=["x"]))
store.append(JobEvent("job-00001", 0, 1, "running"))
for number in range(100_000):
    print(store.append(FrameEvent("job-00001", 0, 1, number, "done")).seq, flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(200):
        told = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    said = process.communicate(timeout=10)[0].split("\n")
    told = max([told, *(int(line) for line in said[:-1])])
    store = Store(path)
    assert store.newest_seq(JOB) >= told
    assert [event.seq for event in store.events_after(JOB, 0, 10**6)] == list(range(1, store.newest_seq(JOB) + 1))
    store.close()


# --- the file ----------------------------------------------------------------------------------------------


def test_the_file_is_private(store: Store, path: Path) -> None:
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for part in path.parent.glob("jobs.sqlite3*"):
        assert part.stat().st_mode & 0o777 == 0o600


def test_migrations_run_once_each_and_in_order(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(path).close()
    ran: list[int] = []

    def second(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE jobs ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'")
        ran.append(2)

    def third(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE jobs SET mood = 'merry'")
        ran.append(3)

    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, second, third))
    Store(path).close()
    Store(path).close()
    assert ran == [2, 3]


def test_a_migration_that_fails_leaves_the_older_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(path)
    store.add(JOB, REQUEST)
    store.close()

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM jobs")
        raise RuntimeError("half way")

    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, broken))
        with pytest.raises(RuntimeError):
            Store(path)
    store = Store(path)
    assert store.job(JOB).state == "queued"
    store.close()


def test_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(InternalError, match="version 99") as refused:
        Store(path)
    assert "Update Mattewire" in refused.value.advice
    assert sorted(each.name for each in path.parent.iterdir() if "corrupt" in each.name) == []


@pytest.mark.parametrize("damage", ["garbage", "torn", "page"])
def test_a_damaged_file_is_set_aside_and_said(path: Path, damage: str) -> None:
    store = Store(path)
    for number in range(200):
        store.add(f"job-{number:05}", REQUEST)
    store.close()
    raw = path.read_bytes()
    if damage == "garbage":
        path.write_bytes(b"\x00garbage" * 2000)
    elif damage == "torn":
        path.write_bytes(raw[: len(raw) // 2])
    else:
        path.write_bytes(raw[:4096] + b"\xff" * 8192 + raw[4096 + 8192 :])
    broken = path.read_bytes()
    store = Store(path)
    assert len(store.notes) == 1
    assert "jobs.sqlite3.corrupt-1" in store.notes[0]
    assert path.with_name("jobs.sqlite3.corrupt-1").read_bytes() == broken
    assert store.summaries(10) == []
    assert store.add(JOB, REQUEST)
    store.close()
    path.write_bytes(b"again" * 1000)
    again = Store(path)
    assert "corrupt-2" in again.notes[0]
    again.close()
    healthy = Store(path)
    assert healthy.notes == []
    healthy.close()


def test_a_full_disk_is_an_error_and_nothing_is_half_stored(store: Store) -> None:
    """SQLite's own page limit stands in for the full disk: it fails with the same SQLITE_FULL."""
    store.add(JOB, REQUEST)
    store.append(state("running", first=1, last=10_000))
    connection = store._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    stored: list[int] = []

    def fill() -> None:
        for number in range(1, 10_000):
            store.append(frame(number))
            stored.append(number)

    with pytest.raises(StoreUnwritable, match="full") as full:
        fill()
    assert (full.value.code, full.value.retryable) == ("store_unwritable", True)
    assert store.finished_frames(JOB) == stored
    assert store.newest_seq(JOB) == store.job(JOB).seq == len(stored) + 2
    connection.execute("PRAGMA max_page_count = 100000")
    assert store.append(frame(9_999)).seq == len(stored) + 3


def test_a_locked_file_is_an_error_not_damage(path: Path) -> None:
    store = Store(path)
    store._database._connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StoreUnwritable, match="locked") as locked:
            store.add(JOB, REQUEST)
        assert locked.value.retryable
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert store.add(JOB, REQUEST)
    store.close()
