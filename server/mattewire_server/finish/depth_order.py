"""Depth-aware order: what stands before an object cuts its matte.

Where a lamppost crosses a runner, an engine's matte often runs over the post. The distances say so: inside the matte
there is a part nearer than the runner, and where the two meet, the distance jumps. That part is taken away, softly,
along the plate's own edge between the two.

The object's distance is the median of its matte, so that a cut never takes more than half of it; an object that is
hidden by more than half on a frame is left as it is. A long object (a car from the front) has parts that are nearer
than its median by themselves; they go on into the rest without a jump, and stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from .alpha import snap
from .depth_scale import ENDS, TUKEY
from .edges import Crop, Raster
from .refine.band import Cells, Mask, box_of
from .refine.guided import guided

Shown = Callable[[Crop], NDArray[np.float32]]
"""Gives a part of the plate, float32 (rows, columns, 3), display-encoded, 0..1."""

SOLID = 0.9
"""Coverage of a cell of distances from which it tells of the object: at its edge the background shines through."""

FAINT = 0.1
"""Coverage of a cell below which it says nothing of where the matte is: many engines are never quite at 0."""

LEAST_SOLID = 16
"""Cells, or there is no telling how far away the object is."""

JUMP_WITHIN = 3
"""Cells to either side of a border within which the distance must jump: networks smear an edge over four to six."""

JUMP_SHARE = 0.5
"""Of the border, that must jump."""

SLIVER = 5
"""Cells across. What is thinner and nearer lies along the object's own border: its matte is right there, and the
distances are a cell or two off."""

FROM, TO = 0.25, 0.75
"""Between the object's distance (0) and that of what is before it (1), where the cut begins and is whole: what differs
less is the unevenness of either."""

BEYOND = 6
"""Cells outside the matte that the cut goes on over what is before the object, so that its colors are known there."""

AROUND = 6.0
"""Cells: standard deviation of the window that both distances are told apart in, so that each may recede."""

CONTEXT = 8
"""Cells around the cut that tell what both sides look like."""

CLEARLY = 3.0
"""Standard deviations of the object's own unevenness that something must be nearer by, whatever the margin: a noisy map
must not eat mattes."""

_PLANE_CELLS, _ROUNDS = 4000, 4
_DENOISE = 5  # cells across, of the median filter


def held_out(matte: Raster, distance: Raster, shown: Shown, margin: float) -> Raster:
    """The matte without what stands before the object: float32 (height, width), a new array where something does.

    ``matte``: float32 (height, width), 0..1. ``distance``: float32 (h, w), larger is farther, covering the same at any
    scale. ``shown``: gives a part of the plate. ``margin``: how much nearer, as a share of the frame's spread of
    distances. Exact zeros and ones of the matte stay where nothing is cut.
    """
    found = before(matte, distance, margin)
    if found is None:
        return matte
    cut = _enlarged(found, matte.shape[1], matte.shape[0], shown)
    left: Raster = matte * (np.float32(1) - cut)
    return snap(left)


def before(matte: Raster, distance: Raster, margin: float) -> Raster | None:
    """What stands before the object, as coverage of each cell of ``distance``: float32 (h, w), 0..1; None for
    nothing. Arguments as for ``held_out``."""
    height, width = (min(pair) for pair in zip(distance.shape, matte.shape, strict=True))
    if distance.shape != (height, width):
        distance = np.asarray(cv2.resize(distance, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    share = np.asarray(cv2.resize(matte, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    solid = share >= SOLID
    near, far = np.percentile(distance, ENDS)
    step = float(far - near) * margin
    if int(solid.sum()) < LEAST_SOLID or far <= near:
        return None
    smooth = np.asarray(cv2.medianBlur(np.ascontiguousarray(distance), _DENOISE), np.float32)
    own = float(np.median(smooth[solid]))
    sure = _eroded(solid, SLIVER // 2)
    step = max(step, CLEARLY * _unevenness(smooth[solid], np.argwhere(solid), own))
    inside = share >= FAINT
    nearer = smooth < own - step
    parts = _that_jump(nearer & inside, inside, sure, smooth, step)
    if not parts.any():
        return None
    parts |= nearer & ~inside & _grown(parts, BEYOND)
    # Both distances around every cell: those of the object, and those of what is before it.
    theirs = _mean_around(smooth, parts)
    near_them = _grown(parts, JUMP_WITHIN)
    its = _mean_around(smooth, solid & ~near_them, own)
    gap = np.maximum(its - theirs, np.float32(max(step, 1e-9)))
    covered = np.clip(((its - smooth) / gap - FROM) / (TO - FROM), 0, 1)
    covered[_eroded(parts, JUMP_WITHIN)] = 1
    covered[~near_them] = 0
    return np.asarray(covered, np.float32)


def _that_jump(nearer: Mask, inside: Mask, sure: Mask, distance: Raster, step: float) -> Mask:
    """Of what is nearer, the parts that end in a jump where they meet the rest of the matte, and are no slivers.

    ``sure``: the matte without its border, where distances jump to the background's.
    """
    kept = np.zeros_like(nearer)
    # What borders on the outside is not made thinner there by the opening: only the matte itself ends at its border.
    thick = _eroded(nearer | ~inside, SLIVER // 2) & _eroded(nearer, 1) & nearer
    lowest, highest = np.where(sure, distance, distance.max()), np.where(sure, distance, distance.min())
    window, wide = _square(2 * JUMP_WITHIN + 1), _square(4 * JUMP_WITHIN + 1)
    jump = np.asarray(cv2.dilate(highest, window) - cv2.erode(lowest, window) >= step)
    behind = np.asarray(cv2.dilate(highest, wide) - distance >= step)
    for part in _pieces(nearer, thick):
        pieces = list(_pieces(part & sure & ~jump, thick))
        if len(pieces) < 2 and _ends_in(jump, part & _grown(inside & ~part, 1)):
            kept |= part
            continue
        # A post before the near end of a car: both are nearer than the car's middle, and a jump parts them. The end has
        # the nearer post across its jump, the post has what it stands before.
        for piece in pieces:
            if _ends_in(behind, piece & _grown(sure & ~piece, 1)):
                kept |= _grown(piece, JUMP_WITHIN + SLIVER // 2) & part
    return kept


def _unevenness(distances: Raster, places: NDArray[np.intp], own: float) -> float:
    """Standard deviation of the object's own distances, whatever stands before it: the smaller of two estimates.

    From a plane, which an object may recede as, by Tukey's biweight (as in ``depth_scale``): a third of the cells may
    be of something else. And of what is farther than their median, ``own``: up to half of the cells may.
    ``distances``: (n,), at ``places``, (n, 2).
    """
    every = max(1, distances.size // _PLANE_CELLS)
    values, spots = distances[::every].astype(np.float64), places[::every].astype(np.float64)
    farther = 1.4826 * float(np.median(values[values >= own] - own)) if (values >= own).any() else 0.0
    basis = np.hstack([np.ones((values.size, 1)), spots - spots.mean(axis=0)])
    plane = np.array([own, 0.0, 0.0])
    deviation = 0.0
    for _ in range(_ROUNDS):
        off = values - basis @ plane
        deviation = 1.4826 * float(np.median(np.abs(off)))
        if deviation <= 0:
            return 0.0
        weight = np.square(np.maximum(1 - np.square(off / (TUKEY * deviation)), 0))[:, None]
        plane = np.linalg.lstsq(basis.T @ (weight * basis), basis.T @ (weight[:, 0] * values), rcond=None)[0]
    return min(deviation, farther)


def _ends_in(jump: Mask, border: Mask) -> bool:
    """Whether enough of a border jumps; one that lies all at the matte's own border does."""
    return not border.any() or float(jump[border].mean()) >= JUMP_SHARE


def _pieces(mask: Mask, thick: Mask) -> Iterator[Mask]:
    """The connected parts of a mask that have some of ``thick`` in them, one by one; noise makes many without."""
    _, labels = cv2.connectedComponents(np.asarray(mask).view(np.uint8), connectivity=8)
    for label in np.unique(labels[mask & thick]):
        yield np.asarray(labels == label)


def _enlarged(covered: Raster, width: int, height: int, shown: Shown) -> Raster:
    """The cut at the plate's size, along the plate's edges; exactly 0 and 1 away from its border."""
    cells = Cells(covered, width, height)
    enlarged = cv2.resize(covered, (width, height), interpolation=cv2.INTER_LINEAR)
    plain = snap(np.asarray(np.clip(enlarged, 0, 1), np.float32))
    reach = JUMP_WITHIN if cells.coarse else 1
    unsettled = _grown(covered > 0, reach) & ~_eroded(covered >= 1, reach)
    size = (width, height)
    band = np.asarray(cv2.resize(unsettled.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)).view(np.bool_)
    box = box_of(band)
    if box is None:
        return plain
    area, part = cells.around(box, CONTEXT)
    open_here = area.of(band)
    found = guided(shown(area), area.of(plain), part.of(covered), open_here, open_here)
    plain[area.y0 : area.y1, area.x0 : area.x1] = found
    return plain


def _mean_around(raster: Raster, where: Mask, otherwise: float = 0.0) -> Raster:
    """The mean of ``raster`` over the near pixels of ``where``; ``otherwise`` where there are none at all."""
    if not where.any():
        return np.full(raster.shape, otherwise, np.float32)
    middle = np.float32(np.median(raster[where]))  # far from any, exp(-x) leaves nothing: then it is the median
    weight = where.astype(np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), AROUND) + np.float32(1e-4)
    summed = cv2.GaussianBlur(raster * weight, (0, 0), AROUND) + np.float32(1e-4) * middle
    return np.asarray(summed / total, np.float32)


def _grown(mask: Mask, cells: int) -> Mask:
    return np.asarray(cv2.dilate(np.asarray(mask).view(np.uint8), _square(2 * cells + 1))).view(np.bool_)


def _eroded(mask: Mask, cells: int) -> Mask:
    return np.asarray(cv2.erode(np.asarray(mask).view(np.uint8), _square(2 * cells + 1))).view(np.bool_)


def _square(side: int) -> NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)
