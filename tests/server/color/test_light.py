"""Plate codes to light and back."""

from __future__ import annotations

import numpy as np
import pytest

from mattewire_server.color import SPACES
from mattewire_server.color.light import BRIGHTEST, decoded, encoded

CURVED = [space for space in SPACES if space.curve is not None]
LINEAR = next(space for space in SPACES if space.curve is None)


@pytest.mark.parametrize("space", CURVED, ids=lambda space: space.name)
def test_every_16_bit_code_comes_back(space) -> None:
    codes = np.arange(0, 65536, dtype=np.uint16)
    light = decoded(codes, space)
    rising = np.flatnonzero(np.diff(light) > 0)
    first, last = rising[0] + 1, rising[-1]
    back = encoded(light, space, np.dtype(np.uint16)).astype(np.int64)
    assert np.abs(back - codes)[first:last].max() <= 1


@pytest.mark.parametrize("space", CURVED, ids=lambda space: space.name)
def test_light_beyond_white_and_below_black_comes_back(space) -> None:
    codes = np.linspace(0.2, 1.2, 200, dtype=np.float32)
    light = decoded(codes, space)
    there = np.abs(light) < BRIGHTEST
    assert np.abs(encoded(light, space, np.dtype(np.float32)) - codes)[there].max() < 2e-3


def test_linear_numbers_are_light_already() -> None:
    numbers = np.float32([-2.0, 0.0, 0.18, 70.0])
    assert (decoded(numbers, LINEAR) == numbers).all()
    assert (encoded(numbers, LINEAR, np.dtype(np.float16)) == numbers.astype(np.float16)).all()


def test_what_is_no_number_becomes_one_and_the_plate_is_not_touched() -> None:
    plate = np.float32([np.nan, np.inf, -np.inf])
    assert decoded(plate, LINEAR).tolist() == [0.0, BRIGHTEST, -BRIGHTEST]
    assert np.isnan(plate[0])


def test_integers_are_rounded_and_cut() -> None:
    assert encoded(np.float32([-1.0, 0.5004, 7.0]), LINEAR, np.dtype(np.uint8)).tolist() == [0, 128, 255]
