"""Plates of which everything is known: a red ball that moves, and each frame's number in its lowest rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

WIDTH, HEIGHT = 160, 90
RADIUS = 12.0
BITS = 10
GRAY, RED = (0.18, 0.18, 0.18), (0.60, 0.012, 0.012)

Floats = NDArray[np.float32]


def center(frame: int) -> tuple[float, float]:
    """The ball's center in plate pixels; 3 to the right with each frame, as counted from 1000, and back at 40."""
    return 20.5 + 3.0 * (frame % 40), 30.25


def exact(frame: int, radius: float = RADIUS) -> Floats:
    """The exact matte, (height, width): 1 inside, a pixel of soft edge."""
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32) + np.float32(0.5)
    x, y = center(frame)
    return np.clip(radius + 0.5 - np.hypot(xs - np.float32(x), ys - np.float32(y)), 0, 1).astype(np.float32)


def picture(frame: int, radius: float = RADIUS) -> Floats:
    """Scene-linear, (height, width, 3). The lowest 6 rows hold ``frame % 1000`` in 10 bits, the lowest on the left."""
    alpha = exact(frame, radius)[..., None]
    made = np.array(GRAY, np.float32) * (1 - alpha) + np.array(RED, np.float32) * alpha
    for bit in range(BITS):
        made[-6:, bit * 16 : bit * 16 + 16] = frame % 1000 >> bit & 1
    return made.astype(np.float32)


def write_exr(
    path: Path, pixels: Floats, *, window: tuple[int, int] = (0, 0), display: tuple[int, int] = (0, 0)
) -> None:
    """Half RGB. ``window``: where the pixels begin in a display window ``display`` large; (0, 0): they fill it."""
    height, width, channels = pixels.shape
    spec = oiio.ImageSpec(width, height, channels, "half")
    spec.x, spec.y = window
    spec.full_width, spec.full_height = display if any(display) else (width, height)
    spec.attribute("compression", "zip")
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(np.ascontiguousarray(pixels)), out.geterror()
    assert out.close(), out.geterror()


def write_sequence(
    folder: Path, first: int, last: int, name: str = "plate", radii: Mapping[int, float] | None = None
) -> str:
    """Frames ``first`` to ``last``; returns the first one's file, as Blender's file browser would. ``radii``: of the
    ball on single frames."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in range(first, last + 1):
        write_exr(folder / f"{name}.{frame}.exr", picture(frame, (radii or {}).get(frame, RADIUS)))
    return str(folder / f"{name}.{first}.exr")


def write_movie(path: Path, count: int, fps: int) -> str:
    """Frames 1 to ``count``, lossless, as sRGB."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgr0"
        for frame in range(1, count + 1):
            linear = np.clip(picture(frame), 0, 1)
            curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
            codes = np.round(curve * 255).astype(np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(codes, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return str(path)


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(one & other)) / max(int(np.count_nonzero(one | other)), 1)


def center_of(alpha: Floats) -> tuple[float, float]:
    """The center of weights in pixels; pixel (0, 0) has its own at 0.5."""
    ys, xs = np.mgrid[0 : alpha.shape[0], 0 : alpha.shape[1]] + 0.5
    total = float(alpha.sum())
    return float((xs * alpha).sum()) / total, float((ys * alpha).sum()) / total
