"""Splines, keys and points."""

from __future__ import annotations

import numpy as np
import pytest

from mattewire_server.finish.splines import Spline, SplineKey, SplinePoint
from mattewire_server.finish.splines.model import key_from


def key(frame: int, value: float) -> SplineKey:
    return key_from(frame, np.full((4, 3, 2), value))


def test_a_key_keeps_its_numbers_to_a_thousandth_of_a_pixel() -> None:
    controls = np.random.default_rng(0).normal(0, 100, (5, 3, 2))
    made = key_from(1001, controls)
    assert len(made.points) == 5
    assert made.controls() == pytest.approx(controls, abs=0.0005001)
    assert made.points[0] == SplinePoint(*(round(float(v), 3) for v in controls[0].ravel()))
    assert "-0.0" not in repr(key_from(1, np.full((1, 3, 2), -1e-9)))


@pytest.mark.parametrize(
    ("frame", "value"), [(1001, 0.0), (1006, 5.0), (1011, 10.0), (1012, 11.0), (1013.5, 12.5), (1021, 20.0), (900, 0.0)]
)
def test_between_keys_everything_moves_straight(frame: float, value: float) -> None:
    spline = Spline(1, True, False, 1001, 1021, (key(1001, 0), key(1011, 10), key(1021, 20)), 0.75, 0.1)
    assert spline.controls(frame) == pytest.approx(np.full((4, 3, 2), value))


def test_one_key_holds() -> None:
    spline = Spline(1, True, False, 7, 7, (key(7, 3),), 0.75, 0.1)
    assert spline.controls(7) == pytest.approx(np.full((4, 3, 2), 3.0))
