"""From a job's files to its page: each frame read once, made small, and put in."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mattewire_protocol.errors import BadField, FrameMissing, MattewireError

from ..durable import make_writable_folder, whole_file
from ..shots.ahead import Ahead
from .document import Pictures, write_document
from .embed import Photographs, Size, matte_png, page_size, plate_jpeg
from .mattes import ALL, MadeFile, Mattes, Raster
from .page import Frame, Shot, chosen, name_of

SMALLEST, LARGEST = 128, 4096
USUAL = 960
_SHARE_DIGITS = 6
_AHEAD = 8  # encoded plate frames that wait for their mattes


@dataclass(frozen=True)
class Page:
    """A page that was made. ``size``: of its pictures; ``bytes``: of the whole file; ``without_matte``: frames that
    have none; ``note``: why there is no plate, or what is to be said of it."""

    path: str
    size: Size
    frames: int
    bytes: int
    worst: int
    without_matte: tuple[int, ...]
    note: str


def make_page(
    shot: Shot,
    files: Sequence[MadeFile],
    out: str,
    *,
    size: int = USUAL,
    every: int = 1,
    plate: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Page:
    """Writes the page of ``shot``, whose mattes are ``files``, to ``out``, an ``.html`` file; one there is replaced.

    ``size``: long edge of the pictures in square pixels, 128 to 4096; a smaller plate keeps its own. ``every``: only
    every so many frames, and the worst. ``plate``: where the plate is now, if not where the job read it; without a
    plate the mattes stand alone, and the page says so. ``progress``: frames done and in all.

    Raises ``BadField``, ``FrameMissing`` (no mattes at all), ``InstallIncomplete`` (only a movie, and no PyAV),
    ``NotWritable``, ``DiskFull``. A frame that is missing or damaged is shown as such.
    """
    if not SMALLEST <= size <= LARGEST:
        raise BadField(f"{size} is not between {SMALLEST} and {LARGEST} pixels.", field="size")
    if every < 1:
        raise BadField(f"{every} is below 1.", field="every")
    if not out.lower().endswith((".html", ".htm")):
        advice = "Name it review.html, for example."
        raise BadField(f"{os.path.basename(out)} does not end in .html.", field="out", advice=advice)
    out = os.path.abspath(out)
    make_writable_folder(os.path.dirname(out), token="review", subject="The page", field="out")
    mattes = Mattes(files, shot.objects, shot.display, shot.first)
    photographs = Photographs(
        plate or shot.plate,
        colorspace=shot.colorspace,
        view=shot.request.plate.view,
        ocio=shot.request.ocio,
        span=(shot.request.first, shot.request.last),
        display=shot.display,
    )
    pictures = Pictures()
    try:
        small = page_size(shot.display, shot.pixel_aspect, size)
        wanted = chosen(shot, every)
        rows = []
        # The plate in a thread of its own: reading and encoding it takes as long as all the mattes do.
        seen = Ahead(lambda: (_photograph(frame, photographs, small) for frame in wanted), depth=_AHEAD)
        try:
            for done, (frame, photograph) in enumerate(zip(wanted, seen, strict=True)):
                if progress is not None:
                    progress(done, len(wanted))
                rows.append(_row(frame, photograph, mattes, pictures, small))
        finally:
            seen.close()
        if progress is not None:
            progress(len(wanted), len(wanted))
        note = _plate_note(shot, photographs, moved=bool(plate))
        facts = _facts(shot, rows, mattes, small, note, pictures.bytes, every)
        whole = whole_file(out, token="review", subject="The page", field="out")
        with whole as temporary, open(temporary, "xb") as file:
            write_document(file, facts, f"{shot.name}: review", pictures)
        without = tuple(row["frame"] for row in rows if not row["mattes"])
        return Page(out, small, len(rows), os.path.getsize(out), len(facts["worst"]), without, note)
    finally:
        pictures.close()
        photographs.close()
        mattes.close()


def _photograph(frame: Frame, photographs: Photographs, size: Size) -> bytes | str:
    """The plate's JPEG, or why there is none; empty where there is no plate at all, which is said once."""
    if photographs.gone:
        return ""
    try:
        return plate_jpeg(photographs.read(frame.frame), size)
    except MattewireError as problem:
        return problem.message


def _row(frame: Frame, photograph: bytes | str, mattes: Mattes, pictures: Pictures, size: Size) -> dict[str, Any]:
    """What the page knows of one frame, after its pictures are in."""
    row: dict[str, Any] = {
        "frame": frame.frame,
        "state": frame.state,
        "score": frame.score,
        "flags": list(frame.flags),
        "why": list(frame.why),
        "scores": {str(number): score for number, score in frame.scores.items()},
        "areas": {},
        "mattes": [],
        "plate": False,
        "notes": [],
    }
    if isinstance(photograph, bytes):
        pictures.add(f"plate-{frame.frame}", photograph)
        row["plate"] = True
    elif photograph:
        row["notes"].append(photograph)
    try:
        found = mattes.read(frame.frame)
    except FrameMissing:
        row["notes"].append("There is no matte on disk for this frame.")
        return row
    except MattewireError as problem:
        row["notes"].append(problem.message)
        return row
    for number, matte in found.items():
        pictures.add(f"matte-{frame.frame}-{number}", matte_png(matte, size))
        row["areas"][str(number)] = _share(matte)
        row["mattes"].append(number)
    return row


def _share(matte: Raster) -> float:
    """The part of the display window that the matte covers, 0..1, at the plate's own size."""
    return round(float(matte.mean(dtype="float64")), _SHARE_DIGITS)


def _plate_note(shot: Shot, photographs: Photographs, *, moved: bool) -> str:
    if photographs.info is None:
        return f"The plate is not shown: {photographs.gone}"
    if not moved and photographs.info.identity != shot.plate_identity:
        return "The plate's files have changed since the mattes were made."
    return ""


def _facts(
    shot: Shot, rows: list[dict[str, Any]], mattes: Mattes, size: Size, note: str, held: int, every: int
) -> dict[str, Any]:
    """Everything that the page's script shows."""
    shown = {row["frame"] for row in rows}
    lost = [row["frame"] for row in rows if not row["mattes"]]
    return {
        "name": shot.name,
        "plateNote": note,
        "withPlate": any(row["plate"] for row in rows),
        "width": size.width,
        "height": size.height,
        "fps": shot.fps,
        "preview": shot.preview,
        "all": ALL,
        "objects": [{"number": number, "name": name_of(number, shot)} for number in mattes.numbers],
        "frames": rows,
        "worst": list(dict.fromkeys([*lost, *(frame for frame in shot.worst if frame in shown)])),
        "lines": _lines(shot, mattes, size, held, len(rows), every),
    }


def _lines(shot: Shot, mattes: Mattes, size: Size, held: int, frames: int, every: int) -> list[list[str]]:
    """How the mattes and the page were made, as pairs of a word and what is to be said."""
    exposure = shot.exposure
    seen = f", seen by the models {abs(exposure):g} stops {'brighter' if exposure > 0 else 'darker'}"
    said_by = f" ({shot.colorspace_from})" if shot.colorspace_from else ""
    engine = shot.engine.get("label") or shot.engine.get("name", "")
    facts = [f"{name} {value}" for name, value in shot.engine.items() if name not in ("label", "name")]
    request = shot.request
    some = f", one in {every} and the worst," if every > 1 else ""
    page = f"{frames} frames{some} at {size.width} × {size.height}, {megabytes(held)} of pictures"
    lines = [
        ["Asked for", "; ".join([*request.prompts, *(f"without {words}" for words in request.exclude)])],
        ["Plate", shot.plate],
        ["Frames", f"{shot.first}–{shot.last}, {shot.fps:g} fps{' (assumed)' if shot.fps_assumed else ''}"],
        ["Plate's size", _plate_size(shot)],
        ["Plate read as", f"{shot.colorspace}{said_by}{seen if exposure else ''}"],
        ["Engine", engine],
        ["Made with", "; ".join(facts)],
        ["Versions", ", ".join(f"{name} {number}" for name, number in shot.versions.items())],
        ["Mattes", ", ".join(mattes.names)],
        ["This page", page],
    ]
    return [[word, text] for word, text in lines if text]


def _plate_size(shot: Shot) -> str:
    squeezed = "" if shot.pixel_aspect == 1 else f", pixel aspect {shot.pixel_aspect:g}, shown with square pixels"
    return f"{shot.display.width} × {shot.display.height}{squeezed}"


def megabytes(count: int) -> str:
    """``28.4 MB``, of a million bytes each, as file managers count."""
    return f"{math.ceil(count / 1e5) / 10:.1f} MB"
