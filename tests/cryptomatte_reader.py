"""An independent Cryptomatte reader, written from the specification 1.2.0 alone.

It shares nothing with the product's writer: its own hash, its own rules, and OpenEXR's library instead of
OpenImageIO. It also reads files of other makers (channels ``.R``, ``.r`` or ``.red``, manifests beside the file).
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenEXR
from numpy.typing import NDArray

METADATA = re.compile(r"cryptomatte/([^/]{1,7})/(name|hash|conversion|manifest|manif_file)\Z")
REQUIRED = {"name", "hash", "conversion"}


@dataclass(frozen=True)
class Cryptomatte:
    """One layer of a file. ``ids`` and ``coverage``: (levels, height, width), uint32 (the pixels' bits) and float32."""

    name: str
    key: str
    manifest: dict[str, int]
    ids: NDArray[np.uint32]
    coverage: NDArray[np.float32]

    def matte(self, name: str) -> NDArray[np.float32]:
        """What a compositor gets for ``name``, hashed here and not looked up: float32 (height, width)."""
        return np.where(self.ids == id_of(name), self.coverage, np.float32(0)).sum(axis=0, dtype=np.float32)

    def faults(self) -> list[str]:
        """What a strict reader has to say against the layer, in words; nothing when it is sound.

        Stricter than the specification in the order of ranks, for which it lets an encoder have its own reasons.
        Coverage with the id 0 is the background's, which some renderers record.
        """
        found = [f"{name!r} is {value:08x}" for name, value in self.manifest.items() if id_of(name) != value]
        if len(set(self.manifest.values())) != len(self.manifest):
            found.append("two names have one id")
        exponents = (self.ids >> 23) & 255
        if (((exponents == 0) & (self.ids != 0)) | (exponents == 255)).any():
            found.append("an id is not a normal float")
        if not set(np.unique(self.ids).tolist()) - {0} <= set(self.manifest.values()):
            found.append("an id is not in the manifest")
        if not (np.isfinite(self.coverage).all() and (self.coverage >= 0).all()):
            found.append("a coverage is negative or no number")
        if (np.diff(self.coverage, axis=0) > 0).any():
            found.append("ranks are not by coverage")
        if (self.coverage.sum(axis=0, dtype=np.float64) > 1 + 1e-6).any():
            found.append("coverage sums to more than 1")
        if ((self.ids != 0) & (self.coverage == 0)).any():
            found.append("an id without coverage")
        ordered = np.sort(self.ids, axis=0)
        if ((ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)).any():
            found.append("an object is twice in a pixel")
        return found


def read(path: str | Path) -> dict[str, Cryptomatte]:
    """The Cryptomatte layers of an EXR by name. ``AssertionError`` where the file breaks the format itself."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        header = dict(file.header())  # emptied when the file is closed
        pixels = {name: np.array(channel.pixels) for name, channel in file.channels().items()}
    described: dict[str, dict[str, str]] = {}
    for attribute, value in header.items():
        found = METADATA.match(attribute)
        if found:
            described.setdefault(found[1], {})[found[2]] = value
    layers = {}
    for key, values in described.items():
        assert values.keys() >= REQUIRED, f"{key} lacks {REQUIRED - values.keys()}"
        assert values["hash"] == "MurmurHash3_32"
        assert values["conversion"] == "uint32_to_float32"
        ids, coverage = _ranks(pixels, values["name"])
        layers[values["name"]] = Cryptomatte(values["name"], key, _manifest(values, Path(path)), ids, coverage)
    return layers


def id_of(name: str) -> int:
    """The hash of ``name`` after the exponent's clamp to 1..254."""
    value = murmur3(name.encode())
    exponent = value >> 23 & 0xFF
    wanted = min(max(exponent, 1), 254)
    return value & ~(0xFF << 23) | wanted << 23


def murmur3(data: bytes) -> int:
    """MurmurHash3_x86_32, seed 0: words of the padded bytes; the last, partial one only mixes itself in."""
    mask, whole = 2**32 - 1, len(data) // 4
    words = struct.unpack(f"<{whole + 1}I", data + bytes(4 - len(data) % 4))
    h = 0
    for index, word in enumerate(words):
        k = word * 0xCC9E2D51 & mask
        k = (k << 15 & mask | k >> 17) * 0x1B873593 & mask
        h ^= k
        if index < whole:
            h = (h << 13 & mask | h >> 19) * 5 + 0xE6546B64 & mask
    h ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h = (h ^ h >> shift) * factor & mask
    return h


def _ranks(pixels: dict[str, NDArray[np.float32]], name: str) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    numbered = re.compile(re.escape(name) + r"(\d\d)\.([rgba])[a-z]*\Z", re.IGNORECASE)
    placed = {}
    for channel, values in pixels.items():
        found = numbered.match(channel)
        if found:
            assert values.dtype == np.float32, f"{channel} is {values.dtype}"
            placed[int(found[1]), found[2].lower()] = np.ascontiguousarray(values)
    count = len(placed) // 4
    assert count, f"no channels of {name}"
    assert set(placed) == {(index, letter) for index in range(count) for letter in "rgba"}, sorted(placed)
    ids = [placed[index, letter].view(np.uint32) for index in range(count) for letter in "rb"]
    coverage = [placed[index, letter] for index in range(count) for letter in "ga"]
    return np.stack(ids), np.stack(coverage)


def _manifest(values: dict[str, str], path: Path) -> dict[str, int]:
    text = values.get("manifest", "{}")
    if "manif_file" in values:
        text = (path.parent / values["manif_file"]).read_text("utf-8")
    entries = json.loads(text)
    assert all(re.fullmatch("[0-9a-f]{8}", value) for value in entries.values()), entries
    return {name: int(value, 16) for name, value in entries.items()}
