"""OTIO comes in only when it looks as if Resolve had written it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import footage
import pytest

Movie = Callable[..., str]
TIMECODE, HOUR = "01:00:00:00", 86400


def time(value: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": value}


def span(first: float, length: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": time(first), "duration": time(length)}


def document(path: str, frames: int = 24) -> dict[str, Any]:
    """Two frames of nothing, then five frames of the movie from its tenth on."""
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "target_url": path,
        "available_range": span(HOUR, frames),
        "metadata": {},
        "name": "clip.mov",
    }
    clip = {
        "OTIO_SCHEMA": "Clip.2",
        "name": "clip.mov",
        "enabled": True,
        "metadata": {},
        "effects": [],
        "source_range": span(HOUR + 10, 5),
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }
    gap = {"OTIO_SCHEMA": "Gap.1", "source_range": span(0, 2)}
    track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "name": "Video 1", "children": [gap, clip]}
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": "Matte",
        "global_start_time": time(HOUR),
        "tracks": {"OTIO_SCHEMA": "Stack.1", "children": [track]},
    }


def bring_in(fake: Any, folder: Path, made: Any, options: dict[str, Any] | None = None) -> Any:
    path = folder / "edit.otio"
    path.write_text(json.dumps(made))
    return fake.project.GetMediaPool().ImportTimelineFromFile(str(path), *([options] if options else []))


@pytest.mark.parametrize(("scalar", "shows"), [(None, [10, 11, 12, 13, 14]), (2, [10, 12, 14, 16, 18])])
def test_resolve_s_own_shape_comes_in(fake: Any, movie: Movie, tmp_path: Path, scalar: float, shows: list[int]) -> None:
    made = document(movie(timecode=TIMECODE))
    if scalar:
        warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": scalar}
        made["tracks"]["children"][0]["children"][1]["effects"].append(warp)
    edit = bring_in(fake, tmp_path, made)
    (item,) = edit.GetItemListInTrack("video", 1)
    assert (item.GetStart(), item.GetDuration()) == (HOUR + 2, 5)
    assert [footage.number_in(fake.picture(edit, HOUR + 2 + n)) for n in range(5)] == shows
    assert fake.project.GetCurrentTimeline() is edit


def test_backward(fake: Any, movie: Movie, tmp_path: Path) -> None:
    made = document(movie(timecode=TIMECODE))
    warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": -1.0}
    made["tracks"]["children"][0]["children"][1]["effects"].append(warp)
    edit = bring_in(fake, tmp_path, made)
    assert [footage.number_in(fake.picture(edit, HOUR + 2 + n)) for n in range(5)] == [14, 13, 12, 11, 10]


def clip_of(made: Any) -> Any:
    return made["tracks"]["children"][0]["children"][1]


def broken(made: Any) -> dict[str, Callable[[], Any]]:
    clip = clip_of(made)
    reference = clip["media_references"]["DEFAULT_MEDIA"]
    return {
        "source range from zero": lambda: clip.update(source_range=span(10, 5)),
        "Clip.1": lambda: clip.update(OTIO_SCHEMA="Clip.1"),
        "no map of references": lambda: clip.pop("media_references"),
        "another key": lambda: clip.update(active_media_reference_key="PROXY"),
        "a file URL": lambda: reference.update(target_url=f"file://{reference['target_url']}"),
        "no available range": lambda: reference.pop("available_range"),
        "not the media's range": lambda: reference.update(available_range=span(0, 24)),
        "no metadata": lambda: clip.pop("metadata"),
        "no start": lambda: made.pop("global_start_time"),
        "a track by another name": lambda: made["tracks"]["children"][0].update(name="Mattes"),
        "past the end": lambda: clip.update(source_range=span(HOUR + 20, 5)),
        "missing media": lambda: reference.update(target_url="/nowhere.mov"),
    }


@pytest.mark.parametrize("fault", sorted(broken(document(""))))
def test_everything_else_is_none(fake: Any, movie: Movie, tmp_path: Path, fault: str) -> None:
    made = copy.deepcopy(document(movie(timecode=TIMECODE)))
    broken(made)[fault]()
    assert bring_in(fake, tmp_path, made) is None
    assert fake.project.GetTimelineCount() == 1


def test_a_name_that_is_taken(fake: Any, movie: Movie, tmp_path: Path) -> None:
    made = document(movie(timecode=TIMECODE))
    assert bring_in(fake, tmp_path, made) is not None
    assert bring_in(fake, tmp_path, made) is None
    assert bring_in(fake, tmp_path, made, {"timelineName": "Matte 2"}).GetName() == "Matte 2"
    assert fake.project.GetMediaPool().ImportTimelineFromFile(str(tmp_path / "none.otio")) is None
    (tmp_path / "bad.otio").write_text("{")
    assert fake.project.GetMediaPool().ImportTimelineFromFile(str(tmp_path / "bad.otio")) is None
