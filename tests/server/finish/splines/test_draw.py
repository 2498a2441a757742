"""Splines drawn as a matte."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.spline_shapes import Floats
from mattewire_server.finish.splines import Spline, draw
from mattewire_server.finish.splines.model import key_from
from mattewire_server.plates.model import Window

CANVAS = Window(-10, -5, 60, 40)
KAPPA = 4 / 3 * (np.sqrt(2) - 1)


def box(x0: float, y0: float, x1: float, y1: float) -> Floats:
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return np.concatenate([corners[:, None], np.zeros((4, 2, 2))], axis=1)


def spline(controls: Floats, hole: bool = False, first: int = 1, last: int = 1) -> Spline:
    return Spline(1, True, hole, first, last, tuple(key_from(f, controls) for f in {first, last}), 0.75, 0.0)


def test_a_box_covers_exactly_its_pixels_and_shares_of_them() -> None:
    alpha = draw([spline(box(2.25, 3, 10.5, 7.5))], 1, CANVAS)
    assert alpha.shape == (45, 70)
    assert alpha.dtype == np.float32
    assert alpha.sum() == pytest.approx(8.25 * 4.5, abs=1e-3)
    assert alpha[8, 12] == pytest.approx(0.75)
    assert alpha[8, 20] == pytest.approx(0.5)
    assert alpha[12, 15] == pytest.approx(0.5)
    assert alpha[9, 15] == 1.0
    assert alpha[9, 30] == 0.0


def test_a_circle_has_its_area() -> None:
    way = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    circle = np.stack([way * 15 + 20, KAPPA * 15 * np.roll(way, 1, 0), KAPPA * 15 * np.roll(way, -1, 0)], axis=1)
    assert draw([spline(circle)], 1, CANVAS).sum() == pytest.approx(np.pi * 225, rel=0.004)


def test_holes_cut_islands_come_back_in_order() -> None:
    alpha = draw(
        [spline(box(0, 0, 30, 30)), spline(box(5, 5, 25, 25), hole=True), spline(box(10, 10, 20, 20))], 1, CANVAS
    )
    assert [alpha[y + 5, y + 10] for y in (2, 7, 15, 28)] == [1, 0, 1, 1]


def test_outside_its_lifetime_and_outside_the_canvas_nothing_is_drawn() -> None:
    lasting = spline(box(0, 0, 10, 10), first=5, last=9)
    assert not draw([lasting], 4, CANVAS).any()
    assert draw([lasting], 7, CANVAS).sum() == pytest.approx(100, abs=1e-3)
    assert draw([spline(box(-100, -100, 200, 200))], 1, CANVAS).min() == 1.0
    assert not draw([spline(box(100, 0, 120, 10))], 1, CANVAS).any()
