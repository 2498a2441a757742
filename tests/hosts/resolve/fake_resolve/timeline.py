"""A timeline and its tracks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from .api import ApiObject
from .items import TimelineItem
from .markers import Marked
from .timing import Placing, frame_at, rate, timecode

PLAYHEAD_PAGES = ("cut", "edit", "color", "fairlight", "deliver")
KINDS = ("video", "audio", "subtitle")
GENERATOR_SECONDS = 5
"""How long a generator stands at first: Resolve's own preference."""


@dataclass
class Track:
    """One track, its items in the order of their record frames."""

    name: str
    subtype: str = ""
    enabled: bool = True
    locked: bool = False
    items: list[TimelineItem] = field(default_factory=list)

    def end(self, otherwise: int) -> int:
        """One past the last record frame."""
        return max((item._placing.end for item in self.items), default=otherwise)

    def at(self, frame: int) -> TimelineItem | None:
        """The item that covers a record frame."""
        return next((item for item in self.items if item._placing.start <= frame < item._placing.end), None)


class Timeline(Marked):
    """Record frames count from the start timecode: 86400 is 01:00:00:00 at 24."""

    def __init__(self, project: Any, name: str) -> None:
        super().__init__(project._app)
        self._project = project
        self._name = name
        self._settings = dict(project._settings)
        self._start = frame_at("01:00:00:00", self._rate) or 0
        self._playhead = self._start
        self._marks: dict[str, dict[str, int]] = {}
        self._tracks: dict[str, list[Track]] = {
            "video": [Track("Video 1")],
            "audio": [Track("Audio 1", "stereo")],
            "subtitle": [],
        }
        self._pool_item: Any = None

    @property
    def _rate(self) -> Fraction:
        return rate(self._settings["timelineFrameRate"])

    @property
    def _width(self) -> int:
        return int(self._settings["timelineResolutionWidth"])

    @property
    def _height(self) -> int:
        return int(self._settings["timelineResolutionHeight"])

    def _end(self) -> int:
        return max(
            (track.end(self._start) for tracks in self._tracks.values() for track in tracks), default=self._start
        )

    def _track(self, kind: str, index: Any) -> Track | None:
        tracks = self._tracks.get(kind, [])
        return tracks[int(index) - 1] if isinstance(index, (int, float)) and 1 <= index <= len(tracks) else None

    def _writable(self, kind: str, index: Any) -> bool:
        track = self._track(kind, index)
        return track is not None and not track.locked

    def _put(self, item: TimelineItem, track: Track) -> None:
        track.items.append(item)
        track.items.sort(key=lambda each: each._placing.start)

    def GetName(self) -> str:
        """The timeline's name."""
        return self._name

    def SetName(self, timelineName: str, /) -> bool:
        """False where the name is taken."""
        if not timelineName or any(each._name == timelineName for each in self._project._timelines):
            return False
        self._name = timelineName
        return True

    def GetUniqueId(self) -> str:
        """Unique."""
        return self._id

    def GetMediaPoolItem(self) -> Any:
        """Its own clip in the media pool."""
        return self._pool_item

    def GetSetting(self, settingName: str, /) -> Any:
        """Text; empty for an unknown name."""
        return self._settings.get(settingName, "")

    def SetSetting(self, settingName: str, settingValue: str, /) -> bool:
        """Text only. False for what is unknown, and before the timeline has settings of its own: ``useCustomSettings``.

        Only sizes are modeled. That they cannot be set before that is a guess from Resolve's own dialog.
        """
        if settingName == "useCustomSettings" and settingValue in ("0", "1"):
            self._settings[settingName] = settingValue
            return True
        own = self._settings.get("useCustomSettings") == "1"
        if not own or not settingName.startswith("timelineResolution") or not str(settingValue).isdigit():
            return False
        self._settings[settingName] = settingValue
        return True

    def DuplicateTimeline(self, timelineName: str | None = None, /) -> Timeline | None:
        """A copy with everything in it, which becomes the current one. None where the name is taken.

        Its items are others, with ids of their own (a guess, the harsher one).
        """
        made = self._project._new_timeline(timelineName or f"{self._name} copy")
        if made is None:
            return None
        made._start, made._playhead, made._settings = self._start, self._playhead, dict(self._settings)
        made._marks = {kind: dict(marks) for kind, marks in self._marks.items()}
        made._markers = {frame: dict(marker) for frame, marker in self._markers.items()}
        made._tracks = {
            kind: [replace(track, items=[item._copy(made) for item in track.items]) for track in tracks]
            for kind, tracks in self._tracks.items()
        }
        return made

    def GetStartFrame(self) -> int:
        """The record frame of the start timecode."""
        return self._start

    def GetEndFrame(self) -> int:
        """One past the last record frame of the longest track."""
        return self._end()

    def GetStartTimecode(self) -> str:
        """01:00:00:00 at first."""
        return timecode(self._start, self._rate)

    def SetStartTimecode(self, timecode: str, /) -> bool:
        """Moves everything along. False for what is no timecode."""
        start = frame_at(timecode, self._rate)
        if start is None:
            return False
        moved, self._start = start - self._start, start
        self._playhead += moved
        for tracks in self._tracks.values():
            for track in tracks:
                for item in track.items:
                    place = item._placing
                    item._placing = replace(place, start=place.start + moved)
        return True

    def GetCurrentTimecode(self) -> str | None:
        """The playhead; None on the Media and Fusion pages (README: Cut, Edit, Color, Fairlight and Deliver)."""
        return timecode(self._playhead, self._rate) if self._app.page in PLAYHEAD_PAGES else None

    def SetCurrentTimecode(self, timecode: str, /) -> bool:
        """False for what is no timecode, and on the Media and Fusion pages."""
        frame = frame_at(timecode, self._rate)
        if frame is None or self._app.page not in PLAYHEAD_PAGES:
            return False
        self._playhead = frame
        return True

    def GetCurrentVideoItem(self) -> TimelineItem | None:
        """The topmost visible clip under the playhead; None over a gap."""
        for track in reversed(self._tracks["video"]):
            item = track.at(self._playhead) if track.enabled else None
            if item is not None and item._enabled:
                return item
        return None

    def GetMarkInOut(self) -> dict[str, dict[str, int]]:
        """**Counted from the timeline's start**, not in record frames (the ledger); {} without marks."""
        return {kind: dict(marks) for kind, marks in self._marks.items()}

    def SetMarkInOut(self, mark_in: int, mark_out: int, type: str = "all", /) -> bool:
        """Stores what it is given (the ledger)."""
        if mark_in > mark_out or type not in ("video", "audio", "all"):
            return False
        for kind in ("video", "audio") if type == "all" else (type,):
            self._marks[kind] = {"in": mark_in, "out": mark_out}
        return True

    def ClearMarkInOut(self, type: str = "all", /) -> bool:
        """Always True."""
        self._marks = {kind: marks for kind, marks in self._marks.items() if type not in ("all", kind)}
        return True

    def GetTrackCount(self, trackType: str, /) -> int:
        """0 for an unknown kind."""
        return len(self._tracks.get(trackType, []))

    def AddTrack(self, trackType: str, options: Any = None, /) -> bool:
        """On top, or at ``{"index": n}`` with n from 1 to the count: what is there moves up."""
        if trackType not in KINDS:
            return False
        tracks = self._tracks[trackType]
        index = options.get("index", len(tracks) + 1) if isinstance(options, dict) else len(tracks) + 1
        if index != len(tracks) + 1 and not 1 <= index <= len(tracks):
            return False
        subtype = options.get("audioType", "mono") if isinstance(options, dict) else options or "mono"
        made = Track(f"{trackType.capitalize()} {len(tracks) + 1}", subtype if trackType == "audio" else "")
        tracks.insert(int(index) - 1, made)
        return True

    def DeleteTrack(self, trackType: str, trackIndex: int, /) -> bool:
        """With everything on it. False for the last one and for a locked one."""
        if not self._writable(trackType, trackIndex) or len(self._tracks[trackType]) == 1:
            return False
        for item in self._tracks[trackType].pop(int(trackIndex) - 1).items:
            item._gone = True
        return True

    def GetTrackName(self, trackType: str, trackIndex: int, /) -> str:
        """Empty where there is no such track."""
        track = self._track(trackType, trackIndex)
        return track.name if track else ""

    def SetTrackName(self, trackType: str, trackIndex: int, name: str, /) -> bool:
        """False where there is no such track."""
        track = self._track(trackType, trackIndex)
        if track is None or not name:
            return False
        track.name = name
        return True

    def GetTrackSubType(self, trackType: str, trackIndex: int, /) -> str:
        """Of sound: mono, stereo, …; empty otherwise."""
        track = self._track(trackType, trackIndex)
        return track.subtype if track else ""

    def GetIsTrackEnabled(self, trackType: str, trackIndex: int, /) -> bool:
        """False where there is no such track."""
        track = self._track(trackType, trackIndex)
        return track is not None and track.enabled

    def SetTrackEnable(self, trackType: str, trackIndex: int, Bool: bool, /) -> bool:
        """False where there is no such track."""
        track = self._track(trackType, trackIndex)
        if track is None:
            return False
        track.enabled = Bool
        return True

    def GetIsTrackLocked(self, trackType: str, trackIndex: int, /) -> bool:
        """False where there is no such track."""
        track = self._track(trackType, trackIndex)
        return track is not None and track.locked

    def SetTrackLock(self, trackType: str, trackIndex: int, Bool: bool, /) -> bool:
        """False where there is no such track."""
        track = self._track(trackType, trackIndex)
        if track is None:
            return False
        track.locked = Bool
        return True

    def GetItemListInTrack(self, trackType: str, index: int, /) -> list[TimelineItem] | None:
        """In the order of their record frames: the truth about what was placed. None where there is no such track."""
        track = self._track(trackType, index)
        return None if track is None else list(track.items)

    def DeleteClips(self, timelineItems: list[TimelineItem], ripple: bool = False, /) -> bool:
        """**Only on the Edit page** (the ledger); False elsewhere, on a locked track, and for what is not here.

        With ``ripple`` everything behind moves up, on every unlocked track, by the length of what went.
        """
        found = [(track, item) for item in timelineItems for track in self._all_tracks() if item in track.items]
        if self._app.page != "edit" or not found or len(found) < len(timelineItems):
            return False
        if any(track.locked for track, _ in found):
            return False
        for track, item in found:
            track.items.remove(item)
            item._gone = True
        if ripple:
            for gone in {item._placing for _, item in found}:
                self._close_gap(gone)
        return True

    def _all_tracks(self) -> list[Track]:
        return [track for tracks in self._tracks.values() for track in tracks]

    def _close_gap(self, gone: Placing) -> None:
        for item in [item for track in self._all_tracks() if not track.locked for item in track.items]:
            place = item._placing
            if place.start >= gone.end:
                start = place.start - gone.duration
                item._placing = replace(place, start=start)

    def InsertGeneratorIntoTimeline(self, generatorName: str, /) -> TimelineItem | None:
        """On track 1 at the playhead (the ledger); None when it is locked or occupied there. Solid Color only."""
        length = round(GENERATOR_SECONDS * self._rate)
        item = TimelineItem(self, None, Placing(self._playhead, length, Fraction(0), Fraction(1)), "video")
        track = self._tracks["video"][0]
        occupied = any(item._placing.overlaps(other._placing) for other in track.items)
        if generatorName != "Solid Color" or track.locked or occupied:
            return None
        self._put(item, track)
        return item

    def CreateCompoundClip(
        self, timelineItems: list[TimelineItem], clipInfo: dict[str, Any] | None = None, /
    ) -> TimelineItem | None:
        """Items of one video track become one, whose clip has no file. It plays a timeline of its own."""
        track = next((each for each in self._tracks["video"] if timelineItems and timelineItems[0] in each.items), None)
        if track is None or track.locked or any(item not in track.items for item in timelineItems):
            return None
        nested = Timeline(self._project, (clipInfo or {}).get("name", "Compound Clip 1"))
        nested._settings = dict(self._settings)
        first = min(item._placing.start for item in timelineItems)
        for item in timelineItems:
            track.items.remove(item)
            place, item._timeline = item._placing, nested
            start = place.start - first + nested._start
            item._placing = replace(place, start=start)
            nested._put(item, nested._tracks["video"][0])
        clip = self._project._pool._add(nested._name, None, "Compound")
        clip._nested = nested
        length = nested._end() - nested._start
        made = TimelineItem(self, clip, Placing(first, length, Fraction(0), Fraction(1)), "video")
        self._put(made, track)
        return made

    def CreateSubtitlesFromAudio(self, autoCaptionSettings: dict[Any, Any] | None = None, /) -> bool:
        """Studio only: in the free edition False, and the dialog is up (the ledger). It makes no subtitles here."""
        return self._app.studio_only()


def state(timeline: ApiObject) -> dict[str, Any]:
    """A timeline as data: equal before and after means nothing that an editor could see has changed."""
    assert isinstance(timeline, Timeline)
    return {
        "name": timeline._name,
        "start": timeline._start,
        "playhead": timeline._playhead,
        "settings": dict(timeline._settings),
        "marks": {kind: dict(marks) for kind, marks in timeline._marks.items()},
        "markers": {frame: dict(marker) for frame, marker in timeline._markers.items()},
        "tracks": {
            kind: [
                (track.name, track.subtype, track.enabled, track.locked, [item._data() for item in track.items])
                for track in tracks
            ]
            for kind, tracks in timeline._tracks.items()
        },
    }
