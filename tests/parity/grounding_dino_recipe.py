"""A small GroundingDINO that both sides can build: its sizes, its weights by name, its picture.

The weights come from NumPy's PCG64, seeded by the tensor's name, so that a checkpoint need not be stored: CI compares
our network with the official package's answers, which `make parity` wrote to ``tests/golden/grounding_dino``.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

WORDS = 1200
CAPTION = ("red mug on the table", "cat")
QUERIES = 40
SWIN = {"embed_dim": 24, "depths": [1, 1, 2, 1], "num_heads": [1, 2, 3, 6], "window_size": 4}
BERT = {
    "vocab_size": WORDS,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 256,
}
LAYERS, FEED_FORWARD = 2, 64


def values(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The tensor called ``name`` in the official model. Norm weights lie around 1, fusion gains are large, the first
    boxes fill the picture and the decoder shrinks them, so that the rule at the edges shows."""
    if "bbox_embed" in name:  # one head in all decoder layers, under many names
        name = name.replace("transformer.decoder.", "").replace("bbox_embed.1.", "bbox_embed.0.")
    noise = np.random.Generator(np.random.PCG64(crc32(name.encode()))).standard_normal(shape, dtype=np.float32)
    if name.endswith("tgt_embed.weight"):  # smooth over the ranks: see grounding_dino_official
        rank = np.arange(shape[0], dtype=np.float32)[:, None] / shape[0]
        return np.cos(2 * np.pi * rank + 7 * noise[:1]).astype(np.float32)
    if len(shape) == 1:
        middle = 1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0
        spread = np.float32(0.5 if "gamma_" in name else 0.1)
        tensor = middle + spread * noise
        if name.endswith("enc_out_bbox_embed.layers.2.bias"):
            tensor[2:] += 10
        elif name == "bbox_embed.0.layers.2.bias":
            tensor[2:] -= 4
        return tensor.astype(np.float32)
    inputs = int(np.prod(shape[1:]))
    return (noise * np.float32(0.7 / np.sqrt(inputs))).astype(np.float32)


def picture() -> NDArray[np.float32]:
    """float32 (96, 160, 3), 0..1: ramps, a disc and a box."""
    rows, columns = np.mgrid[0:96, 0:160].astype(np.float32)
    rgb = np.stack([columns / 160, rows / 96, 0.5 + 0.5 * np.sin(columns / 9)], axis=-1)
    rgb[(rows - 40) ** 2 + (columns - 50) ** 2 < 400] = (0.9, 0.1, 0.1)
    rgb[50:85, 100:140] = (0.1, 0.3, 0.9)
    return np.ascontiguousarray(rgb, dtype=np.float32)
