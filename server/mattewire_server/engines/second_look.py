"""The refiner: what the detector is not sure of is detected again, closer, and the two views are fused.

Plain data and a callable; no model, no torch. A small or distant subject has few pixels left in the detector's copy of
the frame; on a crop it has many. And a box that the closer view does not confirm was probably never there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .detections import Box, overlap, suppress
from .seams import Found, Picture

CONFIDENT = 0.45
"""Score from which a detection needs no second look: one and a half times the box threshold of 0.30."""

FAINT = 0.7
"""Share of the box threshold from which a candidate is worth a second look."""

AGREE = 0.55
"""IoU from which two views are of one thing (Solovyev, Wang & Gabruseva 2021, "Weighted boxes fusion")."""

PADDING = 0.5
"""Context around the box on each side, as a share of its width and height: the crop is twice as wide and high."""

SMALLEST_CROP = 64.0
"""Least width and height of a crop in picture pixels."""

LARGEST_SHARE = 0.6
"""A crop of more than this share of the picture shows hardly more detail than the picture did."""

MOST_LOOKS = 4
"""Second looks at one frame, best candidates first: each costs as much as the first look."""

Look = Callable[[Picture, str], list[Found]]
"""Detects one phrase on a crop; boxes in the crop's pixels."""


@dataclass(frozen=True)
class SecondLook:
    """What a second look at ``frame`` made of one candidate.

    ``first``: as the whole frame showed it. ``closer``: the crop's detection in picture pixels, None when the crop
    did not show it. ``fused``: what the two make together. ``crop``: the part of the picture looked at.
    """

    frame: int
    first: Found
    closer: Found | None
    fused: Found
    crop: Box


def refine(
    picture: Picture, found: Sequence[Found], look: Look, *, box_threshold: float, confident: float = CONFIDENT
) -> tuple[list[Found], list[SecondLook]]:
    """``found`` after second looks at what scores below ``confident``, and the record of these looks.

    ``found`` may hold candidates below ``box_threshold`` (down to ``FAINT`` of it): only a second look can raise them.
    Whatever is below the threshold in the end is dropped. Sure boxes, and those too large for a closer view, are
    left as they are.
    """
    kept: list[Found] = []
    looks: list[SecondLook] = []
    for item in sorted(found, key=lambda one: -one.score):
        crop = crop_around(item.box, picture.width, picture.height)
        if item.score >= confident or crop is None or len(looks) == MOST_LOOKS:
            kept.append(item)
            continue
        closer = _closest(item, look_at(picture, crop, item.phrase, look))
        looks.append(SecondLook(picture.frame, item, closer, fuse([item] if closer is None else [item, closer]), crop))
        kept.append(looks[-1].fused)
    return suppress([item for item in kept if item.score >= box_threshold]), looks


def look_at(picture: Picture, crop: Box, phrase: str, look: Look) -> list[Found]:
    """What ``look`` finds on whole-pixel ``crop`` of the picture; boxes in picture pixels."""
    x0, y0, x1, y1 = (int(edge) for edge in crop)
    part = Picture(picture.frame, np.ascontiguousarray(picture.rgb[y0:y1, x0:x1]))
    return [
        replace(item, box=(item.box[0] + x0, item.box[1] + y0, item.box[2] + x0, item.box[3] + y0))
        for item in look(part, phrase)
    ]


def crop_around(box: Box, width: int, height: int) -> Box | None:
    """The padded crop around ``box``, whole pixels inside the picture; None where a closer view gains nothing."""
    wide = max((box[2] - box[0]) * (1 + 2 * PADDING), SMALLEST_CROP)
    high = max((box[3] - box[1]) * (1 + 2 * PADDING), SMALLEST_CROP)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    x0, y0 = max(0.0, np.floor(x - wide / 2)), max(0.0, np.floor(y - high / 2))
    x1, y1 = min(float(width), np.ceil(x + wide / 2)), min(float(height), np.ceil(y + high / 2))
    if x1 - x0 < 2 or y1 - y0 < 2 or (x1 - x0) * (y1 - y0) > LARGEST_SHARE * width * height:
        return None
    return (float(x0), float(y0), float(x1), float(y1))


def fuse(views: Sequence[Found], looked: int = 2) -> Found:
    """One detection from those that ``looked`` views of one thing gave: weighted boxes fusion.

    Box: the mean of the boxes, weighted by score. Score: the mean score, times the share of views that saw the thing;
    so what only one of two views saw keeps half its score (Solovyev, Wang & Gabruseva 2021, equations 1 to 3 and 5).
    """
    scores = np.array([item.score for item in views])
    boxes = np.array([item.box for item in views])
    total = float(scores.sum())
    x0, y0, x1, y1 = (float(edge) for edge in (boxes * scores[:, None]).sum(axis=0) / total)
    return replace(views[0], box=(x0, y0, x1, y1), score=total / len(views) * min(len(views), looked) / looked)


def _closest(item: Found, closer: Sequence[Found]) -> Found | None:
    agreeing = [one for one in closer if overlap(one.box, item.box) >= AGREE]
    return max(agreeing, key=lambda one: overlap(one.box, item.box), default=None)
