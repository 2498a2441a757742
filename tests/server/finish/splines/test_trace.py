"""The same places on every frame of an outline's lifetime."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from benchmarks.spline_shapes import SHAPES, drawn
from mattewire_server.finish.splines.contours import contours_of
from mattewire_server.finish.splines.trace import SPACING, Places, Trail


@cache
def places(name: str, frames: int = 12, last: float = 1.0) -> Places:
    trail: Trail | None = None
    for index in range(frames):
        contour = contours_of(drawn(SHAPES[name](last * index / max(frames - 1, 1))))[0]
        if trail is None:
            trail = Trail(1001, contour)
        else:
            trail.add(1001 + index, contour)
    assert trail is not None
    return trail.places()


def test_no_frame_has_a_gap_even_where_the_shape_grows() -> None:
    found = places("star")
    assert found.frames.tolist() == list(range(1001, 1013))
    assert found.gaps().max() <= SPACING + 0.05
    assert (found.gaps() >= -1e-9).all()
    assert found.gaps().sum(axis=1) == pytest.approx(found.lengths)


def test_it_begins_at_the_top_and_knows_the_corners_on_every_frame() -> None:
    found = places("square")
    assert found.at[0, 0, 1] == pytest.approx(found.at[0, :, 1].min(), abs=0.2)
    corners = np.nonzero(found.corner)[0]
    for index in range(12):
        drawn_at = SHAPES["square"](index / 11)[0][0]
        near = np.hypot(*(drawn_at[:, None] - found.at[index, corners][None]).transpose(2, 0, 1)).min(axis=1)
        assert near.max() < 0.5


def test_a_corner_that_runs_along_the_outline_leaves_no_pile() -> None:
    # The tips of a crescent run along both circles, and swallow or free some 60 pixels of them.
    found = places("crescent", 24)
    assert np.quantile(found.gaps()[-1], 0.02) > 0.1
    tips = np.nonzero(found.turn > np.radians(80))[0]
    apart = np.linalg.norm(found.at[-1, tips[:, None]] - found.at[-1, tips], axis=-1)
    assert ((apart < 15) | (apart > 150)).all()  # around the two tips, and only there


def test_shares_run_from_point_to_point() -> None:
    found = places("blob", 3)
    knots = np.array([5, 40, 90])
    segment, share = found.shares(knots)
    assert segment[[0, 4, 5, 39, 40, 89, 90, found.count - 1]].tolist() == [2, 2, 0, 0, 1, 1, 2, 2]
    assert share[:, knots] == pytest.approx(np.zeros((3, 3)))
    assert (np.diff(share[:, 5:40], axis=1) > 0).all()
    assert (share[:, 0] > share[:, -1]).all()


def test_a_sharp_tip_tells_less_than_an_edge() -> None:
    found = places("star", 2)
    tip = int(found.at[0, :, 1].argmin())
    assert 0.4 <= found.tell[0, tip] < 0.8
    assert found.tell.max() == 1.0
    assert (places("disc", 2).tell == 1.0).all()


def test_a_choice_of_frames_keeps_the_places() -> None:
    found = places("disc", 4)
    some = found.only([1, 3])
    assert some.frames.tolist() == [1002, 1004]
    assert np.array_equal(some.at, found.at[[1, 3]])
    assert some.count == found.count
