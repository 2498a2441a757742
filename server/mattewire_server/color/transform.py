"""What the models see: plate colorspace to display-referred sRGB, by curve and matrix. The plate's numbers stay.

    plate codes --curve--> linear --3x3, 2**exposure--> linear Rec.709 --clip to 0..1--> --sRGB curve--> 0..1

No tone mapping: an ACES view takes most of a second per HD frame and bends exactly the highlights and saturated
colors that a color word names. Negative values (outside the gamut) become 0, for on the curve's straight toe they
would grow elevenfold; values above 1 become 1, as in a photograph, which is what the models learned from.

Spaces that are display-encoded already (sRGB, Rec.709 movies) pass through. A Rec.709 movie is *not* converted to
sRGB: every training picture that was ever a video frame was decoded the same way, its code values shown as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .curves import linear_to_srgb
from .spaces import Colorspace

HALF_MAX = 65504.0

_ROWS = 32
"""Rows per step, so that one step's temporaries (0.7 MB at HD) stay in the processor's cache."""

_TABLES = 64  # so many tables (256 KB each) are kept; a worker sees few colorspaces


@dataclass(frozen=True)
class ColorTransform:
    """Curve, matrix and exposure of one plate. Threads may share it. ``exposure``: stops, in linear light."""

    space: Colorspace
    exposure: float = 0.0

    @property
    def colorspace(self) -> str:
        """The space's own name, whatever alias it was asked for by."""
        return self.space.name

    @property
    def matrix(self) -> NDArray[np.float64] | None:
        """3x3, linear RGB of the plate to linear Rec.709, without the exposure; None when there is nothing to do."""
        return self.space.matrix

    @property
    def identity(self) -> str:
        """Text that differs whenever the models may see something else: space, its definition, exposure."""
        return f"{self.space.name}\n{self.space.source}\n{self.exposure!r}"

    @property
    def passes_through(self) -> bool:
        return self.space.display and self.exposure == 0.0

    def to_display(self, rgb: NDArray[Any]) -> NDArray[np.float32]:
        """The picture for the models: float32 (h, w, 3), sRGB-encoded, 0..1, C-contiguous.

        ``rgb``: (h, w, 3) plate codes, uint8 or uint16 (full range is 0..1), float16 or float32. NaN becomes 0.
        8-bit sRGB passes through exactly, as code / 255.

        Raises ``ColorConfigUnreadable`` where a studio config's own files have gone since the space was looked up.
        """
        out = np.empty(rgb.shape, np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            if self.space.whole and not self.passes_through:
                rgb = self.to_linear(rgb)
                for rows in _steps(rgb):
                    out[rows] = _encode(rgb[rows] * np.float32(2.0**self.exposure))
                return out
            for rows in _steps(rgb):
                out[rows] = self._display_rows(rgb[rows])
        return out

    def to_linear(self, rgb: NDArray[Any]) -> NDArray[np.float32]:
        """Linear Rec.709 light without the exposure: float32 (h, w, 3), neither clipped nor encoded.

        Takes what ``to_display`` takes; NaN becomes 0, and what is beyond a half's largest value becomes that.
        """
        out = np.empty(rgb.shape, np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            if self.space.whole:
                return self.space.whole(_finite(as_float(rgb)))
            for rows in _steps(rgb):
                out[rows] = self._to_rec709(self._linear_rows(rgb[rows]), 1.0)
        return out

    def _display_rows(self, rgb: NDArray[Any]) -> NDArray[np.float32]:
        if self.passes_through:
            return as_float(rgb) if rgb.dtype.kind == "u" else _clip(as_float(rgb))
        if rgb.dtype != np.float32 and self.matrix is None:
            return _look_up(_display_table(self.space, self.exposure, rgb.dtype.str), rgb)
        return _encode(self._to_rec709(self._linear_rows(rgb), 2.0**self.exposure))

    def _linear_rows(self, rgb: NDArray[Any]) -> NDArray[np.float32]:
        """Linear light in the plate's own primaries."""
        if rgb.dtype == np.float32:
            return _linear(self.space, rgb)
        return _look_up(_linear_table(self.space, rgb.dtype.str), rgb)

    def _to_rec709(self, linear: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
        if self.matrix is None:
            return np.asarray(linear * np.float32(gain))
        return np.asarray(cv2.transform(linear, self.matrix * gain), np.float32)


def as_float(rgb: NDArray[Any]) -> NDArray[np.float32]:
    """Plate codes as float32: integers divided by their largest code, floats as they are."""
    numbers: NDArray[np.float32] = rgb.astype(np.float32, copy=False)
    if rgb.dtype.kind == "u":
        numbers *= np.float32(1 / np.iinfo(rgb.dtype).max)
    return numbers


def _steps(rgb: NDArray[Any]) -> list[slice]:
    return [slice(top, top + _ROWS) for top in range(0, rgb.shape[0], _ROWS)]


def _clip(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """0..1 of a plate's own numbers; ``fmax`` drops NaN in favor of 0."""
    clipped: NDArray[np.float32] = np.fmin(np.fmax(rgb, np.float32(0)), np.float32(1))
    return clipped


def _finite(linear: NDArray[Any]) -> NDArray[np.float32]:
    """NaN is 0, and nothing is beyond a half's largest value.

    Highlights that overflowed a half are common in renders; left infinite, a matrix would turn white into black.
    """
    known = np.nan_to_num(linear.astype(np.float32, copy=False), nan=0.0)
    return np.clip(known, np.float32(-HALF_MAX), np.float32(HALF_MAX), out=known)


def _linear(space: Colorspace, codes: NDArray[Any]) -> NDArray[np.float32]:
    """Linear light in the space's own primaries."""
    return _finite(codes if space.curve is None else space.curve(codes))


def _encode(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear Rec.709, finite, to sRGB codes of 0..1."""
    return linear_to_srgb(np.clip(linear, 0, 1)).astype(np.float32, copy=False)


def _look_up(table: NDArray[np.float32], rgb: NDArray[Any]) -> NDArray[np.float32]:
    values: NDArray[np.float32] = table.take(rgb.view(np.uint16) if rgb.dtype == np.float16 else rgb)
    return values


def _every_code(dtype: str) -> NDArray[np.float64]:
    """The value of each code of uint8 and uint16, or of each of a half's 65,536 bit patterns."""
    if np.dtype(dtype) == np.float16:
        return np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    codes = np.arange(np.iinfo(dtype).max + 1, dtype=np.float64)
    codes /= codes[-1]
    return codes


@lru_cache(maxsize=_TABLES)
def _linear_table(space: Colorspace, dtype: str) -> NDArray[np.float32]:
    """Linear light for every code."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _linear(space, _every_code(dtype))


@lru_cache(maxsize=_TABLES)
def _display_table(space: Colorspace, exposure: float, dtype: str) -> NDArray[np.float32]:
    """The finished display value for every code, for spaces with Rec.709 primaries."""
    return _encode(_linear_table(space, dtype) * np.float32(2.0**exposure))
