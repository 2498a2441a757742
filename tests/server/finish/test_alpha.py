"""Logits to mattes: size, edges, exact core and background, union and flags."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from mattewire_protocol.errors import EngineFailed, InternalError
from mattewire_server.finish.alpha import FLAGS, SNAP, Look, alpha_from_logits, flags_for, merge, snap


def disk(height: int, width: int, steepness: float = 1.0) -> NDArray[np.float32]:
    """Logits of a disk in the middle, 0.3 heights in radius; positive inside, steepness a pixel."""
    y, x = np.mgrid[:height, :width] + 0.5
    inside = 0.3 * height - np.hypot(y - height / 2, (x - width / 2) * height / width)
    return (inside * steepness).astype(np.float32)


def test_at_its_own_size_a_matte_is_the_sigmoid() -> None:
    logits = np.linspace(-6, 6, 300, dtype=np.float32).reshape(15, 20)
    alpha = alpha_from_logits(logits, 20, 15)
    assert alpha.dtype == np.float32
    assert alpha == pytest.approx(1 / (1 + np.exp(-logits.astype(np.float64))), abs=1e-6)


def test_core_and_background_are_exact_and_the_edge_is_soft() -> None:
    alpha = alpha_from_logits(disk(120, 160), 160, 120)
    assert alpha[60, 80] == 1.0
    assert alpha[0, 0] == 0.0
    between = alpha[(alpha > 0) & (alpha < 1)]
    assert between.size > 100
    assert between.min() >= SNAP
    assert between.max() <= 1 - SNAP


def test_network_noise_around_zero_leaves_no_trace() -> None:
    noise = np.random.default_rng(0).normal(-8, 0.25, (200, 200)).astype(np.float32)
    assert not alpha_from_logits(noise, 200, 200).any()
    assert (alpha_from_logits(-noise, 200, 200) == 1).all()


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (480, 270), (100, 900), (1024, 100), (7, 5), (1, 1)])
def test_any_size_covers_the_same_share_of_the_picture(width: int, height: int) -> None:
    alpha = alpha_from_logits(disk(256, 256, 2.0), width, height)
    assert alpha.shape == (height, width)
    assert alpha.min() >= 0
    assert alpha.max() <= 1
    assert alpha.mean(dtype=np.float64) == pytest.approx(np.pi * 0.3**2, rel=0.01)


def test_an_enlarged_edge_lies_where_it_was_without_steps() -> None:
    column = np.full((64, 64), -5.0, np.float32)
    column[:, 32:] = 5.0
    edge = alpha_from_logits(column, 640, 640)[320]
    assert abs(int(np.argmax(edge >= 0.5)) - 320) <= 1
    soft = np.flatnonzero((edge > 0.01) & (edge < 0.99))
    assert (np.diff(edge[soft]) > 0).all()
    assert (np.diff(soft) == 1).all()
    assert 6 <= np.count_nonzero((edge > 0.05) & (edge < 0.95)) <= 12


def test_a_strand_thinner_than_a_pixel_keeps_its_share_when_reduced() -> None:
    strand = np.full((64, 64), -20.0, np.float32)
    strand[:, 30] = 20.0
    alpha = alpha_from_logits(strand, 16, 16)
    assert alpha[:, 7] == pytest.approx(np.full(16, 0.25), abs=1e-5)
    assert np.count_nonzero(alpha) == 16


def test_one_certain_no_does_not_eat_the_edge() -> None:
    plain = np.full((16, 16), -8.0, np.float32)
    plain[:, 8:] = 8.0
    absurd = np.where(plain < 0, np.float32(-1024), plain)
    moved = np.abs(alpha_from_logits(absurd, 64, 64) - alpha_from_logits(plain, 64, 64))
    assert (moved.max(axis=0) > 0.5).sum() <= 2  # columns of 64: half a logit pixel


@given(
    arrays.arrays(
        np.float32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.floats(-2000, 2000, width=32)
    )
)
def test_all_finite_logits_give_a_matte_and_are_left_alone(logits: NDArray[np.float32]) -> None:
    before = logits.copy()
    for width, height in ((9, 9), (3, 17), (20, 2)):
        alpha = alpha_from_logits(logits, width, height)
        assert ((alpha == 0) | (alpha == 1) | ((alpha >= SNAP) & (alpha <= 1 - SNAP))).all()
    assert np.array_equal(logits, before)


@pytest.mark.parametrize("place", [0, 7, 24])
def test_logits_that_are_no_numbers_are_the_engines_fault(place: int) -> None:
    logits = np.zeros(25, np.float32)
    logits[place] = np.nan
    with pytest.raises(EngineFailed):
        alpha_from_logits(logits.reshape(5, 5), 5, 5)


@pytest.mark.parametrize("shape", [(5,), (0, 5), (1, 5, 5)])
def test_logits_of_another_shape_are_refused(shape: Any) -> None:
    with pytest.raises(InternalError):
        alpha_from_logits(np.zeros(shape, np.float32), 5, 5)


def test_snapping_touches_only_the_ends() -> None:
    values = np.array([0, 0.0019, 0.002, 0.5, 0.998, 0.9981, 1], np.float32)
    assert snap(values).tolist() == np.array([0, 0, 0.002, 0.5, 0.998, 1, 1], np.float32).tolist()


def test_union_of_nothing_one_and_touching_objects() -> None:
    assert not merge([], 4, 3).any()
    assert merge([], 4, 3).shape == (3, 4)
    one = np.random.default_rng(0).random((3, 4), np.float32)
    alone = merge([one], 4, 3)
    assert np.array_equal(alone, one)
    assert alone is not one
    left = np.array([[1.0, 0.5, 0.0, 0.0]], np.float32)
    right = np.array([[0.0, 0.5, 1.0, 0.0]], np.float32)
    assert merge([left, right], 4, 1).tolist() == [[1.0, 0.75, 1.0, 0.0]]


@given(st.lists(st.sampled_from([0.0, 0.003, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=5))
def test_union_holds_every_object_in_any_order(values: list[float]) -> None:
    mattes = [np.full((2, 2), value, np.float32) for value in values]
    union = merge(mattes, 2, 2)
    assert (union >= max(values) - 1e-6).all()
    assert (union <= 1).all()
    assert merge(mattes[::-1], 2, 2) == pytest.approx(union, abs=1e-6)
    assert max(values) not in (0, 1) or (union == max(values)).all()


SEEN = Look(score=0.9, present=True, area=1000)


@pytest.mark.parametrize(
    ("now", "before", "flags"),
    [
        (SEEN, None, []),
        (SEEN, SEEN, []),
        (Look(0.49, True, 1000), SEEN, ["low score"]),
        (Look(0.5, True, 1000), SEEN, []),
        (Look(0.0, False, 0), SEEN, ["out of sight"]),
        (SEEN, Look(0.0, False, 0), ["found again"]),
        (Look(0.9, True, 600), SEEN, []),
        (Look(0.9, True, 0.5), SEEN, ["empty matte"]),
        (Look(0.1, True, 0.5), SEEN, ["low score", "empty matte"]),
    ],
)
def test_flags_say_why_a_frame_is_worth_a_look(now: Look, before: Look | None, flags: list[str]) -> None:
    assert flags_for({1: now}, None if before is None else {1: before}) == flags
    assert set(flags) <= set(FLAGS)


def test_flags_of_several_objects_come_once_and_in_order() -> None:
    gone = Look(0.0, False, 0)
    now = {1: gone, 2: Look(0.2, True, 1000), 3: gone, 4: SEEN}
    assert flags_for(now, {2: SEEN, 4: gone}) == ["low score", "out of sight", "found again"]
    assert flags_for({}, {1: SEEN}) == []
