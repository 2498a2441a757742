"""What a writer is given: who the objects of a shot are, and one frame of their mattes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..plates.model import PlateFrame, Window

Canvas = NDArray[np.float32]
"""One matte: float32 (canvas height, canvas width), coverage 0..1, exactly 0 outside and 1 inside."""


@dataclass(frozen=True)
class NamedObject:
    """An object of the shot. ``number``: 1 and up. ``name``: the artist's own, Unicode. ``layer``: the same, legal as
    a layer in Nuke and in a file name, different from every other object's (``finish.names``)."""

    number: int
    name: str
    layer: str


@dataclass(frozen=True)
class FrameMattes:
    """One frame, finished and ready to be written.

    ``frame``: the plate's number. ``data_window``: the plate frame's own, inside the canvas; outside it there is no
    plate and so no matte. ``whole``: all objects merged. ``objects``: object number to matte, of the objects in sight.
    ``plate``: given when any writer ``needs_plate``. ``timecode``: the plate frame's, two words as ``PlateFrame`` has
    them, for every kind of file. ``z``: distances from the camera, float32 (canvas height, canvas width), larger is
    farther; given when any writer ``needs_z``.
    """

    frame: int
    data_window: Window
    whole: Canvas
    objects: Mapping[int, Canvas] = field(default_factory=dict)
    plate: PlateFrame | None = None
    timecode: tuple[int, int] | None = None
    z: Canvas | None = None
