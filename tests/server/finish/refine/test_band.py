"""What an engine's resolution leaves open, and how a picture is cut around it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_server.finish.refine.band import SETTLED, Cells, box_of, cells_of, cells_over, left_open, within


def logits_of(coverage: np.ndarray) -> np.ndarray:
    bounded = np.clip(coverage, 1e-6, 1 - 1e-6)
    return np.log(bounded / (1 - bounded)).astype(np.float32)


def test_cells_are_the_engines_own_coverage() -> None:
    coverage = np.random.default_rng(0).uniform(0.01, 0.99, (12, 20)).astype(np.float32)
    cells = cells_of(logits_of(coverage), (1.0, 1.0), 160, 60)
    assert np.abs(cells.coverage - coverage).max() < 1e-5
    assert (cells.across, cells.down) == (8, 5)
    assert cells.coarse


def test_enlarged_logits_are_reduced_to_what_the_engine_knew() -> None:
    coverage = np.random.default_rng(1).uniform(0.01, 0.99, (12, 20)).astype(np.float32)
    large = np.repeat(np.repeat(logits_of(coverage), 4, axis=0), 2, axis=1)
    cells = cells_of(large, (2.0, 4.0), 160, 60)
    assert cells.coverage.shape == (12, 20)
    assert np.abs(cells.coverage - coverage).max() < 1e-5


def test_certainties_beyond_all_bounds_are_plain_0_and_1() -> None:
    cells = cells_of(np.float32([[-1024, 1024]]), (1.0, 1.0), 20, 10)
    assert cells.coverage[0, 0] < 1e-9
    assert cells.coverage[0, 1] == 1


@pytest.mark.parametrize(("size", "coarse"), [((20, 12), False), ((24, 14), False), ((25, 12), True), ((20, 24), True)])
def test_an_engine_at_the_plates_resolution_leaves_nothing_open(size: tuple[int, int], coarse: bool) -> None:
    cells = cells_of(np.zeros((12, 20), np.float32), (1.0, 1.0), *size)
    assert cells.coarse == coarse
    assert left_open(cells).any() == coarse


def test_open_is_what_is_partly_covered_and_its_neighbors() -> None:
    coverage = np.zeros((9, 9), np.float32)
    coverage[:, 5:] = 1
    coverage[:, 4] = 0.3
    opened = left_open(Cells(coverage, 90, 90))
    assert (np.flatnonzero(opened.any(axis=0)) == np.arange(30, 60)).all()
    assert opened[:, 30:60].all()


@pytest.mark.parametrize("level", [0.0, SETTLED / 2, 1 - SETTLED / 2, 1.0])
def test_small_noise_about_certainty_leaves_nothing_open(level: float) -> None:
    noise = np.random.default_rng(2).uniform(-SETTLED / 2, SETTLED / 2, (9, 9))
    assert not left_open(Cells(np.clip(level + noise, 0, 1).astype(np.float32), 90, 90)).any()


def test_an_engine_that_is_unsure_everywhere_leaves_everything_open() -> None:
    assert left_open(Cells(np.full((9, 9), 0.4, np.float32), 90, 90)).all()


@pytest.mark.parametrize("reach", [1.0, 3.0, 7.5])
def test_within_counts_from_the_contour_to_both_sides(reach: float) -> None:
    alpha = np.zeros((40, 60), np.float32)
    alpha[:, 30:] = 1
    columns = np.flatnonzero(within(alpha, reach)[20])
    assert (columns == np.arange(30 - np.floor(reach + 0.5), 30 + np.floor(reach + 0.5))).all()


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_no_contour_has_no_band(level: float) -> None:
    assert not within(np.full((5, 5), level, np.float32), 9).any()


def test_a_matte_seen_through_squares() -> None:
    alpha = np.zeros((40, 60), np.float32)
    alpha[:, 30:] = 1
    cells = cells_over(alpha, 4)
    assert cells.coverage.shape == (10, 15)
    assert cells.coverage[0].tolist() == [0] * 7 + [0.5] + [1] * 7


def test_box_of() -> None:
    mask = np.zeros((7, 9), np.bool_)
    assert box_of(mask) is None
    mask[2, 3] = mask[5, 8] = True
    assert box_of(mask) == (3, 2, 9, 6)


@given(
    st.integers(3, 40), st.integers(3, 40), st.integers(3, 400), st.integers(3, 400), st.data(), st.sampled_from([0, 3])
)
def test_a_crop_holds_the_box_and_ends_where_cells_do(
    columns: int, rows: int, width: int, height: int, data: st.DataObject, context: int
) -> None:
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height))
    cells = Cells(np.zeros((rows, columns), np.float32), width, height)
    pixels, part = cells.around((x0, y0, x1, y1), context)
    assert 0 <= pixels.x0 <= x0 < x1 <= pixels.x1 <= width
    assert 0 <= pixels.y0 <= y0 < y1 <= pixels.y1 <= height
    assert 0 <= part.x0 < part.x1 <= columns
    assert abs(pixels.x0 - part.x0 * cells.across) <= 0.5
    assert abs(pixels.x1 - part.x1 * cells.across) <= 0.5
    assert abs(pixels.y0 - part.y0 * cells.down) <= 0.5
    assert abs(pixels.y1 - part.y1 * cells.down) <= 0.5


def test_a_crop_ends_on_whole_pixels_where_it_can() -> None:
    cells = Cells(np.zeros((256, 256), np.float32), 1920, 1080)
    pixels, part = cells.around((700, 400, 900, 600), 6)
    assert pixels.x0 == part.x0 * 7.5
    assert pixels.x1 == part.x1 * 7.5
