"""Reading ahead: order, bounds, failures in their place, and an end to the thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from mattewire_server.shots.ahead import Ahead
from server.shots.staged import pipeline_threads


def counting(upto: int, made: list[int]) -> Iterator[int]:
    for number in range(upto):
        made.append(number)
        yield number


def test_items_come_in_order() -> None:
    ahead = Ahead(lambda: iter(range(50)), 3)
    assert list(ahead) == list(range(50))
    ahead.close()
    assert pipeline_threads() == []


def test_no_more_than_depth_items_wait() -> None:
    made: list[int] = []
    ahead = Ahead(lambda: counting(100, made), 3)
    try:
        items = iter(ahead)
        assert next(items) == 0
        deadline = time.monotonic() + 2
        while len(made) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.15)  # time enough for an unbounded reader to run through
        assert made == [0, 1, 2, 3, 4], "one taken, three waiting, one in the reader's hand"
    finally:
        ahead.close()


def test_work_goes_on_while_the_consumer_is_busy() -> None:
    second = threading.Event()

    def make() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    ahead = Ahead(make, 2)
    items = iter(ahead)
    assert next(items) == 1
    assert second.wait(2), "the next item is made although nobody asked for it yet"
    assert list(items) == [2]
    ahead.close()


def test_a_failure_is_raised_after_the_items_before_it() -> None:
    def make() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk went away")

    ahead = Ahead(make, 1)
    seen = []
    with pytest.raises(OSError, match="went away"):
        seen.extend(ahead)
    assert seen == [1, 2]
    ahead.close()
    assert pipeline_threads() == []


def test_what_cannot_even_begin_is_raised_too() -> None:
    def make() -> Iterator[int]:
        raise ValueError("nothing to read")

    ahead = Ahead(make, 1)
    with pytest.raises(ValueError, match="nothing to read"):
        next(iter(ahead))
    ahead.close()


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_closing_ends_the_thread_whatever_it_waits_for(taken: int) -> None:
    made: list[int] = []
    ahead = Ahead(lambda: counting(10_000, made), 2)
    items = iter(ahead)
    assert [next(items) for _ in range(taken)] == list(range(taken))
    ahead.close()
    ahead.close()  # twice is fine
    assert pipeline_threads() == []
    assert len(made) < 10
