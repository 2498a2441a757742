"""The names of flags: stable, for panels and pipelines to go by."""

from __future__ import annotations

from ..alpha import BACK, EMPTY, GONE, LOW

AGAIN = "detected again"
"""Of a frame whose mattes a new detection has steered."""

JUMP, SHAPE, MOVED, COLORS = "area jump", "shape jump", "position jump", "color jump"
FLICKER, DROPPED, DRIFTED = "flickering edge", "dropped", "drifted"

NAMES = (LOW, GONE, BACK, JUMP, SHAPE, MOVED, COLORS, FLICKER, DROPPED, DRIFTED, EMPTY, AGAIN)
"""In the order that a frame lists them."""

STATEMENTS = frozenset({GONE, BACK, AGAIN})
"""What is merely said of a frame; no fault of the matte."""

ASKING = frozenset(NAMES) - STATEMENTS
"""A frame with any of these is ``flagged``."""
