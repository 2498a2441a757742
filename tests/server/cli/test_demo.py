"""``mattewire demo`` on a small and short rendering of its shot; the whole one is ``make demo``."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import pytest

from mattewire_protocol import Client, MatteRequest
from mattewire_protocol.errors import TimedOut
from mattewire_server.cli import demo
from mattewire_server.demo.measure import FrameMeasure, Measure
from mattewire_server.demo.shot import DemoShot, render_shot
from server.cli.conftest import Run

FIELDS = {
    *("engine", "frames", "mean_iou", "min_iou", "false_frames", "missing_frames"),
    *("first_matte_s", "total_s", "out_dir", "contact_sheet"),
}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "render_shot", partial(render_shot, frames=6, width=640, height=360))


@pytest.mark.usefixtures("daemon_home", "short")
def test_the_demo_ends_with_one_line_of_json(run: Run, tmp_path: Path) -> None:
    result = run("demo", "--out", tmp_path / "d", "--json")
    said = json.loads(result.stdout.splitlines()[-1])
    assert set(said) >= FIELDS
    assert (said["engine"], said["frames"], said["false_frames"], said["missing_frames"]) == ("preview", 6, 0, 0)
    assert said["mean_iou"] > 0.9
    assert 0 < said["first_matte_s"] <= said["total_s"]
    assert said["out_dir"] == str(tmp_path / "d")
    sheet = Path(said["contact_sheet"])
    assert sheet.stat().st_size <= 200_000
    picture = cv2.imread(str(sheet))
    assert picture is not None
    assert picture.shape[1] > picture.shape[0]
    assert sorted(path.name for path in (tmp_path / "d" / "mattes").glob("*.exr"))[0] == "ball.1001.exr"
    with Client(name="tests") as client:
        assert client.status().worker == "idle", "a daemon that ran before is left running"


@pytest.mark.usefixtures("daemon_home", "short")
def test_a_second_demo_replaces_the_first_and_shows_a_table(run: Run, tmp_path: Path) -> None:
    run("demo", "--out", tmp_path, "--json")
    told = run("demo", "--out", tmp_path)
    assert "mean IoU (at least half the ball in sight)" in told.stderr
    assert "mattewire demo --engine tiny" in told.stderr
    assert set(json.loads(told.stdout.splitlines()[-1])) >= FIELDS


@pytest.mark.usefixtures("daemon_home", "short")
def test_an_engine_that_is_not_there_ends_the_demo_with_its_reason(run: Run, tmp_path: Path) -> None:
    result = run("demo", "--engine", "sam9", "--out", tmp_path, "--json", code=1)
    assert json.loads(result.stdout.splitlines()[-1])["error"]["code"] == "unknown_engine"


@pytest.mark.usefixtures("daemon_home", "short")
@pytest.mark.parametrize(("engine", "every", "larger"), [("preview", 0, 1.0), ("tiny", 4, 2.0)])
def test_the_tiny_engine_gets_a_larger_ball_and_looks_again(
    engine: str, every: int, larger: float, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, float] = {}

    def rendered(folder: Path, *, larger: float, **more: Any) -> DemoShot:
        asked["larger"] = larger
        return render_shot(folder, larger=larger, frames=2, width=320, height=180, **more)

    def job(client: Client, request: MatteRequest, **more: Any) -> None:
        asked["every"] = request.redetect_every
        raise TimedOut("That is all that this test wants to know.")

    monkeypatch.setattr(demo, "render_shot", rendered)
    monkeypatch.setattr(demo, "run_job", job)
    run("demo", "--engine", engine, "--out", tmp_path, code=1)
    assert asked == {"larger": larger, "every": every}


def test_what_to_try_next_says_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    assert demo._next() == 'mattewire demo --engine tiny, after: pip install "mattewire[models]"'
    monkeypatch.setattr(demo, "find_spec", lambda name: object())
    assert demo._next() == "mattewire demo --engine tiny"


def measured(*visible: float) -> Measure:
    return Measure(tuple(FrameMeasure(1001 + i, seen, 0.9, 10, 10) for i, seen in enumerate(visible)))


def test_the_sheet_shows_what_is_hard(run: Run) -> None:
    frames = demo._telling_frames(measured(*[1.0] * 40, 0.5, 0.0, 0.5, *[1.0] * 53))
    assert len(frames) <= demo.SHEET_FRAMES
    assert 1042 in frames, "the frame where nothing may be drawn"
    assert {1041, 1043} & set(frames), "one where it is half hidden"
    assert frames[0] == 1001
    assert demo._telling_frames(measured(1.0)) == [1001]


def test_notes() -> None:
    assert demo._note(0.0, None) == "hidden"
    assert demo._note(0.4, 0.8) == "40% in sight"
    assert demo._note(0.9, 0.98765) == "IoU 0.988"
    assert demo._note(0.9, None) == "IoU 0.000"
