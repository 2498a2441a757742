"""pull_matte(): read, color, detect on the keyframe, segment forward and backward, finish, write."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain

import mattewire_server
from mattewire_protocol.errors import BadField, EngineFailed, MattewireError, OutputExists, PlateChanged, UnknownEngine
from mattewire_protocol.messages import Detection, FoundEvent, FrameEvent, JobEvent, StageEvent
from mattewire_protocol.request import MatteRequest

from ..color import ColorTransform, transform_for
from ..engines.seams import Engine, Hint, Picture, Segment, ShotInfo, Track
from ..finish.alpha import GONE, Look, flags_for
from ..mattes import MatteWriter
from ..patterns import sibling
from ..plates import open_plate
from ..plates.model import Plate, PlateFrame, PlateInfo
from ..sidecar import boxes_document, sidecar, write_json_atomic
from .ahead import Ahead
from .finishing import Finished, Finishing
from .frames import frame_range, refuse_damaged
from .paths import absolute
from .selection import Hints, hints_of, number_objects, pick

log = logging.getLogger("mattewire.shots")

Event = JobEvent | StageEvent | FoundEvent | FrameEvent


class Halted(Exception):
    """Raised by a checkpoint to end the shot at a frame boundary; what is written stays."""


@dataclass(frozen=True)
class Ticket:
    """Whose events these are. ``finished``: frames that an earlier attempt of this job has written.

    ``plate``: the plate's identity, as an earlier attempt reported it. That one had looked for mattes in its way by
    then, so those that a later attempt meets are the job's own. Without it they are the artist's.
    """

    job_id: str
    attempt: int = 1
    finished: frozenset[int] = frozenset()
    plate: str = ""


@dataclass(frozen=True)
class Effort:
    """How much of the machine a shot may use: threads that finish and write, frames read ahead."""

    writers: int = 2
    read_ahead: int = 3


def pull_matte(
    request: MatteRequest,
    engine: Engine,
    ticket: Ticket,
    *,
    checkpoint: Callable[[], None] = lambda: None,
    effort: Effort = Effort(),
) -> Iterator[Event]:
    """Pulls the mattes of one shot, yielding events (sequence number 0: the job store counts them) as they happen.

    The last event is ``job done``. ``checkpoint`` is called before every frame that the engine sees and may raise
    ``Halted``. Errors are raised after every frame that was finished has been reported.

    A repeated attempt tracks from the keyframe again and writes only what is missing: engines are deterministic, so
    the sequence is the same, byte for byte, as that of a run that nothing interrupted.
    """
    started = time.monotonic()
    absolute("plate.path", request.plate.path)
    for index, deliverable in enumerate(request.out):
        absolute(f"out[{index}].path", deliverable.path)
    with ExitStack() as stack:
        wanted = request.plate
        span = (request.first, request.last)
        plate = open_plate(wanted.path, colorspace=wanted.colorspace, view=wanted.view, span=span)
        stack.callback(plate.close)
        shot = _Shot(request, engine, ticket, plate, effort, started)
        yield from shot.pull(checkpoint)


class _Shot:
    """The state of one pull. Built only from facts that are checked before anything is written."""

    def __init__(
        self, request: MatteRequest, engine: Engine, ticket: Ticket, plate: Plate, effort: Effort, started: float
    ) -> None:
        self.request, self.engine, self.ticket = request, engine, ticket
        self.plate, self.effort, self.started = plate, effort, started
        self.info: PlateInfo = plate.info
        self.transform: ColorTransform = transform_for(self.info.colorspace)
        self.first, self.last, self.keyframe = frame_range(request, self.info)
        refuse_damaged(plate, self.first, self.last)
        if ticket.finished and ticket.plate != self.info.identity:
            raise PlateChanged(
                f"{self.info.path} was replaced after {len(ticket.finished)} frames were finished.",
                field="plate.path",
                advice="Submit it as a new job, so that every matte is of the same plate.",
            )
        self.provenance = {
            "version": mattewire_server.__version__,
            "engine": engine.name,
            **engine.provenance,
            "preview": "yes" if engine.preview else "no",
            "prompt": "; ".join(request.prompts),
            "exclude": "; ".join(request.exclude),
            "colorspace": self.transform.colorspace,
        }
        self.writers = [
            MatteWriter(
                deliverable,
                plate=self.info,
                provenance=self.provenance,
                token=ticket.job_id,
                field=f"out[{index}]",
            )
            for index, deliverable in enumerate(request.out)
        ]
        self._refuse_shared_files()
        there = [frozenset(writer.existing(self.first, self.last)) for writer in self.writers]
        if not request.overwrite and not ticket.plate:
            self._refuse_existing(there)
        # What an earlier attempt wrote and somebody has removed since is written again.
        self.kept = ticket.finished.intersection(*there)
        self.events: dict[int, FrameEvent] = {}
        self.looks: dict[int, Mapping[int, Look]] = {}

    def pull(self, checkpoint: Callable[[], None]) -> Iterator[Event]:
        yield self._job("running")
        yield self._stage("detecting", f"Looking at frame {self.keyframe}.")
        checkpoint()
        detections = self._detect()
        hints = hints_of(self.request, detections, self.keyframe, self.info.canvas)
        if detections:
            yield FoundEvent(self.ticket.job_id, 0, self.ticket.attempt, self.keyframe, detections)
        labels = {item.object: item.phrase for item in detections if item.picked}
        yield from self._track(hints, labels, checkpoint)
        yield self._stage("finishing", "Writing the sidecar.")
        yield self._job("done", outputs=self._documents())

    # --- the three steps -----------------------------------------------------------------------------------

    def _detect(self) -> list[Detection]:
        if not self.request.prompts:
            return []
        if self.engine.detector is None:
            raise UnknownEngine(
                f"{self.engine.label} cannot find things by words.", field="engine", advice="Draw a box or click."
            )
        picture = self._picture(self.plate.read(self.keyframe))
        found = self.engine.detector.find(picture, self.request.prompts, self.request.exclude)
        taken = {box.object for box in self.request.boxes}
        numbered = number_objects(found, taken, self.info.canvas, self.request.max_objects)
        drawn = self.request.boxes or any(point.keep for point in self.request.points)
        return pick(numbered, self.request.pick) if numbered or drawn else []

    def _track(self, hints: Hints, labels: Mapping[int, str], checkpoint: Callable[[], None]) -> Iterator[Event]:
        if self.engine.segmenter is None:
            raise UnknownEngine(f"{self.engine.label} cannot track.", field="engine", advice="Name a --segmenter.")
        hinted = sorted(hints, key=lambda frame: (frame != self.keyframe, frame))
        start = min(hints)
        forward = range(start, self.last + 1)
        backward = range(start - 1, self.first - 1, -1)
        canvas = self.info.canvas
        with ExitStack() as stack:
            track = self.engine.segmenter.begin(
                ShotInfo(self.first, self.last, canvas.width, canvas.height, self.request.quality)
            )
            stack.callback(track.close)
            finishing = Finishing(self.writers, canvas, labels, self.kept, self.effort.writers)
            stack.callback(finishing.close)
            ahead = Ahead(lambda: self._pictures(hinted, forward, backward), self.effort.read_ahead)
            stack.callback(ahead.close)
            shown = iter(ahead)
            thread = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="engine"))

            def step(marks: Sequence[Hint] = ()) -> tuple[PlateFrame, dict[int, Segment]]:
                plate_frame, picture = next(shown)  # here, so that a slow plate does not delay reports either
                return plate_frame, _stepped(track, picture, marks)

            try:
                for frame in hinted:
                    checkpoint()
                    thread.submit(step, hints[frame]).result()
                for stage, frames in (("tracking forward", forward), ("tracking backward", backward)):
                    if frames:
                        yield self._stage(stage, f"Frames {frames[0]} to {frames[-1]}.")
                    for _ in frames:
                        checkpoint()
                        stepping = thread.submit(step)
                        yield from self._report(finishing.until(stepping), start)
                        yield from self._report(finishing.put(*stepping.result()), start)
                yield from self._report(finishing.drain(), start)
            except Exception:
                yield from self._report(finishing.salvage(), start)
                raise

    def _report(self, done: Iterable[Finished], start: int) -> Iterator[FrameEvent]:
        for item in done:
            toward_start = item.frame - 1 if item.frame > start else item.frame + 1
            flags = flags_for(item.looks, self.looks.get(toward_start) if item.frame != start else None)
            self.looks[item.frame] = item.looks
            event = FrameEvent(
                self.ticket.job_id,
                0,
                self.ticket.attempt,
                item.frame,
                "flagged" if any(flag != GONE for flag in flags) else "done",
                score=min((look.score for look in item.looks.values()), default=0.0),
                flags=flags,
                paths=item.paths,
                objects=item.objects,
                elapsed_s=self._elapsed(),
            )
            self.events[item.frame] = event
            if item.new:
                yield event

    def _documents(self) -> list[str]:
        """Writes the sidecar and the boxes beside every sequence; returns all that the job made."""
        made: list[str] = []
        engine = {**self.engine.provenance, "name": self.engine.name, "label": self.engine.label}
        frames = list(self.events.values())
        facts = sidecar(
            self.request, plate=self.info, colorspace=self.transform.colorspace, engine=engine, frames=frames
        )
        boxes = boxes_document(self.request, plate=self.info, frames=frames)
        for writer in self.writers:
            made.append(writer.pattern)
            for name, document in (("mattewire.json", facts), ("boxes.json", boxes)):
                path = sibling(writer.pattern, name)
                if path not in made:
                    write_json_atomic(path, document, token=self.ticket.job_id)
                    made.append(path)
        return made

    # --- small things --------------------------------------------------------------------------------------

    def _pictures(self, *orders: Iterable[int]) -> Iterator[tuple[PlateFrame, Picture]]:
        for plate_frame in chain.from_iterable(self.plate.frames(order) for order in orders):
            yield plate_frame, self._picture(plate_frame)

    def _picture(self, plate_frame: PlateFrame) -> Picture:
        return Picture(plate_frame.frame, self.transform.to_display(plate_frame.rgb))

    def _refuse_shared_files(self) -> None:
        for index, writer in enumerate(self.writers):
            for other, earlier in enumerate(self.writers[:index]):
                # `#` and `####` part only below frame 1000, so both ends are compared.
                for frame in (self.first, self.last):
                    if os.path.normcase(writer.path(frame)) == os.path.normcase(earlier.path(frame)):
                        raise BadField(
                            f"writes the same files as out[{other}], such as {writer.path(frame)}.",
                            field=f"out[{index}].path",
                            advice="Give each output a name of its own.",
                        )

    def _refuse_existing(self, existing: Sequence[frozenset[int]]) -> None:
        for index, (writer, there) in enumerate(zip(self.writers, existing, strict=True)):
            if there:
                count = f"{len(there)} of these frames are" if len(there) > 1 else "One of these frames is"
                raise OutputExists(
                    f"{count} there already, the first is {writer.path(min(there))}.", field=f"out[{index}].path"
                )

    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    def _job(self, state: str, outputs: list[str] | None = None) -> JobEvent:
        event = JobEvent(self.ticket.job_id, 0, self.ticket.attempt, state)
        return replace(
            event,
            first=self.first,
            last=self.last,
            keyframe=self.keyframe,
            engine=self.engine.name,
            colorspace=self.transform.colorspace,
            plate=self.info.identity,
            elapsed_s=self._elapsed(),
            outputs=outputs or [],
        )

    def _stage(self, stage: str, note: str) -> StageEvent:
        return StageEvent(self.ticket.job_id, 0, self.ticket.attempt, stage, note, self._elapsed())


def _stepped(track: Track, picture: Picture, marks: Sequence[Hint]) -> dict[int, Segment]:
    """One step of the engine; a fault that is not one of our own errors is logged and names the frame."""
    try:
        return track.step(picture, marks)
    except (MattewireError, MemoryError):
        raise
    except (Exception, SystemExit) as problem:  # some libraries end the process on bad input; not ours
        log.exception("the engine failed on frame %d", picture.frame)
        raise EngineFailed(f"Frame {picture.frame}: {type(problem).__name__}: {problem}.") from problem
