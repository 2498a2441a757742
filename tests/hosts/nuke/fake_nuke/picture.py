"""Pictures between nodes, and image files on disk.

A picture has a format, a bounding box and channels. Boxes are Nuke's: (x, y, r, t), y up, pixel edges at whole numbers,
(0, 0) the format's bottom left corner. Arrays are float32 (t - y, r - x), their first row the **top** one, as in files.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

Box = Tuple[int, int, int, int]
EXR_NAMES = {"R": "red", "G": "green", "B": "blue", "A": "alpha"}


class Size(NamedTuple):
    """A format without a name."""

    width: int
    height: int
    aspect: float = 1.0

    @property
    def box(self) -> Box:
        return 0, 0, self.width, self.height


@dataclass
class Picture:
    """What a node shows at one frame in one view. Outside ``bbox`` every channel is 0."""

    size: Size
    bbox: Box
    channels: Dict[str, Any]
    metadata: Dict[str, Any] = field(default_factory=dict)

    def over(self, channel: str, box: Box) -> Any:
        """The channel over ``box``, zeros where it is not defined; rows from the top."""
        import numpy as np

        out = np.zeros((box[3] - box[1], box[2] - box[0]), np.float32)
        x, y, r, t = overlap(box, self.bbox)
        if channel in self.channels and r > x and t > y:
            part = self.channels[channel][self.bbox[3] - t : self.bbox[3] - y, x - self.bbox[0] : r - self.bbox[0]]
            out[box[3] - t : box[3] - y, x - box[0] : r - box[0]] = part
        return out

    def over_format(self, channel: str) -> Any:
        """The channel over the whole format: float32 (height, width), rows from the top."""
        return self.over(channel, self.size.box)

    def pixel(self, channel: str, x: float, y: float) -> float:
        """The value of the pixel that holds the point (x, y), y up."""
        import math

        left, bottom = math.floor(x), math.floor(y)
        return float(self.over(channel, (left, bottom, left + 1, bottom + 1))[0, 0])


def overlap(a: Box, b: Box) -> Box:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def union(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def nuke_name(channel: str) -> str:
    """An EXR file's channel as Nuke calls it: ``A`` is ``rgba.alpha``, ``ball.R`` is ``ball.red``."""
    layer, _, part = channel.rpartition(".")
    if not layer:
        layer = "rgba" if part in EXR_NAMES else "depth" if part == "Z" else "other"
    return f"{layer}.{EXR_NAMES.get(part, part)}"


def file_name(channel: str) -> str:
    """The inverse of ``nuke_name``."""
    layer, _, part = channel.rpartition(".")
    letter = {word: letter for letter, word in EXR_NAMES.items()}.get(part, part)
    return letter if layer == "rgba" or channel == "depth.Z" else f"{layer}.{letter}"


class Header(NamedTuple):
    """An image file's header: Nuke's size and box, and the channels of one view by Nuke's names."""

    size: Size
    bbox: Box
    channels: List[str]
    metadata: Dict[str, Any]
    integers: bool


def read_header(path: str, view: str = "main") -> Header:
    """Raises ``RuntimeError`` in words that name the file."""
    spec, places = _open(path, view, pixels=False)[:2]
    return _header(spec, places)


def read_picture(path: str, view: str = "main") -> Picture:
    """The file's pixels as they are stored; integers run from 0 to 1."""
    spec, places, pixels = _open(path, view, pixels=True)
    header = _header(spec, places)
    channels = {name: pixels[:, :, at].copy() for name, at in places.items()}
    return Picture(header.size, header.bbox, channels, header.metadata)


def _open(path: str, view: str, pixels: bool) -> Tuple[Any, Dict[str, int], Any]:
    import OpenImageIO as oiio

    if not os.path.exists(path):
        raise RuntimeError(f"{path}: No such file or directory")
    source = oiio.ImageInput.open(path)
    if not source:
        raise RuntimeError(f"{path}: {oiio.geterror()}")
    try:
        part = _part_of_view(source, view)
        source.seek_subimage(part, 0)
        spec = source.spec()
        places = _places(spec, view)
        read = source.read_image(part, 0, 0, spec.nchannels, "float") if pixels else None
        if pixels and read is None:
            raise RuntimeError(f"{path}: {source.geterror()}")
    finally:
        source.close()
    return spec, places, read.reshape(spec.height, spec.width, spec.nchannels) if pixels else None


def _part_of_view(source: Any, view: str) -> int:
    """The part of a multi-part file that carries ``view``; 0 where no part names it."""
    part = 0
    while source.seek_subimage(part, 0):
        if source.spec().get_string_attribute("view") == view:
            return part
        part += 1
    return 0


def _places(spec: Any, view: str) -> Dict[str, int]:
    """Channel numbers by Nuke's names; in a multi-view part the other views' channels are left out."""
    views = list(spec.getattribute("multiView") or [])
    if len(spec.channelnames) == 1 and spec.channelnames[0] in ("Y", "I"):
        return {"rgba.red": 0, "rgba.green": 0, "rgba.blue": 0}
    places = {}
    for at, name in enumerate(spec.channelnames):
        owner = name.split(".")[0] if "." in name and name.split(".")[0] in views else (views or [view])[0]
        if owner == view or (view not in views and owner == (views or [view])[0]):
            places[nuke_name(name[len(owner) + 1 :] if name.startswith(f"{owner}.") and views else name)] = at
    return places


def _header(spec: Any, places: Dict[str, int]) -> Header:
    aspect = float(spec.getattribute("PixelAspectRatio") or 1.0)
    size = Size(spec.full_width, spec.full_height, aspect)
    left, top = spec.x - spec.full_x, spec.y - spec.full_y
    bbox = (left, size.height - top - spec.height, left + spec.width, size.height - top)
    metadata = {f"exr/{item.name}": item.value for item in spec.extra_attribs}
    return Header(size, bbox, list(places), metadata, spec.format.basetype not in (_half(), _float()))


def _half() -> Any:
    import OpenImageIO as oiio

    return oiio.BASETYPE.HALF


def _float() -> Any:
    import OpenImageIO as oiio

    return oiio.BASETYPE.FLOAT


def write_picture(path: str, picture: Picture, channels: List[str], box: Box, options: Dict[str, str]) -> None:
    """Writes an image file: EXR with data window ``box``, else the format's pixels, 0 to 1.

    ``options``: ``datatype`` and ``compression`` in Nuke's words. Raises ``RuntimeError`` that names the file.
    """
    import numpy as np
    import OpenImageIO as oiio

    exr = path.lower().endswith(".exr")
    box = box if exr else picture.size.box
    stack = np.stack([picture.over(name, box) for name in channels], axis=2)
    datatype = options.get("datatype", "16 bit half" if exr else "8 bit")
    kind = {"16 bit half": "half", "32 bit float": "float", "8 bit": "uint8", "16 bit": "uint16"}[datatype]
    spec = oiio.ImageSpec(box[2] - box[0], box[3] - box[1], len(channels), kind)
    spec.channelnames = tuple(file_name(name) for name in channels)
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, picture.size.width, picture.size.height
    spec.x, spec.y = box[0], picture.size.height - box[3]
    spec.attribute("PixelAspectRatio", float(picture.size.aspect))
    if exr:
        words = options.get("compression", "Zip (1 scanline)")
        names = {"none": "none", "Zip (1 scanline)": "zips", "Zip (16 scanlines)": "zip", "RLE": "rle"}
        spec.attribute("compression", names.get(words, "piz"))
    target = oiio.ImageOutput.create(path)
    if not target or not target.open(path, spec):
        raise RuntimeError(f"{path}: {(target.geterror() if target else oiio.geterror()) or 'cannot be opened'}")
    done = target.write_image(np.ascontiguousarray(stack, np.float32))
    target.close()
    fault = target.geterror()
    if not done or fault:
        raise RuntimeError(f"{path}: {fault or 'cannot be written'}")


def black(size: Size, channels: Optional[List[str]] = None) -> Picture:
    """A picture of zeros over the whole format."""
    import numpy as np

    zeros = {name: np.zeros((size.height, size.width), np.float32) for name in channels or []}
    return Picture(size, size.box, zeros)
