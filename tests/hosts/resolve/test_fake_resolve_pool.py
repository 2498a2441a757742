"""Imports land in the current bin; clips know their files; mattes; projects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import footage
import numpy as np
import pytest

Movie = Callable[..., str]


def test_imports_land_in_the_current_bin(fake: Any, movie: Movie) -> None:
    pool = fake.project.GetMediaPool()
    root = pool.GetRootFolder()
    made = pool.AddSubFolder(root, "Mattes")
    assert pool.GetCurrentFolder() is made  # making one is enough to move there
    (clip,) = pool.ImportMedia([movie()])
    assert (made.GetClipList(), clip in root.GetClipList()) == ([clip], False)
    assert pool.SetCurrentFolder(root) is True
    (other,) = pool.ImportMedia([movie("other.mov")])
    assert other in root.GetClipList()
    assert pool.AddSubFolder(root, "Mattes") is None
    assert pool.MoveClips([other], made) is True
    assert made.GetClipList() == [clip, other]
    assert pool.DeleteFolders([made]) is True
    assert made.GetName() is None
    assert pool.SetCurrentFolder(made) is False


@pytest.mark.parametrize("fps", ["23.976", "24", "25", "29.97", "59.94"])
def test_a_movie_knows_its_file(fake: Any, movie: Movie, fps: str) -> None:
    path = movie(fps=fps, frames=12)
    (clip,) = fake.project.GetMediaPool().ImportMedia([path])
    told = clip.GetClipProperty()
    assert (told["File Path"], told["FPS"], told["Frames"], told["Type"]) == (path, float(fps), "12", "Video")
    assert (told["Start"], told["End"], told["Resolution"]) == ("0", "11", "128x48")
    assert clip.GetClipProperty("FPS") == told["FPS"]
    assert clip.GetClipProperty("Nonsense") == ""


def test_a_sequence_is_one_clip(fake: Any, tmp_path: Path) -> None:
    pattern = footage.write_sequence(tmp_path, 1001, 1004)
    pool = fake.project.GetMediaPool()
    (clip,) = pool.ImportMedia([{"FilePath": pattern, "StartIndex": 1001, "EndIndex": 1004}])
    assert clip.GetClipProperty("File Path") == str(tmp_path / "plate.[1001-1004].exr")
    assert (clip.GetClipProperty("Start"), clip.GetClipProperty("Frames")) == ("1001", "4")
    assert pool.ImportMedia([{"FilePath": pattern, "StartIndex": 1001, "EndIndex": 1005}]) == []  # one is missing
    (still,) = pool.ImportMedia([pattern % 1002])
    assert (still.GetClipProperty("Type"), still.GetClipProperty("Frames")) == ("Still", "1")


def test_nothing_comes_of_what_does_not_open(fake: Any, tmp_path: Path, movie: Movie) -> None:
    pool = fake.project.GetMediaPool()
    (tmp_path / "notes.mov").write_text("no movie")
    before = len(pool.GetRootFolder().GetClipList())
    assert pool.ImportMedia([str(tmp_path / "notes.mov")]) == []
    assert pool.ImportMedia([str(tmp_path / "nothing.mov"), movie()]) == []
    assert pool.ImportMedia("not a list") == []
    assert len(pool.GetRootFolder().GetClipList()) == before


def test_offline_and_deleted(fake: Any, movie: Movie) -> None:
    pool = fake.project.GetMediaPool()
    path = movie()
    (clip,) = pool.ImportMedia([path])
    (item,) = pool.AppendToTimeline([clip])
    Path(path).unlink()
    assert clip.GetClipProperty("Online Status") == "Offline"
    edit = fake.project.GetCurrentTimeline()
    assert np.allclose(fake.picture(edit, item.GetStart())[0, 0], [0.6, 0, 0, 1])
    assert pool.DeleteClips([clip]) is True
    assert (clip.GetName(), item.GetMediaPoolItem()) == (None, None)
    assert pool.AppendToTimeline([clip]) == []


def test_clip_properties_that_can_be_set(fake: Any, tmp_path: Path) -> None:
    path = footage.write_image(tmp_path / "still.exr", np.ones((4, 4, 4), np.float32))
    (clip,) = fake.project.GetMediaPool().ImportMedia([path])
    assert clip.GetClipProperty("Alpha mode") == "Premultiplied"
    assert clip.SetClipProperty("Alpha mode", "Straight") is True
    assert clip.GetClipProperty("Alpha mode") == "Straight"
    assert clip.SetClipProperty("Alpha mode", "Crooked") is False
    assert clip.SetClipProperty("Frames", "9") is False
    assert clip.SetName("founder matte") is True
    assert clip.GetClipProperty("Clip Name") == "founder matte"


def test_clip_mattes(fake: Any, movie: Movie, tmp_path: Path) -> None:
    pool, storage = fake.project.GetMediaPool(), fake.resolve.GetMediaStorage()
    clip, matte = pool.ImportMedia([movie()])[0], movie("matte.mov")
    assert storage.AddClipMattesToMediaPool(clip, [matte]) is True
    assert storage.AddClipMattesToMediaPool(clip, [str(tmp_path / "none.mov")]) is False
    assert pool.GetClipMatteList(clip) == [matte]
    assert pool.DeleteClipMattes(clip, ["other"]) is False
    assert pool.DeleteClipMattes(clip, [matte]) is True
    assert pool.GetClipMatteList(clip) == []
    assert storage.GetFileList(str(tmp_path)) == sorted([matte, clip.GetClipProperty("File Path")])
    (again,) = storage.AddItemListToMediaPool(matte)
    assert again.GetName() == "matte.mov"


def test_numbered_pictures_are_listed_as_one(fake: Any, tmp_path: Path) -> None:
    pool, storage = fake.project.GetMediaPool(), fake.resolve.GetMediaStorage()
    footage.write_sequence(tmp_path, 8, 10)
    footage.write_sequence(tmp_path, 20, 20)
    listed = [str(tmp_path / "plate.0020.exr"), str(tmp_path / "plate.[0008-0010].exr")]
    assert storage.GetFileList(str(tmp_path)) == listed
    still, sequence = storage.AddItemListToMediaPool(listed)
    assert (still.GetClipProperty("Type"), sequence.GetClipProperty("Type")) == ("Still", "Video")
    assert sequence.GetClipProperty("File Path") == listed[1]
    assert storage.AddClipMattesToMediaPool(sequence, [listed[1]]) is True
    assert pool.GetClipMatteList(sequence) == [listed[1]]
    assert storage.AddClipMattesToMediaPool(sequence, [str(tmp_path / "plate.[0008-0011].exr")]) is False


def test_color_groups(fake: Any, movie: Movie) -> None:
    pool, project = fake.project.GetMediaPool(), fake.project
    (item,) = pool.AppendToTimeline(pool.ImportMedia([movie()]))
    assert item.GetColorGroup() is None
    assert item.RemoveFromColorGroup() is False
    group = project.AddColorGroup("Night")
    assert project.AddColorGroup("Night") is None
    assert project.GetColorGroupsList() == [group]
    assert item.AssignToColorGroup(group) is True
    assert item.GetColorGroup().GetName() == "Night"
    assert fake.state(project.GetCurrentTimeline())["tracks"]["video"][0][4][0]["group"] == "Night"
    assert item.RemoveFromColorGroup() is True
    assert item.AssignToColorGroup(item) is False


def test_projects_and_settings(fake: Any) -> None:
    project = fake.project
    assert project.GetSetting("timelineFrameRate") == "24"
    assert project.SetSetting("timelineFrameRate", "25") is False  # there is a timeline
    assert project.SetSetting("timelineResolutionWidth", 1920) is False  # not text
    assert project.SetSetting("timelineResolutionWidth", "1920") is True
    assert project.SetSetting("nonsense", "1") is False
    assert fake.manager.CreateProject("Untitled Project") is None
    other = fake.manager.CreateProject("Other")
    assert fake.manager.GetCurrentProject() is other
    assert other.GetCurrentTimeline() is None
    assert other.SetSetting("timelineFrameRate", "25") is True
    assert other.SetCurrentTimeline(project.GetTimelineByIndex(1)) is False
    assert fake.manager.LoadProject("Untitled Project") is project
    assert fake.manager.LoadProject("Nowhere") is None
    assert project.GetTimelineByIndex(2) is None
