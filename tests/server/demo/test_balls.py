"""How the demo's balls move, what they cover and how they shine."""

import numpy as np
import pytest

from mattewire_server.demo.balls import CAST, FPS, GRAVITY, HERO, bouncing, coverage, rectangle, shade
from mattewire_server.demo.light import Ball, Pillar, vector
from mattewire_server.demo.stage import Camera

CAMERA = Camera(480, 270)
FAR_PILLAR = Pillar(x=50.0)


def _ball(x: float, y: float, z: float, radius: float = 0.2) -> Ball:
    return Ball(vector(x, y, z), radius, vector(0.5, 0.02, 0.02))


def _brute(camera: Camera, ball: Ball, box: tuple[int, int, int, int], grid: int = 25) -> np.ndarray:
    """The share of grid x grid rays of each pixel that meet the ball, in double precision."""
    x0, y0, x1, y1 = box
    fine = (np.arange(grid) + 0.5) / grid
    columns = (x0 + np.arange(x1 - x0)[:, None] + fine).ravel()
    rows = (y0 + np.arange(y1 - y0)[:, None] + fine).ravel()
    ray_x = (columns - camera.width / 2) / camera.focal
    ray_y = (camera.horizon - rows)[:, None] / camera.focal
    x, y, z = (ball.center[axis].item() for axis in range(3))
    y -= 1.3
    along = ray_x * x + ray_y * y + z
    hit = along**2 / (ray_x**2 + ray_y**2 + 1) > x * x + y * y + z * z - ball.radius**2
    return hit.reshape(y1 - y0, grid, x1 - x0, grid).mean(axis=(1, 3))


@pytest.mark.parametrize("place", [(0.0, 1.2, 5.2), (-1.95, 1.45, 5.2), (2.1, 0.2, 5.9), (-0.6, 0.24, 4.2)])
def test_coverage_is_that_of_625_rays_a_pixel(place: tuple[float, float, float]) -> None:
    ball = _ball(*place)
    box = rectangle(CAMERA, ball)
    share = coverage(CAMERA, ball, CAMERA.rays(*box))
    exact = _brute(CAMERA, ball, box)
    assert np.abs(share - exact).max() < 0.025  # the rays' own error is up to half of 1/25
    assert share.sum() == pytest.approx(exact.sum(), rel=5e-4)


def test_the_rectangle_holds_the_whole_outline() -> None:
    for x in (-2.2, 0.0, 2.2):
        ball = _ball(x, 0.3, 4.5, 0.3)
        share = coverage(CAMERA, ball, CAMERA.rays(*rectangle(CAMERA, ball)))
        assert share[0].max() == share[-1].max() == share[:, 0].max() == share[:, -1].max() == 0
        assert share.max() == 1


def test_ten_swept_samples_make_the_streak_of_five_hundred() -> None:
    start, step, samples = -0.2, 0.4, 10
    box = (150, 30, 330, 130)
    rays = CAMERA.rays(*box)

    def at(time: float) -> Ball:
        return _ball(start + step * time, 1.3, 5.0)

    pixels = CAMERA.project(at(1).center)[0] - CAMERA.project(at(0).center)[0]
    fine = sum(coverage(CAMERA, at((k + 0.5) / 500), rays) for k in range(500)) / 500
    swept = sum(coverage(CAMERA, at((k + 0.5) / samples), rays, (pixels / samples, 0)) for k in range(samples))
    stepped = sum(coverage(CAMERA, at((k + 0.5) / samples), rays) for k in range(samples))
    error = np.abs(swept / samples - fine).max()
    assert error < 0.015
    assert error < 0.5 * np.abs(stepped / samples - fine).max(), "without the sweep the samples show"


def test_a_dropped_ball_falls_and_bounces_as_physics_has_it() -> None:
    height, radius, restitution = 1.45, 0.2, 0.86
    at = bouncing(height, radius, restitution)
    assert at(0) == height
    assert at(6) == pytest.approx(height - GRAVITY / 2 * (6 / FPS) ** 2)
    heights = [at(frame / 50) for frame in range(50 * 96)]
    assert min(heights) >= radius
    assert min(heights) == pytest.approx(radius, abs=0.01)
    tops = [b for a, b, c in zip(heights, heights[1:], heights[2:], strict=False) if a < b >= c]
    assert tops[0] - radius == pytest.approx((height - radius) * restitution**2, rel=1e-3)
    assert tops[1] - radius == pytest.approx((height - radius) * restitution**4, rel=1e-3)


def test_a_ball_that_has_bounced_out_lies_still() -> None:
    at = bouncing(0.5, 0.2, 0.3)
    assert at(500) == 0.2


def test_balls_shine_above_one_and_are_never_negative() -> None:
    for actor in CAST:
        ball = actor.at(0.0)
        if abs(CAMERA.project(ball.center)[0] - CAMERA.width / 2) > CAMERA.width / 2:
            continue
        rays = Camera(1920, 1080).rays(*rectangle(Camera(1920, 1080), ball))
        shown = shade(ball, rays, FAR_PILLAR, [])
        assert np.isfinite(shown).all()
        assert shown.min() > 0
        assert shown.max() > 2, actor.name


def test_a_ball_in_anothers_shadow_is_darker() -> None:
    ball = _ball(0, 0.3, 5.0)
    rays = CAMERA.rays(*rectangle(CAMERA, ball))
    blocker = Ball(vector(-0.3, 1.0, 4.1), 0.5, ball.color)  # on the way to the key
    assert shade(ball, rays, FAR_PILLAR, [blocker]).mean() < 0.6 * shade(ball, rays, FAR_PILLAR, []).mean()


def test_no_two_balls_meet() -> None:
    for frame in range(96):
        balls = [actor.at(frame + 0.25) for actor in CAST]
        for number, one in enumerate(balls):
            for other in balls[:number]:
                apart = np.linalg.norm((one.center - other.center).ravel())
                assert apart > one.radius + other.radius, frame


def test_the_red_ball_is_the_hero() -> None:
    assert HERO.name == "red"
    assert HERO.color[0] > 10 * HERO.color[1:].max()
