# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job has made so far and where it goes: the same for the compositor and the sequencer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Optional, Sequence

from mattewire_panel.files import file_of, missing_of
from mattewire_panel.frames import FrameMap
from mattewire_panel.tickets import Ticket
from mattewire_protocol.errors import MattewireError

KEY = "mattewire"
"""The custom property that holds the ticket, on the node or strip that shows the mattes."""

PLATE_KEY = "mattewire_plate"
"""Beside it: the name of the plate's node or strip."""


@dataclass(frozen=True)
class Made:
    """``pattern``: the mattes' files. ``first``/``last``: plate frames, both included. ``frames``: the plate's map."""

    pattern: str
    content: str
    first: int
    last: int
    frames: FrameMap
    ticket: Ticket
    names: Sequence[str] = ()

    @property
    def label(self) -> str:
        words = ", ".join(self.ticket.request.prompts) or "marks"
        preview = " (preview)" if self.ticket.request.engine == "preview" else ""
        return f"{words}{preview}"

    def first_file(self) -> str:
        """The lowest frame that is on disk; Blender needs one file to know a sequence by."""
        frames = range(self.first, self.last + 1)
        missing = set(missing_of(self.pattern, list(frames)))
        there = next((frame for frame in frames if frame not in missing), self.first)
        return file_of(self.pattern, there)

    @property
    def title(self) -> str:
        return os.path.basename(self.pattern)


def ticket_in(owner: Optional[object]) -> Optional[Ticket]:
    """The ticket that a node or strip keeps; None for none, and for one that cannot be read."""
    try:
        return Ticket.from_text(owner[KEY])  # type: ignore[index]
    except (KeyError, TypeError, MattewireError):
        return None


def is_for(owner: object, plate_name: str, path: str) -> bool:
    """Whether a node or strip shows mattes of this plate: made for it, or, where it was renamed, from its files."""
    ticket = ticket_in(owner)
    if ticket is None or ticket.request.plate.path != path:
        return False
    return owner[PLATE_KEY] == plate_name  # type: ignore[index]
