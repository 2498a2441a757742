"""Camera raw by name."""

from __future__ import annotations

import pytest

from mattewire_protocol.errors import CameraRaw
from mattewire_resolve import raw


@pytest.mark.parametrize(
    ("path", "codec", "name"),
    [
        ("/cards/A208_C007.braw", "Blackmagic RAW", "Blackmagic RAW"),
        ("/cards/J001_C004.R3D", "RED", "RED R3D"),
        ("/cards/A001.[0000000-0000099].ari", "", "ARRIRAW"),
        ("/cards/A001.[0000000-0000099].arx", "", "ARRIRAW HDE"),
        ("/cards/A001C001.mxf", "ARRIRAW HDE", "ARRIRAW"),
        ("C:\\cards\\shot_[000001-000120].dng", "", "CinemaDNG"),
        ("/cards/B001.mxf", "X-OCN ST", "Sony X-OCN"),
        ("/cards/clip.mov", "Apple ProRes RAW HQ", "Apple ProRes RAW"),
        ("/cards/Z9.NEV", "", "Nikon N-RAW"),
        ("/cards/C200.CRM", "", "Canon Cinema RAW Light"),
        ("/cards/c500.mxf", "Canon RAW", "Canon Cinema RAW"),
    ],
)
def test_raw(path: str, codec: str, name: str) -> None:
    assert raw.name_of(path, codec) == name
    with pytest.raises(CameraRaw, match=f"A cam is {name}, which only Resolve can decode") as refusal:
        raw.refuse("A cam", path, codec)
    assert (refusal.value.advice, refusal.value.field) == (raw.ADVICE, "plate")


@pytest.mark.parametrize(
    ("path", "codec"),
    [
        ("a.mov", "Apple ProRes 4444"),
        ("a.mxf", "Sony XAVC Intra"),
        ("a.mp4", "H.264 Main L4.2"),
        ("a.mxf", "Avid DNxHR HQX"),
        ("braw.mov", "H.265"),
        ("plate.[1001-1100].exr", "OpenEXR"),
        ("a.mov", "Uncompressed RGB 10-bit"),
    ],
)
def test_not_raw(path: str, codec: str) -> None:
    assert raw.name_of(path, codec) == ""
    raw.refuse("A cam", path, codec)
