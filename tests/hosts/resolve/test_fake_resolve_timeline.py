"""Tracks, the playhead, deleting, compounds, generators, markers; comparing timelines as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import footage
import pytest
from fake_resolve.timing import frame_at, rate, timecode
from resolve_rig import opened

HOUR = 86400
Movie = Callable[..., str]


def with_clips(fake: Any, path: str, count: int = 3, length: int = 4) -> tuple[Any, list[Any]]:
    """The timeline, and ``count`` items one after the other on track 1."""
    pool, edit = fake.project.GetMediaPool(), fake.project.GetCurrentTimeline()
    (clip,) = pool.ImportMedia([path])
    infos = [
        {"mediaPoolItem": clip, "startFrame": n, "endFrame": n + length, "recordFrame": HOUR + n * length}
        for n in range(count)
    ]
    return edit, pool.AppendToTimeline(infos)


@pytest.mark.parametrize(("text", "start"), [("24", 86400), ("25", 90000), ("29.97", 108000), ("59.94", 216000)])
def test_the_start_is_one_hour(text: str, start: int) -> None:
    edit = opened(text).project.GetCurrentTimeline()
    assert edit.GetStartFrame() == edit.GetEndFrame() == start
    assert edit.GetStartTimecode() == "01:00:00:00"


def test_timecode_there_and_back() -> None:
    for text in ("24", "25", "29.97", "60"):
        for frame in (0, 1, 86399, 123456):
            assert frame_at(timecode(frame, rate(text)), rate(text)) == frame
    for wrong in ("", "01:00:00", "01:60:00:00", "01:00:00:24", "1:0:x:0"):
        assert frame_at(wrong, rate("24")) is None


def test_tracks(fake: Any) -> None:
    edit = fake.project.GetCurrentTimeline()
    assert edit.AddTrack("video") is True
    assert edit.SetTrackName("video", 2, "Mattewire") is True
    assert edit.AddTrack("video", {"index": 1}) is True
    assert [edit.GetTrackName("video", n) for n in (1, 2, 3)] == ["Video 3", "Video 1", "Mattewire"]
    assert edit.AddTrack("video", {"index": 9}) is False
    assert edit.AddTrack("smell") is False
    assert edit.AddTrack("audio", "stereo") is True
    assert (edit.GetTrackSubType("audio", 2), edit.GetTrackSubType("video", 1)) == ("stereo", "")
    assert edit.DeleteTrack("video", 1) is True
    assert edit.GetTrackCount("video") == 2
    assert edit.GetItemListInTrack("video", 3) is None
    assert edit.GetTrackName("video", 3) == ""
    assert edit.SetTrackLock("video", 3, True) is False


def test_delete_needs_the_edit_page(fake: Any, movie: Movie) -> None:
    edit, items = with_clips(fake, movie())
    before = fake.state(edit)
    fake.resolve.OpenPage("color")
    assert edit.DeleteClips([items[1]]) is False
    fake.resolve.OpenPage("edit")
    edit.SetTrackLock("video", 1, True)
    assert edit.DeleteClips([items[1]]) is False
    edit.SetTrackLock("video", 1, False)
    assert fake.state(edit) == before
    assert edit.DeleteClips([items[1]]) is True
    assert items[1].GetStart() is None
    assert [item.GetStart() for item in edit.GetItemListInTrack("video", 1)] == [HOUR, HOUR + 8]
    assert edit.DeleteClips([items[1]]) is False
    assert edit.DeleteClips([items[0]], True) is True
    assert [item.GetStart() for item in edit.GetItemListInTrack("video", 1)] == [HOUR + 4]


def test_state_sees_every_change(fake: Any, movie: Movie) -> None:
    edit, (item, *_) = with_clips(fake, movie())
    seen = [fake.state(edit)]
    for change in (
        lambda: item.SetProperty("Pan", 3),
        lambda: item.SetClipColor("Teal"),
        lambda: item.AddMarker(0, "Blue", "job", "", 1, "id"),
        lambda: edit.AddMarker(0, "Blue", "job", "", 1),
        lambda: item.SetClipEnabled(False),
        lambda: edit.SetTrackName("video", 1, "Plates"),
        lambda: edit.SetMarkInOut(2, 5),
        lambda: edit.SetCurrentTimecode("01:00:00:05"),
        lambda: item.AddFusionComp() is not None,
        lambda: edit.AddTrack("video"),
        lambda: edit.SetStartTimecode("02:00:00:00"),
    ):
        assert change() is True
        assert fake.state(edit) not in seen
        seen.append(fake.state(edit))
    assert item.GetStart() == 2 * HOUR


def test_the_clip_under_the_playhead(fake: Any, movie: Movie) -> None:
    edit, items = with_clips(fake, movie())
    fake.playhead(edit, HOUR + 5)
    assert edit.GetCurrentVideoItem() is items[1]
    items[1].SetClipEnabled(False)
    assert edit.GetCurrentVideoItem() is None
    edit.SetTrackEnable("video", 1, False)
    fake.playhead(edit, HOUR)
    assert edit.GetCurrentVideoItem() is None


def test_marks_count_from_the_start(fake: Any) -> None:
    edit = fake.project.GetCurrentTimeline()
    assert edit.GetMarkInOut() == {}
    assert edit.SetMarkInOut(3, 9, "video") is True
    assert edit.GetMarkInOut() == {"video": {"in": 3, "out": 9}}
    assert edit.SetMarkInOut(9, 3) is False
    assert edit.ClearMarkInOut() is True
    assert edit.GetMarkInOut() == {}


def test_a_generator_has_no_clip(fake: Any, movie: Movie) -> None:
    edit, _ = with_clips(fake, movie())
    assert edit.InsertGeneratorIntoTimeline("Solid Color") is None  # occupied
    fake.playhead(edit, HOUR + 100)
    item = edit.InsertGeneratorIntoTimeline("Solid Color")
    assert (item.GetStart(), item.GetDuration()) == (HOUR + 100, 120)
    assert item.GetMediaPoolItem() is None
    assert item.GetProperty() is None
    assert item.SetProperty("Pan", 1) is False
    assert fake.picture(edit, HOUR + 100)[0, 0].tolist() == [0, 0, 0, 1]


def test_a_compound_has_no_file_and_plays(fake: Any, movie: Movie) -> None:
    edit, items = with_clips(fake, movie())
    before = [footage.number_in(fake.picture(edit, HOUR + n)) for n in range(12)]
    made = edit.CreateCompoundClip(items[:2], {"name": "Two"})
    clip = made.GetMediaPoolItem()
    assert (clip.GetClipProperty("Type"), clip.GetClipProperty("File Path")) == ("Compound", "")
    assert clip.GetClipProperty("Frames") == "8"
    assert [item.GetDuration() for item in edit.GetItemListInTrack("video", 1)] == [8, 4]
    assert [footage.number_in(fake.picture(edit, HOUR + n)) for n in range(12)] == before


def test_markers(fake: Any) -> None:
    edit = fake.project.GetCurrentTimeline()
    assert edit.AddMarker(5, "Mint", "Mattewire", "founder", 1, "job 1") is True
    assert edit.AddMarker(5, "Mint", "again", "", 1) is False
    assert edit.AddMarker(6, "Plaid", "", "", 1) is False
    assert edit.GetMarkerByCustomData("job 1")[5.0]["note"] == "founder"
    edit.GetMarkers()[5.0]["note"] = "changed"
    assert edit.GetMarkers()[5.0]["note"] == "founder"
    assert edit.UpdateMarkerCustomData(5, "job 2") is True
    assert edit.GetMarkerCustomData(5) == "job 2"
    assert edit.DeleteMarkerByCustomData("job 1") is False
    assert edit.DeleteMarkersByColor("All") is True
    assert edit.GetMarkers() == {}


def test_properties(fake: Any, movie: Movie) -> None:
    _, (item, *_) = with_clips(fake, movie())
    assert item.SetProperty("ZoomX", 2) is True
    assert item.GetProperty("ZoomY") == 2  # ganged
    assert item.SetProperty({"ZoomGang": False, "ZoomX": 3.0, "Scaling": fake.resolve.SCALE_FILL}) is True
    assert (item.GetProperty("ZoomX"), item.GetProperty("ZoomY"), item.GetProperty("Scaling")) == (3, 2, 3)
    assert item.SetProperty("Pan", 1e9) is True
    assert item.GetProperty("Pan") == 4 * footage.WIDTH  # clipped
    for key, value in (("Nose", 1), ("Pan", "1"), ("Pan", True), ("Scaling", 9), ("Scaling", 1.5)):
        assert item.SetProperty(key, value) is False
    assert item.GetProperty("Nose") is None
    item.GetProperty()["Pan"] = 0
    assert item.GetProperty("Pan") == 4 * footage.WIDTH


def test_grades_are_copied(fake: Any, movie: Movie) -> None:
    edit, (first, second, _) = with_clips(fake, movie())
    fake.grade(first, "bleach")
    assert first.CopyGrades([second]) is True
    assert [data["grade"] for data in fake.state(edit)["tracks"]["video"][0][4]] == ["bleach", "bleach", ""]
    assert first.CopyGrades([]) is False
