"""Region of interest: the segmenter sees a crop around each subject, which follows it, in place of the whole picture.

A segmenter looks at a small square whatever the plate's size; on a 4K plate a subject of 400 pixels has 100 of them
left. On a crop it keeps them all. Each object has a track and a crop of its own, so that two subjects may part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..engines.detections import Box
from ..engines.seams import Hint, Mark, Picture, Segment, Segmenter, ShotInfo
from .again import box_of

MARGIN = 0.75
"""Context on each side as a share of the box: how far a subject may move in a frame and still be in the crop."""

SMALLEST = 256
"""Least width and height of a crop in picture pixels: below, there is less detail in the plate than in the square."""

FILLED = 0.5
"""Share of the crop's width or height from which the subject is too large for it, and the crop grows: then half the
subject's size is left on each side."""

GROWTH = 1.25

_OUTSIDE = -32.0


@dataclass(frozen=True)
class Crop:
    """Whole pixels of the picture: left, top, width, height. Shown to the track at ``size`` (width, height)."""

    x: int
    y: int
    width: int
    height: int
    size: tuple[int, int]

    def cut(self, picture: Picture) -> Picture:
        part = picture.rgb[self.y : self.y + self.height, self.x : self.x + self.width]
        if (self.width, self.height) != self.size:
            part = np.asarray(cv2.resize(part, self.size, interpolation=cv2.INTER_AREA), np.float32)
        return Picture(picture.frame, np.ascontiguousarray(part, np.float32))

    def inward(self, hint: Hint) -> Hint:
        """A hint in the crop's own pixels; marks outside it say nothing about what is in it."""
        x, y = self.size[0] / self.width, self.size[1] / self.height
        marks = [Mark((mark.x - self.x) * x, (mark.y - self.y) * y, mark.keep) for mark in hint.marks]
        inside = tuple(mark for mark in marks if 0 <= mark.x < self.size[0] and 0 <= mark.y < self.size[1])
        box = hint.box
        if box is not None:
            box = ((box[0] - self.x) * x, (box[1] - self.y) * y, (box[2] - self.x) * x, (box[3] - self.y) * y)
        return replace(hint, box=box, marks=inside)

    def outward(self, segment: Segment, width: int, height: int) -> Segment:
        """The segment on the whole picture; outside the crop there is no subject."""
        if not segment.present:
            return segment
        rows, columns = segment.logits.shape
        cell = (segment.cell[0] * self.width / columns, segment.cell[1] * self.height / rows)
        logits: NDArray[np.float32] = np.full((height, width), _OUTSIDE, np.float32)
        bounded = np.clip(segment.logits, _OUTSIDE, -_OUTSIDE).astype(np.float32)
        if bounded.shape != (self.height, self.width):
            bounded = np.asarray(
                cv2.resize(bounded, (self.width, self.height), interpolation=cv2.INTER_CUBIC), np.float32
            )
        logits[self.y : self.y + self.height, self.x : self.x + self.width] = bounded
        return replace(segment, logits=logits, cell=cell)


class Regions:
    """A segmenter (``seams.Segmenter``) that shows another one crops."""

    def __init__(self, inner: Segmenter) -> None:
        self._inner = inner

    def begin(self, shot: ShotInfo) -> RegionTrack:
        return RegionTrack(self._inner, shot)


class RegionTrack:
    """See ``seams.Track``. An object that first appears in mid-shot is carried on from there; going backward, it has
    no part in the frames before the start."""

    def __init__(self, inner: Segmenter, shot: ShotInfo) -> None:
        self._inner, self._shot = inner, shot
        self._objects: dict[int, _Followed] = {}
        self._start: int | None = None
        self._turned = False

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        """Logits float32 (height, width) of the picture."""
        if hints:
            told = {hint.object: self._tell(picture, hint) for hint in hints}
            return {number: segment for number, segment in told.items() if segment is not None}
        if self._start is None:
            self._start = picture.frame
        if picture.frame < self._start and not self._turned:
            self._turned = True
            for number in [number for number, followed in self._objects.items() if followed.late]:
                self._objects.pop(number).track.close()
            for followed in self._objects.values():
                followed.turn()
        seen = {number: followed.step(picture, number) for number, followed in sorted(self._objects.items())}
        return {number: segment for number, segment in seen.items() if segment is not None}

    def _tell(self, picture: Picture, hint: Hint) -> Segment | None:
        if hint.object in self._objects:
            return self._objects[hint.object].told(picture, hint)
        late, shot = self._start is not None, self._shot
        if late:  # what is left of the pass is all of this object's shot
            shot = replace(shot, last=picture.frame) if self._turned else replace(shot, first=picture.frame)
        followed = self._objects[hint.object] = _Followed(self._inner, shot, hint, late=late)
        segment = followed.told(picture, hint)
        # A track begins on its first hinted frame: the others have stepped this one already, this one has not.
        return followed.step(picture, hint.object) if late else segment

    def close(self) -> None:
        for followed in self._objects.values():
            followed.track.close()
        self._objects.clear()


class _Followed:
    """One object: its track, and where its crop goes. ``late``: it came in mid-shot.

    What the track is shown always has one size, that of the first crop. The whole picture is shown at that size while
    the object is out of sight, or when a point says where it is and nothing how large.
    """

    def __init__(self, inner: Segmenter, shot: ShotInfo, hint: Hint, *, late: bool) -> None:
        self._shot, self.late = shot, late
        self._pointed = hint.box is None
        self._size = (shot.width, shot.height) if hint.box is None else _size_around(hint.box, shot)
        self._grown = 1.0
        self._told: dict[int, Crop] = {}
        self._hinted: dict[int, Box] = {}
        self._box: Box | None = None
        self._begun = False
        self._at_start: Box | None = None
        self.track = inner.begin(replace(shot, width=self._size[0], height=self._size[1]))

    def told(self, picture: Picture, hint: Hint) -> Segment | None:
        """Shows the track a hint; a hinted frame keeps its crop when tracking comes to it."""
        around = hint.box
        if around is None and hint.marks:
            xs, ys = [mark.x for mark in hint.marks], [mark.y for mark in hint.marks]
            around = (min(xs), min(ys), max(xs), max(ys))
        crop = self._told[picture.frame] = self._crop(None if self._pointed else around)
        if hint.box is not None:
            self._hinted[picture.frame] = hint.box
            if self._begun or self.late:
                self._box = hint.box
        segment = self.track.step(crop.cut(picture), [crop.inward(hint)]).get(hint.object)
        return None if segment is None else crop.outward(segment, picture.width, picture.height)

    def step(self, picture: Picture, number: int) -> Segment | None:
        if not self._begun and not self.late:
            self._box = self._hinted.get(picture.frame)
        crop = self._told.get(picture.frame) or self._crop(self._box)
        segment = self.track.step(crop.cut(picture)).get(number)
        placed = None if segment is None else crop.outward(segment, picture.width, picture.height)
        self._box = None if placed is None else box_of(placed, picture)
        if not self._begun:
            self._begun, self._at_start = True, self._box
        return placed

    def turn(self) -> None:
        """Back to where it was on the frame that both passes leave from."""
        self._box, self._grown = self._at_start, 1.0

    def _crop(self, around: Box | None) -> Crop:
        whole = Crop(0, 0, self._shot.width, self._shot.height, self._size)
        if around is None or self._pointed:
            return whole
        wide, high = around[2] - around[0], around[3] - around[1]
        while True:
            width = min(round(self._size[0] * self._grown), whole.width)
            height = min(round(self._size[1] * self._grown), whole.height)
            if (wide <= FILLED * width or width == whole.width) and (high <= FILLED * height or height == whole.height):
                break
            self._grown *= GROWTH
        x = round((around[0] + around[2] - width) / 2)
        y = round((around[1] + around[3] - height) / 2)
        return Crop(
            min(max(x, 0), whole.width - width), min(max(y, 0), whole.height - height), width, height, self._size
        )


def _size_around(box: Box, shot: ShotInfo) -> tuple[int, int]:
    wide, high = (box[2] - box[0]) * (1 + 2 * MARGIN), (box[3] - box[1]) * (1 + 2 * MARGIN)
    return min(shot.width, max(SMALLEST, round(wide))), min(shot.height, max(SMALLEST, round(high)))
