"""The job store: every job and every event of it, on disk before anybody is told.

SQLite in WAL mode with ``synchronous=FULL``: what was acknowledged survives a power cut. One thread uses it.
Event bodies are kept as the msgpack maps that go over the wire, so a replay is a copy, not a translation.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgpack

from mattewire_protocol import codec
from mattewire_protocol.connection import make_private_folder
from mattewire_protocol.errors import InternalError, JobIdTaken, UnknownJob
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

AnyEvent: TypeAlias = JobEvent | StageEvent | FoundEvent | FrameEvent
Event = TypeVar("Event", bound=AnyEvent)


_JOBS = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    request BLOB NOT NULL,
    label TEXT NOT NULL,
    engine TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    frames_total INTEGER NOT NULL DEFAULT 0,
    frames_done INTEGER NOT NULL DEFAULT 0,
    submitted_at REAL NOT NULL,
    ended_at REAL,
    error_code TEXT NOT NULL DEFAULT '',
    error_message TEXT NOT NULL DEFAULT ''
)"""
_EVENTS = """
CREATE TABLE events (
    job_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (job_id, seq)
) WITHOUT ROWID"""
_FRAMES = """
CREATE TABLE frames (
    job_id TEXT NOT NULL,
    frame INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (job_id, frame)
) WITHOUT ROWID"""


def _first(database: sqlite3.Connection) -> None:
    for statement in (_JOBS, _EVENTS, _FRAMES, "CREATE INDEX jobs_by_state ON jobs (state, priority DESC, number)"):
        database.execute(statement)


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first,)
"""Each brings the store from version N to N + 1; the version is SQLite's ``user_version``. Only ever append."""


@dataclass(frozen=True)
class Job:
    """A job's row. ``deaths`` counts worker deaths in a row without one new frame."""

    job_id: str
    request: MatteRequest
    state: str
    attempt: int
    deaths: int
    seq: int


class Store:
    """The jobs of one user. ``path``: the database file, created when it is not there."""

    def __init__(self, path: Path) -> None:
        make_private_folder(path.parent)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        path.chmod(0o600)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._newest: dict[str, int] = {}
        self._migrate()

    def _migrate(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise InternalError(
                f"The job store is of version {version}; this Mattewire knows up to {len(MIGRATIONS)}.",
                advice="Update Mattewire, or move jobs.sqlite3 away to start with an empty queue.",
            )
        for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
            with self._transaction():
                migration(self._database)
                self._database.execute(f"PRAGMA user_version={number}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._database.in_transaction:  # SQLite itself rolls back on a full disk
                self._database.execute("ROLLBACK")
            raise
        if self._database.in_transaction:
            self._database.execute("COMMIT")

    # --- tickets -------------------------------------------------------------------------------------------

    def add(self, job_id: str, request: MatteRequest) -> bool:
        """Stores a new job, ``queued``. False when the same job is stored already; ``JobIdTaken`` for another one."""
        packed = _pack(codec.to_wire(request))
        row = self._database.execute("SELECT request FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        if row is not None:
            if row["request"] != packed:
                raise JobIdTaken(f"Job {job_id} is another request.", field="job_id")
            return False
        label = request.label or ", ".join(request.prompts) or "drawn subject"
        with self._transaction():
            self._database.execute(
                "INSERT INTO jobs (job_id, request, label, engine, priority, state, submitted_at)"
                " VALUES (?, ?, ?, ?, ?, 'queued', ?)",
                (job_id, packed, label, request.engine, request.priority, time.time()),
            )
            self._insert(JobEvent(job_id, 0, 0, "queued", engine=request.engine))
        return True

    def job(self, job_id: str) -> Job:
        """``UnknownJob`` when there is none."""
        row = self._database.execute("SELECT * FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        if row is None:
            raise UnknownJob(f"There is no job {job_id}.", field="job_id")
        request = codec.from_wire(MatteRequest, msgpack.unpackb(row["request"]))
        return Job(job_id, request, row["state"], row["attempt"], row["deaths"], row["seq"])

    def next_queued(self) -> str | None:
        """The job to run next: highest priority first, then in the order they came."""
        row = self._database.execute(
            "SELECT job_id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, number LIMIT 1"
        ).fetchone()
        return None if row is None else str(row["job_id"])

    def ahead_of(self, job_id: str) -> int:
        """How many jobs run before this one, the running one included."""
        row = self._database.execute(
            "SELECT count(*) FROM jobs AS other, jobs AS this WHERE this.job_id = ? AND ("
            " other.state IN ('running', 'stopping') OR (other.state = 'queued' AND"
            " (other.priority, -other.number) > (this.priority, -this.number)))",
            (job_id,),
        ).fetchone()
        return int(row[0])

    def in_states(self, *wanted: str) -> list[str]:
        marks = ", ".join("?" * len(wanted))
        rows = self._database.execute(f"SELECT job_id FROM jobs WHERE state IN ({marks}) ORDER BY number", wanted)
        return [row["job_id"] for row in rows]

    def summaries(self, limit: int) -> list[JobSummary]:
        rows = self._database.execute("SELECT * FROM jobs ORDER BY number DESC LIMIT ?", (limit,))
        return [_summary(row) for row in rows]

    # --- events --------------------------------------------------------------------------------------------

    def append(self, event: AnyEvent) -> AnyEvent:
        """Stores an event under the next sequence number and moves the job along. Returns it numbered.

        A ``job`` event keeps the facts (range, keyframe, engine, colorspace) that earlier ones brought.
        """
        with self._transaction():
            numbered = self._insert(event)
        self._newest[event.job_id] = numbered.seq
        return numbered

    def begin_attempt(self, job_id: str) -> int:
        """Counts a new attempt and returns its number, from 1."""
        with self._transaction():
            self._database.execute("UPDATE jobs SET attempt = attempt + 1 WHERE job_id = ?", (job_id,))
        return self.job(job_id).attempt

    def count_death(self, job_id: str) -> int:
        """Counts a worker death; the count starts again with every new frame."""
        with self._transaction():
            self._database.execute("UPDATE jobs SET deaths = deaths + 1 WHERE job_id = ?", (job_id,))
        return self.job(job_id).deaths

    def finished_frames(self, job_id: str) -> list[int]:
        rows = self._database.execute("SELECT frame FROM frames WHERE job_id = ? ORDER BY frame", (job_id,))
        return [row["frame"] for row in rows]

    def newest_seq(self, job_id: str) -> int:
        """The number of the job's newest event, from memory; 0 for a job that is not there."""
        if job_id not in self._newest:
            row = self._database.execute("SELECT seq FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
            self._newest[job_id] = 0 if row is None else int(row["seq"])
        return self._newest[job_id]

    def events_after(self, job_id: str, seq: int, limit: int) -> list[Any]:
        """Up to ``limit`` events with numbers above ``seq``, in order, as body objects."""
        rows = self._database.execute(
            "SELECT type, body FROM events WHERE job_id = ? AND seq > ? ORDER BY seq LIMIT ?", (job_id, seq, limit)
        )
        return [codec.from_wire(MESSAGES[row["type"]], msgpack.unpackb(row["body"])) for row in rows]

    def snapshot(self, job_id: str) -> Snapshot:
        """The whole job up to now in one message."""
        row = self._database.execute("SELECT * FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        if row is None:
            raise UnknownJob(f"There is no job {job_id}.", field="job_id")
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

    def _insert(self, event: AnyEvent) -> AnyEvent:
        job_id = event.job_id
        row = self._database.execute("SELECT seq, state FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        event = replace(event, seq=row["seq"] + 1)
        if isinstance(event, JobEvent):
            if event.seq > 1:
                states.check(row["state"], event.state)
            event = _carry(self._latest(job_id, JobEvent), event)
            self._move(event)
        elif isinstance(event, FrameEvent):
            new = self._database.execute(
                "INSERT OR IGNORE INTO frames (job_id, frame, state) VALUES (?, ?, ?)",
                (job_id, event.frame, event.state),
            ).rowcount
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
            (event.state, ended, error.code, error.message, total, event.job_id),
        )

    def _latest(self, job_id: str, kind: type[Event]) -> Event | None:
        name = next(name for name, cls in MESSAGES.items() if cls is kind)
        row = self._database.execute(
            "SELECT body FROM events WHERE job_id = ? AND type = ? ORDER BY seq DESC LIMIT 1", (job_id, name)
        ).fetchone()
        return None if row is None else codec.from_wire(kind, msgpack.unpackb(row["body"]))

    def _runs(self, job_id: str) -> list[FrameRun]:
        runs: list[FrameRun] = []
        rows = self._database.execute("SELECT frame, state FROM frames WHERE job_id = ? ORDER BY frame", (job_id,))
        for row in rows:
            if runs and runs[-1].last == row["frame"] - 1 and runs[-1].state == row["state"]:
                runs[-1] = replace(runs[-1], last=row["frame"])
            else:
                runs.append(FrameRun(row["frame"], row["frame"], row["state"]))
        return runs


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
    )


def _summary(row: sqlite3.Row) -> JobSummary:
    names = (
        "job_id", "state", "label", "engine", "priority", "frames_done", "frames_total", "attempt", "seq",
        "submitted_at", "ended_at", "error_code", "error_message",
    )  # fmt: skip
    return JobSummary(**{name: row[name] for name in names})
