"""The demo's light and shadow, against brute force."""

import numpy as np
import pytest

from mattewire_server.demo import light
from mattewire_server.demo.light import KEY, KEY_RADIUS, Ball, Pillar, vector

GRAY = vector(0.5, 0.5, 0.5)


def _points(rng: np.random.Generator, count: int) -> np.ndarray:
    """Places on the floor, as planes (3, 1, count)."""
    points = np.zeros((3, 1, count), np.float32)
    points[0, 0] = rng.uniform(-2, 3, count)
    points[2, 0] = rng.uniform(4, 7.5, count)
    return points


def _toward(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    away = target - points
    return away / np.linalg.norm(away, axis=0)


def test_key_past_ball_is_close_to_the_share_of_the_key_that_a_ball_hides() -> None:
    rng = np.random.default_rng(3)
    ball = Ball(vector(0.2, 0.9, 5.2), 0.2, GRAY)
    points = _points(rng, 1000)
    middle = _toward(points, KEY)
    across = np.cross(middle, (0, 0, 1), axis=0)
    across /= np.linalg.norm(across, axis=0)
    up = np.cross(middle, across, axis=0)
    hidden = np.zeros(points.shape[1:])
    samples = 1500
    for k in range(samples):
        radius, angle = KEY_RADIUS * np.sqrt((k + 0.5) / samples), k * np.pi * (3 - 5**0.5)  # a sunflower's seeds
        ray = _toward(points, KEY + radius * (np.cos(angle) * across + np.sin(angle) * up))
        to_ball = ball.center - points
        along = (ray * to_ball).sum(axis=0)
        hidden += (to_ball**2).sum(axis=0) - along**2 < ball.radius**2
    exact = 1 - hidden / samples
    share = light.key_past_ball(points, ball)
    assert exact.min() < 0.05, "the test looks at places in full shadow"
    assert ((exact > 0.2) & (exact < 0.8)).sum() > 10, "and in the penumbra"
    assert np.abs(share - exact).max() < 0.10
    assert np.abs(share - exact)[exact < 0.99].mean() < 0.05


def test_a_ball_behind_the_point_throws_no_shadow() -> None:
    ball = Ball(vector(0, -3, 6), 0.4, GRAY)  # the floor lies between it and the key
    assert light.key_past_ball(vector(0, 0, 5.5), ball).item() == 1


def test_fill_past_ball_is_the_cosine_weighted_share_of_the_sky() -> None:
    rng = np.random.default_rng(5)
    ball = Ball(vector(0.1, 0.5, 5.0), 0.2, GRAY)
    point, normal = vector(0, 0, 5.1), vector(0, 1, 0)
    # Malley's method: uniform on the disc, lifted to the hemisphere, is cosine-weighted.
    radius, angle = np.sqrt(rng.uniform(size=200_000)), rng.uniform(0, 2 * np.pi, 200_000)
    rays = np.stack([radius * np.cos(angle), np.sqrt(1 - radius**2), radius * np.sin(angle)])
    to_ball = (ball.center - point)[:, :, 0]
    along = (rays * to_ball).sum(axis=0)
    hidden = (along > 0) & ((to_ball**2).sum() - along**2 < ball.radius**2)
    assert light.fill_past_ball(point, normal, ball).item() == pytest.approx(1 - hidden.mean(), abs=0.003)


def test_key_past_pillar_is_dark_behind_it_and_bright_beside_and_before_it() -> None:
    pillar = Pillar(x=0.45, z=4.5, radius=0.36)
    behind = np.array([pillar.x - KEY[0].item(), pillar.z - KEY[2].item()])
    x, z = np.array([pillar.x, pillar.z]) + behind / np.linalg.norm(behind) * 0.6
    assert light.key_past_pillar(vector(x, 0, z), pillar).item() == 0
    assert light.key_past_pillar(vector(pillar.x + 2, 0, pillar.z), pillar).item() == 1
    assert light.key_past_pillar(vector(pillar.x, 0, pillar.z - 1), pillar).item() == 1


def test_the_pillars_penumbra_grows_with_the_distance() -> None:
    pillar = Pillar()

    def soft(z: float) -> int:
        row = np.zeros((3, 1, 4000), np.float32)
        row[0, 0], row[2, 0] = np.linspace(-3, 5, 4000), z
        share = light.key_past_pillar(row, pillar)
        return int(((share > 0.02) & (share < 0.98)).sum())

    assert soft(7.0) > 1.5 * soft(5.2) > 0


def test_the_fill_is_darkest_at_the_pillars_foot() -> None:
    pillar = Pillar()
    near, far = (light.fill_past_pillar(vector(pillar.x + d, 0, pillar.z), pillar).item() for d in (0.37, 2.0))
    assert near < 0.7 < 0.9 < far < 1


def test_a_white_card_facing_the_key_shows_about_one() -> None:
    point = KEY + (light.KEY_AIM - KEY) / np.linalg.norm(light.KEY_AIM - KEY) * np.float32(5.5)
    shown = light.key_light(point, _toward(point, KEY).astype(np.float32))
    assert 0.9 < shown.mean() < 1.4


def test_surfaces_that_face_away_get_no_light() -> None:
    point = vector(0, 0, 5)
    away = -_toward(point, KEY).astype(np.float32)
    assert light.key_light(point, away).max() == 0
    assert light.lamp_light(point, -_toward(point, light.LAMP).astype(np.float32)).max() == 0


def test_dot_does_not_depend_on_the_layout() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 3, 40, 50)).astype(np.float32)
    turned = np.ascontiguousarray(a.transpose(1, 2, 0)).transpose(2, 0, 1)
    np.testing.assert_array_equal(light.dot(a, b), light.dot(turned, b))
    np.testing.assert_allclose(light.dot(a, b), (a * b).sum(axis=0), rtol=1e-4, atol=1e-5)
