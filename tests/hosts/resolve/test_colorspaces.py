"""Each name that the daemon is told is one that it knows."""

from __future__ import annotations

import pytest

from mattewire_resolve import colorspaces
from mattewire_server.color.spaces import SPACES

OURS = {space.name for space in SPACES}


def test_the_daemon_knows_them() -> None:
    assert set(colorspaces._NAMES.values()) | {colorspaces.DISPLAY} <= OURS


@pytest.mark.parametrize(
    ("resolve", "ours"),
    [
        ("Rec.709 (Scene)", "Rec.709"),
        ("Rec.709 Gamma 2.4", "Rec.709"),
        ("Rec.709-A", "Rec.709"),
        ("sRGB", "sRGB"),
        ("ACEScct", "ACEScct"),
        ("ARRI LogC3", "ARRI LogC3 (EI800)"),
        ("S-Gamut3.Cine/S-Log3", "S-Log3 S-Gamut3.Cine"),
        ("Sony S-Gamut3/S-Log3", "S-Log3 S-Gamut3"),
        ("REDWideGamutRGB/Log3G10", "Log3G10 REDWideGamutRGB"),
        ("RED REDWideGamutRGB/Log3G10", "Log3G10 REDWideGamutRGB"),
        ("DaVinci WG/Intermediate", "DaVinci Intermediate WideGamut"),
        ("Blackmagic Design Film Gen 1", ""),
        ("Apple Log", ""),
        ("", ""),
    ],
)
def test_names(resolve: str, ours: str) -> None:
    assert colorspaces.known(resolve) == ours
