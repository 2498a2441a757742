"""The calls that change a timeline, each held against what it must not believe."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from placing_rig import HOUR, bins, edit_of, everything, host_of, lay, layout

from mattewire_protocol.errors import BadField, NotWritable
from mattewire_resolve.api import compositing, editing, pool

Movie = Callable[..., str]
NAME = "Mattewire mattes - red ball"


def media_of(fake: Any, path: str) -> Any:
    (media,) = fake.project.GetMediaPool().ImportMedia([path])
    return media


def test_a_phantom_is_no_item(fake: Any, movie: Movie) -> None:
    """What overlaps is dropped by Resolve, and comes back as if it stood there."""
    lay(fake, movie(), 0, 10, at=HOUR + 5)
    media = media_of(fake, movie("matte.mov"))
    before = everything(fake)
    with pytest.raises(NotWritable, match=r"the 6 frames of matte\.mov at record frame 86400 of video track 1"):
        editing.lay(host_of(fake), edit_of(fake), media, 1, HOUR, 6, [(0, 6)])
    assert everything(fake) == before


def test_what_came_out_shorter_is_taken_back(fake: Any, movie: Movie) -> None:
    media = media_of(fake, movie("matte.mov", fps="25"))
    before = everything(fake)
    with pytest.raises(NotWritable):
        editing.lay(host_of(fake), edit_of(fake), media, 1, HOUR, 10, [(0, 10), (1, 11)])
    assert everything(fake) == before


def test_each_way_of_counting_is_tried(fake: Any, movie: Movie) -> None:
    media = media_of(fake, movie("matte.mov"))
    item = editing.lay(host_of(fake), edit_of(fake), media, 1, HOUR, 4, [(500, 504), (0, 9), (2, 6)])
    assert editing.span(item) == (HOUR, HOUR + 3)
    assert editing.begins_at(item) == 2
    assert layout(fake) == [("Video 1", [(HOUR, HOUR + 3)])]


def test_a_new_track_where_an_index_is_not_taken(fake: Any, movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before version 18.6 AddTrack has no index: the track is put on top."""
    lay(fake, movie(), 0, 4, track=2)
    taken = type(edit_of(fake)).AddTrack
    monkeypatch.setattr(
        type(edit_of(fake)), "AddTrack", lambda self, kind, options=None: options is None and taken(self, kind)
    )
    track = editing.own_track(edit_of(fake), 1, NAME, [(HOUR, HOUR)])
    assert (track.index, track.made) == (3, True)
    assert layout(fake)[2] == (NAME, [])


@pytest.mark.parametrize("broken", ["AddTrack", "SetTrackName"])
def test_a_track_that_is_not_made(fake: Any, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    before = everything(fake)
    monkeypatch.setattr(type(edit_of(fake)), broken, lambda *_: True)  # it says
    with pytest.raises(NotWritable, match="no new video track"):
        editing.own_track(edit_of(fake), 1, NAME, [(HOUR, HOUR)])
    assert everything(fake) == before


def test_a_page_that_does_not_open(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.resolve.OpenPage("color")
    monkeypatch.setattr(type(fake.resolve), "OpenPage", lambda *_: True)
    with pytest.raises(BadField, match="Edit page"), editing.open_timeline(host_of(fake), edit_of(fake)):
        pytest.fail("it is not open")


def test_a_timeline_that_does_not_open(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = edit_of(fake)
    fake.project.GetMediaPool().CreateEmptyTimeline("Other")
    monkeypatch.setattr(type(fake.project), "SetCurrentTimeline", lambda *_: True)
    with pytest.raises(NotWritable, match="the timeline Edit"), editing.open_timeline(host_of(fake), edit):
        pytest.fail("it is not open")


def test_all_is_restored_after_an_error(fake: Any) -> None:
    edit = edit_of(fake)
    fake.playhead(edit, HOUR + 5)
    fake.project.GetMediaPool().CreateEmptyTimeline("Other")
    fake.resolve.OpenPage("deliver")
    before = everything(fake)

    def fail() -> None:
        with editing.open_timeline(host_of(fake), edit):
            assert edit_of(fake).GetName() == "Edit"
            edit.SetCurrentTimecode("01:00:09:00")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert everything(fake) == before


@pytest.mark.parametrize("page", ["edit", "media"])
def test_the_playhead_goes_back(fake: Any, page: str) -> None:
    edit = edit_of(fake)
    fake.playhead(edit, HOUR + 5)
    fake.resolve.OpenPage(page)
    before = everything(fake)
    with editing.open_timeline(host_of(fake), edit):
        edit.SetCurrentTimecode("01:00:09:00")
    assert everything(fake) == before


def test_markers_make_room_for_each_other(fake: Any) -> None:
    edit = edit_of(fake)
    marker = {"color": "Mint", "name": "n", "note": "", "data": "one"}
    edit.AddMarker(0, "Red", "mine", "", 1, "")
    assert editing.add_marker(edit, HOUR, HOUR + 1, marker)
    assert sorted(edit.GetMarkers()) == [0.0, 1.0]
    assert not editing.add_marker(edit, HOUR, HOUR + 1, {**marker, "data": "two"})
    assert not editing.add_marker(edit, HOUR + 5, HOUR + 6, {**marker, "color": "Plaid", "data": "two"})
    assert editing.marker_data(edit) == ["", "one"]
    assert editing.delete_marker(edit, "one")
    assert editing.delete_marker(edit, "never was")
    assert editing.marker_data(edit) == [""]


def test_only_empty_tracks_of_that_name_are_deleted(fake: Any, movie: Movie) -> None:
    lay(fake, movie(), 0, 4, track=2)
    edit_of(fake).SetTrackName("video", 2, NAME)
    assert not editing.delete_empty_track(edit_of(fake), 2, NAME)
    assert not editing.delete_empty_track(edit_of(fake), 1, NAME)
    assert not editing.delete_empty_track(edit_of(fake), 9, NAME)
    edit_of(fake).DeleteClips(edit_of(fake).GetItemListInTrack("video", 2))
    assert editing.delete_empty_track(edit_of(fake), 2, NAME)


def test_constants(fake: Any) -> None:
    assert compositing.constant(host_of(fake), "COMPOSITE_SCREEN") == 5
    assert compositing.constant(host_of(fake), "COMPOSITE_NOSUCH") is None
    assert not compositing.knows(fake.resolve, "NoSuchCall")
    assert compositing.knows(fake.resolve, "OpenPage")


# --- the media pool ----------------------------------------------------------------------------------------------


def test_a_bin_that_cannot_be_made(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(fake.project.GetMediaPool()), "AddSubFolder", lambda *_: None)
    with pytest.raises(NotWritable, match="no bin called Mattewire"):
        pool.open_bin(host_of(fake))


def test_a_bin_that_does_not_open(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    held = fake.project.GetMediaPool()
    held.AddSubFolder(held.GetRootFolder(), "Mattewire")
    held.SetCurrentFolder(held.GetRootFolder())
    monkeypatch.setattr(type(held), "SetCurrentFolder", lambda *_: True)
    with pytest.raises(NotWritable, match="does not open the bin"):
        pool.open_bin(host_of(fake))


def test_an_import_that_is_cut_short(fake: Any, movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    held = fake.project.GetMediaPool()
    taken = type(held).ImportMedia
    path = movie(frames=5)
    monkeypatch.setattr(type(held), "ImportMedia", lambda self, _: taken(self, [path]))
    before = bins(fake)
    with pytest.raises(NotWritable, match=r"only 5 of its 9 frames of ball\.%04d\.exr"):
        pool.import_sequence(host_of(fake), "/mattes/ball.%04d.exr", 1, 9)
    assert bins(fake) == before


def test_properties_of_media_are_read_back(fake: Any, movie: Movie) -> None:
    media = media_of(fake, movie())
    wanted = {"Clip Name": "ball", "Alpha mode": "Crooked", "PAR": "Cinemascope", "Input Color Space": "Bypass"}
    assert pool.describe(media, wanted, "Teal") == ["Alpha mode", "PAR"]
    assert (media.GetName(), media.GetClipColor()) == ("ball", "Teal")
    assert pool.color_of(media) == {"Input Color Space": "Bypass", "PAR": "Square"}


def test_the_rate_of_a_sequence(fake: Any, movie: Movie, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Resolve that lets scripts set it, and one that says it does."""
    media = media_of(fake, movie())
    assert pool.run_at(media, Fraction(24))
    assert not pool.run_at(media, Fraction(30000, 1001))
    asked = []

    def take(self: Any, name: str, value: str) -> bool:
        asked.append((name, value))
        self._rate = Fraction(30000, 1001)
        return True

    monkeypatch.setattr(type(media), "SetClipProperty", take)
    assert pool.run_at(media, Fraction(30000, 1001))
    assert asked == [("FPS", "29.97")]
