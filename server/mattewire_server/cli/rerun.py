"""``mattewire rerun``: repeats a job from its sidecar and says whether the files are the same, byte for byte."""

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
from mattewire_protocol.deliver import ONE_FILE, Deliverable
from mattewire_protocol.errors import BadField
from mattewire_protocol.request import MatteRequest

from ..durable import output_error
from ..mattes import tokens_in
from ..patterns import has_counter
from .agreement import Change, Compared, Difference, changes, compare_all
from .files import SUFFIXES
from .follow import run_job
from .mask import finish
from .show import printable, screen, told_plainly
from .sidecars import Sidecar, found_on_disk, read_sidecar, sidecar_among

SHOWN = 20
"""Differing frames that are listed for people; ``--json`` has all."""


def register(app: typer.Typer) -> None:
    app.command("rerun")(rerun)


def rerun(
    sidecar: Annotated[Path, typer.Argument(metavar="SIDECAR", help="The NAME.mattewire.json beside the mattes.")],
    out: Annotated[str, typer.Option(help="Where the new files go, and stay: folder/name.####.exr, or a folder.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep the new files and say where they are.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Every event as a line of JSON, the result last.")] = False,
) -> None:
    """Repeat a job from its sidecar and compare all its files; exit status 1 when a byte differs.

    It is tracked again, even where the shot is kept.
    """
    with told_plainly(as_json):
        before = read_sidecar(sidecar)
        originals = found_on_disk(before.outputs, sidecar)
        with destination(before.request.out, sidecar, out, keep) as paths:
            timings: dict[str, float] = {}
            with Client(start=True, name="mattewire rerun") as client:
                job = run_job(client, repeated(before.request, paths), as_json=as_json, timings=timings)
            if job.state != "done":
                finish(job, timings, as_json)
            after = read_sidecar(sidecar_among(job.outputs))
            compared = compare_all(originals, after.outputs, before.frames, after.frames)
        agree = report(before, after, compared, as_json)
        if (out or keep) and not as_json:
            for made in after.outputs:
                print(made.path)
    if not agree:
        raise typer.Exit(1)


def repeated(request: MatteRequest, paths: Sequence[str]) -> MatteRequest:
    """The request with other files to write, and truly tracked again: what is kept would agree with itself."""
    out = [replace(each, path=path) for path, each in zip(paths, request.out, strict=True)]
    return replace(request, out=out, overwrite=False, priority=0, reuse=False, finish_of="")


@contextmanager
def destination(out: Sequence[Deliverable], sidecar: Path, wanted: str, keep: bool) -> Iterator[list[str]]:
    """Paths for the new files, tokens and all: ``wanted`` (a file name or a folder), else in a folder beside the
    sidecar that is removed at the end. ``BadField`` when one name cannot hold them all."""
    place = os.path.abspath(os.path.expanduser(wanted)) if wanted else ""
    if place and _names_files(place, out):
        if len(out) > 1:
            raise BadField(f"one name cannot hold {len(out)} outputs.", field="--out", advice="Name a folder.")
        if "object" in tokens_in(out[0].path) and "object" not in tokens_in(place):
            raise BadField(
                "one name cannot hold a sequence for each object.",
                field="--out",
                advice="Put {object} into it, or name a folder.",
            )
        yield [place]
        return
    if place:
        yield _inside(place, out)
        return
    beside = str(sidecar.resolve().parent)
    try:
        folder = tempfile.mkdtemp(prefix=".rerun-", dir=beside)
    except OSError as problem:
        raise output_error(problem, beside, "The new files", "--out") from problem
    try:
        yield _inside(folder, out)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _names_files(place: str, out: Sequence[Deliverable]) -> bool:
    wholes = {SUFFIXES[each.format] for each in out if each.format in ONE_FILE}
    return has_counter(os.path.basename(place)) or os.path.splitext(place)[1].lower() in wholes


def _inside(folder: str, out: Sequence[Deliverable]) -> list[str]:
    """The same names in ``folder``, from the first folder with a token on; numbered where they come from several."""
    parted = [_parted(os.path.abspath(each.path)) for each in out]
    if len({os.path.normcase(head) for head, _ in parted}) == 1:
        return [os.path.join(folder, tail) for _, tail in parted]
    return [os.path.join(folder, str(number), tail) for number, (_, tail) in enumerate(parted, 1)]


def _parted(path: str) -> tuple[str, str]:
    """The folders without tokens, and the rest."""
    head, tail = os.path.split(path)
    while tokens_in(head):
        head, name = os.path.split(head)
        tail = os.path.join(name, tail)
    return head, tail


def report(before: Sidecar, after: Sidecar, compared: Sequence[Compared], as_json: bool) -> bool:
    """Says how the files compare and what has changed; True when every byte agrees."""
    changed = changes(before.facts, after.facts)
    agree = not any(each.differences for each in compared)
    if as_json:
        facts = {"outputs": [asdict(each) for each in compared], "changes": [asdict(each) for each in changed]}
        print(json.dumps({"event": "rerun", "agree": agree, **facts}), flush=True)
        return agree
    for each in compared:
        _tell(each)
    for change in changed:
        screen.print(printable(f"  Changed: {_in_words(change)}"), soft_wrap=True)
    if not agree and not changed:
        screen.print("  Plate, engine, weights and versions are the same. Were the files changed by hand?")
    return agree


def _tell(compared: Compared) -> None:
    name, count = os.path.basename(compared.original or compared.again), compared.frames
    differences = compared.differences
    if not differences:
        line = f"{count} frames of {name} are the same, byte for byte." if count > 1 else f"{name} is the same."
        screen.print(Text("✓ ", style="bold green").append(printable(line), style="not bold default"))
        return
    whole = differences[0].frame is None
    line = f"{name} is not the same." if whole else f"{len(differences)} of {count} frames of {name} are not the same."
    screen.print(Text("✗ ", style="bold red").append(printable(line), style="not bold default"))
    for difference in differences[:SHOWN]:
        words = _words(difference)
        screen.print(f"  {words[0].upper()}{words[1:]}" if whole else f"  Frame {difference.frame}: {words}")
    if len(differences) > SHOWN:
        screen.print(f"  … and {len(differences) - SHOWN} more.")


def _words(difference: Difference) -> str:
    return {
        "pixels": f"pixels differ by up to {difference.most:.4g}.",
        "header": "the pixels agree, the header does not.",
        "window": "the size or the data window differs.",
        "channels": "it has other channels.",
        "movie": _lengths(difference.lengths),
        "missing": "the original is missing.",
        "not repeated": "it was not made again.",
        "added": "the original does not have it.",
        "unreadable": "it cannot be read.",
    }[difference.what]


def _lengths(lengths: tuple[int, int] | None) -> str:
    if lengths is None:
        return "the movie differs."
    was, now = lengths
    return f"the movie differs; both have {was} frames." if was == now else f"it had {was} frames, it has {now} now."


def _in_words(change: Change) -> str:
    was, now = ("nothing" if value is None else value for value in (change.was, change.now))
    return f"{change.what} was {was}, is {now}."
