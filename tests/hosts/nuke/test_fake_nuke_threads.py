"""The stand-in's main thread: who may call, what waits, how long it was busy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest


def in_thread(work: Callable[[], Any]) -> Any:
    """What ``work`` returned or raised in a thread of its own."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run, name="poller")
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    return outcome[0]


def test_other_threads_are_refused_and_remembered(fake: Any) -> None:
    import nuke

    node = nuke.nodes.NoOp()
    knob = node["label"]
    calls: list[Callable[[], Any]] = [
        nuke.allNodes,
        lambda: nuke.createNode("Read"),
        lambda: node["label"],
        lambda: knob.setValue("x"),
        lambda: nuke.ProgressTask("x"),
        nuke.Undo.begin,
        lambda: nuke.env["gui"],
        lambda: nuke.menu("Nuke"),
    ]
    for call in calls:
        error = in_thread(call)
        assert isinstance(error, RuntimeError)
        assert "executeInMainThread" in str(error)
    assert len(fake.loop.violations) == len(calls)
    assert fake.loop.violations[0] == "allNodes from poller"
    assert knob.value() == ""


def test_queued_calls_wait_for_the_pump(fake: Any) -> None:
    import nuke

    in_thread(lambda: nuke.executeInMainThread(nuke.createNode, "NoOp"))  # no tuple: wrapped into one
    in_thread(lambda: nuke.executeInMainThread(nuke.createNode, ("Dot",), {"inpanel": False}))
    assert nuke.allNodes() == []
    fake.pump()
    assert [node.Class() for node in nuke.allNodes()] == ["NoOp", "Dot"]
    assert fake.loop.violations == []


def test_waiting_for_a_result(fake: Any) -> None:
    import nuke

    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(nuke.executeInMainThreadWithResult(nuke.frame, (1010,))))
    thread.start()
    assert fake.pump(5, until=lambda: bool(answers))
    thread.join()
    assert answers == [1010]


def test_a_call_that_raises_prints_and_gives_none(fake: Any, capsys: pytest.CaptureFixture[str]) -> None:
    import nuke

    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(nuke.executeInMainThreadWithResult(lambda: 1 // 0)))
    thread.start()
    fake.pump(5, until=lambda: bool(answers))
    thread.join()
    assert answers == [None]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_queued_call_that_raises_does_not_stop_the_others(fake: Any, capsys: pytest.CaptureFixture[str]) -> None:
    import nuke

    nuke.executeInMainThread(lambda: 1 // 0)
    nuke.executeInMainThread(nuke.frame, (7,))
    fake.pump()
    assert nuke.frame() == 7
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_waiting_on_the_main_thread_would_never_end(fake: Any) -> None:
    import nuke

    with pytest.raises(RuntimeError, match="would wait for ever"):
        nuke.executeInMainThreadWithResult(nuke.frame)
    assert fake.loop.violations


def test_terminal_mode_has_no_event_loop(terminal: Any) -> None:
    import nuke

    nuke.executeInMainThread(nuke.frame, (7,))
    with pytest.raises(RuntimeError, match="no event loop"):
        terminal.pump()
    assert nuke.frame() == 1
    assert "would wait for ever" in str(in_thread(lambda: nuke.executeInMainThreadWithResult(nuke.frame)))


def test_time_in_adapter_code_is_measured(fake: Any) -> None:
    import nuke

    nuke.menu("Nuke").addCommand("Slow", lambda: time.sleep(0.06))
    nuke.executeInMainThread(time.sleep, (0.02,))
    fake.pump()
    fake.choose("Slow")
    what, seconds = fake.loop.longest()
    assert what == "menu Slow"
    assert 0.05 < seconds < 2
    with pytest.raises(AssertionError, match="menu Slow"), fake.blocking_at_most(0.05):
        fake.choose("Slow")
    with fake.blocking_at_most(0.05):
        fake.pump()


def test_nested_visits_count_once(fake: Any) -> None:
    import nuke

    node = nuke.nodes.NoOp()
    node.addKnob(nuke.PyScript_Knob("inner", "Inner", "pass"))
    nuke.menu("Nuke").addCommand("Outer", lambda: fake.click(node, "inner"))
    fake.choose("Outer")
    assert [what for what, _ in fake.loop.timings] == ["menu Outer"]
