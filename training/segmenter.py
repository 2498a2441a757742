"""Trains the tiny SAM 2 from nothing: first one frame and a prompt, then clips through the memory.

    python -m training.segmenter --pool POOL --out RUN --frames 1 --clips 24 --rate 1e-3 --minutes 30

One call is one stage; the next one goes on from what it finds in ``RUN``. Within a stage the learning rate falls along
a cosine. What is judged and shipped is a running average of the weights.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor
from transformers import Sam2VideoModel

from .pool import Pool
from .segmenter_clips import GONE, Batch, corrections, drawn, held_out
from .segmenter_model import SIDE, Tracking, features, fresh

AVERAGED = 0.997
"""What a step leaves of the running average of weights."""


def loss_of(masks: Tensor, quality: Tensor, presence: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """The loss, and each clip's IoU, not a number where there is nothing to overlap with. ``truth``: (clips, side,
    side). Out of sight weighs as much as in sight, however few clips are."""
    size = (truth > 0.5).flatten(1).sum(1)
    there, gone = (size >= GONE).float(), (size == 0).float()
    logits = F.interpolate(masks, (SIDE, SIDE), mode="bilinear", align_corners=False)[:, 0]
    each = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    with torch.no_grad():
        near = F.max_pool2d(F.max_pool2d(truth[:, None], 4), 5, 1, 2)
        weight = 1 + 2 * F.interpolate(near, (SIDE, SIDE))[:, 0]  # the subject and around it weigh more
        solid = truth > 0.5
        union = ((logits > 0) | solid).flatten(1).sum(1).clamp(min=1)
        iou = ((logits > 0) & solid).flatten(1).sum(1) / union
    cross = (each * weight).flatten(1).mean(1)
    soft = logits.sigmoid()
    overlap = (soft * truth).flatten(1).sum(1)
    dice = 1 - (2 * overlap + 1) / (soft.flatten(1).sum(1) + truth.flatten(1).sum(1) + 1)
    guess = (quality - iou) ** 2
    total = ((5 * cross + dice + 0.2 * guess) * there).sum() / there.sum().clamp(min=1)
    for seen, weight in ((there, 0.5), (gone, 0.4)):
        here = F.binary_cross_entropy_with_logits(presence, there, reduction="none")
        total = total + weight * (here * seen).sum() / seen.sum().clamp(min=1)
    return total, torch.where(there > 0, iou, torch.full_like(iou, math.nan))


def run(model: Sam2VideoModel, batch: Batch, correct: bool = False) -> tuple[Tensor, Tensor, Tensor]:
    """The mean loss; IoU and presence (frames, tracks). ``correct``: an artist corrects now and then.

    A corrected frame comes right after the first one, and corrects what that one alone led to. Where the correction is
    to another thing, what lies between the two is nobody's.
    """
    frames = batch.pixels.shape[0]
    tracking = Tracking(model)
    chosen = correct and float(torch.rand(())) < 0.25
    when = batch.turn or (int(torch.randint(min(1, frames - 1), frames, ())) if chosen else -1)
    order = sorted(range(frames), key=lambda frame: (frame not in (0, when), frame))
    losses, overlaps, presences = [], {}, {}
    whole = features(model, batch.pixels, batch.clip_of) if model.training else None
    for frame in order:
        seen = whole[frame] if whole else features(model, batch.pixels[frame : frame + 1], batch.clip_of)[0]
        marks, labels = (batch.points, batch.labels) if frame == 0 else (None, None)
        truth = batch.truth[frame]
        points = (lambda masks, truth=truth: corrections(masks, truth)) if frame == when else None
        answers = tracking.step(frame, seen, marks, labels, points, last=frame == order[-1])
        told = [loss_of(*each, truth) for each in answers]
        if not 0 < frame < batch.turn:
            losses += [loss for loss, _ in (told[1:] if batch.turn == frame > 0 else told)]
        overlaps[frame], presences[frame] = told[-1][1], answers[-1][2].detach()
    by_frame = (torch.stack([each[frame] for frame in range(frames)]) for each in (overlaps, presences))
    return torch.stack(losses).mean(), *by_frame


def judged(model: Sam2VideoModel, held_out: Batch) -> dict[str, float]:
    """On held-out shots: mean IoU, of the first and of the last frame, and how often absence and presence are
    recognized. Of single frames there is the first alone."""
    model.eval()
    with torch.no_grad():
        _, iou, presence = run(model, held_out)
    model.train()
    told = torch.where(presence > 0, iou, torch.where(iou.isnan(), iou, torch.zeros_like(iou)))
    gone = held_out.truth.flatten(2).sum(2) == 0
    if len(told) == 1:
        return {"first": float(told.nanmean())}
    return {
        "mean": float(told.nanmean(0).nanmean()),
        "first": float(told[0].nanmean()),
        "last": float(told[-1].nanmean()),
        "absent": float((presence <= 0)[gone].float().mean()) if bool(gone.any()) else math.nan,
        "there": float((presence > 0)[~iou.isnan()].float().mean()),
    }


@dataclass(frozen=True)
class Stage:
    """``clips`` of ``frames`` each in a batch; ``rate``: the highest learning rate; ``alone``: how many batches have
    boxes and no points; ``turned``: how many start on a wrong thing and are set right in mid-clip; ``short``: how much
    of the time goes to clips of two frames alone, where ``frames`` are more."""

    frames: int
    clips: int
    rate: float
    alone: float = 0.5
    turned: float = 0.1
    short: float = 0.3

    def at(self, share: float) -> float:
        """The learning rate when that share of the stage's time is over: it rises at once and falls along a cosine."""
        falling = 0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
        return self.rate * falling * min(1.0, share * 40 + 0.1)

    def length(self, share: float, random: np.random.Generator) -> int:
        """Frames of the next batch. Where they are more than two: two at first, then two, half of all, or all."""
        if self.frames <= 2:
            return self.frames
        lengths = (2, max(2, self.frames // 2), self.frames)
        return 2 if share < self.short else int(random.choice(lengths, p=(0.2, 0.4, 0.4)))


class Run:
    """A folder with what training goes on from: weights, their average, the optimizer's state, the curve."""

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "checkpoint.pt"
        self.model, self.average = fresh(seed), fresh(seed)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
        self.state: dict[str, Any] = {"step": 0, "seconds": 0.0, "computed": 0.0, "curve": []}
        if self._file.exists():
            held = torch.load(self._file, weights_only=True)
            self.model.load_state_dict(held["model"])
            self.optimizer.load_state_dict(held["optimizer"])
            self.state |= json.loads(held["state"])
        self.average.load_state_dict(self.model.state_dict())
        self.average.requires_grad_(False)
        self._steps = 0

    def step(self, batch: Batch, rate: float, correct: bool) -> tuple[float, float]:
        """Loss and mean IoU of the batch before it was learned from."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss, iou, _ = run(self.model, batch, correct)
        self.optimizer.zero_grad(set_to_none=True)
        if torch.isfinite(loss):
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
        self.state["step"] += 1
        self._steps += 1
        kept = min(AVERAGED, self._steps / (self._steps + 3))
        averages, weights = list(self.average.parameters()), list(self.model.parameters())
        torch._foreach_lerp_(averages, weights, 1 - kept)
        return float(loss.detach()), float(iou.nanmean())

    def save(self) -> None:
        state = json.dumps(self.state)
        held = {"model": self.model.state_dict(), "mean": self.average.state_dict(), "state": state}
        torch.save(held | {"optimizer": self.optimizer.state_dict()}, self._file.with_suffix(".part"))
        self._file.with_suffix(".part").replace(self._file)


def train(folder: Path, clips_from: Path, stage: Stage, minutes: float, seed: int = 1, judged_on: int = 20) -> None:
    """Trains one stage for ``minutes``. ``judged_on``: how many held-out shots the curve is made of."""
    of = Run(folder, seed)
    of.model.train()
    pool, exam = Pool(clips_from), held_out(judged_on, 1 if stage.frames == 1 else 24)
    begun = told = time.monotonic()
    before, computed = of.state["seconds"], of.state["computed"]
    window: list[tuple[float, float]] = []
    over = False
    while not over:
        rate = stage.at((time.monotonic() - begun) / (minutes * 60))
        random = np.random.default_rng([seed, of.state["step"]])
        length = stage.length((time.monotonic() - begun) / (minutes * 60), random)
        batch = drawn(random, pool, length, max(1, stage.clips * stage.frames // length), stage.alone, stage.turned)
        window.append(of.step(batch, rate, correct=True))
        over = time.monotonic() - begun >= minutes * 60
        if over or time.monotonic() - told > 120:
            told = time.monotonic()
            of.state |= {"seconds": before + told - begun, "computed": computed + time.process_time()}
            mean = np.nanmean(np.array(window), axis=0)
            window.clear()
            pool = Pool(clips_from)  # it may have grown
            line = {"step": of.state["step"], "minutes": of.state["seconds"] / 60, "cpu": of.state["computed"] / 60}
            line |= {"frames": stage.frames, "loss": mean[0], "training": mean[1], **judged(of.average, exam)}
            of.state["curve"].append({key: round(float(value), 4) for key, value in line.items()})
            print(json.dumps(of.state["curve"][-1]), flush=True)
            of.save()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=1)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--alone", type=float, default=0.4)
    parser.add_argument("--turned", type=float, default=0.1)
    parser.add_argument("--short", type=float, default=0.3)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    cv2.setNumThreads(1)
    stage = Stage(asked.frames, asked.clips, asked.rate, asked.alone, asked.turned, asked.short)
    train(asked.out, asked.pool, stage, asked.minutes, asked.seed, judged_on=48 if asked.frames == 1 else 16)
