"""``mattewire finish``: a tracked job's files once more, cleaned otherwise or in other formats, without tracking."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from mattewire_protocol import CleanUp, Client, JobView, codec
from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField, UnknownJob
from mattewire_protocol.messages import Finish
from mattewire_protocol.request import MatteRequest

from . import mask, wanted
from .agreement import read_sidecar
from .follow import run_job
from .show import told_plainly

LATEST = "last"


def register(app: typer.Typer) -> None:
    app.command("finish")(finish)


def finish(
    job: Annotated[str, typer.Argument(help="The job, as `mattewire jobs` lists it, the beginning of it, or last.")],
    out: wanted.Out = [],  # noqa: B006 - typer reads it
    format: wanted.Format = "",
    name: wanted.Name = None,
    remove_specks: wanted.RemoveSpecks = 0.0,
    fill_holes: wanted.FillHoles = 0.0,
    close: wanted.Close = 0.0,
    smooth: wanted.Smooth = 0.0,
    temporal: wanted.Temporal = 0,
    dilate: wanted.Dilate = 0.0,
    feather: wanted.Feather = 0.0,
    clean_up: wanted.Clean = None,
    garbage: wanted.Garbage = None,
    holdout: wanted.Holdout = None,
    priority: Annotated[int, typer.Option(help="-100 to 100; higher runs first.")] = 0,
    label: Annotated[str, typer.Option(help="The new job's name in lists.")] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace mattes that are there already.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Every event as a line of JSON, the result last.")] = False,
) -> None:
    """Make a job's files again with other clean-up, formats or names. Nothing is tracked; no model runs.

    Without --out the job's own files are meant: add --overwrite, or give --format to write others beside them.
    """
    with told_plainly(as_json), Client(start=True, name="mattewire finish") as client:
        of = found(client, job)
        every = CleanUp(0, remove_specks, fill_holes, close, smooth, temporal, dilate, feather)
        after = wanted.after_the_engine(name, every, clean_up, garbage, holdout)
        files = wanted.deliverables(out or own_paths(before(client, of).out, format), format) if out or format else []
        order = Finish(
            codec.new_id(),
            of,
            files or before(client, of).out,
            after.names,
            after.clean_up,
            after.shapes,
            overwrite,
            priority,
            label,
        )
        timings: dict[str, float] = {}
        ended = run_job(client, order, as_json=as_json, timings=timings)
        mask.finish(ended, timings, as_json)


def found(client: Client, job: str) -> str:
    """The id of the job that ``job`` means: itself, a beginning that only one has, or the latest that is done."""
    jobs = client.jobs(500)
    if job == LATEST:
        done = [each.job_id for each in jobs if each.state == "done"]
        if not done:
            raise UnknownJob("No job is done yet.", field="JOB")
        return done[0]
    fitting = [each.job_id for each in jobs if each.job_id.startswith(job)]
    if len(fitting) > 1 and job not in fitting:
        raise BadField(f"{len(fitting)} jobs begin with {job!r}.", field="JOB", advice="Write more of the id.")
    return fitting[0] if len(fitting) == 1 else job


def before(client: Client, job_id: str) -> MatteRequest:
    """What the job was asked for, from the sidecar beside its files."""
    view = JobView(job_id)
    for event in client.watch(job_id):
        view.apply(event)
    for path in view.outputs:
        if path.endswith(".mattewire.json"):
            return read_sidecar(Path(path)).request
    raise BadField("is needed: the job's sidecar is not there.", field="--out", advice="Say where the files go.")


def own_paths(out: Sequence[Deliverable], format: str) -> list[str]:
    """The paths of the job's own files, for another format beside them."""
    paths = [each.path for each in out]
    if len(paths) > 1:
        raise BadField(f"has to be told: the job has {len(paths)} outputs.", field="--out")
    return paths
