"""SAM 2 on one frame: image features, memory attention, mask decoder, memory encoder, in the official order.

The official ``SAM2VideoPredictor`` is followed step by step, per object, on transformers' modules. The private methods
used here are those of the pinned transformers version; the parity test compares every step's result with the official
package, and the golden test holds them in place.

Numbers: image encoder, memory attention and memory encoder run in the chosen dtype. Prompts and the mask decoder
always run in float32: bfloat16 rounds a coordinate of the 1024 square to 4 pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor
from transformers import Sam2VideoModel

from .memory import Look, ShotMemory
from .turns import Part

PRIOR_LIMIT = 32.0
"""The official predictor limits earlier logits to this before it shows them to the decoder again."""


@dataclass(frozen=True)
class Features:
    """Image features of one frame: maps (tokens, 1, channels) from fine to coarse, and their positions."""

    maps: list[Tensor]
    positions: list[Tensor]


class Predictor:
    """One model on one device. ``dtype``: torch.float32, bfloat16 or float16."""

    def __init__(self, model: Sam2VideoModel, device: torch.device, dtype: torch.dtype) -> None:
        self.model = model.to(device)
        self.device = device
        self.dtype = dtype
        self.size = int(model.config.image_size)
        self._positions: Tensor | None = None

    def memory(self, length: int, *, prune: bool = True) -> ShotMemory:
        """An empty memory for a shot of ``length`` frames."""
        config = self.model.config
        return ShotMemory(
            length,
            features_reach=config.num_maskmem - 1,
            pointers_reach=config.max_object_pointers_in_encoder - 1,
            prune=prune,
        )

    def features(self, pixels: Tensor) -> Features:
        """The image encoder, on ``pixels`` float32 (1, 3, size, size)."""
        with self._fast():
            seen = self.model.get_image_features(pixels, return_dict=True)
        return Features([each.float() for each in seen.fpn_hidden_states], list(seen.fpn_position_encoding))

    def conditioned(
        self, features: Features, memory: ShotMemory | Part, number: int, index: int, *, initial: bool, backward: bool
    ) -> Tensor:
        """The coarse features of frame ``index`` in the light of what is remembered of object ``number``.

        ``initial``: as on a frame that starts from its own prompts, without memory.
        """
        with self._fast():
            fused: Tensor = self.model._prepare_memory_conditioned_features(
                inference_session=memory,
                frame_idx=index,
                obj_idx=number,
                is_initial_conditioning_frame=initial,
                current_vision_features=features.maps[-1],
                current_vision_positional_embeddings=features.positions[-1],
                num_total_frames=memory.length,
                track_in_reverse_time=backward,
                streaming=False,
            )
        return fused.float()

    def decode(
        self,
        features: Features,
        fused: Tensor,
        *,
        initial: bool,
        points: tuple[Tensor, Tensor] | None = None,
        prior: Tensor | None = None,
    ) -> Look:
        """The mask decoder. ``points``: coordinates and labels. ``prior``: earlier logits that the points correct."""
        prompt = None if points is None else {"point_coords": points[0], "point_labels": points[1]}
        seen = self.model._single_frame_forward(
            input_points=None if points is None else points[0],
            input_labels=None if points is None else points[1],
            input_masks=None if prior is None else prior.clamp(-PRIOR_LIMIT, PRIOR_LIMIT),
            image_embeddings=[*self._fine(features), fused],
            multimask_output=self.model._use_multimask(initial, prompt),
        )
        return self._look(seen)

    def adopt(self, features: Features, mask: Tensor) -> Look:
        """A mask prompt taken as the result; the decoder only makes its pointer. ``mask``: (1, 1, size, size)."""
        coarse = features.maps[-1].permute(1, 2, 0)
        side = self.model.backbone_feature_sizes[-1]
        coarse = coarse.view(1, self.model.hidden_dim, *side)
        return self._look(self.model._use_mask_as_output(coarse, self._fine(features), mask))

    def encode(self, features: Features, look: Look, *, marked: bool) -> tuple[Tensor, Tensor]:
        """What to remember of the frame: features bfloat16 (tokens, 1, channels), as the official, and positions.

        ``marked``: the look comes from prompts; its mask is then remembered hard.
        """
        large = F.interpolate(look.logits, (self.size, self.size), mode="bilinear", align_corners=False)
        with self._fast():
            kept, positions = self.model._encode_new_memory(
                current_vision_feats=features.maps[-1],
                pred_masks_high_res=large,
                object_score_logits=look.object_score,
                is_mask_from_pts=marked,
            )
        if self._positions is None:  # the same for every frame and object
            self._positions = positions.float()
        return kept, self._positions

    def _fine(self, features: Features) -> list[Tensor]:
        sizes = self.model.backbone_feature_sizes[:-1]
        return [
            each.permute(1, 2, 0).view(each.size(1), each.size(2), *side)
            for each, side in zip(features.maps[:-1], sizes, strict=True)
        ]

    def _look(self, seen: Any) -> Look:
        """``seen``: transformers' output for one frame and one object."""
        return Look(
            logits=seen.pred_masks.float(),
            pointer=seen.object_pointer,
            object_score=seen.object_score_logits.float(),
            quality=float(seen.iou_scores.max().item()),
        )

    @contextmanager
    def _fast(self) -> Iterator[None]:
        with torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32):
            yield
