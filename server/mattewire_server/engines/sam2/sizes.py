"""The SAM 2 architectures as transformers configurations, at any square model size. Imports transformers.

Numbers: ``sam2/configs/sam2.1/*.yaml`` and ``sam2/configs/sam2/*.yaml`` of facebookresearch/sam2. SAM 2.0 differs by
having no temporal encoding of object pointers and no occlusion embedding.
"""

from __future__ import annotations

from typing import Any

from transformers import Sam2HieraDetConfig, Sam2VideoConfig, Sam2VisionConfig

from mattewire_protocol.errors import BadField

STRIDE = 16
"""Model pixels per token of the deepest feature map; a model size must be a multiple of twice this."""

_BACKBONES: dict[str, dict[str, Any]] = {
    "tiny": {},
    "small": {"blocks_per_stage": [1, 2, 11, 2], "global_attention_blocks": [7, 10, 13]},
    "base-plus": {
        "hidden_size": 112,
        "num_attention_heads": 2,
        "embed_dim_per_stage": [112, 224, 448, 896],
        "num_attention_heads_per_stage": [2, 4, 8, 16],
        "blocks_per_stage": [2, 3, 16, 3],
        "global_attention_blocks": [12, 16, 20],
        "window_positional_embedding_background_size": [14, 14],
    },
    "large": {
        "hidden_size": 144,
        "num_attention_heads": 2,
        "embed_dim_per_stage": [144, 288, 576, 1152],
        "num_attention_heads_per_stage": [2, 4, 8, 16],
        "blocks_per_stage": [2, 6, 36, 4],
        "global_attention_blocks": [23, 33, 43],
        "window_size_per_stage": [8, 4, 16, 8],
    },
}


def configuration(version: str, size: str, image_size: int = 1024) -> Sam2VideoConfig:
    """The configuration of SAM ``version`` ("2.1" or "2.0") in ``size`` ("tiny" … "large") at ``image_size`` pixels."""
    if size not in _BACKBONES or version not in ("2.1", "2.0"):
        raise BadField(f"there is no SAM {version} {size}.", field="model", advice="See `mattewire weights list`.")
    backbone = _BACKBONES[size]
    trunk = Sam2HieraDetConfig(**backbone)
    config = Sam2VideoConfig(
        vision_config=Sam2VisionConfig(
            backbone_config=trunk, backbone_channel_list=list(reversed(trunk.embed_dim_per_stage))
        ),
        enable_temporal_pos_encoding_for_object_pointers=version == "2.1",
        enable_occlusion_spatial_embedding=version == "2.1",
    )
    return at_size(config, image_size)


def at_size(config: Sam2VideoConfig, image_size: int) -> Sam2VideoConfig:
    """``config`` changed to run at ``image_size``; the same weights fit every size.

    The backbone interpolates its position embedding, and the rotary positions of the memory attention count tokens,
    so only the feature map sizes follow (as the official ``image_size`` and ``feat_sizes`` overrides do).
    """
    if image_size < 64 or image_size % (2 * STRIDE):
        raise BadField(f"the model size must be a multiple of {2 * STRIDE} from 64 on, not {image_size}.", field="size")
    tokens = image_size // STRIDE
    config.image_size = image_size
    config.prompt_encoder_config.image_size = image_size
    config.vision_config.backbone_config.image_size = [image_size, image_size]
    config.vision_config.backbone_feature_sizes = [[tokens * scale, tokens * scale] for scale in (4, 2, 1)]
    config.memory_attention_rope_feat_sizes = [tokens, tokens]
    return config
