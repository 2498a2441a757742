"""Frames to keep: a disc that moves, as an engine would give it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mattewire_server.engines.seams import Segment
from mattewire_server.kept import KeptFrame, KeptStore
from mattewire_server.plates.model import Window

A, B, C = ("a" * 32, "b" * 32, "c" * 32)
LIMIT = 100_000_000


def disc(frame: int, size: int = 48) -> NDArray[np.float32]:
    y, x = np.mgrid[:size, :size].astype(np.float32) + 0.5
    far = np.hypot(x - size / 2 - (frame - 1001), y - size / 2)
    return np.clip(3 * (size / 4 - far), -16, 16).astype(np.float32)


def kept_frame(frame: int, size: int = 48) -> KeptFrame:
    return KeptFrame(frame, {1: Segment(disc(frame, size), 0.75)}, Window(0, 0, 96, 96))


def noise_frame(frame: int, size: int = 128) -> KeptFrame:
    """One that cannot be packed: about 2 bytes for each of ``size`` times ``size`` logits."""
    logits = np.random.default_rng(frame).normal(0, 8, (size, size)).astype(np.float32)
    return KeptFrame(frame, {1: Segment(logits, 0.5)}, Window(0, 0, size, size))


def keep(store: KeptStore, address: str, frames: range = range(1001, 1004), **facts: object) -> None:
    with store.begin(address, facts) as writer:
        for frame in frames:
            writer.add(kept_frame(frame))
        assert writer.complete()


def names(home: Path) -> list[str]:
    """What lies in the store's folder, beside its lock."""
    return sorted(path.name for path in (home / "kept").iterdir() if path.name != "store.lock")
