"""A panel's side of everything it asks of the daemon. Made and used in the host's main thread; nothing here waits.

The host calls ``pump()`` from a timer, some ten times a second. What arrived meanwhile is applied to the jobs' views
then, and the callbacks of what was asked run then, in the host's own thread, so that they may touch its nodes.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any, Optional

from mattewire_protocol import Client, JobView, MatteRequest, MattewireError, Search, codec, messages
from mattewire_protocol.connection import Connection
from mattewire_protocol.errors import ConnectionFailed, UnknownJob

from .line import Answer, Line, LineState

Done = Callable[[Any, Optional[MattewireError]], None]
OnEvent = Callable[[JobView, Any], None]

PUMP_S = 0.01
"""Seconds that one ``pump`` may take: a host at 24 fps has 40 ms, and other panels want some of them."""


def _nothing(result: Any, error: MattewireError | None) -> None:
    pass


class Session:
    """``name``: the panel, ``host``: the application, each with its version. ``start``: may start the daemon.

    ``state``: ``off``, ``opening``, ``on`` or ``away``. ``problem``: the last reason for not being on. ``views``: the
    jobs this session follows, by id. ``on_event(view, event)``: called in ``pump`` for each event that was new.
    """

    def __init__(
        self,
        *,
        name: str,
        host: str = "",
        start: bool = True,
        connection: Connection | None = None,
        on_event: OnEvent | None = None,
    ) -> None:
        self._arrived: queue.Queue[Any] = queue.Queue()
        options: dict[str, Any] = {"name": name, "host": host, "start": start, "connection": connection}
        self._options = options
        self._jobs = Line(self._arrived, **options)
        self._looks: Line | None = None
        self._on_event = on_event
        self.state = "off"
        self.problem: MattewireError | None = None
        self.welcome = messages.Welcome(0, "")
        self.views: dict[str, JobView] = {}

    # --- asking --------------------------------------------------------------------------------------------

    def open(self, done: Done = _nothing) -> None:
        """Meets the daemon, starting it where that is allowed; ``done(welcome, error)``."""
        self._ask(lambda client: client.welcome, done)

    def submit(self, request: MatteRequest, done: Done = _nothing) -> JobView:
        """Hands in a job and follows it. The view is there at once, ``queued``; ``done(accepted, error)``."""
        job_id = codec.new_id()
        return self._follow_new(job_id, lambda client: client.submit(request, job_id), done)

    def finish(self, finish: messages.Finish, done: Done = _nothing) -> JobView:
        """Has a tracked job's files made once more; ``finish.job_id`` is the new job. As ``submit``."""
        return self._follow_new(finish.job_id, lambda client: client.finish(finish), done)

    def follow(self, job_id: str, done: Done = _nothing) -> JobView:
        """Follows a job that was handed in earlier, from what its view has already seen; ``done(watching, error)``."""
        view = self.views.setdefault(job_id, JobView(job_id))
        self._ask(lambda client: client.follow(job_id, view.seq), done)
        return view

    def forget(self, job_id: str) -> None:
        """No longer follows a job; it goes on in the daemon."""
        if self.views.pop(job_id, None) is not None and self.state != "off":  # nothing is started for this
            self._ask(lambda client: client.unfollow(job_id), _nothing)

    def cancel(self, job_id: str, done: Done = _nothing) -> None:
        """Stops a job; finished frames stay. ``done(canceling, error)``."""
        self._ask(lambda client: client.cancel(job_id), done)

    def jobs(self, done: Done, limit: int = 50) -> None:
        """``done(list of JobSummary, error)``, newest first."""
        self._ask(lambda client: client.jobs(limit), done)

    def status(self, done: Done) -> None:
        """``done(Report, error)``."""
        self._ask(lambda client: client.status(), done)

    def detect(self, search: Search, done: Done) -> None:
        """``done((Detected, preview JPEG), error)``. Models may have to be loaded first: this can take minutes, and
        goes over a line of its own, so that events go on coming."""
        self._look(lambda client: client.detect(search), done)

    def release(self, done: Done = _nothing) -> None:
        """Gives the GPU memory of idle models back; ``done(Released, error)``."""
        self._look(lambda client: client.release(), done)

    # --- the host's timer ----------------------------------------------------------------------------------

    def pump(self, seconds: float = PUMP_S) -> bool:
        """Takes in what has arrived, for at most ``seconds``; True when anything changed."""
        until = time.monotonic() + seconds
        changed = False
        while True:
            try:
                item = self._arrived.get_nowait()
            except queue.Empty:
                return changed
            changed = self._take(item) or changed
            if time.monotonic() > until:
                return changed

    def close(self, timeout: float = 0.0) -> None:
        """Ends the conversation; jobs go on in the daemon. What was asked before this is still sent.

        Returns at once, or, with a ``timeout``, when the threads have ended or so many seconds are over.
        """
        until = time.monotonic() + timeout
        lines = [self._jobs] if self._looks is None else [self._jobs, self._looks]
        for line in lines:
            line.close()
        for line in lines:
            line.close(max(0.0, until - time.monotonic()))

    @property
    def running(self) -> list[JobView]:
        """The followed jobs that have not ended, oldest first."""
        return [view for view in self.views.values() if not view.ended]

    # --- inside --------------------------------------------------------------------------------------------

    def _take(self, item: Any) -> bool:
        if isinstance(item, Answer):
            item.done(item.result, item.error)
            return True
        if isinstance(item, LineState):
            self._line_is(item)
            return True
        return self._applied(item)

    def _applied(self, event: Any) -> bool:
        view = self.views.get(getattr(event, "job_id", ""))
        if view is None or not view.apply(event):
            return False
        if self._on_event is not None:
            self._on_event(view, event)
        return True

    def _line_is(self, line: LineState) -> None:
        met = line.state == "on" and (self.state in ("off", "opening") or isinstance(line.problem, UnknownJob))
        self.state, self.problem = line.state, line.problem
        if line.welcome is not None:
            self.welcome = line.welcome
        if met:  # a new conversation follows nothing yet; and of jobs that a daemon lost it does not say which
            for view in self.running:
                self._follow_again(view)

    def _follow_again(self, view: JobView) -> None:
        def answered(_: Any, error: MattewireError | None) -> None:
            if isinstance(error, UnknownJob):
                lost = messages.JobEvent(
                    view.job_id, view.seq + 1, view.attempt, "failed", error=codec.error_body(error)
                )
                self._applied(lost)

        self._ask(lambda client: client.follow(view.job_id, view.seq), answered)

    def _follow_new(self, job_id: str, hand_in: Callable[[Client], Any], done: Done) -> JobView:
        view = self.views[job_id] = JobView(job_id)

        def order(client: Client) -> Any:
            try:
                return handed_in(client)
            except ConnectionFailed as problem:
                if not problem.retryable:
                    raise
                return handed_in(client)  # it may have arrived before the line was cut: the same id is harmless

        def handed_in(client: Client) -> Any:
            accepted = hand_in(client)
            client.follow(job_id)
            return accepted

        def answered(result: Any, error: MattewireError | None) -> None:
            if error is not None:
                self.views.pop(job_id, None)
            done(result, error)

        self._ask(order, answered)
        return view

    def _ask(self, ask: Callable[[Client], Any], done: Done) -> None:
        self._jobs.ask(ask, done)

    def _look(self, ask: Callable[[Client], Any], done: Done) -> None:
        if self._looks is None:
            self._looks = Line(self._arrived, tells=False, **self._options)
        self._looks.ask(ask, done)
