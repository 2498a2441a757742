"""One daemon per user: the lock, the log, the detached start, the clean end."""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import mattewire_server
from mattewire_protocol.connection import (
    Connection,
    connection_path,
    make_private_folder,
    read_connection,
    write_connection,
)
from mattewire_protocol.errors import AlreadyRunning, DaemonUnreachable, MattewireError
from mattewire_protocol.launch import process_exists, record_interpreter, scrubbed_environment
from mattewire_protocol.messages import PROTOCOL

from ..locks import is_locked, take_lock
from ..settings import Settings, load_settings
from .server import Daemon

log = logging.getLogger("mattewire.daemon")

WORKER_WAIT_S = 30.0
ALREADY_RUNNING = 3
"""Exit status of a daemon that found another one; its starter waits for that one's connection file."""

_DETACHED = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""Windows only; 0 elsewhere, where a new session does it."""


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, trace."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def start_log(path: Path) -> None:
    """Rotating log: 4 files of 2 MB."""
    make_private_folder(path.parent)
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=2_000_000, backupCount=3, encoding="utf-8")
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def serve(settings: Settings) -> None:
    """Runs a daemon in this process until it is stopped by a message, SIGTERM or SIGINT."""
    lock = take_lock(settings.lock)
    if lock is None:
        raise AlreadyRunning()
    try:
        connection_path().unlink(missing_ok=True)  # a killed daemon's; who reads it now would call nobody
        start_log(settings.log)
        record_interpreter(sys.executable)
        daemon = Daemon(settings)
        try:
            _serve_until_told(daemon)
        finally:
            daemon.close()
            log.info("ended")
    finally:
        lock.close()


def _serve_until_told(daemon: Daemon) -> None:
    def on_signal(number: int, frame: FrameType | None) -> None:
        daemon.ask_to_stop("now")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal that started us may close
    daemon.wait_for_worker(WORKER_WAIT_S)
    path = connection_path()
    write_connection(
        Connection(
            PROTOCOL,
            daemon.address,
            daemon.server_pair.public,
            daemon.client_pair.public,
            daemon.client_pair.secret,
            pid=os.getpid(),
            server=mattewire_server.__version__,
            started_at=daemon.started,
        ),
        path,
    )
    log.info("serving at %s", daemon.address)
    try:
        daemon.run()
    finally:
        path.unlink(missing_ok=True)


def detach(wait: float) -> None:
    """Starts a daemon that outlives this process and returns once it serves; one that runs is left alone.

    ``DaemonUnreachable`` with the daemon's last words when it does not come up within ``wait`` seconds.
    """
    settings = load_settings()
    make_private_folder(settings.home)
    words_path = settings.home / "daemon.start.log"
    process: subprocess.Popen[bytes] | None = None
    stale = None if is_locked(settings.lock) else _left_behind()
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        if _serves(settings, stale):
            if process is not None:
                process.returncode = 0  # it is meant to outlive us: no warning that it still runs
            return
        if process is None:
            process = _start_detached(settings, words_path)
        elif process.poll() == ALREADY_RUNNING:
            process = None if not is_locked(settings.lock) else process  # that one was on its way out
        elif process.returncode is not None:
            last = words_path.read_text(encoding="utf-8", errors="replace").strip()
            raise DaemonUnreachable(f"The daemon ended at once: {last[-800:] or process.returncode}.")
        time.sleep(0.05)
    raise DaemonUnreachable(f"The daemon did not come up within {wait:g} s.", advice=f"See {settings.log}.")


def _start_detached(settings: Settings, words_path: Path) -> subprocess.Popen[bytes]:
    with words_path.open("wb") as words:
        return subprocess.Popen(
            [sys.executable, "-m", "mattewire_server.daemon"],
            env=scrubbed_environment(),
            cwd=settings.home,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
            creationflags=_DETACHED,
        )


def _left_behind() -> Connection | None:
    try:
        return read_connection()
    except MattewireError:
        return None


def _serves(settings: Settings, stale: Connection | None) -> bool:
    """Whether a daemon holds the lock and has left its connection. The process number alone would not do: after a
    restart of the machine it belongs to somebody else."""
    connection = _left_behind()
    if connection is None or connection == stale:
        return False
    return process_exists(connection.pid) and is_locked(settings.lock)
