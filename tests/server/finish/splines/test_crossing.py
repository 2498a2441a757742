"""Splines that cross themselves."""

from __future__ import annotations

import numpy as np

from benchmarks.spline_shapes import Floats
from mattewire_server.finish.splines.crossing import crosses_itself, flattened


def polygon(*corners: tuple[float, float]) -> Floats:
    return np.concatenate([np.array(corners, np.float64)[:, None], np.zeros((len(corners), 2, 2))], axis=1)


def test_a_square_and_a_bow_tie() -> None:
    assert not crosses_itself(polygon((0, 0), (50, 0), (50, 50), (0, 50)))
    assert crosses_itself(polygon((0, 0), (50, 0), (0, 50), (50, 50)))


def test_a_handle_that_loops_is_seen_and_a_loop_of_less_than_a_pixel_is_not() -> None:
    for size, crossing in ((1.0, True), (0.005, False)):
        loop = polygon((0, 0), (20, 0), (20, 40), (0, 40))
        loop[0, 2], loop[1, 1] = (80 * size, -60 * size), (-80 * size, -60 * size)
        assert crosses_itself(loop) == crossing


def test_a_thin_limb_whose_sides_touch_nowhere_does_not_cross() -> None:
    assert not crosses_itself(polygon((0, 0), (100, 0), (100, 2), (0, 2)))


def test_flattened_passes_the_points() -> None:
    square = polygon((0, 0), (50, 0), (50, 50), (0, 50))
    line = flattened(square, 4)
    assert line.shape == (16, 2)
    assert line[::4].tolist() == [[0, 0], [50, 0], [50, 50], [0, 50]]
