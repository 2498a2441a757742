"""The detector's settings: from the request, else from the environment, else the default. No torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mattewire_protocol.errors import BadField

from .. import detections, second_look

DEVICES = ("auto", "cuda", "mps", "cpu")
DTYPES = ("auto", "float32", "bfloat16", "float16")


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
    values = os.environ if environment is None else environment

    def pick(name: str, variable: str, default: Any, made: Callable[[Any], Any]) -> Any:
        given = settings.get(name)
        raw = given if given is not None else values.get(variable) or None
        if raw is None:
            return default
        try:
            return made(raw)
        except (TypeError, ValueError) as problem:
            where = name if given is not None else variable
            raise BadField(f"{raw!r} cannot be used ({problem}).", field=where) from problem

    return Options(
        model=pick("detector_model", "MATTEWIRE_DETECTOR_MODEL", "", str),
        weights=pick("detector_weights", "MATTEWIRE_DETECTOR_WEIGHTS", None, _path),
        vocabulary=pick("detector_vocabulary", "MATTEWIRE_DETECTOR_VOCABULARY", None, _path),
        box_threshold=pick("box_threshold", "", detections.BOX_THRESHOLD, _share),
        text_threshold=pick("text_threshold", "", detections.TEXT_THRESHOLD, _share),
        most=pick("max_objects", "", 16, _whole(1, 999)),
        long_edge=pick("detect_long_edge", "MATTEWIRE_DETECT_LONG_EDGE", 1080, _whole(128, 8192)),
        device=pick("device", "MATTEWIRE_DEVICE", "auto", _one_of(DEVICES)),
        dtype=pick("dtype", "MATTEWIRE_DTYPE", "auto", _one_of(DTYPES)),
        refine=pick("refine", "MATTEWIRE_DETECTOR_REFINE", True, _yes),
        refine_below=pick("refine_below", "MATTEWIRE_DETECTOR_REFINE_BELOW", second_look.CONFIDENT, _share),
    )


def _path(raw: Any) -> Path:
    return Path(raw).expanduser()


def _share(raw: Any) -> float:
    number = float(raw)
    if not 0 <= number <= 1:
        raise ValueError("must lie in 0..1")
    return number


def _whole(lowest: int, highest: int) -> Callable[[Any], int]:
    def made(raw: Any) -> int:
        number = int(raw)
        if not lowest <= number <= highest:
            raise ValueError(f"must be {lowest} to {highest}")
        return number

    return made


def _one_of(allowed: tuple[str, ...]) -> Callable[[Any], str]:
    def made(raw: Any) -> str:
        if raw not in allowed:
            raise ValueError(f"choose one of {', '.join(allowed)}")
        return str(raw)

    return made


def _yes(raw: Any) -> bool:
    words = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
    if str(raw).lower() not in words:
        raise ValueError("say yes or no")
    return words[str(raw).lower()]
