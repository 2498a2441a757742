"""Script files (.nk) read: whole scripts, pasted snippets, and the knob text of ``createNode`` and ``readKnobs``."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from . import callbacks, session
from .choice_knobs import Enumeration_Knob
from .graph import add_node
from .knobs import DISABLED, DO_NOT_WRITE, INVISIBLE, STARTLINE, Knob
from .nodes import Node
from .number_knobs import Array_Knob
from .panel_knobs import Link_Knob, Tab_Knob
from .script_writer import USER_KINDS
from .tcl import Word, read_words, words_of

_FLAGS = {"INVISIBLE": INVISIBLE, "HIDDEN": INVISIBLE, "DISABLED": DISABLED, "STARTLINE": STARTLINE}
_FLAGS["DO_NOT_WRITE"] = DO_NOT_WRITE
_IGNORED = ("version", "define_window_layout_xml", "add_layer")


def read_script(text: str, top: Any, pasted_below: Optional[Node] = None) -> List[Node]:
    """Makes the nodes of ``text`` in ``top``; returns those that are directly in it.

    ``pasted_below`` is what ``$cut_paste_input`` stands for. Raises ``RuntimeError`` on an unknown node class or
    command, ``NameError`` on an unknown knob.
    """
    group, outer = top, []
    stack: List[Optional[Node]] = []
    named: Dict[str, Optional[Node]] = {"cut_paste_input": pasted_below}
    made: List[Node] = []
    at = 0
    while at < len(text):
        words, at = _command(text, at)
        if not words or words[0].text.startswith("#"):
            continue
        head = words[0].text
        if head == "set":
            if words[1].text != "cut_paste_input":
                named[words[1].text] = stack[-1] if stack else None
        elif head == "push":
            name = words[1].text
            if name != "0" and name[1:] not in named:
                raise RuntimeError(f'can\'t read "{name[1:]}": no such variable')
            stack.append(None if name == "0" else named[name[1:]])
        elif head == "add_layer":
            session.current().learn([word.text for word in words_of(words[1].text)[1:]])
        elif head == "end_group":
            group, stack = outer.pop()
        elif head == "Root" and len(words) == 2:
            read_knobs(session.current().root, _without_inputs(words[1].text)[1])
        elif head in _IGNORED:
            continue
        elif len(words) == 2 and words[1].braced:
            count, knobs = _without_inputs(words[1].text)
            node = add_node(head, group)
            read_knobs(node, knobs)
            count = (1 if node._kind.most else 0) if count is None else count
            taken = [stack.pop() if stack else None for _ in range(count)]
            node._rewire(taken, f"connect {node._name()}")
            if group is top:
                made.append(node)
            if node._kind.outputs:
                stack.append(node)
            if head == "Group":
                outer.append((group, stack))
                group, stack = node, []
        else:
            raise RuntimeError(f"{head}: Unknown command")
    if outer:
        raise RuntimeError("a group is never ended")
    for node in made:
        callbacks.send("OnCreate", node)
    return made


def _command(text: str, at: int) -> Tuple[List[Word], int]:
    """One line, or a node with its braces over many lines."""
    while at < len(text) and text[at].isspace():
        at += 1
    if text[at : at + 1] == "#":
        end = text.find("\n", at)
        return [], len(text) if end < 0 else end + 1
    return read_words(text, at, lines=True)


def _without_inputs(body: str) -> Tuple[Optional[int], str]:
    kept, count = [], None
    for name, value in knob_pairs(body):
        if name == "inputs":
            count = sum(int(part) for part in value.split("+"))  # "1+1": one and a mask
        else:
            kept.append((name, value))
    return count, "\n".join(f"{name} {value}" for name, value in kept)


def knob_pairs(body: str) -> List[Tuple[str, str]]:
    """(knob, raw value text) of ``name value`` lines; several pairs may stand on one line, as in ``createNode``."""
    pairs, at = [], 0
    while True:
        while at < len(body) and body[at].isspace():
            at += 1
        if at >= len(body):
            return pairs
        start = at
        while at < len(body) and not body[at].isspace():
            at += 1
        name = body[start:at]
        while at < len(body) and body[at] in " \t":
            at += 1
        end = _value_end(body, at)
        pairs.append((name, body[at:end]))
        at = end


def _value_end(body: str, at: int) -> int:
    """Where the value that starts at ``at`` ends: one word."""
    from .tcl import _braced, _escaped

    if body[at : at + 1] == "{":
        return _braced(body, at)[1]
    if body[at : at + 1] == '"':
        return _escaped(body, at + 1, '"')[1]
    while at < len(body) and not body[at].isspace():
        at += 2 if body[at] == "\\" else 1
    return at


def read_knobs(node: Node, text: str) -> None:
    """Sets knobs from script text; one undo note per knob, no knobChanged."""
    now = session.current()
    now.quiet += 1
    try:
        for name, value in knob_pairs(text):
            if name == "addUserKnob":
                _add_user_knob(node, words_of(value)[0].text)
                continue
            if not node._has(name):
                raise NameError(f"knob {name} does not exist")
            knob = node._knob(name)
            with knob._changing():
                knob._read(value if isinstance(knob, Array_Knob) else words_of(value)[0].text)
    finally:
        now.quiet -= 1


def _add_user_knob(node: Node, text: str) -> None:
    words = words_of(text)
    code, name = int(words[0].text), words[1].text
    if code not in USER_KINDS:
        raise RuntimeError(f"The fake does not model user knobs of kind {code} ({name}).")
    knob: Knob = USER_KINDS[code](name)
    at = 2
    while at < len(words):
        word = words[at].text
        if word[:1] in "+-" and word[1:] in _FLAGS:
            (knob.setFlag if word[0] == "+" else knob.clearFlag)(_FLAGS[word[1:]])
            at += 1
            continue
        value = words[at + 1]
        if word == "l":
            knob._label = value.text
        elif word == "t":
            knob._tooltip = value.text
        elif word == "T":
            if isinstance(knob, Link_Knob):
                knob._link = value.text
            else:
                knob._read(value.text)
        elif word == "M" and isinstance(knob, Enumeration_Knob):
            knob._words = [entry.text for entry in words_of(value.text)]
        elif word == "n" and isinstance(knob, Tab_Knob):
            knob._kind = int(value.text)
        elif word == "R" and isinstance(knob, Array_Knob):
            knob._range = (float(value.text), float(words[at + 2].text))
            at += 1
        else:
            raise RuntimeError(f"addUserKnob {{{text}}}: the fake does not know {word}")
        at += 2
    node._add_user(knob)
