"""``AppendToTimeline`` and what an item says of itself: each trap by itself."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import footage
import pytest
from resolve_rig import opened

HOUR = 86400
Movie = Callable[..., str]


def place(fake: Any, clip: Any, first: int, end: int, at: int = HOUR, track: int = 1) -> list[Any]:
    info = {"mediaPoolItem": clip, "startFrame": first, "endFrame": end, "recordFrame": at, "trackIndex": track}
    return fake.project.GetMediaPool().AppendToTimeline([{**info, "mediaType": 1}])


def imported(fake: Any, path: str) -> Any:
    return fake.project.GetMediaPool().ImportMedia([path])[0]


def shown(fake: Any, item: Any) -> list[int]:
    """The numbers burnt into what is seen over the whole item."""
    edit = fake.project.GetCurrentTimeline()
    return [footage.number_in(fake.picture(edit, frame)) for frame in range(item.GetStart(), item.GetEnd())]


def test_end_frame_is_exclusive(fake: Any, movie: Movie) -> None:
    (item,) = place(fake, imported(fake, movie()), 5, 8)
    assert (item.GetStart(), item.GetEnd(), item.GetDuration()) == (HOUR, HOUR + 3, 3)
    assert shown(fake, item) == [5, 6, 7]


def test_overlap_is_dropped_and_comes_back_all_the_same(fake: Any, movie: Movie) -> None:
    edit = fake.project.GetCurrentTimeline()
    clip = imported(fake, movie())
    (first,) = place(fake, clip, 0, 10)
    before = fake.state(edit)
    (phantom,) = place(fake, clip, 0, 10, at=HOUR + 9)
    assert (phantom.GetStart(), phantom.GetDuration()) == (HOUR + 9, 10)  # as if it stood there
    assert phantom.GetTrackTypeAndIndex() == []
    assert edit.GetItemListInTrack("video", 1) == [first]
    assert fake.state(edit) == before
    (touching,) = place(fake, clip, 0, 10, at=HOUR + 10)
    assert edit.GetItemListInTrack("video", 1) == [first, touching]


def test_an_errored_append_is_lost_at_the_save(fake: Any, movie: Movie) -> None:
    edit = fake.project.GetCurrentTimeline()
    clip = imported(fake, movie())
    fake.append_error = True
    assert place(fake, clip, 0, 4) == []
    fake.append_error = False
    (kept,) = place(fake, clip, 0, 4, at=HOUR + 4)
    assert len(edit.GetItemListInTrack("video", 1)) == 2
    assert fake.manager.SaveProject() is True
    assert edit.GetItemListInTrack("video", 1) == [kept]


@pytest.mark.parametrize(
    ("clip_rate", "source", "record"),
    [("24", 24, 24), ("29.97", 93, 74), ("25", 26, 24), ("59.94", 60, 24), ("30", 50, 40)],
)
def test_uneven_rates_round_down(movie: Movie, clip_rate: str, source: int, record: int) -> None:
    fake = opened()
    (item,) = place(fake, imported(fake, movie(frames=source + 2, fps=clip_rate)), 0, source)
    assert item.GetDuration() == record


@pytest.mark.parametrize("clip_rate", ["24", "25", "29.97", "59.94"])
def test_each_record_frame_shows_the_frame_of_its_moment(movie: Movie, clip_rate: str) -> None:
    fake = opened()
    (item,) = place(fake, imported(fake, movie(frames=40, fps=clip_rate)), 3, 38)
    ratio = (footage.RATES.get(clip_rate) or Fraction(clip_rate)) / 24
    assert shown(fake, item) == [3 + int(offset * ratio) for offset in range(item.GetDuration())]


def test_speed_backward_and_frozen(fake: Any, movie: Movie) -> None:
    (item,) = place(fake, imported(fake, movie()), 4, 10)
    fake.retime(item, 200)
    assert shown(fake, item) == [4, 6, 8, 10, 12, 14]
    fake.retime(item, 50)
    assert shown(fake, item) == [4, 4, 5, 5, 6, 6]
    fake.retime(item, -100)
    assert shown(fake, item) == [9, 8, 7, 6, 5, 4]
    fake.retime(item, -50)
    assert shown(fake, item) == [6, 6, 5, 5, 4, 4]
    fake.retime(item, 0, source_in=7)
    assert shown(fake, item) == [7] * 6
    with pytest.raises(ValueError, match="more than its file has"):
        fake.retime(item, 800)
    assert shown(fake, item) == [7] * 6


def test_speed_is_read_from_the_source_span_only(fake: Any, movie: Movie) -> None:
    (item,) = place(fake, imported(fake, movie()), 8, 14)
    fake.retime(item, 200)
    assert (item.GetSourceStartFrame(), item.GetSourceEndFrame()) == (8, 20)
    assert (item.GetLeftOffset(), item.GetRightOffset()) == (4, 10)  # blind for speed
    fake.retime(item, -100)
    assert item.GetSourceStartFrame() > item.GetSourceEndFrame()
    assert item.GetSourceStartTime() - item.GetSourceEndTime() == pytest.approx(6 / 24)
    assert item.GetProperty("Speed") is None
    assert item.SetProperty("Speed", 50) is False


def test_source_start_is_one_off_on_some_items(fake: Any, movie: Movie) -> None:
    clip = imported(fake, movie())
    items = [place(fake, clip, 5, 8, at=HOUR + 10 * number)[0] for number in range(4)]
    assert [item.GetSourceStartFrame() for item in items] == [5, 4, 5, 4]
    assert [item.GetLeftOffset() for item in items] == [5, 5, 5, 5]
    assert [shown(fake, item)[0] for item in items] == [5, 5, 5, 5]


def test_source_end_at_even_and_uneven_rates(movie: Movie) -> None:
    """The ledger's own number: 93 frames at 29.97 on a 24 timeline end on the last frame, not after it."""
    fake = opened()
    (even,) = place(fake, imported(fake, movie("even.mov", frames=100)), 0, 93)
    assert even.GetSourceEndFrame() == 93
    (uneven,) = place(fake, imported(fake, movie("uneven.mov", frames=100, fps="29.97")), 0, 93, at=HOUR + 100)
    assert uneven.GetSourceEndFrame() == 92


def test_left_offset_at_uneven_rates_has_two_readings(movie: Movie) -> None:
    fake = opened()
    (item,) = place(fake, imported(fake, movie(fps="48")), 10, 20)
    assert item.GetLeftOffset() == 10
    fake.left_offset = "record"
    assert item.GetLeftOffset() == 5
    assert item.GetLeftOffset(True) == 5.0


def test_source_times_count_from_timecode_zero(fake: Any, movie: Movie) -> None:
    clip = imported(fake, movie(timecode="04:18:37:12"))
    (item,) = place(fake, clip, 6, 12)
    start = 4 * 3600 + 18 * 60 + 37 + 12 / 24
    assert item.GetSourceStartTime() == pytest.approx(start + 6 / 24)
    assert item.GetSourceEndTime() == pytest.approx(start + 12 / 24)
    assert clip.GetClipProperty("Start TC") == "04:18:37:12"


@pytest.mark.parametrize(("counted", "first"), [("from zero", 2), ("file numbers", 1003)])
def test_a_sequence_counts_from_zero_or_by_its_files(fake: Any, tmp_path: Path, counted: str, first: int) -> None:
    fake.sequence_frames = counted
    pattern = footage.write_sequence(tmp_path / "plate", 1001, 1008)
    (clip,) = fake.project.GetMediaPool().ImportMedia([{"FilePath": pattern, "StartIndex": 1001, "EndIndex": 1008}])
    (item,) = place(fake, clip, first, first + 3)
    assert shown(fake, item) == [1003 % 256, 1004 % 256, 1005 % 256]
    assert item.GetLeftOffset() == 2
    assert item.GetSourceStartFrame() == first
    assert place(fake, clip, 5000, 5003, at=HOUR + 10) == []


def test_errors_are_empty_not_exceptions(fake: Any, movie: Movie) -> None:
    edit = fake.project.GetCurrentTimeline()
    clip = imported(fake, movie())
    before = fake.state(edit)
    assert place(fake, clip, 0, 4, track=2) == []  # no such track
    assert place(fake, clip, 0, 4, at=0) == []  # before the timeline's start
    assert place(fake, None, 0, 4) == []
    assert place(fake, clip, "0", 4) == []  # type: ignore[arg-type]
    edit.SetTrackLock("video", 1, True)
    assert place(fake, clip, 0, 4) == []
    edit.SetTrackLock("video", 1, False)
    assert fake.state(edit) == before
    assert fake.project.GetMediaPool().DeleteTimelines([edit]) is True
    assert place(fake, clip, 0, 4) is None


def test_picture_and_sound_are_placed_together(fake: Any, movie: Movie, tmp_path: Path) -> None:
    edit, pool = fake.project.GetCurrentTimeline(), fake.project.GetMediaPool()
    both = imported(fake, movie(sound=True))
    (item,) = pool.AppendToTimeline([both])
    (sound,) = item.GetLinkedItems()
    assert sound.GetTrackTypeAndIndex() == ["audio", 1]
    assert sound.GetProperty() == {}
    (voice,) = pool.AppendToTimeline([imported(fake, footage.write_sound(tmp_path / "voice.wav"))])
    assert voice.GetTrackTypeAndIndex() == ["audio", 1]
    assert (voice.GetStart(), voice.GetDuration()) == (HOUR + 24, 24)  # one second, at the project's rate
    assert [len(edit.GetItemListInTrack(kind, 1)) for kind in ("video", "audio")] == [1, 2]
