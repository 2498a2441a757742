"""``mattewire finish``: a tracked job's files once more, cleaned otherwise or in other formats, without tracking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from mattewire_protocol import Client, JobView, MatteRequest, codec
from mattewire_protocol.checks import JOB_ID
from mattewire_protocol.deliver import Deliverable, ObjectName
from mattewire_protocol.errors import BadField, InternalError, NotKept, UnknownJob
from mattewire_protocol.messages import FINAL_STATES, Finish, JobSummary

from . import files, mask, wanted
from .follow import run_job
from .show import told_plainly
from .sidecars import read_sidecar, sidecar_among

LATEST = "last"


def register(app: typer.Typer) -> None:
    app.command("finish")(finish)


def finish(
    job: Annotated[
        str, typer.Argument(metavar="JOB", help="As `mattewire jobs` lists it, or its beginning; last: the latest.")
    ],
    out: wanted.Out = [],  # noqa: B006 - typer reads it
    format: wanted.Format = "",
    name: wanted.Name = None,
    remove_specks: wanted.RemoveSpecks = 0.0,
    fill_holes: wanted.FillHoles = 0.0,
    close: wanted.Close = 0.0,
    smooth: wanted.Smooth = 0.0,
    temporal: wanted.Temporal = None,
    dilate: wanted.Dilate = 0.0,
    feather: wanted.Feather = 0.0,
    clean_up: wanted.Clean = None,
    garbage: wanted.Garbage = None,
    holdout: wanted.Holdout = None,
    edges: wanted.Method = "guided",
    band: wanted.Band = 0.0,
    motion_blur: wanted.MotionBlur = False,
    colors: wanted.Colors = "",
    depth: wanted.DepthEngine = "",
    holdout_by_depth: wanted.HoldoutByDepth = False,
    depth_margin: wanted.DepthMargin = None,
    z: wanted.ZChannel = False,
    priority: wanted.Priority = 0,
    label: wanted.Label = "",
    overwrite: wanted.Overwrite = False,
    as_json: wanted.AsJson = False,
) -> None:
    """Make a job's files again with other clean-up, formats or names. Nothing is tracked.

    Edges, clean-up and shapes are those given now, names stay. Without --out the job's own files are meant: where
    {version} is in their names the next version is made; else add --overwrite, or --format for others beside them.
    """
    with told_plainly(as_json), Client(start=True, name="mattewire finish") as client:
        often = wanted.temporal_of(temporal, edges)
        steps = wanted.every_object(remove_specks, fill_holes, close, smooth, often, dilate, feather)
        after = wanted.after_the_engine(name, steps, clean_up, garbage, holdout)
        distances = wanted.depth(depth, holdout_by_depth, depth_margin)
        before, asked = latest(client) if job == LATEST else earlier(client, found(client, job))
        order = Finish(
            codec.new_id(),
            before.job_id,
            wanted.with_z(wanted.with_colors(files_for(asked, out, format), colors), z, distances),
            after.names or names_of(before, asked),
            after.clean_up,
            after.shapes,
            overwrite,
            priority,
            label,
            edges=wanted.edges(edges, band, motion_blur),
            depth=distances,
        )
        timings: dict[str, float] = {}
        try:
            ended = run_job(client, order, as_json=as_json, timings=timings)
            mask.finish(ended, timings, as_json)
        except NotKept as problem:
            raise NotKept(
                problem.message,
                field="JOB",
                advice="Run `mattewire mask` with the same words again: the shot is tracked anew.",
            ) from problem


def latest(client: Client) -> tuple[JobView, MatteRequest | None]:
    """The latest job that is done and whose files are still there: not a rerun's, which were only to be compared."""
    for each in client.jobs(500):
        if each.state == "done":
            before, asked = earlier(client, each.job_id)
            if asked is not None:
                return before, asked
    raise UnknownJob("No job is done whose files are there.", field="JOB", advice="See `mattewire jobs`.")


def found(client: Client, job: str) -> str:
    """The id of the job that ``job`` means: itself, or a beginning that only one has.

    ``UnknownJob``, ``BadField`` for several, ``NotKept`` for one that is not done.
    """
    one = fitting(client.jobs(500), job)
    if one is None:
        return older(job)
    if one.state not in FINAL_STATES:
        advice = "Wait until it is done; `mattewire jobs` says when."
        raise NotKept(f"Job {one.job_id} is {one.state}: its shot is not wholly tracked.", field="JOB", advice=advice)
    if one.state != "done":
        advice = "Finish the job that tracked the shot; where there is none, run `mattewire mask` again."
        state = one.state.replace("_", " ")
        raise NotKept(f"Job {one.job_id} is {state}, so there is nothing to finish.", field="JOB", advice=advice)
    return one.job_id


def fitting(jobs: Sequence[JobSummary], job: str) -> JobSummary | None:
    """The one of ``jobs`` that ``job`` means: itself, or a beginning that only one has. ``BadField`` for several."""
    found = [each for each in jobs if each.job_id == job] or [each for each in jobs if each.job_id.startswith(job)]
    if len(found) > 1:
        raise BadField(f"{len(found)} jobs begin with {job!r}.", field="JOB", advice="Write more of the id.")
    return found[0] if found else None


def older(job: str) -> str:
    """The id of a job that is not in the list, which the daemon may know all the same. ``UnknownJob`` for no id."""
    if JOB_ID.match(job):
        return job
    raise UnknownJob(f"No job begins with {job!r}.", field="JOB", advice="See `mattewire jobs`.")


def earlier(client: Client, job_id: str) -> tuple[JobView, MatteRequest | None]:
    """The job as it ended, and what it was asked for; None when its sidecar is no longer there."""
    view = JobView(job_id)
    for event in client.watch(job_id):
        view.apply(event)
    try:
        return view, read_sidecar(sidecar_among(view.outputs)).request
    except (BadField, InternalError):
        return view, None


def files_for(asked: MatteRequest | None, out: Sequence[str], format: str) -> list[Deliverable]:
    """The files to make: those named, else the job's own, in the format named."""
    if out:
        return files.deliverables(out, format)
    if asked is None:
        raise BadField(
            "is needed: the job's sidecar, which says where its files are, is not there.",
            field="--out",
            advice="Say where the files go, as in --out mattes/ball.####.exr.",
        )
    return files.beside(asked.out, format) if format else list(asked.out)


def names_of(before: JobView, asked: MatteRequest | None) -> list[ObjectName]:
    """The names that the artist gave; where nobody knows any more which those were, the ones that the job used."""
    if asked is not None:
        return list(asked.names)
    return [ObjectName(number, name) for number, name in sorted(before.names.items())]
