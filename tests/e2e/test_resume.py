"""What dies and what must come of it: workers, daemons, clients, the disk; the mattes are the same, byte for byte."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from e2e.house import House, content, finish, first_told, frames_in, request, submit, wait_until, write_plate
from mattewire_protocol import Client, JobView, Search
from mattewire_protocol.errors import StoreUnwritable, UnknownJob, WorkerDied
from mattewire_protocol.messages import FrameEvent, Snapshot
from mattewire_protocol.request import Plate

KILLS = 30
SEED = 20
FRAMES = range(1001, 1049)
KEYFRAME = 1021


@pytest.fixture
def long_plate(tmp_path: Path) -> str:
    return write_plate(tmp_path / "long", FRAMES[0], FRAMES[-1])


def test_thirty_killed_workers_leave_the_sequence_of_an_uninterrupted_run(
    house: House, long_plate: str, tmp_path: Path
) -> None:
    """kill -9 after random frames, forward and backward from a keyframe in the middle of the shot."""
    chance = random.Random(SEED)
    out = tmp_path / "out"
    wanted = request(long_plate, out, "sleep=0.02", keyframe=KEYFRAME)
    with house.client() as client:
        assert finish(client, submit(client, wanted)).state == "done"
        whole = content(out)
        assert frames_in(whole) == list(FRAMES)
        assert len(whole) == len(FRAMES) + 2  # and the sidecar and the boxes
        kills, backward = 0, 0
        while kills < KILLS:
            shutil.rmtree(out)
            job_id = submit(client, wanted)
            client.follow(job_id)
            view, told, here = JobView(job_id), [], 0
            new_until_kill = chance.randint(1, 6)
            while not view.ended:
                for event in client.poll(0.05):
                    assert view.apply(event)
                    if isinstance(event, FrameEvent):
                        if all(each.frame != event.frame for each in told):  # else a verdict on one that was told
                            new_until_kill -= 1
                            backward += event.frame < KEYFRAME and new_until_kill == 0
                        told.append(event)
                if new_until_kill <= 0 and kills < KILLS and not view.ended:
                    time.sleep(chance.uniform(0, 0.04))
                    worker = client.status().worker_pid
                    if worker and client.status().running == job_id:
                        os.kill(worker, signal.SIGKILL)
                        kills, here, new_until_kill = kills + 1, here + 1, chance.randint(1, 6)
                        house.wait_for(lambda worker=worker: client.status().worker_pid != worker)
            assert view.state == "done", view.line()
            # The last kill may meet a worker that has just said "done": then no attempt follows it.
            assert view.attempt in (here, here + 1)
            assert sorted(first_told(told)) == list(FRAMES)
            assert content(out) == whole
        assert backward > 0, "some of them in the backward pass"


def test_a_job_that_kills_its_worker_every_time_is_set_aside_and_the_queue_goes_on(
    house: House, plate: str, tmp_path: Path
) -> None:
    with house.client() as client:
        poison = submit(client, request(plate, tmp_path / "poison", "sleep=0.1 die=1003"))
        leaver = submit(client, request(plate, tmp_path / "leaver", "exit=1001"))
        healthy = submit(client, request(plate, tmp_path / "healthy", last=1003))
        view = finish(client, poison)
        assert view.state == "set_aside"
        assert view.error is not None
        assert "SIGKILL" in view.error.message
        assert "3 times in a row" in view.error.message
        assert sorted(view.frames) == [1001, 1002] == frames_in(content(tmp_path / "poison"))
        view = finish(client, leaver)
        assert view.state == "set_aside"
        assert view.error is not None
        assert "exit status 7" in view.error.message
        assert content(tmp_path / "leaver") == {}
        assert finish(client, healthy).state == "done"


def test_a_look_that_kills_the_worker_is_answered(house: House, plate: str) -> None:
    with house.client() as client:
        with pytest.raises(WorkerDied, match="SIGKILL"):
            client.detect(Search(Plate(plate), 1001, ["die-looking=1"], engine="double"), timeout=10)
        found, _ = client.detect(Search(Plate(plate), 1001, ["it"], engine="double"), timeout=10)
        assert found.objects


def test_a_killed_daemon_goes_on_where_it_stopped_and_its_client_misses_nothing(
    house: House, long_plate: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    wanted = request(long_plate, out, "sleep=0.03", keyframe=KEYFRAME)
    with house.client() as client:
        assert finish(client, submit(client, wanted)).state == "done"
        whole = content(out)
        shutil.rmtree(out)
        job_id = submit(client, wanted)
        events = list(wait_for_events(client, job_id, 12))
        orphan = house.worker_pid(client)
        house.kill()
        house.wait_for(lambda: client.poll(0.05) is not None and not client.connected)
        house.start()
        while not _ended(events):
            events += client.poll(0.25)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert sorted(first_told(events)) == list(FRAMES)
        assert content(out) == whole
        assert house.worker_pid(client) != orphan
        House.wait_for(lambda: not Path(f"/proc/{orphan}").exists() or _is_zombie(orphan))
        with house.client() as later:
            again = list(later.watch(job_id, last_seq=10))
            assert [event.seq for event in again] == list(range(11, len(events) + 1))
            assert list(later.watch(job_id, last_seq=len(events))) == []


def wait_for_events(client: Client, job_id: str, count: int) -> list[object]:
    client.follow(job_id)
    events: list[object] = []
    deadline = time.monotonic() + 20
    while len(events) < count:
        assert time.monotonic() < deadline
        events += client.poll(0.05)
    return events


def _ended(events: list[object]) -> bool:
    return getattr(events[-1], "state", "") == "done" and not isinstance(events[-1], FrameEvent)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_killed_client_does_not_disturb_its_job(house: House, plate: str, tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from e2e.house import request, submit
from mattewire_protocol import Client
with Client() as client:
    job_id = submit(client, request(sys.argv[1], Path(sys.argv[2]), "sleep=0.1"))
    for event in client.watch(job_id):
        print(job_id, flush=True)
"""
    panel = subprocess.Popen(
        [sys.executable, "-c", program, plate, str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert panel.stdout is not None
    job_id = panel.stdout.readline().strip()
    panel.kill()
    panel.communicate(timeout=10)
    with house.client() as client:
        assert finish(client, job_id).done == 12


SLOW = """
from pathlib import Path
from mattewire_protocol.messages import Limits
from mattewire_server.daemon.lifecycle import serve
from mattewire_server.settings import load_settings
from dataclasses import replace
settings = load_settings()
serve(replace(settings, limits=replace(settings.limits, replay_events={replay_events})))
"""
LONG_JOB = """
import sys
from mattewire_protocol import Deliverable, MatteRequest, Plate
from mattewire_protocol.messages import FrameEvent, JobEvent
from mattewire_server.jobs.store import Store
from pathlib import Path
store = Store(Path(sys.argv[1]) / "jobs.sqlite3")
store._database._connection.execute("PRAGMA synchronous=OFF")  # only to be quick about it
store.add("long-job-1", MatteRequest(Plate("/plates/a.####.exr"), [Deliverable("/out/a.####.exr")], prompts=["it"]))
store.append(JobEvent("long-job-1", 0, 1, "running", first=1, last=10_000))
for frame in range(1, 10_001):
    store.append(FrameEvent("long-job-1", 0, 1, frame, "done", 0.9, paths=[f"/out/a.{frame:04}.exr"]))
store.append(JobEvent("long-job-1", 0, 1, "done"))
store.close()
"""


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.parametrize("replay_events", [20_000, 2_000])
def test_a_client_that_sleeps_through_ten_thousand_events_catches_up(
    cold_house: House, tmp_path: Path, replay_events: int
) -> None:
    """Every event where the daemon may replay as many, one snapshot where not; the daemon keeps nothing for it."""
    cold_house.home.mkdir(mode=0o700)
    subprocess.run([sys.executable, "-c", LONG_JOB, str(cold_house.home)], check=True, timeout=60)
    cold_house.variables.update(MATTEWIRE_HEARTBEAT_S="0.3", MATTEWIRE_SILENCE_S="1.5")
    cold_house.start(SLOW.format(replay_events=replay_events))
    assert cold_house.process is not None
    with cold_house.client() as slow, cold_house.client() as lively:
        lively.follow("long-job-1")
        lively.poll(0.1)
        before = resident_mb(cold_house.process.pid)
        slow.follow("long-job-1")
        sleepers = [cold_house.client() for _ in range(4)]
        for sleeper in sleepers:
            sleeper.follow("long-job-1")
        time.sleep(2.5)  # longer than the daemon waits for somebody silent
        grown = resident_mb(cold_house.process.pid) - before
        started = time.monotonic()
        assert lively.status().queued == 0
        assert time.monotonic() - started < 1.0
        view, seen = JobView("long-job-1"), []
        deadline = time.monotonic() + 30
        while not view.ended:
            assert time.monotonic() < deadline, f"stuck after {len(seen)} events"
            for event in slow.poll(0.25):
                assert view.apply(event)
                seen.append(event)
        assert view.done == 10_000
        if replay_events == 2_000:
            assert isinstance(seen[0], Snapshot)
        else:
            assert [event.seq for event in seen] == list(range(1, 10_004))
        for sleeper in sleepers:
            sleeper.close()
        print(f"daemon grew by {grown:.1f} MB with five sleeping clients")
        assert grown < 25


def test_a_damaged_job_list_is_set_aside_and_told(cold_house: House, plate: str, tmp_path: Path) -> None:
    cold_house.home.mkdir(mode=0o700)
    (cold_house.home / "jobs.sqlite3").write_bytes(b"not a database at all" * 500)
    cold_house.start()
    with cold_house.client() as client:
        (note,) = client.status().notes
        assert "damaged" in note
        assert "jobs.sqlite3.corrupt-1" in note
        assert (cold_house.home / "jobs.sqlite3.corrupt-1").read_bytes().startswith(b"not a database")
        assert finish(client, submit(client, request(plate, tmp_path / "out", last=1002))).state == "done"
    log = [json.loads(line) for line in (cold_house.home / "daemon.log").read_text().splitlines()]
    assert [entry for entry in log if entry["level"] == "error" and "damaged" in entry["message"]]


def test_a_client_whose_job_the_daemon_lost_is_told_once_and_goes_on(house: House, plate: str, tmp_path: Path) -> None:
    with house.client() as client:
        job_id = submit(client, request(plate, tmp_path / "out", "sleep=0.2"))
        wait_until(client, job_id, lambda view: view.done >= 1)
        house.kill()
        for part in house.home.glob("jobs.sqlite3*"):
            part.unlink()
        house.start()
        with pytest.raises(UnknownJob):
            house.wait_for(lambda: client.poll(0.05) and None, 10)
        assert client.poll() == []
        assert client.jobs() == []


def test_a_full_disk_stops_the_queue_and_not_the_daemon(cold_house: House, plate: str, tmp_path: Path) -> None:
    """SQLite's own page limit stands in for the full disk: the same error, at the same place."""
    program = """
from mattewire_server.jobs import database
opened = database.Database._open
def open_small(self, path):
    opened(self, path)
    self._connection.execute("PRAGMA max_page_count=24")
database.Database._open = open_small
from mattewire_server.daemon.lifecycle import serve
from mattewire_server.settings import load_settings
serve(load_settings())
"""
    cold_house.start(program)
    with cold_house.client() as client:
        refused = ""
        for number in range(60):
            try:
                submit(client, request(plate, tmp_path / f"out{number}", "find=60", ocio="x" * 4000))
            except StoreUnwritable as problem:
                refused = problem.code
                break
        assert refused == "store_unwritable"
        assert client.status().pid == cold_house.process.pid  # type: ignore[union-attr]
        assert len(client.jobs()) == number
