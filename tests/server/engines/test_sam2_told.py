"""Looks in mid-shot on the real segmenter's code, a small SAM 2 with random weights: what is told takes effect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from mattewire_protocol.messages import FrameEvent
from mattewire_server.engines.sam2.track import Sam2Track
from mattewire_server.engines.seams import Engine, Hint, Segment, ShotInfo
from mattewire_server.shots import pull_matte
from mattewire_server.shots.shot import Ticket
from server.engines.sam2_tiny import picture, tiny_predictor
from server.shots.staged import JOB, request, write_plate
from server.shots.test_again import Eyes

FIRST, LAST, KEYFRAME = 1001, 1046, 1017


def tracked(prune: bool) -> dict[int, dict[int, Segment]]:
    """Both ways from the middle; every 8 frames object 1 is put back, and object 2 appears on frame 1025."""
    predictor = tiny_predictor(in_sight=35.8, spread=20.0)
    track = Sam2Track(predictor, ShotInfo(FIRST, LAST, 96, 64), border=1, prune=prune)
    track.step(picture(KEYFRAME), [Hint(1, (20, 10, 60, 50))])
    out = {}
    for frame in [*range(KEYFRAME, LAST + 1), *range(KEYFRAME - 1, FIRST - 1, -1)]:
        out[frame] = track.step(picture(frame))
        if frame != KEYFRAME and (frame - KEYFRAME) % 8 == 0:
            hints = [Hint(1, (25, 10, 65, 50))] + ([Hint(2, (30, 10, 70, 60))] if frame == 1025 else [])
            told = track.step(picture(frame), hints)
            assert sorted(told) == [hint.object for hint in hints]
            out[frame] = {**out[frame], **told}
    return out


def test_memory_is_pruned_as_well_when_frames_are_told_of_in_mid_shot() -> None:
    pruned, whole = tracked(True), tracked(False)
    for frame, segments in whole.items():
        assert sorted(pruned[frame]) == sorted(segments)
        for number, segment in segments.items():
            assert np.array_equal(pruned[frame][number].logits, segment.logits)
    assert 2 not in whole[1024]
    assert 2 in whole[1025]
    assert 2 in whole[FIRST], "it is looked for backward, too"


class Small:
    """A segmenter of its own for each run."""

    def begin(self, shot: ShotInfo) -> Sam2Track:
        return Sam2Track(tiny_predictor(), shot, border=1)


def test_a_shot_with_a_newcomer_from_request_to_files(tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate", range(1001, 1013))
    made = []
    for name in ("a", "b"):
        out = tmp_path / name
        wanted = request(
            plate, str(out / "m.####.exr"), prompts=["square"], pick="all", redetect_every=3, keyframe=1006
        )
        engine = Engine("small", "Small SAM 2", Eyes(on={1006: ["red"]}), Small())
        events = list(pull_matte(wanted, engine, Ticket(JOB)))
        frames = {event.frame: event for event in events if isinstance(event, FrameEvent)}
        assert sorted(frames) == list(range(1001, 1013))
        assert "detected again" in frames[1009].flags
        made.append([path.read_bytes() for path in sorted(out.glob("*.exr"))])
    assert made[0] == made[1]


def test_the_told_box_moves_what_comes_after() -> None:
    """Random weights know no squares; but they do not give the same logits when they were told something else."""

    def last(told: bool) -> Segment:
        track = Small().begin(ShotInfo(1, 6, 96, 64))
        track.step(picture(1), [Hint(1, (10, 10, 40, 50))])
        for frame in range(1, 7):
            segments = track.step(picture(frame))
            if told and frame == 4:
                track.step(picture(frame), [Hint(1, (50, 10, 90, 50))])
        return segments[1]

    assert not np.array_equal(last(True).logits, last(False).logits)
