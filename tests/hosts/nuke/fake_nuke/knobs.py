"""Knobs that hold numbers, and what all knobs share: flags, undo, knobChanged, the text of script files.

Traps kept from the real thing: ``setValueAt`` makes a key only on an animated component (``setAnimated`` first);
``setValue`` on an animated one keys the current frame; a color whose components agree gives one float; values read as
``NameError``/``ValueError``/``TypeError``, never quietly.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any, Iterator, Optional

from . import session
from .threads import Strict, host_class

DISABLED, NO_ANIMATION, DO_NOT_WRITE, INVISIBLE = 0x80, 0x100, 0x200, 0x400
STARTLINE, ENDLINE, NO_UNDO, ALWAYS_SAVE = 0x1000, 0x2000, 0x80000, 0x100000
KNOB_CHANGED_RECURSIVE, READ_ONLY = 0x8000000, 0x10000000
"""Flags, as DDImage/Knob.h of the Nuke developer kit numbers them (the last two: not checked)."""

DETACHED = "A PythonObject is not attached to a node"


@host_class
class Knob(Strict):
    """What every knob can do. ``_state`` and ``_restore`` are all that undo needs from a subclass."""

    _code = 0
    """The number of ``addUserKnob {…}``; 0 where a user cannot add it."""

    def __init__(self, name: str, label: Optional[str] = None) -> None:
        if not isinstance(name, str):
            raise TypeError(f"knob name must be str, not {type(name).__name__}")
        if not re.fullmatch(r"[\w.]*", name):
            raise ValueError(f"{name!r} is no legal knob name")
        self._name, self._label, self._tooltip = name, label, ""
        self._flags, self._node, self._user = 0, None, False
        self._default: Any = None

    def Class(self) -> str:
        return type(self).__name__

    def name(self) -> str:
        return self._name

    def setName(self, name: str) -> None:
        self._name = name

    def label(self) -> str:
        return self._name if self._label is None else self._label

    def setLabel(self, label: str) -> None:
        self._label = label

    def tooltip(self) -> str:
        return self._tooltip

    def setTooltip(self, tooltip: str) -> None:
        self._tooltip = tooltip

    def node(self) -> Any:
        return self._node

    def fullyQualifiedName(self, channel: int = -1) -> str:
        return f"{self._node.fullName()}.{self._name}"

    def setFlag(self, flag: int) -> None:
        self._flags |= flag

    def clearFlag(self, flag: int) -> None:
        self._flags &= ~flag

    def getFlag(self, flag: int) -> bool:
        return bool(self._flags & flag)

    def visible(self) -> bool:
        return not self._flags & INVISIBLE

    def setVisible(self, visible: bool) -> None:
        self._flags = self._flags & ~INVISIBLE if visible else self._flags | INVISIBLE

    def enabled(self) -> bool:
        return not self._flags & DISABLED

    def setEnabled(self, enabled: bool) -> None:
        self._flags = self._flags & ~DISABLED if enabled else self._flags | DISABLED

    def hasExpression(self, index: int = -1) -> bool:
        return False

    def isAnimated(self, channel: int = -1) -> bool:
        return False

    def toScript(self, quote: bool = True, context: Any = None) -> str:
        return quoted(self._text()) if quote else self._text()

    def fromScript(self, script: str) -> None:
        with self._changing():
            self._read(script)

    def _text(self) -> str:
        """The value as script files have it, before quoting."""
        raise NotImplementedError

    def _read(self, text: str) -> None:
        raise NotImplementedError

    def _at(self, frame: float) -> Any:
        """The value at ``frame``, for expressions and pictures."""
        return self.getValue()

    def _state(self) -> Any:
        raise NotImplementedError

    def _restore(self, state: Any) -> None:
        raise NotImplementedError

    def _settle(self) -> None:
        """The value now is the default: it is not written to script files."""
        self._default = self._state()

    def _not_default(self) -> bool:
        return self._state() != self._default

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Around every change: one undo record, then knobChanged. Raises ``ValueError`` on a deleted node's knob."""
        if self._node is None:
            yield
            return
        self._node._require()
        before = self._state()
        yield
        after = self._state()
        if before == after:
            return
        now = session.current()
        now.modified = True
        if not self._flags & NO_UNDO:
            now.undo.record(
                lambda: self._restore(before), lambda: self._restore(after), f"{self._node._name()}.{self._name}"
            )
        self._node._settled(self)
        self._node._knob_changed(self)


def quoted(text: str) -> str:
    """A word of a script file: bare when plain, else in quotes with TCL's escapes."""
    if text and re.fullmatch(r"[\w./:%#@*+,=|~-]+", text):
        return text
    escaped = re.sub(r'([\\"\[\]${}])', r"\\\1", text).replace("\n", "\\n")
    return f'"{escaped}"'
