"""Which places of an outline become the points of its spline: as few as keep every frame within the tolerance.

Each stretch between two points is one cubic Bezier segment per frame, fitted by least squares with its parameter
improved by Newton's method (Schneider, "An algorithm for automatically fitting digitized curves", Graphics Gems,
1990). Corners are points from the start; a stretch that misses the outline on any frame is split where it misses most;
then points that turned out needless are taken away, and the others slid to where they serve best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .model import Floats
from .outline import CORNER, REACH
from .trace import Places

_SOME = 16
"""Frames to begin with when points are chosen; more are looked at where those do not speak for the rest."""

FEWEST = 4
"""Points of an outline without three corners: as an artist draws a circle."""


def bezier(share: Floats) -> Floats:
    """(…, 4): what the four control points of a cubic Bezier segment weigh at ``share`` (…), 0..1."""
    rest = 1 - share
    return np.stack([rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3], axis=-1)


def slope(share: Floats) -> Floats:
    """(…, 4): the derivative of ``bezier``."""
    rest = 1 - share
    return np.stack([-3 * rest**2, 3 * rest * (1 - 3 * share), 3 * share * (2 - 3 * share), 3 * share**2], axis=-1)


def choose_points(places: Places, tolerance: float, most: int | None = None) -> NDArray[np.intp] | None:
    """Rising place numbers, such that a spline through them misses no frame's outline by more than ``tolerance``.

    None when it takes more than ``most``. Chosen on ``_SOME`` frames and those that turn out to be missed.
    """
    last = len(places.frames) - 1
    chosen = {round(last * share) for share in np.linspace(0, 1, _SOME)}
    while True:
        some = places.only(sorted(chosen))
        knots = _chosen(some, tolerance, most)
        if knots is None or len(chosen) > last:
            return None if knots is None else np.array(knots, np.intp)
        missed = _missed(places, knots)
        missed[list(chosen)] = 0.0
        worst = [int(index) for index in np.argsort(-missed)[: _SOME // 2] if missed[index] > tolerance]
        if not worst:
            return np.array(knots, np.intp)
        chosen.update(worst)


def count_points(places: Places, tolerance: float) -> int:
    """About how many points ``choose_points`` would choose, quickly."""
    knots = _split(places, tolerance, None)
    _remove_needless(places, knots, tolerance)
    return len(knots)


def _chosen(places: Places, tolerance: float, most: int | None) -> list[int] | None:
    knots = _split(places, tolerance, most)
    for _ in range(2):
        _remove_needless(places, knots, tolerance)
        if most is not None and len(knots) > 1.3 * most:
            return None
        _slide(places, knots)
    _remove_needless(places, knots, tolerance)
    return None if most is not None and len(knots) > most else knots


def _split(places: Places, tolerance: float, most: int | None) -> list[int]:
    knots = _beginning(places)
    waiting = list(zip(knots, [*knots[1:], knots[0]], strict=True))
    while waiting and (most is None or len(knots) <= 2 * most):  # half of them may turn out needless
        start, end = waiting.pop()
        miss = _misses(places, start, end).max(axis=0)
        if miss.max(initial=0.0) <= tolerance or len(miss) < 3:
            continue
        middle = (start + 1 + int(miss[1:-1].argmax())) % places.count
        knots.append(middle)
        waiting += [(start, middle), (middle, end)]
    return sorted(knots)


def _missed(places: Places, knots: list[int]) -> Floats:
    """(t,): the farthest that the segments between ``knots`` miss each frame's outline."""
    ends = [*knots[1:], knots[0]]
    each = [_misses(places, *pair).max(axis=1) for pair in zip(knots, ends, strict=True)]
    return np.asarray(np.max(each, axis=0))


def _beginning(places: Places) -> list[int]:
    """The corners, and as many places between as it takes to have few segments that bend by more than a quarter."""
    sharp = np.where(places.corner, places.turn, 0.0)
    knots: list[int] = []
    mean_arc = places.arcs.mean(axis=0)
    round_length = float(places.lengths.mean())
    for place in np.argsort(-sharp, kind="stable"):
        if not sharp[place]:
            break
        apart = np.abs(mean_arc[knots] - mean_arc[place])
        if not len(knots) or np.minimum(apart, round_length - apart).min() > REACH:
            knots.append(int(place))
    knots.sort()
    if len(knots) >= 3:
        return knots
    if not knots:
        knots = [0]
    # Even quarters, counted from the first corner, beside those corners there are.
    goals = mean_arc[knots[0]] + round_length * np.arange(1, FEWEST) / FEWEST
    for goal in goals:
        place = int(np.abs((mean_arc - goal + round_length / 2) % round_length - round_length / 2).argmin())
        apart = np.abs(mean_arc[knots] - mean_arc[place])
        if np.minimum(apart, round_length - apart).min() > round_length / (2 * FEWEST):
            knots.append(place)
    return sorted(set(knots))


def _misses(places: Places, start: int, end: int) -> Floats:
    """(t, n): how far one segment per frame misses each place from ``start`` to ``end``."""
    ring = np.arange(start, end + 1 if end > start else end + 1 + places.count) % places.count
    points = places.at[:, ring]
    arcs = places.arcs[:, ring] + np.where(ring < start, places.lengths[:, None], 0.0)
    if end <= start:
        arcs[:, -1] = places.arcs[:, end] + places.lengths
    run = arcs[:, -1:] - arcs[:, :1]
    even = np.linspace(0, 1, len(ring))
    share = np.where(run > 1e-3, (arcs - arcs[:, :1]) / np.maximum(run, 1e-3), even)
    forward = _handle_direction(places, start, +1)
    backward = _handle_direction(places, end, -1)
    curve = _segment(points, share, run[:, 0], forward, backward, bool(places.corner[start]), bool(places.corner[end]))
    share = improved(curve, points, share)
    curve = _segment(points, share, run[:, 0], forward, backward, bool(places.corner[start]), bool(places.corner[end]))
    share = improved(curve, points, share)
    off: Floats = np.hypot(*np.moveaxis(bezier(share) @ curve - points, -1, 0)) * places.tell[:, ring]
    return off


def _handle_direction(places: Places, place: int, way: int) -> Floats:
    return way * places.heading[:, place % places.count]


def _segment(
    points: Floats, share: Floats, run: Floats, forward: Floats, backward: Floats, free: bool, free_end: bool
) -> Floats:
    """(t, 4, 2): on each frame the segment between the first and last of ``points`` (t, n, 2) that fits them best.

    At a smooth point the handle keeps to the outline's tangent, or the shape would kink there; at a corner it is free.
    """
    weight = bezier(share)
    ends = weight[..., 0:1] + weight[..., 1:2], weight[..., 2:3] + weight[..., 3:4]
    rest = points - ends[0] * points[:, :1] - ends[1] * points[:, -1:]
    out, into = weight[..., 1], weight[..., 2]
    count = points.shape[1]
    system = np.zeros((len(points), 4, 4))
    right = np.zeros((len(points), 4))
    both = (out * into).sum(axis=1)
    usual = run / 3
    for axis in (0, 1):
        system[:, axis, axis] = (out**2).sum(axis=1)
        system[:, 2 + axis, 2 + axis] = (into**2).sum(axis=1)
        system[:, axis, 2 + axis] = system[:, 2 + axis, axis] = both
        right[:, axis] = (out * rest[..., axis]).sum(axis=1)
        right[:, 2 + axis] = (into * rest[..., axis]).sum(axis=1)
    for at, direction, loose in ((0, forward, free), (2, backward, free_end)):
        pull = 1e-3 * count
        system[:, [at, at + 1], [at, at + 1]] += pull
        right[:, at : at + 2] += pull * usual[:, None] * direction
        if not loose:
            across = np.stack([-direction[:, 1], direction[:, 0]], axis=1)
            system[:, at : at + 2, at : at + 2] += 100.0 * count * across[:, :, None] * across[:, None, :]
    handles = np.linalg.solve(system, right[..., None])[..., 0].reshape(-1, 2, 2)
    for side, direction, loose in ((0, forward, free), (1, backward, free_end)):
        ahead = (handles[:, side] * direction).sum(axis=1)
        wrong = (np.hypot(*handles[:, side].T) > run) | ((ahead < 0) & (not loose))
        handles[wrong, side] = usual[wrong, None] * direction[wrong]
    start, end = points[:, 0], points[:, -1]
    return np.stack([start, start + handles[:, 0], end + handles[:, 1], end], axis=1)


def improved(curve: Floats, points: Floats, share: Floats) -> Floats:
    """``share`` (t, n) moved toward the nearest places of ``curve`` (t, 4, 2) or (t, n, 4, 2), one step of Newton."""
    if curve.ndim == 3:
        curve = curve[:, None]
    off = (bezier(share)[..., None, :] @ curve)[..., 0, :] - points
    first = (slope(share)[..., None, :] @ curve)[..., 0, :]
    bend = np.stack([1 - share, share], axis=-1) * 6
    second = (bend[..., None, :] @ (curve[..., 2:, :] - 2 * curve[..., 1:-1, :] + curve[..., :-2, :]))[..., 0, :]
    steep = (first**2).sum(-1)
    below = np.maximum(steep + (off * second).sum(-1), 0.5 * steep + 1e-9)
    moved: Floats = np.clip(share - np.clip((off * first).sum(-1) / below, -0.1, 0.1), 0.0, 1.0)
    return moved


def _remove_needless(places: Places, knots: list[int], tolerance: float) -> None:
    """Takes points out of ``knots``, the least missed first, while the segment across the gap keeps the tolerance."""
    corners = sum(bool(places.corner[knot]) for knot in knots)
    fewest = 3 if corners >= 3 else FEWEST
    price = {knot: _price_without(places, knots, at) for at, knot in enumerate(knots)}
    while len(knots) > fewest:
        knot = min(price, key=lambda one: price[one])
        if price.pop(knot) > tolerance:
            return
        at = knots.index(knot)
        del knots[at]
        for neighbor in (at - 1, at):
            neighbor %= len(knots)
            price[knots[neighbor]] = _price_without(places, knots, neighbor)


def _price_without(places: Places, knots: list[int], at: int) -> float:
    before, after = knots[at - 1], knots[(at + 1) % len(knots)]
    # Handles could follow a blunt corner; the artist looks for a point there.
    if places.corner[knots[at]] and places.turn[knots[at]] > 1.2 * CORNER:
        return float(np.inf)
    return float(_misses(places, before, after).max())


def _slide(places: Places, knots: list[int]) -> None:
    """Moves points that are no corners between their neighbors to where the worse of both segments is best."""
    for at, knot in enumerate(knots):
        if places.corner[knot]:
            continue
        before, after = knots[at - 1], knots[(at + 1) % len(knots)]
        room_before, room_after = (knot - before) % places.count, (after - knot) % places.count
        tries = {0, -room_before // 3, -room_before // 8, room_after // 8, room_after // 3}
        worth = {}
        for move in sorted(tries, key=abs):
            place = (knot + move) % places.count
            if place in (before, after) or (places.corner[place] and move):
                continue
            worth[place] = max(_misses(places, before, place).max(), _misses(places, place, after).max())
        best = min(worth, key=lambda one: worth[one])
        if worth[best] < 0.9 * worth.get(knot, np.inf):
            knots[at] = best
    knots.sort()
