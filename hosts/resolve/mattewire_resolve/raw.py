"""Camera raw, which only its maker's decoder can open: known by the file's name, or by Resolve's name of the codec."""

from __future__ import annotations

import os
import re

from mattewire_protocol.errors import CameraRaw

_SUFFIXES = {
    ".braw": "Blackmagic RAW",
    ".r3d": "RED R3D",
    ".ari": "ARRIRAW",
    ".arx": "ARRIRAW HDE",
    ".dng": "CinemaDNG",
    ".crm": "Canon Cinema RAW Light",
    ".rmf": "Canon Cinema RAW",
    ".nev": "Nikon N-RAW",
    ".vrw": "Panasonic VRAW",
    ".cine": "Phantom Cine raw",
}
_CODECS = {
    "blackmagicraw": "Blackmagic RAW",
    "arriraw": "ARRIRAW",
    "xocn": "Sony X-OCN",
    "proresraw": "Apple ProRes RAW",
    "cinemadng": "CinemaDNG",
    "redcode": "RED R3D",
    "cinemaraw": "Canon Cinema RAW",
    "canonraw": "Canon Cinema RAW",
    "nraw": "Nikon N-RAW",
    "sonyraw": "Sony RAW",
    "zraw": "Z CAM ZRAW",
}
"""By the letters and digits of Resolve's Video Codec property. How it spells them was not seen in every version."""

ADVICE = "Press Render through Resolve: it renders just this clip's frames, and the matte is made from those."


def name_of(path: str, codec: str) -> str:
    """The raw format that a clip is in; empty for what is not raw."""
    by_suffix = _SUFFIXES.get(os.path.splitext(path)[1].lower(), "")
    if by_suffix:
        return by_suffix
    letters = re.sub(r"[^a-z0-9]", "", codec.lower())
    return next((name for word, name in _CODECS.items() if word in letters), "")


def refuse(clip: str, path: str, codec: str) -> None:
    """Raises ``CameraRaw`` for a clip called ``clip`` in one of the raw formats."""
    name = name_of(path, codec)
    if name:
        raise CameraRaw(f"{clip} is {name}, which only Resolve can decode.", field="plate", advice=ADVICE)
