"""From the plate layer through the real daemon back above the layer: the matte under every comp time is the one of the
source frame that is shown there. Frame numbers are read off the pixels of the composited picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from e2e.house import finish, submit
from hosts.aftereffects.client_rig import Program, own_node
from mattewire_protocol import Client, Deliverable, JobView, MatteRequest, Plate

WIDTH, HEIGHT, BITS, RADIUS = 96, 54, 16, 8.0
FIRST, LAST = 1001, 1024
FROM, STEP = 14.5, 2.75
RATES = (23.976, 25.0, 29.97, 60.0)
READING = {"first": FIRST, "from": FROM, "step": STEP, "bits": BITS}


def layers(frame: float) -> dict[str, dict[str, Any]]:
    """Layers as artists leave them; ``frame``: seconds of one comp frame."""
    return {
        "offset": {"layer": {"startTime": 5 * frame}},
        "trimmed": {"layer": {"startTime": -2 * frame, "inPoint": 4 * frame, "outPoint": 15 * frame}},
        "stretched": {"layer": {"stretch": 150, "startTime": 2 * frame}},
        "backward": {"layer": {"stretch": -100, "startTime": 20 * frame}},
        "pre-roll": {"layer": {"startTime": -6 * frame}, "comp": {"displayStartFrame": -12}},
    }


CASES = [pytest.param(rate, name, id=f"{name} at {rate:g}") for rate in RATES for name in layers(1.0)]


def write_plate(folder: Path) -> str:
    """A red ball on gray as 8-bit PNG, sRGB; its pattern. The lowest rows hold the frame number, lowest bit left."""
    folder.mkdir()
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    for frame in range(FIRST, LAST + 1):
        part = np.clip(RADIUS + 0.5 - np.hypot(xs - FROM - STEP * (frame - FIRST), ys - 22.5), 0, 1)[..., None]
        picture = np.array((110, 110, 110)) * (1 - part) + np.array((20, 20, 210)) * part
        for bit in range(BITS):
            picture[-6:, bit * 6 : bit * 6 + 6] = 255 * (frame >> bit & 1)
        assert cv2.imwrite(str(folder / f"founder.{frame}.png"), np.round(picture).astype(np.uint8))
    return str(folder / "founder.####.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ae")


@pytest.fixture(scope="module")
def plate(folder: Path) -> str:
    return write_plate(folder / "my plate")


@pytest.fixture(scope="module")
def host() -> Iterator[Program]:
    with Program(own_node(), "host_program.mjs") as program:
        yield program


def ask(host: Program, name: str, question: Any) -> Any:
    host.tell([name, question])
    return host.hear()


def pull(client: Client, look: dict[str, Any], out: Deliverable, choice: str = "layer") -> JobView:
    """Pulls the mattes of what the layer shows, as the panel does."""
    shown = look["ranges"][choice]["plate"]
    wanted = MatteRequest(
        Plate(look["plate"]["path"]), [out], shown["first"], shown["last"], prompts=["red ball"], engine="preview"
    )
    view = finish(client, submit(client, wanted))
    assert view.state == "done", view.line()
    return view


def job(view: JobView, path: str, first: int, last: int) -> dict[str, Any]:
    return {
        "job_id": view.job_id, "path": path, "first": first, "last": last,
        "label": "red ball", "version": "v001", "ticket": "{}",
    }  # fmt: skip


def check_numbers(host: Program, rate: float, frames: list[int], first: int, last: int) -> int:
    """How many comp frames show the plate, each of them through the matte of the frame that it shows."""
    seen = ask(host, "numbers", {"frames": frames, "fps": rate, **READING})
    shown = 0
    for k, numbers in zip(frames, seen, strict=True):
        if numbers["plate"] is None or not first <= numbers["plate"] <= last:
            assert numbers["matte"] is None, f"comp frame {k}: {numbers}"
            continue
        shown += 1
        assert numbers["matte"] == numbers["plate"], f"comp frame {k}: {numbers}"
        assert numbers["off"] < 0.2, f"comp frame {k}: {numbers}"
    return shown


@pytest.mark.parametrize(("rate", "name"), CASES)
def test_the_matte_under_every_comp_time_is_that_of_the_frame_shown(
    client: Client, host: Program, plate: str, folder: Path, rate: float, name: str
) -> None:
    frame = 1 / rate
    size = {"width": WIDTH, "height": HEIGHT}
    scene = {"plate": plate, "first": FIRST, "fps": rate, "seconds": 32 * frame, **size, **layers(frame)[name]}
    look = ask(host, "scene", scene)["look"]
    pattern = str(folder / f"{name} {rate:g}" / "matte.####.png")
    view = pull(client, look, Deliverable(pattern, format="png8", channels="RGBA"))
    shown = look["ranges"]["layer"]["plate"]
    placed = ask(host, "place", job(view, pattern, shown["first"], shown["last"]))
    assert placed["linked"]
    assert placed["frames"] == look["layer"]["frames"]
    count = look["layer"]["frames"]["last"] - look["layer"]["frames"]["first"] + 1
    assert check_numbers(host, rate, list(range(32)), FIRST, LAST) == count >= 11


def test_a_work_area_of_a_plate_with_another_rate_as_half_float_exr(
    client: Client, host: Program, plate: str, folder: Path
) -> None:
    scene = {
        "plate": plate, "first": FIRST, "fps": 29.97, "plateFps": 23.976, "seconds": 1,
        "width": WIDTH, "height": HEIGHT,
        "comp": {"workAreaStart": 5 / 29.97, "workAreaDuration": 7 / 29.97},
    }  # fmt: skip
    look = ask(host, "scene", scene)["look"]
    pattern = str(folder / "exr" / "matte.####.exr")
    view = pull(client, look, Deliverable(pattern, channels="RGBA"), "work_area")
    shown = look["ranges"]["work_area"]["plate"]
    placed = ask(host, "place", job(view, pattern, shown["first"], shown["last"]))
    assert placed["straight"], "After Effects takes EXR for premultiplied until it is told"
    work = look["comp"]["work_area"]
    assert placed["frames"]["first"] <= work["first"]
    assert placed["frames"]["last"] >= work["last"]
    frames = list(range(work["first"], work["last"] + 1))
    assert check_numbers(host, 29.97, frames, shown["first"], shown["last"]) == len(frames)


def test_a_movie_in_prores_4444(client: Client, host: Program, plate: str, folder: Path) -> None:
    scene = {"plate": plate, "first": FIRST, "fps": 25, "seconds": 1, "width": WIDTH, "height": HEIGHT}
    look = ask(host, "scene", {**scene, "layer": {"startTime": 0.08, "inPoint": 0.24, "outPoint": 0.72}})["look"]
    path = str(folder / "movie" / "matte.mov")
    view = pull(client, look, Deliverable(path, format="prores4444", fps=25))
    shown = look["ranges"]["layer"]["plate"]
    assert shown == {"first": FIRST + 4, "last": FIRST + 15}
    ask(host, "place", job(view, path, shown["first"], shown["last"]))
    assert check_numbers(host, 25, list(range(25)), shown["first"], shown["last"]) == 12


def test_mattes_that_were_pulled_again_are_placed_by_update(
    client: Client, host: Program, plate: str, folder: Path
) -> None:
    scene = {"plate": plate, "first": FIRST, "fps": 25, "seconds": 1, "width": WIDTH, "height": HEIGHT}
    look = ask(host, "scene", scene)["look"]
    first = str(folder / "v001" / "matte.####.png")
    view = pull(client, look, Deliverable(first, format="png8", channels="RGBA"))
    placed = ask(host, "place", job(view, first, FIRST, LAST))
    second = str(folder / "v002" / "matte.####.png")
    again = pull(client, look, Deliverable(second, format="png8", channels="RGBA"))
    updated = ask(
        host,
        "ask",
        {"name": "update", "question": {**job(again, second, FIRST, LAST), "layer_id": 0, "was": view.job_id}},
    )
    assert (updated["layer_id"], updated["item_id"]) == (placed["layer_id"], placed["item_id"])
    [found] = ask(host, "ask", {"name": "find", "question": {}})
    assert (found["job_id"], found["path"]) == (again.job_id, second.replace("####", str(FIRST)))
    assert check_numbers(host, 25, list(range(25)), FIRST, LAST) == 24
