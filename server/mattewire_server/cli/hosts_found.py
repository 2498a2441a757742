"""What ``mattewire doctor`` says of the hosts on this machine. Those that are not there are not mentioned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mattewire_protocol import MattewireError
from mattewire_protocol.connection import data_folder

from ..hosts import aftereffects, aftereffects_debug, bundle, resolve
from ..hosts.aftereffects_found import OLDEST, after_effects_here
from ..hosts.aftereffects_found import Found as FoundAfterEffects
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


def check_after_effects(found: list[FoundAfterEffects] | None = None, home: Path | None = None) -> list[Finding]:
    """Versions, whether they load the panel, whether it is up to date. ``found`` and ``home``: for tests."""
    found = after_effects_here(home) if found is None else found
    if not found:
        return []
    able = [each for each in found if each.version >= OLDEST]
    what = ", ".join(each.name for each in found)
    subject = "After Effects"
    if not able:
        return [Finding(subject, "note", f"{what}; the panel needs 2023 or later.", "Update After Effects.")]
    try:
        built = aftereffects.extension()
    except MattewireError:
        built = None
    states = {
        aftereffects.state_of(aftereffects.extensions_folder(home, everybody), built) for everybody in (False, True)
    }
    cure = "Run: mattewire install-host ae"
    if states == {"missing"}:
        return [Finding(subject, "note", f"{what}; the panel is not installed.", cure)]
    told = [
        Finding(subject, "note", f"{what}; the installed panel is {state}.", cure)
        for state in ("foreign", "edited", "old")
        if state in states
    ] or [Finding(subject, "fine", f"{what}; the panel is up to date.")]
    commands = dict(zip(aftereffects_debug.CSXS, aftereffects_debug.commands(), strict=True))
    told += [
        Finding(subject, "note", f"CEP {csxs} loads signed panels only, and this one is not.", f"Run: {commands[csxs]}")
        for csxs in sorted({each.csxs for each in able if each.unsigned is False})
    ]
    return told + [_own_folder(each, each.own_extensions, built) for each in able if each.own_extensions is not None]


def _own_folder(each: FoundAfterEffects, folder: Path, built: Path | None) -> Finding:
    """What is to be said of a folder of extensions inside of After Effects itself."""
    subject = f"After Effects 20{each.version}'s own panels"
    state = aftereffects.state_of(folder, built)
    if state == "current":
        return Finding(subject, "fine", f"are in {folder}, and Mattewire's is one of them.")
    command = f'mattewire install-host ae --extensions "{folder}"'
    what = f"are in {folder}; Mattewire's is {state} there. An unconfirmed report says that no other folder counts."
    return Finding(subject, "note", what, f"If Window > Extensions lacks the panel, run as administrator: {command}")


CHECKS: list[Callable[[], list[Finding]]] = [check_resolve, check_after_effects]
"""One for each host."""
