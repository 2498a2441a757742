"""The frames worth a look, from the engine to who asks: a panel that is there, one that comes late, a new daemon."""

from __future__ import annotations

import os
import signal
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from e2e.house import House, finish, request, submit, write_plate
from e2e.test_resume import SLOW
from mattewire_protocol import Client, JobView
from mattewire_protocol.messages import FrameEvent, JobEvent, Snapshot

JUMPED = 1012
FRAMES = range(1001, 1025)

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def plate_24(tmp_path: Path) -> str:
    return write_plate(tmp_path / "plate", FRAMES[0], FRAMES[-1])


def watched(client: Client, job_id: str) -> tuple[JobView, list[Any]]:
    view, events = JobView(job_id), []
    for event in client.watch(job_id, patience=30):
        view.apply(event)
        events.append(event)
    return view, events


def test_a_jump_is_told_while_it_runs_and_in_the_list_when_it_is_done(
    house: House, plate_24: str, tmp_path: Path
) -> None:
    with house.client() as client:
        job_id = submit(client, request(plate_24, tmp_path / "out", f"jump={JUMPED}"))
        view, events = watched(client, job_id)
        summary = next(each for each in client.jobs(5) if each.job_id == job_id)
    told = [event.frame for event in events if isinstance(event, FrameEvent)]
    assert told.count(JUMPED) == 2
    assert len(told) > len(FRAMES)
    assert (view.done, view.total, view.fraction) == (len(FRAMES), len(FRAMES), 1.0)
    assert (summary.frames_done, summary.frames_total) == (len(FRAMES), len(FRAMES))
    first, again = (event for event in events if isinstance(event, FrameEvent) and event.frame == JUMPED)
    assert (first.state, again.state) == ("done", "flagged")
    assert first.paths == again.paths == [str(tmp_path / "out" / f"matte.{JUMPED}.exr")]
    assert "position jump" in again.flags
    assert any("It moved by" in line for line in again.why)
    assert view.frames[JUMPED] == "flagged"
    assert view.worst[0].frame in (JUMPED, JUMPED + 1)
    assert {each.frame: (each.flags, each.why) for each in view.worst} == {
        frame: (view.flags[frame], view.why[frame]) for frame, state in view.frames.items() if state == "flagged"
    }
    assert view.line() == f"{len(FRAMES)} frames finished, {len(view.worst)} worth a look."


def test_the_list_is_there_after_a_restart_and_for_one_who_gets_a_snapshot(
    house: House, plate_24: str, tmp_path: Path
) -> None:
    with house.client() as client:
        job_id = submit(client, request(plate_24, tmp_path / "out", f"jump={JUMPED}"))
        before = finish(client, job_id)
    assert before.worst
    house.end()
    house.start(SLOW.format(replay_events=10))  # further behind than this, and a watcher gets a snapshot
    with house.client() as later:
        view, events = watched(later, job_id)
        (snapshot,) = [event for event in events if isinstance(event, Snapshot)]
        assert not [event for event in events if isinstance(event, FrameEvent)]
        assert snapshot.job.state == "done"
        assert [asdict(each) for each in view.worst] == [asdict(each) for each in before.worst]
        assert view.frames == before.frames
        assert (view.done, view.line()) == (before.done, before.line())
        # And to one who had seen all but the end, the end as it was told.
        (end,) = list(later.watch(job_id, last_seq=snapshot.seq - 1))
        assert isinstance(end, JobEvent)
        assert end.worst == before.worst


def test_a_worker_that_dies_after_the_jump_changes_nothing_of_it(house: House, plate_24: str, tmp_path: Path) -> None:
    """The first attempt told of the frame, and died before it could be judged."""
    with house.client() as client:
        whole = finish(client, submit(client, request(plate_24, tmp_path / "whole", f"jump={JUMPED}")))
        job_id = submit(client, request(plate_24, tmp_path / "out", f"jump={JUMPED} sleep=0.05"))
        view = JobView(job_id)
        client.follow(job_id)
        killed = False
        while not view.ended:
            for event in client.poll(0.02):
                view.apply(event)
                if not killed and isinstance(event, FrameEvent) and event.frame == JUMPED + 1:
                    assert view.frames[JUMPED] == "done"
                    os.kill(house.worker_pid(client), signal.SIGKILL)
                    killed = True
    assert view.attempt == 2
    assert view.state == "done"
    assert view.worst == whole.worst
    assert view.frames == whole.frames
