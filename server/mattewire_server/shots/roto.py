"""Splines from a shot's mattes, fed frame by frame while it is redrawn, and the JSON document that hosts read."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..finish.splines import Spline, fit_splines
from ..mattes import FrameMattes, NamedObject
from ..plates.model import PlateInfo
from ..sidecar import write_json_atomic
from .outputs import WholeOutput

SCHEMA = "mattewire.splines.1"
TOLERANCE = 0.75
"""Plate pixels: under a pixel, as roto by hand is judged, and above what a soft edge leaves open."""

_AHEAD = 4
"""Frames that may wait for the fit; it keeps outlines only, so memory does not grow with the pictures."""

Fed = tuple[int, NDArray[np.float32]]


class Roto:
    """Fits every spline document of ``outputs``; leaving the block without an error writes them.

    ``objects``: those of the shot; a document for all of them has splines for each. ``token``: the job's id.
    """

    def __init__(
        self, outputs: Sequence[WholeOutput], plate: PlateInfo, objects: Sequence[NamedObject], token: str
    ) -> None:
        self._outputs, self._plate, self._token = outputs, plate, token
        self._objects = objects
        self._fits: list[tuple[WholeOutput, int, queue.Queue[Fed | None], Future[list[Spline]]]] = []
        self._frames: list[int] = []

    def __enter__(self) -> Roto:
        wanted = [
            (output, each.number)
            for output in self._outputs
            for each in self._objects
            if output.object in (0, each.number)
        ]
        self._pool = ThreadPoolExecutor(max(1, len(wanted)), thread_name_prefix="splines")
        for output, number in wanted:
            line: queue.Queue[Fed | None] = queue.Queue(_AHEAD)
            fit = self._pool.submit(
                fit_splines, _taken(line), self._plate.canvas, tolerance=_tolerance(output), object=number
            )
            self._fits.append((output, number, line, fit))
        return self

    def add(self, mattes: FrameMattes) -> None:
        """The next frame, in frame order. Raises what ``fit_splines`` raises."""
        self._frames.append(mattes.frame)
        for _, number, line, fit in self._fits:
            matte = mattes.objects.get(number)
            if matte is None:
                matte = np.zeros((self._plate.canvas.height, self._plate.canvas.width), np.float32)
            _put(line, fit, (mattes.frame, matte))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, _, line, fit in self._fits:
            if error is not None:
                while not line.empty():
                    line.get_nowait()
            if not fit.done():
                _put(line, fit, None)
        self._pool.shutdown(wait=True)
        if error is None:
            for output in self._outputs:
                splines = [one for each, _, _, fit in self._fits if each is output for one in fit.result()]
                document = splines_document(splines, self._plate, self._objects, self._frames, _tolerance(output))
                write_json_atomic(output.place, document, token=self._token, field=f"out[{output.index}].path")


def splines_document(
    splines: Sequence[Spline],
    plate: PlateInfo,
    objects: Sequence[NamedObject],
    frames: Sequence[int],
    tolerance: float,
) -> dict[str, Any]:
    """What hosts make roto shapes of. Positions are continuous plate pixels, y down; handles are relative to their
    point. Between two keys every number moves on a straight line. ``splines`` are in drawing order; a ``hole`` cuts out
    of what was drawn before it. ``deviation``: pixels, the largest distance from the matte's 0.5 contour measured."""
    numbers = {spline.object for spline in splines}
    return {
        "schema": SCHEMA,
        "plate": plate.path,
        "width": plate.display.width,
        "height": plate.display.height,
        "pixel_aspect": plate.pixel_aspect,
        "first": min(frames, default=plate.first),
        "last": max(frames, default=plate.last),
        "tolerance": tolerance,
        "objects": [
            {"object": each.number, "name": each.name, "layer": each.layer}
            for each in objects
            if each.number in numbers
        ],
        "splines": [
            {
                "object": spline.object,
                "hole": spline.hole,
                "first": spline.first,
                "last": spline.last,
                "tolerance": spline.tolerance,
                "deviation": round(spline.deviation, 3),
                "keys": [
                    {
                        "frame": key.frame,
                        "points": [[p.x, p.y, p.in_x, p.in_y, p.out_x, p.out_y] for p in key.points],
                    }
                    for key in spline.keys
                ],
            }
            for spline in splines
        ],
    }


def _tolerance(output: WholeOutput) -> float:
    return output.deliverable.tolerance or TOLERANCE


def _taken(line: queue.Queue[Fed | None]) -> Iterator[Fed]:
    while (fed := line.get()) is not None:
        yield fed


def _put(line: queue.Queue[Fed | None], fit: Future[list[Spline]], fed: Fed | None) -> None:
    """Waits for room; a fit that has failed takes no more, and raises what it failed of."""
    while True:
        try:
            line.put(fed, timeout=0.1)
        except queue.Full:
            if fit.done():
                fit.result()
                return
        else:
            return
