"""``mattewire kept list | clear``: tracked shots that can be finished again. Works without the daemon."""

from __future__ import annotations

import json
import os
import time
from typing import Annotated, Any

import typer
from rich.table import Table

from ..kept import Entry, KeptStore
from ..settings import load_settings
from .show import screen, told_plainly

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, one line for each shot.")]


def register(app: typer.Typer) -> None:
    kept = typer.Typer(help="List and remove the tracked shots that can be finished again.", no_args_is_help=True)
    kept.command("list")(list_all)
    kept.command("clear")(clear)
    app.add_typer(kept, name="kept")


def list_all(as_json: AsJson = False) -> None:
    """List the shots that are kept, the last used first."""
    with told_plainly(as_json):
        store, limit = _store()
        shots = store.shots()[::-1]
        if as_json:
            for shot in shots:
                print(json.dumps(_facts(shot)))
            return
        table = Table("shot", "plate", "what", "frames", "size", "last used", box=None)
        for shot in shots:
            when = time.strftime("%d %b %H:%M", time.localtime(shot.used_at))
            frames = f"{shot.frames[0]}-{shot.frames[-1]}"
            table.add_row(shot.address[:8], *_names(shot), frames, _size(shot.size), when)
        if shots:
            screen.print(table)
        filled = sum(shot.size for shot in shots)
        screen.print(f"{_count(len(shots))}, {_size(filled)} of {_size(limit)}. Folder: {store.folder}", soft_wrap=True)


def clear() -> None:
    """Remove every kept shot; mattes stay. A shot that a job is working on stays too."""
    with told_plainly():
        store, _ = _store()
        gone = store.clear()
        busy = len(store.shots())
        screen.print(f"{_count(len(gone))} removed, {_size(sum(shot.size for shot in gone))}.")
        if busy:
            screen.print(f"{_count(busy)} stayed: in use.")


def _store() -> tuple[KeptStore, int]:
    settings = load_settings()
    return KeptStore(settings.home, settings.keep_bytes), settings.keep_bytes


def _names(shot: Entry) -> tuple[str, str]:
    """The plate's file name and what was asked for, as far as the pipeline noted them."""
    prompts = shot.facts.get("prompts")
    what = ", ".join(str(prompt) for prompt in prompts) if isinstance(prompts, list) else ""
    return os.path.basename(str(shot.facts.get("plate", ""))), what


def _facts(shot: Entry) -> dict[str, Any]:
    return {
        "address": shot.address,
        "frames": list(shot.frames),
        "bytes": shot.size,
        "used_at": shot.used_at,
        "in_use": shot.in_use,
        "facts": dict(shot.facts),
    }


def _count(number: int) -> str:
    return "1 shot" if number == 1 else f"{number} shots"


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
