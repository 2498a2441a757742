"""A closed outline that is walked by its length: positions, tangents, corners and how rough its edge is."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .contours import Contour
from .model import Floats

REACH = 4.0
"""Pixels on each side from which a corner's angle is taken: more than a pixel's own area rounds off."""

CORNER = np.radians(40)
"""A turn by more within ``REACH`` is a corner, unless it is round."""

_ROUND = 1.5
"""How much more a round tip turns than a corner between chords that begin 2 pixels away: twice, at 4 pixels radius."""

_ALIKE_SPACING = 0.5

ROUGH_FROM = 0.12
"""Pixels of roughness from which an edge is smoothed. A clean edge has 0.01 to 0.05 (measured)."""

_BLUNT = 2.0
"""Pixels on each side of a corner within which the contour is blunt."""

_TIP_LOSS = 0.75
"""Pixels: a corner of angle a may lose this, divided by sin(a / 2). Right angles were measured to lose 0.5 to 1.1
pixels, tips of 45 degrees 1.5 to 1.8."""


class Outline:
    """``contour`` as a curve over arc length in pixels, which may be any number: it goes round and round.

    ``points``: (n, 2) plate pixels; ``length``: once round, in pixels.
    """

    def __init__(self, contour: Contour) -> None:
        self.contour = contour
        self._measure(contour.points)
        self.roughness = self._roughness()
        if self.roughness > ROUGH_FROM:
            self._steady()
        else:
            self._sharpen()

    def _measure(self, points: Floats) -> None:
        self.points = points
        self._closed = np.concatenate([points, points[:1]])
        self._arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(self._closed, axis=0).T))])
        self.length = float(self._arc[-1])

    def _sharpen(self) -> None:
        """Gives corners back the tip that the area of a pixel, and the contour's smoothing, took off.

        The tip is where the edges on both sides meet when prolonged. Only as much is given back as a truly sharp
        corner loses; what is rounder is round.
        """
        corners = self.corners
        if not len(corners):
            return
        arcs = corners[:, 0]
        room = np.minimum(np.diff(arcs, prepend=arcs[-1] - self.length), np.diff(arcs, append=arcs[0] + self.length))
        before, after = (self.at(arcs + way * _BLUNT) for way in (-1, 1))
        reach = np.clip(room - 2 * _BLUNT, 1.0, REACH)
        back, ahead = (_unit(near - self.at(arcs + way * (_BLUNT + reach))) for near, way in ((before, -1), (after, 1)))
        # before + much * back lies on the line through `after` along `ahead`.
        cross = back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0]
        gap = after - before
        much = (gap[:, 0] * ahead[:, 1] - gap[:, 1] * ahead[:, 0]) / np.where(np.abs(cross) < 0.1, np.inf, cross)
        tips = before + much[:, None] * back
        half_angle = np.arccos(np.clip((back * ahead).sum(axis=1), -1, 1)) / 2
        lost = np.hypot(*(tips - self.at(arcs)).T)
        sharp = (much > 0) & (lost <= _TIP_LOSS / np.maximum(np.sin(half_angle), 0.1)) & (room > 2 * _BLUNT + 1)
        if not sharp.any():
            return
        arc = self._arc[:-1]
        away = np.abs((arc[:, None] - arcs[sharp] + self.length / 2) % self.length - self.length / 2).min(axis=1)
        keep = away > _BLUNT
        place = np.concatenate([arc[keep], arcs[sharp]])
        points = np.concatenate([self.points[keep], tips[sharp]])
        self._measure(points[np.argsort(place, kind="stable")])
        del self.corners

    def at(self, arc: Floats) -> Floats:
        """Positions (…, 2) at arc lengths (…)."""
        around = arc % self.length
        x = np.interp(around, self._arc, self._closed[:, 0])
        y = np.interp(around, self._arc, self._closed[:, 1])
        return np.stack([x, y], axis=-1)

    def tangent(self, arc: Floats, reach: float = 2.0) -> Floats:
        """Unit directions (…, 2) of the chord from ``reach`` pixels before to ``reach`` pixels after."""
        return _unit(self.at(arc + reach) - self.at(arc - reach))

    def turn(self, arc: Floats, inner: float = 0.0) -> Floats:
        """How far the outline turns around each arc length, radians, positive to the right on the screen.

        Between the chords that reach from ``inner`` to ``inner`` + ``REACH`` pixels on either side.
        """
        before = self.at(arc - inner) - self.at(arc - inner - REACH)
        after = self.at(arc + inner + REACH) - self.at(arc + inner)
        cross = before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]
        turned: Floats = np.arctan2(cross, (before * after).sum(-1))
        return turned

    def is_corner(self, arc: Floats) -> NDArray[np.bool_]:
        """Where the outline turns at once: not further when the nearest pixels are left out, as a round tip does."""
        at_once = np.abs(self.turn(arc))
        return np.asarray((at_once > CORNER) & (np.abs(self.turn(arc, inner=2.0)) < _ROUND * at_once))

    @cached_property
    def corners(self) -> Floats:
        """(n, 2): arc length and turn of each corner, by rising arc length; the sharpest within ``REACH``."""
        count = max(int(self.length / _ALIKE_SPACING), 8)
        arc = np.arange(count) * (self.length / count)
        turn = self.turn(arc)
        sharp = np.abs(turn)
        width = int(REACH / _ALIKE_SPACING)
        ringed = np.concatenate([sharp[-width:], sharp, sharp[:width]])
        highest = np.lib.stride_tricks.sliding_window_view(ringed, 2 * width + 1).max(axis=1)
        peaks = np.nonzero((sharp >= highest) & (sharp > CORNER))[0]
        peaks = peaks[self.is_corner(arc[peaks])]
        return np.stack([arc[peaks], turn[peaks]], axis=1)

    def _roughness(self) -> float:
        """Standard deviation, in pixels, of the edge across itself around a smooth curve.

        Whether an edge is rough at all shows over a few pixels, where shapes have no detail; how rough it is, over
        more, as the roughness of a picture hangs together over several pixels.
        """
        short = self._unevenness(min(5, int(self.length / 12)))
        return short if short < ROUGH_FROM else max(short, self._unevenness(min(12, int(self.length / 12))))

    def _unevenness(self, reach: int) -> float:
        """The deviation from the best parabola through the samples within ``reach`` pixels (Savitzky and Golay 1964).

        Taken from the median, which corners do not move (1.4826 times it for normal noise).
        """
        arc, points, smooth = self._smoothed(max(reach, 2))
        direction = self.tangent(arc, 5.0)
        off = points - smooth
        across = np.abs(off[:, 0] * direction[:, 1] - off[:, 1] * direction[:, 0])
        return float(1.4826 * np.median(across))

    def _steady(self) -> None:
        """Takes the roughness off: what a spline could follow of it would be another shape on the next frame."""
        reach = max(min(10 + int(15 * self.roughness), int(self.length / 12)), 2)
        self._measure(self._smoothed(reach)[2])

    def _smoothed(self, reach: int) -> tuple[Floats, Floats, Floats]:
        """(n,), (n, 2) and (n, 2): every pixel of arc length, the positions there, and those of the best parabolas
        through the samples up to ``reach`` pixels away."""
        count = max(int(self.length), 4 * reach)
        arc: Floats = np.arange(count) * (self.length / count)
        points = self.at(arc)
        basis = np.arange(-reach, reach + 1)[:, None] ** np.arange(3.0)
        weights = np.linalg.pinv(basis)[0]
        ringed = np.concatenate([points[-reach:], points, points[:reach]])
        return arc, points, np.stack([np.convolve(ringed[:, axis], weights, "valid") for axis in (0, 1)], axis=1)


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return unit
