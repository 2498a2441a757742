"""What people type for files, names, clean-up, garbage mattes and holdouts: the options of ``mask`` and ``finish``."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from mattewire_protocol.deliver import FORMATS, CleanUp, Deliverable, ObjectName, Shape, Vertex
from mattewire_protocol.errors import BadField, UnknownFormat

from ..finish.movies import FORMATS as MOVIE_SUFFIX
from ..mattes import SUFFIX
from ..patterns import parse_range
from .marks import typed

SUFFIXES = {**SUFFIX, **MOVIE_SUFFIX}
"""The suffix of every format's files."""

_BY_SUFFIX = {
    ".exr": "exr",
    ".png": "png16",
    ".tif": "tiff16",
    ".tiff": "tiff16",
    ".webm": "webm",
    ".mov": "prores4444",
}
_OUT_FLAGS = ("premultiplied",)
_OUT_NUMBERS: dict[str, type] = {"object": int, "fps": float}
_OUT_WORDS = ("format", "content", "channels", "depth", "compression")
_OUT_KEYS = (*_OUT_WORDS, *_OUT_NUMBERS, *_OUT_FLAGS)
_NUMBER = r"-?\d+(?:\.\d+)?"
_PAIR = re.compile(rf"({_NUMBER}),({_NUMBER})\Z")
_BOX = re.compile(rf"({_NUMBER}),({_NUMBER}),({_NUMBER}),({_NUMBER})\Z")
_SHAPE = re.compile(r"(?P<what>.+?)(?:@(?P<range>-?\d+(?:-\d+)?))?(?P<outside>:outside)?(?::(?P<object>\d{1,3}))?\Z")
_STEPS = ("remove_specks", "fill_holes", "close", "smooth", "temporal", "dilate", "feather")

Out = Annotated[
    list[str],
    typer.Option(
        help="Where files go: mattes/ball.####.exr, or cut.mov. May be repeated; after a comma: content=cutout, "
        "layers or cryptomatte, channels=RGBA, depth=float, compression=piz, object=2, premultiplied, fps=24."
    ),
]
Format = Annotated[
    str, typer.Option(help=f"{', '.join(FORMATS)}; several with commas. Default: by the suffix of --out.")
]
Name = Annotated[
    list[str] | None,
    typer.Option(help='An object\'s name: "1=founder (left)". May be repeated.', rich_help_panel="Names"),
]
_PANEL = "Clean-up, in plate pixels"
RemoveSpecks = Annotated[float, typer.Option(help="Largest specks removed, as a diameter.", rich_help_panel=_PANEL)]
FillHoles = Annotated[float, typer.Option(help="Largest holes filled, as a diameter.", rich_help_panel=_PANEL)]
Close = Annotated[float, typer.Option(help="Widest gaps closed.", rich_help_panel=_PANEL)]
Smooth = Annotated[float, typer.Option(help="Wiggles of this size are taken off the contour.", rich_help_panel=_PANEL)]
Temporal = Annotated[int, typer.Option(help="Steady edges over so many frames on either side.", rich_help_panel=_PANEL)]
Dilate = Annotated[float, typer.Option(help="Move the edge outward; below 0 inward.", rich_help_panel=_PANEL)]
Feather = Annotated[float, typer.Option(help="Soften the edge over this width.", rich_help_panel=_PANEL)]
Clean = Annotated[
    list[str] | None,
    typer.Option(
        "--clean-up", help='For one object: "2:dilate=-1,feather=3". May be repeated.', rich_help_panel=_PANEL
    ),
]
_SHAPE_HELP = (
    'a box "x0,y0,x1,y1", corners "x,y x,y x,y", or a matte sequence; then @1001-1010 for some frames, '
    ":outside to take away what lies outside, :2 for one object. May be repeated."
)
Garbage = Annotated[
    list[str] | None, typer.Option(help=f"Ignore what is inside: {_SHAPE_HELP}", rich_help_panel="Shapes")
]
Holdout = Annotated[
    list[str] | None, typer.Option(help="Keep the finished matte out of it; as --garbage.", rich_help_panel="Shapes")
]


@dataclass(frozen=True)
class AfterTheEngine:
    """The parts of a request that change no logit."""

    names: list[ObjectName]
    clean_up: list[CleanUp]
    shapes: list[Shape]


def after_the_engine(
    name: Sequence[str] | None,
    every: CleanUp,
    clean: Sequence[str] | None,
    garbage: Sequence[str] | None,
    holdout: Sequence[str] | None,
) -> AfterTheEngine:
    """From the options of both commands. ``every``: the clean-up of objects without their own. Raises ``BadField``."""
    return AfterTheEngine(
        [object_name(text) for text in name or []],
        ([every] if every != CleanUp() else []) + [clean_up(text, every) for text in clean or []],
        [shape(text, "garbage") for text in garbage or []] + [shape(text, "holdout") for text in holdout or []],
    )


def deliverables(out: Sequence[str], formats: str = "") -> list[Deliverable]:
    """One deliverable for each ``--out`` and each format named; without any, its suffix decides (``.png`` is 16-bit).

    The suffix follows the format, so that ``--out m.####.exr --format exr,png8`` writes both kinds side by side.
    """
    chosen = [each.strip() for each in formats.split(",") if each.strip()]
    for each in chosen:
        _known_format(each, "--format")
    made = [one for text in out for one in _of(text, chosen)]
    for index, one in enumerate(made):
        twins = [other for other in made[:index] if other.path == one.path]
        if twins:
            raise BadField(
                f"{twins[0].format} and {one.format} would have the same file names.",
                field="--format",
                advice="Give them different names: --out may be repeated.",
            )
    return made


def _of(text: str, formats: Sequence[str]) -> list[Deliverable]:
    path, choices = _split(text)
    stem, suffix = os.path.splitext(os.path.abspath(os.path.expanduser(path)))
    own = choices.pop("format", "")
    if own:
        _known_format(own, "--out")
    known = suffix.lower() in _BY_SUFFIX
    made = []
    for each in [own] if own else formats or [_by_suffix(suffix)]:
        fitting = not known or _BY_SUFFIX[suffix.lower()][:3] == each[:3]
        with typed("--out", text):
            made.append(Deliverable(stem + (suffix if fitting else SUFFIXES[each]), each, **choices))
    return made


def _split(text: str) -> tuple[str, dict[str, Any]]:
    """The path, which may hold commas, and the choices behind it."""
    path, choices = text, {}
    while "," in path:
        before, _, last = path.rpartition(",")
        key, equals, value = (part.strip() for part in last.partition("="))
        if key not in _OUT_KEYS or bool(equals) == (key in _OUT_FLAGS):
            break
        if key in choices:
            raise BadField(f"{key} is given twice in {text!r}.", field="--out")
        choices[key] = _value(key, value, text)
        path = before
    return path, choices


def _value(key: str, value: str, text: str) -> Any:
    if key in _OUT_FLAGS:
        return True
    if key in _OUT_WORDS:
        return value
    try:
        return _OUT_NUMBERS[key](value)
    except ValueError:
        raise BadField(f"{key} in {text!r} is no number.", field="--out") from None


def _by_suffix(suffix: str) -> str:
    found = _BY_SUFFIX.get(suffix.lower())
    if found is None:
        raise BadField(
            f"the format of {suffix or 'a name without suffix'!r} is not known.",
            field="--out",
            advice=f"End it in {_either(list(dict.fromkeys(SUFFIXES.values())))}, as in mattes/ball.####.exr.",
        )
    return found


def _known_format(format: str, option: str) -> None:
    if format not in FORMATS:
        raise UnknownFormat(f"{format!r} is not a format.", field=option, advice=f"Choose {_either(FORMATS)}.")


def object_name(text: str) -> ObjectName:
    """``1=founder (left)``."""
    number, equals, name = text.partition("=")
    if not equals or not number.strip().isdecimal():
        raise BadField(f"{text!r} names no object.", field="--name", advice='Write NUMBER=NAME, as in "1=founder".')
    with typed("--name", text):
        return ObjectName(int(number), name.strip())


def clean_up(text: str, every: CleanUp) -> CleanUp:
    """``2:dilate=-1,feather=3``; what is not named is as for every object."""
    number, colon, steps = text.partition(":")
    way_out = 'Write OBJECT:STEP=NUMBER, as in "2:dilate=-1,feather=3".'
    if not colon or not number.strip().isdecimal():
        raise BadField(f"{text!r} is for no object.", field="--clean-up", advice=way_out)
    changes: dict[str, Any] = {}
    for step in steps.split(","):
        key, _, value = (part.strip() for part in step.partition("="))
        key = key.replace("-", "_")
        if key not in _STEPS:
            raise BadField(f"{key!r} is no step.", field="--clean-up", advice=f"There are {', '.join(_STEPS)}.")
        try:
            changes[key] = int(value) if key == "temporal" else float(value)
        except ValueError:
            raise BadField(f"{key} in {text!r} is no number.", field="--clean-up", advice=way_out) from None
    with typed("--clean-up", text):
        return replace(every, object=int(number), **changes)


def shape(text: str, use: str) -> Shape:
    """A box, corners, or a path; see ``--garbage``."""
    option = f"--{use}"
    found = _SHAPE.match(text.strip())
    if found is None:
        raise BadField("is empty.", field=option)
    first, last = parse_range(found["range"], option) if found["range"] else (None, None)
    polygon = _corners(found["what"])
    path = "" if polygon else os.path.abspath(os.path.expanduser(found["what"]))
    with typed(option, text):
        return Shape(use, polygon, path, first, last, bool(found["outside"]), int(found["object"] or 0))


def _corners(text: str) -> list[Vertex]:
    box = _BOX.match(text.replace(", ", ","))
    if box:
        x0, y0, x1, y1 = (float(edge) for edge in box.groups())
        return [Vertex(x0, y0), Vertex(x1, y0), Vertex(x1, y1), Vertex(x0, y1)]
    pairs = [_PAIR.match(part) for part in text.split()]
    return [Vertex(float(pair[1]), float(pair[2])) for pair in pairs if pair] if all(pairs) else []


def _either(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + f" or {words[-1]}"
