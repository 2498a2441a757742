"""Detection in mid-shot: lost things found again, newcomers, drift, second looks, and the same bytes on a resume."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from mattewire_protocol.errors import EngineFailed, NothingFound
from mattewire_protocol.messages import FoundEvent, FrameEvent, StageEvent
from mattewire_protocol.request import Box, Point
from mattewire_server.engines.seams import Found, Hint, Mark, Picture, Segment
from mattewire_server.shots import Halted, pull_matte
from mattewire_server.shots.again import Again, Cast, box_of
from mattewire_server.shots.shot import Ticket
from server.shots.staged import (
    HEIGHT,
    JOB,
    WIDTH,
    Many,
    Stage,
    expected,
    frames_of,
    read_exr,
    request,
    run,
    run_until,
    write_plate,
)
from server.shots.staged import (
    box_of as box_on,
)

WHOLE = (0, 0, WIDTH, HEIGHT)
GREEN = 1


@dataclass
class Eyes:
    """A detector that sees the squares named for each frame, ``always`` on the others. Each is found as "square"."""

    on: dict[int, Sequence[str]] = field(default_factory=dict)
    always: Sequence[str] = ("red", "green")
    avoid: tuple[Mark, ...] = ()
    frames: list[int] = field(default_factory=list)

    def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
        self.frames.append(picture.frame)
        names = self.on.get(picture.frame, self.always)
        scores = {"red": 0.9, "green": 0.6}
        return [Found(box_on(name, picture.frame), scores[name], phrases[0], self.avoid) for name in names]


@dataclass
class CloserEyes(Eyes):
    """One that looks closer as well: a closer look shows the red square, ``shift`` pixels beside its place."""

    shift: float = 0.0
    looked_again: tuple[str, ...] = ()
    closer_at: list[int] = field(default_factory=list)

    def closer(
        self, picture: Picture, phrases: Sequence[str], around: tuple[float, float, float, float]
    ) -> list[Found]:
        self.closer_at.append(picture.frame)
        x0, y0, x1, y1 = box_on("red", picture.frame)
        return [Found((x0 + self.shift, y0, x1 + self.shift, y1), 0.9, phrases[0])]


def mattes_show(out: Path, frame: int, *names: str) -> bool:
    return np.array_equal(read_exr(out / f"m.{frame}.exr")[1], expected(names, frame, WHOLE))


def told(stage: Stage) -> dict[int, list[int]]:
    """Frames hinted in mid-shot, and the objects told of."""
    return {frame: [hint.object for hint in hints] for frame, hints in stage.told}


def flags(events: list) -> dict[int, list[str]]:
    return {event.frame: event.flags for event in events if isinstance(event, FrameEvent) and event.flags}


# --- every N frames --------------------------------------------------------------------------------------------


def test_without_re_detection_only_the_keyframe_is_looked_at(plate: str, out: Path) -> None:
    eyes = Eyes()
    run(request(plate, str(out / "m.####.exr"), prompts=["square"]), Stage(detector=eyes))
    assert eyes.frames == [1001]


def test_what_was_lost_is_found_again_under_its_number(plate: str, out: Path) -> None:
    stage = Stage(detector=Eyes(), slips={1003: {1: None}})
    events = run(request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=4), stage)
    assert stage.detector.frames == [1001, 1005, 1009]
    assert told(stage) == {1005: [1]}
    assert stage.told[0][1][0].box == box_on("red", 1005)
    assert mattes_show(out, 1004), "lost, so empty"
    assert all(mattes_show(out, frame, "red") for frame in range(1005, 1013))
    assert flags(events) == {
        1003: ["out of sight", "dropped"],
        1004: ["out of sight", "dropped"],
        1005: ["found again", "detected again"],
    }


def test_a_subject_that_is_tracked_well_is_left_alone(plate: str, out: Path) -> None:
    stage = Stage(detector=Eyes())
    events = run(request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=1, pick="all"), stage)
    assert stage.detector.frames == list(range(1001, 1013))
    assert stage.told == []
    assert flags(events) == {}


def test_a_double_that_was_not_picked_never_takes_the_place_of_a_lost_subject(plate: str, out: Path) -> None:
    eyes = Eyes(on={1005: ["green"]})
    stage = Stage(detector=eyes, slips={1003: {1: None}})
    run(request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=4), stage)
    assert told(stage) == {1009: [1]}, "on 1005 only the double is in sight"
    assert mattes_show(out, 1006)
    assert mattes_show(out, 1010, "red")


def test_what_appears_is_added_with_pick_all(plate: str, out: Path) -> None:
    stage = Stage(detector=Eyes(on={1001: ["red"]}))
    events = run(request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=4, pick="all"), stage)
    assert told(stage) == {1005: [2]}
    assert mattes_show(out, 1004, "red")
    assert all(mattes_show(out, frame, "red", "green") for frame in range(1005, 1013))
    event = next(event for event in events if isinstance(event, FrameEvent) and event.frame == 1005)
    assert [(item.object, item.phrase) for item in event.objects] == [(1, "square"), (2, "square")]


@pytest.mark.parametrize("changes", [{"pick": "best"}, {"pick": "1"}, {"pick": "all", "max_objects": 1}])
def test_what_appears_is_not_added_otherwise(plate: str, out: Path, changes: dict) -> None:
    stage = Stage(detector=Eyes(on={1001: ["red"]}))
    run(request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=4, **changes), stage)
    assert stage.told == []
    assert mattes_show(out, 1012, "red")


def test_a_newcomer_takes_no_number_that_is_drawn(plate: str, out: Path) -> None:
    wanted = request(
        plate,
        str(out / "m.####.exr"),
        prompts=["square"],
        redetect_every=4,
        pick="all",
        points=[Point(1001, *(edge + 2 for edge in box_on("red", 1001)[:2]), True, 2)],
    )
    stage = Stage(detector=Eyes(on={1001: ["red"]}))
    run(wanted, stage)
    assert told(stage) == {1005: [3]}


def test_a_drawn_object_is_not_found_a_second_time(plate: str, out: Path) -> None:
    box = Box(1001, *box_on("green", 1001), object=7)
    stage = Stage(detector=Eyes(on={1001: ["red"]}))
    run(request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=4, pick="all", boxes=[box]), stage)
    assert stage.told == []


def test_the_backward_pass_looks_again_from_where_it_began(plate: str, out: Path) -> None:
    stage = Stage(detector=Eyes(), slips={1009: {1: None}, 1005: {1: None}})
    wanted = request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=3, keyframe=1007)
    run(wanted, stage)
    assert stage.detector.frames == [1007, 1010, 1004, 1001]
    assert told(stage) == {1010: [1], 1004: [1]}
    assert all(mattes_show(out, frame, "red") for frame in (1001, 1004, 1006, 1007, 1012))


def test_going_backward_what_appeared_later_has_its_number_still(plate: str, out: Path) -> None:
    eyes = Eyes(on={1007: ["red"]})
    stage = Stage(detector=eyes, slips={1006: {2: None}})
    wanted = request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=3, keyframe=1007, pick="all")
    run(wanted, stage)
    assert told(stage) == {1010: [2], 1004: [2]}


def test_frames_with_marks_of_the_artist_are_not_looked_at_again(plate: str, out: Path) -> None:
    eyes = Eyes()
    box = Box(1005, *box_on("green", 1005), object=2)
    run(
        request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=4, boxes=[box], keyframe=1001),
        Stage(detector=eyes),
    )
    assert eyes.frames == [1001, 1009]


@pytest.mark.parametrize("roi", [False, True])
def test_a_resumed_shot_with_looks_in_the_middle_is_the_same(plate: str, out: Path, roi: bool) -> None:
    wanted = request(
        plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=3, keyframe=1006, pick="all", roi=roi
    )

    def stage() -> Stage:
        return (Many if roi else Stage)(detector=Eyes(on={1006: ["red"]}), slips={1008: {1: None}, 1004: {1: None}})

    run(wanted, stage())
    whole = {path.name: path.read_bytes() for path in sorted(out.iterdir())}
    shutil.rmtree(out)
    checks = iter(range(100))

    def checkpoint() -> None:
        if next(checks) > 9:
            raise Halted

    seen, _ = run_until(Halted, pull_matte(wanted, stage().engine(), Ticket(JOB), checkpoint=checkpoint))
    run(wanted, stage(), Ticket(JOB, 2, frozenset(frames_of(seen)), seen[0].plate))
    assert {path.name: path.read_bytes() for path in sorted(out.iterdir())} == whole


def test_a_fault_of_the_detector_in_mid_shot_names_the_frame(plate: str, out: Path) -> None:
    class Blind(Eyes):
        def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
            if picture.frame == 1005:
                raise ValueError("no pixels")
            return super().find(picture, phrases, exclude)

    wanted = request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=4)
    seen, problem = run_until(EngineFailed, pull_matte(wanted, Stage(detector=Blind()).engine(), Ticket(JOB)))
    assert "Frame 1005: ValueError: no pixels" in str(problem)
    assert frames_of(seen) == [1001, 1002, 1003, 1004]


# --- absent on the keyframe --------------------------------------------------------------------------------------


def test_a_subject_that_is_absent_on_the_keyframe_is_looked_for_further_on(plate: str, out: Path) -> None:
    stage = Stage(detector=Eyes(on={1003: [], 1005: []}))
    events = run(request(plate, str(out / "m.####.exr"), prompts=["square"], keyframe=1003, redetect_every=2), stage)
    assert stage.detector.frames[:3] == [1003, 1005, 1007]
    assert next(event for event in events if isinstance(event, FoundEvent)).frame == 1007
    assert events[-1].keyframe == 1007
    assert stage.stepped == [*range(1007, 1013), *range(1006, 1000, -1)]
    notes = [event.note for event in events if isinstance(event, StageEvent) and event.stage == "detecting"]
    assert notes == [f"Looking at frame {frame}." for frame in (1003, 1005, 1007)]


def test_then_further_back_and_then_it_is_not_there(plate: str, out: Path) -> None:
    eyes = Eyes(always=())
    with pytest.raises(NothingFound, match="Nothing on frame 1006"):
        run(
            request(plate, str(out / "m.####.exr"), prompts=["square"], keyframe=1006, redetect_every=3),
            Stage(detector=eyes),
        )
    assert eyes.frames == [1006, 1009, 1012, 1003]


def test_numbers_to_pick_hold_on_the_keyframe_only(plate: str, out: Path) -> None:
    eyes = Eyes(on={1001: []})
    with pytest.raises(NothingFound):
        run(
            request(plate, str(out / "m.####.exr"), prompts=["square"], pick="1", redetect_every=3),
            Stage(detector=eyes),
        )
    assert eyes.frames == [1001]


# --- what excluded things leave ----------------------------------------------------------------------------------


def test_excluded_things_that_touch_the_subject_become_drop_marks(tmp_path: Path, out: Path) -> None:
    """In picture pixels, which begin at the data window's corner, beside what the artist clicked."""
    plate = write_plate(tmp_path / "plate", [1001], data=(-8, -4, 72, 40))
    leash = Mark(20.0, 9.0, keep=False)

    class Shifted(Eyes):
        def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
            x0, y0, x1, y1 = box_on("red", picture.frame)
            return [Found((x0 + 8, y0 + 4, x1 + 8, y1 + 4), 0.9, phrases[0], (leash,))]

    stage = Stage(detector=Shifted())
    run(request(plate, str(out / "m.####.exr"), prompts=["square"], points=[Point(1001, 1.0, 2.0, False, 1)]), stage)
    ((_, (hint,)),) = stage.marked
    assert hint.marks == (leash, Mark(9.0, 6.0, keep=False))


def test_so_they_do_in_mid_shot(plate: str, out: Path) -> None:
    leash = Mark(30.0, 9.0, keep=False)
    stage = Stage(detector=Eyes(avoid=(leash,)), slips={1003: {1: None}})
    run(request(plate, str(out / "m.####.exr"), prompts=["square"], redetect_every=4), stage)
    assert stage.told[0][1][0].marks == (leash,)


# --- second looks ------------------------------------------------------------------------------------------------


def test_frames_in_doubt_are_looked_at_closer_but_not_each_of_them(plate: str, out: Path) -> None:
    eyes = CloserEyes(shift=2.0)
    stage = Stage(detector=eyes, score=0.4)
    events = run(request(plate, str(out / "m.####.exr"), prompts=["square"], refine_below=0.45), stage)
    assert eyes.closer_at == [1002, 1010]
    x0, y0, x1, y1 = box_on("red", 1002)
    # Weighted boxes fusion: 0.4 of where it is tracked, 0.9 of 2 pixels beside.
    assert stage.told[0][1][0].box == pytest.approx((x0 + 1.8 / 1.3, y0, x1 + 1.8 / 1.3, y1))
    assert told(stage) == {1002: [1], 1010: [1]}
    assert [frame for frame, raised in flags(events).items() if "detected again" in raised] == [1002, 1010]


def test_a_closer_look_that_sees_something_else_changes_nothing(plate: str, out: Path) -> None:
    eyes = CloserEyes(shift=6.0)
    stage = Stage(detector=eyes, score=0.4)
    run(request(plate, str(out / "m.####.exr"), prompts=["square"], refine_below=0.45), stage)
    assert eyes.closer_at
    assert stage.told == []


@pytest.mark.parametrize("below", [None, 0.4])
def test_sure_frames_get_no_second_look(plate: str, out: Path, below: float | None) -> None:
    eyes = CloserEyes()
    run(
        request(plate, str(out / "m.####.exr"), prompts=["square"], refine_below=below),
        Stage(detector=eyes, score=0.4),
    )
    assert eyes.closer_at == []


def test_the_detectors_own_second_look_is_told_of_the_keyframe(plate: str, out: Path) -> None:
    eyes = CloserEyes(looked_again=("red",))
    events = run(request(plate, str(out / "m.####.exr"), prompts=["square"], last=1003), Stage(detector=eyes))
    told_of = {event.frame: (event.state, event.flags) for event in events if isinstance(event, FrameEvent)}
    assert told_of == {1001: ("done", ["detected again"]), 1002: ("done", []), 1003: ("done", [])}


# --- on plain data -----------------------------------------------------------------------------------------------


def picture(frame: int) -> Picture:
    return Picture(frame, np.zeros((100, 200, 3), np.float32))


def segment(box: tuple[int, int, int, int], score: float = 0.9) -> Segment:
    logits = np.full((50, 100), -5.0, np.float32)  # half the picture's size
    x0, y0, x1, y1 = (edge // 2 for edge in box)
    logits[y0:y1, x0:x1] = 5.0
    return Segment(logits, score)


def test_the_box_of_a_segment_is_in_picture_pixels_at_any_scale() -> None:
    assert box_of(segment((20, 30, 60, 80)), picture(1)) == (20, 30, 60, 80)
    assert box_of(Segment(np.full((4, 4), 9.0, np.float32), 0.9, present=False), picture(1)) is None
    assert box_of(Segment(np.full((4, 4), -9.0, np.float32), 0.9), picture(1)) is None


def looked(tracked: tuple[int, int, int, int], seen: tuple[int, int, int, int], score: float) -> list[Hint]:
    """The hints on frame 11 for an object that was found at (20, 20, 60, 60) on frame 1."""

    class Fixed:
        def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
            return [Found(tuple(float(edge) for edge in seen), 0.8, "dog")]

    first = Found((20.0, 20.0, 60.0, 60.0), 0.8, "dog")
    wanted = request("/plate.####.exr", "/m.####.exr", prompts=["dog"], redetect_every=10)
    cast = Cast(1, {1: first}, frozenset({1}), frozenset())
    again = Again(wanted, Fixed(), cast, {1: "dog"}, start=1, marked=frozenset({1}))
    hints: list[Hint] = []

    def step(picture: Picture, marks: Sequence[Hint]) -> dict[int, Segment]:
        hints.extend(marks)
        return {mark.object: segment(seen) for mark in marks}

    before = {1: segment(tracked, score)}
    after = again.after(step, picture(11), before)
    assert (after is before) is (not hints)
    assert again.frames == ({11} if hints else set())
    return hints


@pytest.mark.parametrize(
    ("tracked", "seen", "score", "hinted"),
    [
        ((20, 20, 60, 60), (24, 20, 64, 60), 0.9, False),  # IoU 0.82: confirms the track
        ((20, 20, 60, 60), (38, 20, 78, 60), 0.9, True),  # IoU 0.38: the same thing, and the track slid off it
        ((20, 20, 60, 60), (140, 20, 180, 60), 0.9, False),  # elsewhere; the track is sure of itself
        ((20, 20, 60, 60), (140, 20, 180, 60), 0.3, True),  # elsewhere; the track doubts itself too
    ],
)
def test_a_track_is_put_back_on_what_is_detected(tracked: tuple, seen: tuple, score: float, hinted: bool) -> None:
    assert [hint.box for hint in looked(tracked, seen, score)] == ([seen] if hinted else [])
