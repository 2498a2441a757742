"""The SAM 2 settings: from the request, else from the environment, else the default. No torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mattewire_protocol.errors import BadField

DEVICES = ("auto", "cuda", "mps", "cpu")
DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Options:
    """``model``: a name of the weights manifest; empty takes the best that is installed. ``weights``: a file or folder
    to use instead. ``draft_size``, ``final_size``: side of the model's square in pixels. ``border``: mirrored margin
    in tokens of 16 model pixels. ``seed``: for the little that draws random numbers. ``compile``: torch.compile the
    image encoder. Each is also read from ``MATTEWIRE_SAM2_…`` (``MATTEWIRE_DEVICE``, ``MATTEWIRE_DTYPE`` and
    ``MATTEWIRE_SEED`` hold for all engines).
    """

    model: str = ""
    weights: Path | None = None
    device: str = "auto"
    dtype: str = "auto"
    draft_size: int = 512
    final_size: int = 1024
    border: int = 1
    seed: int = 0
    deterministic: bool = True
    compile: bool = False

    def size(self, quality: str) -> int:
        return self.draft_size if quality == "draft" else self.final_size


def read_options(settings: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Options:
    """``BadField`` names a setting or variable that cannot be used."""
    values = os.environ if environment is None else environment

    def pick(name: str, variable: str, default: Any, made: Callable[[Any], Any]) -> Any:
        given = settings.get(name)
        where = name if given is not None else variable
        raw = given if given is not None else values.get(variable) or None
        if raw is None:
            return default
        try:
            return made(raw)
        except (TypeError, ValueError) as problem:
            raise BadField(f"{raw!r} cannot be used ({problem}).", field=where) from problem

    weights = pick("weights", "MATTEWIRE_SAM2_WEIGHTS", None, lambda raw: Path(raw).expanduser())
    return Options(
        model=pick("model", "MATTEWIRE_SAM2_MODEL", "", str),
        weights=weights,
        device=pick("device", "MATTEWIRE_DEVICE", "auto", _one_of(DEVICES)),
        dtype=pick("dtype", "MATTEWIRE_DTYPE", "auto", _one_of(DTYPES)),
        draft_size=pick("draft_size", "MATTEWIRE_SAM2_DRAFT_SIZE", 512, _whole(64, 2048)),
        final_size=pick("final_size", "MATTEWIRE_SAM2_FINAL_SIZE", 1024, _whole(64, 2048)),
        border=pick("border", "MATTEWIRE_SAM2_BORDER", 1, _whole(0, 8)),
        seed=pick("seed", "MATTEWIRE_SEED", 0, _whole(0, 2**31 - 1)),
        deterministic=pick("deterministic", "MATTEWIRE_DETERMINISTIC", True, _yes),
        compile=pick("compile", "MATTEWIRE_SAM2_COMPILE", False, _yes),
    )


def _one_of(allowed: tuple[str, ...]) -> Callable[[Any], str]:
    def made(raw: Any) -> str:
        if raw not in allowed:
            raise ValueError(f"choose one of {', '.join(allowed)}")
        return str(raw)

    return made


def _whole(lowest: int, highest: int) -> Callable[[Any], int]:
    def made(raw: Any) -> int:
        number = int(raw)
        if not lowest <= number <= highest:
            raise ValueError(f"must be {lowest} to {highest}")
        return number

    return made


def _yes(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    words = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
    if str(raw).lower() not in words:
        raise ValueError("say yes or no")
    return words[str(raw).lower()]
