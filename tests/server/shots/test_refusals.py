"""What goes wrong in a shot is told by name, with the field and the way out, and nothing finished is lost."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import (
    BadField,
    DiskFull,
    EngineFailed,
    FrameMissing,
    MattewireError,
    NothingFound,
    NotWritable,
    PlateChanged,
    PlateNotFound,
    PlateUnreadable,
    PromptNotUnderstood,
    RangeOutsidePlate,
    UnknownEngine,
    UnknownFormat,
)
from mattewire_protocol.request import Box, Point
from mattewire_server.mattes import FrameMattes, MatteWriter
from mattewire_server.shots import pull_matte
from mattewire_server.shots.shot import Ticket
from server.shots.staged import (
    HEIGHT,
    JOB,
    WIDTH,
    Stage,
    frames_of,
    request,
    run,
    run_until,
    write_plate,
)

# --- plates that fail ----------------------------------------------------------------------------------------


def test_a_hole_in_the_range_is_named_and_one_outside_does_no_harm(tmp_path: Path, out: Path) -> None:
    plate = write_plate(tmp_path / "plate", [1001, 1002, 1004, 1005])
    with pytest.raises(FrameMissing, match=r"Frame 1003 of .* is missing.*choose a range without") as caught:
        run(request(plate, str(out / "m.####.exr")))
    assert caught.value.field == "plate.path"
    assert not out.exists()
    assert frames_of(run(request(plate, str(out / "m.####.exr"), first=1004))) == [1004, 1005]


def test_a_damaged_frame_in_the_range_is_told_at_once_with_its_reason(plate: str, out: Path) -> None:
    Path(plate.replace("####", "1009")).write_bytes(b"no picture at all")
    stage = Stage()
    with pytest.raises(PlateUnreadable, match=r"Frame 1009 \(shot\.1009\.exr\) cannot be read") as caught:
        run(request(plate, str(out / "m.####.exr")), stage)
    assert caught.value.field == "plate.path"
    assert stage.marked == []
    assert len(frames_of(run(request(plate, str(out / "m.####.exr"), last=1008)))) == 8


def test_a_frame_cut_off_in_mid_range_fails_after_what_was_finished_is_told(tmp_path: Path, out: Path) -> None:
    plate = write_plate(tmp_path / "plate", range(1001, 1013), display=(WIDTH * 4, HEIGHT * 4))
    cut = Path(plate.replace("####", "1007"))
    os.truncate(cut, cut.stat().st_size - 200)
    seen, problem = run_until(
        PlateUnreadable, pull_matte(request(plate, str(out / "m.####.exr")), Stage().engine(), Ticket(JOB))
    )
    assert "Frame 1007 (shot.1007.exr)" in str(problem)
    assert frames_of(seen) == list(range(1001, 1007))
    assert sorted(path.name for path in out.iterdir()) == [f"m.{frame}.exr" for frame in range(1001, 1007)]


def test_a_plate_that_is_replaced_while_the_job_runs_is_noticed(plate: str, out: Path) -> None:
    def replace(frame: int) -> None:
        if frame == 1003:
            write_plate(Path(plate).parent, [1010], data=(4, 4, 60, 32))

    seen, problem = run_until(
        PlateChanged, pull_matte(request(plate, str(out / "m.####.exr")), Stage(replace).engine(), Ticket(JOB))
    )
    assert "Frame 1010 (shot.1010.exr) was replaced" in str(problem)
    assert frames_of(seen) == list(range(1001, 1010))


def test_a_plate_that_changes_size_in_mid_shot_is_named(tmp_path: Path, out: Path) -> None:
    plate = write_plate(tmp_path / "plate", range(1001, 1005))
    write_plate(tmp_path / "plate", range(1005, 1008), display=(WIDTH + 2, HEIGHT))
    with pytest.raises(PlateChanged, match="Frame 1005") as caught:
        run(request(plate, str(out / "m.####.exr")))
    assert caught.value.field == "plate.path"
    assert caught.value.advice


def test_paths_that_are_not_there_or_not_absolute(tmp_path: Path, plate: str, out: Path) -> None:
    with pytest.raises(PlateNotFound, match=r"as far as") as missing:
        run(request(str(tmp_path / "gone" / "shot.####.exr"), str(out / "m.####.exr")))
    assert missing.value.field == "plate.path"
    with pytest.raises(BadField, match="not an absolute path") as relative:
        run(request("plate/shot.####.exr", str(out / "m.####.exr")))
    assert relative.value.field == "plate.path"
    with pytest.raises(BadField, match="Send the full path") as relative:
        run(request(plate, str(out / "a.####.exr"), "m.####.exr"))
    assert relative.value.field == "out[1].path"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first": 1000}, "first"),
        ({"last": 1013}, "last"),
        ({"first": 1005, "boxes": [Box(1002, 1, 1, 5, 5)]}, "boxes[0].frame"),
        ({"last": 1005, "points": [Point(1002, 1, 1), Point(1007, 1, 1)]}, "points[1].frame"),
        ({"keyframe": 1100}, "keyframe"),
    ],
)
def test_frames_outside_name_field_and_range(plate: str, out: Path, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RangeOutsidePlate, match=r"10\d\d-10\d\d") as caught:
        run(request(plate, str(out / "m.####.exr"), **changes))
    assert caught.value.field == field
    assert not out.exists()


# --- outputs that fail ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", ["m.####.exr", "m.%04d.exr", "link/m.####.exr", "m.#.exr"])
def test_two_outputs_never_share_a_file(plate: str, out: Path, second: str) -> None:
    out.mkdir()
    (out / "link").symlink_to(out)
    with pytest.raises(BadField, match=r"same files as out\[0\], such as .*m\.1001\.exr.*name of its own") as caught:
        run(request(plate, str(out / "m.####.exr"), str(out / second)))
    assert caught.value.field == "out[1].path"


def test_outputs_that_cannot_be_are_refused_before_the_engine_runs(plate: str, out: Path) -> None:
    stage = Stage()
    with pytest.raises(BadField, match="replace the plate itself"):
        run(request(plate, plate), stage)
    with pytest.raises(MattewireError, match="2 counters") as counters:
        run(request(plate, str(out / "m.####.%04d.exr")), stage)
    assert (counters.value.code, counters.value.field) == ("bad_pattern", "out[0].path")
    with pytest.raises(UnknownFormat, match="exr, png8, png16") as unknown:
        run(request(plate, deliverables=[Deliverable(str(out / "m.####.tif"), "tiff")]), stage)
    assert unknown.value.field == "out[0].format"
    assert stage.marked == []


def test_a_folder_of_somebody_else_is_refused_at_once() -> None:
    """Root may write everywhere, so this runs as another user."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        plate = write_plate(Path(folder) / "plate", [1001])
        os.chmod(folder, 0o555)
        if os.geteuid() == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(NotWritable, match="Ask for write permission") as caught:
                run(request(plate, f"{folder}/new/m.####.exr"))
        finally:
            if os.getuid() == 0:
                os.seteuid(0)
            os.chmod(folder, 0o755)
        assert caught.value.field == "out[0].path"
        assert os.listdir(folder) == ["plate"]


def test_a_disk_that_fills_up_keeps_and_tells_the_finished_frames(tmp_path: Path, plate: str) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        seen, problem = run_until(
            DiskFull, pull_matte(request(plate, str(small / "m.####.png")), Stage().engine(), Ticket(JOB))
        )
        assert "Frame 10" in str(problem)
        assert problem.retryable  # type: ignore[attr-defined]
        finished = frames_of(seen)
        assert 1 <= len(finished) < 12
        assert sorted(path.name for path in small.iterdir()) == sorted(f"m.{frame}.png" for frame in finished)
    finally:
        subprocess.run(["umount", small], check=True)


def test_what_is_on_disk_is_told_although_several_frames_failed(
    plate: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MatteWriter.write

    def write(self: MatteWriter, mattes: FrameMattes) -> str:
        frame = mattes.frame
        if frame in (1003, 1004):
            time.sleep(0.1)
            raise NotWritable(f"Frame {frame}: injected.", field="out[0].path")
        return real(self, mattes)

    monkeypatch.setattr(MatteWriter, "write", write)
    seen, problem = run_until(
        NotWritable, pull_matte(request(plate, str(out / "m.####.exr")), Stage().engine(), Ticket(JOB))
    )
    assert "Frame 1003" in str(problem), "the first failure is the one that is told"
    assert {f"m.{frame}.exr" for frame in frames_of(seen)} == {path.name for path in out.iterdir()}
    assert {1001, 1002, 1005} <= set(frames_of(seen))


def test_a_failure_of_the_last_frames_still_tells_the_others(
    plate: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MatteWriter.write

    def write(self: MatteWriter, mattes: FrameMattes) -> str:
        frame = mattes.frame
        if frame == 1011:
            time.sleep(0.1)
            raise NotWritable(f"Frame {frame}: injected.")
        return real(self, mattes)

    monkeypatch.setattr(MatteWriter, "write", write)
    seen, _ = run_until(NotWritable, pull_matte(request(plate, str(out / "m.####.exr")), Stage().engine(), Ticket(JOB)))
    assert set(frames_of(seen)) == set(range(1001, 1013)) - {1011}


# --- engines and words that fail -----------------------------------------------------------------------------


def test_words_that_find_nothing_or_mean_nothing(plate: str, out: Path) -> None:
    with pytest.raises(NothingFound, match=r"frame 1004 matches “nothing”.*draw a box") as nothing:
        run(request(plate, str(out / "m.####.exr"), prompts=["nothing"], keyframe=1004))
    assert nothing.value.field == "prompts"
    with pytest.raises(PromptNotUnderstood, match="Use red or green"):
        run(request(plate, str(out / "m.####.exr"), prompts=["love"]))
    with pytest.raises(BadField, match="is empty") as empty:
        request(plate, str(out / "m.####.exr"), prompts=["  "])
    assert empty.value.field == "prompts[0]"


@pytest.mark.parametrize("fault", [RuntimeError("CUDA error: an illegal memory access"), SystemExit("bad config")])
def test_an_engine_that_breaks_names_the_frame_and_keeps_the_earlier_ones(
    plate: str, out: Path, caplog: pytest.LogCaptureFixture, fault: BaseException
) -> None:
    def breaks(frame: int) -> None:
        if frame == 1005:
            raise fault

    seen, problem = run_until(
        EngineFailed, pull_matte(request(plate, str(out / "m.####.exr")), Stage(breaks).engine(), Ticket(JOB))
    )
    assert f"Frame 1005: {type(fault).__name__}: {fault}" in str(problem)
    assert frames_of(seen) == [1001, 1002, 1003, 1004]
    assert "Traceback" in caplog.text, "the log has the whole story"


@pytest.mark.parametrize("trouble", [{"score": float("nan")}, {"logit": float("nan")}])
def test_an_engine_that_answers_no_numbers_names_the_frame(plate: str, out: Path, trouble: dict[str, float]) -> None:
    with pytest.raises(EngineFailed, match=r"Frame 1001: .*\(NaN\)"):
        run(request(plate, str(out / "m.####.exr")), Stage(**trouble))
    assert list(out.iterdir()) == []


def test_an_engine_that_lacks_a_half_says_what_to_do(plate: str, out: Path) -> None:
    wanted = request(plate, str(out / "m.####.exr"))
    with pytest.raises(UnknownEngine, match=r"cannot find things by words.*Draw a box"):
        list(pull_matte(wanted, Stage().engine(detector=None), Ticket(JOB)))
    with pytest.raises(UnknownEngine, match=r"cannot track.*--segmenter"):
        list(pull_matte(wanted, Stage().engine(segmenter=None), Ticket(JOB)))
