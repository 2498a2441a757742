"""Frames, rates and timecode, in exact fractions.

``Placing`` is the one place that says which source frame a record frame shows. All source frames in here count from 0,
the first frame of the file; ``first`` of a sequence and start timecode are added where they are read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

NTSC = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001)}
"""SMPTE 12M: the rates that Resolve writes with a decimal point."""


def rate(text: str) -> Fraction:
    """The exact rate of a project setting such as "24" or "29.97"."""
    return NTSC.get(text) or Fraction(text)


def shown_rate(exact: Fraction) -> float:
    """As the FPS clip property has it: three decimals at most, 29.97 for 30000/1001."""
    for text, fraction in NTSC.items():
        if exact == fraction:
            return float(text)
    return round(float(exact), 3)


def timecode(frame: int, fps: Fraction) -> str:
    """Non-drop HH:MM:SS:FF."""
    base = round(fps)
    seconds, frames = divmod(frame, base)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"


def frame_at(text: str, fps: Fraction) -> int | None:
    """The frame of a non-drop timecode; None where it is none."""
    parts = text.split(":")
    if len(parts) != 4 or not all(part.isdigit() for part in parts):
        return None
    hours, minutes, seconds, frames = map(int, parts)
    base = round(fps)
    if minutes > 59 or seconds > 59 or frames >= base:
        return None
    return (hours * 3600 + minutes * 60 + seconds) * base + frames


@dataclass(frozen=True)
class Placing:
    """Where a clip stands and what it plays.

    ``start``: first record frame. ``duration``: record frames. ``source_in``: the lowest source position that is
    played, counted from 0. ``ratio``: source frames per record frame at 100 %. ``speed``: 1 is 100 %, negative plays
    backward, 0 holds one frame. ``ramp``: stretches of (record frames, speed), forward, for a speed that changes;
    ``speed`` is then their average.
    """

    start: int
    duration: int
    source_in: Fraction
    ratio: Fraction
    speed: Fraction = Fraction(1)
    ramp: tuple[tuple[int, Fraction], ...] = ()

    @property
    def end(self) -> int:
        """One past the last record frame."""
        return self.start + self.duration

    @property
    def step(self) -> Fraction:
        """Source frames per record frame, without direction."""
        return abs(self.speed) * self.ratio

    @property
    def source_out(self) -> Fraction:
        """One past the highest source position that is played."""
        return self.source_in + (self.duration * self.step if self.speed else 1)

    def source_frame(self, record_frame: int) -> int:
        """The source frame shown at a record frame; nearest retime, the frame on screen at the record frame's start.

        Backward, the last source frame stands at the first record frame. The rounding of a real Resolve at uneven rates
        was not measured.
        """
        if self.ramp:
            return math.floor(self.source_in + self._ramped(record_frame - self.start))
        offset = (record_frame - self.start) * self.step
        if self.speed < 0:
            return math.ceil(self.source_out - offset) - 1
        return math.floor(self.source_in + offset)

    def _ramped(self, frames: int) -> Fraction:
        """Source frames that go by in so many record frames."""
        gone, passed = 0, Fraction(0)
        for length, speed in self.ramp:
            passed += max(0, min(length, frames - gone)) * speed * self.ratio
            gone += length
        return passed

    def overlaps(self, other: Placing) -> bool:
        """Whether the two share a record frame."""
        return self.start < other.end and other.start < self.end


def placed_length(source_frames: Fraction, ratio: Fraction) -> int:
    """Record frames that ``AppendToTimeline`` makes of a source range: rounded down, so often one frame short.

    The ledger: 435 frames at 24 on a 29.97 timeline made 543 (543.2), 93 frames at 29.97 on 24 made 74 (74.5).
    """
    return math.floor(source_frames / ratio)
