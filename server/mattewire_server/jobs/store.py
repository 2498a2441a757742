"""The job store: every job and every event of it, on disk before anybody is told.

One thread uses it. Event bodies are kept as the msgpack maps that go over the wire, so a replay is a copy, not a
translation.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgpack

from mattewire_protocol import codec
from mattewire_protocol.errors import JobIdTaken, UnknownJob
from mattewire_protocol.messages import (
    FINAL_STATES,
    MESSAGES,
    Error,
    FoundEvent,
    FrameEvent,
    FrameRun,
    JobEvent,
    JobSummary,
    Snapshot,
    StageEvent,
    name_of,
)
from mattewire_protocol.request import MatteRequest

from . import states
from .database import Database

KEPT = 1000
"""Ended jobs that are kept; older ones are removed when the daemon starts. Mattes and sidecars stay."""
LABEL_LENGTH = 200
"""Characters of a job's name and error in the job list: 500 jobs fit into one message."""

AnyEvent: TypeAlias = JobEvent | StageEvent | FoundEvent | FrameEvent
Event = TypeVar("Event", bound=AnyEvent)


@dataclass(frozen=True)
class Job:
    """A job's row. ``deaths`` counts worker deaths in a row without one new frame.

    ``plate``: the plate's identity, once an attempt has seen it. ``quality``: what its mattes are made at. ``version``:
    what ``{version}`` stands for. ``kept``: where its tracked shot is kept, once it is done.
    """

    job_id: str
    request: MatteRequest
    state: str
    attempt: int
    deaths: int
    seq: int
    plate: str
    quality: str = ""
    version: int = 0
    kept: str = ""


class Store:
    """The jobs of one user. ``path``: the database file. Raises what ``Database`` raises.

    ``notes``: what an artist should know of the store itself, such as that it was damaged.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self._newest: dict[str, int] = {}
        self._forget_old_jobs()

    @property
    def notes(self) -> list[str]:
        return self._database.notes

    def _forget_old_jobs(self) -> None:
        marks = ", ".join("?" * len(FINAL_STATES))
        ended = self._database.ask(
            f"SELECT job_id FROM jobs WHERE state IN ({marks}) ORDER BY number DESC LIMIT -1 OFFSET ?",
            (*FINAL_STATES, KEPT),
        )
        if ended:
            with self._database.transaction():
                for row in ended:
                    for table in ("events", "frames", "jobs"):
                        self._database.execute(f"DELETE FROM {table} WHERE job_id = ?", (row["job_id"],))

    # --- tickets -------------------------------------------------------------------------------------------

    def add(self, job_id: str, request: MatteRequest) -> bool:
        """Stores a new job, ``queued``. False when the same job is stored already; ``JobIdTaken`` for another one."""
        for row in self._database.ask("SELECT request FROM jobs WHERE job_id = ?", (job_id,)):
            # Compared as it is understood: an older Mattewire may have stored fewer fields.
            if codec.from_wire(MatteRequest, msgpack.unpackb(row["request"])) != request:
                raise JobIdTaken(f"Job {job_id} is another request.", field="job_id")
            return False
        label = request.label or ", ".join(request.prompts) or "drawn subject"
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO jobs (job_id, request, label, engine, priority, state, submitted_at)"
                " VALUES (?, ?, ?, ?, ?, 'queued', ?)",
                (job_id, _pack(codec.to_wire(request)), _short(label), request.engine, request.priority, time.time()),
            )
            self._insert(JobEvent(job_id, 0, 0, "queued", engine=request.engine))
        return True

    def job(self, job_id: str) -> Job:
        """``UnknownJob`` when there is none."""
        row = self._row(job_id)
        request = codec.from_wire(MatteRequest, msgpack.unpackb(row["request"]))
        newest = self._latest(job_id, JobEvent)
        known = (newest.plate, newest.quality, newest.version, newest.kept) if newest is not None else ("",)
        return Job(job_id, request, row["state"], row["attempt"], row["deaths"], row["seq"], *known)

    def next_queued(self) -> str | None:
        """The job to run next: highest priority first, then in the order they came."""
        rows = self._database.ask(
            "SELECT job_id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, number LIMIT 1"
        )
        return str(rows[0]["job_id"]) if rows else None

    def ahead_of(self, job_id: str) -> int:
        """How many jobs run before this one, the running one included."""
        rows = self._database.ask(
            "SELECT count(*) FROM jobs AS other, jobs AS this WHERE this.job_id = ? AND ("
            " other.state IN ('running', 'stopping') OR (other.state = 'queued' AND"
            " (other.priority, -other.number) > (this.priority, -this.number)))",
            (job_id,),
        )
        return int(rows[0][0])

    def in_states(self, *wanted: str) -> list[str]:
        marks = ", ".join("?" * len(wanted))
        rows = self._database.ask(f"SELECT job_id FROM jobs WHERE state IN ({marks}) ORDER BY number", wanted)
        return [row["job_id"] for row in rows]

    def summaries(self, limit: int) -> list[JobSummary]:
        rows = self._database.ask("SELECT * FROM jobs ORDER BY number DESC LIMIT ?", (limit,))
        return [_summary(row) for row in rows]

    # --- events --------------------------------------------------------------------------------------------

    def append(self, event: AnyEvent, *, deaths: int | None = None) -> AnyEvent:
        """Stores an event under the next sequence number and moves the job along. Returns it numbered.

        A ``job`` event keeps the facts (range, keyframe, engine, colorspace) that earlier ones brought; one of another
        quality takes back every finished frame, and a frame that is ``queued`` again takes back itself. ``deaths``:
        the new count of worker deaths; every new frame sets it to 0. ``StoreUnwritable`` when nothing could be stored.
        """
        with self._database.transaction():
            numbered = self._insert(event)
            if deaths is not None:
                self._database.execute("UPDATE jobs SET deaths = ? WHERE job_id = ?", (deaths, event.job_id))
        self._newest[event.job_id] = numbered.seq
        return numbered

    def begin_attempt(self, job_id: str) -> int:
        """Counts a new attempt and returns its number, from 1."""
        with self._database.transaction():
            self._database.execute("UPDATE jobs SET attempt = attempt + 1 WHERE job_id = ?", (job_id,))
        return self.job(job_id).attempt

    def finished_frames(self, job_id: str) -> list[int]:
        rows = self._database.ask("SELECT frame FROM frames WHERE job_id = ? ORDER BY frame", (job_id,))
        return [row["frame"] for row in rows]

    def newest_seq(self, job_id: str) -> int:
        """The number of the job's newest event, from memory; 0 for a job that is not there."""
        if job_id not in self._newest:
            rows = self._database.ask("SELECT seq FROM jobs WHERE job_id = ?", (job_id,))
            self._newest[job_id] = int(rows[0]["seq"]) if rows else 0
        return self._newest[job_id]

    def events_after(self, job_id: str, seq: int, limit: int) -> list[Any]:
        """Up to ``limit`` events with numbers above ``seq``, in order, as body objects."""
        rows = self._database.ask(
            "SELECT type, body FROM events WHERE job_id = ? AND seq > ? ORDER BY seq LIMIT ?", (job_id, seq, limit)
        )
        return [codec.from_wire(MESSAGES[row["type"]], msgpack.unpackb(row["body"])) for row in rows]

    def snapshot(self, job_id: str) -> Snapshot:
        """The whole job up to now in one message."""
        row = self._row(job_id)
        job = self._latest(job_id, JobEvent)
        assert job is not None  # add() stored the first one
        return Snapshot(
            job_id,
            row["seq"],
            _summary(row),
            job,
            self._runs(job_id),
            self._latest(job_id, StageEvent),
            self._latest(job_id, FoundEvent),
        )

    def close(self) -> None:
        self._database.close()

    # --- inside --------------------------------------------------------------------------------------------

    def _row(self, job_id: str) -> sqlite3.Row:
        rows = self._database.ask("SELECT * FROM jobs WHERE job_id = ?", (job_id,))
        if not rows:
            raise UnknownJob(f"There is no job {job_id}.", field="job_id")
        return rows[0]

    def _insert(self, event: AnyEvent) -> AnyEvent:
        job_id = event.job_id
        row = self._row(job_id)
        event = replace(event, seq=row["seq"] + 1)
        if isinstance(event, JobEvent):
            if event.seq > 1:
                states.check(row["state"], event.state)
            before = self._latest(job_id, JobEvent)
            event = _carry(before, event)
            self._move(event)
            if before is not None and before.quality and before.quality != event.quality:
                # In the same transaction: no later attempt may keep a frame of the quality that was given up.
                self._database.execute("DELETE FROM frames WHERE job_id = ?", (job_id,))
                self._database.execute("UPDATE jobs SET frames_done = 0 WHERE job_id = ?", (job_id,))
        elif isinstance(event, FrameEvent) and event.state == "queued":
            if self._database.execute("DELETE FROM frames WHERE job_id = ? AND frame = ?", (job_id, event.frame)):
                self._database.execute("UPDATE jobs SET frames_done = frames_done - 1 WHERE job_id = ?", (job_id,))
        elif isinstance(event, FrameEvent):
            new = self._database.execute(
                "INSERT OR IGNORE INTO frames (job_id, frame, state) VALUES (?, ?, ?)",
                (job_id, event.frame, event.state),
            )
            if new:
                self._database.execute(
                    "UPDATE jobs SET deaths = 0, frames_done = frames_done + 1 WHERE job_id = ?", (job_id,)
                )
            else:
                self._database.execute(
                    "UPDATE frames SET state = ? WHERE job_id = ? AND frame = ?", (event.state, job_id, event.frame)
                )
        self._database.execute("UPDATE jobs SET seq = ? WHERE job_id = ?", (event.seq, job_id))
        self._database.execute(
            "INSERT INTO events (job_id, seq, type, body) VALUES (?, ?, ?, ?)",
            (job_id, event.seq, name_of(event), _pack(codec.to_wire(event))),
        )
        return event

    def _move(self, event: JobEvent) -> None:
        error = event.error or Error("", "")
        total = event.last - event.first + 1 if event.first is not None and event.last is not None else 0
        ended = time.time() if event.state in FINAL_STATES else None
        self._database.execute(
            "UPDATE jobs SET state = ?, ended_at = ?, error_code = ?, error_message = ?, frames_total = ?"
            " WHERE job_id = ?",
            (event.state, ended, error.code, _short(error.message), total, event.job_id),
        )

    def _latest(self, job_id: str, kind: type[Event]) -> Event | None:
        name = next(name for name, cls in MESSAGES.items() if cls is kind)
        rows = self._database.ask(
            "SELECT body FROM events WHERE job_id = ? AND type = ? ORDER BY seq DESC LIMIT 1", (job_id, name)
        )
        return codec.from_wire(kind, msgpack.unpackb(rows[0]["body"])) if rows else None

    def _runs(self, job_id: str) -> list[FrameRun]:
        runs: list[FrameRun] = []
        rows = self._database.ask("SELECT frame, state FROM frames WHERE job_id = ? ORDER BY frame", (job_id,))
        for row in rows:
            if runs and runs[-1].last == row["frame"] - 1 and runs[-1].state == row["state"]:
                runs[-1] = replace(runs[-1], last=row["frame"])
            else:
                runs.append(FrameRun(row["frame"], row["frame"], row["state"]))
        return runs


def _short(text: str) -> str:
    return text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 1] + "…"


def _pack(tree: object) -> bytes:
    packed: bytes = msgpack.packb(tree)
    return packed


def _carry(before: JobEvent | None, event: JobEvent) -> JobEvent:
    if before is None:
        return event
    return replace(
        event,
        first=event.first if event.first is not None else before.first,
        last=event.last if event.last is not None else before.last,
        keyframe=event.keyframe if event.keyframe is not None else before.keyframe,
        engine=event.engine or before.engine,
        colorspace=event.colorspace or before.colorspace,
        plate=event.plate or before.plate,
        quality=event.quality or before.quality,
        colorspace_from=event.colorspace_from or before.colorspace_from,
        exposure=event.exposure or before.exposure,
        kept=event.kept or before.kept,
        version=event.version or before.version,
        names=event.names or before.names,
    )


def _summary(row: sqlite3.Row) -> JobSummary:
    names = (
        "job_id", "state", "label", "engine", "priority", "frames_done", "frames_total", "attempt", "seq",
        "submitted_at", "ended_at", "error_code", "error_message",
    )  # fmt: skip
    return JobSummary(**{name: row[name] for name in names})
