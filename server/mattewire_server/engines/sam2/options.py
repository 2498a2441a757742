"""The SAM 2 settings: from the request, else from the environment, else the default. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..picking import DEVICES, DTYPES, one_of, path, picker, whole, yes


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
    pick = picker(settings, environment)
    return Options(
        model=pick("model", "MATTEWIRE_SAM2_MODEL", "", str),
        weights=pick("weights", "MATTEWIRE_SAM2_WEIGHTS", None, path),
        device=pick("device", "MATTEWIRE_DEVICE", "auto", one_of(DEVICES)),
        dtype=pick("dtype", "MATTEWIRE_DTYPE", "auto", one_of(DTYPES)),
        draft_size=pick("draft_size", "MATTEWIRE_SAM2_DRAFT_SIZE", 512, whole(64, 2048)),
        final_size=pick("final_size", "MATTEWIRE_SAM2_FINAL_SIZE", 1024, whole(64, 2048)),
        border=pick("border", "MATTEWIRE_SAM2_BORDER", 1, whole(0, 8)),
        seed=pick("seed", "MATTEWIRE_SEED", 0, whole(0, 2**31 - 1)),
        deterministic=pick("deterministic", "MATTEWIRE_DETERMINISTIC", True, yes),
        compile=pick("compile", "MATTEWIRE_SAM2_COMPILE", False, yes),
    )
