"""A tiny MM-Grounding-DINO from nothing: a backbone that can see, then the encoder's proposals, then the decoder.

    python -m training.detector --pool POOL --backbone BACKBONE.pt --out /somewhere/detector [--minutes 60]

Goes on from its own checkpoint where it finds one. Minutes are of computing, not by the clock. An earlier trial found
boxes but ignored the words, another learned words from an eye that could not see: what made the difference is told in
the model card.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import cv2
import numpy as np
import torch
from torch import Tensor
from transformers import BertConfig, MMGroundingDinoConfig, MMGroundingDinoForObjectDetection

from . import backbone
from .captions import VOCABULARY_SIZE
from .detector_finds import judged
from .detector_loss import decoder_loss, proposals_loss
from .detector_stills import Batch, drawn, held_out
from .pool import Pool

CHANNELS = 96
PICTURES, PHRASES = 16, 6
"""A batch, and phrases of a caption at most."""

STAGES = (("places", 0.45, 1.5e-3), ("decoder", 0.55, 1e-3))
"""Name, share of the time, highest learning rate."""

FINE, EYE = 1.0, 0.5
"""The backbone's learning rate as a share of the rest's, and what its own task counts."""

KEPT = 0.998
"""Of the running mean of the weights, which is what gets exported, at each step."""


def configuration() -> MMGroundingDinoConfig:
    """One text, one encoder and two decoder layers of 96 channels, 24 queries."""
    text = BertConfig(
        vocab_size=VOCABULARY_SIZE,
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=256,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return MMGroundingDinoConfig(
        backbone_config=backbone.configuration(),
        text_config=text,
        d_model=CHANNELS,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=192,
        decoder_ffn_dim=192,
        encoder_attention_heads=6,
        decoder_attention_heads=6,
        num_queries=24,
        num_feature_levels=3,
        dropout=0.0,
        fusion_droppath=0.0,
    )


def fresh(seed: int, trunk: dict[str, Tensor] | None = None) -> MMGroundingDinoForObjectDetection:
    """Untrained but for the backbone, if ``trunk`` is its state. Plain layers as PyTorch initializes them: the
    library's numbers are meant for wider ones, and its words, of deviation 0.02, all become one in the first norm."""
    torch.manual_seed(seed)
    model = MMGroundingDinoForObjectDetection(configuration())
    special = (
        "sampling_offsets",
        "attention_weights",
        "value_proj",
        "output_proj",
        "layers.2",
        "fusion_layer",
        "conv_encoder",
    )
    for name, module in model.named_modules():
        plain = isinstance(module, (torch.nn.Linear, torch.nn.Conv2d, torch.nn.Embedding))
        if plain and not any(part in name for part in special):
            module.reset_parameters()
    for name, parameter in model.named_parameters():
        if name.endswith(("vision_param", "text_param")):
            torch.nn.init.constant_(parameter, 0.05)
    # The library's first boxes are 0.05, 0.1 and 0.2 wide; from here 0.22, 0.36 and 0.55.
    last = model.model.encoder_output_bbox_embed.layers[-1]
    with torch.no_grad():
        last.bias.copy_(torch.tensor([0.0, 0.0, 1.6, 1.6]))
    if trunk is not None:
        model.model.backbone.conv_encoder.model.load_state_dict(
            {name: value for name, value in trunk.items() if not name.endswith("num_batches_tracked")}
        )
    model.model.unfreeze_backbone()  # the library freezes more than it means to: its names of stages are old ones
    return model


def loss_of(
    model: MMGroundingDinoForObjectDetection, batch: Batch, stage: str, say: torch.nn.ModuleList | None = None
) -> dict[str, Tensor]:
    """The parts of the loss by name. ``say``: what the backbone was trained with, so that it goes on learning its own
    task; thrown away in the end."""
    seen: list[Tensor] = []
    hook = model.model.backbone.conv_encoder.register_forward_hook(
        lambda _, __, levels: seen.extend(each for each, _ in levels)
    )
    try:
        output = model(pixel_values=batch.pixels, input_ids=batch.ids, attention_mask=batch.mask)
    finally:
        hook.remove()
    told = proposals_loss(output, batch)
    if stage != "places":
        told |= decoder_loss(model, output, batch)
    if say is not None:
        parts = backbone.said_loss([each(level) for each, level in zip(say, seen, strict=True)], batch.clips)
        told["eye"] = EYE * torch.stack(list(parts.values())).sum()
    return told


def groups(model: MMGroundingDinoForObjectDetection) -> list[dict[str, Any]]:
    """Backbone and the rest, with their shares of the learning rate; words and norms are not pulled to zero."""
    trunk = {id(each) for each in model.model.backbone.parameters()}
    told: dict[tuple[bool, float], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        decay = 0.01 if parameter.ndim > 1 and "embed" not in name else 0.0
        told.setdefault((id(parameter) in trunk, decay), []).append(parameter)
    return [
        {"params": each, "share": FINE if eye else 1.0, "weight_decay": decay} for (eye, decay), each in told.items()
    ]


def train(
    out: Path,
    clips_from: Path,
    minutes: float,
    seed: int = 1,
    judged_on: int = 120,
    seeing: Path | None = None,
    every: float = 60.0,
) -> None:
    """Trains for ``minutes`` more, by the stages' shares of all minutes ever asked for in ``out``.

    ``judged_on``: how many held-out pictures the curve is made of. ``seeing``: the backbone to begin with. ``every``:
    seconds of computing between two points of the curve."""
    out.mkdir(parents=True, exist_ok=True)
    eye, learned = backbone.Looker(seed), []
    if seeing:
        held = torch.load(seeing, weights_only=True)
        eye.load_state_dict(held["looker"])
        learned = json.loads(held["state"])["curve"]
    model, say = fresh(seed, eye.trunk.state_dict()).to(memory_format=torch.channels_last), eye.say
    mean = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.AdamW([*groups(model), {"params": list(say.parameters()), "share": FINE}], lr=1e-3)
    state: dict[str, Any] = {"step": 0, "seconds": 0.0, "asked": 0.0, "curve": [], "backbone": learned}
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        held = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(held["model"])
        say.load_state_dict(held["say"])
        mean = held["mean"]
        shares = [group["share"] for group in optimizer.param_groups]
        optimizer.load_state_dict(held["optimizer"])
        for group, share in zip(optimizer.param_groups, shares, strict=True):
            group["share"] = share
        state = json.loads(held["state"])
    state["asked"] += minutes * 60
    model.train()
    pool, exam, averaged = Pool(clips_from), held_out(judged_on), fresh(seed)
    begun = told = time.process_time()
    before = state["seconds"]
    window: list[dict[str, float]] = []
    while state["seconds"] < state["asked"]:
        stage, rate = _now(state["seconds"] / state["asked"])
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"] * min(1.0, 0.05 + state["step"] / 100)
        batch = drawn(np.random.default_rng([seed, state["step"]]), pool, PICTURES, PHRASES)
        parts = loss_of(model, batch, stage, say)
        loss = torch.stack(list(parts.values())).sum()
        optimizer.zero_grad(set_to_none=True)
        if torch.isfinite(loss):
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
        state["step"] += 1
        with torch.no_grad():
            kept = min(KEPT, (1 + state["step"]) / (10 + state["step"]))
            for name, value in model.state_dict().items():
                mean[name].lerp_(value, 1 - kept) if value.is_floating_point() else mean[name].copy_(value)
        state["seconds"] = before + time.process_time() - begun
        window.append({name: float(part.detach()) for name, part in parts.items()})
        if time.process_time() - told > every or state["seconds"] >= state["asked"]:
            told = time.process_time()
            line = {"step": state["step"], "minutes": state["seconds"] / 60} | backbone.means(window)
            averaged.load_state_dict(mean)
            line |= judged(averaged, exam)
            window.clear()
            pool = Pool(clips_from)  # it may have grown
            state["curve"].append({"stage": stage, **{key: round(float(value), 4) for key, value in line.items()}})
            print(json.dumps(state["curve"][-1]), flush=True)
            held = {"model": model.state_dict(), "say": say.state_dict(), "mean": mean}
            held["optimizer"] = optimizer.state_dict()
            torch.save(held | {"state": json.dumps(state)}, checkpoint.with_suffix(".part"))
            checkpoint.with_suffix(".part").replace(checkpoint)


def _now(share: float) -> tuple[str, float]:
    """The stage at that share of the whole time, and its learning rate, down along a cosine to the last."""
    first, last = STAGES
    (name, length, highest), start, lowest = (first, 0.0, 0.4) if share < first[1] else (last, first[1], 0.02)
    within = min((share - start) / length, 1.0)
    return name, highest * (lowest + (1 - lowest) * 0.5 * (1 + math.cos(math.pi * within)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, help="What training.backbone wrote; only read where a run begins.")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    cv2.setNumThreads(1)
    train(asked.out, asked.pool, asked.minutes, asked.seed, seeing=asked.backbone)
