"""The edge of a ball: a circle fitted to the picture where color alone cannot tell its dark rim from the set.

A ball's rim falls into shade, and motion blur mixes it with whatever is behind, so the color of a rim pixel says
little. The circle as a whole says a lot: a Hough vote (Duda and Hart 1972) over rays from the expected center. With a
shutter open for less than the ball takes to cross its own width, the line of alpha 0.5 is the circle at mid-shutter.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .appearance import color_index
from .colors import to_lab
from .edges import to_linear
from .views import Floats, Sight, View

RAYS = 96
_GAMMA = 0.85
"""Edges are looked for in linear light to this power, times 100: between light, in which a blurred edge is a straight
ramp with alpha 0.5 in its middle, and what the eye sees, in which a dark rim counts as much as a lit one."""

_GRAIN = 1.0
"""Variance that grain brings to a ray after smoothing, in those units."""

_PLENTY = 1.0
"""Fisher's ratio (squared step over variance) that counts half of a perfect edge."""

_ANY_EDGE = 0.3
"""What an edge between two colors that are both not the subject's counts, against one that leaves the subject."""


@dataclass(frozen=True)
class Ball:
    """A circle in picture pixels; ``sure``: share of its rim, 0..1, that shows an edge."""

    x: float
    y: float
    radius: float
    sure: float


def fit(
    rgb: Floats, sight: Sight, table: Floats, radius: float, freedom: float, velocity: tuple[float, float]
) -> Ball | None:
    """The circle that the rim of the subject lies on, or none where too little rim is to be seen.

    ``rgb``: whole picture, sRGB float32; ``sight``: the subject so far; ``table``: its log-odds by
    color cell; ``radius``: expected, picture pixels, give or
    take the share ``freedom``; ``velocity``: picture pixels per frame, for the width of the blurred rim.
    """
    if sight.empty or radius < 4:
        return None
    center = _start(sight, radius)
    reach = 0.3 * radius + 2
    low = max(1.0, radius * (1 - freedom) - reach)
    high = radius * (1 + freedom) + reach
    step = max(0.5, radius / 90)
    steps = np.arange(low, high + step, step, dtype=np.float32)
    edge = _edges(rgb, table, center, steps, step, radius, velocity)
    angles = np.arange(RAYS) * (2 * np.pi / RAYS)
    best = (0.0, 0.0, radius)
    span, grid = np.array([reach, reach, radius * freedom]), 9
    for _ in range(4):
        offsets = np.linspace(-1, 1, grid)
        dx = best[0] + span[0] * offsets[:, None, None]
        dy = best[1] + span[1] * offsets[None, :, None]
        size = np.clip(best[2] + span[2] * offsets[None, None, :], radius * (1 - freedom), radius * (1 + freedom))
        at = [np.broadcast_to(part, (grid, grid, grid)).ravel() for part in (dx, dy, size)]
        votes = _along(edge, angles, steps, *at).mean(0).astype(np.float64)
        # Nearer to the expected size wins where the rim leaves it open, as when only a piece is in sight.
        votes = votes - 0.075 * ((at[2] / radius - 1) / freedom) ** 2
        votes = votes - 0.05 * ((at[0] ** 2 + at[1] ** 2) / reach**2)
        winner = int(np.argmax(votes))
        best = (float(at[0][winner]), float(at[1][winner]), float(at[2][winner]))
        span = span * 0.3
    rim = _along(edge, angles, steps, *(np.array([value]) for value in best))[:, 0]
    ball = Ball(center[0] + best[0], center[1] + best[1], best[2], float((rim > 0.45).mean()))
    return ball if ball.sure > 0.35 and _holds(ball, sight) else None


def _start(sight: Sight, radius: float) -> tuple[float, float]:
    """The center of the smallest circle around the sight, drawn in where that is too large (a speck off the ball)."""
    solid = (sight.matte > 0.5).astype(np.uint8)
    points = np.argwhere(solid)[:, ::-1].astype(np.float32)
    (x, y), around = cv2.minEnclosingCircle(points)
    sx, sy = sight.view.scale
    center = sight.center
    circle = (sight.view.x0 + (x + 0.5) / sx, sight.view.y0 + (y + 0.5) / sy)
    return circle if 0.8 * radius < around / sx < 1.12 * radius else center


def _edges(
    rgb: Floats,
    table: Floats,
    center: tuple[float, float],
    steps: Floats,
    step: float,
    radius: float,
    velocity: tuple[float, float],
) -> Floats:
    """How strong an edge crosses each ray at each radius: float32 (RAYS, steps), 0..1."""
    angles = np.arange(RAYS, dtype=np.float32) * np.float32(2 * np.pi / RAYS)
    direction = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    x = center[0] + direction[:, :1] * steps - 0.5
    y = center[1] + direction[:, 1:] * steps - 0.5
    height, width = rgb.shape[:2]
    x0, y0 = max(0, int(x.min()) - 3), max(0, int(y.min()) - 3)
    region = rgb[y0 : max(y0 + 1, int(y.max()) + 4), x0 : max(x0 + 1, int(x.max()) + 4)]
    if region.size == 0:
        return np.zeros((RAYS, len(steps)), np.float32)
    likely = (1 / (1 + np.exp(-table[color_index(to_lab(region))]))).astype(np.float32)
    light = np.power(to_linear(region), np.float32(_GAMMA)) * np.float32(100)
    light = cv2.GaussianBlur(light, (0, 0), max(0.8, 0.6 * step))
    border = cv2.BORDER_REPLICATE
    light = np.dstack([light, cv2.GaussianBlur(likely, (0, 0), max(0.8, 0.6 * step))])
    values = cv2.remap(light, (x - x0).astype(np.float32), (y - y0).astype(np.float32), cv2.INTER_LINEAR, None, border)
    # The means of two windows that meet at the radius; as wide as the blur, so that the middle of a ramp wins.
    smear = 0.5 * np.abs(direction @ np.array(velocity, np.float32)) / step
    half = np.clip(np.round(0.05 * radius / step + 1 + 0.5 * smear), 2, len(steps) // 2).astype(np.int64)
    total = np.concatenate([np.zeros((RAYS, 1, 4)), np.cumsum(values.astype(np.float64), axis=1)], axis=1)
    column = np.arange(len(steps))[None, :]
    inner = np.clip(column - half[:, None], 0, None)
    outer = np.clip(column + half[:, None], None, len(steps))
    row = np.arange(RAYS)[:, None]
    inside = (total[row, column] - total[row, inner]) / np.maximum(column - inner, 1)[..., None]
    outside = (total[row, outer] - total[row, column]) / np.maximum(outer - column, 1)[..., None]
    # Windows that are each of one color count more (Fisher's ratio): else the step from the lit side of the ball to
    # its dark rim would win over the rim itself.
    square = np.concatenate(
        [np.zeros((RAYS, 1)), np.cumsum((values[..., :3].astype(np.float64) ** 2).sum(-1), axis=1)], axis=1
    )
    spread_in = (square[row, column] - square[row, inner]) / np.maximum(column - inner, 1) - (inside[..., :3] ** 2).sum(
        -1
    )
    spread_out = (square[row, outer] - square[row, column]) / np.maximum(outer - column, 1) - (
        outside[..., :3] ** 2
    ).sum(-1)
    change = ((inside - outside)[..., :3] ** 2).sum(-1) / (_GRAIN + np.maximum(spread_in + spread_out, 0))
    # From the subject's colors to others counts in full, between other things little, into the subject nothing.
    deep, far = inside[row, inner, 3], outside[row, np.minimum(outer, len(steps) - 1), 3]
    leaving = np.clip(_ANY_EDGE + (1 - _ANY_EDGE) * (deep - far) / 0.7, 0, 1)
    strong = leaving * change / (change + _PLENTY)
    seen = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    return np.where(seen & (column >= 2) & (column <= len(steps) - 3), strong, 0).astype(np.float32)


def _along(edge: Floats, angles: Floats, steps: Floats, dx: Floats, dy: Floats, size: Floats) -> Floats:
    """Edge strength under the rim of each circle: (RAYS, circles). The circles' centers lie near the rays' origin."""
    toward = np.cos(angles)[:, None] * dx + np.sin(angles)[:, None] * dy
    aside = np.sin(angles)[:, None] * dx - np.cos(angles)[:, None] * dy
    distance = toward + np.sqrt(np.maximum(size**2 - aside**2, 0))
    position = (distance - steps[0]) / (steps[1] - steps[0])
    # The step under radius index i lies between samples i - 1 and i: half a sample inward.
    column = np.clip(np.round(position + 0.5).astype(np.int64), 0, edge.shape[1] - 1)
    return np.asarray(edge[np.arange(RAYS)[:, None], column])


def _holds(ball: Ball, sight: Sight) -> bool:
    """The subject's pixels lie in the circle, but for a thin rim."""
    points = sight.view.points()[sight.matte > 0.5]
    away = np.hypot(points[:, 0] - ball.x, points[:, 1] - ball.y)
    return bool((away > 1.12 * ball.radius).mean() < 0.12)


def alpha_of(ball: Ball, view: View, streak: tuple[float, float]) -> Floats:
    """Coverage of a ball at the view's full resolution, (y1 - y0, x1 - x0), 0..1, averaged along ``streak``."""
    xs = np.arange(view.x0, view.x1, dtype=np.float32) + np.float32(0.5 - ball.x)
    ys = np.arange(view.y0, view.y1, dtype=np.float32) + np.float32(0.5 - ball.y)
    samples = int(np.clip(np.hypot(*streak) / 2, 1, 15))
    alpha = np.zeros((len(ys), len(xs)), np.float32)
    for sample in range(samples):
        at = (sample + 0.5) / samples - 0.5
        square = (xs - np.float32(streak[0] * at))[None, :] ** 2 + (ys - np.float32(streak[1] * at))[:, None] ** 2
        alpha += np.clip(np.float32(ball.radius + 0.5) - np.sqrt(square), 0, 1)
    return np.asarray(alpha / np.float32(samples), np.float32)


def ball_edge(ball: Ball, view: View, matte: Floats, soft: Floats, velocity: tuple[float, float]) -> Floats:
    """Alpha of the ball where it is in sight; what hides a part of it cuts into the circle.

    ``matte``: first matte and ``soft``: its soft edge, both at full resolution over the view. The length of the blur is
    not known (it depends on the shutter): of none, 90 and 180 degrees the one nearest to ``soft`` is taken.
    """
    shutters = [alpha_of(ball, view, (share * velocity[0], share * velocity[1])) for share in (0.0, 0.25, 0.5)]
    round_alpha = min(shutters, key=lambda alpha: float(np.abs(alpha - soft).sum()))
    # A missing piece thicker than a badly seen rim is something in front.
    missing = ((round_alpha > 0.5) & (matte < 0.5)).astype(np.uint8)
    thick = max(3, 2 * round(0.1 * ball.radius) + 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))
    hidden = cv2.morphologyEx(np.pad(missing, 1), cv2.MORPH_OPEN, kernel)[1:-1, 1:-1]
    if not hidden.any():
        return round_alpha
    reach = thick + 2 * round(0.3 * float(np.hypot(*velocity)) / 2) + 2
    near = cv2.dilate(hidden, np.ones((reach, reach), np.uint8)) > 0
    return np.where(near, np.minimum(soft, round_alpha), round_alpha).astype(np.float32)
