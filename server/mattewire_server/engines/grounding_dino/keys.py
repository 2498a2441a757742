"""The key map: tensor names of the original GroundingDINO files → those of the transformers model.

Source of the pairs: the two packages' module trees (IDEA-Research/GroundingDINO, models/GroundingDINO; transformers
5.23.0, models/grounding_dino and models/swin). Every original tensor either has one rule or is on the list of what is
left out; every tensor of the model comes from a rule, but for the one in ``FILLED``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch

Tensors = dict[str, torch.Tensor]

LEFT_OUT = {
    "label_enc.weight": "label embedding of the denoising training, in the released files only",
    "bert.pooler.dense.weight": "BERT's pooler, which GroundingDINO never calls",
    "bert.pooler.dense.bias": "BERT's pooler, which GroundingDINO never calls",
    "bert.embeddings.position_ids": "the numbers 0 to 511",
}
"""Original tensors that no computation reads, with the reason."""

_LEFT_OUT_PATTERN = re.compile(r"backbone\.0\.layers\.\d+\.blocks\.\d+\.attn\.relative_position_index")
"""Indices that follow from the window size; the model makes them itself."""

HEADS = ("bbox_embed.", "model.decoder.bbox_embed.")
"""Starts of the names of the decoder's box heads, one for each layer and all the same."""

COUNTED = ("embeddings.position_ids", "relative_position_index")
"""Ends of names in Hugging Face folders of older transformers: numbers that the model counts out itself."""

FILLED = ("model.backbone.conv_encoder.model.swin.layernorm.weight",
          "model.backbone.conv_encoder.model.swin.layernorm.bias")  # fmt: skip
"""Tensors of the transformers model that the original has not: a norm after the last stage, whose result is not used
(the feature maps have norms of their own). They keep 1 and 0."""

_BLOCK = (
    r"backbone\.0\.layers\.(\d+)\.blocks\.(\d+)\.",
    r"model.backbone.conv_encoder.model.swin.encoder.layers.\1.blocks.\2.",
)
_ENCODER = r"model.encoder.layers.\1."
_DECODER = (r"transformer\.decoder\.layers\.(\d+)\.", r"model.decoder.layers.\1.")
_END = r"(weight|bias)"

_RENAMED: list[tuple[str, str]] = [
    # image encoder (Swin)
    (r"backbone\.0\.patch_embed\.proj\.(weight|bias)",
     r"model.backbone.conv_encoder.model.swin.embeddings.patch_embeddings.projection.\1"),
    (r"backbone\.0\.patch_embed\.norm\.(weight|bias)", r"model.backbone.conv_encoder.model.swin.embeddings.norm.\1"),
    (_BLOCK[0] + r"norm1\.(weight|bias)", _BLOCK[1] + r"layernorm_before.\3"),
    (_BLOCK[0] + r"norm2\.(weight|bias)", _BLOCK[1] + r"layernorm_after.\3"),
    (_BLOCK[0] + r"attn\.relative_position_bias_table",
     _BLOCK[1] + r"attention.relative_position_bias.relative_position_bias_table"),
    (_BLOCK[0] + r"attn\.proj\.(weight|bias)", _BLOCK[1] + r"attention.o_proj.\3"),
    (_BLOCK[0] + r"mlp\.fc([12])\.(weight|bias)", _BLOCK[1] + r"mlp.fc\3.\4"),
    (r"backbone\.0\.layers\.(\d+)\.downsample\.(reduction\.weight|norm\.weight|norm\.bias)",
     r"model.backbone.conv_encoder.model.swin.encoder.layers.\1.downsample.\2"),
    # The original counts stages from 0, transformers from 1.
    (r"backbone\.0\.norm1\.(weight|bias)", r"model.backbone.conv_encoder.model.hidden_states_norms.stage2.\1"),
    (r"backbone\.0\.norm2\.(weight|bias)", r"model.backbone.conv_encoder.model.hidden_states_norms.stage3.\1"),
    (r"backbone\.0\.norm3\.(weight|bias)", r"model.backbone.conv_encoder.model.hidden_states_norms.stage4.\1"),
    (r"input_proj\.(\d+)\.([01])\.(weight|bias)", r"model.input_proj_vision.\1.\2.\3"),
    # text encoder (BERT)
    (r"bert\.(embeddings\.(?:word_embeddings|position_embeddings|token_type_embeddings)\.weight)",
     r"model.text_backbone.\1"),
    (r"bert\.(embeddings\.LayerNorm\.(?:weight|bias))", r"model.text_backbone.\1"),
    (r"bert\.(encoder\.layer\.\d+\.(?:attention\.self\.(?:query|key|value)|attention\.output\.(?:dense|LayerNorm)"
     r"|intermediate\.dense|output\.(?:dense|LayerNorm))\.(?:weight|bias))", r"model.text_backbone.\1"),
    (r"feat_map\.(weight|bias)", r"model.text_projection.\1"),
    # feature enhancer: image self-attention, text self-attention, fusion
    (r"transformer\.level_embed", r"model.level_embed"),
    (r"transformer\.encoder\.layers\.(\d+)\.self_attn\."
     r"((?:sampling_offsets|attention_weights|value_proj|output_proj)\.(?:weight|bias))",
     _ENCODER + r"deformable_layer.self_attn.\2"),
    (r"transformer\.encoder\.layers\.(\d+)\.norm1\.(weight|bias)",
     _ENCODER + r"deformable_layer.self_attn_layer_norm.\2"),
    (r"transformer\.encoder\.layers\.(\d+)\.norm2\.(weight|bias)", _ENCODER + r"deformable_layer.final_layer_norm.\2"),
    (r"transformer\.encoder\.layers\.(\d+)\.linear([12])\.(weight|bias)", _ENCODER + r"deformable_layer.fc\2.\3"),
    (r"transformer\.encoder\.text_layers\.(\d+)\.self_attn\.out_proj\.(weight|bias)",
     _ENCODER + r"text_enhancer_layer.self_attn.out_proj.\2"),
    (r"transformer\.encoder\.text_layers\.(\d+)\.norm1\.(weight|bias)",
     _ENCODER + r"text_enhancer_layer.layer_norm_before.\2"),
    (r"transformer\.encoder\.text_layers\.(\d+)\.norm2\.(weight|bias)",
     _ENCODER + r"text_enhancer_layer.layer_norm_after.\2"),
    (r"transformer\.encoder\.text_layers\.(\d+)\.linear([12])\.(weight|bias)",
     _ENCODER + r"text_enhancer_layer.fc\2.\3"),
    (r"transformer\.encoder\.fusion_layers\.(\d+)\.gamma_v", _ENCODER + r"fusion_layer.vision_param"),
    (r"transformer\.encoder\.fusion_layers\.(\d+)\.gamma_l", _ENCODER + r"fusion_layer.text_param"),
    (r"transformer\.encoder\.fusion_layers\.(\d+)\.layer_norm_v\.(weight|bias)",
     _ENCODER + r"fusion_layer.layer_norm_vision.\2"),
    (r"transformer\.encoder\.fusion_layers\.(\d+)\.layer_norm_l\.(weight|bias)",
     _ENCODER + r"fusion_layer.layer_norm_text.\2"),
    (r"transformer\.encoder\.fusion_layers\.(\d+)\.attn\.v_proj\.(weight|bias)",
     _ENCODER + r"fusion_layer.attn.vision_proj.\2"),
    (r"transformer\.encoder\.fusion_layers\.(\d+)\.attn\.l_proj\.(weight|bias)",
     _ENCODER + r"fusion_layer.attn.text_proj.\2"),
    (r"transformer\.encoder\.fusion_layers\.(\d+)\.attn\.(values|out)_v_proj\.(weight|bias)",
     _ENCODER + r"fusion_layer.attn.\2_vision_proj.\3"),
    (r"transformer\.encoder\.fusion_layers\.(\d+)\.attn\.(values|out)_l_proj\.(weight|bias)",
     _ENCODER + r"fusion_layer.attn.\2_text_proj.\3"),
    # query selection
    (r"transformer\.enc_output\.(weight|bias)", r"model.enc_output.\1"),
    (r"transformer\.enc_output_norm\.(weight|bias)", r"model.enc_output_norm.\1"),
    (r"transformer\.enc_out_bbox_embed\.layers\.(\d+)\.(weight|bias)", r"model.encoder_output_bbox_embed.layers.\1.\2"),
    (r"transformer\.tgt_embed\.weight", r"model.query_position_embeddings.weight"),
    # decoder
    (_DECODER[0] + r"self_attn\.out_proj\.(weight|bias)", _DECODER[1] + r"self_attn.out_proj.\2"),
    (_DECODER[0] + r"ca_text\.out_proj\.(weight|bias)", _DECODER[1] + r"encoder_attn_text.out_proj.\2"),
    (_DECODER[0] + r"cross_attn\.((?:sampling_offsets|attention_weights|value_proj|output_proj)\.(?:weight|bias))",
     _DECODER[1] + r"encoder_attn.\2"),
    (_DECODER[0] + r"norm1\.(weight|bias)", _DECODER[1] + r"encoder_attn_layer_norm.\2"),
    (_DECODER[0] + r"norm2\.(weight|bias)", _DECODER[1] + r"self_attn_layer_norm.\2"),
    (_DECODER[0] + r"norm3\.(weight|bias)", _DECODER[1] + r"final_layer_norm.\2"),
    (_DECODER[0] + r"catext_norm\.(weight|bias)", _DECODER[1] + r"encoder_attn_text_layer_norm.\2"),
    (_DECODER[0] + r"linear([12])\.(weight|bias)", _DECODER[1] + r"fc\2.\3"),
    (r"transformer\.decoder\.norm\.(weight|bias)", r"model.decoder.layer_norm.\1"),
    (r"transformer\.decoder\.ref_point_head\.layers\.(\d+)\.(weight|bias)",
     r"model.decoder.reference_points_head.layers.\1.\2"),
    (r"transformer\.decoder\.bbox_embed\.(\d+)\.layers\.(\d+)\.(weight|bias)",
     r"model.decoder.bbox_embed.\1.layers.\2.\3"),
    (r"bbox_embed\.(\d+)\.layers\.(\d+)\.(weight|bias)", r"bbox_embed.\1.layers.\2.\3"),
]  # fmt: skip

_PARTED: list[tuple[str, tuple[str, str, str]]] = [
    # One tensor of query, key and value rows, in this order, becomes three.
    (_BLOCK[0] + r"attn\.qkv\.(weight|bias)",
     (_BLOCK[1] + r"attention.q_proj.\3", _BLOCK[1] + r"attention.k_proj.\3", _BLOCK[1] + r"attention.v_proj.\3")),
    *((start + source + r"\.in_proj_(weight|bias)",
       (goal + r"query.\2", goal + r"key.\2", goal + r"value.\2"))
      for start, source, goal in (
          (r"transformer\.encoder\.text_layers\.(\d+)\.", "self_attn", _ENCODER + r"text_enhancer_layer.self_attn."),
          (_DECODER[0], "self_attn", _DECODER[1] + r"self_attn."),
          (_DECODER[0], "ca_text", _DECODER[1] + r"encoder_attn_text."),
      )),
]  # fmt: skip

_RENAMES = [(re.compile(source), goal) for source, goal in _RENAMED]
_PARTS = [(re.compile(source), goals) for source, goals in _PARTED]


@dataclass(frozen=True)
class Mapped:
    """``tensors`` by their names in the transformers model; ``left_out`` and ``unknown`` by their original names."""

    tensors: Tensors
    left_out: tuple[str, ...]
    unknown: tuple[str, ...]


def is_original(names: Iterable[str]) -> bool:
    """Whether these are the names of an original file (with or without ``module.`` before them)."""
    return any(name.removeprefix("module.").startswith(("transformer.", "backbone.0.")) for name in names)


def goals(name: str) -> tuple[str, ...]:
    """The names in the transformers model that an original tensor goes to: one, three (parted), or none."""
    for pattern, goal in _RENAMES:
        if match := pattern.fullmatch(name):
            return (match.expand(goal),)
    for pattern, three in _PARTS:
        if match := pattern.fullmatch(name):
            return tuple(match.expand(goal) for goal in three)
    return ()


def convert(original: Mapping[str, torch.Tensor]) -> Mapped:
    """The tensors of an original file under their new names; nothing is copied that need not be."""
    tensors: Tensors = {}
    left_out, unknown = [], []
    for full, tensor in original.items():
        name = full.removeprefix("module.")
        found = goals(name)
        if len(found) == 3 and tensor.shape[0] % 3 == 0:
            tensors.update(zip(found, tensor.chunk(3), strict=True))
        elif len(found) == 1:
            tensors[found[0]] = tensor
        elif name in LEFT_OUT or _LEFT_OUT_PATTERN.fullmatch(name):
            left_out.append(full)
        else:
            unknown.append(full)
    return Mapped(tensors, tuple(left_out), tuple(unknown))
