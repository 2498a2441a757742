"""From one frame to the next: where did the subject go, and which pixels are it now.

Two guesses of the motion are made: dense optical flow (DIS: Kroeger, Timofte, Dai and Van Gool, ECCV 2016), which
follows what bends, and a match of the subject's outline and texture, which follows what jumps. Then every pixel is
weighed by color, by color at its place, and by distance from the expected outline.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from . import colors, shapes
from .appearance import Appearance, color_index, histogram, local_odds
from .outline import Outline
from .views import Floats, Sight, View, extent, outside_of

FOLLOW_EDGE = 200
"""Long edge of the view in which pixels are weighed."""

FLOW_EDGE = 640
"""Long edge of the copies between which optical flow is measured."""


@dataclass(frozen=True)
class Weighed:
    """What ``weigh`` found: the matte, and how sure the colors were of it.

    ``seen``: histogram of the matte's colors; ``away``: of the rest of the view; ``inside``/``around``: mean
    probability by color in the matte and in the rest; ``distinct``: 0 colors tell nothing, 1 they tell all.
    """

    sight: Sight
    seen: NDArray[np.float64]
    away: NDArray[np.float64]
    inside: float
    around: float
    distinct: float


class Flow:
    """Dense motion from this frame back to the previous one. ``now``/``before``: uint8 gray copies of one size."""

    def __init__(self, whole: View, now: NDArray[np.uint8], before: NDArray[np.uint8]) -> None:
        self._whole = whole
        method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        field = np.asarray(method.calc(now, before, np.zeros((*now.shape, 2), np.float32)), np.float32)
        self._field: Floats = np.asarray(field / np.array(whole.scale, np.float32), np.float32)

    def origin(self, points: Floats) -> Floats:
        """Where picture points (h, w, 2) of this frame were on the previous one."""
        low = np.array([self._whole.x0 + 1, self._whole.y0 + 1], np.float32)
        high = np.array([self._whole.x1 - 1, self._whole.y1 - 1], np.float32)
        inside: Floats = np.minimum(np.maximum(points, low), high).astype(np.float32)
        return np.add(points, self._whole.sample(self._field, inside), dtype=np.float32)


def locate(
    before: Floats,
    now: Floats,
    sight: Sight,
    appearance: Appearance,
    velocity: tuple[float, float],
    distinct: float,
    further: float = 0.0,
) -> tuple[float, float]:
    """How far the subject moved, in picture pixels, by matching its outline on colors and its texture.

    ``before``/``now``: whole pictures, sRGB float32; ``velocity``: picture pixels per frame, what is expected;
    ``further``: picture pixels to look beyond what the velocity asks for.
    """
    height, width = now.shape[:2]
    box = sight.box
    size = extent(box)
    speed = float(np.hypot(*velocity))
    margin = 0.75 * size + 1.5 * speed + 12 + further
    reach = max(box[2] - box[0], box[3] - box[1]) + 2 * margin
    view = View.around(box, margin, (width, height), int(np.clip(44 * reach / size, 64, 200)))
    now_lab, before_lab = colors.to_lab(view.cut(now)), colors.to_lab(view.cut(before))
    probability = 1 / (1 + np.exp(-appearance.table()[color_index(now_lab)]))
    matte = sight.view.sample(sight.matte, view.points())
    rows, columns = np.flatnonzero((matte > 0.3).any(1)), np.flatnonzero((matte > 0.3).any(0))
    if not len(rows):
        return (0.0, 0.0)
    pad = 4
    y0, y1 = max(0, int(rows[0]) - pad), min(view.height, int(rows[-1]) + 1 + pad)
    x0, x1 = max(0, int(columns[0]) - pad), min(view.width, int(columns[-1]) + 1 + pad)
    outline = np.ascontiguousarray(matte[y0:y1, x0:x1])
    ring = cv2.dilate(outline, np.ones((7, 7), np.uint8)) - outline
    kernel = outline / outline.sum() - ring / max(float(ring.sum()), 1.0)
    border = cv2.BORDER_CONSTANT
    tall, wide = (y1 - y0) // 2, (x1 - x0) // 2
    padded = cv2.copyMakeBorder(probability.astype(np.float32), tall, tall, wide, wide, border, value=0.3)
    fit = cv2.matchTemplate(padded, kernel.astype(np.float32), cv2.TM_CCORR)
    around = cv2.copyMakeBorder(now_lab, tall, tall, wide, wide, cv2.BORDER_REPLICATE)
    weight = np.repeat(np.sqrt(outline)[..., None], 3, axis=2)
    error = cv2.matchTemplate(around, np.ascontiguousarray(before_lab[y0:y1, x0:x1]), cv2.TM_SQDIFF, None, weight)
    texture = np.exp(-np.maximum(error, 0) / (float(outline.sum()) * 2 * 14.0**2))

    sx, sy = view.scale
    dx = (np.arange(fit.shape[1]) - (x0 + wide)) / sx
    dy = (np.arange(fit.shape[0]) - (y0 + tall)) / sy
    off = (np.hypot(dx[None] - velocity[0], dy[:, None] - velocity[1])) / (size + 0.5 * speed)
    total = (0.3 + 0.7 * distinct) * fit + (1.1 - 0.7 * distinct) * texture - 0.2 * np.minimum(off**2, 1.5)
    row, column = np.unravel_index(int(np.argmax(total)), total.shape)
    return float(dx[column]), float(dy[row])


def expected(view: View, sight: Sight, flow: Flow, moved: tuple[float, float]) -> tuple[Floats, Floats]:
    """The previous matte brought to ``view`` on this frame, and the previous frame's picture point of each pixel.

    Flow is believed where it takes the subject to where ``locate`` found it.
    """
    points = view.points()
    size = extent(sight.box)
    origin = flow.origin(points)
    rigid = (points - np.array(moved, np.float32)).astype(np.float32)
    by_flow = sight.view.sample(sight.matte, origin)
    by_shift = sight.view.sample(sight.matte, rigid)
    mass, mass_shift = float(by_flow.sum()), float(by_shift.sum())
    if mass < 0.6 * mass_shift or mass > 1.5 * mass_shift or mass_shift <= 0:
        return by_shift, rigid
    apart = (points * (by_flow / mass - by_shift / mass_shift)[..., None]).sum((0, 1))
    if float(np.hypot(*apart)) > 0.15 * size:
        return by_shift, rigid
    return by_flow, origin


def weigh(
    now: Floats,
    view: View,
    matte: Floats,
    appearance: Appearance,
    distinct: float,
    before: Floats | None,
    drops: NDArray[np.bool_] | None = None,
    outline: Outline | None = None,
    area: float = 0.0,
    slack: float = 0.0,
) -> Weighed:
    """Which pixels of ``view`` are the subject.

    ``now``: whole picture; ``matte``: the expected matte over the view; ``before``: sRGB (h, w, 3) of what each pixel
    showed on the previous frame, where known; ``drops``: pixels the artist dropped; ``outline``: the subject's when
    whole, of ``area`` picture pixels, with ``slack`` picture pixels of motion blur.
    """
    lab = colors.to_lab(view.cut(now))
    index = color_index(np.asarray(cv2.GaussianBlur(lab, (0, 0), 0.8), np.float32))
    by_color = appearance.table()[index]
    odds = by_color * distinct
    if before is not None:
        odds = local_odds(colors.to_lab(before), matte, lab, odds) + 0.6 * odds
    solid = (matte > 0.5).astype(np.uint8)
    outside = outside_of(solid)
    distance = outside_of(1 - solid) - outside
    size = float(np.sqrt(max(1, int(solid.sum()))))
    strength = 3.2 - 2.0 * distinct
    prior = strength * np.clip(distance / (0.12 * size + 1.5), -1, 1)
    # Where colors tell little, doubt goes to the subject: a matte that loses a rim each frame is soon gone.
    prior = prior + 0.35 * (1 - distinct)
    # Beyond half its size from where it is expected nothing belongs to it, whatever its color.
    prior = prior - 3.0 * np.clip(outside / (0.3 * size + 2) - 1, 0, 2)
    odds = odds + prior
    probability = (1 / (1 + np.exp(-by_color))).astype(np.float32)
    if outline is not None and outline.strength > 0 and solid.any():
        odds = odds + outline.limit(view, probability, Sight(view, matte).center, area, slack)
    if drops is not None:
        odds = np.where(drops, -8.0, odds)
    smooth = _guided(lab, odds.astype(np.float32), max(2, round(0.04 * size)))
    result = _belonging(smooth, solid)
    chosen = result > 0.5
    hit = float((by_color[chosen] > 0).mean()) if chosen.any() else 0.0
    miss = float((by_color[~chosen] < 0).mean()) if not chosen.all() else 0.0
    return Weighed(
        Sight(view, result),
        histogram(index, (cv2.erode(chosen.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0).astype(np.float32))
        if int(chosen.sum()) > 100
        else histogram(index, chosen.astype(np.float32)),
        histogram(index, (outside > 0.06 * size + 1).astype(np.float32)),
        float(probability[chosen].mean()) if chosen.any() else 0.0,
        float(probability[~chosen].mean()) if not chosen.all() else 0.0,
        float(np.clip((hit + miss - 1.2) / 0.65, 0, 1)),
    )


def _guided(lab: Floats, odds: Floats, radius: int) -> Floats:
    """Probability smoothed along the picture's edges: the guided filter (He, Sun and Tang, 2010) on lightness."""
    values = (1 / (1 + np.exp(-np.clip(odds, -6, 6)))).astype(np.float32)
    # The guide is the mix of L, a and b that best tells the two sides apart, so equal lightness is no obstacle.
    weight = values[..., None] ** 2
    apart = (lab * weight).sum((0, 1)) / weight.sum() - (lab * (1 - values[..., None]) ** 2).sum((0, 1)) / (
        ((1 - values) ** 2).sum() + 1e-6
    )
    axis = (apart / (100 * (float(np.sqrt((apart * apart).sum())) + 1e-6))).astype(np.float32)
    guide = lab[..., 0] * axis[0] + lab[..., 1] * axis[1] + lab[..., 2] * axis[2]
    window = (2 * radius + 1, 2 * radius + 1)
    mean_guide, mean = cv2.blur(guide, window), cv2.blur(values, window)
    spread = cv2.blur(guide * guide, window) - mean_guide * mean_guide
    slope = (cv2.blur(guide * values, window) - mean_guide * mean) / (spread + 4e-4)
    offset = mean - slope * mean_guide
    return np.asarray(np.clip(cv2.blur(slope, window) * guide + cv2.blur(offset, window), 0, 1), np.float32)


def _belonging(probability: Floats, expected_solid: NDArray[np.uint8]) -> Floats:
    """The pieces at 0.5 that lie where the subject is expected, holes filled; 0 elsewhere."""
    solid = (probability > 0.5).astype(np.uint8)
    opened = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    source = np.asarray(opened if int(opened.sum()) > 0.5 * int(solid.sum()) else solid, np.uint8)
    pieces = shapes.blobs(source, 4)
    kept = np.zeros_like(solid)
    near = cv2.dilate(expected_solid, np.ones((3, 3), np.uint8)) > 0
    for piece in pieces:
        x0, y0, x1, y1 = piece.box
        shared = int((near[y0:y1, x0:x1] & (piece.mask > 0)).sum())
        if shared >= 0.3 * piece.area and piece.area >= 0.04 * pieces[0].area:
            kept[y0:y1, x0:x1] |= piece.mask
    if not kept.any():
        return np.zeros_like(probability)
    filled = shapes.fill_holes(kept)
    close = cv2.dilate(filled, np.ones((3, 3), np.uint8))
    return np.where(filled > 0, np.maximum(probability, 0.51), np.where(close > 0, probability, 0)).astype(np.float32)
