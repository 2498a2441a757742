# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job in Blender: what it is for, what it has made, and when that is to be shown."""

from __future__ import annotations

import time
from typing import Any, Optional

from mattewire_panel.files import outputs_of, patterns_so_far
from mattewire_panel.frames import FrameMap
from mattewire_panel.tickets import Ticket
from mattewire_protocol import JobView, MatteRequest, codec
from mattewire_protocol.errors import MattewireError, NotKept, UnknownJob
from mattewire_protocol.messages import FrameEvent

from .made import Made
from .target import Target

REFRESH_S = 0.5
"""Seconds between two looks at new files: reading one again costs Blender what reading it the first time does."""


class Work:
    """``frames``: the plate's map over what is masked. ``tracked_by``: the job that tracked the shot, for a finish.

    ``owned``: an operator serves it, so that what it places becomes that operator's one undo step. ``error``: why it
    was refused or failed. ``track_if_gone``: it builds on an earlier job; where that is gone, it is tracked again.
    """

    def __init__(
        self, target: Target, frames: FrameMap, request: MatteRequest, view: JobView, tracked_by: str = ""
    ) -> None:
        self.target, self.frames, self.request = target, frames, request
        self.tracked_by = tracked_by
        self.owned = self.track_if_gone = False
        self.begin(view)

    def begin(self, view: JobView) -> None:
        """Starts over as the job of ``view``."""
        self.view = view
        self.pattern = ""
        self.placed = self.lost = False
        self.refused: Optional[MattewireError] = None
        self._fresh = self._settled = False
        self._shown_at = 0.0

    def answered(self, result: Any, error: Optional[MattewireError]) -> None:
        """The daemon's answer to handing it in."""
        self.refused = error

    def take(self, event: Any) -> None:
        """An event of the job, already in ``view``. Touches nothing of Blender's."""
        if isinstance(event, FrameEvent):
            if not self.pattern and event.paths:
                self.pattern = patterns_so_far(event)[0]
            self._fresh = True
        if self.view.ended and outputs_of(self.view):
            self.pattern = outputs_of(self.view)[0]

    @property
    def is_gone(self) -> bool:
        """The earlier job is no longer known or kept, or had ended before its last frame."""
        return isinstance(self.refused, (NotKept, UnknownJob)) or (self.view.ended and self.view.state != "done")

    @property
    def finished(self) -> bool:
        """Nothing more will come, and what came is shown."""
        return self.refused is not None or (self.view.ended and self._settled)

    @property
    def error(self) -> Optional[MattewireError]:
        if self.refused is not None:
            return self.refused
        if self.view.state in ("failed", "set_aside") and self.view.error is not None:
            return codec.error_of(self.view.error)
        return None

    def serve(self) -> str:
        """Shows what is new, in Blender's main thread: ``placed``, ``refreshed``, or nothing.

        What the artist has taken away meanwhile, by undo or by hand, is not put back.
        """
        if not self.pattern or self._settled:
            self._settled = self._settled or self.view.ended
            return ""
        ended = self.view.ended
        if not self.placed:
            self.placed = True
            self.lost = not self.target.place(self._made())
            self._after(ended)
            return "" if self.lost else "placed"
        if not ended and (not self._fresh or time.monotonic() - self._shown_at < REFRESH_S):
            return ""
        if self.target.mattes(self.request.plate.path) is None:
            self.lost = True
        elif ended:
            self.target.place(self._made())
        else:
            self.target.refresh(self.request.plate.path)
        self._after(ended)
        return "" if self.lost else "refreshed"

    def _after(self, ended: bool) -> None:
        self._fresh, self._settled = False, ended
        self._shown_at = time.monotonic()

    def _made(self) -> Made:
        first, last = self.frames.plate_range
        names = [self.view.names[number] for number in sorted(self.view.names)]
        ticket = Ticket(
            self.view.job_id, self.request, self.frames, [self.pattern], self.tracked_by or self.view.job_id
        )
        return Made(self.pattern, self.request.out[0].content, first, last, self.frames, ticket, names)
