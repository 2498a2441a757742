"""Knobs that make a panel: buttons, Qt widgets, lines of text, tabs, links to other knobs."""

from __future__ import annotations

from typing import Any, Optional

from . import session
from .knobs import Knob
from .text_knobs import String_Knob
from .threads import host_class


@host_class
class Script_Knob(String_Knob):
    """A button with a script."""

    _code = 32

    def command(self) -> str:
        return self._string

    def setCommand(self, cmd: str) -> None:
        self.setValue(cmd)

    def execute(self) -> None:
        raise RuntimeError(f"{self._name}: the fake runs no TCL")


@host_class
class PyScript_Knob(Script_Knob):
    """A button: its text runs in ``__main__`` with ``nuke.thisNode()`` and ``nuke.thisKnob()`` set."""

    _code = 22

    def execute(self) -> None:
        import __main__

        now = session.current()
        with now.context(self._node, self), now.loop.timed(f"button {self._name}"):
            exec(compile(self._string, f"<{self._name}>", "exec"), vars(__main__))


@host_class
class PyCustom_Knob(Script_Knob):
    """A Qt widget in a panel. The text is an expression; what it gives must have ``makeUI()``."""

    _code = 52

    def __init__(self, name: str, label: Optional[str] = None, command: Optional[str] = None) -> None:
        super().__init__(name, label, command)
        self._object: Any = None

    def getObject(self) -> Any:
        return self._object

    def _make(self) -> Any:
        """The widget, as opening the panel makes it. Raises ``AttributeError`` when there is no ``makeUI``."""
        import __main__

        now = session.current()
        with now.context(self._node, self), now.loop.timed(f"panel knob {self._name}"):
            self._object = eval(self._string, vars(__main__))
            return self._object.makeUI()


@host_class
class Text_Knob(Knob):
    """A line of text, or a divider."""

    _code = 26

    def __init__(self, name: str, label: Optional[str] = None, value: Optional[str] = None) -> None:
        super().__init__(name, label)
        self._string = value or ""
        self._settle()

    def value(self) -> str:
        return self._string

    def getValue(self) -> str:
        return self._string

    def setValue(self, val: str) -> None:
        with self._changing():
            self._string = val

    def _text(self) -> str:
        return self._string

    def _read(self, text: str) -> None:
        self._string = text

    def _state(self) -> str:
        return self._string

    def _restore(self, state: str) -> None:
        self._string = state


@host_class
class Tab_Knob(Knob):
    """A tab. ``kind`` 1 (TABBEGINGROUP), 2 (TABBEGINCLOSEDGROUP) and -1 (TABENDGROUP) make a group of knobs."""

    _code = 20

    def __init__(self, name: str, label: Optional[str] = None, kind: int = 0) -> None:
        super().__init__(name, label)
        self._kind = kind

    def value(self) -> int:
        return self._kind

    def getValue(self) -> int:
        return self._kind

    def setValue(self, value: int) -> None:
        self._kind = value

    def _text(self) -> str:
        return ""

    def _read(self, text: str) -> None:
        pass

    def _state(self) -> None:
        return None

    def _restore(self, state: None) -> None:
        pass


@host_class
class BeginTabGroup_Knob(Tab_Knob):
    def __init__(self, name: str = "", label: Optional[str] = None) -> None:
        super().__init__(name, label, -2)


@host_class
class EndTabGroup_Knob(Tab_Knob):
    def __init__(self, name: str = "", label: Optional[str] = None) -> None:
        super().__init__(name, label, -3)


@host_class
class Link_Knob(Knob):
    """Another knob seen through this one."""

    _code = 41

    def __init__(self, name: str, label: Optional[str] = None) -> None:
        super().__init__(name, label)
        self._link = ""
        self._settle()

    def makeLink(self, s: str, t: str) -> None:
        self.setLink(f"{s}.{t}")

    def setLink(self, s: str) -> None:
        with self._changing():
            self._link = s

    def getLink(self) -> str:
        return self._link

    def getLinkedKnob(self) -> Optional[Knob]:
        path, _, name = self._link.rpartition(".")
        home = self._node if self._node._is_group() else self._node._parent
        node = home._child(path) or self._node._top()._child(path)
        return node._knob(name) if node is not None and node._has(name) else None

    def value(self) -> Any:
        return self._target().value()

    def getValue(self) -> Any:
        return self._target().getValue()

    def setValue(self, *value: Any) -> Any:
        return self._target().setValue(*value)

    def _target(self) -> Knob:
        knob = self.getLinkedKnob()
        if knob is None:
            raise RuntimeError(f'{self._name}: Nothing is named "{self._link}"')
        return knob

    def _at(self, frame: float) -> Any:
        return self._target()._at(frame)

    def _text(self) -> str:
        return self._link

    def _read(self, text: str) -> None:
        self._link = text

    def _state(self) -> str:
        return self._link

    def _restore(self, state: str) -> None:
        self._link = state
