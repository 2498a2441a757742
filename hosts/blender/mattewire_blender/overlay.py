# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Marks and found boxes drawn over the plate in the Image Editor.

Blender as a module has no GPU, so the drawing itself was only ever seen by those who have windows; what is drawn where
is worked out in ``outlines``, which is tested.
"""

from __future__ import annotations

from typing import Any, Iterator, List, NamedTuple, Tuple

import bpy

from mattewire_panel.pixels import Raster
from mattewire_protocol.errors import MattewireError

from .marks import in_view, shown
from .settings import BOX, DROP

Color = Tuple[float, float, float, float]
View = Tuple[float, float]

KEEP_COLOR: Color = (0.35, 0.85, 0.45, 1.0)
DROP_COLOR: Color = (0.95, 0.35, 0.30, 1.0)
BOX_COLOR: Color = (0.95, 0.80, 0.30, 1.0)
FOUND_COLOR: Color = (0.40, 0.70, 1.00, 1.0)
LEFT_OUT_COLOR: Color = (0.55, 0.55, 0.55, 0.7)
CROSS = 7.0
"""Screen pixels from a point's middle to the end of its arms."""


class Outline(NamedTuple):
    """``points``: corners of a box, or one point, in the view's coordinates. ``text``: what stands beside it."""

    points: List[View]
    color: Color
    text: str = ""


def outlines(settings: Any, raster: Raster, frame: int) -> Iterator[Outline]:
    """What is to be drawn on plate frame ``frame``: the matches, then the marks over them."""
    for match in settings.matches:
        if match.frame == frame:
            color = FOUND_COLOR if match.keep else LEFT_OUT_COLOR
            yield Outline(_corners(raster, match), color, f"{match.number} {match.phrase} {match.score:.2f}")
    for mark in settings.marks:
        if mark.frame != frame:
            continue
        if mark.kind == BOX:
            yield Outline(_corners(raster, mark), BOX_COLOR, str(mark.object))
        else:
            yield Outline([in_view(raster, mark.x, mark.y)], DROP_COLOR if mark.kind == DROP else KEEP_COLOR)


def segments(outline: Outline, to_screen: Any) -> List[View]:
    """Pairs of screen points: a box's four sides, or the two arms of a point's cross."""
    places = [to_screen(*point) for point in outline.points]
    if len(places) > 1:
        ends = places[1:] + places[:1]
        return [point for side in zip(places, ends) for point in side]
    x, y = places[0]
    return [(x - CROSS, y), (x + CROSS, y), (x, y - CROSS), (x, y + CROSS)]


def _corners(raster: Raster, box: Any) -> List[View]:
    corners = ((box.x, box.y), (box.x1, box.y), (box.x1, box.y1), (box.x, box.y1))
    return [in_view(raster, x, y) for x, y in corners]


def _draw() -> None:
    context = bpy.context
    settings = context.scene.mattewire
    if not len(settings.marks) and not len(settings.matches):
        return
    try:
        raster, frame = shown(context)
    except MattewireError:
        return  # this editor shows something else than a plate
    import blf
    import gpu
    from gpu_extras.batch import batch_for_shader

    def to_screen(x: float, y: float) -> View:
        return tuple(context.region.view2d.view_to_region(x, y, clip=False))

    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.blend_set("ALPHA")
    for outline in outlines(settings, raster, frame):
        lines = segments(outline, to_screen)
        shader.bind()
        shader.uniform_float("color", outline.color)
        batch_for_shader(shader, "LINES", {"pos": lines}).draw(shader)
        if outline.text:
            blf.color(0, *outline.color)
            blf.position(0, lines[0][0], lines[0][1] + 4, 0)
            blf.draw(0, outline.text)
    gpu.state.blend_set("NONE")


_handle: Any = None


def register() -> None:
    global _handle
    if not bpy.app.background:
        _handle = bpy.types.SpaceImageEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    global _handle
    if _handle is not None:
        bpy.types.SpaceImageEditor.draw_handler_remove(_handle, "WINDOW")
        _handle = None
