# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panels: one for the compositor, one for the sequencer, one for marks in the Image Editor.

They draw what ``PanelModel`` says and decide nothing. Drawing must not open the conversation: Blender draws a panel
whenever its tab is in sight, and no daemon is to start for that.
"""

from __future__ import annotations

from typing import Any, Tuple

import bpy

from mattewire_panel.panel import DETECTING, FAILED, RUNNING, STOPPING, PanelModel

from . import api
from .desk import desk, is_open
from .settings import BOX

CATEGORY = "Mattewire"


def draw_job(layout: Any, settings: Any) -> None:
    """State, progress and what went wrong."""
    model = desk().model if is_open() else None
    if model is None:
        layout.label(text="Select a plate, type what to mask, press Mask Subject.")
        return
    layout.label(text=model.headline(), icon="ERROR" if model.state == FAILED else "INFO")
    view = model.view
    if view is not None and model.state in (RUNNING, STOPPING):
        left = model.time_left()
        text = f"{view.done} of {view.total or '?'} frames" + (f", {left}" if left else "")
        layout.progress(text=text, factor=view.fraction, type="BAR")
    for line in model.details():
        layout.label(text=line)
    if view is not None and view.frames:
        draw_worst(layout, model)
    problem = model.problem()
    if problem is not None:
        box = layout.box()
        box.alert = True
        for line in problem.text.splitlines():
            for piece in wrapped(line):
                box.label(text=piece)
        if model.buttons.start:
            box.operator("mattewire.start_daemon", icon="PLAY")


def draw_worst(layout: Any, model: PanelModel) -> None:
    """The way to the frames that ask for a look, and why the one that was gone to, at first the worst, is one."""
    worst = model.worst()
    row = layout.row()
    row.enabled = bool(worst)
    row.operator("mattewire.worst_frame", icon="VIEWZOOM")
    if worst:
        at = model.looked_at if model.looked_at is not None else worst[0].frame
        for piece in wrapped(model.about(at)):
            layout.label(text=piece)


def draw_wish(layout: Any, settings: Any, *, results: bool) -> None:
    """What to mask, where, and how; ``results``: whether this editor has more than one kind of result."""
    layout.use_property_split, layout.use_property_decorate = True, False
    column = layout.column()
    column.prop(settings, "prompt")
    column.prop(settings, "exclude")
    column.prop(settings, "pick")
    row = column.row(heading="Keyframe")
    row.prop(settings, "use_keyframe", text="")
    value = row.row()
    value.active = settings.use_keyframe
    value.prop(settings, "keyframe", text="")
    column.prop(settings, "range")
    if settings.range == "CUSTOM":
        pair = column.row(align=True)
        pair.prop(settings, "first")
        pair.prop(settings, "last")
    if results:
        column.prop(settings, "content")
    column.prop(settings, "engine")
    note = desk().model.engine_line(settings.engine) if is_open() else ""
    for piece in wrapped(note):
        column.label(text=piece)
    column.prop(settings, "quality")
    column.prop(settings, "out")


def draw_buttons(layout: Any, settings: Any) -> None:
    busy = is_open() and desk().model.state in (RUNNING, STOPPING, DETECTING)
    row = layout.row(align=True)
    row.enabled = not busy
    row.operator("mattewire.detect", icon="VIEWZOOM")
    row.operator("mattewire.mask_subject", icon="MOD_MASK")
    row = layout.row(align=True)
    update = row.row(align=True)
    update.enabled = not busy
    update.operator("mattewire.update", icon="FILE_REFRESH")
    stop = row.row(align=True)
    stop.enabled = is_open() and desk().model.buttons.stop
    stop.operator("mattewire.stop", icon="CANCEL")
    row.operator("mattewire.remove", icon="X")
    for match in settings.matches:
        line = layout.row(align=True)
        line.prop(match, "keep", text=f"{match.number}: {match.phrase} ({match.score:.2f})")


def draw_clean_up(layout: Any, settings: Any) -> None:
    """Edges and clean-up. What needs distances is shown where the daemon can tell them, and where it is set."""
    layout.use_property_split, layout.use_property_decorate = True, False
    layout.prop(settings, "edges")
    for piece in wrapped(desk().model.edges_line(settings.edges) if is_open() else ""):
        layout.label(text=piece)
    checks = layout.column()
    checks.use_property_split = False
    checks.prop(settings, "motion_blur")
    if settings.holdout or (is_open() and desk().model.has_depth):
        checks.prop(settings, "holdout")
    for name in ("dilate", "feather", "remove_specks", "fill_holes", "smooth", "temporal"):
        layout.prop(settings, name)
    layout.label(text="Update redraws with these; nothing is tracked again.")


def draw_marks(layout: Any, settings: Any) -> None:
    row = layout.row(align=True)
    row.prop(settings, "mark_kind", expand=True)
    layout.prop(settings, "mark_object")
    layout.operator("mattewire.mark", icon="EYEDROPPER")
    for index, mark in enumerate(settings.marks):
        line = layout.row(align=True)
        where = f"{mark.x:.1f}, {mark.y:.1f}"
        if mark.kind == BOX:
            where += f" to {mark.x1:.1f}, {mark.y1:.1f}"
        line.label(text=f"{mark.kind.capitalize()}, object {mark.object}, frame {mark.frame}: {where}")
        line.operator("mattewire.remove_mark", text="", icon="X").index = index
    if len(settings.marks):
        layout.operator("mattewire.remove_mark", text="Remove All Marks").index = -1


def draw_daemon(layout: Any, settings: Any) -> None:
    """What the daemon holds, and the self-test."""
    if is_open():
        line = desk().model.memory_line()
        if line:
            layout.label(text=line)
        layout.operator("mattewire.release", icon="MEMORY")
        for note in desk().notes:
            for piece in wrapped(note):
                layout.label(text=piece, icon="ERROR")
    layout.operator("mattewire.self_test", icon="CHECKMARK")


def wrapped(text: str, letters: int = 48) -> Tuple[str, ...]:
    """Lines that fit a sidebar: Blender's labels do not wrap."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return tuple(lines)


class Sidebar:
    bl_region_type = "UI"
    bl_category = CATEGORY


class Compositor(Sidebar):
    bl_space_type = "NODE_EDITOR"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return context.space_data.tree_type == "CompositorNodeTree"


class Sequencer(Sidebar):
    bl_space_type = "SEQUENCE_EDITOR"


class MATTEWIRE_PT_compositor(Compositor, bpy.types.Panel):
    bl_label = "Mask Subject"
    bl_idname = "MATTEWIRE_PT_compositor"

    def draw(self, context: Any) -> None:
        settings = context.scene.mattewire
        draw_job(self.layout, settings)
        draw_wish(self.layout, settings, results=True)
        draw_buttons(self.layout, settings)


class MATTEWIRE_PT_compositor_clean_up(Compositor, bpy.types.Panel):
    bl_label = "Edges and Clean-Up"
    bl_parent_id = "MATTEWIRE_PT_compositor"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        draw_clean_up(self.layout, context.scene.mattewire)


class MATTEWIRE_PT_compositor_daemon(Compositor, bpy.types.Panel):
    bl_label = "Daemon"
    bl_parent_id = "MATTEWIRE_PT_compositor"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        draw_daemon(self.layout, context.scene.mattewire)


class MATTEWIRE_PT_sequencer(Sequencer, bpy.types.Panel):
    bl_label = "Mask Subject"
    bl_idname = "MATTEWIRE_PT_sequencer"

    def draw(self, context: Any) -> None:
        settings = sequencer_settings(context)
        draw_job(self.layout, settings)
        draw_wish(self.layout, settings, results=False)
        draw_buttons(self.layout, settings)


class MATTEWIRE_PT_sequencer_clean_up(Sequencer, bpy.types.Panel):
    bl_label = "Edges and Clean-Up"
    bl_parent_id = "MATTEWIRE_PT_sequencer"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Any) -> None:
        draw_clean_up(self.layout, sequencer_settings(context))


class MATTEWIRE_PT_marks(Sidebar, bpy.types.Panel):
    bl_label = "Marks"
    bl_idname = "MATTEWIRE_PT_marks"
    bl_space_type = "IMAGE_EDITOR"

    def draw(self, context: Any) -> None:
        draw_marks(self.layout, context.scene.mattewire)


def sequencer_settings(context: Any) -> Any:
    return api.sequencer_scene(context).mattewire


CLASSES: Tuple[type, ...] = (
    MATTEWIRE_PT_compositor,
    MATTEWIRE_PT_compositor_clean_up,
    MATTEWIRE_PT_compositor_daemon,
    MATTEWIRE_PT_sequencer,
    MATTEWIRE_PT_sequencer_clean_up,
    MATTEWIRE_PT_marks,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
