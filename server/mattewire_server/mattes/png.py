"""PNG: gray, RGB or straight RGBA of the display window, 8 or 16 bits. PNG has no data window."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import InternalError

_OPENCV_ORDER = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}


def png_bytes(pixels: NDArray[Any], pixel_aspect: float, facts: Mapping[str, str], subject: str) -> bytes:
    """A whole PNG of ``pixels``, uint8 or uint16 (rows, columns, 1, 3 or 4).

    OpenImageIO's writer says True on a full disk, so OpenCV encodes in memory and the bytes are written by ourselves.
    The file claims no color: ``gAMA``, ``cICP`` and ``iCCP`` are left out.
    """
    encoded, data = cv2.imencode(".png", np.ascontiguousarray(pixels[..., _OPENCV_ORDER[pixels.shape[2]]]))
    if not encoded:
        raise InternalError(f"{subject}: OpenCV could not make a PNG of {pixels.shape[1]}x{pixels.shape[0]}.")
    image = data.tobytes()
    # The header chunk is the first 33 bytes (signature 8, length 4, name 4, content 13, check 4); ours follow.
    return image[:33] + _facts(pixel_aspect, facts) + image[33:]


def _facts(pixel_aspect: float, facts: Mapping[str, str]) -> bytes:
    chunks = b""
    if pixel_aspect != 1.0:
        # Pixels per unit across and down, unit unknown: a pixel twice as wide as high has 1 across to 2 down.
        ratio = Fraction(pixel_aspect).limit_denominator(10_000)
        chunks += _chunk(b"pHYs", struct.pack(">IIB", ratio.denominator, ratio.numerator, 0))
    for name, text in facts.items():
        # Keyword, then: not compressed, no language, no translated keyword, UTF-8 (PNG 3rd edition, 11.3.3.4).
        chunks += _chunk(b"iTXt", name.encode("ascii") + b"\0\0\0\0\0" + text.encode("utf-8"))
    return chunks


def _chunk(name: bytes, content: bytes) -> bytes:
    """One PNG chunk: length, name, content, checksum of name and content (PNG 3rd edition, 5.3)."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
