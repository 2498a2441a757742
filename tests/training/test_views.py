from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from training import views
from training.captions import boxes
from training.pool import FIRST_SEED, Clip, Pool, recipe_of, rendered
from training.shots import render


@pytest.fixture
def clips(pool: Path) -> Pool:
    return Pool(pool)


@pytest.fixture
def frames(clips: Pool) -> list[np.ndarray]:
    """All of the pool, as large as the detector gets them."""
    side = (views.SIDE, views.SIDE)
    every = (frame for number in range(len(clips)) for frame in clips.clip(number, 0, 99).pictures)
    return [cv2.resize(frame, side, interpolation=cv2.INTER_AREA) for frame in every]


def test_a_still_is_a_frame_of_the_pool_or_its_mirror(clips: Pool, frames: list[np.ndarray]) -> None:
    told = views.still(np.random.default_rng(3), clips).pictures
    near = [min(np.abs(each - told[0].astype(int)).max() for each in (frame, frame[:, ::-1])) for frame in frames]
    assert sorted(near)[0] <= 1 < sorted(near)[1], "but for rounding, which mirrors do otherwise"
    assert told.shape == (1, views.SIDE, views.SIDE, 3)


def test_nothing_is_turned_upside_down(clips: Pool, frames: list[np.ndarray]) -> None:
    tops = np.array([frame[0].mean() for frame in frames])
    for seed in range(20):
        assert np.abs(views.still(np.random.default_rng(seed), clips).pictures[0, 0].mean() - tops).min() < 0.05


def test_an_enlarged_part_keeps_picture_and_things_together(clips: Pool) -> None:
    clip = clips.clip(0, 0, 1)
    marked = Clip(np.repeat(clip.seen[..., None] * 20, 3, axis=3), clip.seen, clip.names)
    near = views.enlarged(np.random.default_rng(1), marked)
    inside = np.abs(near.pictures[0, ..., 0].astype(int) - near.seen[0].astype(int) * 20) < 2
    assert near.seen.shape == (1, views.SIDE, views.SIDE)
    assert inside.mean() > 0.9, "but for the edges"


@pytest.mark.parametrize(("rows", "columns"), views.SHAPES)
def test_other_shapes_are_filled_and_named(clips: Pool, rows: int, columns: int) -> None:
    for clip in views.shaped(np.random.default_rng(rows), clips, 4, rows, columns):
        assert clip.pictures.shape == (1, rows, columns, 3)
        assert clip.seen.shape == (1, rows, columns)
        assert clip.seen.max() <= len(clip.names)
        told = boxes(clip)
        assert told.shape == (len(clip.names), 4)
        assert told.max() <= 1


def test_single_things_are_large_in_pictures_of_their_own(clips: Pool) -> None:
    told = views.single(np.random.default_rng(2), clips, 7)
    assert len(told) == 7
    for clip in told:
        assert clip.pictures.shape == (1, views.ALONE, views.ALONE, 3)
        assert len(clip.names) == 1
        assert set(np.unique(clip.seen)) <= {0, 1}
        x, y, wide, high = boxes(clip)[0]
        assert max(wide, high) > 0.5
        assert abs(x - 0.5) < 0.35
        assert abs(y - 0.5) < 0.35


def test_fading_leaves_things_as_they_are(clips: Pool) -> None:
    clip = clips.clip(1, 0, 1)
    for plain, spread in ((0.0, None), (1.0, 0.0)):
        faded = views.plainer(np.random.default_rng(0), clip, plain)
        thing, behind = clip.seen[0] > 0, clip.seen[0] == 0
        np.testing.assert_array_equal(faded.pictures[0][thing], clip.pictures[0][thing])
        if spread is None:
            np.testing.assert_array_equal(faded.pictures[0], clip.pictures[0])
        else:
            assert faded.pictures[0][behind].std(axis=0).max() == spread


def test_held_out_shots_are_in_no_pool() -> None:
    assert views.UNSEEN + 1000 < FIRST_SEED
    seed = FIRST_SEED + 2
    clip = rendered(seed, recipe_of(seed))
    shot = render(seed, recipe_of(seed))
    assert clip.names == [(thing.color, thing.outline) for thing in shot.things]
    np.testing.assert_allclose(clip.pictures[3] / 255, shot.pictures[3], atol=0.5 / 255 + 1e-6)
    assert [clip.names for clip in views.unseen(2)] == [clip.names for clip in views.unseen(2)]


def test_pixels_are_normalized_channel_by_channel() -> None:
    picture = np.zeros((1, 4, 6, 3), np.uint8)
    picture[..., 0] = 255
    clip = Clip(picture, np.zeros((1, 4, 6), np.uint8), [])
    told = views.normalized([clip, clip], (0.5, 0.25, 0.0), (0.5, 0.5, 0.5))
    assert told.shape == (2, 3, 4, 6)
    np.testing.assert_allclose(told[0, :, 0, 0], [1.0, -0.5, 0.0])
