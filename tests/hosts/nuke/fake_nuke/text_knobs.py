"""Knobs that hold text: plain, with expressions in it, node names, file names."""

from __future__ import annotations

import re
from typing import Any, Optional

from . import expressions, session
from .knobs import Knob
from .threads import host_class


@host_class
class String_Knob(Knob):
    _code = 1

    def __init__(self, name: str, label: Optional[str] = None, string: Optional[str] = None) -> None:
        super().__init__(name, label)
        self._string = string or ""
        self._settle()

    def value(self, oc: Any = None) -> str:
        return self._string

    def getValue(self, oc: Any = None) -> str:
        return self._string

    def getText(self, oc: Any = None) -> str:
        return self._string

    def setValue(self, val: str, view: Optional[str] = None) -> None:
        if not isinstance(val, str):
            raise TypeError(f"{self._name}: a string is required, not {type(val).__name__}")
        with self._changing():
            self._string = val

    def setText(self, val: str) -> None:
        self.setValue(val)

    def _text(self) -> str:
        return self._string

    def _read(self, text: str) -> None:
        self._string = text

    def _at(self, frame: float) -> str:
        return self._string

    def _state(self) -> str:
        return self._string

    def _restore(self, state: str) -> None:
        self._string = state


class NameKnob(String_Knob):
    """A node's name: legal, and different from those of its neighbors."""

    def Class(self) -> str:
        return "String_Knob"

    def setValue(self, val: str, view: Optional[str] = None) -> None:
        """Raises ``ValueError`` on an illegal name; a name that is taken gets the next free number."""
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", val):
            raise ValueError(f"{val!r} is no legal node name")
        super().setValue(self._node._parent._free_name(val, self._node))

    def _read(self, text: str) -> None:
        self._string = self._node._parent._free_name(text, self._node)


@host_class
class EvalString_Knob(String_Knob):
    """Text in which ``[value …]`` and its like are replaced when it is used."""

    _code = 2

    def evaluate(self, time: Optional[float] = None) -> str:
        frame = session.current().root._frame() if time is None else time
        return expressions.substitute(self._string, self._node, frame)


@host_class
class Multiline_Eval_String_Knob(EvalString_Knob):
    _code = 43


@host_class
class File_Knob(EvalString_Knob):
    """A file name. Backslashes are escapes when it is evaluated: paths need forward slashes."""

    _code = 2

    def fromUserText(self, text: str) -> None:
        """As if typed: ``path 1001-1050`` also sets a Read's range, and stretches the Root's to it.

        The stretching was measured in Nuke 17.0v2 by others ("1-40 became 1-1040"); a locked range stays.
        """
        text = text.strip().replace("\\", "/")
        found = re.match(r"(.*?)\s+(-?\d+)-(-?\d+)$", text)
        self.setValue(found.group(1) if found else text)
        if found is None or self._node is None or not self._node._has("origfirst"):
            return
        first, last = int(found.group(2)), int(found.group(3))
        for name, value in (("first", first), ("last", last), ("origfirst", first), ("origlast", last)):
            self._node._knob(name).setValue(value)
        self._node._knob("origset").setValue(True)
        root = session.current().root
        if not root._knob("lock_range").value():
            root._knob("first_frame").setValue(min(first, root._knob("first_frame").value()))
            root._knob("last_frame").setValue(max(last, root._knob("last_frame").value()))

    def getEvaluatedValue(self, oc: Any = None) -> str:
        return self.evaluate()
