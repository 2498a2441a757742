"""Mattes read from real files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField, FrameMissing, PlateUnreadable
from mattewire_server.finish.matte_file import matte_channels, read_matte
from mattewire_server.plates.model import Window

DISPLAY = Window(0, 0, 16, 12)
FIELD = "shapes[0].path"


def write(
    path: Path,
    pixels: NDArray[Any],
    names: str,
    at: tuple[int, int] = (0, 0),
    full: Window = DISPLAY,
    kind: str = "float",
) -> str:
    """An image file: ``pixels`` (h, w, channels), its data window at ``at``, its display window ``full``."""
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], kind)
    spec.channelnames = names.split()
    spec.x, spec.y = at
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = full.x0, full.y0, full.width, full.height
    if path.suffix != ".exr":
        spec.alpha_channel = -1
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(np.ascontiguousarray(pixels)), output.geterror()
    assert output.close(), output.geterror()
    return str(path)


def ramp(channels: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(1).random((12, 16, channels), np.float32)


def test_alpha_alone_comes_back_bit_for_bit(tmp_path: Path) -> None:
    pixels = ramp()
    path = write(tmp_path / "roto.1001.exr", pixels, "A")
    read = read_matte(str(tmp_path / "roto.####.exr"), 1001, DISPLAY, DISPLAY, FIELD)
    assert read.dtype == np.float32
    assert np.array_equal(read, pixels[..., 0])
    assert np.array_equal(read_matte(path, 77, DISPLAY, DISPLAY, FIELD), read)  # one file serves every frame


def test_alpha_comes_before_gray_and_gray_before_color(tmp_path: Path) -> None:
    color = ramp(4)
    path = write(tmp_path / "a.exr", color, "R G B A")
    assert np.array_equal(read_matte(path, 1, DISPLAY, DISPLAY, FIELD), color[..., 3])
    path = write(tmp_path / "y.exr", color[..., :1], "Y")
    assert np.array_equal(read_matte(path, 1, DISPLAY, DISPLAY, FIELD), color[..., 0])
    gray = np.repeat(color[..., :1], 3, axis=2)
    path = write(tmp_path / "gray.exr", gray, "R G B")
    assert np.array_equal(read_matte(path, 1, DISPLAY, DISPLAY, FIELD), color[..., 0])
    path = write(tmp_path / "rgb.exr", color[..., :3], "R G B")
    luma = 0.2126 * color[..., 0] + 0.7152 * color[..., 1] + 0.0722 * color[..., 2]
    assert read_matte(path, 1, DISPLAY, DISPLAY, FIELD) == pytest.approx(luma, abs=1e-6)


def test_whole_numbers_are_their_share_of_the_largest_code(tmp_path: Path) -> None:
    codes = (ramp() * 255).astype(np.uint8)
    path = write(tmp_path / "m.png", codes, "Y", kind="uint8")
    assert read_matte(path, 1, DISPLAY, DISPLAY, FIELD) == pytest.approx(codes[..., 0] / 255, abs=1e-6)


def test_windows_are_honored(tmp_path: Path) -> None:
    pixels = ramp()[:5, :6]
    # The display window starts at (100, 50) in the file; its data window at (98, 53), 2 px left of it, 3 below.
    path = write(tmp_path / "w.exr", pixels, "A", at=(98, 53), full=Window(100, 50, 116, 62))
    canvas = Window(-4, -1, 18, 13)
    read = read_matte(path, 1, canvas, DISPLAY, FIELD)
    expected = np.zeros((14, 22), np.float32)
    expected[4:9, 2:8] = pixels[..., 0]
    assert np.array_equal(read, expected)
    assert np.array_equal(read_matte(path, 1, DISPLAY, DISPLAY, FIELD), expected[1:13, 4:20])


def test_numbers_that_are_no_coverage_are_made_such(tmp_path: Path) -> None:
    pixels = np.array([-1, 0.5, 3, np.nan, np.inf, -np.inf] * 32, np.float32).reshape(12, 16, 1)
    read = read_matte(write(tmp_path / "n.exr", pixels, "A"), 1, DISPLAY, DISPLAY, FIELD)
    assert read.reshape(-1)[:6].tolist() == [0, 0.5, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("R G B A", (3,)),
        ("mask.A R G B", (0,)),
        ("mask.A A", (1,)),
        ("Y", (0,)),
        ("roto.red roto.green", (0,)),
        ("B G R", (2, 1, 0)),
        ("R", (0,)),
        ("Z N.X", ()),
    ],
)
def test_which_channel_is_the_matte(names: str, found: tuple[int, ...]) -> None:
    assert matte_channels(names.split()) == found


def test_faults_name_the_field_the_frame_and_the_way_out(tmp_path: Path) -> None:
    write(tmp_path / "m.1001.exr", ramp(), "A")
    write(tmp_path / "z.exr", ramp(), "Z")
    (tmp_path / "broken.exr").write_bytes((tmp_path / "z.exr").read_bytes()[:200])
    pattern = str(tmp_path / "m.####.exr")
    cases = [
        (FrameMissing, pattern, 1002, DISPLAY, "1002"),
        (BadField, pattern, 1001, Window(0, 0, 1920, 1080), "16 x 12"),
        (PlateUnreadable, str(tmp_path / "z.exr"), 5, DISPLAY, "no channel"),
        (PlateUnreadable, str(tmp_path / "broken.exr"), 5, DISPLAY, "Frame 5"),
    ]
    for kind, path, frame, display, text in cases:
        with pytest.raises(kind, match=text) as raised:
            read_matte(path, frame, display, display, FIELD)
        assert raised.value.field == FIELD
        assert raised.value.advice
