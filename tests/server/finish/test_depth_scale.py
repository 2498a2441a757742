"""Distances that stay put from frame to frame, on scenes whose true inverse distance is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_server.finish.depth_scale import DepthScale, major_axis

HEIGHT, WIDTH = 72, 128
Raster = NDArray[np.float32]


def world(seed: int = 3) -> tuple[Raster, NDArray[np.float32]]:
    """A wide view to pan over: inverse distance 0.3 to 1.1 in tiles and a slope, and a picture with texture."""
    rows, columns = np.mgrid[:HEIGHT, : 3 * WIDTH].astype(np.float32)
    near = 0.3 + 0.4 * rows / HEIGHT + 0.3 * ((columns // 32 + rows // 24) % 2)
    coarse = np.random.default_rng(seed).random((HEIGHT // 4, 3 * WIDTH // 4, 3)).astype(np.float32)
    picture = np.clip(cv2.resize(coarse, (3 * WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), 0, 1)
    return near.astype(np.float32), picture.astype(np.float32)


def shown(left: float, frame: int, noise: float, mover: bool = False) -> tuple[Raster, NDArray[np.float32], Raster]:
    """What an estimator says of the view at ``left``, the picture, and the truth. Scale and shift drift."""
    near, picture = world()
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    true = cv2.remap(near, columns + np.float32(left), rows, cv2.INTER_LINEAR)
    rgb = cv2.remap(picture, columns + np.float32(left), rows, cv2.INTER_LINEAR)
    if mover:
        there = (np.abs(columns - 20 - 2 * frame) < 15) & (np.abs(rows - 36) < 15)
        true = np.where(there, np.float32(0.5 + 0.02 * frame), true)
        rgb = np.where(there[..., None], np.float32([0.8, 0.2, 0.2]), rgb)
    random = np.random.default_rng(frame)
    said = true * (1 + 0.3 * np.sin(0.7 * frame)) + 0.4 * np.cos(1.3 * frame) + random.normal(0, noise, true.shape)
    return (5 * said).astype(np.float32), rgb.astype(np.float32), true.astype(np.float32)


def point(raster: Raster) -> float:
    """What is said of one place that nothing ever covers: a small patch in the corner."""
    return float(np.median(raster[2:8, 2:8]))


def spread(frames: int, pan: float, noise: float, mover: bool = False) -> tuple[float, float, float]:
    """Standard deviation over time of a static point's distance, as a share of the scene's: before, after; and how far
    it has gone astray from the first third to the last."""
    scale, before, after = DepthScale(False), [], []
    width = float(np.subtract(*np.percentile(shown(0.0, 0, 0.0, mover)[2], (98, 2))))  # what becomes 0 to 1
    for frame in range(frames):
        said, rgb, true = shown(pan * frame, frame, noise, mover)
        before.append((point(said) / 5 - point(true)) / width)
        after.append(point(scale.add(said, rgb)) + point(true) / width)
    third = frames // 3
    return float(np.std(before)), float(np.std(after)), float(np.mean(after[-third:]) - np.mean(after[:third]))


@pytest.mark.parametrize(("pan", "mover"), [(0.0, False), (0.0, True), (1.5, False), (1.5, True)])
def test_a_static_point_keeps_its_distance(pan: float, mover: bool) -> None:
    before, after, astray = spread(48, pan, 0.01, mover)
    assert before > 0.2
    assert after < before / 6
    assert abs(astray) < 0.08


def test_the_scale_does_not_fade_in_a_long_shot() -> None:
    """Least squares would find a slope below 1 on every step, which a hundred steps multiply."""
    scale = DepthScale(False)
    outs = []
    for frame in range(100):
        said, rgb, _ = shown(0.0, frame, 0.04)
        outs.append(scale.add(said, rgb))
    assert float(np.ptp(cv2.blur(outs[-1], (9, 9)))) == pytest.approx(float(np.ptp(cv2.blur(outs[0], (9, 9)))), rel=0.1)


def test_the_first_frame_runs_from_0_near_to_1_far() -> None:
    said, rgb, true = shown(0.0, 0, 0.0)
    first = DepthScale(False).add(said, rgb)
    assert first.dtype == np.float32
    assert first.shape == said.shape
    assert np.percentile(first, (2, 98)) == pytest.approx((0, 1), abs=0.05)
    nearest, farthest = np.unravel_index(true.argmax(), true.shape), np.unravel_index(true.argmin(), true.shape)
    assert first[nearest] < 0.05
    assert first[farthest] > 0.95


def test_nothing_lags_behind_what_moves() -> None:
    """Only scale and shift change: what came nearer since the last frame is as near as the estimator says."""
    scale = DepthScale(False)
    for frame in range(12):
        said, rgb, true = shown(0.0, frame, 0.0, mover=True)
        out = scale.add(said, rgb)
        slope, shift = np.polyfit(true.ravel(), out.ravel(), 1)
        assert np.abs(slope * true + shift - out).max() < 1e-4


def test_a_cut_starts_anew() -> None:
    scale = DepthScale(False)
    for frame in range(3):
        said, rgb, _ = shown(0.0, frame, 0.0)
        scale.add(said, rgb)
    other = np.ascontiguousarray(world(9)[1][:, :WIDTH][::-1])
    said, _, _ = shown(40.0, 3, 0.0)
    after = scale.add(said[::-1].copy() * 50 + 900, 1 - other)
    assert np.percentile(after, (2, 98)) == pytest.approx((0, 1), abs=1e-3)


def test_meters_are_scaled_and_never_shifted() -> None:
    scale = DepthScale(True)
    _, rgb, true = shown(0.0, 0, 0.0)
    meters = 3 / true
    first = scale.add(meters, rgb)
    assert np.array_equal(first, meters)
    second = scale.add(np.asarray(meters * 1.25, np.float32), rgb)
    assert second == pytest.approx(meters, rel=1e-4)


def test_a_map_without_any_depth_is_no_fault() -> None:
    scale = DepthScale(False)
    _, rgb, _ = shown(0.0, 0, 0.0)
    flat = np.full((HEIGHT, WIDTH), 4.0, np.float32)
    assert not scale.add(flat, rgb).any()
    assert np.isfinite(scale.add(flat, rgb)).all()
    said, rgb, _ = shown(0.0, 2, 0.01)
    assert np.percentile(scale.add(said, rgb), (2, 98)) == pytest.approx((0, 1), abs=0.05)


def test_the_same_frames_give_the_same_bytes() -> None:
    def made() -> list[bytes]:
        scale = DepthScale(False)
        return [scale.add(*shown(1.5 * frame, frame, 0.02, mover=True)[:2]).tobytes() for frame in range(8)]

    assert made() == made()


def test_only_so_many_frames_are_kept() -> None:
    scale = DepthScale(False)
    said, rgb, _ = shown(0.0, 0, 0.0)
    for _ in range(70):
        scale.add(said, rgb)
    assert len(scale._before) == 64


# --- the fit -----------------------------------------------------------------------------------------------------


def test_equal_noise_on_both_sides_leaves_the_slope_unbiased() -> None:
    random = np.random.default_rng(1)
    true = random.random(20_000)
    x = (true + random.normal(0, 0.1, true.size)).astype(np.float32)
    y = (2 * (true + random.normal(0, 0.1, true.size)) + 3).astype(np.float32)
    fitted = major_axis(x, y)
    assert fitted is not None
    assert fitted == pytest.approx((2, 3), abs=0.03)
    assert np.polyfit(x, y, 1)[0] < 1.82  # least squares


def test_a_fifth_of_outliers_has_no_weight() -> None:
    random = np.random.default_rng(2)
    x = random.random(5_000).astype(np.float32)
    y = (0.5 * x + 1 + random.normal(0, 0.002, x.size)).astype(np.float32)
    y[:1000] += 2
    assert major_axis(x, y) == pytest.approx((0.5, 1), abs=0.01)


def test_maps_that_do_not_rise_together_give_no_fit() -> None:
    random = np.random.default_rng(3)
    x = random.random(5_000).astype(np.float32)
    assert major_axis(x, random.random(5_000).astype(np.float32)) is None
    assert major_axis(x, np.full(5_000, 2, np.float32)) is None
    assert major_axis(x, np.asarray(1 - x)) is None
