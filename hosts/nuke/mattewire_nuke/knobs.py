"""The knobs of a MaskSubject node: how they are made, and what they ask for.

They are plain user knobs of a plain Group, so a script opens and renders where Mattewire is not installed.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mattewire_panel.frames import FrameMap
from mattewire_panel.pixels import Raster
from mattewire_panel.prefs import Preferences
from mattewire_panel.wish import EDGE_CHOICES, HOLDOUT, MOTION_BLUR, Wish, depth_of, edges_of
from mattewire_protocol import Box, CleanUp, Deliverable, Point
from mattewire_protocol.errors import BadField

from . import api
from .plate import Source, Span

ID, TICKET, STATE, RENDERED, KEPT = (
    "mattewire_id", "mattewire_ticket", "mattewire_state", "mattewire_rendered", "mattewire_kept",
)  # fmt: skip
"""Hidden knobs: the node's own identity, its job's ticket and last known state, what a rendered plate was made from,
and the boxes that were kept of a detection."""

OWNER, ROLE = "mattewire_owner", "mattewire_role"
"""Hidden knobs on the nodes that carry the mattes: whose they are, and what for."""

FORMATS = {
    "EXR matte": "matte",
    "EXR layers": "layers",
    "Cryptomatte": "cryptomatte",
    "EXR cut-out": "cutout",
    "PNG matte": "png",
}
"""Words of the format knob, and what each is in ``deliverables``."""

FINISH = ("remove_specks", "fill_holes", "close", "smooth", "temporal", "dilate", "feather")

_PRESS = (
    "try:\n    import mattewire_nuke\n    mattewire_nuke.ready()\n    from mattewire_nuke import node\n"
    "except ImportError as problem:\n    nuke.message('Mattewire is not installed here: %s' % problem)\n"
    "else:\n    node.pressed({name!r})"
)

BUTTONS = {
    "detect": ("Detect", "Looks for the words on the keyframe and shows the boxes. Click one to keep or drop it."),
    "mask": ("Mask subject", "Tracks the subject through the range; a Read with the matte appears as it grows."),
    "stop": ("Stop", "Stops the job. Finished mattes are kept."),
    "update": ("Update", "Finishes the mattes again after a change in clean-up or format, without tracking."),
    "remove": ("Remove", "Takes the nodes of the mattes out of the script. The files stay."),
    "start_daemon": ("Start daemon", "Starts the Mattewire daemon on this machine."),
    "add_point": ("Add point", "A point on the subject, or off it. Drag it in the Viewer; key it on several frames."),
    "add_box": ("Add box", "A box around the subject. Drag it in the Viewer; key it on several frames."),
    "roto": ("Make Roto", "Turns the mattes into editable splines in a Roto node, few points and sparse keys."),
    "here": ("This frame", "Makes the current frame the keyframe."),
}


def add_all(node: Any, preferences: Preferences, engines: Sequence[str]) -> None:
    """Gives the group ``node`` its knobs, at the preferences' values."""
    first = _enumeration("engine", "engine", list(dict.fromkeys([preferences.engine, *engines])))
    quality = _enumeration("quality", "quality", ["final", "draft"])
    quality.setValue(preferences.quality)
    out = api.make_knob("File_Knob", "out", "files")
    out.setValue(preferences.out)
    rows: list[Any] = [
        api.make_knob("Tab_Knob", "mask_subject", "Mask Subject"),
        _text("prompt", "mask", "What to mask, in a few words; several subjects with commas between."),
        _text("exclude", "leave out", "What must not be in the matte though the words fit it."),
        _enumeration("pick", "of several", ["best", "all", "kept boxes"]),
        _button("detect"),
        _button("mask", new_line=True),
        _button("stop"),
        _button("update"),
        _button("remove"),
        _button("start_daemon"),
        api.make_knob("Text_Knob", "status", "", " "),
        _divider("frames_divider", "frames"),
        _enumeration("range", "range", ["input", "global", "custom"]),
        _whole("first", "first"),
        _whole("last", "last"),
        api.make_knob("Boolean_Knob", "use_keyframe", "keyframe"),
        _whole("keyframe", ""),
        _button("here"),
        _enumeration("view", "view", api.views()),
        _divider("marks_divider", "points and boxes"),
        _button("add_point", new_line=True),
        _button("add_box"),
        api.make_knob("Tab_Knob", "engine_tab", "Engine"),
        first,
        quality,
        _number("box_threshold", "box threshold", 0, 1, "Least score of a match; 0 is the engine's own."),
        _number("text_threshold", "word threshold", 0, 1, "Least score of a word; 0 is the engine's own."),
        _number("refine_below", "look closer below", 0, 1, "Score under which a frame is looked at closer; 0: never."),
        _whole("redetect_every", "look again every", "Frames after which the words are looked for again; 0: never."),
        _boolean("roi", "follow with a crop", "For large plates: the engine sees a crop that follows each subject."),
        api.make_knob("Tab_Knob", "finish_tab", "Finish"),
        *_edges(),
        _number("remove_specks", "remove specks", 0, 100, "Largest speck removed, plate pixels across."),
        _number("fill_holes", "fill holes", 0, 100, "Largest hole filled, plate pixels across."),
        _number("close", "close gaps", 0, 50, "Widest gap closed, plate pixels."),
        _number("smooth", "smooth", 0, 50, "Size of the wiggles taken off the contour, plate pixels."),
        _whole("temporal", "steady", "Frames on either side that an edge is steadied by, up to 5."),
        _number("dilate", "dilate", -50, 50, "Plate pixels that the edge moves outward; below 0 inward."),
        _number("feather", "feather", 0, 50, "Width over which the edge is softened, plate pixels."),
        api.make_knob("Tab_Knob", "output_tab", "Output"),
        _enumeration("format", "format", list(FORMATS)),
        out,
        _divider("roto_divider", "roto"),
        _number("tolerance", "tolerance", 0, 5, "Plate pixels that a spline may lie off the matte's edge; 0: 0.75."),
        _button("roto"),
        *(_hidden(name) for name in (ID, TICKET, STATE, RENDERED, KEPT)),
    ]
    for knob in rows:
        node.addKnob(knob)
    out.setTooltip("Where mattes go. {shot}, {version}, {object} and {view} are filled in; relative to the plate.")
    node["holdout"].setVisible(False)
    node[ID].setValue(uuid.uuid4().hex[:12])


def _edges() -> list[Any]:
    return [
        _enumeration("edges", "edges", list(EDGE_CHOICES.values())),
        _boolean("motion_blur", _small(MOTION_BLUR), "For streaks: the edge may be softer along the motion."),
        _boolean("holdout", _small(HOLDOUT), "What stands nearer to the camera than the subject is cut out of it."),
    ]


def hide(node: Any, name: str, text: str) -> None:
    """Puts ``text`` into a hidden knob of ``node``, which gets one where it has none."""
    if node.knob(name) is None:
        node.addKnob(_hidden(name))
    node[name].setValue(text)


def hidden(node: Any, name: str) -> str:
    """The text of a hidden knob; empty without one."""
    knob = node.knob(name)
    return str(knob.value()) if knob is not None else ""


def is_mask_subject(node: Any) -> bool:
    return node.Class() == "Group" and node.knob(ID) is not None and node.knob("prompt") is not None


def offer(node: Any, engines: Sequence[str], depth: bool = False) -> None:
    """The engines and views that there are now; the chosen ones stay, whether they are among them or not.

    ``depth``: whether there is a depth engine; without one its check box is hidden, unless it is set.
    """
    if node.knob("holdout") is not None:
        node["holdout"].setVisible(depth or bool(node["holdout"].value()))
    for name, there in (("engine", engines), ("view", api.views())):
        knob = node[name]
        words = list(dict.fromkeys([*there, knob.value()])) if name == "engine" else list(there)
        if there and words != list(knob.values()):
            knob.setValues(words)


def add_point(node: Any, x: float, y: float, keep: bool = True, number: int = 1) -> Any:
    """A new point knob at ``x``, ``y`` in Nuke's pixels, with its own keep or drop, for object ``number``."""
    name = f"point{_next(node, 'point')}"
    place = api.make_knob("XY_Knob", name, name.replace("t", "t "))
    for knob in (place, _enumeration(f"{name}_use", "", ["keep", "drop", "off"]), _whole(f"{name}_object", "object")):
        node.addKnob(knob)
    place.setValue([x, y])
    node[f"{name}_use"].setValue("keep" if keep else "drop")
    node[f"{name}_object"].setValue(number)
    return place


def add_box(node: Any, x: float, y: float, r: float, t: float, number: int = 1) -> Any:
    """A new box knob in Nuke's pixels, left, bottom, right, top, for object ``number``."""
    name = f"box{_next(node, 'box')}"
    place = api.make_knob("BBox_Knob", name, name.replace("x", "x "))
    for knob in (place, _enumeration(f"{name}_use", "", ["keep", "off"]), _whole(f"{name}_object", "object")):
        node.addKnob(knob)
    place.setValue([x, y, r, t])
    node[f"{name}_object"].setValue(number)
    return place


def span(node: Any) -> Span:
    return Span(str(node["range"].value()), int(node["first"].value()), int(node["last"].value()))


def wish(node: Any, source: Source, depth_engine: str = "") -> Wish:
    """What the knobs ask for, in plate frames and plate pixels. ``BadField`` for a mark that cannot be.

    ``depth_engine``: what the knob for things in front stands for.
    """
    frames = source.frames
    host = int(node["keyframe"].value())
    keyframe = frames.plate(host) if node["use_keyframe"].value() and host in frames.host_frames else None
    picked = str(node["pick"].value())
    marked_on = keyframe if keyframe is not None else frames.plate(frames.first)
    return Wish(
        prompt=str(node["prompt"].value()),
        exclude=str(node["exclude"].value()),
        pick="best" if picked == "kept boxes" else picked,
        kept=tuple(kept_boxes(node)) if picked == "kept boxes" else (),
        boxes=boxes(node, source.raster, frames, marked_on),
        points=points(node, source.raster, frames, marked_on),
        keyframe=keyframe,
        engine=str(node["engine"].value()),
        quality=str(node["quality"].value()),
        box_threshold=node["box_threshold"].value() or None,
        text_threshold=node["text_threshold"].value() or None,
        redetect_every=int(node["redetect_every"].value()),
        refine_below=node["refine_below"].value() or None,
        roi=bool(node["roi"].value()),
        clean_up=clean_up(node),
        edges=edges_of(_edge_method(node), bool(_value(node, "motion_blur"))),
        depth=depth_of(bool(_value(node, "holdout")), depth_engine),
        ocio=api.ocio_config(),
        label=str(node["prompt"].value())[:256],
    )


def clean_up(node: Any) -> CleanUp:
    """``BadField`` with the knob's name for a value that no clean-up can have."""
    values = {name: node[name].value() for name in FINISH}
    try:
        return replace(CleanUp(), **{**values, "temporal": int(values["temporal"])})
    except BadField as problem:
        label = node[problem.field].label() if problem.field in FINISH else problem.field
        raise BadField(f"{label} {problem.message}", field="clean_up", advice="Correct it on the Finish tab.") from None


def _edge_method(node: Any) -> str:
    return next((name for name, words in EDGE_CHOICES.items() if words == _value(node, "edges")), "guided")


def _value(node: Any, name: str) -> Any:
    """None for a knob that a node of an earlier release does not have."""
    return node[name].value() if node.knob(name) is not None else None


def kept_boxes(node: Any) -> list[int]:
    """Numbers of the matches that the artist kept in the picture."""
    text = hidden(node, KEPT)
    return [int(number) for number in json.loads(text)] if text else []


def points(node: Any, raster: Raster, frames: FrameMap, marked_on: int) -> list[Point]:
    """The point knobs: those with keys on each keyed frame that is in the range, others on ``marked_on``."""
    found: dict[tuple[str, int], Point] = {}
    for name in _marks(node, "point"):
        use = node[f"{name}_use"].value()
        if use == "off":
            continue
        for plate, at in _frames_of(node[name], frames, marked_on):
            x, y = raster.point(node[name].valueAt(at, 0), node[name].valueAt(at, 1))
            found[name, plate] = Point(plate, x, y, use == "keep", int(node[f"{name}_object"].value()))
    return list(found.values())


def boxes(node: Any, raster: Raster, frames: FrameMap, marked_on: int) -> list[Box]:
    """The box knobs, likewise. Raises ``BadField`` for one without an inside."""
    found: dict[tuple[str, int], Box] = {}
    for name in _marks(node, "box"):
        if node[f"{name}_use"].value() == "off":
            continue
        for plate, at in _frames_of(node[name], frames, marked_on):
            x0, y0, x1, y1 = raster.box(*(node[name].valueAt(at, part) for part in range(4)))
            if x0 == x1 or y0 == y1:
                raise BadField(
                    f"{name} has no inside on frame {at:g}.",
                    field="boxes",
                    advice="Drag its corners, or switch it off.",
                )
            found[name, plate] = Box(plate, x0, y0, x1, y1, int(node[f"{name}_object"].value()))
    return list(found.values())


def _frames_of(knob: Any, frames: FrameMap, marked_on: int) -> list[tuple[int, float]]:
    """(plate frame, script's frame) on which a mark stands."""
    if not knob.isAnimated():
        host = frames.host(marked_on)
        return [(marked_on, frames.first if host is None else host)]
    keys = [int(frame) for frame in knob.getKeyList() if int(frame) in frames.host_frames]
    return [(frames.plate(frame), frame) for frame in keys]


def _marks(node: Any, kind: str) -> list[str]:
    return sorted(
        (name for name in node.knobs() if re.fullmatch(rf"{kind}\d+", name)), key=lambda name: int(name[len(kind) :])
    )


def _next(node: Any, kind: str) -> int:
    return max((int(name[len(kind) :]) for name in _marks(node, kind)), default=0) + 1


def deliverables(chosen: str, path: str) -> list[Deliverable]:
    """The files for a word of the format knob. ``path``: absolute, with its counter; the suffix follows the format.

    Layers and Cryptomatte come with the plain matte beside them, which is what the alpha is wired to.
    """
    stem = re.sub(r"\.(?:exr|png|tiff?)$", "", path, flags=re.IGNORECASE)
    content = FORMATS[chosen]
    if content == "png":
        return [Deliverable(f"{stem}.png", "png16")]
    if content == "cutout":
        return [Deliverable(f"{stem}.exr", content="cutout")]
    matte = Deliverable(f"{stem}.exr")
    if content == "matte":
        return [matte]
    return [matte, Deliverable(f"{_with_word(stem, content)}.exr", content=content)]


def splines_beside(pattern: str) -> str:
    """Where the splines of a matte sequence go: ``a/ball_v001.####.exr`` -> ``a/ball_v001.splines.json``."""
    stem = os.path.splitext(pattern)[0]
    return re.sub(r"[._-]?(?:#+|%0?\d*d)", "", stem) + ".splines.json"


def _with_word(stem: str, word: str) -> str:
    """``a_v001.####`` -> ``a_v001_layers.####``."""
    found = re.search(r"[._-]?(?:#+|%0?\d*d)", stem)
    return f"{stem}_{word}" if found is None else f"{stem[: found.start()]}_{word}{stem[found.start() :]}"


def _small(words: str) -> str:
    """Nuke's labels begin small."""
    return words[:1].lower() + words[1:]


def _text(name: str, label: str, tooltip: str) -> Any:
    knob = api.make_knob("String_Knob", name, label)
    knob.setTooltip(tooltip)
    return knob


def _number(name: str, label: str, low: float, high: float, tooltip: str) -> Any:
    knob = api.make_knob("Double_Knob", name, label)
    knob.setRange(low, high)
    knob.setTooltip(tooltip)
    return knob


def _whole(name: str, label: str, tooltip: str = "") -> Any:
    knob = api.make_knob("Int_Knob", name, label)
    knob.setTooltip(tooltip)
    if not label or name.endswith("_object") or name == "last":
        knob.clearFlag(api.NEW_LINE)
    return knob


def _boolean(name: str, label: str, tooltip: str) -> Any:
    knob = api.make_knob("Boolean_Knob", name, label)
    knob.setTooltip(tooltip)
    knob.setFlag(api.NEW_LINE)
    return knob


def _enumeration(name: str, label: str, words: Sequence[str]) -> Any:
    knob = api.make_knob("Enumeration_Knob", name, label, list(words))
    if not label:
        knob.clearFlag(api.NEW_LINE)
    return knob


def _button(name: str, new_line: bool = False) -> Any:
    label, tooltip = BUTTONS[name]
    knob = api.make_knob("PyScript_Knob", name, label, _PRESS.format(name=name))
    knob.setTooltip(tooltip)
    if new_line:
        knob.setFlag(api.NEW_LINE)
    return knob


def _divider(name: str, label: str) -> Any:
    return api.make_knob("Text_Knob", name, label)


def _hidden(name: str) -> Any:
    knob = api.make_knob("String_Knob", name)
    knob.setFlag(api.HIDDEN)
    return knob


def with_version(path: str) -> str:
    """``a/ball.####.exr`` -> ``a/ball_{version}.####.exr``."""
    folder, name = os.path.split(path)
    stem, ending = os.path.splitext(name)
    return os.path.join(folder, _with_word(stem, "{version}") + ending)
