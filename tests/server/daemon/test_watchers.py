"""Who is told what, and when: a real store, and peers whose lines the test opens and closes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.messages import FrameEvent, JobEvent, Snapshot
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server.daemon import watchers as module
from mattewire_server.daemon.watchers import Sent, Watchers
from mattewire_server.jobs.store import Store

JOB = "job-00001"
REQUEST = MatteRequest(Plate("/a.####.exr"), [Deliverable("/b.####.exr")], prompts=["x"])


class Lines:
    """Each peer's line takes so many messages, then is full; a peer that has none is gone."""

    def __init__(self) -> None:
        self.room = {b"panel": 10**6, b"other": 10**6}
        self.taken: list[tuple[bytes, Any]] = []

    def send(self, peer: bytes, body: object) -> Sent:
        if peer not in self.room:
            return Sent.GONE
        if self.room[peer] == 0:
            return Sent.FULL
        self.room[peer] -= 1
        self.taken.append((peer, body))
        return Sent.YES

    def seqs(self, peer: bytes = b"panel") -> list[int]:
        return [body.seq for to, body in self.taken if to == peer]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "jobs.sqlite3")
    made.add(JOB, REQUEST)
    made.append(JobEvent(JOB, 0, 1, "running", first=1, last=10_000))
    yield made
    made.close()


def frames(store: Store, first: int, last: int) -> None:
    for number in range(first, last + 1):
        store.append(FrameEvent(JOB, 0, 1, number, "done"))


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def watchers(store: Store, lines: Lines) -> Watchers:
    made = Watchers(store, lines.send, replay_events=500, silence_s=60)
    for peer in (b"panel", b"other"):
        made.heard(peer)
    return made


def test_the_rest_and_then_what_is_new(watchers: Watchers, store: Store, lines: Lines) -> None:
    frames(store, 1, 5)
    watchers.add(b"panel", JOB, 3)
    watchers.feed()
    assert lines.seqs() == [4, 5, 6, 7]
    assert not watchers.any_behind
    frames(store, 6, 6)
    watchers.feed()
    assert lines.seqs() == [4, 5, 6, 7], "nobody woke it"
    watchers.wake(JOB)
    watchers.feed()
    assert lines.seqs() == [4, 5, 6, 7, 8]
    watchers.remove(b"panel", JOB)
    frames(store, 7, 7)
    watchers.wake(JOB)
    watchers.feed()
    assert lines.seqs() == [4, 5, 6, 7, 8]


def test_a_full_line_goes_on_where_it_stopped(watchers: Watchers, store: Store, lines: Lines) -> None:
    frames(store, 1, 100)
    lines.room[b"panel"] = 7
    watchers.add(b"panel", JOB, 0)
    watchers.add(b"other", JOB, 0)
    watchers.feed()
    assert lines.seqs() == list(range(1, 8))
    assert lines.seqs(b"other") == list(range(1, 103)), "a slow peer delays nobody"
    assert watchers.any_behind
    lines.room[b"panel"] = 10**6
    watchers.feed()
    assert lines.seqs() == list(range(1, 103))
    assert not watchers.any_behind


def test_a_long_backlog_is_told_in_turns(watchers: Watchers, store: Store, lines: Lines) -> None:
    frames(store, 1, 450)
    watchers.add(b"panel", JOB, 0)
    watchers.feed()
    assert len(lines.taken) == module.BATCH
    while watchers.any_behind:
        watchers.feed()
    assert lines.seqs() == list(range(1, 453))


def test_too_long_a_backlog_is_one_snapshot(watchers: Watchers, store: Store, lines: Lines) -> None:
    frames(store, 1, 600)
    watchers.add(b"panel", JOB, 0)
    watchers.feed()
    ((_, snapshot),) = lines.taken
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.seq, snapshot.summary.frames_done) == (602, 600)
    frames(store, 601, 602)
    watchers.wake(JOB)
    watchers.feed()
    assert lines.seqs() == [602, 603, 604]


def test_a_snapshot_that_would_not_fit_is_replaced_by_the_events(
    watchers: Watchers, store: Store, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_RUNS", 0)
    frames(store, 1, 600)
    watchers.add(b"panel", JOB, 0)
    while watchers.any_behind:
        watchers.feed()
    assert lines.seqs() == list(range(1, 603))


def test_the_gone_and_the_silent_are_forgotten(store: Store, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    watchers = Watchers(store, lines.send, replay_events=500, silence_s=20)
    for peer in (b"panel", b"other"):
        watchers.heard(peer)
        watchers.add(peer, JOB, 0)
    del lines.room[b"panel"]
    watchers.feed()
    assert watchers.peers() == {b"other"}
    now[0] += 19
    watchers.heard(b"late")
    watchers.feed()
    assert watchers.peers() == {b"other", b"late"}
    now[0] += 2
    watchers.feed()
    assert watchers.peers() == {b"late"}
    frames(store, 1, 1)
    watchers.wake(JOB)
    assert not watchers.any_behind
