"""Color words as soft regions of CIELAB, and the Lab picture they are measured on.

Lab is computed from display-referred sRGB (D65) by OpenCV: L 0..100, a and b about -100..100. Hue angles of the
words follow the ISCC-NBS hue circle rounded to 5 degrees; lightness and chroma limits are ours, set on pictures
under set light, where a lit ball runs from near white to near black.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def to_lab(rgb: Floats) -> Floats:
    """sRGB float32 (h, w, 3) in 0..1 to CIELAB float32 (h, w, 3)."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2Lab), dtype=np.float32)


@dataclass(frozen=True)
class Region:
    """Where a color word lies: ``hue`` center and half width in degrees (``None``: neutral), and limits.

    ``chroma``: (low, high); ``light``: (low, high); each limit is soft over a few units.
    """

    hue: tuple[float, float] | None
    chroma: tuple[float, float]
    light: tuple[float, float]


REGIONS = {
    "red": Region((30.0, 20.0), (26.0, 200.0), (6.0, 80.0)),
    "orange": Region((62.0, 16.0), (32.0, 200.0), (35.0, 90.0)),
    "yellow": Region((92.0, 17.0), (30.0, 200.0), (50.0, 101.0)),
    "green": Region((145.0, 34.0), (16.0, 200.0), (8.0, 98.0)),
    "cyan": Region((205.0, 28.0), (14.0, 200.0), (20.0, 101.0)),
    "blue": Region((272.0, 36.0), (16.0, 200.0), (5.0, 85.0)),
    "purple": Region((315.0, 18.0), (16.0, 200.0), (5.0, 75.0)),
    "pink": Region((355.0, 27.0), (18.0, 200.0), (45.0, 96.0)),
    "brown": Region((58.0, 22.0), (10.0, 48.0), (10.0, 52.0)),
    "white": Region(None, (0.0, 14.0), (68.0, 101.0)),
    "gray": Region(None, (0.0, 11.0), (22.0, 72.0)),
    "black": Region(None, (0.0, 14.0), (-1.0, 22.0)),
}

_TONES = {"light": (62.0, 101.0), "dark": (-1.0, 48.0), "bright": (35.0, 101.0)}


def _above(values: Floats, limit: float, softness: float) -> Floats:
    """0 below ``limit - softness``, 1 above ``limit + softness``, linear between."""
    return np.asarray(np.clip((values - (limit - softness)) / (2 * softness), 0, 1), np.float32)


def membership(lab: Floats, color: str, tone: str = "") -> Floats:
    """How well each pixel answers to a color word: float32 (h, w), 0..1, 0.5 at the limits.

    ``lab``: CIELAB float32 (h, w, 3); ``color``: a key of ``REGIONS``;
    ``tone``: ``light``, ``dark``, ``bright`` or ``""``.
    """
    region = REGIONS[color]
    light, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    chroma = np.hypot(a, b)
    found = _above(chroma, region.chroma[0], 6) if region.chroma[0] > 0 else np.ones_like(light)
    found = np.minimum(found, 1 - _above(chroma, region.chroma[1], 5))
    low, high = region.light
    if tone and region.hue:
        low, high = max(low, _TONES[tone][0]), min(high, _TONES[tone][1])
        if tone == "bright":
            found = np.minimum(found, _above(chroma, 40, 8))
    found = np.minimum(found, np.minimum(_above(light, low, 4), 1 - _above(light, high, 4)))
    if region.hue:
        center, half = region.hue
        angle = np.degrees(np.arctan2(b, a))
        away = np.abs((angle - center + 180) % 360 - 180)
        found = np.minimum(found, 1 - _above(away, half, 5))
    return np.asarray(found, dtype=np.float32)


def phrase_membership(lab: Floats, colors: tuple[tuple[str, str], ...]) -> Floats:
    """The best of several color words per pixel; float32 (h, w), 0..1."""
    best = membership(lab, *colors[0])
    for color, tone in colors[1:]:
        best = np.maximum(best, membership(lab, color, tone))
    return best
