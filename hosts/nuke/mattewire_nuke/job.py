"""The desk of one Nuke: its conversation with the daemon, the jobs it follows, and the timer that brings news in.

Everything here runs on Nuke's main thread and nothing waits. News come in ``pump``, which a timer calls some ten times
a second (``loop.Pump``) and a script in ``nuke -t`` in a loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from mattewire_panel import prefs, words
from mattewire_panel.files import outputs_of, patterns_so_far
from mattewire_panel.panel import PanelModel
from mattewire_panel.session import Session
from mattewire_panel.tickets import Ticket
from mattewire_panel.wish import finish_of
from mattewire_protocol import JobView, MatteRequest, MattewireError, codec
from mattewire_protocol.errors import BadField, InternalError
from mattewire_protocol.messages import Finish, FrameEvent

from . import api, graph, knobs
from .loop import Pump
from .plate import Source

HOST = "nuke"
RELOAD_S = 1.0
"""Least seconds between two reloads of a growing matte's Read: each makes the Viewer draw again."""

AWAY_S = 6.0
"""Seconds without a daemon, in mid-job, after which the artist is asked."""

FINISHED = ("done", "canceled", "failed", "set_aside")


@dataclass
class Task:
    """One job of one MaskSubject node. ``placed``: whether its nodes were made; they are made once. ``before``: ticket
    and state that the node had, which it gets back when the job is not accepted. ``again(button)``: hands it in anew.
    """

    node: Any
    source: Source
    ticket: Ticket
    view: JobView
    bar: api.Bar | None
    doing: str
    overwrites: bool = False
    placed: bool = False
    patterns: list[str] = field(default_factory=list)
    reloaded: float = 0.0
    told: str = ""
    before: tuple[str, str] = ("", "")
    again: Callable[[str], Any] | None = None


class Desk:
    """``preferences``: read once. ``notes``: what was wrong with them. ``quiet``: errors are kept, not shown.

    ``tasks``: the jobs that run, by id; ``last``: the newest. ``listeners``: called after news. ``on_found(node, found,
    jpeg)``: shows what a detection found; absent while no panel is open.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.preferences, self.notes = prefs.load(HOST)
        self.quiet = quiet
        self.session = self._meet(self.preferences.start_daemon)
        self.model = PanelModel(self.session)
        self.tasks: dict[str, Task] = {}
        self.last: Task | None = None
        self._asides: dict[str, Callable[[JobView, MattewireError | None], None]] = {}
        self.listeners: list[Callable[[], None]] = []
        self.on_found: Callable[[Any, Any, bytes], None] | None = None
        self._pump: Pump | None = None
        self._busy = False
        self._away_since: float | None = None
        self._asked = False

    def _meet(self, start: bool) -> Session:
        import mattewire_protocol

        name = f"mattewire-nuke {getattr(mattewire_protocol, '__version__', '')}".strip()
        return Session(name=name, host=api.host(), start=start, on_event=self._event)

    # --- what the artist asks for ------------------------------------------------------------------------------

    def submit(self, node: Any, source: Source, request: MatteRequest) -> Task:
        """Hands in a job that tracks. ``BadField`` while another job of this node runs."""
        self._refuse_busy(node)
        job: list[str] = []
        view = self.session.submit(request, lambda result, error: self._accepted(job[0], error))
        job.append(view.job_id)
        ticket = Ticket(view.job_id, request, source.frames, [], view.job_id)
        return self._begin(Task(node, source, ticket, view, None, "Mask subject"))

    def finish(self, node: Any, source: Source, request: MatteRequest, of: str) -> Task:
        """Has the shot that job ``of`` tracked finished again, as ``request`` now says. As ``submit``."""
        self._refuse_busy(node)
        finish = finish_of(request, of)
        view = self.session.finish(finish, lambda result, error: self._accepted(finish.job_id, error))
        ticket = Ticket(finish.job_id, request, source.frames, [], of)
        return self._begin(Task(node, source, ticket, view, None, "Update"))

    def aside(self, finish: Finish, done: Callable[[JobView, MattewireError | None], None]) -> JobView:
        """Has a tracked shot finished for something other than a node's mattes; ``done(view, error)`` at its end."""

        def answered(result: Any, error: MattewireError | None) -> None:
            if error is not None:
                self._asides.pop(finish.job_id, None)
                done(view, error)

        self._asides[finish.job_id] = done
        view = self.session.finish(finish, answered)
        self.watch()
        return view

    def follow(self, node: Any, source: Source, ticket: Ticket) -> Task:
        """Goes on with a job that this script handed in earlier."""
        self._refuse_busy(node)
        self.session.forget(ticket.job_id)  # of a job that has ended nothing new would come: hear it all again
        view = self.session.follow(ticket.job_id, lambda result, error: self._accepted(ticket.job_id, error))
        return self._begin(Task(node, source, ticket, view, None, "Update"))

    def stop(self, node: Any) -> bool:
        """Stops the node's job; False when none runs."""
        task = self.task_of(node)
        if task is None:
            return False
        self.session.cancel(task.ticket.job_id, lambda result, error: self._failed(task, error))
        return True

    def task_of(self, node: Any) -> Task | None:
        """The running job of ``node``."""
        own = knobs.hidden(node, knobs.ID)
        return next((task for task in self.tasks.values() if self._identity(task) == own), None)

    def start_daemon(self, done: Callable[[Any, MattewireError | None], None]) -> None:
        """Meets the daemon, starting it if need be, whatever the preferences say; followed jobs go on."""
        if self.session.state == "on":
            self.session.open(done)
            return
        old, self.session = self.session, self._meet(start=True)
        old.close()
        self.model.session = self.session
        self.session.views.update(old.views)  # those that run are followed again once it is there
        self.model.error, self._away_since, self._asked = None, None, False
        self.session.open(done)
        self.watch()

    # --- news --------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Starts the timer, where there is an event loop to run it."""
        if api.has_windows() and self._pump is None:
            self._pump = Pump(self.pump, self.preferences.poll_s)

    def pump(self) -> bool:
        """Takes in the news; True when there were any. A dialog that is open holds them back."""
        if self._busy:
            return False
        self._busy = True
        try:
            changed = self.session.pump()
            self._look_after_bars()
            self._look_after_daemon()
        finally:
            self._busy = False
        if changed:
            for listener in list(self.listeners):
                listener()
        return changed

    def close(self) -> None:
        """Ends the conversation and the timer; jobs go on in the daemon."""
        if self._pump is not None:
            self._pump.stop()
            self._pump = None
        for task in self.tasks.values():
            self._close_bar(task)
        self.tasks.clear()
        self.session.close()

    def _begin(self, task: Task) -> Task:
        self.tasks[task.ticket.job_id] = self.last = task
        if api.has_windows():
            task.bar = api.Bar(f"{task.doing}: {task.ticket.request.label or 'matte'}")
        self.model.view, self.model.error, self.model.doing = task.view, None, task.doing
        task.before = (knobs.hidden(task.node, knobs.TICKET), knobs.hidden(task.node, knobs.STATE))
        self._keep(task)
        self._say(task, "Handed in…")
        self.watch()
        return task

    def _accepted(self, job_id: str, error: MattewireError | None) -> None:
        task = self.tasks.get(job_id)
        if error is not None and task is not None:
            self._end(task, "failed")
            if self._alive(task):
                with api.unrecorded():
                    knobs.hide(task.node, knobs.TICKET, task.before[0])
                    knobs.hide(task.node, knobs.STATE, task.before[1])
            self._failed(task, error)

    def _event(self, view: JobView, event: Any) -> None:
        task = self.tasks.get(view.job_id)
        if task is None:
            aside = self._asides.pop(view.job_id, None) if view.ended else None
            if aside is not None:
                aside(view, _error_of(view))
            return
        try:
            if isinstance(event, FrameEvent) and event.paths and not task.patterns:
                task.patterns = patterns_so_far(event)
                task.ticket = replace(task.ticket, outputs=task.patterns)
                self._keep(task)
            self._show(task)
            if view.ended:
                self._finished(task)
        except Exception as problem:  # a node that was deleted meanwhile must not end the news of all others
            known = (
                problem
                if isinstance(problem, MattewireError)
                else InternalError(f"{type(problem).__name__}: {problem}")
            )
            self._failed(task, known)
            if view.ended:
                self._end(task, view.state)

    def _show(self, task: Task) -> None:
        """Nodes, progress bar and status line as the view says."""
        view = task.view
        self._say(task, view.line())
        if task.bar is not None:
            task.bar.show(int(100 * view.fraction), view.line())
        if not task.patterns:
            return
        if not task.placed:
            self._place(task)
        elif not view.ended and time.monotonic() - task.reloaded > RELOAD_S:
            task.reloaded = time.monotonic()
            if self._alive(task):
                graph.refresh(task.node, task.source, self._mattes(task))

    def _place(self, task: Task) -> None:
        task.placed = True
        if not self._alive(task):
            return
        mattes = self._mattes(task)
        try:
            graph.place(task.node, task.source, mattes)
        except (RuntimeError, ValueError, NameError, AttributeError) as problem:
            from . import clipboard

            raise InternalError(
                f"The nodes could not be made: {problem}.", advice=clipboard.offer(graph.snippet(task.source, mattes))
            ) from None

    def _finished(self, task: Task) -> None:
        view = task.view
        if not task.patterns and view.outputs:  # followed only after its frames had gone by
            task.patterns = outputs_of(view)[: len(task.ticket.request.out)]
            task.ticket = replace(task.ticket, outputs=task.patterns)
        if task.patterns and not task.placed:
            self._place(task)
        if task.patterns and self._alive(task):
            graph.refresh(task.node, task.source, self._mattes(task))
        self._end(task, view.state)
        self._say(task, self.model.headline() if view is self.model.view else view.line())
        self._failed(task, _error_of(view))

    def _end(self, task: Task, state: str) -> None:
        self._close_bar(task)
        self.tasks.pop(task.ticket.job_id, None)
        if self._alive(task):
            self._keep(task, state)

    def _failed(self, task: Task | None, error: MattewireError | None) -> None:
        if error is None:
            return
        doing = task.doing if task is not None else "Mattewire"
        self.model.error, self.model.doing = error, doing
        if task is not None:
            self._say(task, error.message)
        if not self.quiet:
            self.tell(error, doing, task.again if task is not None else None)

    def tell(self, error: MattewireError, doing: str, again: Callable[[str], Any] | None = None) -> None:
        """A dialog with what happened and the way out; where one deed would help, it asks whether to do it.

        ``again(button)``: hands the same work in once more, as one of the buttons of ``words`` says.
        """
        shown = words.dialog(error, doing)
        text = f"{shown.title}\n\n{shown.text}"
        if shown.button == words.START:
            if api.ask(f"{text}\n\n{words.START} now?"):
                self.start_daemon(lambda result, problem: self.tell(problem, words.START) if problem else None)
        elif shown.button and again is not None:
            if api.ask(f"{text}\n\n{shown.button}?"):
                again(shown.button)
        else:
            api.message(text)

    # --- small things ------------------------------------------------------------------------------------------

    def _mattes(self, task: Task) -> graph.Mattes:
        view, request = task.view, task.ticket.request
        first, last = task.source.frames.plate_range
        if view.ended and view.state != "done":
            kept = sorted(frame for frame, state in view.frames.items() if state in ("done", "flagged", "locked"))
            first, last = (kept[0], kept[-1]) if kept else (first, last)
        missing = graph.NEAREST if not view.ended else graph.ERROR if view.state == "done" else graph.BLACK
        version = f"v{task.view.version:03d}" if task.view.version else ""
        label = "\n".join(part for part in (request.label, version) if part)
        return graph.Mattes(request.out, task.patterns, first, last, missing, label)

    def _keep(self, task: Task, state: str = "running") -> None:
        with api.unrecorded():
            knobs.hide(task.node, knobs.TICKET, task.ticket.to_text())
            knobs.hide(task.node, knobs.STATE, state)

    def _say(self, task: Task, text: str) -> None:
        if text != task.told and self._alive(task):
            task.told = text
            with api.unrecorded():
                task.node["status"].setValue(text)

    def _alive(self, task: Task) -> bool:
        return api.is_there(task.node)

    def _identity(self, task: Task) -> str:
        return knobs.hidden(task.node, knobs.ID) if self._alive(task) else ""

    def _refuse_busy(self, node: Any) -> None:
        if self.task_of(node) is not None:
            raise BadField(f"{node.name()} has a job that is not finished.", field="job", advice="Press Stop first.")

    def _close_bar(self, task: Task) -> None:
        if task.bar is not None:
            task.bar.close()
            task.bar = None

    def _look_after_bars(self) -> None:
        for task in list(self.tasks.values()):
            if task.bar is None or not task.bar.canceled:
                continue
            if api.ask(f"Stop the job? {task.view.done} finished mattes are kept."):
                self.stop(task.node) if self._alive(task) else self.session.cancel(task.ticket.job_id)
                self._close_bar(task)
            else:
                task.bar.again()

    def _look_after_daemon(self) -> None:
        away = bool(self.tasks) and self.session.state in ("away", "off") and self.session.problem is not None
        if not away:
            self._away_since, self._asked = None, False
            return
        self._away_since = self._away_since or time.monotonic()
        if not self._asked and time.monotonic() - self._away_since > AWAY_S and self.session.problem is not None:
            self._asked = True
            for task in self.tasks.values():
                self._say(task, "The daemon is away. Finished mattes are kept.")
            self.model.error, self.model.doing = self.session.problem, "Mask subject"
            if not self.quiet:
                self.tell(self.session.problem, "Mask subject")


def _error_of(view: JobView) -> MattewireError | None:
    """What a job ended with, as the exception that it is on the other side; None for one that is done."""
    return None if view.state == "done" or view.error is None else codec.error_of(view.error)


_desk: Desk | None = None


def desk() -> Desk:
    """This Nuke's desk, made when it is first needed."""
    global _desk
    if _desk is None:
        _desk = Desk(quiet=not api.has_windows())
    return _desk


def close_desk() -> None:
    """Ends the conversation, as when Nuke closes."""
    global _desk
    if _desk is not None:
        _desk.close()
        _desk = None
