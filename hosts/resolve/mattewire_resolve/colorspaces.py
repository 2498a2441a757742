"""Resolve's names of colorspaces, as the daemon knows them."""

from __future__ import annotations

import re

DISPLAY = "Rec.709"
"""What a picture without color management is taken to be in, as Resolve's viewers show it."""

_NAMES = {
    "rec709": "Rec.709",
    "rec709gamma24": "Rec.709",
    "rec709gamma22": "Rec.709",
    "rec709a": "Rec.709",
    "rec709scene": "Rec.709",
    "srgb": "sRGB",
    "srgbgamma22": "sRGB",
    "linear": "linear Rec.709",
    "rec709linear": "linear Rec.709",
    "rec2020linear": "linear Rec.2020",
    "acescg": "ACEScg",
    "acescct": "ACEScct",
    "acescc": "ACEScc",
    "aces2065": "ACES2065-1",
    "aces20651": "ACES2065-1",
    "arrilogc3": "ARRI LogC3 (EI800)",
    "arrilogc": "ARRI LogC3 (EI800)",
    "arrialexalogc": "ARRI LogC3 (EI800)",
    "arriwidegamut3logc3": "ARRI LogC3 (EI800)",
    "arrilogc4": "ARRI LogC4",
    "arriwidegamut4logc4": "ARRI LogC4",
    "sgamut3cineslog3": "S-Log3 S-Gamut3.Cine",
    "sgamut3slog3": "S-Log3 S-Gamut3",
    "panasonicvgamutvlog": "V-Log V-Gamut",
    "vgamutvlog": "V-Log V-Gamut",
    "redwidegamutrgblog3g10": "Log3G10 REDWideGamutRGB",
    "davinciwgintermediate": "DaVinci Intermediate WideGamut",
    "davinciwidegamutintermediate": "DaVinci Intermediate WideGamut",
    "davinciwidegamutdavinciintermediate": "DaVinci Intermediate WideGamut",
}
"""Letters and digits of Resolve's name -> ours. How Resolve spells them was not checked in each version; those that are
not here are left to the daemon, which reads headers."""


def known(name: str) -> str:
    """The daemon's name for one of Resolve's; empty where there is none, and the daemon decides."""
    letters = re.sub(r"[^a-z0-9]", "", name.lower())
    return _NAMES.get(letters) or _NAMES.get(re.sub("^(?:sony|arri|red|blackmagicdesign)", "", letters), "")
