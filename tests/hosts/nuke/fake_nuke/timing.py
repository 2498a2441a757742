"""Frames: which file a Read opens for a frame of the script, and what range a node has.

Read's mapping: ``expression`` gives the file's frame (empty: the same); ``start at`` S shows file ``F - S + first``;
``offset`` N shows file ``F + N`` (Foundry, "Changing the Relation Between the Current Frame and the Frame Read In";
measured in Nuke 17.0v2 by others: offset 1000 on 1001-1005 has the range 1-5). Then ``before`` and ``after`` keep it
inside first-last.
"""

from __future__ import annotations

import math
import os
import re
from typing import Any, Optional, Tuple

from . import expressions, session


def file_frame(node: Any, frame: float) -> Optional[int]:
    """The number of the file that Read ``node`` shows at ``frame``; None stands for black."""
    mapped = _mapped(node, frame)
    first, last = node._knob("first").value(), node._knob("last").value()
    if first <= mapped <= last:
        return mapped
    edge = node._knob("before" if mapped < first else "after").value()
    if edge == "black":
        return None
    if edge == "hold":
        return first if mapped < first else last
    length = last - first + 1
    if edge == "loop":
        return first + (mapped - first) % length
    swing = (mapped - first) % max(1, 2 * (length - 1))
    return first + (swing if swing < length else 2 * (length - 1) - swing)


def _mapped(node: Any, frame: float) -> int:
    text = expressions.substitute(node._knob("frame")._string, node, frame).strip()
    mode = node._knob("frame_mode").value()
    if not text:
        return math.floor(frame)
    number = expressions.evaluate(text, node, frame)
    if mode == "expression":
        return math.floor(number)
    if mode == "start at":
        return math.floor(frame - number) + node._knob("first").value()
    return math.floor(frame + number)


def write_frame(node: Any, frame: int) -> int:
    """The number in the name of the file that Write ``node`` makes at ``frame``."""
    text = expressions.substitute(node._knob("frame")._string, node, frame).strip()
    mode = node._knob("frame_mode").value()
    if not text:
        return frame
    number = int(expressions.evaluate(text, node, frame))
    if mode == "expression":
        return number
    return frame - _render_first(node) + number if mode == "start at" else frame + number


def _render_first(node: Any) -> int:
    return node._knob("first").value() if node._knob("use_limit").value() else node._top().firstFrame()


def path_at(knob: Any, number: int, view: str, frame: float) -> str:
    """The file name in ``knob`` with its commands, view and frame number filled in; relative to the project folder."""
    text = expressions.substitute(knob._string, knob._node, frame)
    text = text.replace("%V", view).replace("%v", view[:1])
    text = re.sub(r"#+", lambda found: f"{number:0{len(found.group())}d}", text)
    text = re.sub(r"%(0\d+)?d", lambda found: f"{number:{found.group(1) or ''}d}", text)
    project = session.current().root._knob("project_directory")
    folder = expressions.substitute(project._string, project._node, frame)
    return text if not text or os.path.isabs(text) or not folder else os.path.join(folder, text)


def range_of_node(node: Any) -> Tuple[int, int]:
    """First and last frame of what ``node`` shows."""
    kind = node._kind.name
    if kind == "Root":
        return node.firstFrame(), node.lastFrame()
    if kind == "Read":
        first, last = node._knob("first").value(), node._knob("last").value()
        text = node._knob("frame")._string.strip()
        shift = 0
        if text and node._knob("frame_mode").value() == "offset":
            shift = -int(expressions.evaluate(text, node, 0))
        elif text and node._knob("frame_mode").value() == "start at":
            shift = int(expressions.evaluate(text, node, 0)) - first
        return first + shift, last + shift
    above = [node._input(at) for at in range(len(node._inputs)) if node._input(at) is not None]
    if kind == "TimeOffset" and above and not node._is_off():
        first, last = range_of_node(above[0])
        offset = node._knob("time_offset").value()
        return first + offset, last + offset
    if kind == "FrameHold" and not node._is_off():
        return node._knob("first_frame").value(), node._knob("first_frame").value()
    if kind == "Retime" and not node._is_off():
        return node._knob("output.first").value(), node._knob("output.last").value()
    if node._is_group() and node.output() is not None:
        return range_of_node(node.output())
    if kind == "Input" and node._parent is not None:
        outside = node._parent._input(node._knob("number").value())
        above = [outside] if outside is not None else []
    if not above:
        return range_of_node(session.current().root)
    ranges = [range_of_node(source) for source in above]
    return min(first for first, _ in ranges), max(last for _, last in ranges)


def source_frame(node: Any, frame: float) -> float:
    """The frame that a time node asks its input for."""
    kind = node._kind.name
    if kind == "TimeOffset":
        if node._knob("reverse_input").value():
            first, last = range_of_node(node._input(0))
            return first + last - (frame - node._knob("time_offset").value())
        return frame - node._knob("time_offset").value()
    if kind == "FrameHold":
        start, step = node._knob("first_frame").value(), node._knob("increment").value()
        return start if step == 0 else start + (frame - start) // step * step
    if kind == "Retime":
        return _retimed(node, frame)
    return frame


def _retimed(node: Any, frame: float) -> float:
    """The nearest source frame: the fake blends no frames, whatever ``filter`` says."""
    moved = (frame - node._knob("output.first").value()) * node._knob("speed")._at(frame)
    if node._knob("reverse").value():
        return round(node._knob("input.last").value() - moved)
    return round(node._knob("input.first").value() + moved)
