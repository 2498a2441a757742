"""Keeping object numbers when a shot is detected again: on plain data, no model, no torch.

A segmenter loses a thing that leaves the picture, and cannot know of one that appears in mid-shot. So every N frames
the detector looks again, and each detection is given the number of the object that it is, or a new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, inf

from .detections import Box, best_first, overlap
from .seams import Found, Hint

SAME_THING = 0.3
"""Least IoU between where an object is and where it is detected. Moving boxes overlap less than still ones, and one
to one assignment settles the rest (0.3 is SORT's choice: Bewley et al. 2016, "Simple online and realtime tracking")."""

DUPLICATE = 0.5
"""IoU from which a left-over detection is a second box on an object that has its detection already."""

OTHER_NAME = 0.7
"""The same for an object of another phrase: a rider on a bicycle is a second object, a dog called a cat is not."""


def assign(costs: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The one-to-one pairs (row, column) of least total cost, min(rows, columns) of them, in row order.

    The Hungarian method by shortest augmenting paths with potentials, O(n^2 m) (Kuhn 1955; Jonker & Volgenant 1987).
    Costs must be finite.
    """
    rows, columns = len(costs), len(costs[0]) if costs else 0
    if rows > columns:
        return sorted((row, column) for column, row in assign([list(line) for line in zip(*costs, strict=True)]))
    # Column 0 is an outside column where each search starts; row and column numbers are one higher than outside.
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    owner, came_from = [0] * (columns + 1), [0] * (columns + 1)
    for row in range(1, rows + 1):
        owner[0], at = row, 0
        slack, done = [inf] * (columns + 1), [False] * (columns + 1)
        while owner[at]:
            done[at] = True
            line, here = costs[owner[at] - 1], row_price[owner[at]]
            for column in range(1, columns + 1):
                reduced = line[column - 1] - here - column_price[column]
                if not done[column] and reduced < slack[column]:
                    slack[column], came_from[column] = reduced, at
            following = min((c for c in range(1, columns + 1) if not done[c]), key=lambda c: slack[c])
            step = slack[following]
            for column in range(columns + 1):
                if done[column]:
                    row_price[owner[column]] += step
                    column_price[column] -= step
                else:
                    slack[column] -= step
            at = following
        while at:
            owner[at], at = owner[came_from[at]], came_from[at]
    return sorted((owner[column] - 1, column - 1) for column in range(1, columns + 1) if owner[column])


@dataclass(frozen=True)
class Sighting:
    """One detection with its object number. ``kind``: ``same`` (in sight all along), ``back`` (was out of sight),
    ``new``. What is back or new is a hint for the segmenter; what is the same confirms the track."""

    object: int
    found: Found
    kind: str

    @property
    def hint(self) -> Hint:
        """What the segmenter is told: the box, and drop marks where excluded things touch it."""
        return Hint(self.object, self.found.box, self.found.avoid, self.found.phrase)


@dataclass
class _Known:
    phrase: str
    box: Box
    frame: int
    drift: tuple[float, float] = (0.0, 0.0)  # pixels per frame
    in_sight: bool = True

    def at(self, frame: int) -> Box:
        x, y = self.drift[0] * (frame - self.frame), self.drift[1] * (frame - self.frame)
        return (self.box[0] + x, self.box[1] + y, self.box[2] + x, self.box[3] + y)


class Roster:
    """The objects of one shot and where each was last. Numbers are never given twice and never change hands.

    ``taken``: numbers that drawn boxes have claimed. ``most``: no more objects than this.
    """

    def __init__(self, *, taken: Sequence[int] = (), most: int = 16) -> None:
        self._known: dict[int, _Known] = {}
        self._taken = set(taken)
        self._most = most

    def see(
        self, frame: int, found: Sequence[Found], tracked: Mapping[int, Box | None] | None = None
    ) -> list[Sighting]:
        """Numbers what was detected on ``frame``, by object number.

        ``tracked``: the segmenter's box for each object on this frame, None where it is out of sight; an object
        that is not in it is looked for where its motion has carried it, which keeps two identical subjects apart
        while they cross. Phrases never mix. In turn:

        1. objects in sight take the detections they overlap (IoU >= 0.3, one to one, largest total overlap);
        2. objects out of sight take what is left of their phrase, nearest to where each was last seen;
        3. what is then left is new, unless it lies on a numbered object (IoU >= 0.5, or 0.7 for an object of another
           phrase) or there are enough.
        """
        tracked = tracked or {}
        expected: dict[int, Box] = {}
        for number, known in self._known.items():
            if number in tracked:
                known.in_sight = tracked[number] is not None
            if known.in_sight:
                expected[number] = tracked.get(number) or known.at(frame)
        left = best_first(found)
        seen = self._still_there(expected, left)
        # An object that the tracker holds stays in sight though the detector missed it.
        for number in expected.keys() - {sighting.object for sighting in seen}:
            self._known[number].in_sight = tracked.get(number) is not None
        left = _without(left, seen)
        seen += self._come_back(left)
        left = _without(left, seen)
        for item in left:
            there = [(sighting.found.box, sighting.found.phrase) for sighting in seen]
            there += [(box, self._known[n].phrase) for n, box in expected.items() if self._known[n].in_sight]
            # A drawn object has no phrase: it may be what any phrase finds.
            there += [(box, item.phrase) for n, box in tracked.items() if box is not None and n not in self._known]
            apart = all(
                overlap(item.box, box) < (DUPLICATE if phrase == item.phrase else OTHER_NAME) for box, phrase in there
            )
            if apart and len(self._known) < self._most:
                seen.append(Sighting(self._new_number(), item, "new"))
                self._known[seen[-1].object] = _Known(item.phrase, item.box, frame)
        for sighting in seen:
            self._remember(frame, sighting)
        for number, box in tracked.items():
            if box is not None and number in self._known and number not in {sighting.object for sighting in seen}:
                self._move(self._known[number], frame, box)
        return sorted(seen, key=lambda sighting: sighting.object)

    def _still_there(self, expected: Mapping[int, Box], found: Sequence[Found]) -> list[Sighting]:
        numbers = list(expected)
        if not numbers or not found:
            return []
        shares = [
            [overlap(expected[n], item.box) if item.phrase == self._known[n].phrase else 0.0 for item in found]
            for n in numbers
        ]
        # A pair that may not be is worth nothing, so that it never outbids one that may.
        worth = [[share if share >= SAME_THING else 0.0 for share in line] for line in shares]
        pairs = assign([[-value for value in line] for line in worth])
        return [Sighting(numbers[row], found[column], "same") for row, column in pairs if worth[row][column] > 0]

    def _come_back(self, found: Sequence[Found]) -> list[Sighting]:
        seen = []
        for phrase in dict.fromkeys(item.phrase for item in found):
            away = [n for n, known in self._known.items() if not known.in_sight and known.phrase == phrase]
            here = [item for item in found if item.phrase == phrase]
            if away and here:
                costs = [[_distance(self._known[n].box, item.box) for item in here] for n in away]
                seen += [Sighting(away[row], here[column], "back") for row, column in assign(costs)]
        return seen

    def _new_number(self) -> int:
        number = 1
        while number in self._taken:
            number += 1
        self._taken.add(number)
        return number

    def _remember(self, frame: int, sighting: Sighting) -> None:
        known = self._known[sighting.object]
        if sighting.kind == "same":
            self._move(known, frame, sighting.found.box)
        else:
            known.box, known.frame, known.drift, known.in_sight = sighting.found.box, frame, (0.0, 0.0), True

    def _move(self, known: _Known, frame: int, box: Box) -> None:
        if frame != known.frame:
            x, y = _middle(box)
            was_x, was_y = _middle(known.box)
            known.drift = ((x - was_x) / (frame - known.frame), (y - was_y) / (frame - known.frame))
        known.box, known.frame, known.in_sight = box, frame, True


def _without(found: Sequence[Found], seen: Sequence[Sighting]) -> list[Found]:
    gone = {id(sighting.found) for sighting in seen}
    return [item for item in found if id(item) not in gone]


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _distance(a: Box, b: Box) -> float:
    (ax, ay), (bx, by) = _middle(a), _middle(b)
    return hypot(ax - bx, ay - by)
