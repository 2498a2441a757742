"""``MediaPool.AppendToTimeline``: the one way that a script places a clip, and every way it goes wrong silently."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .api import ApiObject
from .items import TimelineItem
from .timing import Placing, placed_length


def append(project: Any, clips: Any, more: tuple[Any, ...]) -> list[Any] | None:
    """Places clips, or dicts that say what of them and where, on the current timeline; the list of what was placed.

    - ``endFrame`` is **exclusive**: startFrame 0 and endFrame 10 are ten frames (the ledger).
    - The record length is rounded **down** when the rates differ (the ledger; ``timing.placed_length``).
    - What would overlap an item on that track is dropped, **and comes back in the list all the same**: an item that
      answers as if it stood there and is in no track (the ledger: "a returned item may not exist").
    - Without a timeline the answer is None, for a bad dict []; a locked or missing track gives [] too (a guess: that
      it does nothing is known, what it answers is not).
    - Without ``trackIndex`` it is track 1; without ``recordFrame`` the end of that track.
    - With ``fake.append_error`` set, the answer is [] although the items stand there, and the next save loses them.
    """
    timeline = project._current
    if timeline is None:
        return None
    wanted = list(clips) if isinstance(clips, list) else [clips, *more]
    infos = [clip if isinstance(clip, dict) else {"mediaPoolItem": clip} for clip in wanted]
    if not infos or not all(_understood(info, timeline) for info in infos):
        return []
    failing = timeline._app.append_error
    made: list[Any] = []
    for info in infos:
        made += _place(timeline, info, failing)
    return [] if failing else made


def _understood(info: dict[str, Any], timeline: Any) -> bool:
    clip = info.get("mediaPoolItem")
    if not isinstance(clip, ApiObject) or "_mattes" not in vars(clip) or clip._gone:  # a media pool item
        return False
    numbers = [info.get(key, 0) for key in ("startFrame", "endFrame", "recordFrame", "trackIndex", "mediaType")]
    if any(isinstance(number, bool) or not isinstance(number, (int, float)) for number in numbers):
        return False
    if info.get("mediaType", 1) not in (1, 2) or info.get("recordFrame", timeline._start) < timeline._start:
        return False
    index = info.get("trackIndex", 1)
    return all(timeline._writable(kind, index) for kind in _kinds(info))


def _kinds(info: dict[str, Any]) -> list[str]:
    """Picture, sound, or both, by ``mediaType`` and by what the clip has."""
    kinds = {"Audio": ["audio"], "Video + Audio": ["video", "audio"]}.get(info["mediaPoolItem"]._own["Type"], ["video"])
    only = {1: "video", 2: "audio"}.get(info.get("mediaType", 0))
    return [kind for kind in kinds if only in (None, kind)]


def _place(timeline: Any, info: dict[str, Any], failing: bool) -> list[Any]:
    clip = info["mediaPoolItem"]
    count, base = clip._frames(), clip._first()
    first = Fraction(info.get("startFrame", base)) - base
    last = Fraction(info.get("endFrame", base + count)) - base
    if first < 0 or first >= count or last <= first:
        return []
    ratio = clip._rate / timeline._rate
    length = placed_length(min(last, Fraction(count)) - first, ratio)
    made = []
    for kind in _kinds(info):
        track = timeline._tracks[kind][int(info.get("trackIndex", 1)) - 1]
        start = int(info.get("recordFrame", track.end(timeline._start)))
        item = TimelineItem(timeline, clip, Placing(start, length, first, ratio), kind)
        if length and not any(item._placing.overlaps(other._placing) for other in track.items):
            timeline._put(item, track)
            item._lost_at_save = failing
        made.append(item)
    return made[:1]  # picture and sound are linked, and one item comes back for both
