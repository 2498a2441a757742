"""The installed ``mattewire`` command, as real processes, against real daemons with a data folder of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from server.cli.plates import write_balls

MATTEWIRE = [str(Path(sys.executable).with_name("mattewire"))]
if not Path(MATTEWIRE[0]).exists():
    MATTEWIRE = [sys.executable, "-c", "from mattewire_server.cli import main; main()"]


class Shell:
    """Runs ``mattewire …`` in its own environment."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if name not in ("OCIO", "COLUMNS")}
        self.environment = {**kept, "MATTEWIRE_HOME": str(home), "COLUMNS": "200"}

    def start(self, *words: object) -> subprocess.Popen[str]:
        command = [*MATTEWIRE, *(str(word) for word in words)]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=60)
        assert process.returncode == code, out + err
        return subprocess.CompletedProcess(words, process.returncode, out, err)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """The first command starts the daemon, as on an artist's machine."""
    made = Shell(tmp_path_factory.mktemp("home"))
    yield made
    made.run("stop")


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_balls(tmp_path_factory.mktemp("plate"), range(1001, 1005))


@pytest.fixture(scope="module")
def long_plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two thousand frames of one picture, by hard links: long enough to be interrupted."""
    folder = tmp_path_factory.mktemp("long")
    pattern = write_balls(folder, [1001])
    for frame in range(1002, 3001):
        os.link(pattern.replace("####", "1001"), pattern.replace("####", str(frame)))
    return pattern


def events_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def whole(path: Path) -> bool:
    with OpenEXR.File(str(path)) as file:
        return bool(np.array(file.channels()["A"].pixels).any())


@pytest.mark.timeout(120)
def test_mask_starts_the_daemon_and_the_last_line_is_the_result(shell: Shell, plate: str, tmp_path: Path) -> None:
    out = tmp_path / "out" / "ball.####.exr"
    done = shell.run("mask", plate, "--prompt", "red ball", "--out", out, "--json")
    assert done.stderr == ""
    end = events_of(done.stdout)[-1]
    assert (end["event"], end["state"], end["frames"], end["error"]) == ("end", "done", 4, None)
    assert all(whole(tmp_path / "out" / f"ball.{frame}.exr") for frame in range(1001, 1005))
    assert json.loads(shell.run("status", "--json").stdout)["worker"] == "idle"


def test_detect(shell: Shell, plate: str, tmp_path: Path) -> None:
    words = ["detect", plate, "--frame", 1002, "--prompt", "red ball", "--preview", tmp_path / "boxes.png", "--json"]
    (event,) = events_of(shell.run(*words).stdout)
    assert (event["event"], [item["phrase"] for item in event["objects"]]) == ("detected", ["red ball"])
    assert (tmp_path / "boxes.png").read_bytes().startswith(b"\x89PNG")


def test_a_relative_path_is_the_callers(shell: Shell, plate: str, tmp_path: Path) -> None:
    words = [*MATTEWIRE, "mask", os.path.basename(plate), "--prompt", "red ball", "--range", "1001"]
    done = subprocess.run(
        [*words, "--out", str(tmp_path / "m.####.exr")],
        env=shell.environment,
        cwd=os.path.dirname(plate),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "m.1001.exr").exists()


def test_errors_say_where_what_and_how_on(shell: Shell, plate: str, tmp_path: Path) -> None:
    words = ["mask", plate, "--prompt", "red ball", "--range", "1-5", "--out", tmp_path / "m.####.exr"]
    told = shell.run(*words, code=1)
    assert told.stdout == ""
    assert "✗ first: frame 1 is not in the plate (1001-1004)." in told.stderr
    assert "Choose frames that the plate has." in told.stderr
    assert "Traceback" not in told.stderr
    error = events_of(shell.run(*words, "--json", code=1).stdout)[-1]["error"]
    assert (error["code"], error["field"], error["retryable"]) == ("range_outside_plate", "first", False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cancels_the_job_and_keeps_finished_frames(
    shell: Shell, long_plate: str, tmp_path: Path, number: signal.Signals
) -> None:
    process = shell.start("mask", long_plate, "--prompt", "red ball", "--out", tmp_path / "m.####.exr", "--json")
    assert process.stdout is not None
    seen: list[dict[str, Any]] = []
    while sum(event["event"] == "frame" for event in seen) < 3:
        seen.append(json.loads(process.stdout.readline()))
    pressed = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - pressed < 10
    assert process.returncode == 130, err
    seen += events_of(out)
    assert "finished frames are kept" in err
    assert (seen[-1]["event"], seen[-1]["state"], seen[-1]["error"]) == ("end", "canceled", None)
    told = {event["frame"] for event in seen if event["event"] == "frame"}
    assert 3 <= len(told) < 2000
    assert {path.name for path in tmp_path.iterdir()} == {f"m.{frame}.exr" for frame in told}
    assert all(whole(path) for path in tmp_path.iterdir())
    listed = events_of(shell.run("jobs", "--limit", 1, "--json").stdout)[0]
    assert (listed["state"], listed["frames_done"]) == ("canceled", len(told))


@pytest.mark.timeout(120)
def test_two_commands_at_once_share_one_daemon(shell: Shell, plate: str, tmp_path: Path) -> None:
    words = ["mask", plate, "--prompt", "red ball", "--json", "--out"]
    both = [shell.start(*words, tmp_path / name / "m.####.exr") for name in ("a", "b")]
    ends = [events_of(process.communicate(timeout=60)[0])[-1] for process in both]
    assert [end["state"] for end in ends] == ["done", "done"]
    first, second = ([path.read_bytes() for path in sorted((tmp_path / name).glob("*.exr"))] for name in ("a", "b"))
    assert first == second
    assert len(first) == 4


@pytest.mark.timeout(120)
def test_a_daemon_that_is_killed_in_mid_job_comes_back_and_the_command_ends_well(
    tmp_path: Path, long_plate: str
) -> None:
    shell = Shell(tmp_path / "home")
    words = ["mask", long_plate, "--prompt", "red ball", "--range", "1001-1150", "--json"]
    process = shell.start(*words, "--out", tmp_path / "out" / "m.####.exr")
    assert process.stdout is not None
    seen: list[dict[str, Any]] = []
    while sum(event["event"] == "frame" for event in seen) < 5:
        seen.append(json.loads(process.stdout.readline()))
    os.kill(json.loads((tmp_path / "home" / "connection.json").read_text())["pid"], signal.SIGKILL)
    out, err = process.communicate(timeout=90)
    seen += events_of(out)
    assert process.returncode == 0, err
    assert (seen[-1]["state"], seen[-1]["frames"]) == ("done", 150)
    told = [event["frame"] for event in seen if event["event"] == "frame"]
    assert sorted(told) == list(range(1001, 1151)), "every frame once"
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"m.{frame}.exr" for frame in told} | {"m.mattewire.json", "m.boxes.json"}
    shell.run("stop")


def test_help_and_wrong_words(shell: Shell) -> None:
    told = shell.run("--help").stdout
    commands = ["mask", "detect", "finish", "rerun", "demo", "contact-sheet", "doctor", "serve", "status", "stop"]
    for command in (*commands, "jobs", "cancel", "kept", "weights"):
        assert command in told
    assert "--out" in shell.run("mask", "shot.####.exr", code=2).stderr
