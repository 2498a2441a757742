"""The Lua script of the menu, end to end: a real daemon, the real command, and a free Resolve that is not one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import window_rig
from lua_stage import START, Stage, write_movie, write_sequence

from e2e.house import House
from mattewire_protocol import Client

OLD, NEW = (20, 3, 1), (21, 1, 0)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("lua")).start()
    yield made
    made.end()


@pytest.fixture
def stage(house: House) -> Stage:
    """Free 21.1 with a timeline at 24, and the settings of an artist who wants the red ball."""
    made = Stage(house.home)
    made.open_timeline()
    made.settings(prompt="red ball")
    return made


def as_shown(stage: Stage, item: Any) -> dict[int, int]:
    """By record frame, the number of the frame that the clip shows, counted from 0."""
    return {at: stage.fake.source_frame(item, at) for at in range(item.GetStart(), item.GetEnd())}


def matte_of(stage: Stage, item: Any) -> Any:
    """The one cut-out above a clip, at the same record frames."""
    (matte,) = stage.mattes()
    assert (matte.GetStart(), matte.GetEnd()) == (item.GetStart(), item.GetEnd())
    return matte


@pytest.mark.parametrize("version", [OLD, NEW])
def test_from_the_prompt_to_the_timeline_and_back(house: House, tmp_path: Path, version: Any) -> None:
    stage = Stage(house.home, version=version)
    stage.open_timeline()
    stage.settings(prompt="red ball")
    item = stage.lay(write_movie(tmp_path / "it's a clip é.mov", 24), 3, 12)
    before, bins = stage.fake.state(stage.timeline), stage.pool.GetRootFolder().GetClipList()
    told = stage.run()
    assert told == (
        'Mattewire: Masking "red ball" in it\'s a clip é.mov, 12 frames. '
        "Start this script again to see how far it is, and to bring the cut-out in."
    )
    assert stage.fake.state(stage.timeline) == before, "until it has finished nothing changes"
    told = stage.run_until("Imported")
    assert told == "Mattewire: Imported: the cut-out of it's a clip é.mov, 12 frames, on video track 2."
    matte = matte_of(stage, item)
    assert stage.shown(matte) == as_shown(stage, item) == {START + n: 3 + n for n in range(12)}
    assert matte.GetMediaPoolItem().GetClipProperty("Alpha mode") == "Straight"
    assert stage.pool.GetCurrentFolder().GetName() == "Master"
    assert "has its cut-out on video track 2" in stage.run()
    assert len(stage.mattes()) == 1
    assert "was removed. Its mattes stay on disk." in stage.remove()
    assert stage.fake.state(stage.timeline) == before
    assert stage.pool.GetRootFolder().GetClipList() == bins
    assert stage.pool.GetRootFolder().GetSubFolderList() == []
    assert len(list((tmp_path / "mattes").rglob("*.exr"))) == 12
    assert stage.fake.dialogs == []


@pytest.mark.parametrize(
    ("fps", "first", "count", "percent"),
    [
        ("24", 10, 20, 100),
        ("29.97", 4, 25, 100),
        ("24", 4, 20, 50),
        ("24", 2, 10, 200),
        ("24", 6, 12, -100),
        ("24", 9, 8, 0),
    ],
)
def test_every_record_frame_has_the_matte_of_its_source_frame(
    stage: Stage, tmp_path: Path, fps: str, first: int, count: int, percent: float
) -> None:
    item = stage.lay(write_movie(tmp_path / "clip.mov", 64, fps, "01:00:00:00"), first, count, START + 7)
    if percent != 100:
        stage.fake.retime(item, percent)
    stage.fake.playhead(stage.timeline, START + 9)
    before = stage.fake.state(stage.timeline)
    stage.run_until("Imported")
    shown = as_shown(stage, item)
    assert stage.shown(matte_of(stage, item)) == shown
    if (fps, percent) == ("24", 50):
        assert [shown[START + 7 + n] for n in range(4)] == [4, 4, 5, 5]
    if percent == -100:
        assert [shown[START + 7 + n] for n in range(3)] == [17, 16, 15]
    stage.remove()
    assert stage.fake.state(stage.timeline) == before
    assert not list((tmp_path / "mattes").rglob("*conformed*")), "what was only made to be laid is gone"
    assert list((tmp_path / "mattes").rglob("*.exr"))


@pytest.mark.parametrize("counting", ["from zero", "file numbers"])
def test_an_image_sequence_from_1001(stage: Stage, tmp_path: Path, counting: Any) -> None:
    stage.fake.sequence_frames = counting
    first = 2 if counting == "from zero" else 1003
    item = stage.lay(write_sequence(tmp_path, 1001, 1016), first, 10, sequence=(1001, 1016))
    stage.run_until("Imported")
    assert stage.shown(matte_of(stage, item)) == {START + n: (1003 + n) % 256 for n in range(10)}


def test_it_looks_as_the_clip_does(stage: Stage, tmp_path: Path) -> None:
    item = stage.lay(write_movie(tmp_path / "clip.mov", 8), 0, 8)
    look = {"ZoomGang": False, "ZoomX": 1.5, "ZoomY": 0.75, "Pan": 12.5, "Tilt": -4.0, "RotationAngle": 20.0}
    look |= {"CropLeft": 10.0, "CropBottom": 6.0, "Scaling": 1, "Opacity": 80.0, "FlipX": True, "RetimeProcess": 2}
    for name, value in look.items():
        assert item.SetProperty(name, value)
    item.GetMediaPoolItem().SetClipProperty("Input Color Space", "Rec.709 Gamma 2.4")
    stage.fake.grade(item, "warm")
    stage.run_until("Imported")
    matte = matte_of(stage, item)
    assert matte.GetProperty() == item.GetProperty()
    assert matte._grade == "warm"
    assert matte.GetClipColor() == "Teal"
    assert matte.GetMediaPoolItem().GetClipProperty("Input Color Space") == "Rec.709 Gamma 2.4"


def test_it_stands_below_titles_and_takes_no_track_of_the_artists(stage: Stage, tmp_path: Path) -> None:
    movie = write_movie(tmp_path / "clip.mov", 24)
    item, later = stage.lay(movie, 0, 8), stage.lay(movie, 12, 8, START + 10)
    stage.timeline.AddTrack("video")
    stage.timeline.SetTrackName("video", 2, "Titles")
    before = stage.fake.state(stage.timeline)
    stage.run_until("Imported")
    assert [stage.timeline.GetTrackName("video", n) for n in (1, 2, 3)] == [
        *("Video 1", "Mattewire mattes - red ball", "Titles"),
    ]
    stage.fake.playhead(stage.timeline, START + 12)
    assert "on video track 2" in stage.run_until("Imported")
    assert [each.GetStart() for each in stage.mattes()] == [START, START + 10]
    assert stage.shown(stage.mattes()[1]) == as_shown(stage, later)
    stage.remove()
    assert [each.GetStart() for each in stage.mattes()] == [item.GetStart()], "the newest goes first"
    stage.remove()
    stage.fake.playhead(stage.timeline, START)
    assert stage.fake.state(stage.timeline) == before
    assert "has no cut-out" in stage.remove()


def test_a_result_comes_in_wherever_the_playhead_is(stage: Stage, tmp_path: Path, house: House) -> None:
    movie = write_movie(tmp_path / "clip.mov", 24)
    item = stage.lay(movie, 0, 8)
    stage.run()
    record = house.home / "resolve" / "clips" / f"{item.GetUniqueId()}.lua"
    House.wait_for(lambda: '"done"' in record.read_text(), 30)
    stage.fake.playhead(stage.timeline, START + 20)
    told = stage.run()
    assert "Imported: the cut-out of clip.mov, 8 frames, on video track 2." in told
    assert "There is no clip under the playhead." in told


def test_it_says_how_far_it_is(stage: Stage, tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWIRE_HOME", str(house.home))
    stage.settings(prompt="sleep=0.1", engine="double")
    stage.lay(write_movie(tmp_path / "clip.mov", 60), 0, 60)
    before = stage.fake.state(stage.timeline)
    stage.run()
    House.wait_for(lambda: "left" in stage.run(), 30)
    told = stage.run()
    assert " of 60 frames are finished" in told
    assert told.startswith("Mattewire: clip.mov: ")
    assert told.endswith("Start this script again later.")
    with Client() as client:
        first = client.jobs(1)[0].job_id
        client.cancel(first)
        assert "It was stopped after " in stage.run_until("stopped")
        assert stage.fake.state(stage.timeline) == before
        assert "Masking" in stage.run(), "told once, the next start masks it anew"
        House.wait_for(lambda: client.jobs(1)[0].job_id != first)
        client.cancel(client.jobs(1)[0].job_id)
        stage.run_until("stopped")


def test_a_moved_clip_gets_it_at_its_new_place_and_a_trimmed_one_is_masked_anew(stage: Stage, tmp_path: Path) -> None:
    item = stage.lay(write_movie(tmp_path / "clip.mov", 24), 4, 12)
    stage.run()
    stage.timeline.SetStartTimecode("02:00:00:00")
    stage.fake.playhead(stage.timeline, item.GetStart())
    assert item.GetStart() == 2 * START
    stage.run_until("Imported")
    assert matte_of(stage, item).GetStart() == 2 * START
    stage.remove()
    stage.fake.retime(item, 100, source_in=6)
    assert "Masking" in stage.run()
    stage.run_until("Imported")
    assert stage.shown(matte_of(stage, item)) == as_shown(stage, item)


def test_other_settings_mask_the_clip_anew(stage: Stage, tmp_path: Path) -> None:
    item = stage.lay(write_movie(tmp_path / "clip.mov", 12), 0, 6)
    stage.fake.retime(item, 200)
    before = stage.fake.state(stage.timeline)
    stage.run_until("Imported")
    stage.settings(prompt="red ball", grow=2, out=str(tmp_path / "elsewhere"))
    assert "Masking" in stage.run()
    assert "The earlier one made room for it." in stage.run_until("Imported")
    assert len(stage.mattes()) == 1
    assert stage.timeline.GetTrackCount("video") == 2
    assert "elsewhere" in stage.mattes()[0].GetMediaPoolItem().GetClipProperty("File Path")
    assert len([each for each in (tmp_path / "elsewhere").rglob("*.exr") if "conformed" not in str(each)]) == 11
    stage.remove()
    assert stage.fake.state(stage.timeline) == before
    assert not list(tmp_path.rglob("*conformed*"))


def test_a_timeline_at_29_97(house: House, tmp_path: Path) -> None:
    stage = Stage(house.home, frame_rate="29.97")
    stage.open_timeline()
    stage.settings(prompt="red ball")
    item = stage.lay(write_movie(tmp_path / "clip.mov", 12, "29.97"), 0, 12, stage.timeline.GetStartFrame())
    assert Fraction(stage.timeline.GetStartFrame()) == 108000
    stage.run_until("Imported")
    assert stage.shown(matte_of(stage, item)) == as_shown(stage, item)


def test_the_frames_that_ask_for_a_look_are_named_by_timecode(stage: Stage, tmp_path: Path) -> None:
    """The ball is far too large on 1011 and far too small on 1019; the clip begins at 1004, an hour and a second in."""
    pattern = window_rig.write_shot(tmp_path / "shot", {1011: 17.6, 1019: 5.5})
    item = stage.lay(pattern, 3, 20, START + 24, sequence=(1001, 1024))
    stage.fake.playhead(stage.timeline, START + 24)
    stage.run()
    told = stage.run_until("Imported")
    assert " frames ask for a look, the worst at 01:00:01:" in told
    assert "Its " in told
    codes = re.findall(r"01:00:01:(\d\d)", told)
    shown = {stage.fake.source_frame(item, START + 24 + int(code)) + 1001 for code in codes}
    assert {1011, 1019} <= shown
    assert len(codes) == len(set(codes)) <= 4


def test_where_nothing_asks_for_a_look_nothing_is_said(stage: Stage, tmp_path: Path) -> None:
    stage.lay(window_rig.write_shot(tmp_path / "shot", {}), 0, 24, sequence=(1001, 1024))
    stage.run()
    assert "ask" not in stage.run_until("Imported")


def test_edges_are_lines_of_the_settings(stage: Stage, tmp_path: Path) -> None:
    stage.settings(prompt="red ball", edges="soft")
    item = stage.lay(window_rig.write_shot(tmp_path / "shot", {}), 0, 24, sequence=(1001, 1024))
    assert "Correct the line edges in settings.lua." in stage.run()
    stage.settings(prompt="red ball", edges="closed_form", motion_blur=True, engine="nonesuch")
    stage.run()
    job = json.loads((stage.home / "resolve" / "clips" / f"{item.GetUniqueId()}.json").read_text())
    assert (job["request"]["edges"]["method"], job["request"]["edges"]["motion_blur"]) == ("closed_form", True)
