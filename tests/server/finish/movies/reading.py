"""A movie read back: pictures and mattes, by formulas written out once more, and with the decoder that keeps alpha."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from mattewire_server.finish.movies import MovieWriter

Frames = list[tuple[NDArray[np.float32], NDArray[np.float32]]]


def write_movie(path: Path, frames: Frames, **settings: Any) -> str:
    height, width = frames[0][1].shape
    given: dict[str, Any] = {
        "format": "webm" if path.suffix == ".webm" else "prores4444",
        "fps": Fraction(24),
        "provenance": {"engine": "preview"},
        "token": "job-00001",
        **settings,
    }
    with MovieWriter(str(path), width=width, height=height, **given) as movie:
        for rgb, alpha in frames:
            movie.add(rgb, alpha)
    return str(path)


def soft_frames(width: int, height: int, count: int = 3) -> Frames:
    """A moving disc with a soft edge and strands a pixel wide over a picture that changes slowly; 0 and 1 are exact."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + np.float32(0.5)
    frames = []
    for index in range(count):
        away = np.hypot(x - width * 0.4 - 1.3 * index, y - height * 0.5)
        alpha = np.clip((min(width, height) * 0.35 - away) / 3 + 0.5, 0, 1)
        alpha[::7] = np.maximum(alpha[::7], 0.37)
        waves = [np.sin(x / (31 + 9 * channel) + y / 47 + index) * 0.5 + 0.5 for channel in range(3)]
        frames.append((np.dstack(waves).astype(np.float32), alpha.astype(np.float32)))
    return frames


def pictures(path: str) -> list[Any]:
    """The decoded pictures. VP9 with ``libvpx-vp9``: FFmpeg's own decoder gives an alpha of 1 everywhere."""
    with av.open(path) as movie:
        stream = movie.streams.video[0]
        decoder: Any = stream.codec_context
        if decoder.name == "vp9":
            decoder = av.CodecContext.create("libvpx-vp9", "r")
        packets = [packet if packet.size else None for packet in movie.demux(stream)]
        return [picture for packet in packets for picture in decoder.decode(packet)]


def read_movie_with_alpha(path: str) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """RGB (height, width, 3) and alpha (height, width), 0..1. Chroma of half the size is repeated, not interpolated."""
    for picture in pictures(path):
        planes = [plane_of(plane, picture) for plane in picture.planes]
        bits = picture.format.components[0].bits
        step, height, width = 2 ** (bits - 8), picture.height, picture.width
        luma = (planes[0] - 16 * step) / (219 * step)
        blue, red = ((_full_size(plane, height, width) - 128 * step) / (224 * step) for plane in planes[1:3])
        r, b = luma + 1.5748 * red, luma + 1.8556 * blue  # ITU-R BT.709-6, 3.2: 2 (1 - 0.2126), 2 (1 - 0.0722)
        g = (luma - 0.2126 * r - 0.0722 * b) / 0.7152
        yield np.dstack([r, g, b]), planes[3] / (2**bits - 1)


def plane_of(plane: Any, picture: Any) -> NDArray[np.float64]:
    dtype = np.dtype(np.uint8 if picture.format.components[0].bits == 8 else "<u2")
    rows = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)
    return rows[:, : plane.width].astype(np.float64)


def _full_size(chroma: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    if chroma.shape == (height, width):
        return chroma
    return chroma.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
