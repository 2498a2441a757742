"""How far a moving subject smears, and which way."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_server.finish.refine.blur import FASTEST, SHUTTER, flow, motion, smeared

HEIGHT, WIDTH = 180, 320


def scene(x: float, y: float = 90, behind: float = 0.0) -> NDArray[np.float32]:
    """A textured disc at (x, y) before a texture that has moved by ``behind``."""
    random = np.random.default_rng(1)
    wall = cv2.resize(random.uniform(0.2, 0.5, (60, 120, 3)).astype(np.float32), (480, 240))
    cloth = cv2.resize(random.uniform(0.4, 0.9, (40, 40, 3)).astype(np.float32), (160, 160))
    picture = cv2.warpAffine(wall, np.float32([[1, 0, behind - 60], [0, 1, -30]]), (WIDTH, HEIGHT))
    front = cv2.warpAffine(cloth, np.float32([[1, 0, x - 80], [0, 1, y - 80]]), (WIDTH, HEIGHT))
    return np.where(matte(x, y)[..., None] > 0.5, front, picture)


def matte(x: float, y: float = 90) -> NDArray[np.float32]:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return (np.hypot(columns - x, rows - y) < 45).astype(np.float32)


def test_flow_finds_the_move() -> None:
    found = flow(scene(140), scene(152, 86))[matte(140) > 0]
    assert np.median(found[:, 0]) == pytest.approx(12, abs=0.7)
    assert np.median(found[:, 1]) == pytest.approx(-4, abs=0.7)


def test_flow_of_a_large_picture_is_in_its_own_pixels() -> None:
    now, after = (cv2.resize(scene(x), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC) for x in (140, 152))
    large = cv2.resize(matte(140), None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    assert np.median(flow(now, after)[large > 0][:, 0]) == pytest.approx(48, abs=3)


def test_motion_is_the_mean_of_both_sides_or_the_side_there_is() -> None:
    inside = matte(140) > 0
    both = motion(scene(140), scene(132), scene(152))
    assert both is not None
    assert np.median(both[inside][:, 0]) == pytest.approx(10, abs=0.7)
    for before, after, expected in ((scene(132), None, 8), (None, scene(152), 12)):
        one = motion(scene(140), before, after)
        assert one is not None
        assert np.median(one[inside][:, 0]) == pytest.approx(expected, abs=0.7)
    assert motion(scene(140), None, None) is None


def narrow() -> NDArray[np.bool_]:
    """A band of 4 pixels about the disc's outline."""
    disc = matte(140).astype(np.uint8)
    side = np.ones((3, 3), np.uint8)
    return (cv2.dilate(disc, side, iterations=2) - cv2.erode(disc, side, iterations=2)).astype(np.bool_)


def moving(across: float, down: float = 0.0) -> NDArray[np.float32]:
    """The disc moves, nothing else does."""
    return matte(140)[..., None] * np.float32([across, down])


def test_the_band_grows_along_the_motion_and_not_across() -> None:
    band = narrow()
    wide = smeared(band, matte(140), moving(40))
    assert wide[band].all()
    row, column = np.flatnonzero(wide[90]), np.flatnonzero(wide[:, 140])
    reach = 40 * SHUTTER / 2
    assert row.min() == pytest.approx(140 - 45 - reach, abs=4)
    assert row.max() == pytest.approx(140 + 45 + reach, abs=4)
    assert column.min() == pytest.approx(np.flatnonzero(band[:, 140]).min(), abs=2)
    assert column.max() == pytest.approx(np.flatnonzero(band[:, 140]).max(), abs=2)


def test_a_background_that_moves_alone_widens_nothing() -> None:
    band = narrow()
    still = (1 - matte(140))[..., None] * np.float32([40, 0])
    assert (smeared(band, matte(140), still) == band).all()


def test_nothing_to_widen() -> None:
    band, empty = narrow(), np.zeros((HEIGHT, WIDTH), np.float32)
    assert (smeared(band, empty, moving(40)) == band).all()
    assert not smeared(np.zeros_like(band), matte(140), moving(40)).any()
    slow = smeared(band, matte(140), moving(1.0))
    assert (slow == band).all()
    assert slow is not band


def test_a_flow_gone_wild_does_not_open_the_whole_picture() -> None:
    wide = smeared(narrow(), matte(140), moving(0, 1e5))
    columns = np.flatnonzero(wide.any(axis=0))
    assert columns.min() > 140 - 45 - 8
    assert columns.max() < 140 + 45 + 8
    assert FASTEST < HEIGHT
