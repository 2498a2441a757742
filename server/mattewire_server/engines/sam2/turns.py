"""Marks on what a track has missed: what is remembered from before such a frame is not looked at after it.

Without this, a track goes back at once: one frame says what the artist wants, and up to six tracked ones beside it say
the opposite. The official predictor clears those on request (``clear_non_cond_mem_around_input``). Earlier marks are
left out as well where they are what led to another thing, see ``Turns.add``. ``decisions/018-turns.md`` has the
measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from .memory import Look, ShotMemory

APART = 0.1
"""IoU of two masks below which they are of two things."""


@dataclass(frozen=True)
class Part:
    """As much of a ``ShotMemory`` as a frame may look at: what transformers' memory attention reads of one."""

    output_dict_per_obj: dict[int, dict[str, dict[int, dict[str, Any]]]]
    dtype: torch.dtype
    length: int


@dataclass(frozen=True)
class _Turn:
    index: int
    backward: bool
    marks: bool


class Turns:
    """Of each object, the frames from which on it is another thing than before, in the direction of tracking."""

    def __init__(self) -> None:
        self._of: dict[int, list[_Turn]] = {}

    def add(self, number: int, index: int, *, backward: bool, marks: bool) -> None:
        """The object is another thing from frame ``index`` on. ``marks``: the marks before it led to the wrong thing by
        themselves, and are not looked at either; else only what was tracked is not."""
        self._of.setdefault(number, []).append(_Turn(index, backward, marks))

    def part(self, memory: ShotMemory, number: int, index: int, backward: bool) -> ShotMemory | Part:
        """What frame ``index`` may look at: all, where no turn lies behind it."""
        behind = [
            turn
            for turn in self._of.get(number, [])
            if turn.backward == backward and (turn.index > index if backward else turn.index < index)
        ]
        if not behind:
            return memory
        nearest = min if backward else max
        tracked_from = nearest(turn.index for turn in behind)
        marked_from = nearest((turn.index for turn in behind if turn.marks), default=None)
        return _cut(memory, number, tracked_from, marked_from, backward)


def led_to(held: ShotMemory | Part, number: int, index: int, backward: bool, *, tracked: bool = True) -> Part | None:
    """Of the memory of an object what led to frame ``index``: marks before it in the direction of tracking, and what
    was ``tracked``. ``None`` where no marks lie before it."""
    frames = held.output_dict_per_obj[number]
    before = {
        frame: kept
        for frame, kept in frames["cond_frame_outputs"].items()
        if (frame > index if backward else frame < index)
    }
    if not before:
        return None
    others = frames["non_cond_frame_outputs"] if tracked else {}
    return Part({number: {"cond_frame_outputs": before, "non_cond_frame_outputs": others}}, held.dtype, held.length)


def apart(one: Look, other: Look) -> bool:
    """Whether both see something, and not the same thing."""
    if not (_sees(one) and _sees(other)):
        return False
    first, second = one.logits > 0, other.logits > 0
    return bool((first & second).sum() < APART * (first | second).sum())


def missed(tracked: Look, marked: Look) -> bool:
    """Whether something is marked that ``tracked`` does not see: nothing at all, or another thing."""
    return _sees(marked) and (not _sees(tracked) or apart(tracked, marked))


def _sees(look: Look) -> bool:
    return look.present and bool((look.logits > 0).any())


def _cut(memory: ShotMemory, number: int, tracked: int, marked: int | None, backward: bool) -> Part:
    def kept(frames: dict[int, dict[str, Any]], start: int | None) -> dict[int, dict[str, Any]]:
        return {
            frame: held
            for frame, held in frames.items()
            if start is None or (frame <= start if backward else frame >= start)
        }

    frames = memory.output_dict_per_obj[number]
    parts = {
        "cond_frame_outputs": kept(frames["cond_frame_outputs"], marked),
        "non_cond_frame_outputs": kept(frames["non_cond_frame_outputs"], tracked),
    }
    return Part({number: parts}, memory.dtype, memory.length)
