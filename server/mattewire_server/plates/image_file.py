"""One image file of a plate: what its header says, and its RGB pixels in the file's own precision.

OpenImageIO reads EXR, DPX, Cineon, PNG, JPEG and TIFF. Nothing is converted: no color, no premultiplication, no
change of bit depth (10- and 12-bit DPX come as uint16 codes scaled to the full range).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField, PlateUnreadable

from .header_color import colorspace_of
from .model import Window
from .orientation import is_on_its_side, upright, upright_window
from .timecode import of_header

SUFFIXES = (".exr", ".sxr", ".dpx", ".cin", ".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""The image files that can be a plate."""

LARGEST_PICTURE = 2**28
"""Most pixels of one picture (16,384 x 16,384), so that a damaged header cannot ask for all memory."""

_LAYERS = ("", "rgba", "rgb", "beauty", "combined", "main", "c")
_PRECISION = {"half": "half", "float": "float", "uint8": "uint8", "uint16": "uint16"}

# Every reader decodes in its own thread: parallel by frame, not inside one (with the default, one pool thread
# serves all of them).
oiio.attribute("exr_threads", -1)


@dataclass(frozen=True)
class Header:
    """What is known of one image file before its pixels are read. Windows are upright, y down.

    ``display`` starts at (0, 0); ``origin`` is where the file itself puts its top left corner. ``precision`` is
    ``half``, ``float``, ``uint8`` or ``uint16``. ``part`` and ``channels`` say where R, G and B are in the file.
    ``view``, ``timecode``, ``chromaticities``, ``color_id``, ``colorspace_from``: see ``PlateInfo``, ``PlateFrame``.
    """

    display: Window
    origin: tuple[int, int]
    data_window: Window
    pixel_aspect: float
    fps: float | None
    colorspace: str
    precision: str
    orientation: int
    part: int
    channels: tuple[int, int, int]
    view: str = ""
    timecode: tuple[int, int] | None = None
    chromaticities: tuple[float, ...] = ()
    color_id: str = ""
    colorspace_from: str = ""


def read_header(path: str, frame: int, view: str = "") -> Header:
    """The header of ``path``. ``view`` chooses one of several views; empty takes the first part with a picture.

    Raises ``PlateUnreadable`` naming frame and file, or ``BadField`` when there is no such view.
    """
    with _Opened(path, frame) as opened:
        parts = list(opened.parts())
        part, channels, seen = _picture_of(parts, view, opened)
        spec = parts[part]
        if spec.deep:
            raise opened.unreadable("is a deep image", "Flatten it (DeepToImage) and render it again.")
        header = _header(spec, part, channels, seen)
        both = header.display.union(header.data_window)
        if min(header.display.width, header.display.height, both.width, both.height) < 1:
            raise opened.unreadable("has an empty window")
        if both.width * both.height > LARGEST_PICTURE:
            size = f"{both.width} x {both.height}"
            raise opened.unreadable(f"is {size} pixels large", "Crop its bounding box to the format and render again.")
        return header


def read_rgb(path: str, frame: int, header: Header) -> NDArray[Any]:
    """The pixels of the data window: (height, width, 3), upright, C-contiguous.

    dtype float16, float32, uint8 or uint16, as ``header.precision`` says. One gray channel comes three times.
    Raises ``PlateUnreadable`` naming frame and file.
    """
    first, last = min(header.channels), max(header.channels)
    with _Opened(path, frame) as opened:
        pixels = opened.input.read_image(header.part, 0, first, last + 1, header.precision)
        # A JPEG that is cut off still gives a picture, gray where bytes are missing: only the error text tells.
        complaint = opened.input.geterror()
    if pixels is None or complaint:
        raise opened.unreadable("cannot be decoded", detail=complaint)
    chosen = [channel - first for channel in header.channels]
    rgb = pixels if chosen == [0, 1, 2] and pixels.shape[2] == 3 else pixels[..., chosen]
    return upright(rgb, header.orientation)


class _Opened:
    """An open ``ImageInput``, closed at the end of its ``with`` block."""

    def __init__(self, path: str, frame: int) -> None:
        self.path, self.frame = path, frame
        settings = oiio.ImageSpec()
        settings.attribute("oiio:UnassociatedAlpha", 1)  # else OpenImageIO multiplies PNG and TIFF colors by alpha
        opened = oiio.ImageInput.open(path, settings)
        if opened is None:
            raise self.unreadable("cannot be read", detail=oiio.geterror())
        self.input: oiio.ImageInput = opened

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.input.close()

    def parts(self) -> Iterator[oiio.ImageSpec]:
        """The header of every part; an ordinary file has one."""
        index = 0
        while self.input.seek_subimage(index, 0):
            yield self.input.spec()
            index += 1
        self.input.geterror()  # asking for the part after the last one is no fault

    def unreadable(self, what: str, advice: str = "", detail: str = "") -> PlateUnreadable:
        reason = f": {detail.splitlines()[0].rstrip('.')}" if detail else ""
        message = f"Frame {self.frame} ({os.path.basename(self.path)}) {what}{reason}."
        return PlateUnreadable(message, field="plate.path", advice=advice)


def _header(spec: oiio.ImageSpec, part: int, channels: tuple[int, int, int], view: str) -> Header:
    width, height = spec.full_width, spec.full_height
    x, y = spec.x - spec.full_x, spec.y - spec.full_y
    orientation = spec.get_int_attribute("Orientation", 1)
    orientation = orientation if 1 <= orientation <= 8 else 1
    aspect = spec.get_float_attribute("PixelAspectRatio", 1.0)
    aspect = aspect if np.isfinite(aspect) and aspect > 0 else 1.0
    data_window = upright_window(Window(x, y, x + spec.width, y + spec.height), width, height, orientation)
    sideways = is_on_its_side(orientation)
    color = colorspace_of(spec, _precision(spec, channels))
    return Header(
        display=Window(0, 0, height, width) if sideways else Window(0, 0, width, height),
        origin=(spec.full_x, spec.full_y),
        data_window=data_window,
        pixel_aspect=1 / aspect if sideways else aspect,
        fps=_fps(spec),
        colorspace=color.name,
        colorspace_from=color.source,
        precision=_precision(spec, channels),
        orientation=orientation,
        part=part,
        channels=channels,
        view=view,
        timecode=of_header(spec),
        chromaticities=_chromaticities(spec),
        color_id=spec.get_string_attribute("colorInteropID"),
    )


def _chromaticities(spec: oiio.ImageSpec) -> tuple[float, ...]:
    stated = spec.getattribute("chromaticities")
    return tuple(float(value) for value in stated) if isinstance(stated, tuple) and len(stated) == 8 else ()


def _precision(spec: oiio.ImageSpec, channels: Sequence[int]) -> str:
    """The channels' common precision; kinds that the models' pictures do not use (32-bit integers…) come as float."""
    kinds = {_PRECISION.get(str(spec.channelformat(channel)), "float") for channel in channels}
    return kinds.pop() if len(kinds) == 1 else "float"


def _fps(spec: oiio.ImageSpec) -> float | None:
    value: Any = spec.getattribute("FramesPerSecond")
    if isinstance(value, Sequence) and len(value) == 2 and value[1]:
        value = value[0] / value[1]
    value = value or spec.get_float_attribute("dpx:FrameRate", 0.0) or spec.get_float_attribute("dpx:TemporalFrameRate")
    return float(value) if isinstance(value, (int, float)) and np.isfinite(value) and value > 0 else None


def _picture_of(parts: Sequence[oiio.ImageSpec], view: str, opened: _Opened) -> tuple[int, tuple[int, int, int], str]:
    """The part and channels of the picture, or of its ``view``; and the name of the view it is, empty without names."""
    views: list[str] = []
    for spec in parts:
        inside = spec.getattribute("multiView")
        inside = [inside] if isinstance(inside, str) else list(inside or ())
        views += [spec.get_string_attribute("view") or "", *inside]
    views = list(dict.fromkeys(name for name in views if name))
    if view and view not in views:
        known = f"It has {', '.join(views)}." if views else "It has no views; leave the view empty."
        name = os.path.basename(opened.path)
        raise BadField(f"there is no view {view!r} in frame {opened.frame} ({name}).", field="plate.view", advice=known)
    for index, spec in enumerate(parts):
        named = spec.get_string_attribute("view")
        if view and named and named != view:
            continue
        wanted = "" if named or not views or view in ("", views[0]) else view
        channels = rgb_channels(spec.channelnames, view=wanted, views=views)
        if channels:
            return index, channels, named or wanted or next(iter(views), "")
    names = ", ".join(name for spec in parts for name in spec.channelnames[:8]) or "no channels"
    raise opened.unreadable(f"has no picture, only {names}", "Choose a file with R, G and B channels.")


def rgb_channels(names: Sequence[str], *, view: str = "", views: Sequence[str] = ()) -> tuple[int, int, int] | None:
    """The indices of R, G, B among ``names``; one luminance channel counts three times; None without a picture.

    Plain R, G, B come before the layers ``rgba``, ``rgb``, ``beauty``, ``combined``…, and these before any other
    layer, in file order. In a file of several ``views`` the channels of ``view`` carry its name as a layer; those
    of the first view carry none (OpenEXR, "Multi-View").
    """
    layers: dict[str, dict[str, int]] = {}
    for index, name in enumerate(names):
        layer, _, channel = name.rpartition(".")
        layers.setdefault(layer, {})[{"red": "r", "green": "g", "blue": "b"}.get(channel.lower(), channel.lower())] = (
            index
        )
    usable = [layer for layer in layers if _view_of(layer, views) == view]
    usable.sort(key=lambda layer: _rank(layer, view))
    for layer in usable:
        found = layers[layer]
        if all(channel in found for channel in "rgb"):
            return found["r"], found["g"], found["b"]
    for layer in usable:
        found = layers[layer]
        gray = next((found[name] for name in ("y", "l", "luminance") if name in found), None)
        if gray is not None and "ry" not in found:  # luminance with chroma at half size is no gray picture
            return gray, gray, gray
    return None


def _view_of(layer: str, views: Sequence[str]) -> str:
    return next((token for token in layer.split(".") if token in views[1:]), "")


def _rank(layer: str, view: str) -> int:
    tokens = [token.lower() for token in layer.split(".") if token != view]
    last = tokens[-1] if tokens else ""
    return _LAYERS.index(last) if last in _LAYERS else len(_LAYERS)
