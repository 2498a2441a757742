"""Boxes at the picture's edge as the official GroundingDINO works them out.

A decoder layer refines a box by adding to its inverse sigmoid. That is infinite at 0 and 1, so both implementations
stop short: the official one at 1e-3 (IDEA-Research/GroundingDINO, groundingdino/util/misc.py, ``inverse_sigmoid``),
transformers 5.23.0 at 1e-5. For a side within a thousandth of the edge or of full size, a subject that fills the frame
say, the same weights then give another box. The weights were trained with 1e-3, so the difference is added here.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

OFFICIAL, TRANSFORMERS = 1e-3, 1e-5


def official_inverse_sigmoid(values: torch.Tensor) -> torch.Tensor:
    """log(x / (1 - x)) with both x and 1 - x at least 1e-3, each by itself."""
    return torch.log(values.clamp(min=OFFICIAL) / (1 - values).clamp(min=OFFICIAL))


class OfficialEdges:
    """Hooks on one GroundingDINO model's decoder. Holds for unpadded single pictures, the only ones we make."""

    def __init__(self, model: Any) -> None:
        self._references: list[torch.Tensor] = []
        self._hooks = [
            layer.register_forward_pre_hook(partial(self._remember, number), with_kwargs=True)
            for number, layer in enumerate(model.model.decoder.layers)
        ]
        self._hooks += [
            head.register_forward_hook(partial(self._correct, number))
            for heads in (model.model.decoder.bbox_embed, model.bbox_embed)
            for number, head in enumerate(heads)
        ]

    def remove(self) -> None:
        """Leaves the model as transformers has it."""
        for hook in self._hooks:
            hook.remove()

    def _remember(self, number: int, layer: Any, arguments: Any, named: dict[str, Any]) -> None:
        """``reference_points``: (1, queries, levels, 4), center and size in 0..1, the same for every level."""
        del self._references[number:]
        self._references.append(named["reference_points"][:, :, 0, :])

    def _correct(self, number: int, head: Any, arguments: Any, moved: torch.Tensor) -> torch.Tensor:
        reference = self._references[number]
        return moved + (official_inverse_sigmoid(reference) - torch.special.logit(reference, eps=TRANSFORMERS))
