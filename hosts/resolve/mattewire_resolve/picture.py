"""The keyframe with the boxes that were found, and the strip of frame states, as style sheets of plain labels.

A window of Resolve has no canvas to draw on, and a script there has no image library. So the daemon's JPEG is a
label's background as it is, and the boxes are a clear PNG of the same size over it, written here.
"""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from typing import Collection, List, Optional, Sequence, Tuple

from mattewire_panel.panel import STATE_COLORS
from mattewire_protocol.messages import Detected, Detection

WIDTH, HEIGHT = 432, 243
"""The label's size in the window's pixels: 16 to 9; other shapes leave bars at their sides."""
STRIP_COLUMNS = 180
EMPTY = "background: #202020; color: #7a7a7a;"
KEPT, DROPPED = "#4d9e5f", "#b0b0b0"

_CLEAR, _KEPT, _DROPPED, _INK = range(4)
_THICK, _DASH, _DOT = 3, 8, 4
_DIGITS = {
    "0": "111101101101111", "1": "010110010010111", "2": "111001111100111", "3": "111001111001111",
    "4": "101101111001001", "5": "111100111001111", "6": "111100111101111", "7": "111001001001001",
    "8": "111101111101111", "9": "111101111001111",
}  # fmt: skip
"""3 by 5 dots each, line by line."""


class Picture:
    """Files of the picture that is shown, in a folder of their own; ``style`` is the label's style sheet."""

    def __init__(self) -> None:
        self._folder: Optional[tempfile.TemporaryDirectory[str]] = None
        self._jpeg = ""
        self._made = 0
        self.style = EMPTY

    def show(self, jpeg: bytes, found: Detected, kept: Collection[int], pixel_aspect: float = 1.0) -> None:
        """``jpeg``: the plate frame, without pixel aspect. ``kept``: numbers of the objects to mask."""
        self._jpeg = self._write("jpg", jpeg)
        self._size = fitting(found.width, found.height, pixel_aspect)
        self.mark(found, kept)

    def mark(self, found: Detected, kept: Collection[int]) -> None:
        """Draws the boxes anew over the same frame."""
        if self._jpeg:
            boxes = self._write("png", overlay(self._size, found, kept))
            self.style = _style(self._jpeg, boxes, self._size)

    def clear(self) -> None:
        """No picture."""
        self._jpeg, self.style = "", EMPTY

    @property
    def is_shown(self) -> bool:
        return bool(self._jpeg)

    def close(self) -> None:
        """Removes the files."""
        self.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _write(self, suffix: str, data: bytes) -> str:
        """A new name each time: Qt keeps what it has read of an old one."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="mattewire-picture-")
        for old in os.listdir(self._folder.name):
            if old.endswith(suffix):
                os.remove(os.path.join(self._folder.name, old))
        self._made += 1
        path = os.path.join(self._folder.name, f"{self._made}.{suffix}")
        with open(path, "wb") as file:
            file.write(data)
        return path.replace(os.sep, "/")


def fitting(width: int, height: int, pixel_aspect: float = 1.0) -> Tuple[int, int]:
    """The largest size of that shape that the label has room for."""
    wide, high = max(width, 1) * pixel_aspect, float(max(height, 1))
    fit = min(WIDTH / wide, HEIGHT / high)
    return max(1, round(wide * fit)), max(1, round(high * fit))


def overlay(size: Tuple[int, int], found: Detected, kept: Collection[int]) -> bytes:
    """A clear PNG with a numbered box for each match: solid where it is kept, gray and dashed where dropped."""
    canvas = _Canvas(*size)
    for match in sorted(found.objects, key=lambda each: each.object in kept):  # those that are kept lie on top
        canvas.box(_scaled(match, size, found), match.object, match.object in kept)
    return canvas.png()


def strip(states: Sequence[str]) -> str:
    """The style sheet of a label that shows frame states from left to right; see ``PanelModel.strip``."""
    if not states:
        return "background: #262626;"
    stops: List[str] = []
    for at, state in enumerate(states):
        begins = at == 0 or states[at - 1] != state
        ends = at == len(states) - 1 or states[at + 1] != state
        color = STATE_COLORS.get(state, "#ffffff")
        if begins:  # a hair to the right of where the last run ends: two stops at one place are one
            stops.append(f"stop:{at / len(states) + (1e-4 if at else 0):.5f} {color}")
        if ends:
            stops.append(f"stop:{(at + 1) / len(states):.5f} {color}")
    return f"background: qlineargradient(x1:0, y1:0, x2:1, y2:0, {', '.join(stops)});"


class _Canvas:
    """One byte a pixel: an index into four colors."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._rows = [bytearray(width) for _ in range(height)]

    def box(self, corners: Tuple[int, int, int, int], number: int, kept: bool) -> None:
        left, top, right, bottom = corners
        color = _KEPT if kept else _DROPPED
        across = [x for x in range(left, right + 1) if kept or (x - left) % (_DASH + _DOT) < _DASH]
        down = [y for y in range(top, bottom + 1) if kept or (y - top) % (_DASH + _DOT) < _DASH]
        for inner in range(_THICK):
            for x in across:
                self._dot(x, top + inner, color)
                self._dot(x, bottom - inner, color)
            for y in down:
                self._dot(left + inner, y, color)
                self._dot(right - inner, y, color)
        self._plate(left, top, str(number), color)

    def _plate(self, left: int, top: int, text: str, color: int) -> None:
        """The number on a plate of the box's color, in the box's corner, all of it in the picture."""
        scale, margin = 2, 3
        wide, high = len(text) * 4 * scale - scale + 2 * margin, 5 * scale + 2 * margin
        left = max(0, min(left, self.width - wide))
        top = max(0, min(top, self.height - high))
        for y in range(top, top + high):
            for x in range(left, left + wide):
                self._dot(x, y, color)
        for place, digit in enumerate(text):
            for at, dot in enumerate(_DIGITS[digit]):
                if dot == "1":
                    x = left + margin + (place * 4 + at % 3) * scale
                    y = top + margin + at // 3 * scale
                    for step in range(scale * scale):
                        self._dot(x + step % scale, y + step // scale, _INK)

    def _dot(self, x: int, y: int, color: int) -> None:
        if 0 <= x < self.width and 0 <= y < self.height:
            self._rows[y][x] = color

    def png(self) -> bytes:
        """Indexed color with one clear index (PNG specification, third edition, color type 3, chunk tRNS)."""
        palette = b"\0\0\0" + _rgb(KEPT) + _rgb(DROPPED) + b"\0\0\0"
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        lines = b"".join(b"\0" + bytes(row) for row in self._rows)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            _chunk(name, data)
            for name, data in (
                (b"IHDR", header),
                (b"PLTE", palette),
                (b"tRNS", b"\0\xff\xff\xff"),
                (b"IDAT", zlib.compress(lines)),
                (b"IEND", b""),
            )
        )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _rgb(color: str) -> bytes:
    return bytes.fromhex(color[1:])


def _scaled(match: Detection, size: Tuple[int, int], found: Detected) -> Tuple[int, int, int, int]:
    """A match's corners in the picture's pixels, both included."""
    across, down = size[0] / found.width, size[1] / found.height
    left, top = round(match.x0 * across), round(match.y0 * down)
    right, bottom = round(match.x1 * across) - 1, round(match.y1 * down) - 1
    return max(left, 0), max(top, 0), min(right, size[0] - 1), min(bottom, size[1] - 1)


def _style(jpeg: str, boxes: str, size: Tuple[int, int]) -> str:
    sides, ends = (WIDTH - size[0]) // 2, (HEIGHT - size[1]) // 2
    return (
        f'border-image: url("{jpeg}") 0 0 0 0 stretch stretch; image: url("{boxes}"); '
        f"margin: {ends}px {WIDTH - size[0] - sides}px {HEIGHT - size[1] - ends}px {sides}px; padding: 0px;"
    )
