"""The clean-up as a whole: order, exactness, and doing nothing when nothing is asked."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from clean_up_shapes import Raster, disc, radius_of
from mattewire_protocol.errors import BadField
from mattewire_server.finish.alpha import SNAP
from mattewire_server.finish.cleanup import CleanUp, clean

EVERYTHING = CleanUp(remove_specks=6, fill_holes=6, close=3, smooth=4, dilate=1.5, feather=3)


def ragged(scale: int = 1) -> Raster:
    """A disc with specks around it, holes in it, a slit through it and a jagged outline."""
    size = 160 * scale
    y, x = (np.mgrid[:size, :size] + 0.5) / scale - 80
    angle = np.arctan2(y, x)
    edge = np.hypot(x, y) - 45 - 0.8 * np.sin(70 * angle)
    alpha = np.clip(0.5 - edge * scale, 0, 1).astype(np.float32)
    alpha[(np.abs(x - 10) < 1) & (np.hypot(x, y) < 60)] = 0
    alpha[np.hypot(x + 20, y) < 2.5] = 0
    alpha[np.hypot(x - 70, y - 60) < 2.5] = 0.8
    return alpha


def test_settings_of_zero_return_the_same_array() -> None:
    alpha = ragged() * np.float32(0.999)
    assert CleanUp().does_nothing
    assert clean(alpha, CleanUp()) is alpha


def test_everything_together_gives_the_clean_disc() -> None:
    cleaned = clean(ragged(), EVERYTHING)
    assert radius_of(cleaned) == pytest.approx(46.5, abs=0.6)
    y, x = np.mgrid[:160, :160] + 0.5 - 80
    # All round but at the slit's two ends, which a closing leaves notched.
    away = np.abs(x - 10) > 8
    assert (cleaned[away & (np.hypot(x, y) < 43)] == 1).all()
    assert (cleaned[away & (np.hypot(x, y) > 50)] == 0).all()
    assert (cleaned[(np.abs(x - 10) < 3) & (np.abs(y) < 30)] == 1).all()


def test_twice_the_resolution_and_twice_the_pixels_agree() -> None:
    doubled = CleanUp(**{field.name: 2 * getattr(EVERYTHING, field.name) for field in fields(CleanUp)})
    once, twice = clean(ragged(), EVERYTHING), clean(ragged(2), doubled)
    assert radius_of(twice) == pytest.approx(2 * radius_of(once), abs=0.5)
    assert np.abs(twice.reshape(160, 2, 160, 2).mean((1, 3)) - once).mean() < 0.01


@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.floats(0, 1, width=32)),
    st.builds(CleanUp, *[st.sampled_from([0, 0.5, 3, 20])] * 4, st.sampled_from([-3, -0.5, 0, 2.2]), st.just(1.5)),
)
def test_any_matte_stays_a_matte_with_exact_ends(alpha: Raster, settings: CleanUp) -> None:
    kept = alpha.copy()
    cleaned = clean(alpha, settings)
    assert np.array_equal(alpha, kept)
    assert cleaned.shape == alpha.shape
    assert cleaned.dtype == np.float32
    between = cleaned[(cleaned != 0) & (cleaned != 1)]
    assert ((between >= SNAP) & (between <= 1 - SNAP)).all()


def test_each_setting_alone_does_something_and_a_bad_one_is_named() -> None:
    alpha = ragged()
    for field in fields(CleanUp):
        assert not np.array_equal(clean(alpha, CleanUp(**{field.name: 6.0})), alpha)
        with pytest.raises(BadField) as raised:
            clean(alpha, CleanUp(**{field.name: float("nan")}))
        assert raised.value.field == field.name


def test_what_is_done_before_and_after_steadying_is_everything() -> None:
    first, last = EVERYTHING.around_steadying()
    assert (first.dilate, first.feather, last.smooth) == (0, 0, 0)
    in_two = clean(clean(ragged(), first), last)
    assert np.abs(in_two - clean(ragged(), EVERYTHING)).max() < 2 * SNAP


def test_dust_goes_before_it_can_be_dilated() -> None:
    alpha = np.zeros((60, 120), np.float32)
    alpha[:, :60] = disc(60, 20)
    alpha[30:33, 100:103] = 1
    assert not clean(alpha, CleanUp(remove_specks=5, dilate=4))[:, 90:].any()
