"""Finding a lost subject again: whole-picture search for its colors, size and outline.

Things that look like the subject while it is in plain sight are its rivals. They are kept in mind and followed
loosely, so that a lost subject is not "found" on one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from . import shapes
from .appearance import Appearance, histogram
from .detect import overlap
from .views import Box, Floats, Sight, View, extent

MOST_RIVALS = 12


@dataclass(frozen=True)
class Candidate:
    """Something that may be the subject: its box and area in picture pixels, its colors' likeness 0..1, its matte."""

    box: Box
    area: float
    likeness: float
    sight: Sight

    @property
    def center(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass
class Rivals:
    """Where look-alikes were last seen; at most ``MOST_RIVALS``."""

    boxes: list[Box] = field(default_factory=list)

    def follow(self, candidates: list[Candidate], own: Box | None) -> None:
        """Brings the rivals up to date; with the subject in sight at ``own``, everything else alike is a rival.

        A rival that is briefly out of sight keeps its place.
        """
        seen = [item.box for item in candidates if own is None or overlap(_grown(item.box, 2), _grown(own, 2)) == 0]
        if own is not None:
            gone = [box for box in self.boxes if not any(self._same(box, other) for other in seen)]
            gone = [box for box in gone if overlap(box, own) == 0]
            self.boxes = [*seen, *gone][:MOST_RIVALS]
            return
        self.boxes = [next((other for other in seen if self._same(box, other)), box) for box in self.boxes]

    def includes(self, box: Box) -> bool:
        return any(self._same(rival, box) for rival in self.boxes)

    @staticmethod
    def _same(a: Box, b: Box) -> bool:
        reach = 0.2 * extent(a)
        return overlap(_grown(a, reach), _grown(b, reach)) > 0.25

    def copy(self) -> Rivals:
        return Rivals(list(self.boxes))


def _grown(box: Box, by: float) -> Box:
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def candidates(
    whole: View, index: NDArray[np.int32], appearance: Appearance, area: float, most: int = 24
) -> list[Candidate]:
    """Blobs of the subject's colors on the whole picture, of a plausible size, largest first.

    ``whole``/``index``: the small copy and its color cells; ``area``: the subject's, in picture pixels.
    """
    odds = appearance.table()[index]
    likely = cv2.blur((odds > 0.7).astype(np.float32), (3, 3)) > 0.5
    solid = cv2.morphologyEx(likely.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    sx, sy = whole.scale
    found = []
    for blob in shapes.blobs(np.asarray(solid, np.uint8), max(6.0, 0.04 * area * sx * sy))[:most]:
        x0, y0, x1, y1 = blob.box
        filled = shapes.fill_holes(blob.mask)
        colors = histogram(index[y0:y1, x0:x1], blob.mask.astype(np.float32))
        box = (whole.x0 + x0 / sx, whole.y0 + y0 / sy, whole.x0 + x1 / sx, whole.y0 + y1 / sy)
        covered = float(filled.sum()) / (sx * sy)
        matte: Floats = filled.astype(np.float32)
        place = View(round(box[0]), round(box[1]), round(box[2]), round(box[3]), x1 - x0, y1 - y0)
        found.append(Candidate(box, covered, appearance.likeness(colors), Sight(place, matte)))
    return found


def find_again(
    found: list[Candidate], rivals: Rivals, area: float, roundness: float, expected: tuple[float, float], reach: float
) -> Candidate | None:
    """The candidate that is the lost subject, or none.

    ``area``: the subject's when whole; ``roundness``: of its outline when whole; ``expected``: where it should be by
    its last motion; ``reach``: how far from there it may well be. Near that place a part of the subject is enough;
    far from it the candidate must be like it in size and outline too.
    """
    best: tuple[float, Candidate] | None = None
    for item in found:
        if rivals.includes(item.box):
            continue
        ratio = item.area / max(area, 1.0)
        away = float(np.hypot(item.center[0] - expected[0], item.center[1] - expected[1]))
        near = away < reach
        if ratio > 2.2 or ratio < (0.08 if near else 0.3):
            continue
        outline = shapes.shape_score((item.sight.matte > 0.5).astype(np.uint8), "round")
        unlike = max(0.0, roundness - outline) * float(np.clip(ratio, 0, 1))
        score = item.likeness - 0.35 * unlike * (0.5 if near else 1.0) + (0.1 if near else 0.0)
        needed = 0.55 if near else 0.72
        if score >= needed and (best is None or score > best[0]):
            best = (score, item)
    return best[1] if best else None
