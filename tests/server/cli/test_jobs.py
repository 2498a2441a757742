"""``mattewire jobs | show | cancel``."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from mattewire_protocol import JobView
from mattewire_protocol.messages import FrameEvent, JobEvent, WorstFrame
from mattewire_server.cli import jobs as module
from server.cli.conftest import Run, mattewire
from server.cli.plates import red_at, write_balls

pytestmark = pytest.mark.usefixtures("daemon_home")

GONE = range(1007, 1010)


@pytest.fixture(scope="module")
def blinking(tmp_path_factory: pytest.TempPathFactory, daemon_home: Path) -> str:
    """A job of 14 frames, in the middle of which the red ball is painted out for three."""
    folder = tmp_path_factory.mktemp("blinking")
    plate = write_balls(folder / "plate", range(1001, 1015))
    for frame in GONE:
        path = str(folder / "plate" / f"balls.{frame}.png")
        picture = cv2.imread(path)
        cv2.circle(picture, red_at(frame), 22, (96, 102, 108), -1)
        assert cv2.imwrite(path, picture)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATTEWIRE_HOME", str(daemon_home))
        result = mattewire("mask", plate, "--prompt", "red ball", "--out", folder / "m.####.exr", "--json")
    end = json.loads(result.stdout.splitlines()[-1])
    assert set(GONE) <= set(end["flagged"])
    return str(end["job_id"])


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


def test_show_says_how_a_job_stands_and_where_to_look(run: Run, blinking: str) -> None:
    shown = run("show", blinking)
    first, *more = [line.strip() for line in shown.stderr.splitlines()]
    assert first.startswith(f"Job {blinking} is done. 14 frames finished, ")
    assert first.endswith(" worth a look.")
    assert "Frames 1001 to 1014, keyframe 1001, engine preview." in more
    assert any(line.startswith("Plate read as sRGB") for line in more)
    assert more[-1].startswith("Worth a look: 1007 to 10")
    assert more[-1].endswith(f"Why: mattewire show {blinking} --worst")
    assert [Path(path).name for path in shown.stdout.splitlines()] == [
        "m.####.exr",
        "m.mattewire.json",
        "m.boxes.json",
    ]


def test_show_lists_the_worst_frames_first_and_says_why(run: Run, blinking: str) -> None:
    shown = run("show", blinking[:9], "--worst")
    head, *rows = [line.strip().split(maxsplit=2) for line in shown.stderr.splitlines()]
    assert head == ["frame", "score", "why"]
    scores = [float(row[1]) for row in rows]
    assert scores == sorted(scores)
    said = {int(row[0]): row[2].strip() for row in rows}
    assert said[1007] == "It is not in sight, yet it is inside the picture on frame 1006."
    assert set(GONE) <= said.keys()
    assert shown.stdout == ""
    listed = [json.loads(line) for line in run("show", blinking, "--worst", "--json").stdout.splitlines()]
    assert [each["frame"] for each in listed] == [int(row[0]) for row in rows]
    assert listed[0].keys() == {"frame", "score", "flags", "why"}
    whole = json.loads(run("show", blinking, "--json").stdout)
    assert whole["worst"] == listed
    assert whole["flagged"] == sorted(said)
    assert (whole["event"], whole["job_id"], whole["state"], whole["frames"]) == ("job", blinking, "done", 14)
    assert whole["line"].startswith("14 frames finished, ")


def test_show_of_the_latest_job_in_which_all_is_well(run: Run, balls: str, tmp_path: Path) -> None:
    run("mask", balls, "--prompt", "red ball", "--range", "1001-1003", "--out", tmp_path / "m.####.exr")
    shown = run("show", "last").stderr
    assert "3 frames finished." in shown
    assert "Worth a look" not in shown
    assert run("show", "last", "--worst").stderr == "No frame is worth a look.\n"
    assert run("show", "last", "--worst", "--json").stdout == ""


def test_show_of_a_job_that_failed_says_why(run: Run, balls: str, tmp_path: Path) -> None:
    run("mask", balls, "--prompt", "green ball", "--out", tmp_path / "m.####.exr", code=1)
    shown = run("show", "last")
    assert " is failed. " in shown.stderr
    assert json.loads(run("show", "last", "--json").stdout)["error"]["code"] == "nothing_found"
    assert shown.stdout == ""


def test_show_of_what_is_not_there(run: Run) -> None:
    assert "No job begins with 'zzz'" in run("show", "zzz", code=1).stderr
    assert "There is no job no-such-job" in run("show", "no-such-job", code=1).stderr
    assert "jobs begin with ''" in run("show", "", code=1).stderr


def told(state: str, frames: dict[int, str], worst: int = 0) -> JobView:
    view = JobView("job-00001")
    view.apply(JobEvent("job-00001", 1, 1, "running", first=1001, last=1200))
    for seq, (frame, how) in enumerate(frames.items(), 2):
        flags = ["dropped"] if how == "flagged" else []
        view.apply(FrameEvent("job-00001", seq, 1, frame, how, frame % 7 / 10, flags))
    listed = [WorstFrame(frame, 0.1, ["dropped"], []) for frame in list(frames)[:worst]]
    view.apply(JobEvent("job-00001", 500, 1, state, worst=listed))
    return view


def test_before_the_end_what_the_frames_were_told_with(capsys: pytest.CaptureFixture[str]) -> None:
    view = told("canceled", {1001: "done", 1004: "flagged", 1005: "flagged"})
    asking = view.asking()
    assert [(each.frame, each.score, each.flags) for each in asking] == [
        (1004, 0.3, ["dropped"]),
        (1005, 0.4, ["dropped"]),
    ]
    module._list_worst(view, asking)
    assert "1004   0.30   dropped" in capsys.readouterr().err
    view.frames[1003] = "flagged"  # as a snapshot tells, without a score
    module._list_worst(view, view.asking())
    assert capsys.readouterr().err.splitlines()[-1].split() == ["1003", "unknown"], "after those whose score is known"
    running = told("running", {1001: "done"})
    module._list_worst(running, running.asking())
    assert capsys.readouterr().err == "No frame is worth a look so far.\n"


def test_a_list_that_is_cut_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    view = told("done", dict.fromkeys(range(1001, 1101), "flagged"), worst=50)
    module._list_worst(view, view.asking())
    assert capsys.readouterr().err.endswith("These are the worst 50 of 100.\n")


@pytest.mark.parametrize(
    ("frames", "words"),
    [([7], "7"), ([7, 8], "7 to 8"), ([-2, -1, 0, 4, 9, 10], "-2 to 0, 4, 9 to 10"), ([], "")],
)
def test_frames_in_few_words(frames: list[int], words: str) -> None:
    assert module.runs(frames) == words
