"""Where the detector's weights and its vocabulary are. No torch here: a missing file is known before anything loads."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mattewire_protocol.errors import BadField, WeightsMissing

VOCABULARY = "bert-base-uncased"
"""The vocabulary's name for ``mattewire weights add``; a folder with ``vocab.txt`` is enough."""

VOCABULARY_FILES = ("vocab.txt", "tokenizer.json")


@dataclass(frozen=True)
class Model:
    """One of the detectors on offer. ``channels``: of the first Swin stage, which tells the sizes apart."""

    label: str
    channels: int


MODELS: Mapping[str, Model] = {
    "grounding-dino-swin-t": Model("GroundingDINO Swin-T OGC", 96),
    "grounding-dino-swin-b": Model("GroundingDINO Swin-B cogcoor", 128),
    "mm-grounding-dino-tiny": Model("MM-Grounding-DINO tiny", 96),
    "mm-grounding-dino-base": Model("MM-Grounding-DINO base", 128),
    "mm-grounding-dino-large": Model("MM-Grounding-DINO large", 192),
}
DEFAULT = "grounding-dino-swin-t"


@dataclass(frozen=True)
class Source:
    """``checkpoint``: an original ``.pth`` file or a Hugging Face folder. ``vocabulary``: a folder or ``vocab.txt``."""

    name: str
    checkpoint: Path
    vocabulary: Path

    @property
    def label(self) -> str:
        return MODELS[self.name].label

    @property
    def tensors(self) -> list[Path]:
        """The files that hold tensors, in order."""
        return [self.checkpoint] if self.checkpoint.is_file() else sorted(self.checkpoint.glob("*.safetensors"))

    def sha256(self) -> str:
        """Of the tensor files' bytes, one after the other."""
        digest = hashlib.sha256()
        for path in self.tensors:
            with path.open("rb") as stream:
                while block := stream.read(1 << 22):
                    digest.update(block)
        return digest.hexdigest()


def find(settings: Mapping[str, Any]) -> Source:
    """The weights that ``settings`` ask for.

    ``detector_model``: one of ``MODELS``. ``detector_weights`` and ``detector_vocabulary``: paths, in place of what
    ``mattewire weights`` keeps. Raises ``WeightsMissing``, ``BadField``.
    """
    name = str(settings.get("detector_model") or DEFAULT)
    if name not in MODELS:
        raise BadField(f"{name!r} is not one of {', '.join(MODELS)}.", field="detector_model")
    given = settings.get("detector_weights")
    folder = Path(given) if given else _kept(name)
    checkpoint = _checkpoint(name, folder)
    return Source(name, checkpoint, _vocabulary(settings, checkpoint))


def _checkpoint(name: str, place: Path) -> Path:
    originals = sorted(place.glob("*.pth")) if place.is_dir() else []
    if place.is_file() or (place / "config.json").is_file():
        return place
    if len(originals) == 1:
        return originals[0]
    raise WeightsMissing(
        f"{place} holds no weights of {MODELS[name].label}: neither one .pth file nor a Hugging Face folder.",
        advice=f"Run `mattewire weights pull {name}` or `mattewire weights add {name} PATH`, or use --engine preview.",
    )


def _vocabulary(settings: Mapping[str, Any], checkpoint: Path) -> Path:
    given = settings.get("detector_vocabulary")
    beside = checkpoint.parent if checkpoint.is_file() else checkpoint
    for place in [Path(given)] if given else [beside]:
        if place.is_file() or any((place / name).is_file() for name in VOCABULARY_FILES):
            return place
    if given:
        raise _no_vocabulary(f"{given} holds none of {' and '.join(VOCABULARY_FILES)}")
    try:
        return _kept(VOCABULARY)
    except WeightsMissing:
        raise _no_vocabulary("it is neither beside the weights nor installed") from None


def _no_vocabulary(reason: str) -> WeightsMissing:
    return WeightsMissing(
        f"The detector's word list ({VOCABULARY}) is missing: {reason}.",
        advice=f"Run `mattewire weights pull {VOCABULARY}`, or `mattewire weights add {VOCABULARY} FOLDER` with a"
        " folder that has vocab.txt, or use --engine preview.",
    )


def _kept(name: str) -> Path:
    """Where the weights store keeps ``name``; ``WeightsMissing`` where it does not."""
    store = importlib.import_module("mattewire_server.weights.store")
    return Path(store.locate(name))
