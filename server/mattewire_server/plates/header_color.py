"""Which colorspace an image file is in, judged by its header. An artist's own choice always goes before this."""

from __future__ import annotations

import numpy as np
import OpenImageIO as oiio

_BY_ID = {
    # Color Interop Forum ids (written as ``colorInteropID``, reported by OpenImageIO as ``oiio:ColorSpace``)
    "lin_ap1_scene": "ACEScg",
    "lin_ap0_scene": "ACES2065-1",
    "lin_rec709_scene": "linear Rec.709",
    "srgb_rec709_scene": "sRGB",
    "srgb_rec709_display": "sRGB",
    # OpenImageIO's older names and those that hosts write
    "acescg": "ACEScg",
    "aces2065-1": "ACES2065-1",
    "linear": "linear Rec.709",
    "lin_rec709": "linear Rec.709",
    "lin_srgb": "linear Rec.709",
    "srgb": "sRGB",
    "kodaklog": "Cineon",
}
_PRIMARIES = {
    # red, green, blue, white as CIE x, y. SMPTE ST 2065-1 (AP0), AMPAS S-2014-004 (AP1)
    "ACES2065-1": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
    "ACEScg": (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767),
}
_FILM_FIELDS = ("smpte:KeyCode", "dpx:FilmEdgeCode", "dpx:Format")


def colorspace_of(spec: oiio.ImageSpec, precision: str) -> str:
    """One of sRGB, linear Rec.709, Rec.709, ACEScg, ACES2065-1, Cineon.

    What the header names goes first, then its chromaticities, then what its kind of file implies: floating point
    is linear Rec.709, integers are sRGB, DPX is Cineon or Rec.709 as its transfer characteristic says.
    """
    if spec.get_string_attribute("dpx:Version"):
        return _dpx(spec)
    for name in ("colorInteropID", "oiio:ColorSpace"):
        known = _BY_ID.get(spec.get_string_attribute(name).lower())
        if known:
            return known
    if spec.get_string_attribute("cineon:Version"):
        return "Cineon"
    if precision not in ("half", "float"):
        return "sRGB"
    if spec.get_int_attribute("acesImageContainerFlag"):
        return "ACES2065-1"
    stated = spec.getattribute("chromaticities")
    if isinstance(stated, tuple) and len(stated) == 8:
        for colorspace, primaries in _PRIMARIES.items():
            if np.allclose(np.asarray(stated, dtype=float), primaries, atol=2e-3):
                return colorspace
    return "linear Rec.709"


def _dpx(spec: oiio.ImageSpec) -> str:
    """SMPTE 268M names the transfer; scanners often leave it undefined but fill in the film fields."""
    transfer = spec.get_string_attribute("dpx:Transfer").lower()
    if transfer in ("printing density", "logarithmic"):
        return "Cineon"
    if transfer == "linear":
        return "linear Rec.709"
    film = any(spec.getattribute(name) not in (None, "") for name in _FILM_FIELDS)
    return "Cineon" if transfer in ("", "undefined", "user defined") and film else "Rec.709"
