"""``mattewire contact-sheet``: plate, matte, and matte over a checkerboard, side by side in one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from mattewire_protocol.errors import FrameMissing

from ..demo.contact_sheet import contact_sheet, pick_frames
from ..demo.measure import read_matte
from ..patterns import parse_pattern, parse_range
from ..plates import open_plate
from . import wanted
from .show import told_plainly


def register(app: typer.Typer) -> None:
    app.command("contact-sheet")(sheet)


def sheet(
    plate: Annotated[str, typer.Argument(help="The plate the mattes were made from.")],
    mattes: Annotated[str, typer.Argument(help="The mattes: folder/name.####.exr")],
    out: Annotated[Path, typer.Option(help="The picture to write, .jpg or .png.")] = Path("contact_sheet.jpg"),
    frames: Annotated[str, typer.Option("--range", help="First and last frame. Default: the mattes on disk.")] = "",
    count: Annotated[int, typer.Option(help="How many frames to show.", min=1, max=60)] = 12,
    title: Annotated[str, typer.Option(help="A line above the pictures.")] = "",
    view: wanted.View = "",
    colorspace: wanted.Colorspace = "",
) -> None:
    """Lay mattes out beside their plate, to look at rather than read about."""
    with told_plainly():
        pattern = parse_pattern(wanted.path_of(mattes), "mattes")
        there = set(pattern.frames_on_disk())
        if not there:
            raise FrameMissing(f"There are no mattes at {pattern.text}.", field="mattes", advice="Check the name.")
        first, last = parse_range(frames, "--range") if frames else (min(there), max(there))

        def matte(frame: int) -> NDArray[np.float32] | None:
            return read_matte(pattern.path(frame), frame) if frame in there else None

        opened = open_plate(wanted.path_of(plate), colorspace=colorspace, view=view)
        try:
            print(contact_sheet(opened, matte, pick_frames(first, last, count), out.expanduser(), title=title))
        finally:
            opened.close()
