"""What ``install-host`` does for each host: one class for each, in one table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from importlib import util
from pathlib import Path

from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import BadField, InstallIncomplete
from mattewire_resolve.lua_records import literal

from ..hosts import aftereffects, aftereffects_debug, bundle, nuke, resolve
from ..hosts.changes import Change, carry_out


class Steps(ABC):
    """``home``: a home folder other than the user's own. ``everybody``: for all users of the machine.

    ``bundled``: the host is led to a bundle; otherwise the panel itself lies in the host's folder.
    """

    bundled = True

    def __init__(self, home: Path | None, everybody: bool) -> None:
        self.home, self.everybody = home, everybody
        self.said: list[str] = []

    def choose(self, extensions: Path | None = None, debug_mode: bool = False) -> None:
        """What only some hosts know. ``BadField`` for the others."""
        for name, value in (("--extensions", extensions), ("--debug-mode", debug_mode)):
            if value:
                raise BadField("is for After Effects.", field=name, advice="Leave it out.")

    def would(self, undo: bool) -> list[str]:
        """What ``carry_out`` would do beyond the changes, when installing or at ``undo``: sentences for a dry run."""
        return []

    @abstractmethod
    def installing(self, folder: Path) -> list[Change]:
        """What leads the host to the bundle in ``folder``, which need not be there yet; or what puts the panel itself
        into the host's own folder. Changes nothing. ``BadField`` where the host does not run."""

    @abstractmethod
    def uninstalling(self) -> list[Change]:
        """What takes it out again. Changes nothing."""

    @abstractmethod
    def carry_out(self, changes: Sequence[Change], undo: bool) -> None:
        """Does it, installing or at ``undo``. ``said`` then has what was done beyond the changes. ``NotWritable``."""

    @abstractmethod
    def next_steps(self) -> list[str]:
        """Sentences for the artist, once it is installed."""


class Nuke(Steps):
    """A line in ``.nuke/init.py``."""

    def __init__(self, home: Path | None, everybody: bool) -> None:
        super().__init__(home, everybody)
        if everybody:
            raise BadField("is not for Nuke.", field="--everybody", advice="Put the bundle's folder on NUKE_PATH.")

    def installing(self, folder: Path) -> list[Change]:
        return [nuke.installing(nuke.nuke_folder(self.home), folder / bundle.STARTUP["nuke"])]

    def uninstalling(self) -> list[Change]:
        return [nuke.uninstalling(nuke.nuke_folder(self.home))]

    def carry_out(self, changes: Sequence[Change], undo: bool) -> None:
        for change in changes:
            nuke.carry_out(change)

    def next_steps(self) -> list[str]:
        return ["Start Nuke again: Mattewire is in its menu bar."]


class Resolve(Steps):
    """Entries of the menu Workspace > Scripts."""

    def installing(self, folder: Path) -> list[Change]:
        folders = resolve.script_folders(self.home)
        given = folder / bundle.STARTUP["resolve"]
        scripts = given if given.is_dir() and folder != _own() else installed_scripts()
        recorded = resolve.Recorded(folder, resolve.command_path(), data_folder())
        return resolve.installing(folders.everybody if self.everybody else folders.own, scripts, recorded)

    def uninstalling(self) -> list[Change]:
        return resolve.uninstalling(resolve.script_folders(self.home), installed_scripts(), data_folder())

    def carry_out(self, changes: Sequence[Change], undo: bool) -> None:
        carry_out(changes, _own().with_name("resolve-folders.json"))

    def next_steps(self) -> list[str]:
        folders = resolve.script_folders(self.home)
        script = (folders.everybody if self.everybody else folders.own) / "Mattewire.lua"
        return [
            "Start DaVinci Resolve again: Mattewire is in Workspace > Scripts, in Studio as a window.",
            f"In the free edition, first write what to mask into {resolve.settings_path(data_folder())}",
            "If the entry prints nothing in Workspace > Console, choose Lua there and type: "
            f"dofile({literal(script.as_posix())})",
        ]


class AfterEffects(Steps):
    """The panel in the folder of CEP extensions; and, if wanted, PlayerDebugMode."""

    bundled = False

    def __init__(self, home: Path | None, everybody: bool) -> None:
        super().__init__(home, everybody)
        self.extensions: Path | None = None
        self.debug_mode = False

    def choose(self, extensions: Path | None = None, debug_mode: bool = False) -> None:
        self.extensions = extensions.expanduser().absolute() if extensions is not None else None
        if debug_mode and self.home is not None:
            raise BadField("is set for yourself only.", field="--debug-mode", advice="Leave --home out.")
        self.debug_mode = debug_mode

    def would(self, undo: bool) -> list[str]:
        if undo:
            return ["PlayerDebugMode would be as it was before."] if self._record().exists() else []
        if self.debug_mode:
            return ["These would run, where it is not set yet:", *_indented(aftereffects_debug.commands())]
        return [*_stale(), *_unsigned()]

    def installing(self, folder: Path) -> list[Change]:
        place = self.extensions or aftereffects.extensions_folder(self.home, self.everybody)
        return aftereffects.installing(place, aftereffects.extension())

    def uninstalling(self) -> list[Change]:
        if self.extensions is not None:
            return aftereffects.uninstalling([self.extensions])
        return aftereffects.uninstalling(
            aftereffects.extensions_folder(self.home, everybody) for everybody in (False, True)
        )

    def carry_out(self, changes: Sequence[Change], undo: bool) -> None:
        carry_out(changes, data_folder() / "hosts" / "ae-folders.json")
        if undo:
            self.said += aftereffects_debug.take_back(self._record())
        elif self.debug_mode:
            self.said += aftereffects_debug.turn_on(self._record())

    def next_steps(self) -> list[str]:
        lines = [*_stale(), "Start After Effects again: Mattewire is in Window > Extensions."]
        return lines if self.debug_mode else [*lines, *_unsigned()]

    def _record(self) -> Path:
        return data_folder() / "hosts" / "ae-debug.json"


def _stale() -> list[str]:
    if not aftereffects.stale(aftereffects.extension()):
        return []
    return ["Some sources are newer than the built panel: run `make panel`, then this again."]


def _unsigned() -> list[str]:
    """PlayerDebugMode, explained."""
    return [
        "The panel is not signed. If the menu does not have it, let After Effects load such panels, once:",
        *_indented(aftereffects_debug.commands()),
        "That lets every Adobe application load panels that nobody signed, for you alone; --debug-mode does it here, "
        "and --uninstall takes that back.",
    ]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


STEPS: dict[str, type[Steps]] = {"nuke": Nuke, "resolve": Resolve, "ae": AfterEffects}


def listed(names: Iterable[str]) -> str:
    """``a, b or c``."""
    *first, last = names
    return f"{', '.join(first)} or {last}"


def known_host(host: str) -> str:
    """``host`` again. ``BadField`` for one that ``install-host`` has nothing for."""
    return host if host in STEPS else bundle.known_host(host)


SPREAD = {"nuke": "Put {} on NUKE_PATH, or r", "resolve": "Where everybody can read it, r"}
"""What a studio does with a bundle, before "un: mattewire install-host"."""


def _own() -> Path:
    return data_folder() / "hosts" / "resolve"


def installed_scripts() -> Path:
    """The folder of Resolve's scripts in this installation. ``InstallIncomplete`` without it."""
    found = util.find_spec("mattewire_resolve")
    if found is None or not found.submodule_search_locations:
        raise InstallIncomplete(
            "This installation has no mattewire_resolve.",
            advice="Install it again: pip install --force-reinstall mattewire",
        )
    return Path(found.submodule_search_locations[0]) / "scripts"
