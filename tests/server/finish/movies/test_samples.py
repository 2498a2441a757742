"""Codes against the formulas of the standards, in double precision."""

from __future__ import annotations

import numpy as np
import pytest

from mattewire_server.finish.movies.samples import alpha_codes, ycbcr_420, ycbcr_444


@pytest.mark.parametrize("bits", [8, 10])
def test_every_code_is_the_formulas_rounded_once(bits: int) -> None:
    rgb = np.random.default_rng(bits).uniform(0, 1, (61, 83, 3)).astype(np.float32)
    red, green, blue = (rgb[..., channel].astype(np.float64) for channel in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue  # ITU-R BT.709-6, 3.2
    step = 2 ** (bits - 8)
    expected = (
        (219 * luma + 16) * step,  # 3.4
        (224 * (blue - luma) / 1.8556 + 128) * step,
        (224 * (red - luma) / 1.5748 + 128) * step,
    )
    for codes, exact in zip(ycbcr_444(rgb, bits), expected, strict=True):
        assert codes.dtype == (np.uint8 if bits == 8 else np.uint16)
        assert np.abs(codes - exact).max() <= 0.5005


@pytest.mark.parametrize(("value", "luma"), [(0.0, 64), (1.0, 940)])
def test_black_and_white_are_exact_and_have_no_color(value: float, luma: int) -> None:
    rgb = np.full((5, 3, 3), value, np.float32)
    assert [set(plane.ravel().tolist()) for plane in ycbcr_444(rgb, 10)] == [{luma}, {512}, {512}]
    assert [set(plane.ravel().tolist()) for plane in ycbcr_420(rgb)] == [{luma // 4}, {128}, {128}]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 2), (3, 5), (57, 101), (6, 8)])
def test_chroma_of_half_the_size(height: int, width: int) -> None:
    rgb = np.random.default_rng(1).uniform(0, 1, (height, width, 3)).astype(np.float32)
    luma, blue, red = ycbcr_420(rgb)
    assert luma.shape == (height, width)
    assert blue.shape == red.shape == ((height + 1) // 2, (width + 1) // 2)


def test_chroma_lies_on_even_columns_and_between_rows() -> None:
    y, x = np.mgrid[0:10, 0:16].astype(np.float32)
    slope = np.float32(1 / 40)
    rgb = np.dstack([x * slope, np.zeros_like(x), y * slope])
    _, blue, red = ycbcr_420(rgb)
    at_x, at_y = np.meshgrid(np.arange(0, 16, 2), np.arange(0.5, 10, 2))
    sited = np.dstack([at_x * slope, np.zeros_like(at_x), at_y * slope])
    luma = 0.2126 * sited[..., 0] + 0.0722 * sited[..., 2]
    inner = slice(None), slice(1, None)  # the first column repeats the edge
    assert np.abs(red - (224 * (sited[..., 0] - luma) / 1.5748 + 128))[inner].max() <= 0.501
    assert np.abs(blue - (224 * (sited[..., 2] - luma) / 1.8556 + 128))[inner].max() <= 0.501


@pytest.mark.parametrize("bits", [8, 10])
def test_alpha_has_the_full_range(bits: int) -> None:
    alpha = np.linspace(0, 1, 5001, dtype=np.float32).reshape(1, -1)
    codes = alpha_codes(alpha, bits)
    assert codes[0, 0] == 0
    assert codes[0, -1] == 2**bits - 1
    assert np.abs(codes / (2**bits - 1) - alpha).max() <= 0.5001 / (2**bits - 1)
