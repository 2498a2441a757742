"""How close a matte sequence comes to the exact one: intersection over union, and mattes where nothing is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from mattewire_protocol.errors import FrameMissing, PlateUnreadable

from ..patterns import Pattern, parse_pattern

LEVEL = 0.5
"""A pixel is inside from this alpha on."""

SEEN_ENOUGH = 0.5
"""Frames count for the mean where at least this share of the subject can be seen."""


@dataclass(frozen=True)
class FrameMeasure:
    """One frame. ``iou``: 0..1, None when neither matte has a pixel inside. Pixel counts are at ``LEVEL``."""

    frame: int
    visible: float
    iou: float | None
    truth_pixels: int
    matte_pixels: int
    missing: bool = False

    @property
    def counts(self) -> bool:
        """The frame enters the mean."""
        return self.visible >= SEEN_ENOUGH

    @property
    def false(self) -> bool:
        """A matte is drawn although the subject cannot be seen."""
        return self.visible == 0 and self.matte_pixels > 0


@dataclass(frozen=True)
class Measure:
    """A sequence's measure, one entry a frame, in frame order."""

    frames: tuple[FrameMeasure, ...]

    @property
    def mean_iou(self) -> float:
        """Over the frames that count; a missing matte counts 0. 0 when no frame counts."""
        scores = self._scores()
        return float(np.mean(scores)) if scores else 0.0

    @property
    def min_iou(self) -> float:
        """The worst of the frames that count."""
        return min(self._scores(), default=0.0)

    @property
    def false_frames(self) -> tuple[int, ...]:
        return tuple(one.frame for one in self.frames if one.false)

    @property
    def missing(self) -> tuple[int, ...]:
        """Frames that have no matte on disk."""
        return tuple(one.frame for one in self.frames if one.missing)

    @property
    def worst(self) -> FrameMeasure | None:
        """The frame to look at first."""
        return min((one for one in self.frames if one.counts), key=lambda one: one.iou or 0.0, default=None)

    def _scores(self) -> list[float]:
        return [one.iou or 0.0 for one in self.frames if one.counts]


def measure(truth: str, matte: str, visible: Mapping[int, float]) -> Measure:
    """Compares two sequences, given as ``####`` patterns, on the frames of ``visible`` at the plate's size.

    ``visible``: per frame the share of the subject that can be seen, 0..1. A matte may be an EXR with an A
    channel (its data window is placed in the display window, 0 elsewhere) or a gray EXR, PNG or TIFF.

    Raises ``FrameMissing`` when the truth lacks a frame, ``PlateUnreadable`` for a damaged file or a matte of
    another size, both naming the frame.
    """
    exact, made = parse_pattern(truth, "truth"), parse_pattern(matte, "matte")

    def one(frame: int) -> FrameMeasure:
        return _measure_frame(exact, made, frame, visible[frame])

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return Measure(tuple(pool.map(one, sorted(visible))))


def _measure_frame(exact: Pattern, made: Pattern, frame: int, visible: float) -> FrameMeasure:
    if not os.path.exists(exact.path(frame)):
        raise FrameMissing(f"Frame {frame}: the exact matte {exact.path(frame)} is not there.", field="truth")
    truth = read_matte(exact.path(frame), frame) >= LEVEL
    inside = int(np.count_nonzero(truth))
    if not os.path.exists(made.path(frame)):
        return FrameMeasure(frame, visible, 0.0 if inside else None, inside, 0, missing=True)
    matte = read_matte(made.path(frame), frame) >= LEVEL
    if matte.shape != truth.shape:
        sizes = f"{matte.shape[1]}x{matte.shape[0]}, not {truth.shape[1]}x{truth.shape[0]}"
        raise PlateUnreadable(f"Frame {frame}: the matte {made.path(frame)} is {sizes}.", field="matte")
    union = int(np.count_nonzero(truth | matte))
    iou = int(np.count_nonzero(truth & matte)) / union if union else None
    return FrameMeasure(frame, visible, iou, inside, int(np.count_nonzero(matte)))


def read_matte(path: str, frame: int) -> NDArray[np.float32]:
    """A matte file as float32 (display height, display width), as stored: alpha where there is one, else gray.

    Raises ``PlateUnreadable``, naming the frame.
    """
    source = oiio.ImageInput.open(path)
    if source is None:
        raise PlateUnreadable(f"Frame {frame}: {path} cannot be read ({oiio.geterror().strip()}).")
    try:
        spec = source.spec()
        channel = spec.alpha_channel if spec.alpha_channel >= 0 else 0
        pixels = source.read_image(0, 0, channel, channel + 1, "float")
        if pixels is None:
            raise PlateUnreadable(f"Frame {frame}: {path} cannot be read ({source.geterror().strip()}).")
    finally:
        source.close()
    whole = np.zeros((spec.full_height, spec.full_width), np.float32)
    x, y = spec.x - spec.full_x, spec.y - spec.full_y
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + spec.width, spec.full_width), min(y + spec.height, spec.full_height)
    if x0 < x1 and y0 < y1:
        found = np.asarray(pixels, np.float32).reshape(spec.height, spec.width)
        whole[y0:y1, x0:x1] = found[y0 - y : y1 - y, x0 - x : x1 - x]
    return whole
