"""Keeps one worker process: starts it, talks to it through pipes, notices its death, ends it by force.

The daemon's loop never touches a pipe: two threads per worker do, and hand over through ``deliver``. Records of a
worker that was replaced carry its old generation number and are dropped by the daemon.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from mattewire_protocol.errors import MattewireError
from mattewire_protocol.launch import scrubbed_environment

from . import channel

LOG_BYTES = 2_000_000
"""A longer worker log is set aside at the next start."""

Deliver = Callable[[int, bytes | None], None]
"""Called from a thread with the worker's generation and one record's bytes; ``None``: the worker is gone."""


class Supervisor:
    """At most one living worker. ``log``: where the worker's own words go (engine warnings, tracebacks)."""

    def __init__(self, deliver: Deliver, log: Path) -> None:
        self.generation = 0
        self._deliver = deliver
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    @property
    def alive(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Starts a worker, unless one lives."""
        if self._process is not None:
            return
        self.generation += 1
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(self._log.with_suffix(".old.log"))
        self._orders = queue.SimpleQueue()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mattewire_server.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=scrubbed_environment(),
                start_new_session=True,  # so that ending it ends whatever it started
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        self._threads = [
            threading.Thread(target=self._send_all, args=(stdin, self._orders), name="orders", daemon=True),
            threading.Thread(target=self._receive_all, args=(stdout, self.generation), name="reports", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def order(self, body: object) -> None:
        """Queues an order for the worker; never blocks."""
        self._orders.put(channel.pack([body]))

    def bury(self) -> int:
        """Clears a dead worker away and returns its exit status (negative: the signal that ended it)."""
        process, self._process = self._process, None
        if process is None:
            return 0
        self._kill_tree(process)
        status = process.wait()
        self._orders.put(None)
        for thread in self._threads:
            thread.join(timeout=5)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                _close(stream)
        return status

    def end(self, grace: float = 5.0) -> None:
        """Closes the worker's order pipe, which asks it to go, and ends it by force after ``grace`` seconds."""
        if self._process is None:
            return
        self._orders.put(None)
        try:
            self._process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            pass
        self.bury()

    def _kill_tree(self, process: subprocess.Popen[bytes]) -> None:
        try:
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        except (ProcessLookupError, PermissionError):
            pass  # already gone

    def _send_all(self, stream: IO[bytes], orders: queue.SimpleQueue[bytes | None]) -> None:
        while (raw := orders.get()) is not None:
            try:
                channel.write_record(stream, raw)
            except (OSError, ValueError):
                return  # the worker is gone; the other thread tells
        _close(stream)

    def _receive_all(self, stream: IO[bytes], generation: int) -> None:
        try:
            while (raw := channel.read_record(stream)) is not None:
                self._deliver(generation, raw)
        except (OSError, ValueError, MattewireError):
            pass  # a broken pipe and a broken record both mean: this worker cannot be trusted further
        self._deliver(generation, None)


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except OSError:
        pass  # unsent bytes to a worker that is gone
