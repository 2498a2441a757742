"""From what was seen to verdicts: each frame held against the frames around it, in frame order, whatever came first.

A frame is judged once all frames within ``REACH`` have been seen, so tracking forward, tracking backward, a redraw and
a resumed shot come to the same verdicts; what no frame to come needs is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .measures import Around, Doubt, doubts_of
from .names import NAMES
from .seen import Seen

REACH = 6
"""Frames on either side that a verdict looks at: a quarter of a second at 24 fps."""

MOST_WHY = 8
"""Sentences on one frame: nobody reads more, and the list of the worst frames of many objects fits into a message."""


@dataclass(frozen=True)
class Verdict:
    """``score``: 0..1, how far the frame can be trusted: its worst object's. Below 0.5 exactly when something asks for
    a look. ``flags``: some of ``NAMES``, in that order. ``why``: sentences, worst first, at most ``MOST_WHY``.
    ``objects``: each object's own score."""

    score: float
    flags: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    objects: Mapping[int, float] = field(default_factory=dict)


class Quality:
    """Takes the frames ``first`` to ``last`` in any order, and hands each back judged when all it needs is there.

    Holds what was seen of at most ``4 * REACH + 2`` frames of a shot that is tracked forward, then backward: those
    around the front and around the frame both passes leave from. At ``LONG_EDGE`` 320 that is at most 58 KB an object.
    """

    def __init__(self, first: int, last: int) -> None:
        self._first, self._last = first, last
        self._seen: dict[int, Mapping[int, Seen]] = {}
        self._settled: set[int] = set()
        self._around: dict[int, Around] = {}

    def add(self, frame: int, seen: Mapping[int, Seen]) -> list[tuple[int, Verdict]]:
        """One frame's objects by number. The frames that are settled now, ascending, with their verdicts."""
        self._seen[frame] = seen
        done = []
        for other in sorted(self._near(frame)):
            if other in self._seen and other not in self._settled and self._near(other) <= self._seen.keys():
                done.append((other, self._judge(other)))
        self._settled.update(settled for settled, _ in done)
        for old in [old for old in self._seen if self._near(old) <= self._settled]:
            del self._seen[old]
        for around in self._around.values():
            around.forget(self._seen.keys())
        return done

    @property
    def held(self) -> int:
        """Frames that are held now."""
        return len(self._seen)

    def _near(self, frame: int) -> set[int]:
        return set(range(max(self._first, frame - REACH), min(self._last, frame + REACH) + 1))

    def _judge(self, frame: int) -> Verdict:
        near = {other: self._seen[other] for other in sorted(self._near(frame))}
        return _judged(frame, near, self._around)


def alone(frame: int, seen: Mapping[int, Seen]) -> Verdict:
    """What can be said of a frame before any other is known."""
    return _judged(frame, {frame: seen}, {})


def _judged(frame: int, near: Mapping[int, Mapping[int, Seen]], known: dict[int, Around]) -> Verdict:
    numbers = sorted(near[frame])
    found: list[tuple[float, int, Doubt]] = []
    scores = {}
    for number in numbers:
        around = known.setdefault(number, Around())
        track = {other: there[number] for other, there in near.items() if number in there}
        own = doubts_of(frame, track, around)
        found += [(doubt.score, number, doubt) for doubt in own]
        sure = track[frame].score if track[frame].present else 1.0
        scores[number] = round(min([sure, *(doubt.score for doubt in own)]), 4)
    found.sort(key=lambda item: (item[0], item[1]))
    raised = [item for item in found if item[2].flag]
    flags = tuple(name for name in NAMES if any(doubt.flag == name for _, _, doubt in raised))
    several = len(numbers) > 1
    why = tuple((f"Object {number}: " if several else "") + doubt.why for _, number, doubt in raised[:MOST_WHY])
    return Verdict(min(scores.values(), default=1.0), flags, why, scores)
