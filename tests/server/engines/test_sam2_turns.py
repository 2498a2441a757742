"""What is looked at after a correction that puts a track on another thing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mattewire_server.engines.sam2 import track as track_module
from mattewire_server.engines.sam2.memory import Look, ShotMemory
from mattewire_server.engines.sam2.track import Sam2Track
from mattewire_server.engines.sam2.turns import Part, Turns, apart, marks_alone
from mattewire_server.engines.seams import Hint, Mark, ShotInfo
from server.engines.sam2_tiny import picture, tiny_predictor


def look(rows: slice, score: float = 5.0) -> Look:
    """In sight on those rows of eight."""
    logits = torch.full((1, 1, 8, 8), -9.0)
    logits[..., rows, :] = 9.0
    return Look(logits, torch.zeros(1, 1, 4), torch.full((1, 1, 1), score), 0.9)


def memory(marked: tuple[int, ...], tracked: tuple[int, ...]) -> ShotMemory:
    made = ShotMemory(24, features_reach=6, pointers_reach=15)
    for index in (*marked, *tracked):
        nothing = torch.zeros(1)
        made.keep(1, index, look(slice(0, 4)), nothing, nothing, conditioning=index in marked)
    return made


def seen(part: Any) -> tuple[list[int], list[int]]:
    frames = part.output_dict_per_obj[1]
    return sorted(frames["cond_frame_outputs"]), sorted(frames["non_cond_frame_outputs"])


def test_without_a_turn_all_is_looked_at() -> None:
    held, turns = memory((0,), (1, 2, 3)), Turns()
    assert turns.part(held, 1, 4, False) is held
    turns.add(2, 2, backward=False, marks=True)
    assert turns.part(held, 1, 4, False) is held, "another object's"


@pytest.mark.parametrize(("marks", "marked"), [(False, [0, 3]), (True, [3])])
def test_after_a_turn_what_was_tracked_before_is_not(marks: bool, marked: list[int]) -> None:
    held, turns = memory((0, 3), (1, 2, 4)), Turns()
    turns.add(1, 3, backward=False, marks=marks)
    part = turns.part(held, 1, 5, False)
    assert seen(part) == (marked, [4])
    assert (part.dtype, part.length) == (held.dtype, held.length)
    for index, backward in ((3, False), (2, False), (2, True), (9, True)):
        assert turns.part(held, 1, index, backward) is held, "not behind this frame"
    assert seen(held) == ([0, 3], [1, 2, 4]), "nothing is thrown away"


def test_backward_it_is_the_other_way_around() -> None:
    held, turns = memory((9, 5), (8, 7, 6, 4, 12)), Turns()
    turns.add(1, 5, backward=True, marks=True)
    assert seen(turns.part(held, 1, 3, True)) == ([5], [4])
    assert turns.part(held, 1, 13, False) is held


def test_the_last_of_several_turns_counts() -> None:
    held, turns = memory((0, 3, 6), (1, 2, 4, 5, 7)), Turns()
    turns.add(1, 3, backward=False, marks=True)
    turns.add(1, 6, backward=False, marks=False)
    assert seen(turns.part(held, 1, 8, False)) == ([3, 6], [7])


def test_marks_alone() -> None:
    assert seen(marks_alone(memory((0, 3), (1, 2)), 1)) == ([0, 3], [])


def test_two_things_have_next_to_nothing_in_common() -> None:
    assert apart(look(slice(0, 4)), look(slice(4, 8)))
    assert not apart(look(slice(0, 4)), look(slice(1, 5)))
    assert not apart(look(slice(0, 4)), look(slice(0, 1))), "a quarter of it: the same thing, corrected"
    assert not apart(look(slice(0, 4), score=-5.0), look(slice(4, 8))), "what was out of sight was nothing wrong"
    assert not apart(look(slice(0, 0)), look(slice(4, 8)))


@pytest.mark.parametrize("wholly", [True, False])
def test_a_correction_to_another_thing_turns_the_track(wholly: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the frame after it may look at; the marks before it are asked by themselves whether they led there."""
    asked: list[bool] = []

    def told(one: Look, other: Look) -> bool:
        asked.append(True)
        return wholly or len(asked) == 1

    monkeypatch.setattr(track_module, "apart", told)
    predictor = tiny_predictor(in_sight=6.0)
    track = Sam2Track(predictor, ShotInfo(1001, 1012, 96, 64), border=1)
    parts: dict[int, Any] = {}
    conditioned = predictor.conditioned

    def spied(features: Any, part: Any, number: int, index: int, **how: Any) -> Any:
        parts[index] = part
        return conditioned(features, part, number, index, **how)

    monkeypatch.setattr(predictor, "conditioned", spied)
    track.step(picture(1001), [Hint(1, (20, 10, 60, 50))])
    track.step(picture(1004), [Hint(1, None, (Mark(70, 20), Mark(40, 30, keep=False)))])
    for frame in range(1001, 1008):
        assert np.isfinite(track.step(picture(frame))[1].logits).all()
    assert len(asked) == 2
    assert isinstance(parts[2], ShotMemory)
    assert isinstance(parts[5], Part)
    assert seen(parts[5]) == ([3] if wholly else [0, 3], [4])
