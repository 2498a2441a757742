"""On which frames a spline needs a key: as few as keep every frame within the tolerance, moved linearly between.

From each key the next is put as far away as a straight line between the two shapes allows (bisection). Then all keys
are solved together, so that the frames between pull at both, which halves the error of a straight line across a curved
way. Because that helps, the first pass may be laxer than the tolerance: several are tried, keys are put back where the
result misses, and the one with the fewest keys is kept.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from .crossing import crosses_itself
from .model import Floats
from .solve import Equations, distance
from .trace import Places

_LAXER = (2.2, 1.4)

_AREA = 0.014
"""The share of its area by which a spline may differ from the outline, in all: intersection over union stays above
0.98 with what the pixels of the edge add."""

_FINEST = 0.1
"""Pixels, the accuracy of contours: no mean distance below it is asked for."""


@dataclass(frozen=True)
class Keyed:
    """``keys``: frame indices. ``controls``: (keys, points, 3, 2). ``deviation``: pixels, the worst of all frames.
    ``over``: the worst of all frames in multiples of what is allowed."""

    keys: list[int]
    controls: Floats
    deviation: float
    over: float


def allowed_mean(places: Places, tolerance: float) -> Floats:
    """(t,): pixels that a spline may lie off an outline on average; along a thin one every bit counts.

    Never under a sixth of the tolerance: the one that was asked for, or was made coarser for a reason, holds.
    """
    allowed: Floats = np.maximum(_AREA * places.breadths, max(_FINEST, places.roughness, tolerance / 6))
    return allowed


def choose_keys(equations: Equations, tolerance: float, longest_gap: int | None = None) -> Keyed:
    """The sparse keys for points already chosen; ``longest_gap``: frames from one key to the next at most."""
    places = equations.places
    each = equations.solve_each()
    for _ in range(2):
        equations.improve(each)
        each = equations.solve_each()
    tried: dict[tuple[int, ...], Keyed] = {}
    for laxer in _LAXER:
        keys = _farthest(equations, each, tolerance, laxer, longest_gap)
        if tuple(keys) in tried:
            continue
        tried[tuple(keys)] = _put_back(equations, each, keys, tolerance)
        if 2 * len(tried[tuple(keys)].keys) > len(each):
            break  # it moves too fast for sparse keys, whatever is tried
    best = min(tried.values(), key=lambda one: (one.over > 1, len(one.keys), one.over))
    if len(places.frames) < 3:
        return best
    best = _thinned(equations, best, tolerance, longest_gap)
    # Once more from there: places slid along to the shape they now pull at.
    equations.improve(mixed(places, best.keys, best.controls, 0, len(each) - 1))
    again = _put_back(equations, each, best.keys, tolerance)
    if again.over <= max(best.over, 1) and len(again.keys) <= len(best.keys):
        best = again
    return _thinned(equations, best, tolerance, longest_gap)


def mixed(places: Places, keys: list[int], controls: Floats, first: int, last: int) -> Floats:
    """(last - first + 1, points, 3, 2): the controls on the frames with those indices, straight between the keys."""
    frames = places.frames
    wanted = np.arange(first, last + 1)
    if len(keys) == 1:
        return np.repeat(controls, len(wanted), axis=0)
    after = np.clip(np.searchsorted(keys, wanted, side="right"), 1, len(keys) - 1)
    start, end = frames[np.array(keys)[after - 1]], frames[np.array(keys)[after]]
    share = ((frames[wanted] - start) / (end - start))[:, None, None, None]
    result: Floats = (1 - share) * controls[after - 1] + share * controls[after]
    return result


def _off(equations: Equations, shown: Floats, which: slice, tolerance: float) -> tuple[Floats, Floats]:
    """(t,) and (t,): the largest distance in pixels of ``shown`` on the frames ``which``, and how many times what is
    allowed it is, or the mean distance is."""
    places = equations.places
    apart = distance(equations.curve(shown, which), places.at[which], places.tell[which])
    worst = apart.max(axis=1)
    mean = np.average(apart, axis=1, weights=np.maximum(places.gaps()[which], 1e-6))
    return worst, np.maximum(worst / tolerance, mean / allowed_mean(places, tolerance)[which])


def _farthest(equations: Equations, each: Floats, tolerance: float, laxer: float, longest_gap: int | None) -> list[int]:
    frames = equations.places.frames
    final = len(each) - 1
    keys = [0]

    def over(ends: list[int], first: int, last: int) -> float:
        shown = mixed(equations.places, ends, each[ends], first, last)
        return float(_off(equations, shown, slice(first, last + 1), tolerance)[1].max())

    def fits(first: int, last: int) -> bool:
        if last - first < 2:
            return True
        if longest_gap is not None and frames[last] - frames[first] > longest_gap:
            return False
        middle, ends = (first + last) // 2, [first, last]
        return over(ends, middle, middle) <= laxer and over(ends, first + 1, last - 1) <= laxer

    while keys[-1] < final:
        here, step = keys[-1], 1
        while here + 2 * step <= final and fits(here, here + 2 * step):
            step *= 2
        good, bad = here + step, min(here + 2 * step, final + 1)
        if bad == final + 1 and fits(here, final):
            good = final
        while good != final and bad - good > 1:
            half = (good + bad) // 2
            good, bad = (half, bad) if fits(here, half) else (good, half)
        keys.append(good)
    return keys


def _put_back(equations: Equations, each: Floats, keys: list[int], tolerance: float) -> Keyed:
    """``keys`` solved together, with a key more wherever that misses a frame by more than the tolerance."""
    final = len(each) - 1
    while True:
        controls = equations.solve(keys)
        shown = mixed(equations.places, keys, controls, 0, final)
        off, over = _off(equations, shown, slice(0, final + 1), tolerance)
        folded = np.array([crosses_itself(one) for one in shown])
        wrong = (over > 1) | folded
        added = set()
        for first, last in itertools.pairwise(keys):
            inside = np.arange(first, last + 1)
            bad = inside[wrong[inside]]
            if len(bad) and last - first > 1:
                free = [index for index in bad if first < index < last]
                worst = max(free, key=lambda index: over[index]) if free else (first + last) // 2
                added.add(int(worst))
        if not added:
            return Keyed(keys, controls, float(off.max()), float(over.max()))
        keys = sorted({*keys, *added})


def _thinned(equations: Equations, best: Keyed, tolerance: float, longest_gap: int | None) -> Keyed:
    """``best`` without the keys that the frames around can do without, solving only the keys around anew."""
    places = equations.places
    at = 1
    while at < len(best.keys) - 1:
        low, high = max(at - 3, 0), min(at + 4, len(best.keys))
        near = best.keys[low:at] + best.keys[at + 1 : high]
        ends = best.controls[[low, high - 1]]
        first, last = near[0], near[-1]
        around = slice(first, last + 1)
        gap = places.frames[best.keys[at + 1]] - places.frames[best.keys[at - 1]]
        at += 1
        if longest_gap is not None and gap > longest_gap:
            continue
        rest = np.delete(best.controls[low:high], at - 1 - low, axis=0)
        if _off(equations, mixed(places, near, rest, first, last), around, tolerance)[1].max() > max(_LAXER):
            continue
        controls = equations.solve(near, ends, (low > 0, high < len(best.keys)))
        shown = mixed(places, near, controls, first, last)
        if _off(equations, shown, around, tolerance)[1].max() > 1 or any(crosses_itself(one) for one in shown):
            continue
        keys = best.keys[:low] + near + best.keys[high:]
        best = Keyed(keys, np.concatenate([best.controls[:low], controls, best.controls[high:]]), 0.0, 0.0)
        at -= 1
    every = slice(0, len(places.frames))
    off, over = _off(equations, mixed(places, best.keys, best.controls, 0, every.stop - 1), every, tolerance)
    return Keyed(best.keys, best.controls, float(off.max()), float(over.max()))
