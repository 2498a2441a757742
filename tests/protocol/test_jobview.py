"""What a panel draws from a job's events."""

from __future__ import annotations

import pytest

from mattewire_protocol.deliver import ObjectName
from mattewire_protocol.jobview import JobView
from mattewire_protocol.messages import (
    Detection,
    Error,
    FoundEvent,
    FrameEvent,
    FrameRun,
    JobEvent,
    JobSummary,
    Ping,
    Snapshot,
    StageEvent,
    WorstFrame,
)

JOB = "job-00001"


def job(seq: int, state: str, attempt: int = 1, **more: object) -> JobEvent:
    return JobEvent(JOB, seq, attempt, state, **more)  # type: ignore[arg-type]


def frame(seq: int, number: int, state: str = "done", elapsed: float = 0.0) -> FrameEvent:
    return FrameEvent(JOB, seq, 1, number, state, 0.8, flags=["small"] if state == "flagged" else [], elapsed_s=elapsed)


def running() -> JobView:
    view = JobView(JOB)
    for event in (
        job(1, "queued", 0),
        job(2, "running", first=1001, last=1010, keyframe=1004, engine="double", colorspace="sRGB"),
        StageEvent(JOB, 3, 1, "tracking forward"),
        FoundEvent(JOB, 4, 1, 1004, [Detection(1, 0, 0, 5, 5)]),
    ):
        assert view.apply(event)
    return view


def test_it_folds_what_happens() -> None:
    view = running()
    for seq, number in enumerate((1004, 1005, 1006), start=5):
        assert view.apply(frame(seq, number, elapsed=seq * 0.5))
    assert (view.done, view.total, view.fraction) == (3, 10, 0.3)
    assert view.fps == pytest.approx(2.0)
    assert view.time_left_s == pytest.approx(3.5)
    assert (view.keyframe, view.engine, view.colorspace, len(view.found)) == (1004, "double", "sRGB", 1)
    assert view.line() == "Tracking forward: 3 of 10 frames, 2.0 fps, 0:04 left"
    assert view.strip() == [
        FrameRun(1001, 1003, "queued"),
        FrameRun(1004, 1006, "done"),
        FrameRun(1007, 1010, "queued"),
    ]


def test_what_is_old_or_not_of_this_job_changes_nothing() -> None:
    view = running()
    assert not view.apply(job(4, "failed"))
    assert not view.apply(JobEvent("job-00002", 9, 1, "failed"))
    assert not view.apply(Ping())
    assert (view.state, view.seq) == ("running", 4)


def test_a_died_worker_is_told_until_the_job_runs_again() -> None:
    view = running()
    view.apply(frame(5, 1004, elapsed=1.0))
    view.apply(frame(6, 1005, elapsed=2.0))
    view.apply(job(7, "queued", error=Error("worker_died", "The worker ended: SIGKILL.")))
    assert view.line() == "The worker ended: SIGKILL. Going on where it stopped."
    view.apply(job(8, "running", attempt=2))
    assert (view.error, view.fps, view.total, view.done) == (None, 0.0, 10, 2)


@pytest.mark.parametrize(
    ("last", "line"),
    [
        (job(7, "done", outputs=["/out/a.####.exr"]), "2 frames finished, 1 worth a look."),
        (job(7, "canceled"), "Stopped. 2 of 10 frames are finished and kept."),
        (job(7, "stopping"), "Stopping; finished frames are kept."),
        (
            job(7, "failed", error=Error("disk_full", "The disk is full.", advice="Free space.")),
            "The disk is full. Free space.",
        ),
        (job(7, "set_aside"), "The job failed."),
    ],
)
def test_the_line_at_the_end(last: JobEvent, line: str) -> None:
    view = running()
    view.apply(frame(5, 1004))
    view.apply(frame(6, 1005, "flagged"))
    view.apply(last)
    assert view.line() == line
    assert view.ended == (last.state != "stopping")
    assert view.time_left_s is None or not view.ended
    assert view.strip()[0].state == ("missing" if view.ended else "queued")
    assert view.flags[1005] == ["small"]


def test_a_snapshot_replaces_everything() -> None:
    view = running()
    view.apply(frame(5, 1009))
    snapshot = Snapshot(
        JOB,
        50,
        JobSummary(JOB, "running"),
        job(40, "running", attempt=2, first=1001, last=1020),
        [FrameRun(1001, 1008, "done"), FrameRun(1012, 1012, "flagged")],
        StageEvent(JOB, 45, 2, "tracking backward", "Frames 1003 to 1001."),
        FoundEvent(JOB, 44, 2, 1004, []),
    )
    assert view.apply(snapshot)
    assert (view.seq, view.attempt, view.total, view.done) == (50, 2, 20, 9)
    assert 1009 not in view.frames
    assert (view.stage, view.found, view.fps) == ("tracking backward", [], 0.0)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"colorspace": "sRGB"}, "sRGB"),
        ({"colorspace": "ACEScg", "colorspace_from": "metadata"}, "ACEScg (metadata)"),
        (
            {"colorspace": "ARRI LogC4", "colorspace_from": "file rules", "exposure": 1.5},
            "ARRI LogC4 (file rules), seen 1.5 stops brighter",
        ),
        ({"colorspace": "sRGB", "exposure": -2.0}, "sRGB, seen 2 stops darker"),
    ],
)
def test_how_the_plate_was_read(facts: dict[str, object], line: str) -> None:
    view = JobView(JOB)
    view.apply(job(1, "running", **facts))
    assert view.color_line() == line


def test_names_and_whether_it_can_be_finished_again() -> None:
    view = running()
    assert (view.names, view.kept) == ({}, "")
    view.apply(job(5, "running", names=[ObjectName(2, "été"), ObjectName(1, "founder (left)")]))
    view.apply(job(6, "done", kept="ab" * 16, version=3))
    assert view.version == 3
    assert view.names == {1: "founder (left)", 2: "été"}
    assert view.kept == "ab" * 16
    assert view.colorspace == "sRGB", "what an event does not tell stays"
    late = JobView(JOB)
    last = job(6, "done", first=1001, last=1002, names=[ObjectName(1, "mug")], kept="cd" * 16, colorspace="sRGB")
    late.apply(Snapshot(JOB, 6, JobSummary(JOB, "done"), last))
    assert (late.names, late.kept, late.color_line()) == ({1: "mug"}, "cd" * 16, "sRGB")


def test_frames_that_are_made_again_count_once() -> None:
    """Objects that appear in mid-shot are put into earlier frames, which are then told a second time."""
    view = running()
    for seq, number in enumerate((1004, 1005, 1004, 1005), start=5):
        view.apply(frame(seq, number, elapsed=float(seq)))
    assert (view.done, view.fraction) == (2, 0.2)


def test_movies_are_written_after_the_last_frame() -> None:
    view = running()
    for number in range(1001, 1011):
        view.apply(frame(number - 990, number))
    assert view.apply(StageEvent(JOB, 40, 1, "finishing", "Writing cut.mov: frame 1004 of 1010.", 9.0))
    assert (view.ended, view.fraction, view.note) == (False, 1.0, "Writing cut.mov: frame 1004 of 1010.")
    assert view.line().startswith("Finishing: 10 of 10 frames")


def test_before_anything_is_known() -> None:
    view = JobView(JOB)
    assert (view.fraction, view.strip(), view.time_left_s) == (0.0, [], None)
    assert view.line() == "Waiting for the jobs before it."
    assert view.color_line() == ""


def test_the_worst_frames_and_why_they_are() -> None:
    view = JobView(JOB)
    view.apply(FrameEvent(JOB, 1, 1, 1004, "flagged", 0.25, ["flicker"], why=["The edge moves to and fro."]))
    assert view.why == {1004: ["The edge moves to and fro."]}
    assert view.worst == []
    worst = [WorstFrame(1004, 0.25, ["flicker"], ["The edge moves to and fro."])]
    view.apply(JobEvent(JOB, 2, 1, "done", worst=worst))
    assert view.worst == worst == view.asking()


def told(view: JobView, *frames: tuple[int, str, float]) -> list[int]:
    """Tells ``running()`` of frames: number, state, seconds; how many are done after each."""
    done = []
    for seq, (number, state, elapsed) in enumerate(frames, start=5):
        assert view.apply(frame(seq, number, state, elapsed))
        done.append(view.done)
    return done


def test_a_frame_told_again_is_no_progress_and_no_measure_of_speed() -> None:
    view = running()
    told(
        view,
        (1004, "done", 1.0),
        (1005, "done", 2.0),
        (1004, "flagged", 2.1),
        (1004, "flagged", 2.2),
        (1006, "done", 3.0),
        (1005, "flagged", 3.1),
    )
    assert (view.done, view.fps, view.elapsed_s) == (3, pytest.approx(1.0), 3.1)
    assert [view.frames[number] for number in (1004, 1005, 1006)] == ["flagged", "flagged", "done"]
    assert view.time_left_s == pytest.approx(7.0)


def test_a_frame_that_is_taken_back_is_made_anew_at_its_own_speed() -> None:
    view = running()
    assert told(
        view,
        (1004, "done", 1.0),
        (1005, "done", 2.0),
        (1004, "queued", 2.5),
        (1005, "queued", 2.5),
        (1004, "done", 3.0),
        (1005, "done", 4.0),
    ) == [1, 2, 1, 0, 1, 2]
    assert view.fps == pytest.approx(1.0)
