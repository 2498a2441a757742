"""The button "Next worst frame": the playhead goes where the timeline shows it, however the clip is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import window_rig
from window_rig import FIRST, HOUR, Artist

from e2e.house import House
from mattewire_panel import selftest as plates
from mattewire_resolve.api import reading

BIG, SMALL = 1.6 * plates.RADIUS, 0.5 * plates.RADIUS
RADII = {1011: BIG, 1019: SMALL}
"""The ball is far too large on 1011 and far too small on 1019."""


@pytest.fixture
def fake(house: House) -> Any:
    return window_rig.opened(size=(window_rig.WIDTH, window_rig.HEIGHT))


def at(fake: Any) -> int:
    """The record frame under the playhead, from the clip's beginning."""
    return reading.playhead(fake.project.GetCurrentTimeline()) - HOUR


def masked(artist: Artist, prompt: str = "red ball") -> Iterator[Callable[[], Any]]:
    artist.types("prompt", prompt)
    artist.presses("mask")
    yield lambda: artist.says("headline").startswith("On the timeline") or artist.says("problem")
    assert artist.says("problem") == ""


PLAYS: dict[str, tuple[int, int, int]] = {
    "plain": (FIRST, 24, 100),
    "trimmed": (1004, 20, 100),
    "backward": (FIRST, 24, -100),
    "twice as fast": (FIRST, 12, 200),
}
"""First source frame, record frames, and speed in percent."""


@pytest.mark.parametrize("play", list(PLAYS))
def test_the_playhead_goes_from_one_worst_frame_to_the_next(play: str, fake: Any, tmp_path: Path) -> None:
    first, count, speed = PLAYS[play]
    item = window_rig.lay_shot(fake, tmp_path, RADII, first=first, count=count)
    if speed != 100:
        fake.retime(item, speed)
    plays = {fake.source_frame(item, HOUR + record) + FIRST for record in range(count)}

    def script(artist: Artist) -> Iterator[Callable[[], Any]]:
        assert artist.says("next_worst") == ""
        yield from masked(artist)
        worst = [each.frame for each in artist.desk.model.worst()]
        shown = [frame for frame in worst if frame in plays]
        assert {1011, 1019} <= set(shown)
        for frame in [*shown, shown[0]]:
            artist.presses("next_worst")
            assert fake.source_frame(item, HOUR + at(fake)) + FIRST == frame
            code = fake.project.GetCurrentTimeline().GetCurrentTimecode()
            assert artist.says("headline").startswith(f"At {code}, source frame {frame}: ")
        assert artist.says("problem") == ""

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_why_is_said_and_a_frame_that_was_told_twice_counts_and_is_placed_once(fake: Any, tmp_path: Path) -> None:
    window_rig.lay_shot(fake, tmp_path, RADII)

    def script(artist: Artist) -> Iterator[Callable[[], Any]]:
        yield from masked(artist)
        view = artist.desk.model.view
        assert (view.done, view.total) == (24, 24)
        assert f"{len(view.worst)} frames are worth a look." in artist.says("details")
        laid = [each for _, items in window_rig.tracks(fake) for each in items]
        assert laid == [(HOUR, 24), (HOUR, 24)], "the clip, and its cut-out once"
        artist.presses("next_worst")
        assert ": Its edge is off by" in artist.says("headline")
        assert "Its area is" in artist.says("details")

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_a_clip_that_was_moved_since_is_found_and_one_that_is_gone_is_said(fake: Any, tmp_path: Path) -> None:
    item = window_rig.lay_shot(fake, tmp_path, RADII)

    def script(artist: Artist) -> Iterator[Callable[[], Any]]:
        yield from masked(artist)
        worst = [each.frame for each in artist.desk.model.worst()]
        item._placing = replace(item._placing, start=HOUR + 48)  # dragged down the timeline
        artist.presses("next_worst")
        assert at(fake) == 48 + worst[0] - FIRST
        fake.project.GetCurrentTimeline().DeleteClips([item], False)
        artist.presses("next_worst")
        assert "is no longer on the timeline" in artist.says("problem")
        assert at(fake) == 48 + worst[0] - FIRST

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_on_a_page_without_a_playhead_it_says_to_open_another(fake: Any, tmp_path: Path) -> None:
    window_rig.lay_shot(fake, tmp_path, RADII)

    def script(artist: Artist) -> Iterator[Callable[[], Any]]:
        yield from masked(artist)
        fake.resolve.OpenPage("fusion")
        artist.presses("next_worst")
        assert "Open the Edit page, then try again." in artist.says("problem")

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_with_nothing_wrong_the_button_cannot_be_pressed(fake: Any, tmp_path: Path) -> None:
    window_rig.lay_shot(fake, tmp_path, {})

    def script(artist: Artist) -> Iterator[Callable[[], Any]]:
        yield from masked(artist)
        assert artist.part("next_worst").Visible
        assert not artist.can_press("next_worst")

    Artist(fake, window_rig.window_in(fake)).works(script)


def test_of_several_files_each_has_its_own_worst_frames(fake: Any, tmp_path: Path) -> None:
    window_rig.lay_shot(fake, tmp_path / "bad", RADII)
    window_rig.lay_ball(fake, tmp_path / "good", at=HOUR + 24)

    def script(artist: Artist) -> Iterator[Callable[[], Any]]:
        artist.chooses("range", "Every clip of this track")
        artist.types("prompt", "red ball")
        artist.presses("mask")
        yield lambda: artist.desk.works.going is None and len(artist.desk.works.batch) == 2
        yield lambda: artist.can_press("next_worst")
        fake.project.GetCurrentTimeline().SetCurrentTimecode("01:00:01:04")  # on the good one
        artist.presses("next_worst")
        assert at(fake) + FIRST in {each.frame for each in artist.desk.works.batch[0].view.worst}

    Artist(fake, window_rig.window_in(fake)).works(script)
