"""What ``mattewire doctor`` says of the hosts on this machine. Those that are not there are not mentioned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mattewire_protocol import MattewireError
from mattewire_protocol.connection import data_folder

from ..hosts import bundle, resolve
from ..hosts.resolve_found import LUA_ONLY_FREE, PYTHON_BUNDLED, Found, pythons_here, resolve_here
from .findings import Finding
from .host_steps import installed_scripts

INSTALL = "Run: mattewire install-host resolve"
_GET_PYTHON = "Install Python 3.11 from python.org for all users."


def check_hosts() -> list[Finding]:
    return [finding for check in CHECKS for finding in check()]


def check_resolve(found: Found | None = None, home: Path | None = None) -> list[Finding]:
    """Edition, version, entries of the menu, Python. ``found`` and ``home``: for tests."""
    found = found or resolve_here(home)
    if found is None:
        return []
    subject = "DaVinci Resolve"
    said_by = f", as {found.said_by} says" if found.said_by else f" at {found.where}"
    states = _states(home)
    try:
        old = {state for state in states.values() if state != "missing"} - {"current"}
        if not any(state != "missing" for state in states.values()):
            return [Finding(subject, "note", f"{found.name}{said_by}; Mattewire is not in its menu.", INSTALL)]
        made = bundle.read(_bundle(states), "resolve")
    except MattewireError:
        return [Finding(subject, "fault", f"{found.name}{said_by}; its scripts lead to no bundle here.", INSTALL)]
    listed = ", ".join(f"{path} is {state}" for path, state in states.items() if state not in ("missing", "current"))
    if old:
        return [Finding(subject, "note", f"{found.name}{said_by}; {listed}.", INSTALL)]
    return [Finding(subject, "fine", f"{found.name}{said_by}; Mattewire is in its menu."), *_window(found, made)]


def _states(home: Path | None) -> dict[Path, str]:
    folders = resolve.script_folders(home)
    sources = resolve.menu_scripts(installed_scripts())
    every = [(folder / source.name, source) for folder in (folders.own, folders.everybody) for source in sources]
    return {path: resolve.state_of(path, source) for path, source in every}


def _bundle(states: dict[Path, str]) -> Path:
    """Where the window's entry leads."""
    entries = [path for path, state in states.items() if path.suffix == ".py" and state in ("current", "old")]
    return resolve.bundle_of(entries[0]) if entries else data_folder() / "hosts" / "resolve"


def _window(found: Found, made: bundle.Bundle) -> list[Finding]:
    """Whether the window has a Python to run in; only Studio shows it."""
    subject = "Resolve's Python"
    if found.edition == "free":
        lua = "Lua scripts only" if found.version >= LUA_ONLY_FREE else "no windows of scripts"
        return [Finding(subject, "fine", f"not needed: the free edition has {lua}, and Mattewire's is in Lua.")]
    if found.version >= PYTHON_BUNDLED:
        return [Finding(subject, "fine", "Resolve brings one of its own.")]
    pythons = pythons_here()
    ready = {tag.split("-")[0] for tag in made.tags}
    fit = [f"3.{minor}" for _, minor in pythons if f"cp3{minor}" in ready]
    others = [f"3.{minor}" for _, minor in pythons if f"cp3{minor}" not in ready]
    if not pythons:
        return [
            Finding(
                subject,
                "note",
                "none is installed for all users.",
                "Install Python 3.11 from python.org for all users.",
            )
        ]
    if not fit:
        return [
            Finding(
                subject, "note", f"Mattewire has nothing for {', '.join(others)}.", "Install Python 3.11 for all users."
            )
        ]
    what = f"{', '.join(fit)} of this machine"
    return [Finding(subject, "fine", f"{what}; not for {', '.join(others)}." if others else f"{what}.")]


CHECKS: list[Callable[[], list[Finding]]] = [check_resolve]
"""One for each host."""
