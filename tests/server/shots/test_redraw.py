"""Files made again from a kept shot, and once more after tracking when objects appeared late."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mattewire_protocol.deliver import CleanUp, Deliverable, ObjectName
from mattewire_protocol.errors import NotKept, OutputExists, PlateChanged
from mattewire_protocol.messages import FoundEvent, FrameEvent, JobEvent, StageEvent
from mattewire_protocol.request import MatteRequest
from mattewire_server.finish.dilate import dilate
from mattewire_server.kept import KeptStore
from mattewire_server.shots import Halted, pull_matte
from mattewire_server.shots.shot import Ticket
from server.shots.soft import Soft, SoftDetector, channels, made, write_discs
from server.shots.staged import JOB, frames_of, request, run, run_until

LIMIT = 1_000_000_000
FRAMES = range(1001, 1011)
DILATED = [CleanUp(dilate=2)]


@pytest.fixture
def discs(tmp_path: Path) -> str:
    return write_discs(tmp_path / "plate", frames=FRAMES)


@pytest.fixture
def store(tmp_path: Path) -> KeptStore:
    return KeptStore(tmp_path, LIMIT)


def tracked(discs: str, folder: Path, store: KeptStore, **changes: Any) -> list[Any]:
    return run(request(discs, str(folder / "m.####.exr"), **changes), Soft(), keep=store)


def finish(
    wanted: MatteRequest, store: KeptStore | None, kept: str, ticket: Ticket | None = None, **more: Any
) -> list[Any]:
    """A job that finishes the first one's shot again, without any engine."""
    wanted = replace(wanted, finish_of="job-00000")
    ticket = replace(ticket or Ticket("job-00002"), kept=kept)
    return list(pull_matte(wanted, None, ticket, keep=store, **more))


def frame_files(store: KeptStore, frame: int) -> list[Path]:
    return list(store.folder.glob(f"*/{frame}.logits"))


def damage(store: KeptStore, frame: int) -> None:
    """One bit, in the middle of what is kept of a frame; its size stays."""
    (path,) = frame_files(store, frame)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def halting(after: int) -> Any:
    checks = iter(range(1000))

    def checkpoint() -> None:
        if next(checks) >= after:
            raise Halted

    return checkpoint


# --- finishing a job again ---------------------------------------------------------------------------------------


def test_a_job_is_finished_again_without_an_engine(discs: str, tmp_path: Path, out: Path, store: KeptStore) -> None:
    first = tracked(discs, tmp_path / "first", store)
    wanted = request(discs, str(out / "m.####.exr"), clean_up=DILATED, names=[ObjectName(1, "founder (left)")])
    events = finish(wanted, store, first[-1].kept)
    kinds = [type(event) for event in events]
    assert kinds[:3] == [JobEvent, FoundEvent, StageEvent]
    assert frames_of(events) == list(FRAMES)
    assert [event.stage for event in events if isinstance(event, StageEvent)] == ["finishing", "finishing"]
    assert events[2].note == "The tracked shot is kept. Frames 1001 to 1010."
    assert events[-1].state == "done"
    assert events[-1].engine == "stage"
    assert events[-1].names == [ObjectName(1, "founder (left)")]
    for frame in FRAMES:
        before, after = (channels(folder / f"m.{frame}.exr") for folder in (tmp_path / "first", out))
        expected = dilate(before[1]["A"].astype(np.float32), 2)
        assert np.abs(after[1]["A"] - expected).max() < 4e-3
        assert after[0]["mattewire/clean_up"] == "dilate 2"
        assert after[0]["mattewire/engine"] == "stage"
    judged = [
        {event.frame: (event.score, event.flags) for event in each if isinstance(event, FrameEvent)}
        for each in (first, events)
    ]
    assert judged[0] == judged[1]


def test_the_sidecar_asks_for_the_whole_thing(discs: str, tmp_path: Path, out: Path, store: KeptStore) -> None:
    """It is of a shot that is tracked with these choices: the job that it was finished from may be gone by then."""
    first = tracked(discs, tmp_path / "first", store)
    wanted = request(discs, str(out / "m.####.exr"), clean_up=DILATED)
    finish(wanted, store, first[-1].kept)
    again = made(out)
    shutil.rmtree(out)
    run(wanted, Soft(), keep=None)
    assert made(out) == again
    assert b"finish_of" not in again["m.mattewire.json"]


def test_a_shot_at_a_smaller_quality_is_finished_as_what_it_is(
    discs: str, tmp_path: Path, out: Path, store: KeptStore
) -> None:
    def before_step(frame: int) -> None:
        if stage.qualities[-1] == "final" and frame == 1004:
            raise MemoryError

    stage = Soft(before_step=before_step)
    first = run(request(discs, str(tmp_path / "first" / "m.####.exr")), stage, keep=store)
    assert first[-1].quality == "draft"
    events = finish(request(discs, str(out / "m.####.exr")), store, first[-1].kept)
    # The first event too: a change of quality would take the finished frames back in the job store.
    assert {event.quality for event in events if isinstance(event, JobEvent)} == {"draft"}
    assert channels(out / "m.1001.exr")[0]["mattewire/quality"] == "draft, since memory did not suffice for final"
    assert len(store.shots()) == 1, "what was tracked at final quality is not kept"


@pytest.mark.parametrize("with_engine", [False, True])
def test_one_that_is_gone_is_told_and_never_tracked_anew(
    discs: str, tmp_path: Path, out: Path, store: KeptStore, with_engine: bool
) -> None:
    first = tracked(discs, tmp_path / "first", store)
    store.clear()
    stage = Soft()
    wanted = replace(request(discs, str(out / "m.####.exr")), finish_of="job-00000")
    engine = stage.engine() if with_engine else None
    for ticket in (Ticket(JOB, kept=first[-1].kept), Ticket(JOB, kept="")):
        with pytest.raises(NotKept, match="no longer on this machine") as caught:
            list(pull_matte(wanted, engine, ticket, keep=store))
        assert caught.value.field == "finish_of"
        assert "Submit the request again" in caught.value.advice
    with pytest.raises(NotKept):
        list(pull_matte(wanted, engine, Ticket(JOB, kept=first[-1].kept), keep=None))
    assert not stage.was_asked
    assert not out.exists()


@pytest.mark.parametrize("with_engine", [False, True])
def test_a_damaged_frame_ends_it_after_what_was_finished_is_told(
    discs: str, tmp_path: Path, out: Path, store: KeptStore, with_engine: bool
) -> None:
    first = tracked(discs, tmp_path / "first", store)
    damage(store, 1007)
    stage = Soft()
    wanted = replace(request(discs, str(out / "m.####.exr")), finish_of="job-00000")
    job = pull_matte(wanted, stage.engine() if with_engine else None, Ticket(JOB, kept=first[-1].kept), keep=store)
    seen, problem = run_until(NotKept, job)
    assert "Frame 1007 of the tracked shot is lost" in str(problem)
    assert frames_of(seen) == list(range(1001, 1007))
    assert sorted(made(out)) == [f"m.{frame}.exr" for frame in range(1001, 1007)]
    assert not stage.was_asked
    assert store.open(first[-1].kept) is None, "it is tracked anew the next time"


def test_a_plate_that_was_replaced_since(discs: str, tmp_path: Path, out: Path, store: KeptStore) -> None:
    first = tracked(discs, tmp_path / "first", store)
    frame = Path(discs.replace("####", "1004"))
    os.utime(frame, ns=(0, frame.stat().st_mtime_ns + 1_000_000_000))
    with pytest.raises(PlateChanged, match=r"replaced after it was tracked.*Submit it as a new job") as caught:
        finish(request(discs, str(out / "m.####.exr")), store, first[-1].kept)
    assert caught.value.field == "plate.path"
    assert made(out) == {}


def test_files_in_the_way_are_the_artists(discs: str, tmp_path: Path, store: KeptStore) -> None:
    folder = tmp_path / "first"
    first = tracked(discs, folder, store)
    before = made(folder)
    wanted = request(discs, str(folder / "m.####.exr"), clean_up=DILATED)
    with pytest.raises(OutputExists, match="10 of these frames are there already"):
        finish(wanted, store, first[-1].kept)
    assert made(folder) == before
    finish(replace(wanted, overwrite=True), store, first[-1].kept)
    assert all(made(folder)[name] != before[name] for name in before if name.endswith(".exr"))


# --- stopped and resumed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1, 4, 9])
@pytest.mark.parametrize("temporal", [0, 2])
def test_a_resumed_finish_writes_only_what_is_missing(
    discs: str, tmp_path: Path, out: Path, store: KeptStore, after: int, temporal: int
) -> None:
    kept = tracked(discs, tmp_path / "first", store)[-1].kept
    wanted = request(discs, str(out / "m.####.exr"), clean_up=[CleanUp(dilate=2, temporal=temporal)])
    finish(wanted, store, kept)
    whole = made(out)
    shutil.rmtree(out)
    job = pull_matte(
        replace(wanted, finish_of="job-00000"),
        None,
        Ticket(JOB, kept=kept),
        checkpoint=halting(after),
        keep=store,
    )
    seen, _ = run_until(Halted, job)
    finished = frozenset(frames_of(seen))
    assert {f"m.{frame}.exr" for frame in finished} == set(made(out)), "what is on disk was told"
    assert len(finished) == max(0, after - temporal)
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.exr")}
    events = finish(wanted, store, kept, Ticket(JOB, 2, finished, seen[0].plate))
    assert frames_of(events) == sorted(set(FRAMES) - finished)
    assert made(out) == whole
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_closing_it_early_lets_go_of_the_shot(discs: str, tmp_path: Path, out: Path, store: KeptStore) -> None:
    kept = tracked(discs, tmp_path / "first", store)[-1].kept
    wanted = replace(request(discs, str(out / "m.####.exr")), finish_of="job-00000")
    job = pull_matte(wanted, None, Ticket(JOB, kept=kept), keep=store)
    next(event for event in job if isinstance(event, FrameEvent))
    assert [entry.in_use for entry in store.shots()] == [True]
    job.close()
    assert [entry.in_use for entry in store.shots()] == [False]


# --- a kept shot that turns out damaged --------------------------------------------------------------------------


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_damaged_shot_is_tracked_anew_in_the_middle_of_it(
    discs: str, tmp_path: Path, out: Path, store: KeptStore, overwrite: bool
) -> None:
    tracked(discs, tmp_path / "first", store, keyframe=1003)
    damage(store, 1006)
    wanted = request(discs, str(out / "m.####.exr"), clean_up=DILATED, keyframe=1003, overwrite=overwrite)
    events = run(wanted, stage := Soft(), keep=store)
    assert stage.stepped == [*range(1003, 1011), 1002, 1001]
    notes = [event.note for event in events if isinstance(event, StageEvent) and event.stage == "starting"]
    assert len(notes) == 1
    assert notes[0].startswith("Frame 1006 of the tracked shot is lost")
    assert notes[0].endswith("The shot is tracked anew.")
    again = made(out)
    shutil.rmtree(out)
    run(replace(wanted, reuse=False), Soft(), keep=None)
    assert made(out) == again
    shutil.rmtree(out)
    run(wanted, stage := Soft(), keep=store)
    assert not stage.was_asked, "it is kept whole again"
    assert made(out) == again


def test_it_is_tracked_anew_from_the_keyframe_that_was_asked_for(tmp_path: Path, out: Path, store: KeptStore) -> None:
    """The subject was found further on, which moved the keyframe of the first tracking."""
    discs = write_discs(tmp_path / "plate", frames=FRAMES)
    late = {"prompts": ["green"], "redetect_every": 3}
    first = run(
        request(discs, str(tmp_path / "first" / "m.####.exr"), **late),
        Soft(detector=SoftDetector({"green": 1004})),
        keep=store,
    )
    assert first[-1].keyframe == 1004
    damage(store, 1006)
    stage = Soft(detector=SoftDetector({"green": 1004}))
    events = run(request(discs, str(out / "m.####.exr"), **late), stage, keep=store)
    assert stage.detector.frames[:2] == [1001, 1004]
    assert events[-1].keyframe == 1004


def test_a_file_that_is_gone_is_noticed_before_anything_is_written(
    discs: str, tmp_path: Path, out: Path, store: KeptStore
) -> None:
    tracked(discs, tmp_path / "first", store)
    (path,) = frame_files(store, 1006)
    path.unlink()
    events = run(request(discs, str(out / "m.####.exr")), stage := Soft(), keep=store)
    assert stage.stepped == list(FRAMES)
    assert Counter(frames_of(events)) == Counter(FRAMES), "each frame once"


# --- objects that appear in mid-shot -----------------------------------------------------------------------------

LATE: dict[str, Any] = {"prompts": ["disc"], "pick": "all", "redetect_every": 4, "exclude": ["blue"]}


def late_stage() -> Soft:
    """The green disc is seen from 1005 on: a newcomer, object 2."""
    return Soft(detector=SoftDetector({"green": 1005}))


def late_files(out: Path, *more: Deliverable) -> list[Deliverable]:
    return [
        Deliverable(str(out / "layers.####.exr"), content="layers"),
        Deliverable(str(out / "crypto.####.exr"), content="cryptomatte"),
        Deliverable(str(out / "{object}.####.exr")),
        *more,
    ]


@pytest.mark.parametrize("with_store", [False, True])
def test_a_newcomer_gets_its_channels_into_earlier_frames_as_well(
    discs: str, out: Path, store: KeptStore, with_store: bool
) -> None:
    events = run(request(discs, deliverables=late_files(out), **LATE), late_stage(), keep=store if with_store else None)
    told = frames_of(events)
    assert told == [*FRAMES, *FRAMES], "each frame is told again when its files are made again"
    notes = [event.note for event in events if isinstance(event, StageEvent) and event.stage == "finishing"]
    assert notes[0] == "Objects that appeared in mid-shot are put into earlier frames."
    for frame in FRAMES:
        _, layers = channels(out / f"layers.{frame}.exr")
        assert sorted(layers) == ["A", "disc_1.A", "disc_2.A"]
        assert layers["disc_2.A"].any() == (frame >= 1005)
        assert layers["disc_1.A"].any()
        assert np.array_equal(channels(out / f"disc_2.{frame}.exr")[1]["A"], layers["disc_2.A"])
        assert "disc 2" in channels(out / f"crypto.{frame}.exr")[0]["cryptomatte/3ae39a5/manifest"]
    last = {event.frame: event for event in events if isinstance(event, FrameEvent)}
    assert [len(event.paths) for event in last.values()] == [4] * 10
    assert events[-1].names == [ObjectName(1, "disc 1"), ObjectName(2, "disc 2")]


def test_without_files_of_objects_nothing_is_made_twice(discs: str, out: Path, store: KeptStore) -> None:
    events = run(request(discs, str(out / "m.####.exr"), **LATE), late_stage(), keep=store)
    assert frames_of(events) == list(FRAMES)
    assert channels(out / "m.1006.exr")[1]["A"].sum() > 1.5 * channels(out / "m.1004.exr")[1]["A"].sum()


def test_a_shot_with_newcomers_is_finished_again_to_the_same_bytes(discs: str, out: Path, store: KeptStore) -> None:
    movie = Deliverable(str(out / "{object}.mov"), "prores4444", fps=24.0)
    wanted = request(discs, deliverables=late_files(out, movie), clean_up=[CleanUp(temporal=1)], **LATE)
    run(wanted, late_stage(), keep=store)
    before = made(out)
    assert {"disc_1.mov", "disc_2.mov"} <= before.keys()
    shutil.rmtree(out)
    events = run(wanted, stage := Soft(), keep=store)
    assert not stage.was_asked
    assert frames_of(events) == list(FRAMES)
    assert made(out) == before


@pytest.mark.parametrize("after", [7, 13, 18])
def test_a_resumed_job_with_newcomers_comes_out_the_same(discs: str, out: Path, store: KeptStore, after: int) -> None:
    """Stopped while it is tracked (twelve checks), and while earlier frames are made again: its own files of the
    newcomer are in the way then."""
    wanted = request(discs, deliverables=late_files(out), reuse=False, **LATE)
    run(wanted, late_stage(), keep=None)
    whole = made(out)
    shutil.rmtree(out)
    seen, _ = run_until(
        Halted, pull_matte(wanted, late_stage().engine(), Ticket(JOB), checkpoint=halting(after), keep=store)
    )
    assert (out / "disc_2.1001.exr").exists() == (after > 12)
    run(wanted, late_stage(), Ticket(JOB, 2, frozenset(frames_of(seen)), seen[0].plate), keep=store)
    assert made(out) == whole


def test_an_older_matte_of_the_newcomers_name_is_the_artists(discs: str, out: Path, store: KeptStore) -> None:
    wanted = request(discs, deliverables=late_files(out), **LATE)
    out.mkdir()
    (out / "disc_2.1003.exr").write_bytes(b"the artist's own")
    seen, problem = run_until(OutputExists, pull_matte(wanted, late_stage().engine(), Ticket(JOB), keep=store))
    assert "disc_2.1003.exr" in str(problem)
    assert problem.field == "out[2].path"
    assert (out / "disc_2.1003.exr").read_bytes() == b"the artist's own"
    assert frames_of(seen) == list(FRAMES)
    run(replace(wanted, overwrite=True), late_stage(), keep=store)
    assert not channels(out / "disc_2.1003.exr")[1]["A"].any()
