"""Renders the demo shot: a scene-linear plate with grain and motion blur, and the exact matte of the red ball."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from mattewire_protocol.errors import BadField

from ..durable import make_writable_folder
from ..patterns import parse_pattern
from .balls import FPS, hero
from .exr import TOKEN, write_exr
from .frames import Renderer
from .light import Floats

SHOT_NOISE, READ_NOISE = 2.2e-4, 4.0e-6
"""Grain: variance = SHOT_NOISE * signal + READ_NOISE. At 18 % gray the noise is 3.7 % of the signal."""

GRAIN_KERNEL = np.array([0.1065, 0.787, 0.1065], np.float32)
"""Softens the grain as a debayer does; it keeps ``sum(kernel**2)**2`` of the variance, which is given back."""


@dataclass(frozen=True)
class DemoShot:
    """What was rendered. ``plate``/``truth``: ``####`` patterns. ``visible``: the share of the red ball that can be
    seen on each frame, 0..1, 0 when it is hidden or out of frame. ``keyframe``: where the prompt is meant."""

    folder: Path
    plate: str
    truth: str
    first: int
    last: int
    width: int
    height: int
    fps: float = FPS
    prompt: str = "red ball"
    visible: dict[int, float] = field(default_factory=dict)

    @property
    def keyframe(self) -> int:
        return self.first


def add_grain(picture: Floats, seed: int, frame: int) -> NDArray[np.float16]:
    """The picture (3, height, width) with grain, as half (height, width, 3). Seed and frame decide every bit.

    Gaussian, variance as ``SHOT_NOISE`` and ``READ_NOISE`` say, slightly soft as after a debayer. Values are
    rounded to 7 bits of mantissa: 128 codes a stop, finer than 10-bit LogC3 (76 a stop: 0.24719 * log10(2) *
    1023), and a third less on disk.
    """
    rng = np.random.Generator(np.random.SFC64([seed, frame & 0xFFFFFFFF]))
    gain = 1 / float((GRAIN_KERNEL**2).sum()) ** 2
    planes = []
    for plane in picture:
        grain = rng.standard_normal(plane.shape, dtype=np.float32)
        grain = np.asarray(cv2.sepFilter2D(grain, -1, GRAIN_KERNEL, GRAIN_KERNEL), np.float32)
        grain *= np.sqrt(np.maximum(plane, 0) * np.float32(gain * SHOT_NOISE) + np.float32(gain * READ_NOISE))
        codes = (plane + grain).astype(np.float16).view(np.uint16)
        planes.append((codes + np.uint16(4)) & np.uint16(0xFFF8))
    return np.asarray(cv2.merge(planes), np.uint16).view(np.float16)


def render_shot(
    folder: Path,
    *,
    first: int = 1001,
    frames: int = 96,
    width: int = 1920,
    height: int = 1080,
    seed: int = 7,
    larger: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
) -> DemoShot:
    """Renders ``plate/demo.####.exr`` (RGB half) and ``truth/demo.####.exr`` (A half) under ``folder``.

    The story takes 96 frames at 24 fps; fewer render its beginning. ``seed`` changes grain and surfaces, not the
    story. ``larger``: the red ball is so many times its usual size. ``progress`` gets (frames done, frames in all) in
    the calling thread. The same arguments give the same bytes. Raises ``NotWritable`` or ``DiskFull``, and
    ``BadField`` for no frames or a picture under 32 pixels.
    """
    if frames < 1:
        raise BadField(f"must be 1 or more, not {frames}.", field="frames")
    if min(width, height) < 32:
        raise BadField(f"{width}x{height} is too small for the set.", field="width")
    oiio.attribute("exr_threads", -1)  # each frame is compressed in the thread that renders it
    plate, truth = (parse_pattern(str(folder.absolute() / name / "demo.####.exr")) for name in ("plate", "truth"))
    for pattern in (plate, truth):
        make_writable_folder(pattern.folder, token=TOKEN, subject="The demo shot")
    renderer = Renderer(width, height, seed, hero(larger))
    visible: dict[int, float] = {}

    def render(frame: int) -> float:
        picture, alpha, share = renderer.frame(float(frame - first))
        write_exr(Path(plate.path(frame)), frame, add_grain(picture, seed, frame), ("R", "G", "B"), FPS)
        write_exr(Path(truth.path(frame)), frame, alpha.astype(np.float16)[..., None], ("A",), FPS)
        return share

    numbers = range(first, first + frames)
    with ThreadPoolExecutor(max_workers=max(os.cpu_count() or 1, 1), thread_name_prefix="demo") as pool:
        pending = {frame: pool.submit(render, frame) for frame in numbers}
        try:
            for done, frame in enumerate(numbers, start=1):
                visible[frame] = pending[frame].result()
                if progress is not None:
                    progress(done, frames)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return DemoShot(
        folder=folder,
        plate=plate.text,
        truth=truth.text,
        first=first,
        last=first + frames - 1,
        width=width,
        height=height,
        visible=visible,
    )
