"""The desk's state in words: what went wrong, how each job stands, how the daemon is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, List, Optional

from mattewire_panel import words
from mattewire_panel.panel import FAILED
from mattewire_protocol import codec
from mattewire_protocol.errors import MattewireError, NothingFound

from .records import Record

if TYPE_CHECKING:
    from .desk import Desk

RENDERING = "Render through Resolve"
_ENDS = {"done": "Done", "canceled": "Stopped", "": "Not heard of since"}


@dataclass(frozen=True)
class JobRow:
    """A line of the job list. ``can_place``: its mattes can be put on the timeline, once more or at last."""

    text: str
    can_place: bool


def problem(desk: Desk) -> Optional[words.Dialog]:
    """What went wrong, if anything did, in words that fit this window."""
    shown, error = desk.model.problem(), _error(desk)
    if shown is None or error is None:
        return None
    text = shown.text
    label = words.field_label(error.field)
    if label and error.message[:1].isupper():  # a whole sentence needs no field before it
        text = text[len(f"{label}: ") :]
    if isinstance(error, NothingFound):
        text = f"{error.message}\n\nPut the playhead where the subject is in plain sight, or use other words."
    return replace(shown, text=text)


def batch(desk: Desk) -> str:
    """Which of several jobs the headline is about."""
    works = desk.works.batch
    going = next((at for at, work in enumerate(works, 1) if work.view is desk.model.view), None)
    return f"File {going} of {len(works)}. " if going is not None and len(works) > 1 else ""


def small_print(desk: Desk) -> List[str]:
    """The lines below the strip of frames."""
    caution = desk.subject.clip.caution if desk.subject.clip is not None else ""
    return [*desk.model.details(), *([caution] if caution else []), *desk.notes]


def job_rows(desk: Desk) -> List[JobRow]:
    """The jobs of this panel, newest first."""
    return [_row(desk, record) for record in desk.drawer]


def daemon(desk: Desk) -> str:
    states = {"off": "The daemon is not connected.", "opening": "The daemon is starting…"}
    if desk.session.state != "on":
        return states.get(desk.session.state, "The daemon is away.")
    return " ".join(part for part in (f"Daemon {desk.session.welcome.server}.", desk.model.memory_line()) if part)


def render_button(desk: Desk) -> str:
    return RENDERING if desk.rendering is None else f"Stop rendering ({desk.rendering.percent} %)"


def _error(desk: Desk) -> Optional[MattewireError]:
    """What ``model.problem`` is about."""
    if desk.model.error is not None:
        return desk.model.error
    view = desk.model.view
    if view is not None and desk.model.state == FAILED and view.error is not None:
        return codec.error_of(view.error)
    return desk.session.problem


def _row(desk: Desk, record: Record) -> JobRow:
    work = desk.works.find(record.job_id)
    if work is not None and not work.ended:
        return JobRow(f"{record.label}. {work.view.line()}", False)
    stands = ", on the timeline" if record.placed else ", not on the timeline" if record.has_mattes else ""
    text = f"{record.label}. {_ENDS.get(record.state, 'Failed')}{stands}."
    return JobRow(text, record.has_mattes and not record.placed)
