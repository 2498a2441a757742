"""``mattewire demo``: renders a shot, sends the request over the wire, measures the mattes that come back."""

from __future__ import annotations

import json
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mattewire_protocol import Client, Deliverable, MatteRequest, Plate
from mattewire_protocol.connection import read_connection
from mattewire_protocol.errors import ConnectionFailed, MattewireError
from mattewire_protocol.launch import process_exists

from ..demo.contact_sheet import contact_sheet
from ..demo.measure import Measure, measure, read_matte
from ..demo.shot import DemoShot, render_shot
from ..patterns import parse_pattern
from ..plates import open_plate
from .follow import run_job
from .mask import finish
from .show import counted, screen, told_plainly

LARGER = {"tiny": 2.0}
"""How much larger the ball is for an engine that sees 128 pixels and knows things from a quarter of that on."""
REDETECT = {"tiny": 4}
"""How often, in frames, the words are looked for again with an engine that loses things behind others."""

SHEET_FRAMES = 8
SHEET_COLUMNS = 4
SHEET_BYTES = 200_000


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    engine: Annotated[str, typer.Option(help="The preset of models to show.")] = "preview",
    out: Annotated[Path, typer.Option(help="The folder for the shot, the mattes and the contact sheet.")] = Path(
        "demo"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="The result as one line of JSON, last.")] = False,
) -> None:
    """Render a shot with a known matte, mask "red ball" in it through the daemon, and show how well it went."""
    with told_plainly(as_json):
        folder = out.expanduser().absolute()
        with counted("Rendering the shot", as_json) as progress:
            shot = render_shot(folder, larger=LARGER.get(engine, 1.0), progress=progress)
        ours = not _daemon_runs()
        timings: dict[str, float] = {}
        mattes = str(folder / "mattes" / "ball.####.exr")
        with Client(start=True, name="mattewire demo") as client:
            try:
                request = MatteRequest(
                    Plate(shot.plate),
                    [Deliverable(mattes)],
                    prompts=[shot.prompt],
                    keyframe=shot.keyframe,
                    engine=engine,
                    redetect_every=REDETECT.get(engine, 0),
                    overwrite=True,
                    label=f"demo: {shot.prompt}",
                )
                job = run_job(client, request, as_json=False, timings=timings)
            finally:
                if ours:
                    with suppress(ConnectionFailed):  # the daemon may have gone by itself
                        client.stop("idle")  # a demo leaves the machine as it found it
        if job.state != "done":
            finish(job, timings, as_json)
        result = measure(shot.truth, mattes, shot.visible)
        sheet = _sheet(shot, mattes, result, folder / "contact_sheet.jpg", engine)
        if not as_json:
            _table(result, timings, sheet, engine)
        print(json.dumps(_summary(engine, result, timings, folder, sheet)), flush=True)


def _summary(engine: str, result: Measure, timings: dict[str, float], folder: Path, sheet: Path) -> dict[str, object]:
    return {
        "engine": engine,
        "frames": len(result.frames),
        "mean_iou": round(result.mean_iou, 4),
        "min_iou": round(result.min_iou, 4),
        "false_frames": len(result.false_frames),
        "missing_frames": len(result.missing),
        "first_matte_s": round(timings.get("first_matte_s", 0.0), 3),
        "total_s": round(timings["total_s"], 3),
        "out_dir": str(folder),
        "contact_sheet": str(sheet),
    }


def _sheet(shot: DemoShot, mattes: str, result: Measure, path: Path, engine: str) -> Path:
    made = parse_pattern(mattes)
    plate = open_plate(shot.plate)
    try:
        return contact_sheet(
            plate,
            lambda frame: read_matte(made.path(frame), frame),
            _telling_frames(result),
            path,
            columns=SHEET_COLUMNS,
            title=f"“{shot.prompt}”, engine {engine}: mean IoU {result.mean_iou:.3f}",
            notes={each.frame: _note(each.visible, each.iou) for each in result.frames},
            max_bytes=SHEET_BYTES,
        )
    finally:
        plate.close()


def _telling_frames(result: Measure) -> list[int]:
    """In plain sight, partly hidden, hidden: frames spread over the shot, one of them where nothing may be drawn."""
    frames = [each.frame for each in result.frames]
    chosen = [frames[round(k * (len(frames) - 1) / (SHEET_FRAMES - 1))] for k in range(SHEET_FRAMES)]
    partly = [each.frame for each in result.frames if 0.3 < each.visible < 0.8]
    hidden = [each.frame for each in result.frames if each.visible == 0]
    put: list[int] = []
    for replacements in (partly, hidden):
        if replacements and not set(replacements) & set(chosen):
            wanted = replacements[len(replacements) // 2]
            replaceable = [frame for frame in chosen[1:] if frame not in put]
            if replaceable:
                nearest = min(replaceable, key=lambda frame: abs(frame - wanted))
                chosen[chosen.index(nearest)] = wanted
                put.append(wanted)
    return sorted(set(chosen))


def _note(visible: float, iou: float | None) -> str:
    if visible == 0:
        return "hidden"
    return f"IoU {iou or 0:.3f}" if visible >= 0.5 else f"{visible:.0%} in sight"


def _table(result: Measure, timings: dict[str, float], sheet: Path, engine: str) -> None:
    table = Table("measure", "value", box=None)
    table.add_row("frames", str(len(result.frames)))
    table.add_row("mean IoU (at least half the ball in sight)", f"{result.mean_iou:.4f}")
    worst = f" on frame {result.worst.frame}" if result.worst else ""
    table.add_row("lowest IoU", f"{result.min_iou:.4f}{worst}")
    table.add_row("frames with a matte where there is no ball", str(len(result.false_frames)))
    table.add_row("first matte after", f"{timings.get('first_matte_s', 0.0):.2f} s")
    table.add_row("whole shot after", f"{timings['total_s']:.1f} s")
    table.add_row("contact sheet", str(sheet))
    if engine == "preview":
        table.add_row("to try next", _next())
    screen.print(table)


def _next() -> str:
    """The same shot through the code that runs the real models, with weights that lie in the package."""
    if find_spec("torch") is not None and find_spec("transformers") is not None:
        return "mattewire demo --engine tiny"
    return 'mattewire demo --engine tiny, after: pip install "mattewire[models]"'


def _daemon_runs() -> bool:
    try:
        return process_exists(read_connection().pid)
    except MattewireError:
        return False
