"""A small SAM 2 with random weights: the real architecture, narrow enough for milliseconds a frame."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from transformers import Sam2HieraDetConfig, Sam2VideoConfig, Sam2VideoModel, Sam2VisionConfig

from mattewire_server.engines.sam2.predictor import Predictor
from mattewire_server.engines.sam2.sizes import at_size
from mattewire_server.engines.seams import Picture

SIZE = 128


def tiny_config(image_size: int = SIZE) -> Sam2VideoConfig:
    """About 3 million parameters, as `tests/parity/sam2_recipe.py` narrows the official one: fewer the code does not
    allow (64 memory channels, 128 hidden ones)."""
    trunk = Sam2HieraDetConfig(
        hidden_size=16,
        num_attention_heads=1,
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[16, 32, 64, 128],
        num_attention_heads_per_stage=[1, 2, 4, 8],
        window_size_per_stage=[8, 4, 4, 2],
        global_attention_blocks=[3],
    )
    config = Sam2VideoConfig(
        vision_config=Sam2VisionConfig(
            backbone_config=trunk, backbone_channel_list=[128, 64, 32, 16], fpn_hidden_size=128
        ),
        prompt_encoder_config={"hidden_size": 128},
        mask_decoder_config={"hidden_size": 128},
        memory_attention_hidden_size=128,
        memory_attention_num_layers=2,
        memory_attention_feed_forward_hidden_size=128,
        memory_encoder_hidden_size=128,
        mask_downsampler_embed_dim=128,
        memory_fuser_embed_dim=128,
        memory_fuser_intermediate_dim=512,
    )
    return at_size(config, image_size)


def tiny_model(seed: int = 0, in_sight: float = 6.0, spread: float = 1.0, image_size: int = SIZE) -> Sam2VideoModel:
    """Random weights in which every parameter matters.

    The object score is multiplied by ``spread``, and ``in_sight`` added: random weights otherwise call most frames
    empty, whose masks are one constant.
    """
    torch.set_num_threads(1)  # faster than two for tensors this small
    generator = torch.Generator().manual_seed(seed)
    model = Sam2VideoModel(tiny_config(image_size)).eval().requires_grad_(False)
    for name, tensor in model.state_dict().items():
        fan_in = math.prod(tensor.shape[1:]) or 1
        if "layer_norm" in name and name.endswith("weight"):
            tensor.fill_(1.0)
        else:
            tensor.normal_(0, 0.5 if tensor.dim() < 2 else min(1.0, 1.5 / fan_in**0.5), generator=generator)
    shared = model.shared_image_embedding.positional_embedding
    shared.normal_(0, 1, generator=generator)
    model.prompt_encoder.shared_embedding.positional_embedding.copy_(shared)  # Meta's model has one
    model.mask_decoder.pred_obj_score_head.proj_out.weight.mul_(spread)
    model.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(in_sight)
    return model


def tiny_predictor(seed: int = 0, in_sight: float = 6.0, spread: float = 1.0) -> Predictor:
    return Predictor(tiny_model(seed, in_sight, spread), torch.device("cpu"), torch.float32)


def save_folder(folder: Path, seed: int = 0) -> Path:
    """The small model as a Hugging Face folder."""
    tiny_model(seed).save_pretrained(folder)
    return folder


def picture(frame: int, width: int = 96, height: int = 64) -> Picture:
    """A bright disk on a slope with a little texture, moving to the right with the frame number."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    disk = np.hypot(x - (10 + 1.3 * (frame % 60)), y - height / 2) < height / 5
    rgb = np.stack([x / width, y / height, 0.5 + 0.3 * np.sin(x / 5 + y / 7 + frame)], axis=-1)
    rgb[disk] = (0.9, 0.3, 0.1)
    return Picture(frame, np.ascontiguousarray(rgb, np.float32))
