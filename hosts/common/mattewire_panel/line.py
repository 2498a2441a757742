"""One conversation with the daemon in a thread of its own, so that the host's main thread never waits for it.

The thread owns the ``Client``. Orders go in through a queue, answers and events come out through another; ``Session``
takes them out in the host's thread.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional

from mattewire_protocol import Client, MattewireError
from mattewire_protocol.connection import Connection
from mattewire_protocol.errors import InternalError

Ask = Callable[[Client], Any]
Done = Callable[[Any, Optional[MattewireError]], None]

POLL_S = 0.05
"""How long the thread waits for events before it looks for orders again."""


@dataclass(frozen=True)
class Answer:
    """What came of an order: a result or an error, for ``done``, which runs in the host's thread."""

    done: Done
    result: Any
    error: MattewireError | None


@dataclass(frozen=True)
class LineState:
    """``state``: ``off``, ``opening``, ``on`` or ``away`` (it was met before, and is looked for)."""

    state: str
    problem: MattewireError | None = None
    welcome: Any = None


class Line:
    """A thread with a client. ``out`` receives events, ``Answer`` and ``LineState``, in the order they came.

    ``start``: start the local daemon when none runs. ``connection``: a known daemon instead of the local one.
    ``tells``: whether it tells how the line is; of two lines one is enough.
    """

    def __init__(
        self,
        out: queue.Queue[Any],
        *,
        name: str,
        host: str,
        start: bool,
        connection: Connection | None = None,
        tells: bool = True,
    ) -> None:
        self._out, self._tells = out, tells
        self._orders: queue.Queue[tuple[Ask, Done] | None] = queue.Queue()
        self._options = {"name": name, "host": host, "start": start, "connection": connection}
        self._client: Client | None = None
        self._told = LineState("")
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mattewire line", daemon=True)
        self._thread.start()

    def ask(self, ask: Ask, done: Done) -> None:
        """Queues an order; ``done(result, error)`` is handed back through ``out`` when there is an answer."""
        self._orders.put((ask, done))

    def close(self, timeout: float = 0.0) -> None:
        """Ends the thread after the orders before this one, and waits at most ``timeout`` seconds for that.

        Jobs go on in the daemon. A line that is off does not open for what is left to do.
        """
        self._closing.set()
        self._orders.put(None)
        self._thread.join(timeout)

    @property
    def ended(self) -> bool:
        """Whether the thread is gone."""
        return not self._thread.is_alive()

    # --- in the thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while True:
                try:
                    # With a client the events set the pace; without one there is nothing to do but wait for an order.
                    order = self._orders.get(block=self._client is None)
                except queue.Empty:
                    self._take_events()
                    continue
                if order is None or (self._closing.is_set() and self._client is None):
                    return
                self._out.put(self._served(*order))
        finally:
            self._hang_up()

    def _served(self, ask: Ask, done: Done) -> Answer:
        try:
            return Answer(done, ask(self._opened()), None)
        except MattewireError as problem:
            return Answer(done, None, problem)
        except Exception as problem:  # a panel must be told, whatever it is
            return Answer(done, None, _unforeseen(problem))

    def _opened(self) -> Client:
        if self._client is None:
            self._tell(LineState("opening"))
            try:
                self._client = Client(**self._options)  # type: ignore[arg-type]
            except MattewireError as problem:
                self._tell(LineState("off", problem))
                raise
            except Exception as problem:  # not one to be left at "opening" for
                self._tell(LineState("off", _unforeseen(problem)))
                raise
            self._tell(LineState("on", welcome=self._client.welcome))
        return self._client

    def _take_events(self) -> None:
        client = self._client
        if client is None:
            return
        try:
            events: list[Any] = client.poll(POLL_S)
        except MattewireError as problem:  # the daemon came back without a job that is followed
            self._told = LineState("")  # said again even when it was the last word, as it is of another job
            self._tell(LineState("on", problem, client.welcome))
            return
        except Exception as problem:  # the thread must live, or the panel waits for ever
            self._hang_up()
            self._tell(LineState("off", _unforeseen(problem)))
            return
        for event in events:
            self._out.put(event)
        if client.connected:
            self._tell(LineState("on", welcome=client.welcome))
        else:
            self._tell(LineState("away", client.problem))
            if not events:
                time.sleep(POLL_S)

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _tell(self, state: LineState) -> None:
        if (state.state, state.problem) != (self._told.state, self._told.problem):
            self._told = state
            if self._tells:
                self._out.put(state)


def _unforeseen(problem: Exception) -> InternalError:
    return InternalError(f"{type(problem).__name__}: {problem}")
