"""The detector's eye, trained by itself: at each place of a frame, is there a thing, of what color and what outline?

    python -m training.backbone --pool POOL --out /somewhere/backbone.pt [--minutes 12]

A detector's ResNet has its batch norms frozen (as in DETR, Carion et al. 2020), so it must have been trained before,
with norms that move. What is learned here goes into the detector as it is.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from numpy.typing import NDArray
from torch import Tensor
from transformers import ResNetBackbone, ResNetConfig

from mattewire_server.engines.grounding_dino.pixels import DEVIATION, MEAN

from .outlines import COLORS, OUTLINES
from .pool import Clip, Pool
from .views import frames, normalized, plainer, single, unseen

STAGES = (("things", 0.5, 64), ("frames", 0.5, 16))
"""Name, share of the time, pictures of a batch: first single things in small pictures, then whole frames."""

FADED_UNTIL = 0.6
"""Share of the time over which what is behind the things comes up. From mattes alone, outlines are told in a quarter of
the steps that they take before any texture."""

HIGHEST = 2e-3
"""Learning rate."""

STRIDES = (8, 16, 32)
COLOR_AT = {name: number for number, name in enumerate(COLORS)}
OUTLINE_AT = {name: number for number, name in enumerate(OUTLINES)}
JUDGED_FROM = 150
"""Pixels of a thing in sight from which its color and outline are expected to be told."""


def configuration() -> ResNetConfig:
    """Ten layers of 32 to 192 channels (ResNet, He et al. 2016); what it sees at strides 8, 16 and 32 goes on."""
    return ResNetConfig(
        layer_type="basic",
        embedding_size=32,
        hidden_sizes=[32, 64, 128, 192],
        depths=[1, 1, 1, 1],
        downsample_in_first_stage=False,
        out_features=["stage2", "stage3", "stage4"],
    )


class Looker(torch.nn.Module):
    """The backbone and, for the time of its training, what each place of each level says: thing or not, color, outline;
    from the finest level a matte of 8 x 8 pixels too."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__()
        torch.manual_seed(seed)
        config = configuration()
        self.trunk = ResNetBackbone(config)
        said = 1 + len(COLORS) + len(OUTLINES)
        self.say = torch.nn.ModuleList([torch.nn.Conv2d(each, said, 1) for each in config.hidden_sizes[1:]])
        self.matte = torch.nn.Conv2d(config.hidden_sizes[1], 64, 1)
        self.sum_up = torch.nn.ModuleList([torch.nn.Linear(each, len(OUTLINES)) for each in config.hidden_sizes[1:]])

    def forward(self, pixels: Tensor) -> tuple[list[Tensor], Tensor, list[Tensor]]:
        """(pictures, 23, rows, columns) for each level; matte logits (pictures, 64, rows / 8, columns / 8); and what
        outline each whole picture shows, by level (pictures, 12)."""
        maps = self.trunk(pixels).feature_maps
        whole = [told(each.mean((2, 3))) for told, each in zip(self.sum_up, maps, strict=True)]
        return [say(each) for say, each in zip(self.say, maps, strict=True)], self.matte(maps[0]), whole


def middles(clip: Clip) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(rows, columns), 0 or 1 + the number of a thing: what is seen at each pixel of the first frame, and whose middle
    it is in, the middle half of its box either way. A ring's middle is its hole."""
    seen = clip.seen[0].copy()
    middle = np.zeros_like(seen)
    for number in np.unique(clip.seen[0])[1:]:
        solid = clip.seen[0] == number
        rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
        y, x = (rows[0] + rows[-1]) // 2, (columns[0] + columns[-1]) // 2
        dy, dx = np.ptp(rows) // 4 + 1, np.ptp(columns) // 4 + 1
        part = np.s_[max(y - dy, 0) : y + dy, max(x - dx, 0) : x + dx]
        free = (clip.seen[0][part] == 0) | solid[part]
        middle[part][free] = number
        seen[part][free] = number
    return seen, middle


def places(clips: list[Clip]) -> list[tuple[Tensor, Tensor]]:
    """Of each level: color and outline numbers at each place (pictures, rows, columns), -1 where there is no thing; an
    outline only in a thing's middle."""
    colors, outlines = [], []
    for clip in clips:
        seen, middle = middles(clip)
        colors.append(np.array([-1, *(COLOR_AT[color] for color, _ in clip.names)])[seen])
        outlines.append(np.array([-1, *(OUTLINE_AT[outline] for _, outline in clip.names)])[middle])
    whole = np.stack([colors, outlines])
    told = []
    for stride in STRIDES:
        rows, columns = (
            np.minimum(np.arange(-(-size // stride)) * stride + stride // 2, size - 1) for size in whole.shape[2:]
        )
        told.append(tuple(torch.from_numpy(whole[:, :, rows][..., columns])))
    return told


def loss_of(looker: Looker, clips: list[Clip]) -> dict[str, Tensor]:
    """Means over all places of the levels; color and outline only where there is a thing. Of pictures of single things
    the outline of the whole as well: it begins to be told in two thirds of the steps."""
    said, matte, whole = looker(torch.from_numpy(normalized(clips, MEAN, DEVIATION)))
    solid = torch.from_numpy(np.stack([clip.seen[0] > 0 for clip in clips])).float()[:, None]
    told = {"matte": F.binary_cross_entropy_with_logits(matte, F.pixel_unshuffle(solid, 8))} | said_loss(said, clips)
    if all(len(clip.names) == 1 for clip in clips):
        outlines = torch.tensor([OUTLINE_AT[clip.names[0][1]] for clip in clips])
        told |= {f"whole_{s}": F.cross_entropy(each, outlines) for s, each in zip(STRIDES, whole, strict=True)}
    return told


def said_loss(said: list[Tensor], clips: list[Clip]) -> dict[str, Tensor]:
    """Of what the places of each level say (pictures, 23, rows, columns)."""
    told: dict[str, Tensor] = {}
    for stride, logits, (colors, outlines) in zip(STRIDES, said, places(clips), strict=True):
        thing, color, outline = logits.split([1, len(COLORS), len(OUTLINES)], 1)
        told[f"thing_{stride}"] = F.binary_cross_entropy_with_logits(thing[:, 0], (colors >= 0).float())
        told[f"color_{stride}"] = 0.5 * F.cross_entropy(color, colors, ignore_index=-1)
        told[f"outline_{stride}"] = (1.0 if stride > 8 else 0.3) * F.cross_entropy(outline, outlines, ignore_index=-1)
    return told


def judged(looker: Looker, clips: list[Clip]) -> dict[str, float]:
    """Share of things whose color and outline are told rightly at the place nearest to the middle of their box."""
    looker.eval()
    right: dict[str, list[bool]] = {f"{what}_{stride}": [] for what in ("color", "outline") for stride in STRIDES}
    with torch.no_grad():
        said, _, _ = looker(torch.from_numpy(normalized(clips, MEAN, DEVIATION)))
    for picture, clip in enumerate(clips):
        for number, (color, outline) in enumerate(clip.names, 1):
            rows, columns = np.nonzero(clip.seen[0] == number)
            if len(rows) < JUDGED_FROM:
                continue
            y, x = (int(rows.min()) + int(rows.max())) // 2, (int(columns.min()) + int(columns.max())) // 2
            for stride, logits in zip(STRIDES, said, strict=True):
                at = logits[picture, :, y // stride, x // stride]
                _, colors, outlines = at.split([1, len(COLORS), len(OUTLINES)])
                right[f"color_{stride}"].append(int(colors.argmax()) == COLOR_AT[color])
                right[f"outline_{stride}"].append(int(outlines.argmax()) == OUTLINE_AT[outline])
    looker.train()
    return {f"right_{name}": float(np.mean(each)) for name, each in right.items()}


def train(out: Path, pool_at: Path, minutes: float, seed: int = 1, judged_on: int = 200, every: float = 30.0) -> None:
    """Trains for ``minutes`` more, of computing and not by the clock, by the stages' shares of all minutes ever asked
    for in the file ``out``, which gets weights and curve."""
    looker = Looker(seed).train().to(memory_format=torch.channels_last)  # a third of the time of rows and columns first
    optimizer = torch.optim.AdamW(looker.parameters(), lr=HIGHEST, weight_decay=0.03)
    state: dict[str, Any] = {"step": 0, "seconds": 0.0, "asked": 0.0, "curve": []}
    if out.exists():
        held = torch.load(out, weights_only=True)
        looker.load_state_dict(held["looker"])
        optimizer.load_state_dict(held["optimizer"])
        state = json.loads(held["state"])
    state["asked"] += minutes * 60
    pool, exam = Pool(pool_at), unseen(judged_on)
    begun = told = time.process_time()
    before = state["seconds"]
    window: list[dict[str, float]] = []
    while state["seconds"] < state["asked"]:
        share = state["seconds"] / state["asked"]
        for group in optimizer.param_groups:
            falling = 0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2
            group["lr"] = HIGHEST * falling * min(1.0, 0.1 + state["step"] / 100)
        stage, clips = lesson(np.random.default_rng([seed, state["step"]]), pool, share)
        parts = loss_of(looker, clips)
        optimizer.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(looker.parameters(), 5.0)
        optimizer.step()
        state["step"] += 1
        state["seconds"] = before + time.process_time() - begun
        window.append({name: float(part.detach()) for name, part in parts.items()})
        if time.process_time() - told > every or state["seconds"] >= state["asked"]:
            told = time.process_time()
            line = means(window) | {"step": state["step"], "minutes": state["seconds"] / 60} | judged(looker, exam)
            state["curve"].append({"stage": stage} | {name: round(value, 4) for name, value in line.items()})
            print(json.dumps(state["curve"][-1]), flush=True)
            window.clear()
            held = {"trunk": looker.trunk.state_dict(), "looker": looker.state_dict(), "state": json.dumps(state)}
            torch.save(held | {"optimizer": optimizer.state_dict()}, out.with_suffix(".part"))
            out.with_suffix(".part").replace(out)


def means(window: list[dict[str, float]]) -> dict[str, float]:
    """Of each part of the loss, over the steps that had the same parts as the last one."""
    same = [each for each in window if each.keys() == window[-1].keys()]
    return {name: float(np.mean([each[name] for each in same])) for name in window[-1]}


def lesson(random: np.random.Generator, pool: Pool, share: float) -> tuple[str, list[Clip]]:
    """The stage at that share of the whole time, and its pictures."""
    stage, _, pictures = STAGES[0] if share < STAGES[0][1] else STAGES[1]
    clips = single(random, pool, pictures) if stage == "things" else frames(random, pool, pictures)
    plain = max(0.0, 1 - share / FADED_UNTIL)
    return stage, [plainer(random, clip, plain * random.uniform(0.7, 1)) for clip in clips] if plain else clips


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    cv2.setNumThreads(1)
    train(asked.out, asked.pool, asked.minutes, asked.seed)
