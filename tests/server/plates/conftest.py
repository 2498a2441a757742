"""Plates that the tests make for themselves: image files with chosen windows, movies that show their frame numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import OpenImageIO as oiio
import pytest
from numpy.typing import NDArray

BITS = 9  # a picture shows its frame number as so many black or white bars


@pytest.fixture
def write_image() -> Callable[..., str]:
    """Writes one image file: ``write_image(path, pixels, kind="half", at=(x, y), display=(x, y, width, height))``."""

    def write(
        path: Path,
        pixels: NDArray[Any],
        kind: str = "half",
        *,
        at: tuple[int, int] = (0, 0),
        display: tuple[int, int, int, int] | None = None,
        channels: Sequence[str] = (),
        **attributes: Any,
    ) -> str:
        height, width, count = pixels.shape
        spec = oiio.ImageSpec(width, height, count, kind)
        spec.x, spec.y = at
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = display or (0, 0, width, height)
        if channels:
            spec.channelnames = tuple(channels)
        for name, value in attributes.items():
            spec.attribute(name.replace("__", ":"), value)
        output = oiio.ImageOutput.create(str(path))
        assert output.open(str(path), spec), output.geterror()
        assert output.write_image(np.ascontiguousarray(pixels)), output.geterror()
        assert output.close()
        return str(path)

    return write


@pytest.fixture
def write_movie() -> Callable[..., str]:
    """Encodes ``count`` frames that show their number; ``pts`` may give each frame its own time."""

    def write(
        path: Path,
        count: int = 40,
        *,
        codec: str = "libx264",
        pixel_format: str = "yuv420p",
        size: tuple[int, int] = (180, 96),
        rate: int | Fraction = 24,
        keyframes: int = 12,
        b_frames: int = 2,
        pts: Sequence[int] | None = None,
        turned: float | None = None,
        pixel_aspect: Fraction | None = None,
        options: dict[str, str] | None = None,
        mux: dict[str, str] | None = None,
        tags: dict[str, int] | None = None,
    ) -> str:
        with av.open(str(path), "w", options=mux or {}) as movie:
            stream: Any = movie.add_stream(codec, rate=rate)
            stream.width, stream.height = size
            stream.pix_fmt = pixel_format
            stream.gop_size = keyframes
            stream.options = options or ({"x264-params": "scenecut=0"} if codec == "libx264" else {})
            if b_frames:
                stream.codec_context.max_b_frames = b_frames
            if pixel_aspect:
                stream.codec_context.sample_aspect_ratio = pixel_aspect
            if turned is not None:
                stream.set_display_rotation(turned)
            for name, value in (tags or {}).items():
                setattr(stream.codec_context, name, value)
            for index in range(count):
                picture: Any = av.VideoFrame.from_ndarray(bars(index + 1, size), format="rgb24")
                picture = picture.reformat(format=pixel_format)
                picture.pts = pts[index] if pts else index
                picture.time_base = 1 / Fraction(rate)
                movie.mux(stream.encode(picture))
            movie.mux(stream.encode())
        return str(path)

    return write


def bars(number: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = size
    picture = np.full((height, width, 3), 20, np.uint8)
    for bit in range(BITS):
        if number >> bit & 1:
            picture[:, bit * width // BITS : (bit + 1) * width // BITS] = 235
    return picture


@pytest.fixture
def number_of() -> Callable[[NDArray[Any]], int]:
    """Reads the number that a picture shows."""

    def read(rgb: NDArray[Any]) -> int:
        height, width, _ = rgb.shape
        half = (255 if rgb.dtype == np.uint8 else 65535) / 2
        middle = [rgb[height // 2, int((bit + 0.5) * width / BITS)].mean() > half for bit in range(BITS)]
        return sum(int(shown) << bit for bit, shown in enumerate(middle))

    return read


@pytest.fixture
def ramp() -> NDArray[np.float32]:
    """A small picture, 12 x 8, whose pixels all differ; float32 in 0..1."""
    return np.linspace(0, 1, 8 * 12 * 3, dtype=np.float32).reshape(8, 12, 3)
