"""What an artist asks for: one plate, what to mask on it, and the files wanted back.

The same request travels from a panel, the command line and a farm task. Coordinates are continuous plate
pixels: origin at the display window's top left, y down, pixel (0, 0) covers [0, 1) x [0, 1); pixel aspect and
proxy scale are not applied. Frames are the sequence's own numbers; a movie's first frame is 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import List, Optional

from . import checks
from .deliver import CleanUp, Deliverable, Depth, Edges, ObjectName, Shape, check_finish
from .errors import BadField

QUALITIES = ("draft", "final")
MAX_MARKS = 10_000
MOST_STOPS = 20.0
SMALLEST_LONG_EDGE, LARGEST_LONG_EDGE = 128, 8192
_INDICES = re.compile(r"[1-9]\d{0,2}(,[1-9]\d{0,2})*\Z", re.ASCII)


@dataclass(frozen=True)
class Plate:
    """The photographed images: a sequence (``shot.####.exr``, ``shot.%04d.exr`` or any one frame of it) or a movie.

    ``colorspace`` is the plate's, by name; empty lets the daemon decide and say what it chose.
    ``view`` chooses one of several views (empty: the only or first one). ``exposure``: stops that the models see the
    plate brighter by; absent: 0, but as much as needed for a dark plate. The plate's own numbers stay.
    """

    path: str
    colorspace: str = ""
    view: str = ""
    exposure: Optional[float] = None

    def __post_init__(self) -> None:
        checks.text("path", self.path)
        checks.at_most("colorspace", self.colorspace, 256)
        checks.at_most("view", self.view, 256)
        if self.exposure is not None:
            checks.between("exposure", self.exposure, -MOST_STOPS, MOST_STOPS, " stops")


@dataclass(frozen=True)
class Box:
    """A box drawn on ``frame`` around object ``object``: x0 < x1, y0 < y1, plate pixels."""

    frame: int
    x0: float
    y0: float
    x1: float
    y1: float
    object: int = 1

    def __post_init__(self) -> None:
        checks.frame_number("frame", self.frame)
        for name in ("x0", "y0", "x1", "y1"):
            checks.pixel(name, getattr(self, name))
        if self.x1 <= self.x0:
            raise BadField("must be larger than x0.", field="x1")
        if self.y1 <= self.y0:
            raise BadField("must be larger than y0.", field="y1")
        checks.between("object", self.object, 1, 999)


@dataclass(frozen=True)
class Point:
    """A point clicked on ``frame``: ``keep`` is on the subject, drop is off it. Plate pixels."""

    frame: int
    x: float
    y: float
    keep: bool = True
    object: int = 1

    def __post_init__(self) -> None:
        checks.frame_number("frame", self.frame)
        checks.pixel("x", self.x)
        checks.pixel("y", self.y)
        checks.between("object", self.object, 1, 999)


@dataclass(frozen=True)
class MatteRequest:
    """One shot to matte. At least one phrase, box or keep point is needed.

    ``first``/``last``: both included; absent means the plate's own. ``keyframe``: where text is detected; absent
    means the first marked frame, else ``first``. ``pick``: ``best``, ``all`` or object numbers as in ``1,3``.
    ``engine`` is a preset; ``detector`` and ``segmenter`` override its parts. Thresholds lie in 0..1; one that is
    absent is the engine's own. ``priority``: -100..100, higher runs first. ``ocio``: a studio config's path.
    ``redetect_every``: phrases are looked for again every so many frames, 0 never. ``detect_long_edge``: of the
    detector's copy of a frame in pixels, 0 the engine's own. ``refine_below``: score under which a frame gets a
    second, closer look; absent: the engine's own, and no second look at tracked frames. ``roi``: track on a crop that
    follows each subject, for large plates.

    ``names``, ``clean_up``, ``shapes``, ``edges``, ``depth``: what becomes of the mattes after the engine; see
    ``deliver.py``. ``reuse``: a shot that was tracked with the same choices is finished from what is kept of it,
    without the engine.
    ``finish_of``: the id of the job whose kept shot is finished again; ``NotKept`` instead of tracking anew.
    """

    plate: Plate
    out: List[Deliverable]
    first: Optional[int] = None
    last: Optional[int] = None
    keyframe: Optional[int] = None
    prompts: List[str] = field(default_factory=list)
    exclude: List[str] = field(default_factory=list)
    pick: str = "best"
    boxes: List[Box] = field(default_factory=list)
    points: List[Point] = field(default_factory=list)
    engine: str = "preview"
    detector: str = ""
    segmenter: str = ""
    box_threshold: Optional[float] = None
    text_threshold: Optional[float] = None
    max_objects: int = 16
    quality: str = "final"
    overwrite: bool = False
    priority: int = 0
    ocio: str = ""
    label: str = ""
    redetect_every: int = 0
    detect_long_edge: int = 0
    refine_below: Optional[float] = None
    roi: bool = False
    names: List[ObjectName] = field(default_factory=list)
    clean_up: List[CleanUp] = field(default_factory=list)
    shapes: List[Shape] = field(default_factory=list)
    reuse: bool = True
    finish_of: str = ""
    edges: Edges = field(default_factory=Edges)
    depth: Depth = field(default_factory=Depth)

    def __post_init__(self) -> None:
        _check_range(self.first, self.last, self.keyframe)
        _check_search(self.prompts, self.exclude, self.pick, self.box_threshold, self.text_threshold)
        checks.at_most("boxes", self.boxes, MAX_MARKS)
        checks.at_most("points", self.points, MAX_MARKS)
        if not self.prompts and not self.boxes and not any(point.keep for point in self.points):
            raise BadField(
                "says nothing to mask.", field="prompts", advice="Type what to mask, draw a box, or click a keep point."
            )
        check_finish(self.out, self.names, self.clean_up, self.shapes, self.depth)
        checks.text("engine", self.engine, 64)
        checks.between("max_objects", self.max_objects, 1, 999)
        checks.one_of("quality", self.quality, QUALITIES)
        checks.between("priority", self.priority, -100, 100)
        checks.between("redetect_every", self.redetect_every, 0, 1000, " frames")
        _check_closeness(self.detect_long_edge, self.refine_below)
        checks.at_most("ocio", self.ocio, 4096)
        for name in ("label", "detector", "segmenter"):
            checks.at_most(name, getattr(self, name), 256)
        if self.finish_of:
            checks.job_id("finish_of", self.finish_of)


@dataclass(frozen=True)
class Search:
    """A look at one frame before tracking: what would these words find there?

    Same meanings as in ``MatteRequest``. ``preview_edge``: long edge in pixels of a JPEG of the frame that rides
    along as a binary part, 0 for none, at most 2048.
    """

    plate: Plate
    frame: int
    prompts: List[str]
    exclude: List[str] = field(default_factory=list)
    engine: str = "preview"
    detector: str = ""
    box_threshold: Optional[float] = None
    text_threshold: Optional[float] = None
    max_objects: int = 16
    preview_edge: int = 0
    ocio: str = ""
    detect_long_edge: int = 0
    refine_below: Optional[float] = None

    def __post_init__(self) -> None:
        checks.frame_number("frame", self.frame)
        _check_search(self.prompts, self.exclude, "best", self.box_threshold, self.text_threshold)
        if not self.prompts and not self.preview_edge:
            raise BadField("is empty.", field="prompts", advice="Type at least one phrase.")
        checks.text("engine", self.engine, 64)
        checks.between("max_objects", self.max_objects, 1, 999)
        checks.between("preview_edge", self.preview_edge, 0, 2048, " pixels")
        _check_closeness(self.detect_long_edge, self.refine_below)


def _check_range(first: Optional[int], last: Optional[int], keyframe: Optional[int]) -> None:
    for name, value in (("first", first), ("last", last), ("keyframe", keyframe)):
        if value is not None:
            checks.frame_number(name, value)
    if first is not None and last is not None and last < first:
        raise BadField(f"{last} comes before first ({first}).", field="last")
    if keyframe is not None and ((first is not None and keyframe < first) or (last is not None and keyframe > last)):
        raise BadField(f"{keyframe} is outside the frame range.", field="keyframe")


def _check_search(
    prompts: List[str],
    exclude: List[str],
    pick: str,
    box_threshold: Optional[float],
    text_threshold: Optional[float],
) -> None:
    for name, phrases in (("prompts", prompts), ("exclude", exclude)):
        checks.at_most(name, phrases, 64)
        for index, phrase in enumerate(phrases):
            checks.text(f"{name}[{index}]", phrase, 512)
    if pick not in ("best", "all") and not _INDICES.match(pick):
        raise BadField(f"{pick!r} is not best, all, or object numbers such as 1,3.", field="pick")
    for name, value in (("box_threshold", box_threshold), ("text_threshold", text_threshold)):
        if value is not None:
            checks.between(name, value, 0.0, 1.0)


def _check_closeness(detect_long_edge: int, refine_below: Optional[float]) -> None:
    if detect_long_edge != 0:
        checks.between("detect_long_edge", detect_long_edge, SMALLEST_LONG_EDGE, LARGEST_LONG_EDGE, " pixels, or be 0")
    if refine_below is not None:
        checks.between("refine_below", refine_below, 0.0, 1.0)
