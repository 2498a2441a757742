"""A timeline for any editor: each clip, and its cut-out on the track above it, as an OpenTimelineIO file.

Written after the library's serialized data schema
(https://opentimelineio.readthedocs.io/en/latest/tutorials/otio-serialized-schema.html), for a host has no such library;
tests read it back with it. Cut-outs need no retime in any editor: they hold one frame for each record frame.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Dict, List, Sequence, Tuple

from mattewire_protocol.errors import NotWritable

from .clips import Clip
from .conform import printf

Tree = Dict[str, Any]
_COUNTER = re.compile(r"%0?(\d*)d")


@dataclass(frozen=True)
class Piece:
    """Frames of a sequence or movie at a record frame.

    ``track``: Resolve's video track that it lies over; ``layer``: counts objects from 0. ``pattern``: ``%04d``, or a
    movie, of which it has the frames ``first`` to ``first + count - 1``, a movie's first being 1.
    """

    track: int
    layer: int
    name: str
    pattern: str
    first: int
    count: int
    record: int


def write(path: str, name: str, clips: Sequence[Clip], starts: Sequence[int], pieces: Sequence[Piece]) -> None:
    """Writes the file whole or not at all. ``starts``: for each clip the frames of its file's start timecode.

    Each of Resolve's tracks that has one of ``clips`` becomes a track, and above it lie the pieces over it, a track for
    each object. Raises ``NotWritable``.
    """
    text = json.dumps(timeline(name, clips, starts, pieces), indent=1, ensure_ascii=False) + "\n"
    temporary = f"{path}.part"
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as problem:
        raise NotWritable(
            f"{path} cannot be written ({problem.strerror or problem}).",
            field="folder",
            advice="Allow writing beside the mattes, or choose another folder for the OTIO file.",
        ) from None


def timeline(name: str, clips: Sequence[Clip], starts: Sequence[int], pieces: Sequence[Piece]) -> Tree:
    """The whole document. It begins at the first record frame of ``clips``."""
    zero, rate = min(clip.start for clip in clips), clips[0].timeline_fps
    tracks: List[Tree] = []
    for track in sorted({clip.track for clip in clips}):
        here = [(clip, start) for clip, start in zip(clips, starts) if clip.track == track]
        below = [(clip.start, _plate(clip, start)) for clip, start in here]
        over = [piece for piece in pieces if piece.track == track]
        above = [
            [(piece.record, _matte(piece, rate)) for piece in over if piece.layer == layer]
            for layer in sorted({piece.layer for piece in over})
        ]
        for laid in (below, *above):
            tracks.append(_track(f"Video {len(tracks) + 1}", laid, zero, rate))
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {},
        "name": name,
        "global_start_time": _time(zero, rate),
        "tracks": {**_item("Stack.1", "tracks", None), "children": tracks},
    }


def _track(name: str, laid: Sequence[Tuple[int, Tree]], zero: int, rate: Fraction) -> Tree:
    children: List[Tree] = []
    at = zero
    for record, clip in sorted(laid, key=lambda each: each[0]):
        if record > at:
            children.append(_item("Gap.1", "", _range(_time(0, rate), _time(record - at, rate))))
        children.append(clip)
        at = record + int(clip["source_range"]["duration"]["value"])
    return {**_item("Track.1", name, None), "children": children, "kind": "Video"}


def _plate(clip: Clip, start: int) -> Tree:
    """The clip as it plays. OTIO's retime keeps the record duration and starts at the lowest frame that is played."""
    first = start + min(clip.source_range) - clip.file_first
    if clip.is_sequence:
        first = min(clip.source_range)
        start = clip.file_first
        media = _sequence(clip.file, clip.file_first, clip.file_last, clip.fps)
    else:
        media = _movie(clip.file, start, clip.file_last, clip.fps)
    count = clip.end - clip.start + 1
    shown = _item("Clip.2", clip.name, _range(_time(first, clip.fps), _time(count, clip.timeline_fps)))
    if clip.speed == 0:
        shown["effects"] = [{**_effect("FreezeFrame.1", "FreezeFrame"), "time_scalar": 0}]
    elif clip.speed != 1:
        shown["effects"] = [{**_effect("LinearTimeWarp.1", "LinearTimeWarp"), "time_scalar": float(clip.speed)}]
    return {**shown, "media_references": {"DEFAULT_MEDIA": media}, "active_media_reference_key": "DEFAULT_MEDIA"}


def _matte(piece: Piece, rate: Fraction) -> Tree:
    if _COUNTER.search(os.path.basename(piece.pattern)):
        media = _sequence(piece.pattern, piece.first, piece.first + piece.count - 1, rate)
        first = piece.first
    else:
        media = _movie(piece.pattern, 0, piece.first + piece.count - 1, rate)
        first = piece.first - 1
    shown = _item("Clip.2", piece.name, _range(_time(first, rate), _time(piece.count, rate)))
    return {**shown, "media_references": {"DEFAULT_MEDIA": media}, "active_media_reference_key": "DEFAULT_MEDIA"}


def _movie(path: str, start: int, count: int, rate: Fraction) -> Tree:
    available = _range(_time(start, rate), _time(count, rate))
    return {**_media("ExternalReference.1", path, available), "target_url": path}


def _sequence(pattern: str, first: int, last: int, rate: Fraction) -> Tree:
    folder, name = os.path.split(printf(pattern))
    found = _COUNTER.search(name)
    padding = int(found[1] or 1) if found else 0
    prefix, suffix = (name[: found.start()], name[found.end() :]) if found else (name, "")
    return {
        **_media("ImageSequenceReference.1", name, _range(_time(first, rate), _time(last - first + 1, rate))),
        "target_url_base": os.path.join(folder, ""),
        "name_prefix": prefix,
        "name_suffix": suffix,
        "start_frame": first,
        "frame_step": 1,
        "rate": float(rate),
        "frame_zero_padding": padding,
        "missing_frame_policy": "error",
    }


def _media(schema: str, path: str, available: Tree) -> Tree:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": os.path.basename(path),
        "available_range": available,
        "available_image_bounds": None,
    }


def _effect(schema: str, name: str) -> Tree:
    return {"OTIO_SCHEMA": schema, "metadata": {}, "name": name, "effect_name": name, "enabled": True}


def _item(schema: str, name: str, source_range: Any) -> Tree:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": name,
        "source_range": source_range,
        "effects": [],
        "markers": [],
        "enabled": True,
    }


def _range(start: Tree, duration: Tree) -> Tree:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": start, "duration": duration}


def _time(value: int, rate: Fraction) -> Tree:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(value)}
