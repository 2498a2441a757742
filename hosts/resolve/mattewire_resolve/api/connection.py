"""The Resolve that a script runs in: which edition and version it is, its project and its timeline.

Edition and version come from the two calls that every edition answers. Nothing that only Studio has is called before
they are known: in the free edition such a call opens a dialog, and until it is closed by hand every other call fails
(measured; see the notes of the stand-in in the tests).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Tuple

from mattewire_protocol.errors import BadField

STUDIO = "Studio"


@dataclass(frozen=True)
class Host:
    """``resolve``, ``fusion``, ``bmd``: what Resolve hands to a script; the last two may be None, outside of it.

    ``product`` as Resolve calls itself, ``version`` as (major, minor, patch), ``studio``: whether it is that edition.
    """

    resolve: Any
    fusion: Any
    bmd: Any
    product: str
    version: Tuple[int, ...]
    studio: bool

    def project(self) -> Any:
        """The open project. Raises ``BadField`` where there is none."""
        manager = self.resolve.GetProjectManager()
        project = manager.GetCurrentProject() if manager else None
        if not project:
            raise BadField("No project is open in Resolve.", advice="Open the project, then try again.")
        return project

    def timeline(self) -> Any:
        """The timeline that is open. Raises ``BadField`` where there is no project or no timeline."""
        timeline = self.project().GetCurrentTimeline()
        if not timeline:
            raise BadField(
                "No timeline is open in Resolve.", advice="Open a timeline and put the playhead on the clip to mask."
            )
        return timeline


def connect(resolve: Any, fusion: Any = None, bmd: Any = None) -> Host:
    """What ``resolve`` is. Raises ``BadField`` when it does not answer, as behind an open dialog."""
    product = resolve.GetProductName() if resolve else None
    numbers = resolve.GetVersion() if product else None
    if not product or not numbers:
        raise BadField(
            "DaVinci Resolve does not answer.",
            advice="Close any dialog that is open in it, then start Mattewire again from Workspace > Scripts.",
        )
    version = tuple(int(number) for number in numbers[:3])
    return Host(resolve, fusion, bmd, str(product), version, str(product).endswith(STUDIO))
