"""From an engine's logits to a matte: the picture's size, soft edges, and a core and a background that are exact.

A matte is float32 (height, width), 0..1, and stands for coverage: how much of the pixel the subject fills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import EngineFailed, InternalError

LOGIT_LIMIT = 32.0
"""Logits beyond are cut before they are resampled, as SAM 2 cuts its own (``sam2_image_predictor.py``): engines say
"certainly not" with values such as -1024, and one of those would pull a whole edge outward when interpolated."""

SNAP = 1 / 512
"""Half an 8-bit code. Below it a matte is exactly 0, above 1 - SNAP exactly 1: network noise around 0 makes an EXR
12 times larger (measured, HD, ZIP), and a core at 0.998 lets the background shine through when comped."""

LOW_SCORE = 0.5
"""Below it the engine rates its own matte as more likely wrong than right."""

LOW, GONE, BACK, EMPTY = "low score", "out of sight", "found again", "empty matte"
FLAGS = (LOW, GONE, BACK, EMPTY)


def alpha_from_logits(logits: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """The soft matte of one object, float32 (height, width).

    ``logits``: float32 (h, w), log-odds of "subject", covering the whole picture at any scale. Enlarged as logits
    (bicubic), where an edge is a straight ramp, and so stays one clean line at any size. Reduced as coverage (area
    average) after the sigmoid: averaged log-odds would erase a strand thinner than a pixel, averaged coverage keeps
    it at its share. ``EngineFailed`` when the logits are not finite numbers.
    """
    if logits.ndim != 2 or not logits.size:
        raise InternalError(f"Logits must be (h, w), not {logits.shape}.")
    if np.isnan(logits.min()) or np.isnan(logits.max()):
        raise EngineFailed("The engine's logits are not numbers (NaN).")
    h, w = logits.shape
    bounded = np.clip(logits, -LOGIT_LIMIT, LOGIT_LIMIT).astype(np.float32, copy=False)
    if width > w or height > h:
        bounded = _resized(bounded, max(w, width), max(h, height), cv2.INTER_CUBIC)
    alpha = _sigmoid(bounded)
    return snap(alpha if alpha.shape == (height, width) else _resized(alpha, width, height, cv2.INTER_AREA))


def snap(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """``alpha`` with everything within ``SNAP`` of 0 and 1 exactly there; changes and returns the same array."""
    alpha[alpha < SNAP] = 0.0
    alpha[alpha > 1.0 - SNAP] = 1.0
    return alpha


def merge(mattes: Sequence[NDArray[np.float32]], width: int, height: int) -> NDArray[np.float32]:
    """Several objects as one matte: 1 - (1 - a)(1 - b), what compositing them over each other covers.

    Porter and Duff (1984) derive it for edges that cross a pixel independently. Where two objects touch at half
    coverage each, the larger value alone would leave a seam of 0.5, a sum would overfill crossing edges; this leaves
    0.75. Nothing gives an empty matte, one object its own values.
    """
    if not mattes:
        return np.zeros((height, width), np.float32)
    if len(mattes) == 1:
        return np.array(mattes[0], np.float32)
    open_share = np.ones((height, width), np.float32)
    for matte in mattes:
        open_share *= np.float32(1) - matte
    return snap(np.subtract(np.float32(1), open_share))


@dataclass(frozen=True)
class Look:
    """How one object stands on one frame. ``score``: 0..1. ``area``: the sum of its matte, in pixels."""

    score: float
    present: bool
    area: float


def flags_for(now: Mapping[int, Look], before: Mapping[int, Look] | None = None) -> list[str]:
    """Why a frame is worth a look: some of ``FLAGS``, in that order, each once; empty when nothing is odd.

    ``now``: every object by number. ``before``: the same on the neighboring frame in the direction of tracking, None
    on the keyframe. What is odd about a frame among its neighbors is for ``quality`` to say.
    """
    raised = {flag for number, look in now.items() for flag in _flags_of(look, (before or {}).get(number))}
    return [flag for flag in FLAGS if flag in raised]


def _flags_of(look: Look, before: Look | None) -> set[str]:
    if not look.present:
        return {GONE}
    raised = set()
    if look.score < LOW_SCORE:
        raised.add(LOW)
    if look.area < 1.0:
        raised.add(EMPTY)
    if before is not None and not before.present:
        raised.add(BACK)
    return raised


def _resized(raster: NDArray[np.float32], width: int, height: int, filter: int) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(raster, (width, height), interpolation=filter), np.float32)


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    # Safe: enlarging overshoots the limit of 32 by a fifth at most, and exp of a float32 overflows past 88.
    alpha: NDArray[np.float32] = np.float32(1) / (np.float32(1) + np.exp(-logits))
    return alpha
