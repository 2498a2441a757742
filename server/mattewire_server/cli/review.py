"""``mattewire review``: a job's mattes as one HTML page that opens anywhere, the frames most worth a look first."""

from __future__ import annotations

import json
import os
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from mattewire_protocol import Client, JobView
from mattewire_protocol.errors import BadField, InternalError, UnknownJob
from mattewire_protocol.messages import JobSummary, WorstFrame

from ..review import MadeFile, Page, Shot, make_page, megabytes, shot_of
from ..review.making import LARGEST, SMALLEST, USUAL
from . import wanted
from .finish import LATEST, fitting
from .show import counted, printable, screen, told_plainly
from .sidecars import NAME, Sidecar, found_on_disk, read_sidecar, sidecar_among

SUFFIX = ".review.html"


def register(app: typer.Typer) -> None:
    app.command("review")(review)


@dataclass(frozen=True)
class Told:
    """What the daemon knows of a job beyond its sidecar: reasons of frames, and the worst of them."""

    why: Mapping[int, Sequence[str]] = field(default_factory=dict)
    worst: Sequence[WorstFrame] = ()


def review(
    job: Annotated[
        str,
        typer.Argument(
            metavar="JOB|SIDECAR",
            help="A job as `mattewire jobs` lists it, or its beginning; last: the latest. Or the NAME.mattewire.json "
            "beside the mattes, for which no daemon is needed.",
        ),
    ],
    out: Annotated[str, typer.Option(metavar="FILE", help="The page. Default: NAME.review.html beside them.")] = "",
    size: Annotated[
        int, typer.Option(metavar="PIXELS", help="Long edge of its pictures.", min=SMALLEST, max=LARGEST)
    ] = USUAL,
    every: Annotated[int, typer.Option(metavar="FRAMES", help="Only every so many frames, and the worst.", min=1)] = 1,
    plate: Annotated[
        str, typer.Option(metavar="PLATE", help="Where the plate is now. Default: where the job read it.")
    ] = "",
    open_it: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Write a page to look through a job's mattes: frame by frame, over the plate, the worst first.

    It is one HTML file with its pictures in it. It opens from a disk in any browser, and asks no network for anything.
    """
    with told_plainly():
        sidecar, told = (Path(job).expanduser(), Told()) if _is_file(job) else _of_job(job)
        read = read_sidecar(sidecar)
        shot = shot_told(sidecar, read, told)
        files = [
            MadeFile(read.request.out[each.deliverable], each.object, each.path)
            for each in found_on_disk(read.outputs, sidecar)
        ]
        place = os.path.expanduser(out) if out else beside(sidecar, SUFFIX)
        with counted("Making the page.", quiet=False) as progress:
            page = make_page(
                shot,
                files,
                place,
                size=size,
                every=every,
                plate=wanted.path_of(plate) if plate else "",
                progress=progress,
            )
        tell(page)
        print(page.path)
        if open_it and not webbrowser.open(Path(page.path).as_uri()):
            screen.print("  There is no browser to open it in.")


def shot_told(sidecar: Path, read: Sidecar, told: Told) -> Shot:
    """The shot that ``sidecar``, which is one, tells of, and the boxes beside it where they are there."""
    tree = json.loads(sidecar.read_text(encoding="utf-8"))
    return shot_of(tree, read.request, boxes=_boxes_beside(sidecar), why=told.why, worst=told.worst)


def tell(page: Page) -> None:
    """What was made, and what is missing in it, for people."""
    frames = f"{page.frames} frame{'' if page.frames == 1 else 's'}"
    line = f"{frames} at {page.size.width} x {page.size.height}, {megabytes(page.bytes)}"
    line += f", {page.worst} worth a look." if page.worst else "."
    screen.print(Text("✓ ", style="bold green").append(printable(line), style="not bold default"))
    if page.without_matte:
        some = ", ".join(str(frame) for frame in page.without_matte[:8])
        rest = f" and {len(page.without_matte) - 8} more" if len(page.without_matte) > 8 else ""
        screen.print(f"  Without a matte: {some}{rest}.")
    if page.note:
        way_out = " Say where it is with --plate." if page.note.startswith("The plate is not shown") else ""
        screen.print(printable(f"  {page.note}{way_out}"), soft_wrap=True)


def beside(sidecar: Path, end: str) -> str:
    """The path of what goes with the same mattes: ``ball.mattewire.json`` -> ``ball`` and ``end``."""
    text = str(sidecar)
    return (text[: -len(f".{NAME}")] if text.endswith(f".{NAME}") else os.path.splitext(text)[0]) + end


def _is_file(text: str) -> bool:
    return text.endswith(".json") or os.sep in text or os.path.isfile(text)


def _boxes_beside(sidecar: Path) -> Mapping[str, Any] | None:
    """The boxes document; None where it is gone or is none: the page goes without the objects' own scores."""
    try:
        tree = json.loads(Path(beside(sidecar, ".boxes.json")).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _of_job(job: str) -> tuple[Path, Told]:
    """The sidecar of a job that is done, and what the daemon knows of it. ``UnknownJob``, ``BadField``."""
    with Client(start=True, name="mattewire review") as client:
        jobs = client.jobs(500)
        view = JobView(_done(jobs, job).job_id)
        for event in client.watch(view.job_id):
            view.apply(event)
    try:
        sidecar = sidecar_among(view.outputs)
    except InternalError as problem:
        raise BadField(f"job {view.job_id} tells of no sidecar.", field="JOB") from problem
    if not sidecar.is_file():
        advice = "If the mattes were moved, give the NAME.mattewire.json beside them instead."
        raise BadField(f"{sidecar} of job {view.job_id} is not there.", field="JOB", advice=advice)
    return sidecar, Told(view.why, view.worst)


def _done(jobs: Sequence[JobSummary], job: str) -> JobSummary:
    """The one job that is meant, which must be done: only then is there a sidecar to go by."""
    if job == LATEST:
        latest = next((each for each in jobs if each.state == "done"), None)
        if latest is None:
            raise UnknownJob("No job is done yet.", field="JOB", advice="See `mattewire jobs`.")
        return latest
    one = fitting(jobs, job)
    if one is None:
        advice = "See `mattewire jobs`, or give the NAME.mattewire.json beside the mattes."
        raise UnknownJob(f"No job begins with {job!r}.", field="JOB", advice=advice)
    if one.state != "done":
        state = one.state.replace("_", " ")
        advice = "A page is made of a job that is done; `mattewire jobs` says when."
        raise BadField(f"job {one.job_id} is {state}.", field="JOB", advice=advice)
    return one
