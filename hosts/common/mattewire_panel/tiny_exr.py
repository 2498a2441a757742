"""A small part of OpenEXR in the standard library alone, for hosts that bring no image library of their own.

Enough to write a plate for a self-test and to read back a channel of the mattes that the daemon writes: single-part
scanline files, half and float, uncompressed, ZIPS and ZIP. Both follow the OpenEXR file layout document
(https://openexr.com/en/latest/OpenEXRFileLayout.html); ZIP's byte order is that of the library's ``ImfZip.cpp``.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from mattewire_protocol.errors import BadField, NotWritable, PlateUnreadable, UnknownFormat

Window = Tuple[int, int, int, int]
Pixel = Callable[[int, int], Tuple[float, float, float]]

MAGIC = 20000630
_HALF, _FLOAT = 1, 2
_SIZES = {0: 4, _HALF: 2, _FLOAT: 4}
_LETTERS = {_HALF: "e", _FLOAT: "f"}
_LINES_IN_CHUNK = {0: 1, 2: 1, 3: 16}
"""Of the compressions that are read: none, ZIPS, ZIP."""
_NAMES = ("none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab")
_TILED, _DEEP, _MULTIPART = 0x200, 0x800, 0x1000


def write_rgb(
    path: str | Path,
    pixel: Pixel,
    width: int,
    height: int,
    *,
    data_window: Optional[Window] = None,
    pixel_aspect: float = 1.0,
) -> None:
    """Writes a scene-linear picture: half-float R, G, B, uncompressed.

    ``pixel(x, y)``: red, green and blue of a pixel, counted from the display window's top left, y down; asked for
    every pixel of the data window. ``data_window``: left, top, right, bottom, all included; absent: the display
    window, ``width`` x ``height``. ``BadField`` for sizes that cannot be and values that half floats cannot hold,
    ``NotWritable`` when the file cannot be written.
    """
    if width < 1 or height < 1 or not 0 < pixel_aspect < 1e6:
        raise BadField(f"{width} x {height} at pixel aspect {pixel_aspect} is no picture.", field="width")
    left, top, right, bottom = window = data_window or (0, 0, width - 1, height - 1)
    if right < left or bottom < top:
        raise BadField(f"{window} is empty.", field="data_window")
    header = _header(window, (0, 0, width - 1, height - 1), pixel_aspect)
    count = right - left + 1
    lines = bottom - top + 1
    size = 3 * 2 * count
    pack = struct.Struct(f"<{count}e").pack
    at = len(header) + 8 * lines
    offsets = [at + line * (8 + size) for line in range(lines)]
    try:
        with open(path, "wb") as stream:
            stream.write(header + struct.pack(f"<{lines}Q", *offsets))
            for y in range(top, bottom + 1):
                reds, greens, blues = zip(*(pixel(x, y) for x in range(left, right + 1)))
                # Channels lie in the order of their names.
                stream.write(struct.pack("<ii", y, size) + pack(*blues) + pack(*greens) + pack(*reds))
    except OverflowError:
        raise BadField(f"Line {y} has a value beyond half floats, whose largest is 65504.", field="pixel") from None
    except OSError as problem:
        raise NotWritable(f"{path} cannot be written: {problem.strerror}.") from None


def read_channel(path: str | Path, name: str = "A") -> Tuple[Window, List[List[float]]]:
    """One channel of a picture: its data window (left, top, right, bottom, all included) and its lines, top first.

    ``PlateUnreadable`` when the file is missing, broken or lacks the channel; ``UnknownFormat`` for the kinds of EXR
    that this reader leaves out.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as problem:
        raise PlateUnreadable(f"{path} cannot be read: {problem.strerror}.") from None
    try:
        return _read(data, name, str(path))
    except (struct.error, zlib.error, IndexError, KeyError, OverflowError, UnicodeDecodeError) as problem:
        raise PlateUnreadable(f"{path} is no whole EXR ({type(problem).__name__}: {problem}).") from None


# --- writing -----------------------------------------------------------------------------------------------


def _header(window: Window, display: Window, pixel_aspect: float) -> bytes:
    channels = b"".join(name + struct.pack("<i4xii", _HALF, 1, 1) for name in (b"B\0", b"G\0", b"R\0"))
    attributes = (
        (b"channels", b"chlist", channels + b"\0"),
        (b"compression", b"compression", b"\0"),
        (b"dataWindow", b"box2i", struct.pack("<4i", *window)),
        (b"displayWindow", b"box2i", struct.pack("<4i", *display)),
        (b"lineOrder", b"lineOrder", b"\0"),
        (b"pixelAspectRatio", b"float", struct.pack("<f", pixel_aspect)),
        (b"screenWindowCenter", b"v2f", struct.pack("<2f", 0, 0)),
        (b"screenWindowWidth", b"float", struct.pack("<f", 1)),
    )
    body = b"".join(
        name + b"\0" + kind + b"\0" + struct.pack("<i", len(value)) + value for name, kind, value in attributes
    )
    return struct.pack("<ii", MAGIC, 2) + body + b"\0"


# --- reading -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layout:
    """Where a channel lies in every line: ``skip`` bytes from its start, values of ``letter`` as ``struct`` has it."""

    window: Window
    compression: int
    line_bytes: int
    skip: int
    letter: str


def _read(data: bytes, name: str, path: str) -> Tuple[Window, List[List[float]]]:
    magic, version = struct.unpack_from("<ii", data)
    if magic != MAGIC:
        raise PlateUnreadable(f"{path} is no EXR.")
    if version & (_TILED | _DEEP | _MULTIPART):
        raise UnknownFormat(f"{path} is a tiled, deep or multi-part EXR; only plain scanline files are read here.")
    attributes, at = _attributes(data)
    layout = _layout(attributes, name, path)
    left, top, right, bottom = layout.window
    lines = _LINES_IN_CHUNK[layout.compression]
    chunks = (bottom - top) // lines + 1
    values = struct.Struct(f"<{right - left + 1}{layout.letter}")
    rows: Dict[int, List[float]] = {}
    for offset in struct.unpack_from(f"<{chunks}Q", data, at):
        first, size = struct.unpack_from("<ii", data, offset)
        count = min(lines, bottom - first + 1)
        raw = _unpacked(data[offset + 8 : offset + 8 + size], count * layout.line_bytes, layout.compression)
        for line in range(count):
            rows[first + line] = list(values.unpack_from(raw, line * layout.line_bytes + layout.skip))
    return layout.window, [rows[y] for y in range(top, bottom + 1)]


def _attributes(data: bytes) -> Tuple[Dict[str, bytes], int]:
    """The header's values by name, and where the table of offsets begins."""
    found: Dict[str, bytes] = {}
    at = 8
    while data[at]:
        name, at = _text(data, at)
        _, at = _text(data, at)
        (size,) = struct.unpack_from("<i", data, at)
        if size < 0:
            raise struct.error(f"{name} has a size below zero")
        found[name] = data[at + 4 : at + 4 + size]
        at += 4 + size
    return found, at + 1


def _text(data: bytes, at: int) -> Tuple[str, int]:
    end = data.find(b"\0", at)
    if end < 0:
        raise IndexError("a name does not end")
    return data[at:end].decode("utf-8"), end + 1


def _layout(attributes: Dict[str, bytes], name: str, path: str) -> _Layout:
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"])
    if right < left or bottom < top:
        raise struct.error("the data window is empty")
    compression = attributes["compression"][0]
    if compression not in _LINES_IN_CHUNK:
        told = _NAMES[compression] if compression < len(_NAMES) else str(compression)
        raise UnknownFormat(f"{path} is compressed as {told}; only none, zips and zip are read here.")
    channels, at = attributes["channels"], 0
    line_bytes, skip, letter = 0, -1, ""
    while channels[at]:
        each, at = _text(channels, at)
        kind, across, down = struct.unpack_from("<i4x2i", channels, at)
        at += 16
        if (across, down) != (1, 1):
            raise UnknownFormat(f"{path} has the channel {each} at a lower resolution, which is not read here.")
        if each == name:
            if kind not in _LETTERS:
                raise UnknownFormat(f"{path} has whole numbers in {name}; only half and float are read here.")
            skip, letter = line_bytes, _LETTERS[kind]
        line_bytes += _SIZES[kind] * (right - left + 1)
    if skip < 0:
        raise PlateUnreadable(f"{path} has no channel {name}.")
    return _Layout((left, top, right, bottom), compression, line_bytes, skip, letter)


def _unpacked(stored: bytes, size: int, compression: int) -> bytes:
    """The lines of one chunk. What would not shrink is stored as it is."""
    if len(stored) == size:
        return stored
    if not compression or len(stored) > size:
        raise struct.error("a chunk has another size than its lines")
    coded = zlib.decompressobj().decompress(stored, size + 1)
    if len(coded) != size:
        raise struct.error("a chunk unpacks to another size than its lines")
    # Each byte is kept as its difference from the one before, plus 128; first all the even bytes, then the odd ones.
    plain = bytes(value & 0xFF for value in accumulate((kept - 128 for kept in coded[1:]), initial=coded[0]))
    mixed = bytearray(size)
    half = (size + 1) // 2
    mixed[0::2], mixed[1::2] = plain[:half], plain[half:]
    return bytes(mixed)
