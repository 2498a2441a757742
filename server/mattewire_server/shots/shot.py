"""What is known of one shot while its mattes are pulled, and the events that tell of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import mattewire_server
from mattewire_protocol.deliver import ObjectName
from mattewire_protocol.errors import PlateChanged
from mattewire_protocol.messages import Detection, FoundEvent, FrameEvent, JobEvent, StageEvent
from mattewire_protocol.request import MatteRequest

from ..color import ColorTransform
from ..engines.seams import Engine, Picture, Segment
from ..finish.alpha import EMPTY, Look, flags_for
from ..finish.names import legal_names, object_names
from ..finish.quality import AGAIN, ASKING, NAMES, Quality, Verdict, alone
from ..mattes import NamedObject
from ..plates.model import Plate, PlateFrame, PlateInfo
from .cleaning import Cleaning, in_words
from .depths import Depths
from .edging import Edging
from .finishing import Finished
from .frames import frame_range, refuse_damaged
from .outputs import Outputs
from .worst import worst_of

Event = JobEvent | StageEvent | FoundEvent | FrameEvent


@dataclass(frozen=True)
class Ticket:
    """Whose events these are. ``finished``: frames that an earlier attempt of this job has written.

    ``plate``: the plate's identity, as an earlier attempt reported it. That one had looked for mattes in its way by
    then, so those that a later attempt meets are the job's own. Without it they are the artist's. ``quality``: the one
    that attempt made its mattes at, when it was not the request's: memory did not suffice. ``version``: what it filled
    in for ``{version}``. ``kept``: where the shot that is to be finished again is kept.
    """

    job_id: str
    attempt: int = 1
    finished: frozenset[int] = frozenset()
    plate: str = ""
    quality: str = ""
    version: int = 0
    kept: str = ""


@dataclass(frozen=True)
class Maker:
    """The engine's words about itself, which go into every file. ``provenance``: models, hashes, versions, dtype."""

    name: str
    label: str
    preview: bool
    provenance: Mapping[str, str]

    @classmethod
    def of(cls, engine: Engine) -> Maker:
        return cls(engine.name, engine.label, engine.preview, dict(engine.provenance))


@dataclass(frozen=True)
class Judged:
    """What is said of one frame as the engine left it. ``score``: 0..1, of the object it is least sure of.

    ``colors``: means and spreads under each object. ``agreement``: as in ``Tracked``.
    """

    score: float
    flags: Sequence[str]
    colors: Mapping[int, Sequence[float]] = field(default_factory=dict)
    agreement: Mapping[int, float] = field(default_factory=dict)


class Shot:
    """The facts of one pull, checked before anything is written. ``started``: of ``time.monotonic()``.

    ``keyframe`` moves when the subject is found on another frame; ``asked_keyframe`` stays. ``done``: frames that an
    earlier attempt has written. ``may_replace``: files in the way are the job's own, or given up. ``kept``: the
    address of the tracked shot, once it is kept. ``verdicts``: of each frame among its neighbors. ``again``: frames on
    which the detector looked again. ``judged``: what is said of each frame's tracking, whatever becomes of its matte.
    """

    outputs: Outputs
    transform: ColorTransform
    display: ColorTransform
    cleaning: Cleaning
    edging: Edging
    depths: Depths

    def __init__(self, request: MatteRequest, ticket: Ticket, plate: Plate, maker: Maker, started: float) -> None:
        self.request, self.ticket, self.plate, self.maker = request, ticket, plate, maker
        self.started = started
        self.info: PlateInfo = plate.info
        self.first, self.last, self.asked_keyframe = frame_range(request, self.info)
        self.keyframe = self.asked_keyframe
        refuse_damaged(plate, self.first, self.last)
        if ticket.finished and ticket.plate != self.info.identity:
            raise PlateChanged(
                f"{self.info.path} was replaced after {len(ticket.finished)} frames were finished.",
                field="plate.path",
                advice="Submit it as a new job, so that every matte is of the same plate.",
            )
        self.quality = ticket.quality or request.quality
        self.version = ticket.version
        self.may_replace = request.overwrite or bool(ticket.plate)
        self.kept = ""
        self.objects: list[NamedObject] = []
        self.done: frozenset[int] = frozenset()
        self.events: dict[int, FrameEvent] = {}
        self.looks: dict[int, Mapping[int, Look]] = {}
        self.judged: dict[int, Judged] = {}
        self.again: set[int] = set()
        self.judge_anew()

    # --- color ---------------------------------------------------------------------------------------------

    def see(
        self,
        transform: ColorTransform,
        display: ColorTransform,
        matting: Engine | None = None,
        depth: Engine | None = None,
    ) -> None:
        """Sets how the models see the plate, and how a display shows it: without the exposure meant for the models.

        Then the files can be checked, for their headers tell of it. ``matting``: the engine that refines edges;
        ``depth``: the one that tells distances.
        """
        self.transform, self.display = transform, display
        self.edging = Edging(self.request.edges, transform, matting)
        self.depths = Depths(self.request.depth, any(each.z for each in self.request.out), transform, depth)
        self.outputs = self._outputs()
        self.version = self.outputs.version

    def needs_plate(self, segments: Mapping[int, Segment]) -> bool:
        """Whether finishing looks at the pixels of the frame that has these segments."""
        return self.outputs.need_plate or self.depths.cuts or self.edging.needs_plate(segments, self.info.canvas)

    def picture(self, plate_frame: PlateFrame) -> Picture:
        return Picture(plate_frame.frame, self.transform.to_display(plate_frame.rgb))

    # --- files ---------------------------------------------------------------------------------------------

    def refuse_existing(self) -> None:
        """``OutputExists`` for files that are the artist's; those of an earlier attempt are the job's own."""
        if not self.may_replace:
            self.outputs.refuse_existing()

    def name_objects(self, labels: Mapping[int, str]) -> None:
        """Sets the objects, by number: the phrase that found each, empty for a drawn one. Opens their files."""
        chosen = {each.object: each.name for each in self.request.names}
        names = object_names(labels, chosen, several=self.request.pick != "best")
        views = [self.info.view] if self.info.view else []  # Nuke takes a layer of that name for the view
        layers = legal_names(list(names.values()), list(names), avoid=views)
        self.objects = [NamedObject(number, names[number], layer) for number, layer in zip(names, layers, strict=True)]
        self.open_outputs()

    def open_outputs(self) -> None:
        self.outputs.open(self.objects)
        # What an earlier attempt wrote and somebody has removed since is written again.
        there = self.outputs.there()
        self.done = self.ticket.finished if there is None else self.ticket.finished & there

    def start_over(self) -> None:
        """Everything made so far is given up."""
        self.done = frozenset()
        self.ticket = replace(self.ticket, finished=frozenset())
        self.events.clear()
        self.looks.clear()
        self.judged.clear()
        self.outputs = self._outputs()  # the headers tell of the quality
        self.open_outputs()

    def made_with(self) -> dict[str, str]:
        facts = dict(self.maker.provenance)
        if self.quality != self.request.quality:
            facts["quality"] = f"{self.quality}, since memory did not suffice for {self.request.quality}"
        return facts

    def _outputs(self) -> Outputs:
        provenance = {
            "version": mattewire_server.__version__,
            "engine": self.maker.name,
            **self.made_with(),
            "preview": "yes" if self.maker.preview else "no",
            "prompt": "; ".join(self.request.prompts),
            "exclude": "; ".join(self.request.exclude),
            "colorspace": self.transform.colorspace,
        }
        if self.transform.exposure:
            provenance["exposure"] = f"{self.transform.exposure:+g} stops"
        cleaned = in_words(self.request.clean_up, self.request.shapes)
        if cleaned:
            provenance["clean_up"] = cleaned
        provenance.update(self.edging.provenance())
        provenance.update(self.depths.provenance())
        return Outputs(
            self.request,
            self.info,
            (self.first, self.last),
            provenance=provenance,
            token=self.ticket.job_id,
            version=self.version,
            light=self.display,
        )

    # --- events --------------------------------------------------------------------------------------------

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def job(self, state: str, outputs: Sequence[str] = ()) -> JobEvent:
        return JobEvent(
            self.ticket.job_id,
            0,
            self.ticket.attempt,
            state,
            first=self.first,
            last=self.last,
            keyframe=self.keyframe,
            engine=self.maker.name,
            colorspace=self.transform.colorspace,
            plate=self.info.identity,
            elapsed_s=self.elapsed(),
            outputs=list(outputs),
            quality=self.quality,
            colorspace_from=self.info.colorspace_from,
            exposure=self.transform.exposure,
            kept=self.kept,
            version=self.version,
            names=[ObjectName(each.number, each.name) for each in self.objects],
            worst=worst_of(self.events.values()) if state == "done" else [],
        )

    def found(self, objects: Sequence[Detection]) -> FoundEvent:
        return FoundEvent(self.ticket.job_id, 0, self.ticket.attempt, self.keyframe, list(objects))

    def stage(self, stage: str, note: str) -> StageEvent:
        return StageEvent(self.ticket.job_id, 0, self.ticket.attempt, stage, note, self.elapsed())

    def requeued(self, frame: int) -> FrameEvent:
        return FrameEvent(self.ticket.job_id, 0, self.ticket.attempt, frame, "queued", elapsed_s=self.elapsed())

    def tracked(self, done: Iterable[Finished], start: int) -> Iterator[FrameEvent]:
        """The events of frames whose files are there, judged by the engine's own mattes.

        ``start``: the frame both passes leave from. Told only where a file is new.
        """
        for item in done:
            self.looks.update(item.near)
            toward_start = item.frame - 1 if item.frame > start else item.frame + 1
            flags = flags_for(item.looks, self.looks.get(toward_start) if item.frame != start else None)
            self.looks[item.frame] = item.looks
            if item.frame in self.again:
                flags = [*flags, AGAIN]
            score = min((look.score for look in item.looks.values()), default=0.0)
            self.judged[item.frame] = Judged(score, flags, item.colors, item.agreement)
            event = self.redrawn(item, self.judged[item.frame])
            if item.new:
                yield event
            yield from self.settled(item)

    def judge_anew(self) -> None:
        """Before a pass over all frames."""
        self.verdicts: dict[int, Verdict] = {}
        self._quality = Quality(self.first, self.last)

    def settled(self, item: Finished) -> Iterator[FrameEvent]:
        """Takes in a frame that ``redrawn`` has told of; yields once more the frames whose verdict is other than they
        were told with, now that the frames around them are known."""
        for frame, verdict in self._quality.add(item.frame, item.seen):
            self.verdicts[frame] = verdict
            told = self.events[frame]
            statements = [flag for flag in told.flags if flag not in verdict.flags]
            event = replace(self._judged(told, statements, verdict), elapsed_s=self.elapsed())
            self.events[frame] = event
            if (event.flags, event.why) != (told.flags, told.why):
                yield event

    def redrawn(self, item: Finished, judged: Judged) -> FrameEvent:
        """The event of a frame that is finished, perhaps again: what was said of its tracking stands. What it is among
        its neighbors is told when that is known."""
        event = FrameEvent(
            self.ticket.job_id,
            0,
            self.ticket.attempt,
            item.frame,
            "done",
            score=judged.score,
            paths=item.paths,
            objects=item.objects,
            elapsed_s=self.elapsed(),
        )
        raised = [*judged.flags, EMPTY] if item.empty else judged.flags
        verdict = self.verdicts.get(item.frame) or alone(item.frame, item.seen)
        self.events[item.frame] = event = self._judged(event, raised, verdict)
        return event

    def _judged(self, event: FrameEvent, raised: Iterable[str], verdict: Verdict) -> FrameEvent:
        flags = {*raised, *verdict.flags}
        why = list(verdict.why)
        if EMPTY in flags - set(verdict.flags):
            why.insert(0, "nothing is left of the matte.")
        return replace(
            event,
            state="flagged" if flags & ASKING else "done",
            score=min(event.score, verdict.score),
            flags=[name for name in NAMES if name in flags],
            why=[line[:1].upper() + line[1:] for line in why],
        )
