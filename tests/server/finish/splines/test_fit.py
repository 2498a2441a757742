"""Which places become points."""

from __future__ import annotations

import numpy as np
import pytest

from mattewire_server.finish.splines.fit import bezier, choose_points, count_points, improved, slope
from mattewire_server.finish.splines.solve import Equations, distance

from .test_trace import places


def test_the_weights_of_a_bezier_segment_and_their_slope() -> None:
    share = np.linspace(0, 1, 11)
    assert bezier(share).sum(axis=1) == pytest.approx(np.ones(11))
    assert bezier(np.array([0.0, 1.0])).tolist() == [[1, 0, 0, 0], [0, 0, 0, 1]]
    step = 1e-6
    assert slope(share) == pytest.approx((bezier(share + step) - bezier(share - step)) / (2 * step), abs=1e-6)


def test_a_share_moves_to_the_nearest_place_of_the_curve() -> None:
    curve = np.array([[[0.0, 0], [10, 20], [30, 20], [40, 0]]])
    true = np.linspace(0.05, 0.95, 10)[None]
    share = np.clip(true + 0.05, 0, 1)
    for _ in range(5):
        share = improved(curve, bezier(true) @ curve, share)
    assert share == pytest.approx(true, abs=1e-4)


@pytest.mark.parametrize(("name", "count"), [("disc", 4), ("square", 4), ("gear", 48), ("plus", 12)])
def test_simple_shapes_get_the_points_an_artist_would_draw(name: str, count: int) -> None:
    assert len(choose_points(places(name), 0.45)) == count  # type: ignore[arg-type]


def test_points_rise_and_a_finer_tolerance_takes_more() -> None:
    found = places("blob", 6)
    coarse, fine = choose_points(found, 1.5), choose_points(found, 0.3)
    assert coarse is not None
    assert fine is not None
    assert (np.diff(coarse) > 0).all()
    assert len(fine) > len(coarse)


def test_more_than_wanted_is_none() -> None:
    found = places("blob", 6)
    assert choose_points(found, 0.45, most=8) is None
    assert choose_points(found, 0.45, most=60) is not None


def test_the_quick_count_is_about_right() -> None:
    for name in ("blob", "person", "leaf"):
        found = places(name, 1)
        chosen = choose_points(found, 0.45)
        assert chosen is not None
        assert len(chosen) <= count_points(found, 0.45) <= 1.5 * len(chosen) + 3


def test_every_frame_has_a_say_not_only_those_looked_at_first() -> None:
    # 24 frames, of which the sixteen looked at first leave out every third.
    found = places("blob", 24)
    points = choose_points(found, 0.45)
    assert points is not None
    apart = Equations(found, points)
    shown = apart.curve(apart.solve_each())
    assert distance(shown, found.at, found.tell).max() <= 0.6
