"""The SAM 2 engine: Meta's SAM 2.1 and 2.0 through transformers. Importing this imports no torch.

The preset ``sam2`` segments with SAM 2 and detects with the engine ``grounding-dino`` where that one is ready.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any

from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import BadField, InstallIncomplete, MattewireError, WeightsMissing

from ...weights import entry, installed, locate, record_of
from ...weights.store import digest_of
from ..provenance import Late, together
from ..seams import Engine, Found, Picture, ShotInfo, Track
from .options import Options, read_options

if TYPE_CHECKING:
    from .segmenter import Sam2Models

PREFERRED = (
    "sam2.1-base-plus",
    "sam2.1-large",
    "sam2.1-small",
    "sam2.1-tiny",
    "sam2.0-base-plus",
    "sam2.0-large",
    "sam2.0-small",
    "sam2.0-tiny",
)
"""Which of the installed weights is taken when none is named: base+ has nearly the quality of large at twice its
speed (the table in facebookresearch/sam2's README)."""

DETECTOR = "grounding-dino"


def engine(settings: Mapping[str, Any]) -> Engine:
    """The preset ``sam2``. Settings: see ``options.Options``; those of the detector are handed on.

    Raises ``InstallIncomplete`` without torch and transformers, ``WeightsMissing`` without weights.
    """
    for package in ("torch", "transformers", "safetensors"):
        if importlib.util.find_spec(package) is None:
            raise InstallIncomplete(
                f"SAM 2 needs {package}, which is not installed.", advice='Run: pip install "mattewire[models]"'
            )
    options = read_options(settings)
    segmenter = Sam2Segmenter(options)
    finder, understands, facts = _detector(settings)
    return Engine(
        name="sam2",
        label=segmenter.label,
        detector=finder,
        segmenter=segmenter,
        provenance=together(facts, segmenter.provenance),
        understands=understands,
    )


class Sam2Segmenter:
    """Finds the weights at once and loads them when the first shot begins. Safe to make without torch at hand."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._models: Sam2Models | None = None
        if options.compile:  # here, for torch reads it when it is imported; kept, so that later starts are not slow
            os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(data_folder() / "cache" / "torch_compile"))
        if options.weights is not None:
            item = entry(options.model or "sam2.1-tiny")
            self._path = options.weights
            if not self._path.exists():
                raise WeightsMissing(f"There are no weights at {self._path}.", advice="Check the path.")
            self.label, self.name = f"SAM 2 from {self._path.name}", self._path.name
        else:
            item = entry(options.model or _best())
            if item.engine != "sam2":
                raise BadField(f"{item.name} are weights for {item.engine}, not for SAM 2.", field="model")
            self._path = locate(item.name)
            self.label, self.name = item.label, item.name
        self._config = item.config
        self.provenance: Mapping[str, str] = Late(self.facts)

    def begin(self, shot: ShotInfo) -> Track:
        """A track through ``shot``; the first loads the model. ``WeightsMissing``, ``OutOfMemory``, ``BadField``."""
        from .segmenter import begin

        return begin(self.models, shot, self._options.border)

    def close(self) -> None:
        """Unloads the model; the next shot loads it again."""
        with self._lock:
            if self._models is not None:
                self._models.close()

    @property
    def models(self) -> Sam2Models:
        """The loader; asking for it imports torch and settles device and dtype."""
        from .segmenter import Sam2Models

        with self._lock:
            if self._models is None:
                version, size = self._config["version"], self._config["size"]
                self._models = Sam2Models(self._path, version, size, self._options)
            return self._models

    def facts(self) -> dict[str, str]:
        """Everything about this segmenter that can change a pixel. Imports torch, for the device."""
        options, models = self._options, self.models
        return {
            "segmenter": self.name,
            "segmenter_sha256": digest_of(self._path) if options.weights is not None else record_of(self.name).sha256,
            "segmenter_size": f"draft {options.draft_size}, final {options.final_size}, border {options.border}",
            "device": models.device.type,
            "dtype": str(models.dtype).removeprefix("torch."),
            "seed": str(options.seed),
            "deterministic": "yes" if options.deterministic else "no",
            "compiled": "yes" if options.compile else "no",
            "torch": metadata.version("torch"),
            "transformers": metadata.version("transformers"),
        }


class _NoDetector:
    """Stands where the detector is not ready, and says why when words are used; boxes and points work without."""

    def __init__(self, reason: MattewireError) -> None:
        self._reason = reason

    def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
        raise self._reason


def _detector(settings: Mapping[str, Any]) -> tuple[Any, tuple[str, ...], Mapping[str, str]]:
    """The detector of the preset, through the registry as any engine, with what it understands and its provenance."""
    from .. import load

    try:
        found = load(DETECTOR, settings)
    except MattewireError as reason:
        return _NoDetector(reason), (), {}
    return found.detector, found.understands, found.provenance


def _best() -> str:
    here = set(installed())
    return next((name for name in PREFERRED if name in here), "sam2.1-base-plus")


__all__ = ["Sam2Segmenter", "engine"]
