"""How fast the alpha movies are written, how large they are and what comes back, beside two that lose nothing.

    python tests/benchmarks/movies.py [--frames 24] [--width 1920] [--height 1080]

The picture moves and has film grain (0.008 rms); the matte has a hard and a defocused side and hair. Times include
the making of codes, and syncing the file. QuickTime Animation (``qtrle``) and PNG in MOV are written by FFmpeg from
8-bit RGBA.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_server.finish.movies import MovieWriter

sys.path.insert(0, str(Path(__file__).parents[1]))
from server.finish.movies.reading import Frames, read_movie_with_alpha

FPS = Fraction(24000, 1001)
OURS = {"webm": "WebM VP9", "prores4444": "ProRes 4444"}
RIVALS = {"qtrle": ("QuickTime Animation", "argb", [3, 0, 1, 2]), "png": ("PNG in MOV", "rgba", [0, 1, 2, 3])}


def shot(width: int, height: int, count: int) -> Frames:
    """Plate and matte of ``count`` frames, float32, 0..1."""
    random = np.random.default_rng(1)
    coarse = random.uniform(0.1, 0.9, (height // 60 + 8, width // 60 + 8, 3)).astype(np.float32)
    scene = cv2.resize(coarse, (width + 200, height + 200), interpolation=cv2.INTER_CUBIC)
    scene += cv2.resize(random.normal(0, 0.03, (height // 4, width // 4, 3)).astype(np.float32), scene.shape[1::-1])
    hairs = [(random.uniform(0, 2 * np.pi), random.uniform(0.24, 0.4) * height) for _ in range(150)]
    frames = []
    for index in range(count):
        grain = random.normal(0, 0.008, (height, width, 3)).astype(np.float32)
        rgb = np.clip(scene[2 * index : 2 * index + height, 3 * index : 3 * index + width] + grain, 0, 1)
        frames.append((rgb.astype(np.float32), matte(width, height, index, hairs)))
    return frames


def matte(width: int, height: int, index: int, hairs: list[tuple[float, float]]) -> NDArray[np.float32]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    at_x, at_y = width * 0.4 + 7.3 * index, height * 0.5 + 2.1 * index
    softness = np.where(x < at_x, 2, height / 45)
    alpha = np.clip(0.5 - (np.hypot(x - at_x, y - at_y) - height * 0.27) / (2 * softness), 0, 1)
    lines = np.zeros((height, width), np.uint8)
    for angle, length in hairs:  # to a sixteenth of a pixel
        inner, outer = (
            tuple(int(16 * value) for value in (at_x + far * np.cos(turn), at_y + far * np.sin(turn)))
            for far, turn in ((height * 0.26, angle), (length, angle + 0.1))
        )
        cv2.line(lines, inner, outer, 150, 1, cv2.LINE_AA, 4)
    return np.maximum(alpha, lines / 255).astype(np.float32)


def write_ours(path: str, format: str, frames: Frames) -> None:
    height, width = frames[0][1].shape
    with MovieWriter(
        path, format=format, width=width, height=height, fps=FPS, provenance={}, token="benchmark"
    ) as movie:
        for rgb, alpha in frames:
            movie.add(rgb, alpha)


def write_rival(path: str, codec: str, frames: Frames) -> None:
    height, width = frames[0][1].shape
    _, pixel_format, order = RIVALS[codec]
    with av.open(path, "w") as movie:
        stream: Any = movie.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        for index, (rgb, alpha) in enumerate(frames):
            codes = np.rint(np.dstack([rgb, alpha])[..., order] * 255).astype(np.uint8)
            picture: Any = av.VideoFrame.from_ndarray(np.ascontiguousarray(codes), format=pixel_format)
            picture.pts, picture.time_base = index, 1 / FPS
            movie.mux(stream.encode(picture))
        movie.mux(stream.encode())
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def read_rival(path: str) -> Any:
    with av.open(path) as movie:
        for picture in movie.decode(video=0):
            rgba = picture.to_ndarray(format="rgba") / 255
            yield rgba[..., :3], rgba[..., 3]


def row(name: str, content: str, frames: Frames, folder: str, codec: str) -> str:
    ours = codec in OURS
    path = os.path.join(folder, f"a{'.webm' if codec == 'webm' else '.mov'}")
    begun = time.perf_counter()
    if ours:
        write_ours(path, codec, frames)
    else:
        write_rival(path, codec, frames)
    took = time.perf_counter() - begun
    alpha_off = rgb_off = square = 0.0
    read = read_movie_with_alpha(path) if ours else read_rival(path)
    for (rgb, alpha), (back_rgb, back_alpha) in zip(frames, read, strict=True):
        alpha_off = max(alpha_off, float(np.abs(back_alpha - alpha).max()) * 255)
        rgb_off = max(rgb_off, float(np.abs(back_rgb - rgb).max()) * 255)
        square += float(((back_rgb - rgb) ** 2).mean())
    rms = 255 * (square / len(frames)) ** 0.5
    size = os.path.getsize(path) / len(frames) / 1000
    return (
        f"| {name} | {content} | {len(frames) / took:.1f} | {size:,.0f} | {alpha_off:.2f} | {rgb_off:.1f} | {rms:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Alpha movies: rate, size and error, as a Markdown table.")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=1080)
    asked = parser.parse_args()
    cut_out = shot(asked.width, asked.height, asked.frames)
    white = np.ones_like(cut_out[0][0])
    machine = f"{os.cpu_count()} cores, FFmpeg {av.ffmpeg_version_info}"
    print(f"{asked.width} x {asked.height}, {asked.frames} frames, {machine}")
    print()
    print("| movie | content | frames/s | KB/frame | alpha max error /255 | RGB max /255 | RGB rms /255 |")
    print("|---|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for content, frames in (("matte", [(white, alpha) for _, alpha in cut_out]), ("cut-out", cut_out)):
            for codec, name in (*OURS.items(), *((codec, rival[0]) for codec, rival in RIVALS.items())):
                print(row(name, content, frames, folder, codec), flush=True)


if __name__ == "__main__":
    main()
