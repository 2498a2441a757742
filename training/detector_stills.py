"""What the tiny detector is shown: stills with a caption each, as tensors; for learning, and held-out ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mattewire_server.engines.grounding_dino.pixels import DEVIATION, MEAN

from .captions import Question, ask, boxes, in_sight, put
from .outlines import COLORS, OUTLINES
from .pool import Clip, Pool
from .views import SHAPES, frames, normalized, shaped, unseen


@dataclass
class Batch:
    """``pixels``: (pictures, 3, height, width). ``ids``, ``mask``: (pictures, tokens). ``boxes``: each (things, 4)."""

    clips: list[Clip]
    questions: list[Question]
    pixels: Tensor
    ids: Tensor
    mask: Tensor
    boxes: list[Tensor]


def drawn(random: np.random.Generator, pool: Pool, pictures: int, phrases: int, square: float = 0.7) -> Batch:
    """Single frames of the pool with a caption each; all of one shape, ``square`` of the time a square."""
    if random.random() < square:
        clips = frames(random, pool, pictures)
    else:
        rows, columns = SHAPES[int(random.integers(1, len(SHAPES)))]
        clips = shaped(random, pool, max(1, pictures * SHAPES[0][0] ** 2 // (rows * columns)), rows, columns)
    return assembled(clips, [ask(random, clip, int(random.integers(1, phrases + 1))) for clip in clips])


def assembled(clips: list[Clip], questions: list[Question]) -> Batch:
    """The tensors of pictures and their captions, padded to the longest."""
    longest = max(len(question.caption.ids) for question in questions)
    ids = torch.tensor([[*q.caption.ids, *[0] * (longest - len(q.caption.ids))] for q in questions])
    pixels = torch.from_numpy(normalized(clips, MEAN, DEVIATION))
    return Batch(clips, questions, pixels, ids, (ids != 0).long(), [torch.from_numpy(boxes(clip)) for clip in clips])


def held_out(pictures: int = 120, phrases: int = 3) -> list[Batch]:
    """Shots that are in no pool, in batches of 20."""
    clips = unseen(pictures)
    questions = [ask(np.random.default_rng(number), clip, phrases) for number, clip in enumerate(clips)]
    return _batches(clips, questions)


def hard(pictures: int = 150, first: int = 70_000) -> list[Batch]:
    """Each of so many unseen stills twice, as an artist asks: for one thing that is there, and for one that differs
    from it by a word."""
    clips, questions = [], []
    for number, clip in enumerate(unseen(pictures, first=first)):
        random = np.random.default_rng(number)
        sure, unsure = in_sight(clip)
        if not sure:
            continue
        color, outline = clip.names[sure[number % len(sure)]]
        others = [(color, each) for each in OUTLINES] if number % 2 else [(each, outline) for each in COLORS]
        random.shuffle(others)
        near = [*(clip.names[each] for each in sure), *unsure]
        absent = next(each for each in others if each not in near)
        clips += [clip, clip]
        questions += [put(random, clip, [(color, outline)]), put(random, clip, [absent])]
    return _batches(clips, questions)


def _batches(clips: list[Clip], questions: list[Question]) -> list[Batch]:
    return [assembled(clips[at : at + 20], questions[at : at + 20]) for at in range(0, len(clips), 20)]
