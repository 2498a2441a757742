"""The subject's own color at soft edges: light unmixed, the plate's numbers kept elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mattewire_server.color import transform_for
from mattewire_server.color.light import decoded
from mattewire_server.finish.refine.foreground import foreground, unmixed

HEIGHT, WIDTH = 96, 128
FRONT, BACK = np.float32([0.6, 0.15, 0.1]), np.float32([0.1, 0.5, 0.8])


def edge(soft: float = 12.0) -> NDArray[np.float32]:
    """Subject on the left, a straight soft edge in the middle."""
    x = np.arange(WIDTH, dtype=np.float32) + 0.5
    return np.clip((WIDTH / 2 - x) / soft + 0.5, 0, 1)[None].repeat(HEIGHT, axis=0)


def mixed(alpha: NDArray[np.float32], front: Any = FRONT, back: Any = BACK) -> NDArray[np.float32]:
    return (front * alpha[..., None] + back * (1 - alpha[..., None])).astype(np.float32)


def soft(alpha: NDArray[np.float32]) -> NDArray[np.bool_]:
    return (alpha > 0.05) & (alpha < 1)


def test_the_background_is_taken_out() -> None:
    alpha = edge()
    own = unmixed(mixed(alpha), alpha)
    assert np.abs(own[soft(alpha)] - FRONT).max() < 0.02
    assert np.abs(mixed(alpha)[soft(alpha)] - FRONT).max() > 0.4


def test_light_brighter_than_white_stays_so() -> None:
    alpha = edge()
    own = unmixed(mixed(alpha, FRONT * 40, BACK * 6), alpha)
    assert np.abs(own[soft(alpha)] - FRONT * 40).max() < 0.02 * 40


def test_nothing_is_darker_or_brighter_than_what_is_there() -> None:
    random = np.random.default_rng(4)
    alpha = edge()
    light = random.uniform(-0.5, 30, (HEIGHT, WIDTH, 3)).astype(np.float32)
    own = unmixed(light, alpha)
    assert (own >= light.min(axis=(0, 1)) - 1e-4).all()
    assert (own <= light.max(axis=(0, 1)) + 1e-4).all()


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("linear Rec.709", np.float16),
        ("linear Rec.709", np.float32),
        ("ACEScg", np.float16),
        ("sRGB", np.uint8),
        ("sRGB", np.uint16),
        ("ARRI LogC3 (EI800)", np.float16),
    ],
)
def test_a_plates_own_numbers_stay_where_nothing_is_mixed(name: str, dtype: Any) -> None:
    transform = transform_for(name)
    alpha = edge()
    codes = np.random.default_rng(5).uniform(0.1, 0.9, (HEIGHT, WIDTH, 3))
    kind = np.dtype(dtype)
    plate = (codes * np.iinfo(kind).max if kind.kind == "u" else codes).astype(kind)
    before = plate.copy()
    made = foreground(plate, alpha, transform)
    assert made.dtype == kind
    assert (plate == before).all()
    whole = (alpha == 0) | (alpha == 1)
    assert (made[whole] == plate[whole]).all()
    assert (made[~whole] != plate[~whole]).any()


@pytest.mark.parametrize(("name", "dtype"), [("sRGB", np.uint16), ("ARRI LogC3 (EI800)", np.float32)])
def test_light_is_unmixed_and_not_codes(name: str, dtype: Any) -> None:
    """The plate mixes light; encoded, it must come apart as light again."""
    transform, alpha = transform_for(name), edge()
    codes = np.linspace(0, 1, 65536)
    curve = transform.space.curve
    assert curve is not None
    encoded = np.interp(mixed(alpha, FRONT * 0.8, BACK * 0.8), curve(codes), codes)
    plate = np.rint(encoded * 65535).astype(np.uint16) if dtype == np.uint16 else encoded.astype(np.float32)
    light = decoded(foreground(plate, alpha, transform), transform.space)
    assert np.abs(light[soft(alpha)] - FRONT * 0.8).max() < 0.02
    wrong = unmixed(encoded.astype(np.float32), alpha)
    own = np.interp(FRONT * 0.8, curve(codes), codes)
    assert np.abs(wrong[soft(alpha)] - own).max() > 0.05


def test_numbers_that_are_no_light_do_no_harm() -> None:
    alpha = edge()
    plate = mixed(alpha)
    plate[40, 60] = np.nan
    plate[41, 2] = np.inf
    made = foreground(plate, alpha, transform_for("linear Rec.709"))
    assert np.isfinite(made[soft(alpha)]).all()
    assert made[41, 2, 0] == np.inf


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_matte_without_soft_edges_changes_nothing(level: float) -> None:
    plate = mixed(edge()).astype(np.float16)
    alpha = np.full((HEIGHT, WIDTH), level, np.float32)
    assert (foreground(plate, alpha, transform_for("ACEScg")) == plate).all()


def test_a_matte_that_is_soft_everywhere() -> None:
    alpha = np.full((HEIGHT, WIDTH), 0.5, np.float32)
    made = foreground(mixed(edge()), alpha, transform_for("linear Rec.709"))
    assert np.isfinite(made).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 2)])
def test_tiny_pictures(size: tuple[int, int]) -> None:
    alpha = np.full(size, 0.4, np.float32)
    assert unmixed(np.full((*size, 3), 0.3, np.float32), alpha) == pytest.approx(0.3, abs=1e-4)
