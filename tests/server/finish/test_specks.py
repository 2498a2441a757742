"""Specks and holes of known size."""

from __future__ import annotations

import numpy as np
import pytest

from clean_up_shapes import Raster, disc, half_plane
from mattewire_protocol.errors import BadField
from mattewire_server.finish.specks import fill_holes, remove_specks


def soft_disc(size: int, radius: float, ramp: float) -> Raster:
    y, x = np.mgrid[:size, :size] + 0.5
    distance = np.hypot(x - size / 2, y - size / 2) - radius
    return np.clip(0.5 - distance / ramp, 0, 1).astype(np.float32)


def with_dust(scale: int = 1) -> tuple[Raster, Raster]:
    """A subject, and the same with specks of 4 and 10 px (times ``scale``) far from it."""
    subject = np.zeros((100 * scale, 200 * scale), np.float32)
    subject[:, : 100 * scale] = disc(100 * scale, 40 * scale)
    dusty = subject.copy()
    dusty[: 30 * scale, 150 * scale : 180 * scale] = disc(30 * scale, 2 * scale)
    dusty[60 * scale : 90 * scale, 150 * scale : 180 * scale] = disc(30 * scale, 5 * scale)
    return subject, dusty


@pytest.mark.parametrize("scale", [1, 2])
def test_specks_go_up_to_their_diameter_and_no_further(scale: int) -> None:
    subject, dusty = with_dust(scale)
    small, large = dusty.copy(), dusty.copy()
    small[: 30 * scale, 150 * scale :] = 0
    assert np.array_equal(remove_specks(dusty, 4.1 * scale), small)
    assert np.array_equal(remove_specks(dusty, 3.9 * scale), large)
    assert np.array_equal(remove_specks(dusty, 10.1 * scale), subject)
    assert np.array_equal(remove_specks(dusty, 9.9 * scale), small)


@pytest.mark.parametrize("scale", [1, 2])
def test_holes_fill_up_to_their_diameter_and_no_further(scale: int) -> None:
    size = 120 * scale
    whole, holes = disc(size, 50 * scale), disc(size, 50 * scale)
    part = np.s_[45 * scale : 75 * scale, 35 * scale : 65 * scale]
    holes[part] = 1 - disc(30 * scale, 3 * scale)
    assert np.array_equal(fill_holes(holes, 6.1 * scale), whole)
    assert np.array_equal(fill_holes(holes, 5.9 * scale), holes)


def test_the_soft_rim_goes_with_its_speck_and_fills_with_its_hole() -> None:
    alpha = np.zeros((60, 90), np.float32)
    alpha[:, :30] = 1
    alpha[10:40, 50:80] = soft_disc(30, 4, 9)
    cleaned = remove_specks(alpha, 12)
    assert not cleaned[:, 30:].any()
    assert (cleaned[:, :30] == 1).all()
    assert (fill_holes(1 - np.pad(soft_disc(30, 4, 9), 20), 12) == 1).all()


def test_a_speck_near_the_subject_goes_and_the_subjects_own_haze_stays() -> None:
    alpha = np.full((50, 80), 0.004, np.float32)
    alpha[:, :30] = 1
    alpha[20:24, 60:64] = 1
    cleaned = remove_specks(alpha, 6)
    assert not cleaned[20:24, 60:64].any()
    assert np.array_equal(cleaned[:, :42], alpha[:, :42])


def test_a_faint_smudge_of_its_own_is_a_speck() -> None:
    alpha = np.zeros((40, 40), np.float32)
    alpha[:10] = 1
    alpha[25:28, 25:28] = 0.01
    cleaned = remove_specks(alpha, 3)
    assert not cleaned[20:].any()
    assert (cleaned[:10] == 1).all()


def test_hair_that_hangs_on_the_subject_is_no_speck() -> None:
    alpha = np.zeros((40, 60), np.float32)
    alpha[:, :20] = 1
    alpha[20, 20:40] = np.tile([0.6, 0.1, 0.55, 0.2], 5)
    assert remove_specks(alpha, 5) is alpha


def test_a_hole_at_the_picture_border_is_none() -> None:
    alpha = np.ones((30, 30), np.float32)
    alpha[0:3, 10:13] = 0
    alpha[12:15, 27:30] = 0
    alpha[15:18, 10:13] = 0
    filled = fill_holes(alpha, 5)
    assert not filled[0:3, 10:13].any()
    assert not filled[12:15, 27:30].any()
    assert (filled[15:18, 10:13] == 1).all()


@pytest.mark.parametrize("clean", [remove_specks, fill_holes])
def test_nothing_to_do_gives_the_same_array_and_input_is_never_changed(clean) -> None:  # type: ignore[no-untyped-def]
    for alpha in (np.zeros((9, 9), np.float32), np.ones((1, 1), np.float32), half_plane(30, 30), with_dust()[1]):
        kept = alpha.copy()
        assert clean(alpha, 0) is alpha
        clean(alpha, 3)
        assert np.array_equal(alpha, kept)
    assert clean(half_plane(30, 30), 3).tobytes() == half_plane(30, 30).tobytes()


@pytest.mark.parametrize("size", [-1, float("nan"), 1e9])
def test_absurd_sizes_are_refused(size: float) -> None:
    with pytest.raises(BadField, match="remove_specks"):
        remove_specks(half_plane(9, 0), size)
    with pytest.raises(BadField, match="fill_holes"):
        fill_holes(half_plane(9, 0), size)
