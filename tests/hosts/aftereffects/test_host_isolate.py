"""Isolates and mask paths with mattes of the real daemon: pictures of the comp against the files."""

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

WIDTH, HEIGHT = 320, 180
FIRST, LAST = 1001, 1016
FPS = 25


def ring(frame: int) -> np.ndarray:
    """Coverage of a ring that moves on a curve, grows, and has a hole that moves inside it."""
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    part = (frame - FIRST) / (LAST - FIRST)
    x, y = 80 + 150 * part, 90 + 25 * np.sin(3 * part)
    outer = np.clip(42 + 14 * part + 0.5 - np.hypot(xs - x, ys - y), 0, 1)
    return outer * (1 - np.clip(18.5 - np.hypot(xs - x - 8 * np.cos(4 * part), ys - y), 0, 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("isolate")


@pytest.fixture(scope="module")
def plate(folder: Path) -> str:
    (folder / "plate").mkdir()
    for frame in range(FIRST, LAST + 1):
        part = ring(frame)[..., None]
        picture = np.array((110, 110, 110)) * (1 - part) + np.array((20, 20, 210)) * part
        assert cv2.imwrite(str(folder / "plate" / f"ring.{frame}.png"), np.round(picture).astype(np.uint8))
    return str(folder / "plate" / "ring.####.png")


@pytest.fixture(scope="module")
def mattes(client: Client, plate: str, folder: Path) -> JobView:
    """Mattes for After Effects and the splines of the same job."""
    out = [
        Deliverable(str(folder / "mattes" / "ring.####.png"), format="png8", channels="RGBA"),
        Deliverable(str(folder / "mattes" / "ring.splines.json"), format="splines"),
    ]
    request = MatteRequest(Plate(plate), out, FIRST, LAST, keyframe=1005, prompts=["red ball"], engine="preview")
    view = finish(client, submit(client, request))
    assert view.state == "done", view.line()
    return view


@pytest.fixture(scope="module")
def host() -> Iterator[Program]:
    with Program(own_node(), "isolate_program.mjs") as program:
        yield program


def ask(host: Program, name: str, question: Any) -> Any:
    host.tell([name, question])
    return host.hear()


def scene(host: Program, plate: str, **settings: Any) -> Any:
    base = {"plate": plate, "first": FIRST, "fps": FPS, "seconds": 16 / FPS, "width": WIDTH, "height": HEIGHT}
    return ask(host, "scene", {**base, **settings})


def matte(folder: Path, frame: int) -> np.ndarray:
    picture = cv2.imread(str(folder / "mattes" / f"ring.{frame}.png"), cv2.IMREAD_UNCHANGED)
    return picture[..., 3].astype(np.float32) / 255


def draw(host: Program, folder: Path, times: list[float]) -> tuple[list[int | None], np.ndarray]:
    """The plate frame that each time shows, and the pictures: float RGBA, straight."""
    path = folder / "drawn.raw"
    frames = ask(host, "draw", {"path": str(path), "times": times})
    return frames, np.fromfile(path, "<f4").reshape(len(times), HEIGHT, WIDTH, 4)


LAYERS: dict[str, dict[str, Any]] = {
    "as it came": {},
    "trimmed and offset": {"layer": {"startTime": -2 / FPS, "inPoint": 1 / FPS, "outPoint": 11 / FPS}},
    "backward": {"layer": {"stretch": -100, "startTime": 16 / FPS}},
    "stretched": {"layer": {"stretch": 175}, "seconds": 28 / FPS},
    "23.976 in 60": {"fps": 60, "plateFps": 23.976, "seconds": 40 / 60},
}


@pytest.mark.parametrize("on", ["plate", "copy"])
@pytest.mark.parametrize("name", LAYERS)
def test_mask_paths_are_the_mattes_on_every_frame(
    host: Program, mattes: JobView, plate: str, folder: Path, name: str, on: str
) -> None:
    settings = LAYERS[name]
    scene(host, plate, **settings)
    made = ask(host, "masks", {"path": str(folder / "mattes" / "ring.splines.json"), "on": on})
    assert made["masks"] >= 2, "the ring and its hole"
    if on == "copy":
        ask(host, "run", {"script": "layer.enabled = false;"})
    fps = settings.get("fps", FPS)
    times = [k / fps for k in range(round(settings.get("seconds", 16 / FPS) * fps))]
    frames, pictures = draw(host, folder, times)
    assert sum(frame is not None for frame in frames) >= 10
    for frame, picture in zip(frames, pictures, strict=True):
        inside = picture[..., 3] > 0.5
        if frame is None:
            assert not inside.any()
            continue
        wanted = matte(folder, frame) > 0.5
        assert wanted.sum() > 3000
        overlap = (inside & wanted).sum() / (inside | wanted).sum()
        assert overlap >= 0.98, f"{name}, plate frame {frame}: {overlap:.4f}"


def test_the_masks_have_fewer_keys_than_frames(host: Program, mattes: JobView, plate: str, folder: Path) -> None:
    scene(host, plate)
    made = ask(host, "masks", {"path": str(folder / "mattes" / "ring.splines.json"), "on": "plate"})
    assert made["keys"] < made["masks"] * 16


def test_captions_behind_the_subject_with_the_daemons_mattes(
    host: Program, mattes: JobView, plate: str, folder: Path
) -> None:
    caption = """var caption = comp.layers.addText("ON AIR");
      var text = caption.property("ADBE Text Properties").property(1), words = text.value;
      words.fontSize = 60; words.fillColor = [0, 0.4, 1]; text.setValue(words); caption.selected = false;
      caption.property("ADBE Transform Group").property("ADBE Position").setValue([60, 110]);"""
    scene(host, plate, more=caption)
    times = [k / FPS for k in range(16)]
    _, before = draw(host, folder, times)
    ask(host, "run", {"script": "comp.layer(1).enabled = false;"})
    _, bare = draw(host, folder, times)
    ask(host, "undo", {})
    job = {
        "job_id": mattes.job_id, "path": str(folder / "mattes" / "ring.####.png"), "first": FIRST, "last": LAST,
        "label": "ring", "version": "", "ticket": "{}", "kind": "caption",
    }  # fmt: skip
    made = ask(host, "ask", {"name": "isolate", "question": job})
    assert made["captions"] == ["ON AIR"]
    frames, after = draw(host, folder, times)
    assert frames == list(range(FIRST, LAST + 1))
    for frame, one, two, three in zip(frames, before, bare, after, strict=True):
        assert frame is not None
        part = matte(folder, frame)[..., None]
        assert np.abs(three - (two * part + one * (1 - part))).max() <= 1 / 255
        assert np.abs(three - one).max() > 0.5, "something of the caption is hidden"
    ask(host, "undo", {})
    _, again = draw(host, folder, times)
    assert np.array_equal(again, before)
