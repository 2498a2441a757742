"""Masking from a script: `nuke -t`, a farm task, or the Script Editor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from mattewire_protocol import codec
from mattewire_protocol.errors import BadField, DaemonUnreachable

from . import graph, job, knobs
from . import node as buttons

PAUSE_S = 0.02
PATIENCE_S = 60.0
"""Seconds that a script waits for a daemon that went away."""


def mask(
    node: Any,
    prompt: str = "",
    *,
    points: Sequence[tuple[Any, ...]] = (),
    boxes: Sequence[tuple[float, ...]] = (),
    wait: bool = True,
    **settings: Any,
) -> Any:
    """Masks a subject over ``node``: a MaskSubject below it, its job, and the nodes of the mattes.

    ``node``: what shows the plate, or a MaskSubject, which is used as it is. ``points``: (frame, x, y) or (frame, x, y,
    keep) and ``boxes``: (frame, x, y, r, t), in the script's frames and Nuke's pixels (y up). ``settings``: knobs of
    the MaskSubject by name, as in ``engine="sam2", range="custom", first=1001, last=1040, out="/shots/a.####.exr"``;
    ``first`` and ``last`` alone mean a custom range.

    Returns the Copy whose alpha holds the mattes or, with ``wait`` False, the MaskSubject, at once. Raises the job's
    own error, and ``BadField`` for a setting that is not there.
    """
    subject = node if knobs.is_mask_subject(node) else buttons.below(node)
    _set(subject, prompt, settings)
    for frame, x, y, *keep in points:
        _keyed(knobs.add_point(subject, x, y, not keep or bool(keep[0])), frame, (x, y))
    for frame, *corners in boxes:
        left, bottom, right, top = corners
        _keyed(knobs.add_box(subject, left, bottom, right, top), frame, corners)
    desk = job.desk()
    quiet, desk.quiet = desk.quiet, True
    try:
        desk.model.error = None
        task = buttons.mask(subject)
        if not wait:
            return subject
        _wait(desk, task)
    finally:
        desk.quiet = quiet
    view = task.view
    if view.error is not None and view.state != "done":
        raise codec.error_of(view.error)
    if desk.model.error is not None:
        raise desk.model.error
    return graph.part(subject, "copy")


def _set(subject: Any, prompt: str, settings: dict[str, Any]) -> None:
    if prompt:
        subject["prompt"].setValue(prompt)
    if {"first", "last"} & set(settings):
        settings = {"range": "custom", **settings}
    if "keyframe" in settings:
        settings = {"use_keyframe": True, **settings}
    for name, value in settings.items():
        if subject.knob(name) is None:
            raise BadField(f"There is no setting {name!r}.", field=name, advice="Use the names of the node's knobs.")
        subject[name].setValue(value)


def _keyed(knob: Any, frame: float, values: Sequence[float]) -> None:
    knob.setAnimated()
    for index, value in enumerate(values):
        knob.setValueAt(value, frame, index)


def _wait(desk: job.Desk, task: job.Task) -> None:
    """Until the job has ended, taking in its news. ``DaemonUnreachable`` when the daemon stays away."""
    heard = time.monotonic()
    while task.ticket.job_id in desk.tasks:
        if desk.pump() or desk.session.state == "on":
            heard = time.monotonic()
        if time.monotonic() - heard > PATIENCE_S:
            raise desk.session.problem or DaemonUnreachable(f"Nothing was heard for {PATIENCE_S:g} s.")
        time.sleep(PAUSE_S)
