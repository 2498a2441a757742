"""One subject being tracked: where it is, what it looks like, and how sure we are, from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..seams import Hint, Mark, Picture
from . import ball, follow, search, shapes, words
from .appearance import Appearance, color_index, histogram, shades
from .colors import to_lab
from .follow import Flow, Weighed
from .marks import cut_out
from .outline import Outline
from .views import Box, Floats, Sight, View, extent, outside_of, share_of, shift

LOST_LIKENESS = 0.42
"""A matte whose colors are less alike than this is not the subject but what hides it."""

SMALL_LIKENESS = 0.5
"""The same for a matte of less than a third of the subject."""

LEAST_SHARE = 0.03
"""Less than this share of the whole subject in sight counts as out of sight."""


@dataclass(frozen=True)
class Frame:
    """One frame as all subjects see it: the picture, a small copy's color cells, and the motion since the last."""

    picture: Picture
    before: Floats | None
    whole: View
    index: NDArray[np.int32]
    flow: Flow | None

    @property
    def size(self) -> tuple[int, int]:
        return self.picture.width, self.picture.height


class Subject:
    """State of one subject; bounded: one matte, a few histograms, a handful of boxes."""

    def __init__(self) -> None:
        self.appearance = Appearance()
        self.rivals = search.Rivals()
        self.sight: Sight | None = None
        self.score = 0.0
        self.velocity = (0.0, 0.0)
        self.expected = (0.0, 0.0)
        self._area = 0.0
        self._roundness = 0.0
        self._distinct = 0.5
        self._hidden = 0
        self._steps = 0
        self._outline: Outline | None = None
        self.ball: ball.Ball | None = None
        self._radius = 0.0

    def copy(self) -> Subject:
        other = Subject()
        other.__dict__.update(self.__dict__)  # arrays and sights are replaced, never written into
        other.appearance, other.rivals = self.appearance.copy(), self.rivals.copy()
        return other

    def mark(self, frame: Frame, hint: Hint) -> None:
        """Starts from, or returns to, what the artist marked on this frame (a box or keep points)."""
        view, matte = cut_out(frame.picture, hint)
        marked = Sight(view, matte)
        lab = to_lab(view.cut(frame.picture.rgb))
        solid = matte > 0.5
        around = outside_of(solid) > 0.06 * float(np.sqrt(solid.sum())) + 1
        whole_matte = marked.view.sample(matte, frame.whole.points())
        away = 0.5 * histogram(color_index(lab), around.astype(np.float32)) + 0.5 * histogram(
            frame.index, (whole_matte < 0.1).astype(np.float32)
        )
        self.appearance.mark(shades(lab, matte), away)
        drops = _near_marks(view, hint.marks, extent(marked.box))
        weighed = follow.weigh(frame.picture.rgb, view, matte, self.appearance, 0.6, None, drops)
        if not weighed.sight.empty and weighed.sight.area > 0.5 * marked.area:
            marked = weighed.sight
        self.sight, self._hidden, self._steps, self.score = marked, 0, 0, 1.0
        self._distinct = weighed.distinct
        self.velocity, self.expected = (0.0, 0.0), marked.center
        self._area = marked.area
        self._roundness = shapes.shape_score((marked.matte > 0.5).astype(np.uint8), "round")
        self.ball, self._radius = None, 0.0
        if self._roundness > (0.5 if words.says_round(hint.phrase) else 0.9):
            self._fit_ball(frame, float(np.sqrt(marked.area / np.pi)), 0.2)
        self._outline = Outline(marked, 0.7 + 0.25 * self._roundness)
        self.rivals = search.Rivals()
        self.rivals.follow(self._alike(frame), marked.box)

    def step(self, frame: Frame, hint: Hint | None = None) -> None:
        """Carries the subject to the next frame; ``hint`` may hold drop points only."""
        if self._area <= 0:
            return
        marks = hint.marks if hint else ()
        alike = self._alike(frame)
        found = self._follow(frame, marks) if self.sight is not None else None
        if found is None:
            self.rivals.follow(alike, None)
            found = self._search(frame, alike, marks)
        if found is None:
            self.sight = self.ball = None
            self._hidden += 1
            self.score *= 0.5
            self.expected = (self.expected[0] + self.velocity[0], self.expected[1] + self.velocity[1])
            if self._hidden > 6:
                self.velocity = (0.8 * self.velocity[0], 0.8 * self.velocity[1])
            return
        self._accept(frame, found, alike)

    def _fit_ball(self, frame: Frame, radius: float, freedom: float) -> None:
        if self.sight is None:
            return
        table = self.appearance.table()
        self.ball = ball.fit(frame.picture.rgb, self.sight, table, radius, freedom, self.velocity)
        if self.ball is not None and self.ball.sure > 0.6:
            self._radius = self.ball.radius if self._radius <= 0 else 0.75 * self._radius + 0.25 * self.ball.radius

    def _alike(self, frame: Frame) -> list[search.Candidate]:
        found = search.candidates(frame.whole, frame.index, self.appearance, self._area)
        return [item for item in found if item.likeness > 0.45 and item.area < 3 * self._area]

    def _follow(self, frame: Frame, marks: tuple[Mark, ...]) -> Weighed | None:
        sight = self.sight
        if sight is None or frame.before is None or frame.flow is None:
            return None
        now = frame.picture.rgb
        # How fast it moves is not known on the first step: look further.
        margin = extent(sight.box) if self._steps == 0 else 0.0
        moved = follow.locate(frame.before, now, sight, self.appearance, self.velocity, self._distinct, margin)
        box = shift(sight.box, moved)
        if box[2] <= 1 or box[3] <= 1 or box[0] >= frame.size[0] - 1 or box[1] >= frame.size[1] - 1:
            return None
        speed = float(np.hypot(*moved))
        view = View.around(box, 0.3 * extent(box) + 0.3 * speed + 6, frame.size, follow.FOLLOW_EDGE)
        matte, origin = follow.expected(view, sight, frame.flow, moved)
        old = View.around(sight.box, 0.5 * extent(box) + 0.3 * speed + 8, frame.size, follow.FOLLOW_EDGE)
        before = old.sample(old.cut(frame.before), origin)
        drops = _near_marks(view, marks, extent(box))
        slack = 0.3 * speed
        weighed = follow.weigh(
            now, view, matte, self.appearance, self._distinct, before, drops, self._outline, self._area, slack
        )
        if not self._is_subject(weighed) or self._leapt(weighed.sight.box, sight.box):
            return None
        return weighed

    def _leapt(self, now: Box, before: Box) -> bool:
        """True for a jump, against the motion so far, onto a look-alike that was nowhere near."""
        off = np.hypot(
            now[0] + now[2] - before[0] - before[2] - 2 * self.velocity[0],
            now[1] + now[3] - before[1] - before[3] - 2 * self.velocity[1],
        )
        if off < 0.8 * np.sqrt(self._area):
            return False
        return any(share_of(now, rival) > 0.5 and share_of(before, rival) == 0 for rival in self.rivals.boxes)

    def _search(self, frame: Frame, alike: list[search.Candidate], marks: tuple[Mark, ...]) -> Weighed | None:
        reach = 1.2 * float(np.sqrt(self._area)) + (self._hidden + 1) * (
            0.5 * float(np.hypot(*self.velocity)) + 0.08 * float(np.sqrt(self._area))
        )
        item = search.find_again(alike, self.rivals, self._area, self._roundness, self.expected, reach)
        if item is None:
            return None
        view = View.around(item.box, 0.3 * extent(item.box) + 6, frame.size, follow.FOLLOW_EDGE)
        matte = item.sight.view.sample(item.sight.matte, view.points())
        drops = _near_marks(view, marks, extent(item.box))
        weighed = follow.weigh(
            frame.picture.rgb, view, matte, self.appearance, self._distinct, None, drops, self._outline, self._area
        )
        return weighed if self._is_subject(weighed) else None

    def _is_subject(self, weighed: Weighed) -> bool:
        if weighed.sight.empty or weighed.sight.area < LEAST_SHARE * self._area:
            return False
        # A small piece has fewer colors to be wrong in, so more is asked of it.
        small = weighed.sight.area < 0.3 * self._area
        return self.appearance.likeness(weighed.seen) >= (SMALL_LIKENESS if small else LOST_LIKENESS)

    def _accept(self, frame: Frame, weighed: Weighed, alike: list[search.Candidate]) -> None:
        sight = weighed.sight
        likeness = self.appearance.likeness(weighed.seen)
        share = sight.area / self._area
        center = sight.center
        if self.sight is not None:
            moved = (center[0] - self.sight.center[0], center[1] - self.sight.center[1])
            rate = 0.7 if self._steps else 1.0
            self.velocity = (
                self.velocity[0] + rate * (moved[0] - self.velocity[0]),
                self.velocity[1] + rate * (moved[1] - self.velocity[1]),
            )
            self._steps += 1
        else:
            self._steps = 0
        self.expected = center
        whole = not _cut_by_border(sight.box, frame.size) and 0.8 < share < 1.25
        rate = 0.12 if whole else 0.02 if share < 1.6 and self._hidden == 0 else 0.0
        if not _cut_by_border(sight.box, frame.size):
            self._area += rate * (sight.area - self._area)
        if whole and likeness > 0.6:
            self._distinct += 0.3 * (weighed.distinct - self._distinct)
            self.appearance.learn(weighed.seen, weighed.away, 0.15)
            roundness = shapes.shape_score((sight.matte > 0.5).astype(np.uint8), "round")
            self._roundness += 0.1 * (roundness - self._roundness)
            if self._outline is not None:
                self._outline = self._outline.seen(sight, renew=0.92 < share < 1.08)
        self.sight, self._hidden = sight, 0
        self.rivals.follow(alike, sight.box)
        if self._radius > 0:
            self._fit_ball(frame, self._radius, 0.15 if self._steps < 6 else 0.07)
        certain = np.clip((likeness - 0.35) / 0.45, 0, 1) * np.clip(1.3 - abs(np.log(max(share, 1e-3))) * 0.45, 0, 1)
        # A matte that colors do not confirm may have slid onto the set.
        self.score = float(np.clip(certain, 0, 1)) * (0.5 + 0.5 * weighed.distinct)


def _near_marks(view: View, marks: tuple[Mark, ...], size: float) -> NDArray[np.bool_] | None:
    drops = [mark for mark in marks if not mark.keep]
    if not drops:
        return None
    points = view.points()
    near = np.zeros(points.shape[:2], np.bool_)
    for mark in drops:
        near |= np.hypot(points[..., 0] - mark.x, points[..., 1] - mark.y) <= 0.05 * size + 1
    return near


def _cut_by_border(box: tuple[float, float, float, float], size: tuple[int, int]) -> bool:
    return box[0] <= 1 or box[1] <= 1 or box[2] >= size[0] - 1 or box[3] >= size[1] - 1
