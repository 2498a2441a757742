"""Camera raw is refused by its name, and the way out is said."""

from __future__ import annotations

import pytest

from mattewire_protocol.errors import CameraRaw
from mattewire_server.plates.camera_raw import is_camera_raw, refuse_by_codec, refuse_by_name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("A001.braw", "Blackmagic RAW"),
        ("A001_C002.R3D", "RED R3D"),
        ("A003C001.1001.ari", "ARRIRAW"),
        ("A003C001.1001.arx", "ARRIRAW HDE"),
        ("clip.0001.dng", "CinemaDNG"),
        ("clip.CRM", "Canon Cinema RAW Light"),
        ("shot.cine", "Phantom"),
        ("shot.nev", "N-RAW"),
        ("IMG_0001.CR3", "photo raw"),
    ],
)
def test_by_name(name: str, says: str) -> None:
    with pytest.raises(CameraRaw, match=says) as caught:
        refuse_by_name(f"/cards/{name}", "plate.path")
    assert name in caught.value.message
    assert "EXR, DPX or ProRes" in caught.value.advice
    assert caught.value.field == "plate.path"
    assert is_camera_raw(name)


@pytest.mark.parametrize("name", ["shot.1001.exr", "clip.mov", "clip.mxf", "braw", "notes.txt"])
def test_ordinary_names_pass(name: str) -> None:
    refuse_by_name(name, "plate.path")
    assert not is_camera_raw(name)


@pytest.mark.parametrize(
    ("name", "fourcc", "decoder", "pixel_format", "says"),
    [
        ("a.mov", "aprn", "", "", "ProRes RAW"),
        ("a.mov", "aprh", "prores_raw", "bayer_rggb16le", "ProRes RAW HQ"),
        ("a.mov", "", "prores_raw", "", "ProRes RAW"),
        ("a.mov", "CFHD", "cfhd", "bayer_rggb16le", "cfhd"),
        ("a.mxf", "", "", "", "ARRIRAW or Sony X-OCN"),
    ],
)
def test_by_codec(name: str, fourcc: str, decoder: str, pixel_format: str, says: str) -> None:
    with pytest.raises(CameraRaw, match=says):
        refuse_by_codec(name, fourcc=fourcc, decoder=decoder, pixel_format=pixel_format, field="plate.path")


@pytest.mark.parametrize(
    ("name", "decoder", "pixel_format"),
    [("a.mov", "prores", "yuv422p10le"), ("a.mxf", "dnxhd", "yuv422p"), ("a.mp4", "", "")],
)
def test_ordinary_codecs_pass(name: str, decoder: str, pixel_format: str) -> None:
    refuse_by_codec(name, fourcc="", decoder=decoder, pixel_format=pixel_format, field="plate.path")
