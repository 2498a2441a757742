"""What each edition lets a script do. All of it is the ledger's, measured on 19.1.3 to 21.1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

STUDIO_ONLY_DIALOG = "You have reached a limitation with DaVinci Resolve"
"""The title of the dialog that a Studio-only call opens in the free edition."""


@dataclass(frozen=True)
class Edition:
    """``name``: free or Studio. ``version``: (major, minor, patch)."""

    name: Literal["free", "Studio"]
    version: tuple[int, int, int]

    @property
    def product(self) -> str:
        """``Resolve.GetProductName``: the only thing that tells the editions apart without tripping over one."""
        return "DaVinci Resolve Studio" if self.name == "Studio" else "DaVinci Resolve"

    @property
    def runs_python(self) -> bool:
        """Scripts of the Workspace > Scripts menu: from 21.1 on, the free edition runs Lua only."""
        return self.name == "Studio" or self.version < (21, 1, 0)

    @property
    def external(self) -> bool:
        """``DaVinciResolveScript.scriptapp`` from outside the application."""
        return self.name == "Studio"

    @property
    def ui_manager(self) -> bool:
        """Windows made by scripts: Studio only since 19.1."""
        return self.name == "Studio" or self.version < (19, 1, 0)
