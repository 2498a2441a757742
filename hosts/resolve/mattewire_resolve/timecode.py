"""Frame rates and timecodes as Resolve writes them, as exact numbers."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Optional

_TIMECODE = re.compile(r"(\d+):(\d\d):(\d\d)([:;.])(\d+)")
_NTSC_SLACK = Fraction(1, 200)
"""Resolve writes rates with up to three decimals: 29.97 is 30000/1001 = 29.97003, 119.88 is 120000/1001."""


def exact_rate(shown: Any) -> Optional[Fraction]:
    """Frames per second of "29.97", "29.97 DF", "24" or 23.976, as a fraction; None for what is no rate.

    A rate just under a whole number is that number times 1000/1001, the NTSC rates of SMPTE ST 12-1.
    """
    found = re.match(r"\s*(\d+(?:\.\d+)?)", str(shown))
    value = Fraction(found.group(1)) if found else Fraction(0)
    if not value:
        return None
    ntsc = Fraction(-(-value.numerator // value.denominator)) * 1000 / 1001  # the next whole number, times 1000/1001
    return ntsc if value.denominator > 1 and abs(value - ntsc) < _NTSC_SLACK else value


def frame_of(timecode: Any, rate: Fraction, drop: bool = False) -> Optional[int]:
    """Frames that a timecode stands for, counted from 00:00:00:00; None for what is none.

    Drop-frame where ``drop`` says so or the frames follow a semicolon: two numbers of 30 (four of 60) are left out in
    every minute but each tenth (SMPTE ST 12-1).
    """
    found = _TIMECODE.fullmatch(str(timecode).strip())
    if not found:
        return None
    hours, minutes, seconds, frames = (int(found.group(part)) for part in (1, 2, 3, 5))
    base = -(-rate.numerator // rate.denominator)
    if minutes > 59 or seconds > 59 or frames >= base:
        return None
    counted = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if (drop or found.group(4) == ";") and base % 30 == 0 and rate.denominator == 1001:
        whole = hours * 60 + minutes
        counted -= base // 15 * (whole - whole // 10)
    return counted
