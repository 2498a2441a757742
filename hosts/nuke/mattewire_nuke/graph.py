"""The nodes that carry the mattes: placed once, in one undo step, and brought up to date in place afterwards.

    plate ── MaskSubject ── Copy ── what hung below MaskSubject
                              └── Read (the matte)

A Read holds A alone, raw, over exactly the frames that have mattes, counted as the plate's own Read counts. Layers and
Cryptomatte lie beside it as Reads of their own, with a Shuffle for each object or a Cryptomatte node.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mattewire_protocol import Deliverable

from . import api, knobs, timing
from .plate import Source

GREEN = 0x4D9E5FFF
"""The tile color of what was made here; the same green as a finished frame in the panel."""

COLUMN, ROW = 110, 60
"""Pixels of the node graph between neighbors; Nuke's own ``autoplace`` leaves about as much."""

NEAREST, BLACK, ERROR = "nearest frame", "black", "error"


@dataclass(frozen=True)
class Mattes:
    """What the nodes show. ``patterns``: one sequence for each of ``out``, with ``####``. ``first``, ``last``: plate
    frames. ``missing``: what a Read shows where a frame has no matte. ``label``: under the nodes' names."""

    out: Sequence[Deliverable]
    patterns: Sequence[str]
    first: int
    last: int
    missing: str
    label: str


def place(node: Any, source: Source, mattes: Mattes) -> list[Any]:
    """Makes the nodes that are not there yet, and brings all of them up to date; in one undo step. The nodes.

    What hung below ``node`` hangs below the new Copy afterwards. The selection stays as it was; no Viewer is moved.
    """
    with api.one_step("Mask subject"), node.parent():
        reads = [_read(node, index, source, mattes) for index in range(len(mattes.patterns))]
        copy = _copy(node, reads[0], mattes)
        made = [*reads, copy]
        for index, wanted in enumerate(mattes.out):
            if wanted.content == "layers":
                made += _shuffles(node, reads[index], mattes)
            elif wanted.content == "cryptomatte":
                made += _cryptomatte(node, reads[index])
    return made


def refresh(node: Any, source: Source, mattes: Mattes) -> None:
    """Tells the Reads what has changed while a job runs. No undo step: the artist did nothing."""
    with api.unrecorded():
        for index in range(len(mattes.patterns)):
            read = part(node, f"read{index}")
            if read is None:
                continue
            _range(read, source, mattes)
            read["reload"].execute()


def remove(node: Any) -> int:
    """Takes the nodes away in one undo step; how many there were. What hung below them hangs below ``node``."""
    found = parts(node)
    with api.one_step("Remove mattes"):
        for each in found:
            api.delete(each)
    return len(found)


def parts(node: Any) -> list[Any]:
    """The nodes that carry the mattes of ``node``."""
    own = knobs.hidden(node, knobs.ID)
    return [each for each in api.nodes_in(node.parent()) if own and knobs.hidden(each, knobs.OWNER) == own]


def part(node: Any, role: str) -> Any | None:
    return next((each for each in parts(node) if knobs.hidden(each, knobs.ROLE) == role), None)


def claim(node: Any) -> bool:
    """Makes sure that no other node has the identity of ``node``; True when it got a new one.

    Copy and paste gives two nodes one identity. The original keeps it: the one that its Copy hangs on.
    """
    own = knobs.hidden(node, knobs.ID)
    twins = [
        each
        for each in api.nodes_in(api.root(), "Group", deep=True)
        if each.fullName() != node.fullName() and knobs.hidden(each, knobs.ID) == own
    ]
    copy = part(node, "copy")
    if not twins or (copy is not None and copy.input(0) is not None and copy.input(0).fullName() == node.fullName()):
        return False
    with api.unrecorded():
        for name in (knobs.TICKET, knobs.STATE, knobs.RENDERED, knobs.KEPT):
            knobs.hide(node, name, "")
        knobs.hide(node, knobs.ID, os.urandom(6).hex())
    return True


def _read(node: Any, index: int, source: Source, mattes: Mattes) -> Any:
    read = part(node, f"read{index}")
    if read is None:
        read = _own(api.make("Read"), node, f"read{index}")
        read.setXYpos(node.xpos() + COLUMN * (index + 1), node.ypos())
    wanted = mattes.out[index]
    cutout = wanted.content == "cutout"
    read["file"].setValue(mattes.patterns[index].replace("\\", "/"))
    _range(read, source, mattes)
    for name, value in timing.read_knobs(source.expression, source.frames).items():
        _set(read, name, value)
    _set(read, "raw", source.raw if cutout else True)
    if cutout:
        _set(read, "colorspace", source.colorspace)
    _looks(read, mattes)
    return read


def _range(read: Any, source: Source, mattes: Mattes) -> None:
    """Exactly the frames that have mattes. Beyond them black, but where the plate ends, what the plate shows there."""
    for name, value in (("first", mattes.first), ("last", mattes.last)):
        _set(read, name, value)
        _set(read, f"orig{name}", value)
    _set(read, "origset", True)
    _set(read, "before", source.before if mattes.first <= source.files[0] else BLACK)
    _set(read, "after", source.after if mattes.last >= source.files[1] else BLACK)
    _set(read, "on_error", mattes.missing)


def _copy(node: Any, read: Any, mattes: Mattes) -> Any:
    copy = part(node, "copy")
    if copy is None:
        below = [(each, at) for each in node.dependent() for at in range(each.inputs()) if _same(each.input(at), node)]
        copy = _own(api.make("Copy", [node, read]), node, "copy")
        copy.setXYpos(node.xpos(), node.ypos() + ROW)
        for each, at in below:
            if each.Class() != "Viewer":
                each.setInput(at, copy)
    _set(copy, "from0", "rgba.red" if mattes.out[0].format.startswith("png") else "rgba.alpha")
    _set(copy, "to0", "rgba.alpha")
    _looks(copy, mattes)
    return copy


def _shuffles(node: Any, read: Any, mattes: Mattes) -> list[Any]:
    """One Shuffle for each object: its layer as the alpha."""
    made = []
    layers = sorted({name.split(".")[0] for name in read.channels()} - {"rgba"})
    for number, layer in enumerate(layers):
        shuffle = part(node, f"object {layer}")
        if shuffle is None:
            shuffle = _own(api.make("Shuffle2", [read]), node, f"object {layer}")
            shuffle.setXYpos(read.xpos() + COLUMN * number, read.ypos() + ROW * 2)
        channel = next(name for name in read.channels() if name.startswith(f"{layer}."))
        shuffle["in1"].setValue(layer)
        shuffle["mappings"].setValue([(0, channel, "rgba.alpha")])
        _set(shuffle, "label", layer)
        _set(shuffle, "tile_color", GREEN)
        made.append(shuffle)
    for each in parts(node):  # objects that the newer mattes do not have
        role = knobs.hidden(each, knobs.ROLE)
        if role.startswith("object ") and role[7:] not in layers:
            api.delete(each)
    return made


def _cryptomatte(node: Any, read: Any) -> list[Any]:
    picker = part(node, "cryptomatte")
    if picker is None:
        try:
            picker = api.make("Cryptomatte", [read])
        except (RuntimeError, AttributeError):
            return []  # a Nuke before 13 without the gizmo: the Read is there all the same
        _own(picker, node, "cryptomatte")
        picker.setXYpos(read.xpos(), read.ypos() + ROW * 2)
        _set(picker, "tile_color", GREEN)
    return [picker]


def _own(made: Any, node: Any, role: str) -> Any:
    knobs.hide(made, knobs.OWNER, knobs.hidden(node, knobs.ID))
    knobs.hide(made, knobs.ROLE, role)
    return made


def _looks(each: Any, mattes: Mattes) -> None:
    _set(each, "tile_color", GREEN)
    _set(each, "label", mattes.label)


def _set(node: Any, name: str, value: Any) -> None:
    """Only when it differs: each setting is a line of Nuke's undo and makes it think again."""
    if node[name].value() != value:
        node[name].setValue(value)


def _same(one: Any, other: Any) -> bool:
    return one is not None and one.fullName() == other.fullName()


# --- the fallback --------------------------------------------------------------------------------------------


def snippet(source: Source, mattes: Mattes) -> str:
    """The same Read and Copy as text of a script, for the clipboard: paste it below the plate.

    Written without Nuke's help, so that it works where its API does not.
    """
    frame = timing.read_knobs(source.expression, source.frames)
    lines = ["set cut_paste_input [stack 0]", "version 13.0 v1"]
    for index in reversed(range(len(mattes.patterns))):  # the last one pushed is the Copy's own
        values: dict[str, Any] = {
            "inputs": 0,
            "file": mattes.patterns[index].replace("\\", "/"),
            "first": mattes.first,
            "last": mattes.last,
            "origfirst": mattes.first,
            "origlast": mattes.last,
            "origset": "true",
            **{name: value for name, value in frame.items() if value},
            "before": BLACK,
            "after": BLACK,
            "on_error": mattes.missing,
            "raw": "true",
            "tile_color": f"0x{GREEN:x}",
            "label": mattes.label,
        }
        lines += _node_text("Read", values)
    channel = "rgba.red" if mattes.out[0].format.startswith("png") else "rgba.alpha"
    lines.append("push $cut_paste_input")
    lines += _node_text("Copy", {"inputs": 2, "from0": channel, "to0": "rgba.alpha", "label": mattes.label})
    return "\n".join(lines) + "\n"


def _node_text(class_name: str, values: dict[str, Any]) -> list[str]:
    return [f"{class_name} {{", *(f" {name} {_word(value)}" for name, value in values.items()), "}"]


def _word(value: Any) -> str:
    text = str(value)
    if text and re.fullmatch(r"[\w./:#,+-]+", text):
        return text
    escaped = re.sub(r'([\\"\[\]${}])', r"\\\1", text).replace("\n", "\\n")
    return f'"{escaped}"'
