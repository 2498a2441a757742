"""The engine's part of a shot: detect on the keyframe, step forward and backward, hand every frame to finishing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain

from mattewire_protocol.errors import UnknownEngine
from mattewire_protocol.messages import Detection

from ..engines.seams import Engine, Found, Hint, Picture, Segment, ShotInfo
from ..plates.model import PlateFrame
from .again import Again, Cast, looked_closer
from .ahead import Ahead
from .faults import named
from .finishing import Finishing, Tracked, Wanted, glimpse
from .region import Regions
from .selection import Hints, by_number, hints_of, number_objects, pick
from .shot import Event, Shot

Before = Callable[[Tracked], Mapping[int, Segment]]


@dataclass(frozen=True)
class Effort:
    """How much of the machine a shot may use: threads that finish and write, frames read ahead."""

    writers: int = 2
    read_ahead: int = 3


USUAL = Effort()


class Tracking:
    """One engine on one shot. ``labels``: the objects so far, number to phrase, empty where they were drawn."""

    def __init__(self, shot: Shot, engine: Engine, checkpoint: Callable[[], None], effort: Effort) -> None:
        self.shot, self.engine = shot, engine
        self.checkpoint, self.effort = checkpoint, effort
        self.labels: dict[int, str] = {}
        self.found: list[Detection] = []
        self._hints: Hints = {}

    # --- what there is -------------------------------------------------------------------------------------

    def detect(self) -> Iterator[Event]:
        """Looks for the phrases and settles the keyframe, the objects, and where tracking starts."""
        request, info = self.shot.request, self.shot.info
        found = yield from self._look_for_it()
        taken = {box.object for box in request.boxes}
        numbered = number_objects(found, taken, info.canvas, request.max_objects)
        self.found = pick(numbered, request.pick) if numbered or self._drawn() else []
        self._cast = Cast(
            self.shot.keyframe,
            by_number(found, taken, request.max_objects),
            frozenset(item.object for item in self.found if item.picked),
            frozenset(taken | {point.object for point in request.points}),
        )
        avoid = {number: self._cast.found[number].avoid for number in self._cast.picked}
        self._hints = hints_of(request, self.found, self.shot.keyframe, info.canvas, avoid)
        hinted = {hint.object for hints in self._hints.values() for hint in hints}
        self._phrases = {number: self._cast.found[number].phrase for number in self._cast.picked}
        self.labels = {number: self._phrases.get(number, "") for number in sorted(hinted)}

    def _look_for_it(self) -> Generator[Event, None, list[Found]]:
        """What text finds on the keyframe.

        With re-detection, a subject that is absent there is looked for further on, then further back; the first frame
        that shows it becomes the keyframe. Numbers to pick were read off the keyframe, and hold nowhere else.
        """
        shot, request = self.shot, self.shot.request
        frames = [shot.keyframe]
        every = request.redetect_every
        if every and request.pick in ("best", "all") and not self._drawn():
            frames += range(shot.keyframe + every, shot.last + 1, every)
            frames += range(shot.keyframe - every, shot.first - 1, -every)
        for frame in frames if request.prompts else frames[:1]:
            yield shot.stage("detecting", f"Looking at frame {frame}.")
            self.checkpoint()
            found = self._find(frame)
            if found:
                shot.keyframe = frame
                return found
        return []

    def _find(self, frame: int) -> list[Found]:
        if not self.shot.request.prompts:
            return []
        if self.engine.detector is None:
            raise UnknownEngine(
                f"{self.engine.label} cannot find things by words.", field="engine", advice="Draw a box or click."
            )
        picture = self.shot.picture(self.shot.plate.read(frame))
        found = self.engine.detector.find(picture, self.shot.request.prompts, self.shot.request.exclude)
        if found and looked_closer(self.engine.detector):
            self.shot.again.add(frame)
        return found

    def _drawn(self) -> bool:
        return bool(self.shot.request.boxes) or any(point.keep for point in self.shot.request.points)

    # --- through the shot ----------------------------------------------------------------------------------

    @property
    def start(self) -> int:
        """The frame both passes leave from."""
        return min(self._hints)

    def track(self, before: Before) -> Iterator[Event]:
        """Tracks through the shot and yields its frames' events. ``before`` is ``Wanted.before``.

        Objects that appear on the way are added to ``labels``.
        """
        if self.engine.segmenter is None:
            raise UnknownEngine(f"{self.engine.label} cannot track.", field="engine", advice="Name a --segmenter.")
        shot, hints, start = self.shot, self._hints, self.start
        hinted = sorted(hints, key=lambda frame: (frame != shot.keyframe, frame))
        forward = range(start, shot.last + 1)
        backward = range(start - 1, shot.first - 1, -1)
        canvas = shot.info.canvas
        shot.judge_anew()
        labels = dict(self._phrases)
        again = Again(shot.request, self.engine.detector, self._cast, labels, start=start, marked=frozenset(hints))
        with ExitStack() as stack:
            segmenter = Regions(self.engine.segmenter) if shot.request.roi else self.engine.segmenter
            track = segmenter.begin(ShotInfo(shot.first, shot.last, canvas.width, canvas.height, shot.quality))
            stack.callback(track.close)
            finishing = Finishing(self._wanted(labels, before), shot.first, shot.last, self.effort.writers)
            stack.callback(finishing.close)
            ahead = Ahead(lambda: self._pictures(hinted, forward, backward), self.effort.read_ahead)
            stack.callback(ahead.close)
            shown = iter(ahead)
            thread = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="engine"))

            def step(marks: Sequence[Hint] = ()) -> Tracked:
                plate_frame, picture = next(shown)  # here, so that a slow plate does not delay reports either
                with named(picture.frame):
                    segments = track.step(picture, marks)
                    if not marks:
                        segments = again.after(track.step, picture, segments)
                if picture.frame in again.frames:
                    shot.again.add(picture.frame)
                kept = plate_frame if shot.needs_plate(segments) else None
                window, timecode = plate_frame.data_window, plate_frame.timecode
                return Tracked(
                    picture.frame,
                    window,
                    segments,
                    timecode,
                    kept,
                    None if marks else glimpse(picture),
                    agreement=again.agreement.get(picture.frame, {}),
                )

            try:
                for frame in hinted:
                    self.checkpoint()
                    thread.submit(step, hints[frame]).result()
                for stage, frames in (("tracking forward", forward), ("tracking backward", backward)):
                    if frames:
                        yield shot.stage(stage, f"Frames {frames[0]} to {frames[-1]}.")
                    for _ in frames:
                        self.checkpoint()
                        stepping = thread.submit(step)
                        yield from shot.tracked(finishing.until(stepping), start)
                        yield from shot.tracked(finishing.put(stepping.result()), start)
                yield from shot.tracked(finishing.drain(), start)
            except Exception:
                yield from shot.tracked(finishing.salvage(), start)
                raise
        self.labels = {**self.labels, **labels}

    def _wanted(self, labels: Mapping[int, str], before: Before) -> Wanted:
        shot = self.shot
        return Wanted(
            shot.outputs.writers,
            shot.info.canvas,
            labels,
            shot.done,
            cleaning=shot.cleaning,
            edging=shot.edging,
            depths=shot.depths,
            before=before,
        )

    def _pictures(self, *orders: Iterable[int]) -> Iterator[tuple[PlateFrame, Picture]]:
        for plate_frame in chain.from_iterable(self.shot.plate.frames(order) for order in orders):
            yield plate_frame, self.shot.picture(plate_frame)
