"""The rules that turn a detector's numbers into detections, on plain data: no model, no torch.

phrase mapping → thresholds → overlap suppression → exclusion → drop marks. Boxes are (x0, y0, x1, y1) in picture
pixels with x0 < x1 and y0 < y1; scores lie in 0..1. Every rule is deterministic: equal scores keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .seams import Found, Mark

Box = tuple[float, float, float, float]
Floats = NDArray[np.float32]

BOX_THRESHOLD = 0.30
TEXT_THRESHOLD = 0.25
"""The thresholds of the GroundingDINO demo (IDEA-Research/GroundingDINO, demo/inference_on_a_image.py)."""

SAME_PHRASE = 0.7
"""IoU from which two boxes of one phrase are one thing. Two people in an embrace stay below it."""

ANY_PHRASE = 0.9
"""IoU from which boxes of different phrases are one thing ("dog", "puppy"); a rider and her bicycle stay below it."""

EXCLUDED = 0.5
"""IoU from which a better scored excluded thing takes a match away."""


@dataclass(frozen=True)
class Span:
    """Where one phrase stands among the text tokens.

    ``subject``: token columns of the words that name the thing (descriptor and category: "red mug" in "red mug on
    the table"). ``category``: the columns of the one word that says what it is ("mug"). Context words have no
    column here: they steer the text encoder, but a table is not a match for "mug on the table".
    """

    phrase: str
    subject: tuple[int, ...]
    category: tuple[int, ...]


def overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0..1."""
    shared = _shared(a, b)
    return shared / (_area(a) + _area(b) - shared) if shared > 0 else 0.0


def best_first(found: Sequence[Found]) -> list[Found]:
    """By score, then in the order given."""
    return sorted(found, key=lambda item: -item.score)


def matches(
    token_scores: Floats,
    boxes: Floats,
    spans: Sequence[Span],
    box_threshold: float = BOX_THRESHOLD,
    text_threshold: float = TEXT_THRESHOLD,
) -> list[Found]:
    """Each box with the one phrase that it matches best, best first; boxes that match none are left out.

    ``token_scores``: float (boxes, tokens), 0..1. ``boxes``: float (boxes, 4). The score of a box for a phrase is
    its best token among the phrase's subject words, as in the official ``predict`` (which takes the best token of
    the whole text and then joins every word above the text threshold, across phrases: "cat dog"; here no token
    counts for a phrase that it is not in). A phrase applies when its score reaches ``box_threshold`` and its
    category word reaches ``text_threshold``: a box that only "red" is sure of is no "red mug".
    """
    if not len(boxes) or not spans:
        return []
    by_phrase = np.stack([token_scores[:, list(span.subject)].max(axis=1) for span in spans], axis=1)
    category = np.stack([token_scores[:, list(span.category)].max(axis=1) for span in spans], axis=1)
    applies = (by_phrase >= box_threshold) & (category >= text_threshold)
    chosen = np.where(applies, by_phrase, -1.0)
    found = []
    for box, scores in zip(boxes, chosen, strict=True):
        phrase = int(scores.argmax())
        x0, y0, x1, y1 = (float(value) for value in box)
        if scores[phrase] >= 0 and x1 > x0 and y1 > y0:
            found.append(Found((x0, y0, x1, y1), float(scores[phrase]), spans[phrase].phrase))
    return best_first(found)


def suppress(found: Sequence[Found], same: float = SAME_PHRASE, other: float = ANY_PHRASE) -> list[Found]:
    """Greedy non-maximum suppression, best first: one detection for each thing."""
    kept: list[Found] = []
    for item in best_first(found):
        if all(overlap(item.box, one.box) < (same if one.phrase == item.phrase else other) for one in kept):
            kept.append(item)
    return kept


def exclude(found: Sequence[Found], unwanted: Sequence[Found]) -> list[Found]:
    """``found`` without what an excluded phrase names better, each rest with the marks that keep excluded things out.

    A match goes when an unwanted detection overlaps it (IoU >= 0.5) and scores at least as well. An unwanted one that
    overlaps as much but scores worse is the same thing under a worse name: it is ignored. One that only touches the
    match becomes a drop mark on it (``Found.avoid``).
    """
    kept = []
    for item in found:
        rivals = [(overlap(item.box, other.box), other) for other in unwanted]
        if any(share >= EXCLUDED and other.score >= item.score for share, other in rivals):
            continue
        avoid = tuple(_drop_mark(item.box, other.box) for share, other in rivals if 0 < share < EXCLUDED)
        kept.append(replace(item, avoid=item.avoid + avoid) if avoid else item)
    return kept


def _drop_mark(subject: Box, unwanted: Box) -> Mark:
    """A drop point on the unwanted thing, away from the subject's middle.

    The middle of the unwanted box, unless that box covers the subject's middle and reaches out of the subject's box:
    then the middle of its largest strip outside, which the subject cannot be on.
    """
    x0, y0, x1, y1 = unwanted
    middle_x, middle_y = (subject[0] + subject[2]) / 2, (subject[1] + subject[3]) / 2
    if x0 <= middle_x < x1 and y0 <= middle_y < y1:
        strips: list[Box] = [
            (x0, y0, min(x1, subject[0]), y1),
            (max(x0, subject[2]), y0, x1, y1),
            (x0, y0, x1, min(y1, subject[1])),
            (x0, max(y0, subject[3]), x1, y1),
        ]
        outside = max(strips, key=_area)
        if _area(outside) > 0:
            x0, y0, x1, y1 = outside
    return Mark((x0 + x1) / 2, (y0 + y1) / 2, keep=False)


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _shared(a: Box, b: Box) -> float:
    return _area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
