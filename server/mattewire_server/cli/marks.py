"""What people type for boxes, points, formats and outputs, turned into the request's own parts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField, UnknownFormat
from mattewire_protocol.request import Box, Point

from ..mattes import SUFFIX

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
    with _typed("--box", text):
        return Box(int(match[5]), x0, y0, x1, y1, int(match[6] or 1))


def point(text: str) -> Point:
    """``x,y@FRAME:keep`` or ``x,y@FRAME:drop``, with ``:OBJECT`` after it for another object than 1."""
    match = _POINT.match(text.replace(" ", ""))
    if match is None:
        raise BadField(f"{text!r} is not a point.", field="--point", advice="Write x,y@FRAME:keep or x,y@FRAME:drop.")
    with _typed("--point", text):
        return Point(int(match[3]), float(match[1]), float(match[2]), match[4] == "keep", int(match[5] or 1))


@contextmanager
def _typed(option: str, text: str) -> Iterator[None]:
    """A value out of range is told with the option and what was typed, not with the message's own field."""
    try:
        yield
    except BadField as problem:
        raise BadField(f"in {text!r}, {problem.field} {problem.message}", field=option) from None


def deliverables(out: str, formats: str) -> list[Deliverable]:
    """One deliverable for each format named; without any, the suffix of ``out`` decides (``.png`` is 16-bit).

    The suffix follows the format, so that ``--out m.####.exr --format exr,png8`` writes both kinds side by side.
    """
    stem, suffix = os.path.splitext(os.path.abspath(os.path.expanduser(out)))
    chosen = [each.strip() for each in formats.split(",") if each.strip()] or _by_suffix(suffix)
    for each in chosen:
        if each not in SUFFIX:
            raise UnknownFormat(
                f"{each!r} is not a format.", field="--format", advice=f"Choose {_either(list(SUFFIX))}."
            )
    paths = [stem + (SUFFIX[each] if suffix.lower() in set(SUFFIX.values()) else suffix) for each in chosen]
    if len(set(paths)) < len(paths):
        raise BadField(
            f"{' and '.join(chosen)} would have the same file names.",
            field="--format",
            advice="Ask for them in two runs with different names.",
        )
    return [Deliverable(path, each) for path, each in zip(paths, chosen, strict=True)]


def _by_suffix(suffix: str) -> list[str]:
    found = {".exr": "exr", ".png": "png16"}.get(suffix.lower())
    if found is None:
        raise BadField(
            f"the format of {suffix or 'a name without suffix'!r} is not known.",
            field="--out",
            advice="End it in .exr or .png, as in mattes/ball.####.exr.",
        )
    return [found]


def _either(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + f" or {words[-1]}"
