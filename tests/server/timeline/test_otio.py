"""The OTIO file as OpenTimelineIO itself reads it."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from mattewire_protocol.errors import NotWritable
from mattewire_server.timeline import Media, write_otio
from server.timeline.test_shot import shot


def frames(time_range: otio.opentime.TimeRange) -> tuple[float, float, float]:
    """First frame, last frame (included), rate."""
    inclusive = time_range.end_time_inclusive()
    assert time_range.start_time.rate == inclusive.rate
    return time_range.start_time.value, inclusive.value, inclusive.rate


def test_plate_and_matte_on_a_track_each(tmp_path: Path) -> None:
    write_otio(tmp_path / "a.otio", shot(), {"engine": "preview"})
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.otio"))
    assert timeline.name == "sh010"
    assert timeline.global_start_time == otio.opentime.RationalTime(1001, 24)
    assert timeline.metadata["mattewire"] == {"matte_in": "gray", "engine": "preview"}
    assert [(track.name, track.kind) for track in timeline.tracks] == [("Video 1", "Video"), ("Video 2", "Video")]
    plate, matte = (track[0] for track in timeline.tracks)
    assert (plate.name, matte.name) == ("Plate", "Matte")
    assert frames(plate.source_range) == frames(matte.source_range) == (1001, 1024, 24)
    assert frames(plate.available_range()) == (991, 1040, 24)  # handles stay
    assert frames(matte.available_range()) == (1001, 1024, 24)


def test_both_clips_lie_over_one_another(tmp_path: Path) -> None:
    write_otio(tmp_path / "a.otio", shot())
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.otio"))
    spans = [
        frames(track[0].transformed_time_range(track[0].source_range, timeline.tracks)) for track in timeline.tracks
    ]
    assert spans[0] == spans[1]
    assert timeline.duration() == otio.opentime.RationalTime(24, 24)


def test_sequences_name_every_file(tmp_path: Path) -> None:
    write_otio(tmp_path / "a.otio", shot())
    matte = otio.adapters.read_from_file(str(tmp_path / "a.otio")).tracks[1][0].media_reference
    assert isinstance(matte, otio.schema.ImageSequenceReference)
    assert matte.number_of_images_in_sequence() == 24
    assert matte.target_url_for_image_number(0) == os.path.join("/show", "matte.1001.png")
    assert matte.target_url_for_image_number(23) == os.path.join("/show", "matte.1024.png")
    assert matte.frame_for_time(otio.opentime.RationalTime(1010, 24)) == 1010


def test_a_movie_counts_from_nought(tmp_path: Path) -> None:
    plate = Media("/show/plate one.mov", 1, 100)
    mattes = Media("/show/matte.####.exr", 11, 34)
    write_otio(tmp_path / "a.otio", shot(plate=plate, matte=mattes, first=11, last=34, proxy=Media("/p.mov", 11, 34)))
    clip = otio.adapters.read_from_file(str(tmp_path / "a.otio")).tracks[0][0]
    assert clip.media_reference.target_url == "/show/plate one.mov"
    assert frames(clip.source_range) == (10, 33, 24)
    assert frames(clip.available_range()) == (0, 99, 24)
    assert clip.media_references()["proxy"].target_url == "/p.mov"
    assert frames(clip.media_references()["proxy"].available_range) == (0, 23, 24)


def test_ntsc_rates_stay_exact(tmp_path: Path) -> None:
    write_otio(tmp_path / "a.otio", shot(rate=Fraction(24000, 1001)))
    clip = otio.adapters.read_from_file(str(tmp_path / "a.otio")).tracks[0][0]
    assert clip.source_range.start_time.rate == 24000 / 1001
    assert otio.opentime.RationalTime.is_smpte_timecode_rate(clip.source_range.start_time.rate)


def test_written_as_the_library_writes_it(tmp_path: Path) -> None:
    """Reading and writing it again changes nothing that it says."""
    write_otio(tmp_path / "a.otio", shot())
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.otio"))
    again = otio.adapters.read_from_string(otio.adapters.write_to_string(timeline, "otio_json"), "otio_json")
    assert timeline.is_equivalent_to(again)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match="The timeline"):
        write_otio(tmp_path / "nowhere" / "a.otio", shot())
    assert list(tmp_path.iterdir()) == []
