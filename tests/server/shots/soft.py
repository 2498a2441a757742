"""Soft discs on a stage: plates whose color channels are what discs cover, and an engine that reads that back.

Every plate shows up to three discs, the red one in the red channel and so on, so that they may overlap and each one's
true coverage is still known. The engine gives the log-odds of the linear light that it sees in an object's channel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO as oiio
from numpy.typing import NDArray

from mattewire_server.engines.seams import Found, Hint, Picture, Segment, ShotInfo
from mattewire_server.plates.model import Window
from server.shots.staged import Stage, StageTrack

WIDTH, HEIGHT = 96, 54
DISPLAY = Window(0, 0, WIDTH, HEIGHT)
NAMES = ("red", "green", "blue")
SCORES = (0.9, 0.7, 0.5)
LIMIT = 20.0
"""Of the logits; 2e-9 beside exact 0 and 1."""


@dataclass(frozen=True)
class Disc:
    """Where a disc is on frame 1001, in plate pixels, how far it moves in a frame, and how wide its soft edge is."""

    x: float
    y: float
    radius: float
    dx: float = 0.0
    dy: float = 0.0
    soft: float = 6.0
    absent: frozenset[int] = frozenset()

    def center(self, frame: int) -> tuple[float, float]:
        return self.x + self.dx * (frame - 1001), self.y + self.dy * (frame - 1001)

    def coverage(self, frame: int, window: Window = DISPLAY) -> NDArray[np.float32]:
        """0..1 by a straight ramp across the edge; all 0 where it is absent."""
        if frame in self.absent:
            return np.zeros((window.height, window.width), np.float32)
        x, y = self.center(frame)
        rows, columns = np.mgrid[window.y0 : window.y1, window.x0 : window.x1] + 0.5
        away = np.hypot(columns - x, rows - y)
        return np.clip((self.radius - away) / self.soft + 0.5, 0, 1).astype(np.float32)


THREE = (
    Disc(26, 27, 13, dx=1.3, dy=0.4),
    Disc(44, 25, 12, dx=0.7),
    Disc(76, 30, 11, dy=-0.9, absent=frozenset(range(1006, 1013))),
)
"""The red and the green one overlap softly; the blue one is absent in the second half of frames 1001 to 1012."""


def write_discs(
    folder: Path,
    discs: Sequence[Disc] = THREE,
    frames: Iterable[int] = range(1001, 1013),
    *,
    windows: Mapping[int, Window] | None = None,
    display: Window = DISPLAY,
    attributes: Mapping[str, tuple[str, Any]] | None = None,
    gain: float = 1.0,
    name: str = "shot",
) -> str:
    """Writes ``name.####.exr``, float RGB in linear Rec.709, and returns its pattern. ``windows``: data windows of
    frames that have one of their own. ``attributes``: name to OpenImageIO's type and value."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frames:
        window = (windows or {}).get(frame, display)
        pixels = np.zeros((window.height, window.width, 3), np.float32)
        for channel, disc in enumerate(discs):
            pixels[..., channel] = disc.coverage(frame, window) * gain
        spec = oiio.ImageSpec(window.width, window.height, 3, "float")
        spec.x, spec.y = window.x0, window.y0
        spec.full_width, spec.full_height = display.width, display.height
        for key, (kind, value) in (attributes or {}).items():
            spec.attribute(key, kind, value)
        output = oiio.ImageOutput.create("openexr")
        assert output.open(str(folder / f"{name}.{frame}.exr"), spec), output.geterror()
        assert output.write_image(pixels), output.geterror()
        assert output.close()
    return str(folder / f"{name}.####.exr")


@dataclass
class SoftDetector:
    """Knows ``red``, ``green`` and ``blue``, and ``disc`` for all of them, red first. ``frames``: what it looked at.
    ``first_seen``: by name, the first frame on which it has eyes for a disc."""

    first_seen: Mapping[str, int] = field(default_factory=dict)
    frames: list[int] = field(default_factory=list)

    def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
        self.frames.append(picture.frame)
        found = []
        for phrase in phrases:
            for channel, name in enumerate(NAMES):
                seen = light(picture.rgb[..., channel]) > 0.4
                wanted = phrase in (name, "disc") and name not in exclude
                if wanted and seen.any() and picture.frame >= self.first_seen.get(name, picture.frame):
                    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
                    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
                    found.append(Found(tuple(float(edge) for edge in box), SCORES[channel], phrase))
        return found


@dataclass
class Soft(Stage):
    """A strict stage whose objects are soft discs."""

    detector: Any = field(default_factory=SoftDetector)

    def begin(self, shot: ShotInfo) -> SoftTrack:
        self.marked, self.told, self.stepped = [], [], []
        self.qualities.append(shot.quality)
        return SoftTrack(self, shot)

    @property
    def was_asked(self) -> bool:
        """Whether its detector or its segmenter has seen any frame."""
        return bool(self.detector.frames or self.qualities)


class SoftTrack(StageTrack):
    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        segments = super().step(picture, hints)
        return {
            number: replace(one, present=one.present and bool((one.logits > -LIMIT).any()))
            for number, one in segments.items()
        }

    def _logits(self, picture: Picture, channel: int) -> NDArray[np.float32]:
        return log_odds(light(picture.rgb[..., channel]))


def light(codes: NDArray[Any]) -> NDArray[np.float64]:
    """Linear light of sRGB codes (IEC 61966-2-1)."""
    values = codes.astype(np.float64)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def log_odds(coverage: NDArray[np.float64]) -> NDArray[np.float32]:
    with np.errstate(divide="ignore"):
        return np.clip(np.log(coverage) - np.log1p(-np.minimum(coverage, 1)), -LIMIT, LIMIT).astype(np.float32)


def channels(path: Path | str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and channels of an EXR, by a library that did not write it."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return dict(file.header()), {name: np.array(channel.pixels) for name, channel in file.channels().items()}


def made(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path from there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
