"""The lines in ``~/.nuke/init.py`` that lead Nuke to the panel: put in, changed in place, taken out to the last byte.

The file is the artist's. It is worked on as bytes: whatever its encoding and line ends, nothing outside the two
marker lines changes. Studios need none of this: a bundle's folder on ``NUKE_PATH`` does the same for everybody.
"""

from __future__ import annotations

import ast
import os
import shutil
import stat
import warnings
from collections.abc import Mapping
from pathlib import Path

from mattewire_protocol.errors import NotWritable

from .changes import Change, replace

BEGIN = b"# >>> Mattewire, put here by `mattewire install-host nuke`; --uninstall takes it out >>>"
END = b"# <<< Mattewire <<<"
_BEGINS, _ENDS = b"# >>> Mattewire", b"# <<< Mattewire"
BACKUP = "init.py.before-mattewire"


def nuke_folder(home: Path | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """Where Nuke looks for an artist's ``init.py``: ``.nuke`` in ``home``, or in the user's home folder.

    On Windows that is ``%HOME%`` where it is set, else ``%USERPROFILE%``, as Foundry's "Nuke's directory" page has it.
    """
    if home is None:
        known = os.environ if environment is None else environment
        chosen = known.get("HOME") if os.name == "nt" else None
        home = Path(chosen) if chosen else Path.home()
    return home.expanduser().absolute() / ".nuke"


def installing(folder: Path, startup: Path) -> Change:
    """Adds ``startup`` to Nuke's plug-in path, or corrects what an earlier install added. Errors as ``_read``."""
    path = folder / "init.py"
    before = _read(path)
    after = _with_block(before or b"", startup, path)
    if before == after:
        words = f"{path} leads Nuke there already; nothing was changed."
    elif before is None:
        words = f"{path} was made: it leads Nuke there."
    elif _BEGINS in before:
        words = f"{path}: Mattewire's lines lead Nuke there now."
    else:
        words = f"{path}: Mattewire's lines were added at the end. The file as it was is {BACKUP}."
    return Change(path, before, after, words, _look(before, path))


def uninstalling(folder: Path) -> Change:
    """Takes the lines out again; a file that only held them goes. Errors as ``_read``."""
    path = folder / "init.py"
    before = _read(path)
    if before is None or _BEGINS not in before:
        return Change(path, before, before, f"{path} has no lines of Mattewire; nothing was changed.")
    after: bytes | None = _without_block(before, path)
    backup = _read(folder / BACKUP)
    notes = []
    if not after and backup is None:
        return Change(path, before, None, f"{path} held nothing but Mattewire's lines and was taken away.")
    if backup is not None and backup != after:
        notes.append(f"{BACKUP} is kept: {path.name} has changed since.")
    return Change(path, before, after, f"{path}: Mattewire's lines were taken out.", notes)


def carry_out(change: Change) -> None:
    """Writes the change in one step, through a link where ``init.py`` is one. ``NotWritable`` when that fails.

    The first time, what was there is kept beside it as ``init.py.before-mattewire``; taken out again without other
    changes, that copy goes too.
    """
    if not change.needed:
        return
    path = change.path
    backup = path.with_name(BACKUP)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if change.after is None:
            os.unlink(os.path.realpath(path))
            return
        if change.before is not None and _BEGINS not in change.before and not backup.exists():
            shutil.copy2(path, backup)
        replace(Path(os.path.realpath(path)), change.after)
        if _BEGINS not in change.after and _read(backup) == change.after:
            backup.unlink()
    except OSError as problem:
        raise _refused(path, problem.strerror or str(problem)) from None


# --- the bytes ---------------------------------------------------------------------------------------------


def _read(path: Path) -> bytes | None:
    """The file's bytes; None when there is none. ``NotWritable`` when it cannot be read, or may not be changed."""
    try:
        text = path.read_bytes()
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise _refused(path, problem.strerror or str(problem)) from None
    if not mode & stat.S_IWUSR or not os.access(path, os.W_OK):
        raise _refused(path, "it is read-only")
    return text


def _refused(path: Path, why: str) -> NotWritable:
    return NotWritable(
        f"{path} cannot be changed: {why}.",
        advice="Make it writable and try again, or put the folder of `mattewire bundle nuke` on NUKE_PATH instead.",
    )


def _with_block(text: bytes, startup: Path, path: Path) -> bytes:
    newline = b"\r\n" if text.count(b"\r\n") * 2 > text.count(b"\n") else b"\n"
    # ascii(): right in whatever encoding the file is. Nuke takes forward slashes on Windows too.
    call = f"nuke.pluginAddPath({startup.as_posix()!a})".encode("ascii")
    block = newline.join((BEGIN, b"import nuke", b"", call, END))
    found = _block(text, path)
    if found is not None:
        return text[: found[0]] + block + text[found[1] :]
    if not text or text.endswith(b"\n"):
        return text + block + newline
    return text + newline + block  # a file without a last newline stays one


def _without_block(text: bytes, path: Path) -> bytes:
    found = _block(text, path)
    assert found is not None
    before, after = text[: found[0]], text[found[1] :]
    for newline in (b"\r\n", b"\n"):
        if after.startswith(newline):
            return before + after[len(newline) :]
    # At the very end the newline before it came with it, of the block's own kind: a \r before a \n may be the artist's.
    newlines = (b"\r\n", b"\n") if b"\r\n" in text[found[0] : found[1]] else (b"\n",)
    for newline in newlines:
        if before.endswith(newline):
            return before[: -len(newline)]
    return before


def _block(text: bytes, path: Path) -> tuple[int, int] | None:
    """Where the marker lines and what is between them lie, without the last newline."""
    begins, ends = text.count(_BEGINS), text.count(_ENDS)
    if not begins and not ends:
        return None
    first = text.find(_BEGINS)
    last = text.find(_ENDS)
    at_line_start = first == 0 or text[first - 1 : first] == b"\n"
    if begins != 1 or ends != 1 or last < first or not at_line_start:
        raise NotWritable(
            f"{path}: Mattewire's marker lines are not as they were written.",
            advice=f'Take the lines from "{_BEGINS.decode()}" to "{END.decode()}" out by hand, then try again.',
        )
    stop = min((at for at in (text.find(b"\r\n", last), text.find(b"\n", last)) if at >= 0), default=len(text))
    return first, stop


def _look(text: bytes | None, path: Path) -> list[str]:
    """A note when Nuke would not get as far as our lines."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an old escape sequence is the artist's own affair
            ast.parse(text or b"")
    except (SyntaxError, ValueError) as problem:
        line = f" in line {problem.lineno}" if isinstance(problem, SyntaxError) and problem.lineno else ""
        return [f"{path} has a mistake{line}: Nuke stops reading it there, and does not get to Mattewire's lines."]
    return []
