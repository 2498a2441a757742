"""A movie as a plate: exact by frame number, forward without seeking, backward in pieces. Needs PyAV."""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mattewire_protocol.errors import PlateChanged, PlateNotFound, PlateUnreadable, RangeOutsidePlate

from ..color import ColorConfig
from .camera_raw import refuse_by_codec
from .file_color import FileColor, choose_colorspace
from .model import PlateFrame, PlateInfo, Window
from .movie_color import ToRgb, colorspace_of, orientation_of, precision_of
from .movie_frames import FrameTable, pictures_from, read_table
from .orientation import is_on_its_side, upright
from .timecode import at, start_of

PIECE_BYTES = 256 * 2**20
"""Decoded pictures held at once while a movie is read backward (86 frames of 8-bit HD, 11 of 10-bit UHD)."""

_CLOSE = 16  # so many frames ahead are decoded through rather than sought
_TRIES = 3  # start again at so many keyframes before falling back to the movie's beginning


class MoviePlate:
    """A movie file as a plate; its first frame is 1. Not thread-safe: one thread reads, fastest in order.

    Frames that a cut-off movie announces but does not hold are listed in ``info.unreadable``.
    """

    info: PlateInfo

    def __init__(self, path: str, *, colorspace: str = "", config: ColorConfig | None = None) -> None:
        """Raises ``PlateUnreadable``, ``PlateNotFound`` or ``CameraRaw``. Closes what it opened when it fails."""
        self._path, self._name = path, os.path.basename(path)
        self._stamp = _stamp(path)
        self._to_rgb = ToRgb()
        self._next = 0
        """The frame that the next decoded picture is, where that is known without its time; 0 after a seek."""
        self._pictures: Iterator[VideoFrame] = iter(())
        self._container, self._stream = self._open()
        try:
            self._table = self._read_table()
            self._restart()
            picture = self._picture(1)
            self._stored_size = (picture.width, picture.height)
            self._picture_bytes = max(1, sum(plane.buffer_size for plane in picture.planes))
            self._orientation = orientation_of(picture)
            tracks = [self._stream.metadata, *(stream.metadata for stream in self._container.streams)]
            self._start = start_of([*tracks, self._container.metadata])
            color = choose_colorspace(colorspace, path, colorspace_of(picture), config)
            self.info = self._describe(picture, color)
        except BaseException:
            self.close()
            raise

    def read(self, frame: int) -> PlateFrame:
        """One frame. Raises ``RangeOutsidePlate``, ``PlateUnreadable`` or ``PlateChanged``, naming the frame."""
        self._check(frame)
        return self._as_frame(frame, self._picture(frame))

    def frames(self, order: Iterable[int]) -> Iterator[PlateFrame]:
        """Frames in the given order. A run of descending frames is decoded in forward pieces that begin at keyframes
        where they can; a piece holds at most ``PIECE_BYTES`` of decoded pictures, and always at least one frame."""
        for run in _runs(list(order)):
            if run[0] > run[-1]:
                yield from self._backward(run[0], run[-1])
            else:
                for frame in run:
                    yield self.read(frame)

    def close(self) -> None:
        """Closes the file."""
        self._pictures = iter(())
        self._container.close()

    # --- opening ---------------------------------------------------------------------------------------------

    def _open(self) -> tuple[InputContainer, VideoStream]:
        try:
            container = av.open(self._path, metadata_errors="ignore")
        except av.FFmpegError as error:
            raise self._unreadable(f"{self._name} cannot be opened: {_reason(error)}.") from error
        try:
            streams = [stream for stream in container.streams if stream.type == "video"]
            streams = [stream for stream in streams if not stream.disposition & av.stream.Disposition.attached_pic]
            if not streams:
                raise self._unreadable(f"{self._name} has no picture track.")
            stream: Any = streams[0]
            codec: Any = stream.codec_context
            refuse_by_codec(
                self._path,
                fourcc=str(stream.codec_tag) if codec else "",  # PyAV has no tag for what it cannot decode
                decoder=codec.name if codec else "",
                pixel_format=(codec.pix_fmt or "") if codec else "",
                field="plate.path",
            )
            if codec is None:
                advice = "Export it as ProRes, DNxHR or H.264, or as an image sequence."
                raise self._unreadable(f"{self._name} is in a codec that cannot be decoded here.", advice)
            stream.thread_type = "AUTO"
        except BaseException:
            container.close()
            raise
        return container, stream

    def _read_table(self) -> FrameTable:
        try:
            table = read_table(self._container, self._stream)
        except (av.FFmpegError, OSError) as error:
            raise self._unreadable(f"{self._name} cannot be read: {_reason(error)}.") from error
        if not len(table):
            raise self._unreadable(f"{self._name} has no frames that can be read.")
        self._numbers = {time: number for number, time in enumerate(table.times, 1)}
        return table

    def _describe(self, picture: VideoFrame, color: FileColor) -> PlateInfo:
        sideways = is_on_its_side(self._orientation)
        width, height = self._stored_size[::-1] if sideways else self._stored_size
        aspect = float(self._stream.sample_aspect_ratio or 1) or 1.0
        display = Window(0, 0, width, height)
        stated = f"{self._path}\0{self._stamp}".encode("utf-8", "surrogateescape")
        rate = self._stream.average_rate
        return PlateInfo(
            path=self._path,
            kind="movie",
            first=1,
            last=self._table.announced,
            missing=(),
            display=display,
            canvas=display,
            pixel_aspect=1 / aspect if sideways else aspect,
            fps=float(rate) if rate else None,
            colorspace=color.name,
            colorspace_from=color.source,
            identity=hashlib.blake2b(stated, digest_size=16).hexdigest(),
            unreadable=tuple(range(len(self._table) + 1, self._table.announced + 1)),
            precision=precision_of(picture),
        )

    # --- one picture -----------------------------------------------------------------------------------------

    def _check(self, frame: int) -> None:
        info = self.info
        if not info.first <= frame <= info.last:
            message = f"Frame {frame} is outside {self._name}, which has {info.first}-{info.last}."
            raise RangeOutsidePlate(message, field="plate.path")
        if _stamp(self._path) != self._stamp:
            message = f"{self._name} was replaced while frame {frame} was being read."
            advice = "Wait until the movie is complete, then start again."
            raise PlateChanged(message, field="plate.path", advice=advice)
        if frame > len(self._table):
            message = f"{self._name} is cut off: it ends at frame {len(self._table)} of {info.last}; no frame {frame}."
            advice = "Copy or export the movie again, or choose a range before that."
            raise self._unreadable(message, advice)

    def _picture(self, frame: int) -> VideoFrame:
        """The decoded picture of ``frame``: further on from the last one, or from a keyframe before it."""
        before = self._table.starts[: bisect_right(self._table.starts, frame)]
        found: VideoFrame | str = ""
        if self._can_go_on(frame, before[-1] if before else 1):
            found = self._advance(frame)
        for start in (*before[: -_TRIES - 1 : -1], None):
            if isinstance(found, str):
                self._restart(start)
                found = self._advance(frame)
        if isinstance(found, str):
            raise self._unreadable(f"Frame {frame} of {self._name} cannot be decoded: {found}.")
        return found

    def _can_go_on(self, frame: int, start: int) -> bool:
        ahead = frame - self._next
        return self._next > 0 and ahead >= 0 and (ahead < _CLOSE or start <= self._next)

    def _restart(self, start: int | None = None) -> None:
        """Begins decoding at keyframe ``start``, or at the movie's beginning (the file is opened anew)."""
        self._next = 0
        if start is not None and self._table.exact_times:
            try:
                self._container.seek(self._table.times[start - 1], stream=self._stream)
            except av.FFmpegError:
                start = None  # a container that cannot seek is read from its beginning
        if start is None or not self._table.exact_times:
            self._container.close()
            self._container, self._stream = self._open()
            self._next = 1
        self._pictures = pictures_from(self._container, self._stream)

    def _advance(self, frame: int) -> VideoFrame | str:
        """Decodes up to ``frame``, or says why it is not among the pictures that follow."""
        try:
            for picture in self._pictures:
                number = self._next
                if self._table.exact_times:
                    number = self._numbers.get(picture.pts, 0) if picture.pts is not None else 0
                if number == 0:
                    continue  # before the first shown frame, or hidden by an edit list
                self._next = number + 1
                if number == frame:
                    return "it is damaged" if picture.is_corrupt else picture
                if number > frame:
                    return "the decoder left it out"
        except av.FFmpegError as error:
            self._next = 0
            return _reason(error)
        self._next = 0
        return "the movie ends before it"

    def _as_frame(self, frame: int, picture: VideoFrame) -> PlateFrame:
        if (picture.width, picture.height) != self._stored_size:
            was, now = self._stored_size, (picture.width, picture.height)
            message = f"Frame {frame} of {self._name} is {now[0]} x {now[1]}; frame 1 is {was[0]} x {was[1]}."
            raise PlateChanged(message, field="plate.path")
        rgb = upright(self._to_rgb(picture), self._orientation)
        return PlateFrame(frame, rgb, self.info.display, at(self._start, self._stream.average_rate, frame - 1))

    # --- backward --------------------------------------------------------------------------------------------

    def _backward(self, last: int, first: int) -> Iterator[PlateFrame]:
        while last >= first:
            self._check(last)
            held = self._held(last, first)
            while held:
                frame, picture = held.pop()
                yield self._as_frame(frame, picture)
                last = frame - 1

    def _held(self, last: int, first: int) -> list[tuple[int, VideoFrame]]:
        """The pictures of one piece that ends at ``last``, ascending, not before ``first``."""
        most = max(1, PIECE_BYTES // self._picture_bytes)
        lowest = max(first, last - most + 1)
        starts = self._table.starts
        at = bisect_right(starts, lowest - 1)
        begin = starts[at] if at < len(starts) and starts[at] <= last else lowest
        return [(frame, self._picture(frame)) for frame in range(begin, last + 1)]

    def _unreadable(self, message: str, advice: str = "") -> PlateUnreadable:
        return PlateUnreadable(message, field="plate.path", advice=advice)


def _runs(order: list[int]) -> Iterator[list[int]]:
    """Cuts ``order`` into runs that descend by one, and single frames."""
    run: list[int] = []
    for frame in order:
        if run and frame != run[-1] - 1:
            yield run
            run = []
        run.append(frame)
    if run:
        yield run


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError as error:
        message = f"{os.path.basename(path)} is not there: {error.strerror}."
        raise PlateNotFound(message, field="plate.path") from error
    return found.st_size, found.st_mtime_ns


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", "") or error).rstrip(".")
