# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Points and boxes, set with the mouse in the Image Editor on the plate's own picture."""

from __future__ import annotations

from typing import Any, Optional, Set, Tuple

import bpy
from bpy.props import IntProperty

from mattewire_panel.pixels import Raster
from mattewire_panel.words import dialog
from mattewire_protocol.errors import BadField, MattewireError

from . import api, plate
from .settings import BOX

SMALLEST = 2.0
"""Plate pixels: a shorter drag is taken for a slip of the mouse."""

Result = Set[str]


def shown(context: Any) -> Tuple[Raster, int]:
    """The picture in the Image Editor and the plate frame that it is. ``BadField`` when it is no plate."""
    space = context.space_data
    path = plate.image_path(space.image, "The Image Editor")
    frames = plate.image_frames(space.image_user)
    host = min(max(context.scene.frame_current, frames.first), frames.last)
    return plate.raster_of(api.image_size(space.image), path, frames), frames.plate(host)


def in_plate(raster: Raster, view: Tuple[float, float]) -> Tuple[float, float]:
    """A place in the Image Editor's view, where the picture is 1 wide and 1 high and y is up, in plate pixels."""
    return raster.point(view[0] * raster.width, view[1] * raster.height)


def in_view(raster: Raster, x: float, y: float) -> Tuple[float, float]:
    """A place in plate pixels as the Image Editor's view has it."""
    across, up = raster.host_point(x, y)
    return across / raster.width, up / raster.height


def add_point(settings: Any, frame: int, x: float, y: float) -> Any:
    mark = settings.marks.add()
    mark.kind, mark.object, mark.frame, mark.x, mark.y = settings.mark_kind, settings.mark_object, frame, x, y
    return mark


def add_box(settings: Any, frame: int, one: Tuple[float, float], other: Tuple[float, float]) -> Optional[Any]:
    """A box between two corners, in plate pixels; it takes the place of its object's box on that frame. None for a
    slip of the mouse."""
    (x, x1), (y, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    if x1 - x < SMALLEST or y1 - y < SMALLEST:
        return None
    number = settings.mark_object
    old = [
        index
        for index, mark in enumerate(settings.marks)
        if mark.kind == BOX and mark.frame == frame and mark.object == number
    ]
    for index in reversed(old):
        settings.marks.remove(index)
    mark = settings.marks.add()
    mark.kind, mark.object, mark.frame = BOX, number, frame
    mark.x, mark.y, mark.x1, mark.y1 = x, y, x1, y1
    return mark


class MATTEWIRE_OT_mark(bpy.types.Operator):
    """Click a point, or drag a box, on the plate. Right click or Esc leaves without one"""

    bl_idname = "mattewire.mark"
    bl_label = "Mark"
    bl_options = {"REGISTER", "UNDO"}
    _from: Optional[Tuple[float, float]] = None

    @classmethod
    def poll(cls, context: Any) -> bool:
        space = context.space_data
        return space is not None and space.type == "IMAGE_EDITOR" and space.image is not None

    def invoke(self, context: Any, event: Any) -> Result:
        try:
            shown(context)
        except MattewireError as problem:
            self.report({"ERROR"}, dialog(problem, "Mark").text)
            return {"CANCELLED"}
        self._from = None
        context.window.cursor_modal_set("CROSSHAIR")
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> Result:
        if event.type in ("RIGHTMOUSE", "ESC"):
            return self._left(context, {"CANCELLED"})
        if event.type != "LEFTMOUSE":
            return {"PASS_THROUGH"}
        raster, frame = shown(context)
        place = in_plate(raster, context.region.view2d.region_to_view(event.mouse_region_x, event.mouse_region_y))
        settings = context.scene.mattewire
        if settings.mark_kind != BOX:
            if event.value != "PRESS":
                return {"RUNNING_MODAL"}
            add_point(settings, frame, *place)
            return self._left(context, {"FINISHED"})
        if event.value == "PRESS":
            self._from = place
            return {"RUNNING_MODAL"}
        if self._from is None or add_box(settings, frame, self._from, place) is None:
            return self._left(context, {"CANCELLED"})
        return self._left(context, {"FINISHED"})

    def _left(self, context: Any, result: Result) -> Result:
        context.window.cursor_modal_restore()
        api.redraw()
        return result


class MATTEWIRE_OT_remove_mark(bpy.types.Operator):
    """Take a mark away; without a number, all of them"""

    bl_idname = "mattewire.remove_mark"
    bl_label = "Remove Mark"
    bl_options = {"REGISTER", "UNDO"}
    __annotations__ = {"index": IntProperty(name="Number", default=-1, options={"SKIP_SAVE"})}

    def execute(self, context: Any) -> Result:
        marks = context.scene.mattewire.marks
        if self.index < 0:
            marks.clear()
        elif self.index < len(marks):
            marks.remove(self.index)
        else:
            problem = BadField(f"There is no mark {self.index}.", field="points", advice="Choose one of the list.")
            self.report({"ERROR"}, dialog(problem, "Remove Mark").text)
            return {"CANCELLED"}
        api.redraw()
        return {"FINISHED"}


CLASSES: Tuple[type, ...] = (MATTEWIRE_OT_mark, MATTEWIRE_OT_remove_mark)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
