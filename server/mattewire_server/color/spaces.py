"""The colorspaces that are known without any config: curve and gamut, and the names that hosts give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import curves, gamuts
from .curves import Curve
from .gamuts import REC709, Gamut
from .names import key, spellings

Whole = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""A conversion of whole pictures, (h, w, 3) plate codes to linear Rec.709."""


@dataclass(frozen=True, eq=False)
class Colorspace:
    """How a plate's codes become linear Rec.709: ``curve`` (None: linear already), then ``matrix`` (None: none).

    ``display``: encoded for a display, so code values pass through unless an exposure is asked for. ``aliases``:
    other names that hosts give it. ``gamut``: where the matrix comes from, None for a config's space. ``source``:
    empty for the table below, else the identity of the config that defines it. ``whole``: what to do instead of
    curve and matrix, for a config's space that is neither.
    """

    name: str
    curve: Curve | None = None
    matrix: NDArray[np.float64] | None = field(default=None, repr=False)
    display: bool = False
    aliases: tuple[str, ...] = ()
    gamut: Gamut | None = field(default=None, repr=False)
    source: str = ""
    whole: Whole | None = field(default=None, repr=False)


def _space(name: str, curve: Curve | None, gamut: Gamut, *aliases: str, display: bool = False) -> Colorspace:
    matrix = None if gamut is REC709 else gamuts.to_rec709(gamut)
    return Colorspace(name, curve, matrix, display, aliases, gamut)


# Aliases: OpenColorIO's studio and CG configs (1.0 to 4.0), the older aces_1.x configs, the Color Interop Forum, and
# Nuke's own list. Nuke's camera curves name no gamut; each gets the one its maker recommends for grading.
SPACES: tuple[Colorspace, ...] = (
    _space(
        "sRGB",
        curves.srgb_to_linear,
        REC709,
        *("sRGB - Texture", "Utility - sRGB - Texture", "Input - Generic - sRGB - Texture", "srgb_tx"),
        *("sRGB Encoded Rec.709 (sRGB)", "srgb_rec709_scene", "srgb_rec709_display", "sRGB - Display"),
        *("Output - sRGB", "srgb8", "IEC 61966-2-1", "texture_paint", "color_picking", "srgb_texture"),
        display=True,
    ),
    _space(
        "Rec.709",
        curves.srgb_to_linear,
        REC709,
        *("BT.709", "ITU-R BT.709", "Rec.1886", "BT.1886", "Rec.1886 Rec.709 - Display", "Rec.709 Gamma 2.4"),
        *("Gamma 2.4 Encoded Rec.709", "Utility - Rec.709 - Display", "Output - Rec.709", "Camera Rec.709"),
        display=True,
    ),
    _space(
        "linear Rec.709",
        None,
        REC709,
        *("linear", "scene_linear", "compositing_linear", "lin_rec709", "lin_srgb", "lin_rec709_scene"),
        *("Linear Rec.709 (sRGB)", "Linear sRGB", "Utility - Linear - sRGB", "Utility - Linear - Rec.709"),
        *("scene-linear Rec.709-sRGB", "Linear BT.709"),
    ),
    _space("ACEScg", None, gamuts.AP1, "ACES - ACEScg", "lin_ap1", "lin_ap1_scene", "linear AP1", "AP1"),
    _space(
        "ACES2065-1",
        None,
        gamuts.AP0,
        *("ACES - ACES2065-1", "ACES", "lin_ap0", "lin_ap0_scene", "linear AP0", "AP0", "aces_interchange"),
    ),
    _space("ACEScct", curves.acescct_to_linear, gamuts.AP1, "ACES - ACEScct", "acescct_ap1", "acescct_ap1_scene"),
    _space("ACEScc", curves.acescc_to_linear, gamuts.AP1, "ACES - ACEScc", "acescc_ap1", "acescc_ap1_scene"),
    _space("Cineon", curves.cineon_to_linear, REC709, "Cineon log", "Kodak Log", "lg10"),
    _space(
        "ARRI LogC3 (EI800)",
        curves.logc3_to_linear,
        gamuts.ARRI_WIDE_GAMUT_3,
        *("ARRI LogC3", "LogC3", "LogC", "AlexaV3LogC", "LogC3 AWG3", "Input - ARRI - LogC3"),
        *("logc3ei800_alexawide", "arrilogc3_awg3_scene"),
        *("Input - ARRI - V3 LogC (EI800) - Wide Gamut", "V3 LogC (EI800) - Wide Gamut"),
    ),
    _space(
        "ARRI LogC4",
        curves.logc4_to_linear,
        gamuts.ARRI_WIDE_GAMUT_4,
        *("LogC4", "LogC4 AWG4", "Input - ARRI - LogC4", "arrilogc4_awg4_scene"),
    ),
    _space(
        "S-Log3 S-Gamut3.Cine",
        curves.slog3_to_linear,
        gamuts.S_GAMUT3_CINE,
        *("S-Log3", "slog3_sgamutcine", "Input - Sony - S-Log3 - S-Gamut3.Cine", "slog3_sgamut3cine_scene"),
    ),
    _space(
        "S-Log3 S-Gamut3",
        curves.slog3_to_linear,
        gamuts.S_GAMUT3,
        *("Input - Sony - S-Log3 - S-Gamut3", "slog3_sgamut3_scene"),
    ),
    _space(
        "V-Log V-Gamut",
        curves.vlog_to_linear,
        gamuts.V_GAMUT,
        *("V-Log", "Panasonic V-Log", "Input - Panasonic - V-Log - V-Gamut", "vlog_vgamut_scene"),
    ),
    _space(
        "Log3G10 REDWideGamutRGB",
        curves.log3g10_to_linear,
        gamuts.RED_WIDE_GAMUT,
        *("Log3G10", "RED Log3G10", "REDLog3G10", "Input - RED - REDLog3G10 - REDWideGamutRGB"),
        *("rl3g10_rwg", "redlog3g10_rwg_scene"),
    ),
    _space(
        "DaVinci Intermediate WideGamut",
        curves.davinci_intermediate_to_linear,
        gamuts.DAVINCI_WIDE_GAMUT,
        *("DaVinci Intermediate", "DaVinci Wide Gamut Intermediate", "davinci_dwg_scene"),
    ),
    _space("linear Rec.2020", None, gamuts.REC2020, "lin_rec2020", "lin_rec2020_scene", "Utility - Linear - Rec.2020"),
    _space(
        "linear P3-D65",
        None,
        gamuts.P3_D65,
        *("lin_p3d65", "lin_displayp3", "lin_p3d65_scene", "Utility - Linear - P3-D65", "Linear Display P3"),
    ),
    _space(
        "linear ARRI Wide Gamut 3",
        None,
        gamuts.ARRI_WIDE_GAMUT_3,
        *("lin_arri_wide_gamut_3", "lin_alexawide", "Input - ARRI - Linear - ALEXA Wide Gamut", "lin_awg3_scene"),
    ),
    _space(
        "linear ARRI Wide Gamut 4",
        None,
        gamuts.ARRI_WIDE_GAMUT_4,
        *("lin_arri_wide_gamut_4", "lin_awg4", "lin_awg4_scene"),
    ),
    _space(
        "linear S-Gamut3.Cine",
        None,
        gamuts.S_GAMUT3_CINE,
        *("lin_sgamut3cine", "Input - Sony - Linear - S-Gamut3.Cine", "lin_sgamut3cine_scene"),
    ),
    _space(
        "linear S-Gamut3",
        None,
        gamuts.S_GAMUT3,
        *("lin_sgamut3", "Input - Sony - Linear - S-Gamut3", "lin_sgamut3_scene"),
    ),
    _space(
        "linear V-Gamut",
        None,
        gamuts.V_GAMUT,
        *("lin_vgamut", "Input - Panasonic - Linear - V-Gamut", "lin_vgamut_scene"),
    ),
    _space(
        "linear REDWideGamutRGB",
        None,
        gamuts.RED_WIDE_GAMUT,
        *("lin_redwidegamutrgb", "lin_rwg", "Input - RED - Linear - REDWideGamutRGB", "lin_rwg_scene"),
    ),
    _space(
        "linear DaVinci WideGamut",
        None,
        gamuts.DAVINCI_WIDE_GAMUT,
        *("lin_davinci_widegamut", "lin_dwg_scene", "linear DaVinci Wide Gamut"),
    ),
)
"""``scene_linear`` and ``linear`` are roles: without the studio's own config they mean Nuke's default, Rec.709."""

_BY_KEY = {key(name): space for space in SPACES for name in (space.name, *space.aliases)}


def find(name: str) -> Colorspace | None:
    """The row that ``name`` (a name or alias; case and punctuation do not count) stands for."""
    keys = (key(spelling) for spelling in spellings(name))
    return next((_BY_KEY[known] for known in keys if known in _BY_KEY), None)


def linear_with(chromaticities: Any) -> str:
    """The linear space whose primaries are ``chromaticities`` (x, y of red, green, blue and white), else ``""``.

    Within 0.002, for some programs write three digits.
    """
    try:
        stated = np.asarray(chromaticities, dtype=float).reshape(4, 2)
    except (TypeError, ValueError):
        return ""
    for space in SPACES:
        known = None if space.curve or space.gamut is None else space.gamut.chromaticities
        if known is not None and np.allclose(stated, known, rtol=0, atol=2e-3):
            return space.name
    return ""
