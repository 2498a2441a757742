"""The matting model's settings: from the request, else from the environment, else the default. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..picking import DEVICES, DTYPES, one_of, path, picker, whole

TILE = 768
"""Plate pixels to a tile's side. ViTMatte was trained on 512 (Yao et al., 2023, section 4.1) and is judged on whole
pictures. The sides of what is really seen follow the band; on a CPU in float32 the whole process peaks at 0.9 GB for
480 x 480, 1.3 GB for 736 x 736 and 1.7 GB for 856 x 992 pixels (ViTMatte-S, measured)."""


@dataclass(frozen=True)
class Options:
    """``model``: a name of the weights list; empty takes the first that is installed. ``weights``: a folder or an
    original ``.pth`` file to use instead. ``tile``: the longest side, in plate pixels, that goes through the network
    at once, a multiple of 32. ``dtype`` auto is float32: bfloat16 has 8 bits, which show as steps in a soft edge.

    ``MATTEWIRE_DEVICE`` and ``MATTEWIRE_DTYPE`` hold for all engines.
    """

    model: str = ""
    weights: Path | None = None
    tile: int = TILE
    device: str = "auto"
    dtype: str = "auto"

    @property
    def number_format(self) -> str:
        return "float32" if self.dtype == "auto" else self.dtype


def read_options(settings: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Options:
    """``BadField`` names a setting or variable that cannot be used."""
    pick = picker(settings, environment)
    return Options(
        model=pick("matting_model", "MATTEWIRE_MATTING_MODEL", "", str),
        weights=pick("matting_weights", "MATTEWIRE_MATTING_WEIGHTS", None, path),
        tile=pick("matting_tile", "MATTEWIRE_MATTING_TILE", TILE, _tile),
        device=pick("device", "MATTEWIRE_DEVICE", "auto", one_of(DEVICES)),
        dtype=pick("dtype", "MATTEWIRE_DTYPE", "auto", one_of(DTYPES)),
    )


def _tile(raw: Any) -> int:
    side = whole(256, 4096)(raw)
    if side % 32:
        raise ValueError("must be a multiple of 32")
    return side
