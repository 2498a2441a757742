"""What both writers lay on a timeline: where the frames are, which of them, and how fast they run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction

from mattewire_protocol.errors import BadField

from ..patterns import Pattern, has_counter, parse_pattern

ALPHA, GRAY = "alpha", "gray"
"""Where a matte lies: in its own alpha, over its own color, or as gray that another picture is seen through."""

_NTSC = Fraction(1000, 1001)
_CLOSE = 0.001
"""Frames per second; 23.976 and 23.98 both stand for 24000/1001, and 24 for itself."""
_FASTEST = 1000


@dataclass(frozen=True)
class Media:
    """A sequence or a movie. ``first``/``last``: its frames on disk, both included; a movie's first is 1."""

    path: str
    first: int
    last: int

    @property
    def is_sequence(self) -> bool:
        return has_counter(os.path.basename(self.path))

    @property
    def pattern(self) -> Pattern:
        """Of a sequence. ``BadPattern`` for a movie."""
        return parse_pattern(self.path)

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class TimelineShot:
    """``first``/``last``: the frames that are shown, the plate's own numbers, both included.

    ``rate``: frames per second. ``width``, ``height``: pixels of the display window; ``pixel_aspect``: of each.
    ``plate``: as it was read; ``proxy``: a stand-in for editors that cannot. ``matte``: what the job made, frame for
    frame with the plate; ``lies_in``: ``alpha`` or ``gray``.
    """

    name: str
    first: int
    last: int
    rate: Fraction
    width: int
    height: int
    plate: Media
    matte: Media
    lies_in: str
    pixel_aspect: float = 1.0
    proxy: Media | None = None

    def __post_init__(self) -> None:
        for media in (self.plate, self.matte, *([self.proxy] if self.proxy is not None else [])):
            if media.first > self.first or media.last < self.last:
                raise BadField(
                    f"{media.name} has the frames {media.first}-{media.last}, not all of {self.first}-{self.last}.",
                    field="frames",
                    advice="Give one that is as long as the mattes, frame for frame.",
                )

    @property
    def count(self) -> int:
        return self.last - self.first + 1


def exact_rate(fps: float, field: str = "--fps") -> Fraction:
    """A rate as editors mean it: 23.976, 23.98 and 29.97 are 24000/1001 and 30000/1001 exactly, 12.5 is 25/2.

    SMPTE ST 12-1 has the NTSC rates as 1000/1001 of a whole number. ``BadField`` for what is no rate.
    """
    if not 0 < fps <= _FASTEST:
        raise BadField(f"{fps:g} is no rate.", field=field, advice="Give frames per second, such as 24 or 23.976.")
    if abs(fps - round(fps)) < _CLOSE:
        return Fraction(round(fps))
    slowed = round(fps / float(_NTSC)) * _NTSC
    if abs(fps - float(slowed)) < 5 * _CLOSE:
        return slowed
    return Fraction(fps).limit_denominator(1001)
