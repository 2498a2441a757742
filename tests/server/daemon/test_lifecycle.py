"""One daemon per user: the locks, the log, and a start that meets another daemon on its way out."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mattewire_protocol import Client
from mattewire_protocol.connection import Connection, connection_path, read_connection, write_connection
from mattewire_protocol.errors import DaemonUnreachable
from mattewire_server.daemon import lifecycle
from mattewire_server.locks import is_locked, take_lock
from mattewire_server.settings import load_settings

HOLD = """
import sys, time
from pathlib import Path
from mattewire_server.locks import take_lock
lock = take_lock(Path(sys.argv[1]))
print("held" if lock else "refused", flush=True)
time.sleep(float(sys.argv[2]))
"""


def holder(path: Path, seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path), str(seconds)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "home"
    monkeypatch.setenv("MATTEWIRE_HOME", str(folder))
    yield folder
    try:
        with Client(timeout=5) as client:
            client.stop()
    except DaemonUnreachable:
        return


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "home" / "lock"
    assert not is_locked(path)
    other = holder(path, 60)
    assert is_locked(path)
    assert take_lock(path) is None
    started = time.monotonic()
    assert take_lock(path, wait=0.3) is None
    assert 0.25 < time.monotonic() - started < 2
    other.kill()
    other.communicate(timeout=10)
    lock = take_lock(path)
    assert lock is not None
    lock.close()


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    other = holder(tmp_path / "lock", 0.4)
    lock = take_lock(tmp_path / "lock", wait=10)
    assert lock is not None
    lock.close()
    other.communicate(timeout=10)


def test_a_stale_connection_file_does_not_pass_for_a_daemon(home: Path) -> None:
    """After a restart of the machine its process number belongs to somebody else: here to this very test."""
    import os

    key = "k" * 40
    write_connection(Connection(1, "tcp://127.0.0.1:9", key, key, key, pid=os.getpid()))
    lifecycle.detach(30)
    assert read_connection().pid != os.getpid()
    with Client() as client:
        assert client.welcome.pid == read_connection().pid


def test_a_start_waits_for_a_daemon_on_its_way_out(home: Path) -> None:
    leaving = holder(home / "daemon.lock", 1.5)
    started = time.monotonic()
    lifecycle.detach(30)
    assert time.monotonic() - started > 1
    assert read_connection(connection_path()).pid
    leaving.communicate(timeout=10)


def test_a_daemon_that_cannot_start_says_why(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWIRE_INTERFACE", "0.0.0.0")
    started = time.monotonic()
    with pytest.raises(DaemonUnreachable, match="MATTEWIRE_ALLOWED_KEYS"):
        lifecycle.detach(30)
    assert time.monotonic() - started < 10


def test_a_second_one_is_refused_before_it_touches_anything(home: Path) -> None:
    other = holder(home / "daemon.lock", 60)
    try:
        with pytest.raises(lifecycle.AlreadyRunning, match="already runs for this user"):
            lifecycle.serve(load_settings())
        assert [path.name for path in home.iterdir()] == ["daemon.lock"]
    finally:
        other.kill()
        other.communicate(timeout=10)


def test_the_log_is_one_json_object_a_line() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        record = logging.LogRecord("mattewire.x", logging.ERROR, "f", 1, "two\nlines %s", ("é",), sys.exc_info())
    line = lifecycle.JsonLines().format(record)
    assert "\n" not in line
    entry = json.loads(line)
    assert (entry["level"], entry["logger"], entry["message"]) == ("error", "mattewire.x", "two\nlines é")
    assert "ValueError: why" in entry["trace"]
    assert entry["time"].endswith("Z")
