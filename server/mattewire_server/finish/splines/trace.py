"""One outline over its lifetime: the same places on every frame, close enough together to be fitted.

A place keeps its number from frame to frame (``carry``). Where a part of the outline grows out of almost nothing, the
places that lie close together there on one frame spread over it on the other; more are put between them until no
frame has a gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .carry import carry
from .contours import Contour
from .model import Floats
from .outline import Outline

SPACING = 2.0
"""Pixels between places at most; on outlines of more than ``MANY`` such steps, the length by ``MANY``."""

_TIP = 6.0
"""Pixels from a corner that belong to its tip."""

_PILE = 0.5
"""The density of places that may double beside a corner, and no more."""

MANY = 1500


class Trail:
    """Collects one outline frame by frame, from its first. Holds contours and arc lengths, no pictures."""

    def __init__(self, frame: int, contour: Contour) -> None:
        outline = Outline(contour)
        start = _topmost(outline)
        corners = start + (outline.corners[:, 0] - start) % outline.length
        even = start + np.arange(0, outline.length - 0.5, min(SPACING, outline.length / 24))
        self.frames = [frame]
        self.outlines = [outline]
        self._arcs = [np.unique(np.concatenate([even, corners]))]

    @property
    def last(self) -> Contour:
        return self.outlines[-1].contour

    def add(self, frame: int, contour: Contour) -> None:
        """The same outline on the next frame."""
        outline = Outline(contour)
        self._arcs.append(self._spread(outline, carry(self.outlines[-1], outline)(self._arcs[-1])))
        self.frames.append(frame)
        self.outlines.append(outline)

    def _spread(self, outline: Outline, arcs: Floats) -> Floats:
        """``arcs`` (m,) with those moved on that pile up beside a corner.

        Where a corner runs along the outline, as the tip of a crescent does, it would push every place it meets
        before it. Between two corners places keep at least ``_PILE`` of the density they began with.
        """
        corners = outline.corners[:, 0]
        if not len(corners):
            return arcs
        off = (corners[:, None] - arcs + outline.length / 2) % outline.length - outline.length / 2
        posts = np.unique(np.abs(off).argmin(axis=1)[np.abs(off).min(axis=1) < 1.0])
        begun = np.append(self._arcs[0], self._arcs[0][:1] + self.outlines[0].length)
        spread = np.append(arcs, arcs[0] + outline.length)
        for start, stop in zip(posts, [*posts[1:], posts[0] + len(arcs)] if len(posts) else [], strict=True):
            ring = np.arange(start, stop + 1)
            wrapped = ring >= len(arcs)
            first = begun[ring % len(arcs)] + wrapped * self.outlines[0].length
            now = spread[ring % len(arcs)] + wrapped * outline.length
            share = _PILE * (now[-1] - now[0]) / max(first[-1] - first[0], 1e-6)
            now = np.maximum(now, now[0] + share * (first - first[0]))
            now = np.minimum(now, now[-1] - share * (first[-1] - first))
            spread[ring % len(arcs)] = now - wrapped * outline.length
        return np.asarray(spread[:-1])

    def places(self) -> Places:
        """Every place on every frame."""
        lengths = np.array([outline.length for outline in self.outlines])
        arcs = _without_gaps(np.stack(self._arcs), lengths)
        at = np.stack([outline.at(arc) for outline, arc in zip(self.outlines, arcs, strict=True)])
        along = np.stack([outline.tangent(arc) for outline, arc in zip(self.outlines, arcs, strict=True)])
        heading = np.stack([outline.tangent(arc, 6.0) for outline, arc in zip(self.outlines, arcs, strict=True)])
        turn = np.stack([outline.turn(arc, inner=0.5) for outline, arc in zip(self.outlines, arcs, strict=True)])
        tell = np.stack([_tell(outline, arc) for outline, arc in zip(self.outlines, arcs, strict=True)])
        breadths = np.array([outline.contour.area / outline.length for outline in self.outlines])
        rough = float(np.median([outline.roughness for outline in self.outlines]))
        corner = (
            np.mean([outline.is_corner(arc) for outline, arc in zip(self.outlines, arcs, strict=True)], axis=0) > 0.5
        )
        return Places(
            np.array(self.frames),
            at,
            arcs,
            lengths,
            along,
            heading,
            np.abs(turn).mean(axis=0),
            corner,
            tell,
            breadths,
            rough,
        )


@dataclass(frozen=True)
class Places:
    """t frames by m places around one closed outline; place m - 1 is followed by place 0.

    ``frames``: (t,) their numbers. ``at``: (t, m, 2) plate pixels. ``arcs``: (t, m) arc lengths, rising. ``lengths``:
    (t,) once round. ``along``: (t, m, 2) unit tangents. ``heading``: (t, m, 2) the same over a longer reach, steadier,
    wrong beside corners. ``turn``: (m,) mean turn in radians, without sign. ``corner``: (m,) which places are a corner
    on most frames. ``tell``: (t, m) what a distance there counts, 1 but around tips sharper than a right angle.
    ``breadths``: (t,) area by length, pixels; half of a long limb's width. ``roughness``: pixels, of the median frame.
    """

    frames: NDArray[np.int_]
    at: Floats
    arcs: Floats
    lengths: Floats
    along: Floats
    heading: Floats
    turn: Floats
    corner: NDArray[np.bool_]
    tell: Floats
    breadths: Floats
    roughness: float

    @property
    def count(self) -> int:
        return int(self.at.shape[1])

    def between(self, first: int, last: int) -> Places:
        """The frames with the indices ``first`` to ``last``, both included."""
        return self.only(list(range(first, last + 1)))

    def only(self, which: list[int]) -> Places:
        """The frames with the indices ``which``."""
        part = np.array(which)
        return Places(
            self.frames[part], self.at[part], self.arcs[part], self.lengths[part], self.along[part], self.heading[part],
            self.turn, self.corner, self.tell[part], self.breadths[part], self.roughness,
        )  # fmt: skip

    def gaps(self) -> Floats:
        """(t, m): arc length from each place to the next, pixels."""
        return np.diff(self.arcs, axis=1, append=self.arcs[:, :1] + self.lengths[:, None])

    def shares(self, knots: NDArray[np.intp]) -> tuple[NDArray[np.intp], Floats]:
        """For each place the number of its segment (m,), and on each frame how far along it lies, 0..1 (t, m).

        ``knots``: rising place numbers; segment i goes from knot i to the next, the last one round to the first.
        """
        place = np.arange(self.count)
        segment = (np.searchsorted(knots, place, side="right") - 1) % len(knots)
        start = self.arcs[:, knots]
        end = np.concatenate([start[:, 1:], start[:, :1] + self.lengths[:, None]], axis=1)
        run = self.arcs + np.where(place < knots[0], self.lengths[:, None], 0.0) - start[:, segment]
        return segment, np.clip(run / np.maximum((end - start)[:, segment], 1e-6), 0.0, 1.0)


def _topmost(outline: Outline) -> float:
    """Arc length of the highest point, the leftmost of several: where a person would begin, too."""
    points = outline.points
    index = int(np.lexsort((points[:, 0], points[:, 1]))[0])
    return float(np.hypot(*np.diff(points[: index + 1], axis=0).T).sum())


def _tell(outline: Outline, arc: Floats) -> Floats:
    """(m,): how much of a distance can be seen at each arc length.

    Where a tip ends, pixels cannot tell to better than its sides can be told, divided by the sine of half its angle.
    """
    corners = outline.corners
    if not len(corners):
        return np.ones(len(arc))
    away = np.abs((arc[:, None] - corners[:, 0] + outline.length / 2) % outline.length - outline.length / 2)
    half = (np.pi - np.abs(corners[:, 1])) / 2
    seen = np.clip(np.sqrt(2) * np.sin(half), 0.4, 1.0)
    told: Floats = np.where(away < _TIP, seen, 1.0).min(axis=1)
    return told


def _without_gaps(arcs: Floats, lengths: Floats) -> Floats:
    """``arcs`` (t, m) with places added so that no two neighbors are further apart than allowed on any frame."""
    spacing = max(SPACING, float(lengths.max()) / MANY)
    gaps = np.diff(arcs, axis=1, append=arcs[:, :1] + lengths[:, None])
    pieces = np.maximum(np.ceil(gaps.max(axis=0) / spacing - 0.01), 1).astype(np.intp)
    origin = np.repeat(np.arange(arcs.shape[1]), pieces)
    first = np.cumsum(pieces) - pieces
    share = (np.arange(len(origin)) - first[origin]) / pieces[origin]
    filled: Floats = arcs[:, origin] + gaps[:, origin] * share
    return filled
