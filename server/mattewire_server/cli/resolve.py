"""``mattewire resolve-clip``: what DaVinci Resolve's Lua script starts. Nobody types it, but it can be pasted."""

from __future__ import annotations

from typing import Annotated

import typer

from ..hosts import resolve_job
from .show import screen, told_plainly


def register(app: typer.Typer) -> None:
    app.command("resolve-clip")(resolve_clip)


def resolve_clip(
    facts: Annotated[str, typer.Argument(metavar="FACTS", help="The clip, as the script tells it.")] = "",
    told: Annotated[
        str, typer.Option("--told", metavar="CLIP", help="Instead: it was told why this clip could not be masked.")
    ] = "",
    forget: Annotated[
        str, typer.Option("--forget", metavar="CLIP", help="Instead: forget the result of this clip; its mattes stay.")
    ] = "",
) -> None:
    """Mask the clip that DaVinci Resolve's Lua script tells of.

    It returns at once; the job goes on by itself. Run the script in Resolve again to see how far it is.
    """
    with told_plainly():
        if forget:
            resolve_job.take_back(forget)
            return
        if told:
            resolve_job.was_told(told)
            return
        resolve_job.begin(facts)
    screen.print("Mattewire has the clip. Run its script in DaVinci Resolve again to see how far it is.")
