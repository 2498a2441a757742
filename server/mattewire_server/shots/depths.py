"""The request's distances: measured before anything else, kept while the job runs, and what is made of them.

They are measured in a pass of their own, first frame to last, before the shot is tracked. A tracker goes forward and
backward from a keyframe; distances are laid onto those of the frames before, and must come out the same whatever order
mattes are made in. The estimator lets go of its memory before the tracker loads. See ``decisions/015-depth.md``.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.deliver import Depth
from mattewire_protocol.errors import EngineFailed, InternalError, UnknownEngine

from ..color import ColorTransform
from ..durable import output_error
from ..engines.held import empty_torch_cache
from ..engines.seams import Engine, Picture
from ..finish.depth_order import held_out
from ..finish.depth_scale import DepthScale
from ..plates.model import PlateFrame, Window
from .ahead import Ahead
from .faults import named
from .paths import SCRATCH

Raster = NDArray[np.float32]

TOLD_EVERY_S = 2.0
"""How often the progress of the pass is told."""

NO_DEPTH = Depth()


class Depths:
    """The distances of one shot. Threads may share it once ``measure`` is through.

    ``z``: whether a file holds them. ``engine``: the one that ``wanted.engine`` names; ``UnknownEngine`` where
    it has no estimator. Where neither a file nor the holdout needs distances, none are measured.
    """

    def __init__(
        self,
        wanted: Depth = NO_DEPTH,
        z: bool = False,
        transform: ColorTransform | None = None,
        engine: Engine | None = None,
    ) -> None:
        self._wanted, self._transform, self._engine = wanted, transform, engine
        self.needed = bool(wanted.engine) and (z or wanted.holdout)
        self._folder: Path | None = None
        if wanted.engine and (engine is None or engine.depth is None):
            raise UnknownEngine(
                f"{wanted.engine!r} tells no distances.",
                field="depth.engine",
                advice="`mattewire doctor` lists the engines: depth-anything, or midas.",
            )

    @property
    def cuts(self) -> bool:
        """Whether mattes are held out by depth, for which the plate is looked at."""
        return self.needed and self._wanted.holdout

    def measure(
        self,
        frames: Iterable[PlateFrame],
        *,
        checkpoint: Callable[[], None],
        read_ahead: int,
        scratch_folder: Path | None = None,
    ) -> Iterator[str]:
        """Measures ``frames``, which are in order, first to last. Yields a note for the artist now and then.

        ``checkpoint`` is called before every frame. ``scratch_folder``: where a folder for the maps is made, of
        4 bytes for each cell of the network's. Raises what the estimator raises, ``EngineFailed``, ``DiskFull``,
        ``NotWritable``.
        """
        estimator = self._engine.depth if self._engine is not None else None
        if estimator is None or self._transform is None:
            raise InternalError("Distances are measured without an estimator.")
        self._folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=scratch_folder))
        transform, scale = self._transform, DepthScale(estimator.metric)
        ahead = Ahead(lambda: (Picture(each.frame, transform.to_display(each.rgb)) for each in frames), read_ahead)
        told = 0.0
        try:
            for picture in ahead:
                checkpoint()
                if time.monotonic() - told > TOLD_EVERY_S:
                    told = time.monotonic()
                    yield f"Distances of frame {picture.frame}."
                with named(picture.frame):
                    said = _checked(picture.frame, estimator.estimate(picture))
                self._write(picture.frame, scale.add(said, picture.rgb))
        finally:
            ahead.close()
            close = getattr(estimator, "close", None)
            if callable(close):  # the tracker needs the memory
                close()
            empty_torch_cache()

    def cut(self, frame: int, matte: Raster, plate: PlateFrame | None) -> Raster:
        """The matte, float32 canvas, without what stands before the object; itself where there is nothing to do.

        ``plate``: the frame's pixels. Exact zeros and ones stay where nothing is cut.
        """
        if not self.cuts or not matte.any():
            return matte
        if plate is None or self._transform is None:
            raise InternalError(f"Frame {frame}: a holdout by depth needs the plate.")
        transform, rgb = self._transform, plate.rgb
        return held_out(matte, self._read(frame), lambda area: transform.to_display(area.of(rgb)), self._wanted.margin)

    def z(self, frame: int, canvas: Window) -> Raster:
        """The frame's distances, float32 (canvas height, canvas width), larger is farther, enlarged bilinearly."""
        size = (canvas.width, canvas.height)
        return np.asarray(cv2.resize(self._read(frame), size, interpolation=cv2.INTER_LINEAR), np.float32)

    def provenance(self) -> dict[str, str]:
        """What files say of their distances; nothing where there are none."""
        if not self.needed or self._engine is None or self._engine.depth is None:
            return {}
        what = (
            "meters as estimated, scaled to the first frame's"
            if self._engine.depth.metric
            else "relative, linear in inverse distance, 0 near and 1 far on the first frame"
        )
        words = [self._engine.name, what]
        if self._wanted.holdout:
            words.append(f"holdout margin {self._wanted.margin:g}")
        made_by = dict(self._engine.provenance)
        return {
            "depth": "; ".join(words),
            **{name if name.startswith("depth_") else f"depth_{name}": text for name, text in made_by.items()},
        }

    def close(self) -> None:
        """Removes the maps."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _path(self, frame: int) -> Path:
        if self._folder is None:
            raise InternalError(f"Frame {frame}: its distances are not measured.")
        return self._folder / f"{frame}.npy"

    def _write(self, frame: int, distance: Raster) -> None:
        path = self._path(frame)
        try:
            np.save(path, distance, allow_pickle=False)
        except OSError as problem:
            raise output_error(problem, str(path), f"Frame {frame}: the distances") from problem

    def _read(self, frame: int) -> Raster:
        try:
            return np.asarray(np.load(self._path(frame), allow_pickle=False), np.float32)
        except (OSError, ValueError) as problem:
            raise InternalError(f"Frame {frame}: its distances cannot be read back ({problem}).") from problem


def _checked(frame: int, said: Raster) -> Raster:
    if said.ndim != 2 or said.dtype != np.float32 or not said.size or not np.isfinite(said).all():
        raise EngineFailed(f"Frame {frame}: the depth engine gave no distances ({said.dtype} {said.shape}).")
    return said
