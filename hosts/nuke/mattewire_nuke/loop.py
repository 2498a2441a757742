"""Being called from the main thread every so often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ClassVar

from . import api


def qt() -> Any | None:
    """The module ``qt`` where a Qt application with windows runs; else None: ``nuke -t``, or a Nuke without Qt."""
    if not api.has_windows():
        return None
    try:
        from . import qt as found
    except ImportError:
        return None
    return found if found.runs() else None


class Pump:
    """Calls ``call`` on the main thread every ``seconds``, until ``stop``.

    A Qt timer; or, where no Qt application runs, a small thread that asks Nuke to make the call.
    """

    _running: ClassVar[set[Pump]] = set()
    """Held here, and nowhere else for certain: Qt's connection keeps nothing alive, and a timer that Python's collector
    ends, in whatever thread that runs, takes the host along."""

    def __init__(self, call: Callable[[], Any], seconds: float) -> None:
        self._call = call
        self._stopped = threading.Event()
        self._waiting = False
        self._timer: Any = None
        found = qt()
        if found is not None:
            self._timer = found.QtCore.QTimer()
            self._timer.timeout.connect(self._tick)
            self._timer.start(round(seconds * 1000))
            self._running.add(self)
        else:
            threading.Thread(target=self._run, args=(seconds,), name="mattewire pump", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.stop()
            timer.timeout.disconnect()
            timer.deleteLater()
            self._running.discard(self)

    def _run(self, seconds: float) -> None:
        while not self._stopped.wait(seconds):
            if not self._waiting:  # never more than one in Nuke's queue
                self._waiting = True
                api.later(self._tick)

    def _tick(self) -> None:
        self._waiting = False
        if not self._stopped.is_set():
            self._call()
