"""Menus and toolbars. In terminal mode there are none, and asking for one raises ``RuntimeError``."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Union

from . import session
from .threads import Strict, host_class, on_main_thread

MENUS = ("Nuke", "Nodes", "Pane", "Node Graph", "Viewer", "Properties", "Animation", "Axis")


@host_class
class MenuItem(Strict):
    """An entry: its command is Python text, run in ``__main__``, or something to call."""

    def __init__(self, name: str, command: Union[str, Callable, None] = None, shortcut: str = "") -> None:
        self._name, self._command, self._shortcut = name, command, shortcut
        self._enabled, self._visible, self._icon = True, True, ""

    def name(self) -> str:
        return self._name

    def script(self) -> str:
        return self._command if isinstance(self._command, str) else ""

    def setScript(self, script: str) -> None:
        self._command = script

    def shortcut(self) -> str:
        return self._shortcut

    def setShortcut(self, keySequence: str) -> None:
        self._shortcut = keySequence

    def icon(self) -> str:
        return self._icon

    def setIcon(self, icon: str) -> None:
        self._icon = icon

    def setEnabled(self, enabled: bool, recursive: bool = True) -> None:
        self._enabled = bool(enabled)

    def setVisible(self, visible: bool) -> None:
        self._visible = bool(visible)

    def invoke(self) -> None:
        """As if chosen. Raises ``RuntimeError`` when it is grayed out."""
        import __main__

        if not self._enabled:
            raise RuntimeError(f"{self._name} is disabled")
        with session.current().loop.timed(f"menu {self._name}"):
            if callable(self._command):
                self._command()
            elif self._command:
                exec(compile(self._command, f"<menu {self._name}>", "exec"), vars(__main__))


@host_class
class Menu(MenuItem):
    """A menu. Names with slashes make, or find, the menus on the way."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._items: List[MenuItem] = []

    def addMenu(self, name: str, icon: str = "", tooltip: str = "", index: int = -1, tearOff: bool = False) -> "Menu":
        home, _, last = name.rpartition("/")
        parent = self.addMenu(home) if home else self
        found = parent._find(last)
        if not isinstance(found, Menu):
            found = Menu(last)
            parent._put(found, index)
        found._icon = icon or found._icon
        return found

    def addCommand(
        self,
        name: str,
        command: Union[str, Callable, None] = None,
        shortcut: Optional[str] = None,
        icon: str = "",
        tooltip: str = "",
        index: int = -1,
        readonly: bool = False,
        node: bool = False,
        shortcutContext: int = 0,
    ) -> MenuItem:
        """Adds an entry, in place of one of the same name."""
        home, _, last = name.rpartition("/")
        parent = self.addMenu(home) if home else self
        made = MenuItem(last, command, shortcut or "")
        made._icon = icon
        parent._items = [item for item in parent._items if item._name != last]
        parent._put(made, index)
        return made

    def addSeparator(self, index: int = -1) -> MenuItem:
        made = MenuItem("")
        self._put(made, index)
        return made

    def items(self) -> List[MenuItem]:
        return list(self._items)

    def findItem(self, name: str) -> Any:
        head, _, rest = name.partition("/")
        found = self._find(head)
        return found.findItem(rest) if rest and isinstance(found, Menu) else None if rest else found

    def menu(self, name: str) -> Optional["Menu"]:
        found = self.findItem(name)
        return found if isinstance(found, Menu) else None

    def removeItem(self, name: str) -> None:
        self._items = [item for item in self._items if item._name != name]

    def clearMenu(self) -> None:
        self._items = []

    def _find(self, name: str) -> Optional[MenuItem]:
        return next((item for item in self._items if item._name == name), None)

    def _put(self, item: MenuItem, index: int) -> None:
        self._items.insert(len(self._items) if index < 0 else index, item)


@on_main_thread
def menu(name: str) -> Menu:
    """Raises ``RuntimeError`` in terminal mode, and for a menu that Nuke does not have."""
    now = session.current()
    if not now.gui or name not in MENUS:
        raise RuntimeError(f"there is no menu {name!r}" + ("" if now.gui else " in terminal mode"))
    return now.interface.menus.setdefault(name, Menu(name))


@on_main_thread
def toolbar(name: str, create: bool = True) -> Optional[Menu]:
    now = session.current()
    if not now.gui:
        raise RuntimeError("there is no toolbar in terminal mode")
    if not create and name not in now.interface.menus:
        return None
    return now.interface.menus.setdefault(name, Menu(name))
