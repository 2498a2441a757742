"""What is looked at after marks on something that a track has missed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mattewire_server.engines.sam2 import track as track_module
from mattewire_server.engines.sam2.memory import Look, ShotMemory
from mattewire_server.engines.sam2.track import Sam2Track
from mattewire_server.engines.sam2.turns import Part, Turns, apart, led_to, missed
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


def test_what_led_to_a_frame() -> None:
    held = memory((0, 3, 9), (1, 2, 12))
    assert seen(led_to(held, 1, 3, False)) == ([0], [1, 2, 12]), "neither its own mark nor a later one"
    assert seen(led_to(held, 1, 9, False, tracked=False)) == ([0, 3], [])
    assert seen(led_to(held, 1, 3, True, tracked=False)) == ([9], [])
    assert led_to(held, 1, 0, False) is None
    assert led_to(held, 1, 9, True) is None


def test_two_things_have_next_to_nothing_in_common() -> None:
    assert apart(look(slice(0, 4)), look(slice(4, 8)))
    assert not apart(look(slice(0, 4)), look(slice(1, 5)))
    assert not apart(look(slice(0, 4)), look(slice(0, 1))), "a quarter of it: the same thing, corrected"
    assert not apart(look(slice(0, 4), score=-5.0), look(slice(4, 8))), "what was out of sight was nothing wrong"
    assert not apart(look(slice(0, 0)), look(slice(4, 8)))


def test_what_is_marked_may_have_been_missed() -> None:
    """By a track of another thing, and by one of nothing; a mark on nothing is no reason to forget."""
    assert missed(look(slice(0, 4)), look(slice(4, 8)))
    assert missed(look(slice(0, 4), score=-5.0), look(slice(4, 8)))
    assert missed(look(slice(0, 0)), look(slice(4, 8)))
    assert not missed(look(slice(0, 4)), look(slice(1, 5)))
    assert not missed(look(slice(0, 4)), look(slice(4, 8), score=-5.0))
    assert not missed(look(slice(0, 4)), look(slice(0, 0)))


LATER = {
    "points": Hint(1, None, (Mark(70, 20), Mark(40, 30, keep=False))),
    "box": Hint(1, (60, 10, 80, 30)),
}


@pytest.mark.parametrize("later", ["points", "box"])
@pytest.mark.parametrize("astray", [True, False])
def test_marks_on_what_was_missed_turn_the_track(later: str, astray: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the frame after them may look at; the marks before them are asked by themselves whether they led there."""
    monkeypatch.setattr(track_module, "missed", lambda tracked, marked: True)
    monkeypatch.setattr(track_module, "apart", lambda alone, marked: astray)
    predictor = tiny_predictor(in_sight=6.0)
    parts = spied(predictor, monkeypatch)
    run(predictor, {1001: [Hint(1, (20, 10, 60, 50))], 1004: [LATER[later]]})
    assert isinstance(parts[2][-1], ShotMemory)
    assert [seen(part) for part in parts[3] if isinstance(part, Part)] == (
        [([0], [])] if later == "points" else [([0], [1, 2]), ([0], [])]
    )
    assert seen(parts[5][-1]) == ([3] if astray else [0, 3], [4])


def test_backward_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the earliest mark there is none to come to; a correction before it is one."""
    monkeypatch.setattr(track_module, "missed", lambda tracked, marked: True)
    monkeypatch.setattr(track_module, "apart", lambda alone, marked: True)
    predictor = tiny_predictor(in_sight=6.0)
    parts = spied(predictor, monkeypatch)
    run(predictor, {1005: [Hint(1, (20, 10, 60, 50))], 1003: [LATER["points"]]}, start=1005)
    assert seen(parts[1][-1]) == ([2], [])
    assert seen(parts[0][-1]) == ([2], [1])


def test_a_first_mark_in_mid_shot_turns_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing led to it."""
    monkeypatch.setattr(track_module, "missed", lambda tracked, marked: pytest.fail("asked"))
    predictor = tiny_predictor(in_sight=6.0)
    run(predictor, {1001: [Hint(1, (20, 10, 60, 50))], 1004: [Hint(2, (60, 10, 80, 30))]})


def spied(predictor: Any, monkeypatch: pytest.MonkeyPatch) -> dict[int, list[Any]]:
    """What every frame looked at, by index."""
    parts: dict[int, list[Any]] = {}
    conditioned = predictor.conditioned

    def spy(features: Any, part: Any, number: int, index: int, **how: Any) -> Any:
        parts.setdefault(index, []).append(
            part if isinstance(part, ShotMemory) else Part(as_now(part), part.dtype, part.length)
        )
        return conditioned(features, part, number, index, **how)

    monkeypatch.setattr(predictor, "conditioned", spy)
    return parts


def as_now(part: Part) -> Any:
    """The frames as they are now: the tracked ones are pruned later."""
    return {
        number: {kind: dict(frames) for kind, frames in kinds.items()}
        for number, kinds in part.output_dict_per_obj.items()
    }


def run(predictor: Any, hints: dict[int, list[Hint]], start: int = 1001) -> None:
    track = Sam2Track(predictor, ShotInfo(1001, 1012, 96, 64), border=1)
    for frame in sorted(hints, key=lambda frame: (frame != start, frame)):
        track.step(picture(frame), hints[frame])
    for frame in [*range(start, 1008), *range(start - 1, 1000, -1)]:
        for segment in track.step(picture(frame)).values():
            assert np.isfinite(segment.logits).all()
