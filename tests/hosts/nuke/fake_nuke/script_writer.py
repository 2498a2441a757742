"""Script files (.nk) written: a stack machine that pushes inputs and pops them into each node."""

from __future__ import annotations

from typing import Any, List, Optional, Set

from . import session
from .choice_knobs import Enumeration_Knob
from .knobs import ALWAYS_SAVE, DISABLED, DO_NOT_WRITE, INVISIBLE, STARTLINE, Knob, quoted
from .nodes import Node
from .number_knobs import (
    AColor_Knob,
    Array_Knob,
    BBox_Knob,
    Boolean_Knob,
    Color_Knob,
    Double_Knob,
    Int_Knob,
    WH_Knob,
    XY_Knob,
)
from .panel_knobs import Link_Knob, PyCustom_Knob, PyScript_Knob, Tab_Knob, Text_Knob
from .text_knobs import File_Knob, Multiline_Eval_String_Knob, String_Knob

_KINDS = (String_Knob, File_Knob, Multiline_Eval_String_Knob, Int_Knob, Boolean_Knob, Double_Knob, XY_Knob, WH_Knob)
_KINDS += (BBox_Knob, Color_Knob, AColor_Knob, Enumeration_Knob, PyScript_Knob, PyCustom_Knob, Text_Knob, Tab_Knob)
_KINDS += (Link_Knob,)
USER_KINDS = {kind._code: kind for kind in _KINDS}
"""Kinds of user knobs by their number in ``addUserKnob {…}``."""

_IN_BRACES = (PyScript_Knob, PyCustom_Knob, Text_Knob, Link_Knob)
"""Kinds whose value stands in ``addUserKnob`` itself, after T."""


def script_text() -> str:
    """The whole script."""
    root = session.current().root
    lines = [f"version {version_text()}", "Root {", " inputs 0", *(f" {line}" for line in knob_lines(root)), "}"]
    return "\n".join([*lines, *_graph(root, root._children, outside="0", indent="")]) + "\n"


def selection_text(nodes: List[Node]) -> str:
    """What ``nodeCopy`` puts on the clipboard: the nodes, and where their outer inputs will hang."""
    lines = ["set cut_paste_input [stack 0]", f"version {version_text()}"]
    group = nodes[0]._parent
    return "\n".join([*lines, *_graph(group, nodes, outside="$cut_paste_input", indent="")]) + "\n"


def version_text() -> str:
    major, minor, release = session.current().version
    return f"{major}.{minor} v{release}"


def _graph(group: Any, nodes: List[Node], outside: str, indent: str) -> List[str]:
    lines: List[str] = []
    written: Set[int] = set()
    chosen = {id(node) for node in nodes}

    def write(node: Node) -> None:
        if id(node) in written:
            return
        written.add(id(node))
        for above in node._inputs:
            if above is not None and id(above) in chosen:
                write(above)
        for above in reversed(node._inputs):
            lines.append(f"{indent}push {_source(above, chosen, outside)}")
        lines.extend(_node(node, indent))
        if node._kind.outputs:
            lines.append(f"{indent}set N{id(node):x} [stack 0]")

    for node in nodes:
        write(node)
    return lines


def _source(above: Optional[Node], chosen: Set[int], outside: str) -> str:
    if above is None:
        return "0"
    return f"$N{id(above):x}" if id(above) in chosen else outside


def _node(node: Node, indent: str) -> List[str]:
    lines = [f"{indent}{node._kind.name} {{", f"{indent} inputs {len(node._inputs)}"]
    lines += [f"{indent} {line}" for line in knob_lines(node)]
    lines.append(f"{indent}}}")
    if node._is_group() and node._kind.name == "Group":
        lines += _graph(node, node._children, outside="0", indent=f"{indent} ")
        lines.append(f"{indent}end_group")
    return lines


def knob_lines(node: Node) -> List[str]:
    """A node's knobs that are not at their defaults, and the definitions of its user knobs."""
    lines = []
    for name, knob in node._knobs.items():
        if knob._user:
            lines.append(f"addUserKnob {{{_definition(knob)}}}")
        if knob.getFlag(DO_NOT_WRITE) or isinstance(knob, Tab_Knob) or (knob._user and isinstance(knob, _IN_BRACES)):
            continue
        if knob._user or (knob.getFlag(ALWAYS_SAVE) and knob._state()) or knob._not_default():
            lines.append(f"{name} {knob.toScript(True)}")
    return lines


def _definition(knob: Knob) -> str:
    words = [str(knob._code), quoted(knob._name)]
    if knob._label is not None:
        words += ["l", quoted(knob._label)]
    if knob._tooltip:
        words += ["t", quoted(knob._tooltip)]
    if isinstance(knob, Enumeration_Knob):
        words += ["M", "{" + " ".join(quoted(word) for word in knob._words) + "}"]
    elif isinstance(knob, _IN_BRACES):
        words += ["T", quoted(knob._text())]
    elif isinstance(knob, Array_Knob) and knob._range != (0.0, 1.0):
        words += ["R", f"{knob._range[0]:g}", f"{knob._range[1]:g}"]
    elif isinstance(knob, Tab_Knob) and knob._kind:
        words += ["n", str(knob._kind)]
    marks = ((INVISIBLE, "INVISIBLE"), (DISABLED, "DISABLED"), (STARTLINE, "STARTLINE"), (DO_NOT_WRITE, "DO_NOT_WRITE"))
    return " ".join(words + [f"+{word}" for flag, word in marks if knob.getFlag(flag)])
