"""The clips that a result is for, found again where they are now: a timeline may have changed while the job ran."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, List, Sequence, Tuple

from mattewire_panel.frames import FrameMap
from mattewire_protocol.errors import BadField, MattewireError, RangeOutsidePlate

from . import clips as reader
from .api import editing, reading
from .api.connection import Host
from .clips import Clip
from .conform import Run, runs
from .results import Results, spans


@dataclass(frozen=True)
class Use:
    """``item``: Resolve's. ``clip``: what it shows now. ``start``: its file's start timecode, in frames."""

    item: Any
    clip: Clip
    start: int

    def runs(self, results: Results, index: int) -> List[Run]:
        """Its record frames that have a matte in ``results.patterns[index]``."""
        clip = self.clip
        return runs(clip.frames.plate, clip.start, clip.end, lambda source: results.has(index, source))


def timeline_of(host: Host, clips: Sequence[Clip]) -> Any:
    """The timeline that the clips are on, open or not. ``BadField`` when none of them is on any."""
    for clip in clips:
        found = editing.find_item(host, clip.item_id)
        if found is not None:
            return found[0]
    names = ", ".join(dict.fromkeys(clip.name for clip in clips)) or "The clip"
    raise BadField(
        f"{names} is no longer on any timeline of this project.",
        field="timeline",
        advice="Undo its deletion, or open the project it is in, and place the result again. The mattes are kept.",
    )


def found_again(host: Host, timeline: Any, clips: Sequence[Clip]) -> Tuple[List[Use], List[str]]:
    """The clips as they are now on ``timeline``, which is open, and sentences about those that cannot be served.

    Raises the first clip's own error when none can.
    """
    uses: List[Use] = []
    problems: List[MattewireError] = []
    for clip in clips:
        try:
            uses.append(_found(host, timeline, clip))
        except MattewireError as problem:
            problems.append(problem)
    if not uses:
        raise problems[0]
    return uses, [f"{problem.message} {problem.advice}" for problem in problems]


def missing(use: Use, found: Sequence[Run]) -> str:
    """The sentence about record frames of ``use`` without a matte; empty when each has one.

    ``RangeOutsidePlate`` when none has.
    """
    clip = use.clip
    covered = {run.start + index for run in found for index in range(len(run.sources))}
    without = [clip.frames.plate(record) for record in range(clip.start, clip.end + 1) if record not in covered]
    if not without:
        return ""
    if not covered:
        raise RangeOutsidePlate(
            f"{clip.name} now shows the frames {spans(without)}, and no matte of these is finished.",
            field="first",
            advice="Press Mask subject again: the clip was trimmed since, or the job was stopped before these.",
        )
    return f"{clip.name} shows frames that have no matte: {spans(without)}. Press Mask subject again to have these too."


# --- inside ------------------------------------------------------------------------------------------------


def _found(host: Host, timeline: Any, clip: Clip) -> Use:
    there = editing.items_by_id(timeline, [clip.item_id])
    if not there:
        raise BadField(
            f"{clip.name} is no longer on the timeline {editing.name_of(timeline)}.",
            field="timeline",
            advice="Undo its deletion, or press Mask subject on the clip that took its place. The mattes are kept.",
        )
    item, track = there[0]
    spot = reading.Spot(clip.item_id, editing.name_of(item), track, *editing.span(item), item)
    if clip.rendered:
        return Use(item, _moved(clip, spot), 0)
    media = reading.media_of(spot)
    now = reader.of_spot(host, spot)
    if now.file != clip.file:
        raise BadField(
            f"{clip.name} shows another file than when it was masked: {now.file}.",
            field="plate",
            advice="Press Mask subject again, or relink the clip to what it was.",
        )
    return Use(item, now, media.start if media is not None else 0)


def _moved(clip: Clip, spot: reading.Spot) -> Clip:
    """A clip that was rendered: only Resolve knows which of its frames it shows, so it may have moved but not more."""
    if spot.start <= clip.start and clip.end <= spot.end:
        return replace(clip, track=spot.track)
    if spot.end - spot.start != clip.end - clip.start:
        raise BadField(
            f"{clip.name} was trimmed after it was rendered.",
            field="plate.render",
            advice="Render it again, then press Mask subject.",
        )
    by = spot.start - clip.start
    pairs = {record + by: clip.frames.plate(record) for record in clip.frames.host_frames}
    return replace(clip, track=spot.track, start=spot.start, end=spot.end, frames=FrameMap.of_pairs(pairs))
