"""Nodes: knobs, connections, place in the graph.

A node that was deleted, undone or left behind by a closed script raises ``ValueError`` ("A PythonObject is not attached
to a node") from every method, as many public scripts report of the real one.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Union

from . import callbacks, session
from .formats import Format, FrameRange, Info
from .knobs import DETACHED, DO_NOT_WRITE, Knob
from .panel_knobs import PyCustom_Knob, Tab_Knob
from .threads import Strict, host_class

INPUTS, HIDDEN_INPUTS, EXPRESSIONS = 1, 2, 4
"""What ``dependencies`` and ``dependent`` look at."""


class _Notice(Knob):
    """Stands for what happened where no knob did: ``inputChange``, ``showPanel``."""


@host_class
class Node(Strict):
    """One node. Made by ``nuke.createNode`` and ``nuke.nodes``, never directly."""

    def __init__(self, kind: Any = None) -> None:
        if kind is None:
            raise TypeError("cannot create 'Node' instances; use nuke.createNode or nuke.nodes")
        self._kind = kind
        self._knobs: Dict[str, Knob] = {}
        self._inputs: List[Optional[Node]] = []
        self._parent: Any = None
        self._attached = False
        self._shown = False
        self._telling = False
        self._selected_at = 0
        self._read_before: Dict[Any, Any] = {}
        """What a Read has read, by path and view; see ``reads.py``."""
        for knob in kind.knobs():
            self._own(knob)

    # What the rest of the fake uses; no thread check, no "attached" check.

    def _own(self, knob: Knob) -> None:
        knob._node = self
        self._knobs[knob._name] = knob

    def _require(self) -> None:
        if not self._attached:
            raise ValueError(DETACHED)

    def _has(self, name: str) -> bool:
        return name in self._knobs

    def _knob(self, name: str) -> Any:
        return self._knobs[name]

    def _name(self) -> str:
        return self._knobs["name"]._string

    def _full_name(self) -> str:
        outer = self._parent._full_name() if self._parent is not None and self._parent._parent is not None else ""
        return f"{outer}.{self._name()}" if outer else self._name()

    def _is_group(self) -> bool:
        return False

    def _top(self) -> Any:
        return self if self._parent is None else self._parent._top()

    def _input(self, index: int) -> Optional["Node"]:
        return self._inputs[index] if 0 <= index < len(self._inputs) else None

    def _is_off(self) -> bool:
        return self._has("disable") and bool(self._knob("disable").value())

    def _settled(self, knob: Knob) -> None:
        """What Nuke itself does after a knob changed: a Write gets the knobs of its file type."""
        from .catalog import file_type_knobs

        if knob._name in ("file", "proxy", "version"):
            self._read_before = {}
        if self._kind.name == "Write" and knob._name == "file_type":
            for name in ("datatype", "compression", "metadata", "autocrop", "write_ACES_compliant_EXR"):
                self._knobs.pop(name, None)
            for made in file_type_knobs(knob.value()):
                self._own(made)

    def _knob_changed(self, knob: Knob) -> None:
        """Sends knobChanged in the GUI, once: a change that a callback makes sends none."""
        if not self._attached or self._telling or session.current().quiet or not session.current().gui:
            return
        self._telling = True
        try:
            callbacks.send("KnobChanged", self, knob)
        finally:
            self._telling = False

    def _rewire(self, inputs: List[Optional["Node"]], note: str) -> None:
        before, after = list(self._inputs), list(inputs)
        while after and after[-1] is None:
            after.pop()
        if before == after:
            return
        self._inputs = after

        def put(which: List[Optional[Node]]) -> None:
            self._inputs = list(which)

        session.current().modified = True
        session.current().undo.record(lambda: put(before), lambda: put(after), note)
        self._knob_changed(_Notice("inputChange"))

    # Nuke's own.

    def Class(self) -> str:
        self._require()
        return self._kind.name

    def name(self) -> str:
        self._require()
        return self._name()

    def fullName(self) -> str:
        self._require()
        return self._full_name()

    def setName(self, name: str, uncollide: bool = True, updateExpressions: bool = False) -> None:
        """Renames; a name that is taken gets the next free number. Raises ``ValueError`` on an illegal name."""
        self._require()
        if not uncollide and self._parent._free_name(name, self) != name:
            raise ValueError(f"the name {name!r} is taken")
        self._knobs["name"].setValue(name)

    def parent(self) -> Any:
        self._require()
        return self._parent

    def knob(self, p: Union[str, int], follow_link: bool = True) -> Optional[Knob]:
        """The knob, or None."""
        self._require()
        if isinstance(p, int):
            return list(self._knobs.values())[p] if 0 <= p < len(self._knobs) else None
        return self._knobs.get(p)

    def __getitem__(self, name: str) -> Any:
        """The knob. Raises ``NameError``, as Nuke does ("knob x does not exist")."""
        self._require()
        if name not in self._knobs:
            raise NameError(f"knob {name} does not exist")
        return self._knobs[name]

    def knobs(self) -> Dict[str, Knob]:
        self._require()
        return dict(self._knobs)

    def allKnobs(self) -> List[Knob]:
        self._require()
        return list(self._knobs.values())

    def numKnobs(self) -> int:
        self._require()
        return len(self._knobs)

    def addKnob(self, knob: Knob) -> None:
        """Adds a user knob; the first one brings its own ``User`` tab. Raises ``ValueError`` when the name is taken."""
        self._require()
        if not isinstance(knob, Knob):
            raise TypeError(f"addKnob: a Knob is required, not {type(knob).__name__}")
        if knob._name and knob._name in self._knobs:
            raise ValueError(f"{self._name()} has a knob {knob._name} already")
        if not any(other._user for other in self._knobs.values()) and not isinstance(knob, Tab_Knob):
            self._add_user(Tab_Knob("User"))
        self._add_user(knob)

    def _add_user(self, knob: Knob) -> None:
        if not knob._name:
            knob._name = f"divider{session.current().stamp()}"  # Nuke, too, keeps nameless dividers apart
            knob._label = "" if knob._label is None else knob._label
        knob._user = True
        self._own(knob)

        def take() -> None:
            self._knobs.pop(knob._name, None)

        session.current().undo.record(take, lambda: self._own(knob), f"add {self._name()}.{knob._name}")

    def removeKnob(self, knob: Knob) -> None:
        """Raises ``ValueError`` for a knob that no user added."""
        self._require()
        if not knob._user or self._knobs.get(knob._name) is not knob:
            raise ValueError(f"{knob._name} is no user knob of {self._name()}")
        del self._knobs[knob._name]
        session.current().undo.record(
            lambda: self._own(knob), lambda: self._knobs.pop(knob._name, None), f"remove {self._name()}.{knob._name}"
        )

    def readKnobs(self, s: str) -> None:
        from .script_reader import read_knobs

        self._require()
        with session.current().undo.step(f"read knobs of {self._name()}"):
            read_knobs(self, s)

    def writeKnobs(self, flags: int = 0) -> str:
        from .script_writer import knob_lines

        self._require()
        return "\n".join(knob_lines(self))

    def resetKnobsToDefault(self) -> None:
        self._require()
        for knob in self._knobs.values():
            if not knob._user and not knob.getFlag(DO_NOT_WRITE) and knob._name not in ("name", "xpos", "ypos"):
                with knob._changing():
                    knob._restore(knob._default)

    # Connections.

    def inputs(self) -> int:
        """How many inputs there are up to the last connected one."""
        self._require()
        return max(len(self._inputs), self._kind.least)

    def minInputs(self) -> int:
        self._require()
        return self._kind.least

    def maxInputs(self) -> int:
        self._require()
        return self._most()

    def maximumInputs(self) -> int:
        return self.maxInputs()

    def optionalInput(self) -> int:
        self._require()
        return self._kind.optional

    def _most(self) -> int:
        return self._kind.most

    def input(self, index: int) -> Optional["Node"]:
        self._require()
        return self._input(index)

    def canSetInput(self, i: int, node: Optional["Node"]) -> bool:
        self._require()
        if not 0 <= i < self._most():
            return False
        return node is None or (node._parent is self._parent and node._kind.outputs and not _leads(node, self))

    def setInput(self, i: int, node: Optional["Node"]) -> bool:
        """Connects and returns True; False when there is no such input, or it would make a loop."""
        self._require()
        if node is not None:
            if not isinstance(node, Node):
                raise TypeError(f"setInput: a Node is required, not {type(node).__name__}")
            node._require()
        if not self.canSetInput(i, node):
            return False
        wanted = self._inputs + [None] * (i + 1 - len(self._inputs))
        wanted[i] = node
        self._rewire(wanted, f"{self._name()} input {i}")
        return True

    def connectInput(self, i: int, node: Optional["Node"]) -> bool:
        """Connects input ``i`` or the next free one after it."""
        self._require()
        for index in range(i, self._most()):
            if self._input(index) is None:
                return self.setInput(index, node)
        return self.setInput(i, node)

    def dependencies(self, what: int = INPUTS | HIDDEN_INPUTS | EXPRESSIONS) -> List["Node"]:
        self._require()
        return [node for node in self._inputs if node is not None] if what & (INPUTS | HIDDEN_INPUTS) else []

    def dependent(self, what: int = INPUTS | HIDDEN_INPUTS | EXPRESSIONS, forceEvaluate: bool = True) -> List["Node"]:
        self._require()
        if not what & (INPUTS | HIDDEN_INPUTS):
            return []
        return [node for node in self._parent._children if self in node._inputs]

    # Place and looks.

    def xpos(self) -> int:
        self._require()
        return self._knob("xpos").value()

    def ypos(self) -> int:
        self._require()
        return self._knob("ypos").value()

    def setXpos(self, x: int) -> None:
        self._require()
        self._knob("xpos").setValue(int(x))

    def setYpos(self, y: int) -> None:
        self._require()
        self._knob("ypos").setValue(int(y))

    def setXYpos(self, x: int, y: int) -> None:
        self.setXpos(x)
        self.setYpos(y)

    def screenWidth(self) -> int:
        """In pixels of the node graph; 0 in terminal mode, where nothing is drawn (reported of Nuke 16.0v6)."""
        self._require()
        return 80 if session.current().gui else 0

    def screenHeight(self) -> int:
        self._require()
        return (74 if self._kind.name == "Read" else 18) if session.current().gui else 0

    def autoplace(self) -> None:
        """Below its first input, else right of everything."""
        self._require()
        above = self._input(0)
        if above is not None:
            self.setXYpos(above.xpos(), above.ypos() + 60)
        else:
            others = [node.xpos() for node in self._parent._children if node is not self]
            self.setXYpos(max(others, default=-110) + 110, 0)

    def setSelected(self, selected: bool) -> None:
        self._require()
        self._knob("selected").setValue(bool(selected))
        if selected:
            self._selected_at = session.current().stamp()

    def isSelected(self) -> bool:
        self._require()
        return self._knob("selected").value()

    def selectOnly(self) -> None:
        self._require()
        for node in self._parent._children:
            node.setSelected(node is self)

    def showControlPanel(self, forceFloat: bool = False) -> None:
        """Opens the panel: its Qt knobs are made now. Nothing in terminal mode."""
        self._require()
        if not session.current().gui:
            return
        self._shown = True
        for knob in list(self._knobs.values()):
            if isinstance(knob, PyCustom_Knob) and knob._object is None:
                knob._make()
        self._knob_changed(_Notice("showPanel"))

    def hideControlPanel(self) -> None:
        self._require()
        self._shown = False

    def shown(self) -> bool:
        self._require()
        return self._shown

    # Pictures.

    def format(self) -> Format:
        from .evaluate import format_of_node

        self._require()
        return format_of_node(self)

    def width(self) -> int:
        return self.format().width()

    def height(self) -> int:
        return self.format().height()

    def pixelAspect(self) -> float:
        return self.format().pixelAspect()

    def proxy(self) -> bool:
        self._require()
        return bool(session.current().root._knob("proxy").value())

    def bbox(self) -> Info:
        from .evaluate import picture_now

        self._require()
        x, y, r, t = picture_now(self).bbox
        return Info(x, y, r - x, t - y)

    def channels(self) -> List[str]:
        """Channel names; asking reads the headers, which makes their layers known."""
        from .evaluate import channels_of_node

        self._require()
        found = channels_of_node(self)
        session.current().learn(found)
        return found

    def sample(self, channel: str, x: float, y: float, dx: float = 1, dy: float = 1) -> float:
        from .evaluate import sample

        self._require()
        return sample(self, channel, x, y, dx, dy)

    def hasError(self) -> bool:
        from .evaluate import error_of_node

        self._require()
        return bool(error_of_node(self))

    def error(self) -> bool:
        return self.hasError()

    def treeHasError(self) -> bool:
        return self.hasError()

    def metadata(self, key: Optional[str] = None, time: Optional[float] = None, view: Optional[str] = None) -> Any:
        from .evaluate import metadata_of_node

        self._require()
        found = metadata_of_node(self, time)
        return found if key is None else found.get(key)

    def frameRange(self) -> FrameRange:
        from .timing import range_of_node

        self._require()
        return FrameRange(*range_of_node(self))

    def firstFrame(self) -> int:
        return self.frameRange().first()

    def lastFrame(self) -> int:
        return self.frameRange().last()

    def forceValidate(self) -> None:
        self._require()

    def __repr__(self) -> str:
        return f"<{self._kind.name} {self._name() if self._attached else 'deleted'}>"


def _leads(node: Node, target: Node) -> bool:
    """Whether ``target`` is ``node`` or above it."""
    return node is target or any(_leads(above, target) for above in node._inputs if above is not None)
