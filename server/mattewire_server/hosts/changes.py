"""Files that are to be changed for a host: how each is, how it will be, and the write in one step."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mattewire_protocol.connection import write_private
from mattewire_protocol.errors import NotWritable


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


def carry_out(changes: Sequence[Change], made: Path) -> None:
    """Does what is needed of ``changes``. ``made``: the file that lists the folders which had to be made, so that
    they go again with what is in them. ``NotWritable`` when something cannot be written."""
    folders = _made(made)
    try:
        for change in changes:
            if change.needed:
                folders += [each for each in _missing(change.path.parent) if each not in folders]
                _carry_out(change)
        folders.sort(key=lambda folder: -len(Path(folder).parts))  # what lies inside goes before what it lies in
        left = [folder for folder in folders if not _taken_away(Path(folder))]
        if left:
            write_private(made, json.dumps(left) + "\n")
        else:
            made.unlink(missing_ok=True)
    except OSError as problem:
        where = problem.filename or (changes[0].path if changes else made)
        raise NotWritable(
            f"{where} cannot be changed: {problem.strerror or problem}.", advice="Make it writable, then try again."
        ) from None


def read(path: Path) -> bytes | None:
    """A file's bytes; None when there is none. ``NotWritable`` when it cannot be read, and so not be kept."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise NotWritable(
            f"{path} cannot be read: {problem.strerror}.", advice="Make it yours, then try again."
        ) from None


def backup_of(path: Path) -> Path:
    """A name beside ``path`` that is free. Its suffix keeps it out of a host's menu."""
    backup = path.with_name(f"{path.name}.before-mattewire")
    number = 2
    while backup.exists():
        backup = path.with_name(f"{path.name}.before-mattewire-{number}")
        number += 1
    return backup


def check_writable(folder: Path) -> None:
    """Raises ``NotWritable`` for a folder that cannot be written into, or made."""
    there = folder
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK):
        raise NotWritable(
            f"{folder} cannot be written.", advice="Install for yourself alone, or run this as an administrator."
        )


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


def _carry_out(change: Change) -> None:
    if change.backup is not None:
        shutil.copy2(change.path, change.backup)
    if change.after is None:
        change.path.unlink()
        return
    change.path.parent.mkdir(parents=True, exist_ok=True)
    replace(change.path, change.after)


def _missing(folder: Path) -> list[str]:
    """``folder`` and those above it that are not there, the lowest first."""
    found = []
    while not folder.exists():
        found.append(str(folder))
        folder = folder.parent
    return found


def _made(path: Path) -> list[str]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [each for each in known if isinstance(each, str)] if isinstance(known, list) else []


def _taken_away(folder: Path) -> bool:
    """Whether a folder that we made is gone: an empty one goes."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False  # something is in it
    return True
