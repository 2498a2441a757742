"""The pictures that edges are judged on, and the judges."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from benchmarks.edge_set.cases import CASES, LOGITS, NOISE, SIZE, Case
from benchmarks.edge_set.measures import band, composite_error, errors
from benchmarks.edge_set.paint import covered, defocused, polygon

STILL = tuple(make for make in CASES if make.__name__ not in ("motion_blur",))


@pytest.fixture(scope="module")
def drawn() -> dict[str, Case]:
    return {make.__name__: make(11) for make in CASES}


@pytest.mark.parametrize("name", [make.__name__ for make in CASES])
def test_the_plate_is_foreground_over_background(name: str, drawn: dict[str, Case]) -> None:
    case = drawn[name]
    share = case.alpha[..., None]
    off = case.plate - (case.foreground * share + case.background * (1 - share))
    assert float(off.std()) == pytest.approx(NOISE, rel=0.05)
    assert case.alpha.shape == SIZE
    assert (case.alpha.min(), case.alpha.max()) == (0, 1)
    assert 0 < band(case.alpha).mean() < 0.6
    assert case.logits().shape == LOGITS


def test_the_same_seed_gives_the_same_picture() -> None:
    assert all((make(1).plate == make(1).plate).all() for make in STILL)
    assert (CASES[0](1).plate != CASES[0](2).plate).any()


def test_coverage_is_a_pixels_share() -> None:
    box = np.array([(10.25, 10.0), (20.5, 10.0), (20.5, 15.5), (10.25, 15.5)])
    alpha = covered((30, 40), lambda canvas, scale: polygon(canvas, box, scale))
    assert 10.25 * 5.5 <= alpha.sum(dtype=np.float64) < (10.25 + 0.3) * (5.5 + 0.3) + 1
    assert 0.75 <= alpha[12, 10] < 0.95
    assert alpha[12, 15] == 1


def test_a_lens_spreads_light_and_loses_none() -> None:
    alpha = np.zeros((60, 60), np.float32)
    alpha[25:35, 25:35] = 1
    soft, color = defocused(alpha, np.full((60, 60, 3), 0.5, np.float32), 6)
    assert soft.sum(dtype=np.float64) == pytest.approx(100, rel=1e-4)
    assert color[30, 30] == pytest.approx(0.5, abs=1e-4)


def test_no_error_where_nothing_is_wrong(drawn: dict[str, Case]) -> None:
    case = drawn["plain"]
    assert errors(case.alpha, case.alpha) == errors(case.alpha, case.alpha.copy())
    assert errors(case.alpha, case.alpha).sad == 0
    assert composite_error(case.foreground, case.alpha, case.foreground, case.alpha, 1.0) == 0


def test_errors_grow_with_what_is_wrong(drawn: dict[str, Case]) -> None:
    case = drawn["plain"]
    some, more = (errors(cv2.GaussianBlur(case.alpha, (0, 0), sigma), case.alpha) for sigma in (2, 4))
    assert 0 < some.sad < more.sad
    assert 0 < some.mse < more.mse
    assert 0 < some.gradient < more.gradient
    moved = errors(np.roll(case.alpha, 5, axis=1), case.alpha)
    inside = band(case.alpha)
    assert moved.sad == pytest.approx(np.abs(np.roll(case.alpha, 5, axis=1) - case.alpha)[inside].sum() / 1e3, rel=1e-4)


def test_a_darker_edge_shows_on_white_more_than_on_black(drawn: dict[str, Case]) -> None:
    case = drawn["defocus"]
    dark = case.foreground * 0.5
    white, black = (composite_error(dark, case.alpha, case.foreground, case.alpha, onto) for onto in (1.0, 0.0))
    assert white == pytest.approx(black)
    eaten = np.clip(case.alpha - 0.1, 0, 1)
    assert composite_error(case.foreground, eaten, case.foreground, case.alpha, 1.0) > 0
