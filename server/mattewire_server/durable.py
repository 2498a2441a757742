"""Whole files or none: a temporary name in the same folder, synced, renamed, the folder synced.

Whatever stops the write (full disk, lost power, ``kill -9``), a reader of the final name finds the old file, the
new file, or no file, and never a part of one. Costs 1-6 ms a frame, under a tenth of compressing it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import time
from collections.abc import Iterator
from hashlib import blake2b

from mattewire_protocol.errors import DiskFull, InternalError, NotWritable, OutputError

_WINDOWS = os.name == "nt"
_REPLACE_PAUSES_S = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Windows refuses to rename over a file that a viewer or a virus scanner holds open, mostly for an instant."""

_PROBE_BYTES = 1 << 20
"""More than one EXR ZIP block (16 rows) of any plate up to 32K wide: what a full disk refuses, the probe meets too."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_FULL = {errno.ENOSPC, errno.EDQUOT}
_ADVICE = {
    errno.EACCES: "Ask for write permission, or choose another folder.",
    errno.EPERM: "Ask for write permission, or choose another folder.",
    errno.EROFS: "The disk is read-only. Choose another folder.",
    errno.ENOENT: "The folder is gone. Bring it back, or choose another one.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ENOTDIR: "A part of the path is a file, not a folder. Choose another folder.",
    errno.EEXIST: "A part of the path is a file, not a folder. Choose another folder.",
    errno.EISDIR: "A folder has the file's name. Move it away, or choose another name.",
}


def token_checked(token: str) -> str:
    """``token`` when it can be part of a file name, else ``InternalError``."""
    if not _TOKEN.match(token):
        raise InternalError(f"{token!r} cannot be part of a temporary file's name.")
    return token


def temporary_path(path: str, token: str, group: str = "") -> str:
    """An unused hidden name in the folder of ``path``.

    ``group`` (empty: ``path`` itself) names the sequence and is hashed, so that the name stays short whatever the
    artist's is; ``token`` tells whose file it is.
    """
    folder, name = os.path.split(path)
    return os.path.join(folder, f"{_beginning(group or name, token)}{secrets.token_hex(6)}.partial")


def remove_stale(folder: str, token: str, group: str) -> list[str]:
    """Removes what a killed run with the same ``token`` and ``group`` left in ``folder``; returns the names."""
    beginning = _beginning(group, token)
    stale = [name for name in os.listdir(folder) if name.startswith(beginning) and name.endswith(".partial")]
    for name in stale:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, name))
    return stale


def remove_all_stale(folder: str, token: str) -> None:
    """Removes what killed runs with the same ``token`` left in ``folder``, whatever they were writing."""
    mine = re.compile(rf"\.mattewire-[0-9a-f]{{8}}-{re.escape(token_checked(token))}\.[0-9a-f]+\.partial\Z")
    for name in os.listdir(folder):
        if mine.match(name):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(folder, name))


@contextlib.contextmanager
def whole_file(path: str, *, token: str, subject: str, field: str = "", group: str = "") -> Iterator[str]:
    """Yields the temporary path to write; on leaving, the file takes its place at ``path``.

    An ``OSError`` inside or while renaming becomes ``DiskFull`` or ``NotWritable``, beginning with ``subject``
    ("Frame 1003"). On any failure the temporary file is removed and ``path`` is as it was.
    """
    temporary = temporary_path(path, token, group)
    try:
        yield temporary
        _sync(temporary)
        _replace(temporary, path)
        _sync_folder(os.path.dirname(path) or ".")
    except OSError as error:
        raise output_error(error, path, subject, field) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def write_bytes(path: str, data: bytes | bytearray) -> None:
    """Writes a new file of exactly ``data``, with the permissions that the user's umask gives. Raises ``OSError``."""
    # Not `tempfile`: its files have mode 0600, and colleagues could not read the mattes.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        os.close(descriptor)


def make_writable_folder(folder: str, *, token: str, subject: str, field: str = "") -> None:
    """Makes ``folder`` where it is missing, and proves that it can be written by writing and removing a file.

    Asking for permission bits would not do: shares, access lists, read-only mounts and quotas answer differently.
    Raises ``NotWritable`` or ``DiskFull``.
    """
    probe = temporary_path(os.path.join(folder, "probe"), token)
    try:
        os.makedirs(folder, exist_ok=True)
        write_bytes(probe, b"Mattewire")
        os.unlink(probe)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(probe)
        raise output_error(error, folder, subject, field) from error


def reason_for_failure(folder: str, token: str) -> OSError | None:
    """Why a library that only says "output failed" could not write in ``folder``; None when writing works.

    Call it while the unfinished file is still there: removing that file makes room.
    """
    probe = temporary_path(os.path.join(folder, "probe"), token)
    try:
        write_bytes(probe, bytes(_PROBE_BYTES))
        _sync(probe)
    except OSError as error:
        return error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(probe)
    return None


def output_error(error: OSError, path: str, subject: str, field: str = "") -> OutputError:
    """The error an artist gets for a failed write to ``path``."""
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return DiskFull(f"{subject}: there is no room left for {path} ({reason}).", field=field)
    advice = _ADVICE.get(error.errno or 0, "")
    return NotWritable(f"{subject}: {path} cannot be written ({reason}).", field=field, advice=advice)


def _beginning(group: str, token: str) -> str:
    digest = blake2b(group.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    return f".mattewire-{digest}-{token_checked(token)}."


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))  # Windows syncs only what it may write
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: str) -> None:
    if _WINDOWS:  # a folder cannot be opened there; NTFS journals the rename itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network and FUSE file systems cannot sync a folder. The file itself is synced and in place.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise
    finally:
        os.close(descriptor)


def _replace(temporary: str, path: str) -> None:
    for pause in _REPLACE_PAUSES_S:
        try:
            os.replace(temporary, path)
            return
        except PermissionError:
            if not _WINDOWS:
                raise
            time.sleep(pause)
    os.replace(temporary, path)
