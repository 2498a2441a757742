"""All that the window shows and does, without a window: the timeline's clip, jobs, placing, the daemon.

Only the script's own thread calls this, from ``tick`` and from presses, so only that thread touches Resolve. The
conversation with the daemon runs in a thread of the session's, which knows nothing of Resolve.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional

from mattewire_panel import prefs, words
from mattewire_panel.panel import DETECTING, PanelModel
from mattewire_panel.session import Session
from mattewire_panel.wish import tracked_alike
from mattewire_protocol import JobView, MatteRequest
from mattewire_protocol.errors import BadField, InternalError, MattewireError

from . import clips as timeline
from . import jobs, looking, saying, settings
from .api.clipboard import to_clipboard
from .api.connection import Host
from .clips import Clip, Group
from .laid import Laid, where
from .placing import Placed
from .records import Drawer, Record
from .render import Rendering
from .saying import RENDERING
from .selftest import Test
from .subject import Subject
from .work import Work
from .works import MASKING, UPDATING, Works

HOST, NAME = "resolve", "Mattewire for DaVinci Resolve"
LOOKING, PLACING, REMOVING = "Detect", "Place", "Remove last result"
TESTING = "Self-test"
LOOK_S, REPORT_S = 1.0, 3.0
"""Seconds between two looks at the playhead, and between two questions about the daemon's memory."""
ENGINES = ("preview", "sam2")
"""Offered before a daemon has said which ones it has."""


class Desk:
    """``works``: jobs that are followed, by id. ``note``: news in place of the headline. ``notes``: smaller print.

    ``did``: what a tick has done beside taking in news, for whoever measures; ``longest``: seconds, by that.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.preferences, self.notes = prefs.load(HOST)
        self.settings, left_out = settings.load(self.preferences)
        self.session = self._meet(self.preferences.start_daemon)
        self.model = PanelModel(self.session)
        self.subject = Subject()
        self.drawer = Drawer()
        self.notes += [*left_out, *([self.drawer.note] if self.drawer.note else [])]
        self.works = Works(self.session, self.drawer)
        self.laid = Laid(host, self.drawer)
        self.rendering: Optional[Rendering] = None
        self.testing: Optional[Test] = None
        self.note = self.details_text = ""
        self.did = ""
        self.longest: Dict[str, float] = {}
        self._last: Optional[Placed] = None
        self._again: Optional[Callable[[], None]] = None
        self._looked = self._reported = 0.0
        self._saved = self.settings
        self.session.open()
        self._look()
        for work in self.works.go_on():
            self.model.view, self.model.doing = work.view, work.doing

    # --- what the artist does ------------------------------------------------------------------------------

    def set(self, name: str, value: Any) -> None:
        """One of the controls has a new value. Raises ``BadField`` for what it cannot have."""
        if getattr(self.settings, name) != value:
            self.settings = replace(self.settings, **{name: value})
            self.subject.changed(self.settings)

    def keep(self, row: int) -> None:
        """A box's tick was set or taken away."""
        self.subject.toggle(row)

    def use(self, row: int) -> None:
        """A clip was chosen for the range, or is no longer."""
        self.subject.tick(row)

    def detect(self) -> None:
        """Looks at the frame under the playhead; the boxes come in a later tick."""
        self._begin(LOOKING, self.detect)
        self._look()
        subject = self.subject
        if subject.clip is None or subject.frame is None:
            raise subject.problem or BadField("There is no clip under the playhead.", field="plate")
        subject.forget()
        search = self.settings.wish(subject.frame).search(timeline.plate([subject.clip]), subject.frame)
        subject.asked(self.settings)
        self.model.detecting = True
        self.session.detect(search, self._found)

    def mask(self) -> None:
        """Hands in the jobs for the range; their results are placed when they are done."""
        self._begin(MASKING, self.mask)
        self._look()
        chosen = self.subject.chosen(self.host, self.settings.range)
        wanted = [(group.clips, self._request(group)) for group in timeline.groups(chosen)]  # all right, or none
        here, kind = str(self.host.timeline().GetUniqueId()), self.settings.kind
        self._show(
            [
                self.works.submit(clips, each, kind, here, self.drawer.alike(clips, each.label, kind, here))
                for clips, each in wanted
            ]
        )

    def update(self) -> None:
        """Brings the newest result over this clip up to what is set, by the least work that does it."""
        self._begin(UPDATING, self.update)
        self._look()
        old = self._newest()
        if old is None:
            raise BadField("There is no result over this clip yet.", field="plate", advice="Press Mask subject.")
        first, last = old.ticket.request.first, old.ticket.request.last
        assert first is not None
        assert last is not None
        request = self._request(Group(old.ticket.request.plate, first, last, old.clips), old.ticket.request)
        kind = self.settings.kind
        if old.ticket.tracked_by and tracked_alike(old.ticket.request, request):
            self._show([self.works.finish(request, kind, old)])
        else:
            self._show([self.works.submit(old.clips, request, kind, old.timeline, old.job_id)])

    def stop(self) -> None:
        """Stops what runs; finished mattes stay, and can be placed from the list."""
        self.works.stop(self._or_failed("Stop"))

    def remove(self) -> None:
        """Takes the newest result off this timeline."""
        self._begin(REMOVING, self.remove)
        self._look()
        if self._last is None:
            raise BadField("There is no result on this timeline.", field="timeline")
        removed = self.laid.take_off(self._last)
        self.note, self.notes = "The last result is off the timeline; its files are kept.", list(removed.notes)
        self._look()

    def place_again(self, row: int) -> None:
        """Puts the mattes of an earlier job on the timeline."""
        self._begin(PLACING, lambda: self.place_again(row))
        record = list(self.drawer)[row]
        if record.has_mattes:
            self._stands(self.laid.place(record))

    def next_worst(self) -> None:
        """Moves the playhead to the frame that asks for a look most, then to the next one, and says why."""
        self.model.error, self.model.doing, self._again = None, looking.TITLE, self.next_worst
        work = looking.judged(self.works.batch, self.subject.clip)
        if work is not None:
            self.model.view = work.view
        look = looking.go_on(self.host, self.model, self.drawer, self.subject.clip)
        self.note, self.notes = look.words, list(look.more)
        self._look()

    def render(self) -> None:
        """Has Resolve render the clip's frames, so that they can be read; pressed again it stops that."""
        if self.rendering is not None:
            self.rendering.cancel()
            self.rendering = None
            return
        self._begin(RENDERING, self.render)
        self.rendering = Rendering(self.host)

    def start(self) -> None:
        """Meets the daemon, starting it if need be, whatever the preferences say; followed jobs go on."""
        if self.session.state != "on":
            old, self.session = self.session, self._meet(True)
            old.close()
            self.model.session = self.works.session = self.session
            self.session.views.update(old.views)  # those that run are followed again once it is there
        self.model.error, self.model.detecting = None, False
        self.session.open(self._or_failed(words.START))

    def release(self) -> None:
        """Gives the GPU memory of idle models back."""
        self.session.release(lambda result, error: self._report())

    def selftest(self) -> None:
        """Runs the self-test, step by step in the ticks to come."""
        self._begin(TESTING, self.selftest)
        self.testing = Test(self.host, self.session, self.longest)

    def action(self) -> None:
        """The one deed that would help with the problem that is shown."""
        problem = saying.problem(self)
        if problem is None:
            return
        if problem.button == words.START:
            self.start()
        elif problem.button == words.TRACK:
            self.mask()
        elif self._again is not None:
            self._again()

    def copy(self) -> None:
        """Puts the problem on the clipboard; where this Resolve's scripts have none, below it, to be selected."""
        problem = saying.problem(self)
        if problem is None:
            return
        text = f"{problem.title}\n{problem.text}\n\n{problem.details}"
        self.details_text = "" if to_clipboard(self.host, text) else text

    def dismiss(self) -> None:
        """The problem was read."""
        self._clear()

    # --- the timer -----------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Some ten times a second: takes in what has arrived, and does what is due."""
        self.session.pump()
        for work in self.works.ended():
            self._ended(work)
        if self.rendering is not None:
            self._render_on(self.rendering)
        if self.testing is not None:
            self.did = TESTING
        if self.testing is not None and not self.testing.tick():
            self.note, self.notes = self.testing.verdict, self.testing.lines
            self.testing = None
        now = time.monotonic()
        if now - self._looked > LOOK_S and self.rendering is None and self.testing is None:
            self._look()
        if now - self._reported > REPORT_S and self.session.state == "on":
            self._report()
        if self.works.going is not None:
            self.model.view = self.works.going.view

    def close(self) -> None:
        """Ends the conversation. Jobs go on in the daemon, and are found again when the window is opened next."""
        self._save()
        if self.rendering is not None:
            self.rendering.cancel()
        self.session.close()
        self.subject.picture.close()

    def failed(self, problem: MattewireError, doing: str) -> None:
        self.model.error, self.model.doing, self.details_text = problem, doing, ""

    def unforeseen(self, problem: Exception) -> None:
        """Whatever was raised is told, never passed on to Resolve."""
        if not isinstance(problem, MattewireError):
            problem = InternalError(f"{type(problem).__name__}: {problem}")
        self.failed(problem, self.model.doing or "Mattewire")

    # --- what the window shows -----------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        return self.rendering is not None or self.testing is not None or self.model.state == DETECTING

    @property
    def can_update(self) -> bool:
        return self.subject.clip is not None and self._newest() is not None

    @property
    def can_remove(self) -> bool:
        return self._last is not None

    @property
    def can_look(self) -> bool:
        """Whether a frame asks for a look, in any job of the last press."""
        return bool(self.model.worst()) or looking.judged(self.works.batch, None) is not None

    @property
    def can_render(self) -> bool:
        return self.subject.must_render

    @property
    def can_start(self) -> bool:
        return self.session.state == "away" or (self.session.state == "off" and self.session.problem is not None)

    def engines(self) -> List[str]:
        """Names that the window offers."""
        known = self.model.engines() or list(ENGINES)
        return list(dict.fromkeys([*known, self.settings.engine]))

    # --- inside: jobs --------------------------------------------------------------------------------------

    def _request(self, group: Group, before: Optional[MatteRequest] = None) -> MatteRequest:
        return jobs.request_for(
            group, self.settings, self.subject, self.preferences.out, before, self.model.depth_engine
        )

    def _show(self, batch: List[Work]) -> None:
        self.works.batch = batch
        self.model.view = batch[0].view

    def _ended(self, work: Work) -> None:
        if work.error is not None:
            self.failed(work.error, work.doing)
        elif work.to_place:
            work.placed, self.did = True, PLACING
            try:
                self._stands(self.laid.replace(work.record, work.replaces))
            except MattewireError as problem:
                self.failed(problem, PLACING)

    # --- inside: the timeline ------------------------------------------------------------------------------

    def _stands(self, placed: Placed) -> None:
        self.note, self.notes = where(placed), list(placed.notes)
        self._look()

    def _look(self) -> None:
        """The clip under the playhead, and what was laid last: asked now and then, not for every line of the window."""
        self._looked = time.monotonic()
        self.subject.look(self.host)
        self.model.ready = self.subject.clip is not None
        self._last = self.laid.newest()

    def _newest(self) -> Optional[Record]:
        """The newest result over the clip under the playhead that came to an end with mattes."""
        clip = self.subject.clip
        return next((each for each in self.drawer if clip and clip.item_id in each.uses and each.has_mattes), None)

    def _render_on(self, rendering: Rendering) -> None:
        try:
            clip: Optional[Clip] = rendering.poll()
        except MattewireError as problem:
            self.rendering = None
            self.failed(problem, RENDERING)
            return
        if clip is not None:
            self.rendering = None
            self.subject.take(clip)
            self.note = "The clip is rendered: press Mask subject."

    # --- inside: the daemon --------------------------------------------------------------------------------

    def _meet(self, start: bool) -> Session:
        product = f"{self.host.product} {'.'.join(str(number) for number in self.host.version)}"
        return Session(name=NAME, host=product, start=start, on_event=self._event)

    def _event(self, view: JobView, event: Any) -> None:
        self.works.take(view, event)

    def _begin(self, doing: str, again: Callable[[], None]) -> None:
        self._clear()
        self.model.doing, self._again = doing, again
        self._save()

    def _clear(self) -> None:
        """What was told is old now."""
        self.model.error = None
        self.note, self.notes, self.details_text = "", [], ""
        if self.model.view is not None and self.model.view.ended:
            self.model.view = None

    def _found(self, result: Any, error: Optional[MattewireError]) -> None:
        self.model.detecting = False
        if error is not None:
            self.failed(error, LOOKING)
        else:
            self.subject.take_found(*result)

    def _or_failed(self, doing: str) -> Callable[[Any, Optional[MattewireError]], None]:
        return lambda result, error: self.failed(error, doing) if error is not None else None

    def _report(self) -> None:
        self._reported = time.monotonic()
        self.session.status(self._take_report)
        self._save()

    def _take_report(self, report: Any, error: Optional[MattewireError]) -> None:
        if error is None:
            self.model.report = report

    def _save(self) -> None:
        if self.settings != self._saved:
            settings.save(self.settings)
            self._saved = self.settings
