"""``mattewire install-host`` and ``mattewire bundle``: the panel, where its host finds it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import NotWritable
from mattewire_protocol.launch import record_interpreter

from ..hosts import blender, nuke
from ..hosts import bundle as bundles
from ..hosts.wheels import PLATFORMS, PYTHONS
from .show import counted, printable, screen, told_plainly

Host = Annotated[str, typer.Argument(metavar="HOST", help="nuke")]
Bundled = Annotated[str, typer.Argument(metavar="HOST", help="nuke or blender")]
Pythons = Annotated[
    list[str] | None,
    typer.Option("--python", metavar="TAG", help=f"Only this Python; again for more. All: {' '.join(PYTHONS)}"),
]
Wheels = Annotated[
    Path | None, typer.Option("--wheels", metavar="FOLDER", help="Take pyzmq and msgpack from this folder of wheels.")
]
_ELSEWHERE = "Where the daemon has never run, set MATTEWIRE_PYTHON to the Python that has the Mattewire server."


def register(app: typer.Typer) -> None:
    app.command("install-host")(install_host)
    app.command("bundle")(bundle)


def install_host(
    host: Host,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    uninstall: Annotated[bool, typer.Option("--uninstall", help="Take the panel out of the host again.")] = False,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="PATH", help="A home folder other than your own.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FOLDER", help="Use this bundle; else one is made.")
    ] = None,
    python: Pythons = None,
    wheels: Wheels = None,
) -> None:
    """Put the panel into a host: its files into your data folder, and a line into the host's own settings.

    For Nuke the line goes into .nuke/init.py. A studio may put the folder of `mattewire bundle nuke` on NUKE_PATH
    instead, for everybody at once.
    """
    with told_plainly():
        bundles.known_host(host)
        folder, own = nuke.nuke_folder(home), own_bundle(host)
        if uninstall:
            _uninstall(nuke.uninstalling(folder), own, dry_run)
            return
        given = bundles.read(bundle, host) if bundle is not None else None
        startup = given.startup if given else own / bundles.STARTUP[host]
        change = nuke.installing(folder, startup)  # first: an init.py that cannot be changed is told before the wait
        if dry_run:
            _would(change, f"The panel would be {'used from' if given else 'made in'} {startup.parents[1]}.")
            _say(f"The daemon would start with {sys.executable}.")
            return
        if given is None:
            with counted("Making the panel", quiet=False) as progress:
                given = bundles.make(host, own, python or (), [bundles.this_platform()], wheels, progress)
        _record()
        nuke.carry_out(change)
        _say(f"The panel is in {_described(given)}.", change.words, *change.notes)
        _say(f"The daemon starts with {sys.executable}.", "Start Nuke again: Mattewire is in its menu bar.")


def bundle(
    host: Bundled,
    out: Annotated[Path, typer.Option("--out", metavar="PATH", help="The folder or the .zip file to make.")],
    python: Pythons = None,
    platform: Annotated[
        list[str] | None,
        typer.Option("--platform", metavar="NAME", help=f"Only this one; again for more. All: {' '.join(PLATFORMS)}"),
    ] = None,
    wheels: Wheels = None,
) -> None:
    """Make the panel for many machines, with pyzmq and msgpack for each Python and platform.

    For Nuke that is a folder, for Blender an extension: a .zip file.
    """
    with told_plainly():
        if host == "blender":
            _blender(out, python, platform, wheels)
            return
        bundles.known_host(host)
        with counted("Making the bundle", quiet=False) as progress:
            made = bundles.make(host, out, python or (), platform or (), wheels, progress)
        _say(
            f"The panel is in {_described(made)}.",
            f"Put {made.folder} on NUKE_PATH, or run: mattewire install-host {host} --bundle {made.folder}",
            _ELSEWHERE,
        )


def _blender(out: Path, python: list[str] | None, platform: list[str] | None, source: Path | None) -> None:
    pythons, platforms = python or blender.PYTHONS, platform or list(blender.PLATFORMS)
    blender.build_extension(out, platforms=platforms, pythons=pythons, source=source)
    _say(
        f"The extension is {out} ({', '.join(platforms)}; {out.stat().st_size / 1e6:.1f} MB).",
        "In Blender's preferences, under Get Extensions, choose Install from Disk.",
        _ELSEWHERE,
    )


def own_bundle(host: str) -> Path:
    """Where ``install-host`` keeps the panel of ``host``."""
    return data_folder() / "hosts" / host


def _uninstall(change: nuke.Change, own: Path, dry_run: bool) -> None:
    if dry_run:
        _would(change, f"{own} would be taken away." if own.exists() else "")
        return
    nuke.carry_out(change)
    _say(change.words, *change.notes)
    if own.exists():
        try:
            shutil.rmtree(own)
        except OSError as problem:
            raise NotWritable(
                f"{own} cannot be taken away: {problem.strerror}.", advice="Close Nuke, then run this again."
            ) from None
        _say(f"{own} was taken away.")


def _would(change: nuke.Change, first: str) -> None:
    _say("Nothing is done; this is what would be:", first)
    if not change.needed:
        _say(change.words)
        return
    if change.after is None:
        _say(f"{change.path} would be taken away.")
    else:
        _say(
            f"{change.path} would become:",
            *(f"    {line}" for line in change.after.decode("utf-8", "replace").splitlines()),
        )
    _say(*change.notes)


def _record() -> None:
    try:
        record_interpreter(sys.executable)
    except OSError as problem:
        raise NotWritable(
            f"{data_folder()} cannot be written: {problem.strerror}.",
            advice="Set MATTEWIRE_HOME to a folder of your own.",
        ) from None


def _described(made: bundles.Bundle) -> str:
    pythons = sorted({tag.split("-")[0] for tag in made.tags}, key=lambda tag: int(tag[3:]))
    names = ", ".join(f"3.{tag[3:]}" for tag in pythons)
    platforms = ", ".join(sorted({tag.split("-")[1] for tag in made.tags}))
    return f"{made.folder} (Python {names}; {platforms}; {made.size / 1e6:.1f} MB)"


def _say(*lines: str) -> None:
    for line in lines:
        if line:
            screen.print(printable(line), soft_wrap=True)
