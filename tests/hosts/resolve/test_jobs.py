"""The requests that the window's settings make."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from mattewire_panel.frames import FrameMap
from mattewire_panel.prefs import Preferences
from mattewire_panel.wish import finish_of, tracked_alike
from mattewire_protocol import Plate
from mattewire_protocol.errors import BadField
from mattewire_protocol.messages import Detected, Detection
from mattewire_resolve.clips import Clip, Group
from mattewire_resolve.jobs import folder_for, request_for
from mattewire_resolve.placing import Kind
from mattewire_resolve.settings import CUT_OUT_MOVIE, Settings
from mattewire_resolve.subject import Subject

OUT = Preferences().out
SETTINGS = Settings("founder", "chair")
FRAMES = FrameMap(86400, 86499, 1001 - 86400)


def clip(file: str = "/shots/a.mov", frames: FrameMap = FRAMES) -> Clip:
    rate = Fraction(24)
    return Clip("one", "a.mov", 1, 86400, 86499, file, False, 1, 2000, frames, rate, rate, 96, 54)


def group(*clips: Clip) -> Group:
    return Group(Plate(clips[0].file), 1001, 1100, clips)


@pytest.fixture
def subject() -> Subject:
    made = Subject()
    made.clip, made.frame = clip(), 1013
    return made


def looked(subject: Subject, settings: Settings = SETTINGS, kept: tuple[int, ...] = (1,)) -> Subject:
    """Two boxes on frame 1013, of which the first is the better match; then the playhead went on to 1050."""
    subject.asked(settings)
    boxes = [Detection(n, 0, 0, 9, 9, "founder", 0.9, n == 1) for n in (1, 2)]
    subject.found, subject.kept, subject.frame = Detected(1013, 96, 54, objects=boxes), set(kept), 1050
    return subject


def test_the_request_for_the_clip_under_the_playhead(subject: Subject) -> None:
    request = request_for(group(clip()), SETTINGS, subject, OUT)
    assert (request.plate.path, request.first, request.last, request.keyframe) == ("/shots/a.mov", 1001, 1100, 1013)
    assert (request.prompts, request.exclude, request.pick, request.label) == (
        ["founder"],
        ["chair"],
        "best",
        "founder",
    )
    (out,) = request.out
    assert out.path == "/shots/mattes/{shot}_{version}/{shot}_cutout_{version}.####.exr"
    assert (out.content, out.depth, request.overwrite) == ("cutout", "half", False)


def test_another_file_of_the_range_has_no_keyframe_and_no_boxes(subject: Subject) -> None:
    looked(subject, kept=(2,))
    request = request_for(group(clip("/shots/b.mov")), SETTINGS, subject, OUT)
    assert (request.keyframe, request.pick) == (None, "best")


def test_a_keyframe_outside_of_the_range_is_left_out(subject: Subject) -> None:
    outside = Group(Plate("/shots/a.mov"), 1030, 1040, (clip(),))
    assert request_for(outside, SETTINGS, subject, OUT).keyframe is None


@pytest.mark.parametrize(("kept", "pick"), [((1,), "best"), ((2,), "2"), ((1, 2), "1,2")])
def test_boxes_are_those_of_the_frame_that_was_looked_at(subject: Subject, kept: tuple[int, ...], pick: str) -> None:
    request = request_for(group(clip()), SETTINGS, looked(subject, kept=kept), OUT)
    assert (request.keyframe, request.pick) == (1013, pick)


@pytest.mark.parametrize("kept", [(1,), (2,)])
def test_an_update_of_edges_is_tracked_alike_wherever_the_playhead_is(subject: Subject, kept: tuple[int, ...]) -> None:
    before = request_for(group(clip()), SETTINGS, looked(subject, kept=kept), OUT)
    subject.forget()
    after = request_for(group(clip()), replace(SETTINGS, grow=3), subject, OUT, before)
    assert tracked_alike(before, after)
    assert after.clean_up[0].dilate == 3
    other_words = request_for(group(clip()), replace(SETTINGS, prompt="mug"), subject, OUT, before)
    assert not tracked_alike(before, other_words)
    every = request_for(group(clip()), replace(SETTINGS, pick="all"), subject, OUT, before)
    assert tracked_alike(before, every) is (kept == (2,))  # boxes chosen by hand hold until there are others


def test_an_update_takes_boxes_that_were_chosen_since(subject: Subject) -> None:
    before = request_for(group(clip()), SETTINGS, subject, OUT)
    after = request_for(group(clip()), SETTINGS, looked(subject, kept=(2,)), OUT, before)
    assert (after.pick, tracked_alike(before, after)) == ("2", False)
    plain = request_for(group(clip()), SETTINGS, looked(subject, kept=(1,)), OUT, after)
    assert plain.pick == "best"


@pytest.mark.parametrize("prompt", ["", "  ", " ,; "])
def test_nothing_typed(subject: Subject, prompt: str) -> None:
    with pytest.raises(BadField, match="says nothing to mask") as caught:
        request_for(group(clip()), replace(SETTINGS, prompt=prompt), subject, OUT)
    assert "draw a box" not in caught.value.advice


def test_a_movie_is_for_clips_at_the_timelines_speed(subject: Subject) -> None:
    movie = replace(SETTINGS, result=CUT_OUT_MOVIE)
    (out,) = request_for(group(clip()), movie, subject, OUT).out
    assert (out.format, out.fps, out.path[-4:]) == ("prores4444", 24.0, ".mov")
    backward = FrameMap(86400, 86499, 86499 + 1001, -1)
    with pytest.raises(BadField, match="does not run at the timeline's speed"):
        request_for(group(clip(), clip(frames=backward)), movie, subject, OUT)


@pytest.mark.parametrize(
    ("out", "folder"),
    [
        ("mattes/{shot}_matte_{version}.####.exr", "/shots/mattes/{shot}_{version}"),
        ("/jobs/{shot}/{version}/m.####.exr", "/jobs/{shot}/{version}"),
        ("m.####.exr", "/shots/{shot}_{version}"),
    ],
)
def test_every_version_gets_a_folder_of_its_own(out: str, folder: str) -> None:
    assert folder_for(out, "/shots/a.mov") == folder


def test_the_finish_carries_all_that_comes_after_tracking(subject: Subject) -> None:
    request: Any = request_for(group(clip()), replace(SETTINGS, feather=2, result=Kind.MATTE), subject, OUT)
    finish = finish_of(request, "tracked-1")
    assert finish.of == "tracked-1"
    assert finish.job_id not in ("", "tracked-1")
    for name in ("out", "names", "clean_up", "shapes", "overwrite", "label"):
        assert getattr(finish, name) == getattr(request, name)
