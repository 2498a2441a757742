"""The client against a daemon that a test tells what to say. With the real one: tests/e2e."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scripted_daemon import ScriptedDaemon

from mattewire_protocol import Box, Client, Deliverable, MatteRequest, Plate, Point, codec, launch, messages
from mattewire_protocol.connection import Connection, connection_path, write_connection
from mattewire_protocol.errors import (
    BadMessage,
    DaemonUnreachable,
    NotAuthorized,
    TimedOut,
    TooLarge,
    UnknownJob,
    WrongProtocol,
)
from mattewire_protocol.messages import FrameEvent, JobEvent, JobSummary, Snapshot

JOB, OTHER = "job-00001", "job-00002"


def frame(seq: int, job_id: str = JOB) -> FrameEvent:
    return FrameEvent(job_id, seq, 1, 1000 + seq, "done")


def ended(seq: int, job_id: str = JOB) -> JobEvent:
    return JobEvent(job_id, seq, 1, "done")


Make = Callable[..., ScriptedDaemon]


@pytest.fixture
def daemon() -> Iterator[Make]:
    made: list[ScriptedDaemon] = []

    def make(script: Any, limits: messages.Limits | None = None) -> ScriptedDaemon:
        made.append(ScriptedDaemon(script, limits))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def watched_job(*events: Any) -> Any:
    """Answers ``watch`` and says these events after it, those after ``last_seq`` only."""

    def script(message: codec.Message) -> list[Any]:
        if isinstance(message.body, messages.Watch):
            last = message.body.last_seq
            return [messages.Watching(JOB, events[-1].seq), *([event] for event in events if event.seq > last)]
        if isinstance(message.body, messages.Unwatch):
            return [messages.Watching(message.body.job_id, 0, follows=False)]
        return [messages.Pong()]

    return script


def test_watch_yields_every_event_until_the_end(daemon: Make) -> None:
    with Client(daemon(watched_job(frame(1), frame(2), ended(3))).connection) as client:
        assert [event.seq for event in client.watch(JOB)] == [1, 2, 3]
        assert [event.seq for event in client.watch(JOB, last_seq=2)] == [3]
        assert list(client.watch(JOB, last_seq=3)) == [], "it had ended already"
        assert list(client.watch(JOB, last_seq=99)) == [], "a number from a list of jobs that was lost"


def test_events_that_come_twice_or_with_a_hole_are_put_right(daemon: Make) -> None:
    asked: list[int] = []

    def script(message: codec.Message) -> list[Any]:
        if not isinstance(message.body, messages.Watch):
            return [messages.Watching(JOB, 0, follows=False)]
        asked.append(message.body.last_seq)
        if len(asked) == 1:
            return [messages.Watching(JOB, 5), [frame(1)], [frame(2)], [frame(2)], [frame(4)], [ended(5)]]
        return [messages.Watching(JOB, 5), [frame(3)], [frame(4)], [ended(5)]]

    with Client(daemon(script).connection) as client:
        assert [event.seq for event in client.watch(JOB)] == [1, 2, 3, 4, 5]
    assert asked == [0, 2]


def test_a_snapshot_stands_for_what_came_before_it(daemon: Make) -> None:
    snapshot = Snapshot(JOB, 7, JobSummary(JOB, "running"), JobEvent(JOB, 6, 1, "running"))
    with Client(daemon(watched_job(snapshot, ended(8))).connection) as client:
        assert [event.seq for event in client.watch(JOB)] == [7, 8]


def test_watching_one_job_leaves_the_events_of_another(daemon: Make) -> None:
    def script(message: codec.Message) -> list[Any]:
        if isinstance(message.body, messages.Watch) and message.body.job_id == JOB:
            return [messages.Watching(JOB, 2), [ended(1, OTHER)], [frame(1)], [ended(2)]]
        return [messages.Watching(OTHER, 0)]

    with Client(daemon(script).connection) as client:
        client.follow(OTHER)
        assert [(event.job_id, event.seq) for event in client.watch(JOB)] == [(JOB, 1), (JOB, 2)]
        assert [event.job_id for event in client.poll()] == [OTHER]


def test_leaving_a_watch_early_ends_it(daemon: Make) -> None:
    there = daemon(watched_job(frame(1), frame(2), frame(3)))
    with Client(there.connection) as client:
        events = client.watch(JOB)
        next(events)
        events.close()  # type: ignore[attr-defined]
        deadline = time.monotonic() + 10
        while not there.bodies(messages.Unwatch) and time.monotonic() < deadline:
            client.poll(0.05)
        assert there.bodies(messages.Unwatch) == [messages.Unwatch(JOB)]


def test_following_again_from_an_earlier_place_starts_there(daemon: Make) -> None:
    with Client(daemon(watched_job(frame(1), frame(2), ended(3))).connection) as client:
        client.follow(JOB, 1)
        time.sleep(0.1)
        client._talk.serve(0.1)
        client.follow(JOB, 0)
        seen: list[int] = []
        while len(seen) < 3:
            seen += [event.seq for event in client.poll(0.5)]
        assert seen == [1, 2, 3]


def test_an_error_is_raised_as_what_it_is(daemon: Make) -> None:
    refusal = messages.Error("unknown_job", "There is no job.", "job_id", "Look at the list.")
    with Client(daemon(lambda message: [refusal]).connection) as client:
        with pytest.raises(UnknownJob) as caught:
            client.follow(JOB)
        assert (caught.value.field, caught.value.advice) == ("job_id", "Look at the list.")
        with pytest.raises(UnknownJob):
            client.cancel(JOB)
        assert client.connected


def test_a_wrong_answer_is_a_bad_message(daemon: Make) -> None:
    with Client(daemon(lambda message: [messages.Pong()]).connection) as client, pytest.raises(BadMessage):
        client.status()


def test_no_answer_is_told_in_time_and_a_late_one_is_let_go(daemon: Make) -> None:
    def script(message: codec.Message) -> list[Any]:
        time.sleep(2)
        return [messages.Jobs()]

    with Client(daemon(script).connection, timeout=5) as client:
        started = time.monotonic()
        with pytest.raises(TimedOut):
            client.request(messages.ListJobs(), timeout=0.15)
        assert time.monotonic() - started < 1.5
        assert client.jobs() == []


def test_what_is_too_large_is_refused_before_it_is_sent(daemon: Make) -> None:
    there = daemon(lambda message: [messages.Jobs()])
    prompts = ["x" * 512] * 64
    many = [Deliverable("/out/" + "y" * 4000 + f"{index}.####.exr") for index in range(64)]
    wanted = MatteRequest(Plate("/p/a.####.exr"), many, prompts=prompts, exclude=prompts)
    with Client(there.connection) as client:
        with pytest.raises(TooLarge):
            client.submit(
                replace(
                    wanted, boxes=[Box(1001, 0.5, 0.5, 10.5, 10.5)] * 10_000, points=[Point(1001, 0.5, 0.5)] * 10_000
                )
            )
        assert client.jobs() == []
    assert there.bodies(messages.Submit) == []


def test_pings_are_answered_unknown_messages_and_garbage_ignored(daemon: Make) -> None:
    newer = codec.encode(messages.Pong())
    header = codec.pack({"protocol": 1, "type": "weather", "id": "1"})

    def script(message: codec.Message) -> list[Any]:
        if isinstance(message.body, messages.ListJobs):
            return [(b"MW", header, newer[2]), (b"junk",), [messages.Ping()], messages.Jobs()]
        return []

    there = daemon(script)
    with Client(there.connection) as client:
        assert client.jobs() == []
        client.poll(0.2)
        assert client.connected
        deadline = time.monotonic() + 2
        while not there.bodies(messages.Pong) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert there.bodies(messages.Pong)


def test_a_quiet_client_pings_and_a_silent_daemon_is_dropped(daemon: Make) -> None:
    there = daemon(lambda message: [], messages.Limits(heartbeat_s=0.1, silence_s=0.4))
    # The daemon may have let one hello pass unanswered below: after ``timeout`` the client says another.
    with Client(there.connection, timeout=1) as client:
        welcome, there.welcome = there.welcome, None
        deadline = time.monotonic() + 5
        while client.connected and time.monotonic() < deadline:
            client.poll(0.05)
        assert not client.connected
        assert isinstance(client.problem, TimedOut)
        assert len(there.bodies(messages.Ping)) >= 2
        started = time.monotonic()
        assert client.poll() == []
        assert time.monotonic() - started < 0.5, "a panel's timer is never held up"
        there.welcome = welcome
        deadline = time.monotonic() + 10
        while not client.connected and time.monotonic() < deadline:
            client.poll(0.1)
        assert client.connected


def test_a_client_that_slept_watches_again(daemon: Make) -> None:
    there = daemon(watched_job(frame(1)), messages.Limits(heartbeat_s=0.1, silence_s=0.3))
    with Client(there.connection) as client:
        client.follow(JOB)
        assert client.poll(0.5)
        time.sleep(0.5)
        deadline = time.monotonic() + 10
        while messages.Watch(JOB, 1) not in there.bodies(messages.Watch) and time.monotonic() < deadline:
            client.poll(0.05)
        assert messages.Watch(JOB, 1) in there.bodies(messages.Watch)
        assert client.connected


def test_a_daemon_that_never_says_welcome_times_out(daemon: Make) -> None:
    there = daemon(lambda message: [])
    there.welcome = None
    started = time.monotonic()
    with pytest.raises(TimedOut, match="welcome"):
        Client(there.connection, timeout=0.3)
    assert time.monotonic() - started < 2


def test_a_refused_version_is_told(daemon: Make) -> None:
    there = daemon(lambda message: [])
    there.welcome = messages.Error("wrong_protocol", "The panel speaks protocol 1.")
    with pytest.raises(WrongProtocol, match="protocol 1"):
        Client(there.connection, timeout=2)


def test_nobody_home(home: Path) -> None:
    with pytest.raises(DaemonUnreachable, match="connection file"):
        Client()
    gone = Connection(1, "tcp://127.0.0.1:9", "x" * 40, "x" * 40, "x" * 40, pid=2**22 - 3)
    write_connection(gone)
    with pytest.raises(DaemonUnreachable, match="no longer running"):
        Client()


def test_a_dead_port_is_told_at_once(daemon: Make) -> None:
    there = daemon(lambda message: [])
    there.close()
    started = time.monotonic()
    with pytest.raises(DaemonUnreachable, match="Nothing answers"):
        Client(there.connection)
    assert time.monotonic() - started < 3


def test_a_wrong_server_key_is_told(daemon: Make) -> None:
    there = daemon(lambda message: [])
    other = daemon(lambda message: [])
    with pytest.raises(NotAuthorized):
        Client(replace(there.connection, server_key=other.connection.server_key), timeout=10)


def test_another_daemon_is_found_through_the_connection_file(daemon: Make, home: Path) -> None:
    first, second = daemon(watched_job(frame(1))), daemon(watched_job(frame(1), frame(2)))
    write_connection(first.connection)
    with Client() as client:
        client.follow(JOB)
        assert [event.seq for event in client.poll(1)] == [1]
        write_connection(second.connection)
        seen: list[int] = []
        deadline = time.monotonic() + 5
        while not seen and time.monotonic() < deadline:
            seen += [event.seq for event in client.poll(0.1)]
        assert seen == [2]
        assert second.bodies(messages.Watch) == [messages.Watch(JOB, 1)]


def test_a_daemon_stopped_on_purpose_is_not_started_again_by_polling(
    daemon: Make, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts: list[float] = []

    def start() -> Connection:
        starts.append(time.monotonic())
        raise DaemonUnreachable("It does not come up.")

    there = daemon(lambda message: [messages.Stopping()])
    write_connection(there.connection)
    with Client(start=True) as client:
        monkeypatch.setattr(launch, "start_daemon", start)
        client.stop()
        connection_path().unlink()
        for _ in range(15):
            client.poll(0.1)
        assert not client.connected
        assert starts == []
        with pytest.raises(DaemonUnreachable, match="does not come up"):
            client.request(messages.Status(), timeout=1.5)
        assert len(starts) == 1, "somebody asked for it"


def test_a_daemon_that_crashed_is_started_again_without_holding_up_the_panel(
    daemon: Make, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = daemon(lambda message: []), daemon(lambda message: [messages.Jobs()])

    def start() -> Connection:
        time.sleep(1.0)
        write_connection(second.connection)
        return second.connection

    monkeypatch.setattr(launch, "start_daemon", start)
    write_connection(first.connection)
    with Client(start=True) as client:
        connection_path().unlink()
        slowest = 0.0
        deadline = time.monotonic() + 10
        client.poll()
        while not client.connected and time.monotonic() < deadline:
            started = time.monotonic()
            client.poll()
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(0.02)
        assert client.jobs() == []
        assert slowest < 0.2
