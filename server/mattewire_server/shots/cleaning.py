"""The request's clean-up, garbage mattes and holdouts, bound to objects and frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.deliver import CleanUp, Shape

from ..finish.alpha import snap
from ..finish.cleanup import CleanUp as Steps
from ..finish.cleanup import clean
from ..finish.shapes import cut
from ..finish.temporal import steady
from ..plates.model import PlateInfo
from .cutting import Cutter
from .paths import absolute

Matte = NDArray[np.float32]


class Cleaning:
    """What is done to every object's matte. ``reach``: how many frames on either side any of it looks at.

    Made before an engine runs: raises what ``Cutter`` raises for a shape that cannot be used. Threads may share it.
    ``plate`` and ``span``, the shot's first and last frame, are what the shapes are laid on.
    """

    def __init__(
        self,
        clean_up: Sequence[CleanUp] = (),
        shapes: Sequence[Shape] = (),
        plate: PlateInfo | None = None,
        span: tuple[int, int] = (0, 0),
    ) -> None:
        self._by_object = {each.object: each for each in clean_up}
        self.reach = max((each.temporal for each in clean_up), default=0)
        self._cutters: list[tuple[Shape, Cutter]] = []
        for index, shape in enumerate(shapes):
            if shape.path:
                absolute(f"shapes[{index}].path", shape.path)
            assert plate is not None  # whoever has shapes has a plate that they are drawn on
            self._cutters.append((shape, Cutter(shape, plate, span, f"shapes[{index}]")))

    def alone(self, number: int, frame: int, matte: Matte) -> Matte:
        """The steps that need no other frame, up to the outline: garbage mattes, specks, holes, gaps, contour.

        ``matte``: float32 canvas, 0..1; it is not changed. Raises ``FrameMissing`` or ``PlateUnreadable`` for a shape's
        sequence, naming the shape.
        """
        matte = self._cut("garbage", number, frame, matte)
        return clean(matte, _steps(self._of(number)).around_steadying()[0])

    def together(self, number: int, frame: int, matte: Matte, neighbors: Mapping[int, Matte | None]) -> Matte:
        """The rest: edges steadied over time, dilated, feathered, held out.

        ``neighbors``: the same object on the frames around this one after ``alone``; None where it is out of sight.
        """
        settings = self._of(number)
        if settings.temporal:
            near = {other: each for other, each in neighbors.items() if abs(other - frame) <= settings.temporal}
            there = {other: np.zeros_like(matte) if each is None else each for other, each in near.items()}
            before = [there[other] for other in sorted(there) if other < frame]
            after = [there[other] for other in sorted(there) if other > frame]
            matte = snap(steady(before, matte, after))  # `alone` has snapped what may come back as it is
        matte = clean(matte, _steps(settings).around_steadying()[1])
        return self._cut("holdout", number, frame, matte)

    def _of(self, number: int) -> CleanUp:
        return self._by_object.get(number) or self._by_object.get(0) or CleanUp()

    def _cut(self, use: str, number: int, frame: int, matte: Matte) -> Matte:
        for shape, cutter in self._cutters:
            if shape.use == use and shape.object in (0, number):
                coverage = cutter.coverage(frame)
                if coverage is not None:
                    matte = snap(cut(matte, coverage, outside=shape.outside))
        return matte


def _steps(each: CleanUp) -> Steps:
    return Steps(each.remove_specks, each.fill_holes, each.close, each.smooth, each.dilate, each.feather)


def in_words(clean_up: Sequence[CleanUp], shapes: Sequence[Shape]) -> str:
    """The clean-up as one line for a file's header; empty when there is none."""
    parts = []
    for each in clean_up:
        steps = [
            f"{name.replace('_', ' ')} {getattr(each, name):g}"
            for name in ("remove_specks", "fill_holes", "close", "smooth", "temporal", "dilate", "feather")
            if getattr(each, name)
        ]
        if steps:
            parts.append((f"object {each.object}: " if each.object else "") + ", ".join(steps))
    for use in ("garbage", "holdout"):
        count = sum(shape.use == use for shape in shapes)
        if count:
            parts.append(f"{count} {use} {'shapes' if count > 1 else 'shape'}")
    return "; ".join(parts)
