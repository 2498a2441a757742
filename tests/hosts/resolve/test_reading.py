"""The facts of a timeline: playhead, marks, tracks, and what a media pool item says of its file."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import footage
import pytest
from fake_resolve import timing
from resolve_rig import opened

from mattewire_protocol.errors import BadField
from mattewire_resolve.api import reading

HOUR = 86400
Movie = Callable[..., str]


def filled(fake: Any, path: str, count: int = 1) -> tuple[Any, Any]:
    """The timeline, with ``count`` clips of ten frames, and the media pool item."""
    pool = fake.project.GetMediaPool()
    (clip,) = pool.ImportMedia([path])
    for number in range(count):
        pool.AppendToTimeline(
            [{"mediaPoolItem": clip, "startFrame": 0, "endFrame": 10, "recordFrame": HOUR + 20 * number}]
        )
    return fake.project.GetCurrentTimeline(), clip


@pytest.mark.parametrize("rate", ["24", "25", "29.97", "59.94"])
def test_playhead(rate: str) -> None:
    fake = opened(rate)
    edit = fake.project.GetCurrentTimeline()
    for start in ("01:00:00:00", "00:00:00:00", "10:11:12:13"):
        edit.SetStartTimecode(start)
        for frame in (0, 1, 1799, 1800, 100_000):
            fake.playhead(edit, edit.GetStartFrame() + frame)
            assert reading.playhead(edit) == edit.GetStartFrame() + frame
    assert reading.rate_of(edit) == timing.rate(rate)
    assert reading.size_of(edit) == (footage.WIDTH, footage.HEIGHT)


@pytest.mark.parametrize("semicolons", [True, False])
def test_playhead_of_a_drop_frame_timeline(semicolons: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = opened("29.97")
    edit = fake.project.GetCurrentTimeline()
    edit._settings["timelineDropFrameTimecode"] = "1"
    here, begin = "01:01:00;02", "01:00:00;00"
    for name, text in (("GetCurrentTimecode", here), ("GetStartTimecode", begin)):
        text = text if semicolons else text.replace(";", ":")
        monkeypatch.setattr(type(edit), name, lambda self, text=text: text)
    assert reading.playhead(edit) == edit.GetStartFrame() + 1800


def test_no_playhead_and_no_rate(fake: Any) -> None:
    edit = fake.project.GetCurrentTimeline()
    fake.resolve.OpenPage("fusion")
    with pytest.raises(BadField, match="where the playhead is"):
        reading.playhead(edit)
    edit._settings["timelineFrameRate"] = ""
    with pytest.raises(BadField, match="frame rate"):
        reading.rate_of(edit)


def test_marks(fake: Any) -> None:
    edit = fake.project.GetCurrentTimeline()
    assert reading.marks(edit) is None
    edit.SetMarkInOut(0, 9)
    assert reading.marks(edit) == (HOUR, HOUR + 9)
    edit.ClearMarkInOut("video")
    assert reading.marks(edit) is None
    edit.SetMarkInOut(3, 4, "video")
    assert reading.marks(edit) == (HOUR + 3, HOUR + 4)
    edit._marks = {"video": {"in": 3}}
    assert reading.marks(edit) is None


def test_tracks_and_spots(fake: Any, movie: Movie) -> None:
    edit, _ = filled(fake, movie(), 3)
    for name in ("Titles", "Mattewire mattes"):
        edit.AddTrack("video")
        edit.SetTrackName("video", edit.GetTrackCount("video"), name)
    assert reading.tracks(edit) == [2, 1]
    edit.SetTrackEnable("video", 2, False)
    assert reading.tracks(edit) == [1]
    items = edit.GetItemListInTrack("video", 1)
    items[1].SetClipEnabled(False)
    found = reading.spots(edit, 1)
    assert [(spot.start - HOUR, spot.end - HOUR, spot.track) for spot in found] == [(0, 9, 1), (40, 49, 1)]
    assert [spot.item_id for spot in found] == [items[0].GetUniqueId(), items[2].GetUniqueId()]
    assert reading.spots(edit, 9) == []
    assert reading.spot_of(edit, found[1].item_id) == found[1]
    assert reading.spot_of(edit, "nothing") is None


def test_topmost(fake: Any, movie: Movie) -> None:
    edit, _ = filled(fake, movie())
    (spot,) = reading.spots(edit, 1)
    assert reading.topmost(edit, HOUR + 3) == spot
    assert reading.topmost(edit, HOUR + 10) is None  # what Resolve calls current is not there
    fake.playhead(edit, HOUR + 12)
    assert reading.topmost(edit, HOUR + 12) is None
    fake.playhead(edit, HOUR)
    edit.SetTrackName("video", 1, "Mattewire mattes")
    assert reading.topmost(edit, HOUR) is None
    edit.SetTrackName("video", 1, "Video 1")
    edit.AddTrack("video")
    fake.generate(edit, "Text", 2, HOUR, 10)
    assert reading.topmost(edit, HOUR) is None


def test_media(fake: Any, movie: Movie) -> None:
    edit, clip = filled(fake, movie(fps="29.97", timecode="01:00:00:05", sound=True))
    clip.SetClipProperty("Input Color Space", "Rec.709-A")
    media = reading.media_of(reading.spots(edit, 1)[0])
    assert media is not None
    assert (media.kind, media.rate, media.frames) == ("Video + Audio", Fraction(30000, 1001), 24)
    assert (media.first, media.start) == (0, 30 * 3600 + 5)
    assert (media.width, media.height, media.pixel_aspect) == (footage.WIDTH, footage.HEIGHT, 1.0)
    assert (media.codec, media.colorspace, media.online) == ("h264", "Rec.709-A", True)
    assert media.media_id == clip.GetUniqueId()
    assert reading.has_sound(edit, HOUR + 3)
    assert not reading.has_sound(edit, HOUR + 15)


@pytest.mark.parametrize(
    ("says", "field", "value"),
    [
        ({"Input Color Space": "Project"}, "colorspace", ""),
        ({"Input Color Space": "Bypass"}, "colorspace", ""),
        ({"Drop frame": "1", "FPS": 29.97, "Start TC": "00:01:00:02"}, "start", 1800),
        ({"FPS": "29.97", "Start TC": "00:01:00;02"}, "start", 1800),
        ({"FPS": ""}, "rate", None),
        ({"Resolution": ""}, "width", 0),
        ({"Resolution": "6144 x 3240"}, "width", 6144),
        ({"PAR": "Cinemascope"}, "pixel_aspect", 2.0),
        ({"PAR": "1.33"}, "pixel_aspect", 1.33),
        ({"PAR": "0"}, "pixel_aspect", 1.0),
        ({"Online Status": "Offline"}, "online", False),
        ({"Online Status": ""}, "online", True),
        ({"Frames": ""}, "frames", 0),
    ],
)
def test_properties(
    fake: Any, movie: Movie, monkeypatch: pytest.MonkeyPatch, says: dict[str, Any], field: str, value: Any
) -> None:
    edit, clip = filled(fake, movie())
    known = {**clip.GetClipProperty(), **says}
    monkeypatch.setattr(type(clip), "GetClipProperty", lambda self: known)
    assert getattr(reading.media_of(reading.spots(edit, 1)[0]), field) == value


def test_without_media(fake: Any) -> None:
    edit = fake.project.GetCurrentTimeline()
    fake.generate(edit, "Text", 1, HOUR, 10)
    assert reading.media_of(reading.spots(edit, 1)[0]) is None


def test_played(fake: Any, movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    edit, _ = filled(fake, movie())
    (spot,) = reading.spots(edit, 1)
    played = reading.played(spot)
    assert played is not None
    assert (played.start_frame, played.end_frame, played.left_offset) == (0, 10, 0.0)
    assert played.end_time == pytest.approx(10 / 24)
    monkeypatch.setattr(type(spot.item), "GetSourceEndTime", lambda self: None)
    assert reading.played(spot) is None
    monkeypatch.delattr(type(spot.item), "GetSourceEndTime")
    assert reading.played(spot) is None


def test_color_management(fake: Any) -> None:
    project = fake.project
    assert reading.color_management(project) == (False, "")
    assert reading.output_colorspace(project) == ""
    project._settings.update(
        colorScienceMode="davinciYRGBColorManagedv2", colorSpaceInput="ARRI LogC4", colorSpaceOutput="Rec.709 Gamma 2.4"
    )
    assert reading.color_management(project) == (True, "ARRI LogC4")
    assert reading.output_colorspace(project) == "Rec.709 Gamma 2.4"
