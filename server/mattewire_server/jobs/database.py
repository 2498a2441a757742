"""The job store's SQLite file: opening it, bringing it up to date, transactions, and what to do when it is damaged.

WAL mode with ``synchronous=FULL``: what was acknowledged survives a power cut. One thread uses it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mattewire_protocol.connection import make_private_folder
from mattewire_protocol.errors import InternalError, StoreUnwritable

log = logging.getLogger("mattewire.store")

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


class Database:
    """``path``: the file, created when it is not there.

    One that is damaged or no database is set aside as ``<name>.corrupt-N`` and an empty one begun; ``notes`` then
    says so. ``InternalError``: it was written by a newer Mattewire. ``StoreUnwritable``: it cannot be used now.
    """

    def __init__(self, path: Path) -> None:
        make_private_folder(path.parent)
        self.notes: list[str] = []
        try:
            self._open(path)
        except sqlite3.DatabaseError as problem:
            if isinstance(problem, sqlite3.OperationalError):  # locked, full, unreadable: not damaged
                raise _trouble(problem) from problem
            kept = _set_aside(path)
            self.notes.append(f"The job list was damaged ({problem}). It is kept as {kept}; a new one was begun.")
            log.error("%s", self.notes[-1])
            self._open(path)

    def _open(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, isolation_level=None)
        try:
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            (verdict,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            self._migrate()
        except BaseException:
            self._connection.close()
            raise

    def _migrate(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise InternalError(
                f"The job store is of version {version}; this Mattewire knows up to {len(MIGRATIONS)}.",
                advice="Update Mattewire, or move jobs.sqlite3 away to start with an empty queue.",
            )
        for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
            with self.transaction():
                migration(self._connection)
                self._connection.execute(f"PRAGMA user_version={number}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing. ``StoreUnwritable`` when it could not be stored."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite itself rolls back on a full disk
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as problem:
            raise _trouble(problem) from problem

    def ask(self, question: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Every row of the answer. ``StoreUnwritable`` when the file cannot be read."""
        try:
            return self._connection.execute(question, values).fetchall()
        except sqlite3.Error as problem:
            raise _trouble(problem) from problem

    def execute(self, statement: str, values: Sequence[object] = ()) -> int:
        """A statement inside a ``transaction()``; the number of rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def close(self) -> None:
        self._connection.close()


def _trouble(problem: sqlite3.Error) -> StoreUnwritable:
    if "full" in str(problem):  # SQLITE_FULL; the number itself is not given before Python 3.11
        return StoreUnwritable(f"The disk of the job list is full ({problem}).")
    return StoreUnwritable(
        f"The job list cannot be used: {problem}.", advice="Look at Mattewire's data folder, or restart the daemon."
    )


def _set_aside(path: Path) -> Path:
    """Renames a damaged database, and SQLite's files beside it, to the first free ``.corrupt-N``."""
    number = 1
    while (kept := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(kept.with_name(kept.name + ending))
    return kept
