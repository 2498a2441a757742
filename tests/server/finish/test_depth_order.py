"""What stands before an object cuts its matte: on rendered frames whose truth is known, and on single traps."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_server.finish.depth_order import before, held_out
from mattewire_server.finish.depth_scale import DepthScale
from mattewire_server.finish.edges import Crop
from occluded_shot import estimate, iou, moment

Raster = NDArray[np.float32]
WIDTH, HEIGHT, FRAMES = 256, 144, 10
MARGIN = 0.05


def shown(rgb: NDArray[np.float32]) -> object:
    return lambda area: np.ascontiguousarray(area.of(rgb))


def gray(shape: tuple[int, int]) -> object:
    """A plate without any edge."""

    def part(area: Crop) -> NDArray[np.float32]:
        return np.full((area.y1 - area.y0, area.x1 - area.x0, 3), 0.4, np.float32)

    return part


def scene(height: int = 90, width: int = 160) -> tuple[Raster, Raster]:
    """The matte of a box, and distances: the box at 0.5, all else at 1."""
    matte, distance = np.zeros((height, width), np.float32), np.ones((height, width), np.float32)
    matte[20:70, 40:120], distance[20:70, 40:120] = 1, 0.5
    return matte, distance


def test_a_rendered_shot_is_nearer_to_the_truth_with_the_holdout() -> None:
    scale, rows = DepthScale(False), []
    for index in range(FRAMES):
        now = moment(index, FRAMES, WIDTH, HEIGHT)
        distance = scale.add(estimate(now.meters, index), now.rgb)
        cut = held_out(now.whole, distance, shown(now.rgb), MARGIN)  # type: ignore[arg-type]
        rows.append((1 - now.visible.sum() / now.whole.sum(), iou(now.whole, now.visible), iou(cut, now.visible)))
    hidden, without, with_it = np.array(rows).T
    crossed = hidden > 0.02
    assert crossed.sum() >= 5
    assert without[crossed].mean() < 0.9
    assert with_it[crossed].mean() > 0.985
    assert (with_it[crossed] > without[crossed]).all()
    assert with_it[~crossed].min() > 0.995


def test_a_matte_that_nothing_stands_before_comes_back_itself() -> None:
    matte, distance = scene()
    assert held_out(matte, distance, gray(matte.shape), MARGIN) is matte  # type: ignore[arg-type]
    distance[30:60, 130:150] = 0.1  # near, and beside it
    assert held_out(matte, distance, gray(matte.shape), MARGIN) is matte  # type: ignore[arg-type]
    empty = np.zeros_like(matte)
    assert held_out(empty, distance, gray(matte.shape), MARGIN) is empty  # type: ignore[arg-type]


def test_zeros_and_ones_stay_exact_away_from_the_cut() -> None:
    matte, distance = scene()
    distance[:, 70:85] = 0.2
    cut = held_out(matte, distance, gray(matte.shape), MARGIN)  # type: ignore[arg-type]
    assert not cut[20:70, 74:81].any()
    assert (cut[20:70, 40:62] == 1).all()
    assert (cut[20:70, 93:120] == 1).all()
    assert not cut[matte == 0].any()
    assert (matte[20:70, 40:120] == 1).all()  # what was handed in is as it was


def test_soft_values_outside_the_cut_keep_their_bits() -> None:
    matte, distance = scene()
    matte[20:70, 40:44] = 0.37
    distance[:, 70:85] = 0.2
    cut = held_out(matte, distance, gray(matte.shape), MARGIN)  # type: ignore[arg-type]
    assert np.array_equal(cut[:, :60], matte[:, :60])


@pytest.mark.parametrize("long", [80, 160, 320])
def test_the_map_may_have_any_size(long: int) -> None:
    matte, _ = scene()
    distance = np.ones((long * 9 // 16, long), np.float32)
    factor = long / 160
    distance[round(20 * factor) : round(70 * factor), round(40 * factor) : round(120 * factor)] = 0.5
    distance[:, round(70 * factor) : round(85 * factor)] = 0.2
    cut = held_out(matte, distance, gray(matte.shape), MARGIN)  # type: ignore[arg-type]
    assert cut.shape == matte.shape
    assert not cut[20:70, 75:80].any()
    assert (cut[20:70, 40:60] == 1).all()


def test_a_long_object_is_not_cut_by_its_own_front() -> None:
    """It recedes over six margins, without a jump."""
    matte, distance = scene()
    distance[20:70, 40:120] = np.linspace(0.2, 0.55, 80)
    assert held_out(matte, distance, gray(matte.shape), MARGIN) is matte  # type: ignore[arg-type]
    distance[20:70, 40:60] = 0.05  # the same step, in one jump
    assert not held_out(matte, distance, gray(matte.shape), MARGIN)[25:65, 45:50].any()  # type: ignore[arg-type]


def test_a_sliver_along_the_border_stays() -> None:
    """There the matte is right, and the distances are a cell or two off."""
    matte, distance = scene()
    distance[20:70, 118:140] = 0.1
    assert held_out(matte, distance, gray(matte.shape), MARGIN) is matte  # type: ignore[arg-type]


def test_what_differs_by_less_than_the_margin_cuts_nothing() -> None:
    matte, distance = scene()
    distance[:, 70:85] = 0.4
    assert before(matte, distance, 0.05) is not None
    assert before(matte, distance, 0.3) is None


def test_an_object_that_is_hidden_by_more_than_half_is_left_as_it_is() -> None:
    matte, distance = scene()
    distance[:, 40:100] = 0.2  # the matte's median is that of what is before it
    assert held_out(matte, distance, gray(matte.shape), MARGIN) is matte  # type: ignore[arg-type]


def test_noise_alone_cuts_nothing() -> None:
    matte, distance = scene()
    for seed in range(10):
        noise = np.random.default_rng(seed).normal(0, 0.02, distance.shape)
        noisy = (distance + noise).astype(np.float32)
        assert held_out(matte, noisy, gray(matte.shape), MARGIN) is matte  # type: ignore[arg-type]


def test_a_map_too_noisy_to_tell_does_not_eat_the_matte() -> None:
    """Blobs as large as things, and of several margins: the object's own unevenness says that nothing can be told."""
    matte, distance = scene()
    for seed in range(10):
        blobs = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, distance.shape), (0, 0), 6.0)
        noisy = (distance + 0.08 * blobs / blobs.std()).astype(np.float32)
        cut = held_out(matte, noisy, gray(matte.shape), MARGIN)  # type: ignore[arg-type]
        assert cut.sum() > 0.98 * matte.sum()


def test_a_post_before_the_near_end_of_a_long_object_is_cut_and_the_near_end_is_not() -> None:
    matte, distance = scene()
    distance[20:70, 40:120] = np.linspace(0.3, 0.9, 80)
    distance[:, 54:68] = 0.02
    cut = held_out(matte, distance, gray(matte.shape), MARGIN)  # type: ignore[arg-type]
    assert not cut[25:65, 58:64].any()
    assert (cut[25:65, 42:50] == 1).all()
    assert (cut[25:65, 72:118] == 1).all()


def test_a_flat_map_and_a_speck_of_a_matte_cut_nothing() -> None:
    matte, distance = scene()
    assert before(matte, np.full_like(distance, 3.0), MARGIN) is None
    speck = np.zeros_like(matte)
    speck[40:43, 70:73] = 1
    distance[41, 71] = 0
    assert before(speck, distance, MARGIN) is None
