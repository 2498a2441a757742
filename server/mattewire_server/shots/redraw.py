"""Files from a kept shot: everything after the engine once more, in frame order, without the engine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

from mattewire_protocol.codec import from_wire
from mattewire_protocol.errors import PlateChanged
from mattewire_protocol.messages import Detection

from ..kept import KeptShot
from .ahead import Ahead
from .finishing import Finished, Finishing, Tracked, Wanted
from .keeping import judged_of
from .movies import Movies
from .outputs import Outputs
from .roto import Roto
from .shot import Event, Shot
from .tracking import Effort

TOLD_EVERY_S = 1.0
"""How often the progress of files that are only there at their end is told."""


def redraw(shot: Shot, kept: KeptShot, checkpoint: Callable[[], None], effort: Effort) -> Iterator[Event]:
    """Makes all files of the shot from what is kept. The shot's facts are those of its tracking."""
    facts = kept.facts
    if facts["identity"] != shot.info.identity:
        raise PlateChanged(
            f"{shot.info.path} was replaced after it was tracked.",
            field="plate.path",
            advice="Submit it as a new job: it is tracked anew.",
        )
    shot.keyframe = facts["keyframe"]
    shot.judge_anew()
    found = [from_wire(Detection, each) for each in facts["found"]]
    if found:
        yield shot.found(found)
    shot.name_objects(_labels(kept))
    if shot.outputs.of_objects:
        shot.refuse_existing()
    yield shot.stage("finishing", f"The tracked shot is kept. Frames {shot.first} to {shot.last}.")
    for item in _passed(shot, kept, checkpoint, effort, sequences=True):
        if isinstance(item, Finished):
            event = shot.redrawn(item, judged_of(facts, item.frame))
            if item.new:
                yield event
            yield from shot.settled(item)
        else:
            yield item


def finish_late(
    shot: Shot, kept: KeptShot, checkpoint: Callable[[], None], effort: Effort, *, sequences: bool
) -> Iterator[Event]:
    """After tracking: movies, whose frames must come in order, and with ``sequences`` also these, once more, because
    objects that appeared in mid-shot belong into earlier frames as well."""
    shot.done = frozenset()
    for item in _passed(shot, kept, checkpoint, effort, sequences=sequences):
        if not isinstance(item, Finished):
            yield item
        elif sequences:
            yield shot.redrawn(item, shot.judged[item.frame])


def _passed(
    shot: Shot,
    kept: KeptShot,
    checkpoint: Callable[[], None],
    effort: Effort,
    *,
    sequences: bool,
) -> Iterator[Finished | Event]:
    """One pass over the frames. Yields each when it is finished, and now and then how far the movies are."""
    outputs, labels = shot.outputs, _labels(kept)
    frames = range(shot.first, shot.last + 1)
    wanted = Wanted(
        outputs.writers if sequences else (),
        shot.info.canvas,
        labels,
        shot.done,
        hold=bool(outputs.wholes),
        cleaning=shot.cleaning,
        edging=shot.edging,
        depths=shot.depths,
    )
    told = time.monotonic()
    with ExitStack() as stack:
        movies = stack.enter_context(Movies(outputs, shot.info, shot.display, shot.first))
        roto = stack.enter_context(Roto(outputs.splines, shot.info, shot.objects, shot.ticket.job_id))
        finishing = Finishing(wanted, shot.first, shot.last, effort.writers)
        stack.callback(finishing.close)
        ahead = Ahead(lambda: _tracked(shot, kept, frames), effort.read_ahead)
        stack.callback(ahead.close)

        def finished(done: Iterable[Finished]) -> Iterator[Finished | Event]:
            nonlocal told
            for item in done:
                if item.mattes is not None:
                    movies.add(item.mattes)
                    roto.add(item.mattes)
                yield item
                if outputs.wholes and time.monotonic() - told > TOLD_EVERY_S:
                    told = time.monotonic()
                    yield shot.stage("finishing", f"Writing {_names(outputs)}: frame {item.frame} of {shot.last}.")

        try:
            for tracked in ahead:
                checkpoint()
                yield from finished(finishing.put(tracked))
            yield from finished(finishing.drain())
        except Exception:
            yield from finishing.salvage()  # they are on disk; a movie is given up
            raise


def _tracked(shot: Shot, kept: KeptShot, frames: Iterable[int]) -> Iterator[Tracked]:
    for frame in frames:
        one = kept.read(frame)
        plate = shot.plate.read(frame) if shot.needs_plate(one.segments) else None
        judged = judged_of(kept.facts, frame)
        yield Tracked(
            frame,
            one.window,
            one.segments,
            one.timecode,
            plate,
            colors=judged.colors,
            agreement=judged.agreement,
        )


def _names(outputs: Outputs) -> str:
    return " and ".join(os.path.basename(whole.place) for whole in outputs.wholes)


def _labels(kept: KeptShot) -> dict[int, str]:
    return {int(number): phrase for number, phrase in kept.facts["labels"].items()}
