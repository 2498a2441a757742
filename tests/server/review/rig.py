"""A small shot with exact mattes, delivered in any kind of file by the product's own writers, and its sidecar."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.deliver import MOVIES, Deliverable
from mattewire_protocol.messages import FrameEvent
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server.finish.alpha import merge
from mattewire_server.finish.movies import MovieWriter
from mattewire_server.mattes import FrameMattes, MatteWriter, NamedObject
from mattewire_server.plates import open_plate
from mattewire_server.review import MadeFile, Shot, shot_of
from mattewire_server.sidecar import sidecar

WIDTH, HEIGHT, FIRST, LAST = 96, 54, 1001, 1006
HOSTILE = "blue </script><b>box"
"""A name that must come through as text."""
OBJECTS = [NamedObject(1, "red ball", "red_ball"), NamedObject(2, HOSTILE, "blue_box")]

Raster = NDArray[np.float32]


def mattes_of(frame: int) -> dict[int, Raster]:
    """A disc with a soft edge that moves, and a box that rests; they never meet."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32) + np.float32(0.5)
    away = np.hypot(x - 20 - 3 * (frame - FIRST), y - 18)
    disc = np.clip((12 - away) / 4 + 0.5, 0, 1).astype(np.float32)
    box = np.zeros((HEIGHT, WIDTH), np.float32)
    box[38:50, 60:90] = 1
    box[37, 60:90] = 0.5
    return {1: disc, 2: box}


def whole_of(frame: int) -> Raster:
    return merge(list(mattes_of(frame).values()), WIDTH, HEIGHT)


def write_plate(folder: Path, frames: Iterable[int] = range(FIRST, LAST + 1)) -> str:
    """``shot.####.png``: green ground, a red disc and a blue box where the mattes are; its pattern."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frames:
        picture = np.full((HEIGHT, WIDTH, 3), (60, 110, 60), np.float32)
        for number, color in ((1, (40, 40, 220)), (2, (210, 60, 40))):
            matte = mattes_of(frame)[number][..., None]
            picture = picture * (1 - matte) + np.float32(color) * matte
        assert cv2.imwrite(str(folder / f"shot.{frame}.png"), np.rint(picture).astype(np.uint8))
    return str(folder / "shot.####.png")


def deliver(
    folder: Path, plate: str, name: str, objects: Sequence[NamedObject] = tuple(OBJECTS), **wanted: Any
) -> MadeFile:
    """Writes every frame's mattes as ``wanted`` (fields of a deliverable) to ``folder/name``."""
    made = Deliverable(str(folder / name), **wanted)
    opened = open_plate(plate)
    try:
        if made.format in MOVIES:
            _write_movie(made)
        else:
            writer = MatteWriter(made, plate=opened.info, provenance={}, token="job-00001", objects=objects)
            for frame in range(FIRST, LAST + 1):
                mattes = {number: matte for number, matte in mattes_of(frame).items() if number <= len(objects)}
                whole = merge(list(mattes.values()), WIDTH, HEIGHT)
                read = opened.read(frame)
                writer.write(FrameMattes(frame, read.data_window, whole, mattes, plate=read))
    finally:
        opened.close()
    return MadeFile(made, made.object, made.path)


def _write_movie(made: Deliverable) -> None:
    with MovieWriter(
        made.path, format=made.format, width=WIDTH, height=HEIGHT, fps=Fraction(24), provenance={}, token="job-00001"
    ) as movie:
        for frame in range(FIRST, LAST + 1):
            alpha = mattes_of(frame)[made.object] if made.object else whole_of(frame)
            movie.add(np.ones((HEIGHT, WIDTH, 3), np.float32), alpha)


def event(frame: int, **changes: Any) -> FrameEvent:
    facts: dict[str, Any] = {"job_id": "job-00001", "seq": 1, "attempt": 1, "frame": frame, "state": "done"}
    return FrameEvent(**{**facts, "score": 0.9, **changes})


def tree_of(
    plate: str,
    files: Sequence[MadeFile],
    events: Iterable[FrameEvent] = (),
    objects: Sequence[NamedObject] = tuple(OBJECTS),
    **changes: Any,
) -> tuple[dict[str, Any], MatteRequest]:
    """The sidecar of a job that delivered ``files``, by the product's own hand, and its request."""
    facts: dict[str, Any] = {"prompts": ["red ball", "</script>"], **changes}
    request = MatteRequest(Plate(plate), [each.deliverable for each in files], **facts)
    opened = open_plate(plate)
    opened.close()
    told = {each: event(each) for each in range(FIRST, LAST + 1)} | {each.frame: each for each in events}
    tree = sidecar(
        request,
        plate=opened.info,
        colorspace=opened.info.colorspace,
        engine={"name": "preview", "label": "Preview (color and motion, no model)", "opencv": "5"},
        frames=told.values(),
        objects=[(one.number, one.name, one.layer) for one in objects],
        outputs=[{"deliverable": place, "name": Path(each.path).name, "object": each.object}
                 for place, each in enumerate(files)],
    )  # fmt: skip
    return tree, request


def shot(plate: str, files: Sequence[MadeFile], events: Iterable[FrameEvent] = (), **changes: Any) -> Shot:
    tree, request = tree_of(plate, files, events, **changes)
    return shot_of(tree, request)


def block(page: str, name: str) -> bytes:
    """The bytes of one of a page's pictures; nothing where it has none."""
    found = re.search(rf'<script type="text/plain" id="{re.escape(name)}">([^<]*)</script>', page)
    return base64.b64decode(found[1]) if found else b""


def facts_in(page: str) -> dict[str, Any]:
    """What a page's script shows."""
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    facts: dict[str, Any] = json.loads(found[1])
    return facts


def decoded(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
