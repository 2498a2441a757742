"""Where each place on an outline has gone one frame later.

In three steps. A registration (iterated closest points, Besl and McKay 1992, trimmed) takes out what the whole
shape does. Dynamic programming then matches the two outlines in order, by distance and by direction: it may stretch,
and it may leave out a stretch that appeared or vanished, at a price. Last, the match is made finer than its steps by
smoothing the way each place went and projecting it onto the new outline, and corners are put exactly onto corners.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .model import Floats
from .outline import Outline

STEP = 2.0
"""Pixels between the places that are matched; more on outlines longer than ``MOST`` steps."""

MOST = 256

_STEPS = np.array([0.6, 0.1, 0.0, 0.1, 0.3, 0.6, 1.0])
"""The price of going 0, 1, … 6 half steps along the new outline while going one step along the old; 2 is even."""

_LEAP, _LEAP_EACH = 1.5, 0.12
"""The price of leaving out a stretch of the new outline, and of each half step of it."""

_ROUNDS = 10
"""Of the registration; more change nothing that the match does not."""

_EXPLAINED = 0.4
"""The share of the distance that turning and scaling may leave, or they are not what happened."""

_CORNER_REACH = 12.0
"""Pixels along the outline within which a corner is looked for: a crescent's tip moves faster than its sides do."""

_FADE, _FADE_EACH = 8.0, 20.0
"""Pixels on each side over which a corner's correction fades out, at least, and for each pixel of the correction."""

_DISTANCE, _DIRECTION, _DEAREST = 3.0, 3.0, 6.0
"""Pixels apart that cost 1, what a right angle between two directions costs, and the most that a pair can cost."""


class Carried:
    """A rising map from arc lengths on one outline to arc lengths on the next."""

    def __init__(self, before: Floats, after: Floats, period: float, new_period: float) -> None:
        self._before, self._after, self._period, self._new_period = before, after, period, new_period

    def __call__(self, arc: Floats) -> Floats:
        """Arc lengths on the next outline; both sides may be any number, once round stays once round."""
        turns = np.floor((arc - self._before[0]) / self._period)
        within = np.interp(arc - turns * self._period, self._before, self._after)
        reached: Floats = within + turns * self._new_period
        return reached


def carry(before: Outline, after: Outline) -> Carried:
    """The map from ``before`` to ``after``, two outlines of one thing on neighboring frames."""
    count = int(np.clip(before.length / STEP, 24, MOST))
    old = np.arange(count) * (before.length / count)
    new = np.arange(2 * count) * (after.length / (2 * count))
    turn, shift = _registration(before.at(old), after.at(new), after.tangent(new))
    placed, direction = before.at(old) @ turn + shift, before.tangent(old) @ turn
    price = _prices(placed, direction, after.at(new), after.tangent(new))

    # The match starts at the place that is surest; corners are surer than edges.
    start = int(np.argmin(price.min(axis=1) - 0.5 * np.minimum(np.abs(before.turn(old)), 1.5)))
    head = int(np.argmin(price[start]))
    path = _cheapest_path(np.roll(price, (-start, -head), (0, 1)))
    old = np.concatenate([old[start:], old[:start] + before.length])
    matched = (path + head) * (after.length / (2 * count))

    placed, direction = np.roll(placed, -start, axis=0), np.roll(direction, -start, axis=0)
    matched = _finer(placed, matched, after)
    old, matched = _corners_onto_corners(before, after, old, matched)
    return Carried(
        np.append(old, old[0] + before.length),
        np.append(matched, matched[0] + after.length),
        before.length,
        after.length,
    )


def _registration(old: Floats, new: Floats, new_direction: Floats) -> tuple[Floats, Floats]:
    """(2, 2) and (2,): ``old @ turn + shift`` lies on ``new`` as well as turning, scaling and moving it allows.

    The distance across the new outline is made small, not the distance to its nearest place, and so a shape that
    turns is found turned (Chen and Medioni 1992). A shape whose parts move on their own is better only moved: it is
    turned and scaled where that explains most of what is left.
    """
    guesses = [np.zeros(2), new.mean(axis=0) - old.mean(axis=0)]
    moved = min(guesses, key=lambda guess: float(np.median(_closest(old + guess, new)[0])))
    turn, shift = np.eye(2), moved
    normal = np.stack([-new_direction[:, 1], new_direction[:, 0]], axis=1)
    for _ in range(_ROUNDS):
        placed = old @ turn + shift
        distance, nearest = _closest(placed, new)
        sure = distance <= np.quantile(distance, 0.8) + 1e-9
        source, across = placed[sure], normal[nearest[sure]]
        middle = source.mean(axis=0)
        arm = source - middle
        size = float(np.sqrt((arm**2).sum(axis=1).mean())) + 1e-9
        # How far each place moves across: when all grow, when all turn, and when all move in x and in y.
        grow = (arm * across).sum(axis=1) / size
        spin = (arm[:, 0] * across[:, 1] - arm[:, 1] * across[:, 0]) / size
        ways = np.stack([grow, spin, across[:, 0], across[:, 1]], axis=1)
        gap = ((new[nearest[sure]] - source) * across).sum(axis=1)
        step = np.linalg.solve(ways.T @ ways + 1e-2 * len(gap) * np.eye(4), ways.T @ gap)
        more = np.eye(2) + np.array([[step[0], step[1]], [-step[1], step[0]]]) / size
        turn, shift = turn @ more, (shift - middle) @ more + middle + step[2:]
    left = [_trimmed(_closest(placed, new)[0]) for placed in (old + moved, old @ turn + shift)]
    return (turn, shift) if left[1] < _EXPLAINED * left[0] else (np.eye(2), moved)


def _trimmed(distance: Floats) -> float:
    return float(np.sort(distance)[: int(0.8 * len(distance))].mean())


def _closest(places: Floats, onto: Floats) -> tuple[Floats, NDArray[np.intp]]:
    square = ((places[:, None] - onto[None]) ** 2).sum(axis=2)
    nearest = square.argmin(axis=1)
    return np.sqrt(square[np.arange(len(places)), nearest]), nearest


def _prices(old: Floats, old_direction: Floats, new: Floats, new_direction: Floats) -> Floats:
    """(old, new): what it costs to say that one place became the other."""
    apart = ((old[:, None] - new[None]) ** 2).sum(axis=2) / _DISTANCE**2
    aside = 1.0 - old_direction @ new_direction.T
    price: Floats = np.minimum(apart + _DIRECTION * aside, _DEAREST)
    return price


def _cheapest_path(price: Floats) -> NDArray[np.intp]:
    """For each row of ``price`` (n, 2n) its column, rising, from the first pair once round to the first pair again."""
    count, columns = price.shape
    price = np.concatenate([price, price[:, :1]], axis=1)
    total = np.full(columns + 1, np.inf)
    total[0] = 0.0
    came = np.empty((count, columns + 1), np.intp)
    place = np.arange(columns + 1)
    ramp = _LEAP_EACH * place
    for row in [*range(1, count), 0]:
        # The cheapest way to leap here from anywhere before, as a running minimum.
        level = total - ramp
        lowest = np.minimum.accumulate(level)
        best = lowest + ramp + _LEAP
        source = np.maximum.accumulate(np.where(level == lowest, place, 0))
        for step, toll in enumerate(_STEPS):
            walked = total[: columns + 1 - step] + toll
            cheaper = walked < best[step:]
            best[step:][cheaper] = walked[cheaper]
            source[step:][cheaper] = place[: columns + 1 - step][cheaper]
        came[row] = source
        total = best + price[row]
    path = np.empty(count, np.intp)
    here = columns
    for row in [0, *range(count - 1, 0, -1)]:
        here = came[row, here]
        path[row - 1] = here
    return path


def _finer(placed: Floats, matched: Floats, after: Outline) -> Floats:
    """``matched`` arc lengths, freed from the steps of the match: each place goes the way its neighbors go."""
    apart = after.length / len(placed)
    kernel = np.exp(-0.5 * (np.arange(-8, 9) / 3.0) ** 2)
    kernel /= kernel.sum()
    start = matched
    for _ in range(3):
        way = after.at(matched) - placed
        ringed = np.concatenate([way[-8:], way, way[:8]])
        smooth = np.stack([np.convolve(ringed[:, axis], kernel, "valid") for axis in (0, 1)], axis=1)
        along = ((placed + smooth - after.at(matched)) * after.tangent(matched)).sum(axis=1)
        matched = np.clip(matched + along, start - 2 * apart, start + 2 * apart)
        matched = _rising(matched, after.length)
    return matched


def _corners_onto_corners(before: Outline, after: Outline, old: Floats, matched: Floats) -> tuple[Floats, Floats]:
    """Both lists with the corners added that the two outlines share, and their surroundings moved along."""
    rough = Carried(
        np.append(old, old[0] + before.length),
        np.append(matched, matched[0] + after.length),
        before.length,
        after.length,
    )
    if not len(before.corners) or not len(after.corners):
        return old, matched
    arcs = old[0] + (before.corners[:, 0] - old[0]) % before.length
    order = np.argsort(arcs)
    arcs, turns = arcs[order], before.corners[order, 1]
    there = rough(arcs)
    off = (after.corners[None, :, 0] - there[:, None] + after.length / 2) % after.length - after.length / 2
    alike = np.abs(after.corners[None, :, 1] - turns[:, None]) < np.radians(35)
    reach = np.where(alike, np.abs(off), np.inf)
    nearest = reach.argmin(axis=1)
    rows = np.arange(len(arcs))
    mutual = (reach[rows, nearest] <= _CORNER_REACH) & (reach.argmin(axis=0)[nearest] == rows)
    arcs, moves = arcs[mutual], off[rows, nearest][mutual]
    if not len(arcs):
        return old, matched
    # Full at the corner, fading to nothing over ``near``; straight between corners that are closer than that. A corner
    # that runs along the outline pushes a long stretch before it, or places would pile up at the corner.
    near = np.maximum(_FADE, _FADE_EACH * np.abs(moves))
    where, much = [], []
    for at, (arc, move) in enumerate(zip(arcs, moves, strict=True)):
        last = at == len(arcs) - 1
        following = arcs[0] + before.length if last else arcs[at + 1]
        where.append(arc)
        much.append(move)
        if following - arc > near[at] + near[0 if last else at + 1]:
            where += [arc + near[at], following - near[0 if last else at + 1]]
            much += [0.0, 0.0]
    place = np.concatenate([old, arcs])
    order = np.argsort(place, kind="stable")
    place = place[order]
    target = np.concatenate([matched, there[mutual]])[order] + np.interp(place, where, much, period=before.length)
    keep = np.append(np.diff(place) > 1e-6, True)
    return place[keep], _rising(target[keep], after.length)


def _rising(arc: Floats, period: float) -> Floats:
    """``arc`` made to rise, never by more than once round in all."""
    risen = np.maximum.accumulate(arc)
    kept: Floats = np.minimum(risen, risen[0] + period)
    return kept
