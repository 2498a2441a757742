"""A tiny SAM 2 and how a batch of clips goes through it.

The library's forward is for inference and for one shot at a time; here many clips go through the same modules. What
broke the plateau of an earlier trial, and is done here: PyTorch's own initialization, one Fourier matrix for picture
and prompts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor
from transformers import Sam2HieraDetConfig, Sam2VideoConfig, Sam2VideoModel, Sam2VisionConfig

from mattewire_server.engines.sam2.prepare import DEVIATION, MEAN

SIDE = 192
LENGTH = 24
"""Frames of a shot, as the pointers' distances in time are counted: clips of a few frames are parts of such a shot."""


def configuration() -> Sam2VideoConfig:
    """1.8 million parameters: Hiera of 16 to 128 channels, 192 pixels, memory of 7 frames as the real ones."""
    trunk = Sam2HieraDetConfig(
        hidden_size=16,
        num_attention_heads=1,
        image_size=[SIDE, SIDE],
        embed_dim_per_stage=[16, 32, 64, 128],
        num_attention_heads_per_stage=[1, 2, 4, 8],
        blocks_per_stage=[1, 2, 3, 1],
        window_size_per_stage=[8, 4, 12, 6],  # that of the library is larger than the maps, and pads them
        global_attention_blocks=[4, 5],
        window_positional_embedding_background_size=[7, 7],
    )
    tokens = SIDE // 16
    vision = Sam2VisionConfig(
        backbone_config=trunk,
        backbone_channel_list=[128, 64, 32, 16],
        backbone_feature_sizes=[[tokens * scale, tokens * scale] for scale in (4, 2, 1)],
        fpn_hidden_size=128,
    )
    return Sam2VideoConfig(
        vision_config=vision,
        prompt_encoder_config={"hidden_size": 128, "image_size": SIDE, "mask_input_channels": 16},
        mask_decoder_config={
            "hidden_size": 128,
            "mlp_dim": 256,
            "iou_head_hidden_dim": 128,
            "num_hidden_layers": 2,
            "dynamic_multimask_via_stability": False,  # it would fall back on mask tokens that are never trained
        },
        image_size=SIDE,
        memory_attention_hidden_size=128,
        memory_attention_feed_forward_hidden_size=256,
        memory_attention_num_layers=2,
        memory_attention_rope_feat_sizes=[tokens, tokens],
        memory_attention_dropout=0.0,
        memory_attention_rope_dropout=0.0,
        memory_encoder_hidden_size=128,
        memory_encoder_output_channels=64,
        memory_fuser_embed_dim=128,
        memory_fuser_intermediate_dim=256,
        mask_downsampler_embed_dim=128,
        enable_temporal_pos_encoding_for_object_pointers=True,
        enable_occlusion_spatial_embedding=True,
        multimask_output_in_sam=False,
        multimask_output_for_tracking=False,
    )


def fresh(seed: int) -> Sam2VideoModel:
    """Untrained, as PyTorch initializes its modules."""
    torch.manual_seed(seed)
    model = Sam2VideoModel(configuration())
    for module in model.modules():
        if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d, torch.nn.ConvTranspose2d, torch.nn.Embedding)):
            module.reset_parameters()
    for name, parameter in model.named_parameters():
        if name.split(".")[-1] in ("no_memory_embedding", "no_object_pointer", "memory_temporal_positional_encoding"):
            torch.nn.init.trunc_normal_(parameter, std=0.02)
    model.prompt_encoder.shared_embedding.positional_embedding.copy_(model.shared_image_embedding.positional_embedding)
    return model


def normalized(rgb: np.ndarray) -> np.ndarray:
    """As the engine feeds the model. ``rgb``: (frames, clips, side, side, 3), 0..1; color planes come to the front."""
    seen = (rgb - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return np.ascontiguousarray(seen.transpose(0, 1, 4, 2, 3))


class Tracking:
    """One batch of clips through the model's own modules, frame by frame."""

    def __init__(self, model: Sam2VideoModel, frames: int = LENGTH) -> None:
        self._model, self._frames = model, frames
        empty: dict[str, dict[int, dict[str, Tensor]]] = {"cond_frame_outputs": {}, "non_cond_frame_outputs": {}}
        self.output_dict_per_obj = {0: empty}

    def step(
        self,
        frame: int,
        seen: Any,
        points: Tensor | None,
        labels: Tensor | None,
        correct: Callable[[Tensor], tuple[Tensor, Tensor]] | None = None,
        last: bool = False,
    ) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Mask logits (clips, 1, side / 4, side / 4), the model's guess of their IoU (clips,), presence (clips,).

        ``correct``: gives points and labels for a first answer; the model is asked again with that answer and the
        points, as the engine does with an artist's correction, and both answers come back.
        """
        model = self._model
        maps = seen["maps"]
        clips = maps[-1].size(1)
        fused = self._fused(frame, maps[-1], seen["positions"][-1])
        fine = [
            each.permute(1, 2, 0).view(clips, each.size(2), *side)
            for each, side in zip(maps[:-1], model.backbone_feature_sizes[:-1], strict=True)
        ]
        if points is None or labels is None:
            points = torch.zeros(clips, 1, 1, 2)
            labels = -torch.ones(clips, 1, 1, dtype=torch.int32)
        masks, quality, tokens, presence = self._decoded(fused, fine, points, labels, None)
        answers = [(masks, quality, presence)]
        marked = frame == 0 or correct is not None
        if correct is not None:
            points, labels = correct(masks)
            prior = masks.detach().clamp(-32, 32)
            masks, quality, tokens, presence = self._decoded(fused, fine, points, labels, prior)
            answers.append((masks, quality, presence))
        if last:
            return answers  # nothing looks back at it
        here = (presence > 0).float()[:, None, None]
        pointer = model.object_pointer_proj(tokens[:, :, 0])
        pointer = here * pointer + (1 - here) * model.no_object_pointer
        large = F.interpolate(masks, (SIDE, SIDE), mode="bilinear", align_corners=False)
        if marked:  # remembered hard, as at inference: the library does that only there
            large = torch.where(large > 0, 64.0, -64.0)
        large = torch.where(here[..., None] > 0, large, torch.full_like(large, -1024.0))
        kept, positions = model._encode_new_memory(
            current_vision_feats=maps[-1],
            pred_masks_high_res=large,
            object_score_logits=presence[:, None, None],
            is_mask_from_pts=marked,
        )
        where = "cond_frame_outputs" if marked else "non_cond_frame_outputs"
        self.output_dict_per_obj[0][where][frame] = {
            "maskmem_features": kept,
            "maskmem_pos_enc": positions,
            "object_pointer": pointer,
        }
        return answers

    def _decoded(
        self, fused: Tensor, fine: list[Tensor], points: Tensor, labels: Tensor, prior: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        model = self._model
        sparse, dense = model.prompt_encoder(points, labels, None, prior)
        masks, quality, tokens, presence = model.mask_decoder(
            image_embeddings=fused,
            image_positional_embeddings=model.get_image_wide_positional_embeddings().repeat(fused.shape[0], 1, 1, 1),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=False,
            high_resolution_features=fine,
        )
        return masks[:, 0], quality[:, 0, 0], tokens, presence[:, 0, 0]

    def _fused(self, frame: int, current: Tensor, positions: Tensor) -> Tensor:
        """The library's ``_prepare_memory_conditioned_features`` for more clips than one."""
        model, clips = self._model, current.size(1)
        side = model.backbone_feature_sizes[-1]
        if frame == 0:
            return (current + model.no_memory_embedding).permute(1, 2, 0).view(clips, model.hidden_dim, *side)
        near = model._gather_memory_frame_outputs(self, 0, frame, False)
        memory, places = model._build_memory_attention_inputs(near, current.device)
        offsets, tokens, reach = model._get_object_pointers(self, 0, frame, self._frames, current.device)
        pointers, times = model._process_object_pointers(
            offsets, tokens, max(reach, 2), clips, model.hidden_dim, current.device
        )
        fused = model.memory_attention(
            current_vision_features=current,
            current_vision_position_embeddings=positions.expand(-1, clips, -1),
            memory=torch.cat([*memory, pointers]).float(),
            memory_posision_embeddings=torch.cat([*[each.expand(-1, clips, -1) for each in places], times]),
            num_object_pointer_tokens=pointers.shape[0],
        )
        return fused[0].transpose(1, 2).reshape(clips, model.hidden_dim, *side)


def features(model: Sam2VideoModel, pixels: Tensor, clip_of: Tensor) -> list[dict[str, list[Tensor]]]:
    """Of all frames of all clips in one pass of the encoder, handed to their tracks. ``pixels``: (frames, clips, 3,
    side, side). ``clip_of``: (tracks,), the number of each one's clip."""
    frames, clips = pixels.shape[:2]
    seen = model.get_image_features(pixels.flatten(0, 1), return_dict=True)
    places = [each[:, :1] for each in seen.fpn_position_encoding]
    return [
        {"maps": [each[:, frame * clips + clip_of] for each in seen.fpn_hidden_states], "positions": places}
        for frame in range(frames)
    ]
