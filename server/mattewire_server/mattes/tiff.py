"""TIFF: gray, RGB or RGBA of the display window; 8 or 16 bits, or 32-bit float. TIFF has no data window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from .image_output import check_image, write_image

_WORD = {np.dtype(np.uint8): "uint8", np.dtype(np.uint16): "uint16", np.dtype(np.float32): "float"}


def write_tiff(
    path: str,
    channels: tuple[str, ...],
    pixels: NDArray[Any],
    pixel_aspect: float,
    facts: Mapping[str, str],
    *,
    premultiplied: bool,
    subject: str,
    shown: str,
) -> None:
    """Writes ``pixels``, uint8, uint16 or float32 (rows, columns, channels), and reads rows back.

    Deflate, with the predictor. Alpha is tagged as what it is: unassociated (straight) unless ``premultiplied``
    (TIFF 6.0, ExtraSamples). ``facts`` are JSON in ImageDescription, in ASCII as TIFF wants it. Raises ``NotWritable``.
    """
    height, width, count = pixels.shape
    spec = OpenImageIO.ImageSpec(width, height, count, _WORD[pixels.dtype])
    spec.channelnames = channels
    spec.alpha_channel = channels.index("A") if "A" in channels else -1
    spec.attribute("compression", "zip")
    spec.attribute("oiio:UnassociatedAlpha", int(not premultiplied))
    spec.attribute("PixelAspectRatio", float(pixel_aspect))
    spec.attribute("DateTime", "")  # else the library writes the time, and no two runs give the same bytes
    # Without it OpenImageIO 3.2 tries an empty Exif directory, which libtiff refuses: an error text on every file.
    spec.attribute("tiff:write_exif", 0)
    spec.attribute("ImageDescription", json.dumps(dict(facts)))
    write_image("tiff", path, spec, pixels, subject=subject, shown=shown)
    check_image(path, spec, pixels, subject=subject, shown=shown)
