"""What a subject looks like: color histograms of the subject and of what is not, as log-odds per color.

Two models work together. ``Appearance`` knows colors only: what the artist marked (kept for the whole shot, so that
the track cannot drift away from it) and what was seen last. ``local_odds`` knows colors at places, a coarse
bilateral grid (Märki, Perazzi, Wang and Sorkine-Hornung, "Bilateral Space Video Segmentation", CVPR 2016) filled from
the previous frame, so that a white flank in front of white concrete is told apart by where it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Index = NDArray[np.int32]

LIGHT_BINS, COLOR_BINS = 12, 24
CELLS = LIGHT_BINS * COLOR_BINS * COLOR_BINS
_COLOR_REACH = 96.0
ODDS_LIMIT = 5.0
"""Log-odds are cut to this: no single color is worth more than 150 to 1."""

_UNSEEN = 2e-5
"""Share of a cell that was never seen (1 / 7 of an even spread), which keeps the log finite."""


def color_index(lab: Floats) -> Index:
    """The histogram cell of each CIELAB pixel: int32 (h, w), cells of 8.3 in L and 8 in a and b."""
    light = np.clip(lab[..., 0] * (LIGHT_BINS / 100), 0, LIGHT_BINS - 1).astype(np.int32)
    scale = COLOR_BINS / (2 * _COLOR_REACH)
    a = np.clip((lab[..., 1] + _COLOR_REACH) * scale, 0, COLOR_BINS - 1).astype(np.int32)
    b = np.clip((lab[..., 2] + _COLOR_REACH) * scale, 0, COLOR_BINS - 1).astype(np.int32)
    return np.asarray((light * COLOR_BINS + a) * COLOR_BINS + b, np.int32)


def _smooth(grid: NDArray[np.float64], axes: tuple[int, ...]) -> NDArray[np.float64]:
    """The binomial filter 1-2-1 along each axis, edges repeated."""
    for axis in axes:
        length = grid.shape[axis]
        if length > 1:
            before = grid.take([0, *range(length - 1)], axis)
            after = grid.take([*range(1, length), length - 1], axis)
            grid = 0.5 * grid + 0.25 * (before + after)
    return grid


def histogram(index: Index, weights: Floats) -> NDArray[np.float64]:
    """Smoothed shares of each color cell, (CELLS,), summing to 1; all 0 when the weights are."""
    counts = np.bincount(index.ravel(), weights.ravel(), CELLS)
    total = counts.sum()
    if total <= 0:
        return np.zeros(CELLS)
    grid = (counts / total).reshape(LIGHT_BINS, COLOR_BINS, COLOR_BINS)
    return _smooth(_smooth(grid, (0, 1, 2)), (0,)).reshape(CELLS)


SHADES = (1.0, 0.87, 0.75, 0.62, 1.08)
"""How a marked subject may look in other light. CIELAB values grow with the cube root of light (CIE 15), so light
falling to 0.66, 0.42 and 0.24 of what it was multiplies L, a and b by 0.87, 0.75 and 0.62; 1.26 times by 1.08."""

_SHADE_WEIGHTS = (0.6, 0.14, 0.1, 0.08, 0.08)


def shades(lab: Floats, weights: Floats) -> list[NDArray[np.float64]]:
    """Histograms of the weighted pixels under each light of ``SHADES``."""
    return [histogram(color_index(lab * np.float32(shade)), weights) for shade in SHADES]


def likeness(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The Bhattacharyya coefficient of two histograms: 0 nothing in common, 1 the same."""
    return float(np.sqrt(a * b).sum())


class Appearance:
    """Colors of one subject against its surroundings."""

    def __init__(self) -> None:
        self._anchor = [np.zeros(CELLS)] * len(SHADES)
        self._anchor_away = np.zeros(CELLS)
        self._anchors = 0
        self._recent = np.zeros(CELLS)
        self._recent_away = np.zeros(CELLS)
        self._table: Floats | None = None

    def copy(self) -> Appearance:
        other = Appearance()
        other.__dict__.update(self.__dict__)  # every array is replaced, never written into
        return other

    def mark(self, subject: list[NDArray[np.float64]], away: NDArray[np.float64]) -> None:
        """Adds what the artist marked: the subject in each of ``shades``, and its surroundings, on a hinted frame."""
        self._anchors += 1
        share = 1 / self._anchors
        self._anchor = [old + share * (new - old) for old, new in zip(self._anchor, subject, strict=True)]
        self._anchor_away = self._anchor_away + share * (away - self._anchor_away)
        self._recent, self._recent_away = subject[0], away
        self._table = None

    def learn(self, subject: NDArray[np.float64], away: NDArray[np.float64], rate: float) -> None:
        """Leans the recent colors toward what was just seen; the anchor stays."""
        self._recent = self._recent + rate * (subject - self._recent)
        self._recent_away = self._recent_away + rate * (away - self._recent_away)
        self._table = None

    def table(self) -> Floats:
        """Log-odds "subject" per color cell: float32 (CELLS,), -ODDS_LIMIT..ODDS_LIMIT."""
        if self._table is None:
            marked = np.zeros(CELLS)
            for weight, shade in zip(_SHADE_WEIGHTS, self._anchor, strict=True):
                marked = marked + weight * shade
            subject = 0.65 * marked + 0.35 * self._recent
            away = 0.5 * self._anchor_away + 0.5 * self._recent_away
            # A color seen in neither is more likely to be something new than the subject: half a unit against it.
            odds = np.log((subject + _UNSEEN) / (away + _UNSEEN)) - 0.5
            self._table = np.clip(odds, -ODDS_LIMIT, ODDS_LIMIT).astype(np.float32)
        return self._table

    def likeness(self, seen: NDArray[np.float64]) -> float:
        """How alike colors are to the subject as marked, in any of ``SHADES``, or as last seen, 0..1."""
        return max(likeness(seen, known) for known in (*self._anchor, self._recent))


_GRID_COLORS = (10, 12, 12)
_GRID_PLACES = 7
_GRID_CELLS = _GRID_PLACES**2 * _GRID_COLORS[0] * _GRID_COLORS[1] * _GRID_COLORS[2]


def _grid_index(lab: Floats) -> NDArray[np.int64]:
    height, width = lab.shape[:2]
    rows = (np.arange(height) * _GRID_PLACES // height)[:, None]
    columns = (np.arange(width) * _GRID_PLACES // width)[None, :]
    light, reds, blues = _GRID_COLORS
    # Colors are finest near gray, where real sets live: the cube root spreads small a and b over more cells.
    ab = np.cbrt(lab[..., 1:] / 100.0)
    a = np.clip((ab[..., 0] + 1) * (reds / 2), 0, reds - 1).astype(np.int64)
    b = np.clip((ab[..., 1] + 1) * (blues / 2), 0, blues - 1).astype(np.int64)
    lightness = np.clip(lab[..., 0] * (light / 100), 0, light - 1).astype(np.int64)
    return np.asarray((((rows * _GRID_PLACES + columns) * light + lightness) * reds + a) * blues + b)


def local_odds(before: Floats, matte: Floats, now: Floats, color_odds: Floats) -> Floats:
    """Log-odds from colors at places, falling back to ``color_odds`` where the place never showed the color.

    ``before``: CIELAB (h, w, 3) of the previous frame brought to this one's place; ``matte``: its matte (h, w), 0..1;
    ``now``: CIELAB (h, w, 3) of this frame; ``color_odds``: (h, w) log-odds of the colors alone.
    """
    shape = (_GRID_PLACES, _GRID_PLACES, *_GRID_COLORS)
    cells = _grid_index(before).ravel()
    weights = matte.ravel().astype(np.float64)
    every = np.bincount(cells, minlength=_GRID_CELLS).astype(np.float64).reshape(shape)
    inside = np.asarray(np.bincount(cells, weights, _GRID_CELLS), np.float64).reshape(shape)
    axes = (0, 1, 2, 3, 4)
    total, subject = _smooth(every, axes).ravel(), _smooth(inside, axes).ravel()
    ask = _grid_index(now)
    fallback = 1 / (1 + np.exp(-color_odds.astype(np.float64)))
    trust = 0.25 + 2e-5 * matte.size  # pixels' worth of evidence that the colors alone stand for
    share = (subject[ask] + trust * fallback) / (total[ask] + trust)
    share = np.clip(share, 0.01, 0.99)
    return np.log(share / (1 - share)).astype(np.float32)
