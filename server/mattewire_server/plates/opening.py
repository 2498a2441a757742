"""The one door to a plate: a pattern, a file of a sequence, a still, or a movie."""

from __future__ import annotations

import os
from dataclasses import replace

from mattewire_protocol.errors import BadPattern, InstallIncomplete, PlateNotFound, PlateUnreadable

from .. import patterns
from ..color import ColorConfig
from . import camera_raw
from .image_file import SUFFIXES
from .model import Plate
from .sequence import ALL, SequencePlate, Span

MOVIE_SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mxf")
"""The movies that can be a plate."""

_KINDS = "Use an EXR, DPX, Cineon, PNG, JPEG or TIFF sequence, or a movie (MP4, MOV, MKV, WebM, AVI, MXF)."
_LISTED = 8  # so many sequences of a folder are named in an error


def open_plate(
    path: str,
    *,
    colorspace: str = "",
    view: str = "",
    span: Span = ALL,
    config: ColorConfig | None = None,
    field: str = "plate.path",
) -> Plate:
    """Opens the plate at ``path``; the caller closes it.

    ``path``: a pattern (``shot.####.exr``, ``shot.%04d.exr``), any one file of a sequence (opens all of it), a still
    (one frame; number 1 when its name has none), or a movie (its first frame is 1). A relative path is taken from
    the current folder, ``~`` is the home folder. ``colorspace``: the artist's choice; empty lets the file
    rules of the studio's ``config`` decide, then the files themselves (``info.colorspace_from`` says who did).
    ``view``: one of several views, and what ``%V`` in a pattern stands for; empty takes the first. ``span``: the
    first and last frame that will be read; what lies outside may be of another size, or still be rendering.

    Raises ``PlateNotFound``, ``BadPattern``, ``CameraRaw``, ``PlateUnreadable``, ``PlateChanged``, ``BadField`` (no
    such view) or ``InstallIncomplete`` (a movie, and the ``video`` extra is not installed).
    """
    typed, named = os.path.abspath(os.path.expanduser(path)), ""
    if "%V" in typed and not os.path.exists(typed):
        if not view:
            raise BadPattern(f"{path!r} has %V, and no view is chosen.", field=field, advice="Choose a view.")
        typed, named, view = typed.replace("%V", view), view, ""
    if os.path.isdir(typed):
        raise _folder_given(typed, field)
    if os.path.isfile(typed):  # before looking for a counter: a folder may well be called "seq#3"
        return _of_view(_open_file(typed, colorspace, view, span, config, field), named)
    if not patterns.has_counter(typed):
        raise _not_there(typed, field)
    pattern = patterns.parse_pattern(typed, field)
    frames = pattern.frames_on_disk()
    if not frames:
        raise _not_there(typed, field)
    return _of_view(_open_sequence(pattern, frames, colorspace, view, span, config, field), named)


def _of_view(plate: Plate, view: str) -> Plate:
    """``plate``, which is that view where its files do not say so themselves: only their names do."""
    if view and not plate.info.view:
        plate.info = replace(plate.info, view=view)
    return plate


def _open_file(path: str, colorspace: str, view: str, span: Span, config: ColorConfig | None, field: str) -> Plate:
    _refuse_unknown(path, field)
    if _is_movie(path):
        try:
            from .movie import MoviePlate
        except ImportError as error:
            advice = 'Run: pip install "mattewire[video]"'
            message = f"{os.path.basename(path)} is a movie, and PyAV, which reads movies, is not installed."
            raise InstallIncomplete(message, field=field, advice=advice) from error
        return MoviePlate(path, colorspace=colorspace, config=config)
    try:
        pattern = patterns.pattern_of_file(path)
    except BadPattern:
        return SequencePlate({1: path}, path=path, colorspace=colorspace, view=view, kind="still", config=config)
    return _open_sequence(pattern, pattern.frames_on_disk(), colorspace, view, span, config, field)


def _open_sequence(
    pattern: patterns.Pattern,
    frames: list[int],
    colorspace: str,
    view: str,
    span: Span,
    config: ColorConfig | None,
    field: str,
) -> Plate:
    _refuse_unknown(pattern.text, field)
    if _is_movie(pattern.text):
        message = f"{os.path.basename(pattern.text)} names several movies; a movie is one plate."
        raise BadPattern(message, field=field, advice=f"Give one of them, as in {pattern.path(frames[0])}.")
    files = {frame: pattern.path(frame) for frame in frames}
    kind = "sequence" if len(files) > 1 else "still"
    return SequencePlate(
        files, path=pattern.text, colorspace=colorspace, view=view, kind=kind, span=span, config=config
    )


def _refuse_unknown(path: str, field: str) -> None:
    camera_raw.refuse_by_name(path, field)
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in SUFFIXES + MOVIE_SUFFIXES:
        message = f"{os.path.basename(path)} is not a kind of plate that can be read."
        raise PlateUnreadable(message, field=field, advice=_KINDS)


def _is_movie(path: str) -> bool:
    return path.lower().endswith(MOVIE_SUFFIXES)


def _is_plate(path: str) -> bool:
    return path.lower().endswith(SUFFIXES + MOVIE_SUFFIXES) or camera_raw.is_camera_raw(path)


def _not_there(path: str, field: str) -> PlateNotFound:
    """Says what is there instead: the frames of the same sequence, or how far the path exists."""
    folder = os.path.dirname(path)
    advice = ""
    if not os.path.isdir(folder):
        while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
        advice = f"This machine sees the path as far as {folder}."
    elif not patterns.has_counter(path):
        try:
            pattern = patterns.pattern_of_file(path)
        except BadPattern:
            pattern = None
        frames = pattern.frames_on_disk() if pattern else []
        if pattern and frames:
            advice = f"{os.path.basename(pattern.text)} has frames {frames[0]}-{frames[-1]}."
    return PlateNotFound(f"There is no plate at {path}.", field=field, advice=advice)


def _folder_given(folder: str, field: str) -> BadPattern:
    """The error for a folder, naming the plates in it."""
    sequences, others = patterns.sequences_in(folder)
    lying = []
    for pattern in sequences:
        if _is_movie(pattern.suffix):
            others += [os.path.basename(pattern.path(frame)) for frame in pattern.frames_on_disk()]
        elif _is_plate(pattern.suffix):
            frames = pattern.frames_on_disk()
            lying.append(f"{os.path.basename(pattern.text)} ({frames[0]}-{frames[-1]})")
    lying += sorted(name for name in others if _is_plate(name))
    rest = f" and {len(lying) - _LISTED} more" if len(lying) > _LISTED else ""
    what = f"In it: {', '.join(lying[:_LISTED])}{rest}." if lying else "There is no plate in it."
    return BadPattern(f"{folder} is a folder. {what}", field=field, advice="Name one sequence or movie.")
