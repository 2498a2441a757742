"""Paths that cross the wire mean the same to both sides only when they are absolute."""

from __future__ import annotations

import os

from mattewire_protocol.errors import BadField

SCRATCH = "mattewire-shot-"
"""How the names of folders begin that hold what is needed while a job runs."""


def absolute(field: str, path: str) -> None:
    """``BadField`` for a relative path: the daemon's current folder is not the panel's."""
    if not os.path.isabs(path):
        raise BadField(f"{path!r} is not an absolute path.", field=field, advice="Send the full path.")
