"""The mattes of a job, read back from whatever files it delivered: sequences, layers, Cryptomatte, cut-outs, movies."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.deliver import MOVIES, SPLINES, Deliverable
from mattewire_protocol.errors import FrameMissing, InstallIncomplete, PlateUnreadable

from ..finish.alpha import merge
from ..finish.matte_file import read_matte
from ..finish.names import layer_channel
from ..mattes import NamedObject
from ..patterns import has_counter, parse_pattern
from ..plates.model import Window
from .channels import cryptomatte_coverage, named_channels

Raster = NDArray[np.float32]
ALL = 0
"""Stands for all objects together where an object's number is meant."""

_DECODER = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own VP8 and VP9 decoders drop WebM's alpha and say 1 everywhere."""


@dataclass(frozen=True)
class MadeFile:
    """One sequence or movie that a job made: ``path`` is where it is now, ``object`` 0 for all of them."""

    deliverable: Deliverable
    object: int
    path: str

    @property
    def is_there(self) -> bool:
        if has_counter(os.path.basename(self.path)):
            return bool(parse_pattern(self.path).frames_on_disk())
        return os.path.isfile(self.path)


class Source(Protocol):
    """Files that hold mattes. ``numbers``: the objects in them, 0 for all of them together."""

    path: str
    numbers: tuple[int, ...]

    def read(self, frame: int) -> Mapping[int, Raster]:
        """The mattes of a frame by number: float32 (display height, display width), 0..1."""
        ...

    def close(self) -> None: ...


class Mattes:
    """Where each object's matte comes from: of several files that hold it, the one that tells most exactly.

    ``display``: the plate's display window, which the mattes are read on. ``first``: the shot's first frame, which is
    a movie's first. ``FrameMissing`` when none of ``files`` with a matte in it is on disk.
    """

    def __init__(self, files: Sequence[MadeFile], objects: Sequence[NamedObject], display: Window, first: int) -> None:
        self._display = display
        self._sources: list[tuple[Source, tuple[int, ...]]] = []
        found: set[int] = set()
        for each in sorted((one for one in files if one.is_there), key=_rank):
            source = _source(each, objects, display, first)
            new = () if source is None else tuple(number for number in source.numbers if number not in found)
            if source is not None and new:
                self._sources.append((source, new))
                found.update(new)
        if not found:
            raise _nothing(files)
        # Where one object is all there is, its own matte and the merged one are the same pixels.
        self.numbers: tuple[int, ...] = (ALL,) if len(objects) == 1 else (ALL, *sorted(found - {ALL}))
        self._merged = ALL not in found
        if not self._merged:
            self._sources = [one for one in self._sources if set(one[1]) & set(self.numbers)]

    @property
    def names(self) -> list[str]:
        """The files that are read, without their folders."""
        return [os.path.basename(source.path) for source, _ in self._sources]

    def read(self, frame: int) -> dict[int, Raster]:
        """Every number's matte: float32 (display height, display width), 0..1.

        Raises ``FrameMissing`` where one is not on disk, ``PlateUnreadable`` or ``BadField`` where it is damaged or
        of another size.
        """
        found: dict[int, Raster] = {}
        for source, numbers in self._sources:
            mattes = source.read(frame)
            found.update({number: mattes[number] for number in numbers})
        if self._merged:
            found[ALL] = merge([found[number] for number in sorted(found)], self._display.width, self._display.height)
        return {number: found[number] for number in self.numbers}

    def close(self) -> None:
        for source, _ in self._sources:
            source.close()


def _rank(file: MadeFile) -> tuple[bool, int]:
    """Sequences before movies, which are lossy in all but their solid parts; files of mattes alone first."""
    order = ("matte", "layers", "cutout", "cryptomatte")
    return file.deliverable.format in MOVIES, order.index(file.deliverable.content)


def _source(file: MadeFile, objects: Sequence[NamedObject], display: Window, first: int) -> Source | None:
    made, number = file.deliverable, file.object or file.deliverable.object
    if made.format == SPLINES:
        return None
    if made.format in MOVIES:
        return MovieSource(file.path, number, display, first)
    if made.content == "layers":
        return LayerSource(file.path, objects, display)
    if made.content == "cryptomatte":
        return CryptomatteSource(file.path, objects, display)
    return PictureSource(file.path, number, display)


def _nothing(files: Sequence[MadeFile]) -> FrameMissing:
    listed = ", ".join(one.path for one in files[:4]) + (", …" if len(files) > 4 else "")
    if any(one.is_there for one in files):
        advice = "Run `mattewire finish` with --format exr: mattes are made again without tracking."
        return FrameMissing(f"There are splines and no mattes: {listed}.", field="SIDECAR", advice=advice)
    advice = "Move the sidecar together with its mattes, or make them again with `mattewire finish`."
    return FrameMissing(f"The mattes are not on disk: {listed}.", field="SIDECAR", advice=advice)


# --- the kinds of files -----------------------------------------------------------------------------------------


class PictureSource:
    """A sequence whose matte is in A, or gray: mattes and cut-outs."""

    def __init__(self, path: str, number: int, display: Window) -> None:
        self.path, self._display = path, display
        self.numbers: tuple[int, ...] = (number,)

    def read(self, frame: int) -> Mapping[int, Raster]:
        return {self.numbers[0]: read_matte(self.path, frame, self._display, self._display, "mattes")}

    def close(self) -> None:
        return


class LayerSource:
    """One EXR a frame with an object per layer, and all of them in A."""

    def __init__(self, path: str, objects: Sequence[NamedObject], display: Window) -> None:
        self.path, self._display = path, display
        self._channels = {ALL: "A", **{one.number: layer_channel(one.layer) for one in objects}}
        self.numbers = tuple(self._channels)

    def read(self, frame: int) -> Mapping[int, Raster]:
        file = _file(self.path, frame)
        planes = named_channels(file, frame, list(self._channels.values()), self._display)
        return {number: planes[channel] for number, channel in self._channels.items()}

    def close(self) -> None:
        return


class CryptomatteSource:
    """Cryptomatte: every object's coverage by its name, and their sum."""

    def __init__(self, path: str, objects: Sequence[NamedObject], display: Window) -> None:
        self.path, self._display = path, display
        self._names = {one.number: one.name for one in objects}
        self.numbers = (ALL, *self._names)

    def read(self, frame: int) -> Mapping[int, Raster]:
        found = cryptomatte_coverage(_file(self.path, frame), frame, self._names, self._display)
        # Coverage is a share of the pixel, so shares add up.
        total = np.zeros((self._display.height, self._display.width), np.float32)
        for coverage in found.values():
            total += coverage
        return {ALL: np.minimum(total, np.float32(1)), **found}

    def close(self) -> None:
        return


class MovieSource:
    """A movie's alpha. Read in frame order, it is decoded once; a frame before the last one read begins anew."""

    def __init__(self, path: str, number: int, display: Window, first: int) -> None:
        """``InstallIncomplete`` without PyAV."""
        try:
            import av  # noqa: F401 - the extra may be missing
        except ImportError as error:
            message = f"{os.path.basename(path)} is a movie, and PyAV, which reads movies, is not installed."
            raise InstallIncomplete(message, advice='Run: pip install "mattewire[video]"') from error
        self.path, self._display, self._first = path, display, first
        self.numbers: tuple[int, ...] = (number,)
        self._pictures: Generator[Any, None, None] | None = None
        self._next = first

    def read(self, frame: int) -> Mapping[int, Raster]:
        if self._pictures is None or frame < self._next:
            self.close()
            self._pictures, self._next = _decoded(self.path), self._first
        for picture in self._pictures:
            self._next += 1
            if self._next > frame:
                return {self.numbers[0]: self._alpha(picture, frame)}
        raise FrameMissing(f"{os.path.basename(self.path)} ends before frame {frame}.", field="mattes")

    def close(self) -> None:
        if self._pictures is not None:
            self._pictures.close()
            self._pictures = None

    def _alpha(self, picture: Any, frame: int) -> Raster:
        name = f"Frame {frame} of {os.path.basename(self.path)}"
        if (picture.width, picture.height) != (self._display.width, self._display.height):
            size = f"{picture.width} x {picture.height}, the plate {self._display.width} x {self._display.height}"
            raise PlateUnreadable(f"{name} is {size}.", field="mattes")
        if len(picture.planes) < 4:
            raise PlateUnreadable(f"{name} has no alpha.", field="mattes")
        bits = picture.format.components[3].bits
        kind = np.dtype(np.uint8 if bits == 8 else "<u2")
        plane = picture.planes[3]
        rows = np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)
        return np.asarray(rows[:, : plane.width] / np.float32(2**bits - 1), np.float32)


def _decoded(path: str) -> Generator[Any, None, None]:
    import av

    try:
        with av.open(path, metadata_errors="ignore") as movie:
            stream = movie.streams.video[0]
            decoder: Any = stream.codec_context
            if decoder.name in _DECODER:
                decoder = av.CodecContext.create(_DECODER[decoder.name], "r")
            for packet in movie.demux(stream):
                yield from decoder.decode(packet if packet.size else None)
    except (av.FFmpegError, IndexError) as error:
        reason = str(getattr(error, "strerror", "") or error).rstrip(".")
        raise PlateUnreadable(f"{os.path.basename(path)} cannot be decoded: {reason}.", field="mattes") from error


def _file(pattern: str, frame: int) -> str:
    """The file of a frame; ``FrameMissing`` where there is none."""
    path = parse_pattern(pattern, "mattes").path(frame)
    if not os.path.isfile(path):
        raise FrameMissing(f"Frame {frame} ({os.path.basename(path)}) is not there.", field="mattes")
    return path
