"""Contours finer than a pixel: where they lie, which way they run, what is dropped."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.spline_shapes import around, drawn, polar
from mattewire_server.finish.splines.contours import contours_of
from mattewire_server.plates.model import Window


@pytest.mark.parametrize(("radius", "allowed"), [(6.0, 0.15), (20.0, 0.13), (100.0, 0.13)])
def test_a_discs_contour_lies_on_the_disc(radius: float, allowed: float) -> None:
    # The drawing itself is 1/16 pixel too large: OpenCV fills the samples that the outline touches.
    center = np.array([radius + 7.3, radius + 6.8])
    size = int(2 * radius) + 15
    alpha = drawn([(polar(np.full(900, radius), around(900)) + center, False)], Window(0, 0, size, size))
    (contour,) = contours_of(alpha)
    off = np.hypot(*(contour.points - center).T) - radius
    assert np.abs(off).max() < allowed
    assert contour.area == pytest.approx(np.pi * radius**2, rel=0.06)


def test_pixels_are_counted_from_their_edges_and_the_first_pixels_place_is_added() -> None:
    alpha = np.zeros((20, 30), np.float32)
    alpha[5:15, 10:20] = 1.0
    (contour,) = contours_of(alpha, x0=-4, y0=100)
    assert contour.points.min(axis=0) == pytest.approx([6, 105], abs=0.01)
    assert contour.points.max(axis=0) == pytest.approx([16, 115], abs=0.01)


def test_half_covered_pixels_move_the_edge_by_half_a_pixel() -> None:
    alpha = np.zeros((20, 30), np.float32)
    alpha[5:15, 10:20] = 1.0
    alpha[5:15, 20] = 0.5
    (contour,) = contours_of(alpha)
    assert contour.points[:, 0].max() == pytest.approx(20.5, abs=0.01)


def test_a_matte_cut_off_by_the_border_ends_on_the_border() -> None:
    alpha = np.zeros((40, 40), np.float32)
    alpha[:20, 25:] = 1.0
    (contour,) = contours_of(alpha)
    assert contour.points.max(axis=0) == pytest.approx([40, 20], abs=0.01)
    assert contour.points.min(axis=0) == pytest.approx([25, 0], abs=0.01)
    (whole,) = contours_of(np.ones((40, 40), np.float32))
    assert whole.area == pytest.approx(1600, abs=3)  # its corners are blunt


def test_outlines_run_clockwise_holes_counterclockwise_and_nest() -> None:
    alpha = np.zeros((60, 60), np.float32)
    alpha[5:55, 5:55] = 1.0
    alpha[15:45, 15:45] = 0.0
    alpha[25:35, 25:35] = 1.0
    found = contours_of(alpha)
    assert [(contour.hole, contour.depth) for contour in found] == [(False, 0), (True, 1), (False, 2)]
    assert [contour.area for contour in found] == sorted((contour.area for contour in found), reverse=True)
    for contour in found:
        x, y = (contour.points - contour.points.mean(axis=0)).T
        assert (x @ np.roll(y, -1) - y @ np.roll(x, -1) < 0) == contour.hole


def test_nothing_specks_and_lines_of_one_pixel_give_no_contour() -> None:
    alpha = np.zeros((60, 200), np.float32)
    assert contours_of(alpha) == []
    alpha[10, 5:190] = 1.0
    alpha[20:58, 30] = 1.0
    alpha[40:43, 60:63] = 1.0
    assert contours_of(alpha) == []
    alpha[30:40, 100:110] = 0.49
    assert contours_of(alpha) == []


def test_a_hair_of_one_pixel_on_a_body_is_closed_up() -> None:
    alpha = np.zeros((60, 100), np.float32)
    alpha[20:40, 20:40] = 1.0
    alpha[30, 40:90] = 1.0
    (contour,) = contours_of(alpha)
    assert contour.points[:, 0].max() < 42


@pytest.mark.parametrize("seed", range(4))
def test_every_ring_of_any_noise_is_closed_in_small_steps(seed: int) -> None:
    noise = np.random.default_rng(seed).random((50, 60)).astype(np.float32)
    found = contours_of(noise, smallest_area=0.0)
    assert found
    for contour in found:
        steps = np.roll(contour.points, -1, axis=0) - contour.points
        assert np.hypot(*steps.T).max() <= np.sqrt(2)
