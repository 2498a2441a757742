"""The tiny engine: a SAM 2 and an MM-Grounding-DINO small enough to lie in the package, trained on rendered shots.

It knows twelve outlines in ten colors and runs through the very code that runs the real checkpoints: same loader, same
memory, same prompts. Use it to see the whole bridge work with nothing to download, and to test it; for a plate, use
``sam2``. What it can do, measured, is in ``MODEL_CARD.md`` beside this file.

Words are understood by the detector where its weights lie beside the segmenter's (``training.export`` puts them there),
else by the preview engine's color and shape words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import preview, sam2
from ..provenance import together
from ..seams import Engine

HERE = Path(__file__).parent
SEGMENTER = HERE / "segmenter"

SIDE = 192
"""Model pixels that the segmenter was trained at."""

LONG_EDGE = 213
"""Gives a square picture 128 pixels a side, and one of 16:9 213 x 120: what the detector is trained at."""

COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "gray")
OUTLINES = ("ball", "box", "triangle", "star", "cross", "ring", "heart", "mug", "person", "car", "bottle", "fish")
ANYTHING = "thing"
UNDERSTANDS = (*COLORS, *OUTLINES, ANYTHING)
"""The words of the tiny detector."""


def engine(settings: Mapping[str, Any]) -> Engine:
    """The preset ``tiny``. Settings: those of ``sam2`` and ``grounding-dino``, weights and model sizes excepted:
    neither a request nor a variable changes them.

    Marked as preview: its mattes are not for a comp. Raises ``InstallIncomplete`` without torch and transformers;
    ``begin`` raises ``WeightsMissing`` where the files in the package are damaged.
    """
    return put_together(settings, HERE)


def put_together(settings: Mapping[str, Any], folder: Path) -> Engine:
    """The preset of the weights in ``folder``: ``segmenter`` and, if it is there, ``detector``."""
    detector = folder / "detector"
    ours: dict[str, Any] = {
        "model": "",
        "weights": str(folder / "segmenter"),
        "draft_size": SIDE,
        "final_size": SIDE,
        "border": 0,
        "detector_model": "tiny",
        "detector_weights": str(detector),
        "detector_vocabulary": str(detector),
        "detect_long_edge": LONG_EDGE,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    made = replace(
        sam2.engine({**thresholds(detector), **given, **ours}),
        name="tiny",
        label="Tiny SAM 2 (simple things)",
        preview=True,
    )
    if (detector / "model.safetensors").is_file():
        return replace(made, understands=UNDERSTANDS)
    words = preview.engine(settings)
    finder = {name: value for name, value in words.provenance.items() if name != "engine"}
    facts = together({**finder, "detector": words.provenance["engine"]}, made.provenance)
    return replace(made, detector=words.detector, provenance=facts, understands=words.understands)


def thresholds(detector: Path) -> dict[str, float]:
    """What separates present from absent phrases with these weights, measured as they were exported; the request's own
    thresholds come before them. Nothing where there is no detector."""
    told = detector / "thresholds.json"
    return json.loads(told.read_text(encoding="utf-8")) if told.is_file() else {}


__all__ = ["engine", "put_together"]
