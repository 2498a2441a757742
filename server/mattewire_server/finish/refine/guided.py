"""A matte enlarged along the plate's own edges.

Colors add up: a cell's mean color is what its share of subject, and the rest of background, come to. So the engine's
coverage and the plate's colors, both taken at the engine's resolution, tell what subject and background look like
around every cell, and every pixel's color then tells its own coverage. That is the guided filter's local linear model
(He, Sun and Tang, "Guided Image Filtering", PAMI 2013) fitted at the low resolution and applied at the high one (He and
Sun, "Fast Guided Filter", 2015), which is joint upsampling (Kopf et al., SIGGRAPH 2007), with three differences that
were measured on ``tests/benchmarks/edge_set``:

- Colors are fitted to coverage, not coverage to colors. Cloth and bark have colors of their own that say nothing of
  coverage; fitted the other way they flatten the slope, and no matte reaches 0 or 1.
- The color direction that coverage is read along is Fisher's discriminant (1936): least disturbed by the colors that
  both sides have of their own. Before a black and white floor, a red shirt is told by its red.
- Each pixel gets the mean of that reading and of the plain enlargement, weighed by what each is known to (inverse
  variances). Where the colors of both sides are alike, or grain is strong, the plain enlargement stays.

Light adds up, display codes do not: half of a white subject before black is code 0.735, not 0.5. Colors are compared as
codes, in which grain is even, and a reading is then bent by what half of both sides' light comes to as a code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...color.curves import linear_to_srgb, srgb_to_linear
from ..alpha import snap
from ..edges import Raster
from .band import Mask

REACH = 2.0
"""Standard deviation, in cells (the longer side), of the window that colors are fitted in."""

FLOOR = 0.02
"""Of the display's range 0..1: differences of color that are never trusted, whatever the plate's grain."""

MODEL = 0.05
"""Coverage. What the straight line between two colors misses of a real edge; a reading is never surer than that."""

LEAST_DOUBT = 0.03
"""Coverage that the plain enlargement is off by at least."""

PLAIN = 0.2
"""Weight of the plain enlargement against the reading's. 1 would be right if neighboring pixels erred independently;
they err together. Chosen on the tuning seeds, as are ``REACH``, ``MODEL`` and ``LEAST_DOUBT``."""

SPREAD = 0.7
"""Standard deviation, in cells, that a decoder's last 3 x 3 layers blur a mask by: the colors are blurred alike."""

MOST_BENT = (0.2, 0.8)
"""What half coverage may read as: two colors hardly apart give anything."""

MOST_TRIMMED = 0.35
"""The reading is stretched, so that what lies within its standard deviation of 0 and 1 becomes 0 and 1; but never more
than this at either end."""

_LEAST_VARIANCE = 1e-4  # of coverage in a window: a hundredth squared
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_ROWS = 64  # a strip's temporaries stay in the processor's cache


@dataclass(frozen=True)
class _Fit:
    """Per cell, how coverage is read off a color: ``across`` . rgb + ``offset``, off by ``deviation``, and then to the
    power of ``bend``; and what the plain enlargement is off by, squared (``doubt``). float32 (rows, columns),
    ``across`` a list of three."""

    across: list[Raster]
    offset: Raster
    deviation: Raster
    doubt: Raster
    bend: Raster | None

    def planes(self) -> list[Raster]:
        planes = [*self.across, self.offset, self.deviation, self.doubt]
        return planes if self.bend is None else [*planes, self.bend]


def guided(
    rgb: NDArray[np.float32],
    alpha: Raster,
    coverage: Raster,
    band: Mask,
    doubted: Mask | None = None,
    *,
    fit_beyond: bool = False,
    in_light: bool = False,
) -> Raster:
    """``alpha`` with the plate's edges inside ``band``: float32 (height, width), 0..1, a new array.

    ``rgb``: float32 (height, width, 3), display-encoded, 0..1: the plate. ``alpha``: float32 (height, width), the plain
    enlargement. ``coverage``: float32 (rows, columns), 0..1: the engine's cells, which fill the same area. ``band``:
    bool (height, width). Outside it ``alpha`` comes back. ``doubted``: bool (height, width), where the cells claim to
    know and may not, so that ``alpha`` weighs little; absent: nowhere. ``fit_beyond``: colors are fitted only where
    nothing is doubted, in a window wide enough for that. ``in_light``: ``rgb`` is light, sRGB-encoded
    (IEC 61966-2-1), so that its mixtures are known; else codes are taken to mix as numbers.
    """
    result: Raster = alpha.copy()
    if not band.any():
        return result
    doubted = np.zeros_like(band) if doubted is None else doubted
    fit = _fit(rgb, coverage, doubted if fit_beyond else None, in_light)
    columns = np.flatnonzero(band.any(axis=0))
    x0, x1 = int(columns[0]), int(columns[-1]) + 1
    for rows, planes in _enlarged(fit.planes(), alpha.shape, band):
        part = (rows, slice(x0, x1))
        made = _settled(rgb[part], alpha[part], doubted[part], [plane[:, x0:x1] for plane in planes])
        result[part] = np.where(band[part], made, alpha[part])
    return result


def _settled(rgb: NDArray[np.float32], alpha: Raster, doubted: Mask, planes: list[Raster]) -> Raster:
    """The weighed mean of the reading and of ``alpha``, for the pixels of a strip."""
    red, green, blue, offset, deviation, doubt, *bend = planes
    reading = red * rgb[..., 0] + green * rgb[..., 1] + blue * rgb[..., 2] + offset
    trim = np.minimum(deviation, np.float32(MOST_TRIMMED))
    reading = np.clip((reading - trim) / (1 - 2 * trim), 0, 1)
    if bend:
        np.power(reading, bend[0], out=reading)
    sure = 1 / (deviation * deviation + np.float32(MODEL**2))
    # Coverage between 0 and 1 that is truly 0 or 1 at every pixel has the variance a(1 - a), and never more.
    most = np.where(doubted, np.float32(0.25), alpha * (1 - alpha)) + np.float32(1e-3)
    doubt = np.minimum(doubt + np.float32(LEAST_DOUBT**2), most)
    plain = np.float32(PLAIN) / doubt
    return snap(np.asarray((reading * sure + alpha * plain) / (sure + plain), np.float32))


def _fit(rgb: NDArray[np.float32], coverage: Raster, beyond: Mask | None, in_light: bool) -> _Fit:
    """``beyond``: bool (height, width), the pixels that nothing is fitted in; None where all are."""
    rows, columns = coverage.shape
    across, down = rgb.shape[1] / columns, rgb.shape[0] / rows
    reach = REACH * max(across, down)
    if beyond is not None:
        reach = max(reach, _half_width(beyond))

    def mean(plane: Raster) -> Raster:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigmaX=reach / across, sigmaY=reach / down), np.float32)

    def reduced(plane: Raster) -> Raster:
        return np.asarray(cv2.resize(plane, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)

    def spread(plane: Raster) -> Raster:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), SPREAD), np.float32)

    weight = np.ones_like(coverage)
    if beyond is not None:
        weight = np.maximum(1 - reduced(beyond.astype(np.float32)), np.float32(1e-3))
    total = mean(weight)

    def expected(plane: Raster) -> Raster:
        return mean(weight * plane) / total

    channels = [np.asarray(plane, np.float32) for plane in cv2.split(rgb)]
    cells = [reduced(channel) for channel in channels]
    colors = [spread(cell) for cell in cells]
    share = expected(coverage)
    varies = np.maximum(expected(coverage * coverage) - share * share, 0)
    means = [expected(color) for color in colors]
    slopes = [
        (expected(color * coverage) - middle * share) / (varies + np.float32(_LEAST_VARIANCE))
        for color, middle in zip(colors, means, strict=True)
    ]
    # What colors do that coverage does not explain: among cells, and inside the cells that are all of one kind.
    pure = weight * (np.clip(1 - 4 * coverage * (1 - coverage) / np.float32(0.3), 0, 1) + np.float32(1e-3))
    pure_share = mean(pure)
    inside, own = {}, {}
    for a, b in _PAIRS:
        inside[a, b] = reduced(channels[a] * channels[b]) - cells[a] * cells[b]
        among = expected(colors[a] * colors[b]) - means[a] * means[b] - slopes[a] * slopes[b] * varies
        own[a, b] = among + mean(pure * inside[a, b]) / pure_share
    direction = _solved(own, slopes)
    power = np.maximum(sum(one * slope for one, slope in zip(direction, slopes, strict=True)), np.float32(1e-6))
    axis = [np.asarray(one / power, np.float32) for one in direction]
    offset = share - sum(one * middle for one, middle in zip(axis, means, strict=True))
    # Inside a cell, pixels differ by their coverage and by the reading's own error; cells, by what the engine missed.
    varied = sum((1 if a == b else 2) * axis[a] * axis[b] * inside[a, b] for a, b in _PAIRS)
    missed = sum(one * color for one, color in zip(axis, colors, strict=True)) + offset - coverage
    doubt = spread(np.asarray(np.maximum(varied - 1 / power, 0) + missed * missed, np.float32))
    bend = None
    if in_light:
        fronts = [middle + slope * (1 - share) for middle, slope in zip(means, slopes, strict=True)]
        backs = [middle - slope * share for middle, slope in zip(means, slopes, strict=True)]
        halves = [_half_lit(front, back) for front, back in zip(fronts, backs, strict=True)]
        middle = sum(one * half for one, half in zip(axis, halves, strict=True)) + offset
        bend = np.asarray(np.log(0.5) / np.log(np.clip(middle, *MOST_BENT)), np.float32)
    return _Fit(axis, np.asarray(offset, np.float32), np.sqrt(1 / power), doubt, bend)


def _half_lit(front: Raster, back: Raster) -> Raster:
    """The code of half the light of either code."""
    light = srgb_to_linear(np.clip(front, 0, 1)) + srgb_to_linear(np.clip(back, 0, 1))
    return np.asarray(linear_to_srgb(light / 2), np.float32)


def _half_width(doubted: Mask) -> float:
    """Pixels from the middle of the widest part of ``doubted`` to where something is known again."""
    if not doubted.any():
        return 0.0
    return float(cv2.distanceTransform(doubted.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5).max())


def _solved(matrix: dict[tuple[int, int], Raster], vector: list[Raster]) -> list[Raster]:
    """``matrix``, symmetric 3 x 3 per cell with ``FLOOR`` squared added to its diagonal, inverted, times ``vector``.

    By cofactors, in float64: the same to the last bit whatever library solves equations on a machine.
    """
    floor = FLOOR**2
    wide = {pair: plane.astype(np.float64) + (floor if pair[0] == pair[1] else 0) for pair, plane in matrix.items()}
    a, b, c, d, e, f = (wide[pair] for pair in _PAIRS)
    first, second, third = d * f - e * e, c * e - b * f, b * e - c * d
    determinant = np.maximum(a * first + b * second + c * third, floor**3)
    inverse = ((first, second, third), (second, a * f - c * c, b * c - a * e), (third, b * c - a * e, a * d - b * b))
    return [
        np.asarray(sum(entry * one for entry, one in zip(row, vector, strict=True)) / determinant, np.float32)
        for row in inverse
    ]


def _enlarged(planes: list[Raster], shape: tuple[int, ...], band: Mask) -> Iterator[tuple[slice, list[Raster]]]:
    """``planes`` (rows, columns) enlarged bilinearly to ``shape``, by strips in which ``band`` has pixels."""
    height, width = shape[0], shape[1]
    rows = planes[0].shape[0]
    for top in range(0, height, _ROWS):
        bottom = min(top + _ROWS, height)
        if not band[top:bottom].any():
            continue
        place = np.clip((np.arange(top, bottom) + 0.5) * (rows / height) - 0.5, 0, rows - 1)
        above = place.astype(np.intp)
        below, part = np.minimum(above + 1, rows - 1), (place - above).astype(np.float32)[:, None]
        strips = [plane[above] * (1 - part) + plane[below] * part for plane in planes]
        size = (width, bottom - top)
        wide = [np.asarray(cv2.resize(strip, size, interpolation=cv2.INTER_LINEAR), np.float32) for strip in strips]
        yield slice(top, bottom), wide
