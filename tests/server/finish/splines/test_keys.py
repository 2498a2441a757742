"""Sparse keys."""

from __future__ import annotations

import numpy as np
import pytest

from mattewire_server.finish.splines.fit import choose_points
from mattewire_server.finish.splines.keys import Keyed, allowed_mean, choose_keys, mixed
from mattewire_server.finish.splines.solve import Equations, distance

from .test_trace import places


def keyed(
    name: str, frames: int = 24, tolerance: float = 0.75, longest_gap: int | None = None
) -> tuple[Equations, Keyed]:
    found = places(name, frames)
    points = choose_points(found, 0.6 * tolerance)
    assert points is not None
    system = Equations(found, points)
    return system, choose_keys(system, tolerance, longest_gap)


def test_what_moves_on_a_straight_line_has_two_keys() -> None:
    _, result = keyed("plus")
    assert result.keys == [0, 23]
    assert result.deviation < 0.75


@pytest.mark.parametrize("name", ["disc", "arrow", "leaf"])
def test_every_frame_keeps_the_tolerance(name: str) -> None:
    system, result = keyed(name)
    assert result.keys[0] == 0
    assert result.keys[-1] == 23
    assert 2 < len(result.keys) <= 8
    shown = mixed(system.places, result.keys, result.controls, 0, 23)
    off = distance(system.curve(shown), system.places.at, system.places.tell)
    assert off.max() == pytest.approx(result.deviation)
    assert off.max() <= 0.75
    assert result.over <= 1


def test_a_coarser_tolerance_needs_fewer_keys_and_a_gap_can_be_bounded() -> None:
    fine, coarse = keyed("disc", tolerance=0.4)[1], keyed("disc", tolerance=2.0)[1]
    assert len(fine.keys) > len(coarse.keys)
    assert max(np.diff(keyed("plus", longest_gap=6)[1].keys)) <= 6


def test_one_frame_is_one_key() -> None:
    _, result = keyed("star", frames=1)
    assert result.keys == [0]
    assert result.controls.shape[0] == 1


def test_between_keys_controls_go_straight_by_frame_number() -> None:
    found = places("disc", 5).only([0, 1, 4])
    controls = np.stack([np.zeros((4, 3, 2)), np.full((4, 3, 2), 8.0)])
    shown = mixed(found, [0, 2], controls, 0, 2)
    assert shown[:, 0, 0, 0].tolist() == [0.0, 2.0, 8.0]


def test_thin_outlines_are_held_closer_on_average() -> None:
    thin, fat = (allowed_mean(places(name, 2), 0.75).min() for name in ("limb", "disc"))
    assert thin < 0.15 < 0.4 < fat
    assert allowed_mean(places("limb", 2), 6.0).min() == pytest.approx(1.0)
