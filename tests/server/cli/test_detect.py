"""``mattewire detect``, through a real daemon."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mattewire_protocol.errors import NotWritable
from mattewire_protocol.messages import Detected, Detection
from mattewire_server.cli.detect import COLORS, draw
from server.cli.conftest import Run
from server.cli.plates import HEIGHT, RADIUS, WIDTH, red_at

pytestmark = pytest.mark.usefixtures("daemon_home")


def test_boxes_as_a_table(run: Run, balls: str) -> None:
    told = run("detect", balls, "--frame", 1003, "--prompt", "red ball", "--prompt", "blue ball").stderr
    rows = [line.split() for line in told.splitlines() if line.strip().startswith(("1", "2"))]
    assert [row[1:3] for row in rows] in ([["red", "ball"], ["blue", "ball"]], [["blue", "ball"], ["red", "ball"]])
    assert all(row[-1] == "yes" for row in rows)
    assert f"Plate {WIDTH} x {HEIGHT}, read as sRGB; engine preview." in told


def test_json_and_where_the_ball_is(run: Run, balls: str) -> None:
    found = json.loads(run("detect", balls, "--frame", 1003, "--prompt", "red ball", "--json").stdout)
    (ball,) = found["objects"]
    x, y = red_at(1003)
    expected = (x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS)
    assert (ball["x0"], ball["y0"], ball["x1"], ball["y1"]) == pytest.approx(expected, abs=3)
    assert (found["event"], found["frame"], ball["object"], ball["picked"]) == ("detected", 1003, 1, True)


def test_color_and_exposure_reach_the_look(run: Run, balls: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["detect", balls, "--frame", 1003, "--prompt", "red ball", "--json"]
    found = json.loads(run(*words, "--exposure", 0.25, "--colorspace", "sRGB").stdout)
    assert (found["colorspace"], found["colorspace_from"], found["exposure"]) == ("sRGB", "request", 0.25)
    monkeypatch.setenv("OCIO", "/no/such/config.ocio")
    error = json.loads(run(*words, code=1).stdout)["error"]
    assert (error["code"], error["field"]) == ("color_config_unreadable", "ocio")


def test_numbers_agree_with_mask(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["--prompt", "blue ball", "--prompt", "red ball", "--max-objects", 2]
    shown = json.loads(run("detect", balls, "--frame", 1002, *words, "--json").stdout)["objects"]
    mask = ["mask", balls, *words, "--keyframe", 1002, "--range", "1002", "--json", "--out", tmp_path / "m.####.exr"]
    events = [json.loads(line) for line in run(*mask).stdout.splitlines()]
    assert next(event for event in events if event["event"] == "found")["objects"] == shown
    one = run("detect", balls, "--frame", 1002, "--prompt", "blue ball", "--prompt", "red ball", "--max-objects", 1)
    assert "\n2 " not in one.stderr


def test_the_preview_shows_the_plate_with_its_boxes(run: Run, balls: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / "boxes.png"
    run("detect", balls, "--frame", 1003, "--prompt", "red ball", "--preview", path)
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape == (HEIGHT, WIDTH, 3)
    x, y = red_at(1003)
    assert picture[y, x, 2] > 150 > picture[y, x, 1] + 60, "the ball is red"
    near = np.abs(picture.astype(int) - COLORS[0]).sum(2) < 60
    assert near[:, x + RADIUS - 4 : x + RADIUS + 5].any(axis=1).sum() > RADIUS, "the box's right edge"
    assert [each.name for each in path.parent.iterdir()] == ["boxes.png"]


def test_a_preview_that_cannot_be_written(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["detect", balls, "--frame", 1003, "--prompt", "red ball", "--preview"]
    assert "--preview: " in (told := run(*words, tmp_path / "a.gif", code=1).stderr)
    assert "End it in .png or .jpg." in told
    (tmp_path / "file").write_text("")
    assert "is a file, not a folder" in run(*words, tmp_path / "file" / "a.png", code=1).stderr


def test_nothing_found_is_an_answer_and_a_wrong_frame_is_not(run: Run, balls: str) -> None:
    assert "Nothing on frame 1003 matches." in run("detect", balls, "--frame", 1003, "--prompt", "green ball").stderr
    told = run("detect", balls, "--frame", 7, "--prompt", "red ball", code=1).stderr
    assert "✗ frame: frame 7 is not in the plate (1001-1006)." in told
    error = json.loads(run("detect", balls, "--frame", 1003, "--prompt", "love", "--json", code=1).stdout)["error"]
    assert error["code"] == "prompt_not_understood"


def test_a_label_at_the_edge_stays_in_the_picture(tmp_path: Path) -> None:
    gray = np.full((60, 80, 3), 90, np.uint8)
    fine, jpeg = cv2.imencode(".jpg", gray)
    assert fine
    boxes = [Detection(n, 1.0, 1.0, 79.0, 59.0, "ball", 0.5, picked=n == 1) for n in range(1, 9)]
    draw(Detected(1, 80, 60, objects=boxes, preview_scale=1.0), jpeg.tobytes(), tmp_path / "b.jpg")
    drawn = cv2.imread(str(tmp_path / "b.jpg"))
    assert drawn is not None
    assert (np.abs(drawn[:14, :40].astype(int) - 90).sum(2) > 60).any()
    tmp_path.joinpath("taken.png").mkdir()
    with pytest.raises(NotWritable, match="A folder has the file's name"):
        draw(Detected(1, 80, 60, preview_scale=1.0), jpeg.tobytes(), tmp_path / "taken.png")
