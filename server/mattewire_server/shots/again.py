"""Looking again in mid-shot: what was lost is found again, what appears is added, what drifts is put back.

A segmenter loses a thing that leaves the picture and cannot know of one that appears; so every N frames the detector
looks again. Frames that the segmenter is not sure of get a second, closer look. Either way what was seen is shown to
the track as a hint on the frame it has just stepped. Everything follows from the frames and the engine's own answers,
in the order of the pass, so a resumed shot comes out the same.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mattewire_protocol.request import MatteRequest

from ..engines.detections import Box, overlap
from ..engines.identity import SAME_THING, Roster, Sighting
from ..engines.seams import Detector, Found, Hint, LooksCloser, Picture, Segment
from ..engines.second_look import AGREE, fuse
from ..finish.alpha import LOW_SCORE
from ..finish.quality.measures import AGREES

CLOSER_EVERY = 8
"""Least frames between two closer looks at one object: each that hits becomes a frame that a segmenter keeps in memory
for good, and the frames after it are seen in its light. SAM 2 attends to the 7 latest frames."""

Step = Callable[[Picture, Sequence[Hint]], dict[int, Segment]]


@dataclass(frozen=True)
class Cast:
    """The objects as the keyframe left them. ``found``: everything text found there, by object number, picked or not.

    ``drawn``: numbers that boxes and points have claimed.
    """

    frame: int
    found: Mapping[int, Found]
    picked: frozenset[int]
    drawn: frozenset[int]


class Again:
    """The looks of one pass through a shot, forward then backward. Used in the engine's thread only.

    ``start``: the frame that both passes leave from. ``marked``: frames with hints of the artist, which settle what
    is where; they are not looked at again. ``labels``: object number to phrase; newcomers are added to it.
    ``frames``: those that a new detection has steered. ``agreement``: by frame, the IoU of each object's track with
    where the detector saw it, before the track was put back.
    """

    def __init__(
        self,
        request: MatteRequest,
        detector: Detector | None,
        cast: Cast,
        labels: dict[int, str],
        *,
        start: int,
        marked: frozenset[int],
    ) -> None:
        self._request, self._detector = request, detector
        self._start, self._marked = start, marked
        self._labels = labels
        self._used = set(cast.found) | cast.drawn
        self._tracked = set(cast.picked)
        self._most = request.max_objects
        self._roster, self._numbers = self._seeded(cast)
        self._at_start = copy.deepcopy(self._roster), dict(self._numbers)
        self._backward = False
        self._looked: dict[int, int] = {}
        self.frames: set[int] = set()
        self.agreement: dict[int, dict[int, float]] = {}

    def after(self, step: Step, picture: Picture, segments: dict[int, Segment]) -> dict[int, Segment]:
        """The segments of the frame that the track has just stepped, after a new look where one is due."""
        if self._detector is None or not self._request.prompts or picture.frame in self._marked:
            return segments
        if picture.frame < self._start and not self._backward:
            self._turn()
        every = self._request.redetect_every
        if every and picture.frame != self._start and (picture.frame - self._start) % every == 0:
            hints = self._look(self._detector, picture, segments)
        else:
            hints = self._closer(self._detector, picture, segments)
        if hints:
            self.frames.add(picture.frame)
            segments = {**segments, **step(picture, hints)}
        return segments

    # --- every N frames ------------------------------------------------------------------------------------

    def _look(self, detector: Detector, picture: Picture, segments: Mapping[int, Segment]) -> list[Hint]:
        found = detector.find(picture, self._request.prompts, self._request.exclude)
        if looked_closer(detector):
            self.frames.add(picture.frame)
        boxes = {number: box_of(segment, picture) for number, segment in segments.items()}
        held = {number: self._held(segments[number], box, number, found) for number, box in boxes.items()}
        known = {number: own for own, number in self._numbers.items()}
        # The roster counts for itself; what it does not know, such as drawn objects, gets numbers it never gives.
        sightings = self._roster.see(picture.frame, found, {known.get(n, -n): box for n, box in held.items()})
        hints = []
        for sighting in sightings:
            number = self._number_of(sighting, boxes)
            own = boxes.get(number)
            if own is not None:
                agreement = round(overlap(sighting.found.box, own), 4)
                self.agreement.setdefault(picture.frame, {})[number] = agreement
            if number in self._tracked and self._worth_telling(sighting, boxes.get(number)):
                hints.append(Hint(number, sighting.found.box, sighting.found.avoid, sighting.found.phrase))
        return sorted(hints, key=lambda hint: hint.object)

    def _held(self, segment: Segment, box: Box | None, number: int, found: Sequence[Found]) -> Box | None:
        """Where the track has an object; None where it doubts that itself and the detector sees no such thing there.

        A track that is sure is believed: the detector may have missed the subject and seen its double.
        """
        phrase = self._labels.get(number, "")
        if box is None or segment.score >= LOW_SCORE or not phrase:
            return box
        seen = any(item.phrase == phrase and overlap(item.box, box) >= SAME_THING for item in found)
        return box if seen else None

    def _worth_telling(self, sighting: Sighting, tracked: Box | None) -> bool:
        return tracked is None or overlap(sighting.found.box, tracked) < AGREES

    def _number_of(self, sighting: Sighting, boxes: Mapping[int, Box | None]) -> int:
        """The object number of a sighting; a newcomer gets one, and is tracked if ``pick`` lets it."""
        if sighting.object in self._numbers:
            return self._numbers[sighting.object]
        phrase = sighting.found.phrase
        met = set(self._numbers.values())
        # Going backward, what came into sight later in the shot is not there yet, or there again.
        later = [n for n in sorted(self._tracked - met) if self._labels.get(n) == phrase and boxes.get(n) is None]
        if later:
            number = later[0]
        else:
            number = next(n for n in range(1, len(self._used) + 2) if n not in self._used)
            self._used.add(number)
            if self._request.pick == "all" and len(self._tracked) < self._most:
                self._tracked.add(number)
                self._labels[number] = phrase
        self._numbers[sighting.object] = number
        return number

    def _turn(self) -> None:
        """Everything is again where it was on the start frame; numbers given since stay given."""
        self._backward = True
        self._roster, self._numbers = self._at_start
        self._looked.clear()

    @staticmethod
    def _seeded(cast: Cast) -> tuple[Roster, dict[int, int]]:
        """A roster that knows the keyframe's objects, and its own numbers as object numbers."""
        roster = Roster(most=10_000)  # it keeps apart what is not tracked as well; the limit is kept here
        number_of = {id(found): number for number, found in cast.found.items()}
        seen = roster.see(cast.frame, list(cast.found.values()))
        return roster, {sighting.object: number_of[id(sighting.found)] for sighting in seen}

    # --- frames in doubt -----------------------------------------------------------------------------------

    def _closer(self, detector: Detector, picture: Picture, segments: Mapping[int, Segment]) -> list[Hint]:
        below = self._request.refine_below
        if below is None or not isinstance(detector, LooksCloser):
            return []
        hints = []
        for number, segment in sorted(segments.items()):
            box, phrase = box_of(segment, picture), self._labels.get(number, "")
            if box is None or not phrase or segment.score >= below:
                continue
            if number in self._looked and abs(picture.frame - self._looked[number]) < CLOSER_EVERY:
                continue
            self._looked[number] = picture.frame
            self.frames.add(picture.frame)
            first = Found(box, min(max(float(segment.score), 1e-6), 1.0), phrase)
            agreeing = [one for one in detector.closer(picture, [phrase], box) if overlap(one.box, box) >= AGREE]
            if agreeing:
                closest = max(agreeing, key=lambda one: overlap(one.box, box))
                hints.append(Hint(number, fuse([first, closest]).box, closest.avoid, phrase))
        return hints


def box_of(segment: Segment, picture: Picture) -> Box | None:
    """The box around the subject's logits >= 0, in picture pixels; None where it is out of sight."""
    if not segment.present:
        return None
    solid = segment.logits >= 0
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not rows.size:
        return None
    x, y = picture.width / solid.shape[1], picture.height / solid.shape[0]
    return (float(columns[0] * x), float(rows[0] * y), float((columns[-1] + 1) * x), float((rows[-1] + 1) * y))


def looked_closer(detector: Detector) -> bool:
    """Whether the latest ``find`` of a detector gave some of its detections a second, closer look."""
    return isinstance(detector, LooksCloser) and bool(detector.looked_again)
