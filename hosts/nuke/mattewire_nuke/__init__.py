"""Mattewire inside Nuke: type what to mask, and a Read with the growing matte is wired into the alpha.

    import mattewire_nuke
    copy = mattewire_nuke.mask(nuke.toNode("Read1"), prompt="red ball")     # also in `nuke -t`

Importing this package loads neither Qt nor pyzmq and talks to nobody. Python 3.9 on; inside Nuke it needs pyzmq and
msgpack only, which a bundle carries for each Python and platform.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["mask", "panel_class", "ready"]


def ready() -> None:
    """Makes pyzmq and msgpack importable from the bundle's ``vendor`` folder, where Nuke has none of its own.

    Raises ``ImportError`` with one clear line when that cannot be.
    """
    from mattewire_panel import vendor

    vendor.use(Path(__file__).resolve().parent.parent / "vendor")


def panel_class() -> Any:
    """The Qt class of the dockable panel, which Nuke makes when the artist docks it."""
    ready()
    from .panel import Panel

    return Panel


def mask(node: Any, prompt: str = "", **settings: Any) -> Any:
    """Masks a subject over ``node`` and waits for the mattes; see ``script.mask``."""
    ready()
    from .script import mask as masked

    return masked(node, prompt, **settings)
