"""What Resolve says of a timeline and its clips, asked once and kept as plain facts.

Names of calls and properties are those of the README that ships with Resolve. What they answer was measured on running
Resolves and published in the samuelgursky/davinci-resolve-mcp repository, docs/reference/api-limitations.md; where this
relies on it, it says "measured".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Dict, List, Optional, Tuple

from mattewire_protocol.errors import BadField

from ..timecode import exact_rate, frame_of

MANAGED = ("davinciYRGBColorManagedv2", "davinciYRGBColorManaged")
"""Values of the setting colorScienceMode."""
OWN_TRACKS = "Mattewire"
"""Tracks whose name begins so hold results, which are no plates."""


@dataclass(frozen=True)
class Spot:
    """A clip's place: video ``track`` from 1, record frames ``start`` to ``end``, both included; Resolve's ``item``."""

    item_id: str
    name: str
    track: int
    start: int
    end: int
    item: Any


@dataclass(frozen=True)
class Media:
    """What the media pool says of a clip's file.

    ``kind``: the Type property, such as "Video + Audio". ``path``: a sequence as ``plate.[1001-1100].exr``. ``first``:
    the Start property; ``start``: the frames of the Start TC. ``colorspace``: empty where the project decides.
    """

    media_id: str
    kind: str
    path: str
    rate: Optional[Fraction]
    frames: int
    first: int
    start: int
    width: int
    height: int
    pixel_aspect: float
    codec: str
    colorspace: str
    online: bool


@dataclass(frozen=True)
class Played:
    """What a clip says of the part of its file that it plays: frames, seconds, and the offset in the retimed clip."""

    start_frame: int
    end_frame: int
    start_time: float
    end_time: float
    left_offset: float


def rate_of(timeline: Any) -> Fraction:
    """Frames per second of the timeline."""
    rate = exact_rate(timeline.GetSetting("timelineFrameRate"))
    if rate is None:
        raise BadField("Resolve does not say the timeline's frame rate.", advice="Open the timeline again.")
    return rate


def size_of(timeline: Any) -> Tuple[int, int]:
    """Width and height of the timeline in pixels."""
    names = ("timelineResolutionWidth", "timelineResolutionHeight")
    width, height = (_whole(timeline.GetSetting(name)) for name in names)
    return width, height


def playhead(timeline: Any) -> int:
    """The record frame under the playhead. ``BadField`` on a page that has none."""
    rate = rate_of(timeline)
    drop = str(timeline.GetSetting("timelineDropFrameTimecode")) == "1"
    here = frame_of(timeline.GetCurrentTimecode(), rate, drop)
    begin = frame_of(timeline.GetStartTimecode(), rate, drop)
    if here is None or begin is None:
        raise BadField("Resolve does not say where the playhead is.", advice="Open the Edit page, then try again.")
    return int(timeline.GetStartFrame()) + here - begin


def marks(timeline: Any) -> Optional[Tuple[int, int]]:
    """First and last record frame between the in and out marks; None unless both are set.

    Resolve counts them from the timeline's start (measured).
    """
    kinds = timeline.GetMarkInOut() or {}
    marked = kinds.get("video") or kinds.get("all") or {}
    if marked.get("in") is None or marked.get("out") is None:
        return None
    start = int(timeline.GetStartFrame())
    return start + int(marked["in"]), start + int(marked["out"])


def tracks(timeline: Any) -> List[int]:
    """Video tracks that can hold plates, the topmost first: those that are shown, without our own."""
    return [number for number in range(int(timeline.GetTrackCount("video")), 0, -1) if _holds_plates(timeline, number)]


def _holds_plates(timeline: Any, track: int) -> bool:
    ours = str(timeline.GetTrackName("video", track)).startswith(OWN_TRACKS)
    return bool(timeline.GetIsTrackEnabled("video", track)) and not ours


def spots(timeline: Any, track: int) -> List[Spot]:
    """The clips of a video track that are switched on, in the order of their record frames."""
    standing = [_spot(item, track) for item in timeline.GetItemListInTrack("video", track) or []]
    return sorted((spot for spot in standing if spot is not None), key=lambda spot: spot.start)


def topmost(timeline: Any, frame: int) -> Optional[Spot]:
    """The clip that Resolve calls current, where it has a file, is none of ours, and covers ``frame``.

    One question instead of one for each clip of the timeline; None says that all have to be looked at.
    """
    item = timeline.GetCurrentVideoItem()
    where = item.GetTrackTypeAndIndex() if item and item.GetMediaPoolItem() else None
    if not where or where[0] != "video" or not _holds_plates(timeline, int(where[1])):
        return None
    spot = _spot(item, int(where[1]))
    return spot if spot is not None and spot.start <= frame <= spot.end else None


def _spot(item: Any, track: int) -> Optional[Spot]:
    start, length = int(item.GetStart()), int(item.GetDuration())
    if length <= 0 or not item.GetClipEnabled():
        return None
    return Spot(str(item.GetUniqueId()), str(item.GetName()), track, start, start + length - 1, item)


def spot_of(timeline: Any, item_id: str) -> Optional[Spot]:
    """The clip with that unique id, on whatever video track it is now."""
    every = range(1, int(timeline.GetTrackCount("video")) + 1)
    return next((spot for track in every for spot in spots(timeline, track) if spot.item_id == item_id), None)


def has_sound(timeline: Any, frame: int) -> bool:
    """Whether a sound clip stands at a record frame."""
    return any(
        item.GetStart() <= frame < item.GetStart() + item.GetDuration()
        for track in range(1, int(timeline.GetTrackCount("audio")) + 1)
        for item in timeline.GetItemListInTrack("audio", track) or []
    )


def media_of(spot: Spot) -> Optional[Media]:
    """The media pool's clip; None for what has none: titles, generators, adjustment clips, transitions."""
    item = spot.item.GetMediaPoolItem()
    if not item:
        return None
    says: Dict[str, Any] = item.GetClipProperty() or {}
    rate = exact_rate(says.get("FPS"))
    size = re.fullmatch(r"\s*(\d+)\s*x\s*(\d+)\s*", str(says.get("Resolution", "")))
    colorspace = str(says.get("Input Color Space", ""))
    drop = str(says.get("Drop frame")) == "1"
    return Media(
        str(item.GetUniqueId()),
        str(says.get("Type", "")),
        str(says.get("File Path", "")),
        rate,
        _whole(says.get("Frames")),
        _whole(says.get("Start")),
        (frame_of(says.get("Start TC"), rate, drop) if rate else None) or 0,
        int(size.group(1)) if size else 0,
        int(size.group(2)) if size else 0,
        _pixel_aspect(str(says.get("PAR", ""))),
        str(says.get("Video Codec", "")),
        "" if colorspace in ("Project", "Bypass") else colorspace,
        says.get("Online Status") != "Offline",
    )


def played(spot: Spot) -> Optional[Played]:
    """None where Resolve does not answer; before version 19 it has no such calls.

    ``dir`` is asked for them: ``hasattr`` says yes to every name (measured).
    """
    item = spot.item
    if not {"GetSourceStartTime", "GetSourceEndTime"} <= set(dir(item)):
        return None
    told = (
        item.GetSourceStartFrame(),
        item.GetSourceEndFrame(),
        item.GetSourceStartTime(),
        item.GetSourceEndTime(),
        item.GetLeftOffset(True),
    )
    if any(isinstance(number, bool) or not isinstance(number, (int, float)) for number in told):
        return None
    return Played(int(told[0]), int(told[1]), float(told[2]), float(told[3]), float(told[4]))


def blends(spot: Spot) -> bool:
    """Whether Resolve mixes frames of the clip where it is retimed: RetimeProcess frame blend or optical flow.

    README: RETIME_USE_PROJECT, _NEAREST, _FRAME_BLEND, _OPTICAL_FLOW, from 0. What the project says is not told.
    """
    return spot.item.GetProperty("RetimeProcess") in (2, 3)


def color_management(project: Any) -> Tuple[bool, str]:
    """Whether Resolve manages colors, and the project's input color space, which clips have that say none.

    Without it the Input Color Space of a clip means nothing, though it may say Rec.709.
    """
    managed = str(project.GetSetting("colorScienceMode")) in MANAGED
    return managed, str(project.GetSetting("colorSpaceInput") or "") if managed else ""


def output_colorspace(project: Any) -> str:
    """What a color-managed project renders to, as Resolve names it; empty where colors are not managed."""
    return str(project.GetSetting("colorSpaceOutput") or "") if color_management(project)[0] else ""


def _whole(value: Any) -> int:
    """The number in a text; 0 without one."""
    found = re.match(r"\s*(-?\d+)", str(value))
    return int(found.group(1)) if found else 0


def _pixel_aspect(text: str) -> float:
    """Of the PAR property. Resolve's menu says Square, or Cinemascope for a squeeze of two."""
    if text.lower().startswith("cinemascope"):
        return 2.0
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", text)
    return float(found.group(1)) or 1.0 if found else 1.0
