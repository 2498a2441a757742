"""Cut-outs and mattes as a job writes them, made by hand, and a timeline for them: what the tests of placing share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import footage
import numpy as np
import pytest

from mattewire_protocol.errors import MattewireError
from mattewire_resolve import clips, placing
from mattewire_resolve.api.connection import Host, connect
from mattewire_resolve.clips import Clip
from mattewire_resolve.placing import Results

HOUR = 86400
JOB = "0123456789abcdef0123456789abcdef"
ALPHA = 0.75


def write_cut_outs(folder: Path, first: int, last: int, name: str = "ball") -> str:
    """The plate's numbers as color, an alpha of 0.75 all over; the pattern."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, last + 1):
        color = footage.numbered((number if first > 1000 else number - 1) % 256)
        pixels = np.concatenate([color, np.full_like(color[..., :1], ALPHA)], axis=2)
        footage.write_image(folder / f"{name}.{number:04}.exr", pixels)
    return str(folder / f"{name}.####.exr")


def write_mattes(folder: Path, first: int, last: int, name: str = "ball") -> str:
    """Gray pictures of the frame's number; the pattern."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, last + 1):
        footage.write_image(folder / f"{name}.{number:04}.exr", footage.numbered((number - 1) % 256))
    return str(folder / f"{name}.####.exr")


def results(pattern: str, first: int, last: int, *more: str, **other: Any) -> Results:
    """Of a job that was asked for a red ball."""
    return Results(JOB, (pattern, *more), first, last, **{"prompt": "red ball", **other})


def host_of(fake: Any) -> Host:
    return connect(fake.resolve, fake.fusion, fake.bmd)


def edit_of(fake: Any) -> Any:
    return fake.project.GetCurrentTimeline()


def lay(
    fake: Any, file: str, begin: int, end: int, at: int = HOUR, track: int = 1, first: int = 0, last: int = 0
) -> Any:
    """The item of a movie's frames ``begin`` to ``end``, from 0, the last excluded; of a sequence with ``first``."""
    pool, edit = fake.project.GetMediaPool(), edit_of(fake)
    while edit.GetTrackCount("video") < track:
        edit.AddTrack("video")
    held = [each for each in pool.GetRootFolder().GetClipList() if each.GetClipProperty("File Path") == file]
    media = held[0] if held else None
    if media is None:
        (media,) = pool.ImportMedia([{"FilePath": file, "StartIndex": first, "EndIndex": last} if last else file])
    info = {"mediaPoolItem": media, "startFrame": begin, "endFrame": end, "recordFrame": at, "trackIndex": track}
    (item,) = pool.AppendToTimeline([{**info, "mediaType": 1}])
    assert item in edit.GetItemListInTrack("video", track)
    return item


def clip_of(fake: Any, item: Any) -> Clip:
    """As the panel reads it."""
    (found,) = clips.selected(host_of(fake), [item.GetUniqueId()])
    return found


def place(fake: Any, items: list[Any], made: Results, kind: str = placing.Kind.CUT_OUT, **choices: Any) -> Any:
    """``placing.place`` with the clips as they are now."""
    read = [clip_of(fake, item) for item in items]
    return placing.place(host_of(fake), read, made, kind, placing.Choices(**choices))


def by_hand(item: Any, **place: Any) -> None:
    """Moves or trims a clip as an editor does: ``start``, ``duration``, ``source_in``."""
    if "source_in" in place:
        place["source_in"] = Fraction(place["source_in"])
    item._placing = replace(item._placing, **place)


def shown(fake: Any, record: int, track: int) -> int:
    """The number that is seen on one track."""
    return footage.number_in(fake.picture(edit_of(fake), record, track))


def layout(fake: Any) -> list[tuple[str, list[tuple[int, int]]]]:
    """Name, and (first, last) record frames of what lies on it, of each video track."""
    edit = edit_of(fake)
    return [
        (
            edit.GetTrackName("video", number),
            [(each.GetStart(), each.GetEnd() - 1) for each in edit.GetItemListInTrack("video", number)],
        )
        for number in range(1, edit.GetTrackCount("video") + 1)
    ]


def bins(fake: Any) -> dict[str, list[str]]:
    """Names of the clips in the root and in each bin below it."""
    root = fake.project.GetMediaPool().GetRootFolder()
    folders = [root, *root.GetSubFolderList()]
    return {folder.GetName(): [clip.GetName() for clip in folder.GetClipList()] for folder in folders}


def everything(fake: Any) -> Any:
    """All timelines, the media pool, and what is open, as data."""
    project = fake.project
    timelines = [project.GetTimelineByIndex(number) for number in range(1, project.GetTimelineCount() + 1)]
    pool = project.GetMediaPool()
    return (
        [fake.state(each) for each in timelines],
        bins(fake),
        pool.GetCurrentFolder().GetName(),
        project.GetCurrentTimeline().GetName() if project.GetCurrentTimeline() else None,
        fake.resolve.GetCurrentPage(),
        [pool.GetClipMatteList(each) for each in pool.GetRootFolder().GetClipList()],
    )


def refused(fake: Any, kind: type[MattewireError], act: Callable[[], Any]) -> MattewireError:
    """The error that ``act`` ends with; nothing in Resolve is changed by it."""
    before = everything(fake)
    with pytest.raises(kind) as caught:
        act()
    assert everything(fake) == before
    assert caught.value.message
    assert caught.value.advice
    return caught.value
