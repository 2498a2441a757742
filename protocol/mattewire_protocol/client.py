"""The blocking client that every panel, the command line and farm tasks use.

One ``Client`` belongs to one thread. Panels in a host never block: they call ``poll()`` from a timer. Scripts call
``watch()`` and loop. When the daemon restarts or the line is cut, the client finds it again and asks for what it
missed, by sequence number: no event is lost and none is seen twice.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Iterator, List, Optional, Tuple, Type, TypeVar

from . import codec, messages
from .connection import Connection
from .conversation import ANSWER_TIMEOUT_S, Conversation
from .errors import BadMessage, DaemonUnreachable, MattewireError, NotAuthorized
from .request import MatteRequest, Search

DETECT_TIMEOUT_S = 300.0
RELEASE_TIMEOUT_S = 60.0

Body = TypeVar("Body")


class Client:
    """A conversation with one daemon.

    ``connection``: a known daemon; absent means the local one, through its connection file (read again whenever
    the daemon comes back). ``start``: start the local daemon when none runs. ``name`` and ``host`` say who asks.
    ``timeout``: seconds to wait for an answer.
    Raises ``DaemonUnreachable``, ``NotAuthorized``, ``TimedOut``, ``WrongProtocol`` or ``InstallIncomplete``.
    """

    def __init__(
        self,
        connection: Optional[Connection] = None,
        *,
        start: bool = False,
        name: str = "python",
        host: str = "",
        timeout: float = ANSWER_TIMEOUT_S,
    ) -> None:
        hello = messages.Hello(messages.OLDEST_PROTOCOL, messages.PROTOCOL, name, host)
        self._talk = Conversation(connection, hello, start=start, timeout=timeout)

    # --- jobs ----------------------------------------------------------------------------------------------

    def submit(self, request: MatteRequest, job_id: str = "") -> messages.Accepted:
        """Hands in a job; it is on disk when this returns. The same ``job_id`` again is harmless."""
        return self._ask(messages.Submit(job_id or codec.new_id(), request), messages.Accepted)

    def finish(self, finish: messages.Finish) -> messages.Accepted:
        """Makes a tracked job's files once more, without an engine. ``NotKept`` when it has to be tracked anew."""
        return self._ask(finish, messages.Accepted)

    def follow(self, job_id: str, last_seq: int = 0) -> messages.Watching:
        """Asks for a job's events after ``last_seq``; they come out of ``poll()``."""
        self._talk.follow(job_id, last_seq)
        try:
            return self._ask(messages.Watch(job_id, last_seq), messages.Watching)
        except MattewireError:
            self._talk.watched.pop(job_id, None)
            raise

    def unfollow(self, job_id: str) -> None:
        """Ends ``follow``."""
        self._talk.watched.pop(job_id, None)
        self._ask(messages.Unwatch(job_id), messages.Watching)

    def poll(self, timeout: float = 0.0) -> List[Any]:
        """The events that have arrived, waiting up to ``timeout`` seconds for the first. Keeps the line alive.

        Never waits for a daemon that is away, and never raises for it: it is looked for again on later calls; see
        ``connected`` and ``problem``. ``UnknownJob`` is raised, once, when a daemon that came back no longer has a
        job that this client follows.
        """
        self._talk.serve(0.0 if self._talk.events else timeout)
        taken = list(self._talk.events)
        self._talk.events.clear()
        if not taken and self._talk.refused:
            raise self._talk.refused.popitem()[1]
        return taken

    def watch(self, job_id: str, last_seq: int = 0, patience: float = 60.0) -> Iterator[Any]:
        """Yields a job's events from ``last_seq`` on until its final state. Blocks between events.

        A daemon that goes away is waited for (and started, where this client may) up to ``patience`` seconds.
        Events of other jobs that this client follows stay for ``poll()``.
        """
        # From one event earlier: of a job that had already ended there would be nothing more to come.
        newest = self.follow(job_id, max(0, last_seq - 1)).seq
        if newest < last_seq:  # a number from before the daemon lost its list of jobs
            last_seq = newest
            self.follow(job_id, max(0, last_seq - 1))
        lost_at = time.monotonic()
        try:
            while True:
                for event in self._of_job(job_id):
                    if event.seq > last_seq:
                        yield event
                    if _final(event):
                        return
                if self._talk.connected:
                    lost_at = time.monotonic()
                elif isinstance(self._talk.problem, NotAuthorized) and self._talk.given is not None:
                    raise self._talk.problem
                elif time.monotonic() - lost_at > patience:
                    raise DaemonUnreachable(f"The daemon went away and did not come back within {patience:g} s.")
        finally:
            if self._talk.watched.pop(job_id, None) is not None and self._talk.connected:
                self._talk.send(messages.Unwatch(job_id))

    def _of_job(self, job_id: str) -> List[Any]:
        """This job's events that have come by now or within a moment; those of other jobs stay."""
        talk = self._talk
        if not any(event.job_id == job_id for event in talk.events):
            talk.serve(0.25)
        taken = [event for event in talk.events if event.job_id == job_id]
        others = [event for event in talk.events if event.job_id != job_id]
        talk.events.clear()
        talk.events.extend(others)
        if not taken and job_id in talk.refused:
            raise talk.refused.pop(job_id)
        return taken

    def cancel(self, job_id: str) -> messages.Canceling:
        """Stops a job; finished frames stay."""
        return self._ask(messages.Cancel(job_id), messages.Canceling)

    def jobs(self, limit: int = 50) -> List[messages.JobSummary]:
        """The newest jobs, newest first; fewer than ``limit`` when they would not fit into one message."""
        return self._ask(messages.ListJobs(limit), messages.Jobs).jobs

    # --- one look, and the daemon itself -------------------------------------------------------------------

    def detect(self, search: Search, timeout: float = DETECT_TIMEOUT_S) -> Tuple[messages.Detected, bytes]:
        """Looks at one frame now. Returns what was found and the preview JPEG (empty when none was asked for)."""
        reply = self.request(messages.Detect(search), timeout)
        body = _as(reply.body, messages.Detected)
        return body, reply.binary[0] if reply.binary else b""

    def status(self) -> messages.Report:
        """How the daemon is."""
        return self._ask(messages.Status(), messages.Report)

    def release(self) -> messages.Released:
        """Gives the GPU memory of idle models back to the host."""
        return self._ask(messages.Release(), messages.Released, max(RELEASE_TIMEOUT_S, self.timeout))

    def stop(self, when: str = "now") -> None:
        """Ends the daemon."""
        self._ask(messages.Stop(when), messages.Stopping)

    # --- the line ------------------------------------------------------------------------------------------

    @property
    def welcome(self) -> messages.Welcome:
        """What the daemon said of itself when it was last met."""
        return self._talk.welcome

    @property
    def timeout(self) -> float:
        """Seconds to wait for an answer."""
        return self._talk.timeout

    @property
    def connected(self) -> bool:
        """False from the moment the daemon is known to be away until it answers again."""
        return self._talk.connected

    @property
    def problem(self) -> Optional[MattewireError]:
        """Why the daemon is away; ``None`` while it is not."""
        return self._talk.problem

    def request(self, body: object, timeout: Optional[float] = None) -> codec.Message:
        """Sends ``body`` and waits for its answer. An ``error`` answer is raised as its exception."""
        return self._talk.request(body, timeout)

    def _ask(self, body: object, expected: Type[Body], timeout: Optional[float] = None) -> Body:
        return _as(self.request(body, timeout).body, expected)

    def close(self) -> None:
        self._talk.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], problem: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()


def _as(body: object, expected: Type[Body]) -> Body:
    if not isinstance(body, expected):
        raise BadMessage(f"The daemon answered {messages.name_of(body)} where {expected.__name__} was expected.")
    return body


def _final(event: object) -> bool:
    job = event.job if isinstance(event, messages.Snapshot) else event
    return isinstance(job, messages.JobEvent) and job.state in messages.FINAL_STATES
