"""Mattes enlarged along the plate's edges: better where the plate tells, no worse where it does not."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_server.color.curves import linear_to_srgb
from mattewire_server.finish.alpha import alpha_from_logits
from mattewire_server.finish.refine.band import Mask, cells_of, left_open
from mattewire_server.finish.refine.guided import guided

WIDTH, HEIGHT, CELL = 192, 160, 8
SUBJECT, BEHIND = (0.7, 0.25, 0.2), (0.25, 0.45, 0.6)

Raster = NDArray[np.float32]


def disc(soft: float = 1.0, radius: float = 50.3) -> Raster:
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    away = np.hypot(x - 93.7, y - 81.2)
    return np.clip((radius - away) / soft + 0.5, 0, 1).astype(np.float32)


def seen(alpha: Raster, front: tuple[float, ...] = SUBJECT, back: tuple[float, ...] = BEHIND, grain: float = 0.01):
    colors = np.float32(front) * alpha[..., None] + np.float32(back) * (1 - alpha[..., None])
    noise = np.random.default_rng(3).standard_normal(colors.shape).astype(np.float32)
    return np.clip(colors + noise * np.float32(grain), 0, 1)


def rough(alpha: Raster) -> tuple[Raster, Raster, Mask]:
    """The plain enlargement of what an engine knows of ``alpha`` at most, its cells, and what they leave open."""
    share = cv2.resize(alpha, (WIDTH // CELL, HEIGHT // CELL), interpolation=cv2.INTER_AREA)
    share = np.clip(cv2.GaussianBlur(share, (0, 0), 0.7), 1e-5, 1 - 1e-5)
    logits = np.log(share / (1 - share)).astype(np.float32)
    cells = cells_of(logits, (1, 1), WIDTH, HEIGHT)
    return alpha_from_logits(logits, WIDTH, HEIGHT), cells.coverage, left_open(cells)


def off(made: Raster, true: Raster) -> float:
    return float(np.abs(made - true).mean())


@pytest.mark.parametrize("soft", [1.0, 6.0, 16.0])
def test_it_is_nearer_to_hard_and_to_soft_edges(soft: float) -> None:
    true = disc(soft)
    alpha, coverage, band = rough(true)
    made = guided(seen(true), alpha, coverage, band)
    assert off(made, true) < 0.25 * off(alpha, true) if soft == 1 else off(made, true) < 0.6 * off(alpha, true)


def test_outside_the_band_nothing_is_touched_and_arguments_never() -> None:
    true = disc()
    alpha, coverage, band = rough(true)
    plate, before = seen(true), alpha.copy()
    made = guided(plate, alpha, coverage, band)
    assert (made[~band] == before[~band]).all()
    assert (alpha == before).all()
    assert made.dtype == np.float32
    assert made.min() >= 0
    assert made.max() <= 1
    assert (made[band] != before[band]).any()


def test_no_band_gives_a_copy() -> None:
    alpha, coverage, band = rough(disc())
    made = guided(seen(disc()), alpha, coverage, np.zeros_like(band))
    assert (made == alpha).all()
    assert made is not alpha


@pytest.mark.parametrize("grain", [0.0, 0.02, 0.1])
def test_where_both_sides_look_alike_the_plain_enlargement_stays(grain: float) -> None:
    true = disc()
    alpha, coverage, band = rough(true)
    made = guided(seen(true, BEHIND, BEHIND, grain), alpha, coverage, band)
    assert off(made, alpha) < 0.01
    assert off(made, true) < 1.05 * off(alpha, true)


def test_heavy_grain_is_not_taken_for_edges() -> None:
    true = disc()
    alpha, coverage, band = rough(true)
    made = guided(seen(true, grain=0.2), alpha, coverage, band)
    assert off(made, true) < off(alpha, true)


def test_edges_behind_the_subject_are_not_its_own() -> None:
    """A black and white floor, whose edges are stronger than the subject's."""
    true = disc()
    alpha, coverage, band = rough(true)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    floor = np.repeat(np.where((x // 13 + y // 13) % 2, 0.85, 0.15)[..., None], 3, axis=2)
    plate = np.float32(SUBJECT) * true[..., None] + floor * (1 - true[..., None])
    made = guided(plate.astype(np.float32), alpha, coverage, band)
    assert off(made, true) < 0.25 * off(alpha, true)


def test_strands_that_no_cell_is_full_of_are_found() -> None:
    true = np.zeros((HEIGHT, WIDTH), np.float32)
    for offset in range(0, 150, 12):
        cv2.line(true, (20 + offset, 10), (40 + offset, 150), 1.0, 1, cv2.LINE_AA)
    true = cv2.GaussianBlur(true, (0, 0), 0.5)
    alpha, coverage, band = rough(true)
    made = guided(seen(true), alpha, coverage, band)
    assert off(made, true) < 0.3 * off(alpha, true)


def test_an_engine_that_is_off_by_half_a_cell_is_put_right() -> None:
    true = disc()
    _, coverage, _ = rough(np.roll(true, CELL // 2, axis=1))
    alpha = cv2.resize(coverage, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    band = cv2.dilate(((coverage > 0.02) & (coverage < 0.98)).astype(np.uint8), np.ones((3, 3), np.uint8))
    opened = cv2.resize(band, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST).astype(np.bool_)
    assert off(guided(seen(true), alpha, coverage, opened), true) < 0.4 * off(alpha, true)


def test_doubted_cells_are_not_fitted_and_hardly_weigh() -> None:
    """A smear of 40 pixels, of which the engine knows the middle line and is sure."""
    true = np.clip((np.arange(WIDTH, dtype=np.float32) - 70) / 40, 0, 1)[None].repeat(HEIGHT, axis=0)
    alpha, coverage, _ = rough((true >= 0.5).astype(np.float32))
    band = np.zeros(true.shape, np.bool_)
    band[:, 62:118] = True
    plate = seen(true)
    usual = guided(plate, alpha, coverage, band)
    better = guided(plate, alpha, coverage, band, band, fit_beyond=True)
    assert off(better, true) < 0.5 * off(usual, true)
    assert off(better, true) < 0.02


def test_a_part_of_the_picture_gives_the_same_as_the_whole() -> None:
    """Crops end where the fit hardly looks; what is left of the difference is less than an 8-bit step."""
    true = disc(radius=30)
    alpha, coverage, band = rough(true)
    plate = seen(true)
    whole = guided(plate, alpha, coverage, band)
    part, cells = np.s_[8:152, 16:176], np.s_[1:19, 2:22]
    cut = guided(plate[part], alpha[part], coverage[cells], band[part])
    assert np.abs(cut - whole[part]).max() < 1 / 255
    again = guided(plate, alpha, coverage, band)
    assert again.tobytes() == whole.tobytes()


def test_it_does_not_take_long() -> None:
    """HD, the whole picture open: the processor's time, generously; a few tenths of a second are usual."""
    true = cv2.resize(disc(), (1920, 1080), interpolation=cv2.INTER_LINEAR)
    coverage = cv2.resize(true, (256, 256), interpolation=cv2.INTER_AREA)
    plate = np.repeat(true[..., None], 3, axis=2)
    begun = time.process_time()
    guided(plate, true, coverage, np.ones(true.shape, np.bool_))
    assert time.process_time() - begun < 3


def test_light_is_told_from_codes() -> None:
    """A soft edge of white before black, mixed as light: without knowing, half coverage reads 0.735."""
    true = disc(24.0)
    alpha, coverage, band = rough(true)
    plate = linear_to_srgb(seen(true, (0.9, 0.9, 0.9), (0.02, 0.02, 0.02), 0)).astype(np.float32)
    usual, right = (guided(plate, alpha, coverage, band, in_light=known) for known in (False, True))
    assert off(right, true) < 0.5 * off(usual, true)
    half = (true > 0.4) & (true < 0.6) & band
    assert abs(float((right - true)[half].mean())) < 0.04
