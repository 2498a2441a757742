"""pull_matte(): read, color, detect on the keyframe, segment forward and backward, finish, write."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from mattewire_protocol.errors import DiskFull, InternalError, NotKept, OutOfMemory
from mattewire_protocol.request import MatteRequest

from ..color import automatic_exposure, open_config, transform_for
from ..engines.seams import Engine
from ..kept import KeptShot, KeptStore, KeptWriter
from ..kept.address import address
from ..plates import open_plate
from ..sidecar import boxes_document, sidecar
from .cleaning import Cleaning
from .keeping import Keeping, facts_of, maker_of, scratch
from .paths import absolute
from .redraw import finish_late, redraw
from .shot import Event, Maker, Shot, Ticket
from .tracking import USUAL, Effort, Tracking
from .worst import worst_of

log = logging.getLogger("mattewire.shots")

SMALLER = {"final": "draft"}
"""The quality that a shot is made at when memory does not suffice for the one asked for."""


class Halted(Exception):
    """Raised by a checkpoint to end the shot at a frame boundary; what is written stays."""


def pull_matte(
    request: MatteRequest,
    engine: Engine | None,
    ticket: Ticket,
    *,
    checkpoint: Callable[[], None] = lambda: None,
    effort: Effort = USUAL,
    keep: KeptStore | None = None,
    scratch_folder: Path | None = None,
    matting: Engine | None = None,
    depth: Engine | None = None,
) -> Iterator[Event]:
    """Pulls the mattes of one shot, yielding events (sequence number 0: the job store counts them) as they happen.

    The last event is ``job done``. ``checkpoint`` is called before every frame that the engine sees, and before every
    frame that is finished without one, and may raise ``Halted``. Errors are raised after every frame that was finished
    has been reported.

    A repeated attempt tracks from the keyframe again and writes only what is missing: engines are deterministic, so
    the sequence is the same, byte for byte, as that of a run that nothing interrupted.

    Where the engine runs out of memory, the whole shot is made again at the next smaller quality, and a ``job running``
    event, a ``stage`` note, every file and the sidecar say so; a matte never changes quality in the middle.

    ``keep``: where tracked shots are kept. A shot that was tracked with the same choices is finished from there, unless
    ``request.reuse`` is false; one with ``request.finish_of`` (``ticket.kept`` says where it lies) needs no ``engine``,
    and raises ``NotKept`` when it is gone. ``scratch_folder``: for what must be kept while the job runs, where there is
    no ``keep``. ``matting``: the engine whose ``refiner`` makes the edges, where ``request.edges`` asks for one.
    ``depth``: the engine that ``request.depth`` names.
    """
    started = time.monotonic()
    absolute("plate.path", request.plate.path)
    for index, deliverable in enumerate(request.out):
        absolute(f"out[{index}].path", deliverable.path)
    with ExitStack() as stack:
        kept = stack.enter_context(_asked_for(keep, ticket)) if request.finish_of else None
        config = open_config(request.ocio) if request.ocio else None
        wanted, span = request.plate, (request.first, request.last)
        plate = open_plate(wanted.path, colorspace=wanted.colorspace, view=wanted.view, span=span, config=config)
        stack.callback(plate.close)
        maker = maker_of(kept.facts) if kept else Maker.of(_present(engine))
        shot = Shot(request, ticket, plate, maker, started)
        shot.cleaning = Cleaning(request.clean_up, request.shapes, shot.info, (shot.first, shot.last))
        display = transform_for(shot.info.colorspace, config=config)
        if kept is not None:
            exposure = float(kept.facts["exposure"])
            shot.quality = kept.facts["quality"]  # before any event: one that changes it takes finished frames back
        elif wanted.exposure is not None:
            exposure = wanted.exposure
        else:
            exposure = automatic_exposure(plate.read(shot.keyframe).rgb, display)
        shot.see(replace(display, exposure=exposure), display, matting, depth)
        shot.refuse_existing()
        yield shot.job("running")
        if shot.depths.needed:
            stack.callback(shot.depths.close)
            yield from _measured(shot, checkpoint, effort, scratch_folder)
        if kept is None and engine is not None and keep is not None and request.reuse:
            kept = keep.open(_address(shot, engine))
            if kept is not None:
                stack.callback(kept.close)
        done = False
        if kept is not None:
            try:
                yield from redraw(shot, kept, checkpoint, effort)
                shot.kept, done = kept.address, True
            except NotKept as problem:
                if engine is None or request.finish_of:
                    raise
                kept.close()
                shot.may_replace, shot.keyframe = True, shot.asked_keyframe
                yield shot.stage("starting", f"{problem.message} The shot is tracked anew.")
        if not done:
            yield from _Pull(shot, _present(engine), checkpoint, effort, keep, scratch_folder).run()
        shot.depths.close()
        yield shot.stage("finishing", "Writing the sidecar.")
        yield shot.job("done", _documents(shot))


class _Pull:
    """One shot through an engine: detected, tracked at a quality that memory suffices for, kept, and finished."""

    def __init__(
        self,
        shot: Shot,
        engine: Engine,
        checkpoint: Callable[[], None],
        effort: Effort,
        keep: KeptStore | None,
        scratch_folder: Path | None,
    ) -> None:
        self._shot, self._engine = shot, engine
        self._checkpoint, self._effort = checkpoint, effort
        self._keep, self._scratch_folder = keep, scratch_folder
        self._tracking = Tracking(shot, engine, checkpoint, effort)

    def run(self) -> Iterator[Event]:
        shot, tracking = self._shot, self._tracking
        yield from tracking.detect()
        shot.name_objects(tracking.labels)
        if shot.outputs.of_objects:
            shot.refuse_existing()
        if tracking.found:
            yield shot.found(tracking.found)
        looked_again = frozenset(shot.again)
        with ExitStack() as stack:
            store = self._keep
            if store is None and self._needs_all_frames:
                store = stack.enter_context(scratch(self._scratch_folder))
            while True:
                writer = store.begin(_address(shot, self._engine)) if store is not None else None
                if writer is not None:
                    stack.callback(writer.stop)  # whatever ends the job, a part of a shot is not kept
                if (yield from self._tracked(writer)):
                    break
                if writer is not None:
                    writer.stop()
                yield from self._start_over()
                shot.again = set(looked_again)
            yield from self._late(store, writer)

    @property
    def _needs_all_frames(self) -> bool:
        """Whether files may be made after tracking, from every frame: movies, splines, what newcomers belong into."""
        request = self._shot.request
        newcomers = bool(request.redetect_every) and request.pick == "all"
        return bool(self._shot.outputs.wholes) or (newcomers and self._shot.outputs.of_objects)

    def _tracked(self, writer: KeptWriter | None) -> Generator[Event, None, bool]:
        """Tracks through the shot. False when memory did not suffice and there is a smaller quality to try."""
        shot = self._shot
        try:
            yield from self._tracking.track(Keeping(writer, shot.again))
        except (OutOfMemory, MemoryError) as problem:
            if shot.quality in SMALLER:
                log.warning("out of memory at %s quality: %s", shot.quality, problem)
                return False
            if shot.quality == shot.request.quality:
                raise
            reason = problem.message if isinstance(problem, OutOfMemory) else "The worker ran out of main memory."
            raise OutOfMemory(
                f"{reason} It was tried at {shot.quality} quality as well.",
                advice="Free memory in the host and try again, or use a smaller plate.",
            ) from problem
        return True

    def _start_over(self) -> Iterator[Event]:
        """Goes down in quality. The job's event comes first: it must be stored before any matte is made anew, so that
        an attempt after this one does not keep a mixture."""
        shot = self._shot
        gc.collect()  # the error's traceback and the track hold on to each other, and to the memory
        before, made = shot.quality, sorted(shot.done | shot.events.keys())
        shot.quality = SMALLER[before]
        yield shot.job("running")
        note = f"Out of memory at {before} quality. The whole shot is made again at {shot.quality} quality."
        yield shot.stage("starting", note)
        for frame in made:
            shot.outputs.remove([frame])
            yield shot.requeued(frame)
        shot.start_over()

    def _late(self, store: KeptStore | None, writer: KeptWriter | None) -> Iterator[Event]:
        """Keeps the shot, and makes the files that need every frame of it."""
        shot, labels = self._shot, self._tracking.labels
        newcomers = labels.keys() - {each.number for each in shot.objects}
        if newcomers:
            shot.name_objects(labels)
            if not shot.may_replace:
                shot.outputs.refuse_existing(newcomers)
        if store is None or writer is None:
            return
        facts = facts_of(shot, self._tracking.start, self._tracking.found, labels)
        kept = store.open(_address(shot, self._engine)) if writer.complete(facts) else None
        if writer.note:
            yield shot.stage("finishing", writer.note)
        redo = bool(newcomers) and shot.outputs.of_objects
        if kept is None:
            if redo or shot.outputs.wholes:
                raise DiskFull(f"Movies, splines and late objects need every frame of the shot. {writer.note}")
            return
        with kept:
            if store is self._keep:
                shot.kept = kept.address
            if redo:
                yield shot.stage("finishing", "Objects that appeared in mid-shot are put into earlier frames.")
            if redo or shot.outputs.wholes:
                yield from finish_late(shot, kept, self._checkpoint, self._effort, sequences=redo)


def _measured(
    shot: Shot, checkpoint: Callable[[], None], effort: Effort, scratch_folder: Path | None
) -> Iterator[Event]:
    """The pass that measures distances, before anything is made from them."""
    frames = shot.plate.frames(range(shot.first, shot.last + 1))
    for note in shot.depths.measure(
        frames, checkpoint=checkpoint, read_ahead=effort.read_ahead, scratch_folder=scratch_folder
    ):
        yield shot.stage("reading", note)


def _asked_for(keep: KeptStore | None, ticket: Ticket) -> KeptShot:
    kept = keep.open(ticket.kept) if keep is not None and ticket.kept else None
    if kept is None:
        raise NotKept("The tracked shot is no longer on this machine.", field="finish_of")
    return kept


def _present(engine: Engine | None) -> Engine:
    if engine is None:
        raise InternalError("Only a shot that is kept can be finished without an engine.")
    return engine


def _address(shot: Shot, engine: Engine) -> str:
    return address(
        shot.request,
        plate=shot.info,
        colorspace=shot.transform.colorspace,
        config_identity=shot.display.identity,
        exposure=shot.transform.exposure,
        keyframe=shot.asked_keyframe,
        first=shot.first,
        last=shot.last,
        quality=shot.quality,
        engine=engine,
    )


def _documents(shot: Shot) -> list[str]:
    """Writes the sidecar and the boxes beside every sequence; returns all that the job made."""
    frames = list(shot.events.values())
    facts = sidecar(
        shot.request,
        plate=shot.info,
        colorspace=shot.transform.colorspace,
        engine={
            **shot.made_with(),
            **shot.edging.provenance(),
            **shot.depths.provenance(),
            "name": shot.maker.name,
            "label": shot.maker.label,
        },
        frames=frames,
        exposure=shot.transform.exposure,
        objects=[(each.number, each.name, each.layer) for each in shot.objects],
        outputs=shot.outputs.described(),
        version=shot.version,
        scores={frame: verdict.objects for frame, verdict in shot.verdicts.items()},
        worst=[each.frame for each in worst_of(shot.events.values())],
    )
    boxes = boxes_document(shot.request, plate=shot.info, frames=frames)
    return shot.outputs.write_documents({"mattewire.json": facts, "boxes.json": boxes})
