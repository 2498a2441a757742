"""What a plate is, whatever it came from: its windows, its frames, and one frame's numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray


@dataclass(frozen=True)
class Window:
    """Whole pixels, half-open: x0 <= x < x1, y0 <= y < y1, y down, origin at the display window's top left."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    def union(self, other: Window) -> Window:
        return Window(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


@dataclass(frozen=True)
class PlateInfo:
    """A plate's facts, known before any frame's pixels are read.

    ``first``/``last``: frames that exist, both included; ``missing``: the holes between them. ``display``: always
    (0, 0, width, height); ``origin``: where the files themselves put the display window's top left corner, so that
    mattes can be written with the same windows. ``unreadable``: frames that are there but known to be damaged when
    the plate is opened. ``canvas``: the union of the display window and every data window: the fixed raster that
    frames are placed on, so that all pictures of a shot have one size. ``colorspace``: what the artist chose, else
    what the file says, else what its kind implies. ``identity``: short text that differs when any frame is replaced
    (paths, sizes, times). ``kind``: ``sequence``, ``still`` or ``movie``. ``colorspace_from``: ``request``,
    ``file rules``, ``metadata`` or ``file kind``. ``view``: the view that is read, empty where the files name none.
    ``precision``: ``half``, ``float``, ``uint8`` or ``uint16``, as the files store it; ``float`` where they differ.
    ``chromaticities``: CIE xy of red, green, blue and white, and ``color_id`` a Color Interop Forum id
    (``lin_ap1_scene``), where the files say so.
    """

    path: str
    kind: str
    first: int
    last: int
    missing: tuple[int, ...]
    display: Window
    canvas: Window
    pixel_aspect: float
    fps: float | None
    colorspace: str
    identity: str
    unreadable: tuple[int, ...] = ()
    origin: tuple[int, int] = (0, 0)
    colorspace_from: str = ""
    view: str = ""
    precision: str = ""
    chromaticities: tuple[float, ...] = ()
    color_id: str = ""


@dataclass(frozen=True)
class PlateFrame:
    """One frame. ``rgb``: (canvas height, canvas width, 3) in the plate's own encoding, 0 outside ``data_window``.

    dtype: float16 or float32 as in the file (scene values, may exceed 0..1), or uint8 / uint16 codes (full range
    stands for 0..1). ``data_window`` is this frame's own; the matte file gets the same. So it does with ``timecode``:
    time and user bits, as OpenEXR packs SMPTE ST 12.
    """

    frame: int
    rgb: NDArray[Any]
    data_window: Window
    timecode: tuple[int, int] | None = None


class Plate(Protocol):
    """An open plate. Not thread-safe: one thread reads, in any order; movies are fastest in order."""

    info: PlateInfo

    def read(self, frame: int) -> PlateFrame:
        """One frame. Raises ``FrameMissing``, ``PlateUnreadable`` or ``PlateChanged``, naming the frame."""
        ...

    def frames(self, order: Iterable[int]) -> Iterator[PlateFrame]:
        """Frames in the given order; a movie read backward is decoded in forward pieces of bounded memory."""
        ...

    def close(self) -> None: ...
