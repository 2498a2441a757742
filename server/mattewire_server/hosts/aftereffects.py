"""Mattewire's panel in the folder where After Effects looks for CEP extensions: put there, corrected, taken out again.

The panel is a folder of plain files. Beside them lies ``installed.json`` with the checksum of each, so that taking it
out takes what was put there and nothing else, and a file that somebody has edited is kept. A folder of that name
without the list is not ours and is never touched.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from importlib import util
from pathlib import Path

from mattewire_protocol.errors import BadField, InstallIncomplete, OutputExists

from .changes import Change, backup_of, check_writable, read

NAME = "org.mattewire.aftereffects"
"""The extension's id, and so its folder's name."""
LISTED = "installed.json"
_SOURCES = ("panel", "model", "cep", "client", "host", "CSXS")
_SOURCE_SUFFIXES = (".js", ".jsx", ".html", ".css", ".xml")
_ONE_CHECKOUT_S = 60
"""A clone writes sources and built panel one after another; only a larger gap says that somebody worked in between."""


def extensions_folder(
    home: Path | None = None,
    everybody: bool = False,
    system: str = sys.platform,
    environment: Mapping[str, str] | None = None,
) -> Path:
    """Where CEP looks for extensions ("Extension Folders" in the CEP 12 cookbook), the user's own or ``everybody``'s.

    ``home``: a home folder other than the user's own. ``BadField`` where After Effects does not run.
    """
    known = os.environ if environment is None else environment
    user = (home or Path.home()).expanduser().absolute()
    below = Path("Adobe", "CEP", "extensions")
    if system == "win32":
        roaming = Path(known["APPDATA"]) if home is None and known.get("APPDATA") else user / "AppData" / "Roaming"
        common = Path(known.get("COMMONPROGRAMFILES") or "C:\\Program Files\\Common Files")
        return (common if everybody else roaming) / below
    if system == "darwin":
        return (Path("/") if everybody else user) / "Library" / "Application Support" / below
    raise BadField(
        "is for Windows and macOS: After Effects runs nowhere else.",
        field="HOST",
        advice="On a machine that has it, run this there, or copy what `mattewire bundle ae --out FOLDER` makes.",
    )


def extension() -> Path:
    """The built panel of this installation. ``InstallIncomplete`` when it was not built."""
    found = util.find_spec("mattewire_aftereffects")
    places = list(found.submodule_search_locations or ()) if found else []
    folder = Path(places[0]) / "extension" if places else None
    if folder is None or not (folder / "panel.js").is_file():
        raise InstallIncomplete(
            "The panel for After Effects is not built in this installation.",
            advice="In a clone run `make panel` (it needs Node.js 20); or install Mattewire from a wheel.",
        )
    return folder


def stale(built: Path) -> bool:
    """Whether a clone has sources that are clearly newer than the built panel. False where there are no sources."""
    above = built.parent.parent
    files = [path for name in _SOURCES for path in (above / name).rglob("*") if path.suffix in _SOURCE_SUFFIXES]
    newest = max((path.stat().st_mtime for path in files), default=0.0)
    return newest > (built / "panel.js").stat().st_mtime + _ONE_CHECKOUT_S


def installing(folder: Path, built: Path) -> list[Change]:
    """The panel ``built`` into the extensions folder ``folder``; what an earlier version had and this has not, out.

    Raises ``OutputExists`` for a folder of that name that is not ours, before anything is changed; ``NotWritable``.
    """
    place = folder / NAME
    before = listed(place)
    if before is None and place.exists():
        raise OutputExists(
            f"{place} is there already and is not Mattewire's.", advice="Move it elsewhere, then try again."
        )
    check_writable(place)
    files = {path.relative_to(built).as_posix(): path.read_bytes() for path in _files(built)}
    changes = [_written(place / name, data, (before or {}).get(name)) for name, data in files.items()]
    changes += [_removed(place / name, (before or {})[name]) for name in sorted((before or {}).keys() - files.keys())]
    sums = {name: _sum(data) for name, data in files.items()}
    text = (json.dumps(sums, indent=1) + "\n").encode("ascii")
    listing = Change(place / LISTED, read(place / LISTED), text, "", shown="(the checksum of each file)")
    # A new folder is ours from its first file on, whatever happens; an old list holds until the new files are there.
    return [listing, *changes] if before is None else [*changes, listing]


def uninstalling(folders: Iterable[Path]) -> list[Change]:
    """Takes out what ``installing`` has put into the extensions folders; what was edited is kept beside them."""
    changes = []
    for folder in folders:
        place = folder / NAME
        names = listed(place)
        if names is None:
            if place.exists():
                changes.append(Change(place, b"", b"", f"{place} is not Mattewire's and stays."))
            continue
        changes += [_removed(place / name, names[name]) for name in sorted(names)]
        changes.append(Change(place / LISTED, read(place / LISTED), None, f"{place} was taken away."))
    return changes


def state_of(folder: Path, built: Path | None) -> str:
    """The panel in ``folder`` is ``missing``, ``current``, ``old``, ``edited`` or ``foreign``, which is not ours."""
    place = folder / NAME
    names = listed(place)
    if names is None:
        return "foreign" if place.exists() else "missing"
    there = {name: read(place / name) for name in names}
    if any(data is None or _sum(data) != names[name] for name, data in there.items()):
        return "edited"
    new = {path.relative_to(built).as_posix(): path.read_bytes() for path in _files(built)} if built else there
    return "current" if there == new else "old"


def listed(place: Path) -> dict[str, str] | None:
    """The files that were put into the panel's folder ``place``, with their checksums; None when none were."""
    try:
        names = json.loads((place / LISTED).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    if not isinstance(names, dict) or not all(isinstance(value, str) for value in names.values()):
        return None
    inside = [name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts]
    return {name: names[name] for name in inside}


# --- parts -------------------------------------------------------------------------------------------------


def _files(built: Path) -> list[Path]:
    return sorted(path for path in built.rglob("*") if path.is_file() and not path.name.startswith("."))


def _written(path: Path, data: bytes, put: str | None) -> Change:
    before = read(path)
    edited = before not in (None, data) and (put is None or _sum(before or b"") != put)
    backup = backup_of(path) if edited else None
    notes = [f"{path} had been edited: it is kept as {backup}."] if backup else []
    words = f"{path} is up to date." if before == data else f"{path} was {'made' if before is None else 'replaced'}."
    return Change(path, before, data, words, notes, f"({len(data)} bytes)", backup)


def _removed(path: Path, put: str) -> Change:
    before = read(path)
    if before is None:
        return Change(path, None, None, "")
    if _sum(before) != put:
        return Change(path, before, before, f"{path} was edited and stays.")
    return Change(path, before, None, "")


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
