"""Points and handles by least squares, over all frames that a key has a say in.

The unknowns are the points and handles on the keys; a frame between two keys is their straight mix, so every frame's
outline pulls at both. Only the distance across the outline counts fully: a place may slide along it (Wang, Pottmann and
Liu, "Fitting B-spline curves to point clouds by curvature-based squared distance minimization", ACM TOG 2006).
The system is block tridiagonal over the keys and solved by block elimination.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .fit import bezier, improved
from .model import Floats
from .trace import Places

SLIDING = 0.03
"""What a pixel along the outline costs beside a pixel across it."""

_HANDLE_PULL = 3e-4
"""What pulls a handle toward a third of its segment, beside one place's pull: decides only where nothing else does."""

_CORNER_PULL = 10.0
"""What a corner pulls its point, in every direction: as many places as that. A tip has no width to be pulled by."""

_GUESSED, _FITTED = 1.0, 30.0
"""What keeps the two handles of a smooth point in line, per place of their segments: weak along the tangent of the
outline, which the pixels make unsteady, then strong along the direction that the handles themselves have found."""


class Equations:
    """The least-squares terms of each frame and segment, for given points (``knots``: rising place numbers)."""

    def __init__(self, places: Places, knots: NDArray[np.intp]) -> None:
        self.places, self.knots = places, knots
        self.segment, self.share = places.shares(knots)
        self._order = np.argsort(self.segment, kind="stable")
        self._starts = np.searchsorted(self.segment[self._order], np.arange(len(knots)))
        count = len(knots)
        here, there = 6 * np.arange(count)[:, None], 6 * ((np.arange(count)[:, None] + 1) % count)
        self._columns = np.repeat([here, here, there, there], 2, axis=2).swapaxes(0, 1).reshape(count, 8)
        self._columns = self._columns + np.array([0, 1, 4, 5, 2, 3, 0, 1])
        self._inside = np.bincount(self.segment, minlength=count).astype(np.float64)
        self._left, self._right = self._terms()
        self._smooth = ~places.corner[knots]
        self._in_line = self._across(places.heading[:, knots], _GUESSED)

    def improve(self, controls: Floats) -> None:
        """Places moved along to where ``controls`` (t, k, 3, 2), one set per frame, pass them; terms made anew."""
        curves = segments(controls)[:, self.segment]
        self.share = improved(curves, self.places.at, improved(curves, self.places.at, self.share))
        self._left, self._right = self._terms()
        through = controls[:, :, 2] - controls[:, :, 1]
        self._in_line = self._across(
            through / np.maximum(np.linalg.norm(through, axis=2, keepdims=True), 1e-6), _FITTED
        )

    def curve(self, controls: Floats, which: slice | NDArray[np.intp] = slice(None)) -> Floats:
        """(t, m, 2): where ``controls`` (t, k, 3, 2) of the frames with the indices ``which`` put each place."""
        weight = bezier(self.share[which])
        picked = segments(controls)[:, self.segment]
        mixed: Floats = np.einsum("tmw,tmwa->tma", weight, picked)
        return mixed

    def solve(
        self, keys: Sequence[int], ends: Floats | None = None, held: tuple[bool, bool] = (False, False)
    ) -> Floats:
        """(keys, k, 3, 2): the controls on the keys, rising frame indices; frames outside of them have no say.

        ``ends``: (2, k, 3, 2) controls on the first and on the last key, which stay where ``held`` says so.
        """
        size = 6 * len(self.knots)
        frames = self.places.frames
        diagonal = np.zeros((len(keys), size, size))
        beside = np.zeros((max(len(keys) - 1, 0), size, size))
        right = np.zeros((len(keys), size))
        if len(keys) == 1:
            self._add(diagonal[0], self._left[keys[0]])
            np.add.at(right[0], self._columns, self._right[keys[0]])
        for at, (first, last) in enumerate(itertools.pairwise(keys)):
            stop = last + 1 if last == keys[-1] else last
            later = (frames[first:stop] - frames[first]) / (frames[last] - frames[first])
            left, goal = self._left[first:stop], self._right[first:stop]
            self._add(diagonal[at], np.tensordot((1 - later) ** 2, left, 1))
            self._add(diagonal[at + 1], np.tensordot(later**2, left, 1))
            self._add(beside[at], np.tensordot(later * (1 - later), left, 1))
            np.add.at(right[at], self._columns, np.tensordot(1 - later, goal, 1))
            np.add.at(right[at + 1], self._columns, np.tensordot(later, goal, 1))
        for at, key in enumerate(keys):
            self._keep_in_line(diagonal[at], key)
        for at, stays in zip((0, -1), held, strict=True):
            if ends is not None and stays:
                firm = 1e6 * float(np.abs(diagonal[at]).max())
                diagonal[at] += firm * np.eye(size)
                right[at] += firm * ends[at].reshape(-1)
        # Block elimination downward, substitution upward; the blocks beside the diagonal are symmetric.
        for at in range(len(keys) - 1):
            factor = np.linalg.solve(diagonal[at], beside[at]).T
            diagonal[at + 1] -= factor @ beside[at]
            right[at + 1] -= factor @ right[at]
        solved = np.empty((len(keys), size))
        for at in reversed(range(len(keys))):
            goal_here = right[at] - (beside[at] @ solved[at + 1] if at + 1 < len(keys) else 0.0)
            solved[at] = np.linalg.solve(diagonal[at], goal_here)
        return solved.reshape(len(keys), len(self.knots), 3, 2)

    def solve_each(self) -> Floats:
        """(t, k, 3, 2): each frame on its own, as if every frame were a key."""
        return np.concatenate([self._solve_frame(index) for index in range(len(self.places.frames))])

    def _solve_frame(self, index: int) -> Floats:
        size = 6 * len(self.knots)
        left, right = np.zeros((size, size)), np.zeros(size)
        self._add(left, self._left[index])
        np.add.at(right, self._columns, self._right[index])
        self._keep_in_line(left, index)
        return np.linalg.solve(left, right).reshape(1, len(self.knots), 3, 2)

    def _add(self, matrix: Floats, blocks: Floats) -> None:
        np.add.at(matrix, (self._columns[:, :, None], self._columns[:, None, :]), blocks)

    def _terms(self) -> tuple[Floats, Floats]:
        """(t, k, 8, 8) and (t, k, 8): per frame and segment, for point, out handle, next in handle, next point."""
        places, count = self.places, len(self.knots)
        left = np.empty((len(places.frames), count, 8, 8))
        right = np.empty((len(places.frames), count, 8))
        for index in range(len(places.frames)):  # frame by frame: the products are 64 numbers per place
            weight = bezier(self.share[index])
            parts = np.stack([weight[:, 0] + weight[:, 1], weight[:, 1], weight[:, 2], weight[:, 2] + weight[:, 3]], 1)
            along = places.along[index]
            pull = SLIDING * np.eye(2) + (1 - SLIDING) * (
                np.eye(2) - along[:, :, None] * along[:, None, :]
            )  # across fully, along hardly
            products = np.einsum("mi,mj,mab->miajb", parts, parts, pull).reshape(-1, 64)[self._order]
            goals = np.einsum("mi,mab,mb->mia", parts, pull, places.at[index]).reshape(-1, 8)[self._order]
            left[index] = np.add.reduceat(products, self._starts).reshape(count, 8, 8)
            right[index] = np.add.reduceat(goals, self._starts)
        left[:, :, [0, 1], [0, 1]] += _CORNER_PULL * places.corner[self.knots][None, :, None]
        right[:, :, :2] += _CORNER_PULL * places.corner[self.knots][None, :, None] * places.at[:, self.knots]
        self._hold_handles(left, right)
        return left, right

    def _hold_handles(self, left: Floats, right: Floats) -> None:
        places, knots = self.places, self.knots
        start = places.arcs[:, knots]
        run = np.concatenate([start[:, 1:], start[:, :1] + places.lengths[:, None]], axis=1) - start
        for at, knot, sign in ((2, knots, 1.0), (4, np.roll(knots, -1), -1.0)):
            direction = sign * places.along[:, knot]
            left[:, :, [at, at + 1], [at, at + 1]] += (_HANDLE_PULL * self._inside)[None, :, None]
            right[:, :, at : at + 2] += (_HANDLE_PULL * self._inside * run / 3)[..., None] * direction

    def _across(self, direction: Floats, pull: float) -> Floats:
        """(t, k, 2, 2): what holds handles to ``direction`` (t, k, 2), unit length; nothing at corners."""
        across = np.stack([-direction[..., 1], direction[..., 0]], axis=-1)
        strength = pull * (self._inside + np.roll(self._inside, 1)) * self._smooth
        held: Floats = strength[:, None, None] * across[..., :, None] * across[..., None, :]
        return held

    def _keep_in_line(self, matrix: Floats, index: int) -> None:
        for at in (2, 4):
            place: NDArray[np.intp] = 6 * np.arange(len(self.knots))[:, None] + np.array([at, at + 1])
            np.add.at(matrix, (place[:, :, None], place[:, None, :]), self._in_line[index])


def segments(controls: Floats) -> Floats:
    """(t, k, 4, 2): the control points of each segment, from ``controls`` (t, k, 3, 2)."""
    point, into, out = controls[:, :, 0], controls[:, :, 1], controls[:, :, 2]
    following = np.roll(point, -1, axis=1)
    return np.stack([point, point + out, following + np.roll(into, -1, axis=1), following], axis=2)


def distance(one: Floats, other: Floats, tell: Floats, reach: int = 4) -> Floats:
    """(t, m): how far two closed polylines (t, m, 2) whose places correspond lie apart at each place.

    The larger of both ways: from either's place to the other polyline, within ``reach`` places of its partner; times
    ``tell`` (t, m).
    """
    apart = np.zeros(one.shape[:2])
    for here, there in ((one, other), (other, one)):
        nearest = np.full(here.shape[:2], np.inf)
        run = np.roll(there, -1, axis=1) - there
        square = np.maximum((run**2).sum(-1), 1e-12)
        for step in range(-reach, reach):
            base, way, long = (np.roll(part, -step, axis=1) for part in (there, run, square))
            to = here - base
            share = np.clip((to * way).sum(-1) / long, 0.0, 1.0)
            np.minimum(nearest, ((to - share[..., None] * way) ** 2).sum(-1), out=nearest)
        np.maximum(apart, np.sqrt(nearest) * tell, out=apart)
    return apart
