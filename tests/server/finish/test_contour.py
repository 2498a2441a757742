"""Smoothing and feathering against discs, ripples and straight edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from clean_up_shapes import Raster, center_of, disc, half_plane, rise_of
from mattewire_protocol.errors import BadField
from mattewire_server.finish.contour import LIMIT, feather, smooth


def rippled(length: float, height: float = 1.5, ramp: float = 1.0) -> Raster:
    """A horizontal edge with ripples ``length`` px long and ``height`` px high, solid above."""
    y, x = np.mgrid[:120, :200] + 0.5
    edge = y - 60.3 - height * np.sin(2 * np.pi * x / length)
    return np.clip(0.5 - edge / ramp, 0, 1).astype(np.float32)


def ripple_of(alpha: Raster) -> float:
    """How high the ripples are (rms of the edge's place over the columns away from the border), in pixels."""
    return float(alpha.sum(axis=0, dtype=np.float64)[40:160].std())


@pytest.mark.parametrize(("length", "least", "most"), [(5, 0, 0.03), (10, 0.35, 0.5), (20, 0.8, 0.95), (40, 0.94, 1)])
def test_ripples_go_by_their_length(length: float, least: float, most: float) -> None:
    left = ripple_of(smooth(rippled(length), 5)) / ripple_of(rippled(length))
    assert least <= left <= most


@pytest.mark.parametrize(("radius", "pixels"), [(40, 5), (80, 10), (20, 2), (40, 2)])
def test_a_disc_does_not_shrink(radius: float, pixels: float) -> None:
    alpha = disc(int(2 * radius + 60), radius)
    even = smooth(alpha, pixels)
    assert even.sum(dtype=np.float64) == pytest.approx(alpha.sum(dtype=np.float64), rel=0.005)
    assert center_of(even) == pytest.approx(center_of(alpha), abs=0.01)


@pytest.mark.parametrize("ramp", [1, 2, 4, 8, 16])
def test_edges_stay_as_soft_as_they_are(ramp: float) -> None:
    alpha = rippled(1e9, 0, ramp)
    assert rise_of(smooth(alpha, 5)[:, 100]) == pytest.approx(rise_of(alpha[:, 100]), rel=0.15, abs=0.25)


def test_glass_and_faint_hair_keep_their_bytes() -> None:
    alpha = np.zeros((60, 60), np.float32)
    alpha[20:40, 20:40] = 0.45
    alpha[10, 10:50] = 0.3
    assert np.array_equal(smooth(alpha, 6), alpha)


@pytest.mark.parametrize("degrees", [0, 20, 45, 73])
@pytest.mark.parametrize("pixels", [3, 12])
def test_feathering_leaves_a_straight_edge_where_it_is(degrees: float, pixels: float) -> None:
    alpha, turn = half_plane(90, degrees), np.radians(degrees)
    soft = feather(alpha, pixels)[20:-20, 20:-20]
    rows, columns = np.mgrid[:90, :90][:, 20:-20, 20:-20] + 0.5 - 45
    outward = columns * np.cos(turn) + rows * np.sin(turn) - 0.21
    near = np.abs(outward) < 0.75
    # The tangent in the middle of the soft edge: it crosses 0.5 at distance 0.
    slope, at_edge = np.polyfit(outward[near], soft[near], 1)
    assert abs((at_edge - 0.5) / slope) < 0.04
    assert (soft[outward < -pixels / 2 * 1.42 - 1.5] == 1).all()
    assert (soft[outward > pixels / 2 * 1.42 + 1.5] == 0).all()


@pytest.mark.parametrize("pixels", [4, 10, 40])
def test_the_feather_is_as_wide_as_it_says(pixels: float) -> None:
    row = feather(half_plane(120, 0), pixels)[60]
    between = np.count_nonzero((row > 0) & (row < 1))
    assert pixels - 2 <= between <= pixels + 2
    assert rise_of(row) == pytest.approx(0.44 * pixels, abs=0.75)


def test_a_feather_of_nearly_nothing_does_nearly_nothing() -> None:
    assert np.abs(feather(disc(40, 12), 0.05) - disc(40, 12)).max() < 0.02


def test_doubled_resolution_agrees() -> None:
    for operator in (smooth, feather):
        once, twice = operator(disc(80, 25), 4), operator(disc(160, 50, 0.6, -0.34), 8)
        assert twice.reshape(80, 2, 80, 2).mean((1, 3)) == pytest.approx(once, abs=0.1)


@pytest.mark.parametrize("operator", [smooth, feather])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (20, 20)])
def test_flat_mattes_stay_flat(operator, shape: tuple[int, int]) -> None:  # type: ignore[no-untyped-def]
    for value in (0, 1):
        assert (operator(np.full(shape, value, np.float32), 6) == value).all()
    assert operator(np.full(shape, 0.25, np.float32), 6) == pytest.approx(0.25, abs=1e-5)


@given(arrays.arrays(np.float32, (14, 15), elements=st.sampled_from([0, 0.2, 0.5, 0.9, 1])), st.floats(0.01, 9))
def test_any_matte_gives_a_matte_and_is_not_changed(alpha: Raster, pixels: float) -> None:
    kept = alpha.copy()
    for operator in (smooth, feather):
        result = operator(alpha, pixels)
        assert result.dtype == np.float32
        assert result.shape == alpha.shape
        assert np.isfinite(result).all()
        assert ((result >= 0) & (result <= 1)).all()
        assert operator(alpha, 0) is alpha
    assert np.array_equal(alpha, kept)


@pytest.mark.parametrize("pixels", [-0.1, LIMIT + 1, float("nan")])
def test_sizes_out_of_range_are_refused(pixels: float) -> None:
    with pytest.raises(BadField, match="smooth"):
        smooth(disc(20, 5), pixels)
    with pytest.raises(BadField, match="feather"):
        feather(disc(20, 5), pixels)
