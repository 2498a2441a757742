"""``mattewire rerun`` on jobs of the preview engine, through a real daemon."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server.cli.rerun import destination, original, repeated
from server.cli.conftest import Run
from server.cli.plates import write_balls

pytestmark = pytest.mark.usefixtures("daemon_home")


def last(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text.splitlines()[-1])
    return found


@pytest.fixture
def job(run: Run, balls: str, tmp_path: Path) -> Path:
    """The sidecar of a job that wrote EXR and PNG."""
    words = ["mask", balls, "--prompt", "red ball", "--range", "1001-1003", "--format", "exr,png8"]
    run(*words, "--out", tmp_path / "mattes" / "ball.####.exr", "--priority", 3)
    return tmp_path / "mattes" / "ball.mattewire.json"


@pytest.mark.timeout(120)
def test_the_same_again_and_what_was_touched(run: Run, job: Path) -> None:
    mattes = sorted(path.name for path in job.parent.iterdir())
    done = run("rerun", job)
    assert "3 frames of ball.####.exr are the same, byte for byte." in done.stderr
    assert "3 frames of ball.####.png are the same, byte for byte." in done.stderr
    assert (done.stdout, "Changed" in done.stderr) == ("", False)
    assert sorted(path.name for path in job.parent.iterdir()) == mattes, "no trace of the rerun"

    picture = cv2.imread(str(job.parent / "ball.1002.png"), cv2.IMREAD_UNCHANGED)
    picture[5, 5] = 51
    assert cv2.imwrite(str(job.parent / "ball.1002.png"), picture)
    (job.parent / "ball.1003.exr").unlink()
    told = run("rerun", job, code=1).stderr
    assert "1 of 3 frames of ball.####.png are not the same.\n  Frame 1002: pixels differ by up to 0.2." in told
    assert "1 of 3 frames of ball.####.exr are not the same.\n  Frame 1003: the original is missing." in told
    assert "changed by hand?" in told

    result = last(run("rerun", job, "--json", code=1).stdout)
    assert (result["event"], result["agree"], result["changes"]) == ("rerun", False, [])
    assert [len(each["differences"]) for each in result["sequences"]] == [1, 1]
    assert sorted(path.name for path in job.parent.iterdir()) == [name for name in mattes if name != "ball.1003.exr"]


@pytest.mark.timeout(120)
def test_another_plate_is_named_as_the_cause_and_moved_mattes_are_found(run: Run, tmp_path: Path) -> None:
    plate = write_balls(tmp_path / "plate", [1001, 1002])
    run("mask", plate, "--prompt", "red ball", "--out", tmp_path / "first" / "m.####.exr")
    shutil.move(tmp_path / "first", tmp_path / "second")
    changed = cv2.imread(plate.replace("####", "1002"))
    assert cv2.imwrite(plate.replace("####", "1002"), np.roll(changed, 4, axis=1))
    sidecar = tmp_path / "second" / "m.mattewire.json"
    done = run("rerun", sidecar, "--out", tmp_path / "third" / "again.####.exr", code=1)
    assert "1 of 2 frames of m.####.exr are not the same.\n  Frame 1002: pixels differ by up to 1." in done.stderr
    assert "Changed: plate.identity was" in done.stderr
    assert done.stdout == f"{tmp_path / 'third' / 'again.####.exr'}\n"
    assert (tmp_path / "third" / "again.1002.exr").exists(), "what was asked for stays"
    assert not (tmp_path / "first").exists()
    shutil.rmtree(tmp_path / "plate")
    refused = last(run("rerun", sidecar, "--json", code=1).stdout)
    assert (refused["state"], refused["error"]["code"]) == ("failed", "plate_not_found")
    assert not [path for path in (tmp_path / "second").iterdir() if path.name.startswith(".")]


@pytest.mark.timeout(60)
def test_kept_mattes_are_named(run: Run, job: Path) -> None:
    kept = run("rerun", job, "--keep").stdout.split()
    assert [Path(pattern).name for pattern in kept] == ["ball.####.exr", "ball.####.png"]
    assert all(Path(pattern.replace("####", "1003")).read_bytes() for pattern in kept)
    assert Path(kept[0]).parent.parent == job.parent


def test_wrong_words(run: Run, job: Path, tmp_path: Path) -> None:
    assert "is no sidecar of a job" in run("rerun", job.parent / "ball.boxes.json", code=1).stderr
    told = run("rerun", job, "--out", tmp_path / "x.####.exr", code=1).stderr
    assert "✗ --out: one pattern cannot hold 2 sequences." in told
    assert "Name a folder." in told


def test_how_a_job_ran_is_not_repeated() -> None:
    request = MatteRequest(
        Plate("/p.mov"), [Deliverable("/a/m.#.png", "png8")], prompts=["x"], overwrite=True, priority=9
    )
    again = repeated(request, ["/b/m.#.png"])
    assert (again.out, again.overwrite, again.priority) == ([Deliverable("/b/m.#.png", "png8")], False, 0)


def test_places(tmp_path: Path) -> None:
    named = ["/a/m.####.exr", "/b/M.####.exr", "/b/n.####.exr"]
    with destination(["/a/m.####.exr", "/a/n.####.exr"], str(tmp_path), False) as patterns:
        assert patterns == [str(tmp_path / "m.####.exr"), str(tmp_path / "n.####.exr")]
    with destination(["/a/m.####.exr", "/b/m.####.exr"], str(tmp_path), False) as patterns:
        assert patterns == [str(tmp_path / "1" / "m.####.exr"), str(tmp_path / "2" / "m.####.exr")]
    sidecar = tmp_path / "m.mattewire.json"
    assert original(named[0], sidecar) == named[0], "nothing lies beside the sidecar"
    (tmp_path / "m.1001.exr").touch()
    assert original(named[0], sidecar) == str(tmp_path / "m.####.exr")
    assert original(named[2], sidecar) == named[2], "another sequence has another sidecar"
