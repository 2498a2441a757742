"""A depth network: loaded from a Hugging Face folder, and run on one picture."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before transformers is imported: nothing is fetched at run time

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoConfig, DepthAnythingForDepthEstimation, DPTForDepthEstimation
from transformers.utils import logging as transformers_logging

from mattewire_protocol.errors import EngineFailed

from .. import device, misfits
from ..seams import Picture
from .pixels import preparation, prepare
from .weights import Source

transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()

ARCHITECTURES: Mapping[str, Any] = {"depth-anything": DepthAnythingForDepthEstimation, "midas": DPTForDepthEstimation}

UNREAD = ("backbone.mask_token", "backbone.embeddings.mask_token", "pooler.dense.weight", "pooler.dense.bias",
          "position_ids", "num_batches_tracked")  # fmt: skip
"""Ends of the names of tensors that no depth is computed from: DINOv2's token for masked training, ViT's pooler,
counters. They may be absent from a folder, or be more than the network has."""


class Network:
    """An estimator ready to run on one device."""

    def __init__(self, source: Source, wanted_device: str, dtype: str) -> None:
        """Raises ``WeightsMissing`` for a folder that does not fit, ``BadField`` for a device that is not there,
        ``OutOfMemory``."""
        self.device = device.choose_device(wanted_device)
        self.dtype: torch.dtype = torch.float32 if dtype == "auto" else getattr(torch, dtype)
        device.make_repeatable(0, True)
        try:
            self.how = preparation(source.family, source.preparation())
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise source.unfit(f"preprocessor_config.json: {type(problem).__name__}: {problem}") from problem
        with device.memory_told():
            self._model = load(source).to(device=self.device, dtype=self.dtype).eval().requires_grad_(False)

    def estimate(self, picture: Picture) -> NDArray[np.float32]:
        """What the network says of the picture, float32 (h, w) of its own size. ``OutOfMemory``, ``EngineFailed``."""
        with torch.inference_mode(), device.memory_told(picture.frame):
            pixels = prepare(picture, self.how).to(device=self.device, dtype=self.dtype)
            said = self._model(pixel_values=pixels).predicted_depth[0].float().cpu().numpy()
        if not np.isfinite(said).all():
            raise EngineFailed(f"Frame {picture.frame}: the distances are not numbers.", advice="Try dtype float32.")
        return np.ascontiguousarray(said, np.float32)


def load(source: Source) -> Any:
    """The network on the CPU in float32, every tensor accounted for. ``WeightsMissing`` names the first at fault."""
    try:
        config = AutoConfig.from_pretrained(str(source.folder), local_files_only=True)
        model, report = ARCHITECTURES[source.family].from_pretrained(
            str(source.folder),
            config=config,
            dtype=torch.float32,
            local_files_only=True,
            use_safetensors=True,
            ignore_mismatched_sizes=True,  # they are refused below, by name
            output_loading_info=True,
        )
    except Exception as problem:  # what a damaged folder raises depends on where it is damaged
        first = str(problem).splitlines()[0] if str(problem) else ""
        raise source.unfit(f"{type(problem).__name__}: {first}") from problem
    if faults := misfits.counted(
        missing=sorted(name for name in report["missing_keys"] if not name.endswith(UNREAD)),
        unexpected=sorted(name for name in report["unexpected_keys"] if not name.endswith(UNREAD)),
        misshapen=sorted(f"{name} {tuple(got)}, not {tuple(want)}" for name, got, want in report["mismatched_keys"]),
    ):
        raise source.unfit(f"tensors do not fit ({faults})")
    return model
