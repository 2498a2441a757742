"""Random SAM 2 weights and a shot to track, the same on every machine: NumPy's legacy generator, seeded by names.

Every tensor is filled so that it matters. The package's own initialization would leave parts of the model idle (a
layer scale of 1e-6, encodings of nearly zero) and their mistakes unseen.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def weights(name: str, shape: tuple[int, ...]) -> Array:
    """Values for the tensor with this name in the official checkpoint."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    noise = random.standard_normal(shape or (1,)).reshape(shape)
    if "gaussian_matrix" in name:
        return noise.astype(np.float32)
    if len(shape) < 2:
        scale = name.endswith(("weight", "gamma"))  # of a norm, or a layer scale
        return (float(scale) + 0.1 * noise).astype(np.float32)
    fan_in = math.prod(shape[1:]) if "weight" in name and len(shape) in (2, 4) and "embed" not in name else 25
    return (noise * (1.2 / math.sqrt(fan_in))).astype(np.float32)


@dataclass(frozen=True)
class Shot:
    """Frames 0 to ``frames`` - 1. A box on ``keyframe``, later a keep point on ``corrected``; pixels of the picture."""

    frames: int = 24
    width: int = 480
    height: int = 270
    keyframe: int = 12
    corrected: int = 18
    box: tuple[float, float, float, float] = (180.0, 70.0, 330.0, 210.0)
    point: tuple[float, float] = (262.0, 150.0)

    def render(self, index: int) -> NDArray[np.uint8]:
        """A textured set, a patterned ball crossing it, a dark pillar, and a light that changes: uint8 (h, w, 3)."""
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float64)
        static = np.random.RandomState(7).uniform(0.6, 1.3, (self.height // 10 + 1, self.width // 10 + 1))
        texture = np.kron(static, np.ones((10, 10)))[: self.height, : self.width]
        rgb = np.stack([0.35 * texture, 0.30 * texture, 0.5 * texture * (0.5 + y / self.height)], axis=-1)
        center = np.array([40 + 17.5 * index, 140 + 40 * math.sin(index / 3)])
        away = np.hypot(x - center[0], y - center[1])
        stripes = 0.5 + 0.5 * np.sign(np.sin((x - center[0]) / 6 + index / 2) * np.sin((y - center[1]) / 6))
        rgb[away < 55] = np.stack([0.9 * stripes + 0.1, 0.2 + 0.3 * stripes, 0.15 + 0 * stripes], axis=-1)[away < 55]
        rgb[:, 350:385] = (0.05, 0.08, 0.06)
        rgb *= 0.25 + 0.75 * abs(math.cos(index * 0.55))
        grain = np.random.RandomState(index).normal(0, 0.02, rgb.shape)
        return (np.clip(rgb + grain, 0, 1) * 255 + 0.5).astype(np.uint8)


SMALL_OVERRIDES = (
    "++model.image_size=128",
    "++model.image_encoder.trunk.embed_dim=16",
    "++model.image_encoder.trunk.stages=[1,1,2,1]",
    "++model.image_encoder.trunk.global_att_blocks=[3]",
    "++model.image_encoder.trunk.window_spec=[8,4,4,2]",
    "++model.image_encoder.neck.d_model=128",
    "++model.image_encoder.neck.backbone_channel_list=[128,64,32,16]",
    "++model.image_encoder.neck.position_encoding.num_pos_feats=128",
    "++model.memory_attention.d_model=128",
    "++model.memory_attention.num_layers=2",
    "++model.memory_attention.layer.d_model=128",
    "++model.memory_attention.layer.dim_feedforward=128",
    "++model.memory_attention.layer.self_attention.embedding_dim=128",
    "++model.memory_attention.layer.self_attention.feat_sizes=[8,8]",
    "++model.memory_attention.layer.cross_attention.embedding_dim=128",
    "++model.memory_attention.layer.cross_attention.feat_sizes=[8,8]",
    "++model.memory_encoder.mask_downsampler.embed_dim=128",
    "++model.memory_encoder.in_dim=128",
    "++model.memory_encoder.fuser.layer.dim=128",
)
"""The official configuration of SAM 2.1 tiny, narrowed to the sizes of the tests' small model."""
