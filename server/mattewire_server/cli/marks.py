"""What people type for boxes and points, turned into the request's own parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mattewire_protocol.errors import BadField
from mattewire_protocol.request import Box, Point

_NUMBER = r"-?\d+(?:\.\d+)?"
_BOX = re.compile(rf"({_NUMBER}),({_NUMBER}),({_NUMBER}),({_NUMBER})@(-?\d+)(?::(\d+))?\Z")
_POINT = re.compile(rf"({_NUMBER}),({_NUMBER})@(-?\d+):(keep|drop)(?::(\d+))?\Z")


def box(text: str) -> Box:
    """``x0,y0,x1,y1@FRAME`` or ``x0,y0,x1,y1@FRAME:OBJECT``. ``BadField`` says how to write one."""
    match = _BOX.match(text.replace(" ", ""))
    if match is None:
        raise BadField(
            f"{text!r} is not a box.", field="--box", advice="Write x0,y0,x1,y1@FRAME, as in 100,80,400,520@1001."
        )
    x0, y0, x1, y1 = (float(each) for each in match.groups()[:4])
    with typed("--box", text):
        return Box(int(match[5]), x0, y0, x1, y1, int(match[6] or 1))


def point(text: str) -> Point:
    """``x,y@FRAME:keep`` or ``x,y@FRAME:drop``, with ``:OBJECT`` after it for another object than 1."""
    match = _POINT.match(text.replace(" ", ""))
    if match is None:
        raise BadField(f"{text!r} is not a point.", field="--point", advice="Write x,y@FRAME:keep or x,y@FRAME:drop.")
    with typed("--point", text):
        return Point(int(match[3]), float(match[1]), float(match[2]), match[4] == "keep", int(match[5] or 1))


@contextmanager
def typed(option: str, text: str) -> Iterator[None]:
    """A value out of range is told with the option and what was typed, not with the message's own field."""
    try:
        yield
    except BadField as problem:
        raise BadField(f"in {text!r}, {problem.field} {problem.message}", field=option) from None
