"""A movie's stored samples as RGB: the right matrix and range, and no loss of depth.

8-bit movies become uint8 RGB by libswscale (accurate rounding, full chroma interpolation: at most 1 code from the
formula). Deeper ones become uint16 by our own matrix: libswscale's 10-bit white comes out as 65283 instead of
65535 (measured, FFmpeg 8).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from .file_color import FILE_KIND, METADATA, FileColor
from .orientation import of_display_matrix

_LUMA = {
    # red and blue luma weights: ITU-R BT.709-6 3.2, BT.601-7 2.5.1, BT.2020-2 table 4, SMPTE 240M
    "Rec.709": (0.2126, 0.0722),
    "Rec.601": (0.299, 0.114),
    "Rec.2020": (0.2627, 0.0593),
    "SMPTE 240M": (0.212, 0.087),
}
_TAGGED = {1: "Rec.709", 4: "Rec.601", 5: "Rec.601", 6: "Rec.601", 7: "SMPTE 240M", 9: "Rec.2020", 10: "Rec.2020"}
_SWSCALE = {"Rec.709": 1, "Rec.601": 5, "SMPTE 240M": 7, "Rec.2020": 9}
_LIMITED, _FULL = 1, 2
_CAREFUL = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.BITEXACT
)
_SRGB_TRANSFER, _LINEAR_TRANSFER = 13, 8  # ITU-T H.273, TransferCharacteristics
_UNTAGGED_TRANSFERS = (0, 2, 3)  # reserved, unspecified, reserved
HD_LINES = 720
"""An untagged movie of at least so many lines is Rec.709, otherwise Rec.601: those standards' own scope, and what
players such as mpv and VLC assume."""


class ToRgb:
    """Turns decoded pictures of one movie into RGB arrays. Keeps libswscale's tables between frames."""

    def __init__(self) -> None:
        self._reformat = VideoReformatter()

    def __call__(self, picture: VideoFrame) -> NDArray[Any]:
        """(height, width, 3): uint8 for 8-bit movies, else uint16 with full range standing for 0..1. Not turned."""
        deep = precision_of(picture) == "uint16"
        stored_as_rgb = picture.format.is_rgb
        if deep and not stored_as_rgb and len(picture.format.components) > 1:
            return self._deep(picture)
        matrix = _SWSCALE[matrix_of(picture)]
        turned = self._reformat.reformat(
            picture,
            format="rgb48le" if deep else "rgb24",
            interpolation=_CAREFUL,
            src_colorspace=None if stored_as_rgb else matrix,
            dst_colorspace=None if stored_as_rgb else matrix,
            src_color_range=_FULL if stored_as_rgb or is_full_range(picture) else _LIMITED,
            dst_color_range=_FULL,
        )
        return turned.to_ndarray()

    def _deep(self, picture: VideoFrame) -> NDArray[np.uint16]:
        """Y'CbCr of more than 8 bits. libswscale only brings chroma to full size and keeps depth and range: its own
        way to 16 bits shifts codes for some formats and repeats bits for others."""
        full = is_full_range(picture)
        bits = max(component.bits for component in picture.format.components)
        whole = self._reformat.reformat(
            picture,
            format=f"yuv444p{bits}le",
            interpolation=_CAREFUL,
            src_color_range=_FULL if full else _LIMITED,
            dst_color_range=_FULL if full else _LIMITED,
        )
        planes = [
            np.frombuffer(memoryview(plane), "<u2").reshape(plane.height, plane.line_size // 2)[:, : plane.width]
            for plane in whole.planes
        ]
        matrix = ycbcr_to_rgb(matrix_of(picture), full_range=full, bits=bits)
        return np.asarray(cv2.transform(np.dstack(planes), matrix), dtype=np.uint16)


def ycbcr_to_rgb(name: str, *, full_range: bool, bits: int) -> NDArray[np.float64]:
    """The 3 x 4 matrix from Y'CbCr codes of ``bits`` to R'G'B' of 0..65535 (ITU-R BT.2100-2 tables 6 and 9)."""
    red, blue = _LUMA[name]
    green = 1 - red - blue
    to_rgb = np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
            [1, 2 * (1 - blue), 0],
        ]
    )
    step = 2.0 ** (bits - 8)
    if full_range:
        offset, scale = np.array([0, 128, 128]) * step, np.full(3, 2.0**bits - 1)
    else:
        offset, scale = np.array([16, 128, 128]) * step, np.array([219, 224, 224]) * step
    per_code = to_rgb * (65535 / scale)
    return np.hstack([per_code, -(per_code @ offset)[:, None]])


def matrix_of(picture: VideoFrame) -> str:
    """The Y'CbCr matrix that the picture is tagged with, or that its height implies."""
    tagged = _TAGGED.get(int(picture.colorspace))
    return tagged or ("Rec.709" if picture.height >= HD_LINES else "Rec.601")


def is_full_range(picture: VideoFrame) -> bool:
    """Whether codes run over the full range; untagged Y'CbCr is limited, as broadcast and cameras write it."""
    return int(picture.color_range) == _FULL or picture.format.name.startswith("yuvj")


def colorspace_of(picture: VideoFrame) -> FileColor:
    """What the tagged transfer says of the colorspace: ``sRGB``, ``linear Rec.709``, else ``Rec.709``.

    A movie without a tag is Rec.709 by its kind. Log footage is never tagged as such: the request or the studio's
    file rules say so.
    """
    transfer = int(picture.color_trc)
    by_transfer = {_SRGB_TRANSFER: "sRGB", _LINEAR_TRANSFER: "linear Rec.709"}
    source = FILE_KIND if transfer in _UNTAGGED_TRANSFERS else METADATA
    return FileColor(by_transfer.get(transfer, "Rec.709"), source)


def precision_of(picture: VideoFrame) -> str:
    """The dtype that ``ToRgb`` gives: ``uint8`` for 8-bit movies, else ``uint16``."""
    return "uint16" if max(component.bits for component in picture.format.components) > 8 else "uint8"


def orientation_of(picture: VideoFrame) -> int:
    """The EXIF number 1..8 of the movie's display matrix; 1 when it has none."""
    side_data: Iterable[Any] = picture.side_data  # PyAV types it as a mapping, and iterates over the values
    for data in side_data:
        if data.type.name == "DISPLAYMATRIX":
            return of_display_matrix(np.frombuffer(bytes(data), dtype=np.int32))
    return 1
