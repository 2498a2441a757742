# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one conversation of this Blender with the daemon, and the jobs whose mattes it shows.

Blender's data is touched in its main thread alone: ``pump()`` is called from a timer of Blender's, from a modal
operator's timer, or, where neither fires (``bpy`` as a module, ``blender -b``), by whoever waits.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import bpy

from mattewire_panel import prefs
from mattewire_panel.panel import PanelModel
from mattewire_panel.session import Session
from mattewire_protocol import JobView
from mattewire_protocol.errors import MattewireError

from . import api
from .work import Work

HOST = "blender"
NAME = "Mattewire for Blender"


FAREWELL_S = 2.0
"""Seconds that switching the extension off may wait for its thread; a few hundredths are usual."""


class Desk:
    """``works``: those that go on, by job id. ``shown``: the newest, ended or not. ``notes``: sentences on preferences
    that had to be left out."""

    def __init__(self) -> None:
        self.preferences, self.notes = prefs.load(HOST)
        self.session = Session(name=NAME, host=api.host(), start=self.preferences.start_daemon, on_event=self._take)
        self.model = PanelModel(self.session)
        self.model.ready = True
        self.works: Dict[str, Work] = {}
        self.shown: Optional[Work] = None

    def begin(self, work: Work, doing: str) -> Work:
        """Follows ``work``; the panel shows it from now on."""
        self.works[work.view.job_id] = self.shown = work
        self.model.view, self.model.error, self.model.doing = work.view, None, doing
        wake()
        return work

    def failed(self, problem: MattewireError, doing: str) -> None:
        self.model.error, self.model.doing = problem, doing
        api.redraw()

    def pump(self) -> bool:
        """Takes in what has arrived, and shows the mattes of jobs that no operator looks after."""
        changed = self.session.pump()
        for work in list(self.works.values()):
            if not work.owned and self.serve(work) == "placed":
                api.push_undo(self.model.doing)
        return changed

    def serve(self, work: Work) -> str:
        """Shows what is new of one job; as ``Work.serve``. A shot that is no longer kept is tracked again."""
        if work.track_if_gone and work.is_gone:
            work.track_if_gone, work.tracked_by = False, ""
            self.works.pop(work.view.job_id, None)
            work.begin(self.session.submit(work.request, work.answered))
            self.begin(work, self.model.doing)
            return ""
        shown = work.serve()
        if work.finished:
            self.works.pop(work.view.job_id, None)
            if work.error is not None:
                self.failed(work.error, self.model.doing)
        return shown

    @property
    def busy(self) -> bool:
        return bool(self.works) or self.model.detecting or self.session.state == "opening"

    def running(self) -> Optional[Work]:
        """The newest job that has not ended."""
        going: List[Work] = [work for work in self.works.values() if not work.finished]
        return going[-1] if going else None

    def close(self) -> None:
        # Waited for: the modules may be taken away next, and a thread must not outlive them.
        self.session.close(FAREWELL_S)

    def _take(self, view: JobView, event: Any) -> None:
        work = self.works.get(view.job_id)
        if work is not None:
            work.take(event)


_desk: Optional[Desk] = None


def desk() -> Desk:
    """Opened when first asked for: starting Blender starts no thread and no daemon."""
    global _desk
    if _desk is None:
        _desk = Desk()
    return _desk


def is_open() -> bool:
    return _desk is not None


def close() -> None:
    """Ends the conversation; jobs go on in the daemon."""
    global _desk
    if _desk is not None:
        _desk.close()
        _desk = None
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)


def wake() -> None:
    """Has Blender's timer look at what arrives. Without windows it would never fire, and keep 4.5 from ending."""
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, persistent=True)


@bpy.app.handlers.persistent
def _other_file(*_: Any) -> None:
    """Another .blend was opened: jobs go on in the daemon, but their nodes went with the old file, and its names may
    mean something else in this one. Update finds a job again by the ticket that its node carries."""
    if _desk is not None:
        _desk.works.clear()
        _desk.shown = None
        _desk.model.view, _desk.model.error, _desk.model.detecting = None, None, False


def register() -> None:
    bpy.app.handlers.load_pre.append(_other_file)


def unregister() -> None:
    bpy.app.handlers.load_pre.remove(_other_file)
    close()


def _tick() -> Optional[float]:
    if _desk is None:
        return None
    if _desk.pump():
        api.redraw()
    return _desk.preferences.poll_s if _desk.busy else None
