"""From one frame's segments to files: mattes made, merged and written in threads while the engine goes on."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.errors import EngineFailed
from mattewire_protocol.messages import Detection

from ..engines.seams import Segment
from ..finish.alpha import Look, alpha_from_logits, merge
from ..mattes import MatteWriter
from ..plates.model import PlateFrame, Window

VISIBLE = 0.5
"""Alpha from which a pixel counts as the subject, for boxes."""


@dataclass(frozen=True)
class Finished:
    """One frame whose mattes are on disk."""

    frame: int
    paths: list[str]
    looks: dict[int, Look]
    objects: list[Detection]
    new: bool


class Finishing:
    """Takes frames in the engine's order and hands them back in that order, at most ``depth`` in flight.

    ``labels``: object number to the phrase it was found by. ``keep``: frames that an earlier attempt wrote; they are
    measured again (the sidecar needs their numbers) and not written again.
    """

    def __init__(
        self,
        writers: Sequence[MatteWriter],
        canvas: Window,
        labels: Mapping[int, str],
        keep: frozenset[int],
        threads: int,
    ) -> None:
        self._writers = writers
        self._canvas = canvas
        self._labels = labels
        self._keep = keep
        self._depth = threads + 1
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="finish")
        self._pending: deque[Future[Finished]] = deque()

    def put(self, plate_frame: PlateFrame, segments: Mapping[int, Segment]) -> Iterator[Finished]:
        """Starts on a frame; yields what is finished, waiting when ``depth`` frames are in flight."""
        frame, window = plate_frame.frame, plate_frame.data_window
        self._pending.append(self._pool.submit(self._finish, frame, window, dict(segments)))
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

    def _finish(self, frame: int, window: Window, segments: Mapping[int, Segment]) -> Finished:
        width, height = self._canvas.width, self._canvas.height
        mattes: list[NDArray[np.float32]] = []
        looks: dict[int, Look] = {}
        objects: list[Detection] = []
        for number, segment in sorted(segments.items()):
            score = _score(frame, segment)
            if not segment.present:
                looks[number] = Look(score, False, 0.0)
                continue
            matte = _matte(frame, segment, width, height)
            mattes.append(matte)
            looks[number] = Look(score, True, float(matte.sum(dtype=np.float64)))
            found = _box(matte, self._canvas, number, self._labels.get(number, ""), score)
            if found is not None:
                objects.append(found)
        new = frame not in self._keep
        union = merge(mattes, width, height)
        paths = [writer.write(frame, union, window) if new else writer.path(frame) for writer in self._writers]
        return Finished(frame, paths, looks, objects, new)


def _score(frame: int, segment: Segment) -> float:
    if math.isnan(segment.score):
        raise EngineFailed(f"Frame {frame}: the engine's score is not a number (NaN).")
    return min(max(float(segment.score), 0.0), 1.0)


def _matte(frame: int, segment: Segment, width: int, height: int) -> NDArray[np.float32]:
    try:
        return alpha_from_logits(segment.logits, width, height)
    except EngineFailed as problem:
        raise EngineFailed(f"Frame {frame}: {problem.message}") from problem


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
