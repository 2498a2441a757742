"""Brushes for the benchmark pictures: textures, supersampled shapes, shutter and lens."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Raster = NDArray[np.float32]
"""float32 (height, width)."""
Colors = NDArray[np.float32]
"""float32 (height, width, 3), 0..1, as on a display."""

OVER = 4
"""Samples of a pixel in either direction; drawn antialiased on top of that (16 levels in each of 16 samples)."""
SHIFT = 4
"""Fractional bits of OpenCV's drawing coordinates."""


def texture(size: tuple[int, int], base: Sequence[float], spread: float, grain: float, seed: int) -> Colors:
    """Cloudy color around ``base``: octaves of noise, each half as strong as the one twice as coarse.

    ``size``: (height, width). ``spread``: standard deviation of the clouds. ``grain``: pixels of the finest octave.
    """
    random = np.random.default_rng(seed)
    height, width = size
    clouds = np.zeros((height, width, 3), np.float32)
    scale, weight = float(max(size)) / 2, 1.0
    while scale >= grain:
        rows, columns = max(2, round(height / scale) + 2), max(2, round(width / scale) + 2)
        coarse = random.standard_normal((rows, columns, 3)).astype(np.float32)
        clouds += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        scale, weight = scale / 2, weight * 0.7
    clouds *= np.float32(spread / max(float(clouds.std()), 1e-6))
    return np.clip(np.asarray(base, np.float32) + clouds, 0.02, 0.98)


def covered(size: tuple[int, int], draw: Callable[[NDArray[np.uint8], float], None]) -> Raster:
    """The share of every pixel that ``draw`` fills. It gets an uint8 canvas, and how much larger that is.

    OpenCV fills its outline too, so that shapes are up to 1/4 pixel larger than their points. That is no error: the
    plate is made with just this matte.
    """
    height, width = size
    canvas = np.zeros((height * OVER, width * OVER), np.uint8)
    draw(canvas, float(OVER))
    shares = canvas.reshape(height, OVER, width, OVER).mean(axis=(1, 3), dtype=np.float64) / 255
    return shares.astype(np.float32)


def polygon(canvas: NDArray[np.uint8], points: NDArray[np.float64], scale: float) -> None:
    """Fills ``points`` (count, 2), x and y in plate pixels (pixel (0, 0) covers [0, 1) x [0, 1))."""
    # OpenCV's whole numbers are pixel centers.
    at = np.round((points * scale - 0.5) * (1 << SHIFT)).astype(np.int32)
    cv2.fillPoly(canvas, [at], 255, cv2.LINE_AA, SHIFT)


def strand(canvas: NDArray[np.uint8], points: NDArray[np.float64], width: float, scale: float) -> None:
    """A curve of ``width`` plate pixels that tapers to a third at its end."""
    steps = np.linspace(1.0, 1 / 3, len(points) - 1)
    at = np.round((points * scale - 0.5) * (1 << SHIFT)).astype(np.int32)
    for index, taper in enumerate(steps):
        thick = max(1, round(width * taper * scale))
        cv2.line(canvas, at[index].tolist(), at[index + 1].tolist(), 255, thick, cv2.LINE_AA, SHIFT)


def shutter(frames: int, at: Callable[[float], tuple[Raster, Colors]], size: tuple[int, int]) -> tuple[Raster, Colors]:
    """The mean of ``frames`` moments while the shutter is open: coverage, and the color of what covered."""
    alpha = np.zeros(size, np.float64)
    light = np.zeros((*size, 3), np.float64)
    for index in range(frames):
        coverage, color = at((index + 0.5) / frames)
        alpha += coverage
        light += coverage[..., None] * color
    return _straight(alpha / frames, light / frames)


def defocused(coverage: Raster, color: Colors, radius: float) -> tuple[Raster, Colors]:
    """Through a lens whose circle of confusion has ``radius`` pixels."""
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    disc /= disc.sum()
    alpha = cv2.filter2D(coverage.astype(np.float64), -1, disc, borderType=cv2.BORDER_REPLICATE)
    light = cv2.filter2D(coverage[..., None] * color.astype(np.float64), -1, disc, borderType=cv2.BORDER_REPLICATE)
    return _straight(alpha, light)


def _straight(alpha: NDArray[np.float64], light: NDArray[np.float64]) -> tuple[Raster, Colors]:
    alpha = np.clip(alpha, 0, 1)
    color = light / np.maximum(alpha, 1e-4)[..., None]
    return alpha.astype(np.float32), np.clip(color, 0, 1).astype(np.float32)
