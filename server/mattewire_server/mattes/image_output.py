"""OpenImageIO asked to write a file, and not believed: every answer and the error text count, rows are read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from mattewire_protocol.errors import InternalError, NotWritable

Alike = Callable[[NDArray[Any], NDArray[Any]], bool]
"""Whether a row that was read is the one that was meant; both (columns, channels)."""

# EXR is compressed in the thread that calls: with a pool of one, two writer threads take turns (measured: x1.0).
OpenImageIO.attribute("exr_threads", -1)


def same_bits(read: NDArray[Any], meant: NDArray[Any]) -> bool:
    """Bit by bit, NaN too."""
    return read.dtype == meant.dtype and read.tobytes() == meant.tobytes()


def write_image(kind: str, path: str, spec: Any, pixels: NDArray[Any], *, subject: str, shown: str) -> None:
    """Writes ``pixels``, (rows, columns, channels), as ``spec`` says. ``kind``: OpenImageIO's word for the format.

    ``subject`` begins an error ("Frame 1003"); ``shown`` is the path in it. Raises ``NotWritable`` without knowing why:
    the library does not say.
    """
    # Three dimensions and contiguous: given a 2-D array, OpenImageIO 3.2 reads out of bounds without a word.
    pixels = np.ascontiguousarray(pixels)
    if pixels.ndim != 3 or pixels.shape != (spec.height, spec.width, spec.nchannels):
        raise InternalError(f"{subject}: {pixels.shape} are no pixels for {spec.width}x{spec.height}.")
    output = OpenImageIO.ImageOutput.create(kind)
    if not output:
        raise InternalError(f"{subject}: {kind} cannot be written here: {OpenImageIO.geterror()}")
    try:
        written = output.open(path, spec) and output.write_image(pixels)
    finally:
        closed = output.close()
    fault = output.geterror()
    if not (written and closed) or fault:
        raise NotWritable(f"{subject}: {shown} was not written ({fault or 'no reason was given'}).")


def check_image(
    path: str, spec: Any, pixels: NDArray[Any], *, subject: str, shown: str, alike: Alike = same_bits
) -> None:
    """Reads back header, middle row and last row: the file is whole and holds what was meant.

    Under 1 ms for a matte of HD. Raises ``NotWritable``.
    """
    settings = OpenImageIO.ImageSpec()
    settings.attribute("oiio:UnassociatedAlpha", 1)  # else OpenImageIO multiplies TIFF colors by alpha
    source = OpenImageIO.ImageInput.open(path, settings)
    if not source:
        raise NotWritable(f"{subject}: {shown} cannot be read back ({OpenImageIO.geterror()}).")
    try:
        found = source.spec()
        same = (found.x, found.y, found.width, found.height) == (spec.x, spec.y, spec.width, spec.height)
        same = same and sorted(found.channelnames) == sorted(spec.channelnames)
        order = [list(found.channelnames).index(name) for name in spec.channelnames] if same else []
        kind = str(spec.format)
        for row in (spec.height // 2, spec.height - 1) if same else ():
            line = source.read_scanlines(0, 0, found.y + row, found.y + row + 1, 0, 0, found.nchannels, kind)
            same = same and line is not None and alike(_row(line, found)[:, order], pixels[row])
        fault = source.geterror()
    finally:
        source.close()
    if not same or fault:
        raise NotWritable(f"{subject}: {shown} does not hold what was written ({fault}).")


def _row(line: Any, spec: Any) -> NDArray[Any]:
    return np.asarray(line).reshape(spec.width, spec.nchannels)
