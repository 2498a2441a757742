"""The functions of ``nuke`` that make, find, select and delete nodes."""

from __future__ import annotations

import re
from typing import Any, List, Optional

from . import callbacks, session
from .catalog import CATALOG, kind_of
from .knobs import DETACHED
from .nodes import Node
from .threads import Strict, host_class, on_main_thread


def add_node(class_name: str, group: Any) -> Node:
    """A new node in ``group`` under the first free name, not connected, not selected; recorded for undo."""
    kind = kind_of(class_name)
    node = kind.python(kind)
    node._knobs["name"]._string = group._free_name(f"{re.sub(r'[0-9]+$', '', class_name)}1")
    group._adopt(node)
    now = session.current()
    now.modified = True
    now.undo.record(lambda: group._release(node), lambda: group._adopt(node), f"create {node._name()}")
    return node


def created(node: Node, by_user: bool) -> None:
    """Tells the callbacks about a node whose knobs are set."""
    if by_user:
        callbacks.send("OnUserCreate", node)
    callbacks.send("OnCreate", node)


@on_main_thread
def createNode(node: str, knobs: str = "", inpanel: bool = True) -> Node:
    """As from the menu: connected below the selected node **and put into its stream** (what hung below the selected
    node now hangs below the new one), then the only selected node. ``knobs`` is script text: ``"name X first 1"``.
    """
    from .script_reader import read_knobs

    now = session.current()
    group = now.group()
    above = selected_in(group)
    with now.undo.step(f"create {node}"):
        made = add_node(node, group)
        if knobs:
            read_knobs(made, knobs)
        if above and made._kind.most and above[0]._kind.outputs:
            _insert(made, above)
        for other in group._children:
            other._knobs["selected"]._numbers = [float(other is made)]
        made._selected_at = now.stamp()
        if not any(word.startswith(("xpos", "ypos")) for word in knobs.split()):
            made.autoplace()
        created(made, by_user=True)
    if inpanel:
        made.showControlPanel()
    return made


def _insert(made: Node, above: List[Node]) -> None:
    first = above[0]
    below = [(node, at) for node in first.dependent() for at, source in enumerate(node._inputs) if source is first]
    for at, source in enumerate(above[: 1 if made._kind.most == 1 else 2]):
        made.setInput(at, source)
    if made._kind.outputs:
        for node, at in below:
            if node is not made and node._kind.name != "Viewer":
                node.setInput(at, made)


@host_class
class NodeConstructor(Strict):
    """``nuke.nodes.Copy``: makes a node that is connected and selected by nobody."""

    def __init__(self, class_name: str) -> None:
        self._class_name = class_name

    def __call__(self, **knobs: Any) -> Node:
        """``inputs`` is a list of nodes, ``name`` the wished name; the rest are knobs, ``NameError`` when unknown."""
        now = session.current()
        with now.undo.step(f"create {self._class_name}"):
            made = add_node(self._class_name, now.group())
            for index, source in enumerate(knobs.pop("inputs", [])):
                made.setInput(index, source)
            if "name" in knobs:
                made.setName(str(knobs.pop("name")))
            for name, value in knobs.items():
                made[name].setValue(value)
            created(made, by_user=False)
        return made


class Nodes(Strict):
    """``nuke.nodes``. A class that Nuke does not have raises ``AttributeError``."""

    def __getattr__(self, name: str) -> NodeConstructor:
        if name.startswith("_") or name not in CATALOG or name == "Root":
            raise AttributeError(f"nuke.nodes has no {name}")
        return NodeConstructor(name)


def remove_node(node: Node) -> None:
    """Deletes: what hung below hangs on its first input; the Python object is of no use any more until undone."""
    group = node._parent
    callbacks.send("OnDestroy", node)
    above = node._input(0)
    for other in list(group._children):
        if node in other._inputs:
            other._rewire([above if source is node else source for source in other._inputs], f"heal {other._name()}")
    node._rewire([], f"disconnect {node._name()}")
    group._release(node)
    now = session.current()
    now.modified = True
    now.undo.record(lambda: group._adopt(node), lambda: group._release(node), f"delete {node._name()}")


@on_main_thread
def delete(n: Node) -> None:
    if not isinstance(n, Node):
        raise TypeError(f"delete: a Node is required, not {type(n).__name__}")
    if not n._attached:
        raise ValueError(DETACHED)
    with session.current().undo.step(f"delete {n._name()}"):
        remove_node(n)


def selected_in(group: Any) -> List[Node]:
    """The selected nodes, the last selected first."""
    chosen = [node for node in group._children if node._knobs["selected"]._numbers[0]]
    return sorted(chosen, key=lambda node: -node._selected_at)


@on_main_thread
def selectedNode() -> Node:
    """Raises ``ValueError`` ("no node selected")."""
    found = selected_in(session.current().group())
    if not found:
        raise ValueError("no node selected")
    return found[0]


@on_main_thread
def selectedNodes(filter: Optional[str] = None) -> List[Node]:
    return [node for node in selected_in(session.current().group()) if filter in (None, node._kind.name)]


@on_main_thread
def allNodes(filter: Optional[str] = None, group: Any = None, recurseGroups: bool = False) -> List[Node]:
    found = []
    for node in (group or session.current().group())._children:
        if filter in (None, node._kind.name):
            found.append(node)
        if recurseGroups and node._is_group():
            found += allNodes(filter, node, True)
    return found


@on_main_thread
def toNode(s: str) -> Optional[Node]:
    """The node of that name in the current group, of that path in the script, or None."""
    root = session.current().root
    if s in ("root", "Root"):
        return root
    name = s[5:] if s.startswith("root.") else s
    return session.current().group()._child(name) or root._child(name)


@on_main_thread
def exists(s: str) -> bool:
    path, _, knob = s.rpartition(".")
    node = toNode(path) if path else None
    return toNode(s) is not None or (node is not None and node._has(knob))


@on_main_thread
def root() -> Any:
    return session.current().root


@on_main_thread
def thisNode() -> Any:
    this = session.current().this
    return this[-1][0] if this else session.current().root


@on_main_thread
def thisKnob() -> Any:
    this = session.current().this
    return this[-1][1] if this else None


@on_main_thread
def thisGroup() -> Any:
    return session.current().group()


@on_main_thread
def thisParent() -> Any:
    node = thisNode()
    return node._parent if node is not None else None


@on_main_thread
def thisRoot() -> Any:
    return session.current().root


@on_main_thread
def endGroup() -> None:
    if session.current().groups:
        session.current().groups.pop()


@on_main_thread
def layers(node: Optional[Node] = None) -> List[str]:
    if node is not None:
        return sorted({channel.split(".")[0] for channel in node.channels()})
    return list(session.current().layers)


@on_main_thread
def channels(node: Optional[Node] = None) -> List[str]:
    if node is not None:
        return node.channels()
    return sorted({channel for layer in session.current().layers.values() for channel in layer})


@on_main_thread
def views() -> List[str]:
    return session.current().root._views()


@on_main_thread
def addView(s: str) -> None:
    session.current().root.addView(s)


@on_main_thread
def frame(f: Optional[int] = None) -> int:
    """The current frame; with a number, goes there."""
    root_node = session.current().root
    if f is not None:
        root_node.setFrame(f)
    return int(root_node._frame())


@on_main_thread
def addFormat(s: str) -> Any:
    from .formats import format_of

    made = format_of(s)
    made.add(made._name)
    return made


@on_main_thread
def formats() -> List[Any]:
    return list(session.current().formats)
