"""Rates and timecodes, held to the stand-in's own arithmetic and to published values."""

from __future__ import annotations

from fractions import Fraction

import pytest
from fake_resolve import timing
from hypothesis import given
from hypothesis import strategies as st

from mattewire_resolve.timecode import exact_rate, frame_of

NTSC = {text: Fraction(whole * 1000, 1001) for text, whole in {
    "23.976": 24, "23.98": 24, "29.97": 30, "29.97 DF": 30, "47.952": 48, "47.95": 48, "59.94": 60, "59.94 DF": 60,
    "119.88": 120}.items()}  # fmt: skip


@pytest.mark.parametrize(("shown", "exact"), NTSC.items())
def test_ntsc(shown: str, exact: Fraction) -> None:
    assert exact_rate(shown) == exact


@pytest.mark.parametrize("shown", [24, 24.0, "24", "24.0", " 24 fps"])
def test_whole_rates(shown: object) -> None:
    assert exact_rate(shown) == 24


def test_other_rates() -> None:
    assert exact_rate("12.5") == Fraction(25, 2)
    assert exact_rate(23.976) == Fraction(24000, 1001)
    for wrong in ("", None, "film", 0, "0"):
        assert exact_rate(wrong) is None


@given(st.integers(0, 24 * 3600 * 24 - 1), st.sampled_from(["24", "25", "29.97", "50", "59.94"]))
def test_as_the_stand_in_counts(frame: int, text: str) -> None:
    rate = timing.rate(text)
    assert frame_of(timing.timecode(frame, rate), rate) == frame


@pytest.mark.parametrize(
    ("text", "shown", "frame"),
    [
        ("29.97", "00:00:59;29", 1799),
        ("29.97", "00:01:00;02", 1800),
        ("29.97", "00:10:00;00", 17982),
        ("29.97", "01:00:00;00", 107892),
        ("59.94", "00:01:00;04", 3600),
        ("59.94", "01:00:00;00", 215784),
        ("24", "01:00:00;00", 86400),
    ],
)
def test_drop_frame(text: str, shown: str, frame: int) -> None:
    """SMPTE ST 12-1: 17982 frames in ten minutes of 29.97, 107892 in an hour."""
    rate = timing.rate(text)
    assert frame_of(shown, rate) == frame
    assert frame_of(shown.replace(";", ":"), rate, drop=True) == frame


def test_drop_frame_as_measured() -> None:
    """A 29.97 file that begins at 04:18:37;25, cut at its frame 300: Resolve 19.1.3 read 15527.812 s, printed to the
    millisecond, and frame 300 (samuelgursky/davinci-resolve-mcp, docs/reference/api-limitations.md)."""
    rate = Fraction(30000, 1001)
    begin = frame_of("04:18:37;25", rate)
    assert begin is not None
    assert round(Fraction("15527.812") * rate - begin) == 300


@pytest.mark.parametrize("wrong", ["", None, "01:00:00", "00:60:00:00", "00:00:60:00", "00:00:00:24", "a:b:c:d"])
def test_no_timecode(wrong: object) -> None:
    assert frame_of(wrong, Fraction(24)) is None
