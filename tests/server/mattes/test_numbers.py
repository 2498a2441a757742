"""Codes, halves and floats: what must be back exactly is."""

from __future__ import annotations

import numpy as np
import pytest

from mattewire_server.mattes.numbers import (
    beyond_half,
    coverage_numbers,
    cut_within,
    plate_numbers,
    premultiplied,
)
from mattewire_server.plates.model import Window
from server.mattes.written import bits

HALF, FLOAT, CODE8, CODE16 = (np.dtype(kind) for kind in ("float16", "float32", "uint8", "uint16"))


def test_every_8_bit_code_is_back_from_half() -> None:
    codes = np.arange(256, dtype=np.uint8)
    assert np.array_equal(np.rint(plate_numbers(codes, HALF).astype(np.float32) * 255), codes)


@pytest.mark.parametrize("top", [255, 65535])
def test_every_code_is_back_from_float(top: int) -> None:
    codes = np.arange(top + 1).astype(CODE8 if top == 255 else CODE16)
    numbers = plate_numbers(codes, FLOAT)
    assert np.array_equal(np.rint(numbers.astype(np.float64) * top), codes)
    assert (numbers[0], numbers[-1]) == (0.0, 1.0)


def test_8_bit_codes_widen_without_a_remainder() -> None:
    wide = plate_numbers(np.arange(256, dtype=np.uint8), CODE16)
    assert wide.dtype == np.uint16
    assert np.array_equal(wide, np.arange(256) * 257)


def test_every_half_passes_through_half_and_float_bit_by_bit() -> None:
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    assert bits(plate_numbers(halves, HALF)) == bits(halves)
    assert bits(plate_numbers(halves, FLOAT)) == bits(halves.astype(np.float32))


@pytest.mark.parametrize(("kind", "top"), [(HALF, 1), (FLOAT, 1), (CODE8, 255), (CODE16, 65535)])
def test_coverage_is_rounded_and_its_ends_are_exact(kind: np.dtype, top: int) -> None:
    numbers = coverage_numbers(np.array([0, 0.6 / 255, 0.5, 1], np.float32), kind)
    assert numbers.dtype == kind
    assert (numbers[0], numbers[-1]) == (0, top)
    assert numbers[1] == pytest.approx(0.6 / 255 * top if top == 1 else np.rint(0.6 / 255 * top), rel=1e-3)


def test_premultiplied_is_the_product_and_0_where_there_is_no_matte() -> None:
    rgb = np.array([[[np.inf, np.nan, 60], [-0.1, np.inf, 2], [np.nan, 5, 7]]], np.float32)
    product = premultiplied(rgb, np.array([[0, 0.5, 1]], np.float32), HALF)
    expected = np.array([[[0, 0, 0], [-0.05, np.inf, 1], [np.nan, 5, 7]]], np.float16)
    assert product.dtype == np.float16
    assert np.array_equal(product, expected, equal_nan=True)
    codes = premultiplied(np.array([[[255, 100, 3]]], np.uint8), np.array([[0.5]], np.float32), CODE8)
    assert codes.tolist() == [[[128, 50, 2]]]  # 127.5 and 1.5 go to the even code


@pytest.mark.parametrize(
    ("values", "farthest"),
    [
        ([0, 65504, -65504], None),
        ([0, np.nan, 65505], 65505.0),
        ([1, -7e4, 6.6e4], -7e4),
        ([np.nan, np.inf], np.inf),
        ([-np.inf, 1], -np.inf),
        ([np.nan, np.nan], None),
    ],
)
def test_what_half_cannot_hold(values: list[float], farthest: float | None) -> None:
    assert beyond_half(np.array(values, np.float32)) == farthest


def test_halves_and_codes_always_fit_half() -> None:
    assert beyond_half(np.array([np.inf, 65504], np.float16)) is None
    assert beyond_half(np.array([65535], np.uint16)) is None


@pytest.mark.parametrize("data", [Window(2, 1, 5, 4), Window(0, 0, 8, 6), Window(7, 5, 8, 6)])
def test_outside_the_data_window_everything_is_0(data: Window) -> None:
    whole, part = Window(0, 0, 8, 6), Window(1, 1, 6, 5)
    raster = np.arange(1, 8 * 6 * 3 + 1).reshape(6, 8, 3)
    kept = np.zeros_like(raster)
    kept[data.y0 : data.y1, data.x0 : data.x1] = raster[data.y0 : data.y1, data.x0 : data.x1]
    assert np.array_equal(cut_within(raster, whole, part, data), kept[1:5, 1:6])
