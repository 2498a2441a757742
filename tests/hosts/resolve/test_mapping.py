"""From a clip's begin and end in its file to every frame in between, over random rates, speeds and places."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import footage
import pytest
from fake_resolve.timing import Placing, rate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from resolve_rig import opened

from mattewire_protocol.errors import BadField
from mattewire_resolve.api import reading
from mattewire_resolve.api.reading import Media, Played
from mattewire_resolve.mapping import RENDER, mapped

RATES = ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"]
LONG = 500_000
"""Frames in the file: more than two hours at 60."""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """A fake and a clip in its pool, which tests make as long and as fast as they want."""
    fake = opened("24")
    path = footage.write_movie(tmp_path_factory.mktemp("movie") / "clip.mov", 2, "24")
    (clip,) = fake.project.GetMediaPool().ImportMedia([path])
    fake.project.GetMediaPool().AppendToTimeline([{"mediaPoolItem": clip, "startFrame": 0, "endFrame": 2}])
    return fake, clip


def speeds() -> st.SearchStrategy[Fraction]:
    """As an inspector takes them: two decimals of a percent, and freeze frames."""
    percent = st.one_of(st.just(10000), st.integers(100, 80000), st.integers(-80000, -100), st.just(0))
    return percent.map(lambda hundredths: Fraction(hundredths, 10000))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    clip_rate=st.sampled_from(RATES),
    timeline_rate=st.sampled_from(RATES),
    speed=speeds(),
    begin=st.integers(10, LONG // 2),
    trimmed=st.integers(0, 50),
    duration=st.integers(1, 400),
    head=st.sampled_from([0, 86400, 5_000_000]),
    odd=st.booleans(),
    left_offset=st.sampled_from(["source", "record"]),
)
def test_as_the_stand_in_plays(
    shelf: tuple[Any, Any],
    clip_rate: str,
    timeline_rate: str,
    speed: Fraction,
    begin: int,
    trimmed: int,
    duration: int,
    head: int,
    odd: bool,
    left_offset: str,
) -> None:
    """``trimmed``: record frames cut off at the head, which puts the begin between two source frames."""
    fake, clip = shelf
    ratio = rate(clip_rate) / rate(timeline_rate)
    clip._rate = rate(clip_rate)
    clip._media = dataclasses.replace(clip._media, rate=rate(clip_rate), frames=LONG, start=head)
    edit = fake.project.GetCurrentTimeline()
    edit._settings["timelineFrameRate"] = timeline_rate
    (item,) = edit.GetItemListInTrack("video", 1)
    item._placing = Placing(86400, duration, begin + trimmed * ratio * abs(speed), ratio, speed)
    item._odd, fake.left_offset = odd, left_offset
    (spot,) = reading.spots(edit, 1)
    media = reading.media_of(spot)
    assert media is not None
    media = dataclasses.replace(media, start=head)  # a timecode has no more than a day
    found = mapped("clip", reading.played(spot), media, (1, LONG), 86400, 86400 + duration - 1, rate(timeline_rate))
    assert found.speed == speed
    for record in found.frames.host_frames:
        assert found.frames.plate(record) == fake.source_frame(item, record) + 1


def media_at(fps: str = "24", first: int = 0, start: int = 0) -> Media:
    return Media("", "Video", "/plate.mov", rate(fps), 200, first, start, 0, 0, 1.0, "", "", True)


def told(played: Played, media: Media, duration: int, files: tuple[int, int] = (1, 200)) -> dict[int, int]:
    found = mapped("clip", played, media, files, 0, duration - 1, Fraction(24))
    return {record: found.frames.plate(record) for record in found.frames.host_frames}


def test_seconds_printed_to_the_millisecond() -> None:
    """At even rates an edit lies on a frame, so that coarse seconds do no harm."""
    played = Played(33, 57, 1.375 + 0.0004, 2.375 - 0.0004, 33.0)
    assert told(played, media_at(), 24) == {record: record + 34 for record in range(24)}


def test_a_speed_close_to_all_of_it_is_no_hundred_percent() -> None:
    """99.8 % shows another frame than 100 % from the second one on."""
    played = Played(20, 59, 20 / 24, (20 + 40 * 0.998) / 24, 20 / 0.998)
    found = told(played, media_at(), 40)
    assert [found[n] for n in (0, 1, 39)] == [21, 21, 59]
    odd = Played(20, 59, 20 / 24, (20 + 40 * 0.99817) / 24, 20 / 0.99817)
    with pytest.raises(BadField, match="no round percentage"):
        told(odd, media_at(), 40)


def test_backward_from_the_lower_edge() -> None:
    """Whether the seconds of a backward clip begin at its first frame's far edge or at the near one was not measured:
    the source frame says which."""
    far, near = Played(95, 71, 96 / 24, 72 / 24, 0.0), Played(95, 71, 95 / 24, 71 / 24, 0.0)
    assert told(far, media_at(), 24) == told(near, media_at(), 24) == {n: 96 - n for n in range(24)}


def test_seconds_from_the_head_of_the_file() -> None:
    """Should a version count so, the source frame shows it."""
    assert told(Played(30, 40, 30 / 24, 40 / 24, 30.0), media_at(start=86400), 10)[0] == 31


@pytest.mark.parametrize(
    ("played", "duration", "saying"),
    [
        (None, 24, "does not say which frames clip plays"),
        (Played(0, 0, 0.0, 0.0, 0.0), 24, "as with clips of imported timelines"),
        (Played(0, 0, 5.0, 5.0, 5.0), 24, "as with clips of imported timelines"),
        (Played(40, 64, 30 / 24, 54 / 24, 30.0), 24, "two different things about where clip begins"),
        (Played(30, 64, 30 / 24, 64.1 / 24, 30.0), 24, "is not constant, or no round percentage (142.1 %"),
        (Played(30, 60, 30 / 24, 60 / 24, 60.0), 24, "changes within the clip"),
        (Played(190, 214, 190 / 24, 214 / 24, 190.0), 24, "the frames 191-214 of a file that has 1-200"),
    ],
)
def test_refusals(played: Played | None, duration: int, saying: str) -> None:
    with pytest.raises(BadField) as refusal:
        mapped("clip", played, media_at(), (1, 200), 0, duration - 1, Fraction(24))
    assert saying in refusal.value.message
    assert refusal.value.field == RENDER
    assert "Render through Resolve" in refusal.value.advice


def test_a_clip_without_a_rate() -> None:
    with pytest.raises(BadField, match="does not say"):
        mapped(
            "clip", Played(0, 4, 0.0, 1.0, 0.0), dataclasses.replace(media_at(), rate=None), (1, 9), 0, 3, Fraction(24)
        )


def test_one_frame() -> None:
    assert told(Played(7, 8, 7 / 24, 8 / 24, 7.0), media_at(), 1) == {0: 8}
    assert told(Played(7, 7, 7 / 24, 7 / 24, 7.0), media_at(), 1) == {0: 8}
    assert told(Played(7, 7, 7 / 24, 7 / 24, 7.0), media_at(), 3) == {0: 8, 1: 8, 2: 8}
