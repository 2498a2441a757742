"""What would be masked, read from the stand-in's timeline: clip, keyframe, range, boxes, and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import footage
import pytest
import window_rig
from window_rig import HOUR

from mattewire_protocol.errors import BadField, CameraRaw
from mattewire_protocol.messages import Detected, Detection
from mattewire_resolve.api import connection
from mattewire_resolve.picture import EMPTY
from mattewire_resolve.settings import CHOSEN, CLIP, IN_OUT, TRACK, Settings
from mattewire_resolve.subject import ROWS, Subject, timecode
from mattewire_resolve.timecode import frame_of


@pytest.fixture
def fake(tmp_path: Path) -> Any:
    """Two uses of the ball on V1, side by side."""
    running = window_rig.resolve_with_ball(tmp_path)
    window_rig.lay_ball(running, tmp_path, "second", at=HOUR + 8)
    return running


@pytest.fixture
def subject() -> Iterator[Subject]:
    made = Subject()
    yield made
    made.picture.close()


def host(fake: Any) -> Any:
    return connection.connect(fake.resolve, fake.fusion, fake.bmd)


def at(fake: Any, subject: Subject, frame: int) -> Subject:
    fake.playhead(fake.project.GetCurrentTimeline(), frame)
    subject.look(host(fake))
    return subject


def found(*scores: float, picked: int = 1) -> Detected:
    objects = [Detection(n, 10 * n, 5, 10 * n + 8, 20, "ball", score, n == picked) for n, score in enumerate(scores, 1)]
    return Detected(1003, 96, 54, objects=objects)


def test_the_clip_and_its_source_frame_under_the_playhead(fake: Any, subject: Subject) -> None:
    at(fake, subject, HOUR + 2)
    assert subject.headline() == "selftest.[1001-1008].exr on V1, 8 frames"
    assert subject.keyframe_line() == "Keyframe: source frame 1003, under the playhead, 01:00:00:02."
    assert (subject.keyframe, subject.problem, subject.must_render) == (1003, None, False)


def test_no_clip_there(fake: Any, subject: Subject) -> None:
    at(fake, subject, HOUR + 100)
    assert subject.headline() == "There is no clip under the playhead. Put the playhead on the clip to mask."
    assert (subject.clip, subject.keyframe_line()) == (None, "")
    with pytest.raises(BadField, match="no clip under the playhead"):
        subject.chosen(host(fake), CLIP)


def test_no_timeline(subject: Subject) -> None:
    import fake_resolve

    subject.look(host(fake_resolve.start()))
    assert subject.headline().startswith("No timeline is open in Resolve. Open a timeline")


def test_ranges(fake: Any, subject: Subject) -> None:
    at(fake, subject, HOUR + 2)
    starts = lambda wanted: [clip.start - HOUR for clip in subject.chosen(host(fake), wanted)]  # noqa: E731
    assert starts(CLIP) == [0]
    assert starts(TRACK) == [0, 8]
    fake.project.GetCurrentTimeline().SetMarkInOut(6, 9)
    assert starts(IN_OUT) == [6, 8]
    with pytest.raises(BadField, match="No clip is ticked"):
        starts(CHOSEN)
    subject.tick(1)
    assert starts(CHOSEN) == [8]
    subject.tick(0)
    assert starts(CHOSEN) == [0, 8] or starts(CHOSEN) == [8, 0]
    subject.tick(0)
    subject.tick(ROWS + 5)
    assert starts(CHOSEN) == [8]


def test_only_the_nearest_clips_are_offered(fake: Any, subject: Subject, tmp_path: Path) -> None:
    for number in range(2, 9):
        window_rig.lay_ball(fake, tmp_path, f"n{number}", at=HOUR + 8 * number)
    at(fake, subject, HOUR + 8 * 8)
    assert [(spot.start - HOUR) // 8 for spot in subject.neighbors] == [3, 4, 5, 6, 7, 8]


def test_two_uses_of_a_file_are_told_apart_by_their_timecode(fake: Any, subject: Subject) -> None:
    at(fake, subject, HOUR + 9)
    lines = [subject.neighbor_line(row) for row in range(2)]
    assert lines == ["selftest.[1001-1008].exr, 01:00:00:00", "selftest.[1001-1008].exr, 01:00:00:08"]


@pytest.mark.parametrize("rate", ["24", "25", "24000/1001", "30000/1001", "60000/1001"])
@pytest.mark.parametrize("drop", [False, True])
def test_timecodes_are_read_back_as_they_were(rate: str, drop: bool) -> None:
    fps = Fraction(rate)
    drop = drop and fps > 25
    for frame in [0, 1, 1799, 1800, 3597, 3598, 17981, 17982, 17983, 35963, 35964, 86400, 107892, 215784, 1234567]:
        assert frame_of(timecode(frame, fps, drop), fps, drop) == frame


def test_drop_frame_skips_two_numbers_a_minute_but_not_each_tenth() -> None:
    fps = Fraction(30000, 1001)
    shown = [timecode(frame, fps, True) for frame in (1799, 1800, 17981, 17982, 107892)]
    assert shown == ["00:00:59;29", "00:01:00;02", "00:09:59;29", "00:10:00;00", "01:00:00;00"]


def test_boxes_belong_to_the_frame_that_was_looked_at(fake: Any, subject: Subject) -> None:
    at(fake, subject, HOUR + 2)
    subject.asked(Settings("ball"))
    subject.take_found(found(0.9, 0.8, 0.7), b"jpeg")
    assert (subject.kept, subject.numbers()) == ({1}, ())
    at(fake, subject, HOUR + 5)
    assert subject.keyframe == 1003
    assert subject.keyframe_line() == "Keyframe: source frame 1003, which was looked at."
    style = subject.picture.style
    subject.toggle(1)
    assert (subject.kept, subject.numbers()) == ({1, 2}, (1, 2))
    assert subject.picture.style != style
    subject.toggle(0)
    subject.toggle(1)
    with pytest.raises(BadField, match="Every box is dropped"):
        subject.numbers()


def test_with_every_match_all_boxes_are_ticked(fake: Any, subject: Subject) -> None:
    at(fake, subject, HOUR)
    subject.asked(Settings("ball", pick="all"))
    subject.take_found(found(0.9, 0.8), b"jpeg")
    assert (subject.kept, subject.numbers()) == ({1, 2}, ())
    subject.toggle(1)
    assert subject.numbers() == (1,)


@pytest.mark.parametrize(
    ("change", "stays"),
    [({"prompt": "mug"}, False), ({"pick": "all"}, False), ({"engine": "sam2"}, False), ({"grow": 3}, True)],
)
def test_other_words_make_the_boxes_old(fake: Any, subject: Subject, change: dict[str, Any], stays: bool) -> None:
    at(fake, subject, HOUR)
    asked = Settings("ball")
    subject.asked(asked)
    subject.take_found(found(0.9), b"jpeg")
    subject.changed(replace(asked, **change))
    assert (subject.found is not None) is stays
    assert (subject.picture.style != EMPTY) is stays


def test_another_clip_makes_them_old_also_while_they_are_looked_for(fake: Any, subject: Subject) -> None:
    at(fake, subject, HOUR)
    subject.asked(Settings("ball"))
    at(fake, subject, HOUR + 9)
    subject.take_found(found(0.9), b"jpeg")
    assert subject.found is None


def test_lines_about_the_boxes(fake: Any, subject: Subject) -> None:
    assert subject.found_line(8) == ""
    at(fake, subject, HOUR)
    subject.asked(Settings("ball"))
    subject.take_found(found(), b"jpeg")
    assert subject.found_line(8) == "Nothing on frame 1003 matches. Try other words, or another frame."
    subject.take_found(found(*[0.5] * 10), b"jpeg")
    assert "2 more are not listed" in subject.found_line(8)
    assert "not listed" not in subject.found_line(10)


def test_what_was_rendered_stands_for_a_raw_clip_until_it_is_trimmed(
    subject: Subject, movie: Callable[..., str]
) -> None:
    fake = window_rig.opened()
    raw = Path(movie("A001.mov")).rename(Path(movie()).with_name("A001.braw"))
    pool = fake.project.GetMediaPool()
    (media,) = pool.ImportMedia([str(raw)])
    (item,) = pool.AppendToTimeline([{"mediaPoolItem": media, "startFrame": 0, "endFrame": 8, "recordFrame": HOUR}])
    at(fake, subject, HOUR + 1)
    assert isinstance(subject.problem, CameraRaw)
    assert subject.must_render
    assert "Press Render through Resolve" in subject.headline()
    rendered = replace(
        clip_of(fake, movie), item_id=item.GetUniqueId(), start=HOUR, end=HOUR + 7, file="/r/a.mov", rendered=True
    )
    subject.take(rendered)
    at(fake, subject, HOUR + 1)
    assert (subject.problem, subject.clip) == (None, rendered)
    fake.project.GetCurrentTimeline().DeleteClips([item])
    pool.AppendToTimeline([{"mediaPoolItem": media, "startFrame": 0, "endFrame": 6, "recordFrame": HOUR}])
    assert at(fake, subject, HOUR + 1).clip is None


def clip_of(fake: Any, movie: Callable[..., str]) -> Any:
    """A readable clip elsewhere on the timeline."""
    from mattewire_resolve import clips

    pool = fake.project.GetMediaPool()
    (media,) = pool.ImportMedia([movie("plain.mov")])
    pool.AppendToTimeline([{"mediaPoolItem": media, "startFrame": 0, "endFrame": 8, "recordFrame": HOUR + 50}])
    fake.playhead(fake.project.GetCurrentTimeline(), HOUR + 50)
    found = clips.under_playhead(host(fake))
    return replace(found, frames=type(found.frames)(HOUR, HOUR + 7, 1 - HOUR))


def test_sound_alone(subject: Subject, tmp_path: Path) -> None:
    fake = window_rig.opened()
    pool = fake.project.GetMediaPool()
    (media,) = pool.ImportMedia([footage.write_sound(tmp_path / "sound.wav")])
    pool.AppendToTimeline([{"mediaPoolItem": media, "mediaType": 2}])
    at(fake, subject, HOUR)
    assert "only sound" in subject.headline()
