"""What a track remembers of a shot, bounded: no pictures, and per object only what can still be attended to.

SAM 2 looks at a frame with the memory of every conditioning frame, of the 6 tracked frames before it in the running
direction (features, 0.5 MB each at 1024), and at the object pointers (1 KB) of the 15 before it
(``num_maskmem`` 7 and ``max_obj_ptrs_in_encoder`` 16 of the official configurations, counting the frame itself).
Going backward from the start it looks at frames of the forward pass, so those beside the start stay until the
backward pass has left them behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Look:
    """One object on one frame as the model saw it.

    ``logits``: float32 (1, 1, size / 4, size / 4). ``pointer``: (1, 1, channels). ``object_score``: float32 (1, 1, 1),
    the logit of "in sight". ``quality``: predicted IoU, 0..1.
    """

    logits: Tensor
    pointer: Tensor
    object_score: Tensor
    quality: float

    @property
    def present(self) -> bool:
        return bool((self.object_score > 0).item())

    @property
    def score(self) -> float:
        """0..1: how likely the object is in sight, times how well the mask is expected to fit."""
        return float(torch.sigmoid(self.object_score).item()) * min(max(self.quality, 0.0), 1.0)


class ShotMemory:
    """Per object: conditioning frames, kept for good, and tracked frames, pruned. Frames are indices from 0 here.

    transformers' memory attention reads ``output_dict_per_obj`` and ``dtype`` of it, as of its own inference session.
    """

    def __init__(self, length: int, *, features_reach: int, pointers_reach: int, prune: bool = True) -> None:
        self.length = length
        self.dtype = torch.float32
        self.output_dict_per_obj: dict[int, dict[str, dict[int, dict[str, Any]]]] = {}
        self._features_reach = features_reach
        self._pointers_reach = pointers_reach
        self._prune = prune
        self._looks: dict[tuple[int, int], Look] = {}

    def objects(self) -> list[int]:
        """Numbers of the objects that have been placed on some frame."""
        return sorted(self.output_dict_per_obj)

    def conditioning(self, number: int, index: int) -> Look | None:
        """The look at a conditioning frame of an object, None when the frame is none."""
        return self._looks.get((number, index))

    def keep(
        self, number: int, index: int, look: Look, features: Tensor, positions: Tensor, *, conditioning: bool
    ) -> None:
        """Remembers an object on a frame. A frame is either conditioning or tracked, never both."""
        frames = self.output_dict_per_obj.setdefault(number, {"cond_frame_outputs": {}, "non_cond_frame_outputs": {}})
        entry = {"maskmem_features": features, "maskmem_pos_enc": positions, "object_pointer": look.pointer}
        if conditioning:
            frames["cond_frame_outputs"][index] = entry
            frames["non_cond_frame_outputs"].pop(index, None)
            self._looks[number, index] = look
        else:
            frames["non_cond_frame_outputs"][index] = entry

    def forget(self, *, front: int, start: int, backward: bool) -> None:
        """Drops what no coming frame can attend to. ``front``: the frame just done. ``start``: the forward pass's."""
        if not self._prune:
            return
        for frames in self.output_dict_per_obj.values():
            tracked = frames["non_cond_frame_outputs"]
            for index in list(tracked):
                if not self._needed(index, self._pointers_reach, front, start, backward):
                    del tracked[index]
                elif not self._needed(index, self._features_reach, front, start, backward):
                    tracked[index].pop("maskmem_features", None)
                    tracked[index].pop("maskmem_pos_enc", None)

    def clear(self) -> None:
        self.output_dict_per_obj.clear()
        self._looks.clear()

    def tensors(self) -> Iterator[Tensor]:
        """Every tensor held, for measuring."""
        for frames in self.output_dict_per_obj.values():
            for kind in frames.values():
                for entry in kind.values():
                    yield from entry.values()
        for look in self._looks.values():
            yield from (look.logits, look.pointer, look.object_score)

    def _needed(self, index: int, reach: int, front: int, start: int, backward: bool) -> bool:
        if not backward and front < self.length - 1 and index > front - reach:
            return True  # by the next frame of the forward pass
        next_backward = (front if backward else start) - 1
        return next_backward >= 0 and index <= next_backward + reach
