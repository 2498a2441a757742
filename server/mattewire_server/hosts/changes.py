"""One file that is to be changed for a host: how it is, how it will be, and the write in one step."""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """What is to be done to one file. ``before``: its bytes, absent when there is none. ``after``: the new ones,
    absent when the file goes. ``words``: what it is, for the artist. ``notes``: what else to know. ``shown``: what a
    dry run shows of ``after``; empty: all of it. ``backup``: where what was there is kept, absent for nowhere."""

    path: Path
    before: bytes | None
    after: bytes | None
    words: str
    notes: list[str] = field(default_factory=list)
    shown: str = ""
    backup: Path | None = None

    @property
    def needed(self) -> bool:
        return self.before != self.after


def replace(path: Path, text: bytes) -> None:
    """``text`` as the whole of ``path``, or nothing of it. Keeps the file's mode, and its owner where that may be.

    Raises ``OSError``.
    """
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        _same_rights(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _same_rights(path: Path, temporary: str) -> None:
    try:
        there = path.stat()
    except FileNotFoundError:
        os.chmod(temporary, 0o644)  # mkstemp's 0600 is for secrets
        return
    os.chmod(temporary, stat.S_IMODE(there.st_mode))
    if os.name == "posix" and (there.st_uid, there.st_gid) != (os.geteuid(), os.getegid()):
        try:
            os.chown(temporary, there.st_uid, there.st_gid)
        except PermissionError:
            pass  # only root may give a file away; the new one is ours
