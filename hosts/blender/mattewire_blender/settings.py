# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the artist sets, kept in the scene, and the wish it makes.

Blender reads properties from a class's annotations. They are given as a plain table here: written the usual way,
every label would be taken for a type by Python's own tools.
"""

from __future__ import annotations

from typing import Any, List, Tuple

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from mattewire_panel.frames import FrameMap
from mattewire_panel.wish import EDGE_CHOICES, HOLDOUT, MOTION_BLUR, Wish, depth_of, edges_of
from mattewire_protocol import Box, CleanUp, Point
from mattewire_protocol.deliver import LARGEST_LENGTH, LARGEST_SPECK, LONGEST_TEMPORAL
from mattewire_protocol.errors import BadField

from . import api
from .desk import desk

KEEP, DROP, BOX = "KEEP", "DROP", "BOX"


def _engines(settings: Any, context: Any, typed: str) -> List[str]:
    """The daemon's engines, once it was met; another name can be typed."""
    return desk().model.engines() or ["preview"]


class MattewireMark(bpy.types.PropertyGroup):
    """A point or box on a plate frame, in plate pixels: from the display window's top left, y down."""

    __annotations__ = {
        "kind": EnumProperty(
            name="Kind",
            items=[
                (KEEP, "Keep", "This is on the subject"),
                (DROP, "Drop", "This is off the subject"),
                (BOX, "Box", "The subject is inside"),
            ],
        ),
        "frame": IntProperty(name="Plate frame"),
        "x": FloatProperty(name="X"),
        "y": FloatProperty(name="Y"),
        "x1": FloatProperty(name="Right"),
        "y1": FloatProperty(name="Bottom"),
        "object": IntProperty(name="Object", default=1, min=1, max=999),
    }


class MattewireMatch(bpy.types.PropertyGroup):
    """Something that Detect found."""

    __annotations__ = {
        "number": IntProperty(name="Object"),
        "phrase": StringProperty(name="Phrase"),
        "score": FloatProperty(name="Score"),
        "keep": BoolProperty(name="Keep", description="Mask this one"),
        "frame": IntProperty(name="Plate frame"),
        "x": FloatProperty(name="X"),
        "y": FloatProperty(name="Y"),
        "x1": FloatProperty(name="Right"),
        "y1": FloatProperty(name="Bottom"),
    }


class MattewireSettings(bpy.types.PropertyGroup):
    __annotations__ = {
        "prompt": StringProperty(name="What to mask", description="A few words; several things with commas between"),
        "exclude": StringProperty(name="Leave out", description="What the words must not catch"),
        "pick": EnumProperty(
            name="Pick",
            items=[("best", "Best", "The best match of each phrase"), ("all", "All", "Every match")],
        ),
        "use_keyframe": BoolProperty(
            name="Keyframe",
            description="Look for the words on this scene frame; off: on the first marked frame, or the first",
        ),
        "keyframe": IntProperty(name="Keyframe", description="Scene frame", default=1),
        "range": EnumProperty(
            name="Range",
            items=[
                ("PLATE", "Plate", "Every frame that shows the plate"),
                ("SCENE", "Scene", "The scene's frame range"),
                ("CUSTOM", "Custom", "The frames given below"),
            ],
        ),
        "first": IntProperty(name="First", description="Scene frame", default=1),
        "last": IntProperty(name="Last", description="Scene frame, included", default=100),
        "content": EnumProperty(
            name="Result",
            items=[
                ("matte", "Matte", "An image sequence into Set Alpha"),
                ("cryptomatte", "Cryptomatte", "Every object by name, in a Cryptomatte node"),
            ],
        ),
        "engine": StringProperty(name="Engine", default="preview", search=_engines, search_options={"SUGGESTION"}),
        "quality": EnumProperty(
            name="Quality",
            default="final",
            items=[("draft", "Draft", "Faster and smaller"), ("final", "Final", "Full quality")],
        ),
        "out": StringProperty(
            name="Files",
            description="Where mattes go; empty: as in the preferences. {shot} and {version} are filled in",
            subtype="FILE_PATH",
        ),
        "edges": EnumProperty(
            name="Edges",
            description="How the mattes, which are coarser than the plate, get the plate's edges",
            default="guided",
            items=[(method, words, "") for method, words in EDGE_CHOICES.items()],
        ),
        "motion_blur": BoolProperty(name=MOTION_BLUR, description="For streaks: softer along the motion"),
        "holdout": BoolProperty(name=HOLDOUT, description="What stands nearer to the camera is cut out of the subject"),
        "dilate": FloatProperty(
            name="Grow", description="Plate pixels; below 0 shrinks", min=-LARGEST_LENGTH, max=LARGEST_LENGTH
        ),
        "feather": FloatProperty(name="Feather", description="Plate pixels", min=0, max=LARGEST_LENGTH),
        "remove_specks": FloatProperty(name="Remove specks", description="Diameter up to", min=0, max=LARGEST_SPECK),
        "fill_holes": FloatProperty(name="Fill holes", description="Diameter up to", min=0, max=LARGEST_SPECK),
        "smooth": FloatProperty(name="Smooth", description="Plate pixels", min=0, max=LARGEST_LENGTH),
        "temporal": IntProperty(name="Steady over", description="Frames on either side", min=0, max=LONGEST_TEMPORAL),
        "marks": CollectionProperty(type=MattewireMark),
        "mark_kind": EnumProperty(
            name="Mark",
            items=[(KEEP, "Keep", "On the subject"), (DROP, "Drop", "Off the subject"), (BOX, "Box", "Around it")],
        ),
        "mark_object": IntProperty(name="Object", default=1, min=1, max=999),
        "matches": CollectionProperty(type=MattewireMatch),
    }


def wish_of(settings: Any, frames: FrameMap, *, overwrite: bool) -> Wish:
    """The controls as a wish, scene frames as the plate's."""
    return Wish(
        settings.prompt,
        settings.exclude,
        settings.pick,
        tuple(match.number for match in settings.matches if match.keep) if _chosen(settings) else (),
        [Box(mark.frame, mark.x, mark.y, mark.x1, mark.y1, mark.object) for mark in settings.marks if mark.kind == BOX],
        [
            Point(mark.frame, mark.x, mark.y, mark.kind == KEEP, mark.object)
            for mark in settings.marks
            if mark.kind != BOX
        ],
        keyframe=keyframe_of(settings, frames) if settings.use_keyframe else None,
        engine=settings.engine,
        quality=settings.quality,
        clean_up=CleanUp(
            remove_specks=settings.remove_specks,
            fill_holes=settings.fill_holes,
            smooth=settings.smooth,
            temporal=settings.temporal,
            dilate=settings.dilate,
            feather=settings.feather,
        ),
        edges=edges_of(settings.edges, settings.motion_blur),
        depth=depth_of(settings.holdout, desk().model.depth_engine),
        ocio=api.ocio_config(),
        overwrite=overwrite,
        label=settings.prompt,
    )


def keyframe_of(settings: Any, frames: FrameMap) -> int:
    """The keyframe as a plate frame. ``BadField`` when the plate is not shown there."""
    try:
        return frames.plate(settings.keyframe)
    except ValueError:
        raise BadField(
            f"The plate does not show at scene frame {settings.keyframe}, only at {frames.first}-{frames.last}.",
            field="keyframe",
            advice="Choose one of those frames.",
        ) from None


def range_of(settings: Any, scene: Any, frames: FrameMap) -> FrameMap:
    """The part of the plate's map to mask. ``BadField`` when it is empty."""
    first, last = frames.first, frames.last
    if settings.range == "SCENE":
        first, last = scene.frame_start, scene.frame_end
    elif settings.range == "CUSTOM":
        first, last = settings.first, settings.last
    if last < first:
        raise BadField(f"{last} comes before {first}.", field="last", advice="Give the lower frame first.")
    try:
        return frames.within(first, last)
    except ValueError:
        raise BadField(
            f"Scene frames {first}-{last} do not show the plate; {frames.first}-{frames.last} do.",
            field="first",
            advice="Choose frames that show it.",
        ) from None


def _chosen(settings: Any) -> bool:
    """Whether the artist has kept and dropped matches otherwise than ``pick`` would."""
    kept = [match.keep for match in settings.matches]
    return any(kept) and not all(kept)


CLASSES: Tuple[type, ...] = (MattewireMark, MattewireMatch, MattewireSettings)


def register() -> None:
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Scene.mattewire = PointerProperty(type=MattewireSettings)


def unregister() -> None:
    del bpy.types.Scene.mattewire
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
