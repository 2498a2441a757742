"""One shot being tracked through by SAM 2: marks first, then forward and backward, as ``seams.Track`` has it.

Marks follow the official predictor. The first marks of an object, and every later box or mask, start from their own
frame alone and make it a conditioning frame at once. Later points alone are a **correction**: they wait until
tracking gets there, are shown to the decoder together with the tracked mask, and the frame becomes a conditioning
frame (the official ``add_all_frames_to_correct_as_cond``). A click on a hat thus corrects the actor, and does not
turn the actor into a hat. Drop points without anything to keep are always corrections. Marks of either kind that have
nothing in common with what was tracked put the track on another thing from there on, see ``turns``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mattewire_protocol.errors import EngineFailed

from ..device import memory_told
from ..seams import Hint, Picture, Segment, ShotInfo
from .memory import Look, ShotMemory
from .predictor import Features, Predictor
from .prepare import CELL, Frame
from .turns import Part, Turns, apart, led_to, missed

_OUT_OF_SIGHT = -32.0


class Sam2Track:
    """See ``seams.Track`` for the order of frames. Frame numbers become indices from the shot's first here only."""

    def __init__(self, predictor: Predictor, shot: ShotInfo, *, border: int, prune: bool = True) -> None:
        self._predictor = predictor
        self._shot = shot
        self._lay = Frame(shot.width, shot.height, predictor.size, border)
        self.memory: ShotMemory = predictor.memory(shot.last - shot.first + 1, prune=prune)
        self._corrections: dict[int, dict[int, Hint]] = {}
        self._turns = Turns()
        self._start: int | None = None
        self._done: int | None = None

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        """With hints: the segments of what they place. Without: of every object placed so far.

        Logits float32 (n, n), n the model's square without its margin; one cell far below zero where an object is
        out of sight. Raises ``EngineFailed`` for frames out of order or of another size, ``OutOfMemory``.
        """
        self._refuse_misfit(picture)
        index = picture.frame - self._shot.first
        with torch.inference_mode(), memory_told(picture.frame):
            looks = self._mark(picture, index, hints) if hints else self._track(picture, index)
            return {number: self._segment(look) for number, look in sorted(looks.items())}

    def close(self) -> None:
        """Lets go of what the shot held."""
        self.memory.clear()
        self._corrections.clear()

    # --- marks ---------------------------------------------------------------------------------------------

    def _mark(self, picture: Picture, index: int, hints: Sequence[Hint]) -> dict[int, Look]:
        known = set(self.memory.objects())
        placing: list[Hint] = []
        for hint in hints:
            if self._places(hint, known):
                placing.append(hint)
            else:
                self._corrections.setdefault(index, {})[hint.object] = hint
        if not placing:
            return {}
        features = self._features(picture)
        return {hint.object: self._place(features, index, hint) for hint in placing}

    def _places(self, hint: Hint, known: set[int]) -> bool:
        if hint.box is not None or hint.mask is not None:
            return True
        return hint.object not in known and any(mark.keep for mark in hint.marks)

    def _place(self, features: Features, index: int, hint: Hint) -> Look:
        predictor, number = self._predictor, hint.object
        if hint.mask is not None:
            look = predictor.adopt(features, self._lay.mask(hint.mask, predictor.device))
        else:
            earlier = self.memory.conditioning(number, index)
            fused = predictor.conditioned(features, self.memory, number, index, initial=True, backward=False)
            prior = None if earlier is None else earlier.logits
            look = predictor.decode(features, fused, initial=True, points=self._points(hint), prior=prior)
        self._keep(features, number, index, look, conditioning=True)
        return look

    # --- tracking ------------------------------------------------------------------------------------------

    def _track(self, picture: Picture, index: int) -> dict[int, Look]:
        backward = self._turn_to(picture.frame, index)
        looks: dict[int, Look] = {}
        features: Features | None = None
        for number in self.memory.objects():
            look = self.memory.conditioning(number, index)
            part = self._turns.part(self.memory, number, index, backward)
            if look is None:
                features = features or self._features(picture)
                look = self._carry(features, part, number, index, backward)
            elif (earlier := led_to(part, number, index, backward)) is not None:
                features = features or self._features(picture)
                _, tracked = self._told(features, earlier, number, index, backward)
                self._turn_if_missed(features, tracked, look, number, index, backward)
            looks[number] = look
        self._done = index
        self.memory.forget(front=index, start=self._start or 0, backward=backward)
        return looks

    def _carry(self, features: Features, part: ShotMemory | Part, number: int, index: int, backward: bool) -> Look:
        fused, look = self._told(features, part, number, index, backward)
        correction = self._corrections.get(index, {}).get(number)
        if correction is not None:
            points, tracked = self._points(correction), look
            look = self._predictor.decode(features, fused, initial=False, points=points, prior=tracked.logits)
            self._turn_if_missed(features, tracked, look, number, index, backward)
        self._keep(features, number, index, look, conditioning=correction is not None)
        return look

    def _told(
        self, features: Features, part: ShotMemory | Part, number: int, index: int, backward: bool
    ) -> tuple[Tensor, Look]:
        """The frame in the light of ``part``, and what is seen there."""
        fused = self._predictor.conditioned(features, part, number, index, initial=False, backward=backward)
        return fused, self._predictor.decode(features, fused, initial=False)

    def _turn_if_missed(
        self, features: Features, tracked: Look, marked: Look, number: int, index: int, backward: bool
    ) -> None:
        if not missed(tracked, marked):
            return
        part = self._turns.part(self.memory, number, index, backward)
        marks = led_to(part, number, index, backward, tracked=False)
        astray = marks is not None and apart(self._told(features, marks, number, index, backward)[1], marked)
        self._turns.add(number, index, backward=backward, marks=astray)

    def _turn_to(self, frame: int, index: int) -> bool:
        """Whether the track runs backward on this frame; checks that frames come one after the other."""
        if self._start is None or self._done is None:
            self._start = index
            return False
        if index == self._done + 1 and self._done >= self._start:
            return False
        if index == self._start - 1 or (index == self._done - 1 and self._done < self._start):
            return True
        raise EngineFailed(
            f"Frame {frame} came after frame {self._shot.first + self._done}; a track needs its frames one after the "
            "other.",
            advice="Submit the shot again from its keyframe.",
        )

    # --- small things --------------------------------------------------------------------------------------

    def _features(self, picture: Picture) -> Features:
        return self._predictor.features(self._lay.pixels(picture, self._predictor.device))

    def _points(self, hint: Hint) -> tuple[Tensor, Tensor]:
        return self._lay.points(hint.box, hint.marks, self._predictor.device)

    def _keep(self, features: Features, number: int, index: int, look: Look, *, conditioning: bool) -> None:
        kept, positions = self._predictor.encode(features, look, marked=conditioning)
        self.memory.keep(number, index, look, kept, positions, conditioning=conditioning)

    def _segment(self, look: Look) -> Segment:
        if not look.present:
            return Segment(np.full((1, 1), _OUT_OF_SIGHT, np.float32), look.score, present=False)
        return Segment(self._lay.logits(look.logits), look.score, cell=(float(CELL), float(CELL)))

    def _refuse_misfit(self, picture: Picture) -> None:
        shot = self._shot
        if (picture.width, picture.height) != (shot.width, shot.height):
            raise EngineFailed(
                f"Frame {picture.frame} is {picture.width} x {picture.height}, the shot is {shot.width} x "
                f"{shot.height}.",
                advice="Render the plate at one size.",
            )
        if not shot.first <= picture.frame <= shot.last:
            raise EngineFailed(f"Frame {picture.frame} is outside the shot ({shot.first}-{shot.last}).")
