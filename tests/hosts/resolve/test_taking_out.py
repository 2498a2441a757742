"""Remove last result: the timeline exactly as it was, the bin too, and the job's own files untouched."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from placing_rig import (
    HOUR,
    bins,
    edit_of,
    everything,
    host_of,
    lay,
    layout,
    place,
    results,
    write_cut_outs,
    write_mattes,
)  # fmt: skip

from mattewire_protocol.errors import BadField, NotWritable
from mattewire_resolve import placing
from mattewire_resolve.placing import Kind, Placed, Results

Movie = Callable[..., str]
TRACK = "Mattewire mattes - red ball"


@pytest.fixture
def made(tmp_path: Path) -> Results:
    return results(write_cut_outs(tmp_path / "mattes", 1, 24), 1, 24)


def files(made: Results) -> list[str]:
    return sorted(os.listdir(os.path.dirname(made.patterns[0])))


@pytest.mark.parametrize(
    ("kind", "percent"),
    [(kind, percent) for kind in Kind.ALL for percent in (100, -50) if (kind, percent) != (Kind.FUSION, -50)],
)
def test_exactly_as_before(fake: Any, movie: Movie, made: Results, tmp_path: Path, kind: str, percent: int) -> None:
    if kind == Kind.MATTE:
        made = results(write_mattes(tmp_path / "gray", 1, 24), 1, 24)
    file = movie()
    items = [lay(fake, file, 4, 12, at=HOUR + 3), lay(fake, file, 2, 8, at=HOUR + 30)]
    lay(fake, movie("title.mov"), 0, 8, at=HOUR + 3, track=2)
    edit_of(fake).AddMarker(3, "Red", "mine", "", 1, "")
    if percent != 100:
        fake.retime(items[0], percent)
    before, on_disk = everything(fake), files(made)
    placed = place(fake, items, made, kind)
    assert everything(fake) != before or kind == Kind.OTIO
    placing.remove(host_of(fake), Placed.from_text(placed.to_text()))
    assert everything(fake) == before
    assert files(made) == on_disk


def test_what_was_removed_is_counted(fake: Any, movie: Movie, made: Results) -> None:
    file = movie()
    placed = place(fake, [lay(fake, file, 0, 4), lay(fake, file, 6, 9, at=HOUR + 9)], made)
    removed = placing.remove(host_of(fake), placed)
    assert (removed.items, removed.tracks, removed.media, removed.notes) == (2, 1, 2, [])
    again = placing.remove(host_of(fake), placed)
    assert (again.items, again.tracks, again.media) == (0, 0, 0)


def test_the_last_one_is_known_after_a_restart(fake: Any, movie: Movie, made: Results) -> None:
    file = movie()
    first, second = lay(fake, file, 0, 4), lay(fake, file, 6, 9, at=HOUR + 9)
    edit_of(fake).AddMarker(0, "Red", "an artist's", "", 1, "notes of another tool")
    before = everything(fake)
    place(fake, [second], made)
    between = everything(fake)
    place(fake, [first], made)
    last, one = placing.on_timeline(edit_of(fake))
    assert (last.turn, one.turn) == (2, 1)
    placing.remove(host_of(fake), last)
    assert everything(fake) == between
    (left,) = placing.on_timeline(edit_of(fake))
    placing.remove(host_of(fake), left)
    assert everything(fake) == before


def test_results_go_in_any_order(fake: Any, movie: Movie, made: Results) -> None:
    file = movie()
    items = [lay(fake, file, 0, 4), lay(fake, file, 6, 9, at=HOUR + 9), lay(fake, file, 6, 9, at=HOUR + 12)]
    before = everything(fake)
    placed = [place(fake, [item], made) for item in items]
    for number in (1, 0, 2):
        placing.remove(host_of(fake), placed[number])
    assert everything(fake) == before


def test_an_empty_bin_that_was_there_stays(fake: Any, movie: Movie, made: Results) -> None:
    pool = fake.project.GetMediaPool()
    pool.AddSubFolder(pool.GetRootFolder(), "Mattewire")
    pool.SetCurrentFolder(pool.GetRootFolder())
    item = lay(fake, movie(), 0, 4)
    before = everything(fake)
    placing.remove(host_of(fake), place(fake, [item], made))
    assert everything(fake) == before
    assert bins(fake)["Mattewire"] == []


def test_what_was_deleted_by_hand_is_no_error(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 0, 4)
    before = everything(fake)
    placed = place(fake, [item], made)
    edit_of(fake).DeleteClips(edit_of(fake).GetItemListInTrack("video", 2))
    removed = placing.remove(host_of(fake), placed)
    assert everything(fake) == before
    assert (removed.items, removed.tracks, removed.media) == (0, 1, 1)


def test_a_track_that_an_artist_uses_stays(fake: Any, movie: Movie, made: Results) -> None:
    file = movie()
    placed = place(fake, [lay(fake, file, 0, 4)], made)
    lay(fake, file, 0, 4, at=HOUR + 40, track=2)
    placing.remove(host_of(fake), placed)
    assert layout(fake)[1] == (TRACK, [(HOUR + 40, HOUR + 43)])


def test_a_locked_track_is_told_before_anything_goes(fake: Any, movie: Movie, made: Results) -> None:
    placed = place(fake, [lay(fake, movie(), 0, 4)], made)
    edit_of(fake).SetTrackLock("video", 2, True)
    before = everything(fake)
    with pytest.raises(BadField, match="Video track 2") as caught:
        placing.remove(host_of(fake), placed)
    assert "Unlock" in caught.value.advice
    assert everything(fake) == before


def test_mattes_that_lie_elsewhere_too_are_left(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 2, 8)
    fake.retime(item, 50)
    placed = place(fake, [item], made)
    (matte,) = edit_of(fake).GetItemListInTrack("video", 2)
    pool = fake.project.GetMediaPool()
    edit = edit_of(fake)
    other = pool.CreateEmptyTimeline("Other")
    pool.AppendToTimeline([{"mediaPoolItem": matte.GetMediaPoolItem()}])
    fake.project.SetCurrentTimeline(edit)
    removed = placing.remove(host_of(fake), placed)
    assert "elsewhere" in removed.notes[0]
    assert fake.picture(other, HOUR)[..., 3].any()
    assert os.path.isdir(placed.folders[0])


def test_a_timeline_that_is_gone(fake: Any, movie: Movie, made: Results) -> None:
    placed = place(fake, [lay(fake, movie(), 2, 8)], made)
    fake.project.GetMediaPool().CreateEmptyTimeline("Other")
    fake.project.GetMediaPool().DeleteTimelines([fake.project.GetTimelineByIndex(1)])
    removed = placing.remove(host_of(fake), placed)
    assert (removed.items, removed.media) == (0, 1)
    assert "Edit" in removed.notes[0]
    assert "Mattewire" not in bins(fake)


def test_a_conformed_folder_with_other_files_is_left(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 2, 8)
    fake.retime(item, 50)
    placed = place(fake, [item], made)
    (folder,) = placed.folders
    Path(folder, "notes.txt").write_text("mine")
    removed = placing.remove(host_of(fake), placed)
    assert folder in removed.notes[0]
    assert os.listdir(folder) == ["notes.txt"]


def test_what_resolve_does_not_delete_is_said(
    fake: Any, movie: Movie, made: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = place(fake, [lay(fake, movie(), 2, 8)], made)
    monkeypatch.setattr(type(edit_of(fake)), "DeleteClips", lambda *_: False)
    with pytest.raises(NotWritable, match="did not delete 1 clips on Mattewire mattes"):
        placing.remove(host_of(fake), placed)
