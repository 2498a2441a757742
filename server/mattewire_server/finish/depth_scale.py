"""Distances that stay put: each frame's estimate laid onto the frames before it.

A network that sees one picture at a time tells inverse distance up to a scale and a shift, and tells other ones on the
next frame (Ranftl et al., TPAMI 2022): a wall's number jumps though nothing moves. Scale and shift are therefore fitted
to frames before, on what is the same in both. Only those two numbers change: nothing is averaged over time, so nothing
lags behind.

The fit is symmetric. Both maps carry the same noise, and ordinary least squares, which takes one of them for exact, has
too flat a slope by noise/(signal + noise); a chain of such fits fades to nothing within a shot. The reduced major axis
(the slope is the ratio of the standard deviations; Ricker, "Linear regressions in fishery research", 1973) has no such
bias for equal noise. What moves by itself is an outlier: Tukey's biweight gives it no weight.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .edges import Raster

BEFORE = (1, 4, 16, 64)
"""Frames before that a frame is laid onto, the mean of the fits. Errors of a chain of single steps add up; and what
comes nearer slowly differs little from one frame to the next, so that only a far look back finds it out."""

LONG_EDGE = 256
"""Of the copies that fits are made on."""

ENDS = (2.0, 98.0)
"""Percentiles that count as nearest and farthest; a few pixels at either end are often wild."""

SAME_COLOR = 10
"""Of the display's 255 codes: how alike the colors of a place are on two frames if it is the same place."""

STILL = 0.75
"""Pixels of the copies that a place may move by beside the camera's own motion and count as still."""

ENOUGH_STILL = 0.25
"""Share of the picture. Where as much stands still, what moves is not looked at: it may come nearer or go away."""

LEAST_SHARED = 0.05
"""Share of the picture that must be the same on two frames for a fit. Across a cut it is not."""

LEAST_AGREEMENT = 0.5
"""Correlation of two maps below which they tell nothing of each other's scale."""

TUKEY = 4.685
"""Of the biweight, in standard deviations: 95 % efficiency on normal noise (Holland and Welsch, 1977)."""

Affine = NDArray[np.float64]

_ROUNDS = 12
_STEP = 4  # every so many pixels of the copies tell the camera's motion
_LEAST_PIXELS = 64
_TINY = 1e-9


@dataclass(frozen=True)
class _Seen:
    """8 bits are enough to compare colors by, and 64 frames are kept. ``camera``: where its places are on the frame
    before, as most of the picture moves: float64 (3, 3), of homogeneous pixels."""

    rgb: NDArray[np.uint8]
    gray: NDArray[np.uint8]
    distance: Raster
    camera: Affine


class DepthScale:
    """The distances of one shot. Frames are added in order, first to last; what is kept of them is a few small maps.

    ``metric``: the estimator tells meters, which are only scaled. Else it tells relative inverse distance (larger is
    nearer), which becomes relative distance (larger is farther): linear in inverse distance, 0 at the nearest and 1 at
    the farthest two percent of the first frame; later frames may go beyond.
    """

    def __init__(self, metric: bool) -> None:
        self._metric = metric
        self._before: deque[_Seen] = deque(maxlen=max(BEFORE))

    def add(self, said: Raster, rgb: NDArray[np.float32]) -> Raster:
        """The distances of the next frame, float32 of ``said``'s shape.

        ``said``: float32 (h, w), the estimator's own. ``rgb``: float32 (height, width, 3), display-encoded, 0..1: the
        picture, at any size.
        """
        raw: Raster = said if self._metric else -said
        small = _reduced(raw)
        size = (small.shape[1], small.shape[0])
        part = np.clip(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) * 255 + 0.5, 0, 255)
        shown = np.asarray(part, np.uint8)
        gray = np.asarray(cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY), np.uint8)
        fits: list[tuple[float, float]] = []
        camera = np.eye(3)  # over all the frames back to the one that is looked at
        first_step = camera
        for back in range(1, len(self._before) + 1):
            before = self._before[-back]
            if back in BEFORE and before.gray.shape == gray.shape:
                there, same, move = _carried(before, shown, gray, camera)
                if back == 1:
                    camera = first_step = move
                fitted = self._onto(small[same], there[same])
                if fitted is not None:
                    fits.append(fitted)
            camera = before.camera @ camera
        scale, shift = np.mean(np.array(fits), axis=0) if fits else self._own(small)
        distance = np.asarray(small * np.float32(scale) + np.float32(shift), np.float32)
        self._before.append(_Seen(shown, gray, distance, first_step))
        return np.asarray(raw * np.float32(scale) + np.float32(shift), np.float32)

    def _own(self, raw: Raster) -> tuple[float, float]:
        """What makes the first frame's distances, and those after a cut."""
        if self._metric:
            return 1.0, 0.0
        near, far = np.percentile(raw, ENDS)
        scale = 1.0 / (far - near) if far - near > _TINY else 1.0
        return float(scale), float(-near * scale)

    def _onto(self, raw: Raster, known: Raster) -> tuple[float, float] | None:
        if raw.size < _LEAST_PIXELS:
            return None
        return _scale_alone(raw, known) if self._metric else major_axis(raw, known)


def major_axis(x: Raster, y: Raster) -> tuple[float, float] | None:
    """Scale and shift with ``scale * x + shift`` ≈ ``y``: the reduced major axis of what Tukey's biweight leaves.

    ``x``, ``y``: float32 (n,), of equal relative noise. None where they do not rise together.
    """
    wide_x, wide_y = x.astype(np.float64), y.astype(np.float64)
    scale, shift = _first_guess(wide_x, wide_y)
    if scale <= _TINY:
        return None
    for _ in range(_ROUNDS):
        off = scale * wide_x + shift - wide_y
        deviation = 1.4826 * float(np.median(np.abs(off)))
        if deviation <= _TINY * (1 + abs(shift)):
            return scale, shift
        weight = np.square(np.maximum(1 - np.square(off / (TUKEY * deviation)), 0))
        total = float(weight.sum())
        mean_x, mean_y = float((weight * wide_x).sum()) / total, float((weight * wide_y).sum()) / total
        dx, dy = wide_x - mean_x, wide_y - mean_y
        xx, yy, xy = (float((weight * each).sum()) for each in (dx * dx, dy * dy, dx * dy))
        if xx <= _TINY * total * _TINY or xy < LEAST_AGREEMENT * np.sqrt(xx * yy):
            return None
        scale = float(np.sqrt(yy / xx))
        shift = mean_y - scale * mean_x
    return scale, shift


def _first_guess(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """By quartiles, which a quarter of moving pixels at either end leave as they are."""
    low_x, mid_x, high_x = np.percentile(x, (25, 50, 75))
    low_y, mid_y, high_y = np.percentile(y, (25, 50, 75))
    if high_x - low_x <= _TINY:  # more than half of the picture is at one distance
        spread_x, spread_y = float(x.std()), float(y.std())
        scale = spread_y / spread_x if spread_x > _TINY else 0.0
    else:
        scale = float((high_y - low_y) / (high_x - low_x))
    return scale, float(mid_y - scale * mid_x)


def _scale_alone(x: Raster, y: Raster) -> tuple[float, float] | None:
    usable = (x > _TINY) & (y > _TINY)
    if int(usable.sum()) < _LEAST_PIXELS:
        return None
    return float(np.exp(np.median(np.log(y[usable].astype(np.float64) / x[usable])))), 0.0


def _carried(
    before: _Seen, rgb: NDArray[np.uint8], gray: NDArray[np.uint8], camera: Affine
) -> tuple[Raster, NDArray[np.bool_], Affine]:
    """The distances of ``before`` where its places are now, which pixels show a place of both frames, and how most of
    the picture moves. ``camera``: the last, roughly, to look for the places from."""
    height, width = gray.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    move = np.asarray(method.calc(gray, before.gray, _motion(camera, columns, rows)), np.float32)
    x, y = columns + move[..., 0], rows + move[..., 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    color = np.asarray(cv2.remap(before.rgb, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)
    # Not interpolated: that would average noise away, and the fit counts on as much of it in both maps.
    there = cv2.remap(before.distance, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    same = inside & (cv2.absdiff(rgb, color).max(axis=2) < SAME_COLOR)
    if same.mean() < LEAST_SHARED:
        return np.asarray(there, np.float32), np.zeros_like(same), np.eye(3)
    camera = _camera(columns, rows, move, same)
    beside = move - _motion(camera, columns, rows)
    still = same & (np.hypot(beside[..., 0], beside[..., 1]) < STILL)
    return np.asarray(there, np.float32), np.asarray(still if still.mean() >= ENOUGH_STILL else same), camera


def _camera(columns: Raster, rows: Raster, move: NDArray[np.float32], same: NDArray[np.bool_]) -> Affine:
    """The affine map that most places follow; none where there is no such map."""
    some = (slice(None, None, _STEP), slice(None, None, _STEP))
    seen = same[some]
    places = np.stack([columns[some][seen], rows[some][seen]], axis=1)
    found, _ = cv2.estimateAffine2D(places, places + move[some][seen], method=cv2.RANSAC, ransacReprojThreshold=STILL)
    return np.eye(3) if found is None else np.vstack([np.asarray(found, np.float64), (0.0, 0.0, 1.0)])


def _motion(camera: Affine, columns: Raster, rows: Raster) -> NDArray[np.float32]:
    """The move of every pixel, float32 (height, width, 2), across and down."""
    x = camera[0, 0] * columns + camera[0, 1] * rows + camera[0, 2] - columns
    y = camera[1, 0] * columns + camera[1, 1] * rows + camera[1, 2] - rows
    return np.ascontiguousarray(np.stack([x, y], axis=2), np.float32)


def _reduced(raster: Raster) -> Raster:
    height, width = raster.shape
    scale = min(1.0, LONG_EDGE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    return np.asarray(cv2.resize(raster, size, interpolation=cv2.INTER_AREA), np.float32)
