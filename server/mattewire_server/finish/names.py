"""What the objects of a shot are called: the artist's name for each, and a layer name that Nuke takes as it stands.

The artist's name is full Unicode and goes into manifests, sidecars and panels. The layer name is made from it, for
the channels of a multilayer EXR and for file names; a manifest leads back from one to the other.

Nuke changes a layer name it does not like, in silence (Foundry, NDK examples, ``ExrChannelNameToNuke.cpp``, 16.0):
whatever is not an ASCII letter or digit becomes ``_``; digits at the front are dropped, so that ``1.A`` has no layer
left; a layer called like a view becomes that view, and ``Ci`` the main layer. Channels outside of any layer are
collected in ``other``, together with those of every other file. So each object has a layer, and one that stays as is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from mattewire_protocol.errors import BadField, InternalError

LONGEST = 25
"""Characters of a layer name. ``<layer>.alpha``, which Nuke's Write makes of ``<layer>.A``, then has 31 at most: with a
longer one an OpenEXR file needs the long-names flag, which versions before 1.7 refuse (OpenEXR File Layout, version
field, bit 10). Blender cuts at 64."""

_NUKE = """rgba rgb alpha red green blue all none other unnamed ci depth motion forward backward deep mask
    disparity disparityl disparityr rotopaint_mask mask_planartrack mask_splinewarp main left right"""
_WINDOWS = "con prn aux nul" + "".join(f" com{digit} lpt{digit}" for digit in range(1, 10))
RESERVED = frozenset(f"{_NUKE} {_WINDOWS}".split())
"""Lower case. Nuke's own layers (Foundry, Nuke user guide, Reserved Channels: a channel called ``mask.a`` comes back as
``mask_extra``), the words of its channel menus, its usual views; and names that no file on Windows can have, because
layer names are used in file names too. Compared without case: there ``Mug`` and ``mug`` are one file."""

# Latin letters that Unicode does not take apart into a base letter and an accent.
_LATIN = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D"}
    | {"ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ħ": "h", "Ħ": "H", "ı": "i", "ŋ": "ng"}
)
_ILLEGAL = re.compile(r"[^A-Za-z0-9]+")


def object_names(
    labels: Mapping[int, str], chosen: Mapping[int, str] | None = None, *, several: bool = True
) -> dict[int, str]:
    """The artist's name of every object, in number order: unique, Unicode NFC, single spaces, none at the ends.

    ``labels``: object number to the phrase that found it, empty for what was drawn. ``chosen``: names from the
    request, for these and for objects that may yet come. ``several``: whether a phrase may have more than one object,
    that is ``pick`` is not ``best``.

    A chosen name stands. Else what a phrase found is ``red ball 2``, phrase and object number, and what was drawn
    ``object 3``. The first ball is ``red ball 1`` even while it is alone: a newcomer in mid-shot must not rename what
    earlier frames are written with. Only where a phrase has one object for certain is that one plainly ``red ball``.
    ``BadField`` names ``names[i].name`` when a chosen name is empty or, spaces and Unicode forms apart, given twice.
    """
    chosen = chosen or {}
    names: dict[int, str] = {}
    taken: dict[str, int] = {}
    for index, (number, name) in enumerate(chosen.items()):
        tidy, field = _tidy(name), f"names[{index}].name"
        if not tidy:
            raise BadField(f"Object {number} has an empty name.", field=field, advice="Type a name, or leave it out.")
        if tidy in taken:
            raise BadField(
                f"{tidy!r} is the name of objects {taken[tidy]} and {number}.",
                field=field,
                advice="Give each object a name of its own.",
            )
        names[number], taken[tidy] = tidy, number
    for number in sorted(set(labels) - set(chosen)):
        phrase = _tidy(labels[number])
        name = phrase if phrase and not several else f"{phrase or 'object'} {number}"
        while name in taken:
            name = f"{name} {number}"
        names[number], taken[name] = name, number
    return {number: names[number] for number in sorted(names) if number in labels}


def legal_names(names: Sequence[str], numbers: Sequence[int] = (), *, avoid: Collection[str] = ()) -> list[str]:
    """A layer name for each of ``names``, in their order: ``[A-Za-z_][A-Za-z0-9_]*``, ``LONGEST`` characters at most.

    ``numbers``: the objects' numbers, for names of which nothing is left; without them, 1, 2, 3... ``avoid``: more
    names not to use, such as the plate's views.

    Accents go (``été`` is ``ete``), and all else becomes one underscore (``founder (left)`` is ``founder_left``). What
    starts with a digit or is ``RESERVED`` gets ``object_`` in front (``1`` is ``object_1``, ``mask`` ``object_mask``).
    A name in another script is ``object_`` and its number. Of names that come out alike, whatever their case, the
    second gets ``_2``. A name depends on those before it alone, so objects may be added at the end.
    ``InternalError`` when ``numbers`` are not as many as names.
    """
    if numbers and len(numbers) != len(names):
        raise InternalError(f"{len(names)} names, but {len(numbers)} object numbers.")
    refused = RESERVED | {name.lower() for name in avoid}
    taken: set[str] = set()
    layers = []
    for name, number in zip(names, numbers or range(1, len(names) + 1), strict=True):
        layer = _unlike(_legal(name, number, refused), taken | refused)
        taken.add(layer.lower())
        layers.append(layer)
    return layers


def layer_channel(layer: str) -> str:
    """The EXR channel that holds an object's matte: ``founder_left.A``.

    Nuke lists it as ``founder_left.alpha`` (it spells out R, G, B and A), ready for every mask knob; with no dot it
    would end up in the layer ``other``. One channel an object, since a Nuke script has room for 1023 in all (Foundry,
    Nuke reference, Remove): the 999 objects that a request may have still fit.
    """
    return f"{layer}.A"


def _tidy(name: str) -> str:
    # NFC: é typed on a Mac's file dialog and é typed in Nuke must hash to one Cryptomatte id.
    return " ".join(unicodedata.normalize("NFC", name).split())


def _legal(name: str, number: int, refused: Collection[str]) -> str:
    apart = unicodedata.normalize("NFKD", name.translate(_LATIN))
    plain = _ILLEGAL.sub("_", "".join(c for c in apart if not unicodedata.combining(c))).strip("_")
    foreign = any(not c.isascii() and c.isalpha() for c in apart)
    if not plain or (foreign and not re.search("[A-Za-z]", plain)):
        plain = f"object_{number}"  # of 球 2 the 2 alone would read as another object's number
    if plain[0].isdigit() or plain.lower() in refused:
        plain = f"object_{plain}"
    return plain[:LONGEST].rstrip("_")


def _unlike(layer: str, taken: Collection[str]) -> str:
    candidate, count = layer, 1
    while candidate.lower() in taken:
        count += 1
        ending = f"_{count}"
        candidate = layer[: LONGEST - len(ending)].rstrip("_") + ending
    return candidate
