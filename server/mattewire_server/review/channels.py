"""Single channels of an EXR by their names, on the display window; and the coverage that a Cryptomatte holds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from mattewire_protocol.errors import PlateUnreadable

from ..finish.cryptomatte import LAYER, manifest, name_hash
from ..plates.image_file import LARGEST_PICTURE
from ..plates.model import Window

Raster = NDArray[np.float32]
FIELD = "mattes"
_AT_ONCE = 32  # channels read together: 270 MB at HD


def named_channels(path: str, frame: int, channels: Sequence[str], display: Window) -> dict[str, Raster]:
    """``channels`` of the file, each float32 (display height, display width), 0 outside the data window.

    A channel that the file lacks is 0 everywhere: an object that came into the shot later. Raises ``PlateUnreadable``
    where the file is damaged, of another size, or has none of the channels.
    """
    name = f"Frame {frame} ({os.path.basename(path)})"
    opened = oiio.ImageInput.open(path)
    if opened is None:
        raise _unreadable(f"{name} cannot be read: {_line(oiio.geterror())}.")
    try:
        spec = opened.spec()
        if (spec.full_width, spec.full_height) != (display.width, display.height):
            size = f"{spec.full_width} x {spec.full_height}, the plate {display.width} x {display.height}"
            raise _unreadable(f"{name} is {size}.")
        if spec.width * spec.height > LARGEST_PICTURE:
            raise _unreadable(f"{name} is {spec.width} x {spec.height} pixels large.")
        places = {channel: spec.channelindex(channel) for channel in channels}
        if max(places.values(), default=-1) < 0:
            raise _unreadable(f"{name} has none of the channels {', '.join(channels[:4])}.")
        at = (spec.x - spec.full_x, spec.y - spec.full_y)
        found = {
            channel: np.zeros((display.height, display.width), np.float32)
            for channel, place in places.items()
            if place < 0
        }
        for group in _groups({place: channel for channel, place in places.items() if place >= 0}):
            first, last = min(group), max(group)
            pixels = opened.read_image(0, 0, first, last + 1, "float")
            complaint = opened.geterror()
            if pixels is None or complaint:
                raise _unreadable(f"{name} cannot be decoded: {_line(complaint)}.")
            planes = np.asarray(pixels, np.float32).reshape(spec.height, spec.width, -1)
            for place, channel in group.items():
                found[channel] = _placed(planes[..., place - first], at, display)
        return found
    finally:
        opened.close()


def _groups(channels: Mapping[int, str]) -> list[dict[int, str]]:
    """``channels`` by their places in the file, in groups that lie close together.

    A file decodes all its channels whichever are wanted: a page of 12 layers at 1280 x 720 took 1.3 s a frame with one
    after the other, and takes 0.3 (measured). 999 objects at once would not fit into memory.
    """
    groups: list[dict[int, str]] = []
    for place in sorted(channels):
        if not groups or place - min(groups[-1]) >= _AT_ONCE:
            groups.append({})
        groups[-1][place] = channels[place]
    return groups


def cryptomatte_coverage(path: str, frame: int, names: Mapping[int, str], display: Window) -> dict[int, Raster]:
    """The coverage of each object of ``names``, number to name as in the shot: float32 (display height, width), 0..1.

    The inverse of ``finish.cryptomatte.rank``: of each pair of id and coverage, the coverage where the id is the
    object's. Raises what ``named_channels`` raises.
    """
    channels = _pairs(path, frame)
    planes = named_channels(path, frame, [name for pair in channels for name in pair], display)
    found = {}
    for number, name in manifest(names).items():
        wanted = np.uint32(name_hash(name))
        coverage = np.zeros((display.height, display.width), np.float32)
        for rank, share in channels:
            coverage += np.where(planes[rank].view(np.uint32) == wanted, planes[share], np.float32(0))
        found[number] = np.clip(np.nan_to_num(coverage, nan=0.0), 0, 1)
    return found


def _pairs(path: str, frame: int) -> list[tuple[str, str]]:
    """The channels of ids and of their coverage, level by level, as the file has them."""
    opened = oiio.ImageInput.open(path)
    if opened is None:
        raise _unreadable(f"Frame {frame} ({os.path.basename(path)}) cannot be read: {_line(oiio.geterror())}.")
    try:
        there = set(opened.spec().channelnames)
    finally:
        opened.close()
    pairs: list[tuple[str, str]] = []
    level = 0
    while f"{LAYER}{level:02}.R" in there:
        layer = f"{LAYER}{level:02}"
        pairs += [(f"{layer}.R", f"{layer}.G"), (f"{layer}.B", f"{layer}.A")]
        level += 1
    if not pairs:
        raise _unreadable(f"Frame {frame} ({os.path.basename(path)}) holds no Cryptomatte called {LAYER}.")
    return pairs


def _placed(plane: Raster, at: tuple[int, int], display: Window) -> Raster:
    """``plane``, whose top left corner is ``at`` in the display window, on it."""
    placed = np.zeros((display.height, display.width), np.float32)
    height, width = plane.shape
    x0, y0 = max(at[0], 0), max(at[1], 0)
    x1, y1 = min(at[0] + width, display.width), min(at[1] + height, display.height)
    if x0 < x1 and y0 < y1:
        placed[y0:y1, x0:x1] = plane[y0 - at[1] : y1 - at[1], x0 - at[0] : x1 - at[0]]
    return placed


def _line(complaint: str) -> str:
    return complaint.splitlines()[0].rstrip(".") if complaint else "unknown reason"


def _unreadable(message: str) -> PlateUnreadable:
    return PlateUnreadable(message, field=FIELD)
