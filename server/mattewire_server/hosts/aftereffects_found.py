"""Which After Effects are on this machine, and what they load: from files alone, nothing is started."""

from __future__ import annotations

import os
import plistlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .aftereffects_debug import CSXS

OLDEST = 23
"""Track mattes that are no neighbors came with After Effects 23."""
_CEP_12 = 25
"""From this version on After Effects has CEP 12, before it CEP 11 (the cookbooks' table of applications)."""
_OWN_FOLDER = 26
"""Somebody found that After Effects 2026 on Windows loads nothing from CEP's folders, only what lies in its own Support
Files, where Adobe's learning panel does (samabr85.github.io/blog/cep-after-effects). Nobody has confirmed it."""
_YEAR = re.compile(r"Adobe After Effects (?:CC )?(20\d\d)\Z")


@dataclass(frozen=True)
class Found:
    """``where``: its folder. ``version``: the major number, as the folder's year says it (2024 is 24). ``csxs``: its
    release of CEP. ``unsigned``: whether that loads panels that are not signed; None where nobody can tell.
    ``own_extensions``: a folder inside of After Effects itself that extensions lie in, where there is one.
    ``exact``: the version as the application of macOS says it, such as "25.1"; empty where nothing says it."""

    where: Path
    version: int
    csxs: int
    unsigned: bool | None
    own_extensions: Path | None = None
    exact: str = ""

    @property
    def name(self) -> str:
        return f"20{self.version} ({self.exact + ', ' if self.exact else ''}CEP {self.csxs})"


def after_effects_here(
    home: Path | None = None,
    system: str = sys.platform,
    environment: Mapping[str, str] | None = None,
    root: Path = Path("/"),
) -> list[Found]:
    """The installed ones, oldest first; none on other systems than Windows and macOS. ``root``: where the machine's own
    folders begin, for tests."""
    known = os.environ if environment is None else environment
    if system == "win32":
        above = Path(known.get("PROGRAMFILES") or "C:\\Program Files", "Adobe")
    elif system == "darwin":
        above = root / "Applications"
    else:
        return []
    user = home or Path.home()
    found = []
    for folder in above.iterdir() if above.is_dir() else ():
        named = _YEAR.match(folder.name)
        if named is None or not folder.is_dir():
            continue
        version = int(named.group(1)) - 2000
        csxs = CSXS[1] if version >= _CEP_12 else CSXS[0]
        own = _own_extensions(folder / "Support Files" if system == "win32" else folder, version)
        exact = _exact(folder / f"{folder.name}.app" / "Contents" / "Info.plist") if system == "darwin" else ""
        found.append(Found(folder, version, csxs, _unsigned(csxs, user, system), own, exact))
    return sorted(found, key=lambda each: (each.version, each.where))


def _own_extensions(inside: Path, version: int) -> Path | None:
    """Where ``inside`` of After Effects extensions lie: only a folder that has some."""
    if version < _OWN_FOLDER:
        return None
    places = (inside, inside / "CEP" / "extensions")
    return next((place for place in places if any(place.glob("*/CSXS/manifest.xml"))), None)


def _exact(facts: Path) -> str:
    try:
        says = plistlib.loads(facts.read_bytes())
        return str(says.get("CFBundleShortVersionString", ""))
    except (OSError, ValueError, AttributeError, plistlib.InvalidFileException):
        return ""


def _unsigned(csxs: int, home: Path, system: str) -> bool | None:
    """PlayerDebugMode: text "1" (or, on macOS, anything that ``defaults write`` makes of it)."""
    if system == "darwin":
        try:
            says = plistlib.loads((home / "Library" / "Preferences" / f"com.adobe.CSXS.{csxs}.plist").read_bytes())
        except FileNotFoundError:
            return False
        except (OSError, ValueError, plistlib.InvalidFileException):
            return None
        return str(says.get("PlayerDebugMode", "")) in ("1", "True") if isinstance(says, dict) else None
    return _from_registry(f"Software\\Adobe\\CSXS.{csxs}")


def _from_registry(key: str) -> bool | None:
    try:
        import winreg
    except ImportError:
        return None  # not on Windows: nothing to ask
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as there:  # type: ignore[attr-defined,unused-ignore]
            value, _ = winreg.QueryValueEx(there, "PlayerDebugMode")  # type: ignore[attr-defined,unused-ignore]
    except FileNotFoundError:
        return False
    except OSError:
        return None
    return bool(value == "1")  # a text; a number is not what the cookbook asks for
