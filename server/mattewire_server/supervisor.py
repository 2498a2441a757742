"""Keeps one worker process: starts it, talks to it through pipes, notices its death, ends it by force.

The daemon's loop never touches a pipe and never waits for a process (one that hangs in a driver takes seconds to
die, or for ever): three threads per worker do, and hand over through ``deliver``. Records of a worker that was
replaced carry its old generation number and are dropped by the daemon.
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

from mattewire_protocol.connection import HOME_VARIABLE
from mattewire_protocol.errors import MattewireError
from mattewire_protocol.launch import scrubbed_environment

from . import channel

LOG_BYTES = 2_000_000
"""A longer worker log is set aside at the next start."""

FAREWELL_S = 2.0
"""Seconds for a worker that has closed its pipe to end by itself, and say with what status."""

Deliver = Callable[[int, bytes | None], None]
"""Called from a thread with the worker's generation and one record's bytes; ``None``: the worker has ended."""


class Supervisor:
    """At most one living worker. ``log``: where the worker's own words go (engine warnings, tracebacks)."""

    def __init__(self, deliver: Deliver, log: Path) -> None:
        self.generation = 0
        self._deliver = deliver
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    @property
    def alive(self) -> bool:
        """True from ``start()`` until ``bury()``."""
        return self._process is not None

    def start(self) -> None:
        """Starts a worker, unless one lives. ``OSError`` when the machine does not let it."""
        if self._process is not None:
            return
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(self._log.with_suffix(".old.log"))
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "mattewire_server.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self._log.parent,  # `-m` imports from the current folder first: never from somebody's plates
                env={**scrubbed_environment(), HOME_VARIABLE: str(self._log.parent.absolute())},
                start_new_session=True,  # so that ending it ends whatever it started
            )
        self.generation += 1
        self._process = process
        self._orders = queue.SimpleQueue()
        reports = self._thread(self._receive_all, process, self.generation)
        self._thread(self._send_all, process, self._orders)
        self._thread(self._wait_for_end, process, reports, self.generation)

    def _thread(self, work: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, name=work.__name__, daemon=True)
        thread.start()
        return thread

    def order(self, body: object) -> None:
        """Queues an order for the worker; never blocks."""
        self._orders.put(channel.pack([body]))

    def kill(self) -> None:
        """Ends the worker and whatever it started by force; ``deliver`` tells when it is gone."""
        if self._process is not None:
            _kill_tree(self._process)

    def bury(self) -> int:
        """Clears away a worker whose end was delivered; its exit status (negative: the signal that ended it)."""
        process, self._process = self._process, None
        self._orders.put(None)
        return 0 if process is None or process.returncode is None else process.returncode

    def end(self, grace: float = 5.0) -> None:
        """Closes the worker's order pipe, which asks it to go, and ends it by force after ``grace`` seconds."""
        process = self._process
        if process is None:
            return
        self._orders.put(None)
        for seconds in (grace, grace):
            try:
                process.wait(timeout=seconds)
                break
            except subprocess.TimeoutExpired:
                _kill_tree(process)
        self.bury()

    def _send_all(self, process: subprocess.Popen[bytes], orders: queue.SimpleQueue[bytes | None]) -> None:
        assert process.stdin is not None
        while (raw := orders.get()) is not None:
            try:
                channel.write_record(process.stdin, raw)
            except (OSError, ValueError):
                break  # the worker is gone; the other thread tells
        _close(process.stdin)

    def _receive_all(self, process: subprocess.Popen[bytes], generation: int) -> None:
        assert process.stdout is not None
        try:
            while (raw := channel.read_record(process.stdout)) is not None:
                self._deliver(generation, raw)
        except (OSError, ValueError, MattewireError):
            pass  # a broken pipe and a broken record both mean: this worker cannot be trusted further
        try:
            process.wait(FAREWELL_S)
        except subprocess.TimeoutExpired:
            _kill_tree(process)
        _close(process.stdout)

    def _wait_for_end(self, process: subprocess.Popen[bytes], reports: threading.Thread, generation: int) -> None:
        process.wait()
        _kill_tree(process)  # what it forked holds its pipes open
        reports.join()
        self._deliver(generation, None)


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Ends the worker and its whole process group, of which it is the leader."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass  # already gone


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except OSError:
        pass  # unsent bytes to a worker that is gone
