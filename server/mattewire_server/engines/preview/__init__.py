"""The preview engine: no weights, no torch; OpenCV color models and optical flow.

It exists so that a fresh machine, a panel developer and CI can run the whole bridge. It understands color and shape
words, boxes and points; it is labelled as preview wherever its result goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from ..seams import Engine
from .detect import PreviewDetector
from .track import PreviewSegmenter
from .words import UNDERSTANDS

VERSION = "1"
"""Raised when the same request gives other pixels than before."""


def engine(settings: Mapping[str, Any]) -> Engine:
    """The preview engine; ``settings`` may hold ``box_threshold`` (0..1) and ``max_objects``."""
    return Engine(
        name="preview",
        label="Preview (color and motion, no model)",
        detector=PreviewDetector(settings),
        segmenter=PreviewSegmenter(settings),
        preview=True,
        provenance={"engine": f"preview {VERSION}", "opencv": cv2.__version__, "numpy": np.__version__},
        understands=UNDERSTANDS,
    )


__all__ = ["engine"]
