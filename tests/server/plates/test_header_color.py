"""What a header implies of the colorspace, read back from real files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from mattewire_server.plates.image_file import read_header

AP1 = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)


@pytest.mark.parametrize(
    ("header", "colorspace"),
    [
        ({}, "linear Rec.709"),
        ({"chromaticities": REC709}, "linear Rec.709"),
        ({"chromaticities": AP1}, "ACEScg"),
        ({"chromaticities": AP0}, "ACES2065-1"),
        ({"acesImageContainerFlag": 1}, "ACES2065-1"),
        ({"colorInteropID": "lin_ap1_scene"}, "ACEScg"),
        ({"colorInteropID": "lin_ap0_scene", "chromaticities": REC709}, "ACES2065-1"),
        ({"colorInteropID": "srgb_rec709_scene"}, "sRGB"),
        ({"colorInteropID": "something new", "chromaticities": AP1}, "ACEScg"),
    ],
)
def test_exr(tmp_path: Path, header: dict[str, Any], colorspace: str) -> None:
    path = str(tmp_path / "a.exr")
    channels = {name: np.zeros((4, 6), "f2") for name in "RGB"}
    with OpenEXR.File({"type": OpenEXR.scanlineimage, **header}, channels) as file:
        file.write(path)
    assert read_header(path, 1).colorspace == colorspace


@pytest.mark.parametrize(
    ("name", "kind", "colorspace"),
    [
        ("a.png", "uint8", "sRGB"),
        ("a.png", "uint16", "sRGB"),
        ("a.jpg", "uint8", "sRGB"),
        ("a.tif", "uint8", "sRGB"),
        ("a.tif", "uint16", "sRGB"),
        ("a.tif", "float", "linear Rec.709"),
    ],
)
def test_by_kind(tmp_path: Path, write_image: Callable[..., str], name: str, kind: str, colorspace: str) -> None:
    path = write_image(tmp_path / name, np.zeros((4, 6, 3), np.float32), kind)
    assert read_header(path, 1).colorspace == colorspace


@pytest.mark.parametrize(
    ("transfer", "film", "colorspace"),
    [
        ("Printing density", False, "Cineon"),
        ("Logarithmic", False, "Cineon"),
        ("Linear", False, "linear Rec.709"),
        ("ITU-R 709-4", False, "Rec.709"),
        ("SMPTE 274M", True, "Rec.709"),
        ("Undefined", False, "Rec.709"),
        ("Undefined", True, "Cineon"),
        ("User defined", True, "Cineon"),
    ],
)
def test_dpx(tmp_path: Path, write_image: Callable[..., str], transfer: str, film: bool, colorspace: str) -> None:
    path = Path(write_image(tmp_path / "a.dpx", np.zeros((4, 6, 3), np.uint16), "uint16", dpx__Transfer=transfer))
    if film:  # a scanner's edge code: SMPTE 268M, film information header at byte 1664, 16 characters
        header = bytearray(path.read_bytes())
        header[1664:1680] = b"0101031234567890"
        path.write_bytes(header)
    assert read_header(str(path), 1).colorspace == colorspace
