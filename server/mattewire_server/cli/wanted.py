"""The options that commands share, and what people type for names, clean-up, garbage mattes and holdouts."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from mattewire_protocol.deliver import (
    COLORS,
    EDGE_METHODS,
    FORMATS,
    CleanUp,
    Deliverable,
    Depth,
    Edges,
    ObjectName,
    Shape,
    Vertex,
)
from mattewire_protocol.errors import BadField

from ..patterns import parse_range
from .marks import typed

_NUMBER = r"-?\d+(?:\.\d+)?"
_PAIR = re.compile(rf"({_NUMBER}),({_NUMBER})\Z")
_BOX = re.compile(rf"({_NUMBER}),({_NUMBER}),({_NUMBER}),({_NUMBER})\Z")
_TYPED_SHAPE = re.compile(
    r"(?P<what>.+?)(?:@(?P<range>-?\d+(?:-\d+)?))?(?P<outside>:outside)?(?::(?P<object>\d{1,3}))?\Z"
)
_STEPS = ("remove_specks", "fill_holes", "close", "smooth", "temporal", "dilate", "feather")

_FILES, _NAMES, _CLEAN, _SHAPES = "Files", "Names", "Clean-up, in plate pixels", "Shapes"
_EDGES = "Edges"
_DEPTH = "Depth"
COLOR, MODELS, RUNNING = "Color", "Models", "The job"
"""Headings of the help, where they are needed elsewhere too."""

Out = Annotated[
    list[str],
    typer.Option(
        metavar="FILE",
        help="Where files go: mattes/ball.####.exr, or cut.mov. {shot}, {object}, {version} and {view} are filled in. "
        "After a comma: content=cutout, layers or cryptomatte; channels=A, Y, RGB or RGBA; depth=float; "
        "compression=piz; object=2; premultiplied; colors=foreground; z; fps=24. May be repeated.",
        rich_help_panel=_FILES,
    ),
]
Format = Annotated[
    str,
    typer.Option(
        metavar="FORMAT",
        help=f"{', '.join(FORMATS)}; several with commas. Default: by the suffix of --out.",
        rich_help_panel=_FILES,
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace files that are there already.", rich_help_panel=_FILES)
]
Name = Annotated[
    list[str] | None,
    typer.Option(
        metavar="N=NAME", help='An object\'s name: "1=founder (left)". May be repeated.', rich_help_panel=_NAMES
    ),
]


def _step(help: str) -> Any:
    return typer.Option(metavar="NUMBER", help=help, rich_help_panel=_CLEAN, show_default=False)


RemoveSpecks = Annotated[float, _step("Largest specks removed, as a diameter.")]
FillHoles = Annotated[float, _step("Largest holes filled, as a diameter.")]
Close = Annotated[float, _step("Widest gaps closed.")]
Smooth = Annotated[float, _step("Wiggles of this size are taken off the contour.")]
Temporal = Annotated[
    int | None, _step("Steady edges over so many frames on either side. Default: 1 with --edges matting, else 0.")
]
Dilate = Annotated[float, _step("Move the edge outward; below 0 inward.")]
Feather = Annotated[float, _step("Soften the edge over this width.")]
Clean = Annotated[
    list[str] | None,
    typer.Option(
        "--clean-up",
        metavar="N:STEPS",
        help='For one object: "2:dilate=-1,feather=3". May be repeated.',
        rich_help_panel=_CLEAN,
    ),
]
_SHAPE = (
    'a box "x0,y0,x1,y1", corners "x,y x,y x,y", or a matte sequence; then @1001-1010 for some frames, '
    ":outside to take away what lies outside, :2 for one object. May be repeated."
)
Garbage = Annotated[
    list[str] | None,
    typer.Option(metavar="SHAPE", help=f"Ignore what is inside: {_SHAPE}", rich_help_panel=_SHAPES),
]
Holdout = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SHAPE", help="Keep the finished matte out of it; written as --garbage.", rich_help_panel=_SHAPES
    ),
]
Method = Annotated[
    str,
    typer.Option(
        "--edges",
        metavar="METHOD",
        help="How edges finer than the engine's are found: guided (by the plate), plain (not), closed-form (slow, for "
        "stills), or matting:MODEL.",
        rich_help_panel=_EDGES,
    ),
]
Band = Annotated[
    float,
    typer.Option(
        metavar="NUMBER",
        help="Plate pixels on either side of the contour that may change. Default: what the engine leaves open.",
        rich_help_panel=_EDGES,
        show_default=False,
    ),
]
MotionBlur = Annotated[
    bool,
    typer.Option("--motion-blur", help="Look for soft edges along the motion too.", rich_help_panel=_EDGES),
]
Colors = Annotated[
    str,
    typer.Option(
        metavar="WHOSE",
        help="Of cut-outs: plate (its own numbers), or foreground (at soft edges the subject's color alone).",
        rich_help_panel=_FILES,
    ),
]
DepthEngine = Annotated[
    str,
    typer.Option(
        "--depth",
        metavar="ENGINE",
        help="Who estimates distances: depth-anything or midas. They need weights.",
        rich_help_panel=_DEPTH,
    ),
]
HoldoutByDepth = Annotated[
    bool,
    typer.Option("--holdout-by-depth", help="What stands before a subject cuts its matte.", rich_help_panel=_DEPTH),
]
DepthMargin = Annotated[
    float | None,
    typer.Option(
        metavar="NUMBER",
        help="How much nearer it must be, as a share of all distances on the frame. Default: 0.05.",
        rich_help_panel=_DEPTH,
    ),
]
ZChannel = Annotated[
    bool,
    typer.Option("--z", help="EXR files also get a Z channel: distance, larger is farther.", rich_help_panel=_DEPTH),
]
Colorspace = Annotated[
    str,
    typer.Option(metavar="NAME", help="The plate's colorspace. Default: what the files say.", rich_help_panel=COLOR),
]
Ocio = Annotated[
    str,
    typer.Option(
        metavar="FILE",
        help="The studio's OCIO config, or ocio://NAME of a built-in one.",
        envvar="OCIO",
        rich_help_panel=COLOR,
    ),
]
Exposure = Annotated[
    float | None,
    typer.Option(
        metavar="STOPS",
        help="Let the models see the plate so much brighter. Default: as a dark plate needs.",
        rich_help_panel=COLOR,
    ),
]
View = Annotated[str, typer.Option(metavar="NAME", help="The view of a stereo plate.")]
Priority = Annotated[
    int, typer.Option(metavar="NUMBER", help="-100 to 100; higher runs first.", rich_help_panel=RUNNING)
]
Label = Annotated[str, typer.Option(metavar="TEXT", help="The job's name in lists.", rich_help_panel=RUNNING)]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Every event as a line of JSON, the result last.", rich_help_panel=RUNNING),
]


def path_of(text: str) -> str:
    """A path as the daemon needs it, which runs in another folder: absolute, ``~`` filled in."""
    return os.path.abspath(os.path.expanduser(text))


def config_of(text: str) -> str:
    """The OCIO config that ``--ocio`` or the environment names; a built-in one's name and "" stay."""
    return path_of(text) if text and not text.startswith("ocio://") else text


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


STEADIED = 1
"""Frames on either side that edges of a matting model are steadied by unless something else is asked for: it judges
every frame by itself, and what it judges hair by is noise as well."""


def temporal_of(asked: int | None, edges: str) -> int:
    """``--temporal``, or what goes with ``--edges`` where it is left out."""
    if asked is not None:
        return asked
    return STEADIED if edges.strip().partition(":")[0] == "matting" else 0


def every_object(
    remove_specks: float,
    fill_holes: float,
    close: float,
    smooth: float,
    temporal: int,
    dilate: float,
    feather: float,
) -> CleanUp:
    """The clean-up of objects without their own. ``BadField`` names the option."""
    try:
        return CleanUp(0, remove_specks, fill_holes, close, smooth, temporal, dilate, feather)
    except BadField as problem:
        option = f"--{problem.field.replace('_', '-')}"
        raise BadField(problem.message, field=option, advice=problem.advice) from None


def edges(method: str, band: float, motion_blur: bool) -> Edges:
    """``guided``, ``plain``, ``closed-form`` or ``matting:MODEL``. ``BadField`` names the option."""
    name, _, model = method.strip().partition(":")
    name = name.replace("-", "_")
    if name not in EDGE_METHODS:
        there = ", ".join(each.replace("_", "-") for each in EDGE_METHODS)
        raise BadField(f"{method!r} is no method.", field="--edges", advice=f"There are {there}; matting takes :MODEL.")
    try:
        return Edges(name, model, band, motion_blur)
    except BadField as problem:
        option = {"band": "--band"}.get(problem.field, "--edges")
        raise BadField(problem.message, field=option, advice=problem.advice) from None


def with_colors(out: Sequence[Deliverable], colors: str) -> list[Deliverable]:
    """The deliverables, ``colors`` for the cut-outs among them that do not say their own. Raises ``BadField``."""
    if not colors:
        return list(out)
    if colors not in COLORS:
        raise BadField(f"{colors!r} is not plate or foreground.", field="--colors")
    cutouts = [each for each in out if each.content == "cutout"]
    if not cutouts:
        raise BadField(
            "is for cut-outs, and none is asked for.", field="--colors", advice="Add ,content=cutout to --out."
        )
    return [replace(each, colors=each.colors or colors) if each in cutouts else each for each in out]


def depth(engine: str, holdout: bool, margin: float | None) -> Depth:
    """What ``--depth`` and its companions ask for. ``BadField`` names the option."""
    way_out = "Add --depth depth-anything, or --depth midas."
    if holdout and not engine:
        raise BadField("needs distances.", field="--holdout-by-depth", advice=way_out)
    if margin is not None and not holdout:
        raise BadField("is for --holdout-by-depth.", field="--depth-margin", advice="Add it, or leave the margin out.")
    try:
        return Depth(engine, holdout) if margin is None else Depth(engine, holdout, margin)
    except BadField as problem:
        option = {"margin": "--depth-margin"}.get(problem.field, "--depth")
        raise BadField(problem.message, field=option, advice=problem.advice) from None


def with_z(out: Sequence[Deliverable], z: bool, depth: Depth) -> list[Deliverable]:
    """The deliverables; with ``z`` all EXRs that can hold it get a Z channel. Raises ``BadField``."""
    fitting = [each for each in out if each.format == "exr" and each.content != "cryptomatte"]
    if z and not fitting:
        raise BadField("is for EXR files, and none is asked for.", field="--z", advice="Name an .exr with --out.")
    made = [replace(each, z=True) if z and each in fitting else each for each in out]
    asked = any(each.z for each in made)
    if asked and not depth.engine:
        raise BadField("needs distances.", field="--z", advice="Add --depth depth-anything, or --depth midas.")
    if depth.engine and not (asked or depth.holdout):
        raise BadField("is asked for nothing.", field="--depth", advice="Add --holdout-by-depth, --z, or both.")
    return made


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
    found = _TYPED_SHAPE.match(text.strip())
    if found is None:
        raise BadField("is empty.", field=option)
    first, last = parse_range(found["range"], option) if found["range"] else (None, None)
    with typed(option, text):
        polygon = _corners(found["what"])
        path = "" if polygon else path_of(found["what"])
        return Shape(use, polygon, path, first, last, bool(found["outside"]), int(found["object"] or 0))


def _corners(text: str) -> list[Vertex]:
    box = _BOX.match(text.replace(", ", ","))
    if box:
        x0, y0, x1, y1 = (float(edge) for edge in box.groups())
        return [Vertex(x0, y0), Vertex(x1, y0), Vertex(x1, y1), Vertex(x0, y1)]
    pairs = [_PAIR.match(part) for part in text.split()]
    return [Vertex(float(pair[1]), float(pair[2])) for pair in pairs if pair] if all(pairs) else []
