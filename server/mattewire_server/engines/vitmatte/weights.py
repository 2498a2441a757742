"""Where the matting weights are and what they are. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mattewire_protocol.errors import BadField, WeightsMissing

from ...weights import entry, installed, locate, record_of
from ...weights.store import digest_of
from .. import misfits
from .options import Options

NAMES = ("vitmatte-small-composition-1k", "vitmatte-base-composition-1k")
"""In the weights list; of those installed the first is taken. Base is a little finer (SAD 20.33 against 21.46 on
Composition-1k, by hustvl/ViTMatte's README) and four times as large."""

GIVEN = "as its publisher says; given by path"


@dataclass(frozen=True)
class Source:
    """``place``: a Hugging Face folder, or an original ``.pth`` file. ``kept``: whether the weights folder has it, and
    so its hash."""

    name: str
    label: str
    place: Path
    license: str
    commercial: bool
    kept: bool

    def sha256(self) -> str:
        """As recorded when the weights were pulled or added, else worked out of the files themselves."""
        return record_of(self.name).sha256 if self.kept else digest_of(self.place)

    def read(self, file: str) -> dict[str, Any]:
        """One of the folder's JSON files; nothing where there is none. Raises ``WeightsMissing``."""
        path = self.place / file
        return misfits.json_object(path, self.unfit) if path.is_file() else {}

    def unfit(self, reason: str) -> WeightsMissing:
        """The error for weights that are there and cannot be used."""
        return WeightsMissing(
            f"{self.place} cannot be used as {self.label}: {reason}.",
            advice=f"Get them again with `mattewire weights pull {NAMES[0]} --accept-license`, or add others with"
            f" `mattewire weights add {NAMES[0]} PATH`; or choose edges guided.",
        )


def find(options: Options) -> Source:
    """The weights that ``options`` ask for. Raises ``WeightsMissing``, ``BadField``."""
    if options.weights is not None:
        source = Source(options.weights.name, options.weights.name, options.weights, GIVEN, True, False)
    else:
        here = set(installed())
        name = options.model or next((each for each in NAMES if each in here), NAMES[0])
        if name not in NAMES:
            raise BadField(f"{name!r} is not one of {', '.join(NAMES)}.", field="matting_model")
        item = entry(name)
        try:
            place = locate(name)
        except WeightsMissing as problem:  # the preview engine refines nothing
            advice = problem.advice.replace("use --engine preview", "choose edges guided")
            raise WeightsMissing(
                problem.message, advice=advice.replace(f"pull {name}`", f"pull {name} --accept-license`")
            ) from problem
        source = Source(name, item.label, place, item.license, item.commercial, True)
    if not source.place.exists():
        raise source.unfit("there is nothing there")
    if source.place.is_dir():
        kind = source.read("config.json").get("model_type")
        if kind != "vitmatte":
            raise source.unfit(f"config.json says {kind}, not vitmatte" if kind else "there is no config.json in it")
    return source
