"""``mattewire engines list | accept``: what can be named in requests, and licenses. Works without the daemon."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from .. import engines as registry
from ..settings import load_settings
from .show import screen, told_plainly

AsJson = Annotated[bool, typer.Option("--json", help="As one line of JSON.")]


def register(app: typer.Typer) -> None:
    engines = typer.Typer(help="List the engines, and accept their licenses.", no_args_is_help=True)
    engines.command("list")(list_all)
    engines.command("accept")(accept)
    app.add_typer(engines, name="engines")


def list_all(as_json: AsJson = False) -> None:
    """List the engines: what each does, whether it is ready, and its weights' license."""
    with told_plainly(as_json):
        _look_where_the_worker_does()
        known = registry.describe()
        if as_json:
            print(json.dumps([asdict(each) for each in known]))
            return
        table = Table("name", "model", "does", "license", "ready", box=None)
        table.columns[0].no_wrap = True
        for each in known:
            table.add_row(each.name, each.label, ", ".join(each.does), each.license, "yes" if each.ready else "no")
        screen.print(table)
        for each in known:
            if not each.ready:
                screen.print(f"\n{each.name}: {each.reason}")


def accept(name: Annotated[str, typer.Argument(help="A name that `mattewire engines list` shows.")]) -> None:
    """Say that an engine's license allows what you do; it can be used from then on."""
    with told_plainly():
        _look_where_the_worker_does()
        engine = registry.accept(name)
        screen.print(f"{engine.label} may be used. License: {engine.license or 'none is told'}", soft_wrap=True)


def _look_where_the_worker_does() -> None:
    """A studio's own engines may lie in folders of their own (``MATTEWIRE_ENGINES``)."""
    sys.path.extend(str(folder) for folder in load_settings().engine_folders if str(folder) not in sys.path)
