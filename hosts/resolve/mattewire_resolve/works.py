"""The jobs that this panel follows: handed in, found again after the window was closed, and ended one by one."""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, Iterator, List, Optional, Tuple

from mattewire_panel.session import Session
from mattewire_panel.tickets import Ticket
from mattewire_panel.wish import finish_of
from mattewire_protocol import JobView, MatteRequest
from mattewire_protocol.errors import MattewireError, UnknownJob

from .clips import Clip
from .records import Drawer, Record
from .work import Work

MASKING, UPDATING = "Mask subject", "Update"


class Works:
    """``session`` may be exchanged for another one. ``batch``: the jobs of the last press, in its order."""

    def __init__(self, session: Session, drawer: Drawer) -> None:
        self.session = session
        self.batch: List[Work] = []
        self._drawer = drawer
        self._works: Dict[str, Work] = {}

    # --- handing in ----------------------------------------------------------------------------------------

    def submit(
        self, clips: Tuple[Clip, ...], request: MatteRequest, kind: str, timeline: str, replaces: str = ""
    ) -> Work:
        """A job that tracks. ``replaces``: the job whose result on the timeline it takes the place of."""
        view = self.session.submit(request, lambda result, error: self._answered(view.job_id, error))
        return self._begun(view, clips, request, kind, timeline, view.job_id, MASKING, replaces)

    def finish(self, request: MatteRequest, kind: str, old: Record) -> Work:
        """The shot that an earlier job has tracked, finished as ``request`` says, in the place of its result."""
        finish = finish_of(request, old.ticket.tracked_by)
        view = self.session.finish(finish, lambda result, error: self._answered(finish.job_id, error))
        by = old.ticket.tracked_by
        work = self._begun(view, old.clips, request, kind, old.timeline, by, UPDATING, old.job_id)
        work.track_if_gone = True
        return work

    def go_on(self) -> List[Work]:
        """Follows the jobs that were running when the window was closed, the newest last."""
        found = []
        for record in reversed([each for each in self._drawer if not each.state]):
            view = self.session.follow(record.job_id, partial(self._told, record.job_id))
            found.append(self._works.setdefault(record.job_id, Work(record, view, MASKING)))
        return found

    def stop(self, failed: Any) -> None:
        """Stops what runs; ``failed(result, error)`` hears what came of it."""
        for work in self._works.values():
            work.track_if_gone = False
            if not work.ended:
                self.session.cancel(work.record.job_id, failed)

    # --- news ----------------------------------------------------------------------------------------------

    def take(self, view: JobView, event: Any) -> None:
        """An event of a session. Touches nothing of Resolve's."""
        work = self._works.get(view.job_id)
        if work is not None:
            work.take(event)

    def ended(self) -> Iterator[Work]:
        """Those that have come to their end since, each once, their records kept. A shot to be finished that is no
        longer kept by the daemon is tracked again instead."""
        for work in [each for each in self._works.values() if each.ended]:
            del self._works[work.record.job_id]
            if work.track_if_gone and work.is_gone:
                self._track_again(work)
                continue
            if work.refused is not None:
                self._drawer.drop(work.record.job_id)
            else:
                self._drawer.put(work.record)
            yield work

    def find(self, job_id: str) -> Optional[Work]:
        return self._works.get(job_id)

    @property
    def going(self) -> Optional[Work]:
        """The oldest that has not ended."""
        return next((work for work in self._works.values() if not work.ended), None)

    # --- inside --------------------------------------------------------------------------------------------

    def _begun(
        self, view: JobView, clips: Tuple[Clip, ...], request: MatteRequest, kind: str, timeline: str, by: str,
        doing: str, replaces: str,
    ) -> Work:  # fmt: skip
        ticket = Ticket(view.job_id, request, clips[0].frames, [], by)
        record = self._drawer.put(Record(ticket, clips, kind, timeline))
        work = self._works[view.job_id] = Work(record, view, doing, replaces)
        return work  # before any answer: those come when the session is pumped

    def _track_again(self, work: Work) -> None:
        record = work.record
        self._drawer.drop(record.job_id)
        again = self.submit(record.clips, record.ticket.request, record.kind, record.timeline, work.replaces)
        self.batch = [again if each is work else each for each in self.batch]

    def _told(self, job_id: str, result: Any, error: Optional[MattewireError]) -> None:
        if isinstance(error, UnknownJob):  # for want of a daemon it is not lost: it is followed once there is one
            self._answered(job_id, error)

    def _answered(self, job_id: str, error: Optional[MattewireError]) -> None:
        work = self._works.get(job_id)
        if work is not None:
            work.answered(None, error)
