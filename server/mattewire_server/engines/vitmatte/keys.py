"""Original ViTMatte files: tensor names → those of the transformers model, and the architecture that they are of.

Source of the pairs: the two packages' module trees (hustvl/ViTMatte, modeling/backbone/vit.py and
modeling/decoder/detail_capture.py; transformers 5.23.0, models/vitdet and models/vitmatte). Every tensor has one name
on either side; the values are the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import torch

Tensors = dict[str, torch.Tensor]

_ENTRIES = {
    "backbone.pos_embed": "backbone.embeddings.position_embeddings",
    "backbone.patch_embed.proj.weight": "backbone.embeddings.projection.weight",
    "backbone.patch_embed.proj.bias": "backbone.embeddings.projection.bias",
}
_PARTS = (
    (re.compile(r"^backbone\.blocks\.(\d+)\.attn\."), r"backbone.encoder.layer.\1.attention."),
    (re.compile(r"^backbone\.blocks\.(\d+)\."), r"backbone.encoder.layer.\1."),
    (re.compile(r"^decoder\.fusion_blks\.(\d+)\.conv\.bn\."), r"decoder.fusion_blocks.\1.conv.batch_norm."),
    (re.compile(r"^decoder\.fusion_blks\.(\d+)\."), r"decoder.fusion_blocks.\1."),
    (re.compile(r"^decoder\.convstream\.convs\.(\d+)\.bn\."), r"decoder.convstream.convs.\1.batch_norm."),
)


def is_original(tensors: Mapping[str, Any]) -> bool:
    """Whether the names are the original's."""
    return "backbone.pos_embed" in tensors


def renamed(original: Mapping[str, torch.Tensor]) -> Tensors:
    """Under transformers' names; a name that is no ViTMatte's stays, and is refused with the others later."""
    return {_renamed(name): tensor for name, tensor in original.items()}


def _renamed(name: str) -> str:
    if name in _ENTRIES:
        return _ENTRIES[name]
    for pattern, new in _PARTS:
        if pattern.match(name):
            return pattern.sub(new, name)
    return name


def architecture(tensors: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """The fields of a ``VitMatteConfig``, read off the shapes of an original file's tensors (renamed).

    Raises ``KeyError`` or ``ValueError`` for tensors that are none. What shapes do not tell is the original's own: the
    windows of the blocks whose position tables are short, GELU, an epsilon of 1e-6 for layers and 1e-5 for batches.
    """
    places = tensors["backbone.embeddings.position_embeddings"]
    projection = tensors["backbone.embeddings.projection.weight"]
    hidden, channels, patch = (int(projection.shape[axis]) for axis in (0, 1, 2))
    layers = _count(tensors, r"backbone\.encoder\.layer\.(\d+)\.norm1\.weight")
    tables = [tensors[f"backbone.encoder.layer.{layer}.attention.rel_pos_h"] for layer in range(layers)]
    widths = [(int(table.shape[0]) + 1) // 2 for table in tables]
    whole = max(widths)
    windowed = [layer for layer, width in enumerate(widths) if width < whole]
    residual = [layer for layer in range(layers) if f"backbone.encoder.layer.{layer}.residual.conv1.weight" in tensors]
    return {
        "backbone_config": {
            "model_type": "vitdet",
            "hidden_size": hidden,
            "num_hidden_layers": layers,
            "num_attention_heads": hidden // int(tables[0].shape[1]),
            "mlp_ratio": int(tensors["backbone.encoder.layer.0.mlp.fc1.weight"].shape[0]) // hidden,
            "num_channels": channels,
            "patch_size": patch,
            "image_size": whole * patch,
            "pretrain_image_size": math.isqrt(int(places.shape[1]) - 1) * patch,
            "window_size": min(widths) if windowed else 0,
            "window_block_indices": windowed,
            "residual_block_indices": residual,
            "use_absolute_position_embeddings": True,
            "use_relative_position_embeddings": True,
            "out_features": [f"stage{layers}"],
        },
        "hidden_size": hidden,
        "convstream_hidden_sizes": _widths(tensors, "decoder.convstream.convs.{}.conv.weight"),
        "fusion_hidden_sizes": _widths(tensors, "decoder.fusion_blocks.{}.conv.conv.weight"),
    }


def _count(tensors: Mapping[str, torch.Tensor], pattern: str) -> int:
    found = [int(match[1]) for name in tensors if (match := re.fullmatch(pattern, name))]
    if not found:
        raise KeyError(pattern)
    return max(found) + 1


def _widths(tensors: Mapping[str, torch.Tensor], name: str) -> list[int]:
    pattern = re.escape(name).replace(r"\{\}", r"(\d+)")
    return [int(tensors[name.format(place)].shape[0]) for place in range(_count(tensors, pattern))]
