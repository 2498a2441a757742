"""The one place that writes movies: whole files, the plate's frame rate, pixel aspect and timecode.

What is in a movie is the caller's choice: RGB (white for a matte, the display picture for a cut-out) and the matte
as straight alpha. Nothing that changes from run to run is in the file: the same frames give the same bytes.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Mapping
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField, InstallIncomplete, InternalError, OutputError, UnknownFormat

from ...durable import make_writable_folder, output_error, remove_stale, token_checked, whole_file
from ...provenance import entry, plain
from .timecode import timecode_text

if TYPE_CHECKING:
    from .encoders import MovieEncoder

FORMATS = {"webm": ".webm", "prores4444": ".mov"}
"""Formats and the suffixes of their files."""

LARGEST_SIDE = 65_535
"""Pixels. ProRes and MOV keep a side in 16 bits, and ``prores_ks`` writes what is left of a larger number."""

_EXACT_RATE = 1001
"""Denominators of frame rates go no further: a rate that went through a float is 24000/1001 again."""


class MovieWriter:
    """Writes one movie; a ``with`` statement publishes it on leaving, and leaves nothing behind on an error.

    ``format``: ``webm`` (VP9, alpha within 0.5/255) or ``prores4444`` (alpha within 0.18/255), both with 0 and 1
    exact. ``width``, ``height``: pixels. ``fps``: frames per second. ``pixel_aspect``: width by height of a pixel.
    ``timecode``: of the first frame, time and user bits as OpenEXR packs them; a MOV gets a timecode track, a WebM a
    tag; left out where it does not exist at ``fps``. ``provenance``: short texts, stored as ``mattewire.<name>``
    (WebM spells names in capitals). ``token``: a job id that marks the temporary file. ``field``: the deliverable's
    place in the request, ``first``: the number of the first frame; both for errors.

    Whatever can be checked is checked here, before an engine runs for an hour: ``UnknownFormat``, ``BadField`` (no
    frame rate, a wrong suffix), ``NotWritable``, ``DiskFull``, ``InstallIncomplete`` (the ``video`` extra is missing).
    """

    def __init__(
        self,
        path: str,
        *,
        format: str,
        width: int,
        height: int,
        fps: Fraction | None,
        pixel_aspect: float = 1.0,
        timecode: tuple[int, int] | None = None,
        provenance: Mapping[str, str],
        token: str,
        field: str = "out[0]",
        first: int = 1,
    ) -> None:
        _check_name(path, format, field)
        rate = _checked_rate(fps, f"{field}.fps")
        if width < 1 or height < 1 or not (math.isfinite(pixel_aspect) and pixel_aspect > 0):
            raise InternalError(f"A movie of {width} x {height}, pixel aspect {pixel_aspect}, cannot be.")
        self.path = os.path.abspath(path)
        folder, self._name = os.path.split(self.path)
        if max(width, height) > LARGEST_SIDE:
            raise _wrong_size(self._name, width, height, field)
        self.timecode = timecode_text(timecode, rate) if timecode else ""
        """What the movie begins with; empty where the plate has none, or none that exists at the frame rate."""
        self._encoders = _encoders(path, f"{field}.format")
        self._encoder_class: type[MovieEncoder] = self._encoders.ENCODERS[format]
        self._facts = self._encoders.MovieFacts(
            width=width,
            height=height,
            fps=rate,
            pixel_aspect=Fraction(pixel_aspect).limit_denominator(10_000),
            timecode=self.timecode,
            tags={f"mattewire.{entry(name)}": plain(provenance[name]) for name in sorted(provenance)},
        )
        self._format, self._field, self._first = format, field, first
        self._token = token_checked(token)
        self._added = 0
        self._fault: BaseException | None = None
        make_writable_folder(folder, token=token, subject="The movie's folder", field=f"{field}.path")
        remove_stale(folder, token, self._name)

    def __enter__(self) -> MovieWriter:
        path_field = f"{self._field}.path"
        width, height = self._facts.width, self._facts.height
        with contextlib.ExitStack() as undo:
            temporary = undo.enter_context(
                whole_file(self.path, token=self._token, subject=f"The movie {self._name}", field=path_field)
            )
            self._disk = _Disk(temporary)
            undo.callback(self._disk.close)
            self._container = self._encoders.open_container(self._disk, self._encoder_class.container_kind)
            undo.callback(self._close_unfinished)
            try:
                self._encoder = self._encoder_class(self._container, self._facts)
            except self._encoders.FFmpegError as error:
                raise _wrong_size(self._name, width, height, self._field) from error
            self._undo = undo.pop_all()
        return self

    def add(self, rgb: NDArray[np.float32], alpha: NDArray[np.float32]) -> None:
        """The next frame, in frame order.

        ``rgb``: float32 (height, width, 3), display-encoded as Rec.709 or sRGB, 0..1, not premultiplied. ``alpha``:
        float32 (height, width), 0..1. ``DiskFull`` and ``NotWritable`` name the frame; ``InternalError`` for arrays
        that are no picture and no matte. After any error there will be no movie.
        """
        frame = self._first + self._added
        try:
            self._check(frame, rgb, alpha)
            self._encoder.add(self._added, rgb, alpha)
        except (OSError, self._encoders.FFmpegError) as error:
            self._fault = self._failure(error, f"Frame {frame}")
            raise self._fault from error
        except BaseException as error:
            self._fault = error
            raise
        self._added += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            with self._undo:
                self._finish()
        else:
            # Whatever went wrong out there is not about this file: it must not be retold as a failed write.
            with contextlib.suppress(_Abandoned), self._undo:
                raise _Abandoned

    def _finish(self) -> None:
        if self._fault:
            raise InternalError(f"The movie {self._name} is not whole: a frame was refused.") from self._fault
        if not self._added:
            raise InternalError(f"The movie {self._name} was given no frame.")
        try:
            self._encoder.finish()
            self._container.close()
            self._disk.close()
            self._encoder.complete(self._disk.path)
        except (OSError, self._encoders.FFmpegError) as error:
            raise self._failure(error, f"The movie {self._name}") from error
        if self._disk.fault:
            raise self._failure(self._disk.fault, f"The movie {self._name}")
        if self._encoder.stored != self._added:
            raise InternalError(f"The movie {self._name} has {self._encoder.stored} of {self._added} frames.")

    def _close_unfinished(self) -> None:
        self._disk.close()  # first: PyAV writes no index into a closed file
        self._container.close()

    def _failure(self, error: BaseException, subject: str) -> OutputError | InternalError:
        fault = self._disk.fault or error
        if isinstance(fault, OSError):
            return output_error(fault, self.path, subject, f"{self._field}.path")
        return InternalError(f"{subject}: the {self._format} encoder failed ({fault}).")

    def _check(self, frame: int, rgb: NDArray[np.float32], alpha: NDArray[np.float32]) -> None:
        shape = (self._facts.height, self._facts.width)
        for name, values, wanted in (("picture", rgb, (*shape, 3)), ("matte", alpha, shape)):
            if values.dtype != np.float32 or values.shape != wanted:
                raise InternalError(
                    f"Frame {frame}: the {name} must be float32 {wanted}, not {values.dtype} {values.shape}."
                )
            low, high = float(values.min()), float(values.max())
            if not (low >= 0.0 and high <= 1.0):  # written so that NaN is refused as well
                raise InternalError(f"Frame {frame}: the {name} has values from {low} to {high}, outside 0 to 1.")


class _Abandoned(Exception):
    """Takes an unfinished movie away; never leaves this module."""


class _Disk:
    """The file that FFmpeg writes into. No byte and no error is lost here: FFmpeg's own file output drops the error
    of the bytes it still buffers when it closes, and takes a short write for a whole one."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.fault: OSError | None = None
        self.closed = False
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(path, flags, 0o666)

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError as error:
            self.fault = self.fault or error
            raise
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        return self.seek(0, os.SEEK_CUR)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self._descriptor)


def _encoders(path: str, field: str) -> Any:
    try:
        from . import encoders
    except ImportError as error:
        advice = 'Run: pip install "mattewire[video]"'
        message = f"{os.path.basename(path)} is a movie, and PyAV, which writes movies, is not installed."
        raise InstallIncomplete(message, field=field, advice=advice) from error
    return encoders


def _check_name(path: str, format: str, field: str) -> None:
    if format not in FORMATS:
        message = f"{format!r} is not a format for movies."
        raise UnknownFormat(message, field=f"{field}.format", advice=f"Choose one of {', '.join(FORMATS)}.")
    name, suffix = os.path.basename(path), FORMATS[format]
    if not name.lower().endswith(suffix):
        raise BadField(
            f"{name!r} does not end in {suffix}, but {format} was asked for.",
            field=f"{field}.path",
            advice=f"Name it {os.path.splitext(name)[0]}{suffix}, or choose another format.",
        )


def _wrong_size(name: str, width: int, height: int, field: str) -> BadField:
    return BadField(
        f"{name} cannot be made at {width} x {height} pixels.",
        field=f"{field}.format",
        advice="Choose an image sequence, which may have any size.",
    )


def _checked_rate(fps: Fraction | None, field: str) -> Fraction:
    if fps is None or fps <= 0:
        message = "A movie needs a frame rate, and the plate does not say its own."
        raise BadField(message, field=field, advice="Give the plate's frame rate.")
    return Fraction(fps).limit_denominator(_EXACT_RATE)
