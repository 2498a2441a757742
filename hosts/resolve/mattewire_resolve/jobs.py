"""The requests that a press makes: one for each file, whichever of its uses on the timeline are meant."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Optional, Sequence

from mattewire_panel.wish import out_path
from mattewire_panel.words import phrases
from mattewire_protocol import MatteRequest
from mattewire_protocol.errors import BadField

from .clips import Clip, Group
from .placing import deliverables
from .settings import PICKS, Settings
from .subject import Subject

FOLDER = "{shot}_{version}"
"""A folder for each result: beside the one before, never over it."""


def request_for(
    group: Group,
    settings: Settings,
    subject: Subject,
    out: str,
    before: Optional[MatteRequest] = None,
    depth_engine: str = "",
) -> MatteRequest:
    """The job for one file. ``out``: where mattes go, as ``prefs.Preferences.out`` says it.

    Keyframe and boxes are those of the clip under the playhead; another file of the same range gets its first frame
    and what ``pick`` says. ``before``: the request that is brought up to date; its keyframe and boxes hold until others
    are chosen, so that the playhead may go where it likes. ``depth_engine``: as ``wish.depth_of`` takes it.
    ``BadField`` for what is set wrong.
    """
    if not phrases(settings.prompt):
        raise BadField("says nothing to mask.", field="prompts", advice="Type what to mask, such as: red mug.")
    if settings.movie:
        _refuse_retimed(group.clips)
    own = subject.clip is not None and subject.clip.file == group.plate.path
    folder = folder_for(out, group.plate.path)
    keyframe, numbers = (subject.keyframe, subject.numbers()) if own else (None, ())
    wish = settings.wish(keyframe, numbers, overwrite="{version}" not in folder, depth_engine=depth_engine)
    if before is not None and not numbers and (subject.found is None or before.pick in PICKS):
        pick = settings.pick if before.pick in PICKS else before.pick
        wish = replace(wish, keyframe=before.keyframe, pick=pick)
    wanted = deliverables(settings.kind, settings.movie, folder, float(group.clips[0].fps))
    return wish.request(group.plate, wanted, group.first, group.last)


def folder_for(out: str, file: str) -> str:
    """The folder of a result's files, with the daemon's tokens: in that of ``out``, one of its own for each version."""
    folder = os.path.dirname(out)
    return out_path(folder if "{version}" in folder else os.path.join(folder, FOLDER), file)


def _refuse_retimed(clips: Sequence[Clip]) -> None:
    retimed: Optional[Clip] = next((clip for clip in clips if not clip.plain), None)
    if retimed is not None:
        raise BadField(
            f"{retimed.name} does not run at the timeline's speed, and a movie of its mattes would.",
            field="result",
            advice="Choose Cut-out, EXR sequence.",
        )
