"""Timecode of a frame, in the two words that OpenEXR and DPX store (SMPTE ST 12-1): the time, and user bits.

The time's bytes are hours, minutes, seconds and frames in binary-coded decimal; bit 6 is the drop-frame flag.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

import OpenImageIO as oiio

Words = tuple[int, int]

_TYPED = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;.,])(\d\d)\Z")
_DROP_FRAME = 1 << 6
_UNDEFINED = 0xFFFFFFFF  # SMPTE ST 268-1: all bits set
_RATES = {Fraction(24000, 1001): 24, Fraction(24): 24, Fraction(25): 25, Fraction(30000, 1001): 30, Fraction(30): 30}
"""Frames a second, and how many timecode counts. Faster movies are left out: two frames share a number there, and the
bit that tells them apart is another one in 50 and 60 Hz systems."""


def of_header(spec: oiio.ImageSpec) -> Words | None:
    """The timecode that an EXR or DPX header states; None without one."""
    stated = spec.getattribute("smpte:TimeCode")
    if not isinstance(stated, Sequence) or isinstance(stated, str) or len(stated) != 2:
        return None
    time, user = (int(word) & 0xFFFFFFFF for word in stated)
    if time == _UNDEFINED:
        return None
    return time, 0 if spec.get_string_attribute("dpx:Version") and user == _UNDEFINED else user


def start_of(metadata: Sequence[Mapping[str, str]]) -> str:
    """The first timecode among a movie's tags, as text; empty when there is none."""
    return next((tags["timecode"] for tags in metadata if _TYPED.match(tags.get("timecode", ""))), "")


def at(start: str, rate: Fraction | None, frames: int) -> Words | None:
    """``start`` (``01:00:00:00``, or ``;`` before the frames for drop-frame) and so many ``frames`` on.

    ``rate``: the movie's frames a second. None when ``start`` is no timecode, or the rate is none that timecode counts.
    """
    typed = _TYPED.match(start)
    nominal = next((count for known, count in _RATES.items() if rate and abs(rate / known - 1) < Fraction(1, 5000)), 0)
    if not typed or not nominal:
        return None
    hours, minutes, seconds, frame = (int(typed[group]) for group in (1, 2, 3, 5))
    if hours > 23 or frame >= nominal:
        return None
    drop = typed[4] != ":" and nominal == 30
    count = ((hours * 60 + minutes) * 60 + seconds) * nominal + frame
    if drop:
        whole = hours * 60 + minutes
        count -= 2 * (whole - whole // 10)
    count += frames
    return _packed(_numbers_kept(count) if drop else count, nominal, drop), 0


def _numbers_kept(count: int) -> int:
    """The number of the ``count``-th frame: drop-frame leaves out numbers 0 and 1 of every minute but each tenth.

    So ten minutes have 17,982 frames: a first minute of 1,800, and nine of 1,798.
    """
    tens, rest = divmod(count, 17_982)
    return count + 18 * tens + (2 * (1 + (rest - 1_800) // 1_798) if rest >= 1_800 else 0)


def _packed(number: int, nominal: int, drop: bool) -> int:
    seconds, frame = divmod(number, nominal)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    time = 0
    for part in (hours % 24, minute, second, frame):
        time = time << 8 | part // 10 << 4 | part % 10
    return time | (_DROP_FRAME if drop else 0)
