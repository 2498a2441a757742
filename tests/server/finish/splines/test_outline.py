"""An outline walked by its length: positions, corners that get their tips back, roughness."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.spline_shapes import SHAPES, around, drawn, polar
from mattewire_server.finish.splines.contours import Contour, contours_of
from mattewire_server.finish.splines.outline import ROUGH_FROM, Outline


def outline(name: str, t: float) -> Outline:
    return Outline(contours_of(drawn(SHAPES[name](t)))[0])


def test_walking_once_round_comes_back() -> None:
    ring = outline("blob", 0.3)
    arc = np.linspace(0, ring.length, 50)
    assert ring.at(arc + 3 * ring.length) == pytest.approx(ring.at(arc), abs=1e-6)
    steps = np.hypot(*np.diff(ring.at(arc), axis=0).T)
    assert steps.max() <= ring.length / 49 + 1e-9
    assert np.linalg.norm(ring.tangent(arc), axis=1) == pytest.approx(np.ones(50))


@pytest.mark.parametrize("t", [0.0, 0.37, 0.8])
@pytest.mark.parametrize(("name", "count"), [("square", 4), ("star", 10), ("plus", 12), ("gear", 48), ("letter e", 12)])
def test_corners_are_found_and_lie_where_they_were_drawn(name: str, count: int, t: float) -> None:
    ring = outline(name, t)
    assert len(ring.corners) == count
    drawn_at = SHAPES[name](t)[0][0]
    found_at = ring.at(ring.corners[:, 0])
    off = np.hypot(*(drawn_at[:, None] - found_at[None]).transpose(2, 0, 1)).min(axis=1)
    assert off.max() < 0.5
    blunt = np.hypot(*(drawn_at[:, None] - ring.contour.points[None]).transpose(2, 0, 1)).min(axis=1)
    assert off.mean() < 0.5 * blunt.mean()


@pytest.mark.parametrize("radius", [4.0, 6.0, 15.0])
def test_what_is_round_stays_round(radius: float) -> None:
    points = polar(np.full(400, radius), around()) + np.array([50, 50])
    ring = Outline(Contour(points, np.pi * radius**2, False, 0))
    assert not len(ring.corners)
    assert ring.points is points
    assert ring.turn(np.array([0.0, 20.0])) == pytest.approx(4 / radius, rel=0.06)


def test_a_clean_edge_is_left_alone_and_a_rough_one_is_smoothed() -> None:
    angle = around(800)
    clean = polar(100 + 20 * np.cos(3 * angle), angle)
    assert Outline(Contour(clean, 3e4, False, 0)).roughness < 0.02
    noise = np.random.default_rng(0).normal(0, 0.6, 800)
    rough = Outline(Contour(polar(100 + 20 * np.cos(3 * angle) + noise, angle), 3e4, False, 0))
    assert rough.roughness > 3 * ROUGH_FROM
    walked = rough.at(np.linspace(0, rough.length, 400))
    radius, at = np.hypot(*walked.T), np.arctan2(walked[:, 1], walked[:, 0])
    assert np.std(radius - 100 - 20 * np.cos(3 * at)) < 0.3
