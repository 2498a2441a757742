"""``mattewire timeline``: a masked shot as a timeline for editors, plate and matte on a track each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from mattewire_protocol import Client, Deliverable
from mattewire_protocol.deliver import MOVIES, SPLINES
from mattewire_protocol.errors import BadField

from ..patterns import has_counter, parse_pattern, shot_name
from ..timeline import Media, TimelineShot, write_mlt, write_otio
from ..timeline.mlt import readable
from ..timeline.shot import ALPHA, GRAY, exact_rate
from .finish import LATEST, earlier, found, latest
from .show import told_plainly
from .sidecars import NAME, Output, Sidecar, found_on_disk, read_sidecar, sidecar_among


def register(app: typer.Typer) -> None:
    app.command("timeline")(timeline)


def timeline(
    shot: Annotated[
        str, typer.Argument(metavar="SHOT", help=f"A NAME.{NAME} beside the mattes, or a job: its id, or last.")
    ],
    otio: Annotated[Path | None, typer.Option(metavar="FILE", help="Write OpenTimelineIO here: NAME.otio.")] = None,
    mlt: Annotated[Path | None, typer.Option(metavar="FILE", help="Write MLT XML here: NAME.mlt.")] = None,
    proxy: Annotated[
        str,
        typer.Option(
            metavar="PLATE", help="What stands in for the plate where it cannot be read: frame for frame as long."
        ),
    ] = "",
    fps: Annotated[
        float | None, typer.Option(metavar="NUMBER", help="Frames per second, for plates that do not say theirs.")
    ] = None,
    background: Annotated[
        str, typer.Option(metavar="COLOR", help="What MLT shows behind the matte, as #336699.")
    ] = "#000000",
) -> None:
    """Lay a masked shot on a timeline: the plate on the first track, its matte or cut-out on the second."""
    with told_plainly():
        if otio is None and mlt is None:
            raise BadField("is missing.", field="--otio", advice="Say what to write: --otio FILE, --mlt FILE, or both.")
        path = _sidecar(shot)
        sidecar = read_sidecar(path)
        outputs = found_on_disk(sidecar.outputs, path)
        if otio is not None:
            laid = laid_out(sidecar, outputs, proxy, fps, for_mlt=False)
            write_otio(otio, laid, {"sidecar": str(path.resolve()), "engine": sidecar.facts.get("engine.name", "")})
        if mlt is not None:
            write_mlt(mlt, laid_out(sidecar, outputs, proxy, fps, for_mlt=True), background)
        for written in (otio, mlt):
            if written is not None:
                print(written)


def laid_out(
    sidecar: Sidecar, outputs: Sequence[Output], proxy: str, fps: float | None, *, for_mlt: bool
) -> TimelineShot:
    """The shot as its sidecar tells of it. ``for_mlt``: of several outputs, one that MLT reads.

    ``BadField`` when there is none that a timeline can show, or the rate is not known; errors of ``TimelineShot``.
    """
    facts = sidecar.facts
    first, last = sidecar.frames[0], sidecar.frames[-1]
    rate = facts["plate.fps"] if fps is None else fps
    if rate is None:
        raise BadField(
            "The plate does not say how many frames a second it has.", field="--fps", advice="Say it: --fps 24."
        )
    output = _chosen(outputs, sidecar.request.out, for_mlt)
    left, top, right, bottom = facts["plate.display_window"]
    plate = Media(facts["plate.path"], facts["plate.first"], facts["plate.last"])
    return TimelineShot(
        name=shot_name(plate.path),
        first=first,
        last=last,
        rate=exact_rate(float(rate)),
        width=right - left,
        height=bottom - top,
        plate=plate,
        matte=_media(output.path, first, last),
        lies_in=_lies_in(sidecar.request.out[output.deliverable]),
        pixel_aspect=float(facts["plate.pixel_aspect"]),
        proxy=_media(os.path.abspath(os.path.expanduser(proxy)), first, last) if proxy else None,
    )


def _sidecar(shot: str) -> Path:
    if shot.endswith(f".{NAME}") or os.path.isfile(shot):
        return Path(shot)
    with Client(start=True, name="mattewire timeline") as client:
        view, _ = latest(client) if shot == LATEST else earlier(client, found(client, shot))
    return sidecar_among(view.outputs)


def _chosen(outputs: Sequence[Output], out: Sequence[Deliverable], for_mlt: bool) -> Output:
    """The first that is one picture of all objects; else the first of one object."""
    pictures = [each for each in outputs if out[each.deliverable].format != SPLINES]
    shown = [each for each in pictures if out[each.deliverable].content in ("matte", "cutout")]
    if for_mlt:
        shown = [each for each in shown if readable(each.path)]
    if not shown:
        wanted = "PNG, TIFF or a movie" if for_mlt else "a matte or a cut-out"
        raise BadField(
            f"The job has made nothing that the timeline can show: {wanted}.",
            field="SHOT",
            advice="Make it: mattewire finish JOB --format png8, then give the sidecar beside the new files.",
        )
    return next((each for each in shown if not each.object), shown[0])


def _lies_in(made: Deliverable) -> str:
    alpha = made.content == "cutout" or made.channels in ("A", "RGBA") or made.format in MOVIES
    return ALPHA if alpha or (made.format == "exr" and not made.channels) else GRAY


def _media(path: str, first: int, last: int) -> Media:
    """What lies at ``path``: of a sequence its frames on disk; a movie of the job's, or in the plate's place, begins
    with the shot's first frame and lasts as long."""
    if not has_counter(os.path.basename(path)):
        if not os.path.isfile(path):
            raise _missing(path)
        return Media(path, first, last)
    frames = parse_pattern(path).frames_on_disk()
    if not frames:
        raise _missing(path)
    return Media(path, frames[0], frames[-1])


def _missing(path: str) -> BadField:
    return BadField(f"{path} is not there.", field="SHOT", advice="Bring it back, or make it again: mattewire finish.")
