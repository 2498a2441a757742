# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mattes in the sequencer: a muted strip above the plate's, which a Mask modifier on the plate uses as its matte."""

from __future__ import annotations

import os
from typing import Any, List

from mattewire_panel.files import file_of

from . import api
from .made import KEY, PLATE_KEY, Made, is_for, ticket_in

MODIFIER = "Mattewire"
HIGHEST_CHANNEL = 128
MOST_LETTERS = 63
"""Of a name in Blender 4.5."""


def matte_of(scene: Any, plate: Any, path: str) -> Any | None:
    """The strip with the mattes of the strip ``plate``, whose files are ``path``: the one it is seen through, else the
    one that was made for it."""
    used = [each.input_mask_strip for each in plate.modifiers if each.type == "MASK"]
    mattes = [strip for strip in api.strips_of(scene) if ticket_in(strip) is not None]
    through = [strip for strip in mattes if strip in used]
    return next(iter([*through, *(strip for strip in mattes if is_for(strip, plate.name, path))]), None)


def place(scene: Any, plate: Any, made: Made) -> Any:
    """Lays the mattes above ``plate``, or brings those that are there up to date; returns their strip.

    An image strip is a list of files: one for each scene frame, so that a reversed or fitted plate needs no retiming.
    """
    shown = [host for host in made.frames.host_frames if made.first <= made.frames.plate(host) <= made.last]
    files = [file_of(made.pattern, made.frames.plate(host)) for host in shown]
    strip = matte_of(scene, plate, made.ticket.request.plate.path)
    if strip is None:
        channel = _free_channel(scene, plate, shown[0], len(files))
        strip = scene.sequence_editor.strips.new_image("Matte", files[0], channel, shown[0])
        strip.mute = True  # seen through the modifier, not over the picture
        strip.color_tag = "COLOR_04"
    _list_files(strip, files, shown[0])
    # Float pictures are brought into the sequencer's own space, data too (measured: 0.5 became 0.735). Saying that
    # they are in that space already leaves their numbers alone.
    space = scene.sequencer_colorspace_settings.name
    strip.colorspace_settings.name = space if space in api.colorspaces(strip.colorspace_settings) else api.DATA
    strip.name = f"Matte: {made.label}"[:MOST_LETTERS]
    strip[KEY], strip[PLATE_KEY] = made.ticket.to_text(), plate.name
    _use(plate, strip)
    refresh(strip)
    return strip


def refresh(strip: Any) -> None:
    """Has Blender read the files again: what was missing a moment ago is remembered as missing."""
    strip.invalidate_cache("RAW")


def remove(scene: Any, strip: Any) -> None:
    """Takes the strip away, and the modifiers that use it."""
    for plate in api.strips_of(scene):
        for modifier in [each for each in plate.modifiers if each.type == "MASK" and each.input_mask_strip == strip]:
            plate.modifiers.remove(modifier)
    scene.sequence_editor.strips.remove(strip)


# --- inside ------------------------------------------------------------------------------------------------


def _list_files(strip: Any, files: List[str], first: int) -> None:
    """Gives the strip these files, one for each scene frame from ``first`` on."""
    strip.directory = os.path.dirname(files[0])
    while len(strip.elements) > len(files):
        strip.elements.pop(len(strip.elements) - 1)
    for element, path in zip(strip.elements, files):
        element.filename = os.path.basename(path)
    for path in files[len(strip.elements) :]:
        strip.elements.append(os.path.basename(path))
    strip.frame_offset_start = strip.frame_offset_end = 0
    strip.frame_start = first
    strip.frame_final_duration = len(files)


def _free_channel(scene: Any, plate: Any, first: int, count: int) -> int:
    taken = {
        strip.channel
        for strip in scene.sequence_editor.strips
        if strip.frame_final_start < first + count and strip.frame_final_end > first
    }
    return next(
        (channel for channel in range(plate.channel + 1, HIGHEST_CHANNEL) if channel not in taken), plate.channel
    )


def _use(plate: Any, strip: Any) -> None:
    modifier = next((each for each in plate.modifiers if each.name.startswith(MODIFIER) and each.type == "MASK"), None)
    if modifier is None:
        modifier = plate.modifiers.new(MODIFIER, "MASK")
    modifier.input_mask_type = "STRIP"
    modifier.input_mask_strip = strip
