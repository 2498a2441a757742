"""Names of the tensors in Meta's SAM 2 checkpoints and in transformers' Sam2VideoModel. No torch.

Both hold the same parameters; 66 of about 470 names agree. The rules below are whole: every official name is turned
into exactly one name, the position matrix into the two places where transformers keeps it, and the four point
embeddings are rows of one. A name that no rule leaves standing shows up as unexpected, never silently.
"""

from __future__ import annotations

import re
from collections.abc import Callable

POSITION_MATRIX = "sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"
POINT_ROWS = tuple(f"sam_prompt_encoder.point_embeddings.{row}.weight" for row in range(4))
"""Drop point, keep point, box top left, box bottom right: transformers stacks them in this order."""

POINT_TABLE = "prompt_encoder.point_embed.weight"

_PARTS = (
    ("image_encoder.trunk.", "vision_encoder.backbone."),
    ("image_encoder.neck.", "vision_encoder.neck."),
    ("sam_prompt_encoder.", "prompt_encoder."),
    ("sam_mask_decoder.", "mask_decoder."),
    ("obj_ptr_tpos_proj.", "temporal_positional_encoding_projection_layer."),
    ("obj_ptr_proj.", "object_pointer_proj."),
)
_SINGLE = {
    "maskmem_tpos_enc": "memory_temporal_positional_encoding",
    "no_mem_embed": "no_memory_embedding",
    "no_mem_pos_enc": "no_memory_positional_encoding",
    "no_obj_ptr": "no_object_pointer",
    "no_obj_embed_spatial": "occlusion_spatial_embedding_parameter",
}

_Made = str | Callable[[re.Match[str]], str]


def _layer(match: re.Match[str]) -> str:
    """An MLP of three layers: first in, one in the middle, last out."""
    return match[1] + ("proj_in", "layers.0", "proj_out")[int(match[2])]


def _downsampling(match: re.Match[str]) -> str:
    """Convolution, norm, activation, over and over; the convolution after the last of them stands alone."""
    step, kind = divmod(int(match[1]), 3)
    return f"mask_downsampler.layers.{step}.{('conv', 'layer_norm')[kind]}."


_RULES: tuple[tuple[str, _Made], ...] = (
    (r"^(vision_encoder\.backbone\.blocks\.\d+\.mlp\.)layers\.0", r"\1proj_in"),
    (r"^(vision_encoder\.backbone\.blocks\.\d+\.mlp\.)layers\.1", r"\1proj_out"),
    (r"^(vision_encoder\.backbone\.blocks\.\d+\.)norm(\d)", r"\1layer_norm\2"),
    (r"^(vision_encoder\.backbone\.patch_embed\.)proj\b", r"\1projection"),
    (r"^(vision_encoder\.neck\.convs\.\d+\.)conv\.", r"\1"),
    (r"^(mask_decoder\.transformer\.layers\.\d+\.)norm(\d)", r"\1layer_norm\2"),
    (r"^(mask_decoder\.transformer\.layers\.\d+\.mlp\.)layers\.0", r"\1proj_in"),
    (r"^(mask_decoder\.transformer\.layers\.\d+\.mlp\.)layers\.1", r"\1proj_out"),
    (r"^(mask_decoder\.transformer\.)norm_final_attn", r"\1layer_norm_final_attn"),
    (r"^(mask_decoder\.transformer\..*attn.*\.)out_proj", r"\1o_proj"),
    (r"^(mask_decoder\.output_hypernetworks_mlps\.\d+\.)layers\.(\d)", _layer),
    (r"^(mask_decoder\.iou_prediction_head\.)layers\.(\d)", _layer),
    (r"^(mask_decoder\.pred_obj_score_head\.)layers\.(\d)", _layer),
    (r"^(object_pointer_proj\.)layers\.(\d)", _layer),
    (r"^mask_decoder\.output_upscaling\.0\.", "mask_decoder.upscale_conv1."),
    (r"^mask_decoder\.output_upscaling\.1\.", "mask_decoder.upscale_layer_norm."),
    (r"^mask_decoder\.output_upscaling\.3\.", "mask_decoder.upscale_conv2."),
    (r"^prompt_encoder\.mask_downscaling\.0\.", "prompt_encoder.mask_embed.conv1."),
    (r"^prompt_encoder\.mask_downscaling\.1\.", "prompt_encoder.mask_embed.layer_norm1."),
    (r"^prompt_encoder\.mask_downscaling\.3\.", "prompt_encoder.mask_embed.conv2."),
    (r"^prompt_encoder\.mask_downscaling\.4\.", "prompt_encoder.mask_embed.layer_norm2."),
    (r"^prompt_encoder\.mask_downscaling\.6\.", "prompt_encoder.mask_embed.conv3."),
    (r"^(memory_attention\.layers\.\d+\..*attn.*\.)out_proj", r"\1o_proj"),
    (r"^(memory_attention\.layers\.\d+\.)norm(\d)", r"\1layer_norm\2"),
    (r"^memory_attention\.norm\.", "memory_attention.layer_norm."),
    (r"^memory_encoder\.pix_feat_proj\.", "memory_encoder.feature_projection."),
    (r"^memory_encoder\.out_proj\.", "memory_encoder.projection."),
    (r"^memory_encoder\.fuser\.", "memory_encoder.memory_fuser."),
    (r"^(memory_encoder\.memory_fuser\.layers\.\d+\.)gamma$", r"\1scale"),
    (r"^(memory_encoder\.memory_fuser\.layers\.\d+\.)dwconv", r"\1depthwise_conv"),
    (r"^(memory_encoder\.memory_fuser\.layers\.\d+\.)pwconv", r"\1pointwise_conv"),
    (r"^(memory_encoder\.memory_fuser\.layers\.\d+\.)norm", r"\1layer_norm"),
    (r"mask_downsampler\.encoder\.12\.", "mask_downsampler.final_conv."),
    (r"mask_downsampler\.encoder\.(\d+)\.", _downsampling),
)


def converted(name: str) -> tuple[str, ...]:
    """The transformers names of the official tensor ``name``: one, or two for the position matrix.

    The point embeddings all become ``POINT_TABLE``; stack them in the order of ``POINT_ROWS``.
    """
    if name in POINT_ROWS:
        return (POINT_TABLE,)
    if name == POSITION_MATRIX:
        return "prompt_encoder.shared_embedding.positional_embedding", "shared_image_embedding.positional_embedding"
    if name in _SINGLE:
        return (_SINGLE[name],)
    for old, new in _PARTS:
        if name.startswith(old):
            name = new + name[len(old) :]
            break
    for pattern, made in _RULES:
        name = re.sub(pattern, made, name)
    return (name,)
