"""The OTIO file, read by opentimelineio itself: every frame of it is the frame that Resolve shows."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import footage
import opentimelineio as otio
import pytest
from placing_rig import HOUR, clip_of, everything, host_of, lay, place, results, write_cut_outs
from resolve_rig import opened

from mattewire_panel.frames import FrameMap
from mattewire_protocol.errors import BadField, NotWritable
from mattewire_resolve import placing
from mattewire_resolve.placing import Kind, Placed, Results

Movie = Callable[..., str]


@pytest.fixture
def made(tmp_path: Path) -> Results:
    return results(write_cut_outs(tmp_path / "mattes", 1, 24), 1, 24)


def read(placed: Placed) -> Any:
    (path,) = placed.files
    return otio.adapters.read_from_file(path)


def at(document: Any, track: int, record: int) -> tuple[str, int] | None:
    """The file and the frame, in the file's own numbers, that a track shows at a record frame."""
    zero = int(document.global_start_time.value)
    lane = document.tracks[track]
    for child in lane:
        begin = round(child.range_in_parent().start_time.to_seconds() * document.global_start_time.rate)
        length = int(child.source_range.duration.value)
        offset = record - zero - begin
        if isinstance(child, otio.schema.Clip) and 0 <= offset < length:
            media, source = child.media_reference, child.source_range
            speed = child.effects[0].time_scalar if child.effects else 1
            rate = Fraction(source.start_time.rate / source.duration.rate).limit_denominator(10_000)
            moved = offset * rate * Fraction(str(speed))
            if speed < 0:
                moved = (length * rate - 1) * -Fraction(str(speed)) + moved
            number = int(source.start_time.value + moved)
            if isinstance(media, otio.schema.ImageSequenceReference):
                url = media.target_url_for_image_number(number - media.start_frame)
                return url, number
            return media.target_url, number - int(media.available_range.start_time.value)
    return None


@pytest.mark.parametrize("percent", [100, -100, 200])
def test_every_frame(fake: Any, movie: Movie, made: Results, percent: int) -> None:
    file = movie(timecode="01:02:03:04")
    item = lay(fake, file, 5, 12, at=HOUR + 10)
    if percent != 100:
        fake.retime(item, percent)
    before = everything(fake)
    document = read(place(fake, [item], made, Kind.OTIO))
    assert everything(fake) == before
    assert document.name == "Edit"
    for record in range(HOUR + 10, HOUR + 17):
        truth = fake.source_frame(item, record)
        assert at(document, 0, record) == (file, truth)
        picture, _ = at(document, 1, record)
        assert footage.number_in(fake_picture(picture)) == truth


def fake_picture(path: str) -> Any:
    import OpenImageIO as oiio

    source = oiio.ImageInput.open(path)
    try:
        return source.read_image(format="float")
    finally:
        source.close()


def test_gaps_tracks_and_names(fake: Any, movie: Movie, made: Results) -> None:
    file = movie()
    items = [
        lay(fake, file, 0, 4), lay(fake, file, 6, 10, at=HOUR + 20), lay(fake, file, 2, 5, at=HOUR + 2, track=3),
    ]  # fmt: skip
    document = read(place(fake, items, made, Kind.OTIO))
    lanes = [[(type(child).__name__, int(child.duration().value)) for child in track] for track in document.tracks]
    assert lanes == [
        [("Clip", 4), ("Gap", 16), ("Clip", 4)],
        [("Clip", 4), ("Gap", 16), ("Clip", 4)],
        [("Gap", 2), ("Clip", 3)],
        [("Gap", 2), ("Clip", 3)],
    ]
    assert [track.name for track in document.tracks] == ["Video 1", "Video 2", "Video 3", "Video 4"]
    assert document.tracks[1][0].name == "clip.mov red ball"


def test_each_object_has_its_track(fake: Any, movie: Movie, made: Results, tmp_path: Path) -> None:
    both = results(made.patterns[0], 1, 24, write_cut_outs(tmp_path / "b", 1, 24, "b"), names=("left", "right"))
    document = read(place(fake, [lay(fake, movie(), 0, 4)], both, Kind.OTIO))
    assert [track[0].name for track in document.tracks] == ["clip.mov", "clip.mov left", "clip.mov right"]
    assert [len(track) for track in document.tracks] == [1, 1, 1]


def test_another_rate_and_a_sequence(movie: Movie, made: Results, tmp_path: Path) -> None:
    fake = opened()
    fast = lay(fake, movie(fps="59.94"), 2, 22)
    plate = footage.write_sequence(tmp_path / "plate", 1001, 1012)
    slow = lay(fake, plate, 2, 8, at=HOUR + 40, first=1001, last=1012)
    document = read(place(fake, [fast], made, Kind.OTIO))
    for record in range(fast.GetStart(), fast.GetEnd()):
        assert at(document, 0, record)[1] == fake.source_frame(fast, record)
        assert footage.number_in(fake_picture(at(document, 1, record)[0])) == fake.source_frame(fast, record)
    mattes = results(write_cut_outs(tmp_path / "other", 1001, 1012), 1001, 1012)
    document = read(place(fake, [slow], mattes, Kind.OTIO))
    assert at(document, 0, HOUR + 40) == (plate % 1003, 1003)
    assert at(document, 1, HOUR + 45)[1] == 1008


def test_a_frozen_clip(fake: Any, movie: Movie, made: Results) -> None:
    item = lay(fake, movie(), 5, 10)
    fake.retime(item, 0, source_in=7)
    document = read(place(fake, [item], made, Kind.OTIO))
    assert isinstance(document.tracks[0][0].effects[0], otio.schema.FreezeFrame)
    assert document.tracks[0][0].source_range.start_time.value == 7
    assert {footage.number_in(fake_picture(at(document, 1, HOUR + n)[0])) for n in range(5)} == {7}


def test_a_movie_with_alpha(fake: Any, movie: Movie) -> None:
    mattes = results(movie("matte.mov", alpha=True, frames=12), 4, 15)
    item = lay(fake, movie(), 5, 10)
    document = read(place(fake, [item], mattes, Kind.OTIO))
    assert at(document, 1, HOUR) == (mattes.patterns[0], 2)  # source frame 6 is the third of 4 to 15
    fake.retime(item, 50)
    with pytest.raises(BadField, match="movie"):
        place(fake, [item], mattes, Kind.OTIO)


def test_a_rendered_movie_counts_from_its_own_head(fake: Any, movie: Movie, made: Results) -> None:
    """Not from the timecode of the camera file that it was rendered from."""
    item = lay(fake, movie(timecode="01:00:00:00"), 5, 10)
    clip = clip_of(fake, item)
    file = movie("render.mov", frames=5)
    frames = FrameMap(clip.start, clip.end, 1 - clip.start)
    rendered = replace(clip, file=file, file_last=5, frames=frames, rendered=True, media_id="")
    document = read(placing.place(host_of(fake), [rendered], made, Kind.OTIO))
    assert document.tracks[0][0].media_reference.available_range.start_time.value == 0
    assert [at(document, 0, HOUR + n) for n in range(5)] == [(file, n) for n in range(5)]
    assert [at(document, 1, HOUR + n)[1] for n in range(5)] == [1, 2, 3, 4, 5]


def test_where_it_is_written(fake: Any, movie: Movie, made: Results, tmp_path: Path) -> None:
    item = lay(fake, movie(), 5, 10)
    (tmp_path / "mine").mkdir()
    one, two = (place(fake, [item], made, Kind.OTIO, folder=str(tmp_path / "mine")) for _ in range(2))
    assert sorted(os.listdir(tmp_path / "mine")) == ["Edit_red_ball.otio", "Edit_red_ball_2.otio"]
    placing.remove(host_of(fake), one)
    assert os.listdir(tmp_path / "mine") == ["Edit_red_ball_2.otio"]
    assert two.notes == [f"Written: {two.files[0]}"]
    with pytest.raises(NotWritable, match="cannot be written"):
        place(fake, [item], made, Kind.OTIO, folder=str(tmp_path / "nowhere"))
    assert clip_of(fake, item).plain
