"""Tracking through small clips whose mattes are known exactly."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mattewire_protocol.errors import EngineFailed
from mattewire_server.engines.preview import engine
from mattewire_server.engines.seams import Hint, Mark, Picture
from server.engines.preview_clips import Clip, Thing, box_around, iou, matte_of, run

RED, ORANGE, DARK_RED, BLUE = (0.55, 0.04, 0.03), (0.65, 0.2, 0.03), (0.2, 0.03, 0.025), (0.04, 0.1, 0.5)


def line(x, y, dx, dy):
    return lambda time: (x + dx * time, y + dy * time)


OTHERS = [Thing(ORANGE, 18, line(280, 140, 0, 0)), Thing(DARK_RED, 14, line(60, 155, 0, 0), "block")]
PASSING = Clip([Thing(RED, 18, line(40, 80, 6, 0)), *OTHERS], 20)
HIDING = Clip([Thing(RED, 18, line(40, 80, 7, 0)), *OTHERS], 34, front=[(120, 190, 0.2)])


def hint(clip, number, phrase="", number_of_object=1):
    return Hint(number_of_object, box_around(clip.render(number)[1]), phrase=phrase)


def track(clip, hints):
    return run(clip, engine({}).segmenter.begin(clip.shot()), hints)


def overlaps(clip, segments, least=0.5):
    """IoU by frame, over the frames with at least this share of the ball in sight."""
    whole = np.pi * clip.things[0].radius ** 2
    found = {}
    for number, by_object in segments.items():
        picture, alpha = clip.render(number)
        if alpha.sum() >= least * whole:
            found[number] = iou(matte_of(by_object[1], picture), alpha)
    return found


def test_follows_a_ball_past_others():
    found = overlaps(PASSING, track(PASSING, {1001: (hint(PASSING, 1001, "red ball"),)}))
    assert len(found) == 20
    assert min(found.values()) > 0.9
    assert np.mean(list(found.values())) > 0.95


def test_a_box_without_words_is_enough():
    clip = Clip([Thing(BLUE, 16, line(60, 90, 4, 1), "block"), *OTHERS], 12)
    found = overlaps(clip, track(clip, {1001: (hint(clip, 1001),)}))
    assert min(found.values()) > 0.85


def test_keep_and_drop_points_are_enough():
    marks = (Mark(40, 80), Mark(46, 84), Mark(100, 80, keep=False))
    found = overlaps(PASSING, track(PASSING, {1001: (Hint(1, marks=marks),)}))
    assert min(found.values()) > 0.85


def test_goes_forward_and_backward_from_a_keyframe_in_the_middle():
    segments = track(PASSING, {1010: (hint(PASSING, 1010, "red ball"),)})
    assert sorted(segments) == list(range(1001, 1021))
    assert min(overlaps(PASSING, segments).values()) > 0.9


def test_is_lost_honestly_behind_a_pillar_and_found_again():
    segments = track(HIDING, {1001: (hint(HIDING, 1001, "red ball"),)})
    hidden = [number for number in segments if HIDING.render(number)[1].max() == 0]
    assert len(hidden) >= 3
    for number in hidden:
        assert not segments[number][1].present
        assert segments[number][1].score < 0.5
    assert np.mean(list(overlaps(HIDING, segments).values())) > 0.9
    assert segments[1034][1].present


def test_leaves_the_frame_and_comes_back_without_jumping_to_a_look_alike():
    clip = Clip([Thing(RED, 18, lambda time: (180 + 200 * np.sin(time / 5), 80)), *OTHERS], 32)
    segments = track(clip, {1001: (hint(clip, 1001, "red ball"),)})
    gone = [number for number in segments if clip.render(number)[1].max() == 0]
    assert len(gone) >= 5
    assert not [number for number in gone if segments[number][1].present]
    back = [number for number in overlaps(clip, segments) if number > min(gone)]
    assert back
    assert all(segments[number][1].present for number in back)


def test_what_passes_in_front_cuts_into_the_matte():
    clip = Clip([Thing(RED, 20, line(60, 90, 5, 0))], 24, above=[Thing(ORANGE, 16, line(130, 98, 0, 0))])
    segments = track(clip, {1001: (hint(clip, 1001, "red ball"),)})
    picture, alpha = clip.render(1014)
    assert alpha.sum() < 0.8 * np.pi * 20**2
    assert iou(matte_of(segments[1014][1], picture), alpha) > 0.8


def test_stays_on_its_own_among_twins():
    clip = Clip([Thing(RED, 16, line(30, 80, 7, 0)), Thing(RED, 16, line(290, 125, -6, 0))], 34)
    assert min(overlaps(clip, track(clip, {1001: (hint(clip, 1001, "red ball"),)})).values()) > 0.85


def test_several_objects_keep_their_numbers():
    blue = Clip([Thing(BLUE, 16, line(260, 130, -5, 0)), *PASSING.things[:1]], 8)
    both = Clip([PASSING.things[0], blue.things[0]], 8)
    told = (hint(both, 1001, "red ball"), hint(blue, 1001, "blue ball", 7))
    segments = track(both, {1001: told})
    for number in (1001, 1004, 1008):
        picture, red_alpha = both.render(number)
        assert set(segments[number]) == {1, 7}
        assert iou(matte_of(segments[number][1], picture), red_alpha) > 0.9
        assert iou(matte_of(segments[number][7], picture), blue.render(number)[1]) > 0.9


def test_a_second_keyframe_puts_a_lost_track_right():
    clip = Clip([Thing(RED, 18, lambda time: (50 + 4 * time, 80) if time < 8 else (280 - 4 * time, 130))], 16)
    segments = track(clip, {1001: (hint(clip, 1001, "red ball"),), 1012: (hint(clip, 1012, "red ball"),)})
    found = overlaps(clip, segments)
    assert min(found[number] for number in range(1012, 1017)) > 0.9
    assert segments[1012][1].score == 1.0


def test_marking_gives_the_matte_of_the_keyframe_at_once():
    picture, alpha = PASSING.render(1005)
    segments = engine({}).segmenter.begin(PASSING.shot()).step(picture, (hint(PASSING, 1005, "red ball"),))
    assert segments[1].logits.dtype == np.float32
    assert segments[1].logits.shape == (180, 320)
    assert iou(matte_of(segments[1], picture), alpha) > 0.9


def test_refuses_pictures_of_another_size_and_frames_out_of_order():
    tracker = engine({}).segmenter.begin(PASSING.shot())
    with pytest.raises(EngineFailed, match="Frame 1003 is 160 x 90"):
        tracker.step(Picture(1003, np.zeros((90, 160, 3), np.float32)))
    tracker.step(PASSING.render(1001)[0], (hint(PASSING, 1001),))
    tracker.step(PASSING.render(1001)[0])
    with pytest.raises(EngineFailed, match="Frame 1009 came after frame 1001"):
        tracker.step(PASSING.render(1009)[0])
    tracker.close()


def digest(segments):
    sums = hashlib.sha256()
    for number in sorted(segments):
        segment = segments[number][1]
        sums.update(segment.logits.tobytes())
        sums.update(np.float64([number, segment.score, segment.present]).tobytes())
    return sums.hexdigest()


REPEATED = Clip([Thing(RED, 18, line(40, 80, 9, 2)), *OTHERS], 8, front=[(90, 110, 0.2)])


def test_gives_the_same_bytes_in_other_processes_with_any_number_of_threads():
    """A resumed shot must equal an uninterrupted one, whatever the process did before."""
    here = digest(track(REPEATED, {1003: (hint(REPEATED, 1003, "red ball"),)}))
    script = (
        "import sys, cv2; cv2.setNumThreads(int(sys.argv[1]));"
        "from server.engines import test_preview_track as t;"
        "print(t.digest(t.track(t.REPEATED, {1003: (t.hint(t.REPEATED, 1003, 'red ball'),)})))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    for threads in ("1", "4"):
        done = subprocess.run(
            [sys.executable, "-c", script, threads], capture_output=True, text=True, env=environment, check=True
        )
        assert done.stdout.strip() == here


def test_the_engine_says_that_it_is_a_preview():
    made = engine({})
    assert made.preview
    assert made.name == "preview"
    assert "preview" in made.label.lower()
    assert {"engine", "opencv", "numpy"} <= set(made.provenance)
    assert "red" in made.understands
