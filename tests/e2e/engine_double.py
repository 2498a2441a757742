"""A real third-party engine as far as Mattewire can tell: a package with an entry point, in a folder of its own.

Its prompt is its script: words of the form ``name=value``. ``sleep=5`` takes that many seconds for each step,
``find=5`` for each detection; ``die``, ``exit``, ``memory``, ``raise`` and ``novel`` name the frame on which it kills
its process, leaves it, runs out of memory, fails, or fails with a message of a million letters; ``jump`` one on which
it takes another place for the subject. What it segments depends on every frame it has seen before, in order, as with a
real tracker: only a true repetition gives the same mattes.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mattewire_server.engines.seams import Engine, Found, Hint, Picture, Segment, ShotInfo

JOURNAL = Path(__file__).with_name("journal.txt")
"""One line for each thing it was asked, as it was asked."""


def note(line: str) -> None:
    with JOURNAL.open("a") as journal:
        journal.write(line + "\n")


def script(phrase: str) -> dict[str, float]:
    return {name: float(value) for name, _, value in (word.partition("=") for word in phrase.split()) if value}


class Finder:
    def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
        plan = script(phrases[0])
        note(f"find {picture.frame}")
        time.sleep(plan.get("find", 0.0))
        if plan.get("die-looking"):
            os.kill(os.getpid(), signal.SIGKILL)
        return [Found((4.0, 4.0, picture.width - 4.0, picture.height - 4.0), 0.9, phrase) for phrase in phrases]


class Remembering:
    """One shot. ``memory``: a running mean of the red channel over all frames in the order they came."""

    def __init__(self, shot: ShotInfo) -> None:
        self.memory: NDArray[np.float32] = np.zeros((shot.height, shot.width), np.float32)
        self.plan: dict[str, float] = {}

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        for hint in hints:
            self.plan = script(hint.phrase)
        note(f"step {picture.frame}")
        time.sleep(self.plan.get("sleep", 0.0))
        self._misbehave(picture.frame)
        self.memory = 0.75 * self.memory + 0.25 * picture.rgb[..., 0]
        score = round(0.5 + 0.5 * float(self.memory.mean()), 4)
        logits = (self.memory - 0.3) * 20.0
        if self.plan.get("jump") == picture.frame:
            logits = np.roll(logits, picture.width // 2, axis=1)
        return {1: Segment(np.ascontiguousarray(logits, dtype=np.float32), score)}

    def _misbehave(self, frame: int) -> None:
        if self.plan.get("die") == frame:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.plan.get("exit") == frame:
            os._exit(7)
        if self.plan.get("memory") == frame:
            raise MemoryError
        if self.plan.get("raise") == frame:
            raise RuntimeError("the tensor is on another device")
        if self.plan.get("novel") == frame:
            raise RuntimeError("x" * 1_000_000)

    def close(self) -> None:
        pass


class Tracker:
    def begin(self, shot: ShotInfo) -> Remembering:
        return Remembering(shot)


def engine(settings: Mapping[str, Any]) -> Engine:
    return Engine("double", "Engine double", Finder(), Tracker(), provenance={"model": "double 1"})
