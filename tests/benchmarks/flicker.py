"""How much edges flicker under sensor noise, and whether steadying them lags: a Markdown table, for the README.

    python tests/benchmarks/flicker.py [--seeds N]

One subject, before a background of nearly its brightness, sensor noise new on every frame, and an engine whose logits
are as noisy. Flicker: the mean absolute difference of alpha from frame to frame, times 1000, in a band of 8 pixels on
either side of the true contour, after the subject's known motion is taken out (whole pixels, so nothing is resampled).
Lag: how many frames the steadied matte's centroid trails the same matte unsteadied, along the motion. Steadying is the
pipeline's own clean-up step, one frame on either side.

ViTMatte here has random weights: its mattes are nonsense, and their flicker is that of nonsense; it shows only that the
step works on whatever a network makes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.edge_set.paint import covered, polygon, texture
from mattewire_protocol.deliver import CleanUp, Edges
from mattewire_server.color import transform_for
from mattewire_server.engines.seams import Engine, Segment
from mattewire_server.finish.refine.band import within
from mattewire_server.plates.model import PlateFrame, Window
from mattewire_server.shots.cleaning import Cleaning
from mattewire_server.shots.edging import Edging

Raster = NDArray[np.float32]

SIZE = (240, 320)
LOGITS = (60, 80)
FRAMES = 8
NOISE = 0.02
"""Standard deviation of the sensor's noise, of 1: five codes of 255."""
DOUBT = 0.35
"""The same of the engine's logits: an edge of 4 pixels' slope moves by a third of one."""
BAND = 8.0
FAST = 4
"""Plate pixels a frame, for the moving subject: one of the engine's cells, so that its logits move with it."""
STEADY = 1


@dataclass(frozen=True)
class Shot:
    """``plates`` float32 (height, width, 3), ``logits`` float32 and ``alphas`` the truth, frame by frame."""

    plates: list[NDArray[np.float32]]
    logits: list[Raster]
    alphas: list[Raster]
    speed: int


@dataclass(frozen=True)
class Result:
    """``flicker``, unsteadied and steadied, in thousandths; ``lag`` in frames, 0 for a still subject; ``error``: the
    mean absolute error against the true matte in the band, in thousandths, unsteadied and steadied."""

    flicker: tuple[float, float]
    error: tuple[float, float]
    lag: float


def shot(seed: int, speed: int) -> Shot:
    """The same subject at every speed: a soft-edged blob with a texture, moving to the right."""
    height, width = SIZE
    skin = texture(SIZE, (0.62, 0.45, 0.36), 0.05, 6, seed + 1)
    behind = texture(SIZE, (0.38, 0.44, 0.46), 0.05, 5, seed + 2)
    around = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    radius = 62 * (1 + 0.12 * np.cos(5 * around + seed) + 0.05 * np.cos(11 * around))
    first = np.array([width / 2 - speed * (FRAMES - 1) / 2, height / 2])
    outline = np.stack([radius * np.cos(around), radius * np.sin(around)], axis=1) + np.round(first)
    chance = np.random.default_rng(seed)
    plates, logits, alphas = [], [], []
    for frame in range(FRAMES):
        place = outline + np.array([speed * frame, 0.0])
        alpha = cv2.GaussianBlur(covered(SIZE, lambda canvas, scale, at=place: polygon(canvas, at, scale)), (0, 0), 1.2)
        moved = np.roll(skin, speed * frame, axis=1)
        plate = moved * alpha[..., None] + behind * (1 - alpha[..., None])
        noise = chance.standard_normal(plate.shape).astype(np.float32) * np.float32(NOISE)
        plates.append(np.clip(plate + noise, 0, 1).astype(np.float32))
        coarse = np.clip(cv2.resize(alpha, LOGITS[::-1], interpolation=cv2.INTER_AREA), 1e-3, 1 - 1e-3)
        doubt = chance.standard_normal(LOGITS).astype(np.float32) * np.float32(DOUBT)
        logits.append((np.log(coarse / (1 - coarse)) + doubt).astype(np.float32))
        alphas.append(alpha)
    return Shot(plates, logits, alphas, speed)


def mattes(edging: Edging, given: Shot) -> list[Raster]:
    """Every frame's matte as the pipeline makes it, unsteadied."""
    height, width = SIZE
    canvas = Window(0, 0, width, height)
    return [
        edging.matte(1, Segment(logits, 1.0), canvas, PlateFrame(1001 + number, plate, canvas))
        for number, (plate, logits) in enumerate(zip(given.plates, given.logits, strict=True))
    ]


def steadied(made: Sequence[Raster]) -> list[Raster]:
    """The same after the clean-up's steadying, ``STEADY`` frames on either side."""
    cleaning = Cleaning([CleanUp(temporal=STEADY)])
    return [
        cleaning.together(1, frame, matte, {near: made[near] for near in range(len(made)) if near != frame})
        for frame, matte in enumerate(made)
    ]


def measured(edging: Edging, given: Shot) -> Result:
    """Frames at the shot's ends, which have no neighbors on one side, are left out."""
    plain = mattes(edging, given)
    steady = steadied(plain)
    inner = range(STEADY, FRAMES - STEADY)
    return Result(
        (flicker(plain, given, inner), flicker(steady, given, inner)),
        (error(plain, given, inner), error(steady, given, inner)),
        lag(plain, steady, given, inner) if given.speed else 0.0,
    )


def flicker(made: Sequence[Raster], given: Shot, frames: range) -> float:
    """See the module's text."""
    found = []
    for frame in frames[:-1]:
        band = within(given.alphas[frame], BAND)
        moved = np.roll(made[frame + 1], -given.speed, axis=1)
        found.append(float(np.abs(moved - made[frame])[band].mean()))
    return 1000 * float(np.mean(found))


def error(made: Sequence[Raster], given: Shot, frames: range) -> float:
    """Mean absolute error in the band, in thousandths."""
    found = [np.abs(made[frame] - given.alphas[frame])[within(given.alphas[frame], BAND)].mean() for frame in frames]
    return 1000 * float(np.mean(found))


def lag(plain: Sequence[Raster], steady: Sequence[Raster], given: Shot, frames: range) -> float:
    """Frames that the steadied centroid is behind; below 0: ahead. The mean over the shot."""
    behind = [center(plain[frame]) - center(steady[frame]) for frame in frames]
    return float(np.mean(behind)) / given.speed


def center(matte: Raster) -> float:
    """The centroid's column, in pixels."""
    columns = matte.sum(axis=0, dtype=np.float64)
    return float(columns @ np.arange(columns.size)) / float(columns.sum())


def table(tried: Sequence[tuple[str, Edging]], seeds: Sequence[int]) -> str:
    rows = [
        "| | still: flicker / steadied | error / steadied | moving: flicker / steadied | error / steadied | lag |",
        "|---|---|---|---|---|---|",
    ]
    for name, edging in tried:
        cells = []
        for speed in (0, FAST):
            found = [measured(edging, shot(seed, speed)) for seed in seeds]
            for pairs in ([each.flicker for each in found], [each.error for each in found]):
                before, after = np.mean(pairs, axis=0)
                cells.append(f"{before:.1f} / {after:.1f}")
        cells.append(f"{max((each.lag for each in found), key=abs):+.3f}")
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def methods(folder: Path) -> list[tuple[str, Edging]]:
    """All that can run here; a random ViTMatte is written to ``folder``."""
    transform = transform_for("sRGB")
    there = [("plain", Edging()), ("guided", Edging(Edges("guided"), transform))]
    if find_spec("torch") is not None and find_spec("transformers") is not None:
        from mattewire_server.engines.vitmatte import engine
        from server.engines.vitmatte_tiny import save

        model: Engine = engine({"matting_weights": str(save(folder)), "device": "cpu"})
        there.append(("ViTMatte, random weights", Edging(Edges("matting", "vitmatte"), transform, model)))
    return there


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(table(methods(Path(folder)), range(given.seeds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
