"""Knob expressions (``frame*2``, ``parent.first+10``, ``a ? b : c``) and the few TCL commands that file names use.

Only arithmetic, comparisons, the ternary, a handful of functions and references to knobs; a name that leads nowhere
raises ``RuntimeError`` in Nuke's words: ``Nothing is named "parent.morph"`` (SpinVFX/spin_nuke_gizmos issue 10).
"""

from __future__ import annotations

import math
import os
import re
from typing import Any, Callable, Dict, List

_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|([A-Za-z_][\w.]*)|(\|\||&&|[<>=!]=|\*\*|[-+*/%^!<>?:(),]))"
)
_FUNCTIONS: Dict[str, Callable] = {
    "min": min,
    "max": max,
    "abs": abs,
    "int": int,
    "floor": math.floor,
    "ceil": math.ceil,
    "rint": round,
    "clamp": lambda x, low=0.0, high=1.0: min(max(x, low), high),
}
_PARTS = {"x": 0, "y": 1, "r": 2, "t": 3, "w": 0, "h": 1, "red": 0, "green": 1, "blue": 2, "alpha": 3, "u": 0, "v": 1}
_BINARY: List[Dict[str, Callable]] = [
    {"||": lambda a, b: float(bool(a) or bool(b))},
    {"&&": lambda a, b: float(bool(a) and bool(b))},
    {"==": lambda a, b: float(a == b), "!=": lambda a, b: float(a != b)},
    {
        "<": lambda a, b: float(a < b),
        ">": lambda a, b: float(a > b),
        "<=": lambda a, b: float(a <= b),
        ">=": lambda a, b: float(a >= b),
    },
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b},
    {"*": lambda a, b: a * b, "/": lambda a, b: a / b, "%": math.fmod},
    {"^": lambda a, b: a**b, "**": lambda a, b: a**b},
]


def evaluate(text: str, node: Any, frame: float) -> float:
    """The number that ``text`` gives on ``node`` at ``frame``. Raises ``RuntimeError`` when it cannot be told."""
    parser = _Parser(text, node, frame)
    value = parser.ternary()
    if parser.here < len(parser.tokens):
        raise RuntimeError(f"{text}: syntax error at {parser.tokens[parser.here]!r}")
    return float(value)


class _Parser:
    def __init__(self, text: str, node: Any, frame: float) -> None:
        self.text, self.node, self.frame = text, node, frame
        self.tokens: List[str] = []
        self.here = 0
        position = 0
        while position < len(text.rstrip()):
            found = _TOKEN.match(text, position)
            if found is None:
                raise RuntimeError(f"{text}: syntax error at {text[position:]!r}")
            self.tokens.append(found.group().strip())
            position = found.end()

    def take(self, *wanted: str) -> bool:
        if self.here < len(self.tokens) and self.tokens[self.here] in wanted:
            self.here += 1
            return True
        return False

    def expect(self, wanted: str) -> None:
        if not self.take(wanted):
            raise RuntimeError(f"{self.text}: {wanted!r} expected")

    def ternary(self) -> float:
        condition = self.binary(0)
        if not self.take("?"):
            return condition
        yes = self.ternary()
        self.expect(":")
        no = self.ternary()
        return yes if condition else no

    def binary(self, level: int) -> float:
        if level == len(_BINARY):
            return self.unary()
        value = self.binary(level + 1)
        while self.here < len(self.tokens) and self.tokens[self.here] in _BINARY[level]:
            operator = _BINARY[level][self.tokens[self.here]]
            self.here += 1
            value = operator(value, self.binary(level + 1))
        return value

    def unary(self) -> float:
        if self.take("-"):
            return -self.unary()
        if self.take("!"):
            return float(not self.unary())
        if self.take("("):
            value = self.ternary()
            self.expect(")")
            return value
        if self.here >= len(self.tokens):
            raise RuntimeError(f"{self.text}: ends too early")
        token = self.tokens[self.here]
        self.here += 1
        if token[0].isdigit() or token[0] == ".":
            return float(token)
        if token in _FUNCTIONS and self.take("("):
            arguments = [self.ternary()]
            while self.take(","):
                arguments.append(self.ternary())
            self.expect(")")
            return float(_FUNCTIONS[token](*arguments))
        return float(reference(token, self.node, self.frame))


def reference(name: str, node: Any, frame: float) -> Any:
    """What a dotted name means on ``node``: ``frame``, a knob, ``parent.knob``, ``Read1.first``, ``input.width``."""
    if name in ("frame", "t"):
        return frame
    parts = name.split(".")
    at = node
    while parts and at is not None:
        step = _step(parts[0], at, node)
        if step is None:
            break
        at = step
        parts.pop(0)
    if at is None or not parts:
        raise RuntimeError(f'Nothing is named "{name}"')
    if parts[0] in ("width", "height") and len(parts) == 1 and not at._has(parts[0]):
        return getattr(at.format(), parts[0])()
    if not at._has(parts[0]):
        raise RuntimeError(f'Nothing is named "{name}"')
    value = at._knob(parts[0])._at(frame)
    if len(parts) == 1:
        return value[0] if isinstance(value, list) else value
    index = _PARTS[parts[1]] if parts[1] in _PARTS else int(parts[1])
    return value[index] if isinstance(value, list) else value


def _step(name: str, at: Any, node: Any) -> Any:
    """The node that ``name`` leads to from ``at``; None when ``name`` is no node."""
    if at is node and at._has(name):
        return None
    if name in ("this", "node"):
        return at
    if name == "parent":
        return at._parent
    if name == "root":
        return at._top()
    if re.fullmatch(r"input\d*", name):
        return at.input(int(name[5:] or 0))
    siblings = at if at._is_group() and at is not node else at._parent
    return siblings._child(name) if siblings is not None else None


def substitute(text: str, node: Any, frame: float) -> str:
    """``text`` with its ``[…]`` commands replaced and its backslashes taken as escapes, as TCL does."""
    out, position = "", 0
    while position < len(text):
        letter = text[position]
        if letter == "\\" and position + 1 < len(text):
            out += text[position + 1]
            position += 2
        elif letter == "[":
            depth, end = 1, position + 1
            while depth and end < len(text):
                depth += {"[": 1, "]": -1}.get(text[end], 0)
                end += 1
            out += _command(substitute(text[position + 1 : end - 1], node, frame), node, frame)
            position = end
        else:
            out += letter
            position += 1
    return out


def _command(text: str, node: Any, frame: float) -> str:
    words = text.split(None, 2)
    if words[:1] in (["value"], ["knob"]) and len(words) > 1:
        value = reference(words[1], node, frame)
        return f"{value:g}" if isinstance(value, float) else str(value)
    if words[:1] == ["getenv"] and len(words) == 2:
        return os.environ.get(words[1], "")
    if words[:1] == ["file"] and len(words) == 3:
        path = words[2].strip('"')
        pieces = {
            "dirname": os.path.dirname(path),
            "tail": os.path.basename(path),
            "rootname": os.path.splitext(path)[0],
        }
        if words[1] in pieces:
            return pieces[words[1]]
    raise RuntimeError(f"The fake does not model the TCL command [{text}].")
