"""``mattewire mask``: one shot, from the command line, through the same daemon and request as every panel."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.text import Text

from mattewire_protocol import Client, JobView, MatteRequest, Plate, codec
from mattewire_protocol.messages import Error

from ..patterns import parse_range
from . import files, marks, wanted
from .follow import run_job
from .show import INTERRUPTED, printable, screen, told_plainly


def register(app: typer.Typer) -> None:
    app.command("mask")(mask)


def mask(
    plate: Annotated[
        str, typer.Argument(metavar="PLATE", help="A sequence (shot.####.exr, or any frame of it) or a movie.")
    ],
    out: wanted.Out,
    prompt: Annotated[
        list[str] | None,
        typer.Option(metavar="WORDS", help="What to mask. Repeat it for more than one thing."),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="WORDS", help="What to leave out. May be repeated.")
    ] = None,
    pick: Annotated[
        str, typer.Option(metavar="WHICH", help="Which matches: best (of each prompt), all, or numbers as in 1,2.")
    ] = "best",
    box: Annotated[
        list[str] | None,
        typer.Option(metavar="BOX", help="x0,y0,x1,y1@FRAME, plate pixels. May be repeated."),
    ] = None,
    point: Annotated[
        list[str] | None,
        typer.Option(metavar="POINT", help="x,y@FRAME:keep or x,y@FRAME:drop. May be repeated."),
    ] = None,
    frames: Annotated[
        str, typer.Option("--range", metavar="FRAMES", help="First and last frame, both included: 1001-1096.")
    ] = "",
    keyframe: Annotated[int | None, typer.Option(metavar="FRAME", help="The frame to look for the prompt on.")] = None,
    view: wanted.View = "",
    format: wanted.Format = "",
    overwrite: wanted.Overwrite = False,
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
    colorspace: wanted.Colorspace = "",
    ocio: wanted.Ocio = "",
    exposure: wanted.Exposure = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="The preset of models.", rich_help_panel=wanted.MODELS)
    ] = "preview",
    detector: Annotated[
        str, typer.Option(metavar="NAME", help="Another engine's detector.", rich_help_panel=wanted.MODELS)
    ] = "",
    segmenter: Annotated[
        str, typer.Option(metavar="NAME", help="Another engine's segmenter.", rich_help_panel=wanted.MODELS)
    ] = "",
    quality: Annotated[
        str, typer.Option(metavar="QUALITY", help="draft or final.", rich_help_panel=wanted.MODELS)
    ] = "final",
    box_threshold: Annotated[
        float | None,
        typer.Option(metavar="NUMBER", help="Weakest detection kept, 0 to 1.", rich_help_panel=wanted.MODELS),
    ] = None,
    text_threshold: Annotated[
        float | None,
        typer.Option(metavar="NUMBER", help="Weakest match of a word, 0 to 1.", rich_help_panel=wanted.MODELS),
    ] = None,
    max_objects: Annotated[
        int, typer.Option(metavar="NUMBER", help="Most objects to find.", rich_help_panel=wanted.MODELS)
    ] = 16,
    redetect_every: Annotated[
        int,
        typer.Option(
            metavar="FRAMES",
            help="Look for the prompt again every so many frames; 0: never.",
            rich_help_panel=wanted.MODELS,
        ),
    ] = 0,
    detect_long_edge: Annotated[
        int,
        typer.Option(metavar="PIXELS", help="Long edge the detector sees; 0: its own.", rich_help_panel=wanted.MODELS),
    ] = 0,
    refine_below: Annotated[
        float | None,
        typer.Option(
            metavar="NUMBER", help="Score under which a frame is looked at closer.", rich_help_panel=wanted.MODELS
        ),
    ] = None,
    roi: Annotated[
        bool,
        typer.Option("--roi", help="Track on a crop that follows each subject: for 4K.", rich_help_panel=wanted.MODELS),
    ] = False,
    retrack: Annotated[
        bool, typer.Option("--retrack", help="Track again even if this shot is kept.", rich_help_panel=wanted.RUNNING)
    ] = False,
    priority: wanted.Priority = 0,
    label: wanted.Label = "",
    no_wait: Annotated[
        bool,
        typer.Option("--no-wait", help="Hand the job in, print its id, and return.", rich_help_panel=wanted.RUNNING),
    ] = False,
    as_json: wanted.AsJson = False,
) -> None:
    """Mask a subject through a shot: find it by words, a box or points, track it, write the mattes."""
    with told_plainly(as_json):
        first, last = parse_range(frames, "--range") if frames else (None, None)
        often = wanted.temporal_of(temporal, edges)
        steps = wanted.every_object(remove_specks, fill_holes, close, smooth, often, dilate, feather)
        after = wanted.after_the_engine(name, steps, clean_up, garbage, holdout)
        distances = wanted.depth(depth, holdout_by_depth, depth_margin)
        request = MatteRequest(
            Plate(wanted.path_of(plate), colorspace, view, exposure),
            wanted.with_z(wanted.with_colors(files.deliverables(out, format), colors), z, distances),
            first,
            last,
            keyframe,
            prompt or [],
            exclude or [],
            pick,
            [marks.box(text) for text in box or []],
            [marks.point(text) for text in point or []],
            engine,
            detector,
            segmenter,
            box_threshold,
            text_threshold,
            max_objects,
            quality,
            overwrite,
            priority,
            wanted.config_of(ocio),
            label,
            redetect_every,
            detect_long_edge,
            refine_below,
            roi,
            after.names,
            after.clean_up,
            after.shapes,
            reuse=not retrack,
            edges=wanted.edges(edges, band, motion_blur),
            depth=distances,
        )
        with Client(start=True, name="mattewire mask") as client:
            if no_wait:
                accepted = client.submit(request)
                print(json.dumps({"event": "accepted", **codec.to_wire(accepted)}) if as_json else accepted.job_id)
                return
            timings: dict[str, float] = {}
            job = run_job(client, request, as_json=as_json, timings=timings)
        finish(job, timings, as_json)


def finish(job: JobView, timings: dict[str, float], as_json: bool) -> None:
    """The job's last word, and the exit status: 0 done, 1 failed (its error raised), 130 canceled."""
    if as_json:
        print(json.dumps(summary(job, timings)), flush=True)
    elif job.state == "done":
        pace = job.done / timings["total_s"] if timings.get("total_s") else 0.0
        line = f"{job.line()} {timings['total_s']:.1f} s, {pace:.1f} fps, engine {job.engine}."
        screen.print(Text("✓ ", style="bold green").append(printable(line), style="not bold default"))
        screen.print(printable(f"  Plate read as {job.color_line()}."))
        for path in job.outputs:
            print(path)
    if job.state in ("failed", "set_aside"):
        if as_json:
            raise typer.Exit(1)
        error = job.error or Error("internal_error", "The job failed and did not say why.")
        raise codec.error_of(error)
    if job.state != "done":
        if not as_json:
            screen.print(printable(job.line()))
        raise typer.Exit(INTERRUPTED)


def summary(job: JobView, timings: dict[str, float]) -> dict[str, object]:
    """What ``--json`` prints last."""
    return {
        "event": "end",
        "job_id": job.job_id,
        "state": job.state,
        "engine": job.engine,
        "colorspace": job.colorspace,
        "colorspace_from": job.colorspace_from,
        "exposure": job.exposure,
        "kept": job.kept,
        "frames": job.done,
        "flagged": flagged(job),
        "outputs": job.outputs,
        "error": None if job.error is None else codec.to_wire(job.error),
        **{name: round(value, 3) for name, value in timings.items()},
    }


def flagged(job: JobView) -> list[int]:
    """The frames that are worth a look, ascending."""
    return sorted(frame for frame, state in job.frames.items() if state == "flagged")
