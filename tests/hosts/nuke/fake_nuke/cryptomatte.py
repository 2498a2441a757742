"""The Cryptomatte node: the matte of the names in ``matteList``, from a file's ID and coverage channels.

Decoding follows the Cryptomatte specification 1.2 (Psyop): the ID of a name is its MurmurHash3 (32 bit, seed 0) with an
exponent that makes a finite float; each layer ``name00``, ``name01`` … holds two (ID, coverage) pairs.
"""

from __future__ import annotations

import re
import struct
from typing import Any, List

from .picture import Picture

_MASK = 0xFFFFFFFF


def matte(node: Any, picture: Picture) -> Any:
    """Coverage of the chosen names over the picture's box. Raises ``RuntimeError`` where the file has none."""
    import numpy as np

    layer = _layer(node, picture)
    ranks = sorted({name.split(".")[0] for name in picture.channels if re.fullmatch(rf"{layer}\d\d\..*", name)})
    ids = [_id(word) for word in _words(node._knob("matteList")._string)]
    x, y, r, t = picture.bbox
    total = np.zeros((t - y, r - x), np.float32)
    for rank in ranks:
        for key, amount in (("red", "green"), ("blue", "alpha")):
            if f"{rank}.{key}" in picture.channels:
                chosen = np.isin(picture.channels[f"{rank}.{key}"].view(np.uint32), ids)
                total += np.where(chosen, picture.channels[f"{rank}.{amount}"], 0)
    return total


def _layer(node: Any, picture: Picture) -> str:
    found = {
        str(value) for key, value in picture.metadata.items() if re.fullmatch(r"exr/cryptomatte/[0-9a-f]+/name", key)
    }
    if not found:
        raise RuntimeError(f"{node._full_name()}: no Cryptomatte metadata")
    wanted = node._knob("cryptoLayer")._string or sorted(found)[0]
    if wanted not in found:
        raise RuntimeError(f"{node._full_name()}: no Cryptomatte is named {wanted}")
    return re.escape(wanted)


def _words(text: str) -> List[str]:
    return [word.strip().strip('"') for word in text.split(",") if word.strip()]


def _id(name: str) -> int:
    """The bits of a name's ID; ``<0.25>`` gives an ID as a number."""
    found = re.fullmatch(r"<(.*)>", name)
    if found:
        return struct.unpack("<I", struct.pack("<f", float(found.group(1))))[0]
    bits = murmur3(name.encode())
    exponent = bits >> 23 & 255
    return bits ^ (1 << 23) if exponent in (0, 255) else bits


def murmur3(data: bytes) -> int:
    """MurmurHash3_x86_32 with seed 0 (Appleby, public domain)."""
    value = 0
    for at in range(0, len(data) - len(data) % 4, 4):
        value ^= _mixed(int.from_bytes(data[at : at + 4], "little"))
        value = (_turned(value, 13) * 5 + 0xE6546B64) & _MASK
    rest = data[len(data) - len(data) % 4 :]
    if rest:
        value ^= _mixed(int.from_bytes(rest, "little"))
    value ^= len(data)
    for factor in (0x85EBCA6B, 0xC2B2AE35):
        value = (value ^ value >> (16 if factor == 0x85EBCA6B else 13)) * factor & _MASK
    return value ^ value >> 16


def _mixed(word: int) -> int:
    return _turned(word * 0xCC9E2D51 & _MASK, 15) * 0x1B873593 & _MASK


def _turned(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & _MASK
