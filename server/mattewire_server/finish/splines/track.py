"""Splines from a matte sequence: outlines followed over their lifetime, then as few points and keys as will do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField, InternalError
from mattewire_server.plates.model import Window

from .contours import Contour, contours_of
from .fit import choose_points, count_points
from .keys import Keyed, allowed_mean, choose_keys
from .model import Floats, Spline, key_from
from .outline import ROUGH_FROM
from .solve import Equations
from .trace import Places, Trail

ALIKE = 0.6
"""The share that two outlines have in common (intersection over union) to be the same one a frame later."""

ROUGH = 3.5
"""Standard deviations of the edge's roughness that no spline can or should follow: 1 place in 2000 lies beyond."""

_POINTS_SHARE, _POINTS_SHARE_ROUGH = 0.6, 0.9
"""The part of the tolerance that points may use up; the rest is left to the keys. A rough edge has no more to give to
points that follow it."""

_SAMPLES = 5
"""Frames that are tried alone, to know how many points the outline needs at all."""

_COARSER = 1.4
"""What the tolerance is multiplied by, as often as it takes, where an outline needs too many points."""

_UNION, _SPARE = 2.5, 4
"""How many times the points of its neediest frame, and how many more, a spline may have to serve all of its frames."""


def fit_splines(
    mattes: Iterable[tuple[int, NDArray[np.float32]]],
    canvas: Window,
    *,
    tolerance: float = 0.75,
    longest_gap: int | None = None,
    smallest_area: float = 64.0,
    most_points: int = 120,
    object: int = 1,
) -> list[Spline]:
    """Editable closed Bezier splines for one object's mattes, in drawing order.

    ``mattes``: (frame, alpha) by rising frame, float32 (canvas height, canvas width), 0..1; read once, one at a time:
    only outlines are kept, some 50 kB a frame. A frame that is not given is bridged. ``canvas``: where the mattes lie.
    ``tolerance``: pixels, 0.1 to 20, the largest distance between spline and outline on any frame, on keys and
    between them, with straight lines between keys; where the edge itself is rougher it grows to ``ROUGH`` standard
    deviations of the roughness, and each spline says so. ``longest_gap``: frames from one key to the next at most.
    ``smallest_area``: square pixels; what is smaller is dropped, as are lines of single pixels.
    ``most_points``: of one outline on one frame; the tolerance grows where more would be needed (fur, leaves).

    How sparse keys can be is a matter of the motion: a straight line between keys cuts the corner of a curved way by
    acceleration * gap * gap / 8, half of it when solved; a ball in free flight may need every frame. On average a
    spline is held closer, so that it shares 0.98 with what the contour encloses (intersection over union); a soft edge
    is not part of a spline. Where that cannot be kept, ``Spline.deviation`` says how far off it is.

    A piece that appears, vanishes, splits or merges begins or ends a spline there; a lifetime over which the outline
    changes so much that one set of points cannot serve it is divided, too. Raises ``BadField`` for
    numbers out of range, ``InternalError`` for frames out of order or alpha of the wrong size or kind.
    """
    for name, value, low, high in (
        ("tolerance", tolerance, 0.1, 20.0),
        ("smallest_area", smallest_area, 0.0, 1e9),
        ("most_points", most_points, 8, 1000),
        ("longest_gap", 1 if longest_gap is None else longest_gap, 1, 1e9),
    ):
        if not low <= value <= high:
            raise BadField(f"{value} is not from {low:g} to {high:g}.", field=name)
    trails: list[Trail] = []
    living: list[Trail] = []
    before: int | None = None
    for frame, alpha in mattes:
        _check(frame, before, alpha, canvas)
        found = contours_of(alpha, canvas.x0, canvas.y0, smallest_area)
        living = _followed(living, frame, found)
        trails += [trail for trail in living if len(trail.frames) == 1]
        before = frame
    trails.sort(key=lambda trail: (trail.outlines[0].contour.depth, trail.frames[0]))
    return [spline for trail in trails for spline in _splines_of(trail, tolerance, longest_gap, most_points, object)]


def _check(frame: int, before: int | None, alpha: NDArray[np.float32], canvas: Window) -> None:
    if before is not None and frame <= before:
        raise InternalError(f"Frame {frame} after frame {before}: mattes must come by rising frame.")
    if alpha.shape != (canvas.height, canvas.width) or alpha.dtype != np.float32:
        raise InternalError(
            f"Frame {frame}: the matte is {alpha.dtype} {alpha.shape}, not float32 {(canvas.height, canvas.width)}."
        )
    if not np.isfinite(alpha.sum(dtype=np.float64)):
        raise InternalError(f"Frame {frame}: the matte has values that are not numbers.")


def _followed(living: list[Trail], frame: int, found: list[Contour]) -> list[Trail]:
    """The trails that live on ``frame``: those that go on, lengthened, and a new one for each other contour."""
    pairs = [
        (_in_common(trail.last, contour), old, new)
        for old, trail in enumerate(living)
        for new, contour in enumerate(found)
        if trail.last.hole == contour.hole and _near(trail.last, contour)
    ]
    taken_old: set[int] = set()
    goes_on: dict[int, Trail] = {}
    for share, old, new in sorted(pairs, key=lambda pair: -pair[0]):
        if share >= ALIKE and old not in taken_old and new not in goes_on:
            taken_old.add(old)
            goes_on[new] = living[old]
            living[old].add(frame, found[new])
    return [goes_on.get(new) or Trail(frame, contour) for new, contour in enumerate(found)]


def _near(one: Contour, other: Contour) -> bool:
    """Areas within a factor of 1 / ``ALIKE``, and no further apart than twice the larger one's extent."""
    if min(one.area, other.area) < ALIKE * max(one.area, other.area):
        return False
    extents = [np.ptp(contour.points, axis=0).max() for contour in (one, other)]
    apart = np.hypot(*(one.points.mean(axis=0) - other.points.mean(axis=0)))
    return bool(apart <= 2 * max(extents))


def _in_common(one: Contour, other: Contour) -> float:
    """Intersection over union of the two filled outlines, as they lie or laid center on center: the better.

    Laid over each other, a ball that flies further than its own width in a frame is still that ball; when two alike
    are on offer, what overlaps as it lies counts a little more.
    """
    moved = other.points + (one.points.mean(axis=0) - other.points.mean(axis=0))
    apart = float(np.hypot(*(one.points.mean(axis=0) - other.points.mean(axis=0))))
    closeness = 1.0 / (1.0 + 0.05 * apart / float(np.sqrt(max(one.area, other.area))))
    return max(_overlap(one.points, other.points), closeness * _overlap(one.points, moved))


def _overlap(one: Floats, other: Floats) -> float:
    both = np.concatenate([one, other])
    low, extent = both.min(axis=0), float(np.ptp(both, axis=0).max())
    scale = 96 / max(extent, 1e-6)
    drawn = []
    for points in (one, other):
        canvas = np.zeros((100, 100), np.uint8)
        cv2.fillPoly(canvas, [np.round((points - low) * scale * 16 + 32).astype(np.int32)], 1, shift=4)
        drawn.append(canvas.astype(bool))
    return float((drawn[0] & drawn[1]).sum() / max((drawn[0] | drawn[1]).sum(), 1))


def _splines_of(trail: Trail, tolerance: float, longest_gap: int | None, most_points: int, object: int) -> list[Spline]:
    places = trail.places()
    splines = []
    for part in _parts(places, max(tolerance, ROUGH * places.roughness), longest_gap, most_points):
        frames = [int(part.places.frames[index]) for index in part.keyed.keys]
        keys = tuple(key_from(*key) for key in zip(frames, part.keyed.controls, strict=True))
        deviation = part.keyed.deviation
        splines.append(Spline(object, True, trail.last.hole, frames[0], frames[-1], keys, part.tolerance, deviation))
    return splines


@dataclass(frozen=True)
class _Part:
    places: Places
    tolerance: float
    keyed: Keyed


def _parts(places: Places, tolerance: float, longest_gap: int | None, most_points: int) -> list[_Part]:
    """The lifetime whole, or divided where no reasonable number of points serves all of its frames."""
    last = len(places.frames) - 1
    samples = sorted({round(last * share) for share in np.linspace(0, 1, _SAMPLES)})
    while True:
        # On a thin outline the mean distance binds first; the largest is about five times the mean.
        share = _POINTS_SHARE if places.roughness < ROUGH_FROM else _POINTS_SHARE_ROUGH
        within = share * min(tolerance, 5 * float(allowed_mean(places, tolerance).min()))
        alone = max(count_points(places.only([index]), within) for index in samples)
        if alone <= most_points:
            break
        tolerance *= _COARSER
    knots = choose_points(places, within, min(int(_UNION * alone) + _SPARE, 2 * most_points) if last else None)
    if knots is not None:
        return [_Part(places, tolerance, choose_keys(Equations(places, knots), tolerance, longest_gap))]
    cut = _greatest_change(places)
    halves = places.between(0, cut), places.between(cut + 1, last)
    return [part for half in halves for part in _parts(half, tolerance, longest_gap, most_points)]


def _greatest_change(places: Places) -> int:
    """The frame index after which the outline changes its shape most, in the middle half of the lifetime."""
    way = np.diff(places.at, axis=0)
    change = np.linalg.norm(way - np.median(way, axis=1, keepdims=True), axis=2).mean(axis=1)
    first, stop = len(change) // 4, len(change) - len(change) // 4
    return first + int(change[first:stop].argmax())
