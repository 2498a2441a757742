"""Which file a Read shows at a frame, as one expression of ``frame`` that Read, TimeOffset and their kin add up to.

The same text says what is sent to the daemon and goes into the matte's Read, so the two cannot differ. Only arithmetic
is understood (``+ - * / %``, parentheses, ``floor ceil int rint min max abs``); what else Nuke can do in a frame
expression is not guessed at: such plates are rendered instead.
"""

from __future__ import annotations

import ast
import functools
import math
import re
from collections.abc import Callable
from typing import Any

from mattewire_panel.frames import FrameMap
from mattewire_protocol.errors import RangeOutsidePlate

AS_IS = "frame"
MOST_FRAMES = 100_000
"""A script's range beyond this is a mistake, and a map of it would only cost memory."""

_FUNCTIONS: dict[str, Callable[..., float]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "int": math.trunc,
    "rint": lambda value: math.floor(value + 0.5),
    "min": min,
    "max": max,
    "abs": abs,
}
_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Mod: math.fmod,
}


def of_read(mode: str, text: str, first: int) -> str:
    """The expression of a Read's ``frame_mode`` and ``frame`` knobs, ``first`` being its first file.

    Foundry, Nuke user guide, "Changing the Relation Between the Current Frame and the Frame Read In": *start at* S
    shows the first file at S, *offset* N shows file ``frame`` + N, an empty knob the file of the same number.
    ``ValueError`` for what is no arithmetic.
    """
    text = text.strip()
    if not text:
        return AS_IS
    value(text, 1)
    if mode == "expression":
        return text
    if mode == "start at":
        return f"frame - ({text}) + {first}"
    if mode == "offset":
        return f"frame + ({text})"
    raise ValueError(f"the frame mode {mode!r} is not known")


def through(outer: str, inner: str) -> str:
    """``outer`` where its input is asked for frame ``inner``."""
    if inner == AS_IS:
        return outer
    return re.sub(r"\b(?:frame|t)\b", f"({inner})", outer)


def value(expression: str, frame: int) -> float:
    """The number that ``expression`` gives at ``frame``. ``ValueError`` when it is no arithmetic."""
    try:
        return _number(_parsed(expression), frame)
    except (SyntaxError, ZeroDivisionError, RecursionError, TypeError, OverflowError) as problem:
        raise ValueError(f"{expression!r} is not understood: {problem}") from None


@functools.lru_cache(maxsize=16)
def _parsed(expression: str) -> ast.AST:
    return ast.parse(expression.strip(), mode="eval").body


def _number(tree: ast.AST, frame: int) -> float:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float)) and not isinstance(tree.value, bool):
        return tree.value
    if isinstance(tree, ast.Name) and tree.id in ("frame", "t"):
        return frame
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, (ast.USub, ast.UAdd)):
        inside = _number(tree.operand, frame)
        return -inside if isinstance(tree.op, ast.USub) else inside
    if isinstance(tree, ast.BinOp) and type(tree.op) in _OPERATORS:
        return _OPERATORS[type(tree.op)](_number(tree.left, frame), _number(tree.right, frame))
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in _FUNCTIONS:
        return _FUNCTIONS[tree.func.id](*(_number(each, frame) for each in tree.args))
    raise ValueError(f"{ast.dump(tree)} is not understood")


def mapped(expression: str, first: int, last: int, files: tuple[int, int]) -> FrameMap:
    """Host frames ``first`` to ``last`` to files, narrowed to those that show a file between ``files``' ends.

    Frames before and after the plate, where a Read holds or loops, show nothing new to mask. ``RangeOutsidePlate`` when
    no frame is left, ``ValueError`` when one falls between two files or when they leave a gap.
    """
    if last - first >= MOST_FRAMES:
        raise ValueError(f"{last - first + 1} frames are more than {MOST_FRAMES}")
    pairs: dict[int, int] = {}
    for frame in range(first, last + 1):
        shown = value(expression, frame)
        if shown != math.floor(shown):
            raise ValueError(f"frame {frame} falls between two files of the plate")
        if files[0] <= shown <= files[1]:
            pairs[frame] = int(shown)
    if not pairs:
        raise RangeOutsidePlate(
            f"No frame of {first}-{last} shows the plate, which has the files {files[0]}-{files[1]}.",
            field="first",
            advice="Choose frames that the plate has, or the range of the input.",
        )
    if len(pairs) != max(pairs) - min(pairs) + 1:
        raise ValueError("the plate is shown in several stretches")
    return FrameMap.of_pairs(pairs)


def read_knobs(expression: str, frames: FrameMap) -> dict[str, Any]:
    """``frame_mode`` and ``frame`` of a Read that shows its files as ``expression`` says, as plainly as can be."""
    if frames.explicit:
        return {"frame_mode": "expression", "frame": expression}
    if frames.step == -1:
        return {"frame_mode": "expression", "frame": f"{frames.offset} - frame"}
    if frames.offset:
        return {"frame_mode": "offset", "frame": str(frames.offset)}
    return {"frame_mode": "expression", "frame": ""}
