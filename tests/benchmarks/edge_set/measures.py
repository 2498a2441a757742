"""How far a matte is from the true one, in the band around its edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .paint import Colors, Raster

BAND = 24
"""Pixels on either side of the true edge: farther out no method may change anything, and easy pixels would hide what
happens at the edge."""
SIGMA = 1.4
"""Of the Gaussian derivatives, in pixels (Rhemann et al. 2009, "A perceptually motivated online benchmark for image
matting", section 5, which also gives the power 2)."""


@dataclass(frozen=True)
class Errors:
    """``sad``: sum of absolute differences, in thousands of pixels. ``mse``: mean square, in thousandths. ``gradient``:
    sum of squared differences of the gradients' sizes, in thousands (the three as matting papers report them)."""

    sad: float
    mse: float
    gradient: float


def band(alpha: Raster) -> NDArray[np.bool_]:
    """Where the true matte is soft, and ``BAND`` pixels around that."""
    soft = ((alpha > 0.01) & (alpha < 0.99)).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * BAND + 1, 2 * BAND + 1))
    return cv2.dilate(soft, disc).astype(bool)


def errors(made: Raster, true: Raster) -> Errors:
    """Both float32 (height, width), 0..1."""
    where = band(true)
    off = made.astype(np.float64) - true
    steps = _gradient(made) - _gradient(true)
    return Errors(
        float(np.abs(off)[where].sum() / 1e3),
        float((off[where] ** 2).mean() * 1e3),
        float((steps[where] ** 2).sum() / 1e3),
    )


def composite_error(
    foreground: Colors, alpha: Raster, true_foreground: Colors, true_alpha: Raster, onto: float
) -> float:
    """Root mean square of the difference of two composites over a flat color ``onto``, in the band, 0..1."""
    where = band(true_alpha)
    one = foreground * alpha[..., None] + onto * (1 - alpha[..., None])
    other = true_foreground * true_alpha[..., None] + onto * (1 - true_alpha[..., None])
    return float(np.sqrt(((one.astype(np.float64) - other)[where] ** 2).mean()))


def _gradient(alpha: Raster) -> NDArray[np.float64]:
    reach = int(np.ceil(4 * SIGMA))
    at = np.arange(-reach, reach + 1, dtype=np.float64)
    smooth = np.exp(-(at**2) / (2 * SIGMA**2))
    smooth /= smooth.sum()
    slope = -at * np.exp(-(at**2) / (2 * SIGMA**2)) / SIGMA**2
    slope /= np.abs(slope * at).sum()
    wide = alpha.astype(np.float64)
    across = cv2.sepFilter2D(wide, -1, slope, smooth, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(wide, -1, smooth, slope, borderType=cv2.BORDER_REPLICATE)
    return np.hypot(across, down)
