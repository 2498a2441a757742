"""``mattewire rerun``: repeats a job from its sidecar and says whether the mattes are the same, byte for byte."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mattewire_protocol import Client
from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField
from mattewire_protocol.request import MatteRequest

from ..durable import output_error
from ..patterns import has_counter, parse_pattern, sibling
from .agreement import Change, Compared, Difference, Sidecar, changes, compare, read_sidecar
from .follow import run_job
from .mask import finish
from .show import printable, screen, told_plainly

SHOWN = 20
"""Differing frames that are listed for people; ``--json`` has all."""


def register(app: typer.Typer) -> None:
    app.command("rerun")(rerun)


def rerun(
    sidecar: Annotated[Path, typer.Argument(metavar="SIDECAR", help="The NAME.mattewire.json beside the mattes.")],
    out: Annotated[
        str, typer.Option(help="Where the new mattes go, and stay: folder/name.####.exr, or a folder.")
    ] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep the new mattes and say where they are.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Every event as a line of JSON, the result last.")] = False,
) -> None:
    """Repeat a job from its sidecar and compare the mattes; exit status 1 when a byte differs."""
    with told_plainly(as_json):
        before = read_sidecar(sidecar)
        originals = [original(each.path, sidecar) for each in before.request.out]
        with destination(originals, out, keep) as patterns:
            job_request = repeated(before.request, patterns)
            timings: dict[str, float] = {}
            with Client(start=True, name="mattewire rerun") as client:
                job = run_job(client, job_request, as_json=as_json, timings=timings)
            if job.state != "done":
                finish(job, timings, as_json)
            after = read_sidecar(Path(sibling(patterns[0], "mattewire.json")))
            compared = [
                compare(first, second, before.frames, after.frames)
                for first, second in zip(originals, patterns, strict=True)
            ]
        agree = report(before, after, compared, as_json)
        if (out or keep) and not as_json:
            for pattern in patterns:
                print(pattern)
    if not agree:
        raise typer.Exit(1)


def repeated(request: MatteRequest, patterns: Sequence[str]) -> MatteRequest:
    """The request with other files to write; how to run it is not in a sidecar and is not taken over."""
    out = [Deliverable(path, each.format) for path, each in zip(patterns, request.out, strict=True)]
    return replace(request, out=out, overwrite=False, priority=0)


def original(pattern: str, sidecar: Path) -> str:
    """Where the mattes are: beside their sidecar, even if both were moved; else where the request put them."""
    parse_pattern(pattern, "SIDECAR")  # its error names what is at fault
    name = os.path.basename(pattern)
    beside = str(sidecar.resolve().parent / name)
    moved = (
        os.path.basename(sibling(beside, "mattewire.json")) == sidecar.name and parse_pattern(beside).frames_on_disk()
    )
    return beside if moved else pattern


@contextmanager
def destination(originals: Sequence[str], out: str, keep: bool) -> Iterator[list[str]]:
    """Patterns for the new mattes: those asked for, else in a folder beside the first, removed at the end."""
    if has_counter(out):
        if len(originals) > 1:
            raise BadField(
                f"one pattern cannot hold {len(originals)} sequences.", field="--out", advice="Name a folder."
            )
        yield [os.path.abspath(os.path.expanduser(out))]
        return
    if out:
        yield _inside(os.path.abspath(os.path.expanduser(out)), originals)
        return
    beside = os.path.dirname(originals[0])
    try:
        folder = tempfile.mkdtemp(prefix=".rerun-", dir=beside)
    except OSError as problem:
        raise output_error(problem, beside, "The new mattes", "--out") from problem
    try:
        yield _inside(folder, originals)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _inside(folder: str, originals: Sequence[str]) -> list[str]:
    names = [os.path.basename(pattern) for pattern in originals]
    if len({os.path.normcase(name) for name in names}) == len(names):
        return [os.path.join(folder, name) for name in names]
    return [os.path.join(folder, str(number), name) for number, name in enumerate(names, 1)]


def report(before: Sidecar, after: Sidecar, compared: Sequence[Compared], as_json: bool) -> bool:
    """Says how the sequences compare and what has changed; True when every byte agrees."""
    changed = changes(before.facts, after.facts)
    agree = not any(each.differences for each in compared)
    if as_json:
        facts = {"sequences": [asdict(each) for each in compared], "changes": [asdict(each) for each in changed]}
        print(json.dumps({"event": "rerun", "agree": agree, **facts}), flush=True)
        return agree
    for each in compared:
        _tell(each)
    for change in changed:
        screen.print(printable(f"  Changed: {_in_words(change)}"), soft_wrap=True)
    if not agree and not changed:
        screen.print("  Plate, engine, weights and versions are the same. Were the mattes changed by hand?")
    return agree


def _tell(compared: Compared) -> None:
    name, count = os.path.basename(compared.original), compared.frames
    differences = compared.differences
    if not differences:
        line = f"{count} frames of {name} are the same, byte for byte." if count > 1 else f"{name} is the same."
        screen.print(Text("✓ ", style="bold green").append(printable(line), style="not bold default"))
        return
    line = f"{len(differences)} of {count} frames of {name} are not the same."
    screen.print(Text("✗ ", style="bold red").append(printable(line), style="not bold default"))
    for difference in differences[:SHOWN]:
        screen.print(f"  Frame {difference.frame}: {_words(difference)}")
    if len(differences) > SHOWN:
        screen.print(f"  … and {len(differences) - SHOWN} more.")


def _words(difference: Difference) -> str:
    return {
        "pixels": f"pixels differ by up to {difference.most:.4g}.",
        "header": "the pixels agree, the header does not.",
        "window": "the size or the data window differs.",
        "missing": "the original is missing.",
        "not repeated": "it was not made again.",
        "added": "the original does not have it.",
        "unreadable": "it cannot be read.",
    }[difference.what]


def _in_words(change: Change) -> str:
    was, now = ("nothing" if value is None else value for value in (change.was, change.now))
    return f"{change.what} was {was}, is {now}."
