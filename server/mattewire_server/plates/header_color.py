"""Which colorspace an image file is in, judged by its header. An artist's own choice always goes before this."""

from __future__ import annotations

import OpenImageIO as oiio

from ..color.spaces import find, linear_with
from .file_color import FILE_KIND, METADATA, FileColor

_OTHER_NAMES = {"kodaklog": "Cineon"}
"""Names that OpenImageIO gives and no host does."""

_FILM_FIELDS = ("smpte:KeyCode", "dpx:FilmEdgeCode", "dpx:Format")


def colorspace_of(spec: oiio.ImageSpec, precision: str) -> FileColor:
    """What the header names goes first, then its chromaticities, then what its kind of file implies: floating point
    is linear Rec.709, integers are sRGB, DPX is Cineon or Rec.709 as its transfer characteristic says.

    ``precision``: ``half``, ``float``, ``uint8`` or ``uint16``.
    """
    implied = "linear Rec.709" if precision in ("half", "float") else "sRGB"
    if spec.get_string_attribute("dpx:Version"):
        return _dpx(spec)
    for attribute in ("colorInteropID", "oiio:ColorSpace"):
        written = spec.get_string_attribute(attribute)
        space = find(_OTHER_NAMES.get(written.lower(), written))
        if space is not None:
            # OpenImageIO fills in what a kind of file implies, and that is not the file's own word.
            filled_in = attribute == "oiio:ColorSpace" and space.name == implied
            return FileColor(space.name, FILE_KIND if filled_in else METADATA)
    if spec.get_string_attribute("cineon:Version"):
        return FileColor("Cineon", FILE_KIND)
    if precision not in ("half", "float"):
        return FileColor(implied, FILE_KIND)
    if spec.get_int_attribute("acesImageContainerFlag"):
        return FileColor("ACES2065-1", METADATA)
    primaries = linear_with(spec.getattribute("chromaticities"))
    return FileColor(primaries, METADATA) if primaries else FileColor(implied, FILE_KIND)


def _dpx(spec: oiio.ImageSpec) -> FileColor:
    """SMPTE 268M names the transfer; scanners often leave it undefined but fill in the film fields."""
    transfer = spec.get_string_attribute("dpx:Transfer").lower()
    if transfer in ("printing density", "logarithmic"):
        return FileColor("Cineon", METADATA)
    if transfer == "linear":
        return FileColor("linear Rec.709", METADATA)
    unsaid = transfer in ("", "undefined", "user defined")
    if unsaid and any(spec.getattribute(name) not in (None, "") for name in _FILM_FIELDS):
        return FileColor("Cineon", METADATA)
    return FileColor("Rec.709", FILE_KIND if unsaid else METADATA)
