"""Opening the panel: what ``scripts/Mattewire.py`` calls in Resolve, once it knows where this package is.

Importing this loads no pyzmq and calls nothing of Resolve's.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Optional

FREE = (
    "Mattewire's window needs DaVinci Resolve Studio. In the free edition run the Lua script of the menu instead: it "
    "masks the clip under the playhead with the settings in its file."
)
TWICE = "Mattewire's window is open already: look behind Resolve's."
_LOCK = "panel-resolve.lock"


def open_panel(resolve: Any, fusion: Any, bmd: Any) -> str:
    """Shows the window until it is closed. Returns a sentence where none could be shown; raises nothing that is known.

    The edition is asked first: in the free one no call is made that would open its dialog.
    """
    try:
        ready()
    except ImportError as problem:
        return str(problem)
    from mattewire_protocol.errors import MattewireError

    from .api.connection import connect

    try:
        host = connect(resolve, fusion, bmd)
        if not host.studio:
            return FREE
        lock = _locked()
        if lock is None:
            return TWICE
        try:
            return _run(host)
        finally:
            lock.close()
    except MattewireError as problem:
        return f"{problem.message} {problem.advice}".strip()


def _run(host: Any) -> str:
    from .api import window

    try:
        opened = window.opened(host)
    except RuntimeError as problem:
        return str(problem)
    opened.run()
    return ""


def ready() -> None:
    """Makes pyzmq and msgpack importable from the bundle's ``vendor`` folder, where this Python has none of its own.

    Raises ``ImportError`` with one clear line when that cannot be.
    """
    from mattewire_panel import vendor

    vendor.use(Path(__file__).resolve().parent.parent / "vendor")


def _locked() -> Optional[Any]:
    """A file that one panel holds at a time, so that no two of them place the same result; None when it is held.

    The system lets go of it when its process ends, whatever way that is. Where a folder knows no locks, none is held.
    """
    from mattewire_protocol.connection import data_folder

    try:
        data_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        file = open(data_folder() / _LOCK, "a+b")  # noqa: SIM115 (held while the window is open)
    except OSError:
        return open(os.devnull, "rb")
    try:
        _take(file)
    except (BlockingIOError, PermissionError):
        file.close()
        return None
    except OSError:
        pass  # such as a network folder without locks
    return file


def _take(file: Any) -> None:
    if os.name == "nt":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
