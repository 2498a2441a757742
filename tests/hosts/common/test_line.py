"""The thread behind a panel: orders in, answers and states out, in order, whatever goes wrong in it."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any

import pytest

from mattewire_panel import line as line_module
from mattewire_panel.line import Answer, Line, LineState
from mattewire_protocol import messages
from mattewire_protocol.errors import DaemonUnreachable, InternalError, UnknownJob


class Caller:
    """A client whose calls do as the test says. ``events`` are handed out by ``poll`` one list at a time."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.welcome = messages.Welcome(1, "test")
        self.connected = True
        self.problem = None
        self.closed = threading.Event()
        self.events: list[Any] = []
        self.thread = threading.get_ident()

    def poll(self, timeout: float) -> list[Any]:
        assert threading.get_ident() == self.thread, "a client belongs to one thread"
        time.sleep(min(timeout, 0.005))
        taken = self.events.pop(0) if self.events else []
        if isinstance(taken, Exception):
            raise taken
        return list(taken)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The clients that were made; an exception put into it beforehand is raised in a client's place."""
    made: list[Any] = []

    def make(**settings: Any) -> Caller:
        if made and isinstance(made[-1], Exception):
            raise made.pop()
        made.append(Caller(**settings))
        return made[-1]

    monkeypatch.setattr(line_module, "Client", make)
    return made


def taken(out: queue.Queue[Any], count: int) -> list[Any]:
    return [out.get(timeout=5) for _ in range(count)]


def done(result: Any, error: Any) -> None:
    raise AssertionError("callbacks belong to the host's thread")


def test_nothing_happens_before_the_first_order(calls: list[Any]) -> None:
    out: queue.Queue[Any] = queue.Queue()
    line = Line(out, name="n", host="h", start=True)
    time.sleep(0.1)
    assert calls == []
    assert out.empty()
    line.close(2)
    assert line.ended


def test_states_and_answers_come_in_order(calls: list[Any]) -> None:
    out: queue.Queue[Any] = queue.Queue()
    line = Line(out, name="n", host="h", start=False)
    line.ask(lambda client: "one", done)
    line.ask(lambda client: "two", done)
    opening, on, one, two = taken(out, 4)
    assert (opening, on) == (LineState("opening"), LineState("on", welcome=calls[0].welcome))
    assert (one, two) == (Answer(done, "one", None), Answer(done, "two", None))
    assert calls[0].settings == {"name": "n", "host": "h", "start": False, "connection": None}
    line.close(2)
    assert calls[0].closed.is_set()


def test_an_error_is_an_answer(calls: list[Any]) -> None:
    out: queue.Queue[Any] = queue.Queue()
    line = Line(out, name="n", host="h", start=False)
    lost = UnknownJob("There is no job.")

    def refused(client: Any) -> None:
        raise lost

    line.ask(refused, done)
    assert taken(out, 3)[2] == Answer(done, None, lost)
    line.ask(lambda client: {}["x"], done)
    told = out.get(timeout=5).error
    assert isinstance(told, InternalError)
    assert told.message == "KeyError: 'x'"
    line.ask(lambda client: "alive", done)
    assert out.get(timeout=5).result == "alive"
    line.close(2)


@pytest.mark.parametrize("problem", [DaemonUnreachable("Nobody is there."), OSError("no route")])
def test_a_daemon_that_is_not_there_is_off_until_asked_again(calls: list[Any], problem: Exception) -> None:
    out: queue.Queue[Any] = queue.Queue()
    calls.append(problem)
    line = Line(out, name="n", host="h", start=False)
    line.ask(lambda client: "one", done)
    opening, off, answer = taken(out, 3)
    assert (opening.state, off.state) == ("opening", "off")
    assert isinstance(off.problem, DaemonUnreachable if isinstance(problem, DaemonUnreachable) else InternalError)
    assert answer.error is not None
    line.ask(lambda client: "two", done)
    assert [getattr(item, "state", "") or item.result for item in taken(out, 3)] == ["opening", "on", "two"]
    line.close(2)


def test_events_and_a_line_that_comes_and_goes(calls: list[Any]) -> None:
    out: queue.Queue[Any] = queue.Queue()
    line = Line(out, name="n", host="h", start=False)
    line.ask(lambda client: client.events.extend([["a", "b"], [], ["c"]]), done)
    assert taken(out, 6)[3:] == ["a", "b", "c"]
    calls[0].problem = DaemonUnreachable("gone")
    calls[0].connected = False
    assert out.get(timeout=5) == LineState("away", calls[0].problem)
    time.sleep(0.2)
    assert out.empty(), "a state is told once"
    calls[0].problem, calls[0].connected = None, True
    assert out.get(timeout=5).state == "on"
    line.close(2)


def test_every_lost_job_is_told(calls: list[Any]) -> None:
    out: queue.Queue[Any] = queue.Queue()
    line = Line(out, name="n", host="h", start=False)
    lost = UnknownJob("There is no job.")
    line.ask(lambda client: client.events.extend([lost, lost]), done)
    states = [(item.state, item.problem) for item in taken(out, 6) if isinstance(item, LineState)]
    assert states.count(("on", lost)) == 2
    line.close(2)


def test_a_fault_while_waiting_for_events_does_not_end_the_thread(calls: list[Any]) -> None:
    out: queue.Queue[Any] = queue.Queue()
    line = Line(out, name="n", host="h", start=False)
    line.ask(lambda client: client.events.append(RuntimeError("a fault")), done)
    off = taken(out, 4)[3]
    assert (off.state, off.problem.code) == ("off", "internal_error")
    assert calls[0].closed.wait(5)
    line.ask(lambda client: "again", done)
    assert [getattr(item, "state", "") or item.result for item in taken(out, 3)] == ["opening", "on", "again"]
    assert len(calls) == 2
    line.close(2)


def test_the_second_of_two_lines_keeps_still_about_its_state(calls: list[Any]) -> None:
    out: queue.Queue[Any] = queue.Queue()
    line = Line(out, name="n", host="h", start=False, tells=False)
    line.ask(lambda client: "one", done)
    assert out.get(timeout=5) == Answer(done, "one", None)
    line.close(2)


def test_what_was_asked_before_the_end_is_still_done(calls: list[Any]) -> None:
    """Stop, then quit the host: the job must not run on."""
    out: queue.Queue[Any] = queue.Queue()
    line = Line(out, name="n", host="h", start=False)
    line.ask(lambda client: None, done)
    taken(out, 3)
    canceled = threading.Event()
    line.ask(lambda client: time.sleep(0.1), done)
    line.ask(lambda client: canceled.set(), done)
    line.close()
    assert canceled.wait(5)
    assert calls[0].closed.wait(5)


def test_the_end_starts_nothing(calls: list[Any]) -> None:
    out: queue.Queue[Any] = queue.Queue()
    calls.append(DaemonUnreachable("Nobody is there."))
    line = Line(out, name="n", host="h", start=True)
    hold = threading.Event()
    line.ask(lambda client: hold.wait(5), done)
    taken(out, 3)
    line.close()
    line.ask(lambda client: "too late", done)
    line.close(2)
    assert line.ended
    assert calls == []


def test_closing_does_not_wait_for_a_call_that_takes_long(calls: list[Any]) -> None:
    out: queue.Queue[Any] = queue.Queue()
    line = Line(out, name="n", host="h", start=False)
    release = threading.Event()
    line.ask(lambda client: release.wait(10), done)
    taken(out, 2)
    began = time.monotonic()
    line.close()
    line.close(0.1)
    assert time.monotonic() - began < 2, "the call takes ten"
    assert not line.ended
    release.set()
    line.close(5)
    assert line.ended
