"""What is wanted back: the files, the objects' names, and the work on the mattes between engine and file.

Nothing in this module can change a logit: a shot that was tracked once is finished again, as often as wanted, from
what the daemon keeps of it. Lengths are plate pixels, pixel aspect not applied.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional

from . import checks
from .errors import BadField

FORMATS = ("exr", "png8", "png16", "tiff8", "tiff16", "tiff32", "webm", "prores4444", "splines")
MOVIES = ("webm", "prores4444")
SPLINES = "splines"
ONE_FILE = (*MOVIES, SPLINES)
"""Formats that make one file of the whole shot; their paths have no counter."""
CONTENTS = ("matte", "cutout", "layers", "cryptomatte")
CHANNELS = ("", "A", "Y", "RGB", "RGBA")
DEPTHS = ("", "half", "float")
COMPRESSIONS = ("", "zip", "zips", "piz", "dwaa", "none")
COLORS = ("", "plate", "foreground")
EDGE_METHODS = ("guided", "plain", "closed_form", "matting")
USES = ("garbage", "holdout")
LARGEST_LENGTH = 100.0
"""Plate pixels that an edge may be moved or softened by."""
LARGEST_SPECK = 2000.0
WIDEST_BAND = 200.0
MOST_MARGIN = 10.0
MOST_VERTICES = 10_000
LONGEST_TEMPORAL = 5
FASTEST = 1000.0
LEAST_TOLERANCE, MOST_TOLERANCE = 0.1, 20.0


@dataclass(frozen=True)
class Deliverable:
    """One sequence, movie or document: ``path`` and ``format``, what is in it, and how it is stored.

    ``path`` of a sequence has one counter (``matte.####.exr``); a movie's and a document's has none. ``{shot}``,
    ``{object}``, ``{version}`` and ``{view}`` in it are filled in; with ``{object}`` every object gets its own files.

    ``content``: ``matte``; ``cutout`` (the plate's own numbers and the matte in A); ``layers`` (one EXR, an object per
    layer); ``cryptomatte`` (EXR). ``object``: only this one, 0 all of them. ``channels`` of a matte: ``A`` alone
    (EXR's default, for Nuke), ``Y`` one gray channel (PNG's and TIFF's default), ``RGB`` gray in all three and no A
    (for Resolve), ``RGBA`` white with the matte in A, straight (for After Effects; a movie's only choice).
    ``depth`` of an EXR: empty is half, for a cut-out the plate's own, for Cryptomatte float. ``compression`` of an EXR:
    empty is zip. ``premultiplied``: a cut-out's RGB is multiplied by A. ``fps`` of a movie, for plates that do not say
    theirs; 0: the plate's. ``splines`` is one JSON document of closed Bezier outlines for roto nodes; ``tolerance``:
    plate pixels that they may lie off the matte's edge; 0: 0.75.

    ``colors`` of a cut-out: ``plate`` (its own numbers, bit for bit; empty is the same) or ``foreground`` (at soft
    edges the subject's own color, the background taken out of it). ``z``: an EXR also has a Z channel, relative
    distance from the camera; the request must name a depth engine.
    """

    path: str
    format: str = "exr"
    content: str = "matte"
    object: int = 0
    channels: str = ""
    depth: str = ""
    compression: str = ""
    premultiplied: bool = False
    fps: float = 0.0
    tolerance: float = 0.0
    colors: str = ""
    z: bool = False

    def __post_init__(self) -> None:
        checks.text("path", self.path)
        checks.text("format", self.format, 64)
        checks.one_of("content", self.content, CONTENTS)
        checks.between("object", self.object, 0, 999)
        checks.one_of("channels", self.channels, CHANNELS)
        checks.one_of("depth", self.depth, DEPTHS)
        checks.one_of("compression", self.compression, COMPRESSIONS)
        checks.between("fps", self.fps, 0.0, FASTEST, " frames per second")
        checks.one_of("colors", self.colors, COLORS)
        if self.tolerance:
            checks.between("tolerance", self.tolerance, LEAST_TOLERANCE, MOST_TOLERANCE, " pixels, or be 0")
        self._check_together()

    def _check_together(self) -> None:
        several = self.content in ("layers", "cryptomatte")
        if several and self.format != "exr":
            _refuse("content", f"{self.content} needs format exr, not {self.format}.", "Choose exr.")
        if several and self.object:
            _refuse("object", f"does not go with {self.content}, which holds every object.", "Leave it 0.")
        if self.channels and self.content != "matte":
            _refuse("channels", f"does not go with {self.content}.", "Leave it empty, or choose content matte.")
        if self.channels == "A" and self.format != "exr":
            _refuse("channels", f"A alone is not possible in {self.format}.", "Choose Y, RGB or RGBA, or format exr.")
        if self.channels in ("Y", "RGB") and self.format in MOVIES:
            _refuse("channels", f"a {self.format} movie carries RGBA.", "Leave it empty.")
        if (self.depth or self.compression) and self.format != "exr":
            name = "depth" if self.depth else "compression"
            _refuse(name, f"is a choice for exr only, not for {self.format}.", "Leave it empty.")
        if self.fps and self.format not in MOVIES:
            _refuse("fps", f"is a choice for movies only, not for {self.format}.", "Leave it 0.")
        if self.format == SPLINES and (self.content != "matte" or self.channels):
            name = "channels" if self.content == "matte" else "content"
            _refuse(name, "does not go with splines, which follow the matte's edge.", "Leave it out.")
        if self.tolerance and self.format != SPLINES:
            _refuse("tolerance", f"is a choice for splines only, not for {self.format}.", "Leave it 0.")
        if self.premultiplied and self.content != "cutout":
            _refuse("premultiplied", f"does not go with {self.content}.", "Choose content cutout.")
        if self.colors and self.content != "cutout":
            _refuse("colors", f"does not go with {self.content}.", "Choose content cutout.")
        if self.z and (self.format != "exr" or self.content == "cryptomatte"):
            _refuse("z", "needs format exr, and does not go with cryptomatte.", "Ask for an EXR matte beside it.")
        if self.content == "cryptomatte" and self.depth == "half":
            _refuse("depth", "half cannot hold Cryptomatte ids.", "Leave it empty, or choose float.")
        if self.content == "cryptomatte" and self.compression == "dwaa":
            _refuse("compression", "dwaa loses Cryptomatte ids.", "Choose zip, zips, piz or none.")


@dataclass(frozen=True)
class ObjectName:
    """The artist's name for an object; files, layers and manifests carry it."""

    object: int
    name: str

    def __post_init__(self) -> None:
        checks.between("object", self.object, 1, 999)
        checks.text("name", self.name, 256)


@dataclass(frozen=True)
class CleanUp:
    """Work on each object's soft matte, done in the order of the fields; 0 leaves a step out.

    ``object``: the one it is for; 0: every object that has none of its own. ``remove_specks`` and ``fill_holes``: the
    largest diameter of what is removed and filled. ``close``: the widest gap closed. ``smooth``: the size of wiggles
    taken off the contour. ``temporal``: frames on either side that an edge is steadied by. ``dilate``: the edge moves
    outward, below 0 inward. ``feather``: the width over which the edge is softened.
    """

    object: int = 0
    remove_specks: float = 0.0
    fill_holes: float = 0.0
    close: float = 0.0
    smooth: float = 0.0
    temporal: int = 0
    dilate: float = 0.0
    feather: float = 0.0

    def __post_init__(self) -> None:
        checks.between("object", self.object, 0, 999)
        for name in ("remove_specks", "fill_holes"):
            checks.between(name, getattr(self, name), 0.0, LARGEST_SPECK, " pixels")
        for name in ("close", "smooth", "feather"):
            checks.between(name, getattr(self, name), 0.0, LARGEST_LENGTH, " pixels")
        checks.between("temporal", self.temporal, 0, LONGEST_TEMPORAL, " frames")
        checks.between("dilate", self.dilate, -LARGEST_LENGTH, LARGEST_LENGTH, " pixels")


@dataclass(frozen=True)
class Edges:
    """How the engine's mattes, which are coarser than the plate, get edges of plate pixels.

    ``method``: ``guided`` (the plate's own edges steer the enlargement), ``plain`` (enlarged as they are),
    ``closed_form`` (alpha solved from the plate's colors; slow, for stills and small bands) or ``matting`` (a matting
    model). ``matting``: that model's name; empty: the daemon's own choice. ``band``: plate pixels on either side of
    the contour within which the matte may change; 0: as many as the engine's resolution leaves open. ``motion_blur``:
    the band is wider along the motion.
    """

    method: str = "guided"
    matting: str = ""
    band: float = 0.0
    motion_blur: bool = False

    def __post_init__(self) -> None:
        checks.one_of("method", self.method, EDGE_METHODS)
        checks.at_most("matting", self.matting, 256)
        checks.between("band", self.band, 0.0, WIDEST_BAND, " pixels")
        if self.matting and self.method != "matting":
            _refuse("matting", f"names a model, but the method is {self.method}.", "Choose method matting.")


@dataclass(frozen=True)
class Depth:
    """Distances from the camera, estimated. ``engine``: which estimator, by name; empty: none is run.

    ``holdout``: what stands before an object cuts its matte. ``margin``: how much nearer than the object something
    must be to count as before it, as a share of the distances' spread on the frame.
    """

    engine: str = ""
    holdout: bool = False
    margin: float = 0.05

    def __post_init__(self) -> None:
        checks.at_most("engine", self.engine, 256)
        checks.between("margin", self.margin, 0.0, MOST_MARGIN)
        if self.holdout and not self.engine:
            _refuse("holdout", "needs distances, and no depth engine is named.", "Name one in engine.")


@dataclass(frozen=True)
class Vertex:
    """A corner of a drawn shape, plate pixels."""

    x: float
    y: float

    def __post_init__(self) -> None:
        checks.pixel("x", self.x)
        checks.pixel("y", self.y)


@dataclass(frozen=True)
class Shape:
    """A garbage matte (taken away before the clean-up) or a holdout (taken away after it).

    Either ``polygon``, at least three corners (a box is four), or ``path``, a matte sequence of the plate's size with
    the shot's frame numbers, or a still. ``first``/``last``: the frames it holds on, both included; absent: all.
    ``outside``: what lies outside is taken away instead. ``object``: 0 is every object.
    """

    use: str
    polygon: List[Vertex] = field(default_factory=list)
    path: str = ""
    first: Optional[int] = None
    last: Optional[int] = None
    outside: bool = False
    object: int = 0

    def __post_init__(self) -> None:
        checks.one_of("use", self.use, USES)
        checks.at_most("polygon", self.polygon, MOST_VERTICES)
        checks.at_most("path", self.path, 4096)
        if self.polygon and self.path:
            _refuse("path", "and a polygon are both given.", "Give one of them; two shapes may be sent.")
        if not self.path and len(self.polygon) < 3:
            _refuse("polygon", f"has {len(self.polygon)} corners.", "Draw at least three, or give a sequence's path.")
        for name, value in (("first", self.first), ("last", self.last)):
            if value is not None:
                checks.frame_number(name, value)
        if self.first is not None and self.last is not None and self.last < self.first:
            raise BadField(f"{self.last} comes before first ({self.first}).", field="last")
        checks.between("object", self.object, 0, 999)


def check_finish(
    out: List[Deliverable], names: List[ObjectName], clean_up: List[CleanUp], shapes: List[Shape], depth: Depth
) -> None:
    """What ``MatteRequest`` and ``Finish`` check alike: lengths, and nothing said twice. Raises ``BadField``."""
    if not out:
        raise BadField("names no file to write.", field="out", advice="Give at least one output pattern.")
    checks.at_most("out", out, 64)
    checks.at_most("names", names, 999)
    checks.at_most("clean_up", clean_up, 999)
    checks.at_most("shapes", shapes, 64)
    for index, deliverable in enumerate(out):
        if deliverable.z and not depth.engine:
            raise BadField(
                "asks for distances, and no depth engine is named.",
                field=f"out[{index}].z",
                advice="Name one in depth.engine.",
            )
    numbers: List[int] = []
    taken: List[str] = []
    for index, named in enumerate(names):
        if named.object in numbers:
            raise BadField(f"object {named.object} is named twice.", field=f"names[{index}].object")
        if named.name.strip() in taken:
            raise BadField(
                f"{named.name!r} is the name of two objects.",
                field=f"names[{index}].name",
                advice="Give each object a name of its own.",
            )
        numbers.append(named.object)
        taken.append(named.name.strip())
    cleaned: List[int] = []
    for index, clean in enumerate(clean_up):
        if clean.object in cleaned:
            whose = f"object {clean.object}" if clean.object else "every object"
            raise BadField(f"there are two clean-ups for {whose}.", field=f"clean_up[{index}].object")
        cleaned.append(clean.object)


def _refuse(name: str, message: str, advice: str) -> None:
    raise BadField(message, field=name, advice=advice)
