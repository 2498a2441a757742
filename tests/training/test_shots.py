from __future__ import annotations

import numpy as np
import pytest

from training.outlines import COLORS, OUTLINES
from training.shots import Recipe, Shot, render

SMALL = Recipe(side=64, frames=6)


@pytest.fixture(scope="module")
def some() -> list[Shot]:
    return [render(seed, SMALL) for seed in range(12)]


def test_a_seed_is_a_shot() -> None:
    one, again, other = render(3, SMALL), render(3, SMALL), render(4, SMALL)
    assert [thing.phrase for thing in one.things] == [thing.phrase for thing in again.things]
    np.testing.assert_array_equal(np.stack(one.pictures), np.stack(again.pictures))
    np.testing.assert_array_equal(one.mattes, again.mattes)
    assert not np.array_equal(one.pictures[0], other.pictures[0])


def test_pictures_and_mattes_keep_their_ranges(some: list[Shot]) -> None:
    for shot in some:
        assert len(shot.pictures) == SMALL.frames
        assert shot.mattes.shape == (len(shot.things), SMALL.frames, 64, 64)
        for picture in shot.pictures:
            assert picture.dtype == np.float32
            assert picture.shape == (64, 64, 3)
            assert 0 <= picture.min() <= picture.max() <= 1
        assert shot.mattes.min() >= 0
        assert shot.mattes.sum(0).max() <= 1 + 1e-5, "what is seen of two things cannot be the same pixel"


def test_things_have_their_colors() -> None:
    shot = render(11, Recipe(side=128, frames=1, fewest=3, most=3, smallest=0.2, hide=0.0, leave=0.0))
    for number, thing in enumerate(shot.things):
        inside = shot.mattes[number, 0] > 0.99
        if inside.sum() > 200:
            median = np.median(shot.pictures[0][inside], axis=0)
            nearest = min(COLORS, key=lambda name: float(np.abs(median - COLORS[name]).sum()))
            assert nearest == thing.color


def test_a_box_holds_the_matte_tightly(some: list[Shot]) -> None:
    for shot in some:
        for thing in range(len(shot.things)):
            solid = shot.mattes[thing, 2] > 0.5
            box = shot.box(thing, 2)
            if box is None:
                assert solid.sum() < 12
                continue
            x0, y0, x1, y1 = (int(side) for side in box)
            assert solid[y0:y1, x0:x1].sum() == solid.sum()
            assert solid[y0].any()
            assert solid[y1 - 1].any()
            assert solid[:, x0].any()
            assert solid[:, x1 - 1].any()


def test_what_hides_passes_wholly_over_its_victim() -> None:
    hidden = 0
    for seed in range(30):
        shot = render(seed, Recipe(side=64, frames=24, fewest=2, most=2, speed=0.3, hide=1.0, leave=0.0))
        sizes = (shot.mattes[:-1] > 0.5).sum((2, 3))
        hidden += int(((sizes[:, 0] > 30) & (sizes.min(1) < 0.05 * sizes[:, 0])).any())
    assert hidden >= 15


def test_things_leave_and_come_back() -> None:
    gone = 0
    for seed in range(30):
        shot = render(seed, Recipe(side=64, frames=24, fewest=2, most=3, speed=0.3, hide=0.0, leave=1.0))
        sizes = (shot.mattes > 0.5).sum((2, 3))
        gone += int((sizes.min(1) == 0).any())
    assert gone >= 15


def test_a_recipe_is_kept_to() -> None:
    only = Recipe(side=64, frames=1, fewest=2, most=4, outlines=("star",), colors=("red", "blue"), hide=0.0)
    for seed in range(8):
        things = render(seed, only).things
        assert 2 <= len(things) <= 4
        assert {thing.outline for thing in things} == {"star"}
        assert {thing.color for thing in things} <= {"red", "blue"}
    assert set(Recipe().outlines) == set(OUTLINES)
