"""A matte read from files: somebody's roto as garbage or holdout, one file per frame or one still for all."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import OpenImageIO as oiio

from mattewire_protocol.errors import BadField, FrameMissing, PlateUnreadable

from ..patterns import has_counter, parse_pattern
from ..plates.image_file import LARGEST_PICTURE
from ..plates.model import Window
from .edges import Raster

LUMA = (0.2126, 0.7152, 0.0722)
"""Rec. ITU-R BT.709: shares of R, G and B, for a matte that was saved as a color picture."""

_ALPHA, _GRAY = ("a", "alpha"), ("y", "l", "luminance", "i")


def read_matte(path: str, frame: int, canvas: Window, display: Window, field: str) -> Raster:
    """The matte in ``path`` at ``frame``, on the plate's ``canvas``: float32 (canvas height, canvas width), 0..1.

    ``path``: a pattern (``roto.####.exr``) or one file that serves every frame. The channel is A, else Y, else R
    where the picture is gray, else the luma of R, G and B; plain channels before those in layers. The file's display
    window must be as large as the plate's (``display``) and is laid on it; outside its data window the matte is 0.
    Values beyond 0..1 are cut, NaN is 0. Nothing is color-managed: a matte is a number.

    Raises ``FrameMissing``, ``PlateUnreadable`` (damaged, or no channel that could be a matte) and ``BadField``
    (another size), naming ``field``, the frame and the file.
    """
    file = parse_pattern(path, field).path(frame) if has_counter(os.path.basename(path)) else path
    name = f"Frame {frame} ({os.path.basename(file)})"
    if not os.path.isfile(file):
        advice = "Render the missing frames of the matte, or limit the shape to the frames that there are."
        raise FrameMissing(f"{name} of the matte is not there.", field=field, advice=advice)
    settings = oiio.ImageSpec()
    settings.attribute("oiio:UnassociatedAlpha", 1)
    opened = oiio.ImageInput.open(file, settings)
    if opened is None:
        raise _unreadable(f"{name} cannot be read: {_line(oiio.geterror())}.", field)
    try:
        part = 0
        while opened.seek_subimage(part, 0):
            spec = opened.spec()
            channels = matte_channels(spec.channelnames)
            if channels and not spec.deep:
                return _read(opened, part, channels, canvas, display, name, field)
            part += 1
        opened.geterror()  # asking for the part after the last one is no fault
        raise _unreadable(f"{name} has no channel A, Y or R, G, B.", field)
    finally:
        opened.close()


def matte_channels(names: Sequence[str]) -> tuple[int, ...]:
    """The index of the channel that is the matte, or those of R, G, B; empty when none of ``names`` is."""
    short = [name.rpartition(".")[2].lower() for name in names]
    order = sorted(range(len(names)), key=lambda index: names[index].count("."))
    for wanted in (_ALPHA, _GRAY):
        found = next((index for index in order if short[index] in wanted), None)
        if found is not None:
            return (found,)
    for index in order:
        layer = names[index].rpartition(".")[0]
        if short[index] in ("r", "red"):
            same = {short[other][0]: other for other in order if names[other].rpartition(".")[0] == layer}
            return (index, same["g"], same["b"]) if "g" in same and "b" in same else (index,)
    return ()


def _read(
    opened: oiio.ImageInput,
    part: int,
    channels: tuple[int, ...],
    canvas: Window,
    display: Window,
    name: str,
    field: str,
) -> Raster:
    spec = opened.spec()
    if (spec.full_width, spec.full_height) != (display.width, display.height):
        raise BadField(
            f"{name} is {spec.full_width} x {spec.full_height}, the plate {display.width} x {display.height}.",
            field=field,
            advice="Render the matte in the plate's format.",
        )
    if spec.width * spec.height > LARGEST_PICTURE:
        raise _unreadable(f"{name} is {spec.width} x {spec.height} pixels large.", field)
    first, last = min(channels), max(channels)
    pixels = opened.read_image(part, 0, first, last + 1, "float")
    complaint = opened.geterror()
    if pixels is None or complaint:
        raise _unreadable(f"{name} cannot be decoded: {_line(complaint)}.", field)
    planes = np.asarray(pixels, np.float32).reshape(spec.height, spec.width, -1)[..., [c - first for c in channels]]
    # One gray value three times keeps its own number, which the luma's rounding would change.
    gray = planes.shape[2] == 1 or bool((planes == planes[..., :1]).all())
    matte = planes[..., 0] if gray else planes @ np.array(LUMA, np.float32)
    x, y = spec.x - spec.full_x, spec.y - spec.full_y
    return _placed(np.nan_to_num(matte, nan=0.0).clip(0, 1), Window(x, y, x + spec.width, y + spec.height), canvas)


def _placed(matte: Raster, window: Window, canvas: Window) -> Raster:
    """``matte``, which fills ``window``, on the canvas: cut where it is larger, 0 where there is none."""
    placed = np.zeros((canvas.height, canvas.width), np.float32)
    x0, y0 = max(window.x0, canvas.x0), max(window.y0, canvas.y0)
    x1, y1 = min(window.x1, canvas.x1), min(window.y1, canvas.y1)
    if x0 < x1 and y0 < y1:
        inside = matte[y0 - window.y0 : y1 - window.y0, x0 - window.x0 : x1 - window.x0]
        placed[y0 - canvas.y0 : y1 - canvas.y0, x0 - canvas.x0 : x1 - canvas.x0] = inside
    return placed


def _line(complaint: str) -> str:
    return complaint.splitlines()[0].rstrip(".") if complaint else "unknown reason"


def _unreadable(message: str, field: str) -> PlateUnreadable:
    return PlateUnreadable(message, field=field, advice="Render or copy the matte again, with the matte in A.")
