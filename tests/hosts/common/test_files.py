"""From the paths that a job tells to the patterns that a host reads, and back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mattewire_panel import files
from mattewire_protocol import JobView
from mattewire_protocol.messages import FrameEvent, JobEvent


@pytest.mark.parametrize(
    ("path", "frame", "pattern"),
    [
        ("a/ball.1003.exr", 1003, "a/ball.####.exr"),
        ("a/1003/ball_v1003.1003.exr", 1003, "a/1003/ball_v1003.####.exr"),
        ("a/ball_0003.exr", 3, "a/ball_####.exr"),
        ("a/ball-1003.exr", 1003, "a/ball-####.exr"),
        ("a/ball.-005.exr", -5, "a/ball.####.exr"),
        ("a/ball.12345.exr", 12345, "a/ball.#####.exr"),
        ("a/ball.mp4", 4, "a/ball.mp4"),
        ("a/ball.1003.exr", 1004, "a/ball.1003.exr"),
        ("1003", 1003, "####"),
    ],
)
def test_a_frames_file_tells_its_sequence(path: str, frame: int, pattern: str) -> None:
    assert files.pattern_of(os.path.normpath(path), frame) == os.path.normpath(pattern)


@pytest.mark.parametrize("frame", [-12345, -5, 0, 7, 1001, 99999])
def test_pattern_and_file_are_inverse(frame: int) -> None:
    path = files.file_of(os.path.join("a", "ball.####.exr"), frame)
    assert path == os.path.join("a", f"ball.{frame:04d}.exr")
    assert files.file_of(files.pattern_of(path, frame), frame) == path


def test_a_movie_is_its_own_file() -> None:
    assert files.file_of("a/#1/ball.mov", 5) == "a/#1/ball.mov"


def test_what_a_running_job_writes_is_known_from_its_first_frame() -> None:
    event = FrameEvent("a" * 16, 3, 1, 1004, "done", paths=["/m/red.1004.exr", "/m/blue.1004.exr"])
    assert files.patterns_so_far(event) == [os.path.join("/m", "red.####.exr"), os.path.join("/m", "blue.####.exr")]


def test_documents_are_told_from_mattes() -> None:
    view = JobView("a" * 16)
    written = ["/m/red.####.exr", "/m/red.mattewire.json", "/m/red.mov", "/m/red.boxes.json"]
    assert view.apply(JobEvent("a" * 16, 1, 1, "done", outputs=written))
    assert files.outputs_of(view) == ["/m/red.####.exr", "/m/red.mov"]
    assert files.sidecar_of(view) == "/m/red.mattewire.json"
    assert files.sidecar_of(JobView("b" * 16)) is None


def test_frames_without_a_file(tmp_path: Path) -> None:
    pattern = str(tmp_path / "m.####.exr")
    for frame in (1001, 1003):
        Path(files.file_of(pattern, frame)).touch()
    (tmp_path / "m.1004.exr").mkdir()
    assert files.missing_of(pattern, range(1001, 1005)) == [1002, 1004]
