"""What cleaning up one HD matte costs, one thread, in processor time: a Markdown table.

    python tests/benchmarks/clean_up.py

The subject fills a quarter of the frame. The rival of each operator is what OpenCV offers for it, on the same
crop-less frame: quicker or slower, whole pixels only, and without the exact ends.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from clean_up_shapes import Raster
from mattewire_server.finish.cleanup import CleanUp, clean
from mattewire_server.finish.contour import feather, smooth
from mattewire_server.finish.dilate import close, dilate
from mattewire_server.finish.shapes import coverage_of
from mattewire_server.finish.specks import fill_holes, remove_specks
from mattewire_server.finish.temporal import steady
from mattewire_server.plates.model import Window


def subject(ramp: float, width: int = 1920, height: int = 1080) -> Raster:
    """A wavy blob a quarter of the frame large, its edge ``ramp`` px soft, with 30 specks and 30 holes."""
    y, x = np.mgrid[:height, :width] + 0.5
    across, down = x - width / 2, y - height / 2
    angle = np.arctan2(down, across)
    edge = np.hypot(across, down) - 0.376 * height * (1 + 0.15 * np.sin(5 * angle) + 0.03 * np.sin(17 * angle))
    alpha = np.clip(0.5 - edge / ramp, 0, 1).astype(np.float32)
    for step in range(30):
        row, column = 20 + 35 * step, 60 + 7 * step
        alpha[row : row + 5, column : column + 5] = 0.7
        row, column = height // 2 - 100 + 6 * step, width // 2 - 150 + 10 * step
        alpha[row : row + 3, column : column + 3] = 0.2
    return alpha


def milliseconds(work: Callable[[], Any], times: int = 7) -> float:
    """The best of ``times``, so that what else the machine does counts little."""
    work()
    spent = []
    for _ in range(times):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return 1000 * min(spent)


def ellipse(size: int) -> Any:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def main() -> None:
    cv2.setNumThreads(1)
    hard, soft = subject(1), subject(8)
    near = [np.roll(soft, step, axis=1) for step in (-4, 4)]
    outline = [(960 + 500 * np.cos(turn), 540 + 400 * np.sin(turn)) for turn in np.linspace(0, 6.2, 60)]
    everything = CleanUp(remove_specks=8, fill_holes=8, close=3, smooth=4, dilate=2, feather=4)
    rows: list[tuple[str, Callable[[Raster], Any], str, Callable[[Raster], Any] | None]] = [
        (f"dilate {pixels:g}", lambda alpha, p=pixels: dilate(alpha, p), name, rival)
        for pixels, name, rival in (
            (0.5, "", None),
            (2, "dilate 5x5", lambda alpha: cv2.dilate(alpha, ellipse(5))),
            (-2, "erode 5x5", lambda alpha: cv2.erode(alpha, ellipse(5))),
            (10, "dilate 21x21", lambda alpha: cv2.dilate(alpha, ellipse(21))),
            (100, "", None),
        )
    ]
    rows += [
        ("close 3", lambda alpha: close(alpha, 3), "close 5x5", lambda alpha: _closed(alpha, 5)),
        ("smooth 4", lambda alpha: smooth(alpha, 4), "median 5x5", lambda alpha: cv2.medianBlur(alpha, 5)),
        ("feather 4", lambda alpha: feather(alpha, 4), "Gaussian", lambda alpha: cv2.GaussianBlur(alpha, (0, 0), 0.7)),
        ("remove_specks 8", lambda alpha: remove_specks(alpha, 8), "components", _components),
        ("fill_holes 8", lambda alpha: fill_holes(alpha, 8), "components", _components),
        ("steady, one frame a side", lambda alpha: steady(near[:1], alpha, near[1:]), "", None),
        ("polygon of 60", lambda alpha: coverage_of(outline, Window(0, 0, 1920, 1080)), "fillPoly", _filled(outline)),
        ("everything", lambda alpha: clean(alpha, everything), "", None),
    ]
    print("| operator | hard edge, ms | 8 px edge, ms | OpenCV | ms | ratio |\n|---|---|---|---|---|---|")
    for name, work, rival_name, rival in rows:
        own = [milliseconds(lambda a=alpha, w=work: w(a)) for alpha in (hard, soft)]
        line = f"| {name} | {own[0]:.1f} | {own[1]:.1f} | {rival_name} |"
        if rival is not None:
            other = milliseconds(lambda r=rival: r(soft))
            line += f" {other:.1f} | {own[1] / other:.1f} |"
        print(line if rival is not None else line + " | |")


def _closed(alpha: Raster, size: int) -> Any:
    return cv2.morphologyEx(alpha, cv2.MORPH_CLOSE, ellipse(size))


def _components(alpha: Raster) -> Any:
    return cv2.connectedComponentsWithStats((alpha > 0).view(np.uint8))


def _filled(outline: list[tuple[float, float]]) -> Callable[[Raster], Any]:
    corners = (np.array(outline) * 256).astype(np.int32)
    return lambda alpha: cv2.fillPoly(np.zeros(alpha.shape, np.uint8), [corners], 255, cv2.LINE_AA, 8)


if __name__ == "__main__":
    main()
