"""Frames of the pool as the detector may get them: whole, closer, and in wide pictures. Colors stay what they are.

The engine scales a picture so that its long edge has 213 pixels where it is 16:9 and each has 128 where it is square.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .pool import FRAMES, Clip, Pool, rendered
from .shots import Recipe

SIDE = 128
"""Of a whole frame in pixels. The pool's are larger."""

NEAREST_SIDE = 76
"""Smallest part of a frame, in pixels, that is enlarged to a whole one."""

ALONE, WELL_SEEN = 64, 150
"""Side of a single thing's picture; how many pixels of it must be in sight."""

SHAPES = ((128, 128), (120, 213), (128, 170), (170, 128), (213, 120))
"""Rows and columns: square, 16:9 and 4:3, lying and standing."""

UNSEEN = 50_000
"""Seed of the first shot that a training run judges itself by: in no pool, and not in the exam."""


def frames(random: np.random.Generator, pool: Pool, pictures: int, closer: float = 0.4) -> list[Clip]:
    """Single square frames, the share ``closer`` of them enlarged parts."""
    clips = [still(random, pool) for _ in range(pictures)]
    return [enlarged(random, clip) if random.random() < closer else clip for clip in clips]


def still(random: np.random.Generator, pool: Pool) -> Clip:
    """Any frame of any clip, mirrored left to right half of the time. Not upside down: no one asks for a car on its
    roof."""
    clip = pool.clip(int(random.integers(len(pool))), 0, FRAMES)
    frame = int(random.integers(len(clip.seen)))
    turn = np.s_[frame : frame + 1, :, :: -1 if random.random() < 0.5 else 1]
    return _part(Clip(clip.pictures[turn], clip.seen[turn], clip.names), np.s_[0, :, :], SIDE, SIDE)


def enlarged(random: np.random.Generator, clip: Clip) -> Clip:
    """Any square part of the first frame, at the size of the whole."""
    side = int(random.integers(NEAREST_SIDE, SIDE))
    y, x = random.integers(0, SIDE - side + 1, 2)
    return _part(clip, np.s_[0, y : y + side, x : x + side], SIDE, SIDE)


def single(random: np.random.Generator, pool: Pool, pictures: int) -> list[Clip]:
    """Things of any frames, each in the middle of a small picture of its own, about as large as it is in a frame;
    nothing else is named in it."""
    told: list[Clip] = []
    while len(told) < pictures:
        clip = still(random, pool)
        counts = np.bincount(clip.seen[0].ravel(), minlength=1 + len(clip.names))[1:]
        for number in np.flatnonzero(counts >= WELL_SEEN):
            rows, columns = np.nonzero(clip.seen[0] == number + 1)
            side = min(int((max(np.ptp(rows), np.ptp(columns)) + 1) * random.uniform(1.05, 1.6)), SIDE)
            y, x = (
                int(np.clip((at.min() + at.max() + 1 - side) / 2 + random.uniform(-0.08, 0.08) * side, 0, SIDE - side))
                for at in (rows, columns)
            )
            cut = _part(clip, np.s_[0, y : y + side, x : x + side], ALONE, ALONE)
            told.append(Clip(cut.pictures, (cut.seen == number + 1).astype(np.uint8), [clip.names[number]]))
    return told[:pictures]


def plainer(random: np.random.Generator, clip: Clip, plain: float) -> Clip:
    """The first frame with everything behind the named things faded by ``plain``, 0..1, into one tone, which is none of
    theirs as far as six attempts find one."""
    tones = random.integers(20, 236, (6, 3))
    own = [clip.pictures[0][clip.seen[0] == number].mean(0) for number in np.unique(clip.seen[0])[1:]]
    tone = max(tones, key=lambda each: min((float(np.abs(each - one).max()) for one in own), default=0.0))
    behind = clip.seen[0] == 0
    picture = clip.pictures[0].copy()
    picture[behind] = np.round(picture[behind] * (1 - plain) + tone * plain).astype(np.uint8)
    return Clip(picture[None], clip.seen[:1], clip.names)


def shaped(random: np.random.Generator, pool: Pool, pictures: int, rows: int, columns: int) -> list[Clip]:
    """Single frames of that size: half of them parts of one frame, enlarged as a second look does it, half cut from
    two that lie side by side or one above the other."""
    told = []
    for _ in range(pictures):
        clip = still(random, pool)
        if random.random() < 0.5:
            scale = min(SIDE / rows, SIDE / columns) * random.uniform(0.7, 1.0)
        else:
            clip = _joined(clip, still(random, pool), 1 if columns > rows else 0)
            scale = min(clip.seen.shape[1] / rows, clip.seen.shape[2] / columns, random.uniform(0.8, 1.2))
        high, wide = round(rows * scale), round(columns * scale)
        y, x = (int(random.integers(0, room + 1)) for room in np.array(clip.seen.shape[1:]) - (high, wide))
        told.append(_part(clip, np.s_[0, y : y + high, x : x + wide], rows, columns))
    return told


def _joined(one: Clip, other: Clip, axis: int) -> Clip:
    second = np.where(other.seen > 0, other.seen + len(one.names), 0).astype(np.uint8)
    return Clip(np.concatenate([one.pictures, other.pictures], 1 + axis), np.concatenate([one.seen, second], 1 + axis),
                [*one.names, *other.names])  # fmt: skip


def _part(clip: Clip, part: tuple[int, slice, slice], rows: int, columns: int) -> Clip:
    how = cv2.INTER_AREA if clip.seen[part].shape[0] > rows else cv2.INTER_LINEAR
    picture = cv2.resize(clip.pictures[part], (columns, rows), interpolation=how)
    seen = cv2.resize(clip.seen[part], (columns, rows), interpolation=cv2.INTER_NEAREST)
    return Clip(picture[None], seen[None], clip.names)


def unseen(pictures: int, first: int = UNSEEN) -> list[Clip]:
    """Single frames of shots that no pool has."""
    recipe = Recipe(frames=1, most=5, hide=0.2, leave=0.0)
    return [rendered(first + number, recipe) for number in range(pictures)]


def normalized(clips: list[Clip], mean: tuple[float, ...], deviation: tuple[float, ...]) -> NDArray[np.float32]:
    """(pictures, 3, rows, columns): the first frame of each, as the detector wants it."""
    rgb = np.stack([clip.pictures[0] for clip in clips]).astype(np.float32) / np.float32(255)
    seen = (rgb - np.array(mean, np.float32)) / np.array(deviation, np.float32)
    return np.ascontiguousarray(seen.transpose(0, 3, 1, 2))
