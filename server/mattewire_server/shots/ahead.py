"""Reading ahead: a thread decodes and color-converts the next frames while the engine works on this one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class _End:
    pass


class Ahead(Generic[Item]):
    """Iterates over ``make()`` up to ``depth`` items ahead of the consumer, in a thread of its own.

    What ``make()`` raises is raised here, in its place in the order. ``close()`` stops the thread and waits for it.
    """

    def __init__(self, make: Callable[[], Iterable[Item]], depth: int) -> None:
        self._queue: queue.Queue[Item | BaseException | _End] = queue.Queue(maxsize=depth)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._fill, args=(make,), name="read ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Item]:
        while True:
            item = self._queue.get()
            if isinstance(item, _End):
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _fill(self, make: Callable[[], Iterable[Item]]) -> None:
        try:
            for item in make():
                if not self._put(item):
                    return
        except BaseException as problem:
            self._put(problem)
        else:
            self._put(_End())

    def _put(self, item: Item | BaseException | _End) -> bool:
        while not self._closing.is_set():
            try:
                self._queue.put(item, timeout=0.05)
            except queue.Full:
                continue
            return True
        return False
