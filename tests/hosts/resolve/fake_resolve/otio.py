"""``MediaPool.ImportTimelineFromFile`` for OTIO: only a document shaped like Resolve's own comes in, all else is None.

All of it is the ledger's, found there by bisection on 19.1.3 with a file that Resolve had written itself: Clip.2 with a
map of media references and an active key, an available_range on each, bare paths, tracks called "Video 1", and source
ranges that count from the media's own start timecode. ``LinearTimeWarp`` makes a constant retime, also backward; the
duration of the source range is then the record duration.
"""

from __future__ import annotations

import json
import os
from fractions import Fraction
from typing import Any

from .items import TimelineItem
from .media import Media, open_movie
from .timeline import Timeline, Track
from .timing import Placing


class _Refused(Exception):
    """Something in the document is not as Resolve writes it."""


def read(project: Any, path: str, options: dict[str, Any]) -> Timeline | None:
    """The new timeline, or None: a shape that is not Resolve's, a name that is taken, media out of range or missing."""
    if not path.endswith(".otio") or not os.path.isfile(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        name = options.get("timelineName") or document["name"]
        if any(each._name == name for each in project._timelines):
            return None
        tracks = [_track(each, kind) for each, kind in _numbered(document["tracks"]["children"])]
        if document["OTIO_SCHEMA"] != "Timeline.1" or not document.get("global_start_time"):
            return None
        placed = [(kind, index, _clips(track)) for kind, index, track in tracks]
    except (_Refused, KeyError, TypeError, ValueError, AttributeError):
        return None
    made: Timeline | None = project._new_timeline(name)
    if made is None:
        return None
    for kind, index, clips in placed:
        while made.GetTrackCount(kind) < index:
            made.AddTrack(kind)
        for media, clip_name, at, length, first, speed in clips:
            _place(project, made, made._tracks[kind][index - 1], media, clip_name, at, length, first, speed)
    return made


def _numbered(children: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    seen = {"Video": 0, "Audio": 0}
    found = []
    for child in children:
        kind = child["kind"]
        seen[kind] += 1
        if child["name"] != f"{kind} {seen[kind]}" or child["OTIO_SCHEMA"] != "Track.1":
            raise _Refused
        found.append((child, kind))
    return found


def _track(track: dict[str, Any], kind: str) -> tuple[str, int, dict[str, Any]]:
    return kind.lower(), int(track["name"].split()[1]), track


def _clips(track: dict[str, Any]) -> list[tuple[Media, str, int, int, Fraction, Fraction]]:
    """(media, name, offset on the track, record frames, first source frame, speed) of each clip."""
    at, found = 0, []
    for child in track["children"]:
        length = int(child["source_range"]["duration"]["value"])
        if child["OTIO_SCHEMA"] == "Clip.2":
            found.append((*_media(child), at, length, *_source(child)))
        elif child["OTIO_SCHEMA"] != "Gap.1":
            raise _Refused
        at += length
    return found


def _media(clip: dict[str, Any]) -> tuple[Media, str]:
    reference = clip["media_references"][clip["active_media_reference_key"]]
    url, available = reference["target_url"], reference["available_range"]
    media = open_movie(url) if "://" not in url and os.path.isfile(url) else None
    if media is None or reference["OTIO_SCHEMA"] != "ExternalReference.1":
        raise _Refused
    if (available["start_time"]["value"], available["duration"]["value"]) != (media.start, media.frames):
        raise _Refused
    if "metadata" not in clip or clip["enabled"] is not True:
        raise _Refused
    return media, clip["name"]


def _source(clip: dict[str, Any]) -> tuple[Fraction, Fraction]:
    media, _ = _media(clip)
    warps = [effect for effect in clip.get("effects") or [] if effect["OTIO_SCHEMA"] == "LinearTimeWarp.1"]
    speed = Fraction(str(warps[0]["time_scalar"])) if warps else Fraction(1)
    first = Fraction(str(clip["source_range"]["start_time"]["value"])) - media.start
    played = int(clip["source_range"]["duration"]["value"]) * abs(speed)
    if first < 0 or first + played > media.frames:  # counted from 0 instead of from the media's timecode
        raise _Refused
    return first, speed


def _place(
    project: Any,
    timeline: Timeline,
    track: Track,
    media: Media,
    name: str,
    at: int,
    length: int,
    first: Fraction,
    speed: Fraction,
) -> None:
    held = [clip for folder in project._pool._root._all() for clip in folder._clips]
    clip = next((each for each in held if each._media == media), None) or project._pool._add(name, media, media.kind)
    ratio = clip._rate / timeline._rate
    placing = Placing(timeline._start + at, length, first, ratio, speed)
    timeline._put(TimelineItem(timeline, clip, placing, "video"), track)
