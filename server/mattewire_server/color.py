"""What the models see: plate colorspace to display-referred sRGB, by curve and matrix. The plate's numbers stay.

    plate codes --curve--> linear --3x3, 2**exposure--> linear Rec.709 --clip to 0..1--> --sRGB curve--> 0..1

No tone mapping: an ACES view takes most of a second per HD frame and bends exactly the highlights and saturated
colors that a color word names. Negative values (outside the gamut) become 0, for on the curve's straight toe they
would grow elevenfold; values above 1 become 1, as in a photograph, which is what the models learned from.

Spaces that are display-encoded already (sRGB, Rec.709 movies) pass through. A Rec.709 movie is *not* converted to
sRGB: every training picture that was ever a video frame was decoded the same way, its code values shown as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import UnknownColorspace

from .plates.model import as_float

Curve = Callable[[NDArray[Any]], NDArray[Any]]
Chromaticities = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""CIE xy of red, green, blue and white."""

REC709: Chromaticities = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290))  # ITU-R BT.709-6, item 1.3
AP0: Chromaticities = ((0.7347, 0.2653), (0.0, 1.0), (0.0001, -0.0770), (0.32168, 0.33767))  # SMPTE ST 2065-1
AP1: Chromaticities = ((0.713, 0.293), (0.165, 0.830), (0.128, 0.044), (0.32168, 0.33767))  # Academy S-2014-004

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""Lam, 1985; as in ICC.1:2022 annex E."""

HALF_MAX = 65504.0

_ROWS = 32
"""Rows per step, so that one step's temporaries (0.7 MB at HD) stay in the processor's cache."""


# --- curves: code values to linear light, 1.0 is diffuse white ---------------------------------------------


def srgb_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """IEC 61966-2-1; negative codes continue the straight toe."""
    power = np.power((np.maximum(code, 0.04045) + 0.055) / 1.055, 2.4)
    return np.where(code <= 0.04045, code / 12.92, power)


def linear_to_srgb(linear: NDArray[Any]) -> NDArray[Any]:
    """IEC 61966-2-1, the inverse; for values of 0 and above."""
    power = np.power(np.maximum(linear, 0.0031308), 1 / 2.4)
    return np.where(linear <= 0.0031308, linear * 12.92, power * 1.055 - 0.055)


def cineon_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """Kodak Cineon: 0.002 density per 10-bit code, film gamma 0.6, black at code 95, white at 685.

    "Conversion of 10-bit Log Film Data To 8-bit Linear or Video Data", Kodak, 1995; the black is subtracted, as
    Nuke's "Cineon" does. The primaries are taken as Rec.709, as there: printing density has none.
    """
    black = 10 ** ((95 - 685) * 0.002 / 0.6)
    return (np.power(10.0, (code * 1023 - 685) * (0.002 / 0.6)) - black) / (1 - black)


# --- the table -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Colorspace:
    """One row: ``curve`` (None: linear already), ``primaries``, and other names that hosts give it.

    ``display``: encoded for a display, so code values pass through unless an exposure is asked for.
    """

    name: str
    curve: Curve | None
    primaries: Chromaticities
    display: bool = False
    aliases: tuple[str, ...] = ()


SPACES: tuple[Colorspace, ...] = (
    Colorspace(
        "sRGB",
        srgb_to_linear,
        REC709,
        display=True,
        aliases=(
            *("sRGB - Texture", "Utility - sRGB - Texture", "Input - Generic - sRGB - Texture", "srgb_tx"),
            *("sRGB Encoded Rec.709 (sRGB)", "srgb_rec709_scene", "sRGB - Display", "Output - sRGB"),
            *("srgb8", "IEC 61966-2-1", "texture_paint", "color_picking"),
        ),
    ),
    Colorspace(
        "Rec.709",
        srgb_to_linear,
        REC709,
        display=True,
        aliases=(
            *("BT.709", "ITU-R BT.709", "Rec.1886", "Rec.1886 Rec.709 - Display", "Gamma 2.4 Encoded Rec.709"),
            *("Utility - Rec.709 - Display", "Output - Rec.709", "Camera Rec.709", "Rec.709 Gamma 2.4"),
        ),
    ),
    Colorspace(
        "linear Rec.709",
        None,
        REC709,
        aliases=(
            *("linear", "scene_linear", "compositing_linear", "lin_rec709", "lin_srgb", "lin_rec709_scene"),
            *("Linear Rec.709 (sRGB)", "Linear sRGB", "Utility - Linear - sRGB", "Utility - Linear - Rec.709"),
            *("scene-linear Rec.709-sRGB", "Linear BT.709"),
        ),
    ),
    Colorspace("ACEScg", None, AP1, aliases=("ACES - ACEScg", "lin_ap1", "lin_ap1_scene", "linear AP1", "AP1")),
    Colorspace(
        "ACES2065-1",
        None,
        AP0,
        aliases=("ACES - ACES2065-1", "ACES", "lin_ap0", "lin_ap0_scene", "linear AP0", "AP0", "aces_interchange"),
    ),
    Colorspace("Cineon", cineon_to_linear, REC709, aliases=("Cineon log", "Kodak Log", "lg10")),
)
"""``scene_linear`` and ``linear`` are roles: without the studio's own config they mean Nuke's default, Rec.709."""


def known_colorspaces() -> tuple[str, ...]:
    """The names to offer an artist."""
    return tuple(space.name for space in SPACES)


def _key(name: str) -> str:
    """Case, spaces and punctuation do not count; Nuke's knob says ``default (linear)`` for its own choice."""
    chosen = re.fullmatch(r"\s*default\s*\((.*)\)\s*", name, re.IGNORECASE)
    return re.sub(r"[^a-z0-9]+", "", (chosen.group(1) if chosen else name).lower())


_BY_KEY = {_key(name): space for space in SPACES for name in (space.name, *space.aliases)}


def transform_for(colorspace: str, *, exposure: float = 0.0) -> ColorTransform:
    """The way from ``colorspace`` (a name or alias, case-insensitive) to what the models see.

    ``exposure``: stops, applied in linear light. ``UnknownColorspace`` lists the known names.
    """
    space = _BY_KEY.get(_key(colorspace))
    if space is None:
        raise UnknownColorspace(
            f"{colorspace!r} is not a colorspace that Mattewire knows.",
            field="plate.colorspace",
            advice=f"Choose one of {', '.join(known_colorspaces())}.",
        )
    return ColorTransform(space, exposure)


@dataclass(frozen=True)
class ColorTransform:
    """Curve, matrix and exposure of one plate. Threads may share it."""

    space: Colorspace
    exposure: float = 0.0
    matrix: NDArray[np.float64] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        same = self.space.primaries == REC709
        object.__setattr__(self, "matrix", None if same else primaries_matrix(self.space.primaries, REC709))

    @property
    def colorspace(self) -> str:
        """The space's own name, whatever alias it was asked for by."""
        return self.space.name

    @property
    def passes_through(self) -> bool:
        return self.space.display and self.exposure == 0.0

    def to_display(self, rgb: NDArray[Any]) -> NDArray[np.float32]:
        """The picture for the models: float32 (h, w, 3), sRGB-encoded, 0..1, C-contiguous.

        ``rgb``: (h, w, 3) plate codes, uint8 or uint16 (full range is 0..1), float16 or float32. NaN becomes 0.
        8-bit sRGB passes through exactly, as code / 255.
        """
        out = np.empty(rgb.shape, np.float32)
        with np.errstate(over="ignore", invalid="ignore"):  # infinities and NaN in a plate are answered by the clip
            for top in range(0, rgb.shape[0], _ROWS):
                out[top : top + _ROWS] = self._rows(rgb[top : top + _ROWS])
        return out

    def _rows(self, rgb: NDArray[Any]) -> NDArray[np.float32]:
        if self.passes_through:
            return as_float(rgb) if rgb.dtype.kind == "u" else _clip(as_float(rgb))
        tabled = rgb.dtype != np.float32
        if tabled and self.matrix is None:
            return _look_up(_display_table(self.space, self.exposure, rgb.dtype.str), rgb)
        linear = _look_up(_linear_table(self.space, rgb.dtype.str), rgb) if tabled else _linear(self.space, rgb)
        return _encode(_clip(self._to_rec709(linear)))

    def _to_rec709(self, linear: NDArray[np.float32]) -> NDArray[np.float32]:
        gain = 2.0**self.exposure
        if self.matrix is None:
            return np.asarray(linear * np.float32(gain))
        return np.asarray(cv2.transform(linear, self.matrix * gain), np.float32)


def primaries_matrix(source: Chromaticities, target: Chromaticities) -> NDArray[np.float64]:
    """Linear RGB of ``source`` to linear RGB of ``target``, white to white by Bradford adaptation.

    SMPTE RP 177 for RGB to XYZ; Bradford as the ACES and OpenColorIO configurations use it.
    """
    source_white, target_white = (_BRADFORD @ _white(space) for space in (source, target))
    adapt = np.linalg.inv(_BRADFORD) @ np.diag(target_white / source_white) @ _BRADFORD
    matrix: NDArray[np.float64] = np.linalg.inv(_to_xyz(target)) @ adapt @ _to_xyz(source)
    return matrix


def _white(space: Chromaticities) -> NDArray[np.float64]:
    x, y = space[3]
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _to_xyz(space: Chromaticities) -> NDArray[np.float64]:
    columns = np.array([[x, y, 1 - x - y] for x, y in space[:3]]).T
    scaled: NDArray[np.float64] = columns * np.linalg.solve(columns, _white(space))
    return scaled


def _clip(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """0..1; ``fmax`` drops NaN in favor of 0."""
    clipped: NDArray[np.float32] = np.fmin(np.fmax(rgb, np.float32(0)), np.float32(1))
    return clipped


def _linear(space: Colorspace, codes: NDArray[Any]) -> NDArray[np.float32]:
    """Linear light in the space's own primaries. NaN is 0 and infinities are a half's largest value.

    Highlights that overflowed a half are common in renders; left infinite, a matrix would turn white into black.
    """
    linear = codes if space.curve is None else space.curve(codes)
    return np.nan_to_num(linear.astype(np.float32, copy=False), nan=0.0, posinf=HALF_MAX, neginf=-HALF_MAX)


def _encode(linear: NDArray[Any]) -> NDArray[np.float32]:
    return linear_to_srgb(linear).astype(np.float32, copy=False)


def _look_up(table: NDArray[np.float32], rgb: NDArray[Any]) -> NDArray[np.float32]:
    values: NDArray[np.float32] = table[rgb.view(np.uint16) if rgb.dtype == np.float16 else rgb]
    return values


def _every_code(dtype: str) -> NDArray[np.float64]:
    """The value of each code of uint8 and uint16, or of each of a half's 65,536 bit patterns."""
    if np.dtype(dtype) == np.float16:
        return np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    codes = np.arange(np.iinfo(dtype).max + 1, dtype=np.float64)
    codes /= codes[-1]
    return codes


@cache
def _linear_table(space: Colorspace, dtype: str) -> NDArray[np.float32]:
    """Linear light for every code."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _linear(space, _every_code(dtype))


@cache
def _display_table(space: Colorspace, exposure: float, dtype: str) -> NDArray[np.float32]:
    """The finished display value for every code, for spaces with Rec.709 primaries."""
    return _encode(_clip(_linear_table(space, dtype) * np.float32(2.0**exposure)))
