"""Where results land, beside what is there already, on a timeline that changes; and that failing changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import footage
import pytest
from fake_resolve import pool as fake_pool
from placing_rig import (
    HOUR,
    bins,
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
    write_cut_outs,
    write_mattes,
)  # fmt: skip
from resolve_rig import opened

from mattewire_protocol.errors import BadField, NotWritable
from mattewire_resolve import placing
from mattewire_resolve.api import compositing, editing
from mattewire_resolve.placing import Kind, Results

TRACK = "Mattewire mattes - red ball"
Movie = Callable[..., str]


# --- what is laid ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("counted", ["from zero", "file numbers"])
def test_a_cut_out_over_a_clip(fake: Any, movie: Movie, made: Results, counted: str) -> None:
    fake.sequence_frames = counted
    item = lay(fake, movie(), 5, 15, at=HOUR + 3)
    placed = place(fake, [item], made)
    assert layout(fake) == [("Video 1", [(HOUR + 3, HOUR + 12)]), (TRACK, [(HOUR + 3, HOUR + 12)])]
    assert [shown(fake, HOUR + 3 + n, 2) for n in range(10)] == list(range(5, 15))
    (matte,) = edit_of(fake).GetItemListInTrack("video", 2)
    media = matte.GetMediaPoolItem()
    assert matte.GetName() == "clip.mov red ball cut-out"
    assert (matte.GetClipColor(), media.GetClipColor()) == ("Teal", "Teal")
    said = media.GetClipProperty()
    assert (said["Alpha mode"], said["Input Color Space"], said["Frames"]) == ("Straight", "Project", "10")
    assert said["File Path"].endswith("ball.[0006-0015].exr")
    assert bins(fake)["Mattewire"] == ["clip.mov red ball cut-out"]
    assert placed.item_ids == [matte.GetUniqueId()]
    assert placed.notes == []
    assert sorted(os.listdir(os.path.dirname(made.patterns[0]))) == [f"ball.{n:04}.exr" for n in range(1, 25)]


def test_a_sequence_over_a_sequence(fake: Any, tmp_path: Path) -> None:
    plate = footage.write_sequence(tmp_path / "plate", 1001, 1012)
    item = lay(fake, plate, 2, 9, first=1001, last=1012)
    made = results(write_cut_outs(tmp_path / "mattes", 1001, 1012), 1001, 1012)
    place(fake, [item], made)
    assert [shown(fake, HOUR + n, 2) for n in range(7)] == [shown(fake, HOUR + n, 1) for n in range(7)]
    assert shown(fake, HOUR, 2) == 1003 % 256


def test_printed_patterns_are_patterns_too(fake: Any, movie: Movie, made: Results) -> None:
    printed = results(made.patterns[0].replace("####", "%04d"), 1, 24)
    place(fake, [lay(fake, movie(), 5, 9)], printed)
    assert [shown(fake, HOUR + n, 2) for n in range(4)] == [5, 6, 7, 8]


def test_one_result_serves_all_uses(fake: Any, movie: Movie, made: Results) -> None:
    file = movie()
    items = [lay(fake, file, 0, 6), lay(fake, file, 12, 20, at=HOUR + 50), lay(fake, file, 3, 9, at=HOUR + 4, track=2)]
    fake.retime(items[1], -100)
    place(fake, items, made)
    names = [name for name, _ in layout(fake)]
    assert names == ["Video 1", TRACK, "Video 2", TRACK]
    for item, track in zip(items, (2, 2, 4), strict=True):
        below = track - 1
        for record in range(item.GetStart(), item.GetEnd()):
            assert shown(fake, record, track) == shown(fake, record, below)


def test_each_object_has_its_track(fake: Any, movie: Movie, tmp_path: Path) -> None:
    one, two = (write_cut_outs(tmp_path / name, 1, 24, name) for name in ("left", "right"))
    both = results(one, 1, 24, two, names=("left ball", "right ball"), version=3)
    place(fake, [lay(fake, movie(), 0, 4)], both)
    names = [name for name, _ in layout(fake)]
    assert sorted(names[1:]) == ["Mattewire mattes - left ball", "Mattewire mattes - right ball"]
    assert bins(fake)["Mattewire"] == ["clip.mov left ball cut-out v003", "clip.mov right ball cut-out v003"]


def test_a_single_frame(fake: Any, movie: Movie, made: Results) -> None:
    place(fake, [lay(fake, movie(), 5, 6)], made)
    assert layout(fake)[1] == (TRACK, [(HOUR, HOUR)])
    assert shown(fake, HOUR, 2) == 5


def test_a_frozen_clip(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 10)
    fake.retime(item, 0, source_in=7)
    place(fake, [item], made)
    assert [shown(fake, HOUR + n, 2) for n in range(5)] == [7] * 5


def test_a_gray_matte(fake: Any, movie: Movie, tmp_path: Path) -> None:
    made = results(write_mattes(tmp_path / "mattes", 1, 24), 1, 24)
    item = lay(fake, movie(), 5, 10)
    item.SetProperty({"ZoomGang": False, "ZoomX": 1.5, "ZoomY": 0.5, "Opacity": 40.0})
    placed = place(fake, [item], made, Kind.MATTE)
    (matte,) = edit_of(fake).GetItemListInTrack("video", 2)
    got = matte.GetProperty()
    assert (got["ZoomX"], got["ZoomY"], got["Opacity"]) == (1.5, 0.5, 100.0)
    assert got["CompositeMode"] == fake.resolve.COMPOSITE_LUM
    assert matte.GetMediaPoolItem().GetClipProperty("Input Color Space") == "Bypass"
    assert matte.GetMediaPoolItem().GetClipProperty("Alpha mode") == "None"
    assert "experimental" in placed.notes[-1]
    placing.remove(host_of(fake), placed)
    item.SetProperty({"ZoomX": 1.0, "ZoomY": 1.0})
    place(fake, [item], made, Kind.MATTE, composite_mode="COMPOSITE_NORMAL")
    assert [shown(fake, HOUR + n, 2) for n in range(5)] == [5, 6, 7, 8, 9]


@pytest.mark.parametrize("mode", ["davinciYRGB", "davinciYRGBColorManagedv2"])
def test_an_input_color_space_is_missed_only_where_there_are_any(
    fake: Any, movie: Movie, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    made = results(write_mattes(tmp_path / "mattes", 1, 24), 1, 24)
    item = lay(fake, movie(), 5, 10)
    fake.project.SetSetting("colorScienceMode", mode)
    monkeypatch.setattr(fake_pool, "SETTABLE", ("Clip Name", "Comments"))
    said = place(fake, [item], made, Kind.MATTE).notes
    assert ("Resolve did not take Input Color Space" in said[0]) is (mode != "davinciYRGB")


def test_a_composite_mode_that_resolve_lacks_is_said(fake: Any, movie: Movie, tmp_path: Path) -> None:
    made = results(write_mattes(tmp_path / "mattes", 1, 24), 1, 24)
    placed = place(fake, [lay(fake, movie(), 5, 10)], made, Kind.MATTE, composite_mode="COMPOSITE_NOSUCH")
    assert "COMPOSITE_NOSUCH" in placed.notes[0]


# --- movies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", ["source", "record"])
def test_a_movie_over_a_plain_clip(fake: Any, movie: Movie, offset: str) -> None:
    fake.left_offset = offset
    file = movie()
    items = [lay(fake, file, 5, 10), lay(fake, file, 8, 12, at=HOUR + 20)]
    held = results(movie("cut.mov", frames=10, alpha=True), 4, 13)  # its first frame is the clip's fourth
    placed = place(fake, items, held)
    assert layout(fake)[1] == (TRACK, [(HOUR, HOUR + 4), (HOUR + 20, HOUR + 23)])
    assert [shown(fake, HOUR + n, 2) for n in range(5)] == [2, 3, 4, 5, 6]
    assert [shown(fake, HOUR + 20 + n, 2) for n in range(4)] == [5, 6, 7, 8]
    assert len(placed.media) == 1  # one import for both


@pytest.mark.parametrize("why", ["retimed", "backward", "another rate"])
def test_a_movie_cannot_follow(fake: Any, movie: Movie, why: str) -> None:
    item = lay(fake, movie(fps="25" if why == "another rate" else "24"), 5, 10)
    if why != "another rate":
        fake.retime(item, 50 if why == "retimed" else -100)
    held = results(movie("cut.mov", alpha=True), 1, 24)
    problem = refused(fake, BadField, lambda: place(fake, [item], held))
    assert (problem.field, "Choose EXR" in problem.advice) == ("movie", True)


def test_a_movie_that_begins_elsewhere_than_it_was_told(
    fake: Any, movie: Movie, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = lay(fake, movie(), 5, 10)
    held = results(movie("cut.mov", alpha=True), 1, 24)
    clip = clip_of(fake, item)
    monkeypatch.setattr(editing, "begins_at", lambda _: 6)
    problem = refused(fake, NotWritable, lambda: placing.place(host_of(fake), [clip], held, Kind.CUT_OUT))
    assert "from its frame 6, not 5" in problem.message


# --- beside what is there --------------------------------------------------------------------------------------


def test_titles_stay_on_top_and_tracks_of_others_are_left_alone(fake: Any, movie: Movie, made: Results) -> None:
    file, title = movie(), movie("title.mov")
    item = lay(fake, file, 0, 6)
    lay(fake, title, 0, 4, at=HOUR + 100, track=2)
    edit_of(fake).SetTrackName("video", 2, "Titles")
    place(fake, [item], made)
    assert layout(fake) == [
        ("Video 1", [(HOUR, HOUR + 5)]),
        (TRACK, [(HOUR, HOUR + 5)]),
        ("Titles", [(HOUR + 100, HOUR + 103)]),
    ]


def test_our_own_track_is_used_again_where_it_is_free(fake: Any, movie: Movie, made: Results) -> None:
    file = movie()
    first, second = lay(fake, file, 0, 6), lay(fake, file, 6, 12, at=HOUR + 6)
    one = place(fake, [first], made)
    two = place(fake, [second], made)
    assert layout(fake)[1:] == [(TRACK, [(HOUR, HOUR + 5), (HOUR + 6, HOUR + 11)])]
    place(fake, [first], made)  # taken there: a new one, right above the clip
    assert [name for name, _ in layout(fake)] == ["Video 1", TRACK, TRACK]
    assert layout(fake)[1][1] == [(HOUR, HOUR + 5)]
    placing.remove(host_of(fake), one)
    placing.remove(host_of(fake), two)
    assert [name for name, _ in layout(fake)] == ["Video 1", TRACK]


@pytest.mark.parametrize("state", ["locked", "hidden", "below an artist's"])
def test_our_own_track_is_left_alone_when_it_is(fake: Any, movie: Movie, made: Results, state: str) -> None:
    file = movie()
    first, second = lay(fake, file, 0, 6), lay(fake, file, 6, 12, at=HOUR + 6)
    place(fake, [first], made)
    if state == "locked":
        edit_of(fake).SetTrackLock("video", 2, True)
    elif state == "hidden":
        edit_of(fake).SetTrackEnable("video", 2, False)
    else:
        edit_of(fake).AddTrack("video", {"index": 2})
    place(fake, [second], made)
    assert layout(fake)[1] == (TRACK, [(HOUR + 6, HOUR + 11)])
    assert layout(fake)[-1] == (TRACK, [(HOUR, HOUR + 5)])


def test_a_locked_clip_is_no_hindrance(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 0, 6)
    edit_of(fake).SetTrackLock("video", 1, True)
    place(fake, [item], made)
    assert layout(fake)[1] == (TRACK, [(HOUR, HOUR + 5)])


def test_page_playhead_bin_and_timeline_are_as_before(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 0, 6)
    clip = clip_of(fake, item)
    pool, edit = fake.project.GetMediaPool(), edit_of(fake)
    pool.AddSubFolder(pool.GetRootFolder(), "Rushes")
    fake.playhead(edit, HOUR + 4)
    pool.CreateEmptyTimeline("Other")
    fake.playhead(edit_of(fake), HOUR + 77)
    fake.resolve.OpenPage("color")
    before = everything(fake)
    placed = placing.place(host_of(fake), [clip], made, Kind.CUT_OUT)
    after = everything(fake)
    assert after[2:5] == before[2:5] == ("Rushes", "Other", "color")
    assert [state["playhead"] for state in after[0]] == [HOUR + 4, HOUR + 77]
    assert after[0][1] == before[0][1]
    assert placed.timeline_name == "Edit"
    placing.remove(host_of(fake), placed)
    assert everything(fake) == before


@pytest.mark.parametrize("page", ["media", "cut", "edit", "fusion", "color", "fairlight", "deliver"])
def test_from_every_page(fake: Any, movie: Movie, made: Results, page: str) -> None:
    item = lay(fake, movie(), 0, 6)
    fake.resolve.OpenPage(page)
    before = everything(fake)
    placed = place(fake, [item], made)
    assert fake.resolve.GetCurrentPage() == page
    placing.remove(host_of(fake), placed)
    assert everything(fake) == before


def test_in_the_free_edition(movie: Movie, made: Results) -> None:
    fake = opened(edition="free", version=(21, 0, 0))
    before_item = lay(fake, movie(), 0, 6)
    before = everything(fake)
    placed = place(fake, [before_item], made)
    placing.remove(host_of(fake), placed)
    assert everything(fake) == before
    assert fake.dialogs == []


# --- when Resolve refuses ----------------------------------------------------------------------------------------


def test_an_append_that_answers_with_an_error_leaves_nothing(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 0, 4)
    fake.append_error = True
    problem = refused(fake, NotWritable, lambda: place(fake, [item], made))
    assert "did not lay the 4 frames" in problem.message
    assert "Mattewire" not in bins(fake)


def test_a_retimed_clip_leaves_no_folder_when_refused(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 0, 8)
    fake.retime(item, 50)
    fake.append_error = True
    refused(fake, NotWritable, lambda: place(fake, [item], made))
    assert sorted(os.listdir(os.path.dirname(made.patterns[0]))) == [f"ball.{n:04}.exr" for n in range(1, 25)]


def test_the_second_of_two_that_fails_takes_the_first_along(fake: Any, movie: Movie, made: Results) -> None:
    file = movie()
    items = [lay(fake, file, 0, 6), lay(fake, file, 6, 12, at=HOUR + 50)]
    Path(made.patterns[0].replace("####", "0007")).write_bytes(b"no picture")
    problem = refused(fake, NotWritable, lambda: place(fake, items, made))
    assert "imported nothing of ball.%04d.exr" in problem.message


def test_a_rate_that_the_project_imposes_on_sequences(movie: Movie, made: Results) -> None:
    """A timeline may run at another rate than its project, which is what images are read at."""
    fake = opened(frame_rate="24")
    item = lay(fake, movie(), 0, 6)
    fake.project._settings["timelineFrameRate"] = "25"
    problem = refused(fake, BadField, lambda: place(fake, [item], made))
    assert "another rate than the timeline's 24 " in problem.message


def test_a_kind_that_there_is_not(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 0, 6)
    problem = refused(fake, BadField, lambda: place(fake, [item], made, "hologram"))
    assert problem.field == "kind"


def test_mattes_that_are_moved_by_what_comes_after(
    fake: Any, movie: Movie, made: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clip color that ripples: nothing Resolve does, but what it is read once more for."""
    item = lay(fake, movie(), 0, 6)
    monkeypatch.setattr(compositing, "paint", lambda matte, _: by_hand(matte, start=HOUR + 1))
    problem = refused(fake, NotWritable, lambda: place(fake, [item], made))
    assert problem.message == "1 of 1 mattes did not stay where they were laid."
