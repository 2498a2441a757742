"""What a check of ``mattewire doctor`` says, and the commands that cure."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import metadata


@dataclass(frozen=True)
class Finding:
    """``state``: ``fine``, ``note`` (works, but look) or ``fault``. ``cure``: a command or a step, if any."""

    subject: str
    state: str
    what: str
    cure: str = ""


def version_of(distribution: str) -> str:
    """The installed version; empty where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def pip_install(extras: str) -> str:
    """The command that brings Mattewire's ``extras`` to this very Python."""
    return f'"{sys.executable}" -m pip install "mattewire[{extras}]"'
