"""The primaries of plates, and matrices between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Chromaticities = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""CIE xy of red, green, blue and white."""

_D65 = (0.3127, 0.3290)  # CIE 15, as ITU-R BT.709 and every camera here round it
_ACES_WHITE = (0.32168, 0.33767)

_CONES = {
    # Lam, 1985; as in ICC.1:2022 annex E
    "Bradford": np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]),
    # CIE 159:2004 (CIECAM02)
    "CAT02": np.array([[0.7328, 0.4296, -0.1624], [-0.7036, 1.6975, 0.0061], [0.0030, 0.0136, 0.9834]]),
}


@dataclass(frozen=True)
class Gamut:
    """RGB primaries and white. ``adaptation``: the one its maker's matrix to ACES2065-1 is made with (the Academy's
    input transforms and OpenColorIO's studio configs hold the same matrices), ``Bradford`` or ``CAT02``."""

    name: str
    chromaticities: Chromaticities
    adaptation: Literal["Bradford", "CAT02"] = "Bradford"


def _at_d65(*primaries: tuple[float, float]) -> Chromaticities:
    red, green, blue = primaries
    return (red, green, blue, _D65)


# ITU-R BT.709-6 item 1.3, BT.2020-2 table 3; SMPTE RP 431-2 with D65
REC709 = Gamut("Rec.709", _at_d65((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)))
REC2020 = Gamut("Rec.2020", _at_d65((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)))
P3_D65 = Gamut("P3-D65", _at_d65((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)))
# SMPTE ST 2065-1; Academy S-2014-004
AP0 = Gamut("AP0", ((0.7347, 0.2653), (0.0, 1.0), (0.0001, -0.0770), _ACES_WHITE))
AP1 = Gamut("AP1", ((0.713, 0.293), (0.165, 0.830), (0.128, 0.044), _ACES_WHITE))
# The papers that curves.py cites for each camera's curve
ARRI_WIDE_GAMUT_3 = Gamut("ARRI Wide Gamut 3", _at_d65((0.684, 0.313), (0.221, 0.848), (0.0861, -0.1020)), "CAT02")
ARRI_WIDE_GAMUT_4 = Gamut("ARRI Wide Gamut 4", _at_d65((0.7347, 0.2653), (0.1424, 0.8576), (0.0991, -0.0308)), "CAT02")
S_GAMUT3 = Gamut("S-Gamut3", _at_d65((0.730, 0.280), (0.140, 0.855), (0.100, -0.050)), "CAT02")
S_GAMUT3_CINE = Gamut("S-Gamut3.Cine", _at_d65((0.766, 0.275), (0.225, 0.800), (0.089, -0.087)), "CAT02")
V_GAMUT = Gamut("V-Gamut", _at_d65((0.730, 0.280), (0.165, 0.840), (0.100, -0.030)))
RED_WIDE_GAMUT = Gamut("REDWideGamutRGB", _at_d65((0.780308, 0.304253), (0.121595, 1.493994), (0.095612, -0.084589)))
DAVINCI_WIDE_GAMUT = Gamut("DaVinci Wide Gamut", _at_d65((0.8, 0.313), (0.1682, 0.9877), (0.079, -0.1155)), "CAT02")


def to_rec709(gamut: Gamut) -> NDArray[np.float64]:
    """Linear RGB of ``gamut`` to linear Rec.709, white to white: by way of ACES2065-1, as OpenColorIO's configs go.

    The first step adapts as the gamut's maker does, the second by Bradford.
    """
    return primaries_matrix(AP0, REC709) @ primaries_matrix(gamut, AP0)


def primaries_matrix(source: Gamut, target: Gamut) -> NDArray[np.float64]:
    """Linear RGB of ``source`` to linear RGB of ``target``, white to white: 3x3, for columns of RGB.

    SMPTE RP 177 for RGB to XYZ; the white is adapted in the cone space of ``source.adaptation`` (von Kries).
    """
    cones = _CONES[source.adaptation]
    source_white, target_white = (cones @ _white(gamut) for gamut in (source, target))
    adapt = np.linalg.inv(cones) @ np.diag(target_white / source_white) @ cones
    matrix: NDArray[np.float64] = np.linalg.inv(_to_xyz(target)) @ adapt @ _to_xyz(source)
    return matrix


def _white(gamut: Gamut) -> NDArray[np.float64]:
    x, y = gamut.chromaticities[3]
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _to_xyz(gamut: Gamut) -> NDArray[np.float64]:
    columns = np.array([[x, y, 1 - x - y] for x, y in gamut.chromaticities[:3]]).T
    scaled: NDArray[np.float64] = columns * np.linalg.solve(columns, _white(gamut))
    return scaled
