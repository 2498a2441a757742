"""A tracked shot finished again through a real daemon and worker: no engine, the same bytes whatever dies."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from e2e.house import House, content, finish, first_told, request, submit, wait_until, write_plate
from e2e.test_command_line import Shell
from mattewire_protocol import CleanUp, Client, Deliverable, JobView
from mattewire_protocol.codec import new_id
from mattewire_protocol.errors import JobIdTaken, NotKept, UnknownJob
from mattewire_protocol.messages import Finish, FrameEvent
from mattewire_server.durable import temporary_path

FRAMES = range(1001, 1161)
STEPS = [CleanUp(smooth=3.0, temporal=2, dilate=1.5, feather=2.0)]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="session")
def long_plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A hundred and sixty frames, so that a finish takes long enough to be disturbed."""
    return write_plate(tmp_path_factory.mktemp("long"), FRAMES[0], FRAMES[-1])


def outputs(folder: Path) -> list[Deliverable]:
    """A sequence, a cut-out and a movie."""
    return [
        Deliverable(str(folder / "{shot}_{version}.####.exr")),
        Deliverable(str(folder / "cut.####.png"), "png8", "cutout"),
        Deliverable(str(folder / "cut.mov"), "prores4444", "cutout", fps=24.0),
    ]


def track(client: Client, plate: str, out: Path, **changes: Any) -> str:
    job_id = submit(client, request(plate, out, **changes))
    view = finish(client, job_id)
    assert (view.state, bool(view.kept)) == ("done", True), view.line()
    return job_id


def order(of: str, out: list[Deliverable], **changes: Any) -> Finish:
    return Finish(new_id(), of, out, **changes)


def made(client: Client, wanted: Finish) -> JobView:
    client.finish(wanted)
    return finish(client, wanted.job_id)


def loaded(client: Client) -> list[str]:
    return client.status().engines_loaded


def test_a_finish_asks_no_engine_and_equals_tracking_anew(house: House, plate: str, tmp_path: Path) -> None:
    with house.client() as client:
        of = track(client, plate, tmp_path / "first")
        house.wait_for(lambda: loaded(client) == ["double"])  # the worker says so after its last event
        client.release()
        journal = house.journal
        wanted = order(of, outputs(tmp_path / "again"), clean_up=STEPS)
        view = made(client, wanted)
        assert (view.state, view.done, view.engine) == ("done", 12, "double")
        assert (house.journal, loaded(client)) == (journal, []), "nothing was asked, nothing was loaded"
        anew = replace(request(plate, tmp_path), out=outputs(tmp_path / "anew"), clean_up=STEPS)
        assert finish(client, submit(client, anew)).state == "done"
        assert len(house.journal) > len(journal)
        again, tracked = content(tmp_path / "again"), content(tmp_path / "anew")
        assert again.keys() == tracked.keys()
        assert len(again) == 12 + 12 + 1 + 2 * 2
        for name in again:
            if not name.endswith(".mattewire.json"):
                assert again[name] == tracked[name], name


def test_a_worker_that_never_loaded_the_engine_finishes(house: House, plate: str, tmp_path: Path) -> None:
    with house.client() as client:
        of = track(client, plate, tmp_path / "first")
        worker = house.worker_pid(client)
        client.stop()
        assert house.process is not None
        house.process.wait(timeout=15)
        shutil.rmtree(house.engines)  # the engine is not even installed any more
        house.start()
    with house.client() as client:
        view = made(client, order(of, [Deliverable(str(tmp_path / "m.####.exr"))]))
        assert (view.state, view.line()) == ("done", "12 frames finished.")
        assert loaded(client) == []
        assert house.worker_pid(client) != worker
    first = content(tmp_path / "first")
    assert all((tmp_path / f"m.{frame}.exr").read_bytes() == first[f"matte.{frame}.exr"] for frame in range(1001, 1013))


def test_twice_the_same_finish_and_other_refusals(house: House, plate: str, tmp_path: Path) -> None:
    with house.client() as client, house.client() as other:
        of = track(client, plate, tmp_path / "first", last=1003)
        wanted = order(of, [Deliverable(str(tmp_path / "m.####.exr"))])
        assert not client.finish(wanted).repeated
        assert other.finish(wanted).repeated
        assert finish(client, wanted.job_id).state == "done"
        assert other.finish(wanted).state == "done"
        with pytest.raises(JobIdTaken):
            other.finish(replace(wanted, clean_up=STEPS))
        with pytest.raises(UnknownJob):
            client.finish(order("no-such-job", wanted.out))
        failed = submit(client, request(plate, tmp_path / "none", "raise=1002"))
        assert finish(client, failed).state == "failed"
        with pytest.raises(NotKept, match="It is failed"):
            client.finish(order(failed, wanted.out))
        view = made(client, order(of, wanted.out))
        assert (view.state, view.error.code if view.error else "") == ("failed", "output_exists")


def disturbed(
    client: Client, wanted: Finish, every: int, disturb: Callable[[], None], times: int
) -> tuple[JobView, list[int]]:
    """Follows a finish to its end, and disturbs it after every so many new frames. The frames as first told."""
    client.finish(wanted)
    client.follow(wanted.job_id)
    view, told, due, done = JobView(wanted.job_id), list[FrameEvent](), every, 0
    while not view.ended:
        for event in client.poll(0.02):
            assert view.apply(event)
            if isinstance(event, FrameEvent):
                told.append(event)
        if view.done >= due and done < times and not view.ended:
            disturb()
            done, due = done + 1, view.done + every
    assert done == times, "the finish was over too soon to be disturbed"
    return view, first_told(told)


def test_killed_workers_leave_the_files_of_an_undisturbed_finish(house: House, long_plate: str, tmp_path: Path) -> None:
    """kill -9, each time after some frames; movies too, whose frames before the kill are lost."""
    with house.client() as client:
        of = track(client, long_plate, tmp_path / "first")
        wanted = order(of, outputs(tmp_path / "out"), clean_up=STEPS)
        assert made(client, wanted).state == "done"
        whole = content(tmp_path / "out")
        shutil.rmtree(tmp_path / "out")

        def kill() -> None:
            worker = client.status().worker_pid
            if worker:
                os.kill(worker, signal.SIGKILL)
                house.wait_for(lambda: client.status().worker_pid not in (0, worker))

        view, told = disturbed(client, replace(wanted, job_id=new_id()), 25, kill, times=3)
        assert (view.state, view.attempt) == ("done", 4), view.line()
        assert sorted(told) == list(FRAMES)
        assert content(tmp_path / "out") == whole
        assert len(house.journal) == 1 + len(FRAMES) + 1, "one find, the keyframe's hint and a step for each frame"


def test_a_killed_daemon_goes_on_with_a_finish(house: House, long_plate: str, tmp_path: Path) -> None:
    with house.client() as client:
        of = track(client, long_plate, tmp_path / "first")
        wanted = order(of, outputs(tmp_path / "out"), clean_up=STEPS)
        assert made(client, wanted).state == "done"
        whole = content(tmp_path / "out")
        shutil.rmtree(tmp_path / "out")

        def kill() -> None:
            house.worker_pid(client)
            house.kill()
            house.start()

        view, told = disturbed(client, replace(wanted, job_id=new_id()), 40, kill, times=1)
        assert (view.state, view.attempt) == ("done", 2)
        assert sorted(told) == list(FRAMES)
        assert content(tmp_path / "out") == whole


def test_a_cancel_keeps_what_is_finished_and_leaves_no_movie(house: House, long_plate: str, tmp_path: Path) -> None:
    out = tmp_path / "again"
    with house.client() as client:
        of = track(client, long_plate, tmp_path / "first")
        wanted = order(of, outputs(out), clean_up=STEPS)
        client.finish(wanted)
        wait_until(client, wanted.job_id, lambda view: view.done >= 5)
        assert client.cancel(wanted.job_id).state == "stopping"
        view = finish(client, wanted.job_id)
        assert view.state == "canceled"
        assert 5 <= view.done < len(FRAMES)
        names = set(content(out))
        told = sorted(frame for frame, state in view.frames.items() if state in ("done", "flagged"))
        exact = {name for frame in told for name in (f"plate_v001.{frame}.exr", f"cut.{frame}.png")}
        assert names == exact, "whole frames, no movie, no leftovers"
        assert made(client, order(of, outputs(out), clean_up=STEPS, overwrite=True)).state == "done"


def test_two_clients_see_the_same_and_a_late_one_misses_nothing(house: House, plate: str, tmp_path: Path) -> None:
    with house.client() as client, house.client() as second, house.client() as late:
        of = track(client, plate, tmp_path / "first")
        wanted = order(of, outputs(tmp_path / "again"))
        client.finish(wanted)
        seen = [list(each.watch(wanted.job_id)) for each in (client, second, late)]
        assert seen[0] == seen[1] == seen[2]
        assert [event.seq for event in seen[0]] == list(range(1, len(seen[0]) + 1))
        assert sum(isinstance(event, FrameEvent) for event in seen[0]) == 12


def test_kept_shots_are_listed_cleared_and_missed(house: House, long_plate: str, tmp_path: Path) -> None:
    shell = Shell(house.home)
    with house.client() as client:
        of = track(client, long_plate, tmp_path / "first")
        (shot,) = (json.loads(line) for line in shell.run("kept", "list", "--json").stdout.splitlines())
        assert shot["frames"] == list(FRAMES)
        assert (shot["facts"]["plate"], shot["facts"]["prompts"]) == (long_plate, ["subject"])
        running = order(of, outputs(tmp_path / "again"), clean_up=STEPS)
        client.finish(running)
        wait_until(client, running.job_id, lambda view: view.done >= 1)
        assert "1 shot stayed: in use." in shell.run("kept", "clear").stderr
        assert finish(client, running.job_id).state == "done"
        assert "1 shot removed" in shell.run("kept", "clear").stderr
        assert shell.run("kept", "list", "--json").stdout == ""
        journal = house.journal
        view = made(client, order(of, outputs(tmp_path / "late")))
        assert (view.state, view.error.code if view.error else "") == ("failed", "not_kept")
        assert (house.journal, content(tmp_path / "late")) == (journal, {})
        again = request(long_plate, tmp_path / "anew", reuse=True, last=1010)
        assert finish(client, submit(client, again)).state == "done"
        assert len(house.journal) > len(journal), "submitting it tracks it anew"


def test_a_submit_that_differs_only_in_files_is_finished_from_what_is_kept(
    house: House, plate: str, tmp_path: Path
) -> None:
    with house.client() as client:
        track(client, plate, tmp_path / "first", reuse=True)
        journal = house.journal
        wanted = request(plate, tmp_path / "second", reuse=True, clean_up=STEPS)
        assert finish(client, submit(client, wanted)).state == "done"
        assert house.journal == journal
        other = request(plate, tmp_path / "third", reuse=True, quality="draft")
        assert finish(client, submit(client, other)).state == "done"
        assert len(house.journal) > len(journal), "another quality is another shot"


def test_leftovers_in_folders_with_tokens_are_removed(house: House, plate: str, tmp_path: Path) -> None:
    with house.client() as client:
        wanted = request(plate, tmp_path, "sleep=5")
        job_id = submit(client, replace(wanted, out=[Deliverable(f"{tmp_path}/{{shot}}/{{version}}/m.####.exr")]))
        house.wait_for(lambda: "step 1001" in house.journal)
        left = Path(temporary_path(str(tmp_path / "plate" / "v001" / "m.1001.exr"), job_id, "m.####.exr"))
        left.write_bytes(b"half a frame")
        client.cancel(job_id)
        assert finish(client, job_id).state == "canceled"
        house.wait_for(lambda: not left.exists())
