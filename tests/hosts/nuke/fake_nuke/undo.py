"""Undo as steps of (undo, redo) pairs, and the public ``nuke.Undo``.

``nuke -t`` keeps no undo list: ``undoSize()`` stays 0 (a public test of Nuke 17.0v2 reports it).
"""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Iterator, List, Optional, Tuple

from .threads import host_class

Change = Tuple[Callable[[], None], Callable[[], None]]


class _Step:
    def __init__(self, name: str = "") -> None:
        self.name = name
        self.changes: List[Change] = []
        self.notes: List[str] = []

    def back(self) -> None:
        for undo, _ in reversed(self.changes):
            undo()

    def forward(self) -> None:
        for _, redo in self.changes:
            redo()


class UndoStack:
    """Every change of the script is recorded; between ``begin`` and ``end`` they are one step, else one each."""

    def __init__(self, recording: bool) -> None:
        self.recording = recording
        self.done: List[_Step] = []
        self.undone: List[_Step] = []
        self.open: List[_Step] = []
        self.disabled = 0
        self._replaying = False

    def record(self, undo: Callable[[], None], redo: Callable[[], None], note: str) -> None:
        if not self.recording or self.disabled or self._replaying:
            return
        step = self.open[0] if self.open else _Step()
        step.changes.append((undo, redo))
        step.notes.append(note)
        if not self.open:
            self._finish(step)

    def begin(self, name: str) -> None:
        self.open.append(_Step(name))

    def end(self) -> None:
        if not self.open:
            return
        step = self.open.pop()
        if not self.open:
            self._finish(step)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Everything inside is one step, as one call of Nuke's is."""
        self.begin(name)
        try:
            yield
        finally:
            self.end()

    def cancel(self) -> None:
        if self.open:
            step, self.open = self.open[0], []
            self._replay(step.back)

    def undo(self) -> None:
        if self.done:
            step = self.done.pop()
            self._replay(step.back)
            self.undone.append(step)

    def redo(self) -> None:
        if self.undone:
            step = self.undone.pop()
            self._replay(step.forward)
            self.done.append(step)

    def clear(self) -> None:
        self.done, self.undone, self.open = [], [], []

    def _finish(self, step: _Step) -> None:
        if step.changes:
            step.name = step.name or step.notes[0]
            self.done.append(step)
            self.undone = []

    def _replay(self, action: Callable[[], None]) -> None:
        self._replaying = True
        try:
            action()
        finally:
            self._replaying = False


def _stack() -> UndoStack:
    from .session import current

    return current().undo


@host_class
class Undo:
    """Called on the class: ``nuke.Undo.begin()`` … ``nuke.Undo.end()``, or ``with nuke.Undo():``.

    ``begin`` takes a name from Nuke 17 on (Foundry, 17.1 reference); before that ``name()`` sets it.
    """

    @staticmethod
    def begin(name: Optional[str] = None) -> None:
        from .session import current

        if name is not None and current().version < (17, 0, 0):
            raise TypeError("begin() takes no arguments before Nuke 17 (1 given)")
        _stack().begin(name or "")

    @staticmethod
    def name(name: str) -> None:
        if _stack().open:
            _stack().open[0].name = name

    @staticmethod
    def end() -> None:
        _stack().end()

    @staticmethod
    def new() -> None:
        _stack().end()
        _stack().begin("")

    @staticmethod
    def cancel() -> None:
        _stack().cancel()

    @staticmethod
    def disable() -> None:
        _stack().disabled += 1

    @staticmethod
    def enable() -> None:
        _stack().disabled = max(0, _stack().disabled - 1)

    @staticmethod
    def disabled() -> bool:
        return _stack().disabled > 0

    @staticmethod
    def undo() -> None:
        _stack().undo()

    @staticmethod
    def redo() -> None:
        _stack().redo()

    @staticmethod
    def undoSize() -> int:
        return len(_stack().done)

    @staticmethod
    def redoSize() -> int:
        return len(_stack().undone)

    @staticmethod
    def undoDescribe(n: int = 0) -> str:
        return _stack().done[-1 - n].name

    @staticmethod
    def undoDescribeFully(n: int = 0) -> str:
        return "\n".join(_stack().done[-1 - n].notes)

    @staticmethod
    def redoDescribe(n: int = 0) -> str:
        return _stack().undone[-1 - n].name

    @staticmethod
    def undoTruncate(n: int = 0) -> None:
        del _stack().done[: len(_stack().done) - n]

    @staticmethod
    def redoTruncate(n: int = 0) -> None:
        del _stack().undone[: len(_stack().undone) - n]

    def __enter__(self) -> "Undo":
        _stack().begin("")
        return self

    def __exit__(self, *exception: Any) -> None:
        _stack().end()
