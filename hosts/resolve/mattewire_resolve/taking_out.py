"""Removing a result: the timeline, the bin and the disk as they were before, but for the job's own files."""

from __future__ import annotations

import os
from typing import Any, List, Tuple

from mattewire_protocol.errors import BadField, MattewireError, NotWritable

from . import conform
from .api import compositing, editing, pool
from .api.connection import Host
from .placed import LaidTrack, Placed, Removed


def remove(host: Host, placed: Placed) -> Removed:
    """Takes a result off its timeline, also after a restart. What an artist has deleted by hand is no error.

    Mattes stay on disk, and so does media that lies elsewhere on a timeline: ``Removed.notes`` says so. Raises
    ``BadField`` for a locked track, before anything is changed, and ``NotWritable`` for what Resolve does not delete.
    """
    timeline = editing.timeline_by_id(host, placed.timeline_id)
    if timeline is None:
        notes = [f"The timeline {placed.timeline_name} is not in this project: only the bin was cleared."]
        return Removed(0, 0, *_off_the_pool(host, placed, notes))
    for item, track in editing.items_by_id(timeline, [*placed.item_ids, *(item for item, _ in placed.comps)]):
        if editing.is_locked(timeline, track):
            raise BadField(
                f"Video track {track}, on which {editing.name_of(item)} lies, is locked.",
                field="timeline",
                advice="Unlock it, then remove the result again.",
            )
    with editing.open_timeline(host, timeline):
        return take_out(host, timeline, placed)


def take_out(host: Host, timeline: Any, placed: Placed) -> Removed:
    """The same on ``timeline``, which is open. ``NotWritable`` when something that is there does not go."""
    items = tracks = 0
    for item_id, name in placed.comps:
        for item, _ in editing.items_by_id(timeline, [item_id]):
            _must(compositing.delete_composition(item, name), f"the composition {name}")
    for laid in reversed(placed.tracks):
        there = len(editing.items_by_id(timeline, laid.items))
        gone, track_gone = _off_the_track(timeline, laid)
        _must(gone == there, f"{there - gone} clips on {laid.name}")
        items, tracks = items + gone, tracks + track_gone
    data = placed.to_text()
    _must(all(editing.delete_marker(timeline, each) for each in _marks(timeline, placed, data)), "the marker")
    notes: List[str] = []
    return Removed(items, tracks, *_off_the_pool(host, placed, notes))


def on_timeline(timeline: Any) -> List[Placed]:
    """The results that a timeline remembers in its markers, the last one first."""
    found = []
    for data in editing.marker_data(timeline):
        try:
            found.append(Placed.from_text(data))
        except MattewireError:
            continue  # another tool's marker, or none of its own
    return sorted(found, key=lambda each: -each.turn)


# --- inside ------------------------------------------------------------------------------------------------


def _off_the_track(timeline: Any, laid: LaidTrack) -> Tuple[int, int]:
    """(items, tracks) that are gone."""
    where = {track for _, track in editing.items_by_id(timeline, laid.items)}
    gone = editing.delete_items(timeline, laid.items)
    if not laid.to_go:
        return gone, 0
    if not where:  # nothing came to lie on it, or it was deleted by hand
        names = range(1, editing.track_count(timeline) + 1)
        where = {index for index in names if editing.track_name(timeline, index) == laid.name}
        where = set(sorted(index for index in where if not editing.items(timeline, index))[:1])
    return gone, sum(editing.delete_empty_track(timeline, index, laid.name) for index in sorted(where, reverse=True))


def _marks(timeline: Any, placed: Placed, data: str) -> List[str]:
    """customData of this result's marker: as written, or of a result that is the same but for what was not kept."""
    there = editing.marker_data(timeline)
    if data in there:
        return [data]
    same = [each for each in on_timeline(timeline) if (each.job_id, each.turn) == (placed.job_id, placed.turn)]
    return [each.to_text() for each in same if each.to_text() in there]


def _off_the_pool(host: Host, placed: Placed, notes: List[str]) -> Tuple[int, List[str]]:
    """(media pool items that are gone, notes)."""
    for media_id, path in placed.clip_mattes:
        for media in pool.by_ids(host, [media_id]):
            _must(pool.detach_matte(host, media, path), f"the clip matte {path}")
    used = set(editing.media_in_use(host)) & set(placed.media)
    wanted = pool.by_ids(host, [each for each in placed.media if each not in used])
    gone = pool.delete(host, wanted)
    _must(gone == len(wanted), f"{len(wanted) - gone} clips in the bin {pool.BIN}")
    if used:
        notes.append("Its mattes also lie elsewhere on a timeline: they were left in the bin, with their files.")
    elif placed.bin_to_go:
        pool.delete_empty_bin(host)
    if not used:
        left = [folder for folder in placed.folders if not conform.delete(folder)]
        notes += [f"{folder} holds other files and was left." for folder in left]
    for path in placed.files:
        if os.path.isfile(path):
            os.remove(path)
    return gone, notes


def _must(done: bool, what: str) -> None:
    if not done:
        raise NotWritable(
            f"Resolve did not delete {what}.",
            field="timeline",
            advice="Look whether a dialog is open or a track is locked, then remove the result again.",
        )
