"""``mattewire jobs | cancel``: the queue."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer
from rich.table import Table

from mattewire_protocol import Client, codec

from .show import screen, told_plainly


def register(app: typer.Typer) -> None:
    app.command("jobs")(jobs)
    app.command("cancel")(cancel)


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
