"""What a job tells of its frames: at once that they are there, later what they are worth among their neighbors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.messages import FrameEvent, JobEvent, WorstFrame
from mattewire_protocol.request import Box
from mattewire_server.finish.quality import REACH
from mattewire_server.kept import KeptStore
from mattewire_server.shots import Halted, pull_matte
from mattewire_server.shots.shot import Ticket
from server.shots.staged import (
    JOB,
    Stage,
    box_of,
    frames_first_told,
    frames_of,
    request,
    run,
    run_until,
    write_plate,
)

FRAMES = range(1001, 1021)
JUMPED, BACK = 1008, 1012
"""The track takes the green square for the red one, from the one frame up to the other."""


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_plate(tmp_path_factory.mktemp("plate"), FRAMES)


def jumpy() -> Stage:
    return Stage(slips={JUMPED: {1: 1}, BACK: {1: 0}})


def told_of(events: list[Any]) -> dict[int, FrameEvent]:
    """The last event of each frame."""
    return {event.frame: event for event in events if isinstance(event, FrameEvent)}


def worst_in(events: list[Any]) -> list[WorstFrame]:
    (done,) = [event for event in events if isinstance(event, JobEvent) and event.state == "done"]
    return done.worst


@pytest.mark.parametrize("keyframe", [1001, 1015, 1020])
def test_a_frame_is_told_when_it_is_there_and_again_when_it_is_judged(
    plate: str, tmp_path: Path, keyframe: int
) -> None:
    stage = Stage(slips={1005: {1: 1}, 1004: {1: 0}}) if keyframe == 1020 else jumpy()
    events = run(request(plate, str(tmp_path / "m.####.exr"), keyframe=keyframe), stage)
    assert frames_first_told(events) == stage.stepped
    told = frames_of(events)
    assert told != list(FRAMES), "else nothing was told again"
    flagged = [frame for frame, event in told_of(events).items() if event.state == "flagged"]
    again = [
        event
        for at, event in enumerate(events)
        if isinstance(event, FrameEvent) and event.frame in told_before(events, at)
    ]
    assert {event.frame for event in again} == set(flagged)
    assert len(again) == len(flagged), "once more, not with every neighbor that comes"
    assert isinstance(events[-1], JobEvent), "all before the job is done"


def told_before(events: list[Any], at: int) -> set[int]:
    return {event.frame for event in events[:at] if isinstance(event, FrameEvent)}


def test_what_is_told_again_comes_as_soon_as_the_frames_around_it_are_known(plate: str, tmp_path: Path) -> None:
    told = frames_of(run(request(plate, str(tmp_path / "m.####.exr")), jumpy()))
    first, again = told.index(JUMPED), len(told) - 1 - told[::-1].index(JUMPED)
    assert told[first:again].count(JUMPED + REACH) == 1
    assert again - first <= 2 * REACH


def test_the_worst_frames_are_those_of_the_sidecar_and_of_the_events(plate: str, tmp_path: Path) -> None:
    events = run(request(plate, str(tmp_path / "m.####.exr")), jumpy())
    worst, last = worst_in(events), told_of(events)
    assert [each.frame for each in worst][:1] == [JUMPED]
    assert {each.frame for each in worst} == {frame for frame, event in last.items() if event.state == "flagged"}
    for each in worst:
        assert (each.score, each.flags, each.why) == (
            last[each.frame].score,
            last[each.frame].flags,
            last[each.frame].why,
        )
        assert each.score < 0.5
        assert each.why
        assert all(line[0].isupper() and line.endswith(".") for line in each.why)
    assert [each.score for each in worst] == sorted(each.score for each in worst)
    sidecar = json.loads((tmp_path / "m.mattewire.json").read_text())
    assert sidecar["worst"] == [each.frame for each in worst]
    said = {each["frame"]: (each["state"], each["flags"], each["why"]) for each in sidecar["frames"]}
    assert said == {frame: (event.state, event.flags, event.why) for frame, event in last.items()}


def test_a_clean_shot_is_told_once(plate: str, tmp_path: Path) -> None:
    events = run(request(plate, str(tmp_path / "m.####.exr")))
    assert frames_of(events) == list(FRAMES)
    assert worst_in(events) == []


@pytest.mark.parametrize("stop_after", [4, 10, 13, 19])
def test_an_interrupted_job_ends_with_the_same_worst_frames(plate: str, tmp_path: Path, stop_after: int) -> None:
    """Frames whose verdict had to wait when the attempt ended get it from the next one, whose files they are not."""
    whole = run(request(plate, str(tmp_path / "w" / "m.####.exr")), jumpy())
    wanted = request(plate, str(tmp_path / "m.####.exr"))
    checks = iter(range(100))

    def checkpoint() -> None:
        if next(checks) > stop_after + 1:
            raise Halted

    seen, _ = run_until(Halted, pull_matte(wanted, jumpy().engine(), Ticket(JOB), checkpoint=checkpoint))
    finished = frozenset(frames_of(seen))
    assert finished == set(list(FRAMES)[:stop_after])
    more = run(wanted, jumpy(), Ticket(JOB, 2, finished, seen[0].plate))
    assert worst_in(more) == worst_in(whole)
    files = {
        event.frame: [Path(path).name for path in event.paths]
        for event in [*seen, *more]
        if isinstance(event, FrameEvent)
    }
    assert files == {frame: [f"m.{frame}.exr"] for frame in FRAMES}
    last = {**told_of(seen), **told_of(more)}
    for frame, event in told_of(whole).items():
        assert (last[frame].state, last[frame].flags, last[frame].why) == (event.state, event.flags, event.why)


def test_a_kept_shot_is_judged_alike(plate: str, tmp_path: Path) -> None:
    store = KeptStore(tmp_path / "home", 10**9)
    tracked = run(request(plate, str(tmp_path / "a" / "m.####.exr")), jumpy(), keep=store)
    stage = jumpy()
    redrawn = run(request(plate, str(tmp_path / "b" / "m.####.exr")), stage, keep=store)
    assert stage.stepped == [], "it was kept"
    assert frames_first_told(redrawn) == list(FRAMES)
    assert worst_in(redrawn) == worst_in(tracked) != []


def test_a_frame_says_at_most_a_few_sentences(plate: str, tmp_path: Path) -> None:
    stage = Stage(slips={JUMPED: {number: 1 for number in range(1, 13)}})
    boxes = [Box(1001, *box_of("red", 1001), object=number) for number in range(1, 13)]
    last = told_of(run(request(plate, str(tmp_path / "m.####.exr"), prompts=[], boxes=boxes), stage))
    assert len(last[JUMPED].why) == 8
    assert len(last[JUMPED].flags) >= 1
