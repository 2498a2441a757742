"""The depth estimators' settings: from the request, else from the environment, else the default. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..picking import DEVICES, DTYPES, one_of, path, picker


@dataclass(frozen=True)
class Options:
    """``model``: a name of the weights list; empty takes the first that is installed. ``weights``: a folder to use
    instead. ``dtype`` auto is float32: bfloat16 has 8 bits, which show as steps on a floor that recedes.

    ``MATTEWIRE_DEVICE`` and ``MATTEWIRE_DTYPE`` hold for all engines.
    """

    model: str = ""
    weights: Path | None = None
    device: str = "auto"
    dtype: str = "auto"


def read_options(settings: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Options:
    """``BadField`` names a setting or variable that cannot be used."""
    pick = picker(settings, environment)
    return Options(
        model=pick("depth_model", "MATTEWIRE_DEPTH_MODEL", "", str),
        weights=pick("depth_weights", "MATTEWIRE_DEPTH_WEIGHTS", None, path),
        device=pick("device", "MATTEWIRE_DEVICE", "auto", one_of(DEVICES)),
        dtype=pick("dtype", "MATTEWIRE_DTYPE", "auto", one_of(DTYPES)),
    )
