"""The main thread: who may call, what waits in its queue, and how long adapter code kept it busy.

Nuke's API is for the main thread; from others only ``executeInMainThread`` and ``executeInMainThreadWithResult`` may be
called (Foundry, Nuke Python developer's guide, "Threading"). A real Nuke crashes or misbehaves sooner or later when
that is broken; the fake raises at once, and remembers it, because adapter code may swallow the exception.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import sys
import threading
import time
import traceback
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

_DUNDERS = ("__getitem__", "__len__", "__enter__", "__exit__", "__call__", "__iter__", "__next__")


class MainLoop:
    """The main thread of one fake Nuke, bound to the thread that makes it. ``pump`` is its event loop."""

    def __init__(self, gui: bool) -> None:
        self.ident = threading.get_ident()
        self.gui = gui
        self.violations: List[str] = []
        """Calls that came from a wrong thread, as ``function from thread``."""
        self.timings: List[Tuple[str, float]] = []
        """(what, seconds) of each time the host ran adapter code, renders and open dialogs taken off."""
        self._queue: "queue.SimpleQueue[Tuple[int, Callable, tuple, dict, Optional[threading.Event]]]"
        self._queue = queue.SimpleQueue()
        self._results: Dict[int, Any] = {}
        self._serial = 0
        self._lock = threading.Lock()
        self._depth = 0
        self._excused = 0.0

    def is_main(self) -> bool:
        return threading.get_ident() == self.ident

    def require(self, what: str) -> None:
        """Raises ``RuntimeError`` unless this is the main thread."""
        if not self.is_main():
            self.violations.append(f"{what} from {threading.current_thread().name}")
            raise RuntimeError(
                f"{what} was called from thread {threading.current_thread().name!r}; "
                "Nuke's API is for the main thread. Use nuke.executeInMainThread."
            )

    def request(self, call: Callable, args: tuple, kwargs: dict, done: Optional[threading.Event] = None) -> int:
        """Queues ``call`` for the main thread; ``done`` is set when it has run, also when it raised."""
        with self._lock:
            self._serial += 1
            ticket = self._serial
        self._queue.put((ticket, call, args, kwargs, done))
        return ticket

    def result(self, ticket: int) -> Any:
        """What the call of ``ticket`` returned; raises what it raised."""
        outcome = self._results.pop(ticket)
        if isinstance(outcome, _Raised):
            raise outcome.error
        return outcome

    def pump(self, seconds: float = 0.0, until: Optional[Callable[[], bool]] = None) -> bool:
        """Runs queued calls and Qt events for ``seconds``, or until ``until()``; at least what waits now.

        Returns ``until()``, or True without one. Raises ``RuntimeError`` in terminal mode: ``nuke -t`` has no event
        loop.
        """
        self.require("the event loop")
        if not self.gui:
            raise RuntimeError("nuke -t runs no event loop: nothing queued for the main thread will ever run.")
        deadline = time.monotonic() + seconds
        while True:
            self._drain()
            if until is not None and until():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return until is None
            time.sleep(min(left, 0.002))

    def _drain(self) -> None:
        for _ in range(self._queue.qsize()):
            ticket, call, args, kwargs, done = self._queue.get()
            try:
                with self.timed(f"queued {getattr(call, '__qualname__', call)}"):
                    outcome: Any = call(*args, **kwargs)
            except Exception as error:
                if done is None:
                    traceback.print_exc()  # nobody waits for it: as an event loop does, print and go on
                outcome = _Raised(error)
            if done is not None:
                self._results[ticket] = outcome
                done.set()
        application = _qt_application()
        if application is not None:
            with self.timed("Qt events"):
                application.processEvents()
                # What was told to go later goes now, as in an event loop that runs: `processEvents` alone keeps it,
                # and Python would end it some day in whatever thread its collector runs in.
                application.sendPostedEvents(None, _DEFERRED_DELETE)

    @contextlib.contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Measures one visit of the host to adapter code; nested visits count to the outermost."""
        self._depth += 1
        excused, started = self._excused, time.perf_counter()
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                spent = time.perf_counter() - started - (self._excused - excused)
                self.timings.append((what, spent))

    @contextlib.contextmanager
    def excused(self) -> Iterator[None]:
        """Time that is the user's own wish: a render, an open dialog."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._excused += time.perf_counter() - started

    def longest(self) -> Tuple[str, float]:
        """The visit that blocked the user interface longest, as (what, seconds)."""
        return max(self.timings, key=lambda timing: timing[1], default=("nothing", 0.0))


_DEFERRED_DELETE = 52
"""QEvent.DeferredDelete; by number, since the bindings spell it differently."""


class _Raised:
    def __init__(self, error: Exception) -> None:
        self.error = error


def _qt_application() -> Any:
    for binding in ("PySide6", "PySide2"):
        core = sys.modules.get(f"{binding}.QtCore")
        if core is not None:
            return core.QCoreApplication.instance()
    return None


def executeInMainThread(call: Callable, args: Any = (), kwargs: Optional[dict] = None) -> None:
    """Queues ``call`` and returns at once; arguments that are no tuple are wrapped into one. May be called anywhere."""
    from .session import current

    current().loop.request(call, args if isinstance(args, tuple) else (args,), kwargs or {})


def executeInMainThreadWithResult(call: Callable, args: Any = (), kwargs: Optional[dict] = None) -> Any:
    """Waits, without a time limit, for the main thread to run ``call``. A call that raises has its traceback printed
    and **None** is returned (Foundry, Nuke 14.0, nuke_internal.executeInMain).

    Raises ``RuntimeError`` where the real one would wait for ever: on the main thread, and in terminal mode.
    """
    from .session import current

    loop = current().loop
    if loop.is_main() or not loop.gui:
        where = "on the main thread" if loop.is_main() else "in nuke -t, which has no event loop"
        loop.violations.append(f"executeInMainThreadWithResult {where}")
        raise RuntimeError(f"executeInMainThreadWithResult {where} would wait for ever.")
    done = threading.Event()
    ticket = loop.request(call, args if isinstance(args, tuple) else (args,), kwargs or {}, done)
    done.wait()
    try:
        return loop.result(ticket)
    except Exception:
        traceback.print_exc()
        return None


def on_main_thread(function: Callable) -> Callable:
    """The function, refusing to run on any other thread."""

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        from .session import current

        current().loop.require(function.__qualname__)
        return function(*args, **kwargs)

    return checked


def host_class(cls: type) -> type:
    """Class decorator: every public method refuses to run off the main thread."""
    for name, value in list(vars(cls).items()):
        if name.startswith("_") and name not in _DUNDERS:
            continue
        if isinstance(value, staticmethod):
            setattr(cls, name, staticmethod(on_main_thread(value.__func__)))
        elif callable(value) and not isinstance(value, type):
            setattr(cls, name, on_main_thread(value))
    return cls


class Strict:
    """A host object: no attribute can be made up, as on Nuke's own C++ objects."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not hasattr(type(self), name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        object.__setattr__(self, name, value)
