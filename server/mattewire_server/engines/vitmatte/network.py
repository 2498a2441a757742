"""ViTMatte ready to run, on one tile at a time."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from mattewire_protocol.errors import EngineFailed

from .. import device
from .checkpoint import load
from .pixels import prepare
from .weights import Source


class Network:
    """A matting network ready to run on one device."""

    def __init__(self, source: Source, wanted_device: str, dtype: str) -> None:
        """Raises ``WeightsMissing`` for weights that do not fit, ``BadField`` for a device that is not there,
        ``OutOfMemory``."""
        self.device = device.choose_device(wanted_device)
        self.dtype: torch.dtype = getattr(torch, dtype)
        device.make_repeatable(0, True)
        with device.memory_told():
            model, self.how = load(source)
            self._model = model.to(device=self.device, dtype=self.dtype)

    def matte(self, frame: int, rgb: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
        """A tile's matte, float32 (h, w), 0..1. ``known``: its trimap. Raises ``OutOfMemory``, ``EngineFailed``."""
        height, width = known.shape
        with torch.inference_mode(), device.memory_told(frame):
            pixels = prepare(rgb, known, self.how).to(device=self.device, dtype=self.dtype)
            said = self._model(pixel_values=pixels).alphas[0, 0, :height, :width].float().cpu().numpy()
        if not np.isfinite(said).all():
            raise EngineFailed(f"Frame {frame}: the matting model gave no numbers.", advice="Try dtype float32.")
        return np.ascontiguousarray(said, np.float32)
