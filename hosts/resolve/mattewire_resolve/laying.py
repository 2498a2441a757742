"""Mattes laid on tracks of their own: the cut-out and the gray matte."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Tuple

from mattewire_protocol.errors import BadField, NotWritable

from . import conform, looks
from .api import compositing, editing, pool, reading
from .api.connection import Host
from .conform import Run
from .placed import LaidTrack, Placed
from .results import Kind, Results
from .uses import Use, missing

TRACK = "Mattewire mattes"
"""Tracks whose names begin so are ours."""
LONGEST_LABEL = 40
COLOR = "Teal"
"""Clip color of everything of ours, in the bin and on the timeline."""


class Layer:
    """Lays one result. Everything made is entered in ``placed`` at once, so that it can be taken out again.

    ``grade``: the clip's is copied. ``composite_mode``: of a gray matte, by the name of Resolve's constant.
    """

    def __init__(
        self, host: Host, timeline: Any, results: Results, placed: Placed, grade: bool, composite_mode: str
    ) -> None:
        self._host, self._timeline, self._results, self._placed = host, timeline, results, placed
        self._grade, self._composite_mode = grade, composite_mode
        self._media: Dict[Tuple[str, int, int], Any] = {}
        self._meant: Dict[str, Tuple[str, int, int]] = {}

    def lay(self, uses: List[Use]) -> None:
        """Lays every object over every use. Raises, with some of it laid, what ``placing.place`` says."""
        folder, made = pool.open_bin(self._host)
        self._placed.bin_to_go = made or not pool.is_empty(folder)
        for index in range(len(self._results.patterns)):
            found = {id(use): use.runs(self._results, index) for use in uses}
            self._note(*(missing(use, found[id(use)]) for use in uses))
            tracks = sorted({use.clip.track for use in uses}, reverse=True)  # a new track moves those above it
            for track in tracks:
                here = [(use, run) for use in uses if use.clip.track == track for run in found[id(use)]]
                self._on_one_track(index, here)
        self._check_all_stand()

    def _on_one_track(self, index: int, here: List[Tuple[Use, Run]]) -> None:
        first = here[0][0]
        below = editing.items_by_id(self._timeline, [first.clip.item_id])[0][1]
        name = f"{TRACK} - {self._results.label(index)[:LONGEST_LABEL]}"
        track = editing.own_track(self._timeline, below, name, [(run.start, run.end) for _, run in here])
        laid = LaidTrack(name, [], track.made or not track.was_empty)
        self._placed.tracks.append(laid)
        for use, run in here:
            item_id = self._one(index, use, run, track.index)
            laid.items.append(item_id)
            self._meant[item_id] = (name, run.start, run.end)

    def _check_all_stand(self) -> None:
        """Reads the whole timeline once more: what stood when it was laid may have been moved by what came after."""
        there = editing.items_by_id(self._timeline, list(self._meant))
        found = {
            editing.identity(item): (editing.track_name(self._timeline, track), *editing.span(item))
            for item, track in there
        }
        if found != self._meant:
            wrong = sum(found.get(each) != where for each, where in self._meant.items())
            raise NotWritable(
                f"{wrong} of {len(self._meant)} mattes did not stay where they were laid.",
                field="timeline",
                advice="Look whether a dialog is open in Resolve, then place the result again.",
            )

    def _one(self, index: int, use: Use, run: Run, track: int) -> str:
        """Lays one run; the unique id of its item."""
        count = len(run.sources)
        if self._results.is_movie(index):
            media, cuts = self._movie(index, use, run)
        else:
            media, cuts = self._sequence(index, use, run)
        if not pool.run_at(media, use.clip.timeline_fps):
            raise BadField(
                f"Resolve reads {editing.name_of(media)} at another rate than the timeline's "
                f"{float(use.clip.timeline_fps):g} frames a second.",
                field="timeline",
                advice="Import the mattes by hand, set their rate in Clip Attributes, and lay them above the clip.",
            )
        item = editing.lay(self._host, self._timeline, media, track, run.start, count, cuts)
        if self._results.is_movie(index) and editing.begins_at(item) != cuts[0][0]:
            editing.delete_items(self._timeline, [editing.identity(item)])
            raise NotWritable(
                f"Resolve laid {editing.name_of(media)} from its frame {editing.begins_at(item)}, not {cuts[0][0]}.",
                field="timeline",
                advice="Choose EXR instead of the movie, and mask again: it is cut exactly by its file names.",
            )
        self._make_it_look(use, item)
        return editing.identity(item)

    def _sequence(self, index: int, use: Use, run: Run) -> Tuple[Any, List[Tuple[int, int]]]:
        """The media of a run, finished files as they are or conformed, and how Resolve may count its frames."""
        pattern, first, count = self._results.patterns[index], run.sources[0], len(run.sources)
        if not run.in_order:
            made = conform.conform(pattern, run.sources, f"{use.clip.name} {self._results.label(index)}")
            self._placed.folders.append(made.folder)
            self._note(conform.said(made))
            pattern, first = made.pattern, conform.FIRST
        key = (pattern, first, first + count - 1)
        if key not in self._media:
            media = pool.import_sequence(self._host, conform.printf(pattern), first, first + count - 1)
            self._media[key] = self._entered(index, use, media)
        return self._media[key], [(0, count), (first, first + count)]

    def _movie(self, index: int, use: Use, run: Run) -> Tuple[Any, List[Tuple[int, int]]]:
        """The movie, and which part of it a run is: its first frame is the first that was asked for."""
        if not (run.in_order and use.clip.fps == use.clip.timeline_fps):
            raise BadField(
                f"{use.clip.name} is retimed or of another rate than the timeline: a movie cannot follow it.",
                field="movie",
                advice="Choose EXR instead of the movie, and mask again: EXR mattes follow any speed.",
            )
        path = self._results.patterns[index]
        key = (path, self._results.first, self._results.last)
        if key not in self._media:
            self._media[key] = self._entered(index, use, pool.import_movie(self._host, path))
        first = run.sources[0] - self._results.first
        return self._media[key], [(first, first + len(run.sources))]

    def _entered(self, index: int, use: Use, media: Any) -> Any:
        """A fresh import, entered and described."""
        self._placed.media.append(editing.identity(media))
        refused = pool.describe(media, self._description(index, use), COLOR)
        managed, _ = reading.color_management(self._host.project())
        if not managed:  # such a project has no input color spaces, and needs none
            refused = [name for name in refused if name != pool.INPUT_COLOR_SPACE]
        if refused:
            self._note(f"Resolve did not take {', '.join(refused)} for the mattes: set it by hand in Clip Attributes.")
        return media

    def _description(self, index: int, use: Use) -> Mapping[str, str]:
        results, clip = self._results, use.clip
        version = f" v{results.version:03d}" if results.version else ""
        named = {
            "Clip Name": f"{clip.name} {results.label(index)} {self._placed.kind}{version}",
            "Comments": f"Mattewire job {results.job_id}",
        }
        if self._placed.kind == Kind.MATTE:
            return {**named, pool.INPUT_COLOR_SPACE: pool.BYPASS}
        color: Dict[str, str] = {}
        media = editing.media_of(use.item)
        if clip.rendered:  # in square pixels, and in the project's output color space unless the clip says another
            color = {pool.INPUT_COLOR_SPACE: clip.colorspace} if clip.colorspace else {}
        elif media:
            color = pool.color_of(media)
        return {**named, "Alpha mode": pool.STRAIGHT, **color}

    def _make_it_look(self, use: Use, item: Any) -> None:
        compositing.paint(item, COLOR)
        if self._placed.kind == Kind.MATTE:
            mode = compositing.constant(self._host, self._composite_mode)
            if mode is None:
                self._note(f"This Resolve has no {self._composite_mode}: set the composite mode in the Inspector.")
            self._note(*looks.copy(use.item, item, {"Opacity": 100.0, "CompositeMode": mode or 0}))
            return
        self._note(*looks.copy(use.item, item, {}))
        if use.clip.rendered:
            return  # its grade is in the file
        self._note(*looks.uncopied(use.item))
        if self._grade:
            self._note(*looks.copy_grade(self._host, use.item, item))

    def _note(self, *sentences: str) -> None:
        self._placed.notes += [each for each in sentences if each and each not in self._placed.notes]
