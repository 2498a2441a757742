"""Curve and matrix found out from a conversion, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_server.color import curves, gamuts
from mattewire_server.color.fitting import HALVES, SampledCurve, fit

MATRIX = gamuts.to_rec709(gamuts.ARRI_WIDE_GAMUT_3)


def logc3(codes: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore", invalid="ignore"):
        return (curves.logc3_to_linear(codes.astype(np.float64)) @ MATRIX.T).astype(np.float32)


def test_a_cameras_curve_and_matrix_are_found() -> None:
    found = fit(logc3)
    assert found is not None
    assert found.matrix == pytest.approx(MATRIX, abs=1e-5)
    assert not found.display
    codes = np.random.default_rng(1).uniform(-0.1, 1.2, 1000)
    assert found.curve is not None
    assert found.curve(codes) == pytest.approx(curves.logc3_to_linear(codes), rel=2e-5, abs=1e-6)


def test_linear_needs_no_curve_and_rec709_no_matrix() -> None:
    linear = fit(lambda codes: (codes @ MATRIX.T).astype(np.float32))
    assert linear is not None
    assert linear.curve is None
    assert linear.matrix == pytest.approx(MATRIX, abs=1e-6)
    nothing = fit(lambda codes: codes)
    assert nothing is not None
    assert (nothing.curve, nothing.matrix, nothing.display) == (None, None, False)


def test_srgb_is_known_as_a_display() -> None:
    found = fit(lambda codes: curves.srgb_to_linear(codes.astype(np.float64)).astype(np.float32))
    assert found is not None
    assert found.display
    assert found.matrix is None


def test_an_offset_of_all_channels_belongs_to_the_curve() -> None:
    found = fit(lambda codes: ((codes * 1.2 - 0.1) @ MATRIX.T).astype(np.float32))
    assert found is not None
    assert found.curve is not None
    gray = found.curve(np.array([0.0, 0.5])) * found.matrix.sum(axis=1)[0]  # type: ignore[union-attr]
    assert gray == pytest.approx([-0.1, 0.5], abs=1e-5)


@pytest.mark.parametrize(
    "mixed",
    [
        lambda codes: np.abs(codes @ MATRIX.T) ** 2.4,  # matrix before curve
        lambda codes: np.maximum((codes @ MATRIX.T), 0.05),  # clamped in another gamut
        lambda codes: np.clip(codes, 0, None) ** np.array([1.8, 2.2, 2.6]),  # a curve for each channel
        lambda codes: codes * codes.max(axis=2, keepdims=True),  # brightness changes saturation
        lambda codes: codes * (1 + 0.004 * codes.max(axis=2, keepdims=True).clip(0, 1)),  # 1/4 of an 8-bit code
        lambda codes: codes + 0.01 * np.sin(40 * codes[..., ::-1]),
        lambda codes: np.zeros_like(codes),
        lambda codes: np.full_like(codes, np.nan),
    ],
)
def test_what_is_no_curve_and_matrix_is_refused(mixed: Any) -> None:
    assert fit(lambda codes: mixed(codes.astype(np.float64)).astype(np.float32)) is None


def test_a_sampled_curve_is_straight_between_halves_and_stops_at_the_ends() -> None:
    curve = SampledCurve(3 * HALVES + 1)
    codes = np.array([-70000, -0.3, 0, 1e-9, 0.12345, 5, 65504, np.inf, -np.inf])
    assert curve(codes) == pytest.approx(3 * np.clip(codes, -65504, 65504) + 1, rel=1e-6)
    assert np.isnan(curve(np.array([np.nan])))[0]


def test_a_sampled_curve_goes_through_the_corners_of_a_table() -> None:
    curve = SampledCurve(np.maximum(HALVES - 0.5, 0))
    codes = np.linspace(0.499, 0.501, 999)
    assert curve(codes) == pytest.approx(np.maximum(codes - 0.5, 0), abs=3e-8)
