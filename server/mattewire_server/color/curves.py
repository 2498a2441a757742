"""Transfer curves of plates: code values to linear light, where 1.0 is diffuse white and 0.18 a gray card.

Every function takes float arrays of any shape and answers every number: the straight toe goes on below its end,
the logarithm above its top, so that nothing is clipped before the matrix. Code values are full range, 0..1, as
image files and decoded movies give them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Curve = Callable[[NDArray[Any]], NDArray[Any]]


# --- display -------------------------------------------------------------------------------------------------


def srgb_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """IEC 61966-2-1; negative codes continue the straight toe."""
    power = np.power((np.maximum(code, 0.04045) + 0.055) / 1.055, 2.4)
    return np.where(code <= 0.04045, code / 12.92, power)


def linear_to_srgb(linear: NDArray[Any]) -> NDArray[Any]:
    """IEC 61966-2-1, the inverse; for values of 0 and above."""
    power = np.power(np.maximum(linear, 0.0031308), 1 / 2.4)
    return np.where(linear <= 0.0031308, linear * 12.92, power * 1.055 - 0.055)


# --- film ----------------------------------------------------------------------------------------------------


def cineon_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """Kodak Cineon: 0.002 density per 10-bit code, film gamma 0.6, black at code 95, white at 685.

    "Conversion of 10-bit Log Film Data To 8-bit Linear or Video Data", Kodak, 1995; the black is subtracted, as
    Nuke's "Cineon" does. The primaries are taken as Rec.709, as there: printing density has none.
    """
    black = 10 ** ((95 - 685) * 0.002 / 0.6)
    return (np.power(10.0, (code * 1023 - 685) * (0.002 / 0.6)) - black) / (1 - black)


# --- ACES ----------------------------------------------------------------------------------------------------


def acescc_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """ACEScc, Academy S-2014-003: a pure logarithm, with half its slope in the last stop above 2**-16."""
    light = np.exp2(code * 17.52 - 9.72)
    return np.where(code <= (9.72 - 15) / 17.52, (light - 2.0**-16) * 2, light)


def acescct_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """ACEScct, Academy S-2016-001: ACEScc with a straight toe below 2**-7."""
    toe = (code - 0.0729055341958355) / 10.5402377416545
    return np.where(code <= 0.155251141552511, toe, np.exp2(code * 17.52 - 9.72))


# --- cameras -------------------------------------------------------------------------------------------------


def logc3_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """ARRI LogC3 at EI 800, relative scene exposure. "ALEXA Log C Curve: Usage in VFX", ARRI, 2017, table of
    SUP 3.x values; other exposure indices bend the shoulder by less than a tenth of a stop below white."""
    cut, a, b, c, d, e, f = 0.010591, 5.555556, 0.052272, 0.247190, 0.385537, 5.367655, 0.092809
    return np.where(code > e * cut + f, (np.power(10.0, (code - d) / c) - b) / a, (code - f) / e)


def logc4_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """ARRI LogC4. "ARRI LogC4 Logarithmic Color Space: Specification", ARRI, 2022, section 3.2."""
    a, b, c = (2.0**18 - 16) / 117.45, (1023 - 95) / 1023, 95 / 1023
    slope = 7 * np.log(2) * 2.0 ** (7 - 14 * c / b) / (a * b)
    start = (2.0 ** (6 - 14 * c / b) - 64) / a
    return np.where(code >= 0, (np.exp2(14 * (code - c) / b + 6) - 64) / a, code * slope + start)


def slog3_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """Sony S-Log3. "Technical Summary for S-Gamut3.Cine/S-Log3 and S-Gamut3/S-Log3", Sony, 2014, appendix."""
    knee = 171.2102946929
    toe = (code * 1023 - 95) * 0.01125 / (knee - 95)
    return np.where(code >= knee / 1023, np.power(10.0, (code * 1023 - 420) / 261.5) * 0.19 - 0.01, toe)


def vlog_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """Panasonic V-Log. "V-Log/V-Gamut Reference Manual", Panasonic, 2014, section 2."""
    return np.where(code < 0.181, (code - 0.125) / 5.6, np.power(10.0, (code - 0.598206) / 0.241514) - 0.00873)


def log3g10_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """RED Log3G10. "White Paper on REDWideGamutRGB and Log3G10" (915-0187, revision C), RED, 2017."""
    log = (np.power(10.0, np.maximum(code, 0) / 0.224282) - 1) / 155.975327 - 0.01
    return np.where(code < 0, code / 15.1927 - 0.01, log)


def davinci_intermediate_to_linear(code: NDArray[Any]) -> NDArray[Any]:
    """DaVinci Intermediate. "DaVinci Resolve: Wide Gamut Intermediate", Blackmagic Design, 2021."""
    return np.where(code > 0.02740668, np.exp2(code / 0.07329248 - 7) - 0.0075, code / 10.44426855)
