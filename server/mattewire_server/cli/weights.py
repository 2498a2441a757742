"""``mattewire weights list | pull | add | check``: the models' files. Works without torch and without the daemon."""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from mattewire_protocol.errors import WeightsMissing

from ..weights import MANIFEST, Entry, add, check, entry, installed, locate, pull, record_of, weights_folder
from ..weights.store import Progress as Report
from .show import screen, told_plainly

Name = Annotated[str, typer.Argument(help="A name that `mattewire weights list` shows.")]
AsJson = Annotated[bool, typer.Option("--json", help="As one line of JSON.")]


def register(app: typer.Typer) -> None:
    weights = typer.Typer(help="List, download, add and check the models' weights.", no_args_is_help=True)
    weights.command("list")(list_all)
    weights.command("pull")(pull_one)
    weights.command("add")(add_one)
    weights.command("check")(check_them)
    app.add_typer(weights, name="weights")


def list_all(as_json: AsJson = False) -> None:
    """List all weights, where they come from, and which are here."""
    with told_plainly(as_json):
        here = set(installed())
        if as_json:
            print(json.dumps([_facts(item, item.name in here) for item in MANIFEST]))
            return
        table = Table("name", "engine", "here", "license", "commercial", box=None)
        for column in table.columns[:3]:
            column.no_wrap = True
        for item in MANIFEST:
            allowed = "yes" if item.commercial else "read the license"
            table.add_row(item.name, item.engine, "yes" if item.name in here else "", item.license, allowed)
        screen.print(table)
        screen.print(f"Folder: {weights_folder()}")


def pull_one(
    name: Name,
    accept_license: Annotated[
        bool, typer.Option("--accept-license", help="For weights whose license may not allow commercial work.")
    ] = False,
) -> None:
    """Download weights from their publisher; an interrupted download goes on."""
    with told_plainly():
        item = entry(name)
        with _bar(f"Pulling {item.label}") as report:
            record = pull(name, accept_license=accept_license, progress=report)
        screen.print(f"{item.label} is here. License: {item.license}, {item.license_url}")
        _tell_hash(record.sha256)
        _examine(item)


def add_one(
    name: Name,
    path: Annotated[Path, typer.Argument(help="The publisher's file, or a Hugging Face folder.")],
) -> None:
    """Take weights that are on this machine already into the folder."""
    with told_plainly():
        item = entry(name)
        # Before anything is copied: weights that were here stay when the new ones are wrong.
        _examine(item, path)
        with _bar(f"Adding {item.label}") as report:
            record = add(name, path, progress=report)
        screen.print(f"{item.label} is here.")
        _tell_hash(record.sha256)


def check_them(name: Annotated[str, typer.Argument(help="One name; all that are here when left out.")] = "") -> None:
    """Read weights again and compare with what was recorded; exit status 1 when something is wrong."""
    with told_plainly():
        names = [name] if name else installed()
        if not names:
            screen.print("No weights are here yet. `mattewire weights list` shows what there is.")
        for each in names:
            record = check(each)
            _examine(entry(each))
            screen.print(f"{each}: as recorded, SHA-256 {record.sha256}")


def _examine(item: Entry, path: Path | None = None) -> None:
    """Compares every tensor with the architecture, where torch and a check for this engine are installed."""
    place = path or locate(item.name)
    if not place.exists() or item.config.get("architecture") == "vocabulary":
        return
    module = f"mattewire_server.engines.{item.engine.replace('-', '_')}.checkpoint"
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("transformers") is None:
        screen.print("The tensors were not looked at: torch and transformers are not installed.")
        return
    try:
        examine = importlib.import_module(module).examine
    except (ImportError, AttributeError):
        screen.print(f"The tensors were not looked at: {item.engine} has no check for them.")
        return
    try:
        count = examine(place, dict(item.config))
    except WeightsMissing as problem:
        raise WeightsMissing(f"{item.label}: {problem.message}", advice=problem.advice) from problem
    screen.print(f"{count} tensors, none missing, none unexpected.")


def _tell_hash(sha256: str) -> None:
    screen.print(f"SHA-256 {sha256}, recorded.", soft_wrap=True)


def _facts(item: Entry, here: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": item.name,
        "label": item.label,
        "engine": item.engine,
        "license": item.license,
        "license_url": item.license_url,
        "commercial": item.commercial,
        "files": [{"name": source.name, "url": source.url} for source in item.files],
        "here": here,
    }
    if item.size is not None:
        facts["size"] = item.size
    if here:
        facts["path"], facts["sha256"] = str(locate(item.name)), record_of(item.name).sha256
    return facts


@contextmanager
def _bar(text: str) -> Iterator[Report]:
    """A progress bar in bytes; on something that is no terminal, one line."""
    if not screen.is_terminal:
        screen.print(f"{text} …")
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)
