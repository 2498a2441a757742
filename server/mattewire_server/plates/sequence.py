"""A plate made of image files, one per frame (or a single still)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import FrameMissing, PlateChanged, PlateUnreadable, RangeOutsidePlate

from ..color import ColorConfig
from .file_color import FileColor, choose_colorspace
from .image_file import LARGEST_PICTURE, Header, read_header, read_rgb
from .model import PlateFrame, PlateInfo, Window

_LOOKERS = 8  # headers are read so many at a time: on a file server the wait is all latency
Span = tuple[int | None, int | None]
"""First and last frame, both included; None: the plate's own."""

ALL: Span = (None, None)

Stamp = tuple[int, int]
"""A file's size in bytes and its time of change in nanoseconds."""


class SequencePlate:
    """Image files as a plate. Not thread-safe: one thread reads, in any order.

    ``files`` is the file of every frame. All headers are read when the plate is opened (0.04 ms each on a local
    disk). A frame whose header is damaged is listed in ``info.unreadable`` and refused when it is read, so that a
    render still in progress does not hold up the frames that are done.

    ``span``: the frames that will be read. Only their headers are looked at and only they make up ``info.canvas``,
    ``info.unreadable`` and ``info.identity``, so that a shot is neither refused nor changed by what lies outside it.
    """

    info: PlateInfo

    def __init__(
        self,
        files: Mapping[int, str],
        *,
        path: str,
        colorspace: str = "",
        view: str = "",
        kind: str = "sequence",
        span: Span = ALL,
        config: ColorConfig | None = None,
    ) -> None:
        """Raises ``PlateUnreadable`` when no frame can be read, ``PlateChanged`` when windows' format changes."""
        everything = dict(sorted(files.items()))
        # A span that misses the plate is the caller's to refuse, with the frames that there are; one will do for that.
        self._files = _within(everything, span) or dict([next(iter(everything.items()))])
        self._stamps = {frame: stamp for frame in self._files if (stamp := _stamp(self._files[frame])) is not None}
        self._headers, damaged = _read_headers(self._files, view)
        if not self._headers:
            raise next(iter(damaged.values()))
        _check_one_format(self._headers, self._files)
        frames = list(everything)
        first = next(iter(self._headers.values()))
        said = FileColor(first.colorspace, first.colorspace_from)
        floating = first.precision in ("half", "float")
        color = choose_colorspace(colorspace, next(iter(self._files.values())), said, config, floating=floating)
        self.info = PlateInfo(
            path=path,
            kind=kind,
            first=frames[0],
            last=frames[-1],
            missing=tuple(_holes(frames)),
            display=first.display,
            canvas=self._canvas(),
            pixel_aspect=first.pixel_aspect,
            fps=first.fps,
            colorspace=color.name,
            colorspace_from=color.source,
            identity=self._identity(),
            unreadable=tuple(sorted(damaged)),
            origin=first.origin,
            view=first.view,
            precision=self._precision(),
            chromaticities=first.chromaticities,
            color_id=first.color_id,
        )

    def read(self, frame: int) -> PlateFrame:
        """One frame on the canvas; see ``PlateFrame``.

        Raises ``RangeOutsidePlate``, ``FrameMissing``, ``PlateUnreadable`` or ``PlateChanged``, naming the frame.
        """
        path = self._file(frame)
        self._check_unchanged(frame, path)
        header = self._headers.get(frame)
        if header is None:  # refused again, with the reason
            read_header(path, frame)
            raise _changed(frame, path)
        rgb = read_rgb(path, frame, header)
        self._check_unchanged(frame, path)
        window = header.data_window
        if rgb.shape != (window.height, window.width, 3):
            raise PlateUnreadable(f"Frame {frame} ({os.path.basename(path)}) is not as large as its header says.")
        return PlateFrame(frame, self._on_canvas(rgb, window), window, header.timecode)

    def frames(self, order: Iterable[int]) -> Iterator[PlateFrame]:
        """Frames in the given order."""
        return (self.read(frame) for frame in order)

    def close(self) -> None:
        """Nothing is held open between frames."""

    def _file(self, frame: int) -> str:
        info = self.info
        if not info.first <= frame <= info.last:
            message = f"Frame {frame} is outside the plate, which has {info.first}-{info.last}."
            raise RangeOutsidePlate(message, field="plate.path")
        if frame not in self._files and frame not in info.missing:
            raise RangeOutsidePlate(f"Frame {frame} is outside the span the plate was opened for.", field="plate.path")
        if frame not in self._files:
            raise FrameMissing(f"Frame {frame} of {info.path} is not there.", field="plate.path")
        return self._files[frame]

    def _check_unchanged(self, frame: int, path: str) -> None:
        now = _stamp(path)
        if now is None:
            message = f"Frame {frame} ({os.path.basename(path)}) is no longer there."
            raise FrameMissing(message, field="plate.path")
        if now != self._stamps.get(frame):
            raise _changed(frame, path)

    def _on_canvas(self, rgb: NDArray[Any], window: Window) -> NDArray[Any]:
        canvas = self.info.canvas
        if window == canvas:
            return rgb
        placed = np.zeros((canvas.height, canvas.width, 3), dtype=rgb.dtype)
        y, x = window.y0 - canvas.y0, window.x0 - canvas.x0
        placed[y : y + window.height, x : x + window.width] = rgb
        return placed

    def _precision(self) -> str:
        kinds = {header.precision for header in self._headers.values()}
        return kinds.pop() if len(kinds) == 1 else "float"

    def _canvas(self) -> Window:
        canvas = next(iter(self._headers.values())).display
        for frame, header in self._headers.items():
            canvas = canvas.union(header.data_window)
            if canvas.width * canvas.height > LARGEST_PICTURE:
                path = os.path.basename(self._files[frame])
                message = f"Frame {frame} ({path}) widens the picture to {canvas.width} x {canvas.height} pixels."
                advice = "Crop its bounding box to the format and render again."
                raise PlateUnreadable(message, field="plate.path", advice=advice)
        return canvas

    def _identity(self) -> str:
        digest = hashlib.blake2b(digest_size=16)
        for frame, path in self._files.items():
            size, time = self._stamps.get(frame, (-1, -1))
            digest.update(f"{frame}\0{path}\0{size}\0{time}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def _read_headers(files: Mapping[int, str], view: str) -> tuple[dict[int, Header], dict[int, PlateUnreadable]]:
    """The headers of all frames that can be read, and why the others cannot."""

    def look(frame: int) -> Header | PlateUnreadable:
        try:
            return read_header(files[frame], frame, view)
        except PlateUnreadable as error:
            return error

    with ThreadPoolExecutor(_LOOKERS) as lookers:
        looked = dict(zip(files, lookers.map(look, files), strict=True))
    headers = {frame: found for frame, found in looked.items() if isinstance(found, Header)}
    return headers, {frame: found for frame, found in looked.items() if isinstance(found, PlateUnreadable)}


def _check_one_format(headers: Mapping[int, Header], files: Mapping[int, str]) -> None:
    """One display window and one pixel aspect from the first frame to the last."""
    start, first = next(iter(headers.items()))
    for frame, header in headers.items():
        if header.display != first.display or header.origin != first.origin:
            was, now = (f"{size.width} x {size.height}" for size in (first.display, header.display))
        elif abs(header.pixel_aspect - first.pixel_aspect) > 1e-4 * first.pixel_aspect:
            was, now = (f"pixel aspect {aspect:g}" for aspect in (first.pixel_aspect, header.pixel_aspect))
        else:
            continue
        name = os.path.basename(files[frame])
        raise PlateChanged(f"Frame {frame} ({name}) is {now}; frame {start} is {was}.", field="plate.path")


def _within(files: Mapping[int, str], span: Span) -> dict[int, str]:
    first, last = span
    return {
        frame: path
        for frame, path in files.items()
        if (first is None or frame >= first) and (last is None or frame <= last)
    }


def _holes(frames: list[int]) -> Iterator[int]:
    for before, after in pairwise(frames):
        yield from range(before + 1, after)


def _stamp(path: str) -> Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _changed(frame: int, path: str) -> PlateChanged:
    message = f"Frame {frame} ({os.path.basename(path)}) was replaced while the plate was in use."
    return PlateChanged(message, field="plate.path", advice="Wait until the render has finished, then start again.")
