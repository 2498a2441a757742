"""The seams between the shot pipeline and the models: one or two verbs each, no torch here.

An engine package registers a factory under the entry-point group ``mattewire.engines``; the built-in engines use
the same door. Pictures that cross a seam are display-referred sRGB; boxes and points are in **picture pixels**
(the pipeline shifts plate coordinates by the data window's origin), continuous, y down, pixel (0, 0) covers
[0, 1) x [0, 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Picture:
    """One frame as the models see it. ``rgb``: float32 (height, width, 3), sRGB-encoded, 0..1, C-contiguous."""

    frame: int
    rgb: NDArray[np.float32]

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])


@dataclass(frozen=True)
class Mark:
    """A point on the picture; ``keep`` is on the subject, otherwise off it."""

    x: float
    y: float
    keep: bool = True


@dataclass(frozen=True)
class Found:
    """A detection: ``box`` is (x0, y0, x1, y1) in picture pixels, ``score`` in 0..1.

    ``avoid``: drop marks on excluded things that touch the box, for the segmenter.
    """

    box: tuple[float, float, float, float]
    score: float
    phrase: str = ""
    avoid: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Hint:
    """What is known of one object on one frame: a box, points, or both; or a matte of it.

    ``phrase`` is what it was found by. ``mask``: float32 (h, w), 0..1, covering the picture at any scale; box and
    points are then not looked at.
    """

    object: int
    box: tuple[float, float, float, float] | None = None
    marks: tuple[Mark, ...] = ()
    phrase: str = ""
    mask: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Segment:
    """One object on one frame.

    ``logits``: float32 (h, w), log-odds of "subject", at any scale of the picture (the pipeline resamples them to
    the picture's size); ``sigmoid(logits)`` is the soft matte. ``score``: 0..1, how sure the engine is of this
    frame. ``present`` is false when the object is out of sight; its logits are then not used. ``cell``: logits, across
    and down, to one cell of what the engine itself resolved: (4, 4) where it has enlarged its mask by 4.
    """

    logits: NDArray[np.float32]
    score: float
    present: bool = True
    cell: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True)
class ShotInfo:
    """What a segmenter is told before the first frame. ``first``/``last`` both included, picture size in pixels."""

    first: int
    last: int
    width: int
    height: int
    quality: str = "final"
    settings: Mapping[str, Any] = field(default_factory=dict)


class Detector(Protocol):
    """Finds what phrases name on one picture."""

    def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
        """Every match, best first; nothing where nothing matches. ``PromptNotUnderstood`` names unusable phrases."""
        ...


@runtime_checkable
class LooksCloser(Protocol):
    """What a detector offers beside ``find`` when it can look closer at what is in doubt."""

    @property
    def looked_again(self) -> Sequence[object]:
        """What the latest ``find`` gave a second, closer look; empty when nothing needed one."""
        ...

    def closer(
        self, picture: Picture, phrases: Sequence[str], around: tuple[float, float, float, float]
    ) -> list[Found]:
        """What the phrases find on a padded crop around a box, best first; boxes in picture pixels."""
        ...


class Track(Protocol):
    """One shot being tracked through.

    The pipeline first steps every hinted frame with its hints, keyframe first; then it steps all frames without
    hints, forward from the earliest hinted frame to the last, then backward to the first. The track tells the
    direction from the frame numbers. Where the detector looks again in mid-shot, the frame that was just stepped is
    stepped once more, with hints: boxes of objects that were found again, put back, or are new.
    """

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        """The segment of every object known so far, by object number."""
        ...

    def close(self) -> None:
        """Lets go of what the shot held."""
        ...


class Segmenter(Protocol):
    """Carries objects through a shot."""

    def begin(self, shot: ShotInfo) -> Track: ...


class EdgeRefiner(Protocol):
    """Finds the soft edge of a matte whose course is known roughly."""

    def refine(
        self, picture: Picture, alpha: NDArray[np.float32], band: NDArray[np.bool_], object: int
    ) -> NDArray[np.float32]:
        """The matte of object number ``object``, float32 (height, width), 0..1: a new array.

        ``alpha``: float32 (height, width), 0..1, of the picture's size: the matte so far; exactly 0 or 1 outside
        ``band``, bool (height, width), which is where it is open. What is returned outside the band is not looked at.
        Neither argument may be changed. The same picture, matte and band must give the same bytes again, in whatever
        order frames come. Called from one thread at a time.
        """
        ...


class DepthEstimator(Protocol):
    """Tells how far away everything on a picture is."""

    @property
    def metric(self) -> bool:
        """Whether meters are told. Else it is inverse distance, true up to a scale and a shift that may be others on
        every frame."""
        ...

    def estimate(self, picture: Picture) -> NDArray[np.float32]:
        """float32 (h, w), finite, covering the picture at any scale: meters from the camera (larger is farther) where
        ``metric``, else relative inverse distance (larger is nearer). The same picture must give the same bytes again.
        """
        ...


@dataclass(frozen=True)
class Engine:
    """A preset as the registry hands it out; any part may be absent.

    ``provenance`` goes into every file this engine makes: model names, weights hashes, versions, dtype.

    Any part may also have ``close()``, called before the engine is dropped because it is idle or others need the
    memory, and, where it computes on a device without torch, ``memory() -> int``, the bytes it holds there.

    ``license``: of the weights, in a few words, for panels to show; with an address where one says more.
    ``commercial``: whether it plainly allows commercial work. One that does not is used only once the artist has
    accepted it (``mattewire engines accept NAME``), and again when its words change.
    """

    name: str
    label: str
    detector: Detector | None
    segmenter: Segmenter | None
    preview: bool = False
    provenance: Mapping[str, str] = field(default_factory=dict)
    understands: tuple[str, ...] = ()
    refiner: EdgeRefiner | None = None
    depth: DepthEstimator | None = None
    license: str = ""
    commercial: bool = True
