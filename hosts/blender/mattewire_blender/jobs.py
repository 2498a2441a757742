# SPDX-FileCopyrightText: The Mattewire developers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting jobs from what the artist has set: mask, update, detect."""

from __future__ import annotations

import time
from typing import Any, Callable, Optional, Tuple

from mattewire_panel.files import missing_of
from mattewire_panel.frames import FrameMap
from mattewire_panel.tickets import Ticket
from mattewire_panel.wish import finish_of, out_path, tracked_alike
from mattewire_protocol import MatteRequest, MattewireError
from mattewire_protocol.errors import BadField

from . import api
from .desk import desk, wake
from .made import ticket_in
from .plate import Source
from .settings import keyframe_of, range_of, wish_of
from .target import COMPOSITOR, Target
from .work import Work

MASKING, UPDATING, DETECTING = "Mask Subject", "Update", "Detect"
WAIT_S = 0.02


def request_for(target: Target, source: Source, settings: Any) -> Tuple[MatteRequest, FrameMap]:
    """The request, and the part of the plate's map that it is for. ``BadField`` for what is set wrong."""
    scene = api.scene_of(target.scene)
    frames = range_of(settings, scene, source.frames)
    template = api.absolute(settings.out) if settings.out else desk().preferences.out
    path = out_path(template, source.plate.path)
    content = settings.content if target.where == COMPOSITOR else "matte"
    wish = wish_of(settings, source.frames, overwrite="{version}" not in path)
    return wish.request(source.plate, [target.deliverable(path, content)], *frames.plate_range), frames


def mask(target: Target, settings: Any) -> Work:
    """Hands in the job for what is selected and set. Raises ``MattewireError`` for what is wrong with either."""
    request, frames = request_for(target, target.source(), settings)
    return _submitted(target, request, frames)


def update(target: Target, settings: Any) -> Work:
    """Brings the mattes of a plate up to what is set now, by the least work that does it.

    A job that still runs is followed. Where only clean-up or files changed, the tracked shot is finished again;
    where the daemon no longer keeps it, or more changed, it is tracked again. ``BadField`` when there are no mattes.
    """
    source = target.source()
    ticket = ticket_in(target.mattes(source.plate.path))
    if ticket is None:
        raise BadField("has no mattes yet.", field="plate", advice="Press Mask Subject.")
    request, frames = request_for(target, source, settings)
    if request == ticket.request and _unfinished(ticket):
        return _followed(target, ticket)
    if tracked_alike(ticket.request, request):
        return _finished(target, request, frames, ticket)
    return _submitted(target, request, frames)


def stop(work: Optional[Work]) -> None:
    """Stops a job; finished frames stay."""
    if work is not None:
        work.track_if_gone = False
        desk().session.cancel(work.view.job_id, lambda result, error: error and desk().failed(error, "Stop"))


def wait(work: Work, between: Callable[[], Any] = lambda: None) -> Work:
    """Serves Blender's part of ``work`` until it is finished, for scripts and for Blender without windows.

    Ctrl-C stops the job and keeps what is done.
    """
    own = desk()
    while not work.finished:
        try:
            own.pump()
            own.serve(work)
            between()
            time.sleep(WAIT_S)
        except KeyboardInterrupt:
            stop(work)
    return work


def detect(target: Target, settings: Any, frame: int) -> None:
    """Looks at the plate on a scene frame; what is found comes into ``settings.matches`` when it is there."""
    source = target.source()
    plate_frame = keyframe_of(settings, source.frames) if settings.use_keyframe else _shown(source, frame)
    search = wish_of(settings, source.frames, overwrite=False).search(source.plate, plate_frame, preview_edge=0)
    own = desk()

    def found(result: Any, error: Optional[MattewireError]) -> None:
        own.model.detecting = False
        if error is not None:
            own.failed(error, DETECTING)
            return
        scene = api.scene_of(target.scene)
        if scene is not None:
            _list_matches(scene.mattewire.matches, result[0])
        api.redraw()

    own.model.detecting, own.model.error = True, None
    own.session.detect(search, found)
    wake()


# --- inside ------------------------------------------------------------------------------------------------


def _shown(source: Source, frame: int) -> int:
    return source.frames.plate(min(max(frame, source.frames.first), source.frames.last))


def _list_matches(matches: Any, detected: Any) -> None:
    matches.clear()
    for found in detected.objects:
        match = matches.add()
        match.number, match.phrase, match.score, match.keep = found.object, found.phrase, found.score, found.picked
        match.frame, match.x, match.y, match.x1, match.y1 = detected.frame, found.x0, found.y0, found.x1, found.y1


def _submitted(target: Target, request: MatteRequest, frames: FrameMap) -> Work:
    view = desk().session.submit(request, lambda result, error: work.answered(result, error))
    work = Work(target, frames, request, view)  # before any answer: those come in pump()
    return desk().begin(work, MASKING)


def _finished(target: Target, request: MatteRequest, frames: FrameMap, ticket: Ticket) -> Work:
    finish = finish_of(request, ticket.tracked_by)
    view = desk().session.finish(finish, lambda result, error: work.answered(result, error))
    work = Work(target, frames, request, view, tracked_by=ticket.tracked_by)
    work.track_if_gone = True
    return desk().begin(work, UPDATING)


def _followed(target: Target, ticket: Ticket) -> Work:
    view = desk().session.follow(ticket.job_id, lambda result, error: work.answered(None, error))
    work = Work(target, ticket.frames, ticket.request, view)
    work.track_if_gone = True
    return desk().begin(work, UPDATING)


def _unfinished(ticket: Ticket) -> bool:
    first, last = ticket.frames.plate_range
    return any(missing_of(pattern, range(first, last + 1)) for pattern in ticket.outputs)
