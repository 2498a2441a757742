"""A clip on a timeline."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from . import fusion, groups
from .markers import Colored
from .properties import Properties
from .timing import Placing


class TimelineItem(Colored):
    """``_clip``: its media pool item, None for a generator. There are no setters for where it stands or how fast it
    plays: an editor's hand does that (``fake.retime``)."""

    def __init__(self, timeline: Any, clip: Any, placing: Placing, kind: str) -> None:
        super().__init__(timeline._app)
        self._timeline = timeline
        self._clip = clip
        self._placing = placing
        self._kind = kind
        self._name = clip._own["Clip Name"] if clip else "Solid Color"
        self._enabled = True
        self._lost_at_save = False
        self._comps: list[fusion.FusionComp] = []
        self._grade = ""
        self._group: groups.ColorGroup | None = None
        self._properties = Properties(timeline._width, timeline._height) if clip and kind == "video" else None
        self._odd = timeline._app.count_item()

    def _data(self) -> dict[str, Any]:
        """Everything an editor could see of it, for comparing timelines as data."""
        place = self._placing
        return {
            "name": self._name,
            "clip": self._clip._id if self._clip else None,
            "placing": (place.start, place.duration, place.source_in, place.ratio, place.speed, place.ramp),
            "properties": dict(self._properties.values) if self._properties else {},
            "markers": {frame: dict(marker) for frame, marker in self._markers.items()},
            "color": self._color,
            "enabled": self._enabled,
            "comps": [comp._text for comp in self._comps],
            "grade": self._grade,
            "group": self._group._name if self._group else None,
        }

    def _copy(self, timeline: Any) -> TimelineItem:
        """The same on another timeline."""
        made = TimelineItem(timeline, self._clip, self._placing, self._kind)
        made._name, made._enabled, made._comps = self._name, self._enabled, list(self._comps)
        made._grade, made._group, made._color, made._odd = self._grade, self._group, self._color, self._odd
        made._markers = {frame: dict(marker) for frame, marker in self._markers.items()}
        if made._properties is not None and self._properties is not None:
            made._properties.values = dict(self._properties.values)
        return made

    def GetName(self) -> str:
        """At first the clip's."""
        return self._name

    def SetName(self, name: str, /) -> bool:
        """False for an empty name."""
        self._name = name or self._name
        return bool(name)

    def GetUniqueId(self) -> str:
        """Unique."""
        return self._id

    def GetMediaPoolItem(self) -> Any:
        """None for a generator, a title, and for a clip that was deleted from the pool."""
        return None if self._clip is None or self._clip._gone else self._clip

    def GetTrackTypeAndIndex(self) -> list[Any]:
        """["video", 1]; [] for an item that is in no track."""
        for index, track in enumerate(self._timeline._tracks[self._kind], 1):
            if self in track.items:
                return [self._kind, index]
        return []

    def GetStart(self, subframe_precision: bool = False, /) -> int | float:
        """First record frame."""
        return _number(Fraction(self._placing.start), subframe_precision)

    def GetEnd(self, subframe_precision: bool = False, /) -> int | float:
        """One past the last record frame: start and duration."""
        return _number(Fraction(self._placing.end), subframe_precision)

    def GetDuration(self, subframe_precision: bool = False, /) -> int | float:
        """Record frames."""
        return _number(Fraction(self._placing.duration), subframe_precision)

    def GetLeftOffset(self, subframe_precision: bool = False, /) -> int | float:
        """The position in the clip, in the retimed domain: source position divided by speed.

        The ledger: exactly the ``startFrame`` that was sent at 100 %; source frame 1822 at 200 % reads 911, so it says
        nothing about speed. At 100 % and uneven rates it was not measured whether it counts source or record frames:
        ``fake.left_offset`` is "source" or "record". A frozen frame gives its source frame, a backward clip what is
        left of its end, a ramp goes by the speed that it begins with (all guesses).
        """
        if self._clip is None:
            return _number(Fraction(0), subframe_precision)
        place = self._placing
        position = self._clip._frames() - place.source_out if place.speed < 0 else place.source_in
        unit = place.ratio if self._app.left_offset == "record" else 1
        speed = place.ramp[0][1] if place.ramp else abs(place.speed)
        return _number(position / (speed or 1) / unit, subframe_precision)

    def GetRightOffset(self, subframe_precision: bool = False, /) -> int | float:
        """``GetLeftOffset`` and the duration (the ledger: 1822 and 1870 for 48 frames)."""
        return self.GetLeftOffset(subframe_precision) + self._placing.duration

    def GetSourceStartFrame(self) -> int:
        """The first source frame that is played, **one too low for every second item at 100 %**.

        The ledger: "one frame off on some items"; which ones, and in which direction, is not known, so it is every
        second item placed, and ``fake.source_start_error`` says by how much. On a retimed clip the true source frame. A
        backward clip starts above its end.
        """
        place = self._placing
        if place.speed < 0:
            return self._base() + math.ceil(place.source_out) - 1
        wrong = self._odd and place.speed == 1 and place.source_in > 0
        return self._base() + math.floor(place.source_in) + (self._app.source_start_error if wrong else 0)

    def GetSourceEndFrame(self) -> int:
        """Rounded down, so exclusive at even rates and the last frame itself at uneven ones (the ledger: 392 for 300
        to 393 at 29.97 on 24). Backward: the start less the frames played (the ledger has 95 to 46 and 48 to 0, which
        no one rule gives)."""
        place = self._placing
        if place.speed < 0:
            return self.GetSourceStartFrame() - math.floor(place.duration * place.step)
        return self._base() + math.floor(place.source_in + place.duration * place.step)

    def GetSourceStartTime(self) -> float:
        """Seconds, **counted from the media's start timecode zero**, not from the head of the file (the ledger)."""
        place = self._placing
        return self._seconds(place.source_out if place.speed < 0 else place.source_in)

    def GetSourceEndTime(self) -> float:
        """As ``GetSourceStartTime``; exclusive. The difference of the two is exact."""
        place = self._placing
        played = place.duration * place.step
        return self._seconds(place.source_out - played if place.speed < 0 else place.source_in + played)

    def _base(self) -> int:
        return self._clip._first() if self._clip else 0

    def _seconds(self, position: Fraction) -> float:
        if self._clip is None:
            return 0.0
        start = self._clip._media.start if self._clip._media else 0
        return float((start + position) / self._clip._rate)

    def SetProperty(self, propertyKey: Any, propertyValue: Any = None, /) -> bool:
        """A key and a value, or a dict of them (README). False for what Resolve does not have, such as "Speed"."""
        if self._properties is None or self._locked():
            return False
        given = propertyKey if isinstance(propertyKey, dict) else {propertyKey: propertyValue}
        return bool(given) and all([self._properties.set(key, value) for key, value in given.items()])

    def GetProperty(self, propertyKey: str | None = None, /) -> Any:
        """One value, or a dict of all. None for generators and unknown keys; {} for sound."""
        if self._properties is None:
            return {} if self._kind == "audio" else None
        return dict(self._properties.values) if propertyKey is None else self._properties.values.get(propertyKey)

    def _locked(self) -> bool:
        return any(track.locked and self in track.items for track in self._timeline._tracks[self._kind])

    def SetClipEnabled(self, Bool: bool, /) -> bool:
        """False on a locked track."""
        if self._locked():
            return False
        self._enabled = Bool
        return True

    def GetClipEnabled(self) -> bool:
        """Whether it is shown."""
        return self._enabled

    def GetLinkedItems(self) -> list[TimelineItem]:
        """Sound or picture of the same placing."""
        return [
            item
            for tracks in self._timeline._tracks.values()
            for track in tracks
            for item in track.items
            if item is not self and item._clip is self._clip and item._placing == self._placing
        ]

    def CopyGrades(self, tgtTimelineItems: list[TimelineItem], /) -> bool:
        """The whole grade; here a text that ``fake.grade`` sets. It is not seen in ``fake.picture``."""
        if not tgtTimelineItems or any(item._properties is None for item in tgtTimelineItems):
            return False
        for item in tgtTimelineItems:
            item._grade = self._grade
        return True

    def GetColorGroup(self) -> Any:
        """None for a clip that is in none."""
        return self._group

    def AssignToColorGroup(self, colorGroup: Any, /) -> bool:
        """False for what is no group of this project."""
        if colorGroup not in self._app.project._groups or self._properties is None:
            return False
        self._group = colorGroup
        return True

    def RemoveFromColorGroup(self) -> bool:
        """False for a clip that is in none."""
        was, self._group = self._group, None
        return was is not None

    def AddFusionComp(self) -> Any:
        """A composition of MediaIn1 and MediaOut1."""
        return self._new_comp(fusion.EMPTY)

    def ImportFusionComp(self, path: str, /) -> Any:
        """None when the file does not open or is no composition."""
        try:
            with open(path, encoding="utf-8") as file:
                return self._new_comp(file.read())
        except OSError:
            return None

    def _new_comp(self, text: str) -> fusion.FusionComp | None:
        tools = fusion.read_tools(text) if self._properties is not None and not self._locked() else None
        if tools is None:
            return None
        comp = fusion.FusionComp(self._app, f"Composition {len(self._comps) + 1}", text, tools)
        self._comps.append(comp)
        return comp

    def GetFusionCompCount(self) -> int:
        """How many compositions the clip has."""
        return len(self._comps)

    def GetFusionCompNameList(self) -> list[str]:
        """Their names."""
        return [comp._name for comp in self._comps]

    def GetFusionCompByIndex(self, compIndex: int, /) -> Any:
        """Counted from 1; None where there is none."""
        return self._comps[compIndex - 1] if 1 <= compIndex <= len(self._comps) else None

    def GetFusionCompByName(self, compName: str, /) -> Any:
        """None where there is none."""
        return next((comp for comp in self._comps if comp._name == compName), None)

    def DeleteFusionCompByName(self, compName: str, /) -> bool:
        """False where there is none."""
        found = next((comp for comp in self._comps if comp._name == compName), None)
        if found is None:
            return False
        self._comps.remove(found)
        found._gone = True
        return True

    def CreateMagicMask(self, mode: str, /) -> bool:
        """Studio only. What it would draw is not modeled: it answers True and changes nothing."""
        return self._app.studio_only() and mode in ("F", "B", "BI")


def _number(value: Fraction, exact: bool) -> int | float:
    return float(value) if exact else math.floor(value)
