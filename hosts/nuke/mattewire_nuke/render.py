"""A picture that is made in Nuke, as files that the daemon can read: half float EXR in the script's working space.

The files go to Nuke's own temporary folder, one folder for each node, and stay there until the next render of the same
node: a job that goes on after a crash, and a cut-out that is finished again, read them once more.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from mattewire_panel.frames import FrameMap
from mattewire_panel.pixels import Raster
from mattewire_protocol import Plate
from mattewire_protocol.errors import NotWritable, PlateUnreadable

from . import api, plate, timing
from .plate import Source, Span

FOLDER = "mattewire-plates"
_CANCELED = "cancel"


class Stopped(Exception):
    """The artist canceled the render; nothing is wrong."""


def source(node: Any, identity: str, view: str, span: Span) -> Source:
    """Renders what ``node`` shows in ``view``, on the main thread and under Nuke's own progress bar.

    Full size, RGB only, whole bounding box, the script's frame numbers. ``identity``: of the node that asks, for the
    folder's name. Raises ``Stopped``, ``PlateUnreadable`` in Nuke's words, or ``NotWritable``.
    """
    first, last = plate.wanted(node, span)
    folder, name = _folder(identity), _name(node)
    pattern = os.path.join(folder, f"{name}.####.exr").replace("\\", "/")
    _emptied(folder)
    with api.full_size(), api.unrecorded(), node.parent():
        write = api.make("Write", [node], file=pattern, file_type="exr", channels="rgb")
        try:
            write["datatype"].setValue("16 bit half")
            write["compression"].setValue("Zip (1 scanline)")
            write["raw"].setValue(True)  # the working space's numbers, as they are
            api.render(write, first, last, view)
        except RuntimeError as problem:
            if _CANCELED in str(problem).lower():
                raise Stopped from None
            raise PlateUnreadable(
                f"Nuke could not render {node.name()}: {problem}.",
                field="plate",
                advice="Look at the node in the Viewer, and mend what shows an error there.",
            ) from None
        finally:
            api.delete(write)
    form = node.format()
    return Source(
        Plate(pattern, api.working_space()),
        Raster(form.width(), form.height()),
        FrameMap(first, last),
        timing.AS_IS,
        plate.home_folder(node, view),
        (first, last),
    )


def signature(node: Any) -> str:
    """A short text that changes when any node above ``node``, or how they are connected, does."""
    known: dict[str, int] = {}
    lines: list[str] = []
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if at is None or at.fullName() in known:
            continue
        known[at.fullName()] = len(known)
        above = [at.input(index) for index in range(at.inputs())]
        names = [each.fullName() if each is not None else "" for each in above]
        lines.append(f"{at.Class()} {at.fullName()} {names} {_meaning(at)}")
        waiting += above
        if at.Class() == "Group":
            waiting.append(at.output())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


_LOOKS = re.compile(r"^(?:xpos|ypos|selected|tile_color|label|note_font\S*|name|mattewire_\S*|status) ")


def _meaning(node: Any) -> str:
    """The node's knobs without those that change no pixel."""
    if node.Class() == "Group" and node.knob("mattewire_id") is not None:
        return ""  # a MaskSubject above passes the picture on, whatever its own knobs say
    return "\n".join(line for line in node.writeKnobs(0).splitlines() if not _LOOKS.match(line.strip()))


def _folder(identity: str) -> str:
    base = os.environ.get("NUKE_TEMP_DIR") or tempfile.gettempdir()
    return os.path.join(base, FOLDER, identity)


def _name(node: Any) -> str:
    """What ``{shot}`` in an output's name becomes: the name of the plate above, or else of the node."""
    read = plate.read_above(node)
    name = os.path.basename(str(read["file"].value())) if read is not None else str(node.name())
    stem = re.sub(r"(?:[._-]?(?:#+|%0?\d*d|%[Vv]))+|\[.*?\]", "", os.path.splitext(name)[0])
    return re.sub(r"[^\w.-]+", "_", stem).strip("._-") or "plate"


def _emptied(folder: str) -> None:
    try:
        shutil.rmtree(folder, ignore_errors=True)
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise NotWritable(
            f"The plate cannot be rendered to {folder}: {problem.strerror}.",
            field="plate",
            advice="Set NUKE_TEMP_DIR to a folder that can be written.",
        ) from None
