"""From what a deliverable asks for to what its files hold, and in which precision; what cannot be is refused here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mattewire_protocol.deliver import MOVIES, Deliverable
from mattewire_protocol.errors import BadField, InternalError, UnknownFormat

from ..color import ColorTransform
from ..plates.model import PlateInfo
from .contents import RGBA, Content, Cryptomatte, Cutout, Layers, Matte, WithDistance
from .model import NamedObject

SUFFIX = {"exr": ".exr", "png8": ".png", "png16": ".png", "tiff8": ".tif", "tiff16": ".tif", "tiff32": ".tif"}
"""The formats written here, and how their files end. ``.tiff`` is taken as well."""

_CHANNELS = {"": ("A",), "A": ("A",), "Y": ("Y",), "RGB": ("R", "G", "B"), "RGBA": RGBA}
_CODES = {"png8": "uint8", "tiff8": "uint8", "png16": "uint16", "tiff16": "uint16", "tiff32": "float32"}
_OF_PLATE = {"half": "float16", "uint8": "float16"}  # anything else needs float32
_NAMED = 8  # so many objects are listed in an error


def check_format(deliverable: Deliverable, field: str) -> None:
    """``UnknownFormat`` for what is no format of image files."""
    if deliverable.format in SUFFIX:
        return
    what = "a movie, not an image sequence" if deliverable.format in MOVIES else "not a format for mattes"
    raise UnknownFormat(
        f"{deliverable.format!r} is {what}.", field=f"{field}.format", advice=f"Choose one of {', '.join(SUFFIX)}."
    )


def choose(
    deliverable: Deliverable,
    *,
    plate: PlateInfo,
    objects: Sequence[NamedObject],
    object: int,
    field: str,
    light: ColorTransform | None = None,
) -> tuple[Content, np.dtype[Any]]:
    """What the files of ``deliverable`` hold, and the pixels' dtype.

    ``object``: 0 for all of them, else the one whose matte it is. ``light``: the plate's color, for ``colors`` of a
    cut-out that are the foreground's. Raises ``BadField`` naming the deliverable's field:
    no such object, or a plate whose numbers the format cannot hold.
    """
    content, kind = _chosen(deliverable, plate, objects, object, field, light)
    return (WithDistance(content) if deliverable.z else content), kind


def _chosen(
    deliverable: Deliverable,
    plate: PlateInfo,
    objects: Sequence[NamedObject],
    object: int,
    field: str,
    light: ColorTransform | None,
) -> tuple[Content, np.dtype[Any]]:
    named = _named(objects)
    number = object or deliverable.object
    if number and number not in named:
        raise no_such_object(number, objects, field)
    if deliverable.content in ("layers", "cryptomatte") and number:
        raise InternalError(f"{field}: {deliverable.content} holds every object, not object {number} alone.")
    facts = {"object": named[number].name} if number else {}
    if deliverable.content == "layers":
        return Layers(tuple(named.values())), _matte_kind(deliverable)
    if deliverable.content == "cryptomatte":
        return Cryptomatte(tuple(named.values())), np.dtype(np.float32)
    if deliverable.content == "cutout":
        facts["alpha"] = "premultiplied" if deliverable.premultiplied else "straight"
        own = None
        if deliverable.colors == "foreground":
            if light is None:
                raise InternalError(f"{field}: foreground colors need the plate's color.")
            facts["colors"], own = "foreground", light
        content = Cutout(deliverable.premultiplied, number, facts, _color(plate), light=own)
        return content, _cutout_kind(deliverable, plate, field)
    if deliverable.channels == "RGBA":
        facts["alpha"] = "straight"
    channels = deliverable.channels or ("A" if deliverable.format == "exr" else "Y")
    return Matte(_CHANNELS[channels], number, facts), _matte_kind(deliverable)


def _named(objects: Sequence[NamedObject]) -> dict[int, NamedObject]:
    """The objects by number, in number order."""
    named = {one.number: one for one in sorted(objects, key=lambda one: one.number)}
    if len(named) < len(objects) or len({one.layer for one in objects}) < len(objects):
        raise InternalError("Two objects have the same number or the same layer.")
    return named


def no_such_object(number: int, objects: Sequence[NamedObject], field: str) -> BadField:
    there = [f"{one.number} ({one.name})" for one in objects[:_NAMED]]
    rest = f" and {len(objects) - _NAMED} more" if len(objects) > _NAMED else ""
    advice = f"There are {', '.join(there)}{rest}." if there else "Leave it 0."
    return BadField(f"there is no object {number} in this shot.", field=f"{field}.object", advice=advice)


def _matte_kind(deliverable: Deliverable) -> np.dtype[Any]:
    if deliverable.format != "exr":
        return np.dtype(_CODES[deliverable.format])
    return np.dtype(np.float32 if deliverable.depth == "float" else np.float16)


def _cutout_kind(deliverable: Deliverable, plate: PlateInfo, field: str) -> np.dtype[Any]:
    """The precision of a cut-out. A format that cannot hold the plate's numbers is refused, not rounded to."""
    if deliverable.format == "exr":
        of_depth = {"half": "float16", "float": "float32"}
        return np.dtype(of_depth.get(deliverable.depth) or _OF_PLATE.get(plate.precision, "float32"))
    if deliverable.premultiplied and deliverable.format.startswith("png"):
        raise BadField(
            "PNG is never premultiplied (PNG 3rd edition, 6.2).",
            field=f"{field}.premultiplied",
            advice="Choose exr or TIFF, or a straight cut-out.",
        )
    kind = np.dtype(_CODES[deliverable.format])
    integer = plate.precision in ("uint8", "uint16")
    if kind != np.float32 and not integer:
        raise BadField(
            f"{deliverable.format} would clip and round the plate, which is floating point.",
            field=f"{field}.format",
            advice="Choose exr or tiff32, which keep its numbers.",
        )
    if kind == np.uint8 and plate.precision == "uint16":
        raise BadField(
            f"{deliverable.format} would round the plate, which has more than 8 bits.",
            field=f"{field}.format",
            advice=f"Choose {deliverable.format[:-1]}16 or exr, which keep its numbers.",
        )
    return kind


def _color(plate: PlateInfo) -> dict[str, str]:
    """What a cut-out's header says of its color, so that hosts read it as they read the plate.

    What the plate's files say is passed on. Integer files mostly say nothing and are taken as sRGB for being integer;
    floating point would be taken as linear, and so it is told.
    """
    said = plate.color_id
    if not said and plate.precision in ("uint8", "uint16"):
        said = _INTEROP.get(plate.colorspace, "")
    return {"colorInteropID": said} if said else {}


_INTEROP = {
    # Color Interop Forum, "Color space encodings for texture assets and CG rendering"
    "sRGB": "srgb_rec709_scene",
    "linear Rec.709": "lin_rec709_scene",
    "ACEScg": "lin_ap1_scene",
    "ACES2065-1": "lin_ap0_scene",
}
