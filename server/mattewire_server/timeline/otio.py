"""OpenTimelineIO, as its JSON: what any editor that reads OTIO opens, and pipelines read with its library.

Written without that library, after its serialized data schema
(https://opentimelineio.readthedocs.io/en/latest/tutorials/otio-serialized-schema.html); tests read it back with it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..durable import whole_file, write_bytes
from .shot import Media, TimelineShot

Tree = dict[str, Any]

PROXY = "proxy"
"""The key of a stand-in among a clip's media; OTIO's own name for the real one is ``DEFAULT_MEDIA``."""


def write_otio(path: Path, shot: TimelineShot, facts: Mapping[str, Any] | None = None) -> None:
    """Writes the timeline whole or not at all. ``facts`` are kept in its metadata. ``NotWritable``, ``DiskFull``."""
    text = json.dumps(timeline(shot, facts), indent=4, ensure_ascii=False) + "\n"
    with whole_file(str(path), token="otio", subject="The timeline", field="--otio") as temporary:
        write_bytes(temporary, text.encode("utf-8", "replace"))


def timeline(shot: TimelineShot, facts: Mapping[str, Any] | None = None) -> Tree:
    """The whole document. Times are frame numbers at the shot's rate: frame 1001 is ``RationalTime(1001, 24)``."""
    tracks = [
        _track("Video 1", [_clip("Plate", shot, shot.plate, shot.proxy)]),
        _track("Video 2", [_clip("Matte", shot, shot.matte, None)]),
    ]
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {"mattewire": {"matte_in": shot.lies_in, **(facts or {})}},
        "name": shot.name,
        "global_start_time": _time(shot.first, shot),
        "tracks": {**_item("Stack.1", "tracks", None), "children": tracks},
    }


def _track(name: str, children: list[Tree]) -> Tree:
    return {**_item("Track.1", name, None), "children": children, "kind": "Video"}


def _clip(name: str, shot: TimelineShot, media: Media, proxy: Media | None) -> Tree:
    references = {"DEFAULT_MEDIA": _reference(media, shot)}
    if proxy is not None:
        references[PROXY] = _reference(proxy, shot)
    return {
        **_item("Clip.2", name, _range(_within(shot, media), shot.count, shot)),
        "media_references": references,
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _within(shot: TimelineShot, media: Media) -> int:
    """The shot's first frame in the media's own time."""
    return shot.first if media.is_sequence else shot.first - media.first


def _reference(media: Media, shot: TimelineShot) -> Tree:
    """A movie's own time begins at 0, a sequence's at its first number."""
    if not media.is_sequence:
        available = _range(0, media.count, shot)
        return {**_media("ExternalReference.1", media, available), "target_url": media.path}
    pattern = media.pattern
    return {
        **_media("ImageSequenceReference.1", media, _range(media.first, media.count, shot)),
        "target_url_base": os.path.join(pattern.folder, ""),
        "name_prefix": pattern.prefix,
        "name_suffix": pattern.suffix,
        "start_frame": media.first,
        "frame_step": 1,
        "rate": float(shot.rate),
        "frame_zero_padding": pattern.padding,
        "missing_frame_policy": "error",
    }


def _media(schema: str, media: Media, available: Tree) -> Tree:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": media.name,
        "available_range": available,
        "available_image_bounds": None,
    }


def _item(schema: str, name: str, source_range: Tree | None) -> Tree:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": name,
        "source_range": source_range,
        "effects": [],
        "markers": [],
        "enabled": True,
    }


def _range(first: int, count: int, shot: TimelineShot) -> Tree:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(first, shot), "duration": _time(count, shot)}


def _time(value: int, shot: TimelineShot) -> Tree:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(shot.rate), "value": float(value)}
