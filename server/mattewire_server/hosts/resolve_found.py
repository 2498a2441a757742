"""Which DaVinci Resolve is on this machine, and which Pythons it would meet: from files alone, nothing is started."""

from __future__ import annotations

import os
import plistlib
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PYTHON_BUNDLED = (21, 1)
"""From this version on Resolve brings a Python of its own (reported by users; which one is not known)."""
LUA_ONLY_FREE = (21, 1)
"""From this version on the free edition runs Lua scripts only (reported by users)."""
_RUNNING = re.compile(rb"Running DaVinci Resolve( Studio)? v(\d+(?:\.\d+)+)")
"""The line of its log that says what was started, such as "Running DaVinci Resolve v17.4.1.0004 (Linux/Clang
x86_64)", as users have published it."""
_LOG_TAIL = 4_000_000
_LIBRARY = re.compile(r"libpython3\.(\d+)(?:\.so|m?\.dylib)")


@dataclass(frozen=True)
class Found:
    """``where``: the program, or its log. ``edition``: "Studio", "free", or "" when no file says. ``version`` the same
    way, empty when unknown. ``said_by``: the file that says so."""

    where: Path
    edition: str = ""
    version: tuple[int, ...] = ()
    said_by: Path | None = None

    @property
    def name(self) -> str:
        number = ".".join(map(str, self.version[:3]))
        return " ".join(part for part in (self.edition, number) if part) or "of unknown edition and version"


def resolve_here(
    home: Path | None = None,
    system: str = sys.platform,
    environment: Mapping[str, str] | None = None,
    root: Path = Path("/"),
) -> Found | None:
    """The installed Resolve; None when there is none. ``root``: where the machine's own folders begin, for tests."""
    known = os.environ if environment is None else environment
    program = next((path for path in _programs(system, known, root) if path.exists()), None)
    if program is None:
        return None
    log = _newest(_logs(home or Path.home(), system, known))
    told = _from_log(log) if log is not None else None
    if told is None and system == "darwin":
        return _from_bundle(program)
    return Found(program) if told is None else Found(program, *told, log)


def pythons_here(
    system: str = sys.platform, environment: Mapping[str, str] | None = None, root: Path = Path("/")
) -> list[tuple[int, int]]:
    """Versions of the Pythons that are installed where Resolve looks, oldest first.

    ``FUSION_Python3_Home`` names one; else it takes what is installed for all users (the scripting README).
    """
    known = os.environ if environment is None else environment
    found: set[int] = set()
    chosen = next((known[name] for name in ("FUSION_Python3_Home", "FUSION_PYTHON3_HOME") if known.get(name)), "")
    if chosen:
        found |= {int(number) for number in re.findall(r"3\.?(\d{1,2})(?!\d)", Path(chosen).name)}
        found |= _libraries([Path(chosen), Path(chosen) / "lib"])
    if not found and system == "win32":
        places = [Path(known.get("PROGRAMFILES") or "C:\\Program Files")]
        places += [Path(known["LOCALAPPDATA"]) / "Programs" / "Python"] if known.get("LOCALAPPDATA") else []
        names = [path.name for place in places if place.is_dir() for path in place.glob("Python3*")]
        found |= {int(number) for name in names for number in re.findall(r"^Python3(\d+)$", name)}
    elif not found and system == "darwin":
        versions = root / "Library" / "Frameworks" / "Python.framework" / "Versions"
        names = [path.name for path in versions.glob("3.*")] if versions.is_dir() else []
        found |= {int(number) for name in names for number in re.findall(r"^3\.(\d+)$", name)}
    elif not found:
        folders = [root / "usr" / name for name in ("lib", "lib64", "lib/x86_64-linux-gnu", "local/lib")]
        found |= _libraries(folders)
    return [(3, number) for number in sorted(found)]


def _programs(system: str, known: Mapping[str, str], root: Path) -> list[Path]:
    if system == "win32":
        return [Path(known.get("PROGRAMFILES") or "C:\\Program Files", "Blackmagic Design/DaVinci Resolve/Resolve.exe")]
    if system == "darwin":
        names = ("DaVinci Resolve/DaVinci Resolve.app", "DaVinci Resolve Studio.app", "DaVinci Resolve.app")
        return [root / "Applications" / name for name in names]  # the last two are the App Store's
    return [root / "opt" / "resolve" / "bin" / "resolve"]


def _logs(home: Path, system: str, known: Mapping[str, str]) -> Path:
    if system == "win32":
        roaming = Path(known["APPDATA"]) if known.get("APPDATA") else home / "AppData" / "Roaming"
        return roaming / "Blackmagic Design" / "DaVinci Resolve" / "Support" / "logs"
    if system == "darwin":
        return home / "Library" / "Application Support" / "Blackmagic Design" / "DaVinci Resolve" / "logs"
    return home / ".local" / "share" / "DaVinciResolve" / "logs"


def _newest(folder: Path) -> Path | None:
    try:
        logs = [path for path in folder.iterdir() if path.suffix in (".txt", ".log") and path.is_file()]
        logs.sort(key=lambda path: path.stat().st_mtime)
        return next((path for path in reversed(logs) if _from_log(path) is not None), None)
    except OSError:
        return None


def _from_log(path: Path) -> tuple[str, tuple[int, ...]] | None:
    """Edition and version of the last start in a log."""
    try:
        with path.open("rb") as log:
            log.seek(max(path.stat().st_size - _LOG_TAIL, 0))
            starts = _RUNNING.findall(log.read())
    except OSError:
        return None
    if not starts:
        return None
    studio, version = starts[-1]
    return "Studio" if studio else "free", tuple(int(part) for part in version.split(b"."))


def _from_bundle(program: Path) -> Found:
    """What a macOS application says of itself; only the App Store's Studio has a name of its own."""
    facts = program / "Contents" / "Info.plist"
    try:
        says = plistlib.loads(facts.read_bytes())
        version = tuple(
            int(part) for part in str(says.get("CFBundleShortVersionString", "")).split(".") if part.isdigit()
        )
        identity = str(says.get("CFBundleIdentifier", ""))
    except (OSError, ValueError, AttributeError, plistlib.InvalidFileException):
        return Found(program)
    edition = "free" if identity.endswith("Lite") else "Studio" if "Studio" in program.name else ""
    return Found(program, edition, version, facts)


def _libraries(folders: Iterable[Path]) -> set[int]:
    names = [path.name for folder in folders if folder.is_dir() for path in folder.glob("libpython3.*")]
    return {int(found.group(1)) for name in names if (found := _LIBRARY.match(name))}
