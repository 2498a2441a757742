"""Tiles along the band: all that is open is covered, nothing is larger than asked, and seams do not show."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mattewire_server.engines.vitmatte.tiles import GRID, OVERLAP, SURROUNDINGS, laid_together, tiles
from mattewire_server.finish.edges import Crop


def ring(height: int, width: int, radius: int, thick: int = 9) -> np.ndarray:
    drawn = np.zeros((height, width), np.uint8)
    cv2.circle(drawn, (width // 2, height // 2), radius, 1, thick)
    return drawn.astype(bool)


def test_a_small_band_is_one_tile_with_surroundings_on_the_grid() -> None:
    band = np.zeros((600, 800), bool)
    band[301:340, 405:450] = True
    (tile,) = tiles(band, 512)
    assert tile == Crop(224, 416, 320, 544)
    assert 301 - tile.y0 >= SURROUNDINGS
    assert tile.x1 - 450 >= SURROUNDINGS
    band[300, 405] = True  # one pixel more moves nothing: the patches lie where they lay
    assert tiles(band, 512) == [tile]


def test_nothing_open_is_no_tile() -> None:
    assert tiles(np.zeros((64, 64), bool), 256) == []
    assert laid_together(np.zeros((64, 64), bool), 256, lambda tile: np.ones((1, 1), np.float32)).max() == 0


def test_tiles_without_anything_open_are_left_out() -> None:
    band = ring(1600, 1600, 700)
    made = tiles(band, 512)
    assert not any(tile.y0 <= 800 < tile.y1 and tile.x0 <= 800 < tile.x1 and tile.x1 < 1100 for tile in made)
    assert len(made) == len({(tile.y0, tile.x0) for tile in made}) < 25
    assert made == tiles(band, 512)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 900),
    width=st.integers(1, 900),
    side=st.sampled_from([256, 320, 512]),
    spots=st.lists(st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)), min_size=1, max_size=6),
)
def test_every_open_pixel_is_in_a_tile_no_larger_than_asked(
    height: int, width: int, side: int, spots: list[tuple[float, float]]
) -> None:
    band = np.zeros((height, width), bool)
    for y, x in spots:
        band[int(y * height), int(x * width)] = True
    held = np.zeros_like(band)
    for tile in tiles(band, side):
        assert 0 <= tile.y0 < tile.y1 <= height
        assert 0 <= tile.x0 < tile.x1 <= width
        assert tile.y1 - tile.y0 <= side
        assert tile.x1 - tile.x0 <= side
        assert tile.y0 % GRID == 0
        assert tile.of(band).any()
        tile.of(held)[...] = True
    assert held[band].all()


@pytest.mark.parametrize("side", [256, 512])
def test_tiles_that_agree_are_laid_together_as_they_are(side: int) -> None:
    band = ring(900, 1300, 380)
    truth = np.random.default_rng(1).random(band.shape, np.float32)
    made = laid_together(band, side, lambda tile: np.array(tile.of(truth)))
    assert np.abs(made - truth)[band].max() < 1e-6
    assert (made[~band] == 0).all()


def test_tiles_that_disagree_fade_into_each_other() -> None:
    """Each tile says another constant; along the band no step from pixel to pixel is larger than the ramp allows."""
    band = np.zeros((200, 2000), bool)
    band[100] = True
    said = iter(np.float32([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]))
    made = laid_together(band, 512, lambda tile: np.full((tile.y1 - tile.y0, tile.x1 - tile.x0), next(said)))
    steps = np.abs(np.diff(made[100]))
    assert made[100].min() < 0.01
    assert made[100].max() > 0.99
    assert steps.max() < 1.5 / OVERLAP


def test_a_pixel_is_judged_by_tiles_that_see_what_is_around_it() -> None:
    """What a tile says within 32 pixels of its inner edge counts for at most a quarter."""
    band = np.zeros((64, 1500), bool)
    band[32] = True

    def edges_only(tile: Crop) -> np.ndarray:
        said = np.zeros((tile.y1 - tile.y0, tile.x1 - tile.x0), np.float32)
        if tile.x0:
            said[:, :32] = 1
        if tile.x1 < 1500:
            said[:, -32:] = 1
        return said

    assert laid_together(band, 512, edges_only).max() <= 0.25
