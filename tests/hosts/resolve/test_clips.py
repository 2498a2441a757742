"""Every record frame shows the source frame that a clip says, held to the number in the pixels; and what is refused."""

from __future__ import annotations

import dataclasses
import functools
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import footage
import numpy as np
import pytest
from resolve_rig import opened

from mattewire_protocol.errors import BadField, CameraRaw, MattewireError, PlateNotFound
from mattewire_resolve import clips
from mattewire_resolve.api.connection import Host, connect
from mattewire_resolve.clips import Clip
from mattewire_server.plates import open_plate

HOUR = 86400
Movie = Callable[..., str]


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Movies of 96 numbered frames, each rate made once."""

    @functools.cache
    def make(fps: str) -> str:
        path = tmp_path_factory.mktemp("movies") / f"clip{fps}.mov"
        return footage.write_movie(path, 96, fps, timecode="10:20:30:05")

    return make


def host_of(fake: Any) -> Host:
    return connect(fake.resolve, fake.fusion, fake.bmd)


def edit_of(fake: Any) -> Any:
    return fake.project.GetCurrentTimeline()


def imported(fake: Any, source: str, first: int = 0, last: int = 0) -> Any:
    pool = fake.project.GetMediaPool()
    (item,) = pool.ImportMedia([{"FilePath": source, "StartIndex": first, "EndIndex": last} if last else source])
    return item


def placed(fake: Any, item: Any, begin: int, end: int, record: int | None = None, track: int = 1) -> Any:
    """Source frames ``begin`` to ``end``, the last not included, in the counting that Resolve has now."""
    record = edit_of(fake).GetStartFrame() + 12 if record is None else record
    info = {"mediaPoolItem": item, "startFrame": begin, "endFrame": end, "recordFrame": record, "trackIndex": track}
    (made,) = fake.project.GetMediaPool().AppendToTimeline([info])
    return made


def under(fake: Any, frame: int | None = None) -> Clip:
    """The clip under the playhead, put on a record frame, or on the twelfth."""
    edit = edit_of(fake)
    fake.playhead(edit, edit.GetStartFrame() + 12 if frame is None else frame)
    return clips.under_playhead(host_of(fake))


def assert_true_to_the_picture(fake: Any, item: Any, clip: Clip) -> None:
    """At each of its record frames the clip names the frame whose number is in the picture."""
    assert (clip.start, clip.end) == (item.GetStart(), item.GetEnd() - 1)
    assert clip.frames.host_frames == range(clip.start, clip.end + 1)
    base = clip.file_first if clip.is_sequence else 1
    for record in clip.frames.host_frames:
        burnt = footage.number_in(fake.picture(edit_of(fake), record))
        number = clip.frames.plate(record) if clip.is_sequence else clip.frames.plate(record) - 1
        assert (record, number % 256) == (record, burnt)
        assert clip.frames.plate(record) == fake.source_frame(item, record) + base


@pytest.mark.parametrize(("left_offset", "error"), [("source", -1), ("record", 1)])
@pytest.mark.parametrize("speed", [100, 50, 200, -100, -50, 0, 33.33])
@pytest.mark.parametrize("fps", ["24", "25", "29.97", "59.94"])
def test_movies(numbered: Callable[[str], str], fps: str, speed: float, left_offset: str, error: int) -> None:
    fake = opened("24")
    fake.left_offset, fake.source_start_error = left_offset, error
    source = imported(fake, numbered(fps))
    placed(fake, source, 0, 8, HOUR)  # every second item has its source start one off
    item = placed(fake, source, 21, 53)
    if speed != 100:
        fake.retime(item, speed, 23)
    clip = under(fake)
    assert_true_to_the_picture(fake, item, clip)
    assert clip.plain == (fps == "24" and speed == 100)
    assert clip.speed == Fraction(str(speed)) / 100
    assert (clip.file_first, clip.file_last, clip.is_sequence) == (1, 96, False)
    assert bool(clip.caution) == (speed not in (100, -100, 0))


@pytest.fixture(scope="module")
def sequences(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], str]:
    """Sixty numbered files from a first one on, each made once."""
    return functools.cache(lambda first: footage.write_sequence(tmp_path_factory.mktemp("plate"), first, first + 59))


@pytest.mark.parametrize("speed", [100, 50, 200, -100, 0])
@pytest.mark.parametrize("counting", ["from zero", "file numbers"])
@pytest.mark.parametrize("first", [1, 2, 1001])
def test_image_sequences(sequences: Callable[[int], str], first: int, counting: str, speed: float) -> None:
    fake = opened("24")
    fake.sequence_frames = counting
    pattern = sequences(first)
    source = imported(fake, pattern, first, first + 59)
    base = first if counting == "file numbers" else 0
    placed(fake, source, base, base + 8, HOUR)
    item = placed(fake, source, base + 10, base + 30)
    if speed != 100:
        fake.retime(item, speed)
    if (first, counting, speed) == (1, "file numbers", -100):  # from 0 or from 1: the answers would fit both
        refused(fake, BadField, "two different things", rendered=True)
        return
    clip = under(fake)
    assert_true_to_the_picture(fake, item, clip)
    assert (clip.file, clip.file_first, clip.file_last) == (pattern, first, first + 59)
    assert clip.plain == (speed == 100)


def test_sequence_at_an_uneven_rate(tmp_path: Path) -> None:
    fake = opened("24")
    pattern = footage.write_sequence(tmp_path, 1001, 1060)
    source = imported(fake, pattern, 1001, 1060)
    source._rate = Fraction(30000, 1001)  # the clip's attributes say so
    item = placed(fake, source, 7, 50)
    assert_true_to_the_picture(fake, item, under(fake))


@pytest.mark.parametrize("rate", ["24", "25", "29.97", "59.94"])
@pytest.mark.parametrize("start", ["00:00:00:00", "09:59:50:10"])
def test_timelines_of_any_rate_and_start(movie: Movie, rate: str, start: str) -> None:
    fake = opened(rate)
    assert edit_of(fake).SetStartTimecode(start)
    item = placed(fake, imported(fake, movie(frames=60, timecode="01:00:00:00")), 13, 37)
    clip = under(fake)
    assert_true_to_the_picture(fake, item, clip)
    assert clip.plain == (rate == "24")


def test_the_whole_file_and_its_last_frame(fake: Any, movie: Movie) -> None:
    item = placed(fake, imported(fake, movie(frames=24)), 0, 24)
    clip = under(fake)
    assert_true_to_the_picture(fake, item, clip)
    assert clip.source_range == (1, 24)
    assert clip.frames.explicit == {}


@pytest.mark.parametrize("fps", ["25", "29.97", "sequence"])
def test_the_daemon_reads_the_frames_that_are_meant(numbered: Callable[[str], str], tmp_path: Path, fps: str) -> None:
    fake = opened("24")
    if fps == "sequence":
        source = imported(fake, footage.write_sequence(tmp_path, 1001, 1096), 1001, 1096)
    else:
        source = imported(fake, numbered(fps))
    item = placed(fake, source, 21, 53)
    fake.retime(item, -50)
    clip = under(fake)
    seen = open_plate(clips.plate([clip]).path)
    try:
        for record in clip.frames.host_frames:
            codes = seen.read(clip.frames.plate(record)).rgb
            assert footage.number_in(codes / np.float32(255 if codes.dtype == np.uint8 else 1)) == footage.number_in(
                fake.picture(edit_of(fake), record)
            )
    finally:
        seen.close()


def test_what_a_clip_knows(fake: Any, movie: Movie) -> None:
    source = imported(fake, movie(frames=24))
    source.SetClipProperty("Input Color Space", "S-Gamut3.Cine/S-Log3")
    item = placed(fake, source, 2, 12)
    item.SetName("Interview")
    clip = under(fake)
    assert (clip.item_id, clip.name, clip.track) == (item.GetUniqueId(), "Interview", 1)
    assert (clip.width, clip.height, clip.pixel_aspect) == (footage.WIDTH, footage.HEIGHT, 1.0)
    assert (clip.fps, clip.timeline_fps, clip.media_id) == (24, 24, source.GetUniqueId())
    assert (clip.colorspace, clips.plate([clip]).colorspace) == ("S-Gamut3.Cine/S-Log3", "")
    assert clips.keyframe(host_of(fake), clip) == 3
    fake.playhead(edit_of(fake), HOUR)
    assert clips.keyframe(host_of(fake), clip) is None


def test_colorspaces_count_where_colors_are_managed(fake: Any, movie: Movie) -> None:
    source = imported(fake, movie(frames=24))
    placed(fake, source, 2, 12)
    fake.project._settings.update(colorScienceMode="davinciYRGBColorManagedv2", colorSpaceInput="ARRI LogC4")
    assert clips.plate([under(fake)]).colorspace == "ARRI LogC4"
    source.SetClipProperty("Input Color Space", "S-Gamut3.Cine/S-Log3")
    assert clips.plate([under(fake)]).colorspace == "S-Log3 S-Gamut3.Cine"
    source.SetClipProperty("Input Color Space", "Kodachrome")
    assert clips.plate([under(fake)]).colorspace == ""
    assert len(clips.groups([under(fake), dataclasses.replace(under(fake), plate_colorspace="sRGB")])) == 2


# --- which clips ---------------------------------------------------------------------------------------------


def test_titles_and_our_own_results_are_looked_through(fake: Any, movie: Movie) -> None:
    edit, source = edit_of(fake), imported(fake, movie())
    below = placed(fake, source, 0, 24, HOUR)
    for name in ("Titles", "Mattewire mattes: founder"):
        edit.AddTrack("video")
        edit.SetTrackName("video", edit.GetTrackCount("video"), name)
    ours = placed(fake, source, 0, 24, HOUR, track=3)
    fake.generate(edit, "Text", 2, HOUR, 24)
    assert under(fake, HOUR + 3).item_id == below.GetUniqueId()
    edit.SetTrackName("video", 3, "Beauty")
    assert under(fake, HOUR + 3).item_id == ours.GetUniqueId()
    ours.SetClipEnabled(False)
    assert under(fake, HOUR + 3).item_id == below.GetUniqueId()
    ours.SetClipEnabled(True)
    edit.SetTrackEnable("video", 3, False)
    assert under(fake, HOUR + 3).item_id == below.GetUniqueId()


def test_transitions_are_no_clips(fake: Any, movie: Movie) -> None:
    """They stand in the track like clips, across the cut (measured), and have no file."""
    edit, source = edit_of(fake), imported(fake, movie())
    items = [placed(fake, source, 2 + n, 12 + n, HOUR + 10 * n) for n in range(2)]
    fake.generate(edit, "Cross Dissolve", 1, HOUR + 7, 6)
    for record, item in ((HOUR + 8, items[0]), (HOUR + 11, items[1])):
        assert under(fake, record).item_id == item.GetUniqueId()
    assert len(clips.on_track(host_of(fake), 1)) == 2


def test_a_long_timeline_is_not_read_through(fake: Any, movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    """A panel looks several times a second: the calls do not grow with the timeline."""
    source = imported(fake, movie())
    items = [placed(fake, source, 0, 4, HOUR + 4 * n) for n in range(300)]
    calls = []
    doors = threading.get_ident
    monkeypatch.setattr("fake_resolve.api.threading.get_ident", lambda: (calls.append(1), doors())[1])
    assert under(fake, HOUR + 801).item_id == items[200].GetUniqueId()
    assert 0 < len(calls) < 60


def test_ranges(fake: Any, movie: Movie) -> None:
    edit, source = edit_of(fake), imported(fake, movie(frames=60))
    items = [placed(fake, source, n * 10, n * 10 + 10, HOUR + n * 12) for n in range(4)]
    host = host_of(fake)
    assert [clip.item_id for clip in clips.on_track(host, 1)] == [item.GetUniqueId() for item in items]
    edit.SetMarkInOut(5, 25)
    part = clips.in_out(host, 1)
    assert [(clip.start - HOUR, clip.end - HOUR) for clip in part] == [(5, 9), (12, 21), (24, 25)]
    assert [clip.source_range for clip in part] == [(6, 10), (11, 20), (21, 22)]
    chosen = clips.selected(host, [items[2].GetUniqueId(), items[0].GetUniqueId()])
    assert [clip.start - HOUR for clip in chosen] == [24, 0]
    edit.DeleteClips([items[2]])
    with pytest.raises(BadField, match="no longer on the timeline"):
        clips.selected(host, [items[2].GetUniqueId()])
    edit.ClearMarkInOut()
    with pytest.raises(BadField, match="no in and out marks"):
        clips.in_out(host, 1)
    edit.SetMarkInOut(10, 11)
    with pytest.raises(BadField, match="no clip between"):
        clips.in_out(host, 1)
    edit.AddTrack("video")
    with pytest.raises(BadField, match="track 2 has no clip"):
        clips.on_track(host, 2)
    with pytest.raises(BadField, match="not between"):
        chosen[0].within(HOUR, HOUR + 3)


def test_one_track_through_for_all_uses_of_a_file(fake: Any, movie: Movie) -> None:
    source, other = imported(fake, movie("a.mov", 96)), imported(fake, movie("b.mov", 24))
    spans = [(40, 50), (0, 10), (5, 20), (28, 36), (80, 90)]
    for begin, end in spans:
        placed(fake, source, begin, end, HOUR + 2 * begin)
    placed(fake, other, 0, 10, HOUR + 100)
    found = clips.groups(clips.on_track(host_of(fake), 1))
    ranges = {(Path(group.plate.path).name, group.first, group.last): len(group.clips) for group in found}
    assert ranges == {("a.mov", 1, 50): 4, ("a.mov", 81, 90): 1, ("b.mov", 1, 10): 1}
    apart = clips.groups(clips.on_track(host_of(fake), 1), handles=0)
    assert sorted((group.first, group.last) for group in apart if group.plate.path.endswith("a.mov")) == [
        (1, 20),
        (29, 36),
        (41, 50),
        (81, 90),
    ]
    for group in found:
        assert all(group.first <= clip.source_range[0] <= clip.source_range[1] <= group.last for clip in group.clips)


# --- what is refused -----------------------------------------------------------------------------------------


def refused(fake: Any, kind: type[MattewireError], saying: str, rendered: bool = False) -> MattewireError:
    """The refusal at the playhead: its class, its sentence, a way out, and whether rendering is it."""
    with pytest.raises(kind) as caught:
        under(fake)
    problem = caught.value
    assert saying in problem.message
    assert problem.message.endswith(".")
    assert problem.advice
    assert problem.advice != problem.sentence
    assert clips.must_render(problem) == rendered
    assert ("Render through Resolve" in problem.advice) == rendered
    return problem


def test_no_project_no_timeline_no_clip(fake: Any, movie: Movie) -> None:
    refused(fake, BadField, "There is no clip under the playhead.")
    fake.project.GetMediaPool().DeleteTimelines([edit_of(fake)])
    with pytest.raises(BadField, match="No timeline is open"):
        clips.under_playhead(host_of(fake))
    fake.project = None
    with pytest.raises(BadField, match="No project is open"):
        clips.under_playhead(host_of(fake))


def test_a_page_without_playhead(fake: Any, movie: Movie) -> None:
    placed(fake, imported(fake, movie()), 0, 10)
    fake.resolve.OpenPage("media")
    assert "Edit page" in refused(fake, BadField, "where the playhead is").advice


def test_sound(fake: Any, tmp_path: Path) -> None:
    source = imported(fake, footage.write_sound(tmp_path / "voice.wav"))
    fake.project.GetMediaPool().AppendToTimeline([{"mediaPoolItem": source, "recordFrame": HOUR}])
    assert "only sound" in refused(fake, BadField, "no clip under the playhead").advice


def test_offline(fake: Any, movie: Movie) -> None:
    path = Path(movie())
    placed(fake, imported(fake, str(path)), 0, 10)
    path.unlink()
    assert str(path) in refused(fake, PlateNotFound, "is offline").message


def test_offline_frames_of_a_sequence(fake: Any, tmp_path: Path) -> None:
    source = imported(fake, footage.write_sequence(tmp_path, 1001, 1020), 1001, 1020)
    placed(fake, source, 2, 12)
    (tmp_path / "plate.1012.exr").unlink()
    assert "plate.1012.exr" in refused(fake, PlateNotFound, "is offline").message


def test_what_has_no_file(fake: Any, movie: Movie) -> None:
    fake.generate(edit_of(fake), "Adjustment Clip", 1, HOUR, 24)
    refused(fake, BadField, "Adjustment Clip is a title, a generator, an adjustment clip", rendered=True)


@pytest.mark.parametrize(
    ("kind", "saying"),
    [
        ("Compound", "is a compound clip"),
        ("Fusion", "is a Fusion clip"),
        ("Multicam", "is a multicam clip"),
        ("Timeline", "is a timeline within the timeline"),
    ],
)
def test_clips_of_clips(fake: Any, movie: Movie, kind: str, saying: str) -> None:
    made = edit_of(fake).CreateCompoundClip([placed(fake, imported(fake, movie()), 0, 10)])
    made.GetMediaPoolItem()._own["Type"] = kind
    refused(fake, BadField, saying, rendered=True)


def test_a_still(fake: Any, tmp_path: Path) -> None:
    footage.write_image(tmp_path / "logo.png", footage.numbered(3))
    source = imported(fake, str(tmp_path / "logo.png"))
    placed(fake, source, 0, 1)
    refused(fake, BadField, "is a still picture", rendered=True)


def test_camera_raw_by_name(fake: Any, movie: Movie) -> None:
    path = Path(movie("A001.mov")).rename(Path(movie()).with_name("A001.braw"))
    placed(fake, imported(fake, str(path)), 0, 10)
    refused(fake, CameraRaw, "A001.braw is Blackmagic RAW, which only Resolve can decode.", rendered=True)


def test_camera_raw_by_codec(fake: Any, movie: Movie) -> None:
    source = imported(fake, movie("A001.mov"))
    source._media = dataclasses.replace(source._media, codec="ARRIRAW")
    placed(fake, source, 0, 10)
    refused(fake, CameraRaw, "is ARRIRAW", rendered=True)


def test_speed_ramps(fake: Any, movie: Movie) -> None:
    item = placed(fake, imported(fake, movie(frames=96)), 12, 36)
    fake.ramp(item, [(12, 50), (12, 200)])
    refused(fake, BadField, "changes within the clip", rendered=True)
    fake.ramp(item, [(11, 50), (13, 150)])
    refused(fake, BadField, "is not constant, or no round percentage (104.2 %", rendered=True)


def test_mixed_frames_are_warned_of(movie: Movie) -> None:
    fake = opened("24")
    item = placed(fake, imported(fake, movie(fps="25", frames=60)), 0, 25)
    assert under(fake).caution == ""
    item.SetProperty("RetimeProcess", 3)
    assert "mixes frames of clip.mov" in under(fake).caution
    item.SetProperty("RetimeProcess", 1)
    assert under(fake).caution == ""


def test_a_ramp_that_nothing_betrays_is_warned_of(fake: Any, movie: Movie) -> None:
    """From the head of the file and at a round average, a ramp reads as a constant speed in every call."""
    item = placed(fake, imported(fake, movie(frames=96)), 0, 24)
    fake.ramp(item, [(12, 50), (12, 200)])
    clip = under(fake)
    assert clip.frames.plate(HOUR + 24) != fake.source_frame(item, HOUR + 24) + 1
    assert "constant 125 %. Resolve does not tell scripts of speed ramps" in clip.caution


def test_retimes_of_imported_timelines(fake: Any, movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    item = placed(fake, imported(fake, movie(frames=96)), 12, 36)
    for name in ("GetSourceStartFrame", "GetSourceEndFrame", "GetSourceStartTime", "GetSourceEndTime"):
        monkeypatch.setattr(type(item), name, lambda self: 0)
    refused(fake, BadField, "as with clips of imported timelines", rendered=True)


def test_answers_that_contradict_each_other(fake: Any, movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    item = placed(fake, imported(fake, movie(frames=96)), 12, 36)
    monkeypatch.setattr(type(item), "GetSourceStartFrame", lambda self: 20)
    refused(fake, BadField, "two different things", rendered=True)


def test_a_resolve_without_the_calls(fake: Any, movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    item = placed(fake, imported(fake, movie(frames=96)), 12, 36)
    monkeypatch.delattr(type(item), "GetSourceStartTime")
    refused(fake, BadField, "does not say which frames", rendered=True)


def test_a_subclip(fake: Any, movie: Movie) -> None:
    source = imported(fake, movie())
    placed(fake, source, 0, 10)
    source._media = dataclasses.replace(source._media, first=5)
    refused(fake, BadField, "is a subclip", rendered=True)
