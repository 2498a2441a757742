"""The measures: what is odd about one object on one frame, given the same object on the frames around it.

Every measure is held against a limit, which is the larger of a floor and a multiple of what the frames around show:
what always moves, grows, turns or flutters is not odd for it. The numbers were chosen on the tuning seeds of
``tests/benchmarks/flags.py``, whose held-out seeds say what they are worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from math import exp, hypot, log, sqrt
from statistics import median

from ..alpha import EMPTY, LOW, LOW_SCORE
from .align import Change, change, unsteady
from .names import COLORS, DRIFTED, DROPPED, FLICKER, JUMP, MOVED, SHAPE
from .seen import Seen

NEAR = 4
"""Frames on either side whose changes say what is usual."""

SHAPE_FLOOR, SHAPE_TIMES = 0.10, 2.8
"""Unexplained share of the area from one frame to the next: floor, and multiple of the usual."""

AREA_FLOOR, AREA_TIMES = 0.16, 3.5
"""Natural logarithm of the area over what the frame before, moved and grown as usual, should have become."""

MOVED_SIZES, MOVED_TIMES = 0.6, 2.5
"""A step, in sizes (square root of the area), on top of the multiple of the usual step."""

COLOR_FLOOR, COLOR_TIMES = 0.08, 4.0
"""Distance of the colors' means and spreads under the matte from one frame to the next, display range 0..1."""

LEAST_COLORED = 64.0
"""Small pixels of area. Of less, a new pixel changes the mean color by itself."""

FLICKER_FLOOR, FLICKER_SOFT, FLICKER_SIZES = 0.26, 0.06, 0.005
"""Mean distance of the border from both neighbors' where these agree: small pixels, more for each pixel that the
border's ramp is wide (a smeared border is less sure where it is), and share of the size."""

ABRUPT, ABRUPT_AT_EDGE = 0.4, 0.75
"""What had shrunk below this share of its area before it was gone went behind something, or out of the picture; the
second where the picture's edge cuts it."""

DROPPED_WITHIN = 3
"""Frames from where it was seen: further off too few of those before are within reach to say how it went."""

PASSING = 0.6
"""Share of the largest area near by, below which what the picture's edge cuts is coming in or going out."""

AGREES = 0.5
"""IoU of where an object is tracked and where it is detected, below which the track is put back on the detection. A
box drawn half a width off has 0.33; a detector's box of a person differs from the matte's by much less than 0.5."""


@dataclass(frozen=True)
class Doubt:
    """``score``: 0..1, below 0.5 when ``flag`` is raised. ``why``: a sentence with numbers."""

    score: float
    flag: str
    why: str


class Around:
    """The changes of one object from frame to neighboring frame, by the later one, computed once each while they are
    needed. Those back from the later one are not kept: one frame asks for them, and each is up to 4 MB."""

    def __init__(self) -> None:
        self._known: dict[int, Change] = {}

    def forget(self, held: Set[int]) -> None:
        self._known = {end: known for end, known in self._known.items() if end in held and end - 1 in held}

    def change(self, track: Mapping[int, Seen], start: int, end: int) -> Change | None:
        """From ``start`` to its neighbor ``end``; None where it is not in sight on both."""
        if not _there(track, start) or not _there(track, end):
            return None
        known = self._known.get(end)
        if end > start and known is not None:
            return known
        growth = _usual_growth(track, min(start, end))
        made = change(track[start], track[end], sqrt(exp(growth if end > start else -growth)))
        if end > start:
            self._known[end] = made
        return made


def doubts_of(frame: int, track: Mapping[int, Seen], around: Around) -> list[Doubt]:
    """Every measure of the object on ``frame``. ``track``: it on all frames within reach that know of it."""
    seen = track[frame]
    if not seen.present:
        return _dropped(frame, track)
    doubts = []
    if seen.score < LOW_SCORE:
        doubts.append(Doubt(seen.score, LOW, f"the engine gives its own matte a score of {seen.score:.2f}."))
    if not seen.there:
        doubts += [Doubt(0.0, EMPTY, "nothing is left of the matte."), *_dropped(frame, track)]
        return doubts
    if seen.agreement is not None and seen.agreement < AGREES:
        words = f"the detector saw it elsewhere than the track had it (overlap {seen.agreement:.2f})."
        doubts.append(Doubt(_trust(AGREES / max(seen.agreement, 0.05), 1.0), DRIFTED, words))
    doubts += _stepped(frame, track, around)
    doubts += _flickers(frame, track, around)
    return doubts


def _stepped(frame: int, track: Mapping[int, Seen], around: Around) -> list[Doubt]:
    """What is odd about the change from the frame before."""
    now = around.change(track, frame - 1, frame)
    if now is None:
        return []
    since = f"since frame {frame - 1}"
    # The change out of a fault that lasts a frame or two is as odd as the one into it: the median bears with it.
    others = [step for step in _steps(frame, track, around) if step is not now]
    size = sqrt(max(track[frame - 1].area, track[frame].area))
    doubts = []

    if _passing(track, frame, (frame - 1,)):
        return _colors(frame, track)
    limit = max(SHAPE_FLOOR, SHAPE_TIMES * _usual(step.share for step in others))
    words = f"{now.share:.0%} of its area changed in a way that motion does not explain {since}."
    doubts.append(Doubt(_trust(now.share, limit), SHAPE, words))

    # A border half a pixel off is no jump of a tiny thing.
    floor = AREA_FLOOR + 0.5 * now.border / max(track[frame].area, 1.0)
    limit = max(floor, AREA_TIMES * _usual(abs(step.growth) for step in others))
    words = f"its area is {exp(now.growth):.2f} times what it should be {since}."
    doubts.append(Doubt(_trust(abs(now.growth), limit), JUMP, words))

    step = hypot(now.dx, now.dy)
    limit = MOVED_SIZES * size + 1.0 + MOVED_TIMES * _usual(hypot(each.dx, each.dy) for each in others)
    words = f"it moved by {step / size:.1f} times its size {since}."
    doubts.append(Doubt(_trust(step, limit), MOVED, words))
    return [_told(doubt) for doubt in doubts] + _colors(frame, track)


def _colors(frame: int, track: Mapping[int, Seen]) -> list[Doubt]:
    apart = _apart(track, frame)
    if apart is None or min(track[frame - 1].area, track[frame].area) < LEAST_COLORED:
        return []
    near = [_apart(track, other) for other in _range(frame) if other != frame]
    limit = max(COLOR_FLOOR, COLOR_TIMES * _usual(each for each in near if each is not None))
    words = f"the plate has other colors under it than on frame {frame - 1} (off by {apart:.2f})."
    return [_told(Doubt(_trust(apart, limit), COLORS, words))]


def _flickers(frame: int, track: Mapping[int, Seen], around: Around) -> list[Doubt]:
    before, after = around.change(track, frame - 1, frame), around.change(track, frame + 1, frame)
    if before is None or after is None or _passing(track, frame, (frame - 1, frame, frame + 1)):
        return []
    off = unsteady(before, after)
    limit = max(FLICKER_FLOOR + FLICKER_SOFT * before.softness, FLICKER_SIZES * sqrt(track[frame].area))
    percent = off / sqrt(track[frame].area)
    words = f"its edge is off by {percent:.1%} of its size against both frames {frame - 1} and {frame + 1}."
    return [_told(Doubt(_trust(off, limit), FLICKER, words))]


def _dropped(frame: int, track: Mapping[int, Seen]) -> list[Doubt]:
    """Gone though it was well inside the picture when it was last seen, or will be when it is seen next."""
    for way, word in ((-1, "on"), (1, "again on")):
        near = [other for other in sorted(track, key=lambda other: abs(other - frame)) if (other - frame) * way > 0]
        last = next((other for other in near if _there(track, other)), None)
        if last is None or abs(last - frame) > DROPPED_WITHIN:
            continue
        known = [track[other].area for other in near if (other - last) * way >= 0 and _there(track, other)][: NEAR + 1]
        # Not from ``around``: what its scale goes by may lie out of reach here.
        step = change(track[last + way], track[last]) if _there(track, last + way) else None
        across, down = (step.dx, step.dy) if step is not None else (0.0, 0.0)
        shrunk = ABRUPT_AT_EDGE if _cut(track[last]) else ABRUPT
        if track[last].area >= shrunk * median(known) and _inside(track[last], across, down):
            words = f"it is not in sight, yet it is inside the picture {word} frame {last}."
            return [Doubt(0.05 if way < 0 else 0.1, DROPPED, words)]
    return []


def _inside(seen: Seen, across: float, down: float) -> bool:
    """Whether half of the box around it is inside the picture still after one and a half steps more."""
    assert seen.shape is not None
    height, width = seen.shape.shape
    left, top = seen.x + 1.5 * across, seen.y + 1.5 * down
    wide = min(left + width, seen.size[0]) - max(left, 0.0)
    high = min(top + height, seen.size[1]) - max(top, 0.0)
    return bool(wide > 0 and high > 0 and wide * high >= width * height / 2)


def _passing(track: Mapping[int, Seen], frame: int, beside: Iterable[int]) -> bool:
    """Whether it is coming into the picture or leaving it: cut by the picture's edge on one of ``beside``, and out of
    sight or much smaller within ``NEAR`` frames. What enters then was on no frame before; nothing can be held against.
    """
    near = [track[other].area if track[other].there else 0.0 for other in _range(frame) if other in track]
    return min(near) < PASSING * max(near) and any(_there(track, at) and _cut(track[at]) for at in beside)


def _cut(seen: Seen) -> bool:
    assert seen.shape is not None
    height, width = seen.shape.shape
    return seen.x <= 1 or seen.y <= 1 or seen.x + width >= seen.size[0] - 1 or seen.y + height >= seen.size[1] - 1


def _apart(track: Mapping[int, Seen], frame: int) -> float | None:
    """How far its colors are from those on the frame before."""
    if frame not in track or frame - 1 not in track:
        return None
    now, before = track[frame].colors, track[frame - 1].colors
    if not now or not before:
        return None
    return sqrt(sum((a - b) ** 2 for a, b in zip(now, before, strict=True)))


def _range(frame: int) -> range:
    return range(frame - NEAR + 1, frame + NEAR + 1)


def _steps(frame: int, track: Mapping[int, Seen], around: Around) -> list[Change]:
    steps = (around.change(track, other - 1, other) for other in _range(frame))
    return [step for step in steps if step is not None]


def _usual_growth(track: Mapping[int, Seen], start: int) -> float:
    """How the logarithm of its area changes per frame around the step from ``start``, that step left out."""
    rates = [
        log(track[at + 1].area / track[at].area)
        for at in (start - 2, start - 1, start + 1, start + 2)
        if _there(track, at) and _there(track, at + 1)
    ]
    return median(rates) if len(rates) > 1 else 0.0


def _usual(values: Iterable[float]) -> float:
    known = list(values)
    return median(known) if known else 0.0


def _there(track: Mapping[int, Seen], frame: int) -> bool:
    return frame in track and track[frame].there


def _trust(value: float, limit: float) -> float:
    """1 up to half the limit, 0.5 at it, toward 0 beyond."""
    part = value / limit
    return min(1.0, 1.5 - part) if part <= 1 else 0.5 / part


def _told(doubt: Doubt) -> Doubt:
    """Without a flag where it is within its limit."""
    return doubt if doubt.score < 0.5 else Doubt(doubt.score, "", "")
