"""OpenEXR: any channels, half or float, with the plate's windows, pixel aspect, rate, timecode and view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from ..plates.model import PlateInfo, Window
from .image_output import Alike, check_image, same_bits, write_image

_WORD = {np.dtype(np.float16): "half", np.dtype(np.float32): "float"}

DWA_ERROR = 0.05
"""Mean error of a row that DWAA at its default level 45 may have, as a part of the row's mean size (and 0.001 beside
it, for rows that are nearly empty). Measured: 0.003-0.008 for photographs and noise of -0.1 to 60, 0.013 where one
pixel is 65,000; a row eight rows off has 0.14 in photographs and 0.6 in noise."""


@dataclass(frozen=True)
class ExrHeader:
    """What is the same in every file of a sequence. ``kind``: of the channels; those in ``always_float`` are float32
    all the same. ``facts``: header entries by their full names."""

    plate: PlateInfo
    channels: tuple[str, ...]
    kind: np.dtype[Any]
    compression: str
    facts: Mapping[str, str]
    chromaticities: tuple[float, ...] = ()
    always_float: tuple[str, ...] = ()


def write_exr(
    path: str,
    header: ExrHeader,
    pixels: NDArray[Any],
    window: Window,
    timecode: tuple[int, int] | None,
    *,
    subject: str,
    shown: str,
) -> None:
    """Writes ``pixels``, (rows, columns, channels) of ``window``, and reads rows of it back. Raises ``NotWritable``.

    They are of ``header.kind``; float32 where some channel always is.
    """
    spec = _spec(header, window, timecode)
    write_image("openexr", path, spec, pixels, subject=subject, shown=shown)
    alike = _nearly(header.channels) if header.compression == "dwaa" else same_bits
    check_image(path, spec, pixels, subject=subject, shown=shown, alike=alike)


def _spec(header: ExrHeader, window: Window, timecode: tuple[int, int] | None) -> Any:
    plate, display = header.plate, header.plate.display
    kind = _WORD[np.dtype(np.float32) if header.always_float else header.kind]
    spec = OpenImageIO.ImageSpec(window.width, window.height, len(header.channels), kind)
    spec.channelnames = header.channels
    if header.always_float:
        words = ["float" if name in header.always_float else _WORD[header.kind] for name in header.channels]
        spec.channelformats = tuple(OpenImageIO.TypeDesc(word) for word in words)
    spec.alpha_channel = header.channels.index("A") if "A" in header.channels else -1
    left, top = plate.origin  # back to the numbers the plate's own files use
    spec.x, spec.y = window.x0 + left, window.y0 + top
    spec.full_x, spec.full_y = display.x0 + left, display.y0 + top
    spec.full_width, spec.full_height = display.width, display.height
    spec.attribute("compression", header.compression)
    spec.attribute("DateTime", "")  # else the library writes the time, and no two runs give the same bytes
    spec.attribute("PixelAspectRatio", float(plate.pixel_aspect))
    if plate.fps:
        rate = Fraction(plate.fps).limit_denominator(1001)  # 23.976... is 24000/1001 again
        spec.attribute("framesPerSecond", "rational", (rate.numerator, rate.denominator))
    if timecode is not None:
        spec.attribute("smpte:TimeCode", "timecode", timecode)
    if plate.view:
        spec.attribute("view", plate.view)
    if header.chromaticities:
        spec.attribute("chromaticities", "float[8]", header.chromaticities)
    for name, text in header.facts.items():
        spec.attribute(name, text)
    return spec


def _nearly(channels: tuple[str, ...]) -> Alike:
    """For DWAA: ``A`` of any layer bit by bit, the rest nearly.

    OpenEXR's DWA keeps channels called A by run lengths, without loss, and makes cosines of the others (measured with
    OpenEXR 3.5, half and float).
    """
    alphas = [index for index, name in enumerate(channels) if name.rpartition(".")[2] == "A"]
    others = [index for index in range(len(channels)) if index not in alphas]

    def alike(read: NDArray[Any], meant: NDArray[Any]) -> bool:
        if not same_bits(np.ascontiguousarray(read[:, alphas]), np.ascontiguousarray(meant[:, alphas])):
            return False
        was, now = meant[:, others].astype(np.float64), read[:, others].astype(np.float64)
        if not np.isfinite(was).all():
            return True  # infinity spreads over its block of 8 x 8
        return bool(np.abs(was - now).sum() <= DWA_ERROR * np.abs(was).sum() + 1e-3 * was.size)

    return alike
