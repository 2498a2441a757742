"""Locks between processes that end with the process that holds them, however it ends."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO

from mattewire_protocol.connection import make_private_folder

PAUSE_S = 0.05


def take_lock(path: Path, wait: float = 0.0) -> IO[bytes] | None:
    """Locks ``path`` for as long as the returned file stays open; ``None`` when another process has it.

    ``wait``: seconds to try again before giving up.
    """
    make_private_folder(path.parent)
    deadline = time.monotonic() + wait
    stream = path.open("a+b")
    while not _try(stream):
        if time.monotonic() >= deadline:
            stream.close()
            return None
        time.sleep(PAUSE_S)
    return stream


def is_locked(path: Path) -> bool:
    """Whether another process holds the lock now."""
    if not path.exists():
        return False
    stream = take_lock(path)
    if stream is None:
        return True
    stream.close()
    return False


def _try(stream: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
