"""Curves at the code values that their makers publish, and at their seams."""

from __future__ import annotations

import math

import numpy as np
import PyOpenColorIO
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_server.color import curves

CAMERAS = {
    "LogC3": curves.logc3_to_linear,
    "LogC4": curves.logc4_to_linear,
    "S-Log3": curves.slog3_to_linear,
    "V-Log": curves.vlog_to_linear,
    "Log3G10": curves.log3g10_to_linear,
    "DaVinci Intermediate": curves.davinci_intermediate_to_linear,
    "ACEScc": curves.acescc_to_linear,
    "ACEScct": curves.acescct_to_linear,
    "Cineon": curves.cineon_to_linear,
    "sRGB": curves.srgb_to_linear,
}
SEAMS = {
    "LogC3": 5.367655 * 0.010591 + 0.092809,
    "LogC4": 0.0,
    "S-Log3": 171.2102946929 / 1023,
    "V-Log": 0.181,
    "Log3G10": 0.0,
    "DaVinci Intermediate": 0.02740668,
    "ACEScc": (9.72 - 15) / 17.52,
    "ACEScct": 0.155251141552511,
    "sRGB": 0.04045,
}


@pytest.mark.parametrize(
    ("camera", "code", "light"),
    [
        # a gray card's code in each maker's own table; ACES: S-2014-003, S-2016-001
        ("LogC3", 400 / 1023, 0.18),
        ("LogC4", 0.278, 0.18),
        ("S-Log3", 420 / 1023, 0.18),
        ("V-Log", 433 / 1023, 0.18),
        ("Log3G10", 1 / 3, 0.18),
        ("DaVinci Intermediate", 0.336043, 0.18),
        ("ACEScc", 0.4135884, 0.18),
        ("ACEScct", 0.4135884, 0.18),
        # black (no light)
        ("S-Log3", 95 / 1023, 0.0),
        ("V-Log", 128 / 1023, 0.0),
        ("LogC4", 95 / 1023, 0.0),
        ("ACEScct", 0.0729055, 0.0),
        ("Cineon", 95 / 1023, 0.0),
        # white
        ("S-Log3", 598 / 1023, 0.9),
        ("V-Log", 602 / 1023, 0.9),
        ("Cineon", 685 / 1023, 1.0),
        ("Log3G10", 1.0, 184.32),
        ("LogC4", 1.0, 469.8),
        ("DaVinci Intermediate", 1.0, 100.0),
    ],
)
def test_published_points(camera: str, code: float, light: float) -> None:
    found = float(CAMERAS[camera](np.array(code)))
    assert found == pytest.approx(light, rel=6e-3, abs=6e-4)  # makers round to whole 10-bit codes


@pytest.mark.parametrize("camera", SEAMS)
def test_the_two_halves_of_a_curve_meet(camera: str) -> None:
    below, above = CAMERAS[camera](np.array([SEAMS[camera] - 1e-7, SEAMS[camera] + 1e-7]))
    assert below == pytest.approx(above, abs=2e-5)


@pytest.mark.parametrize("camera", CAMERAS)
@given(st.floats(-1, 2), st.floats(-1, 2))
def test_more_code_is_more_light(camera: str, one: float, other: float) -> None:
    low, high = CAMERAS[camera](np.array(sorted((one, other))))
    assert low <= high + 2e-5


@given(st.floats(0, 1))
def test_srgb_and_back(code: float) -> None:
    assert float(curves.linear_to_srgb(curves.srgb_to_linear(np.array(code)))) == pytest.approx(code, abs=1e-6)


def test_cineon_agrees_with_ocios_log_transform() -> None:
    black = 10 ** ((95 - 685) / 300)
    log = PyOpenColorIO.LogAffineTransform(
        logSideSlope=[300 / 1023 / math.log2(10)] * 3,  # this transform's logarithm has base 2
        logSideOffset=[685 / 1023] * 3,
        linSideSlope=[1 - black] * 3,
        linSideOffset=[black] * 3,
        direction=PyOpenColorIO.TRANSFORM_DIR_INVERSE,
    )
    codes = np.linspace(0, 1, 3072, dtype=np.float32).reshape(32, 32, 3)
    theirs = codes.copy()
    raw = PyOpenColorIO.Config.CreateRaw()
    raw.getProcessor(log).getDefaultCPUProcessor().applyRGB(theirs)
    assert curves.cineon_to_linear(codes.astype(np.float64)) == pytest.approx(theirs, rel=1e-4, abs=1e-5)
