"""Reading a matte between its pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from clean_up_shapes import Raster, disc
from mattewire_server.finish.edges import BEYOND, Crop, crop_around, read_at, unclipped


def at(row: list[float], places: list[float]) -> Raster:
    """A hard-edged picture of equal rows, continued and read along its middle."""
    field = unclipped(np.tile(np.array(row, np.float32), (5, 1)))
    x = np.array(places, np.float32)
    return read_at(field, x, np.full_like(x, 2))


def test_a_hard_edge_read_half_way_is_a_hard_edge() -> None:
    assert at([0, 0, 0, 0.5, 1, 1, 1], [1.5, 2.5, 3.5, 4.5]) == pytest.approx([0, 0, 1, 1], abs=1e-5)
    assert at([0, 0, 0, 1, 1, 1], [1.5, 2.5, 3.5]) == pytest.approx([0, 0.5, 1], abs=1e-5)
    assert at([0, 0, 0.2, 1, 1], [1.7, 2.7]) == pytest.approx([0, 0.9], abs=1e-5)


def test_a_ramp_is_read_as_a_ramp() -> None:
    assert at([0, 0.1, 0.3, 0.5, 0.7, 0.9, 1], [2.5, 3.25, 4.5]) == pytest.approx([0.4, 0.55, 0.8], abs=1e-5)


def test_far_from_edges_nothing_in_between_can_be_read() -> None:
    field = unclipped(disc(40, 12))
    assert field[20, 20] == BEYOND[1]
    assert field[0, 0] == BEYOND[0]
    assert (unclipped(np.ones((3, 4), np.float32)) == BEYOND[1]).all()
    assert (unclipped(np.full((3, 4), 0.6, np.float32)) == np.float32(0.6)).all()


@given(arrays.arrays(np.float32, (9, 8), elements=st.floats(0, 1, width=32)))
def test_coverage_in_between_is_kept_and_the_rest_never_enters(alpha: Raster) -> None:
    field = unclipped(alpha)
    between = (alpha > 0) & (alpha < 1)
    assert np.array_equal(field[between], alpha[between])
    assert (field[alpha >= 1] >= 1).all()
    assert (field[alpha <= 0] <= 0).all()
    assert np.isfinite(field).all()
    rows, columns = np.mgrid[:9, :8].astype(np.float32)
    assert np.array_equal(read_at(field, columns, rows), alpha)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1)])
def test_pictures_of_one_row_column_or_pixel_are_read(shape: tuple[int, int]) -> None:
    alpha = np.linspace(0.2, 0.8, shape[0] * shape[1], dtype=np.float32).reshape(shape)
    far = np.array([-9, 0, 99], np.float32)
    assert read_at(unclipped(alpha), far, far) == pytest.approx([alpha[0, 0], alpha[0, 0], alpha[-1, -1]])


def test_the_crop_holds_the_subject_and_its_margin_inside_the_picture() -> None:
    alpha = np.zeros((30, 40), np.float32)
    assert crop_around(alpha, 3) is None
    alpha[1:5, 20:22] = 0.01
    assert crop_around(alpha, 2.2) == Crop(0, 8, 17, 25)
    assert Crop(0, 8, 17, 25).of(alpha).shape == (8, 8)
