"""The supervisor with real worker processes, some of them badly behaved."""

from __future__ import annotations

import queue
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mattewire_server import channel, supervisor
from mattewire_server.supervisor import Supervisor


@pytest.fixture
def records() -> queue.Queue[tuple[int, bytes | None]]:
    return queue.Queue()


@pytest.fixture
def started(
    tmp_path: Path, records: queue.Queue[tuple[int, bytes | None]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Supervisor]]:
    """Starts a supervisor whose worker is the given Python program; an empty one is the real worker."""
    made: list[Supervisor] = []

    def start(program: str = "") -> Supervisor:
        if program:
            python = tmp_path / "python"
            python.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{program}'\n")
            python.chmod(0o755)
            monkeypatch.setattr(supervisor.sys, "executable", str(python))
        made.append(Supervisor(lambda generation, raw: records.put((generation, raw)), tmp_path / "worker.log"))
        made[-1].start()
        return made[-1]

    yield start
    for each in made:
        each.end(0.1)


def test_the_real_worker_reports_and_goes_when_asked(
    started: Callable[..., Supervisor], records: queue.Queue[tuple[int, bytes | None]]
) -> None:
    worker = started()
    generation, raw = records.get(timeout=20)
    assert raw is not None
    (ready,) = channel.unpack(raw).bodies
    assert (generation, ready.pid) == (1, worker.pid)
    assert "preview" in {engine.name for engine in ready.engines}
    worker.order(channel.Unload("token"))
    while True:
        raw = records.get(timeout=10)[1]
        assert raw is not None
        bodies = channel.unpack(raw).bodies
        if bodies[0] == channel.Answer("token"):
            break
    pid = worker.pid
    begun = time.monotonic()
    worker.end(10)
    assert time.monotonic() - begun < 5
    assert not worker.alive
    assert not Path(f"/proc/{pid}").exists()


def test_a_death_is_delivered_once_with_its_status(
    started: Callable[[str], Supervisor], records: queue.Queue[tuple[int, bytes | None]]
) -> None:
    worker = started("import os; os._exit(7)")
    assert records.get(timeout=10) == (1, None)
    assert worker.alive, "until it is buried"
    assert worker.bury() == 7
    assert not worker.alive
    worker.start()
    assert records.get(timeout=10) == (2, None)
    worker.bury()
    assert records.empty()


def test_kill_returns_at_once_and_takes_the_children_along(
    started: Callable[[str], Supervisor], records: queue.Queue[tuple[int, bytes | None]], tmp_path: Path
) -> None:
    """A forked child keeps the worker's pipes open; without its end nobody would learn of the worker's."""
    pid_file = tmp_path / "child"
    worker = started(
        "import os, time, signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f'if os.fork() == 0: open("{pid_file}", "w").write(str(os.getpid()))\n'
        "time.sleep(60)"
    )
    deadline = time.monotonic() + 10
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    begun = time.monotonic()
    worker.kill()
    assert time.monotonic() - begun < 2, "it would sleep for a minute"
    assert records.get(timeout=10) == (1, None)
    assert worker.bury() == -signal.SIGKILL
    child = Path(f"/proc/{pid_file.read_text()}/stat")
    while child.exists() and child.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_worker_that_dies_beside_a_living_child_is_noticed(
    started: Callable[[str], Supervisor], records: queue.Queue[tuple[int, bytes | None]]
) -> None:
    worker = started("import os, time\nif os.fork() == 0: time.sleep(60)\nos._exit(5)")
    assert records.get(timeout=10) == (1, None)
    assert worker.bury() == 5


def test_a_worker_that_reads_nothing_never_holds_up_the_daemon(started: Callable[[str], Supervisor]) -> None:
    worker = started("import time; time.sleep(60)")
    begun = time.monotonic()
    for _ in range(20_000):
        worker.order(channel.Halt("job-00001"))
    assert time.monotonic() - begun < 2
    begun = time.monotonic()
    worker.end(0.2)
    assert time.monotonic() - begun < 2


def test_a_worker_that_talks_nonsense_is_ended(
    started: Callable[[str], Supervisor], records: queue.Queue[tuple[int, bytes | None]]
) -> None:
    worker = started("import sys, time; sys.stdout.buffer.write(bytes([255]) * 99); sys.stdout.flush(); time.sleep(60)")
    assert records.get(timeout=10) == (1, None)
    assert worker.bury() == -signal.SIGKILL


def test_what_it_inherits(
    started: Callable[[str], Supervisor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    records: queue.Queue[tuple[int, bytes | None]],
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/host")
    monkeypatch.setenv("OCIO", "/host/aces.ocio")
    started("import os, sys; print(os.getcwd(), dict(os.environ), os.getsid(0) == os.getpid(), file=sys.stderr)")
    assert records.get(timeout=10) == (1, None)
    said = (tmp_path / "worker.log").read_text()
    assert said.startswith(str(tmp_path))
    assert f"'MATTEWIRE_HOME': '{tmp_path}'" in said
    assert "/host" not in said
    assert said.rstrip().endswith("True"), "a session of its own"


def test_a_long_log_is_set_aside(started: Callable[[str], Supervisor], tmp_path: Path) -> None:
    (tmp_path / "worker.log").write_bytes(b"x" * (supervisor.LOG_BYTES + 1))
    started("pass")
    assert (tmp_path / "worker.old.log").stat().st_size > supervisor.LOG_BYTES
    assert (tmp_path / "worker.log").stat().st_size < 1000
