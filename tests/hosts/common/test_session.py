"""A panel's conversation with a real daemon, as a host's main thread sees it: a timer, callbacks, and no waiting."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.house import House, request, write_plate
from mattewire_panel import line as line_module
from mattewire_panel import selftest
from mattewire_panel.session import Session
from mattewire_protocol import CleanUp, Client, Deliverable, JobView, Plate, Search, codec, errors, messages
from mattewire_protocol.launch import process_exists

TICK_S = 0.01
LONGEST_S = 0.05
"""What a host's main thread may be held up by one call."""


class Host:
    """A host with one panel: it pumps, and everything it calls is timed."""

    def __init__(self, main_thread: Any, **options: Any) -> None:
        self.clock = main_thread
        self.log: list[tuple[str, Any]] = []
        self.session: Session = self.clock.call(
            lambda: Session(name="test panel", host="no host", on_event=self._on_event, **options)
        )

    def _on_event(self, view: JobView, event: Any) -> None:
        assert threading.current_thread() is threading.main_thread()
        assert event.seq == view.seq
        self.log.append(("event", event))

    def done(self, word: str) -> Callable[[Any, Any], None]:
        def done(result: Any, error: Any) -> None:
            assert threading.current_thread() is threading.main_thread()
            self.log.append((word, error or result))

        return done

    def do(self, function: Callable[[], Any]) -> Any:
        return self.clock.call(function)

    def until(self, condition: Callable[[], Any], seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, (self.session.state, self.session.problem, self.log[-3:])
            self.do(self.session.pump)
            time.sleep(TICK_S)

    def answer(self, word: str) -> Any:
        """The answer to the order of that name, once it has come."""
        self.until(lambda: any(name == word for name, _ in self.log))
        return next(result for name, result in self.log if name == word)


@pytest.fixture
def hosts(main_thread: Any) -> Iterator[Callable[..., Host]]:
    made: list[Host] = []

    def make(**options: Any) -> Host:
        made.append(Host(main_thread, **options))
        return made[-1]

    yield make
    for host in made:
        host.do(host.session.close)
        host.session.close(5)


@pytest.fixture
def plate(tmp_path: Path) -> str:
    return write_plate(tmp_path / "plate", 1001, 1012)


@pytest.fixture
def may_be_started(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The data folder of a daemon that a panel starts itself, and that is ended with the test."""
    for name, value in house.variables.items():
        monkeypatch.setenv(name, value)
    try:
        yield house
    finally:
        with contextlib.suppress(errors.MattewireError), Client(name="test end") as client:
            house.worker_pid(client)
            pid = client.welcome.pid
            client.stop()
            house.wait_for(lambda: not process_exists(pid), 20)


def test_a_job_from_its_order_to_its_end(house: House, hosts: Any, plate: str, tmp_path: Path) -> None:
    house.start()
    host = hosts(start=False)
    view = host.do(lambda: host.session.submit(request(plate, tmp_path / "out"), host.done("accepted")))
    assert (view.state, host.session.running) == ("queued", [view])
    host.until(lambda: view.ended)
    assert view.state == "done"
    assert sorted(view.frames) == list(range(1001, 1013))
    assert host.log[0][0] == "accepted", "the answer comes before the first event"
    assert host.log[0][1].job_id == view.job_id
    numbers = [event.seq for name, event in host.log if name == "event"]
    assert numbers == sorted(set(numbers))
    assert host.session.running == []
    assert host.session.views[view.job_id] is view
    assert host.session.welcome.pid == house.process.pid  # type: ignore[union-attr]
    assert len(list((tmp_path / "out").glob("*.exr"))) == 12
    assert host.clock.longest < LONGEST_S


def test_the_main_thread_never_waits_while_the_daemon_starts_dies_and_comes_back(
    may_be_started: House, hosts: Any, plate: str, tmp_path: Path
) -> None:
    host = hosts(start=True)
    wanted = request(plate, tmp_path / "out", "subject sleep=0.15")
    view = host.do(lambda: host.session.submit(wanted, host.done("accepted")))
    host.until(lambda: host.session.state == "opening")
    host.until(lambda: host.session.state == "on")
    host.until(lambda: view.done >= 3)
    first = host.session.welcome.pid
    os.kill(first, signal.SIGKILL)
    host.until(lambda: host.session.state == "away", 10)
    assert isinstance(host.session.problem, errors.MattewireError)
    host.do(lambda: host.session.status(host.done("status while away")))
    host.until(lambda: host.session.state == "on")
    assert host.session.problem is None
    assert host.session.welcome.pid != first
    assert host.answer("status while away").pid == host.session.welcome.pid
    host.until(lambda: view.ended, 60)
    assert (view.state, sorted(view.frames)) == ("done", list(range(1001, 1013)))
    assert host.clock.calls > 100
    assert host.clock.longest < LONGEST_S


def test_a_daemon_that_is_not_there_and_then_is(house: House, hosts: Any, plate: str, tmp_path: Path) -> None:
    host = hosts(start=False)
    host.do(lambda: host.session.open(host.done("first")))
    assert isinstance(host.answer("first"), errors.DaemonUnreachable)
    assert host.session.state == "off"
    assert isinstance(host.session.problem, errors.DaemonUnreachable)
    view = host.do(lambda: host.session.submit(request(plate, tmp_path / "out"), host.done("refused")))
    assert isinstance(host.answer("refused"), errors.DaemonUnreachable)
    assert view.job_id not in host.session.views
    house.start()
    host.do(lambda: host.session.open(host.done("second")))
    assert host.answer("second").pid == house.process.pid  # type: ignore[union-attr]
    assert (host.session.state, host.session.problem) == ("on", None)
    assert [engine.name for engine in host.session.welcome.engines if engine.name == "double"]
    assert host.clock.longest < LONGEST_S


def test_a_job_followed_before_the_daemon_was_there_is_followed_once_it_is(
    house: House, hosts: Any, plate: str, tmp_path: Path
) -> None:
    """A scene is opened, its jobs are followed, and only then the artist presses Start daemon."""
    house.start()
    with house.client() as client:
        job_id = client.submit(request(plate, tmp_path / "out", "subject sleep=0.1")).job_id
        house.worker_pid(client)
    house.end()
    host = hosts(start=False)
    view = host.do(lambda: host.session.follow(job_id, host.done("followed")))
    assert isinstance(host.answer("followed"), errors.DaemonUnreachable)
    house.start()
    host.do(host.session.open)
    host.until(lambda: view.ended)
    assert view.state == "done"


def test_stop_keeps_what_is_finished(house: House, hosts: Any, plate: str, tmp_path: Path) -> None:
    house.start()
    host = hosts(start=False)
    view = host.do(lambda: host.session.submit(request(plate, tmp_path / "out", "subject sleep=0.2")))
    host.until(lambda: view.done >= 2)
    host.do(lambda: host.session.cancel(view.job_id, host.done("canceled")))
    assert host.answer("canceled").state in ("stopping", "canceled")
    host.until(lambda: view.ended)
    assert view.state == "canceled"
    assert len(list((tmp_path / "out").glob("*.exr"))) == view.done >= 2
    assert host.clock.longest < LONGEST_S


def test_a_look_does_not_hold_up_the_events(house: House, hosts: Any, plate: str, tmp_path: Path) -> None:
    house.start()
    host = hosts(start=False)
    host.do(lambda: host.session.open(host.done("open")))
    host.answer("open")
    look = Search(Plate(plate), 1003, ["subject find=0.4"], engine="double", preview_edge=64)
    host.do(lambda: host.session.detect(look, host.done("found")))
    host.do(lambda: host.session.status(host.done("status")))
    detected, jpeg = host.answer("found")
    assert [name for name, _ in host.log] == ["open", "status", "found"]
    assert (detected.width, detected.height) == (64, 36)
    assert detected.objects[0].phrase.startswith("subject")
    assert jpeg[:2] == b"\xff\xd8"
    refused = Search(Plate(str(tmp_path / "no.####.exr")), 1003, ["subject"], engine="double")
    host.do(lambda: host.session.detect(refused, host.done("refused")))
    assert isinstance(host.answer("refused"), errors.PlateNotFound)
    assert host.clock.longest < LONGEST_S


def test_jobs_status_release_and_forget(house: House, hosts: Any, plate: str, tmp_path: Path) -> None:
    house.start()
    host = hosts(start=False)
    view = host.do(lambda: host.session.submit(request(plate, tmp_path / "out", "subject sleep=0.1")))
    host.until(lambda: view.done >= 1)
    host.do(lambda: host.session.jobs(host.done("jobs")))
    host.do(lambda: host.session.status(host.done("status")))
    assert [job.job_id for job in host.answer("jobs")] == [view.job_id]
    assert host.answer("status").running == view.job_id
    host.do(lambda: host.session.forget(view.job_id))
    host.do(lambda: host.session.forget("no such job"))
    seen = len([name for name, _ in host.log if name == "event"])
    deadline = time.monotonic() + 0.6
    host.until(lambda: time.monotonic() > deadline)
    assert len([name for name, _ in host.log if name == "event"]) == seen
    assert host.session.views == {}
    host.do(lambda: host.session.cancel(view.job_id, host.done("canceled")))
    host.answer("canceled")
    host.do(lambda: host.session.release(host.done("released")))
    assert isinstance(host.answer("released"), messages.Released)
    assert host.clock.longest < LONGEST_S


def test_forgetting_does_not_start_a_daemon(hosts: Any, home: Path) -> None:
    host = hosts(start=True)
    host.session.views["a" * 16] = JobView("a" * 16)
    host.do(lambda: host.session.forget("a" * 16))
    time.sleep(0.3)
    host.do(host.session.pump)
    assert host.session.state == "off"
    assert not (home / "connection.json").exists()


def test_finishing_again_makes_other_files_of_the_same_track(house: House, hosts: Any, tmp_path: Path) -> None:
    house.start()
    host = hosts(start=False)
    pattern = selftest.write_plate(tmp_path / "plate")
    tracked = host.do(lambda: host.session.submit(selftest.request(pattern, str(tmp_path / "one" / "m.####.exr"))))
    host.until(lambda: tracked.ended)
    assert tracked.state == "done"
    assert tracked.kept
    again = messages.Finish(
        codec.new_id(),
        tracked.job_id,
        [Deliverable(str(tmp_path / "two" / "m.####.exr"))],
        clean_up=[CleanUp(dilate=3)],
    )
    finished = host.do(lambda: host.session.finish(again, host.done("accepted")))
    assert finished.job_id == again.job_id
    host.until(lambda: finished.ended)
    assert finished.state == "done"
    one, two = (selftest.judge_file(str(tmp_path / name / "m.1001.exr"), 1001) for name in ("one", "two"))
    assert one.good
    assert two.iou < one.iou - 0.1, "three pixels wider on every side"
    lost = messages.Finish(codec.new_id(), "f" * 16, again.out)
    view = host.do(lambda: host.session.finish(lost, host.done("refused")))
    assert isinstance(host.answer("refused"), errors.MattewireError)
    assert view.job_id not in host.session.views


def test_a_job_that_the_daemon_has_lost_ends_with_the_reason(
    house: House, hosts: Any, plate: str, tmp_path: Path
) -> None:
    house.start()
    host = hosts(start=False)
    slow = request(plate, tmp_path / "out", "subject sleep=0.3")
    lost = host.do(lambda: host.session.submit(slow))
    host.until(lambda: lost.done >= 1)
    with house.client() as client:
        house.worker_pid(client)
    house.end()
    host.until(lambda: host.session.state == "away")
    for path in house.home.glob("jobs.sqlite3*"):
        path.unlink()
    house.start()
    host.until(lambda: lost.ended)
    assert lost.state == "failed"
    assert lost.error is not None
    assert lost.error.code == "unknown_job"
    assert host.log[-1][1].state == "failed"
    assert host.session.state == "on"
    kept = host.do(lambda: host.session.submit(request(plate, tmp_path / "other")))
    host.until(lambda: kept.ended)
    assert kept.state == "done"


@pytest.mark.parametrize("condition", ["running", "stopped in its tracks", "dead", "never there"])
def test_closing_never_hangs(condition: str, house: House, main_thread: Any, plate: str, tmp_path: Path) -> None:
    if condition != "never there":
        house.start()
    host = Host(main_thread, start=False)
    look = Search(Plate(plate), 1003, ["subject find=3"], engine="double")
    host.do(lambda: host.session.submit(request(plate, tmp_path / "out", "subject sleep=1"), host.done("submitted")))
    host.answer("submitted")
    pid = house.process.pid if house.process is not None else 0
    if condition == "stopped in its tracks":
        assert pid > 0
        os.kill(pid, signal.SIGSTOP)
    elif condition == "dead":
        house.kill()
    host.do(lambda: host.session.detect(look, host.done("never")))
    host.do(lambda: host.session.status(host.done("never")))
    try:
        host.do(host.session.close)
        assert host.clock.longest < LONGEST_S
        began = time.monotonic()
        host.session.close(0.2)
        assert time.monotonic() - began < 1
    finally:
        if condition == "stopped in its tracks":
            os.kill(pid, signal.SIGCONT)


# --- with a client whose calls do as the test says ---------------------------------------------------------


class Unlucky:
    """A client whose line is cut at the first ``cuts`` orders of a job."""

    cuts = 1

    def __init__(self, **settings: Any) -> None:
        self.welcome = messages.Welcome(1, "test")
        self.connected, self.problem = True, None
        self.handed_in: list[str] = []
        Unlucky.made = self  # type: ignore[attr-defined]

    def submit(self, wanted: Any, job_id: str) -> messages.Accepted:
        self.handed_in.append(job_id)
        if len(self.handed_in) <= self.cuts:
            raise errors.DaemonUnreachable("The daemon went away before it answered.", advice="Try again.")
        return messages.Accepted(job_id, "queued", 1, repeated=True)

    def follow(self, job_id: str, last_seq: int = 0) -> messages.Watching:
        return messages.Watching(job_id, 1)

    def poll(self, timeout: float) -> list[Any]:
        time.sleep(0.005)
        return []

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("cuts", "arrives"), [(0, True), (1, True), (2, False)])
def test_an_order_that_may_have_arrived_is_sent_once_more_under_the_same_id(
    cuts: int, arrives: bool, hosts: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(line_module, "Client", Unlucky)
    monkeypatch.setattr(Unlucky, "cuts", cuts)
    host = hosts(start=False)
    view = host.do(lambda: host.session.submit(request("/p.####.exr", tmp_path), host.done("accepted")))
    told = host.answer("accepted")
    assert Unlucky.made.handed_in == [view.job_id] * (min(cuts, 1) + 1)  # type: ignore[attr-defined]
    assert isinstance(told, messages.Accepted if arrives else errors.DaemonUnreachable)
    assert (view.job_id in host.session.views) is arrives


def test_a_pump_takes_no_longer_than_it_may_and_loses_nothing(hosts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "Client", Unlucky)
    host = hosts(start=False)
    seen: list[int] = []

    def slow(number: int) -> Callable[[Any, Any], None]:
        def done(result: Any, error: Any) -> None:
            time.sleep(0.004)
            seen.append(number)

        return done

    for number in range(30):
        host.session.jobs(slow(number))
    monkeypatch.setattr(Unlucky, "jobs", lambda self, limit: [], raising=False)
    time.sleep(0.3)
    assert host.session.pump(0.0) is True
    assert len(seen) <= 1
    pumps = 0
    while len(seen) < 30:
        host.do(lambda: host.session.pump(0.01))
        pumps += 1
        assert pumps < 60
    assert pumps > 5
    assert seen == list(range(30))
    assert host.session.pump() is False


def test_a_callback_that_fails_does_not_swallow_the_next(hosts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "Client", Unlucky)
    monkeypatch.setattr(Unlucky, "jobs", lambda self, limit: [], raising=False)
    host = hosts(start=False)

    def broken(result: Any, error: Any) -> None:
        raise ZeroDivisionError("the adapter's own fault")

    host.session.jobs(broken)
    host.session.jobs(host.done("after it"))
    with pytest.raises(ZeroDivisionError):
        host.until(lambda: False)
    assert host.answer("after it") == []
