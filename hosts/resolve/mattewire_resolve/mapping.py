"""Which source frame a clip shows at each of its record frames.

No call says so, and none tells a clip's speed (measured; see ``api.reading``). What is known is where the played part
of the file begins and ends, in seconds of the file's own timecode, exact also where rates differ; and how many record
frames it fills. From these two follow speed and direction. The other calls are asked as witnesses: the source frames
may be one off on clips at 100 %, the offset on the left counts in the retimed clip. Where they disagree the clip is
refused, for a matte one frame off is worse than none.

Positions count source frames from 0, the first of the file, as exact fractions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Optional, Tuple

from mattewire_panel.frames import FrameMap
from mattewire_protocol.errors import BadField

from .api.reading import Media, Played

RENDER = "plate.render"
"""The field of an error that rendering the clip through Resolve is the way out of."""
RENDER_ADVICE = "Press Render through Resolve: it renders just this clip's frames, and the matte is made from those."

_SNAP = Fraction(1, 10_000_000)
"""Source frames. Seconds come as doubles: an hour into a file at 60 they are exact to some 5e-11 frames."""
_DENOMINATOR = 100_000
_FRAME_SNAP = Fraction(1, 15)
"""Source frames that an edit may seem to lie off a whole frame at even rates and 100 %, where it cannot: seconds that
are rounded to the millisecond, at 60."""
_PERCENT = Fraction(1, 10_000)
"""Speeds that the inspector takes: two decimals of a percent."""


@dataclass(frozen=True)
class Mapped:
    """``frames``: record frame to source frame in the file's own numbers. ``speed``: 1 is 100 %, negative backward, 0 a
    freeze frame."""

    frames: FrameMap
    speed: Fraction


def mapped(
    name: str,
    played: Optional[Played],
    media: Media,
    files: Tuple[int, int],
    start: int,
    end: int,
    timeline_rate: Fraction,
) -> Mapped:
    """The frames of the clip called ``name`` at record frames ``start`` to ``end``, both included.

    ``files``: the file's own numbers of its first and last frame. Raises ``BadField`` for what cannot be told.
    """
    if played is None or media.rate is None:
        raise _untold(f"Resolve does not say which frames {name} plays.")
    duration, ratio = end - start + 1, media.rate / timeline_rate
    span = (Fraction(played.end_time) - Fraction(played.start_time)) * media.rate
    if not span and not played.start_frame and not played.end_frame and duration > 1:
        raise _untold(f"Resolve does not say which frames {name} plays, as with clips of imported timelines.")
    even = duration * ratio
    near = ratio == 1 and abs(abs(span) - even) < _FRAME_SNAP
    told = Fraction(played.start_time) * media.rate - media.start
    speed = _speed(name, span, even, played.left_offset, told, near)
    bases = tuple(dict.fromkeys((0, media.first)))  # of an image sequence: from 0, or the numbers of its files
    position = _position(name, played, media.start, media.rate, bases, speed, ratio)
    if speed > 0 and speed != 1 and not _offset_agrees(played.left_offset, position, speed, ratio):
        raise _untold(f"The speed of {name} changes within the clip, and Resolve does not say how.")
    first, last = files
    shown = {start + n: first + _at(position, speed * ratio, n) for n in range(duration)}
    lowest, highest = min(shown.values()), max(shown.values())
    if lowest < first or highest > last:
        raise _untold(f"{name} would show the frames {lowest}-{highest} of a file that has {first}-{last}.")
    return Mapped(FrameMap.of_pairs(shown), speed)


def _at(position: Fraction, step: Fraction, n: int) -> int:
    """The source frame, from 0, at record frame number ``n`` of the clip: the one on screen at the frame's start.

    Backward, ``position`` is the upper edge of what is played, and its last frame comes first.
    """
    if step < 0:
        return math.ceil(position + n * step) - 1
    return math.floor(position + n * step)


def _speed(name: str, span: Fraction, even: Fraction, left_offset: float, position: Fraction, near: bool) -> Fraction:
    """A percentage that somebody may have typed, from the source frames played and those that 100 % would play.

    ``near``: so close to 100 %, at even rates, that seconds rounded to the millisecond would do it. There the offset on
    the left decides, which is the position at 100 % and the position divided by the speed otherwise.
    """
    exact, whole = span / even, Fraction(1 if span > 0 else -1)
    typed = round(exact / _PERCENT) * _PERCENT
    is_typed = abs(typed - exact) * even < _SNAP * 10
    off = abs(left_offset - float(position))
    if is_typed:
        hundred = near and whole > 0 and off < abs(left_offset * float(typed) - float(position))
        return whole if hundred else typed
    if near and (whole < 0 or off < _FRAME_SNAP / 2):
        return whole
    raise _untold(
        f"The speed of {name} is not constant, or no round percentage ({float(exact * 100):.4g} % on average)."
    )


def _position(
    name: str, played: Played, head: int, rate: Fraction, bases: Tuple[int, ...], speed: Fraction, ratio: Fraction
) -> Fraction:
    """Where playing begins: the lower edge of the first frame, backward the upper edge of the last one.

    Seconds count from timecode zero, not from the head of the file (measured, also in drop-frame timecode); that they
    might count from the head elsewhere is tried last. ``bases``: what the source frames may count from.
    """
    told = Fraction(played.start_time) * rate
    for zero in dict.fromkeys((head, 0)):
        position = _snapped(told - zero, even=ratio == 1 and abs(speed) == 1)
        near = (_near(position, played.start_frame - base, speed) for base in bases)
        answers = {answer for answer in near if answer is not None and answer >= 0}
        if len(answers) == 1:
            return answers.pop()
        if answers:
            break  # backward, a sequence from 1: a frame apart, and nothing says which
    raise _untold(f"Resolve says two different things about where {name} begins in its file.")


def _near(position: Fraction, witness: int, speed: Fraction) -> Optional[Fraction]:
    """``position`` where the source frame ``witness`` bears it out, else None.

    Forward the witness is one off on some clips (measured). Backward it is the true first frame, and says whether the
    seconds mean that frame's upper edge or its lower one, which was not measured.
    """
    if speed < 0:
        if math.ceil(position) - 1 == witness:
            return position
        return position + 1 if math.floor(position) == witness else None
    return position if abs(math.floor(position) - witness) <= 1 else None


def _snapped(position: Fraction, even: bool) -> Fraction:
    """Without the noise of a double; ``even``: an edit cannot lie inside of a frame."""
    if even and abs(position - round(position)) < _FRAME_SNAP:
        return Fraction(round(position))
    simple = position.limit_denominator(_DENOMINATOR)
    return simple if abs(simple - position) < _SNAP else position


def _offset_agrees(left: float, position: Fraction, speed: Fraction, ratio: Fraction) -> bool:
    """Whether the offset in the retimed clip is the position divided by the speed, as it is at a constant speed.

    Whether it counts source or record frames at uneven rates was not measured: both are taken.
    """
    return any(
        abs(left * float(speed * unit) - float(position)) <= max(1.0, float(speed * unit)) for unit in (1, ratio)
    )


def _untold(message: str) -> BadField:
    return BadField(message, field=RENDER, advice=RENDER_ADVICE)
