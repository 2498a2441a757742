"""Movie samples to RGB, against the standards' formulas written out once more, in double precision."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mattewire_server.plates import open_plate
from mattewire_server.plates.movie_color import ToRgb, colorspace_of, is_full_range, matrix_of, ycbcr_to_rgb

UNTAGGED, BT709, BT601, BT2020 = 2, 1, 6, 9
LIMITED, FULL = 1, 2
WEIGHTS = {BT709: (0.2126, 0.0722), BT601: (0.299, 0.114), BT2020: (0.2627, 0.0593)}


def solid(
    codes: tuple[int, int, int], pixel_format: str, *, matrix: int, color_range: int, height: int = 32
) -> av.VideoFrame:
    """A picture of one color, given as stored codes."""
    picture = av.VideoFrame(64, height, pixel_format)
    dtype = np.uint8 if max(part.bits for part in picture.format.components) == 8 else np.dtype("<u2")
    for plane, code in zip(picture.planes, codes, strict=True):
        plane.update(np.full(plane.buffer_size // np.dtype(dtype).itemsize, code, dtype).tobytes())
    picture.colorspace, picture.color_range = matrix, color_range
    picture.time_base = Fraction(1, 24)
    return picture


def formula(codes: tuple[int, int, int], bits: int, matrix: int, color_range: int) -> np.ndarray:
    """R'G'B' in 0..1 (BT.709-6 3.2 and 4.6: E'Cb = (B' - Y') / (2 (1 - Kb)), quantized at 2^(n-8))."""
    red_weight, blue_weight = WEIGHTS[matrix]
    step = 2 ** (bits - 8)
    if color_range == FULL:
        luma = codes[0] / (2**bits - 1)
        blue, red = ((code - 128 * step) / (2**bits - 1) for code in codes[1:])
    else:
        luma = (codes[0] - 16 * step) / (219 * step)
        blue, red = ((code - 128 * step) / (224 * step) for code in codes[1:])
    r, b = luma + 2 * (1 - red_weight) * red, luma + 2 * (1 - blue_weight) * blue
    g = (luma - red_weight * r - blue_weight * b) / (1 - red_weight - blue_weight)
    return np.clip([r, g, b], 0, 1)


@pytest.mark.parametrize("matrix", [BT709, BT601, BT2020])
@pytest.mark.parametrize("color_range", [LIMITED, FULL])
@pytest.mark.parametrize("codes", [(126, 128, 128), (63, 102, 230), (173, 42, 26), (120, 200, 90), (235, 128, 128)])
@pytest.mark.parametrize(("pixel_format", "bits"), [("yuv420p", 8), ("yuv422p10le", 10), ("yuv444p12le", 12)])
def test_against_the_formula(
    matrix: int, color_range: int, codes: tuple[int, int, int], pixel_format: str, bits: int
) -> None:
    stored = tuple(code * 2 ** (bits - 8) for code in codes)
    rgb = ToRgb()(solid(stored, pixel_format, matrix=matrix, color_range=color_range))
    largest = 255 if bits == 8 else 65535
    assert rgb.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert rgb.shape == (32, 64, 3)
    expected = formula(stored, bits, matrix, color_range) * largest
    assert np.abs(rgb[16, 32] - expected).max() <= (1.01 if bits == 8 else 1.0)


def test_deep_white_is_white_and_black_is_black() -> None:
    for pixel_format, bits in (("yuv420p10le", 10), ("yuv444p12le", 12)):
        step = 2 ** (bits - 8)
        for luma, expected in ((235, 65535), (16, 0)):
            codes = (luma * step, 128 * step, 128 * step)
            rgb = ToRgb()(solid(codes, pixel_format, matrix=BT709, color_range=LIMITED))
            assert (rgb == expected).all()


def test_the_matrix_is_read_from_the_tag_or_the_height() -> None:
    for matrix, name in ((BT709, "Rec.709"), (BT601, "Rec.601"), (BT2020, "Rec.2020")):
        assert matrix_of(solid((16, 128, 128), "yuv420p", matrix=matrix, color_range=LIMITED)) == name
    for height, name in ((576, "Rec.601"), (720, "Rec.709"), (1080, "Rec.709")):
        picture = solid((16, 128, 128), "yuv420p", matrix=UNTAGGED, color_range=0, height=height)
        assert matrix_of(picture) == name
        assert not is_full_range(picture)


def test_gray_movies() -> None:
    picture = av.VideoFrame.from_ndarray(np.full((32, 64), 200, np.uint8), format="gray")
    picture.color_range = FULL
    np.testing.assert_array_equal(ToRgb()(picture)[16, 32], (200, 200, 200))


def test_rgb_movies_pass_unchanged() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (32, 64, 3)).astype(np.uint8)
    np.testing.assert_array_equal(ToRgb()(av.VideoFrame.from_ndarray(pixels, format="rgb24")), pixels)
    deep = pixels.astype(np.uint16) * 257
    np.testing.assert_array_equal(ToRgb()(av.VideoFrame.from_ndarray(deep, format="rgb48le")), deep)


def test_matrix_rows_keep_gray_gray() -> None:
    for name in ("Rec.709", "Rec.601", "Rec.2020", "SMPTE 240M"):
        matrix = ycbcr_to_rgb(name, full_range=False, bits=10)
        rgb = matrix @ np.array([500, 512, 512, 1])
        np.testing.assert_allclose(rgb, rgb[0])


@pytest.mark.parametrize(
    ("transfer", "expected"), [(1, "Rec.709"), (2, "Rec.709"), (16, "Rec.709"), (13, "sRGB"), (8, "linear Rec.709")]
)
def test_colorspace_by_transfer(transfer: int, expected: str) -> None:
    picture = solid((16, 128, 128), "yuv420p", matrix=BT709, color_range=LIMITED)
    picture.color_trc = transfer
    assert colorspace_of(picture) == (expected, "file kind" if transfer == 2 else "metadata")


@pytest.mark.parametrize(
    ("codec", "pixel_format", "dtype"),
    [("libx264", "yuv420p", np.uint8), ("prores_ks", "yuv422p10le", np.uint16), ("ffv1", "yuv444p12le", np.uint16)],
)
def test_depth_of_real_files(
    tmp_path: Path, write_movie: Callable[..., str], codec: str, pixel_format: str, dtype: type
) -> None:
    tags: dict[str, Any] = {"colorspace": BT709, "color_range": LIMITED}
    path = write_movie(
        tmp_path / "a.mov" if codec != "ffv1" else tmp_path / "a.mkv",
        2,
        codec=codec,
        pixel_format=pixel_format,
        b_frames=0,
        tags=tags,
    )
    rgb = open_plate(path).read(1).rgb
    assert rgb.dtype == dtype
    largest = np.iinfo(dtype).max
    assert abs(int(np.median(rgb[:, -30:])) / largest - 20 / 255) < 0.01
    assert abs(int(np.median(rgb[:, 2:14])) / largest - 20 / 255) < 0.01 or rgb[:, 2:14].max() > 0.9 * largest
