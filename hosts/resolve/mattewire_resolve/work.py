"""One job: for which uses of a file it is, what it has made, and when that is to be put on the timeline.

Resolve's timeline takes whole clips, not growing ones: a result is placed when its job is done. What a stopped job has
finished is placed when the artist asks for it, from the list of jobs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

from mattewire_panel.files import outputs_of, pattern_of
from mattewire_protocol import JobView, codec
from mattewire_protocol.errors import MattewireError, NotKept, UnknownJob
from mattewire_protocol.messages import FrameEvent

from .records import Record, with_outputs


class Work:
    """``record``: what is kept of it. ``view``: its events, folded. ``replaces``: the job whose result on the timeline
    it takes the place of. ``track_if_gone``: it builds on an earlier job; where that is gone, it is tracked again.

    ``placed``: whether it has been put on the timeline, or tried to be. ``error``: why it was refused or failed.
    """

    def __init__(self, record: Record, view: JobView, doing: str, replaces: str = "") -> None:
        self.record, self.view, self.doing = record, view, doing
        self.replaces = replaces
        self.track_if_gone = False
        self.placed = False
        self.refused: Optional[MattewireError] = None

    def answered(self, result: Any, error: Optional[MattewireError]) -> None:
        """The daemon's answer to handing it in."""
        self.refused = error

    def take(self, event: Any) -> None:
        """An event of the job, already in ``view``. Touches nothing of Resolve's."""
        if isinstance(event, FrameEvent) and event.paths and not self.record.ticket.outputs:
            self.record = with_outputs(self.record, [pattern_of(path, event.frame) for path in event.paths])
        if self.view.ended:
            self._end()

    def _end(self) -> None:
        view = self.view
        wanted = len(self.record.ticket.request.out)
        outputs = outputs_of(view)[:wanted] or self.record.ticket.outputs
        made = view.state == "done" or view.done > 0
        self.record = replace(
            with_outputs(self.record, list(outputs)),
            state=view.state,
            first=view.first if made else None,
            last=view.last if made else None,
            names=tuple(view.names[number] for number in sorted(view.names)),
            version=view.version,
        )

    @property
    def is_gone(self) -> bool:
        """The earlier job that it builds on is no longer known or kept."""
        return isinstance(self.refused or self.error, (NotKept, UnknownJob))

    @property
    def ended(self) -> bool:
        """Whether nothing more will come from the daemon."""
        return self.refused is not None or self.view.ended

    @property
    def to_place(self) -> bool:
        """Whether its result is whole and waits to be put on the timeline."""
        return not self.placed and self.refused is None and self.view.state == "done" and self.record.has_mattes

    @property
    def error(self) -> Optional[MattewireError]:
        if self.refused is not None:
            return self.refused
        if self.view.state in ("failed", "set_aside") and self.view.error is not None:
            return codec.error_of(self.view.error)
        return None
