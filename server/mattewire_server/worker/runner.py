"""The worker: owns the engines and everything heavy, takes orders one at a time, looks first."""

from __future__ import annotations

import gc
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Mapping
from typing import IO, Any

from mattewire_protocol import codec
from mattewire_protocol.errors import EngineFailed, MattewireError, OutOfMemory
from mattewire_protocol.messages import JobEvent, Released
from mattewire_protocol.request import MatteRequest, Search

from .. import channel, engines
from ..engines.seams import Engine
from ..settings import Settings, load_settings
from ..shots import Halted, look, pull_matte
from ..shots.pull import Effort, Ticket

log = logging.getLogger("mattewire.worker")

ORPHAN_GRACE_S = 3.0
"""Seconds an orphaned worker may take to reach a frame boundary and clear its temporary files."""


class Worker:
    """Reads orders from ``source`` in a thread, works in the calling thread, reports to ``sink``."""

    def __init__(self, source: IO[bytes], sink: IO[bytes], settings: Settings | None = None) -> None:
        self._source = source
        self._sink = sink
        self._settings = settings or load_settings()
        self._jobs: queue.SimpleQueue[channel.Run | None] = queue.SimpleQueue()
        self._quick: queue.SimpleQueue[channel.Look | channel.Unload] = queue.SimpleQueue()
        self._something = threading.Semaphore(0)
        self._halted: set[str] = set()
        self._orphaned = threading.Event()
        self._engines: dict[Any, Engine] = {}
        self._busy = False

    def run(self) -> None:
        """Works until the daemon closes the pipe."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the daemon's to answer
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        self._report(channel.Ready(os.getpid(), engines.describe()))
        while not self._orphaned.is_set():
            self._something.acquire()
            self._serve_quick()
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                continue
            if job is None:
                return
            self._run_job(job)

    # --- orders --------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        while (raw := channel.read_record(self._source)) is not None:
            (order,) = channel.unpack(raw).bodies
            if isinstance(order, channel.Run):
                self._jobs.put(order)
            elif isinstance(order, channel.Halt):
                self._halted.add(order.job_id)
            elif isinstance(order, channel.Look | channel.Unload):
                self._quick.put(order)
            self._something.release()
        self._orphaned.set()
        self._jobs.put(None)
        self._something.release()
        farewell = threading.Timer(ORPHAN_GRACE_S, os._exit, (1,))
        farewell.daemon = True
        farewell.start()

    def _checkpoint(self, job_id: str) -> None:
        self._serve_quick()
        if job_id in self._halted or self._orphaned.is_set():
            raise Halted

    def _serve_quick(self) -> None:
        while True:
            try:
                order = self._quick.get_nowait()
            except queue.Empty:
                return
            if isinstance(order, channel.Look):
                self._look(order)
            else:
                self._unload(order)

    # --- work ----------------------------------------------------------------------------------------------

    def _run_job(self, job: channel.Run) -> None:
        self._busy = True
        try:
            engine = self._engine(job.request)
            ticket = Ticket(job.job_id, job.attempt, frozenset(job.finished))
            effort = Effort(self._settings.writers, self._settings.read_ahead)
            for event in pull_matte(
                job.request, engine, ticket, checkpoint=lambda: self._checkpoint(job.job_id), effort=effort
            ):
                self._report(event)
        except Halted:
            self._report(JobEvent(job.job_id, 0, job.attempt, "canceled"))
        except Exception as problem:
            error = codec.error_body(as_error(problem))
            self._report(JobEvent(job.job_id, 0, job.attempt, "failed", error=error))
        finally:
            self._busy = False
            self._halted.discard(job.job_id)
            self._report(self._memory())

    def _look(self, order: channel.Look) -> None:
        try:
            detected, preview = look(order.search, self._engine(order.search))
        except Exception as problem:
            self._report(channel.Refusal(order.token, codec.error_body(as_error(problem))))
        else:
            self._report(channel.Answer(order.token), detected, binary=[preview] if preview else [])

    def _unload(self, order: channel.Unload) -> None:
        if not self._busy:
            self._engines.clear()
            gc.collect()
        memory = self._memory()
        self._report(memory)
        self._report(channel.Answer(order.token), Released(memory.gpu_bytes, busy=self._busy))

    def _engine(self, wanted: MatteRequest | Search) -> Engine:
        settings: dict[str, Any] = {
            "box_threshold": wanted.box_threshold,
            "text_threshold": wanted.text_threshold,
            "max_objects": wanted.max_objects,
        }
        segmenter = wanted.segmenter if isinstance(wanted, MatteRequest) else ""
        key = (wanted.engine, wanted.detector, segmenter, tuple(sorted(settings.items(), key=lambda item: item[0])))
        if key not in self._engines:
            self._engines.clear()  # one set of models at a time: the host needs the memory too
            self._engines[key] = self._load(wanted.engine, settings, wanted.detector, segmenter)
        return self._engines[key]

    def _load(self, name: str, settings: Mapping[str, Any], detector: str, segmenter: str) -> Engine:
        return engines.load(name, settings, detector=detector, segmenter=segmenter)

    # --- reports -------------------------------------------------------------------------------------------

    def _memory(self) -> channel.Memory:
        return channel.Memory(resident_bytes(), 0, sorted({engine.name for engine in self._engines.values()}))

    def _report(self, *bodies: object, binary: list[bytes] | None = None) -> None:
        try:
            channel.write_record(self._sink, channel.pack(bodies, binary or []))
        except (BrokenPipeError, ValueError):
            self._orphaned.set()


def as_error(problem: Exception) -> MattewireError:
    """What an artist is told of any failure in the worker; the traceback goes to the log."""
    if isinstance(problem, MattewireError):
        return problem
    log.exception("an engine or the pipeline failed", exc_info=problem)
    if isinstance(problem, MemoryError):
        return OutOfMemory("The worker ran out of main memory.")
    return EngineFailed(f"{type(problem).__name__}: {problem}.")


def resident_bytes() -> int:
    """Main memory of this process; on macOS and Windows, where it cannot be read without more packages, 0."""
    if not sys.platform.startswith("linux"):
        return 0
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
