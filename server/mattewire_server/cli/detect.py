"""``mattewire detect``: what would these words find on this frame?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from rich.table import Table

from mattewire_protocol import Client, Plate, Search, codec
from mattewire_protocol.errors import BadField, InternalError
from mattewire_protocol.messages import Detected

from ..durable import make_writable_folder, whole_file, write_bytes
from . import wanted
from .show import screen, told_plainly

PREVIEW_EDGE = 1280
PICTURES = (".png", ".jpg", ".jpeg")
COLORS = ((80, 220, 80), (80, 170, 250), (240, 180, 70), (200, 120, 240), (90, 230, 230), (160, 160, 250))
"""Box colors, BGR, one per object in turn; readable on bright and dark plates."""


def register(app: typer.Typer) -> None:
    app.command("detect")(detect)


def detect(
    plate: Annotated[str, typer.Argument(help="A sequence or a movie.")],
    frame: Annotated[int, typer.Option(help="The frame to look at.")],
    prompt: Annotated[list[str], typer.Option(help="What to look for. May be repeated.")],
    exclude: Annotated[list[str] | None, typer.Option(help="What to leave out. May be repeated.")] = None,
    preview: Annotated[Path | None, typer.Option(help="Write the frame with its boxes to this picture.")] = None,
    engine: Annotated[str, typer.Option(help="The preset of models.")] = "preview",
    detector: Annotated[str, typer.Option(help="Another engine's detector.")] = "",
    view: wanted.View = "",
    colorspace: wanted.Colorspace = "",
    ocio: wanted.Ocio = "",
    exposure: wanted.Exposure = None,
    box_threshold: Annotated[float | None, typer.Option(help="Weakest detection kept, 0 to 1.")] = None,
    text_threshold: Annotated[float | None, typer.Option(help="Weakest match of a word, 0 to 1.")] = None,
    max_objects: Annotated[int, typer.Option(help="Most objects to find.")] = 16,
    detect_long_edge: Annotated[int, typer.Option(help="Long edge the detector sees, pixels; 0: its own.")] = 0,
    refine_below: Annotated[float | None, typer.Option(help="Score under which a match is looked at closer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The result as one line of JSON.")] = False,
) -> None:
    """Show what a prompt finds on one frame, numbered as --pick takes them, before any tracking."""
    with told_plainly(as_json):
        if preview is not None and preview.suffix.lower() not in PICTURES:
            raise BadField(f"{preview} is neither .png nor .jpg.", field="--preview", advice="End it in .png or .jpg.")
        search = Search(
            Plate(wanted.path_of(plate), colorspace, view, exposure),
            frame,
            prompt,
            exclude or [],
            engine,
            detector,
            box_threshold,
            text_threshold,
            max_objects,
            PREVIEW_EDGE if preview else 0,
            wanted.config_of(ocio),
            detect_long_edge,
            refine_below,
        )
        with Client(start=True, name="mattewire detect") as client:
            found, picture = client.detect(search)
        if preview:
            draw(found, picture, preview)
        if as_json:
            print(json.dumps({"event": "detected", **codec.to_wire(found)}))
        else:
            _table(found)


def draw(found: Detected, jpeg: bytes, path: Path) -> None:
    """Writes the preview picture with every box, its number, phrase and score; the picked ones drawn thick."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None  # the daemon has just encoded it
    for item in found.objects:
        color = COLORS[(item.object - 1) % len(COLORS)]
        x0, y0, x1, y1 = (round(edge * found.preview_scale) for edge in (item.x0, item.y0, item.x1, item.y1))
        cv2.rectangle(picture, (x0, y0), (x1, y1), color, 3 if item.picked else 1, cv2.LINE_AA)
        label = f"{item.object}  {item.phrase}  {item.score:.2f}"
        (width, height), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
        top = max(y0 - height - 10, 0)
        cv2.rectangle(picture, (x0, top), (x0 + width + 8, top + height + 8), color, cv2.FILLED)
        cv2.putText(
            picture, label, (x0 + 4, top + height + 3), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 1, cv2.LINE_AA
        )
    fine, packed = cv2.imencode(path.suffix, picture)
    if not fine:
        raise InternalError(f"OpenCV could not make {path.name}.", field="--preview")
    path = path.expanduser().absolute()
    make_writable_folder(str(path.parent), token="preview", subject="The preview", field="--preview")
    with whole_file(str(path), token="preview", subject="The preview", field="--preview") as temporary:
        write_bytes(temporary, packed.tobytes())


def _table(found: Detected) -> None:
    if not found.objects:
        screen.print(f"Nothing on frame {found.frame} matches. Try another frame or other words, or use --box.")
        return
    table = Table("object", "phrase", "score", "box (x0, y0, x1, y1)", "picked", box=None)
    for item in found.objects:
        corners = ", ".join(f"{edge:.0f}" for edge in (item.x0, item.y0, item.x1, item.y1))
        table.add_row(str(item.object), item.phrase, f"{item.score:.2f}", corners, "yes" if item.picked else "")
    screen.print(table)
    screen.print(f"Plate {found.width} x {found.height}, read as {found.colorspace}; engine {found.engine}.")
