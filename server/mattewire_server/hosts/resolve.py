"""Mattewire's entries in DaVinci Resolve's menu Workspace > Scripts: put there, corrected, taken out again.

An entry is a small script in one of Resolve's script folders; the rest lies in a bundle elsewhere, whose place is
written into the script between two marker lines. The last of them carries a checksum, so that a script that somebody
has edited is told from one that is as it was put there: the first is kept before it is replaced, the second is not. A
file of that name without the lines is not ours and is never touched.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mattewire_protocol.errors import BadField, InstallIncomplete, OutputExists
from mattewire_resolve.lua_records import literal

from .changes import Change, backup_of, check_writable, read

BEGIN = ">>> Mattewire, put here by `mattewire install-host resolve`; --uninstall takes it out >>>"
SETTINGS = "settings.lua"
RECORDS = "clips"
_BLOCK = re.compile(
    rb"(?m)^(?P<sign>#|--) >>> Mattewire[^\n]*\n(?P<lines>(?:[^\n]*\n)*?)"
    rb"(?P<last>(?P=sign) <<< Mattewire(?: (?P<sum>[0-9a-f]{12}))? <<<)$"
)
_ABOVE_UTILITY = ("Fusion", "Scripts", "Utility")
_VENDOR = ("Blackmagic Design", "DaVinci Resolve")


@dataclass(frozen=True)
class Folders:
    """Where Resolve looks for scripts: the artist's ``own`` folder, and ``everybody``'s on this machine."""

    own: Path
    everybody: Path


@dataclass(frozen=True)
class Recorded:
    """What the scripts have to know: the ``bundle``'s folder, the ``mattewire`` command as ``program``, and ``home``,
    Mattewire's data folder. All absolute."""

    bundle: Path
    program: Path
    home: Path


def script_folders(
    home: Path | None = None, system: str = sys.platform, environment: Mapping[str, str] | None = None
) -> Folders:
    """As the scripting README that comes with Resolve has them ("Using a script"), for ``sys.platform`` ``system``.

    ``home``: a home folder other than the user's own. The README writes ``%APPDATA%\\Roaming``, which would be twice
    Roaming; and only the user's own folder of Windows has the part ``Support``.
    """
    known = os.environ if environment is None else environment
    user = (home or Path.home()).expanduser().absolute()
    if system == "win32":
        roaming = Path(known["APPDATA"]) if home is None and known.get("APPDATA") else user / "AppData" / "Roaming"
        everybody = Path(known.get("PROGRAMDATA") or "C:\\ProgramData")
        return Folders(
            roaming.joinpath(*_VENDOR, "Support", *_ABOVE_UTILITY), everybody.joinpath(*_VENDOR, *_ABOVE_UTILITY)
        )
    if system == "darwin":
        library = Path("Library", "Application Support", *_VENDOR, *_ABOVE_UTILITY)
        return Folders(user / library, "/" / library)
    return Folders(
        user.joinpath(".local", "share", "DaVinciResolve", *_ABOVE_UTILITY),
        Path("/opt", "resolve", *_ABOVE_UTILITY),
    )


def command_path(python: str = sys.executable, system: str = sys.platform) -> Path:
    """The ``mattewire`` command beside ``python``. ``InstallIncomplete`` when it is not there."""
    program = Path(os.path.abspath(python)).with_name("mattewire.exe" if system == "win32" else "mattewire")
    if not program.is_file():
        raise InstallIncomplete(
            f"{program} is missing: the Lua script starts Mattewire with it.",
            advice="Install Mattewire again, with pip and into an environment: pip install --force-reinstall mattewire",
        )
    return program


def settings_path(home: Path) -> Path:
    """What the Lua script masks and how: the artist's file, in Mattewire's data folder ``home``."""
    return home / "resolve" / SETTINGS


def installing(folder: Path, scripts: Path, recorded: Recorded) -> list[Change]:
    """The scripts of the folder ``scripts`` with ``recorded`` in them, for ``folder``; and the settings, when missing.

    Raises ``OutputExists`` for a file of that name that is not ours, before anything is changed; ``NotWritable``.
    """
    changes = [_script(folder / source.name, source, recorded) for source in menu_scripts(scripts)]
    check_writable(folder)
    settings = settings_path(recorded.home)
    if not settings.exists():
        text = (scripts.parent / "lua" / SETTINGS).read_bytes()
        changes.append(
            Change(settings, None, text, f"{settings} was made: what the Lua script masks.", shown=_SEE_FILE)
        )
    return changes


def uninstalling(folders: Folders, scripts: Path, home: Path) -> list[Change]:
    """Takes out what ``installing`` has put into both script folders and into the data folder ``home``.

    What an artist has edited is kept: a script under another name, the settings where they are.
    """
    changes = []
    for folder in (folders.own, folders.everybody):
        for name in (source.name for source in menu_scripts(scripts)):
            text = read(folder / name)
            if text is not None and ours(text):
                backup = None if untouched(text) else backup_of(folder / name)
                notes = [f"It had been edited: it is kept as {backup}."] if backup else []
                changes.append(
                    Change(folder / name, text, None, f"{folder / name} was taken away.", notes, backup=backup)
                )
            elif text is not None:
                words = f"{folder / name} is not Mattewire's and stays."
                changes.append(Change(folder / name, text, text, words))
    settings = settings_path(home)
    text = read(settings)
    if text is not None and text == (scripts.parent / "lua" / SETTINGS).read_bytes():
        changes.append(Change(settings, text, None, f"{settings} was taken away."))
    elif text is not None:
        changes.append(Change(settings, text, text, f"{settings} is yours by now and stays."))
    return changes


def menu_scripts(scripts: Path) -> list[Path]:
    """The scripts that become entries of the menu, in the order of their names."""
    return sorted(path for path in scripts.iterdir() if path.suffix in (".py", ".lua") and path.name[0] not in "_.")


def ours(text: bytes) -> bool:
    """Whether a script has Mattewire's marker lines."""
    return _BLOCK.search(text) is not None


def untouched(text: bytes) -> bool:
    """Whether a script of ours is as it was written."""
    found = _BLOCK.search(text)
    return found is not None and found["sum"] is not None and _sum(_plain(text)) == found["sum"]


def state_of(path: Path, source: Path) -> str:
    """Of the entry ``path`` that ``source`` becomes: ``missing``, ``current``, ``old`` (as an earlier version put it
    there), ``edited`` by somebody, or ``foreign``: not ours."""
    text = read(path)
    if text is None:
        return "missing"
    if not ours(text):
        return "foreign"
    if not untouched(text):
        return "edited"
    return "current" if _BLOCK.sub(b"", text) == _BLOCK.sub(b"", source.read_bytes()) else "old"


def bundle_of(script: Path) -> Path:
    """The bundle that a Python entry of ours leads to. ``BadField`` when it names none."""
    found = re.search(rb"(?m)^BUNDLE = (['\"].*)$", read(script) or b"")
    try:
        return Path(ast.literal_eval(found.group(1).decode("ascii")))  # type: ignore[union-attr]
    except (AttributeError, ValueError, SyntaxError, TypeError):
        raise BadField(f"{script} names no bundle.", field="BUNDLE", advice="Install it again.") from None


def with_block(text: bytes, recorded: Recorded, suffix: str) -> bytes:
    """A script as it goes into Resolve's folder. ``InstallIncomplete`` when it has no marker lines."""
    found = _BLOCK.search(text)
    if found is None:
        raise InstallIncomplete(
            "A script of this installation has no place for its settings.",
            advice="Install Mattewire again: pip install --force-reinstall mattewire",
        )
    if suffix == ".lua":
        values = ", ".join(literal(plain_path(path)) for path in (recorded.bundle, recorded.program, recorded.home))
        line = f"local BUNDLE, PROGRAM, HOME = {values}"
    else:
        line = f"BUNDLE = {str(recorded.bundle)!a}"
    sign = found["sign"].decode()
    block = f"{sign} {BEGIN}\n{line}\n{sign} <<< Mattewire <<<".encode("ascii")
    whole = text[: found.start()] + block + text[found.end() :]
    return whole.replace(b" <<< Mattewire <<<", b" <<< Mattewire " + _sum(whole) + b" <<<", 1)


def plain_path(path: Path, short: Callable[[str], str] | None = None) -> str:
    """``path`` as Lua can open it. On Windows its C library takes only letters of the code page: elsewhere than in
    ASCII the short 8.3 name stands in, where the disk has one. ``short``: how to get that, for tests."""
    text = str(path)
    ask = short or (_short_name if sys.platform == "win32" else None)
    return text if text.isascii() or ask is None else ask(text)


# --- parts -------------------------------------------------------------------------------------------------

_SEE_FILE = "(comments and the usual choices)"


def _script(path: Path, source: Path, recorded: Recorded) -> Change:
    before = read(path)
    if before is not None and not ours(before):
        raise OutputExists(
            f"{path} is there already and is not Mattewire's.",
            advice="Move it elsewhere or give it another name, then try again.",
        )
    after = with_block(source.read_bytes(), recorded, source.suffix)
    shown = _BLOCK.search(after)
    assert shown is not None
    backup = backup_of(path) if before not in (None, after) and not untouched(before or b"") else None
    notes = [f"It had been edited: it is kept as {backup}."] if backup else []
    if before == after:
        words = f"{path} is up to date; nothing was changed."
    else:
        words = f"{path} was {'made' if before is None else 'replaced'}."
    return Change(path, before, after, words, notes, shown[0].decode("ascii"), backup)


def _plain(text: bytes) -> bytes:
    """Without the checksum."""
    found = _BLOCK.search(text)
    assert found is not None
    return text[: found.start("last")] + found["sign"] + b" <<< Mattewire <<<" + text[found.end() :]


def _sum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:12].encode("ascii")


def _short_name(path: str) -> str:
    """Windows' own: GetShortPathNameW. ``path`` again where the disk keeps no short names."""
    import ctypes

    room = ctypes.create_unicode_buffer(32768)
    length = ctypes.windll.kernel32.GetShortPathNameW(path, room, len(room))  # type: ignore[attr-defined,unused-ignore]
    return room.value if 0 < length < len(room) else path
