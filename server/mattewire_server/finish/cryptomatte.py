"""Cryptomatte 1.2.0: every object's coverage in one EXR, to be picked by name in Nuke, Fusion or Blender.

The format is Psyop's specification (github.com/Psyop/Cryptomatte, ``specification/cryptomatte_specification.pdf``) of
Friedman and Jones, "Fully automatic ID mattes with support for motion blur and transparency" (SIGGRAPH 2015). A pixel
holds pairs of an object's id and its coverage, the largest first; an id is the MurmurHash3 of the object's name, its
32 bits taken as a float. So the file must be float32 and lossless: half, or DWA, would make other objects of them.

The layer is ``CryptoObject``, the specification's own example. Its readers go by the metadata: they take the name from
``cryptomatte/<key>/name`` (in Nuke ``exr/cryptomatte/<key>/name``) and then look for the channels of ``<name>00`` and
on, so any name would do that Nuke leaves alone. The preview channels ``CryptoObject.R``, ``.G``, ``.B`` are deprecated,
may be "skipped entirely", and are: Nuke's gizmo and Fusion's fuse ask for digits after the name. Blender 5.0.1 lists
the layer, and its Cryptomatte node gave the coverage of ``founder (left)``, ``1`` and ``été`` bit for bit (measured).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import InternalError

LAYER = "CryptoObject"

LEVELS = 6
"""Objects that one pixel can hold: the specification's suggested default, three EXR layers of two each."""

_CHUNK = 1 << 16  # pixels that are sorted at a time: the memory is bounded, and stays in the processor's cache


@lru_cache(maxsize=4096)
def name_hash(name: str) -> int:
    """The id of ``name``, 32 bits: MurmurHash3_x86_32, seed 0, of its UTF-8, safe to be stored as a float.

    Where all eight exponent bits are alike, which would be a NaN, an infinity, a zero or a denormal, the lowest of them
    is flipped (specification, "Floating point conversion"). So no name has the id 0, which means no object.
    """
    value = _murmur3(name.encode("utf-8"))
    return value ^ (1 << 23) if (value >> 23) & 255 in (0, 255) else value


def float_of(value: int) -> float:
    """The 32 bits of an id as the float that the pixels hold; exact, as every float32 is a Python float."""
    return float(np.uint32(value).view(np.float32))


def layer_id(layer: str) -> str:
    """The key of a layer's metadata: seven hexadecimal digits, ``3ae39a5`` for ``CryptoObject``.

    From the layer's name alone, and so the same in every frame and shot. Seven, since ``cryptomatte/<key>/conversion``
    must fit into the 31 characters of an attribute name in classic EXR files.
    """
    return f"{name_hash(layer):08x}"[:7]


def manifest(names: Mapping[int, str]) -> dict[int, str]:
    """The name of every object in the Cryptomatte, by object number, in number order: no two share an id.

    ``names``: the artist's names. The format would take objects of one id for one object, on purpose. Here they are
    different ones, so of two equal names, or of two whose hashes collide (one shot in some 8600 with 999 objects), the
    higher number's gets a `` (2)``, which the manifest then says.
    """
    chosen: dict[int, str] = {}
    taken: set[int] = set()
    for number in sorted(names):
        name, count = names[number], 1
        while name_hash(name) in taken:
            count += 1
            name = f"{names[number]} ({count})"
        chosen[number] = name
        taken.add(name_hash(name))
    return chosen


def metadata(layer: str, names: Mapping[int, str]) -> dict[str, str]:
    """The EXR header's string attributes of one Cryptomatte layer, by attribute name.

    ``names``: every object of the shot by number, in sight or not, so that all frames have one manifest. It is JSON in
    UTF-8, not in ``\\u`` escapes: some readers take it apart by hand.
    """
    ids = {name: f"{name_hash(name):08x}" for name in manifest(names).values()}
    values = {
        "name": layer,
        "hash": "MurmurHash3_32",
        "conversion": "uint32_to_float32",
        "manifest": json.dumps(ids, ensure_ascii=False, separators=(",", ":")),
    }
    return {f"cryptomatte/{layer_id(layer)}/{key}": value for key, value in values.items()}


def channel_names(layer: str = LAYER, levels: int = LEVELS) -> list[str]:
    """The channels that ``rank`` fills, in its order: R, G, B and A of ``CryptoObject00``, of ``CryptoObject01``...

    R and B are ids, G and A their coverage. ``InternalError`` unless ``levels`` is an even number from 2 to 200.
    """
    if levels % 2 or not 2 <= levels <= 200:
        raise InternalError(f"A Cryptomatte has an even number of levels from 2 to 200, not {levels}.")
    return [f"{layer}{index:02}.{channel}" for index in range(levels // 2) for channel in "RGBA"]


def rank(
    mattes: Mapping[int, NDArray[np.float32]],
    names: Mapping[int, str],
    levels: int = LEVELS,
    *,
    layer: str = LAYER,
    shape: tuple[int, int] | None = None,
) -> tuple[list[str], NDArray[np.float32]]:
    """The channels' names, and the channels themselves as contiguous float32 (height, width, 2 * ``levels``).

    ``mattes``: object number to coverage, float32 (height, width), 0..1, of the objects in sight; ``names``: of every
    object, as for ``metadata``. ``shape``: (height, width), needed only when no object is in sight. All channels are
    there in every frame; where there is nothing, id and coverage are 0.

    A pixel's objects are in the order of their coverage, equal ones in that of their numbers. Up to a sum of 1,
    coverage is each matte's own number, and what is missing to 1 is background. Soft objects that overlap can sum to
    more, which the format, made for shares of a pixel, does not know: all are divided by the sum. Where more objects
    than ``levels`` meet, the smallest are left out after that division, and what they covered counts as background.

    ``InternalError`` for mattes without a name, of different shapes, or not float32.
    """
    channels = channel_names(layer, levels)
    height, width = _common_shape(mattes, names, shape)
    ids = {number: np.uint32(name_hash(name)).view(np.float32) for number, name in manifest(names).items()}
    ranked = np.zeros((height * width, 2 * levels), np.float32)
    flat = {number: np.ascontiguousarray(mattes[number]).reshape(-1) for number in sorted(mattes)}
    shared = np.zeros(height * width, bool)
    covered = np.zeros(height * width, bool)
    for matte in flat.values():
        here = matte > 0
        shared |= covered & here
        covered |= here
    # Nearly every covered pixel shows one object alone, and needs no sorting.
    for number, matte in flat.items():
        alone = np.flatnonzero((matte > 0) & ~shared)
        ranked[alone, 0] = ids[number]
        ranked[alone, 1] = matte[alone]
    places = np.flatnonzero(shared)
    for start in range(0, places.size, _CHUNK):
        _rank_shared(ranked, places[start : start + _CHUNK], flat, ids)
    return channels, ranked.reshape(height, width, 2 * levels)


def _rank_shared(
    ranked: NDArray[np.float32],
    places: NDArray[np.intp],
    flat: Mapping[int, NDArray[np.float32]],
    ids: Mapping[int, np.float32],
) -> None:
    """Fills the pixels ``places``, where objects meet. ``flat``: by ascending object number."""
    coverage = np.stack([matte[places] for matte in flat.values()])
    total = coverage.sum(axis=0)
    over = total > 1
    coverage[:, over] /= total[over]
    order = np.argsort(-coverage, axis=0, kind="stable")[: ranked.shape[1] // 2]
    largest = np.take_along_axis(coverage, order, axis=0)
    objects = np.array([ids[number] for number in flat], np.float32)[order]
    objects[largest == 0] = 0
    for level in range(len(order)):
        ranked[places, 2 * level] = objects[level]
        ranked[places, 2 * level + 1] = largest[level]


def _common_shape(
    mattes: Mapping[int, NDArray[np.float32]], names: Mapping[int, str], shape: tuple[int, int] | None
) -> tuple[int, int]:
    nameless = sorted(set(mattes) - set(names))
    if nameless:
        raise InternalError(f"Objects {', '.join(map(str, nameless))} have mattes, but no names.")
    shapes = {matte.shape for matte in mattes.values()} | ({shape} if shape else set())
    if any(matte.dtype != np.float32 for matte in mattes.values()) or len(shapes) != 1 or len(min(shapes)) != 2:
        listed = ", ".join(f"{matte.dtype} {matte.shape}" for matte in mattes.values()) or "none"
        raise InternalError(f"Mattes to rank must be float32 of one shape (height, width), not {listed}.")
    height, width = min(shapes)
    return height, width


def _murmur3(data: bytes) -> int:
    """MurmurHash3_x86_32 with seed 0 (Appleby, github.com/aappleby/smhasher, ``MurmurHash3.cpp``)."""
    state = 0
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        state ^= _mixed(int.from_bytes(data[start : start + 4], "little"))
        state = (_turned(state, 13) * 5 + 0xE6546B64) & 0xFFFFFFFF
    state ^= _mixed(int.from_bytes(data[whole:], "little"))  # no bytes left: 0, and mixing leaves 0
    state ^= len(data)
    state = ((state ^ (state >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    state = ((state ^ (state >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return state ^ (state >> 16)


def _mixed(word: int) -> int:
    return (_turned((word * 0xCC9E2D51) & 0xFFFFFFFF, 15) * 0x1B873593) & 0xFFFFFFFF


def _turned(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (32 - bits))) & 0xFFFFFFFF
