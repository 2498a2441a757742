"""Shots rendered once and read many times: drawing them costs as much as training on them.

    python -m training.pool FOLDER [--clips 2000]

Writes whole clips as 8-bit pictures and a map of what thing is seen at each pixel. Clip ``n`` is the same in every
pool, and a pool that was cut short goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .shots import Recipe, render

SIDE, FRAMES = 192, 24
MOST = 6
"""Things of a clip, what passes over them included."""

FIRST_SEED = 1_000_000
"""Shots below it are held out: no pool has them."""


@dataclass(frozen=True)
class Clip:
    """``pictures``: uint8 (frames, side, side, 3), sRGB-encoded. ``seen``: uint8 (frames, side, side), 0 where there is
    background, else 1 + the number of the thing. ``names``: color and outline of each thing."""

    pictures: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    names: list[tuple[str, str]]


@dataclass(frozen=True)
class Part:
    """``frames`` of clip number ``clip``, in that order. ``mirrored``: up and down, left and right."""

    clip: int
    frames: NDArray[np.int64]
    mirrored: tuple[bool, bool]


class Pool:
    """The clips of a folder. Read from disk as they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        self._seen = np.load(folder / "seen.npy", mmap_mode="r")
        self._sizes = np.load(folder / "sizes.npy", mmap_mode="r")
        lines = (folder / "names.jsonl").read_text(encoding="utf-8").splitlines()
        self._names = [[(color, outline) for color, outline in json.loads(line)] for line in lines]

    def __len__(self) -> int:
        return len(self._names)

    def clip(self, number: int, start: int, frames: int) -> Clip:
        """``frames`` of clip ``number`` from ``start`` on."""
        part = slice(start, start + frames)
        return Clip(self._pictures[number, part], self._seen[number, part], self._names[number])

    def part(self, random: np.random.Generator, frames: int) -> Part:
        """That many frames of any clip, one to three apart and half of the time backward, mirrored half of the time
        either way."""
        apart = int(random.integers(1, 1 + min(3, (FRAMES - 1) // max(frames - 1, 1))))
        reach = apart * (frames - 1)
        start = int(random.integers(FRAMES - reach))
        numbers = np.arange(start, start + reach + 1, apart)
        turns = [random.random() < 0.5 for _ in range(3)]
        return Part(int(random.integers(len(self))), numbers[::-1] if turns[0] else numbers, (turns[1], turns[2]))

    def sizes(self, part: Part) -> NDArray[np.int64]:
        """(frames, MOST) pixels in sight of each thing."""
        return np.asarray(self._sizes[part.clip, part.frames], np.int64)

    def read(self, part: Part) -> Clip:
        turns = (slice(None), *(slice(None, None, -1 if turned else 1) for turned in part.mirrored))
        pictures, seen = self._pictures[part.clip, part.frames][turns], self._seen[part.clip, part.frames][turns]
        return Clip(np.ascontiguousarray(pictures), np.ascontiguousarray(seen), self._names[part.clip])


def recipe_of(seed: int) -> Recipe:
    """How busy the shot of that seed is."""
    random = np.random.default_rng([seed, 1])
    speed, same = random.uniform((0.2, 0.1), (1.2, 0.5))
    return Recipe(side=SIDE, frames=FRAMES, speed=float(speed), hide=0.6, leave=0.35, same=float(same))


def rendered(seed: int, recipe: Recipe) -> Clip:
    """The shot of that seed as a pool keeps it."""
    shot = render(seed, recipe)
    return Clip(
        np.round(np.stack(shot.pictures) * 255).astype(np.uint8),
        np.where(shot.mattes.max(0) > 0.5, shot.mattes.argmax(0) + 1, 0).astype(np.uint8),
        [(thing.color, thing.outline) for thing in shot.things],
    )


def fill(folder: Path, clips: int) -> None:
    """Renders up to ``clips`` clips into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = (clips, FRAMES, SIDE, SIDE)
    shapes: dict[str, tuple[tuple[int, ...], str]] = {
        "pictures": ((*picture, 3), "uint8"),
        "seen": (picture, "uint8"),
        "sizes": ((clips, FRAMES, MOST), "uint16"),
    }
    files = {}
    for name, (shape, kind) in shapes.items():
        path = folder / f"{name}.npy"
        mode = "r+" if path.exists() else "w+"
        files[name] = np.lib.format.open_memmap(path, mode, dtype=kind, shape=None if path.exists() else shape)
    listed = folder / "names.jsonl"
    begun = len(listed.read_text(encoding="utf-8").splitlines()) if listed.exists() else 0
    with listed.open("a", encoding="utf-8") as names:
        for number in range(begun, min(clips, len(files["seen"]))):
            seed = FIRST_SEED + number
            clip = rendered(seed, recipe_of(seed))
            files["pictures"][number], files["seen"][number] = clip.pictures, clip.seen
            for thing in range(len(clip.names)):
                files["sizes"][number, :, thing] = (clip.seen == 1 + thing).sum((1, 2))
            names.write(json.dumps(clip.names) + "\n")
            names.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=2000)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    fill(asked.folder, asked.clips)
