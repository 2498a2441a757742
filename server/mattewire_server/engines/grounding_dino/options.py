"""The detector's settings: from the request, else from the environment, else the default. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import detections, second_look
from ..picking import DEVICES, DTYPES, one_of, path, picker, share, whole, yes


@dataclass(frozen=True)
class Options:
    """``model``: a name of the weights list; empty takes the first that is installed. ``weights``, ``vocabulary``:
    paths to use instead. ``long_edge``: of the detector's copy of the frame, in pixels (1333: the official size).
    ``most``: objects at most. ``refine``: whether what scores below ``refine_below`` gets a second look.
    ``dtype`` auto is float32: a detector runs on few frames, and its thresholds were tuned in float32.

    Setting names and variables are in ``read_options``; ``MATTEWIRE_DEVICE`` and ``MATTEWIRE_DTYPE`` hold for all
    engines.
    """

    model: str = ""
    weights: Path | None = None
    vocabulary: Path | None = None
    box_threshold: float = detections.BOX_THRESHOLD
    text_threshold: float = detections.TEXT_THRESHOLD
    most: int = 16
    long_edge: int = 1080
    device: str = "auto"
    dtype: str = "auto"
    refine: bool = True
    refine_below: float = second_look.CONFIDENT


def read_options(settings: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Options:
    """``BadField`` names a setting or variable that cannot be used. An absent or None setting is not set."""
    pick = picker(settings, environment)

    return Options(
        model=pick("detector_model", "MATTEWIRE_DETECTOR_MODEL", "", str),
        weights=pick("detector_weights", "MATTEWIRE_DETECTOR_WEIGHTS", None, path),
        vocabulary=pick("detector_vocabulary", "MATTEWIRE_DETECTOR_VOCABULARY", None, path),
        box_threshold=pick("box_threshold", "", detections.BOX_THRESHOLD, share),
        text_threshold=pick("text_threshold", "", detections.TEXT_THRESHOLD, share),
        most=pick("max_objects", "", 16, whole(1, 999)),
        long_edge=pick("detect_long_edge", "MATTEWIRE_DETECT_LONG_EDGE", 1080, whole(128, 8192)),
        device=pick("device", "MATTEWIRE_DEVICE", "auto", one_of(DEVICES)),
        dtype=pick("dtype", "MATTEWIRE_DTYPE", "auto", one_of(DTYPES)),
        refine=pick("refine", "MATTEWIRE_DETECTOR_REFINE", True, yes),
        refine_below=pick("refine_below", "MATTEWIRE_DETECTOR_REFINE_BELOW", second_look.CONFIDENT, share),
    )
