"""PNG, read back with OpenCV and OpenImageIO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mattewire_protocol.errors import BadField
from mattewire_server.plates.model import Window
from server.mattes.written import (
    DATA,
    DISPLAY,
    INSIDE,
    PROVENANCE,
    crop,
    facts_of,
    frame_of,
    plate,
    plate_frame,
    scene_rgb,
    soft_matte,
    writer,
)


def read_png(path: str) -> np.ndarray:
    """(rows, columns) or (rows, columns, RGB or RGBA), as stored."""
    pixels = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}
    return pixels if pixels.ndim == 2 else pixels[..., order[pixels.shape[2]]]


@pytest.mark.parametrize(("format", "top", "kind"), [("png8", 255, np.uint8), ("png16", 65535, np.uint16)])
def test_the_png_is_one_gray_channel_of_the_display_window_rounded(
    tmp_path: Path, format: str, top: int, kind: type
) -> None:
    matte = soft_matte()
    matte[4, 6] = 0.6 / top  # display pixel (0, 0): truncated it would be 0
    gray = read_png(writer(tmp_path, format).write(frame_of(1001, matte)))
    assert gray.dtype == kind
    assert gray[0, 0] == 1
    assert np.array_equal(gray, np.floor(crop(matte, DISPLAY).astype(np.float64) * top + 0.5).astype(kind))


@pytest.mark.parametrize("window", [INSIDE, Window(-6, -4, 20, 10), Window(66, 36, 72, 40)])
def test_outside_the_data_window_the_png_is_black_as_the_exr_is(tmp_path: Path, window: Window) -> None:
    gray = read_png(writer(tmp_path, "png8").write(frame_of(1001, np.ones((44, 78), np.float32), window)))
    expected = np.zeros((44, 78), np.uint8)
    crop(expected, window)[...] = 255
    assert np.array_equal(gray, crop(expected, DISPLAY))


def test_the_png_says_where_it_comes_from_and_claims_no_color(tmp_path: Path) -> None:
    path = writer(tmp_path, "png8").write(frame_of())
    facts = facts_of(path)
    assert {name: facts[f"mattewire/{name}"] for name in PROVENANCE} == PROVENANCE
    assert facts["PixelAspectRatio"] == pytest.approx(2.0)
    data = Path(path).read_bytes()
    assert not any(chunk in data for chunk in (b"gAMA", b"sRGB", b"cICP", b"iCCP", b"tIME", b"eXIf"))


@pytest.mark.parametrize(("format", "top"), [("png8", 255), ("png16", 65535)])
@pytest.mark.parametrize("channels", ["Y", "RGB", "RGBA"])
def test_a_matte_lies_where_the_host_looks(tmp_path: Path, channels: str, format: str, top: int) -> None:
    gray = np.rint(crop(soft_matte(), DISPLAY) * np.float32(top))
    read = read_png(writer(tmp_path, format, {"channels": channels}).write(frame_of()))
    if channels == "Y":
        assert np.array_equal(read, gray)
        return
    assert read.shape[2] == len(channels)
    for index, name in enumerate(channels):
        assert np.array_equal(read[..., index], np.full_like(gray, top) if channels == "RGBA" and name != "A" else gray)


@pytest.mark.parametrize(("format", "kind"), [("png8", "uint8"), ("png16", "uint16"), ("png16", "uint8")])
def test_a_cutout_has_the_plates_own_codes(tmp_path: Path, format: str, kind: str) -> None:
    rgb = scene_rgb(kind)
    given = frame_of(1001, None, INSIDE, plate=plate_frame(rgb, window=INSIDE))
    read = read_png(writer(tmp_path, format, {"content": "cutout"}, plate=plate(precision=kind)).write(given))
    outside = np.zeros_like(rgb)
    crop(outside, INSIDE)[...] = crop(rgb, INSIDE)
    codes = crop(outside, DISPLAY).astype(np.uint32) * (257 if (format, kind) == ("png16", "uint8") else 1)
    assert np.array_equal(read[..., :3], codes)
    shown = np.zeros_like(soft_matte())
    crop(shown, INSIDE)[...] = crop(soft_matte(), INSIDE)
    assert np.array_equal(read[..., 3], np.rint(crop(shown, DISPLAY) * np.float32(255 if format == "png8" else 65535)))


@pytest.mark.parametrize(
    ("format", "kind", "wanted", "name", "advice"),
    [
        ("png8", "half", {}, "format", "exr or tiff32"),
        ("png16", "float", {}, "format", "exr or tiff32"),
        ("png8", "uint16", {}, "format", "Choose png16"),
        ("png16", "uint16", {"premultiplied": True}, "premultiplied", "straight"),
    ],
)
def test_a_cutout_is_never_rounded_or_clipped(
    tmp_path: Path, format: str, kind: str, wanted: dict[str, Any], name: str, advice: str
) -> None:
    with pytest.raises(BadField, match=advice) as caught:
        writer(tmp_path, format, {"content": "cutout", **wanted}, plate=plate(precision=kind), field="out[3]")
    assert caught.value.field == f"out[3].{name}"
    assert list(tmp_path.iterdir()) == []


def test_an_object_is_named_in_the_file(tmp_path: Path) -> None:
    given = frame_of(1001, None, DATA, objects={7: soft_matte(7)})
    path = writer(tmp_path, "png16", {"object": 7}).write(given)
    assert facts_of(path)["mattewire/object"] == "été"
    assert np.array_equal(read_png(path), np.rint(crop(soft_matte(7), DISPLAY) * np.float32(65535)))
