"""Where the detector's weights and its vocabulary are. No torch here: a missing file is known before anything loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mattewire_protocol.errors import BadField, WeightsMissing

from ...weights import store
from .options import Options

VOCABULARY = "bert-base-uncased"
"""The vocabulary's name for ``mattewire weights add``; a folder with ``vocab.txt`` is enough."""

VOCABULARY_FILES = ("vocab.txt", "tokenizer.json")


@dataclass(frozen=True)
class Model:
    """One of the detectors on offer. ``family``: its ``model_type`` in transformers. ``channels``: of the first Swin
    stage, which tells the sizes apart."""

    label: str
    family: str
    channels: int


MODELS: Mapping[str, Model] = {
    "groundingdino-swint-ogc": Model("GroundingDINO Swin-T OGC", "grounding-dino", 96),
    "groundingdino-swinb-cogcoor": Model("GroundingDINO Swin-B cogcoor", "grounding-dino", 128),
    "mm-grounding-dino-tiny": Model("MM-Grounding-DINO tiny", "mm-grounding-dino", 96),
    "mm-grounding-dino-base": Model("MM-Grounding-DINO base", "mm-grounding-dino", 128),
    "mm-grounding-dino-large": Model("MM-Grounding-DINO large", "mm-grounding-dino", 192),
    "tiny": Model("the tiny detector", "mm-grounding-dino", 0),  # of the engine ``tiny``, which lies in the package
}
"""By their names in the weights list, preferred ones first: of those installed, the first is taken."""


@dataclass(frozen=True)
class Source:
    """``checkpoint``: an original ``.pth`` file or a Hugging Face folder. ``vocabulary``: a folder or ``vocab.txt``.
    ``kept``: whether the weights folder has them, and so their hash."""

    name: str
    checkpoint: Path
    vocabulary: Path
    kept: bool = False

    @property
    def label(self) -> str:
        return MODELS[self.name].label

    def sha256(self) -> str:
        """As recorded when the weights were pulled or added, else worked out of the files themselves."""
        if self.kept:
            return store.record_of(self.name).sha256
        return store.digest_of(self.checkpoint)


def find(options: Options) -> Source:
    """The weights that ``options`` ask for. Raises ``WeightsMissing``, ``BadField``."""
    name = options.model or (_first_installed() if options.weights is None else next(iter(MODELS)))
    if name not in MODELS:
        raise BadField(f"{name!r} is not one of {', '.join(MODELS)}.", field="detector_model")
    checkpoint = _checkpoint(name, options.weights or _locate(name))
    return Source(name, checkpoint, _vocabulary(options.vocabulary, checkpoint), kept=options.weights is None)


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


def _vocabulary(given: Path | None, checkpoint: Path) -> Path:
    place = given or (checkpoint.parent if checkpoint.is_file() else checkpoint)
    if (given and place.is_file()) or any((place / name).is_file() for name in VOCABULARY_FILES):
        return place
    if given:
        raise _no_vocabulary(f"{given} holds neither {' nor '.join(VOCABULARY_FILES)}")
    try:
        return _locate(VOCABULARY)
    except WeightsMissing:
        raise _no_vocabulary("it is neither beside the weights nor installed") from None


def _no_vocabulary(reason: str) -> WeightsMissing:
    return WeightsMissing(
        f"The detector's word list ({VOCABULARY}) is missing: {reason}.",
        advice=f"Run `mattewire weights pull {VOCABULARY}`, or `mattewire weights add {VOCABULARY} FOLDER` with a"
        " folder that has vocab.txt, or use --engine preview.",
    )


def _locate(name: str) -> Path:
    """Where the weights folder has ``name``; ``WeightsMissing`` where it has not."""
    return store.locate(name)


def _first_installed() -> str:
    here = set(store.installed())
    return next((name for name in MODELS if name in here), next(iter(MODELS)))
