"""Clips are found again where they are now: moved, trimmed, deleted, rendered, on a timeline that is not open."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from placing_rig import (
    HOUR,
    by_hand,
    clip_of,
    edit_of,
    everything,
    host_of,
    lay,
    layout,
    place,
    refused,
    results,
    shown,
)  # fmt: skip

from mattewire_panel.frames import FrameMap
from mattewire_protocol.errors import BadField, PlateNotFound, RangeOutsidePlate
from mattewire_resolve import placing
from mattewire_resolve.api.connection import Host
from mattewire_resolve.placing import Kind, Results

TRACK = "Mattewire mattes - red ball"
Movie = Callable[..., str]


# --- clips that were rendered through Resolve --------------------------------------------------------------------


def rendered(fake: Any, item: Any, file: str) -> Any:
    """The clip as it is after the panel rendered its record frames to ``file``, whose first frame is 1."""
    first = item.GetStart()
    pairs = {first + n: 1 + n for n in range(item.GetDuration())}
    return replace(clip_of(fake, item), file=file, frames=FrameMap.of_pairs(pairs), rendered=True, media_id="")


def test_a_rendered_clip(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 10)
    fake.retime(item, 200)
    fake.grade(item, "night")
    clip = rendered(fake, item, "/renders/clip.%04d.exr")
    place_it = lambda: placing.place(host_of(fake), [clip], made, Kind.CUT_OUT)  # noqa: E731
    placed = place_it()
    assert [shown(fake, HOUR + n, 2) for n in range(5)] == [0, 1, 2, 3, 4]
    assert fake.state(edit_of(fake))["tracks"]["video"][1][4][0]["grade"] == ""  # it is in the file
    placing.remove(host_of(fake), placed)
    by_hand(item, start=HOUR + 30)
    placing.remove(host_of(fake), place_it())
    place_it()
    assert layout(fake)[1] == (TRACK, [(HOUR + 30, HOUR + 34)])
    assert shown(fake, HOUR + 30, 2) == 0


@pytest.mark.parametrize(("own", "expected"), [("Rec.709 Gamma 2.4", "Rec.709 Gamma 2.4"), ("", "Project")])
def test_the_color_space_of_a_rendered_clip(fake: Any, movie: Movie, made: Results, own: str, expected: str) -> None:
    """Not the camera's: Resolve has rendered to the project's."""
    item = lay(fake, movie(), 5, 10)
    item.GetMediaPoolItem().SetClipProperty("Input Color Space", "ARRI LogC3")
    clip = replace(rendered(fake, item, "/renders/clip.%04d.exr"), colorspace=own)
    placing.place(host_of(fake), [clip], made, Kind.CUT_OUT)
    (matte,) = edit_of(fake).GetItemListInTrack("video", 2)
    assert matte.GetMediaPoolItem().GetClipProperty("Input Color Space") == expected


def test_a_rendered_clip_that_was_trimmed(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 10)
    clip = rendered(fake, item, "/renders/clip.%04d.exr")
    by_hand(item, start=HOUR + 1, duration=3)
    problem = refused(fake, BadField, lambda: placing.place(host_of(fake), [clip], made, Kind.CUT_OUT))
    assert (problem.field, "Render it again" in problem.advice) == ("plate.render", True)


# --- a timeline that changes while the job runs ------------------------------------------------------------------


def test_a_clip_that_moved_is_found(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 15)
    clip = clip_of(fake, item)
    by_hand(item, start=HOUR + 200)
    placing.place(host_of(fake), [clip], made, Kind.CUT_OUT)
    assert layout(fake)[1] == (TRACK, [(HOUR + 200, HOUR + 209)])
    assert shown(fake, HOUR + 200, 2) == shown(fake, HOUR + 200, 1) == 5


def test_a_track_put_below_moves_it_up(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 15)
    clip = clip_of(fake, item)
    edit_of(fake).AddTrack("video", {"index": 1})
    placing.place(host_of(fake), [clip], made, Kind.CUT_OUT)
    assert [spans for _, spans in layout(fake)] == [[], [(HOUR, HOUR + 9)], [(HOUR, HOUR + 9)]]


def test_a_clip_that_was_trimmed(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 15)
    clip = clip_of(fake, item)
    by_hand(item, start=HOUR + 4, duration=3, source_in=9)
    placing.place(host_of(fake), [clip], made, Kind.CUT_OUT)
    assert layout(fake)[1] == (TRACK, [(HOUR + 4, HOUR + 6)])
    assert [shown(fake, HOUR + n, 2) for n in (4, 5, 6)] == [9, 10, 11]


def test_a_clip_that_was_made_longer_gets_what_is_finished(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 10)
    clip = clip_of(fake, item)
    by_hand(item, duration=15)
    part = results(made.patterns[0], 4, 12)
    placed = placing.place(host_of(fake), [clip], part, Kind.CUT_OUT)
    assert layout(fake)[1] == (TRACK, [(HOUR, HOUR + 6)])
    assert [shown(fake, HOUR + n, 2) for n in range(7)] == list(range(5, 12))
    assert "13-20" in placed.notes[0]


def test_a_hole_in_the_mattes_stays_free(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 15)
    os.remove(made.patterns[0].replace("####", "0009"))
    placed = place(fake, [item], made)
    assert layout(fake)[1] == (TRACK, [(HOUR, HOUR + 2), (HOUR + 4, HOUR + 9)])
    assert [shown(fake, HOUR + n, 2) for n in (0, 1, 2, 4, 9)] == [5, 6, 7, 9, 14]
    assert placed.notes == ["clip.mov shows frames that have no matte: 9. Press Mask subject again to have these too."]


def test_a_clip_that_shows_other_frames_now(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 0, 4)
    clip = clip_of(fake, item)
    by_hand(item, source_in=18)
    part = results(made.patterns[0], 1, 6)
    problem = refused(fake, RangeOutsidePlate, lambda: placing.place(host_of(fake), [clip], part, Kind.CUT_OUT))
    assert "19-22" in problem.message


def test_a_clip_that_was_deleted(fake: Any, movie: Movie, made: Results) -> None:
    file = movie()
    item, other = lay(fake, file, 0, 4), lay(fake, file, 4, 8, at=HOUR + 4)
    read = [clip_of(fake, item), clip_of(fake, other)]
    edit_of(fake).DeleteClips([item])
    problem = refused(fake, BadField, lambda: placing.place(host_of(fake), read[:1], made, Kind.CUT_OUT))
    assert "no longer on any timeline" in problem.message
    placed = placing.place(host_of(fake), read, made, Kind.CUT_OUT)
    assert layout(fake)[1] == (TRACK, [(HOUR + 4, HOUR + 7)])
    assert "no longer on the timeline" in placed.notes[0]


def test_a_clip_that_went_into_a_compound(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 0, 4)
    clip = clip_of(fake, item)
    edit_of(fake).CreateCompoundClip([item])
    problem = refused(fake, BadField, lambda: placing.place(host_of(fake), [clip], made, Kind.CUT_OUT))
    assert problem.message == "clip.mov is no longer on any timeline of this project."


def test_a_clip_that_was_retimed_meanwhile(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 4, 12)
    clip = clip_of(fake, item)
    fake.retime(item, -100)
    placing.place(host_of(fake), [clip], made, Kind.CUT_OUT)
    assert [shown(fake, HOUR + n, 2) for n in range(8)] == list(range(11, 3, -1))


def test_a_dialog_that_is_open(fake: Any, movie: Movie, made: Results) -> None:
    """While it is, every call answers False."""
    clip = clip_of(fake, lay(fake, movie(), 0, 4))
    before = everything(fake)
    fake.dialog = "You have reached a limitation"
    host = Host(fake.resolve, fake.fusion, fake.bmd, "DaVinci Resolve", (21, 0, 0), False)
    with pytest.raises(BadField) as caught:
        placing.place(host, [clip], made, Kind.CUT_OUT)
    assert caught.value.advice
    fake.dismiss_dialog()
    assert everything(fake) == before


def test_a_timeline_that_is_gone_and_another_project(fake: Any, movie: Movie, made: Results) -> None:
    clip = clip_of(fake, lay(fake, movie(), 0, 4))
    fake.project.GetMediaPool().DeleteTimelines([edit_of(fake)])
    refused(fake, BadField, lambda: placing.place(host_of(fake), [clip], made, Kind.CUT_OUT))
    fake.manager.CreateProject("Other")
    problem = refused(fake, BadField, lambda: placing.place(host_of(fake), [clip], made, Kind.CUT_OUT))
    assert "project" in problem.advice


def test_a_clip_that_went_offline_or_shows_another_file(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 0, 4)
    clip = clip_of(fake, item)
    item._clip = fake.project.GetMediaPool().ImportMedia([movie("other.mov")])[0]
    problem = refused(fake, BadField, lambda: placing.place(host_of(fake), [clip], made, Kind.CUT_OUT))
    assert "other.mov" in problem.message
    os.remove(clip.file)
    os.remove(item._clip._media.pattern)
    refused(fake, PlateNotFound, lambda: placing.place(host_of(fake), [clip], made, Kind.CUT_OUT))
