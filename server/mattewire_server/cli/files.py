"""What people type for files: ``--out`` and ``--format`` turned into the request's deliverables."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mattewire_protocol.deliver import FORMATS, MOVIES, ONE_FILE, SPLINES, Deliverable
from mattewire_protocol.errors import BadField, UnknownFormat

from ..finish.movies import FORMATS as MOVIE_SUFFIX
from ..mattes import SUFFIX
from ..patterns import has_counter, sibling
from ..shots.outputs import SPLINES_SUFFIX
from .marks import typed

SUFFIXES = {**SUFFIX, **MOVIE_SUFFIX, SPLINES: SPLINES_SUFFIX}
"""The suffix of every format's files."""

_BY_SUFFIX = {
    ".exr": "exr",
    ".png": "png16",
    ".tif": "tiff16",
    ".tiff": "tiff16",
    ".webm": "webm",
    ".mov": "prores4444",
    ".json": SPLINES,
}
_FLAGS = ("premultiplied", "z")
_NUMBERS: dict[str, type] = {"object": int, "fps": float, "tolerance": float}
_WORDS = ("format", "content", "channels", "depth", "compression", "colors")
_KEYS = (*_WORDS, *_NUMBERS, *_FLAGS)
_COUNTER = ".####"


def deliverables(out: Sequence[str], formats: str = "") -> list[Deliverable]:
    """One deliverable for each ``--out`` and each format named; without any, its suffix decides (``.png`` is 16-bit).

    The suffix follows the format, so that ``--out m.####.exr --format exr,png8`` writes both kinds side by side; a
    movie loses the counter, a sequence gets one. Raises ``BadField``, ``UnknownFormat``.
    """
    chosen = _chosen(formats)
    made = [one for text in out for one in _of(text, chosen)]
    _refuse_twins(made)
    return made


def beside(own: Sequence[Deliverable], formats: str) -> list[Deliverable]:
    """The files of a job in other formats, beside its own. What a format cannot hold is left to the format.

    Raises ``BadField``, ``UnknownFormat``.
    """
    chosen = _chosen(formats)
    if len(own) > 1:
        names = ", ".join(os.path.basename(each.path) for each in own)
        raise BadField(
            f"does not say which of the job's {len(own)} outputs is meant: {names}.",
            field="--format",
            advice="Name the files with --out, which may be repeated.",
        )
    made = [_in_format(each, format) for each in own for format in chosen]
    _refuse_twins(made)
    return made


def _chosen(formats: str) -> list[str]:
    chosen = [each.strip() for each in formats.split(",") if each.strip()]
    for each in chosen:
        _known_format(each, "--format")
    return chosen


def _refuse_twins(made: Sequence[Deliverable]) -> None:
    for index, one in enumerate(made):
        twins = [other for other in made[:index] if other.path == one.path]
        if twins:
            raise BadField(
                f"{twins[0].format} and {one.format} would have the same file names.",
                field="--format",
                advice="Give them different names: --out may be repeated.",
            )


def _in_format(own: Deliverable, format: str) -> Deliverable:
    exr, movie = format == "exr", format in MOVIES
    fits = own.channels not in (("Y", "RGB", "A") if movie else () if exr else ("A",))
    with typed("--format", format):
        return replace(
            own,
            path=_named_for(own.path, format),
            format=format,
            channels=own.channels if fits else "",
            depth=own.depth if exr else "",
            compression=own.compression if exr else "",
            z=own.z and exr,
            fps=own.fps if movie else 0.0,
            tolerance=own.tolerance if format == SPLINES else 0.0,
        )


def _of(text: str, formats: Sequence[str]) -> list[Deliverable]:
    path, choices = _split(text)
    path = os.path.abspath(os.path.expanduser(path))
    own = choices.pop("format", "")
    if own:
        _known_format(own, "--out")
    made = []
    for each in [own] if own else formats or [_by_suffix(os.path.splitext(path)[1])]:
        with typed("--out", text):
            made.append(Deliverable(_named_for(path, each), each, **choices))
    return made


def _named_for(path: str, format: str) -> str:
    """``path`` with the suffix of ``format``; a suffix that is none of ours is the artist's business."""
    stem, suffix = os.path.splitext(path)
    known = _BY_SUFFIX.get(suffix.lower(), "")
    if not known:
        return path
    if known[:3] == format[:3]:
        return stem + suffix.lower()
    counted = has_counter(os.path.basename(stem))
    if format in ONE_FILE and counted:
        return sibling(path, SUFFIXES[format][1:])
    return stem + ("" if counted or format in ONE_FILE else _COUNTER) + SUFFIXES[format]


def _split(text: str) -> tuple[str, dict[str, Any]]:
    """The path, which may hold commas, and the choices behind it."""
    path, choices = text, {}
    while "," in path:
        before, _, last = path.rpartition(",")
        key, equals, value = (part.strip() for part in last.partition("="))
        if key not in _KEYS or bool(equals) == (key in _FLAGS):
            break
        if key in choices:
            raise BadField(f"{key} is given twice in {text!r}.", field="--out")
        choices[key] = _value(key, value, text)
        path = before
    return path, choices


def _value(key: str, value: str, text: str) -> Any:
    if key in _FLAGS:
        return True
    if key in _WORDS:
        return value
    try:
        return _NUMBERS[key](value)
    except ValueError:
        raise BadField(f"{key} in {text!r} is no number.", field="--out") from None


def _by_suffix(suffix: str) -> str:
    found = _BY_SUFFIX.get(suffix.lower())
    if found is None:
        raise BadField(
            f"the format of {suffix or 'a name without suffix'!r} is not known.",
            field="--out",
            advice=f"End it in {either(list(dict.fromkeys(SUFFIXES.values())))}, as in mattes/ball.####.exr.",
        )
    return found


def _known_format(format: str, option: str) -> None:
    if format not in FORMATS:
        raise UnknownFormat(f"{format!r} is not a format.", field=option, advice=f"Choose {either(FORMATS)}.")


def either(words: Sequence[str]) -> str:
    """``a, b or c``."""
    return ", ".join(words[:-1]) + f" or {words[-1]}"
