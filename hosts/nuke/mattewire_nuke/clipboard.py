"""Nodes as text where the artist can reach them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from . import loop


def offer(text: str) -> str:
    """Puts a script's text on the clipboard, or into a file where there is none; a sentence that says how to use it."""
    found = loop.qt()
    if found is not None:
        found.copy(text)
        return "The nodes are on the clipboard: select the plate and paste."
    handle, path = tempfile.mkstemp(prefix="mattewire-", suffix=".nk")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return f"Select the plate and import the nodes from {Path(path).as_posix()}."
