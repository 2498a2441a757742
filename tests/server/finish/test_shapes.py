"""Polygons as exact coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mattewire_protocol.errors import BadField
from mattewire_server.finish.shapes import coverage_of, cut
from mattewire_server.plates.model import Window

CANVAS = Window(0, 0, 40, 30)
Vertices = list[tuple[float, float]]


def box(x0: float, y0: float, x1: float, y1: float) -> Vertices:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def area_of(polygon: Vertices) -> float:
    x, y = np.array(polygon).T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def test_a_box_covers_its_fractions_exactly() -> None:
    covered = coverage_of(box(1.25, 1.5, 3.75, 4), CANVAS)
    assert covered.dtype == np.float32
    assert covered.shape == (30, 40)
    expected = [[0, 0, 0, 0, 0], [0, 0.375, 0.5, 0.375, 0], [0, 0.75, 1, 0.75, 0], [0, 0.75, 1, 0.75, 0]]
    assert covered[:4, :5].tolist() == expected
    assert covered.sum() == pytest.approx(2.5 * 2.5)


def test_a_box_of_whole_pixels_is_exact_on_an_offset_canvas() -> None:
    covered = coverage_of(box(0, 0, 4, 3), Window(-5, -2, 10, 8))
    assert set(np.unique(covered)) == {0, 1}
    assert (covered[2:5, 5:9] == 1).all()
    assert covered.sum() == 12


@example([(0.0, 0.0), (0.0, 0.0), (0.0, 2.2250738585072014e-308)])  # so low an edge that a division by it overflows
@given(st.lists(st.tuples(st.floats(-20, 60), st.floats(-20, 50)), min_size=3, max_size=3))
def test_triangles_cover_their_area_either_way_round(corners: Vertices) -> None:
    wide = Window(-21, -21, 61, 51)
    covered = coverage_of(corners, wide)
    assert covered.sum(dtype=np.float64) == pytest.approx(area_of(corners), abs=1e-3)
    assert ((covered >= 0) & (covered <= 1)).all()
    assert coverage_of(corners[::-1], wide) == pytest.approx(covered, abs=1e-6)
    # What lies outside the picture changes nothing inside.
    assert coverage_of(corners, CANVAS) == pytest.approx(covered[21:51, 21:61], abs=1e-6)


@pytest.mark.parametrize("degrees", [10, 45, 77])
def test_a_turned_square_has_the_same_coverage_as_fine_sampling(degrees: float) -> None:
    turn = np.radians(degrees)
    corners = [
        (20.2 + 9 * np.cos(turn + quarter * np.pi / 2), 14.7 + 9 * np.sin(turn + quarter * np.pi / 2))
        for quarter in range(4)
    ]
    y, x = (np.mgrid[: 30 * 32, : 40 * 32] + 0.5) / 32
    inside = np.ones(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        inside &= (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= 0
    sampled = inside.reshape(30, 32, 40, 32).mean((1, 3))
    assert np.abs(coverage_of(corners, CANVAS) - sampled).max() < 0.02


def test_what_is_enclosed_twice_is_outside() -> None:
    twice = [*box(5, 5, 25, 25), (5, 5), *box(10, 10, 15, 15), (10, 10)]
    covered = coverage_of(twice, CANVAS)
    assert covered[12, 12] == 0
    assert covered[7, 7] == 1
    assert covered.sum() == 400 - 25
    bow = coverage_of([(2, 2), (22, 22), (22, 2), (2, 22)], CANVAS)
    assert bow[12, 4] == 1
    assert bow[12, 20] == 1
    assert bow[4, 12] == 0


def test_a_shape_all_around_covers_everything_and_one_beside_nothing() -> None:
    assert (coverage_of(box(-500, -500, 900, 900), CANVAS) == 1).all()
    for beside in (box(-9, 0, -1, 30), box(41, 0, 50, 30), box(0, -9, 40, -1), box(0, 31, 40, 99)):
        assert not coverage_of(beside, CANVAS).any()
    assert coverage_of(box(-9, -9, 3, 3), Window(0, 0, 1, 1)).tolist() == [[1]]


def test_cutting_takes_away_what_is_covered_or_what_is_not() -> None:
    alpha = np.full((30, 40), 0.8, np.float32)
    covered = coverage_of(box(0, 0, 10.5, 30), CANVAS)
    inside, outside = cut(alpha, covered), cut(alpha, covered, outside=True)
    assert not inside[:, :10].any()
    assert inside[:, 10] == pytest.approx(0.4)
    assert (inside[:, 11:] == alpha[:, 11:]).all()
    assert (outside[:, :10] == alpha[:, :10]).all()
    assert not outside[:, 11:].any()
    assert (alpha == np.float32(0.8)).all()


@pytest.mark.parametrize(
    "polygon", [[], [(1, 1), (2, 2)], [(0, 0), (1, 0), (float("nan"), 1)], [(0, 0), (1, 0), (1e9, 1)]]
)
def test_shapes_without_area_or_with_absurd_vertices_are_refused(polygon: Vertices) -> None:
    with pytest.raises(BadField) as raised:
        coverage_of(polygon, CANVAS, "shapes[2].polygon")
    assert raised.value.field == "shapes[2].polygon"
