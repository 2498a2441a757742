"""``mattewire rerun`` on jobs of the preview engine, through a real daemon."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mattewire_protocol.deliver import CleanUp, Deliverable, ObjectName
from mattewire_protocol.errors import BadField, NotWritable
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server.cli.agreement import Compared, Difference
from mattewire_server.cli.rerun import destination, repeated, report
from mattewire_server.cli.sidecars import Sidecar
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
    assert [len(each["differences"]) for each in result["outputs"]] == [1, 1]
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
    assert "✗ --out: one name cannot hold 2 outputs." in told
    assert "Name a folder." in told


@pytest.fixture
def rich_job(run: Run, balls: str, tmp_path: Path) -> Path:
    """The folder of a job with tokens, layers, Cryptomatte, a cut-out, and two movies."""
    out = tmp_path / "rich"
    words = ["mask", balls, "--prompt", "red ball", "--prompt", "blue ball", "--range", "1001-1003"]
    words += ["--name", "1=founder (left)", "--dilate", 1.5, "--clean-up", "2:feather=3", "--garbage", "0,0,30,30"]
    for name in (
        "{shot}/{object}/{object}_{version}.####.exr,depth=float",
        "{shot}/layers_{version}.####.exr,content=layers",
        "{shot}/crypto.####.exr,content=cryptomatte",
        "cut.####.tif,content=cutout",
        "cut.mov,content=cutout,fps=24",
        "matte.webm,fps=23.976",
    ):
        words += ["--out", f"{out}/{name}"]
    run(*words)
    return out


@pytest.mark.timeout(180)
def test_every_kind_of_file_is_the_same_again(run: Run, rich_job: Path) -> None:
    names = sorted(str(path) for path in rich_job.rglob("*"))
    sidecar = rich_job / "balls" / "founder_left" / "founder_left_v001.mattewire.json"
    told = run("rerun", sidecar).stderr
    for name in ("founder_left_v001", "blue_ball_v001", "layers_v001", "crypto"):
        assert f"3 frames of {name}.####.exr are the same, byte for byte." in told
    assert "3 frames of cut.####.tif are the same, byte for byte." in told
    assert "cut.mov is the same." in told
    assert "matte.webm is the same." in told
    assert sorted(str(path) for path in rich_job.rglob("*")) == names, "no trace of the rerun"

    moved = rich_job.rename(rich_job.with_name("moved"))
    (moved / "cut.mov").write_bytes(b"cut short")
    (moved / "balls" / "blue_ball" / "blue_ball_v001.1002.exr").unlink()
    result = last(run("rerun", moved / "cut.mattewire.json", "--json", code=1).stdout)
    differences = {Path(each["original"]).name: each["differences"] for each in result["outputs"]}
    assert differences.pop("cut.mov") == [{"frame": None, "what": "movie", "most": 0.0, "lengths": None}]
    assert [each["what"] for each in differences.pop("blue_ball_v001.####.exr")] == ["missing"]
    assert not any(differences.values())
    assert all(each["original"].startswith(str(moved)) for each in result["outputs"])


@pytest.mark.timeout(180)
def test_new_files_go_where_they_are_wanted(run: Run, rich_job: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    made = run("rerun", rich_job / "cut.mattewire.json", "--out", new).stdout.splitlines()
    assert [Path(path).relative_to(new).as_posix() for path in made] == [
        "balls/founder_left/founder_left_v001.####.exr",
        "balls/blue_ball/blue_ball_v001.####.exr",
        "balls/layers_v001.####.exr",
        "balls/crypto.####.exr",
        "cut.####.tif",
        "cut.mov",
        "matte.webm",
    ]
    assert (new / "matte.webm").read_bytes() == (rich_job / "matte.webm").read_bytes()


def test_a_job_finished_from_what_is_kept_is_tracked_again(run: Run, job: Path) -> None:
    """The rerun is a full job, whatever the files were made from, and gives the same bytes."""
    run("finish", "last", "--dilate", 3, "--out", job.parent / "wide.####.exr", "--format", "exr")
    done = run("rerun", job.parent / "wide.mattewire.json", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    stages = [event["stage"] for event in events if event["event"] == "stage"]
    assert "tracking forward" in stages
    assert (events[-1]["agree"], events[-1]["changes"]) == (True, [])


def test_how_a_job_ran_is_not_repeated() -> None:
    movie = Deliverable("/a/m.mov", "prores4444", "cutout", object=2, premultiplied=True, fps=25.0)
    request = MatteRequest(
        Plate("/p.mov"),
        [movie],
        prompts=["x"],
        overwrite=True,
        priority=9,
        clean_up=[CleanUp(dilate=2.0)],
        names=[ObjectName(1, "mug")],
        finish_of="job-00001",
    )
    again = repeated(request, ["/b/m.mov"])
    assert again.out == [replace(movie, path="/b/m.mov")]
    assert (again.overwrite, again.priority, again.reuse, again.finish_of) == (False, 0, False, "")
    assert (again.clean_up, again.names) == (request.clean_up, request.names)


def places(out: list[Deliverable], wanted: Path, tmp_path: Path) -> list[str]:
    with destination(out, tmp_path / "a.mattewire.json", str(wanted), False) as paths:
        return paths


def test_places(tmp_path: Path) -> None:
    new = tmp_path / "new"
    together = [
        Deliverable("/a/m.####.exr"),
        Deliverable("/a/n.####.png", "png8"),
        Deliverable("/a/n.mov", "prores4444"),
    ]
    assert places(together, new, tmp_path) == [str(new / name) for name in ("m.####.exr", "n.####.png", "n.mov")]
    apart = [Deliverable("/a/m.####.exr"), Deliverable("/b/m.####.exr")]
    assert places(apart, new, tmp_path) == [str(new / "1" / "m.####.exr"), str(new / "2" / "m.####.exr")]
    tokens = [Deliverable("/a/{shot}/x/{object}.####.exr"), Deliverable("/a/{version}/cut.mov", "prores4444")]
    assert places(tokens, new, tmp_path) == [str(new / "{shot}/x/{object}.####.exr"), str(new / "{version}/cut.mov")]
    assert places(apart[:1], new / "again.%04d.exr", tmp_path) == [str(new / "again.%04d.exr")]
    assert places(together[2:], new / "again.MOV", tmp_path) == [str(new / "again.MOV")]
    assert places(apart[:1], new / "v.mov", tmp_path) == [str(new / "v.mov" / "m.####.exr")], "a folder's name"


def test_one_name_for_several_files_is_refused(tmp_path: Path) -> None:
    objects = [Deliverable("/a/{object}.####.exr")]
    with pytest.raises(BadField, match="a sequence for each object") as caught:
        places(objects, tmp_path / "m.####.exr", tmp_path)
    assert (caught.value.field, "{object}" in caught.value.advice) == ("--out", True)
    named = tmp_path / "{object}.####.exr"
    assert places(objects, named, tmp_path) == [str(named)]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(NotWritable, match="The new files") as caught,
        destination([Deliverable("/a/m.####.exr")], tmp_path / "file" / "a.mattewire.json", "", False),
    ):
        pass
    assert caught.value.field == "--out"


def test_the_folder_beside_the_sidecar_is_removed_unless_it_is_kept(tmp_path: Path) -> None:
    for keep in (False, True):
        with destination([Deliverable("/a/m.####.exr")], tmp_path / "a.mattewire.json", "", keep) as (path,):
            Path(path.replace("####", "1001")).touch()
            folder = Path(path).parent
        assert (folder.parent, folder.exists()) == (tmp_path, keep)


def test_every_difference_has_words(capsys: pytest.CaptureFixture[str]) -> None:
    whole = ("movie", "missing", "unreadable", "not repeated", "added")
    compared = [Compared(f"/m/{what}.mov", "", 1, (Difference(None, what),)) for what in whole]
    compared.append(Compared("/m/longer.mov", "/n/longer.mov", 1, (Difference(None, "movie", lengths=(3, 5)),)))
    compared.append(Compared("/m/equal.mov", "/n/equal.mov", 1, (Difference(None, "movie", lengths=(4, 4)),)))
    frames = ("pixels", "header", "window", "channels", "missing", "not repeated", "added", "unreadable")
    every = tuple(Difference(1001 + index, what, 0.25) for index, what in enumerate(frames))
    compared.append(Compared("/m/a.####.exr", "/n/a.####.exr", 9, every))
    many = tuple(Difference(frame, "pixels", 1.0) for frame in range(30))
    compared.append(Compared("/m/b.####.exr", "/n/b.####.exr", 40, many))
    side = Sidecar(MatteRequest(Plate("/p"), [Deliverable("/m/a.####.exr")], prompts=["x"]), (1,), (), {})
    assert not report(side, side, compared, as_json=False)
    told = capsys.readouterr().err
    for line in (
        "✗ movie.mov is not the same.\n  The movie differs.",
        "✗ missing.mov is not the same.\n  The original is missing.",
        "✗ longer.mov is not the same.\n  It had 3 frames, it has 5 now.",
        "✗ equal.mov is not the same.\n  The movie differs; both have 4 frames.",
        "✗ 8 of 9 frames of a.####.exr are not the same.\n  Frame 1001: pixels differ by up to 0.25.",
        "  Frame 1004: it has other channels.",
        "  Frame 19: pixels differ by up to 1.\n  … and 10 more.",
    ):
        assert line in told
    assert report(side, side, [Compared("/m/a.####.exr", "/n/a.####.exr", 9, ())], as_json=True)
    assert last(capsys.readouterr().out) == {
        "event": "rerun",
        "agree": True,
        "outputs": [{"original": "/m/a.####.exr", "again": "/n/a.####.exr", "frames": 9, "differences": []}],
        "changes": [],
    }
