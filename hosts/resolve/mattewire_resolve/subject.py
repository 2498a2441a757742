"""What would be masked: the clip under the playhead, its source frame there, and what Detect has found on it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, Dict, List, Optional, Set, Tuple

from mattewire_protocol.errors import BadField, MattewireError
from mattewire_protocol.messages import Detected, Detection

from . import clips
from .api import reading
from .api.connection import Host
from .api.reading import Spot
from .clips import Clip
from .picture import Picture
from .settings import CHOSEN, IN_OUT, TRACK, Settings
from .timecode import frame_of

ROWS = 6
"""Clips of the track that are offered to be ticked: those nearest to the playhead."""
LETTERS = 30
"""Of a clip's name beside its tick."""


class Subject:
    """``clip``: under the playhead; None with ``problem``, the reason why there is none to mask.

    ``frame``: the source frame under the playhead. ``neighbors``: clips of its track, to be ``ticked`` by unique id;
    ``begins``: the timecode that each of them begins at.
    ``found``: of the last Detect, with ``kept``, the objects' numbers.
    """

    def __init__(self) -> None:
        self.clip: Optional[Clip] = None
        self.problem: Optional[MattewireError] = None
        self.frame: Optional[int] = None
        self.timecode = ""
        self.found: Optional[Detected] = None
        self.kept: Set[int] = set()
        self.picture = Picture()
        self.neighbors: List[Spot] = []
        self.begins: Dict[str, str] = {}
        self.ticked: Set[str] = set()
        self._rendered: Dict[str, Clip] = {}
        self._asked: Optional[Tuple[str, int, Settings]] = None

    # --- the clip ------------------------------------------------------------------------------------------

    def look(self, host: Host) -> None:
        """Reads the timeline: a few dozen calls into Resolve, so not at every tick. Raises nothing."""
        try:
            spot = clips.spot_under_playhead(host)
            self.neighbors = _around(host, spot)
            self.begins = _timecodes(host, self.neighbors)
            self.clip, self.problem = self._read(host, spot), None
            self.frame = clips.keyframe(host, self.clip)
            self.timecode = str(host.timeline().GetCurrentTimecode() or "")
        except MattewireError as problem:
            self.clip, self.frame, self.problem = None, None, problem
        if self.clip is None or (self._asked is not None and self.clip.file != self._asked[0]):
            self.forget()

    def _read(self, host: Host, spot: Spot) -> Clip:
        """The clip that stands there, or what was rendered of it, while it stands where it stood then."""
        rendered = self._rendered.get(spot.item_id)
        if rendered is not None and (rendered.start, rendered.end) == (spot.start, spot.end):
            return replace(rendered, track=spot.track)
        return clips.of_spot(host, spot)

    def take(self, clip: Clip) -> None:
        """A clip that was rendered; from here on it stands for the one that cannot be read."""
        self._rendered[clip.item_id] = clip
        self.clip, self.problem = clip, None

    @property
    def must_render(self) -> bool:
        """Whether rendering through Resolve is the way out of ``problem``."""
        return self.problem is not None and clips.must_render(self.problem)

    def tick(self, row: int) -> None:
        """Chooses a clip of the track for the range, or no longer."""
        if row < len(self.neighbors):
            self.ticked ^= {self.neighbors[row].item_id}

    def chosen(self, host: Host, wanted: str) -> List[Clip]:
        """The clips of a range; see ``settings.RANGES``. Raises ``MattewireError`` for what cannot be masked."""
        if self.clip is None:
            raise self.problem or BadField("There is no clip under the playhead.", field="plate")
        if wanted == IN_OUT:
            return clips.in_out(host, self.clip.track)
        if wanted == TRACK:
            return clips.on_track(host, self.clip.track)
        if wanted == CHOSEN:
            if not self.ticked:
                raise BadField("No clip is ticked.", field="clips", advice="Tick the clips to mask, below the range.")
            return clips.selected(host, sorted(self.ticked))
        return [self.clip]

    # --- what was found ------------------------------------------------------------------------------------

    def asked(self, settings: Settings) -> None:
        """Detect begins: its answer is for this clip, this frame and these words."""
        assert self.clip is not None
        assert self.frame is not None
        self._asked = (self.clip.file, self.frame, settings)

    def take_found(self, found: Detected, jpeg: bytes) -> None:
        """The answer. What is picked by itself is kept at first."""
        if self._asked is None:  # the playhead went to another clip meanwhile
            return
        self.found = found
        self.kept = self._picked()
        self.picture.show(jpeg, found, self.kept, self.clip.pixel_aspect if self.clip is not None else 1.0)

    def toggle(self, row: int) -> None:
        """Keeps or drops the match of a row."""
        if self.found is not None and row < len(self.matches):
            self.kept ^= {self.matches[row].object}
            self.picture.mark(self.found, self.kept)

    def changed(self, settings: Settings) -> None:
        """Boxes of other words say nothing any more."""
        if self._asked is not None and _looked_for(self._asked[2]) != _looked_for(settings):
            self.forget()

    def forget(self) -> None:
        self.found, self.kept, self._asked = None, set(), None
        self.picture.clear()

    @property
    def matches(self) -> List[Detection]:
        return list(self.found.objects) if self.found is not None else []

    @property
    def keyframe(self) -> Optional[int]:
        """The frame that was looked at, while its boxes are shown: they are that frame's. Else the playhead's."""
        return self._asked[1] if self.found is not None and self._asked is not None else self.frame

    def numbers(self) -> Tuple[int, ...]:
        """The kept boxes' numbers, where the artist chose otherwise than ``pick`` would. ``BadField`` for none."""
        if self.found is None or not self.matches:
            return ()
        if not self.kept:
            raise BadField("Every box is dropped.", field="boxes", advice="Keep the box of what to mask.")
        return () if self.kept == self._picked() else tuple(sorted(self.kept))

    def _picked(self) -> Set[int]:
        """What would be masked if the artist kept and dropped nothing."""
        every = self._asked is not None and self._asked[2].pick == "all"
        return {match.object for match in self.matches if match.picked or every}

    # --- in words ------------------------------------------------------------------------------------------

    def neighbor_line(self, row: int) -> str:
        """A clip that can be ticked: its name alone would not tell two uses of a file apart."""
        spot = self.neighbors[row]
        return f"{_fitting(spot.name)}, {self.begins.get(spot.item_id, '')}"

    def headline(self) -> str:
        if self.problem is not None:
            return " ".join(part for part in (self.problem.message, self.problem.advice) if part)
        if self.clip is None:
            return "Put the playhead on a clip."
        count = self.clip.end - self.clip.start + 1
        return f"{self.clip.name} on V{self.clip.track}, {count} {'frame' if count == 1 else 'frames'}"

    def keyframe_line(self) -> str:
        if self.clip is None or self.keyframe is None:
            return ""
        if self.found is not None and self.keyframe != self.frame:
            return f"Keyframe: source frame {self.keyframe}, which was looked at."
        return f"Keyframe: source frame {self.keyframe}, under the playhead, {self.timecode}."

    def found_line(self, room: int) -> str:
        """``room``: how many boxes have a row."""
        if self.found is None:
            return ""
        if not self.matches:
            return f"Nothing on frame {self.found.frame} matches. Try other words, or another frame."
        more = len(self.matches) - room
        rest = f" {more} more are not listed: say more exactly what to mask." if more > 0 else ""
        return f"Frame {self.found.frame}: ticked boxes are masked.{rest}"


def _around(host: Host, spot: Spot) -> List[Spot]:
    """The clips of its track nearest to ``spot``, in the order of the timeline."""
    near = sorted(reading.spots(host.timeline(), spot.track), key=lambda each: abs(each.start - spot.start))
    return sorted(near[:ROWS], key=lambda each: each.start)


def _timecodes(host: Host, spots: List[Spot]) -> Dict[str, str]:
    """By unique id, as the timeline's ruler shows them."""
    timeline = host.timeline()
    return {spot.item_id: timecode_at(timeline, spot.start) for spot in spots}


def timecode_at(timeline: Any, record: int) -> str:
    """Of a record frame, as the timeline's ruler shows it."""
    rate = reading.rate_of(timeline)
    drop = str(timeline.GetSetting("timelineDropFrameTimecode")) == "1"
    zero = frame_of(timeline.GetStartTimecode(), rate, drop) or 0
    return timecode(zero + record - int(timeline.GetStartFrame()), rate, drop)


def timecode(frame: int, rate: Fraction, drop: bool = False) -> str:
    """A count of frames as hours, minutes, seconds and frames: what ``timecode.frame_of`` reads back.

    Drop-frame leaves out two numbers of 30, four of 60, in every minute but each tenth (SMPTE ST 12-1).
    """
    base = -(-rate.numerator // rate.denominator)
    if drop and base % 30 == 0 and rate.denominator == 1001:
        out = base // 15
        tens, rest = divmod(frame, 600 * base - 9 * out)
        frame += 9 * out * tens + out * max(0, (rest - out) // (60 * base - out))
    minutes, seconds = divmod(frame // base, 60)
    mark = ";" if drop else ":"
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{mark}{frame % base:02d}"


def _fitting(name: str) -> str:
    """A tick's text does not wrap."""
    return name if len(name) <= LETTERS else name[: LETTERS - 1].rstrip() + "…"


def _looked_for(settings: Settings) -> Tuple[str, ...]:
    return settings.prompt, settings.exclude, settings.pick, settings.engine
