"""Least squares over the frames between keys."""

from __future__ import annotations

import numpy as np
import pytest

from mattewire_server.finish.splines.fit import choose_points
from mattewire_server.finish.splines.keys import mixed
from mattewire_server.finish.splines.solve import Equations, distance, segments

from .test_trace import places


def equations(name: str, frames: int = 9) -> Equations:
    found = places(name, frames)
    points = choose_points(found, 0.45)
    assert points is not None
    return Equations(found, points)


def test_a_key_on_every_frame_is_each_frame_alone() -> None:
    system = equations("blob")
    assert system.solve(list(range(9))) == pytest.approx(system.solve_each(), abs=1e-6)


def test_each_frame_alone_lies_on_its_outline_and_improving_helps() -> None:
    system = equations("blob")
    off = [distance(system.curve(each), system.places.at, system.places.tell).max() for each in (system.solve_each(),)]
    for _ in range(2):
        each = system.solve_each()
        system.improve(each)
    each = system.solve_each()
    off.append(distance(system.curve(each), system.places.at, system.places.tell).max())
    assert off[1] <= off[0] + 0.05
    assert off[1] < 0.6


def test_the_frames_between_pull_at_the_keys() -> None:
    # A disc on a bent way: straight lines between exact end shapes miss its middle by more than solved ends do.
    system = equations("disc", 24)
    for _ in range(2):
        system.improve(system.solve_each())
    each, keys = system.solve_each(), [0, 8, 16, 23]
    exact = mixed(system.places, keys, each[keys], 0, 23)
    solved = mixed(system.places, keys, system.solve(keys), 0, 23)
    worst = [distance(system.curve(shown), system.places.at, system.places.tell).max() for shown in (exact, solved)]
    assert worst[1] < 0.75 * worst[0]


def test_held_ends_stay() -> None:
    system = equations("disc", 12)
    whole = system.solve([0, 4, 8, 11])
    part = system.solve([4, 8, 11], whole[[1, 3]] + 1.0, (True, False))
    assert part[0] == pytest.approx(whole[1] + 1.0, abs=1e-3)
    assert np.abs(part[2] - whole[3]).max() < 1.0


def test_smooth_points_have_their_handles_in_line_and_corners_do_not() -> None:
    for name, corner in (("blob", False), ("square", True)):
        system = equations(name)
        for _ in range(2):
            system.improve(system.solve_each())
        into, out = np.moveaxis(system.solve_each()[:, :, 1:], 2, 0)
        cosine = (into * out).sum(-1) / np.maximum(np.linalg.norm(into, axis=-1) * np.linalg.norm(out, axis=-1), 1e-9)
        straight = cosine < -np.cos(np.radians(5))
        assert straight.mean() < 0.1 if corner else straight.all()


def test_distance_looks_both_ways_and_along_the_other_line() -> None:
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    circle = 50 * np.stack([np.cos(angle), np.sin(angle)], axis=1)[None]
    slid = 50 * np.stack([np.cos(angle + 0.04), np.sin(angle + 0.04)], axis=1)[None]
    everywhere = np.ones((1, 200))
    assert distance(circle, slid, everywhere).max() < 0.02
    assert distance(circle, 1.02 * circle, everywhere) == pytest.approx(np.ones((1, 200)), abs=0.02)
    spike = circle.copy()
    spike[0, 30] *= 1.2
    assert distance(circle, spike, everywhere).max() == pytest.approx(10, abs=0.1)
    assert distance(circle, spike, 0.5 * everywhere).max() == pytest.approx(5, abs=0.1)


def test_segments_join_points_and_handles() -> None:
    controls = np.arange(18.0).reshape(1, 3, 3, 2)
    assert segments(controls)[0, 2].tolist() == [[12, 13], [28, 30], [2, 4], [0, 1]]
