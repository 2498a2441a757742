"""Mattes on the timeline: where a result lands, how it is made to look right, and how it is taken out again.

The rules, for every script that places mattes:

 1. Edition and version are known before anything is called (``connection.connect``). All of it works in the free
    edition.
 2. The clip is found again by its unique id, on whatever timeline of the project it is, and read again: its record
    frames, its file, which source frame each record frame shows. Where it was trimmed, moved or had tracks put below
    it, the present state counts; record frames without a finished matte stay free, and that is said.
 3. Page, open timeline, playhead and current bin are kept and restored. Everything is done on the Edit page: nothing
    can be deleted elsewhere.
 4. Media lands in the bin "Mattewire". A sequence is imported with the StartIndex and EndIndex of just the frames that
    are used, then laid whole: so nobody has to know whether Resolve counts its frames from 0 or by their file names.
 5. Where the record frames of a clip do not show source frames one after the other (speed, reversed, frozen, another
    rate than the timeline's), a conformed sequence is laid: a hard link for each record frame, numbered from 1. Where
    they do, the finished files are laid as they are. Sequences run at the timeline's rate.
 6. Properties of the media: Alpha mode "Straight"; Input Color Space and PAR as the clip's. Of a gray matte: Input
    Color Space "Bypass".
 7. A track named "Mattewire mattes - <object>" right above the clip's, below titles. One of that name is used again
    where it is unlocked, shown, free on those record frames, and no artist's track lies between. Never any other.
 8. One AppendToTimeline per run of frames, mediaType 1, endFrame excluded. The answer is not believed: the track is
    read again and must have one new item with that start and duration. But an answer that is an error is one.
 9. Properties of the item: all of the clip's, ZoomGang first. Then the grade. Clip color Teal.
10. A timeline marker keeps ``Placed`` in its customData.
11. When any of this fails, all that was made goes again, in the reverse order, and the error says what was refused.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Sequence

from mattewire_protocol.errors import BadField, MattewireError, NotWritable

from . import clip_matte, conform, fusion_comp, interchange
from .api import compositing, editing
from .api.connection import Host
from .clips import Clip
from .laying import Layer
from .placed import Placed, Removed
from .results import Kind, Results, deliverables
from .taking_out import on_timeline, remove, take_out
from .uses import Use, found_again, missing, timeline_of

__all__ = [
    "Choices", "Kind", "Placed", "Removed", "Results", "deliverables", "on_timeline", "place", "remove",
]  # fmt: skip

MARKER_COLOR = "Mint"


@dataclass(frozen=True)
class Choices:
    """``grade``: the clip's grade is copied to the cut-out. ``mark``: a timeline marker remembers the result.

    ``composite_mode`` of a gray matte: the name of one of Resolve's constants. ``folder``: where an OTIO file and a
    Fusion composition are written; empty: beside the mattes.
    """

    grade: bool = True
    mark: bool = True
    composite_mode: str = "COMPOSITE_LUM"
    folder: str = ""


DEFAULT = Choices()


def place(host: Host, clips: Sequence[Clip], results: Results, kind: str, choices: Choices = DEFAULT) -> Placed:
    """Puts a finished result where the artist wants it, over each of ``clips``; what was done, with sentences to tell.

    ``clips``: the uses that the job was for, as they were read then. ``kind``: one of ``Kind``, the one whose
    ``deliverables`` were asked for.

    Raises, with everything as it was: ``BadField`` for a clip that is gone or shows another file, a locked track, a
    movie where the clip does not play plainly; ``RangeOutsidePlate`` when no frame that the clip shows now has a matte;
    ``NotWritable`` and ``DiskFull`` for what Resolve or the disk refused; the reader's errors for a clip that went
    offline.
    """
    if kind not in Kind.ALL:
        raise BadField(
            f"There is no result of the kind {kind}.", field="kind", advice=f"Choose one of: {', '.join(Kind.ALL)}."
        )
    timeline = timeline_of(host, clips)
    turn = max((each.turn for each in on_timeline(timeline)), default=0) + 1
    labels = [results.label(index) for index in range(len(results.patterns))]
    placed = Placed(
        results.job_id, kind, ", ".join(labels), editing.identity(timeline), editing.name_of(timeline), turn
    )
    placed.job_files = list(results.patterns)
    with editing.open_timeline(host, timeline):
        uses, placed.notes = found_again(host, timeline, clips)
        try:
            _BY_KIND[kind](_Doing(host, timeline, uses, results, choices, placed))
            if choices.mark and kind != Kind.OTIO:
                _mark(timeline, uses, placed)
        except Exception as problem:
            _undo(host, timeline, placed, problem)
            raise
    return placed


@dataclass(frozen=True)
class _Doing:
    host: Host
    timeline: Any
    uses: List[Use]
    results: Results
    choices: Choices
    placed: Placed

    def folder(self) -> str:
        return self.choices.folder or os.path.dirname(os.path.abspath(self.results.patterns[0]))

    def document(self, name: str, suffix: str) -> str:
        """A free path for a document, entered as ours."""
        stem = re.sub(r'[\s\\/:*?"<>|%#]+', "_", name).strip("_") or "mattes"
        for number in range(1, 10_000):
            counted = f"{stem}{f'_{number}' if number > 1 else ''}{suffix}"
            path = os.path.join(self.folder(), counted)
            if not os.path.exists(path):
                self.placed.files.append(path)
                return path
        raise NotWritable(
            f"{self.folder()} is full of {suffix} files.", field="folder", advice="Choose another folder."
        )


def _on_tracks(doing: _Doing) -> None:
    choices = doing.choices
    layer = Layer(doing.host, doing.timeline, doing.results, doing.placed, choices.grade, choices.composite_mode)
    layer.lay(doing.uses)
    if doing.placed.kind == Kind.MATTE:
        doing.placed.notes.append(
            "The gray matte is experimental: put the fill on the track above it, with the composite mode Foreground."
        )


def _clip_mattes(doing: _Doing) -> None:
    """One for each file that is used, whatever the number of its uses."""
    for index, pattern in enumerate(doing.results.patterns):
        _refuse_movie(doing.results, index)
        finished = [f for f in range(doing.results.first, doing.results.last + 1) if doing.results.has(index, f)]
        row = _longest(finished)
        by_media: Dict[str, Use] = {use.clip.media_id: use for use in doing.uses}
        for use in by_media.values():
            if not row or not use.clip.media_id:
                raise BadField(
                    f"{use.clip.name} has no clip in the media pool that a matte fits.",
                    field="out",
                    advice="Choose the cut-out, which lies on the timeline.",
                )
            doing.placed.notes += clip_matte.attach(doing.host, use.clip, pattern, row, doing.placed)


def _compositions(doing: _Doing) -> None:
    for index, pattern in enumerate(doing.results.patterns):
        _refuse_movie(doing.results, index)
        for use in doing.uses:
            _composition(doing, use, index, pattern)


def _composition(doing: _Doing, use: Use, index: int, pattern: str) -> None:
    clip, found = use.clip, use.runs(doing.results, index)
    said = missing(use, found)
    run = max(found, key=lambda each: len(each.sources))
    if not run.in_order or clip.speed != 1 or clip.rendered:
        raise BadField(
            f"{clip.name} is retimed or was rendered, and how Fusion counts such a clip's frames is not known.",
            field="kind",
            advice="Choose the cut-out, which follows any speed.",
        )
    if editing.is_locked(doing.timeline, clip.track):
        raise BadField(
            f"Video track {clip.track}, on which {clip.name} lies, is locked.",
            field="timeline",
            advice="Unlock it, then place the result again.",
        )
    label = doing.results.label(index)
    path = doing.document(f"{clip.name} {label}", ".comp")
    file = conform.file_at(pattern, run.sources[0])
    words = f"Mattewire: {label}, job {doing.results.job_id}"
    text = fusion_comp.text(
        file, run.sources[0], len(run.sources), run.start - clip.start, clip.end - clip.start + 1, words
    )
    _write(path, text)
    name = compositing.import_composition(use.item, path, fusion_comp.TOOLS)
    if name is None:
        raise NotWritable(
            f"Resolve did not take the Fusion composition for {clip.name}.",
            field="kind",
            advice="Choose the cut-out, or load the mattes on the Fusion page by hand.",
        )
    doing.placed.comps.append([clip.item_id, name])
    doing.placed.notes += [each for each in (said, "The Fusion composition is experimental: look at it.") if each]


def _interchange(doing: _Doing) -> None:
    pieces = []
    for index, pattern in enumerate(doing.results.patterns):
        for use in doing.uses:
            found = use.runs(doing.results, index)
            said = missing(use, found)
            doing.placed.notes += [said] if said else []
            for run in found:
                pieces.append(_piece(doing, use, index, pattern, run))
    path = doing.document(f"{doing.placed.timeline_name} {doing.placed.label}", ".otio")
    used = [use.clip for use in doing.uses]
    interchange.write(path, doing.placed.timeline_name, used, [use.start for use in doing.uses], pieces)
    doing.placed.notes.append(f"Written: {path}")


def _piece(doing: _Doing, use: Use, index: int, pattern: str, run: conform.Run) -> interchange.Piece:
    first = run.sources[0]
    label = doing.results.label(index)
    if doing.results.is_movie(index):
        if not (run.in_order and use.clip.fps == use.clip.timeline_fps):
            _refuse_movie(doing.results, index)
        first -= doing.results.first - 1
    elif not run.in_order:
        made = conform.conform(pattern, run.sources, f"{use.clip.name} {label}")
        doing.placed.folders.append(made.folder)
        doing.placed.notes += [conform.said(made)] if made.copied else []
        pattern, first = made.pattern, conform.FIRST
    name, count = f"{use.clip.name} {label}", len(run.sources)
    return interchange.Piece(use.clip.track, index, name, conform.printf(pattern), first, count, run.start)


_BY_KIND: Dict[str, Callable[[_Doing], None]] = {
    Kind.CUT_OUT: _on_tracks,
    Kind.MATTE: _on_tracks,
    Kind.CLIP_MATTE: _clip_mattes,
    Kind.FUSION: _compositions,
    Kind.OTIO: _interchange,
}


# --- inside ------------------------------------------------------------------------------------------------


def _mark(timeline: Any, uses: Sequence[Use], placed: Placed) -> None:
    clip = uses[0].clip
    marker = {
        "color": MARKER_COLOR,
        "name": f"Mattewire: {placed.label}",
        "note": f"{placed.kind} of {clip.name}, job {placed.job_id}",
        "data": placed.to_text(),
    }
    if not editing.add_marker(timeline, clip.start, clip.end, marker):
        placed.notes.append("There was no room for a marker: only this computer's panel remembers the result.")


def _undo(host: Host, timeline: Any, placed: Placed, problem: Exception) -> None:
    try:
        take_out(host, timeline, placed)
    except MattewireError as left:
        message = problem.message if isinstance(problem, MattewireError) else str(problem)
        raise NotWritable(
            f"{message} What was made until then could not be taken out wholly: {left.message}",
            field="timeline",
            advice="Undo in Resolve (Edit > Undo) until the timeline is as it was.",
        ) from problem


def _refuse_movie(results: Results, index: int) -> None:
    if results.is_movie(index):
        raise BadField(
            f"{os.path.basename(results.patterns[index])} is a movie, which this kind of result cannot use here.",
            field="movie",
            advice="Choose EXR, and mask again.",
        )


def _longest(frames: Sequence[int]) -> List[int]:
    rows: List[List[int]] = []
    for frame in frames:
        if rows and rows[-1][-1] == frame - 1:
            rows[-1].append(frame)
        else:
            rows.append([frame])
    return max(rows, key=len, default=[])


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as problem:
        raise NotWritable(
            f"{path} cannot be written ({problem.strerror or problem}).",
            field="folder",
            advice="Allow writing beside the mattes, or choose another folder.",
        ) from None
