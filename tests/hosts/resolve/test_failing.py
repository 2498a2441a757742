"""What the window says when something is in the way: the sentence, the way out, and a timeline that is unchanged."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import footage
import pytest
import window_rig
from window_rig import COUNT, HOUR, Artist

from e2e.house import House
from mattewire_protocol import messages
from mattewire_protocol.connection import read_connection

Waits = Iterator[Callable[[], Any]]
Deed = Callable[[Any], Any]


@pytest.fixture
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A daemon that the test may kill; one that the panel has started in its place ends too."""
    made = House(tmp_path, MATTEWIRE_STOP_GRACE_S="0.2")
    made.home.mkdir(mode=0o700)
    for name, value in made.variables.items():
        monkeypatch.setenv(name, value)
    try:
        yield window_rig.beside(made, monkeypatch)
    finally:
        made.end()
        connection = made.home / "connection.json"
        if connection.exists():
            pid = read_connection(connection).pid
            if made.process is None or pid != made.process.pid:
                os.kill(pid, signal.SIGTERM)


def ball(folder: Path) -> Any:
    return window_rig.resolve_with_ball(folder)


def edit(fake: Any) -> Any:
    return fake.project.GetCurrentTimeline()


def first(fake: Any) -> Any:
    return edit(fake).GetItemListInTrack("video", 1)[0]


def slowly(artist: Artist, seconds: float = 0.1) -> Waits:
    """A job of the double that has begun."""
    yield lambda: "double" in artist.part("engine")._items
    artist.chooses("engine", "double")
    artist.types("prompt", f"sleep={seconds}")
    artist.presses("mask")
    yield lambda: artist.desk.works.going and artist.desk.works.going.view.done >= 1


# --- clips that cannot be masked -----------------------------------------------------------------------------


def audio(fake: Any, folder: Path) -> None:
    pool = fake.project.GetMediaPool()
    (sound,) = pool.ImportMedia([footage.write_sound(folder / "voice.wav")])
    edit(fake).DeleteClips([first(fake)])
    pool.AppendToTimeline([{"mediaPoolItem": sound, "recordFrame": HOUR}])


def offline(fake: Any, folder: Path) -> None:
    (folder / "founder" / "selftest.1001.exr").unlink()


def compound(fake: Any, folder: Path) -> None:
    edit(fake).CreateCompoundClip([first(fake)])


def title(fake: Any, folder: Path) -> None:
    edit(fake).DeleteClips([first(fake)])
    fake.generate(edit(fake), "Lower third", 1, HOUR, 24)


def no_timeline(fake: Any, folder: Path) -> None:
    fake.project.GetMediaPool().DeleteTimelines([edit(fake)])


def no_project(fake: Any, folder: Path) -> None:
    fake.project = None


@pytest.mark.parametrize(
    ("hurt", "says", "way_out", "rendering_helps"),
    [
        (audio, "There is no clip under the playhead.", "only sound here", False),
        (offline, "is offline: ", "Relink the clip in Resolve", False),
        (compound, "is a compound clip.", "Render through Resolve", True),
        (title, "Lower third is a title", "Render through Resolve", True),
        (no_timeline, "No timeline is open in Resolve.", "Open a timeline", False),
        (no_project, "No project is open in Resolve.", "Open the project", False),
    ],
)
def test_what_cannot_be_masked_is_said_where_the_clip_is_named(
    house: House, tmp_path: Path, hurt: Any, says: str, way_out: str, rendering_helps: bool
) -> None:
    fake = ball(tmp_path)
    hurt(fake, tmp_path)
    artist = Artist(fake, window_rig.window_in(fake))

    def script(artist: Artist) -> Waits:
        yield lambda: artist.desk.session.state == "on"
        assert says in artist.says("clip")
        assert way_out in artist.says("clip")
        assert not artist.can_press("mask")
        assert not artist.can_press("detect")
        assert artist.can_press("render") is rendering_helps

    artist.works(script)
    assert fake.dialogs == []


# --- a timeline that changes while the job runs --------------------------------------------------------------


def deleted(fake: Any) -> None:
    edit(fake).DeleteClips([first(fake)])


def timeline_deleted(fake: Any) -> None:
    pool = fake.project.GetMediaPool()
    here = edit(fake)
    pool.CreateEmptyTimeline("Another")
    pool.DeleteTimelines([here])


def plate_gone(fake: Any) -> None:
    os.remove(first(fake).GetMediaPoolItem().GetClipProperty("File Path").replace("[1001-1008]", "1008"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (deleted, "is no longer on any timeline of this project."),
        (timeline_deleted, "is no longer on any timeline of this project."),
        (plate_gone, "is offline: "),
    ],
)
def test_a_clip_that_went_is_told_and_the_mattes_are_kept(
    house: House, tmp_path: Path, change: Deed, says: str
) -> None:
    fake = ball(tmp_path)
    after: list[Any] = []

    def script(artist: Artist) -> Waits:
        yield from slowly(artist)
        record = artist.desk.works.going.record
        yield lambda: artist.desk.works.going.view.done >= COUNT - 1  # all frames are read by now
        change(fake)
        after.append(fake.state(edit(fake)))
        yield lambda: artist.says("problem")
        assert says in artist.says("problem")
        assert artist.says("headline") == "Place failed."
        assert fake.state(edit(fake)) == after[0]
        kept = artist.desk.drawer.find(record.job_id)
        assert kept.has_mattes
        assert artist.says("job0").endswith("Done, not on the timeline.")
        assert artist.can_press("again0")

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_a_clip_that_moved_gets_its_mattes_where_it_is_now(house: House, tmp_path: Path) -> None:
    fake = ball(tmp_path)

    def script(artist: Artist) -> Waits:
        yield from slowly(artist)
        first(fake)._placing = replace(first(fake)._placing, start=HOUR + 30)
        yield lambda: artist.says("headline").startswith("On the timeline")
        assert window_rig.tracks(fake)[1][1] == [(HOUR + 30, COUNT)]

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_another_timeline_is_open_when_the_job_ends(house: House, tmp_path: Path) -> None:
    fake = ball(tmp_path)
    own = edit(fake)

    def script(artist: Artist) -> Waits:
        yield from slowly(artist)
        fake.project.GetMediaPool().CreateEmptyTimeline("Another")
        yield lambda: artist.says("headline").startswith("On the timeline")
        assert edit(fake).GetName() == "Another"
        assert own.GetTrackCount("video") == 2
        assert edit(fake).GetTrackCount("video") == 1
        assert not artist.can_press("remove")
        fake.project.SetCurrentTimeline(own)
        yield lambda: artist.can_press("remove")
        artist.presses("remove")
        assert own.GetTrackCount("video") == 1

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_artists_tracks_are_left_alone(house: House, tmp_path: Path) -> None:
    """V2 is occupied, V3 is locked: the mattes get a track of their own right above the clip."""
    fake = ball(tmp_path)
    edit(fake).AddTrack("video")
    edit(fake).AddTrack("video")
    window_rig.lay_ball(fake, tmp_path, "insert", at=HOUR + 2, track=2)
    edit(fake).SetTrackLock("video", 3, True)
    fake.playhead(edit(fake), HOUR)
    before = fake.state(edit(fake))

    def script(artist: Artist) -> Waits:
        artist.types("prompt", "red ball")
        yield lambda: artist.can_press("mask")
        artist.presses("mask")
        yield lambda: artist.says("headline").startswith("On the timeline")
        names = [name for name, _ in window_rig.tracks(fake)]
        assert names == ["Video 1", "Mattewire mattes - red ball", "Video 2", "Video 3"]
        artist.presses("remove")
        assert fake.state(edit(fake)) == before

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_a_result_on_a_locked_track_is_not_removed(house: House, tmp_path: Path) -> None:
    fake = ball(tmp_path)

    def script(artist: Artist) -> Waits:
        artist.types("prompt", "red ball")
        yield lambda: artist.can_press("mask")
        artist.presses("mask")
        yield lambda: artist.can_press("remove")
        edit(fake).SetTrackLock("video", 2, True)
        before = fake.state(edit(fake))
        artist.presses("remove")
        assert "Video track 2" in artist.says("problem")
        assert "Unlock it" in artist.says("problem")
        assert artist.says("headline") == "Remove last result failed."
        assert fake.state(edit(fake)) == before
        edit(fake).SetTrackLock("video", 2, False)
        artist.presses("remove")
        assert len(window_rig.tracks(fake)) == 1

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_where_resolve_drops_the_clip_nothing_is_left(house: House, tmp_path: Path) -> None:
    fake = ball(tmp_path)
    fake.append_error = True
    before = fake.state(edit(fake))

    def script(artist: Artist) -> Waits:
        artist.types("prompt", "red ball")
        yield lambda: artist.can_press("mask")
        artist.presses("mask")
        yield lambda: artist.says("problem")
        assert "Resolve did not lay the 8 frames" in artist.says("problem")
        assert "place the result again" in artist.says("problem")
        assert fake.state(edit(fake)) == before
        fake.append_error = False
        artist.presses("again0")
        assert artist.says("problem") == ""
        assert len(window_rig.tracks(fake)) == 2

    Artist(fake, window_rig.window_in(fake)).works(script)


# --- the job and the daemon ----------------------------------------------------------------------------------


def test_words_that_match_nothing(house: House, tmp_path: Path) -> None:
    fake = ball(tmp_path)

    def script(artist: Artist) -> Waits:
        artist.types("prompt", "purple mug")
        yield lambda: artist.can_press("mask")
        artist.presses("mask")
        yield lambda: artist.says("problem")
        assert artist.says("problem") == (
            "Nothing on frame 1001 matches “purple mug”.\n\n"
            "Put the playhead where the subject is in plain sight, or use other words."
        )
        assert artist.says("headline") == "Mask subject failed."
        assert artist.says("job0").endswith("Failed.")
        assert not artist.can_press("again0")
        artist.presses("copy")
        assert "nothing_found" in artist.part("problem_details").PlainText
        artist.types("prompt", "red ball")
        artist.presses("mask")
        assert artist.says("problem") == ""
        yield lambda: artist.says("headline").startswith("On the timeline")

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_an_engine_without_weights_says_how_to_get_them(house: House, tmp_path: Path) -> None:
    fake = ball(tmp_path)

    def script(artist: Artist) -> Waits:
        yield lambda: artist.desk.session.state == "on"
        artist.chooses("engine", "sam2")
        assert artist.says("engine_line")
        artist.types("prompt", "founder")
        artist.presses("mask")
        yield lambda: artist.says("problem")
        assert "SAM 2" in artist.says("problem")
        assert len(list(artist.desk.drawer)) <= 1

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_a_movie_over_a_retimed_clip_is_refused_before_anything_runs(house: House, tmp_path: Path) -> None:
    fake = ball(tmp_path)
    fake.retime(first(fake), -100)

    def script(artist: Artist) -> Waits:
        artist.chooses("result", "Cut-out, ProRes 4444 movie")
        artist.types("prompt", "red ball")
        yield lambda: artist.can_press("mask")
        artist.presses("mask")
        assert "does not run at the timeline's speed" in artist.says("problem")
        assert "Choose Cut-out, EXR sequence." in artist.says("problem")
        assert list(artist.desk.drawer) == []
        yield lambda: True

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_a_folder_that_cannot_be_written(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MATTEWIRE_PANEL_OUT", str(tmp_path / "file" / "{shot}.####.exr"))
    fake = ball(tmp_path)

    def script(artist: Artist) -> Waits:
        artist.types("prompt", "red ball")
        yield lambda: artist.can_press("mask")
        artist.presses("mask")
        yield lambda: artist.says("problem")
        assert str(tmp_path / "file") in artist.says("problem")

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_no_daemon_and_the_button_that_starts_one(
    own_house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATTEWIRE_PANEL_START_DAEMON", "no")
    fake = ball(tmp_path)

    def script(artist: Artist) -> Waits:
        yield lambda: artist.says("action") == "Start daemon"
        artist.types("prompt", "red ball")
        artist.presses("action")
        yield lambda: artist.says("daemon").startswith("Daemon ")
        assert artist.says("problem") == ""
        artist.presses("mask")
        yield lambda: artist.says("headline").startswith("On the timeline")

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_the_daemon_dies_in_mid_job_and_the_job_goes_on(own_house: House, tmp_path: Path) -> None:
    own_house.start()
    fake = ball(tmp_path)

    def script(artist: Artist) -> Waits:
        yield from slowly(artist, 0.2)
        own_house.kill()
        yield lambda: artist.desk.works.going is None
        assert artist.says("headline").startswith("On the timeline")
        assert window_rig.tracks(fake)[1][1] == [(HOUR, COUNT)]

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_the_daemon_dies_and_stays_away_until_the_artist_starts_it(
    own_house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATTEWIRE_PANEL_START_DAEMON", "no")
    own_house.start()
    fake = ball(tmp_path)

    def script(artist: Artist) -> Waits:
        yield from slowly(artist, 0.2)
        own_house.kill()
        yield lambda: artist.says("daemon") == "The daemon is away."
        assert artist.says("headline") == "The daemon is away; looking for it…"
        yield lambda: artist.can_press("start")
        artist.presses("start")
        yield lambda: artist.desk.works.going is None
        assert artist.says("headline").startswith("On the timeline")

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_another_version_of_the_daemon_is_one_clear_line(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "OLDEST_PROTOCOL", 7)
    monkeypatch.setattr(messages, "PROTOCOL", 7)
    fake = ball(tmp_path)

    def script(artist: Artist) -> Waits:
        yield lambda: artist.says("problem")
        assert "different Mattewire versions. Update the older one" in artist.says("problem")

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_a_job_that_the_daemon_no_longer_knows(house: House, tmp_path: Path) -> None:
    """The list of jobs of another data folder, or one that was cleared while the window was closed."""
    fake = ball(tmp_path)
    lost: list[str] = []

    def press(artist: Artist) -> Waits:
        yield from slowly(artist)
        record = artist.desk.works.going.record
        unknown = record.ticket.to_text().replace(record.job_id, record.job_id[::-1])
        artist.desk.drawer.put(
            type(record)(type(record.ticket).from_text(unknown), record.clips, record.kind, record.timeline)
        )
        lost.append(record.job_id[::-1])
        artist.presses("stop")
        yield lambda: artist.desk.works.going is None

    def again(artist: Artist) -> Waits:
        yield lambda: artist.says("problem")
        assert "job" in artist.says("problem").lower()
        assert artist.desk.works.going is None
        assert artist.desk.drawer.find(lost[0]) is None
        yield lambda: artist.can_press("mask")

    Artist(fake, window_rig.window_in(fake)).works(press)
    Artist(fake, window_rig.window_in(fake)).works(again)
