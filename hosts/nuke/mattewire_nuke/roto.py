"""Editable splines of a matte into a Roto node.

The daemon writes them as a JSON document beside the mattes, in plate pixels and plate frames (``splines.json`` below);
here they become Bezier shapes in Nuke's pixels and the script's frames. The document:

    {"schema": "mattewire.splines.1",
     "splines": [{"object": 1, "hole": false, "first": 1001, "last": 1050,
                  "keys": [{"frame": 1001, "points": [[x, y, in_x, in_y, out_x, out_y], …]}, …]}, …]}

Handles are relative to their point. Between two keys every number moves on a straight line, which the fit's tolerance
counts on: the keys made here are linear. Splines are in drawing order, and a hole cuts out of what was drawn before it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mattewire_panel.frames import FrameMap
from mattewire_panel.pixels import Raster
from mattewire_panel.tickets import Ticket
from mattewire_protocol.errors import BadField

from . import api, graph, knobs

SCHEMA = "mattewire.splines.1"
NUMBERS = 6
Points = list[list[float]]


@dataclass(frozen=True)
class Spline:
    """One closed outline in plate pixels (y down) over the plate frames ``first`` to ``last``.

    ``keys``: plate frame to its points, each x, y, in_x, in_y, out_x, out_y; as many on every key, by rising frame.
    """

    object: int
    hole: bool
    first: int
    last: int
    keys: dict[int, Points]

    def at(self, frame: int) -> Points:
        """The points on any plate frame, on a straight line between keys; held before the first and after the last."""
        frames = sorted(self.keys)
        if frame <= frames[0] or frame >= frames[-1]:
            return self.keys[frames[0] if frame <= frames[0] else frames[-1]]
        after = next(key for key in frames if key >= frame)
        before = max(key for key in frames if key <= frame)
        if before == after:
            return self.keys[frame]
        share = (frame - before) / (after - before)
        pairs = zip(self.keys[before], self.keys[after])
        return [[(1 - share) * a + share * b for a, b in zip(one, other)] for one, other in pairs]


def read(text: str) -> list[Spline]:
    """The splines of a document. ``BadField`` saying what is wrong with it."""
    try:
        tree = json.loads(text)
        if tree["schema"] != SCHEMA:
            raise ValueError(f"it is a {tree['schema']}, not a {SCHEMA}")
        return [_spline(each) for each in tree["splines"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise BadField(
            f"These splines cannot be read: {problem}.", field="splines", advice="Make them again from the mattes."
        ) from None


def _spline(tree: Any) -> Spline:
    keys = {int(key["frame"]): [[float(number) for number in point] for point in key["points"]] for key in tree["keys"]}
    counts = {len(points) for points in keys.values()}
    if len(counts) != 1 or counts == {0}:
        raise ValueError("a spline needs a key, and as many points on every key")
    if any(len(point) != NUMBERS for points in keys.values() for point in points):
        raise ValueError(f"a point has {NUMBERS} numbers")
    first, last = int(tree["first"]), int(tree["last"])
    if last < first:
        raise ValueError(f"frame {last} comes before {first}")
    return Spline(int(tree["object"]), bool(tree["hole"]), first, last, dict(sorted(keys.items())))


def names(text: str) -> dict[int, str]:
    """The names of the objects in a document that ``read`` takes."""
    return {int(each["object"]): str(each["name"]) for each in json.loads(text).get("objects", [])}


def load(path: str, above: Any = None) -> Any:
    """A Roto with the splines of the document at ``path``, for ``above`` or else the selected node; see ``make``.

    Frames and format are those of the MaskSubject that the mattes belong to where ``above`` is that, or its Copy; else
    the script's. Raises ``BadField`` for no such file, and as ``read``.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as problem:
        raise BadField(f"{path} cannot be read: {problem.strerror}.", field="splines") from None
    above = above or next(iter(api.selected()), None)
    subject = _subject(above) if above is not None else None
    frames = None
    if subject is not None and knobs.hidden(subject, knobs.TICKET):
        frames = Ticket.from_text(knobs.hidden(subject, knobs.TICKET)).frames
    form = above.format() if above is not None else api.root()["format"].value()
    return make(read(text), Raster(form.width(), form.height()), frames, above, names(text))


def make(
    splines: Sequence[Spline],
    raster: Raster,
    frames: FrameMap | None = None,
    above: Any = None,
    called: Mapping[int, str] | None = None,
) -> Any:
    """A Roto node with one layer for each object, in one undo step; it draws into the alpha.

    ``raster``: plate pixels to Nuke's. ``frames``: the script's frames; absent: as the plate counts. ``called``: the
    layers' names, by object. The Roto's input is left open, so that it is the matte alone, to be copied or merged
    wherever it is needed.
    """
    group = above.parent() if above is not None else api.root()
    with api.one_step("Roto from mattes"), group:
        roto = api.make("Roto")
        roto["output"].setValue("alpha")
        curves = roto["curves"]
        for number in sorted({spline.object for spline in splines}):
            layer = api.rotopaint().Layer(curves)
            layer.name = (called or {}).get(number) or f"object {number}"
            for spline in splines:
                if spline.object == number:
                    layer.insert(0, _shape(curves, spline, raster, frames))  # the first in a layer is on top
            curves.rootLayer.append(layer)
        curves.changed()
        roto["tile_color"].setValue(graph.GREEN)
        if above is not None:
            roto.setXYpos(above.xpos() + graph.COLUMN, above.ypos() + graph.ROW)
            if above.Class() != "Roto":
                roto["format"].setValue(above.format())
    return roto


def _shape(curves: Any, spline: Spline, raster: Raster, frames: FrameMap | None) -> Any:
    paint = api.rotopaint()
    shape = paint.Shape(curves)
    shape.name = f"{'hole' if spline.hole else 'shape'} {spline.first}-{spline.last}"
    count = len(next(iter(spline.keys.values())))
    points = [paint.ShapeControlPoint() for _ in range(count)]
    for host, values in _keyed(spline, frames):
        for point, (x, y, in_x, in_y, out_x, out_y) in zip(points, values):
            center = raster.host_point(x, y)
            point.center.addPositionKey(host, center)
            # The feather's handles too: left at zero, they would make a soft edge of a hard one.
            for handle, (across, down) in (("left", (in_x, in_y)), ("right", (out_x, out_y))):
                tip = raster.host_point(x + across, y + down)
                place = (tip[0] - center[0], tip[1] - center[1])
                getattr(point, f"{handle}Tangent").addPositionKey(host, place)
                getattr(point, f"feather{handle.capitalize()}Tangent").addPositionKey(host, place)
    for point in points:
        _straighten(point)
        shape.append(point)
    _live(shape, spline, frames)
    if spline.hole:
        for color in "rgba":
            shape.getAttributes().set(0, color, 0.0)  # painted over what lies below: a hole
    return shape


def _keyed(spline: Spline, frames: FrameMap | None) -> list[tuple[int, Points]]:
    """(script's frame, points) for each key. Where the script shows frames twice, or skips some, on every frame."""
    if frames is None:
        return list(spline.keys.items())
    if not frames.explicit:
        return sorted((host, points) for frame, points in spline.keys.items() for host in frames.hosts(frame)) or [
            (frames.first, spline.at(frames.plate(frames.first)))
        ]
    return [(host, spline.at(frames.plate(host))) for host in frames.host_frames]


def _live(shape: Any, spline: Spline, frames: FrameMap | None) -> None:
    """Visible during its lifetime only: a step key wherever that changes."""
    if frames is None:
        shape.setVisible(spline.first - 1, False)
        shape.setVisible(spline.first, True)
        shape.setVisible(spline.last + 1, False)
        return
    seen: bool | None = None
    for host in (frames.first - 1, *frames.host_frames, frames.last + 1):
        alive = host in frames.host_frames and spline.first <= frames.plate(host) <= spline.last
        if alive != seen:
            shape.setVisible(host, alive)
            seen = alive


def _straighten(point: Any) -> None:
    """All keys of a point linear."""
    linear = api.rotopaint().InterpolationType.eLinearInterpolationType
    parts = ("center", "leftTangent", "rightTangent", "featherLeftTangent", "featherRightTangent")
    for part in parts:
        for index in (0, 1):
            curve = getattr(point, part).getPositionAnimCurve(index)
            for key in range(curve.getNumberOfKeys()):
                curve.getKey(key).interpolationType = linear


def _subject(node: Any) -> Any:
    """The MaskSubject whose mattes ``node`` carries, or which it is; None when it is neither."""
    if knobs.is_mask_subject(node):
        return node
    owner = knobs.hidden(node, knobs.OWNER)
    groups = api.nodes_in(node.parent(), "Group")
    return next((each for each in groups if owner and knobs.hidden(each, knobs.ID) == owner), None)
