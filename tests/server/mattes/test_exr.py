"""EXR of every content: channels, precision, compressions and header, read back with the OpenEXR library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from mattewire_protocol.errors import NotWritable
from mattewire_server.mattes import FrameMattes, NamedObject
from mattewire_server.plates.model import Window
from server.mattes.written import (
    CANVAS,
    DATA,
    OBJECTS,
    bits,
    crop,
    facts_of,
    frame_of,
    plate,
    plate_frame,
    read_channels,
    scene_rgb,
    soft_matte,
    writer,
)

COMPRESSIONS = {
    "zip": OpenEXR.ZIP_COMPRESSION,
    "zips": OpenEXR.ZIPS_COMPRESSION,
    "piz": OpenEXR.PIZ_COMPRESSION,
    "dwaa": OpenEXR.DWAA_COMPRESSION,
    "none": OpenEXR.NO_COMPRESSION,
}
LOSSLESS = [name for name in COMPRESSIONS if name != "dwaa"]


def objects_in_sight(*numbers: int) -> dict[int, Any]:
    return {number: soft_matte(number) for number in numbers}


def full_frame(number: int = 1001, kind: str = "half", **more: Any) -> FrameMattes:
    return frame_of(
        number, objects=objects_in_sight(1, 2, 7), plate=plate_frame(scene_rgb(kind), number), timecode=None, **more
    )


# --- mattes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", ["", "half", "float"])
@pytest.mark.parametrize("channels", ["", "A", "Y", "RGB", "RGBA"])
def test_a_matte_lies_where_the_host_looks(tmp_path: Path, channels: str, depth: str) -> None:
    path = writer(tmp_path, wanted={"channels": channels, "depth": depth}).write(frame_of())
    _, read = read_channels(path)
    kind = np.float32 if depth == "float" else np.float16
    matte = crop(soft_matte(), DATA).astype(kind)
    assert "".join(sorted(read)) == "".join(sorted(channels or "A"))
    assert all(pixels.dtype == kind for pixels in read.values())
    if channels == "RGBA":
        assert all(np.all(read[name] == 1) for name in "RGB")
        assert np.array_equal(read["A"], matte)
    else:
        assert all(np.array_equal(pixels, matte) for pixels in read.values())


def test_the_alpha_of_white_says_that_it_is_straight(tmp_path: Path) -> None:
    assert facts_of(writer(tmp_path, wanted={"channels": "RGBA"}).write(frame_of()))["mattewire/alpha"] == "straight"
    assert "mattewire/alpha" not in facts_of(writer(tmp_path / "a").write(frame_of()))


@pytest.mark.parametrize("by_deliverable", [True, False])
def test_one_object_alone_and_by_name(tmp_path: Path, by_deliverable: bool) -> None:
    chosen = {"wanted": {"object": 7}} if by_deliverable else {"object": 7}
    mattes_out = writer(tmp_path, **chosen)
    _, seen = read_channels(mattes_out.write(frame_of(1001, objects=objects_in_sight(1, 7))))
    _, gone = read_channels(mattes_out.write(frame_of(1002, objects=objects_in_sight(1))))
    assert np.array_equal(seen["A"], crop(soft_matte(7), DATA).astype(np.float16))
    assert not gone["A"].any()
    assert facts_of(mattes_out.path(1002))["mattewire/object"] == "été"


# --- cut-outs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", LOSSLESS)
@pytest.mark.parametrize("kind", ["half", "float"])
def test_a_straight_cutout_has_the_plates_own_bits(tmp_path: Path, kind: str, compression: str) -> None:
    rgb = scene_rgb(kind)
    rgb[10:13, 20] = np.array([[np.nan, np.inf, -np.inf], [65504, -65504, 6e-8], [-0.0, 0, 1]], rgb.dtype)
    given = frame_of(plate=plate_frame(rgb))
    cutout = writer(tmp_path, wanted={"content": "cutout", "compression": compression}, plate=plate(precision=kind))
    header, read = read_channels(cutout.write(given))
    assert header["compression"] == COMPRESSIONS[compression]
    for index, name in enumerate("RGB"):
        assert bits(read[name]) == bits(crop(rgb, DATA)[..., index])
    assert bits(read["A"]) == bits(crop(soft_matte(), DATA).astype(rgb.dtype))
    assert facts_of(cutout.path(1001))["mattewire/alpha"] == "straight"


def test_even_a_nans_payload_is_kept(tmp_path: Path) -> None:
    rgb = scene_rgb()
    rgb[20, 30:33, 1] = np.array([0x7E01, 0xFDAB, 0x7D55], np.uint16).view(np.float16)
    _, read = read_channels(writer(tmp_path, wanted={"content": "cutout"}).write(frame_of(plate=plate_frame(rgb))))
    assert crop(read["G"].view(np.uint16), Window(24, 16, 27, 17), DATA).tolist() == [[0x7E01, 0xFDAB, 0x7D55]]


@pytest.mark.parametrize(
    ("kind", "depth", "stored"),
    [
        ("uint8", "", np.float16),
        ("uint16", "", np.float32),
        ("uint16", "half", np.float16),
        ("half", "float", np.float32),
        ("float", "half", np.float16),
    ],
)
def test_the_depth_of_a_cutout(tmp_path: Path, kind: str, depth: str, stored: type) -> None:
    rgb = scene_rgb(kind)
    wanted = {"content": "cutout", "depth": depth}
    _, read = read_channels(
        writer(tmp_path, wanted=wanted, plate=plate(precision=kind)).write(frame_of(plate=plate_frame(rgb)))
    )
    top = {"uint8": 255, "uint16": 65535}.get(kind, 1)
    assert {pixels.dtype for pixels in read.values()} == {np.dtype(stored)}
    for index, name in enumerate("RGB"):
        exact = crop(rgb, DATA)[..., index].astype(np.float64) / top
        step = np.spacing(np.abs(exact.astype(stored))).astype(np.float64)
        assert np.all(np.abs(read[name] - exact) <= step)
        if top > 1 and not depth:
            assert np.array_equal(np.rint(read[name].astype(np.float64) * top), crop(rgb, DATA)[..., index])


def test_a_premultiplied_cutout_is_multiplied_and_says_so(tmp_path: Path) -> None:
    rgb = scene_rgb()
    rgb[10, 20] = np.inf
    matte = soft_matte()
    matte[10, 20] = 0
    wanted = {"content": "cutout", "premultiplied": True}
    path = writer(tmp_path, wanted=wanted).write(frame_of(1001, matte, plate=plate_frame(rgb)))
    _, read = read_channels(path)
    product = (np.where(matte[..., None] == 0, 0, rgb).astype(np.float32) * matte[..., None]).astype(np.float16)
    for index, name in enumerate("RGB"):
        assert np.array_equal(read[name], crop(product, DATA)[..., index])
    assert facts_of(path)["mattewire/alpha"] == "premultiplied"


def test_a_cutout_keeps_what_the_plate_says_of_its_color(tmp_path: Path) -> None:
    acescg = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
    info = plate(chromaticities=acescg, color_id="lin_ap1_scene")
    path = writer(tmp_path, wanted={"content": "cutout"}, plate=info).write(full_frame())
    assert facts_of(path)["chromaticities"] == pytest.approx(acescg)
    assert facts_of(path)["colorInteropID"] == "lin_ap1_scene"
    matte = facts_of(writer(tmp_path / "m", plate=info).write(frame_of()))
    assert not {"chromaticities", "colorInteropID"} & set(matte), "a matte has no color"


@pytest.mark.parametrize(
    ("kind", "colorspace", "said"),
    [("uint8", "sRGB", "srgb_rec709_scene"), ("uint8", "Rec.709", None), ("half", "sRGB", None)],
)
def test_a_cutout_of_an_integer_plate_says_that_it_is_not_linear(
    tmp_path: Path, kind: str, colorspace: str, said: str | None
) -> None:
    """Integer files say nothing and are read as sRGB; the EXR made of them would be read as linear."""
    info = plate(precision=kind, colorspace=colorspace)
    given = frame_of(plate=plate_frame(scene_rgb(kind)))
    path = writer(tmp_path, wanted={"content": "cutout"}, plate=info).write(given)
    assert facts_of(path).get("colorInteropID") == said


# --- layers and Cryptomatte ----------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", ["", "float"])
def test_layers_have_the_same_channels_whoever_is_in_sight(tmp_path: Path, depth: str) -> None:
    layers = writer(tmp_path, wanted={"content": "layers", "depth": depth})
    kind = np.float32 if depth else np.float16
    for number in range(1001, 1011):
        sight = objects_in_sight(1, 2, 7) if number % 2 else objects_in_sight(1, 7)
        whole = np.maximum.reduce(list(sight.values()))
        header, read = read_channels(layers.write(frame_of(number, whole, objects=sight)))
        assert set(read) == {"A", "founder_left.A", "object_1.A", "ete.A"}
        assert np.array_equal(read["A"], crop(whole, DATA).astype(kind))
        for one in OBJECTS:
            expected = crop(sight.get(one.number, np.zeros_like(whole)), DATA).astype(kind)
            assert np.array_equal(read[f"{one.layer}.A"], expected)
        names = json.loads(header["mattewire/objects"])
        assert list(names.items()) == [("founder_left", "founder (left)"), ("object_1", "1"), ("ete", "été")]


def test_objects_are_ordered_by_number_and_strangers_left_out(tmp_path: Path) -> None:
    layers = writer(tmp_path, wanted={"content": "layers"}, objects=OBJECTS[::-1])
    path = layers.write(frame_of(objects=objects_in_sight(1, 2, 3)))
    assert list(json.loads(facts_of(path)["mattewire/objects"])) == ["founder_left", "object_1", "ete"]
    assert len(read_channels(path)[1]) == 4


def test_two_hundred_objects(tmp_path: Path) -> None:
    many = [NamedObject(number, f"extra {number}", f"extra_{number}") for number in range(1, 201)]
    layers = writer(tmp_path, wanted={"content": "layers"}, objects=many)
    _, read = read_channels(layers.write(frame_of(objects=objects_in_sight(*range(1, 201)))))
    assert len(read) == 201
    for number in (1, 99, 200):
        assert np.array_equal(read[f"extra_{number}.A"], crop(soft_matte(number), DATA).astype(np.float16))


@pytest.mark.parametrize("compression", LOSSLESS)
def test_cryptomatte_is_float_and_the_same_channels_in_every_frame(tmp_path: Path, compression: str) -> None:
    crypto = writer(tmp_path, wanted={"content": "cryptomatte", "compression": compression})
    expected = {f"CryptoObject{index:02}.{name}" for index in range(3) for name in "RGBA"}
    for number, sight in ((1001, (1, 2, 7)), (1002, ())):
        header, read = read_channels(crypto.write(frame_of(number, objects=objects_in_sight(*sight))))
        assert set(read) == expected
        assert {pixels.dtype for pixels in read.values()} == {np.dtype(np.float32)}
        key = next(name for name in header if name.endswith("/manifest"))
        assert set(json.loads(header[key])) == {"founder (left)", "1", "été"}
        assert header[key.replace("manifest", "name")] == "CryptoObject"
        coverage = sum(read[f"CryptoObject{index:02}.{name}"] for index in range(3) for name in "GA")
        total = sum((crop(soft_matte(one), DATA) for one in sight), np.zeros((42, 76), np.float32))
        assert np.allclose(coverage, np.minimum(total, 1), atol=1e-6)


# --- compression ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["matte", "layers", "cutout"])
@pytest.mark.parametrize("compression", list(COMPRESSIONS))
def test_every_compression_keeps_alpha_exactly(tmp_path: Path, compression: str, content: str) -> None:
    kept = writer(tmp_path, wanted={"content": content, "compression": compression})
    header, read = read_channels(kept.write(full_frame()))
    assert header["compression"] == COMPRESSIONS[compression]
    assert np.array_equal(read["A"], crop(soft_matte(), DATA).astype(np.float16))
    if content == "layers":
        assert np.array_equal(read["ete.A"], crop(soft_matte(7), DATA).astype(np.float16))


@pytest.mark.parametrize("channels", ["Y", "RGB", "RGBA"])
def test_dwaa_brings_gray_back_nearly(tmp_path: Path, channels: str) -> None:
    _, read = read_channels(writer(tmp_path, wanted={"channels": channels, "compression": "dwaa"}).write(frame_of()))
    for name, pixels in read.items():
        expected = np.ones((42, 76)) if channels == "RGBA" and name != "A" else crop(soft_matte(), DATA)
        assert np.abs(pixels - expected).max() < 0.02


def test_dwaa_with_infinity_in_the_plate_still_writes(tmp_path: Path) -> None:
    rgb = scene_rgb()
    rgb[25, 30], rgb[41, 10] = np.inf, np.nan  # in the middle and the last row, which are read back
    cutout = writer(tmp_path, wanted={"content": "cutout", "compression": "dwaa"})
    _, read = read_channels(cutout.write(frame_of(plate=plate_frame(rgb))))
    assert np.array_equal(read["A"], crop(soft_matte(), DATA).astype(np.float16))


@pytest.mark.parametrize("compression", list(COMPRESSIONS))
def test_pixels_that_are_not_those_meant_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    """Whatever the compression allows: the picture turned upside down on its way into the file."""
    from mattewire_server.mattes import exr, image_output

    honest = image_output.write_image
    monkeypatch.setattr(
        exr, "write_image", lambda kind, path, spec, pixels, **more: honest(kind, path, spec, pixels[::-1], **more)
    )
    gray = writer(tmp_path, wanted={"channels": "Y", "compression": compression})
    with pytest.raises(NotWritable, match=r"Frame 1001: .*does not hold what was written"):
        gray.write(frame_of())
    assert list(tmp_path.iterdir()) == []


# --- header --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["matte", "cutout", "layers", "cryptomatte"])
def test_timecode_view_and_rate_are_the_plates(tmp_path: Path, content: str) -> None:
    written = writer(tmp_path, wanted={"content": content}, plate=plate(view="left"))
    words = (0x01020304, 0x89ABCDEF)
    given = full_frame()
    path = written.write(FrameMattes(1001, DATA, given.whole, given.objects, given.plate, words))
    facts = facts_of(path)
    assert facts["smpte:TimeCode"] == words
    assert facts["view"] == "left"
    assert facts["framesPerSecond"] == (24000, 1001)
    with OpenEXR.File(path) as file:
        time = file.header()["timeCode"]
        assert (time.hours, time.minutes, time.seconds, time.frame) == (1, 2, 3, 4)


def test_a_plate_that_was_handed_over_gives_its_timecode(tmp_path: Path) -> None:
    framed = plate_frame(scene_rgb(), timecode=(0x10203011, 0))
    path = writer(tmp_path, wanted={"content": "cutout"}).write(frame_of(plate=framed))
    assert facts_of(path)["smpte:TimeCode"] == (0x10203011, 0)


def test_nothing_is_claimed_that_is_not_known(tmp_path: Path) -> None:
    facts = facts_of(writer(tmp_path, wanted={"content": "layers"}, plate=plate(fps=None)).write(full_frame()))
    assert not {"smpte:TimeCode", "view", "framesPerSecond", "DateTime"} & set(facts)


@pytest.mark.parametrize("content", ["matte", "cutout", "layers", "cryptomatte"])
def test_data_windows_may_change_from_frame_to_frame(tmp_path: Path, content: str) -> None:
    written = writer(tmp_path, wanted={"content": content}, plate=plate(origin=(100, -50)))
    for number, window in enumerate((DATA, CANVAS, Window(0, 0, 64, 36), Window(71, 39, 72, 40)), 1001):
        given = frame_of(
            number, None, window, objects=objects_in_sight(2), plate=plate_frame(scene_rgb(), number, window)
        )
        header, read = read_channels(written.write(given))
        corners = [(window.x0 + 100, window.y0 - 50), (window.x1 + 99, window.y1 - 51)]
        assert [tuple(corner) for corner in header["dataWindow"]] == corners
        assert [tuple(corner) for corner in header["displayWindow"]] == [(100, -50), (163, -15)]
        assert all(pixels.shape == (window.height, window.width) for pixels in read.values())
        if content == "cutout":
            assert bits(read["B"]) == bits(crop(scene_rgb(), window)[..., 2])


@pytest.mark.parametrize("content", ["matte", "cutout", "layers", "cryptomatte"])
def test_an_empty_frame_is_a_file_like_any_other(tmp_path: Path, content: str) -> None:
    nothing = np.zeros((CANVAS.height, CANVAS.width), np.float32)
    written = writer(tmp_path, wanted={"content": content})
    _, read = read_channels(written.write(frame_of(1001, nothing, plate=plate_frame(scene_rgb()))))
    assert all(not pixels.any() for name, pixels in read.items() if content != "cutout" or name == "A")
    _, full = read_channels(written.write(full_frame(1002)))
    assert set(full) == set(read)
