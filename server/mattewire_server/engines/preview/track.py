"""The segmenter of the preview engine: hints on any frames, then forward and backward through the shot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import EngineFailed

from ..seams import Hint, Picture, Segment, ShotInfo
from . import ball, edges, follow
from .appearance import color_index
from .colors import to_lab
from .marks import can_place
from .subject import Frame, Subject
from .views import Floats, View, extent


class PreviewSegmenter:
    """Color models and optical flow; nothing is learned between shots. It has no settings of its own."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = dict(settings)

    def begin(self, shot: ShotInfo) -> PreviewTrack:
        return PreviewTrack(shot)


class PreviewTrack:
    """One shot being tracked through; see ``seams.Track`` for the order of frames.

    Bounded memory: the previous picture, and per subject one matte and a few histograms, once for the running
    direction and once as they were on the earliest hinted frame, where the backward pass starts.
    """

    def __init__(self, shot: ShotInfo) -> None:
        self._shot = shot
        self._hints: dict[int, tuple[Hint, ...]] = {}
        self._subjects: dict[int, Subject] = {}
        self._last: tuple[int, Floats, NDArray[np.uint8]] | None = None
        self._start: tuple[int, dict[int, Subject], tuple[int, Floats, NDArray[np.uint8]]] | None = None
        self._running = False

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        """One segment per object number; logits float32 (height, width) at the picture's size.

        Raises ``EngineFailed`` for a picture of another size than the shot's, or for frames out of order.
        """
        if (picture.width, picture.height) != (self._shot.width, self._shot.height):
            raise EngineFailed(
                f"Frame {picture.frame} is {picture.width} x {picture.height}, "
                f"the shot is {self._shot.width} x {self._shot.height}.",
                advice="Render the plate at one size.",
            )
        if hints:
            return self._mark(picture, tuple(hints))
        self._turn_to(picture.frame)
        frame, gray = self._look(picture)
        told = {hint.object: hint for hint in self._hints.get(picture.frame, ())}
        for number, subject in sorted(self._subjects.items()):
            hint = told.get(number)
            if hint is not None and can_place(hint):
                subject.mark(frame, hint)
            else:
                subject.step(frame, hint)
        segments = self._segments(picture)
        self._last = (picture.frame, picture.rgb, gray)
        if self._start is None:
            self._start = (picture.frame, self._copies(), self._last)
        return segments

    def close(self) -> None:
        """Lets go of what the shot held."""
        self._hints, self._subjects, self._last, self._start = {}, {}, None, None

    def _mark(self, picture: Picture, hints: tuple[Hint, ...]) -> dict[int, Segment]:
        """A hinted frame ahead of the run: learns the looks of what is marked; places are taken again on the way."""
        self._hints[picture.frame] = hints
        frame, _ = self._look(picture)
        marked = []
        for hint in hints:
            subject = self._subjects.setdefault(hint.object, Subject())
            if can_place(hint):
                subject.mark(frame, hint)
                marked.append(hint.object)
        return self._segments(picture, marked)

    def _turn_to(self, number: int) -> None:
        """Takes the state that belongs before frame ``number``: the start's when the direction turns."""
        if not self._running:
            self._running = True
            self._last = None
            return
        if self._last is not None and abs(number - self._last[0]) == 1:
            return
        if self._start is not None and abs(number - self._start[0]) == 1:
            _, subjects, last = self._start
            self._subjects = {object_number: subject.copy() for object_number, subject in subjects.items()}
            for subject in self._subjects.values():
                subject.velocity = (0.0, 0.0)
            self._last = last
            return
        at = self._last[0] if self._last else number
        raise EngineFailed(
            f"Frame {number} came after frame {at}; a track needs its frames one after the other.",
            advice="Submit the shot again from its keyframe.",
        )

    def _copies(self) -> dict[int, Subject]:
        return {number: subject.copy() for number, subject in self._subjects.items()}

    def _look(self, picture: Picture) -> tuple[Frame, NDArray[np.uint8]]:
        size = (picture.width, picture.height)
        whole = View.around((0, 0, *size), 0, size, follow.FLOW_EDGE)
        small = whole.cut(picture.rgb)
        lab = np.asarray(cv2.GaussianBlur(to_lab(small), (0, 0), 0.7), np.float32)
        gray = np.clip(lab[..., 0] * 2.55 + 0.5, 0, 255).astype(np.uint8)
        before = flow = None
        if self._running and self._last is not None:
            before = self._last[1]
            flow = follow.Flow(whole, gray, self._last[2])
        return Frame(picture, before, whole, color_index(lab), flow), gray

    def _segments(self, picture: Picture, only: Sequence[int] | None = None) -> dict[int, Segment]:
        numbers = sorted(self._subjects) if only is None else sorted(only)
        return {number: self._segment(picture, self._subjects[number]) for number in numbers}

    def _segment(self, picture: Picture, subject: Subject) -> Segment:
        sight = subject.sight
        if sight is None:
            return Segment(np.full((1, 1), -edges.LOGIT_LIMIT, np.float32), subject.score, present=False)
        view = sight.view
        region = np.ascontiguousarray(picture.rgb[view.y0 : view.y1, view.x0 : view.x1])
        size = (view.x1 - view.x0, view.y1 - view.y0)
        matte = np.asarray(cv2.resize(sight.matte, size, interpolation=cv2.INTER_LINEAR), np.float32)
        # Off by two view pixels and 4 % of the size at most, and a 180 degree shutter smears by half the motion.
        smear = 0.3 * float(np.hypot(*subject.velocity))
        band = 2 / view.scale[0] + 0.04 * extent(sight.box) + 1 + smear
        alpha = edges.soft_edge(region, matte, band, band)
        if subject.ball is not None:
            alpha = ball.ball_edge(subject.ball, view, matte, alpha, subject.velocity)
        if not (alpha >= 0.5).any():
            alpha = matte
        logits = np.full((picture.height, picture.width), -edges.LOGIT_LIMIT, np.float32)
        logits[view.y0 : view.y1, view.x0 : view.x1] = edges.logits(alpha)
        return Segment(logits, subject.score)
