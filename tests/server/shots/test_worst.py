"""The list of worst frames: lowest score first, and no stretch hidden behind a longer one."""

from __future__ import annotations

import random
from collections.abc import Mapping

from mattewire_protocol.messages import MOST_WORST, FrameEvent
from mattewire_server.shots.worst import worst_of

JOB = "job-00001"


def events(scores: Mapping[int, float], state: str = "flagged") -> list[FrameEvent]:
    told = [
        FrameEvent(JOB, 0, 1, frame, state, score, ["area jump"], why=[f"It is so on {frame}."])
        for frame, score in scores.items()
    ]
    random.Random(7).shuffle(told)
    return told


def frames(*args: object, **more: int) -> list[int]:
    return [each.frame for each in worst_of(*args, **more)]  # type: ignore[arg-type]


def test_flagged_frames_alone_and_the_lowest_score_first() -> None:
    asking = events({1001: 0.4, 1002: 0.1, 1009: 0.1, 1005: 0.3})
    assert frames([*asking, *events({1003: 0.0}, "done"), *events({1004: 0.0}, "queued")]) == [1002, 1009, 1005, 1001]
    first = worst_of(asking)[0]
    assert (first.score, first.flags, first.why) == (0.1, ["area jump"], ["It is so on 1002."])
    assert worst_of([]) == []


def test_of_too_many_the_worst_of_every_stretch_is_told() -> None:
    lost = {frame: 0.1 + frame * 1e-6 for frame in range(1010, 1110)}
    scores = {**lost, 1001: 0.45, 1005: 0.4, 1006: 0.3, 1200: 0.44}
    told = frames(events(scores))
    assert len(told) == MOST_WORST
    assert {1001, 1006, 1200} < set(told), "the spots"
    assert 1005 not in told, "the rest of a stretch, less bad than the rest of the other"
    assert told[:-3] == list(range(1010, 1057))
    assert told[-3:] == [1006, 1200, 1001], "still by score"


def test_of_too_many_stretches_the_worst_ones() -> None:
    scores = {frame: frame / 1e4 for frame in range(1001, 1401, 2)}
    assert frames(events(scores)) == list(range(1001, 1101, 2))
    assert frames(events(scores), most=3) == [1001, 1003, 1005]
