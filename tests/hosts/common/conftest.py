"""A real daemon for the tests that talk, and a data folder of its own for every one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

Result = TypeVar("Result")
SCHEDULER = Path("/proc/thread-self/schedstat")


class MainThread:
    """Takes the time of what a host's main thread has to wait for: the longest call, in seconds.

    Time in which this thread could have run but other processes had the processor is not counted, where Linux says
    how much that was: these tests run on busy machines.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self.calls = 0

    def call(self, function: Callable[[], Result]) -> Result:
        queued, began = _queued_s(), time.perf_counter()
        try:
            return function()
        finally:
            took = time.perf_counter() - began - (_queued_s() - queued)
            self.longest = max(self.longest, took)
            self.calls += 1


def _queued_s() -> float:
    try:
        return int(SCHEDULER.read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


@pytest.fixture
def main_thread() -> MainThread:
    return MainThread()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def house(tmp_path: Path, home: Path) -> Iterator[object]:
    """A daemon that the test starts itself, with the engine double; ended whatever happens."""
    from e2e.house import House  # here, so that the tests without a daemon run where no server is installed

    made = House(tmp_path, MATTEWIRE_STOP_GRACE_S="0.2")
    try:
        yield made
    finally:
        made.end()
