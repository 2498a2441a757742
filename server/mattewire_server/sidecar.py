"""The two JSON files beside every sequence: how it was made, and where each object is.

``<stem>.mattewire.json`` holds what a rerun or a supervisor needs: the request, the plate, the engine, versions and
each frame's score. ``<stem>.boxes.json`` holds boxes for tools that want no pixels. Like the mattes, both come out
the same on a rerun: no time, job id, attempt or machine is in them.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any

from mattewire_protocol.codec import to_wire
from mattewire_protocol.errors import InternalError
from mattewire_protocol.messages import FrameEvent
from mattewire_protocol.request import MatteRequest

from .durable import remove_stale, whole_file, write_bytes
from .plates.model import PlateInfo, Window

SIDECAR_SCHEMA = "mattewire.sidecar.1"
BOXES_SCHEMA = "mattewire.boxes.1"

_PACKAGES = ("mattewire", "numpy", "OpenImageIO", "opencv-python-headless", "av")
_DIGITS = 6

_HOW_TO_RUN = ("overwrite", "priority", "reuse", "finish_of")
"""Fields that say how to run a job and not what to make: a rerun over its own files must be allowed to overwrite."""


def write_json_atomic(path: str, data: Mapping[str, Any], *, token: str = "", field: str = "") -> None:
    """Writes ``data`` whole or not at all: keys sorted, 2 spaces, UTF-8, a newline at the end.

    ``token`` (a job id): what a killed run with the same token left of this file is removed.
    ``InternalError`` for what JSON has no word for (NaN, infinities); ``NotWritable``, ``DiskFull``.
    """
    try:
        text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as fault:
        raise InternalError(f"{path} cannot be written as JSON: {fault}.") from fault
    folder, name = os.path.split(path)
    with whole_file(path, token=token or "json", subject="The sidecar", field=field) as temporary:
        if token:
            remove_stale(folder or ".", token, name)
        # A file name that is not UTF-8 arrives as lone surrogates; "?" keeps the file readable for everyone else.
        write_bytes(temporary, (text + "\n").encode("utf-8", "replace"))


def sidecar(
    request: MatteRequest,
    *,
    plate: PlateInfo,
    colorspace: str,
    engine: Mapping[str, str],
    frames: Iterable[FrameEvent],
    exposure: float = 0.0,
    objects: Iterable[tuple[int, str, str]] = (),
    outputs: Iterable[Mapping[str, Any]] = (),
    version: int = 0,
    dtype: str = "float32",
    seed: int = 0,
    scores: Mapping[int, Mapping[int, float]] | None = None,
    worst: Iterable[int] = (),
) -> dict[str, Any]:
    """``<stem>.mattewire.json`` as a tree for ``write_json_atomic``.

    ``request`` is kept in its wire form, without the fields that only say how to run it, which change no matte.
    ``colorspace``: what the plate was read as; ``exposure``: stops that the models saw it brighter by. ``objects``:
    number, name and layer of each. ``outputs``: of each sequence and movie its place among the request's deliverables,
    its file name and object. ``version``: what ``{version}`` stood for, 0 for nothing. ``engine``: name, label and
    provenance (models, weights hashes); its dtype and seed, where it has them, are the sidecar's.
    ``frames``: one event for each frame, any order; the last one of a frame counts. Of an event only ``frame``,
    ``state``, ``score``, ``flags`` and ``why`` are kept: the rest differs from run to run. ``scores``: by frame, each
    object's own. ``worst``: frames, the one most worth a look first.
    """
    return {
        "schema": SIDECAR_SCHEMA,
        "request": {name: value for name, value in to_wire(request).items() if name not in _HOW_TO_RUN},
        "plate": {
            "path": plate.path,
            "kind": plate.kind,
            "view": plate.view,
            "first": plate.first,
            "last": plate.last,
            "missing": list(plate.missing),
            "display_window": _window(plate.display),
            "canvas": _window(plate.canvas),
            "pixel_aspect": plate.pixel_aspect,
            "fps": plate.fps,
            "identity": plate.identity,
        },
        "colorspace": {"name": colorspace, "from": plate.colorspace_from, "exposure": exposure},
        "objects": [{"object": number, "name": name, "layer": layer} for number, name, layer in objects],
        "outputs": [dict(each) for each in outputs],
        "version": version,
        "engine": dict(engine),
        "versions": versions(),
        "dtype": engine.get("dtype", dtype),
        "seed": int(engine["seed"]) if engine.get("seed", "").isdecimal() else seed,
        "frames": [
            {
                "frame": event.frame,
                "state": event.state,
                "score": _rounded(event.score),
                "flags": list(event.flags),
                "why": list(event.why),
                "objects": {
                    str(number): _rounded(score) for number, score in (scores or {}).get(event.frame, {}).items()
                },
            }
            for event in _in_order(frames)
        ],
        "worst": list(worst),
    }


def boxes_document(request: MatteRequest, *, plate: PlateInfo, frames: Iterable[FrameEvent]) -> dict[str, Any]:
    """``<stem>.boxes.json`` as a tree: for each frame, each object in sight with its box, label and score.

    ``box`` is x0, y0, x1, y1 in continuous plate pixels: origin at the display window's top left, y down, pixel
    (0, 0) covers [0, 1) x [0, 1), pixel aspect not applied. A frame where nothing is in sight has no objects.
    """
    return {
        "schema": BOXES_SCHEMA,
        "plate": plate.path,
        "width": plate.display.width,
        "height": plate.display.height,
        "pixel_aspect": plate.pixel_aspect,
        "prompts": list(request.prompts),
        "frames": [
            {
                "frame": event.frame,
                "objects": [
                    {
                        "object": found.object,
                        "label": found.phrase,
                        "score": _rounded(found.score),
                        "box": [_rounded(edge) for edge in (found.x0, found.y0, found.x1, found.y1)],
                    }
                    for found in sorted(event.objects, key=lambda found: found.object)
                ],
            }
            for event in _in_order(frames)
        ],
    }


def versions() -> dict[str, str]:
    """Versions of what makes the pixels; a package that is not installed under its usual name is left out."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _in_order(frames: Iterable[FrameEvent]) -> list[FrameEvent]:
    latest = {event.frame: event for event in frames}
    return [latest[frame] for frame in sorted(latest)]


def _rounded(value: float) -> float:
    """Six decimals: below a millionth of a pixel there is only noise of the last bit."""
    return round(float(value), _DIGITS)


def _window(window: Window) -> list[int]:
    return [window.x0, window.y0, window.x1, window.y1]
