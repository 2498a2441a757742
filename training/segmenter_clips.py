"""What the tiny segmenter is trained and judged on: clips, a thing to follow, and an artist's marks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from mattewire_server.engines.sam2.prepare import BOTTOM_RIGHT, DROP, KEEP, TOP_LEFT

from .pool import Pool
from .segmenter_model import SIDE, normalized
from .shots import Recipe, render

UNUSED = -10
"""Label of a place in the list of points that the model gives no embedding."""

ENOUGH = 600
"""Pixels of the subject on the frame of the prompt. Held-out shots ask for 900."""

GONE = 24
"""Fewer pixels than these are neither in sight nor out of it."""


@dataclass
class Batch:
    """``pixels``: (frames, clips, 3, side, side). ``truth``: (frames, tracks, side, side). Points and labels, (tracks,
    1, count[, 2]), are of frame 0. ``clip_of``: (tracks,), what clip each is in. ``turn``: the frame from which on
    ``truth`` is another thing, which an artist's points ask for there; 0 where it is the same thing all along."""

    pixels: Tensor
    truth: Tensor
    points: Tensor
    labels: Tensor
    clip_of: Tensor
    turn: int = 0


def drawn(
    random: np.random.Generator, pool: Pool, frames: int, clips: int, alone: float = 0.4, turned: float = 0.1
) -> Batch:
    """Clips of the pool, two things of each to follow, or four on single frames; color channels are exchanged, which
    no matte minds.

    Of clips of four frames and more, half have a subject that goes out of sight where one can be found. ``alone``: how
    many batches have boxes and nothing else. ``turned``: how many start with a wrong thing.
    """
    turn = int(random.integers(1, max(2, frames - 1))) if frames > 1 and random.random() < turned else 0
    only_boxes = random.random() < alone
    pictures: list[np.ndarray] = []
    truths: list[np.ndarray] = []
    marks: list[tuple[np.ndarray, np.ndarray]] = []
    clip_of: list[int] = []
    while len(pictures) < clips:
        part = pool.part(random, frames)
        vanishing = len(pictures) % 2 == 0 and random.random() < 0.95
        subjects = _subjects(random, pool.sizes(part), turn, vanishing)[: 2 if frames > 1 else 4]
        if not subjects:
            continue
        clip = pool.read(part)
        for subject, first in subjects:
            truth = clip.seen == 1 + subject
            truth[:turn] = clip.seen[:turn] == 1 + first
            truths.append(truth)
            marks.append(prompt(random, clip.seen[0], 1 + first, only_boxes))
            clip_of.append(len(pictures))
        pictures.append(clip.pictures[..., random.permutation(3)])
    rgb = np.stack(pictures, axis=1).astype(np.float32) / np.float32(255)
    count = 2 if only_boxes else 3
    return Batch(
        torch.from_numpy(normalized(rgb)),
        torch.from_numpy(np.stack(truths, axis=1).astype(np.float32)),
        torch.from_numpy(np.stack([points for points, _ in marks])[:, None, :count].astype(np.float32)),
        torch.from_numpy(np.stack([labels for _, labels in marks])[:, None, :count].astype(np.int32)),
        torch.tensor(clip_of),
        turn,
    )


def _subjects(random: np.random.Generator, sizes: np.ndarray, turn: int, vanishing: bool) -> list[tuple[int, int]]:
    """Things to follow, with the things that their tracks start on. ``sizes``: (frames, things), pixels in
    sight. ``vanishing``: one of them goes out of sight; without such a one, there is nothing here to follow."""
    first = np.flatnonzero(sizes[0] >= ENOUGH)
    if turn:
        pairs = [(int(one), int(other)) for one in np.flatnonzero(sizes[turn] >= ENOUGH) for other in first]
        pairs = [pair for pair in pairs if pair[0] != pair[1]]
        return [pairs[at] for at in random.permutation(len(pairs))]
    told = [(int(thing), int(thing)) for thing in random.permutation(first)]
    if vanishing and len(sizes) >= 4:
        told.sort(key=lambda pair: bool((sizes[:, pair[0]] > 0).all()))
        if told and (sizes[:, told[0][0]] > 0).all():
            return []
    return told


def prompt(
    random: np.random.Generator, seen: np.ndarray, subject: int, alone: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """A box, mostly with a point on the subject, sometimes a point alone, sometimes a drop point on another thing.

    ``seen``: (side, side), what thing is seen where. ``alone``: a box and nothing else. Three places; those not used
    are labelled so.
    """
    inside = seen == subject
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
    jitter = random.normal(0, 0.03, 4) * np.array([box[2] - box[0], box[3] - box[1]] * 2)
    x0, y0, x1, y1 = np.clip(box + jitter, 0, SIDE) - 0.5
    deep = _depth(inside)
    spots = np.argwhere(deep >= (deep.max() * (0.95 if random.random() < 0.5 else 0.3)))
    row, column = spots[int(random.integers(len(spots)))]
    kind = 0.0 if alone else random.random()
    points = np.array([(x0, y0), (x1, y1), (column, row)], np.float32)
    labels = np.array([TOP_LEFT, BOTTOM_RIGHT, KEEP])
    if kind < 0.15:
        labels[2] = UNUSED
    elif kind < 0.3:
        labels[:2] = UNUSED
    elif kind < 0.4:
        others = np.argwhere((seen > 0) & ~inside)
        if len(others):
            points[2], labels[2] = others[int(random.integers(len(others)))][::-1], DROP
    return points, labels


def _depth(inside: np.ndarray) -> np.ndarray:
    """Of every pixel, how far it is to what is outside, beyond the frame included."""
    return cv2.distanceTransform(np.pad(inside, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]


def corrections(masks: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """A point in the middle of what each clip lacks and one in the middle of what it has too much: keep and drop."""
    large = F.interpolate(masks.detach(), (SIDE, SIDE), mode="bilinear", align_corners=False)[:, 0].numpy() > 0
    solid = truth.numpy() > 0.5
    points, labels = np.zeros((len(solid), 1, 2, 2), np.float32), np.full((len(solid), 1, 2), UNUSED, np.int32)
    for clip in range(len(solid)):
        for place, error in enumerate((solid[clip] & ~large[clip], large[clip] & ~solid[clip])):
            field = _depth(error)
            if field.max() > 1:
                row, column = np.unravel_index(int(field.argmax()), field.shape)
                points[clip, 0, place], labels[clip, 0, place] = (column, row), (KEEP, DROP)[place]
    return torch.from_numpy(points), torch.from_numpy(labels)


def held_out(shots: int, frames: int) -> Batch:
    """Shots that are in no pool, with a box around something on the first frame."""
    pixels: list[np.ndarray] = []
    truths: list[np.ndarray] = []
    corners: list[list[list[float]]] = []
    seed = 0
    while len(pixels) < shots:
        shot = render(seed, Recipe(side=SIDE, frames=frames, fewest=3, most=5, speed=0.6, hide=0.4, leave=0.2))
        able = np.flatnonzero((shot.mattes[:, 0] > 0.5).sum((1, 2)) >= 900)
        seed += 1
        if len(able):
            subject = int(able[seed % len(able)])
            box = shot.box(subject, 0)
            assert box is not None
            corners.append([[box[0] - 0.5, box[1] - 0.5], [box[2] - 0.5, box[3] - 0.5]])
            pixels.append(np.stack(shot.pictures))
            truths.append(shot.mattes[subject])
    return Batch(
        torch.from_numpy(normalized(np.stack(pixels, axis=1))),
        torch.from_numpy(np.stack(truths, axis=1)),
        torch.tensor(corners)[:, None],
        torch.tensor([[[TOP_LEFT, BOTTOM_RIGHT]]] * shots, dtype=torch.int32),
        torch.arange(shots),
    )
