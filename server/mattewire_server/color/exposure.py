"""How much brighter a dark plate must be for the models to see what is in it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .transform import ColorTransform

MIDDLE_GRAY = 0.18
"""The key of a scene of ordinary lightness: Reinhard et al., "Photographic Tone Reproduction for Digital Images",
SIGGRAPH 2002, section 3, after Adams' zone V."""

BRIGHT = 0.5
"""Where the brightest parts of an ordinary scene lie, one and a half stops above middle gray (sRGB code 188 of 255):
a lit wall, a sky, light skin. A dark plate's are brought here."""

MOST_STOPS = 6.0
"""Beyond it there is little but noise: a camera of 14 stops has 8 below middle gray."""

STEP = 0.25

_CONTRAST = 2.0**-9
"""What lies nine stops below the picture's light, or below white, is black and its noise: Adams' zones 0 to IX are all
that a picture shows at once."""

_FAINTEST = 2.0**-14
"""Nor is it light when even the most exposure leaves it below 1/255 of white."""

_ENOUGH = 512  # so many samples along each side, at most


def automatic_exposure(rgb: NDArray[Any], transform: ColorTransform) -> float:
    """Stops by which to brighten the plate that this frame is of: 0 unless it is dark, at most 6, in quarter stops.

    ``rgb``: (h, w, 3) plate codes, as ``ColorTransform.to_display`` takes them. The transform's own exposure does not
    count.

    Judged on max(R, G, B) in linear light, at the 95th percentile of the pixels that have light at all. So a normal
    picture with deep shadows stays as it is (5 % of it reaches middle gray); a small bright subject before black is
    judged by itself, for black has no light; and one lamp in the night is part of the other 5 %: it clips, and the
    night becomes visible. Dark is a plate of which 95 % is below middle gray.
    """
    across = max(1, math.ceil(rgb.shape[0] / _ENOUGH)), max(1, math.ceil(rgb.shape[1] / _ENOUGH))
    light = transform.to_linear(np.ascontiguousarray(rgb[:: across[0], :: across[1]])).max(axis=2)
    if not light.size:
        return 0.0
    brightest = min(float(np.percentile(light, 99.9)), 1.0)
    lit = light[light > max(brightest * _CONTRAST, _FAINTEST)]
    if not lit.size:
        return 0.0
    level = float(np.percentile(lit, 95))
    if level >= MIDDLE_GRAY:
        return 0.0
    stops = math.floor(math.log2(BRIGHT / level) / STEP) * STEP
    return min(stops, MOST_STOPS)
