"""Motion blur: how far a moving subject smears, and so how much wider what is open at its edges must be."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..edges import Raster
from .band import Mask

FLOW_EDGE = 640
"""Long edge of the copies between which optical flow is measured."""

SHUTTER = 0.5
"""Of a frame's motion, the share during which the shutter is open. 180 degrees: the custom of film, and most
renderers' default."""

FASTEST = 160.0
"""Pixels of smear at most: beyond, flow is seldom right, and the band would cover the subject."""

SEEN = 0.5
"""Alpha from which a pixel moves as the subject does."""

Flow = NDArray[np.float32]
"""float32 (height, width, 2): pixels that things move from one frame to the next, across and down."""


def flow(now: NDArray[np.float32], other: NDArray[np.float32]) -> Flow:
    """Where the pixels of ``now`` are on ``other``, as a move. Both float32 (height, width, 3), display-encoded, 0..1.

    DIS flow (Kroeger, Timofte, Dai and Van Gool, ECCV 2016) on reduced gray copies.
    """
    height, width = now.shape[:2]
    scale = min(1.0, FLOW_EDGE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    field = method.calc(_gray(now, size), _gray(other, size), np.zeros((size[1], size[0], 2), np.float32))
    field = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(field * np.array([width / size[0], height / size[1]], np.float32), np.float32)


def motion(
    now: NDArray[np.float32], before: NDArray[np.float32] | None, after: NDArray[np.float32] | None
) -> Flow | None:
    """The motion at ``now``: the mean of the move to the frame after and of that from the frame before, or the one
    there is; None without either. Pictures as for ``flow``."""
    moves = [flow(now, after)] if after is not None else []
    if before is not None:
        moves.append(-flow(now, before))
    return np.asarray(sum(moves) / np.float32(len(moves)), np.float32) if moves else None


def smeared(band: Mask, alpha: Raster, moving: Flow) -> Mask:
    """``band`` wider by the subject's smear, to both sides along its motion: bool (height, width).

    ``alpha``: float32 (height, width), 0..1, of the subject; ``moving``: the picture's motion. The background's motion
    smears no edge of the subject's, so the subject's own is carried outward to what it smears over.
    """
    subject = (alpha >= SEEN).astype(np.float32)
    if not subject.any() or not band.any():
        return np.array(band)
    smear = moving * np.float32(SHUTTER)
    length = np.hypot(smear[..., 0], smear[..., 1])
    smear *= np.minimum(1, np.float32(FASTEST) / np.maximum(length, np.float32(1e-6)))[..., None]
    longest = float(np.quantile(np.minimum(length, FASTEST)[subject > 0], 0.98))
    if longest < 1.0:
        return np.array(band)
    carried = _carried(smear, subject, longest)
    rows, columns = np.mgrid[: band.shape[0], : band.shape[1]].astype(np.float32)
    wide, narrow = band.view(np.uint8).copy(), band.view(np.uint8)
    for step in np.linspace(-0.5, 0.5, 2 * int(np.ceil(longest / 4)) + 1, dtype=np.float32):
        x, y = columns + step * carried[..., 0], rows + step * carried[..., 1]
        there = cv2.remap(narrow, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        np.maximum(wide, np.asarray(there, np.uint8), out=wide)
    gap = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))  # steps are up to 2 pixels apart
    closed = np.asarray(cv2.morphologyEx(wide, cv2.MORPH_CLOSE, gap), np.uint8)
    return np.asarray(closed | narrow, np.uint8).view(np.bool_)


def _carried(smear: Flow, subject: Raster, reach: float) -> Flow:
    """``smear`` of the subject, continued outside it by a blur as wide as the longest smear."""
    weight = cv2.GaussianBlur(subject, (0, 0), reach)
    sums = cv2.GaussianBlur(smear * subject[..., None], (0, 0), reach)
    outside = sums / np.maximum(weight, np.float32(1e-6))[..., None]
    return np.asarray(np.where(subject[..., None] > 0, smear, outside), np.float32)


def _gray(rgb: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.uint8]:
    gray = cv2.resize(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(gray * 255 + 0.5, 0, 255), np.uint8)
