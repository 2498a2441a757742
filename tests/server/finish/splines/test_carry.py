"""Places carried from one frame to the next."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.spline_shapes import SHAPES, Floats, around, drawn, polar, turned
from mattewire_server.finish.splines.carry import carry
from mattewire_server.finish.splines.contours import Contour, contours_of
from mattewire_server.finish.splines.outline import Outline


def ring(points: Floats) -> Outline:
    x, y = points.T
    return Outline(Contour(points, abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2, False, 0))


def wavy(degrees: float = 0.0, grown: float = 1.0) -> Floats:
    angle = around(600)
    return turned(polar(grown * (80 + 12 * np.cos(3 * angle) + 8 * np.sin(5 * angle)), angle), degrees)


@pytest.mark.parametrize(
    ("degrees", "grown", "way"), [(0, 1, (9, -4)), (6, 1, (0, 0)), (3, 1.1, (20, 0)), (0, 0.8, (0, 0))]
)
def test_turning_moving_and_scaling_carry_each_place_along(degrees: float, grown: float, way: tuple[int, int]) -> None:
    before, after = ring(wavy()), ring(wavy(degrees, grown) + np.array(way))
    arc = np.linspace(0, before.length, 97)
    expected = turned(before.at(arc) * grown, degrees) + np.array(way)
    assert np.hypot(*(after.at(carry(before, after)(arc)) - expected).T).max() < 0.8


def test_the_map_rises_and_once_round_is_once_round() -> None:
    before, after = (Outline(contours_of(drawn(SHAPES["person"](t)))[0]) for t in (0.3, 0.34))
    moved = carry(before, after)
    arc = np.linspace(-200, 2 * before.length, 3000)
    assert (np.diff(moved(arc)) >= -1e-9).all()
    assert moved(arc + before.length) == pytest.approx(moved(arc) + after.length)


def test_a_disc_that_only_moves_does_not_turn() -> None:
    circle = polar(np.full(500, 60.0), around(500))
    before, after = ring(circle), ring(circle + np.array([11.0, 3.0]))
    arc = np.linspace(0, before.length, 40)
    assert after.at(carry(before, after)(arc)) - before.at(arc) == pytest.approx(np.tile([11.0, 3.0], (40, 1)), abs=0.7)


def test_corners_go_exactly_onto_corners() -> None:
    before, after = (Outline(contours_of(drawn(SHAPES["gear"](t)))[0]) for t in (0.2, 0.23))
    there = carry(before, after)(before.corners[:, 0]) % after.length
    off = np.abs((there[:, None] - after.corners[:, 0] + after.length / 2) % after.length - after.length / 2)
    assert off.min(axis=1).max() < 0.01
    assert len(set(off.argmin(axis=1))) == 48


def test_what_grows_out_of_an_edge_is_leapt_over_and_the_rest_stays() -> None:
    plain = np.array([[0.0, 0], [200, 0], [200, 100], [0, 100]])
    grown = np.array([[0.0, 0], [95, 0], [95, -30], [105, -30], [105, 0], [200, 0], [200, 100], [0, 100]])
    before, after = ring(plain), ring(grown)
    arc = np.array([20.0, 60, 140, 180, 250, 350, 450, 550])
    moved = after.at(carry(before, after)(arc))
    assert np.hypot(*(moved - before.at(arc)).T).max() < 3
