"""What depth is worth, on rendered shots whose truth is known: Markdown tables.

    python tests/benchmarks/depth_holdout.py [PICTURE.png]

A ball rolls behind a post and a bush; the matte it starts from covers the whole ball, as engines' mattes do. The
distances are the true ones with what networks add: soft edges, noise (half of it in blobs), and another scale and shift
on every frame. IoU counts coverage, against the visible ball, over the frames on which something stands before it.
With a PICTURE, some frames are drawn: plate, matte without, distances, matte with, truth.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from mattewire_server.finish.depth_order import held_out
from mattewire_server.finish.depth_scale import DepthScale
from occluded_shot import Moment, estimate, iou, moment

WIDTH, HEIGHT, FRAMES, MARGIN = 640, 360, 24, 0.05
NOISES = (0.0, 0.03, 0.06, 0.1)
"""Of the distances' spread. Maps are half the plate's size."""
DRAWN = (6, 9, 12, 16, 19, 22)

Raster = NDArray[np.float32]


def cut(now: Moment, distance: Raster, margin: float = MARGIN) -> Raster:
    return held_out(now.whole, distance, lambda area: np.ascontiguousarray(area.of(now.rgb)), margin)


def wall(distance: Raster) -> float:
    """The distance of one static place: a patch of the wall in the corner."""
    return float(np.median(distance[4:14, 4:14]))


def main() -> None:
    shot = [moment(index, FRAMES, WIDTH, HEIGHT) for index in range(FRAMES)]
    hidden = [1 - now.visible.sum() / now.whole.sum() for now in shot]
    crossed = [index for index in range(FRAMES) if hidden[index] > 0.02]
    print(f"{FRAMES} frames of {WIDTH} x {HEIGHT}, something before the ball on {len(crossed)}.\n")
    print("| noise | IoU without | IoU with | worst with | static point before | after |\n|---|---|---|---|---|---|")
    drawn: list[NDArray[np.float32]] = []
    spent: list[float] = []
    for noise in NOISES:
        scale, without, with_it, before, after = DepthScale(False), [], [], [], []
        for index, now in enumerate(shot):
            said = estimate(now.meters, index, noise=noise, size=WIDTH // 2)
            start = time.process_time()
            distance = scale.add(said, now.rgb)
            spent.append(time.process_time() - start)
            made = cut(now, distance)
            before.append(wall(said) / 7 / float(np.ptp(1 / now.meters)))
            after.append(wall(distance))
            if index in crossed:
                without.append(iou(now.whole, now.visible))
                with_it.append(iou(made, now.visible))
            if noise == NOISES[1] and index in DRAWN:
                drawn.append(column(now, distance, made))
        print(
            f"| {noise:.2f} | {np.mean(without):.4f} | {np.mean(with_it):.4f} | {min(with_it):.4f}"
            f" | {np.std(before):.4f} | {np.std(after):.4f} |"
        )
    hd = moment(9, FRAMES, 1920, 1080)
    distance = DepthScale(False).add(estimate(hd.meters, 9, size=924), hd.rgb)
    start = time.process_time()
    for _ in range(3):
        cut(hd, distance)
    once = (time.process_time() - start) / 3
    print(
        "\nOf the static point: standard deviation over the shot, as a share of the scene's spread. Laying a map onto"
    )
    print(
        f"those before: {1000 * np.median(spent):.0f} ms of processor time. Cutting an HD matte: {1000 * once:.0f} ms."
    )
    if len(sys.argv) > 1:
        cv2.imwrite(sys.argv[1], np.rint(np.hstack(drawn)[..., ::-1] * 255).astype(np.uint8))


def column(now: Moment, distance: Raster, made: Raster) -> NDArray[np.float32]:
    seen = cv2.resize(np.clip(distance, 0, 1), (WIDTH, HEIGHT))
    pictures = [now.rgb, *(np.repeat(each[..., None], 3, axis=2) for each in (now.whole, seen, made, now.visible))]
    part = (slice(HEIGHT // 4, None), slice(None))
    return np.vstack([np.asarray(cv2.resize(picture[part], None, fx=0.5, fy=0.5), np.float32) for picture in pictures])


if __name__ == "__main__":
    main()
