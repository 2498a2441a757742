"""Clips on the timeline: which file each one uses, and which of its frames it shows at every record frame."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Dict, List, Optional, Tuple

from mattewire_panel.files import file_of
from mattewire_panel.frames import FrameMap
from mattewire_protocol import Plate
from mattewire_protocol.errors import BadField, MattewireError, PlateNotFound

from . import colorspaces, raw
from .api import reading
from .api.connection import Host
from .api.reading import Media, Spot
from .mapping import RENDER, RENDER_ADVICE, mapped

HANDLES = 8
"""Source frames between two uses of a file that are tracked through rather than begun again."""

_COUNTER = re.compile(r"\[(\d+)-(\d+)\](?=[^\[\]]*$)")
_PRINTED = re.compile(r"%0?(\d*)d")
_WITHOUT_FILE = {
    "Timeline": "is a timeline within the timeline",
    "Compound": "is a compound clip",
    "Fusion": "is a Fusion clip",
    "Multicam": "is a multicam clip",
    "Generator": "is a generator",
    "Stereo": "is a stereo 3D clip",
    "Still": "is a still picture, which does not move",
}
"""By the beginning of the Type property."""


@dataclass(frozen=True)
class Clip:
    """One use of a file on the timeline.

    ``track``: video track, from 1. ``start``, ``end``: record frames, both included. ``file``: the movie, or the
    pattern with ``%04d`` of a sequence; ``file_first``, ``file_last``: the frames it has, in its own numbers, both
    included (a movie's first frame is 1). ``frames``: record frame to source frame, in those same numbers.
    ``fps`` of the file, ``timeline_fps`` of the timeline. ``width``, ``height``: of the file, in its own pixels; 0
    where Resolve does not say. ``colorspace``: the clip's Input Color Space as Resolve names it, empty where the
    project decides; ``plate_colorspace``: what the daemon is told, in its own names, empty to let it decide.
    ``media_id``: the media pool item's unique id, empty for a rendered file. ``speed``: 1 is 100 %, negative backward,
    0 a freeze frame. ``blends``: Resolve is told to mix frames where they do not fall on each other. ``rendered``: the
    file was rendered through Resolve, with the clip's grade and speed in it, without its transform and crop.
    """

    item_id: str
    name: str
    track: int
    start: int
    end: int
    file: str
    is_sequence: bool
    file_first: int
    file_last: int
    frames: FrameMap
    fps: Fraction
    timeline_fps: Fraction
    width: int = 0
    height: int = 0
    pixel_aspect: float = 1.0
    colorspace: str = ""
    plate_colorspace: str = ""
    media_id: str = ""
    speed: Fraction = Fraction(1)
    blends: bool = False
    rendered: bool = False

    @property
    def plain(self) -> bool:
        """Whether each record frame shows the next source frame, at one rate: files of results fit as they are."""
        return not self.frames.explicit and self.frames.step == 1 and self.fps == self.timeline_fps

    @property
    def source_range(self) -> Tuple[int, int]:
        """First and last source frame that is shown, both included."""
        return self.frames.plate_range

    @property
    def caution(self) -> str:
        """What an editor should know of a retimed clip, in a sentence or two; empty for others."""
        says = []
        if self.speed not in (1, -1, 0):
            says.append(
                f"{self.name} is taken to run at a constant {float(abs(self.speed) * 100):g} %. Resolve does not tell "
                "scripts of speed ramps: if it has one, render it first."
            )
        if self.blends and not self.plain and self.speed:
            says.append(
                f"Resolve mixes frames of {self.name}; each matte is that of the nearest one. Set its retime process "
                "to Nearest, or render it first."
            )
        return " ".join(says)

    def within(self, first: int, last: int) -> Clip:
        """The part of the clip at the record frames ``first`` to ``last``. ``BadField`` when it has none of them."""
        first, last = max(first, self.start), min(last, self.end)
        if last < first:
            raise BadField(
                f"{self.name} is not between the in and out marks.",
                field="first",
                advice="Set the marks around the clip, or choose the whole clip.",
            )
        return replace(self, start=first, end=last, frames=self.frames.within(first, last))


@dataclass(frozen=True)
class Group:
    """Uses of one file that one track through serves: the source frames ``first`` to ``last``, both included."""

    plate: Plate
    first: int
    last: int
    clips: Tuple[Clip, ...]


# --- which clips ---------------------------------------------------------------------------------------------


def under_playhead(host: Host) -> Clip:
    """The topmost clip under the playhead that has a file; titles, generators and our own results are looked through.

    Raises ``BadField``, ``PlateNotFound`` or ``CameraRaw``, saying what to do.
    """
    return of_spot(host, spot_under_playhead(host))


def spot_under_playhead(host: Host) -> Spot:
    """Where that clip stands, also of one that has to be rendered first. ``BadField`` where there is none."""
    timeline = host.timeline()
    frame = reading.playhead(timeline)
    at_once = reading.topmost(timeline, frame)
    if at_once is not None:
        return at_once
    found = [
        spot
        for track in reading.tracks(timeline)
        for spot in reading.spots(timeline, track)
        if spot.start <= frame <= spot.end
    ]
    if not found:
        raise BadField(
            "There is no clip under the playhead.",
            field="plate",
            advice=_sound_only(timeline, frame) or "Put the playhead on the clip to mask.",
        )
    return next((spot for spot in found if reading.media_of(spot) is not None), found[0])


def keyframe(host: Host, clip: Clip) -> Optional[int]:
    """The source frame that ``clip`` shows under the playhead; None when the playhead is elsewhere."""
    frame = reading.playhead(host.timeline())
    return clip.frames.plate(frame) if clip.start <= frame <= clip.end else None


def on_track(host: Host, track: int) -> List[Clip]:
    """All clips of a video track that have a file. Raises for the first that cannot be read, and when there is none."""
    return _all(host, reading.spots(host.timeline(), track), f"Video track {track} has no clip to mask.")


def in_out(host: Host, track: int) -> List[Clip]:
    """The clips of a video track between the in and out marks, cut there. Raises as ``on_track``."""
    marked = reading.marks(host.timeline())
    if marked is None:
        raise BadField(
            "The timeline has no in and out marks.", field="first", advice="Set both (I and O), or choose the clip."
        )
    between = [s for s in reading.spots(host.timeline(), track) if s.start <= marked[1] and s.end >= marked[0]]
    found = _all(host, between, f"Video track {track} has no clip between the in and out marks.")
    return [clip.within(*marked) for clip in found]


def selected(host: Host, item_ids: List[str]) -> List[Clip]:
    """The clips with these unique ids, wherever they are now. ``BadField`` for one that is gone.

    Resolve does not tell scripts what is selected on the timeline: a panel lists the clips of a track to choose from.
    """
    timeline = host.timeline()
    found = {item_id: reading.spot_of(timeline, item_id) for item_id in item_ids}
    there = [spot for spot in found.values() if spot is not None]
    if len(there) < len(found):
        raise BadField("A chosen clip is no longer on the timeline.", field="plate", advice="Choose the clips again.")
    return [of_spot(host, spot) for spot in there]


def _all(host: Host, spots: List[Spot], otherwise: str) -> List[Clip]:
    with_file = [spot for spot in spots if reading.media_of(spot) is not None]
    if not with_file:
        raise BadField(otherwise, field="plate", advice="Choose another track, or put the playhead on the clip.")
    return [of_spot(host, spot) for spot in with_file]


def _sound_only(timeline: object, frame: int) -> str:
    if reading.has_sound(timeline, frame):
        return "There is only sound here: put the playhead on a clip with a picture."
    return ""


# --- one clip ------------------------------------------------------------------------------------------------


def of_spot(host: Host, spot: Spot) -> Clip:
    """The clip that stands there. Raises ``BadField``, ``PlateNotFound`` or ``CameraRaw``, saying what to do."""
    media = reading.media_of(spot)
    if media is None:
        raise _must_render(f"{spot.name} is a title, a generator, an adjustment clip or a transition: it has no file.")
    if media.kind == "Audio":
        raise BadField(
            f"{spot.name} is only sound.", field="plate", advice="Put the playhead on a clip with a picture."
        )
    for kind, says in _WITHOUT_FILE.items():
        if media.kind.startswith(kind):
            raise _must_render(f"{spot.name} {says}.")
    if not media.path:
        raise _must_render(f"{spot.name} has no file of its own.")
    raw.refuse(spot.name, media.path, media.codec)
    timeline_rate = reading.rate_of(host.timeline())
    managed, inherited = reading.color_management(host.project())
    file, files = _file(spot.name, media)
    told = mapped(spot.name, reading.played(spot), media, files, spot.start, spot.end, timeline_rate)
    clip = Clip(
        spot.item_id, spot.name, spot.track, spot.start, spot.end, file, file != media.path, *files, told.frames,
        media.rate or timeline_rate, timeline_rate, media.width, media.height, media.pixel_aspect, media.colorspace,
        colorspaces.known(media.colorspace or inherited) if managed else "", media.media_id, told.speed,
        reading.blends(spot),
    )  # fmt: skip
    _check_there(clip, media)
    return clip


def _file(name: str, media: Media) -> Tuple[str, Tuple[int, int]]:
    """The movie or the pattern, and the numbers of its first and last frame."""
    found = _COUNTER.search(media.path)
    if found is None:
        if media.first not in (0, media.start):
            raise _must_render(f"{name} is a subclip: Resolve does not say which part of its file it is.")
        return media.path, (1, max(media.frames, 1))
    counter = f"%0{len(found.group(1))}d" if len(found.group(1)) > 1 else "%d"
    pattern = media.path[: found.start()] + counter + media.path[found.end() :]
    return pattern, (int(found.group(1)), int(found.group(2)))


def _check_there(clip: Clip, media: Media) -> None:
    for frame in clip.source_range:
        path = file_at(clip, frame)
        if not os.path.isfile(path):
            raise PlateNotFound(
                f"{clip.name} is offline: {path} is not there.",
                field="plate",
                advice="Relink the clip in Resolve, or mount the disk that it is on.",
            )
    if not media.online:
        raise PlateNotFound(
            f"Resolve shows {clip.name} as offline, though {media.path} is there.",
            field="plate",
            advice="Relink the clip in Resolve: its file may have been replaced.",
        )


def file_at(clip: Clip, source_frame: int) -> str:
    """The file that holds a source frame: of a sequence its own, else the movie."""
    if not clip.is_sequence:
        return clip.file
    return file_of(_PRINTED.sub(lambda found: "#" * int(found.group(1) or 1), clip.file), source_frame)


def must_render(problem: MattewireError) -> bool:
    """Whether rendering the clip through Resolve, as ``render.begin`` does, is the way out of a refusal."""
    return problem.field == RENDER or problem.code == "camera_raw"


def _must_render(message: str) -> BadField:
    return BadField(message, field=RENDER, advice=RENDER_ADVICE)


# --- what is asked of the daemon -----------------------------------------------------------------------------


def plate(clips: List[Clip]) -> Plate:
    """The file that ``clips`` use, in the colorspace that Resolve takes it in where Mattewire knows its name."""
    return groups(clips)[0].plate


def groups(clips: List[Clip], handles: int = HANDLES) -> List[Group]:
    """What has to be tracked through so that every clip is served, each source frame of a file once.

    Uses of the same file in the same colorspace make one group where their source frames overlap, touch, or are at most
    ``handles`` frames apart: what lies between is tracked too, which costs less than finding the subject again.
    """
    by_plate: Dict[Tuple[str, str], List[Clip]] = {}
    for clip in clips:
        by_plate.setdefault((clip.file, clip.plate_colorspace), []).append(clip)
    made: List[Group] = []
    for (file, colorspace), uses in by_plate.items():
        near: List[Group] = []
        for clip in sorted(uses, key=lambda use: use.source_range):
            first, last = clip.source_range
            if near and first <= near[-1].last + handles + 1:
                group = near.pop()
                near.append(replace(group, last=max(last, group.last), clips=(*group.clips, clip)))
            else:
                near.append(Group(Plate(file, colorspace), first, last, (clip,)))
        made += near
    return made
