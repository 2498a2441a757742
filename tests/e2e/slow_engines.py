"""Third-party engines around the real SAM 2: one whose forward takes five seconds, one that never fits into memory."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from mattewire_server import engines
from mattewire_server.engines.seams import Engine, Hint, Picture, Segment, ShotInfo, Track

FORWARD_S = 5.0


class Slow:
    """Computes for five seconds on the way, as a large model on a slow machine does."""

    def __init__(self, track: Track) -> None:
        self._track = track

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        torch = import_module("torch")

        end = time.monotonic() + FORWARD_S
        numbers = torch.ones(600, 600)
        while time.monotonic() < end:
            numbers = (numbers @ numbers).clamp(-1, 1)
        return self._track.step(picture, hints)

    def close(self) -> None:
        self._track.close()


class TooLarge(Slow):
    """Runs out of GPU memory on the second frame, in torch's own way."""

    steps = 0

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        from mattewire_server.engines.device import memory_told

        torch = import_module("torch")
        self.steps += 1
        with memory_told(picture.frame):
            if self.steps > 1:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        return self._track.step(picture, hints)


class Wrapped:
    def __init__(self, inner: Any, wrapper: type[Slow]) -> None:
        self._inner = inner
        self._wrapper = wrapper

    def begin(self, shot: ShotInfo) -> Track:
        return self._wrapper(self._inner.begin(shot))


def slow(settings: Mapping[str, Any]) -> Engine:
    sam2 = engines.load("sam2", settings)
    return replace(sam2, name="slow", segmenter=Wrapped(sam2.segmenter, Slow))


def too_large(settings: Mapping[str, Any]) -> Engine:
    sam2 = engines.load("sam2", settings)
    return replace(sam2, name="too-large", segmenter=Wrapped(sam2.segmenter, TooLarge))
