"""The stand-in's Deliver page and queue; copies of timelines; ramps and titles made by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import footage
import pytest
from fake_resolve.media import _image

HOUR = 86400
Movie = Callable[..., str]


@pytest.fixture
def shot(fake: Any, movie: Movie) -> tuple[Any, Any, Any]:
    """The fake, its project, and a timeline with one clip of ten frames from its fourth."""
    pool = fake.project.GetMediaPool()
    (clip,) = pool.ImportMedia([movie()])
    pool.AppendToTimeline([{"mediaPoolItem": clip, "startFrame": 3, "endFrame": 13, "recordFrame": HOUR}])
    return fake, fake.project, fake.project.GetCurrentTimeline()


def queued(project: Any, folder: Path, first: int = HOUR, last: int = HOUR + 9) -> str:
    project.SetCurrentRenderFormatAndCodec("exr", "RGBHalf")
    wanted = {
        "SelectAllFrames": False,
        "MarkIn": first,
        "MarkOut": last,
        "TargetDir": str(folder),
        "CustomName": "shot",
    }
    assert project.SetRenderSettings(wanted)
    return str(project.AddRenderJob())


def test_it_renders_real_files_bit_by_bit(shot: tuple[Any, Any, Any], tmp_path: Path) -> None:
    _, project, _ = shot
    job = queued(project, tmp_path, HOUR + 2, HOUR + 8)
    assert project.GetRenderJobStatus(job) == {"JobStatus": "Ready", "CompletionPercentage": 0}
    assert project.StartRendering([job], False) is True
    assert project.GetRenderJobStatus(job) == {"JobStatus": "Rendering", "CompletionPercentage": 57}
    assert project.IsRenderingInProgress() is False
    assert project.GetRenderJobStatus(job)["JobStatus"] == "Complete"
    files = sorted(tmp_path.glob("*.exr"))
    assert [file.name for file in files] == [f"shot_{HOUR + n:08}.exr" for n in range(2, 9)]
    assert [footage.number_in(_image(str(file))) for file in files] == list(range(5, 12))


def test_movies(shot: tuple[Any, Any, Any], tmp_path: Path) -> None:
    _, project, _ = shot
    job = queued(project, tmp_path)
    assert project.SetCurrentRenderFormatAndCodec("mov", "ProRes4444")
    other = project.AddRenderJob()
    project.StartRendering(job, other)
    while project.IsRenderingInProgress():
        pass
    assert (tmp_path / "shot.mov").stat().st_size > 0
    assert len(list(tmp_path.glob("*.exr"))) == 10


def test_formats_by_id_and_not_by_the_words_of_the_menu(shot: tuple[Any, Any, Any]) -> None:
    _, project, _ = shot
    assert project.GetRenderFormats()["EXR"] == "exr"
    assert project.GetRenderCodecs("exr")["RGB half"] == "RGBHalf"
    assert project.GetRenderCodecs("EXR") == project.GetRenderCodecs("wav") == {}
    assert project.SetCurrentRenderFormatAndCodec("EXR", "RGB half") is False
    assert project.SetCurrentRenderFormatAndCodec("exr", "RGBHalf") is True
    assert project.GetCurrentRenderFormatAndCodec() == {"format": "exr", "codec": "RGBHalf"}
    project._queue.refuses.add(("mov", "ProRes4444"))
    assert project.SetCurrentRenderFormatAndCodec("mov", "ProRes4444") is False


def test_settings_lie_on_top_and_presets_keep_them(shot: tuple[Any, Any, Any], tmp_path: Path) -> None:
    _, project, _ = shot
    assert project.SetRenderSettings({"CustomName": "a", "MarkIn": 3}) is True
    assert project.SetRenderSettings({"CustomName": "b", "Depth": 16}) is False
    assert project.SetRenderSettings({"MarkIn": "3"}) is False
    assert project.SaveAsNewRenderPreset("mine") is True
    assert project.SaveAsNewRenderPreset("mine") is False
    project.SetRenderSettings({"CustomName": "c"})
    assert project._queue.page.settings["MarkIn"] == 3
    assert project.LoadRenderPreset("mine") is True
    assert project._queue.page.settings["CustomName"] == "a"
    assert project.DeleteRenderPreset("mine") is True
    assert project.DeleteRenderPreset("mine") is project.LoadRenderPreset("mine") is False
    assert (project.SetCurrentRenderMode(0), project.SetCurrentRenderMode(2), project.GetCurrentRenderMode()) == (
        True,
        False,
        0,
    )


def test_the_queue(shot: tuple[Any, Any, Any], tmp_path: Path) -> None:
    _, project, edit = shot
    assert project.AddRenderJob() == ""  # no folder
    job, other = queued(project, tmp_path), project.AddRenderJob()
    assert [each["JobId"] for each in project.GetRenderJobList()] == [job, other]
    assert project.StartRendering(["nothing"]) is False
    assert project.StartRendering([job]) is True
    assert project.StartRendering([other]) is project.DeleteRenderJob(job) is False
    project.StopRendering()
    assert project.GetRenderJobStatus(job)["JobStatus"] == "Cancelled"
    assert project.GetRenderJobStatus(other)["JobStatus"] == "Ready"
    assert (project.DeleteRenderJob(job), project.DeleteRenderJob(job)) == (True, False)
    assert project.GetRenderJobStatus(job) == {}
    project.GetMediaPool().DeleteTimelines([edit])
    project.StartRendering([other], True)
    assert project.GetRenderJobStatus(other)["Error"] == "The timeline of the job is gone"


def test_a_preset_without_video(shot: tuple[Any, Any, Any], tmp_path: Path) -> None:
    _, project, _ = shot
    project._queue.without_video = True
    job = queued(project, tmp_path)
    project.StartRendering([job])
    while project.IsRenderingInProgress():
        pass
    assert project.GetRenderJobStatus(job)["JobStatus"] == "Complete"
    assert list(tmp_path.glob("*.exr")) == []


def test_a_copy_of_a_timeline(shot: tuple[Any, Any, Any]) -> None:
    fake, project, edit = shot
    edit.GetItemListInTrack("video", 1)[0].SetProperty("Pan", 9.0)
    edit.AddTrack("video")
    before = fake.state(edit)
    copy = edit.DuplicateTimeline("Copy")
    assert project.GetCurrentTimeline() is copy
    assert {**fake.state(copy), "name": "Edit"} == before
    assert edit.DuplicateTimeline("Copy") is None
    (item,) = copy.GetItemListInTrack("video", 1)
    assert item.GetUniqueId() != edit.GetItemListInTrack("video", 1)[0].GetUniqueId()
    item.SetProperty("Pan", 0.0)
    copy.DeleteClips([item])
    copy.DeleteTrack("video", 2)
    assert fake.state(edit) == before


def test_a_timeline_of_its_own_size(shot: tuple[Any, Any, Any]) -> None:
    _, project, edit = shot
    assert edit.SetSetting("timelineResolutionWidth", "64") is False
    assert edit.SetSetting("useCustomSettings", "1") is True
    assert edit.SetSetting("timelineResolutionWidth", "64") is True
    assert edit.SetSetting("timelineResolutionWidth", "wide") is edit.SetSetting("timelineFrameRate", "25") is False
    assert (edit.GetSetting("timelineResolutionWidth"), project.GetSetting("timelineResolutionWidth")) == (
        "64",
        str(footage.WIDTH),
    )


def test_ramps(fake: Any, movie: Movie) -> None:
    """The ledger: two seconds at 50 % and two at 200 % read 0 to 120 over 96 record frames."""
    pool, edit = fake.project.GetMediaPool(), fake.project.GetCurrentTimeline()
    (clip,) = pool.ImportMedia([movie(frames=130)])
    (item,) = pool.AppendToTimeline([{"mediaPoolItem": clip, "startFrame": 0, "endFrame": 96, "recordFrame": HOUR}])
    fake.ramp(item, [(48, 50), (48, 200)])
    assert (item.GetSourceStartFrame(), item.GetSourceEndFrame(), item.GetDuration()) == (0, 120, 96)
    assert [fake.source_frame(item, HOUR + n) for n in (0, 1, 2, 47, 48, 49, 95)] == [0, 0, 1, 23, 24, 26, 118]
    assert footage.number_in(fake.picture(edit, HOUR + 49)) == 26
    with pytest.raises(ValueError, match="more than its file"):
        fake.ramp(item, [(48, 200), (48, 200)])
    fake.retime(item, 100)
    assert fake.source_frame(item, HOUR + 49) == 49


def test_titles(fake: Any) -> None:
    edit = fake.project.GetCurrentTimeline()
    title = fake.generate(edit, "Lower third", 1, HOUR, 24)
    assert edit.GetItemListInTrack("video", 1) == [title]
    assert (title.GetName(), title.GetMediaPoolItem(), title.GetProperty()) == ("Lower third", None, None)
