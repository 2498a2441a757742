"""How well, and with how little, splines follow twenty shapes in motion: a Markdown table.

python tests/benchmarks/splines.py [a part of a shape's name]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.spline_shapes import CANVAS, SHAPES, Parts, mattes
from mattewire_server.finish.splines import Spline, draw, fit_splines
from mattewire_server.finish.splines.contours import contours_of


@dataclass(frozen=True)
class Result:
    """One shape. ``share``: the smallest intersection over union of the interpolated splines and the matte, of all
    frames. ``points``: of all its splines on the frame with most. ``outline``: points of the contours on that frame.
    ``spacing``: frames from key to key, of the spline with the closest keys. ``deviation``: pixels.
    ``milliseconds``: for one frame, contour to keys.
    """

    splines: list[Spline]
    share: float
    points: int
    outline: int
    spacing: float
    deviation: float
    milliseconds: float


def measured(shape: Callable[[float], Parts], frames: int = 36, tolerance: float = 0.75) -> Result:
    shot = list(mattes(shape, frames))
    start = time.perf_counter()
    splines = fit_splines(shot, CANVAS, tolerance=tolerance)
    spent = time.perf_counter() - start
    shares, points, outlines = [], [], []
    for frame, alpha in shot:
        shown = draw(splines, frame, CANVAS)
        shares.append(float(np.minimum(shown, alpha).sum() / np.maximum(shown, alpha).sum()))
        alive = [spline for spline in splines if spline.first <= frame <= spline.last]
        points.append(sum(len(spline.keys[0].points) for spline in alive))
        outlines.append(sum(len(contour.points) for contour in contours_of(alpha)))
    fullest = int(np.argmax(points))
    spacing = [(spline.last - spline.first) / (len(spline.keys) - 1) for spline in splines if len(spline.keys) > 1]
    return Result(
        splines,
        min(shares),
        points[fullest],
        outlines[fullest],
        min(spacing, default=float(frames)),
        max((spline.deviation for spline in splines), default=0.0),
        1000 * spent / frames,
    )


def row(name: str, result: Result) -> str:
    keys = " + ".join(str(len(spline.keys)) for spline in result.splines)
    return (
        f"| {name} | {result.share:.4f} | {result.points} | {result.outline} | {result.points / result.outline:.3f} "
        f"| {keys} | {result.spacing:.1f} | {result.deviation:.2f} | {result.milliseconds:.0f} |"
    )


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    print("| shape | worst IoU | points | contour points | share | keys | frames a key | worst px | ms a frame |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, shape in SHAPES.items():
        if wanted in name:
            print(row(name, measured(shape)), flush=True)


if __name__ == "__main__":
    main()
