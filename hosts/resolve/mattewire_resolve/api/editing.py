"""The timeline as Mattewire changes it: its own tracks, what lies on them, markers.

Measured on running Resolves (samuelgursky/davinci-resolve-mcp, docs/reference/api-limitations.md), and therefore so
here: what a call answers proves nothing, so everything is read again; a clip that would overlap another is dropped and
comes back all the same; an append that answers with an error may stand there until the next save; clips are deleted on
the Edit page only. Objects are compared by their unique ids: each call hands out new ones.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Iterator, List, Mapping, Optional, Sequence, Tuple

from mattewire_protocol.errors import BadField, NotWritable

from .connection import Host
from .pool import pool_of
from .reading import OWN_TRACKS

VIDEO = "video"
VIDEO_ONLY = 1
"""mediaType of AppendToTimeline."""


@dataclass(frozen=True)
class Track:
    """Video track ``index`` from 1. ``made``: just now. ``was_empty``: before anything was laid on it."""

    index: int
    name: str
    made: bool
    was_empty: bool


@contextmanager
def open_timeline(host: Host, timeline: Any) -> Iterator[None]:
    """The Edit page with ``timeline`` open. Afterwards page, open timeline, playheads and bin are as they were."""
    project, pool = host.project(), pool_of(host)
    page, bin_before = host.resolve.GetCurrentPage(), pool.GetCurrentFolder()
    before = project.GetCurrentTimeline()
    _open_page(host, "edit")
    code_before = before.GetCurrentTimecode() if before else None
    code_here = None
    try:
        if not before or before.GetUniqueId() != timeline.GetUniqueId():
            project.SetCurrentTimeline(timeline)
            now = project.GetCurrentTimeline()
            if not now or now.GetUniqueId() != timeline.GetUniqueId():
                raise NotWritable(
                    f"Resolve does not open the timeline {timeline.GetName()}.",
                    field="timeline",
                    advice="Open it by hand, then place the result again.",
                )
            code_here = timeline.GetCurrentTimecode()
        yield
    finally:
        if code_here is not None:
            _playhead(timeline, code_here)
            if before:
                project.SetCurrentTimeline(before)
        if before and code_before is not None:
            _playhead(before, code_before)
        if bin_before:
            pool.SetCurrentFolder(bin_before)
        if page and page != "edit":
            host.resolve.OpenPage(page)


def timelines(host: Host) -> List[Any]:
    """All timelines of the project, the open one first."""
    project = host.project()
    every = [project.GetTimelineByIndex(number) for number in range(1, int(project.GetTimelineCount() or 0) + 1)]
    current = project.GetCurrentTimeline()
    here = current.GetUniqueId() if current else ""
    return sorted((each for each in every if each), key=lambda each: each.GetUniqueId() != here)


def timeline_by_id(host: Host, timeline_id: str) -> Optional[Any]:
    """None when the project has no such timeline (any more)."""
    return next((each for each in timelines(host) if each.GetUniqueId() == timeline_id), None)


def find_item(host: Host, item_id: str) -> Optional[Tuple[Any, Any, int]]:
    """(timeline, item, video track) of a clip by its unique id, on whatever timeline of the project it is."""
    for timeline in timelines(host):
        found = items_by_id(timeline, [item_id])
        if found:
            return (timeline, *found[0])
    return None


def items_by_id(timeline: Any, ids: Sequence[str]) -> List[Tuple[Any, int]]:
    """(item, video track) of those clips that are there."""
    wanted = set(ids)
    every = range(1, track_count(timeline) + 1)
    return [(item, track) for track in every for item in items(timeline, track) if item.GetUniqueId() in wanted]


def items(timeline: Any, track: int) -> List[Any]:
    """What lies on a video track."""
    return list(timeline.GetItemListInTrack(VIDEO, track) or [])


def media_in_use(host: Host) -> List[str]:
    """Unique ids of the media pool items that lie on any video track of the project."""
    used = []
    for timeline in timelines(host):
        for track in range(1, track_count(timeline) + 1):
            media = [item.GetMediaPoolItem() for item in items(timeline, track)]
            used += [each.GetUniqueId() for each in media if each]
    return used


def track_count(timeline: Any) -> int:
    return int(timeline.GetTrackCount(VIDEO) or 0)


def track_name(timeline: Any, track: int) -> str:
    return str(timeline.GetTrackName(VIDEO, track) or "")


def is_locked(timeline: Any, track: int) -> bool:
    return bool(timeline.GetIsTrackLocked(VIDEO, track))


def is_free(timeline: Any, track: int, start: int, end: int) -> bool:
    """Whether nothing lies on the record frames ``start`` to ``end``, both included."""
    return all(int(item.GetStart()) > end or int(item.GetEnd()) <= start for item in items(timeline, track))


def own_track(timeline: Any, below: int, name: str, spans: Sequence[Tuple[int, int]]) -> Track:
    """A track called ``name`` above track ``below`` with room for ``spans`` (record frames, both included).

    One of that name is taken when between it and ``below`` lie only tracks of ours; an artist's never is. Otherwise one
    is put in right above, so that titles stay on top.
    """
    for index in range(below + 1, track_count(timeline) + 1):
        here = track_name(timeline, index)
        if not here.startswith(OWN_TRACKS):
            break
        free = all(is_free(timeline, index, *span) for span in spans)
        if here == name and free and not is_locked(timeline, index) and timeline.GetIsTrackEnabled(VIDEO, index):
            return Track(index, name, False, not items(timeline, index))
    return Track(_new_track(timeline, below, name), name, True, True)


def lay(
    host: Host, timeline: Any, media: Any, track: int, record: int, count: int, cuts: Sequence[Tuple[int, int]]
) -> Any:
    """Lays ``count`` frames of ``media`` at a record frame; the item that stands there, read from the track.

    ``cuts``: (first, last + 1) of its frames in the ways that Resolve may count them, tried in this order.
    ``NotWritable`` when nothing stood there as wanted; the track then is as it was.
    """
    before = {item.GetUniqueId() for item in items(timeline, track)}
    for first, end in cuts:
        info = {
            "mediaPoolItem": media,
            "startFrame": first,
            "endFrame": end,  # excluded (measured)
            "mediaType": VIDEO_ONLY,
            "trackIndex": track,
            "recordFrame": record,
        }
        answer = pool_of(host).AppendToTimeline([info])
        new = [item for item in items(timeline, track) if item.GetUniqueId() not in before]
        if answer and len(new) == 1 and (int(new[0].GetStart()), int(new[0].GetDuration())) == (record, count):
            return new[0]
        if new:  # also after an error: what such a call leaves is gone at the next save (measured)
            timeline.DeleteClips(new, False)
    raise NotWritable(
        f"Resolve did not lay the {count} frames of {media.GetName()} at record frame {record} of video track {track}.",
        field="timeline",
        advice="Look whether a dialog is open or the track is locked, then place the result again.",
    )


def identity(thing: Any) -> str:
    """Resolve's unique id of a timeline, a clip on one, or a clip in the media pool."""
    return str(thing.GetUniqueId())


def name_of(thing: Any) -> str:
    """What an artist sees it called."""
    return str(thing.GetName())


def span(item: Any) -> Tuple[int, int]:
    """First and last record frame, both included."""
    start = int(item.GetStart())
    return start, start + int(item.GetDuration()) - 1


def begins_at(item: Any) -> int:
    """The frame of its media, from 0, that a clip begins with. Exact at 100 % and the timeline's rate (measured)."""
    return int(item.GetLeftOffset())


def media_of(item: Any) -> Any:
    """The clip in the media pool that an item was cut from; None for one that has none."""
    return item.GetMediaPoolItem()


def delete_items(timeline: Any, ids: Sequence[str]) -> int:
    """Deletes clips by their unique ids, nothing moves up; how many are gone. Those that were gone do not count."""
    found = [item for item, _ in items_by_id(timeline, ids)]
    if found:
        timeline.DeleteClips(found, False)
    return len(found) - len(items_by_id(timeline, ids))


def delete_empty_track(timeline: Any, index: int, name: str) -> bool:
    """Deletes track ``index`` when it has that name and nothing on it; True when it did."""
    count = track_count(timeline)
    if not 1 <= index <= count or track_name(timeline, index) != name or items(timeline, index):
        return False
    timeline.DeleteTrack(VIDEO, index)
    return track_count(timeline) < count


def add_marker(timeline: Any, start: int, end: int, marker: Mapping[str, str]) -> bool:
    """A marker on the first record frame of ``start`` to ``end`` that has none; False where all have one.

    ``marker``: color, name, note, data. Markers are counted from the timeline's start.
    """
    zero = int(timeline.GetStartFrame())
    taken = {int(float(frame)) for frame in (timeline.GetMarkers() or {})}
    free = next((frame for frame in range(start - zero, end - zero + 1) if frame not in taken), None)
    if free is None:
        return False
    timeline.AddMarker(free, marker["color"], marker["name"], marker["note"], 1, marker["data"])
    return marker["data"] in marker_data(timeline)


def marker_data(timeline: Any) -> List[str]:
    """customData of all markers, in the order of their frames."""
    found = timeline.GetMarkers() or {}
    return [str(found[frame].get("customData", "")) for frame in sorted(found, key=float)]


def delete_marker(timeline: Any, data: str) -> bool:
    """Whether the marker with that customData is gone."""
    if data in marker_data(timeline):
        timeline.DeleteMarkerByCustomData(data)
    return data not in marker_data(timeline)


def go_to(timeline: Any, timecode: str) -> None:
    """Moves the playhead. ``BadField`` where it stays: Resolve has none on the Media and Fusion pages."""
    _playhead(timeline, timecode)
    if timeline.GetCurrentTimecode() != timecode:
        raise BadField(
            f"Resolve does not move the playhead to {timecode}.",
            field="timeline",
            advice="Open the Edit page, then try again.",
        )


# --- inside ------------------------------------------------------------------------------------------------


def _open_page(host: Host, page: str) -> None:
    if host.resolve.GetCurrentPage() != page:
        host.resolve.OpenPage(page)
    if host.resolve.GetCurrentPage() != page:
        raise BadField(
            f"Resolve does not open its {page.title()} page.",
            field="timeline",
            advice="Close any dialog that is open in it, then place the result again.",
        )


def _playhead(timeline: Any, timecode: str) -> None:
    if timeline.GetCurrentTimecode() != timecode:
        timeline.SetCurrentTimecode(timecode)


def _new_track(timeline: Any, below: int, name: str) -> int:
    """The number of a new, named track above track ``below``: right above it, or on top where that is not possible."""
    before = [[item.GetUniqueId() for item in items(timeline, n)] for n in range(1, track_count(timeline) + 1)]
    if below < len(before):
        timeline.AddTrack(VIDEO, {"index": below + 1})
    if track_count(timeline) == len(before):
        timeline.AddTrack(VIDEO)
    after = [[item.GetUniqueId() for item in items(timeline, n)] for n in range(1, track_count(timeline) + 1)]
    for index in (below + 1, len(after)):
        if len(after) == len(before) + 1 and not after[index - 1] and after[: index - 1] + after[index:] == before:
            timeline.SetTrackName(VIDEO, index, name)
            if track_name(timeline, index) == name:
                return index
            timeline.DeleteTrack(VIDEO, index)
            break
    raise NotWritable(
        "Resolve made no new video track for the mattes.",
        field="timeline",
        advice="Look whether a dialog is open in Resolve, then place the result again.",
    )
