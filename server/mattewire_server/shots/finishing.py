"""From one frame's segments to files: mattes made, cleaned, merged and written in threads while the engine goes on.

A frame goes through two steps. Its mattes are made once the frames are there whose plate its edges look at; it is
finished once the frames that it is steadied by are made.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import EngineFailed
from mattewire_protocol.messages import Detection

from ..engines.seams import Picture, Segment
from ..finish.alpha import Look, alpha_from_logits, merge
from ..finish.quality import Seen, colors_under, see, small
from ..mattes import FrameMattes, MatteWriter
from ..plates.model import PlateFrame, Window
from .cleaning import Cleaning
from .depths import Depths
from .edging import Edging

VISIBLE = 0.5
"""Alpha from which a pixel counts as the subject, for boxes."""


@dataclass(frozen=True)
class Tracked:
    """One frame as the engine left it. ``plate``: its pixels, where a deliverable holds them or edges look at them.

    ``glimpse``: float32 (h, w, 3), the picture at the size of ``quality.small``, for the colors under each object;
    where it is absent, ``colors`` has them already. ``agreement``: where the detector looked again, the IoU of what it
    saw and what was tracked, by object.
    """

    frame: int
    window: Window
    segments: Mapping[int, Segment]
    timecode: tuple[int, int] | None = None
    plate: PlateFrame | None = None
    glimpse: NDArray[np.float32] | None = None
    colors: Mapping[int, Sequence[float]] = field(default_factory=dict)
    agreement: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Finished:
    """One frame whose sequences' files are on disk. ``looks``: how the engine's own mattes stand, before the clean-up.
    ``near``: the same of the frames that it was steadied by, which may come back after it.

    ``seen``: the finished mattes, as quality control sees them. ``colors``: under each object, of the engine's matte.
    ``mattes``: what movies are made of; None when nobody wants it. ``empty``: nothing is left of a subject in sight.
    """

    frame: int
    paths: list[str]
    looks: dict[int, Look]
    objects: list[Detection]
    new: bool
    empty: bool = False
    mattes: FrameMattes | None = None
    near: Mapping[int, Mapping[int, Look]] = field(default_factory=dict)
    seen: Mapping[int, Seen] = field(default_factory=dict)
    colors: Mapping[int, Sequence[float]] = field(default_factory=dict)
    agreement: Mapping[int, float] = field(default_factory=dict)


def as_it_is(tracked: Tracked) -> Mapping[int, Segment]:
    """The engine's own segments."""
    return tracked.segments


@dataclass(frozen=True)
class Wanted:
    """What becomes of every frame. ``labels``: object number to the phrase it was found by.

    ``keep``: frames that an earlier attempt wrote; they are measured again (the sidecar needs their numbers) and not
    written again. ``hold``: the mattes are handed back as well, for movies. ``before``: called in a finishing thread
    with each frame before its mattes are made, and may hand back other segments in the place of the engine's.
    """

    writers: Sequence[MatteWriter]
    canvas: Window
    labels: Mapping[int, str]
    keep: frozenset[int] = frozenset()
    hold: bool = False
    cleaning: Cleaning = field(default_factory=Cleaning)
    edging: Edging = field(default_factory=Edging)
    depths: Depths = field(default_factory=Depths)
    before: Callable[[Tracked], Mapping[int, Segment]] = as_it_is


@dataclass(frozen=True)
class _Made:
    """The mattes of one frame's objects in sight, up to the steps that need no other frame."""

    mattes: dict[int, NDArray[np.float32]]
    looks: dict[int, Look]
    colors: Mapping[int, Sequence[float]]


@dataclass
class _Arrived:
    tracked: Tracked
    made: Future[_Made] | None = None


class Finishing:
    """Takes frames of ``first`` to ``last`` in the engine's order, and hands each back when its files are written.

    Where an edge is steadied over time, a frame waits until its neighbors have arrived, so that frames come back late;
    those that were put in ascending order come back in it. Without, all come back in the order they were put. At most
    ``depth`` are being written.
    """

    def __init__(self, wanted: Wanted, first: int, last: int, threads: int) -> None:
        self._wanted = wanted
        self._first, self._last = first, last
        self._sees, self._steadies = wanted.edging.reach, wanted.cleaning.reach
        self._depth = threads + 1
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="finish")
        self._arrived: dict[int, _Arrived] = {}
        self._begun: set[int] = set()
        self._pending: deque[Future[Finished]] = deque()

    def put(self, tracked: Tracked) -> Iterator[Finished]:
        """Starts on a frame; yields what is finished, waiting when ``depth`` frames are in flight."""
        # First in, first out: what a frame waits for inside the pool was begun before it, and never waits itself.
        arrived = self._arrived
        arrived[tracked.frame] = _Arrived(tracked)
        for frame in sorted(self._near(tracked.frame, self._sees) & arrived.keys()):
            if arrived[frame].made is None and self._near(frame, self._sees) <= arrived.keys():
                around = [arrived[near].tracked.plate if near in arrived else None for near in (frame - 1, frame + 1)]
                arrived[frame].made = self._pool.submit(self._make, arrived[frame].tracked, *around)
        made = {frame for frame, one in arrived.items() if one.made is not None}
        for frame in sorted(self._near(tracked.frame, self._sees + self._steadies) & made - self._begun):
            if self._near(frame, self._steadies) <= made:
                self._begin(frame)
        self._forget()
        while len(self._pending) > self._depth:
            yield self._pending.popleft().result()

    def until(self, engine: Future[Any]) -> Iterator[Finished]:
        """Yields each frame the moment it is finished, until the engine has done its step."""
        while not engine.done():
            wait([engine, *islice(self._pending, 1)], return_when=FIRST_COMPLETED)
            while self._pending and self._pending[0].done():
                yield self._pending.popleft().result()

    def drain(self) -> Iterator[Finished]:
        """Waits for everything in flight."""
        while self._pending:
            yield self._pending.popleft().result()

    def salvage(self) -> Iterator[Finished]:
        """After a failure: waits likewise and yields what was finished. Further failures give way to the first."""
        while self._pending:
            finished = self._pending.popleft()
            if finished.exception() is None:
                yield finished.result()

    def close(self) -> None:
        """Drops what has not been started and waits for the frames that are being written."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    # --- which frame, when ---------------------------------------------------------------------------------

    def _near(self, frame: int, reach: int) -> set[int]:
        return set(range(max(self._first, frame - reach), min(self._last, frame + reach) + 1))

    def _begin(self, frame: int) -> None:
        self._begun.add(frame)
        near = {other: self._arrived[other].made for other in self._near(frame, self._steadies)}
        around = {other: made for other, made in near.items() if made is not None}
        self._pending.append(self._pool.submit(self._finish, self._arrived[frame].tracked, around))

    def _forget(self) -> None:
        """Lets go of frames that no frame to come needs: a bounded few stay, however long the shot."""
        reach = self._sees + self._steadies
        for frame in [frame for frame in self._arrived if self._near(frame, reach) <= self._begun]:
            del self._arrived[frame]

    # --- in the pool's threads -----------------------------------------------------------------------------

    def _make(self, tracked: Tracked, before: PlateFrame | None, after: PlateFrame | None) -> _Made:
        cleaning = self._wanted.cleaning
        mattes: dict[int, NDArray[np.float32]] = {}
        looks: dict[int, Look] = {}
        colors = dict(tracked.colors)
        for number, segment in sorted(self._wanted.before(tracked).items()):
            score = _score(tracked.frame, segment)
            if not segment.present:
                looks[number] = Look(score, False, 0.0)
                continue
            matte = self._matte(number, segment, tracked, before, after)
            looks[number] = Look(score, True, float(matte.sum(dtype=np.float64)))
            mattes[number] = cleaning.alone(number, tracked.frame, matte)
            if tracked.glimpse is not None:
                height, width = tracked.glimpse.shape[:2]
                colors[number] = colors_under(tracked.glimpse, alpha_from_logits(segment.logits, width, height))
        return _Made(mattes, looks, colors)

    def _matte(
        self, number: int, segment: Segment, tracked: Tracked, before: PlateFrame | None, after: PlateFrame | None
    ) -> NDArray[np.float32]:
        try:
            return self._wanted.edging.matte(number, segment, self._wanted.canvas, tracked.plate, before, after)
        except EngineFailed as problem:
            named = problem.message.startswith(f"Frame {tracked.frame}:")
            raise EngineFailed(problem.message if named else f"Frame {tracked.frame}: {problem.message}") from problem

    def _finish(self, tracked: Tracked, around: Mapping[int, Future[_Made]]) -> Finished:
        wanted, frame = self._wanted, tracked.frame
        made = around[frame].result()
        mattes: dict[int, NDArray[np.float32]] = {}
        objects: list[Detection] = []
        for number, matte in made.mattes.items():
            neighbors = {near: future.result().mattes.get(number) for near, future in around.items() if near != frame}
            steadied = wanted.cleaning.together(number, frame, matte, neighbors)
            mattes[number] = wanted.depths.cut(frame, steadied, tracked.plate)
            score = made.looks[number].score
            found = _box(mattes[number], wanted.canvas, number, wanted.labels.get(number, ""), score)
            if found is not None:
                objects.append(found)
        whole = merge(list(mattes.values()), wanted.canvas.width, wanted.canvas.height)
        new = frame not in wanted.keep
        deep = new and any(writer.needs_z for writer in wanted.writers)
        z = wanted.depths.z(frame, wanted.canvas) if deep else None
        result = FrameMattes(frame, tracked.window, whole, mattes, tracked.plate, tracked.timecode, z)
        paths = [writer.write(result) if new else writer.path(frame) for writer in wanted.writers]
        empty = bool(mattes) and not whole.any()
        near = {other: future.result().looks for other, future in around.items() if other != frame}
        held = result if wanted.hold else None
        seen = self._seen(tracked, made, mattes)
        return Finished(frame, paths, made.looks, objects, new, empty, held, near, seen, made.colors, tracked.agreement)

    def _seen(self, tracked: Tracked, made: _Made, mattes: Mapping[int, NDArray[np.float32]]) -> dict[int, Seen]:
        size = small(self._wanted.canvas.width, self._wanted.canvas.height)
        return {
            number: see(
                mattes.get(number), size, look.score, made.colors.get(number, ()), tracked.agreement.get(number)
            )
            for number, look in made.looks.items()
        }


def glimpse(picture: Picture) -> NDArray[np.float32]:
    """A picture at the size that quality control sees: float32 (h, w, 3)."""
    size = small(picture.width, picture.height)
    reduced = cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, np.float32)


def _score(frame: int, segment: Segment) -> float:
    if math.isnan(segment.score):
        raise EngineFailed(f"Frame {frame}: the engine's score is not a number (NaN).")
    return min(max(float(segment.score), 0.0), 1.0)


def _box(matte: NDArray[np.float32], canvas: Window, number: int, phrase: str, score: float) -> Detection | None:
    """The box around what is visible, in plate pixels; None when nothing is."""
    solid = matte >= VISIBLE
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not rows.size:
        return None
    return Detection(
        number,
        float(columns[0] + canvas.x0),
        float(rows[0] + canvas.y0),
        float(columns[-1] + 1 + canvas.x0),
        float(rows[-1] + 1 + canvas.y0),
        phrase,
        score,
    )
