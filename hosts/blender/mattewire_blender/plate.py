# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plate behind what the artist selected: its files, which of their frames Blender shows when, and its pixels."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from mattewire_panel.files import file_of, pattern_of
from mattewire_panel.frames import FrameMap
from mattewire_panel.pixels import Raster
from mattewire_protocol import Plate
from mattewire_protocol.errors import BadField, FrameMissing, PlateNotFound

from . import api, windows

NODES = ("CompositorNodeImage", "CompositorNodeMovieClip")
STRIPS = ("IMAGE", "MOVIE")
_RETIMED = "Bake the retiming into a new movie or image sequence, or mask the clip in the compositor."


@dataclass(frozen=True)
class Source:
    """``frames``: scene frame to plate frame, for every scene frame that shows the plate. ``raster``: the picture as
    Blender shows it, for marks."""

    name: str
    plate: Plate
    frames: FrameMap
    raster: Raster


def of_node(node: Any) -> Source:
    """The plate of an Image or Movie Clip node. Raises ``BadField`` or ``PlateNotFound``, saying what to do."""
    if node is None or node.bl_idname not in NODES:
        raise BadField(
            "Nothing is selected that shows a plate.",
            field="plate",
            advice="Select an Image node with a sequence or a movie, or a Movie Clip node.",
        )
    if node.bl_idname == "CompositorNodeMovieClip":
        return of_clip(node.clip, node.name)
    image = node.image
    path = image_path(image, node.name)
    offset, step = node.frame_offset + 1 - node.frame_start, node.frame_start
    frames = on_disk(image.source, path, FrameMap(step, step + max(node.frame_duration, 1) - 1, offset))
    return Source(node.name, _plate(image, path, frames), frames, raster_of(api.image_size(image), path, frames))


def image_path(image: Optional[Any], name: str) -> str:
    """The file behind an image: of a sequence the pattern, ``shot.####.exr``."""
    if image is None:
        raise BadField(f"{name} has no image.", field="plate", advice="Open the plate in it.")
    if image.source not in ("SEQUENCE", "MOVIE"):
        kind = {"FILE": "a single image", "TILED": "a tiled texture"}.get(image.source, "not a file")
        raise BadField(
            f"{image.name} is {kind}.", field="plate", advice="Set its source to Image Sequence, or open a movie."
        )
    if image.packed_file is not None:
        raise BadField(
            f"{image.name} is packed into the .blend.", field="plate", advice="Unpack it: Mattewire reads files."
        )
    path = api.absolute(image.filepath, image)
    return sequence_pattern(path) if image.source == "SEQUENCE" else path


def image_frames(user: Any) -> FrameMap:
    """What an Image Editor shows when; as ``of_node``, from the editor's own image user."""
    first = user.frame_start
    return FrameMap(first, first + max(user.frame_duration, 1) - 1, user.frame_offset + 1 - first)


def of_clip(clip: Optional[Any], name: str) -> Source:
    """The plate of a movie clip. It counts from its first file, whatever that one's number is (measured)."""
    if clip is None:
        raise BadField(f"{name} has no clip.", field="plate", advice="Open the plate in it.")
    path = api.absolute(clip.filepath, clip)
    if clip.source == "SEQUENCE":
        first_file = counter_of(path)
        path = sequence_pattern(path)
    else:
        first_file = 1
    frames = FrameMap(
        clip.frame_start, clip.frame_start + max(clip.frame_duration - clip.frame_offset, 1) - 1,
        first_file + clip.frame_offset - clip.frame_start,
    )  # fmt: skip
    frames = on_disk(clip.source, path, frames)
    size = (int(clip.size[0]), int(clip.size[1]))
    return Source(name, _plate(clip, path, frames), frames, raster_of(size, path, frames))


def of_strip(strip: Optional[Any], fps: float) -> Source:
    """The plate of an image or movie strip. ``fps``: the scene's, which a movie strip may be fitted to."""
    if strip is None or strip.type not in STRIPS:
        raise BadField(
            "No strip is selected that shows a plate.", field="plate", advice="Select an image or movie strip."
        )
    if strip.type == "IMAGE":
        path, frames = _elements(strip)
        size = (strip.elements[0].orig_width, strip.elements[0].orig_height)
    else:
        path, frames = api.absolute(strip.filepath), movie_frames(strip, fps)
        size = (strip.elements[0].orig_width, strip.elements[0].orig_height)
    if not os.path.isfile(file_of(path, frames.plate_range[0])):
        raise PlateNotFound(f"{file_of(path, frames.plate_range[0])} is not there.", field="plate")
    return Source(strip.name, _plate(strip, path, frames), frames, raster_of(size, path, frames))


def _elements(strip: Any) -> Tuple[str, FrameMap]:
    """An image strip holds a list of files and says itself which one a frame shows, turned round or retimed."""
    folder = api.absolute(strip.directory)
    shown: Dict[int, int] = {}
    pattern = ""
    for frame in range(int(strip.frame_final_start), int(strip.frame_final_end)):
        name = strip.strip_elem_from_frame(frame).filename
        path = os.path.join(folder, name)
        shown[frame] = counter_of(path)
        if pattern and sequence_pattern(path) != pattern:
            raise BadField(
                f"{strip.name} mixes files of several sequences ({name}).",
                field="plate",
                advice="Split the strip there.",
            )
        pattern = pattern or sequence_pattern(path)
    return pattern, FrameMap.of_pairs(shown)


def movie_frames(strip: Any, fps: float) -> FrameMap:
    """Which of a movie's frames, from 1, each scene frame shows.

    A strip is fitted to the scene's rate or not, as it was added. It does not say which, and counts its length in scene
    frames; only the movie's own length tells. Blender shows frame round(t * movie fps / scene fps), halves up, t
    counted from the content's first frame (measured with numbers in the pixels: 30 fps at 24 and at 18, forward,
    reversed and trimmed).
    """
    whole = api.movie_length(api.absolute(strip.filepath))
    count = whole - strip.animation_offset_start - strip.animation_offset_end
    fitted = strip.fps / fps if strip.fps > 0 else 1.0
    if strip.frame_duration == count:
        rate = 1.0
    elif abs(strip.frame_duration - count / fitted) <= 1 and count == whole:
        rate = fitted
    else:
        rate = 0.0
    if not rate or strip.retiming_keys:
        raise BadField(f"{strip.name} is retimed.", field="plate", advice=_RETIMED)
    begins = round(strip.frame_start)
    shown: Dict[int, int] = {}
    for frame in range(int(strip.frame_final_start), int(strip.frame_final_end)):
        index = min(int((frame - begins) * rate + 0.5), count - 1)
        if strip.use_reverse_frames:
            index = count - 1 - index
        shown[frame] = 1 + max(index, 0) + strip.animation_offset_start
    return FrameMap.of_pairs(shown)


# --- files -------------------------------------------------------------------------------------------------


def counter_of(path: str) -> int:
    """The frame number of a file as Blender counts: the last digits of its name, before the suffix."""
    runs = re.findall(r"[0-9]+", os.path.splitext(os.path.basename(path))[0])
    if not runs:
        raise BadField(
            f"{os.path.basename(path)} has no frame number.",
            field="plate",
            advice="Number its files, as in shot.1001.exr.",
        )
    return int(runs[-1])


def sequence_pattern(path: str) -> str:
    return pattern_of(path, counter_of(path))


def on_disk(source: str, path: str, frames: FrameMap) -> FrameMap:
    """The part of ``frames`` that has files: a node may be told to last longer than its sequence."""
    if source != "SEQUENCE":
        if not os.path.isfile(path):
            raise PlateNotFound(f"{path} is not there.", field="plate")
        return frames
    there = [host for host in frames.host_frames if os.path.isfile(file_of(path, frames.plate(host)))]
    if not there:
        raise PlateNotFound(
            f"None of the frames {frames.plate(frames.first)}-{frames.plate(frames.last)} of {path} is there.",
            field="plate",
            advice="Check the path, and the node's Frames, Start and Offset.",
        )
    return frames.within(there[0], there[-1])


def raster_of(size: Tuple[int, int], path: str, frames: FrameMap) -> Raster:
    """Blender's pixels of a picture, y up, to the plate's: those of an EXR begin at its data window."""
    corner = windows.corner_of(file_of(path, frames.plate(frames.first)))
    if corner is not None:
        return Raster(corner.width, corner.height, left=-corner.left, top=-corner.top)
    if min(size) < 1:
        raise FrameMissing(f"Blender cannot read {path}.", field="plate", advice="Check that it shows in Blender.")
    return Raster(*size)


def _plate(owner: Any, path: str, frames: FrameMap) -> Plate:
    """The plate in the colorspace that Blender reads it in; one that is marked as data has none to tell."""
    name = owner.colorspace_settings.name
    return Plate(path, "" if name == api.DATA else name)
