"""Memory over a 240-frame HD shot, ours beside the official predictor's in the same run: part of `make parity`.

SAM 2.1 tiny at full size. The image encoder and the memory attention are replaced by constants of the right shapes
(they hold nothing between frames, and take hours on a CPU); decoder, memory encoder and all bookkeeping are real.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sam2_official import CONFIGS, Official
from transformers import Sam2VideoModel

from mattewire_server.engines.sam2.predictor import Features, Predictor
from mattewire_server.engines.sam2.sizes import configuration
from mattewire_server.engines.sam2.track import Sam2Track
from mattewire_server.engines.seams import Hint, Picture, ShotInfo

WIDTH, HEIGHT = 1920, 1080
LIMIT_MB = 1.0


def resident_mb() -> float:
    """Main memory of this process in 10^6 bytes, after what is free has been given back."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def slope(samples: list[tuple[int, float]]) -> float:
    """MB per frame, a straight line through the samples."""
    frames, megabytes = zip(*samples, strict=True)
    return float(np.polyfit(frames, megabytes, 1)[0])


def ours(frames: int) -> tuple[float, float]:
    """Slope over the shot, and the peak over what was held before it."""
    model = Sam2VideoModel(configuration("2.1", "tiny")).eval().requires_grad_(False)
    model.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(10.0)
    predictor = Predictor(model, torch.device("cpu"), torch.float32)
    sizes, channels = model.backbone_feature_sizes, (32, 64, 256)
    maps = [torch.randn(h * w, 1, c) for (h, w), c in zip(sizes, channels, strict=True)]
    positions = [torch.randn(h * w, 1, 256) for h, w in sizes]
    predictor.features = lambda pixels: Features(maps, positions)
    model.memory_attention.forward = lambda current_vision_features, **rest: current_vision_features.transpose(0, 1)
    shot = ShotInfo(1, frames, WIDTH, HEIGHT)
    track = Sam2Track(predictor, shot, border=1)
    picture = np.random.default_rng(0).random((HEIGHT, WIDTH, 3), np.float32)
    key = frames // 2
    before = resident_mb()
    track.step(Picture(key, picture), [Hint(1, (700, 300, 1200, 800))])
    samples = []
    for done, frame in enumerate([*range(key, frames + 1), *range(key - 1, 0, -1)], start=1):
        track.step(Picture(frame, picture.copy()))
        if done % 10 == 0:
            samples.append((done, resident_mb()))
    return slope(samples), max(megabytes for _, megabytes in samples) - before


def official(frames: int) -> tuple[float, float]:
    """The same for the official predictor: it reads the whole shot at first, so its slope is end minus beginning."""
    reference = Official(CONFIGS["sam2.1-tiny"])
    model = reference.model
    reference.set_score(0.0, 10.0)
    with tempfile.TemporaryDirectory() as folder:
        picture = (np.random.default_rng(0).random((HEIGHT, WIDTH, 3)) * 255).astype(np.uint8)
        first = Path(folder) / "00000.jpg"
        Image.fromarray(picture).save(first, quality=80)
        for index in range(1, frames):
            os.link(first, Path(folder) / f"{index:05d}.jpg")
        sides = (256, 128, 64)
        maps = [torch.randn(1, c, side, side) for side, c in zip(sides, (32, 64, 256), strict=True)]
        places = [torch.randn(1, 256, side, side) for side in sides]
        model.forward_image = lambda image: {"backbone_fpn": list(maps), "vision_pos_enc": list(places)}
        model.memory_attention.forward = lambda curr, **rest: curr[0]
        before = resident_mb()
        state = model.init_state(folder)
    key = frames // 2 - 1
    model.add_new_points_or_box(state, key, 1, box=np.array((700, 300, 1200, 800), np.float32))
    peak = resident_mb()
    for reverse in (False, True):
        for index, _, _ in model.propagate_in_video(state, key, reverse=reverse):
            if index % 10 == 0:
                peak = max(peak, resident_mb())
    return (resident_mb() - before) / frames, peak - before


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=240)
    asked = parser.parse_args()
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    rows, fine = [f"{asked.frames} frames of {WIDTH} x {HEIGHT}, SAM 2.1 tiny, 1 object, keyframe in the middle"], True
    for name, measure in (("ours", ours), ("official", official)):
        started = time.monotonic()
        per_frame, peak = measure(asked.frames)
        took = time.monotonic() - started
        rows.append(f"{name:<10} {per_frame:7.3f} MB a frame, peak {peak:7.0f} MB over the start  ({took:.0f} s)")
        if name == "ours":
            fine = per_frame < LIMIT_MB
        gc.collect()
    print("\n".join(rows) + f"\n{'Memory is bounded.' if fine else 'MEMORY GROWS.'}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
