"""Reading the PNG that Resolve writes of its viewer, with nothing but the standard library: for the self-test."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Dict, List, Tuple

from mattewire_protocol.errors import PlateUnreadable

_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
"""Samples a pixel by color type: gray, RGB, gray with alpha, RGBA."""


def brightness(path: Path) -> Tuple[int, int, List[List[float]]]:
    """Width, height, and for each line, the top one first, the brightest channel of each pixel, 0..1.

    8 and 16 bit, not interlaced, no palette (PNG specification, third edition, sections 9 and 11). ``PlateUnreadable``
    for any other file.
    """
    try:
        chunks = _chunks(path.read_bytes())
        width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks["IHDR"])
        if depth not in (8, 16) or kind not in _CHANNELS or interlaced:
            raise ValueError(f"{depth} bit, color type {kind}")
        channels, size = _CHANNELS[kind], depth // 8
        seen = channels - (kind in (4, 6))  # alpha says nothing of what is seen
        lines = _unfiltered(zlib.decompress(chunks["IDAT"]), width * channels * size, height, channels * size)
        step = channels * size
        rows = [
            [max(line[at + each * size] for each in range(seen)) / 255 for at in range(0, width * step, step)]
            for line in lines  # of 16 bit the high byte: it comes first, and says enough
        ]
    except (OSError, ValueError, KeyError, IndexError, struct.error, zlib.error) as problem:
        raise PlateUnreadable(f"{path.name}, Resolve's still, cannot be read: {problem}.") from None
    return width, height, rows


def _chunks(data: bytes) -> Dict[str, bytes]:
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("it is no PNG")
    found: Dict[str, bytes] = {}
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name = data[at + 4 : at + 8].decode("latin-1")
        found[name] = found.get(name, b"") + data[at + 8 : at + 8 + length]
        at += 12 + length
    return found


def _unfiltered(data: bytes, length: int, height: int, step: int) -> List[bytes]:
    """The lines as they were before each was filtered by one of five rules."""
    lines: List[bytes] = []
    above = bytes(length)
    for row in range(height):
        at = row * (length + 1)
        rule, line = data[at], bytearray(data[at + 1 : at + 1 + length])
        if len(line) < length or rule > 4:
            raise ValueError("it is damaged")
        for x in range(length) if rule else ():
            left = line[x - step] if x >= step else 0
            up, corner = above[x], above[x - step] if x >= step else 0
            line[x] = (line[x] + (0, left, up, (left + up) // 2, _paeth(left, up, corner))[rule]) & 255
        above = bytes(line)
        lines.append(above)
    return lines


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
