"""``mattewire finish``, through a real daemon."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import pytest

from mattewire_protocol import Client, JobView
from mattewire_protocol.deliver import Deliverable, ObjectName
from mattewire_protocol.errors import BadField
from mattewire_protocol.messages import JobEvent
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server.cli.finish import files_for, names_of
from server.cli.conftest import Run

pytestmark = [pytest.mark.usefixtures("daemon_home"), pytest.mark.timeout(120)]


def events_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def alpha(path: Path) -> np.ndarray:
    with OpenEXR.File(str(path)) as file:
        return np.array(file.channels()["A"].pixels).astype(np.float32)


@pytest.fixture
def job(run: Run, balls: str, tmp_path: Path) -> str:
    """The id of a tracked job of three frames, ``ball.####.exr`` in ``mattes``."""
    words = ["mask", balls, "--prompt", "red ball", "--range", "1001-1003", "--name", "1=hero", "--json"]
    end = events_of(run(*words, "--out", tmp_path / "mattes" / "ball.####.exr").stdout)[-1]
    assert end["kept"]
    return str(end["job_id"])


def test_a_wider_matte_without_tracking(run: Run, job: str, tmp_path: Path) -> None:
    before = alpha(tmp_path / "mattes" / "ball.1002.exr")
    with Client(name="tests") as client:
        loaded = client.status().engines_loaded
        events = events_of(run("finish", job, "--dilate", 2, "--out", tmp_path / "wide.####.exr", "--json").stdout)
        assert client.status().engines_loaded == loaded
    assert [event["stage"] for event in events if event["event"] == "stage"] == ["finishing", "finishing"]
    assert (events[-1]["state"], events[-1]["frames"], events[-1]["engine"]) == ("done", 3, "preview")
    after = alpha(tmp_path / "wide.1002.exr")
    # A disc of radius 16 that grows by 2 pixels: pi (18^2 - 16^2) = 214.
    assert after.sum() - before.sum() == pytest.approx(214, rel=0.1)
    request = json.loads((tmp_path / "wide.mattewire.json").read_text())["request"]
    assert (request["clean_up"][0]["dilate"], request["names"]) == (2.0, [{"object": 1, "name": "hero"}])


def test_its_own_files_need_overwrite(run: Run, job: str, tmp_path: Path) -> None:
    path = tmp_path / "mattes" / "ball.1001.exr"
    before = path.read_bytes()
    told = run("finish", job, "--feather", 4, code=1).stderr
    assert "✗ out[0].path: 3 of these frames are there already, the first is" in told
    assert "allow overwriting" in told
    assert path.read_bytes() == before
    result = run("finish", job, "--feather", 4, "--overwrite")
    assert str(tmp_path / "mattes" / "ball.####.exr") in result.stdout.splitlines()
    assert "Plate read as sRGB (file kind)." in result.stderr
    assert path.read_bytes() != before
    run("finish", job, "--overwrite")
    assert path.read_bytes() == before, "without a clean-up it is the first matte again"


def test_where_the_name_has_a_version_the_next_one_is_made(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["mask", balls, "--prompt", "red ball", "--range", "1001-1002"]
    run(*words, "--out", tmp_path / "{shot}_{version}.####.exr")
    run("finish", "last", "--dilate", -1)
    run("finish", "last", "--dilate", -2)
    assert [path.name for path in sorted(tmp_path.glob("*.1001.exr"))] == [
        f"balls_v00{version}.1001.exr" for version in (1, 2, 3)
    ]
    areas = [float(alpha(tmp_path / f"balls_v00{version}.1001.exr").sum()) for version in (1, 2, 3)]
    assert areas[0] > areas[1] + 50 > areas[2] + 100


def test_another_format_lies_beside(run: Run, job: str, tmp_path: Path) -> None:
    run("finish", job, "--format", "png8,tiff32")
    names = {path.name for path in (tmp_path / "mattes").iterdir()}
    assert names >= {f"ball.100{number}.{suffix}" for number in (1, 2, 3) for suffix in ("exr", "png", "tif")}
    png = cv2.imread(str(tmp_path / "mattes" / "ball.1001.png"), cv2.IMREAD_UNCHANGED)
    assert png is not None
    exact = alpha(tmp_path / "mattes" / "ball.1001.exr")
    # The EXR may hold less than the canvas.
    assert np.isclose(png.sum() / 255, exact.sum(), rtol=1e-3)


def test_clean_up_that_was_is_not_carried_on_and_names_are(run: Run, job: str, tmp_path: Path) -> None:
    first = ["finish", job, "--dilate", 2, "--garbage", "0,0,9,9", "--name", "1=été", "--out", tmp_path / "a.####.exr"]
    of = events_of(run(*first, "--json").stdout)[-1]["job_id"]
    run("finish", of, "--out", tmp_path / "b.####.exr")
    request = json.loads((tmp_path / "b.mattewire.json").read_text())["request"]
    assert (request["clean_up"], request["shapes"]) == ([], [])
    assert request["names"] == [{"object": 1, "name": "été"}]
    assert (tmp_path / "b.1001.exr").read_bytes() == (tmp_path / "mattes" / "ball.1001.exr").read_bytes()


def test_the_job_may_be_named_by_its_beginning(run: Run, job: str, tmp_path: Path) -> None:
    run("finish", job[:10], "--out", tmp_path / "a.####.exr")
    assert (tmp_path / "a.1003.exr").exists()
    told = run("finish", "", "--out", tmp_path / "b.####.exr", code=1).stderr
    assert "jobs begin with ''." in told
    assert "Write more of the id." in told


def test_last_is_the_latest_job_whose_files_are_there(run: Run, job: str, tmp_path: Path) -> None:
    run("rerun", tmp_path / "mattes" / "ball.mattewire.json")  # its files are gone when it has compared them
    run("finish", "last", "--format", "png8")
    assert (tmp_path / "mattes" / "ball.1001.png").exists()


def test_jobs_that_are_not_there(run: Run, tmp_path: Path) -> None:
    for name, said in (
        ("nope!", "✗ JOB: No job begins with 'nope!'."),
        ("no-such-job", "There is no job no-such-job."),
    ):
        told = run("finish", name, "--out", tmp_path / "m.####.exr", code=1).stderr
        assert said in told
    error = events_of(run("finish", "nope!", "--json", code=1).stdout)[-1]["error"]
    assert (error["code"], error["field"]) == ("unknown_job", "JOB")


def test_a_job_that_failed_or_still_runs_has_nothing_to_finish(run: Run, balls: str, tmp_path: Path) -> None:
    words = ["mask", balls, "--prompt", "green ball", "--out", tmp_path / "g.####.exr", "--json"]
    failed = events_of(run(*words, code=1).stdout)[-1]["job_id"]
    told = run("finish", failed, "--out", tmp_path / "m.####.exr", code=1).stderr
    assert f"✗ JOB: Job {failed} is failed, so there is nothing to finish." in told
    assert "run `mattewire mask` again" in told


def test_a_shot_that_was_cleared_is_told_with_the_way_out(run: Run, job: str, tmp_path: Path) -> None:
    run("kept", "clear")
    told = run("finish", job, "--dilate", 1, "--out", tmp_path / "m.####.exr", code=1).stderr
    assert "✗ JOB: The tracked shot is no longer on this machine." in told
    assert "Run `mattewire mask` with the same words again: the shot is tracked anew." in told
    end = events_of(run("finish", job, "--out", tmp_path / "m.####.exr", "--json", code=1).stdout)[-1]
    assert (end["state"], end["error"]["code"]) == ("failed", "not_kept")
    assert not list(tmp_path.glob("m.*"))


def test_a_plate_that_was_replaced_is_not_finished(run: Run, balls: str, tmp_path: Path) -> None:
    plate = tmp_path / "plate"
    shutil.copytree(Path(balls).parent, plate)
    pattern = plate / Path(balls).name
    run("mask", pattern, "--prompt", "red ball", "--out", tmp_path / "m.####.exr")
    picture = cv2.imread(str(plate / "balls.1002.png"))
    assert cv2.imwrite(str(plate / "balls.1002.png"), np.roll(picture, 7, axis=1))
    told = run("finish", "last", "--dilate", 1, "--overwrite", code=1).stderr
    assert "was replaced after it was tracked" in told
    assert "it is tracked anew" in told


def test_a_sidecar_that_is_gone(run: Run, job: str, tmp_path: Path) -> None:
    (tmp_path / "mattes" / "ball.mattewire.json").unlink()
    told = run("finish", job, "--dilate", 1, code=1).stderr
    assert "✗ --out: is needed: the job's sidecar" in told
    run("finish", job, "--out", tmp_path / "m.####.exr")
    names = json.loads((tmp_path / "m.mattewire.json").read_text())["objects"]
    assert [each["name"] for each in names] == ["hero"], "the job itself still knows the names"


def test_movies_from_a_kept_shot_tell_how_far_they_are(run: Run, job: str, tmp_path: Path) -> None:
    result = run("finish", job, "--format", "webm", code=1).stderr
    assert "✗ out[0].fps: A movie needs a frame rate" in result
    run("finish", job, "--out", f"{tmp_path}/m.webm,fps=24", "--out", f"{tmp_path}/cut.mov,content=cutout,fps=24")
    assert all((tmp_path / name).stat().st_size > 500 for name in ("m.webm", "cut.mov"))


def test_the_files_that_are_meant() -> None:
    request = MatteRequest(Plate("/p.#.exr"), [Deliverable("/m.####.exr", depth="float")], prompts=["x"])
    assert files_for(request, [], "") == request.out
    assert files_for(request, [], "png8") == [Deliverable("/m.####.png", "png8")]
    assert files_for(None, ["/n.####.exr"], "") == [Deliverable("/n.####.exr")]
    with pytest.raises(BadField) as caught:
        files_for(None, [], "png8")
    assert caught.value.field == "--out"


def test_the_names_that_stay() -> None:
    view = JobView("job-00001")
    view.apply(JobEvent("job-00001", 1, 1, "done", names=[ObjectName(2, "red ball"), ObjectName(1, "mug")]))
    request = MatteRequest(Plate("/p.#.exr"), [Deliverable("/m.####.exr")], prompts=["x"], names=[ObjectName(1, "a")])
    assert names_of(view, request) == [ObjectName(1, "a")]
    assert names_of(view, None) == [ObjectName(1, "mug"), ObjectName(2, "red ball")]
