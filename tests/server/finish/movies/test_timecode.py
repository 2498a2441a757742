"""Packed timecode to text, for every rate that timecode counts."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mattewire_server.finish.movies.timecode import timecode_text

FILM, PAL, NTSC = Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001)
DROP = 1 << 6


@pytest.mark.parametrize(
    ("bits", "fps", "text"),
    [
        (0x01020304, Fraction(24), "01:02:03:04"),
        (0x23595923, FILM, "23:59:59:23"),
        (0x10000024, PAL, "10:00:00:24"),
        (0x00010029, NTSC, "00:01:00:29"),
        (0x00010002 | DROP, NTSC, "00:01:00;02"),
        (0x00100000 | DROP, NTSC, "00:10:00;00"),
        (0x81828384, Fraction(24), "01:02:03:04"),  # the field mark and group flags beside the digits
    ],
)
def test_what_the_bits_say(bits: int, fps: Fraction, text: str) -> None:
    assert timecode_text((bits, 0), fps) == text


@pytest.mark.parametrize(
    ("bits", "fps"),
    [
        (0x01000024, Fraction(24)),  # there are frames 0-23
        (0x24000000, PAL),
        (0x00600000, PAL),
        (0x00006000, PAL),
        (0x0000000A, Fraction(24)),  # no decimal
        (0x3F7F7F3F, Fraction(30)),
        (0x01020304, Fraction(48)),
        (0x01020304 | DROP, PAL),
        (0x00010001 | DROP, NTSC),  # dropped
    ],
)
def test_what_does_not_exist_is_left_out(bits: int, fps: Fraction) -> None:
    assert timecode_text((bits, 0), fps) == ""


def test_drop_frame_has_17982_numbers_in_ten_minutes() -> None:
    def decimals(value: int) -> int:
        return value // 10 << 4 | value % 10

    packed = [
        (decimals(minute) << 16 | decimals(second) << 8 | decimals(frame) | DROP, 0)
        for minute in range(10)
        for second in range(60)
        for frame in range(30)
    ]
    assert sum(timecode_text(one, NTSC) != "" for one in packed) == 17_982
