"""Movies and sequences whose frames carry their own number in black and white bars."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

WIDTH, HEIGHT = 128, 48
BITS = 8
RATES = {"29.97": Fraction(30000, 1001), "23.976": Fraction(24000, 1001), "59.94": Fraction(60000, 1001)}


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.float32]:
    """(height, width, 3): ``number`` in 8 bars, the lowest bit on the left, over the whole height."""
    bar = width // BITS
    made = np.zeros((height, width, 3), np.float32)
    for bit in range(BITS):
        made[:, bit * bar : (bit + 1) * bar] = number >> bit & 1
    return made


def number_in(pixels: NDArray[np.float32]) -> int:
    """The number that a picture shows, read in the middle of each bar."""
    height, width = pixels.shape[:2]
    bar = width / BITS
    return sum(int(pixels[height // 2, int((bit + 0.5) * bar), 0] > 0.5) << bit for bit in range(BITS))


def write_movie(path: Path, frames: int, fps: str, timecode: str = "", sound: bool = False, alpha: bool = False) -> str:
    """Frames 0 to ``frames`` - 1: PNG codec with alpha (0.5 everywhere), H.264 without; optional silence."""
    with av.open(str(path), "w", options={}) as container:
        if timecode:
            container.metadata["timecode"] = timecode
        stream: Any = container.add_stream("png" if alpha else "libx264", rate=RATES.get(fps) or Fraction(fps))
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "rgba" if alpha else "yuv420p"
        speaker: Any = container.add_stream("aac", rate=48000) if sound else None
        for number in range(frames):
            codes = (numbered(number) * 255).astype(np.uint8)
            if alpha:
                codes = np.concatenate([codes, np.full_like(codes[..., :1], 128)], axis=2)
            frame = av.VideoFrame.from_ndarray(codes, format="rgba" if alpha else "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if speaker:
            silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
            silence.sample_rate = 48000
            container.mux(speaker.encode(silence))
            container.mux(speaker.encode())
    return str(path)


def write_sound(path: Path) -> str:
    """One second of silence."""
    with av.open(str(path), "w") as container:
        speaker: Any = container.add_stream("pcm_s16le", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48000 * 2), np.int16), format="s16", layout="stereo")
        frame.sample_rate = 48000
        container.mux(speaker.encode(frame))
        container.mux(speaker.encode())
    return str(path)


def write_image(path: Path, pixels: NDArray[np.float32]) -> str:
    """Half in EXR, 16 bit otherwise; as many channels as the array has."""
    spec = oiio.ImageSpec(
        pixels.shape[1], pixels.shape[0], pixels.shape[2], "half" if path.suffix == ".exr" else "uint16"
    )
    spec.attribute("oiio:UnassociatedAlpha", 1)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(np.ascontiguousarray(pixels)), out.geterror()
    assert out.close(), out.geterror()
    return str(path)


def write_sequence(folder: Path, first: int, last: int, suffix: str = "exr") -> str:
    """Frames that show their number modulo 256; the pattern with %04d."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, last + 1):
        write_image(folder / f"plate.{number:04}.{suffix}", numbered(number % 256))
    return str(folder / f"plate.%04d.{suffix}")
