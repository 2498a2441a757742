"""Results on the timeline, with what this panel remembers of them: placed, replaced, taken off."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

from mattewire_protocol.errors import MattewireError

from . import placing
from .api.connection import Host
from .placing import Placed, Removed, Results
from .records import Drawer, Record


class Laid:
    """Every change of the timeline that the panel makes goes through here, and into the drawer."""

    def __init__(self, host: Host, drawer: Drawer) -> None:
        self._host, self._drawer = host, drawer

    def place(self, record: Record) -> Placed:
        """Puts a job's mattes over its clips. Errors as ``placing.place``, with the timeline as it was."""
        placed = placing.place(self._host, list(record.clips), results_of(record), record.kind)
        self._drawer.put(replace(record, placed=placed.to_text()))
        return placed

    def replace(self, record: Record, old_id: str) -> Placed:
        """The same, in the place of the result of job ``old_id``. Where it fails, the old one comes back."""
        old = self._drawer.find(old_id) if old_id else None
        if old is None or not old.placed:
            return self.place(record)
        self.take_off(Placed.from_text(old.placed))
        try:
            return self.place(record)
        except MattewireError:
            self.place(replace(old, placed=""))
            raise

    def take_off(self, placed: Placed) -> Removed:
        """Takes a result away; its mattes stay on disk. Errors as ``placing.remove``."""
        removed = placing.remove(self._host, placed)
        record = self._drawer.find(placed.job_id)
        if record is not None:
            self._drawer.put(replace(record, placed=""))
        return removed

    def newest(self) -> Optional[Placed]:
        """The last result on the open timeline: by its marker, or, where it has none, as the drawer remembers it."""
        try:
            timeline = self._host.timeline()
            here = str(timeline.GetUniqueId())
            marked = placing.on_timeline(timeline)
        except MattewireError:  # no timeline is open
            return None
        known = [Placed.from_text(each.placed) for each in self._drawer if each.placed and each.timeline == here]
        unmarked = [each for each in known if each.job_id not in {other.job_id for other in marked}]
        return max([*unmarked, *marked], key=lambda each: each.turn, default=None)


def results_of(record: Record) -> Results:
    """What a job has made, as ``placing`` wants it. ``BadField`` when it has made nothing."""
    return Results(
        record.job_id,
        tuple(record.ticket.outputs),
        record.first or 0,
        record.last or 0,
        record.names,
        ", ".join(record.ticket.request.prompts),
        record.version,
    )


def where(placed: Placed) -> str:
    """One line on a result that stands."""
    tracks = ", ".join(each.name for each in placed.tracks)
    return f"On the timeline: track {tracks}." if tracks else f"Done: {placed.kind}."
