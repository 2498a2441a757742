"""SAM 2 behind ``seams.Segmenter``: one model at a time, loaded when the first shot begins."""

from __future__ import annotations

import logging
import weakref
from pathlib import Path

from mattewire_protocol.errors import WeightsMissing

from .. import device
from ..held import empty_torch_cache
from ..seams import ShotInfo
from . import checkpoint
from .options import Options
from .predictor import Predictor
from .track import Sam2Track

log = logging.getLogger("mattewire.engines.sam2")


class Sam2Models:
    """Loads the weights at ``path`` as SAM ``version`` ``size`` and keeps one model, for one quality."""

    def __init__(self, path: Path, version: str, size: str, options: Options) -> None:
        self._path = path
        self._version = version
        self._size = size
        self._options = options
        self._loaded: tuple[int, Predictor] | None = None
        self.device = device.choose_device(options.device)
        self.dtype = device.choose_dtype(options.dtype, self.device)

    def predictor(self, quality: str) -> Predictor:
        """The model at the size that ``quality`` asks for. ``WeightsMissing``, ``OutOfMemory``."""
        image_size = self._options.size(quality)
        if self._loaded is None or self._loaded[0] != image_size:
            self._loaded = None  # before the next is loaded: two may not fit
            with device.memory_told():
                self._loaded = (image_size, self._load(image_size))
        return self._loaded[1]

    def close(self) -> None:
        """Lets go of the model."""
        self._loaded = None

    def _load(self, image_size: int) -> Predictor:
        options = self._options
        device.make_repeatable(options.seed, options.deterministic)
        try:
            config = checkpoint.config_of(self._path, self._version, self._size, image_size)
            model = checkpoint.load(self._path, config)
        except WeightsMissing as problem:
            log.error("weights refused: %s", problem)
            raise
        predictor = Predictor(model, self.device, self.dtype)
        if options.compile:
            predictor.model.vision_encoder.compile()
        if self.device.type != "cpu":
            weakref.finalize(predictor, empty_torch_cache)
        return predictor


def begin(models: Sam2Models, shot: ShotInfo, border: int) -> Sam2Track:
    """A track through ``shot``."""
    return Sam2Track(models.predictor(shot.quality), shot, border=border)
