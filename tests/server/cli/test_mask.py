"""``mattewire mask``, through a real daemon."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import pytest
from typer import Exit
from typer.testing import CliRunner

from mattewire_protocol import JobView
from mattewire_protocol.errors import WorkerDied
from mattewire_protocol.messages import Error, JobEvent
from mattewire_server.cli.app import app
from mattewire_server.cli.mask import finish, summary
from server.cli.conftest import Run
from server.cli.plates import HEIGHT, RADIUS, WIDTH, red_at

pytestmark = pytest.mark.usefixtures("daemon_home")


def truth(frame: int) -> np.ndarray:
    disc = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(disc, red_at(frame), RADIUS, 255, -1)
    return disc > 127


def overlap(matte: np.ndarray, frame: int) -> float:
    made, exact = matte > 0.5, truth(frame)
    return float((made & exact).sum() / (made | exact).sum())


def alpha(path: Path) -> np.ndarray:
    with OpenEXR.File(str(path)) as file:
        return np.array(file.channels()["A"].pixels).astype(np.float32)


def test_words_to_mattes_on_disk(run: Run, balls: str, tmp_path: Path) -> None:
    out = tmp_path / "out" / "ball.####.exr"
    result = run("mask", balls, "--prompt", "red ball", "--out", out)
    assert result.stdout.splitlines() == [
        str(out),
        str(tmp_path / "out" / "ball.mattewire.json"),
        str(tmp_path / "out" / "ball.boxes.json"),
    ]
    assert "6 frames finished" in result.stderr
    assert "engine preview" in result.stderr
    for frame in range(1001, 1007):
        assert overlap(alpha(tmp_path / "out" / f"ball.{frame}.exr"), frame) > 0.85


def test_json_tells_every_event_and_the_result_last(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["mask", balls, "--prompt", "red ball", "--range", "1002-1005", "--keyframe", 1004, "--format", "exr,png8"]
    result = run(*words, "--out", tmp_path / "m.####.exr", "--label", "[take 2]", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["frame"] for line in lines if line["event"] == "frame"] == [1004, 1005, 1003, 1002]
    end = lines[-1]
    assert (end["event"], end["state"], end["frames"], end["engine"]) == ("end", "done", 4, "preview")
    assert (end["error"], end["colorspace"], end["flagged"]) == (None, "sRGB", [])
    assert 0 < end["first_matte_s"] <= end["total_s"]
    assert str(tmp_path / "m.####.png") in end["outputs"]
    assert len(list(tmp_path.glob("m.*.png"))) == len(list(tmp_path.glob("m.*.exr"))) == 4


def test_how_the_detector_looks_goes_into_the_request(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["--redetect-every", 2, "--detect-long-edge", 640, "--refine-below", 0.25, "--roi"]
    run("mask", balls, "--prompt", "red ball", *words, "--out", tmp_path / "m.####.exr")
    request = json.loads((tmp_path / "m.mattewire.json").read_text())["request"]
    names = ("redetect_every", "detect_long_edge", "refine_below", "roi")
    assert [request[name] for name in names] == [2, 640, 0.25, True]
    assert all(overlap(alpha(tmp_path / f"m.{frame}.exr"), frame) > 0.85 for frame in range(1001, 1007))


def test_every_choice_arrives_in_the_request(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["--remove-specks", 4, "--fill-holes", 3, "--close", 1.5, "--smooth", 2, "--temporal", 1]
    words += ["--dilate", -0.5, "--feather", 2.5, "--clean-up", "2:dilate=1,temporal=0"]
    words += ["--name", "1=founder (left)", "--name", "2=été"]
    words += ["--garbage", "0,0,20,20@1001-1003:outside:2", "--holdout", "0,0 9,0 9,9"]
    words += ["--exposure", 1.5, "--colorspace", "sRGB", "--range", "1001-1002", "--retrack"]
    words += ["--prompt", "red ball", "--prompt", "blue ball", "--box", "1,2,30,40@1001:3"]
    words += ["--out", f"{tmp_path}/m.####.exr,channels=RGBA,depth=float,compression=piz"]
    words += [
        "--out",
        f"{tmp_path}/{{object}}.####.exr",
        "--out",
        f"{tmp_path}/c.####.exr,content=cutout,premultiplied",
    ]
    run("mask", balls, *words)
    tree = json.loads((tmp_path / "m.mattewire.json").read_text())
    request = tree["request"]
    assert [(each["path"].rpartition("/")[2], each["content"]) for each in request["out"]] == [
        ("m.####.exr", "matte"),
        ("{object}.####.exr", "matte"),
        ("c.####.exr", "cutout"),
    ]
    first = request["out"][0]
    assert (first["channels"], first["depth"], first["compression"]) == ("RGBA", "float", "piz")
    assert request["out"][2]["premultiplied"]
    every = {"remove_specks": 4, "fill_holes": 3, "close": 1.5, "smooth": 2, "temporal": 1, "dilate": -0.5}
    assert request["clean_up"] == [
        {"object": 0, **every, "feather": 2.5},
        {"object": 2, **every, "feather": 2.5, "dilate": 1, "temporal": 0},
    ]
    assert request["names"] == [{"object": 1, "name": "founder (left)"}, {"object": 2, "name": "été"}]
    garbage, holdout = request["shapes"]
    assert (garbage["use"], garbage["first"], garbage["last"]) == ("garbage", 1001, 1003)
    assert (garbage["outside"], garbage["object"], len(garbage["polygon"])) == (True, 2, 4)
    assert (holdout["use"], len(holdout["polygon"]), holdout.get("first")) == ("holdout", 3, None)
    assert (request["plate"]["exposure"], request["plate"]["colorspace"]) == (1.5, "sRGB")
    assert tree["colorspace"] == {"name": "sRGB", "from": "request", "exposure": 1.5}
    assert {path.name for path in tmp_path.glob("*.1001.exr")} == {
        f"{name}.1001.exr" for name in ("m", "founder_left", "ete", "object_3", "c")
    }


def test_the_ocio_config_comes_from_the_option_or_the_environment(
    run: Run, balls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
    words = ["mask", balls, "--prompt", "red ball", "--range", "1001", "--out"]
    monkeypatch.setenv("OCIO", config)
    run(*words, tmp_path / "a.####.exr")
    assert json.loads((tmp_path / "a.mattewire.json").read_text())["request"]["ocio"] == config
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OCIO", "elsewhere/config.ocio")
    told = run(*words, tmp_path / "b.####.exr", code=1).stderr
    assert "✗ ocio: " in told
    assert str(tmp_path / "elsewhere" / "config.ocio") in " ".join(told.split()), "a relative path is the caller's"
    run(*words, tmp_path / "c.####.exr", "--ocio", config)
    assert (tmp_path / "c.1001.exr").exists()


def test_how_the_plate_was_read_is_shown(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["mask", balls, "--prompt", "red ball", "--range", "1001-1002", "--exposure", -0.5, "--overwrite"]
    told = run(*words, "--out", tmp_path / "m.####.exr").stderr
    assert "Plate read as sRGB (file kind), seen 0.5 stops darker." in told
    end = json.loads(run(*words, "--out", tmp_path / "m.####.exr", "--json").stdout.splitlines()[-1])
    assert (end["colorspace"], end["colorspace_from"], end["exposure"]) == ("sRGB", "file kind", -0.5)


def stages(text: str) -> list[str]:
    events = [json.loads(line) for line in text.splitlines()]
    return [event["stage"] for event in events if event["event"] == "stage"]


def test_a_kept_shot_is_not_tracked_twice_unless_asked(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["mask", balls, "--prompt", "red ball", "--range", "1002-1004", "--json", "--out"]
    assert "tracking forward" in stages(run(*words, tmp_path / "a.####.exr").stdout)
    assert set(stages(run(*words, tmp_path / "b.####.exr").stdout)) == {"finishing"}
    assert "tracking forward" in stages(run(*words, tmp_path / "c.####.exr", "--retrack").stdout)
    assert len({(tmp_path / f"{name}.1003.exr").read_bytes() for name in "abc"}) == 1


def test_the_help_fits_a_narrow_terminal() -> None:
    for command in ("mask", "finish"):
        result = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"})
        lines = result.stdout.splitlines()
        assert max(len(line.rstrip()) for line in lines) <= 80
        text = " ".join(result.stdout.replace("│", " ").split())
        for option in ("--dilate", "--garbage", "--name", "--format", "{version}"):
            assert option in text
        assert "list[str]" not in text, "an artist reads no types"


def test_boxes_and_points(run: Run, balls: str, tmp_path: Path) -> None:
    x, y = red_at(1003)
    box = f"{x - 20},{y - 20},{x + 20},{y + 20}@1003"
    run("mask", balls, "--box", box, "--point", f"{x},{y}@1003:keep", "--out", tmp_path / "m.####.exr")
    assert all(overlap(alpha(tmp_path / f"m.{frame}.exr"), frame) > 0.8 for frame in range(1001, 1007))
    request = json.loads((tmp_path / "m.mattewire.json").read_text())["request"]
    assert request["boxes"][0]["frame"] == request["points"][0]["frame"] == 1003


def test_no_wait_prints_the_job_and_returns(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["mask", balls, "--prompt", "red ball", "--range", "1001", "--no-wait"]
    job_id = run(*words, "--out", tmp_path / "a.####.exr").stdout.strip()
    accepted = json.loads(run(*words, "--out", tmp_path / "b.####.exr", "--json").stdout)
    assert (accepted["event"], accepted["repeated"]) == ("accepted", False)
    listed = run("jobs", "--json").stdout
    assert job_id in listed
    assert accepted["job_id"] in listed


WRONG: list[tuple[list[Any], str, str, str]] = [
    (["--prompt", "red ball", "--range", "900-1003"], "first", "frame 900 is not in the plate (1001-1006).", "Choose"),
    (["--prompt", "red ball", "--range", "ten"], "--range", "'ten' is not a frame range.", "Write first-last"),
    (["--prompt", ""], "prompts[0]", "is empty.", "Correct the named field"),
    ([], "prompts", "says nothing to mask.", "draw a box"),
    (["--prompt", "love"], "prompts", "love", "box"),
    (["--prompt", "green ball"], "prompts", "Nothing on frame 1001 matches “green ball”.", "draw a box"),
    (["--prompt", "red ball", "--pick", "7"], "pick", "object 7 was not found", "Detect again"),
    (["--prompt", "red ball", "--engine", "sam9"], "engine", "'sam9' is not one of", "Choose one"),
    (["--prompt", "red ball", "--segmenter", "sam9"], "segmenter", "'sam9' is not one of", "Choose one"),
    (["--prompt", "red ball", "--format", "tiff"], "--format", "'tiff' is not a format.", "Choose exr"),
    (["--box", "1,2,3"], "--box", "'1,2,3' is not a box.", "Write x0,y0,x1,y1@FRAME"),
    (["--prompt", "red ball", "--colorspace", "mud"], "plate.colorspace", "'mud' is not a colorspace", "Choose one of"),
]


@pytest.mark.parametrize(("words", "field", "what", "way_out"), WRONG, ids=[f"{i}-{w[1]}" for i, w in enumerate(WRONG)])
def test_what_is_wrong_is_told_with_the_way_out(
    run: Run, balls: str, tmp_path: Path, words: list[Any], field: str, what: str, way_out: str
) -> None:
    out = ["--out", tmp_path / "m.####.exr"]
    told = run("mask", balls, *words, *out, code=1).stderr
    said = next(line for line in told.splitlines() if line.startswith("✗"))
    assert said.startswith(f"✗ {field}: ")
    assert what in said
    assert way_out in told.split(said)[1]
    error = json.loads(run("mask", balls, *words, *out, "--json", code=1).stdout.splitlines()[-1])["error"]
    assert error["field"] == field
    assert what in error["message"]
    assert way_out in error["advice"]
    assert list(tmp_path.glob("*.exr")) == []


def test_paths_that_cannot_be_used(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["--prompt", "red ball", "--out", tmp_path / "m.####.exr"]
    assert "There is no plate at" in run("mask", tmp_path / "gone.####.exr", *words, code=1).stderr
    told = run("mask", balls, "--prompt", "red ball", "--out", tmp_path / "a.####.%04d.exr", code=1).stderr
    assert "out[0].path: " in told
    assert "2 counters" in told
    told = run("mask", balls, "--prompt", "red ball", "--out", balls, code=1).stderr
    assert "replace the plate itself" in told
    (tmp_path / "file").write_text("")
    told = run("mask", balls, "--prompt", "red ball", "--out", tmp_path / "file" / "m.####.exr", code=1).stderr
    assert "not a folder" in told


def test_existing_mattes_need_overwrite(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["mask", balls, "--prompt", "red ball", "--range", "1001-1002", "--out", tmp_path / "m.####.exr"]
    run(*words)
    before = (tmp_path / "m.1001.exr").read_bytes()
    assert "allow overwriting" in run(*words, code=1).stderr
    run(*words, "--overwrite")
    assert (tmp_path / "m.1001.exr").read_bytes() == before


def view(state: str, error: Error | None = None) -> JobView:
    job = JobView("job-00001")
    job.apply(JobEvent("job-00001", 1, 1, state, first=1001, last=1010, error=error))
    return job


def test_the_last_word_and_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    died = Error("worker_died", "The worker ended.", "", "See its log.", True)
    with pytest.raises(WorkerDied, match="See its log"):
        finish(view("set_aside", died), {"total_s": 1.0}, as_json=False)
    with pytest.raises(Exit) as failed:
        finish(view("failed", died), {"total_s": 1.0}, as_json=True)
    assert failed.value.exit_code == 1
    with pytest.raises(Exit) as canceled:
        finish(view("canceled"), {"total_s": 1.0}, as_json=False)
    assert canceled.value.exit_code == 130
    assert "0 of 10 frames are finished and kept" in capsys.readouterr().err
    assert summary(view("failed", died), {})["error"] == {
        "code": "worker_died",
        "message": "The worker ended.",
        "field": "",
        "advice": "See its log.",
        "retryable": True,
    }
