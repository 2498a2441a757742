"""One image file: precision, windows, channels, views, orientation, damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from mattewire_protocol.errors import BadField, PlateUnreadable
from mattewire_server.plates import image_file
from mattewire_server.plates.image_file import Header, read_header, read_rgb, rgb_channels
from mattewire_server.plates.model import Window

Write = Callable[..., str]


def read(path: str, view: str = "") -> tuple[Header, np.ndarray]:
    header = read_header(path, 7, view)
    return header, read_rgb(path, 7, header)


def write_parts(path: Path, *parts: tuple[dict[str, Any], dict[str, np.ndarray]]) -> str:
    """Several parts, written by OpenEXR's own library. Named ``part1``…"""
    made = [
        OpenEXR.Part({"type": OpenEXR.scanlineimage, **header}, channels, f"part{number}")
        for number, (header, channels) in enumerate(parts, 1)
    ]
    with OpenEXR.File(made) as file:
        file.write(str(path))
    return str(path)


def plane(value: float, dtype: str = "f2") -> np.ndarray:
    return np.full((4, 6), value, dtype)


@pytest.mark.parametrize(
    ("name", "kind", "dtype", "tolerance"),
    [
        ("a.exr", "half", np.float16, 0),
        ("a.exr", "float", np.float32, 0),
        ("a.tif", "float", np.float32, 0),
        ("a.tif", "uint16", np.uint16, 0),
        ("a.tif", "uint8", np.uint8, 0),
        ("a.png", "uint8", np.uint8, 0),
        ("a.png", "uint16", np.uint16, 0),
        ("a.jpg", "uint8", np.uint8, 12),
        ("a.dpx", "uint16", np.uint16, 0),
        ("a.dpx", "uint8", np.uint8, 0),
    ],
)
def test_numbers_come_as_they_are(
    tmp_path: Path, write_image: Write, ramp: np.ndarray, name: str, kind: str, dtype: type, tolerance: int
) -> None:
    largest = {np.uint8: 255, np.uint16: 65535}.get(dtype, 3.5)
    pixels = (ramp * largest).astype(dtype)
    header, rgb = read(write_image(tmp_path / name, pixels, kind))
    assert rgb.dtype == dtype
    assert rgb.flags.c_contiguous
    np.testing.assert_allclose(rgb.astype(float), pixels.astype(float), rtol=0, atol=tolerance)
    assert header.display == header.data_window == Window(0, 0, 12, 8)


def test_ten_bit_dpx_fills_the_range(tmp_path: Path, write_image: Write) -> None:
    codes = np.array([[[0, 512, 1023]]], np.uint16)
    pixels = np.round(codes / 1023 * 65535).astype(np.uint16)
    header, rgb = read(write_image(tmp_path / "a.dpx", pixels, "uint16", oiio__BitsPerSample=10))
    assert header.precision == "uint16"
    np.testing.assert_array_equal(np.round(rgb / 65535 * 1023), codes)
    assert rgb[0, 0, 2] == 65535


def test_scene_values_survive(tmp_path: Path, write_image: Write) -> None:
    pixels = np.array([[[-0.25, 0.18, 1.0], [16.0, 65504.0, 6e-8]]], np.float16)
    _, rgb = read(write_image(tmp_path / "a.exr", pixels))
    np.testing.assert_array_equal(rgb, pixels)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_colors_are_not_multiplied_by_alpha(tmp_path: Path, write_image: Write, name: str) -> None:
    pixels = np.full((4, 4, 4), 200, np.uint8)
    pixels[..., 3] = 64
    _, rgb = read(write_image(tmp_path / name, pixels, "uint8", oiio__UnassociatedAlpha=1))
    assert rgb.shape == (4, 4, 3)
    assert (rgb == 200).all()


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
def test_gray_comes_three_times(tmp_path: Path, write_image: Write, name: str) -> None:
    gray = np.full((4, 6, 1), 77, np.uint8)
    _, rgb = read(write_image(tmp_path / name, gray, "uint8"))
    assert rgb.shape == (4, 6, 3)
    assert (np.abs(rgb.astype(int) - 77) <= 1).all()


@pytest.mark.parametrize(
    ("at", "display", "window"),
    [
        ((-2, -1), (0, 0, 8, 6), Window(-2, -1, 10, 7)),  # overscan
        ((3, 2), (0, 0, 40, 20), Window(3, 2, 15, 10)),  # a cropped bounding box
        ((50, 60), (0, 0, 40, 20), Window(50, 60, 62, 68)),  # nothing of it inside the frame
        ((98, 50), (100, 50, 12, 8), Window(-2, 0, 10, 8)),  # a display window that does not start at zero
    ],
)
def test_windows(
    tmp_path: Path,
    write_image: Write,
    ramp: np.ndarray,
    at: tuple[int, int],
    display: tuple[int, int, int, int],
    window: Window,
) -> None:
    header, rgb = read(write_image(tmp_path / "a.exr", ramp.astype("f2"), at=at, display=display))
    assert header.display == Window(0, 0, *display[2:])
    assert header.origin == display[:2]
    assert header.data_window == window
    assert rgb.shape == (8, 12, 3)


def test_pixel_aspect_and_rate(tmp_path: Path, write_image: Write, ramp: np.ndarray) -> None:
    written = write_image(tmp_path / "a.exr", ramp, PixelAspectRatio=2.0)
    assert read_header(written, 1).pixel_aspect == 2.0
    assert read_header(written, 1).fps is None
    codes = (ramp * 65535).astype(np.uint16)
    written = write_image(tmp_path / "a.dpx", codes, "uint16", dpx__FrameRate=25.0)
    assert read_header(written, 1).fps == 25.0


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_stills_on_their_side_come_upright(tmp_path: Path, write_image: Write, orientation: int) -> None:
    seen = np.zeros((16, 32, 3), np.uint8)
    seen[:8, :8] = (255, 0, 0)
    stored = np.rot90(seen, {1: 0, 3: 2, 6: 1, 8: -1}[orientation])
    written = write_image(tmp_path / "a.jpg", stored, "uint8", Orientation=orientation, PixelAspectRatio=2.0)
    header, rgb = read(written)
    assert header.display == header.data_window == Window(0, 0, 32, 16)
    assert rgb[3, 3, 0] > 200
    assert rgb[12, 3, 0] < 60
    assert rgb[3, 28, 0] < 60


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("R", "G", "B", "A"), (0, 1, 2)),
        (("B", "G", "R"), (2, 1, 0)),
        (("beauty.R", "beauty.G", "beauty.B", "depth.Z"), (0, 1, 2)),
        (("diffuse.R", "diffuse.G", "diffuse.B", "rgba.R", "rgba.G", "rgba.B"), (3, 4, 5)),
        (("DiffCol.R", "DiffCol.G", "DiffCol.B", "L.Combined.B", "L.Combined.G", "L.Combined.R"), (5, 4, 3)),
        (("diffuse.R", "diffuse.G", "diffuse.B", "R", "G", "B"), (3, 4, 5)),
        (("other.red", "other.green", "other.blue"), (0, 1, 2)),
        (("Y",), (0, 0, 0)),
        (("Y", "A"), (0, 0, 0)),
        (("A",), None),
        (("Z",), None),
        (("Y", "RY", "BY"), None),
        (("motion.X", "motion.Y_speed", "R"), None),
    ],
)
def test_which_channels_are_the_picture(names: tuple[str, ...], chosen: tuple[int, int, int] | None) -> None:
    assert rgb_channels(names) == chosen


def test_a_layer_among_others(tmp_path: Path) -> None:
    channels = {f"beauty.{name}": plane(value) for name, value in zip("RGB", (0.1, 0.2, 0.3), strict=True)}
    channels["depth.Z"] = plane(9, "f4")
    header, rgb = read(write_parts(tmp_path / "a.exr", ({}, channels)))
    assert header.precision == "half"
    np.testing.assert_allclose(rgb[0, 0], (0.1, 0.2, 0.3), atol=1e-3)


def test_parts_and_views(tmp_path: Path) -> None:
    def rgb(value: float) -> dict[str, np.ndarray]:
        return {name: plane(value) for name in "RGB"}

    path = write_parts(
        tmp_path / "a.exr",
        ({}, {"Z": plane(5, "f4")}),
        ({"view": "left"}, rgb(0.25)),
        ({"view": "right"}, rgb(0.75)),
    )
    assert read(path)[1][0, 0, 0] == 0.25
    assert read(path, "left")[1][0, 0, 0] == 0.25
    assert read(path, "right")[1][0, 0, 0] == 0.75
    with pytest.raises(BadField, match="'center'") as caught:
        read(path, "center")
    assert caught.value.field == "plate.view"
    assert "left, right" in caught.value.advice


def test_views_of_one_part(tmp_path: Path) -> None:
    channels = {name: plane(0.25) for name in "RGB"} | {f"right.{name}": plane(0.75) for name in "RGB"}
    path = write_parts(tmp_path / "a.exr", ({"multiView": ["left", "right"]}, channels))
    assert [read(path, view)[1][0, 0, 0] for view in ("", "left", "right")] == [0.25, 0.25, 0.75]


def test_a_view_of_a_file_without_views(tmp_path: Path, write_image: Write, ramp: np.ndarray) -> None:
    with pytest.raises(BadField, match="no view"):
        read_header(write_image(tmp_path / "a.exr", ramp), 1, "left")


def test_a_matte_is_no_plate(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "m.exr", ({}, {"A": plane(1)}))
    with pytest.raises(PlateUnreadable, match=r"Frame 7 \(m.exr\) has no picture, only A"):
        read(path)


@pytest.mark.parametrize("name", ["a.exr", "a.dpx", "a.png", "a.jpg", "a.tif"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.97])
def test_a_file_that_is_cut_off(tmp_path: Path, write_image: Write, name: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    pixels = (noise / 255).astype(np.float16) if name == "a.exr" else noise
    path = Path(write_image(tmp_path / name, pixels, "half" if name == "a.exr" else "uint8"))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(PlateUnreadable, match=rf"Frame 7 \({name}\)") as caught:
        read(str(path))
    assert caught.value.field == "plate.path"


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    path.write_text("not an image")
    with pytest.raises(PlateUnreadable, match=r"Frame 7 \(a.exr\) cannot be read"):
        read(str(path))


def test_an_endless_bounding_box(
    tmp_path: Path, write_image: Write, ramp: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_image(tmp_path / "a.exr", ramp, at=(9000, 9000), display=(0, 0, 12, 8))
    assert read_header(path, 1).data_window.x1 == 9012
    monkeypatch.setattr(image_file, "LARGEST_PICTURE", 8000 * 8000)
    with pytest.raises(PlateUnreadable, match="9012 x 9008") as caught:
        read_header(path, 1)
    assert "bounding box" in caught.value.advice
