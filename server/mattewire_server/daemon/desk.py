"""The desk between the queue and the worker: which job runs, what becomes of it, who asked for a look."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace

from mattewire_protocol import codec, messages
from mattewire_protocol.errors import (
    BadField,
    DaemonStopping,
    InternalError,
    MattewireError,
    NotKept,
    StoreUnwritable,
    TooLarge,
    UnknownJob,
    WorkerDied,
)
from mattewire_protocol.messages import FINAL_STATES, Error, FoundEvent, FrameEvent, JobEvent, StageEvent
from mattewire_protocol.request import MatteRequest

from .. import channel
from ..jobs.store import AnyEvent, Store
from ..settings import Settings
from ..supervisor import Supervisor
from .watchers import Watchers

log = logging.getLogger("mattewire.desk")

RESTART_PAUSES_S = (0.0, 1.0, 5.0, 30.0)
"""Waits before starting a worker again that died soon after its start without work, the last for every further try."""

FROM_WORKER = ("running", "done", "canceled", "failed")
"""Job states that a worker may report; the others are this desk's."""

STEADY_S = 10.0
"""A worker that lived this long after it was ready did not die of starting."""

Reply = Callable[..., object]


class Desk:
    """``worker`` is ``off``, ``starting``, ``idle`` or ``busy``; ``running`` is the job it works on, or ``""``."""

    def __init__(
        self, store: Store, watchers: Watchers, supervisor: Supervisor, settings: Settings, reply: Reply
    ) -> None:
        self._store = store
        self._watchers = watchers
        self._supervisor = supervisor
        self._settings = settings
        self._reply = reply
        self._asked: dict[str, tuple[bytes, str]] = {}
        self._false_starts = 0
        self._start_after = 0.0
        self._kill_at: float | None = None
        self._attempt = 0
        self._obituary: Error | None = None
        self._ready_at = 0.0
        self._accepting = True
        self.daemon_pid = os.getpid()
        self.engines: list[messages.EngineInfo] = []
        self.memory = channel.Memory()
        self.worker = "off"
        self.running = ""
        self._recover()

    def _recover(self) -> None:
        """Jobs that an earlier daemon left in mid-run go on; those being stopped are stopped."""
        for job_id in self._store.in_states("running"):
            self._store.append(JobEvent(job_id, 0, self._store.job(job_id).attempt, "queued"))
        for job_id in self._store.in_states("stopping"):
            self._store.append(JobEvent(job_id, 0, self._store.job(job_id).attempt, "canceled"))

    @property
    def idle(self) -> bool:
        return not self.running and self._store.next_queued() is None

    @property
    def worker_fails(self) -> bool:
        """Whether the worker has died several times in a row without having worked."""
        return self._false_starts >= len(RESTART_PAUSES_S)

    @property
    def worker_pid(self) -> int:
        return self._supervisor.pid

    def close(self) -> None:
        self._supervisor.end(self._settings.worker_farewell_s)
        for peer, identity in self._asked.values():
            self._reply(peer, identity, codec.error_body(DaemonStopping()))
        self._asked.clear()

    # --- what clients ask ----------------------------------------------------------------------------------

    def submit(self, body: messages.Submit) -> messages.Accepted:
        if body.request.finish_of:
            raise BadField("is not for submit.", field="request.finish_of", advice="Send a finish message.")
        return self._accept(body.job_id, body.request)

    def finish(self, body: messages.Finish) -> messages.Accepted:
        """``NotKept`` when the job it is of was never wholly tracked; the worker looks whether it is still there."""
        of = self._store.job(body.of)
        if not of.kept:
            ended = f" It is {of.state}." if of.state != "done" else ""
            raise NotKept(f"The shot of job {body.of} is not kept.{ended}", field="of")
        request = replace(
            of.request,
            out=body.out,
            names=body.names,
            clean_up=body.clean_up,
            shapes=body.shapes,
            edges=body.edges,
            depth=body.depth,
            overwrite=body.overwrite,
            priority=body.priority,
            label=body.label or of.request.label,
            finish_of=body.of,
        )
        return self._accept(body.job_id, request)

    def _accept(self, job_id: str, request: MatteRequest) -> messages.Accepted:
        if not self._accepting:
            raise DaemonStopping()
        new = self._store.add(job_id, request)
        job = self._store.job(job_id)
        ahead = self._store.ahead_of(job_id) if job.state == "queued" else 0
        return messages.Accepted(job_id, job.state, job.seq, ahead, repeated=not new)

    def _kept_by(self, job_id: str) -> str:
        """Where a job's tracked shot is kept; empty for one that was forgotten since."""
        try:
            return self._store.job(job_id).kept
        except UnknownJob:
            return ""

    def cancel(self, job_id: str) -> messages.Canceling:
        job = self._store.job(job_id)
        if job.state == "queued":
            self._append(JobEvent(job_id, 0, job.attempt, "canceled"))
        elif job.state == "running":
            self._append(JobEvent(job_id, 0, job.attempt, "stopping"))
            if self._supervisor.alive:
                self._supervisor.order(channel.Halt(job_id))
            self._kill_at = time.monotonic() + self._settings.stop_grace_s
        return messages.Canceling(job_id, self._store.job(job_id).state)

    def ask(self, peer: bytes, identity: str, order: Callable[[str], object]) -> None:
        """Sends the worker an order whose answer goes to ``peer`` when it comes."""
        if not self._false_starts:
            self._start_worker()
        if not self._supervisor.alive:
            raise WorkerDied("The worker does not start.", advice="Run `mattewire doctor`, and see the daemon's log.")
        token = codec.new_id()
        self._asked[token] = (peer, identity)
        self._supervisor.order(order(token))

    def accept_no_more(self) -> None:
        self._accepting = False

    # --- the clock -----------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Starts the worker and the next job when they are due; ends a worker that does not stop when told.

        Raises ``StoreUnwritable`` when the store cannot be written; the next tick tries again.
        """
        now = time.monotonic()
        if self._obituary is not None:
            self._after_death(self.running, self._obituary)
        if now >= self._start_after:
            self._start_worker()
        if self._kill_at is not None and now > self._kill_at:
            log.warning("the worker did not stop in time; ending it")
            self._kill_at = None
            self._supervisor.kill()
        if self.worker == "idle" and not self.running:
            self._run_next()

    def _start_worker(self) -> None:
        if self._supervisor.alive:
            return
        try:
            self._supervisor.start()
        except OSError as problem:
            log.error("the worker cannot be started: %s", problem)
            self._count_false_start()
        else:
            self.worker = "starting"

    def _count_false_start(self) -> None:
        self._start_after = time.monotonic() + RESTART_PAUSES_S[min(self._false_starts, len(RESTART_PAUSES_S) - 1)]
        self._false_starts += 1

    def _run_next(self) -> None:
        job_id = self._store.next_queued()
        if job_id is None:
            return
        attempt = self._store.begin_attempt(job_id)
        job = self._store.job(job_id)
        self._append(JobEvent(job_id, 0, attempt, "running"))
        self.running, self.worker, self._attempt = job_id, "busy", attempt
        finished = channel.spans_of(self._store.finished_frames(job_id))
        kept = self._kept_by(job.request.finish_of) if job.request.finish_of else ""
        self._supervisor.order(
            channel.Run(job_id, self._attempt, job.request, finished, job.plate, job.quality, job.version, kept)
        )

    # --- what the worker reports ---------------------------------------------------------------------------

    def take(self, generation: int, raw: bytes | None) -> None:
        """One record of the worker, or its end. ``StoreUnwritable``: not stored; give the same record again."""
        if generation != self._supervisor.generation or not self._supervisor.alive:
            return
        if raw is None:
            self._died(self._supervisor.bury())
            return
        try:
            self._take_record(channel.unpack(raw))
        except StoreUnwritable:
            raise
        except MattewireError as problem:
            log.error("the worker reported nonsense: %s", problem)
            self._supervisor.kill()

    def _take_record(self, record: channel.Record) -> None:
        body = record.bodies[0]
        if isinstance(body, channel.Ready):
            self.engines, self.worker, self._ready_at = body.engines, "idle", time.monotonic()
        elif isinstance(body, channel.Memory):
            self.memory = body
        elif isinstance(body, channel.Answer | channel.Refusal):
            asked = self._asked.pop(body.token, None)
            if asked is not None:
                answer = body.error if isinstance(body, channel.Refusal) else record.bodies[1]
                self._reply(*asked, answer, record.binary)
        elif isinstance(body, JobEvent | StageEvent | FoundEvent | FrameEvent):
            self._take_event(body)

    def _take_event(self, event: AnyEvent) -> None:
        if event.job_id != self.running or event.attempt != self._attempt:
            log.warning("dropped a late report of job %s, attempt %s", event.job_id, event.attempt)
            return
        if isinstance(event, JobEvent) and event.state not in FROM_WORKER:
            raise InternalError(f"A worker does not make a job {event.state}.")
        if isinstance(event, JobEvent) and event.state == "running":
            event = replace(event, state=self._store.job(event.job_id).state)  # it may be stopping already
        self._append(fitting(event))
        if isinstance(event, FrameEvent):
            self._false_starts = 0
        if isinstance(event, JobEvent) and event.state in FINAL_STATES:
            self._clear()
            self.worker = "idle"

    def _died(self, status: int) -> None:
        reason = _how(status)
        log.warning("the worker ended: %s", reason)
        self.worker, self.memory = "off", channel.Memory()
        steady = self._ready_at and time.monotonic() - self._ready_at > STEADY_S
        if steady:
            self._false_starts = 0
        if self.running or steady:
            self._start_after = 0.0  # a job's own deaths are counted with the job
        else:
            self._count_false_start()
        self._ready_at = 0.0
        error = codec.error_body(WorkerDied(f"The worker ended: {reason}."))
        asked, self._asked = self._asked, {}
        for peer, identity in asked.values():
            self._reply(peer, identity, error)
        if self.running:
            self._obituary = error
            self._after_death(self.running, error)

    def _after_death(self, job_id: str, error: Error) -> None:
        """Decides what becomes of the job whose worker died. Repeated until it could be stored."""
        job = self._store.job(job_id)
        deaths = job.deaths + 1
        if job.state == "stopping":
            self._append(JobEvent(job_id, 0, job.attempt, "canceled"))
        elif deaths < self._settings.deaths_allowed:
            self._append(JobEvent(job_id, 0, job.attempt, "queued", error=error), deaths=deaths)
        else:
            message = f"{error.message} It happened {deaths} times in a row without a new frame; the job is set aside."
            set_aside = JobEvent(job_id, 0, job.attempt, "set_aside", error=replace(error, message=message))
            self._append(set_aside, deaths=deaths)
        self._clear()
        if job.state == "stopping" or deaths >= self._settings.deaths_allowed:
            self._start_worker()
            if self._supervisor.alive:
                self._supervisor.order(channel.Tidy(job_id, job.request))

    def _clear(self) -> None:
        self.running, self._kill_at, self._obituary = "", None, None

    def _append(self, event: AnyEvent, *, deaths: int | None = None) -> None:
        self._store.append(event, deaths=deaths)
        self._watchers.wake(event.job_id)


def fitting(event: AnyEvent) -> AnyEvent:
    """The event, without its longest list when it would not fit into one message (a thousand objects' phrases)."""
    try:
        codec.encode(event)
    except TooLarge:
        log.warning("an event of job %s is too large to be told in full", event.job_id)
        if isinstance(event, JobEvent):
            return replace(event, outputs=[])
        if isinstance(event, FoundEvent):
            return replace(event, objects=[])
        if isinstance(event, FrameEvent):
            return replace(event, objects=[], paths=[])
    return event


def _how(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"{name} (out of memory is the usual cause)" if name == "SIGKILL" else name
