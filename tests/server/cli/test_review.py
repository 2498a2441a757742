"""``mattewire review``: which job is meant, where its page goes, and what people are told."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.errors import MattewireError, UnknownJob
from mattewire_protocol.messages import JobSummary
from mattewire_server.cli import review
from server.cli.conftest import Run, mattewire
from server.cli.plates import HEIGHT, WIDTH, write_balls
from server.review import rig


@pytest.fixture(scope="module")
def job(daemon_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A job that is done, of a plate of its own: its id and its folder."""
    folder = tmp_path_factory.mktemp("job")
    plate = write_balls(folder / "plate", range(1001, 1004))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATTEWIRE_HOME", str(daemon_home))
        out = folder / "mattes" / "ball.####.exr"
        result = mattewire("mask", plate, "--prompt", "red ball", "--out", out, "--json")
    return json.loads(result.stdout.splitlines()[-1])["job_id"], folder


@pytest.fixture(autouse=True)
def home(daemon_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTEWIRE_HOME", str(daemon_home))


def facts_in(page: Path) -> dict[str, Any]:
    return rig.facts_in(page.read_text(encoding="utf-8"))


def test_a_page_of_a_job(run: Run, job: tuple[str, Path]) -> None:
    job_id, folder = job
    for word in (job_id, job_id[:-3], "last"):
        result = run("review", word)
        page = folder / "mattes" / "ball.review.html"
        assert result.stdout.strip() == str(page)
        assert re.search(rf"✓ 3 frames at {WIDTH} x {HEIGHT}, 0\.\d MB", result.stderr)
        facts = facts_in(page)
        page.unlink()
    assert facts["preview"] is True
    assert [one["frame"] for one in facts["frames"]] == [1001, 1002, 1003]
    assert facts["objects"] == [{"name": "red ball", "number": 0}]


def test_a_page_of_a_sidecar_needs_no_daemon(
    run: Run, job: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved, with its mattes: without scores of each object in it, those of the boxes beside it count."""
    shutil.copytree(job[1] / "mattes", tmp_path / "moved")
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "no daemon"))
    sidecar = tmp_path / "moved" / "ball.mattewire.json"
    tree = json.loads(sidecar.read_text())
    for frame in tree["frames"]:
        frame.pop("objects", None)
    sidecar.write_text(json.dumps(tree))
    out = tmp_path / "p.html"
    run("review", sidecar, "--out", out, "--size", 128, "--every", 2)
    facts = facts_in(out)
    assert (facts["width"], facts["height"]) == (128, 72)
    frames = facts["frames"]
    assert [(one["frame"], list(one["scores"])) for one in frames] == [(1001, ["1"]), (1003, ["1"])]
    (tmp_path / "moved" / "ball.boxes.json").write_text("[]")
    run("review", sidecar, "--out", out)
    assert facts_in(out)["frames"][0]["scores"] == {}
    assert not (tmp_path / "no daemon").exists()


def test_what_is_missing_is_told(run: Run, job: tuple[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "moved"
    shutil.copytree(job[1], folder)
    sidecar = folder / "mattes" / "ball.mattewire.json"
    tree = json.loads(sidecar.read_text())
    gone = str(tmp_path / "gone.####.png")
    tree["plate"]["path"] = gone
    sidecar.write_text(json.dumps(tree))
    os.unlink(folder / "mattes" / "ball.1002.exr")
    told = run("review", sidecar).stderr
    assert "1 worth a look" in told
    assert "Without a matte: 1002." in told
    assert f"The plate is not shown: There is no plate at {gone}. Say where it is with --plate." in told
    told = run("review", sidecar, "--plate", folder / "plate" / "balls.####.png").stderr
    assert "The plate" not in told
    assert (folder / "mattes" / "ball.review.html").exists()


def test_it_opens_the_browser(run: Run, job: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[str] = []
    answers = [True, False]
    monkeypatch.setattr(review.webbrowser, "open", lambda address: opened.append(address) or answers.pop(0))
    out = tmp_path / "a page.html"
    assert "no browser" not in run("review", job[0], "--out", out, "--open").stderr
    assert "There is no browser to open it in." in run("review", job[0], "--out", out, "--open").stderr
    assert opened == [out.as_uri()] * 2
    assert "%20" in opened[0]


def test_what_is_refused(run: Run, job: tuple[str, Path], tmp_path: Path) -> None:
    told = run("review", "zzzz", code=1).stderr
    assert "JOB: No job begins with 'zzzz'." in told
    assert "NAME.mattewire.json" in told
    assert "is no sidecar of a job" in run("review", tmp_path / "no.mattewire.json", code=1).stderr
    assert "does not end in .html" in run("review", job[0], "--out", tmp_path / "page.exr", code=1).stderr
    assert run("review", job[0], "--size", 10, code=2).stdout == ""
    assert run("review", job[0], "--every", 0, code=2).stdout == ""


def test_a_job_whose_sidecar_is_gone(run: Run, job: tuple[str, Path]) -> None:
    sidecar = job[1] / "mattes" / "ball.mattewire.json"
    kept = sidecar.with_suffix(".away")
    sidecar.rename(kept)
    try:
        told = run("review", job[0], code=1).stderr
    finally:
        kept.rename(sidecar)
    assert "ball.mattewire.json" in told
    assert "If the mattes were moved" in told


def test_which_job_is_meant() -> None:
    jobs = [JobSummary("abc-1", "running"), JobSummary("abc-2", "done"), JobSummary("abd", "done"),
            JobSummary("ab", "canceled")]  # fmt: skip
    assert review._done(jobs, "last").job_id == "abc-2", "the newest that is done"
    assert review._done(jobs, "abd").job_id == "abd"
    assert review._done(jobs, "abc-2").job_id == "abc-2"
    for word, words in (
        ("abc", "2 jobs begin with 'abc'"),
        ("abc-1", "abc-1 is running"),
        ("ab", "job ab is canceled"),
        ("x", "No job begins"),
    ):
        with pytest.raises(MattewireError, match=words) as caught:
            review._done(jobs, word)
        assert caught.value.field == "JOB"
    with pytest.raises(UnknownJob, match="No job is done yet"):
        review._done(jobs[:1], "last")
