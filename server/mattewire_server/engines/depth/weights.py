"""Where an estimator's weights are and what their folder says of them. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mattewire_protocol.errors import BadField, WeightsMissing

from ...weights import entry, installed, locate, record_of
from ...weights.store import digest_of
from .. import misfits
from .options import Options

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "depth-anything": ("depth-anything-v2-small", "depth-anything-v2-base", "depth-anything-v2-large"),
    "midas": ("dpt-large", "dpt-hybrid-midas"),
}
"""The engines, and the names of their weights. Of those installed the first is taken: where several Depth Anything are,
that is the one which every film may use, and another must be named."""

GIVEN = "as its publisher says; given by path"

MODEL_TYPES: Mapping[str, str] = {"depth-anything": "depth_anything", "midas": "dpt"}
"""``model_type`` in the folder's ``config.json``, as transformers 5.23.0 has it."""


@dataclass(frozen=True)
class Source:
    """A Hugging Face folder. ``kept``: whether the weights folder has it, and so its hash."""

    family: str
    name: str
    label: str
    folder: Path
    license: str
    commercial: bool
    kept: bool

    def sha256(self) -> str:
        """As recorded when the weights were pulled or added, else worked out of the files themselves."""
        return record_of(self.name).sha256 if self.kept else digest_of(self.folder)

    def config(self) -> dict[str, Any]:
        """``config.json``. Raises ``WeightsMissing``."""
        return misfits.json_object(self.folder / "config.json", self.unfit)

    def preparation(self) -> dict[str, Any]:
        """``preprocessor_config.json``; nothing where there is none. Raises ``WeightsMissing``."""
        path = self.folder / "preprocessor_config.json"
        return misfits.json_object(path, self.unfit) if path.is_file() else {}

    @property
    def metric(self) -> bool:
        """Whether the network tells meters. Else it tells inverse distance up to scale and shift: MiDaS, and DPT after
        it, are trained for that (Ranftl et al., "Towards Robust Monocular Depth Estimation", TPAMI 2022); of Depth
        Anything there are both kinds, and ``config.json`` says which."""
        return bool(self.config().get("depth_estimation_type", "relative") == "metric")

    def unfit(self, reason: str) -> WeightsMissing:
        """The error for a folder that is there and cannot be used."""
        return WeightsMissing(
            f"{self.folder} cannot be used as {self.label}: {reason}.",
            advice=f"Get it again with `mattewire weights pull {FAMILIES[self.family][0]}`, or add another folder with"
            f" `mattewire weights add {FAMILIES[self.family][0]} PATH`; or leave depth out.",
        )


def find(family: str, options: Options) -> Source:
    """The weights that ``options`` ask for. Raises ``WeightsMissing``, ``BadField``."""
    names = FAMILIES[family]
    if options.weights is not None:
        source = Source(family, options.weights.name, options.weights.name, options.weights, GIVEN, True, False)
    else:
        here = set(installed())
        name = options.model or next((each for each in names if each in here), names[0])
        if name not in names:
            raise BadField(f"{name!r} is not one of {', '.join(names)}.", field="depth_model")
        item = entry(name)
        try:
            folder = locate(name)
        except WeightsMissing as problem:  # there is no depth without weights, not even a coarse one
            raise WeightsMissing(
                problem.message, advice=problem.advice.replace("use --engine preview", "leave depth out")
            ) from problem
        source = Source(family, name, item.label, folder, item.license, item.commercial, True)
    if not source.folder.is_dir():
        raise source.unfit("it is no folder with config.json and model.safetensors")
    kind = source.config().get("model_type")
    if kind != MODEL_TYPES[family]:
        raise source.unfit(f"config.json says {kind}, not {MODEL_TYPES[family]}")
    return source
