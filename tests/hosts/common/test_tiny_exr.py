"""The small EXR against the real libraries, both ways, and against files that are broken on purpose."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np
import OpenEXR
import OpenImageIO as oiio
import pytest
from numpy.typing import NDArray

from mattewire_panel import tiny_exr
from mattewire_protocol.errors import BadField, MattewireError, NotWritable, PlateUnreadable, UnknownFormat


def ramp(x: int, y: int) -> tuple[float, float, float]:
    return x / 8, y / 4 - 1, x * y / 64


def expected(left: int, top: int, right: int, bottom: int) -> NDArray[np.float16]:
    lines = [[ramp(x, y) for x in range(left, right + 1)] for y in range(top, bottom + 1)]
    return np.array(lines, np.float16)


# --- written here, read by the libraries -------------------------------------------------------------------


def test_openimageio_reads_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "ramp.exr"
    tiny_exr.write_rgb(path, ramp, 13, 7, pixel_aspect=2.0)
    image = oiio.ImageBuf(str(path))
    assert not image.has_error
    spec = image.spec()
    assert (spec.width, spec.height, list(spec.channelnames)) == (13, 7, ["R", "G", "B"])
    assert spec.get_float_attribute("PixelAspectRatio") == 2.0
    assert spec.get_string_attribute("compression") == "none"
    assert spec.channelformat(0) == "half"
    np.testing.assert_array_equal(image.get_pixels(oiio.HALF), expected(0, 0, 12, 6))


@pytest.mark.parametrize("window", [(2, 1, 5, 3), (-3, -2, 20, 10), (12, 6, 12, 6)])
def test_openexr_reads_a_data_window_of_its_own(tmp_path: Path, window: tiny_exr.Window) -> None:
    path = tmp_path / "window.exr"
    tiny_exr.write_rgb(path, ramp, 13, 7, data_window=window)
    with OpenEXR.File(str(path)) as image:
        header = image.header()
        left, top, right, bottom = window
        assert [tuple(corner) for corner in header["dataWindow"]] == [(left, top), (right, bottom)]
        assert [tuple(corner) for corner in header["displayWindow"]] == [(0, 0), (12, 6)]
        np.testing.assert_array_equal(image.channels()["RGB"].pixels, expected(*window))


@pytest.mark.parametrize("name", ["R", "G", "B"])
def test_what_is_written_here_is_read_here(tmp_path: Path, name: str) -> None:
    path = tmp_path / "ramp.exr"
    tiny_exr.write_rgb(path, ramp, 13, 7, data_window=(-1, 0, 11, 6))
    window, rows = tiny_exr.read_channel(path, name)
    assert window == (-1, 0, 11, 6)
    np.testing.assert_array_equal(np.array(rows), expected(-1, 0, 11, 6)[..., "RGB".index(name)])


def test_a_picture_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "wrong.exr"
    for size in ((0, 4), (4, -1)):
        with pytest.raises(BadField):
            tiny_exr.write_rgb(path, ramp, *size)
    with pytest.raises(BadField, match="empty"):
        tiny_exr.write_rgb(path, ramp, 4, 4, data_window=(3, 0, 2, 3))
    for aspect in (0.0, float("nan"), float("inf")):
        with pytest.raises(BadField):
            tiny_exr.write_rgb(path, ramp, 4, 4, pixel_aspect=aspect)
    with pytest.raises(BadField, match="Line 2"):
        tiny_exr.write_rgb(path, lambda x, y: (70_000.0 if y == 2 else 0.0, 0.0, 0.0), 4, 4)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match="No such file"):
        tiny_exr.write_rgb(tmp_path / "no" / "such.exr", ramp, 4, 4)
    with pytest.raises(PlateUnreadable, match="No such file"):
        tiny_exr.read_channel(tmp_path / "no.exr")


# --- written by the libraries, read here -------------------------------------------------------------------


def write(path: Path, pixels: NDArray[np.generic], names: str, kind: str, compression: str, origin: int = 0) -> None:
    """By OpenImageIO, the library that the daemon writes with."""
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], len(names), kind)
    spec.channelnames = tuple(names)
    spec.x = spec.y = origin
    spec.full_width, spec.full_height = 400, 300
    spec.attribute("compression", compression)
    out = oiio.ImageOutput.create(str(path))
    assert out is not None
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(pixels), out.geterror()
    assert out.close()


@pytest.mark.parametrize("compression", ["none", "zips", "zip"])
@pytest.mark.parametrize("kind", ["half", "float"])
@pytest.mark.parametrize(("names", "height"), [("A", 37), ("RGBA", 16), ("Y", 1)])
def test_every_kind_that_the_daemon_writes(
    tmp_path: Path, compression: str, kind: str, names: str, height: int
) -> None:
    soft = np.linspace(0, 1, 53 * height * len(names), dtype=np.float32).reshape(height, 53, len(names))
    noise = np.random.default_rng(3).random(soft.shape, np.float32)  # a chunk that does not shrink is stored plain
    for pixels in (soft, noise, np.zeros_like(soft)):
        stored = np.ascontiguousarray(pixels.astype(np.float16 if kind == "half" else np.float32))
        write(tmp_path / "m.exr", stored, names, kind, compression, origin=-5)
        for index, name in enumerate(names):
            window, rows = tiny_exr.read_channel(tmp_path / "m.exr", name)
            assert window == (-5, -5, 47, height - 6)
            np.testing.assert_array_equal(np.array(rows), stored[..., index].astype(np.float64))


def test_lines_stored_from_the_bottom_up_come_top_first(tmp_path: Path) -> None:
    pixels = np.arange(40 * 3, dtype=np.float32).reshape(40, 3)
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, "lineOrder": OpenEXR.DECREASING_Y}
    with OpenEXR.File(header, {"A": pixels}) as image:
        image.write(str(tmp_path / "up.exr"))
    np.testing.assert_array_equal(np.array(tiny_exr.read_channel(tmp_path / "up.exr")[1]), pixels)


@pytest.mark.parametrize("compression", ["piz", "rle", "dwaa"])
def test_other_compressions_are_named(tmp_path: Path, compression: str) -> None:
    write(tmp_path / "m.exr", np.zeros((4, 4, 1), np.float16), "A", "half", compression)
    with pytest.raises(UnknownFormat, match=f"compressed as {compression}"):
        tiny_exr.read_channel(tmp_path / "m.exr")


def test_other_kinds_of_exr_are_named(tmp_path: Path) -> None:
    path = tmp_path / "tiled.exr"
    spec = oiio.ImageSpec(64, 64, 1, "half")
    spec.tile_width = spec.tile_height = 32
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec)
    assert out.write_image(np.zeros((64, 64, 1), np.float16))
    assert out.close()
    with pytest.raises(UnknownFormat, match="tiled"):
        tiny_exr.read_channel(path)
    header = {"compression": OpenEXR.NO_COMPRESSION, "type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, {"A": np.zeros((4, 4), np.uint32)}) as image:
        image.write(str(tmp_path / "whole.exr"))
    with pytest.raises(UnknownFormat, match="whole numbers"):
        tiny_exr.read_channel(tmp_path / "whole.exr")


def test_a_missing_channel_is_named(tmp_path: Path) -> None:
    write(tmp_path / "m.exr", np.zeros((4, 4, 1), np.float16), "Y", "half", "zip")
    with pytest.raises(PlateUnreadable, match="no channel A"):
        tiny_exr.read_channel(tmp_path / "m.exr")


@pytest.mark.parametrize("compression", ["none", "zip"])
def test_a_broken_file_is_always_a_plain_error(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "m.exr"
    write(path, np.linspace(0, 1, 400, dtype=np.float16).reshape(20, 20, 1), "A", "half", compression)
    whole = path.read_bytes()
    rng = random.Random(11)
    refused = 0
    for turn in range(1500):
        broken = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(broken))
            broken[at] = rng.choice((0, 0xFF, 0x80, rng.randrange(256)))
        if turn % 3 == 0:
            del broken[rng.randrange(len(broken)) :]
        path.write_bytes(broken)
        try:
            tiny_exr.read_channel(path)
        except MattewireError as problem:
            refused += 1
            assert str(path) in problem.message
    assert refused > 500


def test_a_small_file_cannot_ask_for_much_memory(tmp_path: Path) -> None:
    path = tmp_path / "m.exr"
    tiny_exr.write_rgb(path, ramp, 4, 4)
    data = bytearray(path.read_bytes())
    at = data.index(b"box2i\0") + 10
    data[at : at + 16] = struct.pack("<4i", -(2**31), -(2**31), 2**31 - 1, 2**31 - 1)
    path.write_bytes(data)
    with pytest.raises(PlateUnreadable):
        tiny_exr.read_channel(path)
