"""``mattewire install-host`` and ``mattewire bundle``: the panel, where its host finds it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import BadField, NotWritable, OutputExists
from mattewire_protocol.launch import record_interpreter

from ..hosts import aftereffects, blender
from ..hosts import bundle as bundles
from ..hosts.changes import Change
from ..hosts.wheels import PLATFORMS
from .host_steps import SPREAD, STEPS, Steps, known_host, listed
from .show import counted, printable, screen, told_plainly

Host = Annotated[str, typer.Argument(metavar="HOST", help=listed(STEPS))]
Bundled = Annotated[str, typer.Argument(metavar="HOST", help=listed([*STEPS, "blender"]))]
Pythons = Annotated[
    list[str] | None,
    typer.Option("--python", metavar="TAG", help="Only this Python, such as cp311; again for more."),
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
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Into the folder of all users; for Resolve with --bundle.")
    ] = False,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FOLDER", help="Use this bundle; else one is made.")
    ] = None,
    python: Pythons = None,
    wheels: Wheels = None,
    extensions: Annotated[
        Path | None, typer.Option("--extensions", metavar="FOLDER", help="Another folder of CEP extensions.")
    ] = None,
    debug_mode: Annotated[
        bool, typer.Option("--debug-mode", help="Also let After Effects load panels that are not signed.")
    ] = False,
) -> None:
    """Put the panel into a host: its files into your data folder, and what leads the host there into its own folder.

    For Nuke that is a line in .nuke/init.py; a studio may put the folder of `mattewire bundle nuke` on NUKE_PATH
    instead, for everybody at once. For DaVinci Resolve it is entries of the menu Workspace > Scripts. For After Effects
    (`ae`) the panel itself goes into the folder of CEP extensions.
    """
    with told_plainly():
        steps = STEPS[known_host(host)](home, everybody)
        steps.choose(extensions, debug_mode)
        own = own_bundle(host)
        if not steps.bundled:
            _plain(steps, own, dry_run, uninstall, {"--bundle": bundle, "--python": python, "--wheels": wheels})
            return
        if uninstall:
            _uninstall(steps, own, dry_run)
            return
        if everybody and bundle is None:
            raise BadField(
                "needs --bundle: your own data folder is closed to others.",
                field="--everybody",
                advice=f"Run: mattewire bundle {host} --out FOLDER, into a folder that everybody can read.",
            )
        given = bundles.read(bundle, host) if bundle is not None else None
        folder = given.folder if given else own
        changes = steps.installing(folder)  # first: what cannot be changed is told before the wait
        if dry_run:
            _would(changes, f"The panel would be {'used from' if given else 'made in'} {folder}.")
            _say(f"The daemon would start with {sys.executable}.")
            return
        if given is None:
            with counted("Making the panel", quiet=False) as progress:
                given = bundles.make(host, own, python or (), [bundles.this_platform()], wheels, progress)
        _record()
        steps.carry_out(changes, undo=False)
        _say(f"The panel is in {_described(given)}.", *_told(changes))
        _say(f"The daemon starts with {sys.executable}.", *steps.next_steps())


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

    For Nuke, DaVinci Resolve and After Effects that is a folder, for Blender an extension: a .zip file.
    """
    with told_plainly():
        if host == "blender":
            _blender(out, python, platform, wheels)
            return
        if host == "ae":
            _extension(out)
            return
        bundles.known_host(host)
        with counted("Making the bundle", quiet=False) as progress:
            made = bundles.make(host, out, python or (), platform or (), wheels, progress)
        _say(
            f"The panel is in {_described(made)}.",
            f"{SPREAD[host].format(made.folder)}un: mattewire install-host {host} --bundle {made.folder}",
            _ELSEWHERE,
        )


def _extension(out: Path) -> None:
    """The After Effects panel as it is, for all machines of a studio."""
    if out.exists():
        raise OutputExists(f"{out} is there already.", advice="Name a folder that is not there yet.")
    try:
        shutil.copytree(aftereffects.extension(), out)
    except OSError as problem:
        raise NotWritable(f"{out} cannot be written: {problem}.", advice="Choose another folder.") from None
    _say(
        f"The panel is in {out}.",
        f"Put it as {aftereffects.NAME} into the CEP extensions folder of each machine. It is not signed yet.",
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


def _plain(steps: Steps, own: Path, dry_run: bool, uninstall: bool, options: Mapping[str, object]) -> None:
    """A host whose panel needs no bundle."""
    for name, value in options.items():
        if value:
            raise BadField("is for hosts whose panel is in Python.", field=name, advice="Leave it out.")
    if uninstall:
        _uninstall(steps, own, dry_run)
        return
    changes = steps.installing(own)
    if dry_run:
        _would(changes, "")
        _say(*steps.would(undo=False), f"The daemon would start with {sys.executable}.")
        return
    _record()
    steps.carry_out(changes, undo=False)
    _say(*_told(changes), *steps.said, f"The daemon starts with {sys.executable}.", *steps.next_steps())


def own_bundle(host: str) -> Path:
    """Where ``install-host`` keeps the panel of ``host``."""
    return data_folder() / "hosts" / host


def _uninstall(steps: Steps, own: Path, dry_run: bool) -> None:
    changes = steps.uninstalling()
    if dry_run:
        _would(changes, f"{own} would be taken away." if own.exists() else "")
        _say(*steps.would(undo=True))
        return
    steps.carry_out(changes, undo=True)
    _say(*_told(changes), *steps.said)
    if own.exists():
        try:
            shutil.rmtree(own)
        except OSError as problem:
            raise NotWritable(
                f"{own} cannot be taken away: {problem.strerror}.", advice="Close the host, then run this again."
            ) from None
        _say(f"{own} was taken away.")


def _told(changes: Sequence[Change]) -> list[str]:
    return [line for change in changes for line in (change.words, *change.notes)]


def _would(changes: Sequence[Change], first: str) -> None:
    _say("Nothing is done; this is what would be:", first)
    for change in changes:
        if not change.needed:
            _say(change.words)
            continue
        if change.after is None:
            _say(f"{change.path} would be taken away.")
        else:
            shown = change.shown or change.after.decode("utf-8", "replace")
            _say(f"{change.path} would become:", *(f"    {line}" for line in shown.splitlines()))
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
