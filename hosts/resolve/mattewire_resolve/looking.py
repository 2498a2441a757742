"""The frames of a result that ask for a look: which of them is next, and where the timeline shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

from mattewire_panel.panel import PanelModel
from mattewire_protocol.errors import BadField, MattewireError

from . import clips as reader
from . import uses
from .api import editing
from .api.connection import Host
from .clips import Clip
from .records import Drawer
from .subject import timecode_at
from .work import Work

TITLE = "Next worst frame"


@dataclass(frozen=True)
class Look:
    """``words``: where the frame is, and what is worst about it. ``more``: what else is."""

    words: str
    more: Tuple[str, ...]


def judged(works: List[Work], clip: Optional[Clip]) -> Optional[Work]:
    """Of the jobs of one press, the one to look through: that of the clip under the playhead, else the first that has
    any frame to look at."""
    asking = [work for work in works if work.view.asking()]
    here = [work for work in asking if clip is not None and clip.item_id in work.record.uses]
    return next(iter([*here, *asking]), None)


def go_on(host: Host, model: PanelModel, drawer: Drawer, clip: Optional[Clip]) -> Look:
    """Moves the playhead to the next of the worst frames of the job that ``model`` shows.

    ``clip``: under the playhead; of several uses of the file it is asked first. Raises ``MattewireError`` when the
    clips are no longer there, show none of those frames, or the playhead does not move.
    """
    view = model.view
    record = drawer.find(view.job_id) if view is not None else None
    if record is None:
        raise BadField("No frame asks for a look.", field="job")
    timeline = host.timeline()
    there, _ = uses.found_again(host, timeline, record.clips)
    now = [use.clip for use in there]
    if clip is not None:
        now.sort(key=lambda each: each.item_id != clip.item_id)

    def shown_at(frame: int) -> Optional[int]:
        return next((at for at in (each.frames.host(frame) for each in now) if at is not None), None)

    found = model.to_next_worst(_source_under_playhead(host, now), shown_at)
    if found is None:
        raise BadField(
            "The clips on this timeline show none of the frames that ask for a look.",
            field="timeline",
            advice="They were trimmed since. Press Mask subject again for what they show now.",
        )
    frame, at = found
    code = timecode_at(timeline, at)
    editing.go_to(timeline, code)
    why = model.reasons(frame)
    return Look(f"At {code}, source frame {frame}: {' '.join(why[:1])}", tuple(why[1:]))


def _source_under_playhead(host: Host, now: List[Clip]) -> Optional[int]:
    for each in now:
        try:
            frame = reader.keyframe(host, each)
        except MattewireError:  # a page without a playhead
            return None
        if frame is not None:
            return frame
    return None
