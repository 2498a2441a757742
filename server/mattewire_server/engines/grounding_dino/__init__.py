"""The GroundingDINO detector: any phrase, on transformers' GroundingDino and MMGroundingDino.

Making the engine reads no tensor and imports no torch, so that a panel can be told at once what is ready; the network
is loaded when it is first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from mattewire_protocol.errors import InstallIncomplete

from ..provenance import Late
from ..seams import Engine
from . import weights
from .detector import GroundingDinoDetector, pick_dtype
from .options import Options, read_options

VERSION = "1"
"""Raised when the same request gives other boxes than before."""


def engine(settings: Mapping[str, Any]) -> Engine:
    """The detector; it has no segmenter. Settings: see ``options.read_options``.

    Raises ``InstallIncomplete``, ``WeightsMissing``, ``BadField``.
    """
    for package in ("torch", "transformers"):
        if find_spec(package) is None:
            raise InstallIncomplete(
                f"Engine grounding-dino needs {package}.", advice='Run: pip install "mattewire[models]"'
            )
    options = read_options(settings)
    source = weights.find(options)
    return Engine(
        name="grounding-dino",
        label=source.label,
        detector=GroundingDinoDetector(source, options),
        segmenter=None,
        provenance=Late(lambda: facts(source, options)),
    )


def facts(source: weights.Source, options: Options) -> dict[str, str]:
    """Everything beside the request that can change a box."""
    from ..device import choose_device

    return {
        "detector": f"grounding-dino {VERSION}",
        "detector_model": source.label,
        "detector_weights_sha256": source.sha256(),
        "detector_device": choose_device(options.device).type,
        "detector_dtype": pick_dtype(options.dtype),
        "detector_long_edge": str(options.long_edge),
        "detector_thresholds": f"{options.box_threshold:g} {options.text_threshold:g}",
        "detector_second_look_below": f"{options.refine_below:g}" if options.refine else "never",
        "torch": metadata.version("torch"),
        "transformers": metadata.version("transformers"),
    }


__all__ = ["engine"]
