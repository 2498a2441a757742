"""One shot from request to files: frames, windows, hints, resume, and errors that name what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import (
    BadField,
    OutputExists,
    PlateChanged,
)
from mattewire_protocol.messages import FoundEvent, FrameEvent, JobEvent, StageEvent
from mattewire_protocol.request import Box, Point
from mattewire_server.engines import preview
from mattewire_server.plates.sequence import SequencePlate
from mattewire_server.shots import Halted, pull_matte, shot
from mattewire_server.shots.shot import Ticket
from mattewire_server.shots.tracking import Effort
from server.shots.staged import (
    HEIGHT,
    JOB,
    WIDTH,
    Stage,
    box_of,
    expected,
    frames_of,
    pipeline_threads,
    read_exr,
    request,
    run,
    run_until,
    square,
    window,
    write_plate,
)

WHOLE = (0, 0, WIDTH, HEIGHT)


# --- what comes out ------------------------------------------------------------------------------------------


def test_every_frame_of_the_plate_gets_its_matte_under_its_own_number(plate: str, out: Path) -> None:
    events = run(request(plate, str(out / "red.####.exr")))
    assert frames_of(events) == list(range(1001, 1013))
    assert sorted(path.name for path in out.glob("*.exr")) == [f"red.{frame}.exr" for frame in range(1001, 1013)]
    for frame in range(1001, 1013):
        header, matte = read_exr(out / f"red.{frame}.exr")
        assert np.array_equal(matte, expected(["red"], frame, WHOLE))
        assert header["mattewire/engine"] == "stage"
        assert header["mattewire/preview"] == "no"


def test_events_tell_the_story_in_order(plate: str, out: Path) -> None:
    events = run(request(plate, str(out / "red.####.exr"), first=1003, last=1008, keyframe=1005))
    kinds = [type(event) for event in events]
    assert kinds[:4] == [JobEvent, StageEvent, FoundEvent, StageEvent]
    begun, ended = events[0], events[-1]
    assert (begun.state, begun.first, begun.last, begun.keyframe) == ("running", 1003, 1008, 1005)
    assert begun.colorspace == "linear Rec.709"
    assert ended.state == "done"
    assert ended.outputs == [str(out / name) for name in ("red.####.exr", "red.mattewire.json", "red.boxes.json")]
    assert [event.stage for event in events if isinstance(event, StageEvent)] == [
        *("detecting", "tracking forward", "tracking backward", "finishing")
    ]
    assert {event.job_id for event in events} == {JOB}


def test_a_frame_event_says_where_the_subject_is(plate: str, out: Path) -> None:
    events = run(request(plate, str(out / "red.####.exr"), last=1002))
    event = next(event for event in events if isinstance(event, FrameEvent))
    (found,) = event.objects
    assert (found.x0, found.y0, found.x1, found.y1) == box_of("red", 1001)
    assert (found.object, found.phrase, found.score) == (1, "red", 0.9)
    assert event.paths == [str(out / "red.1001.exr")]
    assert event.state == "done"


def test_a_keyframe_in_mid_shot_is_tracked_forward_and_then_backward(plate: str, out: Path) -> None:
    stage = Stage()
    events = run(request(plate, str(out / "red.####.exr"), keyframe=1006), stage)
    assert [frame for frame, _ in stage.marked] == [1006]
    assert stage.stepped == [*range(1006, 1013), *range(1005, 1000, -1)]
    assert frames_of(events) == stage.stepped
    assert stage.closed == 1


def test_hinted_frames_are_shown_first_the_keyframe_before_the_others(plate: str, out: Path) -> None:
    x, y = square("red", 1009)
    stage = Stage()
    wanted = request(
        plate,
        str(out / "red.####.exr"),
        keyframe=1006,
        boxes=[Box(1003, *box_of("green", 1003), object=2)],
        points=[Point(1009, x + 1.5, y + 1.5, True, 1), Point(1009, 1.0, 1.0, False, 1)],
    )
    run(wanted, stage)
    assert [frame for frame, _ in stage.marked] == [1006, 1003, 1009]
    assert [mark.keep for mark in stage.marked[2][1][0].marks] == [True, False]
    assert stage.stepped == [*range(1003, 1013), 1002, 1001]
    _, matte = read_exr(out / "red.1010.exr")
    assert np.array_equal(matte, expected(["red", "green"], 1010, WHOLE))


def test_all_formats_in_one_job(plate: str, out: Path) -> None:
    formats = [("a.####.exr", "exr"), ("b.####.png", "png8"), ("c.####.png", "png16")]
    wanted = request(plate, deliverables=[Deliverable(str(out / name), kind) for name, kind in formats], last=1003)
    events = run(wanted)
    assert [len(event.paths) for event in events if isinstance(event, FrameEvent)] == [3, 3, 3]
    truth = expected(["red"], 1002, WHOLE)
    assert np.array_equal(read_exr(out / "a.1002.exr")[1], truth)
    for name, top in (("b", 255), ("c", 65535)):
        gray = cv2.imread(str(out / f"{name}.1002.png"), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(gray, truth.astype(np.float32) * top)
    assert (out / "b.mattewire.json").exists()


def test_a_data_window_larger_than_the_display_window_and_a_wide_pixel(tmp_path: Path, out: Path) -> None:
    plate = write_plate(tmp_path / "plate", [1001, 1002], data=(-8, -4, 72, 40), pixel_aspect=2.0)
    run(request(plate, str(out / "red.####.exr"), boxes=[Box(1001, *box_of("green", 1001), object=2)]))
    header, matte = read_exr(out / "red.1002.exr")
    assert window(header["dataWindow"]) == [(-8, -4), (71, 39)]
    assert window(header["displayWindow"]) == [(0, 0), (WIDTH - 1, HEIGHT - 1)]
    assert header["pixelAspectRatio"] == 2.0
    assert np.array_equal(matte, expected(["red", "green"], 1002, (-8, -4, 72, 40)))
    boxes = json.loads((out / "red.boxes.json").read_text())
    assert boxes["frames"][1]["objects"][0]["box"] == list(box_of("red", 1002))


def test_a_frame_without_the_subject_gets_an_empty_matte_and_is_told(plate: str, out: Path) -> None:
    events = run(request(plate, str(out / "red.####.exr"), last=1004), Stage(gone=frozenset({1002, 1003})))
    told = {event.frame: (event.state, event.flags) for event in events if isinstance(event, FrameEvent)}
    assert told[1002] == ("flagged", ["out of sight", "dropped"])  # it was in the middle of the picture
    assert told[1004] == ("done", ["found again"])
    assert not read_exr(out / "red.1003.exr")[1].any()


def test_the_preview_engine_runs_through_the_same_pipeline(plate: str, out: Path) -> None:
    box = Box(1001, *box_of("red", 1001))
    events = list(
        pull_matte(
            request(plate, str(out / "red.####.exr"), prompts=[], boxes=[box], last=1003),
            preview.engine({}),
            Ticket(JOB),
        )
    )
    assert frames_of(events) == [1001, 1002, 1003]
    header, matte = read_exr(out / "red.1001.exr")
    truth = expected(["red"], 1001, WHOLE) > 0.5
    assert ((matte > 0.5) & truth).sum() / ((matte > 0.5) | truth).sum() > 0.6
    assert header["mattewire/preview"] == "yes"


# --- selection -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pick", "names"), [("best", ["red"]), ("all", ["red", "green"]), ("2", ["green"]), ("1,2", ["red", "green"])]
)
def test_pick_chooses_among_the_matches(plate: str, out: Path, pick: str, names: list[str]) -> None:
    events = run(request(plate, str(out / "m.####.exr"), prompts=["square"], pick=pick, last=1002))
    assert np.array_equal(read_exr(out / "m.1002.exr")[1], expected(names, 1002, WHOLE))
    found = next(event for event in events if isinstance(event, FoundEvent))
    assert [item.object for item in found.objects] == [1, 2]
    assert [item.picked for item in found.objects] == ["red" in names, "green" in names]


def test_a_number_that_was_not_found_is_refused_before_anything_is_written(plate: str, out: Path) -> None:
    with pytest.raises(BadField, match=r"object 3 was not found; there are 1, 2.*numbers shown") as caught:
        run(request(plate, str(out / "m.####.exr"), prompts=["square"], pick="1,3"))
    assert caught.value.field == "pick"
    assert list(out.iterdir()) == []


def test_a_number_is_refused_although_a_box_is_drawn_and_nothing_matches(plate: str, out: Path) -> None:
    with pytest.raises(BadField, match="there are none"):
        run(request(plate, str(out / "m.####.exr"), prompts=["nothing"], pick="2", boxes=[Box(1001, 5, 5, 13, 13)]))


def test_excluded_phrases_are_left_out(plate: str, out: Path) -> None:
    run(request(plate, str(out / "m.####.exr"), prompts=["square"], pick="all", exclude=["red"], last=1001))
    assert np.array_equal(read_exr(out / "m.1001.exr")[1], expected(["green"], 1001, WHOLE))


def test_max_objects_bounds_what_is_tracked(plate: str, out: Path) -> None:
    run(request(plate, str(out / "m.####.exr"), prompts=["square"], pick="all", max_objects=1, last=1001))
    assert np.array_equal(read_exr(out / "m.1001.exr")[1], expected(["red"], 1001, WHOLE))


def test_a_clicked_object_does_not_take_the_name_of_a_match_that_was_not_picked(plate: str, out: Path) -> None:
    x, y = square("green", 1001)
    wanted = request(
        plate, str(out / "m.####.exr"), prompts=["square"], points=[Point(1001, x + 2, y + 2, True, 2)], last=1001
    )
    events = run(wanted)
    event = next(event for event in events if isinstance(event, FrameEvent))
    assert [(item.object, item.phrase) for item in event.objects] == [(1, "square"), (2, "")]


# --- resume and halting --------------------------------------------------------------------------------------


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("stop_after", [1, 4, 8, 11])
def test_a_resumed_sequence_equals_an_uninterrupted_one(plate: str, out: Path, stop_after: int) -> None:
    wanted = request(plate, str(out / "m.####.exr"), keyframe=1005)
    run(wanted)
    whole = bytes_of(out)
    shutil.rmtree(out)

    checks = iter(range(100))

    def checkpoint() -> None:
        if next(checks) > stop_after + 1:  # one for the detection, one for the keyframe
            raise Halted

    seen, _ = run_until(Halted, pull_matte(wanted, Stage().engine(), Ticket(JOB), checkpoint=checkpoint))
    finished = frozenset(frames_of(seen))
    assert {f"m.{frame}.exr" for frame in finished} == set(bytes_of(out)), "what is on disk was reported"
    assert len(finished) == stop_after
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}

    events = run(wanted, ticket=Ticket(JOB, 2, finished, seen[0].plate))
    assert set(frames_of(events)) == set(range(1001, 1013)) - finished
    assert {event.attempt for event in events} == {2}
    assert bytes_of(out) == whole
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before


def test_a_finished_frame_that_was_deleted_since_is_written_again(plate: str, out: Path) -> None:
    wanted = request(plate, str(out / "m.####.exr"), last=1004)
    identity = run(wanted)[0].plate
    whole = bytes_of(out)
    (out / "m.1002.exr").unlink()
    events = run(wanted, ticket=Ticket(JOB, 2, frozenset(range(1001, 1005)), identity))
    assert frames_of(events) == [1002]
    assert bytes_of(out) == whole


def test_a_plate_replaced_between_two_attempts_is_refused(plate: str, out: Path) -> None:
    """Else half the mattes would be of another plate than the other half."""
    wanted = request(plate, str(out / "m.####.exr"), last=1004)
    identity = run(wanted)[0].plate
    frame = Path(plate.replace("####", "1003"))
    os.utime(frame, ns=(0, frame.stat().st_mtime_ns + 1_000_000_000))
    whole = bytes_of(out)
    with pytest.raises(PlateChanged, match="replaced after 2 frames") as refusal:
        run(wanted, ticket=Ticket(JOB, 2, frozenset({1001, 1002}), identity))
    assert refusal.value.field == "plate.path"
    assert bytes_of(out) == whole


def test_the_first_attempt_did_not_begin_so_mattes_in_the_way_are_the_artists(plate: str, out: Path) -> None:
    wanted = request(plate, str(out / "m.####.exr"), last=1004)
    run(wanted)
    with pytest.raises(OutputExists, match=r"4 of these frames are there already, the first is .*m\.1001\.exr"):
        run(wanted, ticket=Ticket(JOB, 2))


def test_existing_mattes_are_replaced_only_when_allowed(plate: str, out: Path) -> None:
    path = str(out / "m.####.exr")
    out.mkdir()
    (out / "m.1003.exr").write_bytes(b"the artist's own")
    with pytest.raises(OutputExists, match=r"One of these frames is there.*1003") as caught:
        run(request(plate, path))
    assert caught.value.field == "out[0].path"
    assert bytes_of(out) == {"m.1003.exr": b"the artist's own"}
    run(request(plate, path, first=1005, last=1006))
    run(request(plate, path, overwrite=True))
    assert np.array_equal(read_exr(out / "m.1003.exr")[1], expected(["red"], 1003, WHOLE))


def test_closing_early_ends_every_thread_and_keeps_finished_frames(plate: str, out: Path) -> None:
    stage = Stage(before_step=lambda frame: time.sleep(0.02))
    events = pull_matte(request(plate, str(out / "m.####.exr")), stage.engine(), Ticket(JOB))
    assert next(event for event in events if isinstance(event, FrameEvent)).frame == 1001
    events.close()
    assert pipeline_threads() == []
    assert stage.closed == 1
    assert (out / "m.1001.exr").exists()
    assert not (out / "m.1012.exr").exists()


# --- reports, memory -----------------------------------------------------------------------------------------


def test_a_frame_is_reported_while_the_engine_is_busy_with_the_next(plate: str, out: Path) -> None:
    reported = threading.Event()
    waited: list[bool] = []

    def before_step(frame: int) -> None:
        if frame == 1003:
            waited.append(reported.wait(5))

    for event in pull_matte(
        request(plate, str(out / "m.####.exr"), last=1003, keyframe=1001), Stage(before_step).engine(), Ticket(JOB)
    ):
        if isinstance(event, FrameEvent) and event.frame == 1002:
            reported.set()
    assert waited == [True], "frame 1002 was on disk, and nobody was told until the engine was done with 1003"


def test_a_frame_is_reported_while_a_slow_disk_gives_the_next(
    plate: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = threading.Event()
    waited: list[bool] = []
    real = SequencePlate.read

    def slow(self: SequencePlate, frame: int) -> Any:
        if frame == 1003:
            waited.append(reported.wait(5))
        return real(self, frame)

    monkeypatch.setattr(SequencePlate, "read", slow)
    for event in pull_matte(request(plate, str(out / "m.####.exr"), last=1004), Stage().engine(), Ticket(JOB)):
        if isinstance(event, FrameEvent) and event.frame == 1002:
            reported.set()
    assert waited == [True]


def test_few_pictures_are_in_flight_however_slow_the_listener(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plate = write_plate(tmp_path / "plate", range(1001, 1201))
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    most = 0

    class Counted(shot.Picture):
        def __init__(self, *parts: Any) -> None:
            nonlocal most
            super().__init__(*parts)
            alive.add(self)
            most = max(most, len(alive))

        __hash__ = object.__hash__
        __eq__ = object.__eq__

    monkeypatch.setattr(shot, "Picture", Counted)
    effort = Effort(writers=2, read_ahead=3)
    told = set()  # a frame whose neighbors make it odd is told of twice
    for event in pull_matte(
        request(plate, str(out / "m.####.png"), keyframe=1100), Stage().engine(), Ticket(JOB), effort=effort
    ):
        if isinstance(event, FrameEvent):
            told.add(event.frame)
            time.sleep(0.002)
    assert len(told) == 200
    # Three waiting, one that the reader holds, one at the engine, and one on its way between two of them.
    assert 2 <= most <= effort.read_ahead + 3
