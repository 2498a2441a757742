"""Verdicts: what is odd is flagged where it happens, in whatever order frames come, within a bounded memory."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from mattewire_server.finish.quality import ASKING, NAMES, REACH, Quality, Seen, Verdict, alone, see, small
from mattewire_server.finish.quality.align import change, unsteady

SIZE = (320, 180)
FIRST, LAST = 1001, 1030


def disc(x: float, y: float = 90, radius: float = 20, **facts: object) -> Seen:
    canvas = np.zeros(SIZE[::-1], np.uint8)
    cv2.circle(canvas, (round(x * 16), round(y * 16)), round(radius * 16), 255, -1, cv2.LINE_AA, 4)
    return replace(see(canvas.astype(np.float32) / 255, SIZE, 0.9, (0.5, 0.4, 0.3, 0.1, 0.1, 0.1)), **facts)


GONE = Seen(0.9, False, SIZE)


def moving() -> dict[int, Seen]:
    return {frame: disc(60 + 4 * (frame - FIRST)) for frame in range(FIRST, LAST + 1)}


def judged(track: dict[int, Seen], order: Iterable[int] | None = None) -> dict[int, Verdict]:
    quality = Quality(min(track), max(track))
    found: dict[int, Verdict] = {}
    for frame in order or sorted(track):
        found.update(quality.add(frame, {1: track[frame]}))
    assert found.keys() == track.keys()
    return found


def test_a_thing_that_moves_as_it_did_asks_for_no_look() -> None:
    for verdict in judged(moving()).values():
        assert (verdict.flags, verdict.why, verdict.score) == ((), (), 0.9)


@pytest.mark.parametrize(
    ("fault", "flag"),
    [
        (GONE, "dropped"),
        (disc(250, 30), "position jump"),
        (disc(116, radius=28), "area jump"),
        (disc(116, colors=(0.1, 0.8, 0.3, 0.1, 0.1, 0.1)), "color jump"),
        (disc(116, score=0.3), "low score"),
        (disc(116, agreement=0.2), "drifted"),
        (see(np.zeros(SIZE[::-1], np.float32), SIZE, 0.9), "empty matte"),
    ],
)
def test_what_is_odd_is_flagged_on_its_frame_with_a_reason(fault: Seen, flag: str) -> None:
    found = judged({**moving(), 1015: fault})
    assert flag in found[1015].flags
    assert found[1015].score < 0.5
    assert len(found[1015].why) >= 1
    assert all(verdict.score >= 0.5 for frame, verdict in found.items() if abs(frame - 1015) > 1)
    assert {flag for verdict in found.values() for flag in verdict.flags} <= set(NAMES) & ASKING


def test_an_edge_that_comes_and_goes_flickers() -> None:
    track = {frame: disc(160, radius=20 + 1.5 * (frame % 2)) for frame in range(FIRST, LAST + 1)}
    found = judged(track)
    assert all("flickering edge" in found[frame].flags for frame in range(FIRST + 1, LAST))


def test_what_leaves_the_picture_and_comes_back_was_not_dropped() -> None:
    track = {}
    for frame in range(FIRST, LAST + 1):
        x = 290 + 5 * (15 - abs(frame - 1016))
        track[frame] = GONE if x - 20 >= SIZE[0] else disc(x)
    assert any(not seen.present for seen in track.values())
    assert not [frame for frame, verdict in judged(track).items() if verdict.flags]


def test_every_order_comes_to_the_same_verdicts() -> None:
    track = {**moving(), 1010: disc(100, radius=30), 1020: GONE, 1021: GONE}
    frames = list(track)
    forward_backward = [*range(1016, LAST + 1), *range(1015, FIRST - 1, -1)]
    mixed = random.Random(3).sample(frames, len(frames))
    assert judged(track) == judged(track, forward_backward) == judged(track, mixed)


def test_memory_is_bounded_however_long_the_shot() -> None:
    quality, most = Quality(1, 400), 0
    for frame in [*range(200, 401), *range(199, 0, -1)]:
        quality.add(frame, {1: GONE})
        most = max(most, quality.held)
    assert most <= 4 * REACH + 2
    assert quality.held == 0


def test_a_frame_alone_tells_what_needs_no_other() -> None:
    verdict = alone(5, {1: disc(100, score=0.25), 2: disc(200)})
    assert verdict.flags == ("low score",)
    assert verdict.why == ("Object 1: the engine gives its own matte a score of 0.25.",)
    assert (verdict.score, verdict.objects) == (0.25, {1: 0.25, 2: 0.9})


def test_a_shift_is_measured_below_a_pixel_and_leaves_little_unexplained() -> None:
    step = change(disc(100), disc(107.5, 91))
    assert (step.dx, step.dy) == pytest.approx((7.5, 1.0), abs=0.3)
    assert step.share < 0.02
    assert step.growth == pytest.approx(0, abs=0.02)
    assert unsteady(change(disc(100), disc(104)), change(disc(108), disc(104))) < 0.1


def test_what_the_pictures_edge_cuts_off_is_not_held_against_it() -> None:
    assert change(disc(300), disc(310)).share < 0.03


def test_a_small_picture_is_not_enlarged() -> None:
    assert small(1920, 1080) == (320, 180)
    assert small(64, 36) == (64, 36)
