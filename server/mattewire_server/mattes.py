"""The one place that writes mattes: whole files, the plate's frame numbers, windows and pixel aspect.

``exr``: half float, ZIP, the single channel ``A``; its data window is the plate's. ``png8`` and ``png16``: one gray
channel of the display window (PNG has no data window), rounded. Provenance is in the header, and nothing that
changes from run to run is: the same matte gives the same bytes.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from mattewire_protocol.errors import (
    BadField,
    BadPattern,
    InternalError,
    NotWritable,
    OutputError,
    UnknownFormat,
)
from mattewire_protocol.request import FORMATS, Deliverable

from .durable import make_writable_folder, reason_for_failure, remove_stale, token_checked, whole_file, write_bytes
from .patterns import has_counter, parse_pattern
from .plates.model import PlateInfo, Window

_LABEL = re.compile(r"[A-Za-z0-9_.+-]{1,64}\Z")
SUFFIX = {"exr": ".exr", "png8": ".png", "png16": ".png"}

# EXR is compressed in the thread that calls: with a pool of one, two writer threads take turns (measured: x1.0).
OpenImageIO.attribute("exr_threads", -1)


class MatteWriter:
    """Writes the mattes of one deliverable. Threads may write different frames at once.

    ``provenance``: short texts that go into every file as ``mattewire/<name>``. ``token``: letters, digits, ``-``
    and ``_`` (a job id) that mark the temporary files. ``field``: the deliverable's place in the request, for errors.

    Whatever can be checked is checked here, before an engine runs for an hour: ``UnknownFormat``, ``BadPattern``,
    ``BadField`` (suffix and format disagree, or the mattes would replace the plate), ``NotWritable``, ``DiskFull``.
    """

    def __init__(
        self,
        deliverable: Deliverable,
        *,
        plate: PlateInfo,
        provenance: Mapping[str, str],
        token: str,
        field: str = "out[0]",
    ) -> None:
        if deliverable.format not in FORMATS or deliverable.format not in SUFFIX:
            offered = ", ".join(SUFFIX)
            raise UnknownFormat(
                f"{deliverable.format!r} is not a format for mattes.",
                field=f"{field}.format",
                advice=f"Choose one of {offered}.",
            )
        self.format = deliverable.format
        self._field = f"{field}.path"
        self._pattern = parse_pattern(os.path.abspath(deliverable.path), self._field)
        self._check_suffix(deliverable.path)
        self._folder = os.path.realpath(os.path.dirname(self._pattern.path(plate.first)))
        self._token = token_checked(token)
        self._plate = plate
        self._provenance = {_label(name): _plain(provenance[name]) for name in sorted(provenance)}
        self._refuse_the_plate()
        make_writable_folder(self._folder, token=token, subject="The mattes' folder", field=self._field)
        self._group = os.path.basename(self._pattern.text)
        remove_stale(self._folder, token, self._group)

    @property
    def pattern(self) -> str:
        """The sequence as ``folder/name.####.exr``, absolute."""
        return os.path.join(self._folder, os.path.basename(self._pattern.text))

    def path(self, frame: int) -> str:
        """Where the matte of ``frame`` goes; links among the folders are followed."""
        return os.path.join(self._folder, os.path.basename(self._pattern.path(frame)))

    def existing(self, first: int, last: int) -> list[int]:
        """Frames of ``first`` to ``last``, both included, whose mattes are on disk, by one listing of the folder."""
        names = set(os.listdir(self._folder))
        return [frame for frame in range(first, last + 1) if os.path.basename(self.path(frame)) in names]

    def write(self, frame: int, alpha: NDArray[np.float32], data_window: Window) -> str:
        """Writes one matte and returns its path.

        ``alpha``: float32 (canvas height, canvas width), 0..1. ``data_window``: the plate frame's own, inside the
        canvas; outside it there is no plate and so no matte. ``DiskFull`` and ``NotWritable`` name the frame and
        leave an older file as it was; ``InternalError`` for an array that is no matte.
        """
        self._check(frame, alpha, data_window)
        path = self.path(frame)
        with whole_file(
            path, token=self._token, subject=f"Frame {frame}", field=self._field, group=self._group
        ) as temporary:
            if self.format == "exr":
                self._write_exr(temporary, frame, alpha, data_window)
            else:
                write_bytes(temporary, self._png(frame, alpha, data_window))
        return path

    # --- checks --------------------------------------------------------------------------------------------

    def _check_suffix(self, path: str) -> None:
        name = os.path.basename(path)
        stem, suffix = os.path.splitext(name)
        wanted = SUFFIX[self.format]
        if suffix.lower() != wanted:
            stem = name if has_counter(suffix) else stem  # ball.#### has no suffix yet
            raise BadField(
                f"{name!r} does not end in {wanted}, but {self.format} was asked for.",
                field=self._field,
                advice=f"Name it {stem}{wanted}, or choose another format.",
            )

    def _refuse_the_plate(self) -> None:
        frames = range(self._plate.first, self._plate.last + 1)
        try:
            pattern = parse_pattern(self._plate.path)
            plates = {os.path.realpath(pattern.path(frame)) for frame in frames}
        except (BadPattern, BadField):
            plates = {os.path.realpath(self._plate.path)}  # a movie or a lone still: no counter
        # Every frame: patterns of different padding meet only from some frame on.
        if any(os.path.realpath(self.path(frame)) in plates for frame in frames):
            raise BadField(
                "The mattes would replace the plate itself.", field=self._field, advice="Choose another name or folder."
            )

    def _check(self, frame: int, alpha: NDArray[np.float32], window: Window) -> None:
        canvas = self._plate.canvas
        if alpha.dtype != np.float32 or alpha.shape != (canvas.height, canvas.width):
            raise InternalError(
                f"Frame {frame}: a matte must be float32 {(canvas.height, canvas.width)}, "
                f"not {alpha.dtype} {alpha.shape}."
            )
        if window.width < 1 or window.height < 1 or canvas.union(window) != canvas:
            raise InternalError(f"Frame {frame}: the data window {window} is not inside the canvas {canvas}.")
        low, high = float(alpha.min()), float(alpha.max())
        if not (low >= 0.0 and high <= 1.0):  # written so that NaN, which min and max hand on, is refused as well
            raise InternalError(f"Frame {frame}: the matte has values from {low} to {high}, outside 0 to 1.")

    # --- EXR -----------------------------------------------------------------------------------------------

    def _write_exr(self, path: str, frame: int, alpha: NDArray[np.float32], window: Window) -> None:
        # (rows, columns, 1) and contiguous: given a 2-D array, OpenImageIO 3.2 reads out of bounds without a word.
        pixels = np.ascontiguousarray(_crop(alpha, self._plate.canvas, window).astype(np.float16))[..., None]
        output = OpenImageIO.ImageOutput.create("openexr")
        if not output:
            raise InternalError(f"Frame {frame}: EXR cannot be written here: {OpenImageIO.geterror()}")
        try:
            written = output.open(path, self._exr_spec(window)) and output.write_image(pixels)
        finally:
            closed = output.close()
        # Every answer counts, and so does the error text: some failures return True.
        fault = output.geterror()
        if not (written and closed) or fault:
            raise self._failure(frame, fault or "no reason was given")
        corner = (window.x0 + self._plate.origin[0], window.y0 + self._plate.origin[1])
        try:
            _compare_exr(path, frame, pixels, corner)
        except NotWritable:
            reason = reason_for_failure(self._folder, self._token)
            if reason is not None:
                raise reason from None
            raise

    def _exr_spec(self, window: Window) -> Any:
        display = self._plate.display
        spec = OpenImageIO.ImageSpec(window.width, window.height, 1, "half")
        spec.channelnames = ("A",)
        spec.alpha_channel = 0
        left, top = self._plate.origin  # back to the numbers the plate's own files use
        spec.x, spec.y = window.x0 + left, window.y0 + top
        spec.full_x, spec.full_y = display.x0 + left, display.y0 + top
        spec.full_width, spec.full_height = display.width, display.height
        spec.attribute("compression", "zip")
        spec.attribute("DateTime", "")  # else the library writes the time, and no two runs give the same bytes
        spec.attribute("PixelAspectRatio", float(self._plate.pixel_aspect))
        if self._plate.fps:
            rate = Fraction(self._plate.fps).limit_denominator(1001)  # 23.976... is 24000/1001 again
            spec.attribute("framesPerSecond", "rational", (rate.numerator, rate.denominator))
        for name, text in self._provenance.items():
            spec.attribute(f"mattewire/{name}", text)
        return spec

    def _failure(self, frame: int, fault: str) -> OSError | OutputError:
        # The library does not say why; a write of our own meets the same disk and gets the reason.
        reason = reason_for_failure(self._folder, self._token)
        return reason or NotWritable(f"Frame {frame}: {self.path(frame)} was not written ({fault}).", field=self._field)

    # --- PNG -----------------------------------------------------------------------------------------------

    def _png(self, frame: int, alpha: NDArray[np.float32], window: Window) -> bytes:
        canvas, display = self._plate.canvas, self._plate.display
        top = 255 if self.format == "png8" else 65535
        gray = np.zeros((display.height, display.width), np.uint8 if self.format == "png8" else np.uint16)
        shared = Window(  # outside the data window the EXR reads as 0, and so does the PNG
            max(display.x0, window.x0),
            max(display.y0, window.y0),
            min(display.x1, window.x1),
            min(display.y1, window.y1),
        )
        if shared.width > 0 and shared.height > 0:
            codes = np.rint(_crop(alpha, canvas, shared) * np.float32(top))
            _crop(gray, display, shared)[...] = codes
        encoded, data = cv2.imencode(".png", gray)
        if not encoded:
            raise InternalError(f"Frame {frame}: OpenCV could not make a PNG of {display.width}x{display.height}.")
        image = data.tobytes()
        # The header chunk is the first 33 bytes (signature 8, length 4, name 4, content 13, check 4); ours follow.
        return image[:33] + self._png_facts() + image[33:]

    def _png_facts(self) -> bytes:
        chunks = b""
        if self._plate.pixel_aspect != 1.0:
            # Pixels per unit across and down, unit unknown: a pixel twice as wide as high has 1 across to 2 down.
            ratio = Fraction(self._plate.pixel_aspect).limit_denominator(10_000)
            chunks += _chunk(b"pHYs", struct.pack(">IIB", ratio.denominator, ratio.numerator, 0))
        for name, text in self._provenance.items():
            # Keyword, then: not compressed, no language, no translated keyword, UTF-8 (PNG 3rd edition, 11.3.3.4).
            chunks += _chunk(b"iTXt", f"mattewire/{name}".encode("ascii") + b"\0\0\0\0\0" + text.encode("utf-8"))
        return chunks


def _label(name: str) -> str:
    if not _LABEL.match(name):
        raise InternalError(f"{name!r} cannot name an entry in a file's header.")
    return name


def _plain(text: str) -> str:
    """Text that every header can hold: no NUL, and no half characters from undecodable file names."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _crop(raster: NDArray[Any], whole: Window, part: Window) -> NDArray[Any]:
    """The view of ``raster``, which covers ``whole``, that covers ``part``."""
    return raster[part.y0 - whole.y0 : part.y1 - whole.y0, part.x0 - whole.x0 : part.x1 - whole.x0]


def _compare_exr(path: str, frame: int, pixels: NDArray[np.float16], corner: tuple[int, int]) -> None:
    """Reads back header, middle row and last row (under 1 ms): the file is whole and holds what was meant.

    ``corner``: the data window's top left in the file's own numbers. Raises ``NotWritable``.
    """
    source = OpenImageIO.ImageInput.open(path)
    if not source:
        raise NotWritable(f"Frame {frame}: {path} cannot be read back ({OpenImageIO.geterror()}).")
    height, width = pixels.shape[:2]
    try:
        spec = source.spec()
        same = (spec.x, spec.y, spec.width, spec.height) == (*corner, width, height)
        for row in (height // 2, height - 1):
            read = source.read_scanlines(0, 0, spec.y + row, spec.y + row + 1, 0, 0, 1, "half")
            same = same and read is not None and np.array_equal(np.asarray(read).reshape(-1), pixels[row, :, 0])
        fault = source.geterror()
    finally:
        source.close()
    if not same:
        raise NotWritable(f"Frame {frame}: {path} does not hold what was written ({fault}).")


def _chunk(name: bytes, content: bytes) -> bytes:
    """One PNG chunk: length, name, content, checksum of name and content (PNG 3rd edition, 5.3)."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
