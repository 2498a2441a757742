"""What a panel says: an error as a dialog, phrases as they are typed, a job in one line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mattewire_protocol import MattewireError
from mattewire_protocol.errors import DaemonUnreachable, InstallIncomplete, NotKept, OutputExists, WrongProtocol

START, RETRY, TRACK, VERSION_UP = "Start daemon", "Try again", "Track again", "Next version"

_FIELDS = {
    "prompts": "What to mask",
    "exclude": "Leave out",
    "boxes": "Boxes",
    "points": "Points",
    "plate": "Plate",
    "out": "Output",
    "keyframe": "Keyframe",
    "first": "First frame",
    "last": "Last frame",
    "ocio": "OCIO config",
    "engine": "Engine",
    "pick": "Pick",
    "names": "Names",
    "clean_up": "Clean-up",
    "shapes": "Garbage mattes and holdouts",
}


@dataclass(frozen=True)
class Dialog:
    """``title``, then ``text``: what happened and the way out. ``button``: what helps at once, if anything does."""

    title: str
    text: str
    details: str
    button: str = ""


def dialog(problem: MattewireError, doing: str = "Mattewire") -> Dialog:
    """The dialog for an error. ``doing``: what the artist had asked for, as the title."""
    where = field_label(problem.field)
    message = f"{where}: {problem.message}" if where else problem.message
    advice = problem.advice or problem.sentence
    text = message if advice == problem.message else f"{message}\n\n{advice}"
    if isinstance(problem, WrongProtocol):
        text = "The panel and the daemon are of different Mattewire versions. Update the older one, then restart both."
    button = ""
    if isinstance(problem, DaemonUnreachable):
        button = START
    elif isinstance(problem, NotKept):
        button = TRACK
    elif isinstance(problem, OutputExists):
        button = VERSION_UP
    elif problem.retryable and not isinstance(problem, InstallIncomplete):
        button = RETRY
    details = f"{problem.code}\n{problem.field}\n{problem.message}\n{problem.advice}".strip()
    return Dialog(doing, text, details, button)


def field_label(field: str) -> str:
    """A field's path in the panel's words: ``request.boxes[2].x1`` -> ``Boxes``; empty for one it does not show."""
    parts = [part for part in re.split(r"[.\[\]]+", field) if part and part != "request"]
    return _FIELDS.get(parts[0], "") if parts else ""


def phrases(text: str) -> list[str]:
    """Phrases as artists type them: one a line, or with commas or semicolons between; each once, in order."""
    found = [" ".join(part.split()) for part in re.split(r"[\n;,]", text)]
    return list(dict.fromkeys(part for part in found if part))


def duration(seconds: float) -> str:
    """``8 s``, ``2 min 05 s``, ``1 h 03 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(count: int) -> str:
    """Bytes as ``1.5 GB`` or ``320 MB``."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
