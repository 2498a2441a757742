"""What ``install-host`` does for each host: one class for each, in one table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib import util
from pathlib import Path

from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import BadField, InstallIncomplete
from mattewire_resolve.lua_records import literal

from ..hosts import bundle, nuke, resolve
from ..hosts.changes import Change


class Steps(ABC):
    """``home``: a home folder other than the user's own. ``everybody``: for all users of the machine."""

    def __init__(self, home: Path | None, everybody: bool) -> None:
        self.home, self.everybody = home, everybody

    @abstractmethod
    def installing(self, folder: Path) -> list[Change]:
        """What leads the host to the bundle in ``folder``, which need not be there yet. Changes nothing."""

    @abstractmethod
    def uninstalling(self) -> list[Change]:
        """What takes it out again. Changes nothing."""

    @abstractmethod
    def carry_out(self, changes: Sequence[Change]) -> None:
        """Does it. ``NotWritable``."""

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

    def carry_out(self, changes: Sequence[Change]) -> None:
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

    def carry_out(self, changes: Sequence[Change]) -> None:
        resolve.carry_out(changes, _own().with_name("resolve-folders.json"))

    def next_steps(self) -> list[str]:
        folders = resolve.script_folders(self.home)
        script = (folders.everybody if self.everybody else folders.own) / "Mattewire.lua"
        return [
            "Start DaVinci Resolve again: Mattewire is in Workspace > Scripts, in Studio as a window.",
            f"In the free edition, first write what to mask into {resolve.settings_path(data_folder())}",
            "If the entry prints nothing in Workspace > Console, choose Lua there and type: "
            f"dofile({literal(script.as_posix())})",
        ]


STEPS: dict[str, type[Steps]] = {"nuke": Nuke, "resolve": Resolve}
"""By the names of ``bundle.PACKAGES``."""

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
