"""``mattewire jobs | show | cancel``: the queue."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from mattewire_protocol import Client, JobView, codec
from mattewire_protocol.errors import DaemonUnreachable, UnknownJob
from mattewire_protocol.messages import WorstFrame

from . import mask
from .finish import LATEST, fitting, older
from .show import printable, screen, told_plainly

PATIENCE_S = 10.0
"""How long the daemon may take to tell what there is of a job."""


def register(app: typer.Typer) -> None:
    app.command("jobs")(jobs)
    app.command("cancel")(cancel)
    app.command("show")(show)


def jobs(
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON for each job.")] = False,
) -> None:
    """List the newest jobs."""
    with told_plainly(as_json), Client(start=True, name="mattewire jobs") as client:
        found = client.jobs(limit)
        if as_json:
            for job in found:
                print(json.dumps(codec.to_wire(job)))
            return
        table = Table("job", "state", "what", "engine", "frames", "submitted", box=None)
        for job in found:
            when = time.strftime("%d %b %H:%M", time.localtime(job.submitted_at))
            frames = f"{job.frames_done} of {job.frames_total}" if job.frames_total else ""
            table.add_row(job.job_id, job.state, job.label, job.engine, frames, when)
        screen.print(table if found else "No jobs yet.")


def cancel(job_id: Annotated[str, typer.Argument(help="The job, as `mattewire jobs` lists it.")]) -> None:
    """Stop a job; its finished frames stay."""
    with told_plainly(), Client(start=True, name="mattewire cancel") as client:
        screen.print(f"Job {job_id} is {client.cancel(job_id).state}.")


def show(
    job: Annotated[
        str, typer.Argument(metavar="JOB", help="As `mattewire jobs` lists it, or its beginning; last: the latest.")
    ],
    worst: Annotated[bool, typer.Option("--worst", help="List the frames worth a look, worst first, and why.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The job as one line of JSON; with --worst a line for each such frame.")
    ] = False,
) -> None:
    """Say how a job stands, and which of its frames are worth a look."""
    with told_plainly(as_json), Client(start=True, name="mattewire show") as client:
        view = _as_it_stands(client, _meant(client, job))
        asking = view.asking()
        if as_json and worst:
            for each in asking:
                print(json.dumps(codec.to_wire(each)))
        elif as_json:
            told = [codec.to_wire(each) for each in asking]
            print(json.dumps({**mask.summary(view, {}), "event": "job", "line": view.line(), "worst": told}))
        elif worst:
            _list_worst(view, asking)
        else:
            _tell(view)


def _meant(client: Client, job: str) -> str:
    """The id of the job: itself, a beginning that only one has, or the latest. ``UnknownJob``, ``BadField``."""
    jobs = client.jobs(500)
    if job == LATEST:
        if not jobs:
            raise UnknownJob("There are no jobs yet.", field="JOB", advice="`mattewire mask` makes one.")
        return jobs[0].job_id
    one = fitting(jobs, job)
    return one.job_id if one is not None else older(job)


def _as_it_stands(client: Client, job_id: str) -> JobView:
    view = JobView(job_id)
    seq = client.follow(job_id).seq
    until = time.monotonic() + PATIENCE_S
    while view.seq < seq:
        if time.monotonic() > until:
            raise DaemonUnreachable(f"The daemon did not tell all of job {job_id} within {PATIENCE_S:g} seconds.")
        for event in client.poll(0.1):
            view.apply(event)
    return view


def _tell(view: JobView) -> None:
    state = view.state.replace("_", " ")
    screen.print(printable(f"Job {view.job_id} is {state}. {view.line()}"))
    if view.total:
        screen.print(f"  Frames {view.first} to {view.last}, keyframe {view.keyframe}, engine {view.engine}.")
    if view.color_line():
        screen.print(printable(f"  Plate read as {view.color_line()}."))
    flagged = mask.flagged(view)
    if flagged:
        screen.print(f"  Worth a look: {runs(flagged)}. Why: mattewire show {view.job_id} --worst", soft_wrap=True)
    for path in view.outputs:
        print(path)


def _list_worst(view: JobView, asking: Sequence[WorstFrame]) -> None:
    if not asking:
        screen.print("No frame is worth a look." if view.ended else "No frame is worth a look so far.")
        return
    table = Table("frame", "score", "why", box=None)
    for each in asking:
        known = view.worst or each.frame in view.scores
        score = f"{each.score:.2f}" if known else "unknown"
        table.add_row(str(each.frame), score, printable(" ".join(each.why) or ", ".join(each.flags)))
    screen.print(table)
    flagged = len(mask.flagged(view))
    if flagged > len(asking):
        screen.print(f"These are the worst {len(asking)} of {flagged}.")


def runs(frames: Sequence[int]) -> str:
    """Ascending frame numbers in few words: ``14, 17, 38 to 89``."""
    spans: list[tuple[int, int]] = []
    for frame in frames:
        if spans and spans[-1][1] == frame - 1:
            spans[-1] = (spans[-1][0], frame)
        else:
            spans.append((frame, frame))
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in spans)
