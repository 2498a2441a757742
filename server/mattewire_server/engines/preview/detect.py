"""Finding what a phrase names on one picture: color likelihood → blobs → outline → boxes with scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import PromptNotUnderstood

from ..seams import Found, Picture
from . import colors, shapes, words

SEARCH_EDGE = 960
"""Long edge in pixels of the copy that is searched."""

BOX_THRESHOLD = 0.3
"""Lowest score that counts as found, unless the request sets its own."""

Box = tuple[float, float, float, float]


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


class PreviewDetector:
    """Finds color and shape words (``words.UNDERSTANDS``); deterministic, no memory between pictures.

    Settings: ``box_threshold`` (0..1), ``max_objects``.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        threshold = settings.get("box_threshold")
        self._threshold = BOX_THRESHOLD if threshold is None else float(threshold)
        most = settings.get("max_objects")
        self._most = 16 if most is None else int(most)

    def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
        """Every match, best first; boxes in picture pixels. Absent things give an empty list.

        A match whose box overlaps (IoU >= 0.5) a better match of an excluded phrase is dropped, and so is the
        weaker of two phrases that found the same thing. Raises ``PromptNotUnderstood``.
        """
        wanted = [words.parse(phrase) for phrase in phrases]
        unwanted = _parse_excluded(exclude)
        shrink = min(1.0, SEARCH_EDGE / max(picture.width, picture.height))
        size = (max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink)))
        small = cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA) if shrink < 1 else picture.rgb
        lab = np.asarray(cv2.GaussianBlur(colors.to_lab(np.asarray(small, np.float32)), (0, 0), 1.0), np.float32)
        to_picture = (picture.width / size[0], picture.height / size[1])

        kept: list[Found] = []
        banned = [found for phrase in unwanted for found in self._match(lab, phrase, to_picture)]
        matches = [found for phrase in wanted for found in self._match(lab, phrase, to_picture)]
        for found in sorted(matches, key=lambda item: (-item.score, item.box)):
            beaten = any(overlap(found.box, other.box) >= 0.5 and other.score >= found.score for other in banned)
            if not beaten and all(overlap(found.box, other.box) < 0.5 for other in kept):
                kept.append(found)
        return kept[: self._most]

    def _match(self, lab: colors.Floats, phrase: words.Phrase, to_picture: tuple[float, float]) -> list[Found]:
        # A phrase without a color ("the ball") is looked for in each color by itself: things are of one color.
        searches = [phrase.colors] if phrase.colors else [((color, ""),) for color in colors.REGIONS]
        found = []
        for pairs in searches:
            for box, score in _candidates(colors.phrase_membership(lab, pairs), phrase.shape):
                if score >= self._threshold:
                    x0, y0, x1, y1 = box
                    scaled = (x0 * to_picture[0], y0 * to_picture[1], x1 * to_picture[0], y1 * to_picture[1])
                    found.append(Found(scaled, score, phrase.text))
        return found


def _parse_excluded(exclude: Sequence[str]) -> list[words.Phrase]:
    try:
        return [words.parse(phrase) for phrase in exclude]
    except PromptNotUnderstood as error:
        raise PromptNotUnderstood(error.message, field="exclude", advice=error.advice) from None


def _candidates(member: colors.Floats, kind: str) -> list[tuple[Box, float]]:
    """Boxes on the searched copy with scores 0..1; ``member`` float32 (h, w), 0..1."""
    height, width = member.shape
    smallest = max(24.0, 1.5e-4 * height * width)
    kernel = np.ones((3, 3), np.uint8)
    core = cv2.morphologyEx((member > 0.5).astype(np.uint8), cv2.MORPH_OPEN, kernel)
    # Hysteresis (Canny 1986): weak pixels count where they hang on to strong ones, so a ball keeps its dark side.
    weak = cv2.morphologyEx((member > 0.2).astype(np.uint8), cv2.MORPH_OPEN, kernel)
    found = []
    for source in (core, weak):
        for blob in shapes.blobs(np.asarray(source, np.uint8), smallest):
            x0, y0, x1, y1 = blob.box
            strength = member[y0:y1, x0:x1]
            solid = shapes.fill_holes(blob.mask)
            if not (strength[blob.mask > 0] > 0.5).any():
                continue
            color = _strength(strength[blob.mask > 0])
            score = color * shapes.shape_score(solid, kind) * _size_score(blob.area / (height * width))
            found.append(((float(x0), float(y0), float(x1), float(y1)), float(score)))
            if kind == "round":
                found += _standing_out(strength, solid, blob.box, height * width, smallest)
    return found


def _standing_out(
    strength: colors.Floats, solid: shapes.Mask, box: tuple[int, int, int, int], pixels: int, smallest: float
) -> list[tuple[Box, float]]:
    """Discs inside a blob that is more than the ball itself."""
    found = []
    for x, y, radius, score in shapes.discs(strength, solid):
        area = np.pi * radius**2
        if area >= smallest and area < 0.9 * float(solid.sum()):
            center_x, center_y, reach = box[0] + x + 0.5, box[1] + y + 0.5, radius * 1.1
            around = (center_x - reach, center_y - reach, center_x + reach, center_y + reach)
            # A disc inside something larger is a weaker sign than a blob that is round by itself.
            found.append((around, float(0.8 * score * _size_score(area / pixels))))
    return found


def _strength(member: NDArray[np.float32]) -> float:
    """The typical membership of the better half of the pixels: shade does not count against a lit ball."""
    return float(np.percentile(member, 75))


def _size_score(share: float) -> float:
    """1 for anything from 0.1 % to 20 % of the picture; less for specks and for whole walls."""
    return float(np.clip(0.6 + 0.4 * share / 1e-3, 0, 1) * np.clip(1 - (share - 0.2) / 0.4, 0.1, 1))
