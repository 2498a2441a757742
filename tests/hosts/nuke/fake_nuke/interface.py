"""What Nuke shows: dialogs, progress bars, dockable panels. Dialogs are recorded; questions need a prepared answer."""

from __future__ import annotations

import sys
from collections import deque
from typing import Any, Callable, Deque, Dict, List, NamedTuple, Optional

from . import session
from .knobs import NO_ANIMATION, NO_UNDO, Knob
from .menus import Menu, menu
from .threads import Strict, host_class, on_main_thread


class Dialog(NamedTuple):
    """A dialog that was open: its kind (``message``, ``ask`` …), its text, what was answered."""

    kind: str
    text: str
    answer: Any = None


class Interface:
    """Everything on the screen of one fake Nuke."""

    def __init__(self) -> None:
        self.menus: Dict[str, Menu] = {}
        self.dialogs: List[Dialog] = []
        self.answers: Deque[Any] = deque()
        self.printed: List[str] = []
        self.panels: Dict[str, Callable] = {}
        self.docked: List[Any] = []

    def show(self, kind: str, text: str) -> None:
        self.dialogs.append(Dialog(kind, str(text)))
        if not session.current().gui:
            print(text)  # nuke -t has no windows

    def question(self, kind: str, text: str) -> Any:
        """The next prepared answer. Raises ``AssertionError`` without one: a test that forgets a dialog must fail."""
        assert self.answers, f"an unexpected question ({kind}): {text}"
        answer = self.answers.popleft()
        self.dialogs.append(Dialog(kind, str(text), answer))
        return answer


def _ui() -> Interface:
    return session.current().interface


@on_main_thread
def message(prompt: str) -> None:
    _ui().show("message", prompt)


@on_main_thread
def alert(prompt: str) -> None:
    _ui().show("alert", prompt)


@on_main_thread
def critical(message: str) -> None:
    _ui().show("critical", message)


@on_main_thread
def error(message: str) -> None:
    _ui().show("error", message)


@on_main_thread
def warning(message: str) -> None:
    _ui().show("warning", message)


@on_main_thread
def debug(message: str) -> None:
    _ui().show("debug", message)


@on_main_thread
def ask(prompt: str) -> bool:
    return bool(_ui().question("ask", prompt))


@on_main_thread
def askWithCancel(prompt: str) -> bool:
    """Raises ``CancelledError`` when the prepared answer is None."""
    answer = _ui().question("askWithCancel", prompt)
    if answer is None:
        raise CancelledError("Cancelled")
    return bool(answer)


@on_main_thread
def choice(title: str, prompt: str, options: List[str], default: int = 0) -> Optional[int]:
    return _ui().question("choice", f"{title}: {prompt}")


@on_main_thread
def getInput(prompt: str, default: str = "") -> Optional[str]:
    return _ui().question("getInput", prompt)


@on_main_thread
def getFilename(
    message: str,
    pattern: str = "",
    default: str = "",
    favorites: str = "",
    type: str = "",
    multiple: bool = False,
) -> Any:
    return _ui().question("getFilename", message)


@on_main_thread
def getClipname(prompt: str, pattern: str = "", default: str = "", multiple: bool = False) -> Any:
    return _ui().question("getClipname", prompt)


@on_main_thread
def tprint(*args: Any, sep: str = " ", end: str = "\n", file: Any = None) -> None:
    text = sep.join(map(str, args)) + end
    _ui().printed.append(text)
    (file or sys.stdout).write(text)


class CancelledError(Exception):
    """The user canceled."""


class ProgressTask(Strict):
    """A bar, from when it is made until the object is deleted.

    Tests cancel it (``fake.cancel_bars()``). Real code updates bars from worker threads as well; whether Nuke allows
    that is not documented, so the fake refuses it like any other call. ``maximum`` and ``flags`` exist from Nuke 17 on.
    """

    kUserCanCancel, kShowTimeToGo, kDelayedPopup, kModal = 1, 2, 4, 8
    kDefaultFlags = kUserCanCancel | kShowTimeToGo

    def __init__(self, name: str, maximum: Optional[int] = None, flags: Optional[int] = None) -> None:
        now = session.current()
        now.loop.require("ProgressTask")
        if (maximum is not None or flags is not None) and now.version < (17, 0, 0):
            raise TypeError("ProgressTask takes one argument before Nuke 17")
        self._bar = Bar(name, maximum or 100)
        now.bars.append(self._bar)

    def setMessage(self, s: str) -> None:
        session.current().loop.require("ProgressTask.setMessage")
        self._bar.messages.append(str(s))

    def setProgress(self, i: int) -> None:
        """Raises ``TypeError`` for anything but a whole number."""
        session.current().loop.require("ProgressTask.setProgress")
        if not isinstance(i, int):
            raise TypeError(f"an integer is required, not {type(i).__name__}")
        self._bar.progress.append(i)

    def isCancelled(self) -> bool:
        session.current().loop.require("ProgressTask.isCancelled")
        return self._bar.cancelled

    def __del__(self) -> None:
        bar = getattr(self, "_bar", None)
        if bar is not None:
            bar.open = False


class Bar:
    """What a progress bar showed."""

    def __init__(self, title: str, maximum: int) -> None:
        self.title, self.maximum = title, maximum
        self.messages: List[str] = []
        self.progress: List[int] = []
        self.cancelled, self.open = False, True


# nukescripts.panels


@on_main_thread
def registerPanel(id: str, command: Callable) -> None:
    _ui().panels[id] = command


@on_main_thread
def unregisterPanel(id: str, command: Callable) -> None:
    """Raises ``KeyError`` for a panel that is not registered."""
    del _ui().panels[id]


@on_main_thread
def restorePanel(id: str) -> Any:
    """Opens a registered panel; prints and returns None when that fails, as Nuke's own code does."""
    try:
        return _ui().panels[id]()
    except Exception as failure:
        print(f"Can't restore panel {id}: {failure}")
        return None


class WidgetKnob:
    """Makes the Qt widget of a panel knob when the panel opens."""

    def __init__(self, widget: Callable) -> None:
        self.widgetClass = widget

    def makeUI(self) -> Any:
        self.widget = self.widgetClass()
        return self.widget


@host_class
class PythonPanel(Strict):
    """A dockable panel of knobs."""

    def __init__(self, title: str = "", id: str = "", scrollable: bool = True) -> None:
        self._title, self._id = title, id
        self._panel_knobs: Dict[str, Knob] = {}

    def addKnob(self, knob: Knob) -> None:
        knob.setFlag(NO_UNDO | NO_ANIMATION)
        self._panel_knobs[knob._name] = knob

    def removeKnob(self, knob: Knob) -> None:
        del self._panel_knobs[knob._name]

    def knobs(self) -> Dict[str, Knob]:
        return dict(self._panel_knobs)

    def addToPane(self, pane: Any = None) -> "PythonPanel":
        """Docks the panel: its widgets are made now."""
        from .panel_knobs import PyCustom_Knob

        for knob in self._panel_knobs.values():
            if isinstance(knob, PyCustom_Knob):
                knob._make()
        _ui().docked.append(self)
        return self


@on_main_thread
def registerWidgetAsPanel(widget: str, name: str, id: str, create: bool = False) -> Optional[PythonPanel]:
    """``widget`` is the *text* of the widget's class. Adds ``name`` to the Pane menu; a panel only with ``create``."""
    from .panel_knobs import PyCustom_Knob

    if not isinstance(widget, str):
        raise TypeError("registerWidgetAsPanel: the widget is named by a string")

    def panel() -> PythonPanel:
        made = PythonPanel(name, id)
        text = f"__import__('nukescripts').panels.WidgetKnob({widget})"
        made.addKnob(PyCustom_Knob(id.replace(".", "_").replace("-", "_"), "", text))
        return made

    def dock() -> PythonPanel:
        return panel().addToPane()

    menu("Pane").addCommand(name, dock)
    registerPanel(id, dock)
    return panel() if create else None


@on_main_thread
def getPaneFor(panelName: str) -> Any:
    """The pane that a panel is docked in; None for a panel that is not open."""
    return next((panel for panel in _ui().docked if panel._id == panelName), None)
