"""What is above a node: the files of a Read as they lie on disk, or a picture that has to be rendered first.

Where every node up to a Read passes the picture on, the daemon gets the Read's own files: nothing is rendered, and the
plate's numbers stay as they are. Everything else (a grade, a reformat, a retime with blends) counts as part of the
picture, and is rendered.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mattewire_panel.files import file_of
from mattewire_panel.frames import FrameMap
from mattewire_panel.pixels import Raster
from mattewire_protocol import Plate
from mattewire_protocol.errors import BadField, FrameMissing, PlateNotFound

from . import api, timing

LONGEST_WALK = 1000
"""Nodes between a plate and its Read: more is a script that leads in circles."""

MOVIES = (".mov", ".mp4", ".m4v", ".mxf", ".mkv", ".avi", ".webm")
_HEADER_BYTES = 65536
_MULTIPART = 0x10
"""Bit 12 of the version field, in its second byte."""
_COLOR = {"rgba.red", "rgba.green", "rgba.blue"}
_PASSES = {"Dot", "NoOp", "Write", "Output", "PostageStamp", "Viewer"}


@dataclass(frozen=True)
class Span:
    """The frames wanted, in the script's numbers: of the ``input``, the ``global`` range, or ``custom``."""

    kind: str = "input"
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class Lead:
    """A Read that a node shows unchanged, and which file at which frame."""

    read: Any
    expression: str
    view: str


@dataclass(frozen=True)
class Source:
    """A plate as the daemon takes it, and how the script sees it.

    ``raster``: knob pixels to plate pixels. ``frames``: the script's frames to the plate's; ``expression`` says the
    same as a Read's frame expression. ``before``, ``after``: what the plate's Read shows outside of its own files
    ``files`` (first, last). ``folder``: where a relative output begins.
    """

    plate: Plate
    raster: Raster
    frames: FrameMap
    expression: str
    folder: str
    files: tuple[int, int]
    before: str = "black"
    after: str = "black"
    colorspace: str = "default"
    raw: bool = False


def lead(node: Any, view: str) -> Lead | None:
    """The Read that ``node`` shows as it is in ``view``; None when the picture is made on the way.

    Raises ``BadField`` where an input is missing.
    """
    expression, at = timing.AS_IS, node
    for _ in range(LONGEST_WALK):
        kind = at.Class()
        try:
            if kind == "Read":
                return _of_read(at, expression, view)
            step = _step(at, kind, view)
            if step is None:
                return None
            above, moved, view = step
            expression = timing.through(moved, expression)
        except ValueError:  # animated, an expression, or a time that is not arithmetic
            return None
        if above is None:
            raise no_input(at)
        at = above
    return None


def no_input(node: Any) -> BadField:
    return BadField(
        f"{node.name()} has no input.", field="plate", advice="Connect it below the plate, then press Mask subject."
    )


def _of_read(read: Any, expression: str, view: str) -> Lead | None:
    if fixed(read, "disable", False):
        return None  # a disabled Read is black
    own = timing.of_read(fixed(read, "frame_mode"), read["frame"].value(), int(fixed(read, "first")))
    return Lead(read, timing.through(own, expression), view)


def _step(node: Any, kind: str, view: str) -> tuple[Any, str, str] | None:
    """The node above, the frame that it is asked for, and the view; None when ``node`` changes the picture."""
    if node.knob("disable") is not None and fixed(node, "disable"):
        return node.input(0), timing.AS_IS, view
    if kind in _PASSES or _keeps_color(node, kind):
        return node.input(0), timing.AS_IS, view
    if kind == "Input":
        group = node.parent()
        return group.input(int(node["number"].value())), timing.AS_IS, view
    if kind == "OneView":
        return node.input(0), timing.AS_IS, str(node["view"].value())
    if kind == "JoinViews":
        return node.input(api.views().index(view)), timing.AS_IS, view
    if kind == "Switch":
        return node.input(int(fixed(node, "which"))), timing.AS_IS, view
    if hasattr(node, "output"):
        inside = node.output()
        return None if inside is None else (inside, timing.AS_IS, view)
    moved = _moved(node, kind)
    return None if moved is None else (node.input(0), moved, view)


def _keeps_color(node: Any, kind: str) -> bool:
    """A Copy that only changes the alpha, as of a matte made before: the next subject is masked on the same plate."""
    if kind != "Copy" or node["channels"].value() != "none":
        return False
    targets = {node[f"to{number}"].value() for number in range(4) if node[f"from{number}"].value() != "none"}
    return not targets & _COLOR and node.input(0) is not None


def _moved(node: Any, kind: str) -> str | None:
    """The frame that a time node asks its input for; None when it may blend frames, or is not known here."""
    if kind == "TimeOffset" and not fixed(node, "reverse_input"):
        return f"frame - ({fixed(node, 'time_offset'):g})"
    if kind == "FrameHold" and node.knob("first_frame") is not None:
        first, step = fixed(node, "first_frame"), fixed(node, "increment")
        return f"{first:g} + floor((frame - ({first:g})) / {step:g}) * {step:g}" if step else f"{first:g}"
    if kind == "Retime" and fixed(node, "before") == fixed(node, "after") == "continue":
        start, speed = fixed(node, "output.first"), fixed(node, "speed")
        if fixed(node, "reverse"):
            return f"{fixed(node, 'input.last'):g} - (frame - ({start:g})) * ({speed:g})"
        return f"{fixed(node, 'input.first'):g} + (frame - ({start:g})) * ({speed:g})"
    return None


def fixed(node: Any, name: str, without: Any = None) -> Any:
    """The value of a knob that is the same at every frame; ``without`` it where the node has none.

    ``ValueError`` where it is animated, or an expression.
    """
    knob = node.knob(name)
    if knob is None:
        if without is None:
            raise ValueError(f"{node.name()} has no knob {name}")
        return without
    if knob.isAnimated() or knob.hasExpression():
        raise ValueError(f"{node.name()}.{name} is animated")
    return knob.value()


def on_disk(node: Any, found: Lead, span: Span) -> Source:
    """The files of ``found`` as the plate over which ``node`` shows them.

    Raises ``PlateNotFound`` or ``FrameMissing`` for a Read whose file is not there, ``RangeOutsidePlate`` when no
    wanted frame shows it, and ``ValueError`` when frames do not fall on files: then it has to be rendered.
    """
    read = found.read
    path = _absolute(_file_text(read))
    if not path:
        raise PlateNotFound(f"{read.name()} has no file.", field="plate", advice="Choose the plate's file in it.")
    files = (int(read["first"].value()), int(read["last"].value()))
    frames = timing.mapped(found.expression, *wanted(node, span), files)
    here = path.replace("%V", found.view).replace("%v", found.view[:1])
    _check_there(read, here, frames.plate(frames.first))
    view = found.view if "%V" in path or found.view in views_in(_one_file(here, frames.plate(frames.first))) else ""
    form = read.format()
    return Source(
        Plate(path if "%V" in path else here, plate_colorspace(read), view),
        Raster(form.width(), form.height()),  # knobs hold full-size pixels, in proxy mode too
        frames,
        found.expression,
        os.path.dirname(here),
        files,
        str(read["before"].value()),
        str(read["after"].value()),
        str(read["colorspace"].value()),
        bool(read["raw"].value()),
    )


def wanted(node: Any, span: Span) -> tuple[int, int]:
    """First and last frame of ``span``, in the script's numbers. ``BadField`` when they are the wrong way round."""
    if span.kind == "global":
        return int(api.root().firstFrame()), int(api.root().lastFrame())
    if span.kind == "input":
        return int(node.firstFrame()), int(node.lastFrame())
    if span.last < span.first:
        raise BadField(f"{span.last} comes before {span.first}.", field="last", advice="Swap the two frames.")
    return span.first, span.last


def plate_colorspace(read: Any) -> str:
    """What the numbers in the files mean, by name; empty where Nuke itself takes its default without naming it.

    A raw Read hands its numbers on as if they were in the script's working space.
    """
    if read["raw"].value():
        return api.working_space()
    chosen = str(read["colorspace"].value())
    return "" if chosen == "default" else chosen


def _file_text(read: Any) -> str:
    """The file name with its counter. ``nuke.filename`` fills in TCL, but in proxy mode may name the proxy's file."""
    text = str(read["file"].value())
    if "[" not in text:
        return text
    with api.full_size():
        return api.file_of(read)


def _absolute(path: str) -> str:
    return path if not path or os.path.isabs(path) else os.path.join(api.project_folder() or api.script_folder(), path)


def _one_file(pattern: str, frame: int) -> str:
    padded = re.sub(r"%0?(\d*)d", lambda found: "#" * int(found.group(1) or 1), pattern)
    return file_of(padded, frame)


def _check_there(read: Any, pattern: str, frame: int) -> None:
    path = _one_file(pattern, frame)
    if os.path.exists(path):
        return
    if path == pattern or not os.path.isdir(os.path.dirname(path)):
        raise PlateNotFound(f"The file of {read.name()} is not there: {path}.", field="plate")
    raise FrameMissing(f"Frame {frame} of {read.name()} is not there: {path}.", field="plate")


def views_in(path: str) -> list[str]:
    """The views that an EXR says it holds; none for other files.

    From the attributes ``multiView`` (a string vector) and ``view`` (a string) of its headers, laid out as the OpenEXR
    File Layout document says: name, type, size, value; an empty name ends a header, a second one the last of several.
    """
    if not path.lower().endswith(".exr"):
        return []
    with Path(path).open("rb") as file:
        data = file.read(_HEADER_BYTES)
    views: list[str] = []
    at = 8  # after the magic number and the version
    while at < len(data):
        name, at = _word(data, at)
        if not name:
            if data[at : at + 1] == b"\x00" or not data[4:8][1] & _MULTIPART:
                break
            continue
        kind, at = _word(data, at)
        size = int.from_bytes(data[at : at + 4], "little")
        value, at = data[at + 4 : at + 4 + size], at + 4 + size
        if (name, kind) == ("view", "string"):
            views.append(value.decode("utf-8", "replace"))
        elif (name, kind) == ("multiView", "stringvector"):
            views += _texts(value)
    return views


def _word(data: bytes, at: int) -> tuple[str, int]:
    end = data.find(b"\x00", at)
    end = len(data) if end < 0 else end
    return data[at:end].decode("latin-1"), end + 1


def _texts(value: bytes) -> list[str]:
    texts, at = [], 0
    while at + 4 <= len(value):
        size = int.from_bytes(value[at : at + 4], "little")
        texts.append(value[at + 4 : at + 4 + size].decode("utf-8", "replace"))
        at += 4 + size
    return texts


def read_above(node: Any) -> Any:
    """The first Read above ``node``, whatever lies between; None when there is none. For names and folders only."""
    seen: set[str] = set()
    waiting = [node]
    while waiting:
        at = waiting.pop(0)
        if at is None or at.fullName() in seen:
            continue
        seen.add(at.fullName())
        if at.Class() == "Read":
            return at
        waiting += [at.input(index) for index in range(at.inputs())]
    return None


def home_folder(node: Any, view: str) -> str:
    """Where the mattes of a rendered plate go when the output is relative: beside the Read's files, or the script."""
    read = read_above(node)
    path = _absolute(_file_text(read)).replace("%V", view).replace("%v", view[:1]) if read is not None else ""
    return os.path.dirname(path) or api.script_folder() or api.project_folder() or os.path.expanduser("~")


def narrowed(source: Source, first: int, last: int) -> Source:
    """The same plate for fewer of the script's frames."""
    return replace(source, frames=source.frames.within(first, last))
