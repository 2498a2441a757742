"""Dilate, erode and close against discs, half-planes, ramps and gaps of known size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from clean_up_shapes import Raster, disc, half_plane, radius_of
from mattewire_protocol.errors import BadField
from mattewire_server.finish.dilate import LIMIT, close, dilate

SMALL_MATTES = arrays.arrays(np.float32, (12, 13), elements=st.sampled_from([0, 0.125, 0.3, 0.5, 0.8, 1]))


@pytest.mark.parametrize("radius", [5, 10, 30, 60])
@pytest.mark.parametrize("pixels", [0.25, 0.5, 1, 1.7, 2, 5, 10.3, 30, 100, -0.3, -1, -2.5])
def test_a_disc_becomes_the_disc_of_the_new_radius(radius: float, pixels: float) -> None:
    alpha = disc(int(2 * (radius + max(pixels, 0)) + 13), radius)
    assert radius_of(dilate(alpha, pixels)) == pytest.approx(radius + pixels, abs=0.02)


@pytest.mark.parametrize("degrees", [0, 7, 18.4, 30, 45, 60, 90])
@pytest.mark.parametrize("pixels", [0.3, 1.5, 4, -0.7, -3.2])
def test_a_hard_straight_edge_moves_and_stays_hard(degrees: float, pixels: float) -> None:
    moved = dilate(half_plane(60, degrees), pixels)[12:-12, 12:-12]
    truth = half_plane(60, degrees, moved=pixels)[12:-12, 12:-12]
    assert np.abs(moved - truth).max() < 0.15
    turn = np.radians(degrees)
    length = 36 / max(abs(np.cos(turn)), abs(np.sin(turn)))
    # At 45 degrees every pixel of the edge lies the same way on the grid, and no error is averaged out.
    assert abs((moved - truth).sum(dtype=np.float64)) / length < (0.1 if degrees == 45 else 0.03)
    between = np.count_nonzero((moved > 0.02) & (moved < 0.98))
    assert between <= np.count_nonzero((truth > 0.02) & (truth < 0.98)) + 2


@pytest.mark.parametrize("pixels", [0.25, 1, 3.4, -0.6, -2])
def test_a_soft_edge_keeps_its_ramp(pixels: float) -> None:
    x = np.arange(80) + 0.5
    ramp = np.tile(np.clip((x - 30) / 16, 0, 1), (9, 1)).astype(np.float32)
    truth = np.clip((x + pixels - 30) / 16, 0, 1)
    assert dilate(ramp, pixels)[4] == pytest.approx(truth, abs=0.008)


@pytest.mark.parametrize("pixels", [0.5, 2, 9])
def test_faint_hair_grows_wider_and_not_denser(pixels: float) -> None:
    alpha = np.zeros((41, 60), np.float32)
    alpha[20] = 0.3
    wide = dilate(alpha, pixels)
    assert wide.max() == np.float32(0.3)
    assert wide[:, 30].sum() == pytest.approx(0.3 * (1 + 2 * pixels), rel=0.06)


@pytest.mark.parametrize("radius", [2.5, 8, 25])
def test_a_faint_speck_grows_into_a_disc_and_not_into_a_ring(radius: float) -> None:
    alpha = np.zeros((71, 71), np.float32)
    alpha[35, 35] = 0.4
    y, x = np.mgrid[:71, :71]
    inside = np.hypot(x - 35, y - 35) < 0.85 * radius
    assert dilate(alpha, radius)[inside] == pytest.approx(0.4, abs=1e-6)


def test_zero_is_the_same_bytes_and_nothing_is_changed_in_place() -> None:
    alpha = disc(40, 12)
    kept = alpha.copy()
    assert dilate(alpha, 0) is alpha
    assert close(alpha, 0) is alpha
    dilate(alpha, 3)
    dilate(alpha, -3)
    close(alpha, 3)
    assert np.array_equal(alpha, kept)


@pytest.mark.parametrize("value", [0, 1])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (20, 30)])
@pytest.mark.parametrize("pixels", [0.5, 30, -0.5, -30])
def test_empty_and_full_mattes_stay_so_at_any_size(value: int, shape: tuple[int, int], pixels: float) -> None:
    assert (dilate(np.full(shape, value, np.float32), pixels) == value).all()
    assert (close(np.full(shape, value, np.float32), abs(pixels)) == value).all()


def test_a_matte_cut_by_the_border_is_not_eroded_from_there() -> None:
    alpha = half_plane(40, 0)
    eroded = dilate(alpha, -5)
    assert eroded[20, 0] == 1
    assert (np.ptp(eroded, axis=0) == 0).all()


@pytest.mark.parametrize("pixels", [LIMIT + 1, -LIMIT - 1, float("nan"), float("inf")])
def test_sizes_out_of_range_are_refused(pixels: float) -> None:
    with pytest.raises(BadField, match="dilate") as raised:
        dilate(disc(20, 5), pixels)
    assert raised.value.field == "dilate"
    with pytest.raises(BadField):
        close(disc(20, 5), -abs(pixels))


@given(SMALL_MATTES, SMALL_MATTES, st.sampled_from([0.4, 1, 2.6, -0.4, -1.5]))
def test_a_larger_matte_stays_larger(one: Raster, other: Raster, pixels: float) -> None:
    # Only where an edge's plane is a guess, beside the sharpest edges, the order may slip by part of a pixel's ramp.
    small, large = np.minimum(one, other), np.maximum(one, other)
    fault = dilate(small, pixels) - dilate(large, pixels)
    assert fault.max() < 0.5
    assert fault.mean() < 0.02


@given(SMALL_MATTES, st.sampled_from([0.25, 1, 2.6, 7.5]))
def test_dilating_grows_eroding_shrinks_and_one_mirrors_the_other(alpha: Raster, pixels: float) -> None:
    wide, thin = dilate(alpha, pixels), dilate(alpha, -pixels)
    assert wide.dtype == thin.dtype == np.float32
    assert np.isfinite(wide).all()
    assert (wide >= alpha).all()
    assert (thin <= alpha).all()
    assert wide.max() <= 1
    assert thin.min() >= 0
    whole = np.pad(alpha, 10, mode="edge")
    assert dilate(1 - whole, -pixels) == pytest.approx(1 - dilate(whole, pixels), abs=1e-5)


def test_eroding_what_was_dilated_gives_a_disc_back() -> None:
    alpha = disc(120, 30)
    assert np.abs(dilate(dilate(alpha, 6.5), -6.5) - alpha).max() < 0.12
    assert radius_of(dilate(dilate(alpha, 6.5), -6.5)) == pytest.approx(30, abs=0.02)


@pytest.mark.parametrize("pixels", [1.5, -2.25])
def test_twice_the_resolution_and_twice_the_pixels_agree(pixels: float) -> None:
    once, twice = dilate(disc(60, 18), pixels), dilate(disc(120, 36, 0.6, -0.34), 2 * pixels)
    assert twice.reshape(60, 2, 60, 2).mean((1, 3)) == pytest.approx(once, abs=0.12)
    assert radius_of(twice) == pytest.approx(2 * radius_of(once), abs=0.04)


def slit(width: float, degrees: float = 0.0) -> Raster:
    """Two solid halves with a gap of ``width`` between them, 120 x 120."""
    one, other = half_plane(120, degrees, moved=-width / 2), half_plane(120, degrees + 180, moved=-width / 2)
    return np.maximum(one, other)


@pytest.mark.parametrize("width", [1, 3, 8])
@pytest.mark.parametrize("degrees", [0, 20, 45])
def test_a_gap_is_closed_up_to_the_width_and_left_open_above(width: float, degrees: float) -> None:
    inside = np.s_[30:-30, 30:-30]
    assert close(slit(width, degrees), width)[inside].min() > 0.97
    wide = slit(width + 4, degrees)
    assert np.array_equal(close(wide, width)[inside], wide[inside])


def test_where_there_is_no_gap_the_matte_keeps_its_bytes() -> None:
    alpha = disc(160, 40)
    assert np.array_equal(close(alpha, 6), alpha)
    # Two discs 3 px apart: a bridge between them, and the far sides untouched.
    pair = np.hstack([disc(100, 40), disc(100, 40)])[:, 8:-8]
    gap = np.hstack([pair[:, :83], pair[:, 101:]])
    bridged = close(gap, 6)
    middle = gap.shape[0] // 2
    assert bridged[middle].sum() > gap[middle].sum() + 1
    assert np.array_equal(bridged[:25], gap[:25])
    assert np.array_equal(bridged[:, :50], gap[:, :50])
    assert ((bridged >= gap - 1e-6) & (bridged <= 1)).all()
