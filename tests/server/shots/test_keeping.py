"""What a tracked shot is kept for: output knobs never track again, and whatever can change a logit always does."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.deliver import CleanUp, Deliverable, ObjectName, Shape, Vertex
from mattewire_protocol.errors import DiskFull
from mattewire_protocol.messages import FrameEvent, StageEvent
from mattewire_protocol.request import Box, MatteRequest, Plate, Point
from mattewire_server.engines.seams import ShotInfo
from mattewire_server.kept import KeptStore, writer
from mattewire_server.shots import Halted, pull_matte
from mattewire_server.shots.keeping import remove_scratch, scratch
from mattewire_server.shots.shot import Ticket
from server.shots.soft import Soft, SoftTrack, made, write_discs
from server.shots.staged import JOB, run, run_until

LIMIT = 1_000_000_000
FRAMES = range(1001, 1007)


class Each(Soft):
    """One strict stage for each subject, as tracking on regions wants it."""

    def begin(self, shot: ShotInfo) -> SoftTrack:
        self.qualities.append(shot.quality)
        return Soft().begin(shot)


@pytest.fixture
def discs(tmp_path: Path) -> str:
    return write_discs(tmp_path / "plate", frames=FRAMES)


@pytest.fixture
def store(tmp_path: Path) -> KeptStore:
    return KeptStore(tmp_path, LIMIT)


def wanted(discs: str, folder: Path, plate: dict[str, Any] | None = None, **changes: Any) -> MatteRequest:
    fields: dict[str, Any] = {"prompts": ["red"], "plate": Plate(discs, exposure=0.0), **changes}
    if plate is not None:
        fields["plate"] = Plate(discs, **{"exposure": 0.0, **plate})
    return MatteRequest(out=fields.pop("out", [Deliverable(str(folder / "m.####.exr"))]), **fields)


# --- what reuses, and what does not ------------------------------------------------------------------------------

OUTPUT_ONLY: dict[str, dict[str, Any]] = {
    "another place": {},
    "other formats": {"out": [("m.####.png", {"format": "png16"}), ("c.####.exr", {"content": "cryptomatte"})]},
    "a movie": {"out": [("m.mov", {"format": "prores4444", "fps": 24.0})]},
    "clean-up": {"clean_up": [CleanUp(dilate=2, temporal=2)]},
    "a holdout": {"shapes": [Shape("holdout", [Vertex(0, 0), Vertex(30, 0), Vertex(30, 30)])]},
    "a name": {"names": [ObjectName(1, "founder (left)")]},
    "how it is run": {"priority": 5, "label": "again", "overwrite": True},
}

CHANGES: dict[str, dict[str, Any]] = {
    "colorspace": {"plate": {"colorspace": "ACEScg"}},
    "exposure": {"plate": {"exposure": 0.5}},
    "the detector's size": {"detect_long_edge": 512},
    "region": {"roi": True},
    "an exclude phrase": {"exclude": ["blue"]},
    "a box threshold": {"box_threshold": 0.3},
    "a text threshold": {"text_threshold": 0.3},
    "prompts": {"prompts": ["disc"]},
    "pick": {"pick": "all"},
    "a box": {"boxes": [Box(1001, 30, 10, 58, 40, object=2)]},
    "a point": {"points": [Point(1002, 27, 27)]},
    "quality": {"quality": "draft"},
    "first": {"first": 1002},
    "last": {"last": 1005},
    "keyframe": {"keyframe": 1003},
    "looking again": {"redetect_every": 2},
    "second looks": {"refine_below": 0.5},
    "how many objects": {"max_objects": 3},
    "another detector": {"detector": "grounding-dino"},
    "another segmenter": {"segmenter": "sam2"},
}


@pytest.mark.parametrize("change", OUTPUT_ONLY)
def test_an_output_knob_makes_no_engine_call(
    discs: str, tmp_path: Path, out: Path, store: KeptStore, change: str
) -> None:
    run(wanted(discs, tmp_path / "first"), Soft(), keep=store)
    fields = dict(OUTPUT_ONLY[change])
    fields["out"] = [Deliverable(str(out / name), **more) for name, more in fields.get("out", [("m.####.exr", {})])]
    stage = Soft()
    events = run(wanted(discs, out, **fields), stage, keep=store)
    assert not stage.was_asked
    told = [event for event in events if isinstance(event, FrameEvent)]
    assert [event.frame for event in told] == list(FRAMES)
    assert events[-1].kept == store.shots()[0].address
    assert len(store.shots()) == 1
    assert len(made(out)) > 2


@pytest.mark.parametrize("change", CHANGES)
def test_what_can_change_a_logit_never_reuses(
    discs: str, tmp_path: Path, out: Path, store: KeptStore, change: str
) -> None:
    run(wanted(discs, tmp_path / "first"), Soft(), keep=store)
    stage = Each()
    events = run(wanted(discs, out, **CHANGES[change]), stage, keep=store)
    assert stage.detector.frames
    assert stage.qualities
    assert len(store.shots()) == 2, "kept beside the first"
    assert len({entry.address for entry in store.shots()} - {events[-1].kept}) == 1


@pytest.mark.parametrize(
    "changes",
    [{"dtype": "bfloat16"}, {"weights": "another hash"}, {"torch": "2.9"}],
    ids=["dtype", "weights", "a version"],
)
def test_another_engine_never_reuses(discs: str, out: Path, tmp_path: Path, store: KeptStore, changes: Any) -> None:
    known = {"weights": "a hash", "dtype": "float32", "torch": "2.8"}
    first, second = Soft(), Soft()
    for stage, folder, provenance in ((first, tmp_path / "first", known), (second, out, {**known, **changes})):
        list(pull_matte(wanted(discs, folder), stage.engine(provenance=provenance), Ticket(JOB), keep=store))
    assert second.was_asked
    third = Soft()
    again = pull_matte(wanted(discs, tmp_path / "third"), third.engine(provenance=known), Ticket(JOB), keep=store)
    assert [event.state for event in again if hasattr(event, "outputs")][-1] == "done"
    assert not third.was_asked, "the first one is still there"


def test_a_plate_file_that_was_replaced_never_reuses(discs: str, tmp_path: Path, out: Path, store: KeptStore) -> None:
    run(wanted(discs, tmp_path / "first"), Soft(), keep=store)
    frame = Path(discs.replace("####", "1004"))
    os.utime(frame, ns=(0, frame.stat().st_mtime_ns + 1_000_000_000))
    stage = Soft()
    run(wanted(discs, out), stage, keep=store)
    assert stage.was_asked


def test_on_demand_it_is_tracked_anew(discs: str, tmp_path: Path, out: Path, store: KeptStore) -> None:
    run(wanted(discs, tmp_path / "first"), Soft(), keep=store)
    stage = Soft()
    run(wanted(discs, out, reuse=False), stage, keep=store)
    assert stage.stepped == list(FRAMES)
    assert len(store.shots()) == 1, "in the place of the other"


def test_auto_exposure_is_settled_before_it_is_asked_whether_a_shot_is_kept(
    discs: str, tmp_path: Path, out: Path, store: KeptStore
) -> None:
    """An exposure that is typed and the same one chosen by itself are one shot."""
    run(wanted(discs, tmp_path / "first", plate={"exposure": None}), Soft(), keep=store)
    stage = Soft()
    run(wanted(discs, out, plate={"exposure": 0.0}), stage, keep=store)
    assert not stage.was_asked


# --- the same bytes ----------------------------------------------------------------------------------------------


def everything(out: Path) -> dict[str, Any]:
    """All kinds of files, and clean-up of every kind but what needs other files."""
    return {
        "prompts": ["disc"],
        "pick": "all",
        "names": [ObjectName(2, "été")],
        "clean_up": [CleanUp(dilate=1.5, feather=2, temporal=1), CleanUp(object=3, remove_specks=4, smooth=2)],
        "shapes": [Shape("garbage", [Vertex(0, 0), Vertex(20, 0), Vertex(20, 54), Vertex(0, 54)], last=1004)],
        "out": [
            Deliverable(str(out / "m.####.exr")),
            Deliverable(str(out / "layers.####.exr"), content="layers"),
            Deliverable(str(out / "crypto.####.exr"), content="cryptomatte"),
            Deliverable(str(out / "cut.####.exr"), content="cutout"),
            Deliverable(str(out / "{object}.####.png"), "png16"),
            Deliverable(str(out / "m.webm"), "webm", fps=24.0),
            Deliverable(str(out / "cut.mov"), "prores4444", content="cutout", fps=24.0),
        ],
    }


def test_finished_again_or_tracked_anew_the_bytes_are_the_same(
    discs: str, tmp_path: Path, out: Path, store: KeptStore
) -> None:
    """Sidecars too: the scores and flags are those of the tracking."""
    plain = {"prompts": ["disc"], "pick": "all"}
    lost = {1003: {2: None}}  # from then on the green disc is out of sight
    run(wanted(discs, tmp_path / "first", keyframe=1002, **plain), Soft(slips=lost, score=0.625), keep=store)
    fields = {"keyframe": 1002, **everything(out)}
    run(wanted(discs, out, **fields), engine := Soft(), keep=store)
    assert not engine.was_asked
    again = made(out)
    assert len(again) == 7 * (len(FRAMES) + 2) + 2, "seven sequences with two documents each, and two movies"
    shutil.rmtree(out)
    run(wanted(discs, out, reuse=False, **fields), Soft(slips=lost, score=0.625), keep=store)
    assert made(out) == again


@pytest.mark.parametrize("limit", [0, LIMIT])
def test_what_is_kept_makes_no_difference_to_the_mattes(discs: str, tmp_path: Path, out: Path, limit: int) -> None:
    """A sidecar is run again on machines that keep much and on those that keep nothing."""
    run(wanted(discs, out), Soft(), keep=None)
    plain = made(out)
    shutil.rmtree(out)
    run(wanted(discs, out), Soft(), keep=KeptStore(tmp_path, limit))
    assert made(out) == plain


def test_a_first_request_with_clean_up_leaves_no_trace_in_a_second_without(
    discs: str, tmp_path: Path, out: Path, store: KeptStore
) -> None:
    """Flags above all: nothing is left after eroding by 50, and a frame is steadied after the one behind it."""
    seen_again = {1003: {1: None}, 1005: {1: 0}}
    strong = [CleanUp(dilate=-50, temporal=2)]
    first = run(wanted(discs, tmp_path / "first", clean_up=strong, keyframe=1003), Soft(slips=seen_again), keep=store)
    raised = {event.frame: event.flags for event in first if isinstance(event, FrameEvent)}
    assert raised[1001] == ["empty matte"]
    run(wanted(discs, out, keyframe=1003), engine := Soft(), keep=store)
    assert not engine.was_asked
    again = made(out)
    shutil.rmtree(out)
    events = run(wanted(discs, out, keyframe=1003, reuse=False), Soft(slips=seen_again), keep=store)
    assert made(out) == again
    told = {event.frame: event.flags for event in events if isinstance(event, FrameEvent)}
    assert told == {
        1001: [],
        1002: ["found again"],
        1003: ["out of sight", "dropped"],
        1004: ["out of sight", "dropped"],
        1005: ["found again"],
        1006: [],
    }


# --- a disk without room -----------------------------------------------------------------------------------------


@pytest.fixture
def full_after_two(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The disk of the kept shots is full from the third frame on; the error is injected."""
    real, count = writer.write_bytes, iter(range(1000))

    def write(path: str, data: bytes) -> None:
        if next(count) >= 2:
            raise OSError(errno.ENOSPC, "No space left on device", path)
        real(path, data)

    monkeypatch.setattr(writer, "write_bytes", write)
    yield
    assert next(count) > 2, "it never got so far"


@pytest.mark.usefixtures("full_after_two")
def test_mattes_go_on_when_the_shot_cannot_be_kept(discs: str, out: Path, store: KeptStore) -> None:
    events = run(wanted(discs, out), Soft(), keep=store)
    assert events[-1].state == "done"
    assert events[-1].kept == ""
    (note,) = [event.note for event in events if isinstance(event, StageEvent) and "no room" in event.note]
    assert note.endswith("The mattes are not affected; changing them later means tracking again.")
    assert sorted(made(out)) == [*(f"m.{frame}.exr" for frame in FRAMES), "m.boxes.json", "m.mattewire.json"]
    assert store.shots() == []
    assert [path.name for path in store.folder.iterdir()] == ["store.lock"]


@pytest.mark.usefixtures("full_after_two")
def test_a_movie_that_needs_what_could_not_be_kept_is_an_error(discs: str, out: Path, store: KeptStore) -> None:
    files = [Deliverable(str(out / "m.####.exr")), Deliverable(str(out / "m.mov"), "prores4444", fps=24.0)]
    seen, problem = run_until(
        DiskFull, pull_matte(wanted(discs, out, out=files), Soft().engine(), Ticket(JOB), keep=store)
    )
    assert "Movies, splines and late objects need every frame of the shot. " in str(problem)
    assert [event.frame for event in seen if isinstance(event, FrameEvent)] == list(FRAMES)
    assert sorted(made(out)) == [f"m.{frame}.exr" for frame in FRAMES]


def test_a_store_with_too_small_a_limit_says_so(discs: str, tmp_path: Path, out: Path) -> None:
    events = run(wanted(discs, out), Soft(), keep=KeptStore(tmp_path, 2000))
    (note,) = [event.note for event in events if isinstance(event, StageEvent) and "MATTEWIRE_KEEP_GB" in event.note]
    assert note.startswith("This shot needs more than")
    assert events[-1].state == "done"


# --- jobs that end early, and scratch ----------------------------------------------------------------------------


def test_a_shot_that_was_not_tracked_to_its_end_is_not_kept(discs: str, out: Path, store: KeptStore) -> None:
    checks = iter(range(100))

    def checkpoint() -> None:
        if next(checks) > 4:
            raise Halted

    run_until(Halted, pull_matte(wanted(discs, out), Soft().engine(), Ticket(JOB), checkpoint=checkpoint, keep=store))
    assert 0 < len(made(out)) < len(FRAMES)
    assert store.shots() == []
    assert [path.name for path in store.folder.iterdir()] == ["store.lock"]


def test_without_a_store_a_movie_is_made_from_a_scratch_folder_that_goes(discs: str, tmp_path: Path, out: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    seen: list[list[str]] = []
    stage = Soft(before_step=lambda frame: seen.append(os.listdir(home)))
    movie = [Deliverable(str(out / "m.mov"), "prores4444", fps=24.0)]
    run(wanted(discs, out, out=movie), stage, keep=None, scratch_folder=home)
    assert seen
    assert all(len(names) == 1 and names[0].startswith("mattewire-shot-") for names in seen)
    assert list(home.iterdir()) == []
    assert (out / "m.mov").exists()


def test_what_a_killed_process_left_of_its_scratch_is_removed(tmp_path: Path) -> None:
    block = scratch(tmp_path)
    block.__enter__()
    (tmp_path / "kept").mkdir()
    (left,) = tmp_path.glob("mattewire-shot-*")
    remove_scratch(tmp_path)
    assert not left.exists()
    assert (tmp_path / "kept").exists()
    block.__exit__(None, None, None)
