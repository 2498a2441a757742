"""Everything that is asked of Nuke itself; the only file that imports it.

Nodes and knobs travel through the other modules as they are (``Any``: Foundry ships no types), but functions of the
``nuke`` module are called here alone. All of it is for Nuke's main thread, except ``later``.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import nuke

Node = Any
Knob = Any

HIDDEN = nuke.INVISIBLE
NEW_LINE = nuke.STARTLINE


def has_windows() -> bool:
    """False in ``nuke -t`` and on render nodes."""
    return bool(nuke.GUI)


def host() -> str:
    """``Nuke 16.0v4``."""
    return f"Nuke {nuke.NUKE_VERSION_STRING}"


# --- the script ----------------------------------------------------------------------------------------------


def root() -> Node:
    """The script itself."""
    return nuke.root()


def frame() -> int:
    return int(nuke.frame())


def go_to(frame: int) -> None:
    """Makes ``frame`` the current one."""
    nuke.frame(frame)


def views() -> list[str]:
    return list(nuke.views())


def script_folder() -> str:
    """The folder of the script's file; empty while it has none."""
    name = str(root()["name"].value())
    return os.path.dirname(os.path.abspath(name)) if name else ""


def project_folder() -> str:
    """What relative file names in the script begin at; empty when nothing is set."""
    return str(root()["project_directory"].evaluate() or "")


def working_space() -> str:
    """The name of the colorspace that Nuke's own numbers are in; empty when the script does not say."""
    knob = root().knob("workingSpaceLUT")
    return str(knob.value()) if knob is not None else ""


def ocio_config() -> str:
    """Path of the OCIO config that the script uses; empty where it is Nuke's own color management."""
    script = root()
    managed, custom = script.knob("colorManagement"), script.knob("customOCIOConfigPath")
    if managed is None or managed.value() != "OCIO":
        return ""
    from_environment = os.environ.get("OCIO", "")
    if from_environment:
        return from_environment  # it wins over the script's choice in Nuke
    chosen = script.knob("OCIO_config")
    if chosen is not None and chosen.value() == "custom" and custom is not None:
        return str(custom.evaluate() or "")
    if chosen is None:
        return ""
    shipped = os.path.join(os.path.dirname(sys.executable), "plugins", "OCIOConfigs", "configs")
    candidates = [os.path.join(shipped, f"{chosen.value()}.ocio"), os.path.join(shipped, chosen.value(), "config.ocio")]
    return next((path for path in candidates if os.path.isfile(path)), "")


@contextlib.contextmanager
def full_size() -> Iterator[None]:
    """Proxy mode is off inside, and afterwards as it was."""
    knob = root()["proxy"]
    before = knob.value()
    with unrecorded():
        knob.setValue(False)
        try:
            yield
        finally:
            knob.setValue(before)


# --- nodes ---------------------------------------------------------------------------------------------------


def find(name: str) -> Node | None:
    return nuke.toNode(name)


def selected() -> list[Node]:
    return list(nuke.selectedNodes())


def nodes_in(group: Node, class_name: str | None = None, deep: bool = False) -> list[Node]:
    return list(
        nuke.allNodes(class_name, group, deep) if class_name else nuke.allNodes(group=group, recurseGroups=deep)
    )


def this_node() -> Node:
    """The node whose button or callback is running."""
    return nuke.thisNode()


def this_knob() -> Knob:
    return nuke.thisKnob()


def make(class_name: str, inputs: Sequence[Node | None] = (), **knobs: Any) -> Node:
    """A node in the current group, connected to ``inputs`` and nothing else, selected by nobody.

    Raises ``RuntimeError`` or ``AttributeError`` for a class that this Nuke does not have.
    """
    return getattr(nuke.nodes, class_name)(inputs=list(inputs), **knobs)


def insert(class_name: str) -> Node:
    """A node as the artist makes it: below what is selected, and in its stream."""
    return nuke.createNode(class_name, inpanel=False)


def delete(node: Node) -> None:
    """What hung below it hangs on its first input afterwards."""
    nuke.delete(node)


def is_there(node: Node) -> bool:
    """Whether ``node`` is still in the script: an undo or a closed script leaves objects that only raise."""
    try:
        node.name()
    except ValueError:
        return False
    return True


def file_of(node: Node) -> str:
    """A Read's or Write's file name with its expressions filled in, counter and ``%V`` kept; empty without one."""
    return str(nuke.filename(node) or "")


def make_knob(kind: str, *arguments: Any) -> Knob:
    return getattr(nuke, kind)(*arguments)


def paste(path: str) -> None:
    """Nodes from the ``.nk`` file ``path``, below the selected node."""
    nuke.nodePaste(path)


def rotopaint() -> Any:
    """``nuke.rotopaint``, the classes of a Roto node's curves."""
    import nuke.rotopaint

    return nuke.rotopaint


# --- undo ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def one_step(name: str) -> Iterator[None]:
    """Everything inside is one step of Nuke's undo."""
    nuke.Undo.begin()
    nuke.Undo.name(name)
    try:
        yield
    finally:
        nuke.Undo.end()


@contextlib.contextmanager
def unrecorded() -> Iterator[None]:
    """Nothing inside can be undone: what a job reports is no deed of the artist."""
    nuke.Undo.disable()
    try:
        yield
    finally:
        nuke.Undo.enable()


def undo() -> None:
    nuke.undo()


# --- what the artist sees ------------------------------------------------------------------------------------


def message(text: str) -> None:
    nuke.message(text)


def ask(text: str) -> bool:
    return bool(nuke.ask(text))


def ask_for_file(title: str, pattern: str) -> str:
    """The chosen path; empty when the artist canceled."""
    return str(nuke.getFilename(title, pattern) or "")


class Bar:
    """Nuke's own progress bar, there until ``close``."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._task = [nuke.ProgressTask(title)]

    def show(self, percent: int, text: str) -> None:
        if self._task:
            self._task[0].setProgress(percent)
            self._task[0].setMessage(text)

    @property
    def canceled(self) -> bool:
        return bool(self._task) and bool(self._task[0].isCancelled())

    def again(self) -> None:
        """A fresh bar: a canceled one stays canceled."""
        self.close()
        self._task = [nuke.ProgressTask(self._title)]

    def close(self) -> None:
        self._task.clear()  # deleting the object is what takes the bar away


def add_command(path: str, call: Callable[[], Any], menu: str = "Nuke", icon: str = "") -> None:
    """A menu entry without a shortcut: Nuke and studios have few keys left."""
    nuke.menu(menu).addCommand(path, call, icon=icon)


def add_separator(path: str, menu: str = "Nuke") -> None:
    nuke.menu(menu).addMenu(path).addSeparator()


def register_panel(widget: str, title: str, identity: str) -> None:
    """A dockable panel; ``widget`` is the text of an expression that gives its Qt class."""
    from nukescripts import panels

    panels.registerWidgetAsPanel(widget, title, identity)


def open_panel(identity: str) -> None:
    from nukescripts import panels

    panels.restorePanel(identity)


# --- threads, rendering, events ------------------------------------------------------------------------------


def later(call: Callable[[], Any]) -> None:
    """Runs ``call`` on the main thread soon. The one function here that any thread may use."""
    nuke.executeInMainThread(call)


def render(write: Node, first: int, last: int, view: str) -> None:
    """Renders a Write here and now, under Nuke's own progress bar. ``RuntimeError`` in Nuke's words."""
    nuke.execute(write, first, last, 1, [view])


def on_script_load(call: Callable[[], Any]) -> None:
    nuke.addOnScriptLoad(call)
