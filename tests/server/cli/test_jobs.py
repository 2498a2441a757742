"""``mattewire jobs | cancel``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("daemon_home")


def test_the_newest_jobs_first_with_their_labels_as_typed(run: Run, balls: str, tmp_path: Path) -> None:
    for name in ("first", "[bold]take[/bold] [2]"):
        words = ["mask", balls, "--prompt", "red ball", "--range", "1001", "--label", name]
        run(*words, "--out", tmp_path / f"{len(name)}.####.exr")
    told = run("jobs", "--limit", 2).stderr
    assert told.index("[bold]take[/bold] [2]") < told.index("first")
    assert "1 of 1" in told
    jobs = [json.loads(line) for line in run("jobs", "--limit", 1, "--json").stdout.splitlines()]
    assert [(job["label"], job["state"], job["frames_done"]) for job in jobs] == [("[bold]take[/bold] [2]", "done", 1)]


def test_cancel_tells_the_state(run: Run, balls: str, tmp_path: Path) -> None:
    job_id = run("mask", balls, "--prompt", "red ball", "--no-wait", "--out", tmp_path / "m.####.exr").stdout.strip()
    told = run("cancel", job_id).stderr
    assert told.startswith(f"Job {job_id} is ")
    assert told.strip().rstrip(".").split()[-1] in ("canceled", "stopping", "done")


def test_what_is_not_there(run: Run) -> None:
    assert "look at the job list" in run("cancel", "no-such-job", code=1).stderr
    told = run("cancel", "x", code=1).stderr
    assert "job_id: " in told
    assert "8 to 64 letters" in told
    assert "limit: " in run("jobs", "--limit", 0, code=1).stderr
