"""The movies of a shot, fed frame by frame while it is redrawn."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import InternalError

from ..color import ColorTransform
from ..finish.movies import MovieWriter
from ..finish.refine.foreground import foreground
from ..mattes import FrameMattes
from ..plates.model import PlateInfo, Window
from .outputs import Outputs, WholeOutput


class Movies:
    """Every movie of ``outputs``, opened with the first frame; leaving the block without an error publishes them all.

    A matte's picture is white; a cut-out's is the plate as a display shows it: ``display`` must not have the exposure
    that only the models see. A movie shows the display window, for it has no data window.
    """

    def __init__(self, outputs: Outputs, plate: PlateInfo, display: ColorTransform, first: int) -> None:
        self._outputs, self._plate, self._display, self._first = outputs, plate, display, first
        self._writers: list[tuple[WholeOutput, MovieWriter]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Movies:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def add(self, mattes: FrameMattes) -> None:
        """The next frame, in frame order. Raises what ``MovieWriter`` raises."""
        if not self._writers:
            for movie in self._outputs.movies:
                writer = self._outputs.movie_writer(movie, timecode=mattes.timecode, first=self._first)
                self._writers.append((movie, self._stack.enter_context(writer)))
        window, canvas = mattes.data_window, self._plate.canvas
        shown: NDArray[np.float32] | None = None
        for movie, writer in self._writers:
            alpha = mattes.objects.get(movie.object) if movie.object else mattes.whole
            if alpha is None:
                alpha = np.zeros((canvas.height, canvas.width), np.float32)
            if movie.deliverable.content == "cutout":
                if movie.deliverable.colors == "foreground":
                    rgb = self._shown(mattes, alpha)
                else:
                    shown = self._shown(mattes) if shown is None else shown
                    rgb = shown
            else:
                rgb = np.ones((self._plate.display.height, self._plate.display.width, 3), np.float32)
            framed = self._framed(alpha, window)
            writer.add(rgb * framed[..., None] if movie.deliverable.premultiplied else rgb, framed)

    def _shown(self, mattes: FrameMattes, alpha: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """The plate as a display shows it; with ``alpha``, the subject's own color at soft edges."""
        if mattes.plate is None:
            raise InternalError(f"Frame {mattes.frame}: a cut-out needs the plate.")
        rgb = mattes.plate.rgb if alpha is None else foreground(mattes.plate.rgb, alpha, self._display)
        return self._framed(self._display.to_display(rgb), mattes.data_window)

    def _framed(self, raster: NDArray[Any], window: Window) -> NDArray[Any]:
        """The display window of a canvas; outside the data window there is nothing."""
        canvas, display = self._plate.canvas, self._plate.display
        framed = np.zeros((display.height, display.width, *raster.shape[2:]), raster.dtype)
        x0, x1 = max(window.x0, display.x0), min(window.x1, display.x1)
        y0, y1 = max(window.y0, display.y0), min(window.y1, display.y1)
        if x1 > x0 and y1 > y0:
            inside = raster[y0 - canvas.y0 : y1 - canvas.y0, x0 - canvas.x0 : x1 - canvas.x0]
            framed[y0 - display.y0 : y1 - display.y0, x0 - display.x0 : x1 - display.x0] = inside
        return framed
