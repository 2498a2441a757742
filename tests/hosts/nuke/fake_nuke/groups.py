"""Nodes that hold nodes (Group, Gizmo, Root), and the ones with extra methods (Viewer, BackdropNode)."""

from __future__ import annotations

import re
from typing import Any, List, Optional

from . import session
from .nodes import Node
from .threads import host_class


@host_class
class Group(Node):
    """A node with nodes inside; its inputs are the Input nodes, its picture the Output node's."""

    def __init__(self, kind: Any = None) -> None:
        super().__init__(kind)
        self._children: List[Node] = []

    def _is_group(self) -> bool:
        return True

    def _most(self) -> int:
        return len([node for node in self._children if node._kind.name == "Input"])

    def _child(self, path: str) -> Optional[Node]:
        """The node of a dotted path below this group."""
        head, _, rest = path.partition(".")
        for node in self._children:
            if node._name() == head:
                if not rest:
                    return node
                return node._child(rest) if node._is_group() else None
        return None

    def _free_name(self, wanted: str, besides: Optional[Node] = None) -> str:
        taken = {node._name() for node in self._children if node is not besides}
        if wanted not in taken:
            return wanted
        stem = re.sub(r"\d+$", "", wanted)
        number = 1
        while f"{stem}{number}" in taken:
            number += 1
        return f"{stem}{number}"

    def _adopt(self, node: Node) -> None:
        node._parent = self
        node._attached = True
        self._children.append(node)

    def _release(self, node: Node) -> None:
        self._children.remove(node)
        node._attached = False

    def begin(self) -> "Group":
        """Makes this the current group until ``end()``."""
        self._require()
        session.current().groups.append(self)
        return self

    def end(self) -> None:
        """Back to the group before. Raises ``RuntimeError`` when this is not the current one."""
        self._require()
        groups = session.current().groups
        if not groups or groups[-1] is not self:
            raise RuntimeError(f"{self._name()}.end() without begin()")
        groups.pop()

    def run(self, callable: Any) -> Any:
        with self:
            return callable()

    def __enter__(self) -> "Group":
        return self.begin()

    def __exit__(self, *exception: Any) -> None:
        self.end()

    def node(self, s: str) -> Optional[Node]:
        self._require()
        return self._child(s)

    def nodes(self) -> List[Node]:
        self._require()
        return list(self._children)

    def numNodes(self) -> int:
        self._require()
        return len(self._children)

    def output(self) -> Optional[Node]:
        self._require()
        return next((node for node in self._children if node._kind.name == "Output"), None)

    def selectedNodes(self) -> List[Node]:
        self._require()
        from .graph import selected_in

        return selected_in(self)

    def selectedNode(self) -> Node:
        """Raises ``ValueError`` when nothing is selected."""
        found = self.selectedNodes()
        if not found:
            raise ValueError("no node selected")
        return found[0]


@host_class
class Gizmo(Group):
    """A group whose inside belongs to a file, and is not modeled as nodes."""

    def _most(self) -> int:
        return self._kind.most

    def command(self) -> str:
        self._require()
        return self._kind.name

    def filename(self) -> str:
        self._require()
        return f"{self._kind.name}.gizmo"


@host_class
class Root(Group):
    """The script itself."""

    def _frame(self) -> float:
        return self._knobs["frame"]._numbers[0]

    def _full_name(self) -> str:
        return "root"

    def _views(self) -> List[str]:
        return [line.split()[0] for line in self._knobs["views"]._string.splitlines() if line.split()]

    def setName(self, name: str, uncollide: bool = True, updateExpressions: bool = False) -> None:
        """The script's path; any text is legal."""
        self._require()
        self._knobs["name"].setValue(name)

    def name(self) -> str:
        self._require()
        return self._knobs["name"]._string or "Root"

    def firstFrame(self) -> int:
        self._require()
        return self._knobs["first_frame"].value()

    def lastFrame(self) -> int:
        self._require()
        return self._knobs["last_frame"].value()

    def fps(self) -> int:
        self._require()
        return int(self._knobs["fps"].value())

    def realFps(self) -> float:
        self._require()
        return float(self._knobs["fps"].value())

    def setFrame(self, frame: float) -> None:
        self._require()
        self._knobs["frame"].setValue(int(frame))

    def proxy(self) -> bool:
        self._require()
        return self._knobs["proxy"].value()

    def setProxy(self, proxy: bool) -> None:
        self._require()
        self._knobs["proxy"].setValue(bool(proxy))

    def modified(self) -> bool:
        self._require()
        return session.current().modified

    def setModified(self, modified: bool) -> None:
        self._require()
        session.current().modified = bool(modified)

    def addView(self, name: str, color: str = "#ffffff") -> None:
        self._require()
        if name not in self._views():
            self._knobs["views"].setValue(self._knobs["views"]._string.rstrip("\n") + f"\n{name} {color}")

    def deleteView(self, name: str) -> None:
        self._require()
        lines = [line for line in self._knobs["views"]._string.splitlines() if line.split()[:1] != [name]]
        self._knobs["views"].setValue("\n".join(lines))

    def inputs(self) -> int:
        self._require()
        return 0


@host_class
class Viewer(Node):
    def visibleRange(self) -> Any:
        from .formats import FrameRange

        self._require()
        root = self._top()
        return FrameRange(root.firstFrame(), root.lastFrame())


@host_class
class BackdropNode(Node):
    def getNodes(self) -> List[Node]:
        """The nodes whose corner lies on the backdrop."""
        self._require()
        left, top = self.xpos(), self.ypos()
        right, bottom = left + self._knob("bdwidth").value(), top + self._knob("bdheight").value()
        return [
            node
            for node in self._parent._children
            if node is not self and left <= node.xpos() <= right and top <= node.ypos() <= bottom
        ]

    def selectNodes(self, selectNodes: bool = True) -> None:
        for node in self.getNodes():
            node.setSelected(selectNodes)
