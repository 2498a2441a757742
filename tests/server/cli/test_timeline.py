"""``mattewire timeline`` on a job of the preview engine, through a real daemon."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import cv2
import pytest

from mattewire_protocol import Deliverable
from mattewire_server.cli.timeline import _lies_in
from mattewire_server.timeline.shot import ALPHA, GRAY
from server.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("daemon_home")


@pytest.fixture
def job(run: Run, balls: str, tmp_path: Path) -> Path:
    """The folder of a job that wrote EXR and PNG for frames 1002-1004 of six."""
    words = ["mask", balls, "--prompt", "red ball", "--range", "1002-1004", "--format", "exr,png8"]
    run(*words, "--out", tmp_path / "mattes" / "ball.####.exr")
    return tmp_path / "mattes"


@pytest.fixture
def proxy(tmp_path: Path, balls: str) -> str:
    """A small PNG for each frame of the plate."""
    (tmp_path / "proxy").mkdir()
    for frame in range(1001, 1007):
        assert cv2.imwrite(str(tmp_path / "proxy" / f"p.{frame}.png"), cv2.UMat(36, 64, cv2.CV_8UC3).get())
    return str(tmp_path / "proxy" / "p.####.png")


def clips(path: Path) -> list[dict[str, object]]:
    tree = json.loads(path.read_text())
    return [track["children"][0] for track in tree["tracks"]["children"]]


def test_otio_of_a_sidecar(run: Run, job: Path, balls: str, tmp_path: Path) -> None:
    done = run("timeline", job / "ball.mattewire.json", "--otio", tmp_path / "a.otio", "--fps", 24)
    assert done.stdout.split() == [str(tmp_path / "a.otio")]
    plate, matte = (clip["media_references"]["DEFAULT_MEDIA"] for clip in clips(tmp_path / "a.otio"))  # type: ignore[index]
    assert plate["name"] == Path(balls).name
    assert (plate["start_frame"], plate["available_range"]["duration"]["value"]) == (1001, 6.0)
    assert (matte["target_url_base"], matte["name_suffix"]) == (f"{job}/", ".exr")
    assert (matte["start_frame"], matte["available_range"]["duration"]["value"]) == (1002, 3.0)
    assert json.loads((tmp_path / "a.otio").read_text())["metadata"]["mattewire"]["matte_in"] == ALPHA


def test_mlt_takes_the_png_and_the_proxy(run: Run, job: Path, proxy: str, tmp_path: Path) -> None:
    words = ["timeline", job / "ball.mattewire.json", "--mlt", tmp_path / "a.mlt", "--fps", 24, "--proxy", proxy]
    run(*words)
    root = ElementTree.parse(tmp_path / "a.mlt").getroot()
    told = {each.attrib["id"]: each.findtext("property[@name='resource']") for each in root.findall("producer")}
    cuts = {each.attrib["producer"]: (each.attrib["in"], each.attrib["out"]) for each in root.iter("entry")}
    assert (told["plate"], cuts["plate"]) == (f"{tmp_path}/proxy/p.%04d.png?begin=1001", ("1", "3"))
    assert (told["matte"], cuts["matte"]) == (f"{job}/ball.%04d.png?begin=1002", ("0", "2"))


def test_the_last_job_and_both_files(run: Run, job: Path, proxy: str, tmp_path: Path) -> None:
    both = ["--otio", tmp_path / "a.otio", "--mlt", tmp_path / "a.mlt"]
    run("timeline", "last", *both, "--fps", 23.976, "--proxy", proxy)
    assert clips(tmp_path / "a.otio")[0]["source_range"]["start_time"]["rate"] == 24000 / 1001  # type: ignore[index]
    profile = ElementTree.parse(tmp_path / "a.mlt").getroot().find("profile")
    assert profile is not None
    assert profile.attrib["frame_rate_den"] == "1001"


def test_a_folder_that_was_moved(run: Run, job: Path, tmp_path: Path) -> None:
    moved = shutil.move(job, tmp_path / "elsewhere")
    run("timeline", f"{moved}/ball.mattewire.json", "--otio", tmp_path / "a.otio", "--fps", 24)
    assert clips(tmp_path / "a.otio")[1]["media_references"]["DEFAULT_MEDIA"]["target_url_base"] == f"{moved}/"  # type: ignore[index]


def test_what_is_refused(run: Run, job: Path, proxy: str, tmp_path: Path) -> None:
    sidecar = job / "ball.mattewire.json"
    assert "--otio: is missing" in run("timeline", sidecar, code=1).stderr
    told = run("timeline", sidecar, "--otio", tmp_path / "a.otio", code=1).stderr
    assert "does not say how many frames a second" in told
    assert "--fps 24" in told
    Path(proxy.replace("####", "1004")).unlink()
    for frame in (1005, 1006):
        Path(proxy.replace("####", str(frame))).unlink()
    told = run("timeline", sidecar, "--mlt", tmp_path / "a.mlt", "--fps", 24, "--proxy", proxy, code=1).stderr
    assert "not all of 1002-1004" in told
    assert not (tmp_path / "a.mlt").exists()
    told = run("timeline", tmp_path / "no.mattewire.json", "--otio", tmp_path / "a.otio", code=1).stderr
    assert "is no sidecar of a job" in told
    for path in job.glob("*.exr"):
        path.unlink()
    told = run("timeline", sidecar, "--otio", tmp_path / "a.otio", "--fps", 24, code=1).stderr
    assert "is not there" in told


def test_mattes_that_mlt_cannot_show(run: Run, balls: str, tmp_path: Path) -> None:
    run("mask", balls, "--prompt", "red ball", "--range", "1001", "--out", tmp_path / "ball.####.exr")
    words = ["timeline", tmp_path / "ball.mattewire.json", "--mlt", tmp_path / "a.mlt", "--fps", 24]
    told = run(*words, code=1).stderr
    assert "PNG, TIFF or a movie" in told
    assert "--format png8" in told


@pytest.mark.parametrize(
    ("made", "lies_in"),
    [
        (Deliverable("a.####.exr"), ALPHA),
        (Deliverable("a.####.exr", channels="RGB"), GRAY),
        (Deliverable("a.####.png", format="png8"), GRAY),
        (Deliverable("a.####.png", format="png8", channels="RGBA"), ALPHA),
        (Deliverable("a.####.png", format="png8", content="cutout"), ALPHA),
        (Deliverable("a.mov", format="prores4444"), ALPHA),
    ],
)
def test_where_a_matte_lies(made: Deliverable, lies_in: str) -> None:
    assert _lies_in(made) == lies_in
