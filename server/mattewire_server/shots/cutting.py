"""A garbage matte or holdout of the request, ready to be asked for any frame."""

from __future__ import annotations

import os
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.deliver import Shape
from mattewire_protocol.errors import FrameMissing

from ..finish.matte_file import read_matte
from ..finish.shapes import coverage_of
from ..patterns import has_counter, parse_pattern
from ..plates.model import PlateInfo

_HELD = 3  # objects of one frame ask for the same file one after another


class Cutter:
    """``shape`` on the canvas of ``plate``. Threads may share it. ``span``: the shot's frames, both included.

    ``field``: the shape's place in the request. Raises ``BadField`` or ``BadPattern`` for a shape that cannot be used,
    ``FrameMissing`` when its sequence lacks a frame that it holds on, ``PlateUnreadable`` or ``BadField`` when the
    first of them is damaged or of another size: now, and not after an hour of tracking.
    """

    def __init__(self, shape: Shape, plate: PlateInfo, span: tuple[int, int], field: str) -> None:
        self._shape, self._plate, self._field = shape, plate, field
        self._first = max(span[0], span[0] if shape.first is None else shape.first)
        self._last = min(span[1], span[1] if shape.last is None else shape.last)
        self._drawn: NDArray[np.float32] | None = None
        if shape.polygon:
            corners = [(vertex.x, vertex.y) for vertex in shape.polygon]
            self._drawn = coverage_of(corners, plate.canvas, f"{field}.polygon")
        else:
            self._refuse_missing()
        self._read = lru_cache(_HELD)(self._file)
        if shape.path and self._first <= self._last:
            self._read(self._first)  # of another size, or no matte at all

    def coverage(self, frame: int) -> NDArray[np.float32] | None:
        """What the shape covers on ``frame``: float32 canvas, 0..1; None where it does not hold.

        Raises ``PlateUnreadable`` or ``BadField`` (another size) for a sequence's file.
        """
        if not self._first <= frame <= self._last:
            return None
        return self._drawn if self._drawn is not None else self._read(frame)

    def _file(self, frame: int) -> NDArray[np.float32]:
        return read_matte(self._shape.path, frame, self._plate.canvas, self._plate.display, f"{self._field}.path")

    def _refuse_missing(self) -> None:
        path, field = self._shape.path, f"{self._field}.path"
        if not has_counter(os.path.basename(path)):
            if not os.path.isfile(path):
                raise FrameMissing(f"There is no matte at {path}.", field=field, advice="Give one that is there.")
            return
        there = set(parse_pattern(path, field).frames_on_disk())
        missing = [frame for frame in range(self._first, self._last + 1) if frame not in there]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise FrameMissing(
                f"Frame {missing[0]}{more} of {os.path.basename(path)} is not there.",
                field=field,
                advice="Render the missing frames of the matte, or limit the shape to the frames that there are.",
            )
