"""Steadying lowers flicker and does not lag: a small run of the benchmark whose numbers the README gives."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.flicker import FAST, Result, flicker, lag, measured, methods, shot, table
from mattewire_protocol.deliver import Edges
from mattewire_server.color import transform_for
from mattewire_server.shots.edging import Edging


@pytest.mark.parametrize("speed", [0, FAST])
def test_guided_edges_flicker_less_steadied_and_do_not_lag(speed: int) -> None:
    check(measured(Edging(Edges("guided"), transform_for("sRGB")), shot(0, speed)))


@pytest.mark.parametrize("speed", [0, FAST])
def test_so_do_those_of_a_matting_network(speed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Random weights: of the step, not of the network."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    made = dict(methods(tmp_path_factory.mktemp("matting")))
    found = measured(made["ViTMatte, random weights"], shot(0, speed))
    assert found.flicker[1] < 0.97 * found.flicker[0]
    assert abs(found.lag) < 0.1


def check(found: Result) -> None:
    assert found.flicker[1] < 0.95 * found.flicker[0]
    assert found.error[1] < found.error[0]
    assert abs(found.lag) < 0.1


def test_the_measures_measure() -> None:
    """A matte that stands still has no flicker, a moving truth none after compensation, one a frame late lags by 1."""
    moving = shot(0, FAST)
    frames = range(1, 7)
    assert flicker(moving.alphas, moving, frames) < 0.01
    assert flicker([moving.alphas[0]] * 8, moving, frames) > 10
    assert flicker(shot(0, 0).alphas, shot(0, 0), frames) == 0
    late = [moving.alphas[0], *moving.alphas[:-1]]
    assert lag(moving.alphas, late, moving, frames) == pytest.approx(1, abs=0.01)
    mean = [(a + b) / 2 for a, b in zip(late, moving.alphas, strict=True)]
    assert lag(moving.alphas, [np.float32(each) for each in mean], moving, frames) == pytest.approx(0.5, abs=0.01)


def test_the_table_has_a_line_for_each() -> None:
    lines = table([("plain", Edging())], [0]).splitlines()
    assert len(lines) == 3
    assert {line.count("|") for line in lines} == {7}
    assert lines[2].startswith("| plain | ")
