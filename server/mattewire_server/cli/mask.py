"""``mattewire mask``: one shot, from the command line, through the same daemon and request as every panel."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer
from rich.text import Text

from mattewire_protocol import CleanUp, Client, JobView, MatteRequest, Plate, codec
from mattewire_protocol.errors import from_wire
from mattewire_protocol.messages import Error

from ..patterns import parse_range
from . import marks, wanted
from .follow import run_job
from .show import INTERRUPTED, printable, screen, told_plainly


def register(app: typer.Typer) -> None:
    app.command("mask")(mask)


def mask(
    plate: Annotated[str, typer.Argument(help="A sequence (shot.####.exr, or any frame of it) or a movie.")],
    out: wanted.Out,
    prompt: Annotated[list[str] | None, typer.Option(help="What to mask. Repeat it for more than one thing.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="What to leave out. May be repeated.")] = None,
    pick: Annotated[
        str, typer.Option(help="Which matches: best (of each prompt), all, or numbers as in 1,2.")
    ] = "best",
    box: Annotated[list[str] | None, typer.Option(help="x0,y0,x1,y1@FRAME, plate pixels. May be repeated.")] = None,
    point: Annotated[list[str] | None, typer.Option(help="x,y@FRAME:keep or x,y@FRAME:drop. May be repeated.")] = None,
    frames: Annotated[str, typer.Option("--range", help="First and last frame, both included: 1001-1096.")] = "",
    keyframe: Annotated[int | None, typer.Option(help="The frame to look for the prompt on.")] = None,
    engine: Annotated[str, typer.Option(help="The preset of models.")] = "preview",
    detector: Annotated[str, typer.Option(help="Another engine's detector.")] = "",
    segmenter: Annotated[str, typer.Option(help="Another engine's segmenter.")] = "",
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
    colorspace: Annotated[str, typer.Option(help="The plate's colorspace. Default: what the files say.")] = "",
    ocio: Annotated[
        str, typer.Option(help="The studio's OCIO config, or ocio://NAME of a built-in one.", envvar="OCIO")
    ] = "",
    exposure: Annotated[
        float | None, typer.Option(help="Stops the models see it brighter by. Default: as much as a dark plate needs.")
    ] = None,
    view: Annotated[str, typer.Option(help="The view of a stereo plate.")] = "",
    quality: Annotated[str, typer.Option(help="draft or final.")] = "final",
    box_threshold: Annotated[float | None, typer.Option(help="Weakest detection kept, 0 to 1.")] = None,
    text_threshold: Annotated[float | None, typer.Option(help="Weakest match of a word, 0 to 1.")] = None,
    max_objects: Annotated[int, typer.Option(help="Most objects to find.")] = 16,
    redetect_every: Annotated[int, typer.Option(help="Look for the prompt again every so many frames; 0: never.")] = 0,
    detect_long_edge: Annotated[int, typer.Option(help="Long edge the detector sees, pixels; 0: its own.")] = 0,
    refine_below: Annotated[float | None, typer.Option(help="Score under which a frame is looked at closer.")] = None,
    roi: Annotated[bool, typer.Option("--roi", help="Track on a crop that follows each subject: for 4K.")] = False,
    priority: Annotated[int, typer.Option(help="-100 to 100; higher runs first.")] = 0,
    label: Annotated[str, typer.Option(help="The job's name in lists.")] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace mattes that are there already.")] = False,
    retrack: Annotated[bool, typer.Option("--retrack", help="Track again even if this shot is kept.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Hand the job in, print its id, and return.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Every event as a line of JSON, the result last.")] = False,
) -> None:
    """Mask a subject through a shot: find it by words, a box or points, track it, write the mattes."""
    with told_plainly(as_json):
        first, last = parse_range(frames, "--range") if frames else (None, None)
        every = CleanUp(0, remove_specks, fill_holes, close, smooth, temporal, dilate, feather)
        after = wanted.after_the_engine(name, every, clean_up, garbage, holdout)
        request = MatteRequest(
            Plate(os.path.abspath(os.path.expanduser(plate)), colorspace, view, exposure),
            wanted.deliverables(out, format),
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
            ocio,
            label,
            redetect_every,
            detect_long_edge,
            refine_below,
            roi,
            after.names,
            after.clean_up,
            after.shapes,
            reuse=not retrack,
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
        raise from_wire(error.code, error.message, error.field, error.advice, error.retryable)
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
        "flagged": sorted(frame for frame, state in job.frames.items() if state == "flagged"),
        "outputs": job.outputs,
        "error": None if job.error is None else codec.to_wire(job.error),
        **{name: round(value, 3) for name, value in timings.items()},
    }
