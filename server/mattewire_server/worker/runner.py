"""The worker: owns the engines and everything heavy, takes orders one at a time, looks first."""

from __future__ import annotations

import glob
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterable
from typing import IO, TypeAlias

from mattewire_protocol import codec
from mattewire_protocol.errors import EngineFailed, MattewireError, OutOfMemory, from_wire
from mattewire_protocol.messages import JobEvent, Released
from mattewire_protocol.request import MatteRequest, Search

from .. import channel, engines
from ..durable import remove_all_stale
from ..engines import held
from ..engines.seams import Engine
from ..kept import KeptStore
from ..mattes import any_of
from ..settings import Settings, load_settings
from ..shots import Halted, look, pull_matte
from ..shots.keeping import remove_scratch
from ..shots.shot import Ticket
from ..shots.tracking import Effort

log = logging.getLogger("mattewire.worker")

MESSAGE_LENGTH = 2000
"""Characters of an error's text; the log has all of it."""

Key: TypeAlias = tuple[str, str, str, tuple[tuple[str, float | int | None], ...]]
"""What chooses the models: engine, detector, segmenter, settings."""

MEMORY_EVERY_S = 5.0
"""How often a running job tells the memory that is held."""

ORPHAN_GRACE_S = 3.0
"""Seconds an orphaned worker may take to reach a frame boundary and clear its temporary files."""


class Worker:
    """Reads orders from ``source`` in a thread, works in the calling thread, reports to ``sink``."""

    def __init__(self, source: IO[bytes], sink: IO[bytes], settings: Settings | None = None) -> None:
        self._source = source
        self._sink = sink
        self._settings = settings or load_settings()
        self._jobs: queue.SimpleQueue[channel.Run | None] = queue.SimpleQueue()
        self._quick: queue.SimpleQueue[channel.Look | channel.Unload | channel.Tidy] = queue.SimpleQueue()
        self._something = threading.Semaphore(0)
        self._halted: set[str] = set()
        self._orphaned = threading.Event()
        self._engines: dict[Key, Engine] = {}
        self._working_on: frozenset[Key] = frozenset()
        self._busy = False
        self._worked_at = time.monotonic()
        self._told_at = 0.0
        keep = self._settings.keep_bytes
        self._kept = KeptStore(self._settings.home, keep) if keep else None

    def run(self) -> None:
        """Works until the daemon closes the pipe."""
        remove_scratch(self._settings.home)  # of workers that were ended by force; there is one worker at a time
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the daemon's to answer
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        self._report(channel.Ready(os.getpid(), engines.describe()))
        self._tell_memory()
        while not self._orphaned.is_set():
            if not self._something.acquire(timeout=self._patience()):
                log.info("idle for %g s; the models are unloaded", self._settings.idle_s)
                self._let_go(self._engines)
                self._tell_memory()
                continue
            self._serve_quick()
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                continue
            if job is None:
                return
            self._run_job(job)

    def _patience(self) -> float | None:
        """Seconds until idle models are unloaded; None when there are none."""
        if not self._engines:
            return None
        return max(0.0, self._worked_at + self._settings.idle_s - time.monotonic())

    # --- orders --------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        try:
            while (raw := channel.read_record(self._source)) is not None:
                (order,) = channel.unpack(raw).bodies
                if isinstance(order, channel.Run):
                    self._jobs.put(order)
                elif isinstance(order, channel.Halt):
                    self._halted.add(order.job_id)
                else:
                    self._quick.put(order)
                self._something.release()
        except Exception:  # a worker that cannot hear its orders must not go on as if there were none
            log.exception("the daemon's orders cannot be read")
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
            elif isinstance(order, channel.Tidy):
                self._tidy(order)
            else:
                self._unload(order)

    # --- work ----------------------------------------------------------------------------------------------

    def _run_job(self, job: channel.Run) -> None:
        self._busy = True
        from_kept = bool(job.request.finish_of)
        matting, depth = _matting_key(job.request), _depth_key(job.request)
        wanted = [] if from_kept else [_key(job.request)]
        self._working_on = frozenset([*wanted, *(key for key in (matting, depth) if key)])
        try:
            engine = None if from_kept else self._engine(job.request)
            finished = frozenset(frame for span in job.finished for frame in range(span.first, span.last + 1))
            for event in pull_matte(
                job.request,
                engine,
                Ticket(job.job_id, job.attempt, finished, job.plate, job.quality, job.version, job.kept),
                checkpoint=lambda: self._checkpoint(job.job_id),
                effort=Effort(self._settings.writers, self._settings.read_ahead),
                keep=self._kept,
                scratch_folder=self._settings.home,
                matting=self._loaded(matting, "edges.matting") if matting else None,
                depth=self._loaded(depth, "depth.engine") if depth else None,
            ):
                self._report(event)
                if time.monotonic() - self._told_at > MEMORY_EVERY_S:
                    self._tell_memory()
        except Halted:
            if job.job_id in self._halted:  # else the daemon has ended, and the job goes on with the next one
                self._report(JobEvent(job.job_id, 0, job.attempt, "canceled"))
        except (Exception, SystemExit) as problem:
            error = codec.error_body(as_error(problem))
            self._report(JobEvent(job.job_id, 0, job.attempt, "failed", error=error))
        finally:
            self._busy, self._working_on = False, frozenset()
            self._halted.discard(job.job_id)
            self._worked_at = time.monotonic()
            self._tell_memory()

    def _look(self, order: channel.Look) -> None:
        try:
            detected, preview = look(order.search, self._engine(order.search))
        except (Exception, SystemExit) as problem:
            self._report(channel.Refusal(order.token, codec.error_body(as_error(problem))))
        else:
            self._report(channel.Answer(order.token), detected, binary=[preview] if preview else [])
        self._worked_at = time.monotonic()
        self._tell_memory()

    def _unload(self, order: channel.Unload) -> None:
        self._let_go([key for key in self._engines if key not in self._working_on])
        memory = self._tell_memory()
        self._report(channel.Answer(order.token), Released(memory.gpu_bytes, busy=self._busy))

    def _tidy(self, order: channel.Tidy) -> None:
        try:
            remove_leftovers(order.request, order.job_id)
        except (OSError, MattewireError):
            log.exception("what job %s left behind cannot be removed", order.job_id)

    def _engine(self, wanted: MatteRequest | Search) -> Engine:
        return self._loaded(_key(wanted))

    def _loaded(self, key: Key, field: str = "engine") -> Engine:
        if key not in self._engines:
            # One set of models at a time, since the host needs the memory too; only a running job keeps its own.
            self._let_go([loaded for loaded in self._engines if loaded not in self._working_on])
            name, detector, segmenter, settings = key
            try:
                made = engines.load(name, dict(settings), detector=detector, segmenter=segmenter)
            except MattewireError as problem:
                if field != "engine" and problem.field in ("", "engine"):  # the choice that asked for it
                    problem.field = field
                raise
            self._engines[key] = made
        return self._engines[key]

    def _let_go(self, keys: Iterable[Key]) -> None:
        held.let_go([self._engines.pop(key) for key in list(keys)])

    # --- reports -------------------------------------------------------------------------------------------

    def _tell_memory(self) -> channel.Memory:
        loaded = self._engines.values()
        memory = channel.Memory(resident_bytes(), held.device_bytes(loaded), sorted({engine.name for engine in loaded}))
        self._told_at = time.monotonic()
        self._report(memory)
        return memory

    def _report(self, *bodies: object, binary: list[bytes] | None = None) -> None:
        raw = channel.pack(bodies, binary or [])
        try:
            channel.write_record(self._sink, raw)
        except OSError:
            self._orphaned.set()


def _key(wanted: MatteRequest | Search) -> Key:
    settings = (
        ("box_threshold", wanted.box_threshold),
        ("detect_long_edge", wanted.detect_long_edge or None),
        ("max_objects", wanted.max_objects),
        ("refine_below", wanted.refine_below),
        ("text_threshold", wanted.text_threshold),
    )
    return wanted.engine, wanted.detector, wanted.segmenter if isinstance(wanted, MatteRequest) else "", settings


def _matting_key(request: MatteRequest) -> Key | None:
    """What chooses the model that refines edges: the one that the request names, else the daemon's own choice."""
    edges = request.edges
    return (edges.matting or engines.first("refine"), "", "", ()) if edges.method == "matting" else None


def _depth_key(request: MatteRequest) -> Key | None:
    """What chooses the estimator of distances; None where the request names none."""
    return (request.depth.engine, "", "", ()) if request.depth.engine else None


def remove_leftovers(request: MatteRequest, job_id: str) -> None:
    """Removes the temporary files of a job whose worker was ended in the middle of writing."""
    for deliverable in request.out:
        for folder in glob.glob(any_of(os.path.dirname(os.path.abspath(deliverable.path)))):
            if os.path.isdir(folder):
                remove_all_stale(os.path.realpath(folder), job_id)


def as_error(problem: BaseException) -> MattewireError:
    """What an artist is told of any failure in the worker; the traceback goes to the log."""
    if isinstance(problem, MattewireError):
        message, field, advice = (_plain(part) for part in (problem.message, problem.field, problem.advice))
        return from_wire(problem.code, message, field, advice, problem.retryable)
    if isinstance(problem, MemoryError):
        log.error("out of main memory", exc_info=problem)
        return OutOfMemory("The worker ran out of main memory.")
    log.error("an engine or the pipeline failed", exc_info=problem)
    return EngineFailed(_plain(f"{type(problem).__name__}: {problem}."))


def _plain(text: object) -> str:
    """Text that fits into a message: file names may hold bytes that are no Unicode, and engines write novels."""
    plain = str(text).encode("utf-8", "replace").decode("utf-8")
    return plain if len(plain) <= MESSAGE_LENGTH else plain[:MESSAGE_LENGTH] + "…"


def resident_bytes() -> int:
    """Main memory of this process; on macOS and Windows, where it cannot be read without more packages, 0."""
    if not sys.platform.startswith("linux"):
        return 0
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
