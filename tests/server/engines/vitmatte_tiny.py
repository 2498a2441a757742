"""A small ViTMatte of the real architecture with random weights, saved as transformers saves one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

SHAPE = {
    "num_channels": 4,
    "image_size": 96,
    "pretrain_image_size": 64,
    "patch_size": 16,
    "hidden_size": 32,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "use_absolute_position_embeddings": True,
    "use_relative_position_embeddings": True,
    "window_size": 3,
    "window_block_indices": [0, 2],
    "residual_block_indices": [1, 3],
    "out_features": ["stage4"],
}
"""Windows, whole attention and residual blocks as in the published sizes, everything narrower."""


def random_model(seed: int = 7) -> Any:
    """Random numbers everywhere, statistics included, so that no branch is hidden by a zero or a one. In evaluation."""
    config = transformers.VitMatteConfig(
        backbone_config=transformers.VitDetConfig(**SHAPE),
        hidden_size=32,
        convstream_hidden_sizes=[6, 8, 10],
        fusion_hidden_sizes=[16, 12, 10, 8],
    )
    torch.manual_seed(seed)
    model = transformers.VitMatteForImageMatting(config)
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith(("batch_norm.weight", "matting_convs.1.weight", "running_var")):
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=chance))
            elif tensor.is_floating_point():
                tensor.add_(torch.randn(tensor.shape, generator=chance) * 0.1)
            if name.endswith("matting_convs.3.weight"):
                tensor.mul_(8)  # so that mattes are no even gray
    return model.eval()


def save(folder: Path, seed: int = 7, mean: float = 0.5, deviation: float = 0.5) -> Path:
    """A Hugging Face folder: ``config.json``, ``model.safetensors``, ``preprocessor_config.json``."""
    random_model(seed).save_pretrained(folder)
    numbers = f'"image_mean": {[mean] * 3}, "image_std": {[deviation] * 3}'
    (folder / "preprocessor_config.json").write_text(
        '{"do_normalize": true, "do_rescale": true, "rescale_factor": 0.00392156862745098, "size_divisor": 32, '
        f"{numbers}}}"
    )
    return folder
