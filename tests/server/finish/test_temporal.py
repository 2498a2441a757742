"""Steadying over neighbor frames: no lag, no ghost, no blur, less chatter."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from clean_up_shapes import Raster, center_of, disc, radius_of
from mattewire_server.finish.temporal import steady

Random = np.random.Generator


def moving(speed: float, frames: int = 3, radius: float = 30) -> list[Raster]:
    """A disc at an even speed, mostly across."""
    steps = range(-(frames // 2), frames // 2 + 1)
    return [disc(150, radius, speed * step, 0.2 * speed * step + 0.3, 420) for step in steps]


def around(shot: list[Raster]) -> Raster:
    """The shot's middle frame steadied by all the others."""
    middle = len(shot) // 2
    return steady(shot[:middle], shot[middle], shot[middle + 1 :])


@pytest.mark.parametrize("speed", [0, 0.3, 2, 5, 11.7, 40, 80])
@pytest.mark.parametrize("frames", [3, 5])
def test_a_disc_at_an_even_speed_stays_in_its_own_place(speed: float, frames: int) -> None:
    shot = moving(speed, frames)
    now, calm = shot[frames // 2], around(shot)
    assert center_of(calm) == pytest.approx(center_of(now), abs=0.02)
    assert calm.sum(dtype=np.float64) == pytest.approx(now.sum(dtype=np.float64), rel=0.005)
    assert np.abs(calm - now).max() < 0.15
    assert np.count_nonzero((calm > 0.1) & (calm < 0.9)) <= 1.05 * np.count_nonzero((now > 0.1) & (now < 0.9))


@pytest.mark.parametrize("speed", [2, 5, 12, 25])
def test_parts_that_move_against_each_other_are_not_damaged(speed: float) -> None:
    shot = [
        np.hstack([disc(120, 30, speed * step, 0, 180), disc(120, 30, -speed * step, 0, 180)]) for step in (-1, 0, 1)
    ]
    calm = around(shot)
    for half in (np.s_[:, :180], np.s_[:, 180:]):
        assert center_of(calm[half]) == pytest.approx(center_of(shot[1][half]), abs=0.02)
        assert calm[half].sum() == pytest.approx(shot[1][half].sum(), rel=0.005)


def jittered(random: Random, along: float, height: int = 200) -> Raster:
    """A vertical edge at 60.3 px whose place jitters by 1 px rms, independently from frame to frame."""
    jitter = cv2.GaussianBlur(random.normal(0, 1, (height, 1)), (0, 0), along)
    jitter = jitter / jitter.std()
    return np.clip(60.8 + jitter - (np.arange(120) + 0.5), 0, 1).astype(np.float32)


@pytest.mark.parametrize(("depth", "most"), [(1, 0.68), (2, 0.57), (3, 0.5)])
def test_chatter_of_one_pixel_is_reduced(depth: int, most: float) -> None:
    random = np.random.default_rng(3)
    before, after = [], []
    for _ in range(8):
        shot = [jittered(random, along=6) for _ in range(2 * depth + 1)]
        before.append(shot[depth].sum(axis=1)[15:-15])
        after.append(around(shot).sum(axis=1)[15:-15])
    assert np.std(after) < most * np.std(before)
    assert np.mean(after) == pytest.approx(np.mean(before), abs=0.15)


def test_an_outline_that_jumps_out_on_one_frame_is_taken_back_by_the_weights() -> None:
    # By 1 px on this frame alone: 1 2 1 leaves half of it, 1 2 3 2 1 a third.
    shot = [disc(120, radius) for radius in (30, 30, 31, 30, 30)]
    assert radius_of(around(shot[1:4])) == pytest.approx(30.5, abs=0.02)
    assert radius_of(around(shot)) == pytest.approx(30 + 1 / 3, abs=0.02)


def test_soft_edges_stay_soft_and_exact_values_exact() -> None:
    y, x = np.mgrid[:120, :120]
    shot = [np.clip(0.5 - (np.hypot(x - 60, y - 60) - r) / 8, 0, 1).astype(np.float32) for r in (30, 31, 30)]
    calm = around(shot)
    assert calm[60] == pytest.approx(np.clip(0.5 - (np.abs(x[60] - 60) - 30.5) / 8, 0, 1), abs=0.02)
    assert (calm[(x - 60) ** 2 + (y - 60) ** 2 < 25**2] == 1).all()
    assert (calm[(x - 60) ** 2 + (y - 60) ** 2 > 36**2] == 0).all()


@pytest.mark.parametrize("side", [0, 2])
def test_an_object_absent_on_a_neighbor_frame_does_not_erode_this_one(side: int) -> None:
    shot = moving(1)
    shot[side] = np.zeros_like(shot[1])
    assert np.array_equal(around(shot), shot[1])


def test_a_pair_further_away_is_used_when_it_is_whole() -> None:
    still = [disc(120, 30) for _ in range(5)]
    still[2] = disc(120, 31)
    still[1] = np.zeros_like(still[0])
    assert 0 < (still[2] - around(still)).sum(dtype=np.float64) < (still[2] - still[0]).sum(dtype=np.float64)


def test_shot_ends_and_empty_frames_come_back_as_they_are() -> None:
    shot = moving(3)
    assert steady([], shot[0], shot[1:]) is shot[0]
    assert steady(shot[:2], shot[2], []) is shot[2]
    empty = np.zeros_like(shot[0])
    assert steady([shot[0]], empty, [shot[2]]) is empty
    full = np.ones((20, 20), np.float32)
    assert np.array_equal(steady([full], full, [full]), full)
    dot = np.ones((1, 1), np.float32)
    assert np.array_equal(steady([dot], dot, [dot]), dot)


def test_the_longer_side_is_cut_to_the_shorter_and_nothing_is_changed_in_place() -> None:
    random = np.random.default_rng(5)
    shot = [jittered(random, 6, 80) for _ in range(5)]
    kept = [frame.copy() for frame in shot]
    assert np.array_equal(steady(shot[:1], shot[1], shot[2:]), steady(shot[:1], shot[1], shot[2:3]))
    assert all(np.array_equal(frame, copy) for frame, copy in zip(shot, kept, strict=True))


def test_a_subject_that_jumps_or_doubles_leaves_the_frame_alone() -> None:
    now = disc(120, 20)
    other = disc(120, 40)
    assert np.array_equal(steady([other], now, [other]), now)
