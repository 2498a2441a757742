"""A frame of the demo: its alpha is exactly the hero's share of every pixel."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from mattewire_server.demo import frames
from mattewire_server.demo.balls import HERO, hero
from mattewire_server.demo.frames import Renderer
from mattewire_server.demo.light import Ball
from mattewire_server.demo.stage import Layer

WIDTH, HEIGHT = 480, 270


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(WIDTH, HEIGHT)


@pytest.mark.parametrize("time", [0, 12, 26, 37, 46, 58, 79, 91])
def test_alpha_is_what_a_white_hero_adds_to_a_black_set(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch, time: int
) -> None:
    """Past everything in front (blue ball, pillar, green ball), over everything behind, at every shutter sample."""

    def black_but_hero(ball: Ball, rays: Any, *_: Any) -> Any:
        return np.full_like(rays, float(ball.color is HERO.color))

    def black(layer: Layer) -> Layer:
        zero = np.zeros_like(layer.keyed)
        return dataclasses.replace(layer, keyed=zero, filled=zero)

    monkeypatch.setattr(frames, "shade", black_but_hero)
    monkeypatch.setattr(renderer, "backdrop", black(renderer.backdrop))
    monkeypatch.setattr(renderer, "layers", [(near, black(layer)) for near, layer in renderer.layers])
    monkeypatch.setattr(renderer, "glow", np.zeros_like(renderer.glow))
    picture, alpha, _ = renderer.frame(float(time))
    np.testing.assert_allclose(picture[0], alpha, atol=1e-6)
    assert alpha.max() > 0.5


@pytest.mark.parametrize("time", [12, 46, 80])
def test_everything_in_a_pixel_adds_up_to_one(renderer: Renderer, monkeypatch: pytest.MonkeyPatch, time: int) -> None:
    """With every surface glowing 1 and no shadows, the picture is 1 everywhere, edges included."""

    def white(layer: Layer) -> Layer:
        shown = np.broadcast_to(layer.alpha, layer.keyed.shape).copy()
        return dataclasses.replace(layer, keyed=shown, filled=np.zeros_like(shown))

    lit = np.ones((HEIGHT, WIDTH), np.float32)
    monkeypatch.setattr(frames, "shade", lambda ball, rays, *_: np.ones_like(rays))
    monkeypatch.setattr(renderer, "backdrop", white(renderer.backdrop))
    monkeypatch.setattr(renderer, "layers", [(near, white(layer)) for near, layer in renderer.layers])
    monkeypatch.setattr(renderer, "glow", np.zeros_like(renderer.glow))
    monkeypatch.setattr(renderer, "shadows", lambda _: (lit, lit))
    picture, _, _ = renderer.frame(float(time))
    np.testing.assert_allclose(picture, 1, atol=1e-5)


def test_an_open_hero_is_seen_whole(renderer: Renderer) -> None:
    _, alpha, share = renderer.frame(0.0)
    assert share == pytest.approx(1, abs=1e-3)
    assert alpha.sum() == pytest.approx(renderer._hero_area(0.0), rel=1e-3)


def test_a_larger_hero_covers_so_much_more_and_is_seen_whole(renderer: Renderer) -> None:
    camera = renderer.camera
    _, small, _ = renderer.frame(0.0)
    _, large, visible = Renderer(camera.width, camera.height, hero=hero(2.0)).frame(0.0)
    assert visible == pytest.approx(1, abs=0.01)
    assert large.sum() / small.sum() == pytest.approx(4, rel=0.05)


def test_visible_falls_and_rises_with_what_is_in_front(renderer: Renderer) -> None:
    shares = {time: renderer.frame(float(time))[2] for time in (10, 12, 27, 31, 37, 40, 57, 64, 73, 78)}
    assert shares[12] == pytest.approx(0.65, abs=0.03), "behind the blue ball"
    assert shares[10] > shares[27] > shares[31] == 0, "goes behind the pillar"
    assert shares[31] < shares[37] < shares[40], "and comes out"
    assert shares[57] < 0.5, "leaves the frame"
    assert shares[64] == 0
    assert 0 < shares[73] < shares[78], "and comes back"


def test_a_hidden_hero_leaves_no_trace_in_the_alpha(renderer: Renderer) -> None:
    for time in (31.0, 32.0, 66.0):
        assert not renderer.frame(time)[1].any()


def test_moving_balls_darken_the_floor_beneath_them(renderer: Renderer) -> None:
    key, fill = renderer.shadows(12.0)
    assert key.shape == fill.shape == (HEIGHT, WIDTH)
    assert key.min() < 0.05
    assert fill.min() < 0.75
    assert key[: HEIGHT // 8].min() == 1, "but not the ceiling end of the wall"


def test_the_lamp_and_the_gleams_are_far_above_one_and_nothing_is_negative(renderer: Renderer) -> None:
    picture, _, _ = renderer.frame(0.0)
    assert picture.max() > 10
    assert picture.min() > 0
    assert np.isfinite(picture).all()
    assert 0.08 < np.median(picture) < 0.3, "a set exposed for middle gray"


def test_a_frame_depends_on_its_time_alone() -> None:
    one, other = Renderer(192, 108), Renderer(192, 108)
    other.frame(50.0)
    for a, b in zip(one.frame(12.0), other.frame(12.0), strict=True):
        np.testing.assert_array_equal(a, b)
