"""One tracked frame as bytes and back: logits in half precision, losslessly packed from there, with a checksum.

Half precision moves no soft edge by more than 1.03e-4 (1/9700): a half between 2 and 4 is off by 2^-10 at most, the
sigmoid is steepest there at 2, with a slope of 0.105, and every other range of halves comes to less. A half-float EXR
itself rounds alpha by up to 2.4e-4. The pipeline pulls the first mattes from ``quantized`` segments too, so that
finishing again gives the same bytes.

How it is packed was measured (``tests/benchmarks/kept.py``). Most of a matte's logits are one and the same "certainly
not": only the rectangle that differs is stored. Within it, halves become integers in the order of their values, each
is predicted from its left, upper and upper left neighbors (the planar prediction of ITU-T T.81, selection 4: exact on
any slanted plane, and logits are smooth), high and low bytes are parted, and zlib packs runs and code lengths only
(``Z_RLE``). Measured on one core: 1024 x 1024 smooth logits take 0.43 MB, 18 ms to pack and 13 to unpack, where
``np.savez_compressed`` of the same halves takes 1.09 MB and 99 ms; an HD frame of the preview engine, 0.07 MB and 5 ms.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import InternalError, NotKept

from ..engines.seams import Segment
from ..finish.alpha import LOGIT_LIMIT
from ..plates.model import Window

FORMAT = 2
"""Raised when the bytes change. It is in the magic number and in every address, so that old files are not read."""

LARGEST_ALPHA_ERROR = 1.03e-4
"""By how much ``sigmoid(logits)`` differs at most after a round trip, at the logits' own scale."""

_MAGIC = b"MWKEPT%02d" % FORMAT
_HEAD = struct.Struct("<8sQ16s")  # magic, bytes that follow, their BLAKE2b
_FRAME = struct.Struct("<q4i?2I?H")  # frame, data window, timecode: there, time, user; detected again; objects
_OBJECT = struct.Struct("<Id?2d")  # number, score, present, logits to a cell across and down
_LOGITS = struct.Struct("<2I4IHI")  # height, width, rectangle x0 y0 x1 y1, code outside, packed bytes
_LARGEST = 1 << 28
"""Logits of one object. More than any engine gives; a header that claims more is damaged."""

_SIGN = np.uint16(0x8000)

Codes = NDArray[np.uint16]


@dataclass(frozen=True)
class KeptFrame:
    """All that finishing needs of one tracked frame beside the plate itself.

    ``segments``: by object number. ``window``: the frame's data window. ``timecode``: time and user bits as OpenEXR
    packs SMPTE ST 12. ``again``: the detector looked again here.
    """

    frame: int
    segments: Mapping[int, Segment]
    window: Window
    timecode: tuple[int, int] | None = None
    again: bool = False


@dataclass(frozen=True)
class _Part:
    """Logits as they are stored: ``codes`` (h, w) fill the rectangle at (x, y), ``outside`` the rest of ``shape``."""

    shape: tuple[int, int]
    x: int
    y: int
    codes: Codes
    outside: int


def quantized(segment: Segment) -> Segment:
    """The segment as a round trip gives it back: logits float32 (h, w), cut to ±``LOGIT_LIMIT``, exact in half
    precision. Those of an object out of sight are not kept: (1, 1). NaN stays NaN, for the finish to refuse.
    """
    return _segment(segment.score, _part(segment) if segment.present else None, segment.cell)


def pack(kept: KeptFrame) -> bytes:
    """The frame as bytes. ``InternalError`` for logits that are not (h, w)."""
    time, user = kept.timecode or (0, 0)
    window = kept.window
    edges = (window.x0, window.y0, window.x1, window.y1)
    stamped = kept.timecode is not None
    parts = [_FRAME.pack(kept.frame, *edges, stamped, time, user, kept.again, len(kept.segments))]
    for number, segment in sorted(kept.segments.items()):
        parts.append(_OBJECT.pack(number, float(segment.score), segment.present, *segment.cell))
        if segment.present:
            parts += _packed(_part(segment))
    body = b"".join(parts)
    return _HEAD.pack(_MAGIC, len(body), _digest(body)) + body


def unpack(data: bytes) -> KeptFrame:
    """What ``pack`` was given, its segments ``quantized``. ``NotKept`` for anything else, such as a damaged file."""
    if len(data) < _HEAD.size:
        raise NotKept(f"It has {len(data)} bytes, too few for a tracked frame.")
    magic, size, digest = _HEAD.unpack_from(data)
    body = data[_HEAD.size :]
    if magic != _MAGIC:
        raise NotKept("It is not a tracked frame of this version.")
    if len(body) != size:
        raise NotKept(f"It has {len(body)} of {size} bytes.")
    if _digest(body) != digest:
        raise NotKept("Its checksum is wrong.")
    try:
        return _frame(body)
    except (struct.error, zlib.error, ValueError) as fault:
        raise NotKept(f"It cannot be read ({fault}).") from fault


def _frame(body: bytes) -> KeptFrame:
    frame, x0, y0, x1, y1, stamped, time, user, again, count = _FRAME.unpack_from(body)
    at = _FRAME.size
    segments: dict[int, Segment] = {}
    for _ in range(count):
        number, score, present, *cell = _OBJECT.unpack_from(body, at)
        at += _OBJECT.size
        part = None
        if present:
            part, at = _unpacked(body, at)
        segments[number] = _segment(score, part, (cell[0], cell[1]))
    if at != len(body):
        raise ValueError(f"{len(body) - at} bytes too many")
    return KeptFrame(frame, segments, Window(x0, y0, x1, y1), (time, user) if stamped else None, again)


def _part(segment: Segment) -> _Part:
    logits = segment.logits
    if logits.ndim != 2 or not logits.size:
        raise InternalError(f"Logits must be (h, w), not {logits.shape}.")
    # Looked for before rounding: comparing is several times cheaper than making halves of a whole HD frame.
    different = logits != logits[0, 0]
    rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
    y0, y1, x0, x1 = (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1) if rows.size else (0, 0, 0, 0)
    height, width = logits.shape
    outside = int(_codes(logits[:1, :1])[0, 0])
    return _Part((height, width), int(x0), int(y0), _codes(logits[y0:y1, x0:x1]), outside)


def _segment(score: float, part: _Part | None, cell: tuple[float, float]) -> Segment:
    if part is None:
        return Segment(np.full((1, 1), -LOGIT_LIMIT, np.float32), float(score), present=False)
    logits = np.full(part.shape, _values(np.array(part.outside, np.uint16)), np.float32)
    height, width = part.codes.shape
    logits[part.y : part.y + height, part.x : part.x + width] = _values(part.codes)
    return Segment(logits, float(score), cell=cell)


def _codes(logits: NDArray[np.float32]) -> Codes:
    """Halves as integers that are ordered as their values are, so that near values have near codes."""
    bits = np.clip(logits, -LOGIT_LIMIT, LOGIT_LIMIT).astype(np.float16).view(np.uint16)
    codes: Codes = bits ^ ((bits.view(np.int16) >> 15).view(np.uint16) | _SIGN)
    return codes


def _values(codes: Codes) -> NDArray[np.float32]:
    bits = codes ^ (~(codes.view(np.int16) >> 15).view(np.uint16) | _SIGN)
    values: NDArray[np.float32] = bits.view(np.float16).astype(np.float32)
    return values


def _packed(part: _Part) -> list[bytes]:
    height, width = part.codes.shape
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    data = packer.compress(_residues(part.codes)) + packer.flush()
    edges = (part.x, part.y, part.x + width, part.y + height)
    return [_LOGITS.pack(*part.shape, *edges, part.outside, len(data)), data]


def _unpacked(body: bytes, at: int) -> tuple[_Part, int]:
    height, width, x0, y0, x1, y1, outside, size = _LOGITS.unpack_from(body, at)
    at += _LOGITS.size
    if not (0 < height * width <= _LARGEST and x0 <= x1 <= width and y0 <= y1 <= height):
        raise ValueError(f"{width} x {height} logits with a rectangle from {x0}, {y0} to {x1}, {y1}")
    expected = 2 * (x1 - x0) * (y1 - y0)
    residues = zlib.decompressobj().decompress(body[at : at + size], expected + 1)
    if len(residues) != expected:
        raise ValueError(f"{len(residues)} of {expected} bytes of logits")
    return _Part((height, width), x0, y0, _predicted(residues, y1 - y0, x1 - x0), outside), at + size


def _residues(codes: Codes) -> bytes:
    """What is left of each code after its prediction, modulo 2^16; signs moved into the lowest bit, so that small
    residues of either sign have a high byte of 0; all high bytes after all low ones."""
    left = codes.copy()
    left[:, 1:] -= codes[:, :-1]
    residues = left.copy()
    residues[1:] -= left[:-1]
    signed = residues.view(np.int16)
    folded: NDArray[np.int16] = (signed << 1) ^ (signed >> 15)
    return bytes(folded.astype("<i2").reshape(-1, 1).view(np.uint8).T.tobytes())


def _predicted(residues: bytes, height: int, width: int) -> Codes:
    planes = np.frombuffer(residues, np.uint8).reshape(2, -1)
    folded = planes[0] | planes[1].astype(np.uint16) << np.uint16(8)
    signed = (folded >> np.uint16(1)) ^ (np.uint16(0) - (folded & np.uint16(1)))
    rows = signed.reshape(height, width)
    for above, row in pairwise(rows):  # five times faster than cumsum down the columns
        row += above
    codes: Codes = np.cumsum(rows, axis=1, dtype=np.uint16)
    return codes


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()
