"""A client's side of the conversation: hello, questions and answers, heartbeats, and finding the daemon again.

Nothing here waits for a daemon that is away, except ``request()`` and the constructor, each for a limited time: a
panel's timer calls ``serve()`` in the host's own thread.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, Deque, Dict, Optional, Sequence, Tuple

import zmq

from . import codec, launch, messages
from .connection import Connection, connection_path, read_connection
from .errors import ConnectionFailed, DaemonUnreachable, MattewireError, NotAuthorized, TimedOut
from .line import Line

ANSWER_TIMEOUT_S = 15.0
RETRY_S = 0.5
START_AGAIN_S = 10.0
"""Pause after a start of the daemon that failed."""


class Conversation:
    """``given``: a known daemon, or absent for the local one. ``watched``: job id to the last event seen.

    ``events``: those that have come, in order, each once. ``refused``: followed jobs that the daemon, found again,
    does not have.
    """

    def __init__(
        self, given: Optional[Connection], hello: messages.Hello, *, start: bool, timeout: float = ANSWER_TIMEOUT_S
    ) -> None:
        self.given = given
        self.timeout = timeout
        self.welcome = messages.Welcome(0, "")
        self.watched: Dict[str, int] = {}
        self.events: Deque[Any] = deque()
        self.refused: Dict[str, MattewireError] = {}
        self.problem: Optional[MattewireError] = None
        self._hello = hello
        self._hello_id = ""
        self._never_met = False
        self._may_start = start and given is None
        self._start_wanted = False
        self._starter: Optional[threading.Thread] = None
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._line: Optional[Line] = None
        self._file_stamp: Tuple[int, int] = (0, 0)
        self._answers: Dict[str, Optional[codec.Message]] = {}
        self._watches: Dict[str, str] = {}
        self._holes: Dict[str, int] = {}
        self._last_sent = self._last_heard = self._opened_at = self._next_try = 0.0
        try:
            self._meet()
        except BaseException:
            self.close()
            raise

    @property
    def connected(self) -> bool:
        return self._line is not None and not self._hello_id

    # --- questions and answers -----------------------------------------------------------------------------

    def request(self, body: object, timeout: Optional[float] = None) -> codec.Message:
        """Sends ``body`` and waits for its answer. An ``error`` answer is raised as its exception."""
        limit = self.timeout if timeout is None else timeout
        deadline = time.monotonic() + limit
        self._start_wanted = self._may_start  # somebody wants the daemon, even one that was stopped
        while not self.connected:
            left = deadline - time.monotonic()
            if left <= 0 or (isinstance(self.problem, NotAuthorized) and self.given is not None):
                raise self.problem or TimedOut(f"The daemon did not say welcome within {limit:g} s.")
            self.serve(min(left, RETRY_S))
        identity = self.send(body)
        self._answers[identity] = None
        try:
            while (reply := self._answers[identity]) is None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimedOut(f"No answer to {messages.name_of(body)} within {limit:g} s.")
                if not self.connected:
                    raise DaemonUnreachable("The daemon went away before it answered.", advice="Try again.")
                self.serve(min(left, 0.25))
        finally:
            del self._answers[identity]
        if isinstance(reply.body, messages.Error):
            raise codec.error_of(reply.body)
        return reply

    def follow(self, job_id: str, last_seq: int) -> None:
        """From here on this job's events after ``last_seq`` are taken; those that wait were for an earlier reader."""
        self.watched[job_id] = last_seq
        others = [event for event in self.events if event.job_id != job_id]
        self.events.clear()
        self.events.extend(others)

    def send(self, body: object, answers: str = "") -> str:
        """Sends a message and returns its id. ``DaemonUnreachable`` while there is no line."""
        if self._line is None:
            raise self.problem or DaemonUnreachable()
        identity = codec.new_id()
        self._line.send(codec.encode(body, id=identity, answers=answers))
        self._last_sent = time.monotonic()
        return identity

    def serve(self, timeout: float) -> None:
        """Takes in what has arrived, answers pings, keeps the line alive, finds the daemon again."""
        if self._line is None:
            self._find_again(timeout)
            return
        self._line.wait(timeout)
        while self._line is not None and (parts := self._line.receive()):
            self._last_heard = time.monotonic()
            self._take(parts)
        if self._line is not None:
            trouble = self._line.trouble()
            if trouble:
                self._drop(trouble[0])
            else:
                self._keep_alive(time.monotonic())

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        self._context.destroy(linger=0)

    # --- what comes in -------------------------------------------------------------------------------------

    def _take(self, parts: Sequence[bytes]) -> None:
        try:
            header = codec.read_header(parts)
        except MattewireError:
            return  # nobody can be told: it has no id
        try:
            message = codec.decode(parts)
        except MattewireError as problem:
            if not header.answers:
                return  # a newer daemon's message that this client does not know
            message = codec.Message(header, codec.error_body(problem))
        if isinstance(message.body, messages.Ping):
            self.send(messages.Pong(), answers=message.id)
        elif message.answers and message.answers == self._hello_id:
            self._greeted(message.body)
        elif message.answers in self._answers:  # answers that nobody waits for any more are let go
            self._answers[message.answers] = message
        elif message.answers in self._watches:
            job_id = self._watches.pop(message.answers)
            if isinstance(message.body, messages.Error) and self.watched.pop(job_id, None) is not None:
                self.refused[job_id] = codec.error_of(message.body)
        elif message.type in messages.EVENTS:
            self._take_event(message.body)
        if isinstance(message.body, messages.Stopping):
            self._start_wanted = False  # somebody stopped it on purpose

    def _greeted(self, body: object) -> None:
        if not isinstance(body, messages.Welcome):
            self._drop(codec.error_of(body) if isinstance(body, messages.Error) else DaemonUnreachable())
            return
        self.welcome, self._hello_id, self.problem = body, "", None
        self._start_wanted = self._may_start
        self._watch_again()

    def _watch_again(self) -> None:
        self._holes.clear()
        for job_id, seen in self.watched.items():
            self._watches[self.send(messages.Watch(job_id, seen))] = job_id

    def _take_event(self, event: Any) -> None:
        seen = self.watched.get(event.job_id)
        if seen is None or event.seq <= seen:
            return
        if event.seq != seen + 1 and not isinstance(event, messages.Snapshot):
            if self._holes.get(event.job_id) != seen:
                self._holes[event.job_id] = seen  # have the rest sent again, once
                self._watches[self.send(messages.Watch(event.job_id, seen))] = event.job_id
            return
        self.watched[event.job_id] = event.seq
        self.events.append(event)

    # --- the line ------------------------------------------------------------------------------------------

    def _meet(self) -> None:
        """The first meeting; what goes wrong is raised."""
        try:
            self._open()
            self._await_welcome()
        except ConnectionFailed:
            if not self._may_start:
                raise
            launch.start_daemon()  # does nothing but return when the daemon runs after all
            self._open()
            self._await_welcome()

    def _await_welcome(self) -> None:
        deadline = time.monotonic() + self.timeout
        while not self.connected:
            if self._line is None:
                raise self.problem or DaemonUnreachable()
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimedOut(f"The daemon at {self._line.address} did not say welcome within {self.timeout:g} s.")
            self.serve(min(left, 0.25))

    def _open(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        connection = self.given or _local_connection()
        self._file_stamp = _stamp(connection_path())
        self._line = Line(self._context, connection)
        self._opened_at = self._last_heard = time.monotonic()
        self._watches.clear()
        self._hello_id = self.send(self._hello)

    def _drop(self, problem: MattewireError) -> None:
        if self._line is not None:
            self._line.close()
        self._never_met = bool(self._hello_id)
        self._line, self.problem = None, problem

    def _keep_alive(self, now: float) -> None:
        limits = self.welcome.limits
        if self.given is None and _stamp(connection_path()) != self._file_stamp:
            self._drop(DaemonUnreachable("The daemon has ended."))  # or another one has taken over
        elif self._hello_id:
            if now - self._opened_at > self.timeout:
                self._drop(TimedOut(f"The daemon did not say welcome within {self.timeout:g} s."))
        elif now - self._last_heard > limits.silence_s and now - self._last_sent < limits.silence_s:
            self._drop(TimedOut(f"The daemon has been silent for {limits.silence_s:g} s."))
        elif now - self._last_sent > limits.silence_s:  # this side slept; the daemon may have stopped watching for us
            self._last_heard = now
            self._watch_again()
            self.send(messages.Ping())
        elif now - self._last_sent > limits.heartbeat_s:
            self.send(messages.Ping())

    def _find_again(self, timeout: float) -> None:
        now = time.monotonic()
        time.sleep(max(0.0, min(timeout, self._next_try - now)))
        if time.monotonic() < self._next_try or (self._starter is not None and self._starter.is_alive()):
            return
        self._next_try = time.monotonic() + RETRY_S
        if self._never_met and self._start_wanted:  # the file is there, and nobody behind it
            self._start()
            return
        try:
            self._open()
        except MattewireError as problem:
            self.problem = problem
            if self._start_wanted:
                self._start()

    def _start(self) -> None:
        """Starts the daemon in a thread: it takes seconds, and this may be the thread that draws the host's windows."""

        def start() -> None:
            try:
                launch.start_daemon()
            except MattewireError as problem:
                self.problem = problem
            else:
                self._next_try = 0.0

        self._never_met = False
        self._next_try = time.monotonic() + START_AGAIN_S
        self._starter = threading.Thread(target=start, name="start the daemon", daemon=True)
        self._starter.start()


def _local_connection() -> Connection:
    connection = read_connection()
    if connection.pid > 0 and not launch.process_exists(connection.pid):
        raise DaemonUnreachable(f"The daemon that left {connection_path()} is no longer running.")
    return connection


def _stamp(path: Path) -> Tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)
