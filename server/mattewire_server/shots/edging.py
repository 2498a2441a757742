"""The request's edges, bound to a plate: which method, where a matte is open, and what of the plate is looked at.

Every method sees the plate as the engines do (display-referred, with their exposure), and only around what is open.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib import metadata

import numpy as np
from numpy.typing import NDArray

from mattewire_protocol.deliver import Edges
from mattewire_protocol.errors import BadField, EngineFailed

from ..color import ColorTransform
from ..engines.seams import Engine, Picture, Segment
from ..finish.alpha import alpha_from_logits, snap
from ..finish.edges import Crop
from ..finish.refine.band import CONTEXT, Cells, Mask, box_of, cells_of, cells_over, left_open, within
from ..finish.refine.blur import FASTEST, motion, smeared
from ..finish.refine.closed_form import check_installed, closed_form
from ..finish.refine.guided import guided
from ..plates.model import PlateFrame, Window

Matte = NDArray[np.float32]

PLAIN = Edges("plain")

LEAST_BAND = 6.0
"""Plate pixels that the slow methods solve on either side of a contour where an engine leaves nothing open: whoever
asks for them wants edges softer than any engine's."""

LEAST_CELL = 4.0
"""Plate pixels to a side of the squares that a fine matte is seen through where more of it is opened than the engine
left: enough to be wrong by a pixel or two."""


class Edging:
    """Makes an object's matte from its segment. Threads may share it.

    Made before an engine runs: raises ``BadField`` and ``InstallIncomplete`` for a method that cannot be used.
    ``matting``: the engine that ``edges.matting`` names, with its ``refiner``.
    """

    def __init__(
        self, edges: Edges = PLAIN, transform: ColorTransform | None = None, matting: Engine | None = None
    ) -> None:
        self._edges, self._transform = edges, transform
        self._refiner = matting.refiner if matting is not None else None
        self._one_at_a_time = threading.Lock()
        self._made_by = dict(matting.provenance) if matting is not None and edges.method == "matting" else {}
        self._name = matting.name if matting is not None else ""
        if edges.method == "closed_form":
            check_installed()
        if edges.method == "matting" and self._refiner is None:
            raise BadField(
                f"{edges.matting or 'matting'!r} is no matting model that is here.",
                field="edges.matting" if edges.matting else "edges.method",
                advice="`mattewire doctor` lists the engines; or choose guided.",
            )

    @property
    def reach(self) -> int:
        """Frames on either side whose plate is looked at."""
        return int(self._edges.motion_blur and self._edges.method != "plain")

    def needs_plate(self, segments: Mapping[int, Segment], canvas: Window) -> bool:
        """Whether the plate is looked at for any of these objects: what is known beforehand, whatever is in them."""
        if self._edges.method == "plain":
            return False
        if self._edges != Edges("guided"):
            return True
        return any(_is_coarse(one, canvas) for one in segments.values() if one.present)

    def matte(
        self,
        number: int,
        segment: Segment,
        canvas: Window,
        plate: PlateFrame | None = None,
        before: PlateFrame | None = None,
        after: PlateFrame | None = None,
    ) -> Matte:
        """The matte of object ``number``, float32 (canvas height, canvas width), 0..1.

        ``plate``: the frame's pixels, where ``needs_plate``; ``before`` and ``after``: the neighbor frames', within
        ``reach``, absent at the shot's ends. Raises ``EngineFailed`` for logits or a refined matte that are no numbers,
        and what the methods raise.
        """
        plain = alpha_from_logits(segment.logits, canvas.width, canvas.height)
        if self._edges.method == "plain" or plate is None:
            return plain
        cells = cells_of(segment.logits, segment.cell, canvas.width, canvas.height)
        opened = left_open(cells)
        band = self._band(cells, plain, opened)
        if self._edges.motion_blur:
            band = self._smeared(band, plain, plate, before, after)
        base = plain
        if cells.coarse:  # what they settle is exactly 0 or 1; what a narrower band leaves out stays as it was
            base = np.rint(plain)
            np.copyto(base, plain, where=band | opened)
        box = box_of(band)
        if box is None:
            return base
        if self._edges.method == "matting":
            return self._refined(number, plate, base, band)
        if not cells.coarse:
            cells = cells_over(plain, max(LEAST_CELL, self._edges.band / 2))
        area, part = cells.around(box, CONTEXT)
        rgb, known, where = self._shown(plate, area), area.of(base), area.of(band)
        blurred = self._edges.motion_blur
        # Of a smeared edge an engine knows at best where most of the subject is.
        doubted = where if blurred else where & ~area.of(opened)
        made = guided(
            rgb, known, part.of(cells.coverage), where, doubted, fit_beyond=blurred, in_light=self._known_light
        )
        if self._edges.method == "closed_form":
            solved = closed_form(rgb, _rounded(made, where), where, plate.frame)
            made = np.asarray(np.where(where, solved, known), np.float32)
        base[area.y0 : area.y1, area.x0 : area.x1] = made
        return base

    def provenance(self) -> dict[str, str]:
        """What files say of their edges; nothing for ``plain``."""
        edges = self._edges
        if edges.method == "plain":
            return {}
        words = [edges.method.replace("_", " ") + (f" ({self._name})" if self._name and self._made_by else "")]
        words += [f"band {edges.band:g}"] if edges.band else []
        words += ["motion blur"] if edges.motion_blur else []
        facts = {"edges": ", ".join(words)}
        if edges.method == "closed_form":
            facts["edges_pymatting"] = metadata.version("pymatting")
        return {**facts, **{f"edges_{name}": text for name, text in self._made_by.items()}}

    # --- where -----------------------------------------------------------------------------------------------

    def _band(self, cells: Cells, plain: Matte, opened: Mask) -> Mask:
        if self._edges.band:
            return within(plain, self._edges.band)
        if cells.coarse:
            return opened
        if self._edges.method in ("closed_form", "matting"):
            return within(plain, LEAST_BAND)
        return within(plain, 1.0) if self._edges.motion_blur else opened

    def _smeared(
        self, band: Mask, plain: Matte, plate: PlateFrame, before: PlateFrame | None, after: PlateFrame | None
    ) -> Mask:
        box = box_of(band)
        if box is None:
            return band
        more, (height, width) = int(FASTEST), band.shape
        area = Crop(max(box[1] - more, 0), min(box[3] + more, height), max(box[0] - more, 0), min(box[2] + more, width))
        now, *others = (None if one is None else self._shown(one, area) for one in (plate, before, after))
        assert now is not None
        moving = motion(now, *others)
        if moving is None:
            return band
        wide = np.array(band)
        wide[area.y0 : area.y1, area.x0 : area.x1] = smeared(area.of(band), area.of(plain), moving)
        return wide

    @property
    def _known_light(self) -> bool:
        """Whether what is shown is light by the display's curve: a plate that comes display-encoded has a camera's own
        picture style in it, or was mixed as codes."""
        return self._transform is not None and not self._transform.space.display

    # --- the plate and the model -------------------------------------------------------------------------------

    def _shown(self, plate: PlateFrame, area: Crop) -> NDArray[np.float32]:
        assert self._transform is not None  # whoever has edges to refine has a plate to refine them by
        return self._transform.to_display(plate.rgb[area.y0 : area.y1, area.x0 : area.x1])

    def _refined(self, number: int, plate: PlateFrame, base: Matte, band: Mask) -> Matte:
        assert self._refiner is not None
        picture = Picture(plate.frame, self._shown(plate, Crop(0, base.shape[0], 0, base.shape[1])))
        rough = _rounded(base, band)
        with self._one_at_a_time:  # finishing threads share the model
            made = self._refiner.refine(picture, rough, band, number)
        if made.shape != base.shape or not np.isfinite(made[band]).all():
            raise EngineFailed(f"Frame {plate.frame}: {self._name} gave no matte of the plate's size.")
        return snap(np.where(band, np.clip(made, 0, 1), base).astype(np.float32))


def _rounded(matte: Matte, band: Mask) -> Matte:
    """``matte``, exactly 0 or 1 outside ``band``."""
    return np.asarray(np.where(band, matte, np.rint(matte)), np.float32)


def _is_coarse(segment: Segment, canvas: Window) -> bool:
    height, width = segment.logits.shape
    columns, rows = max(1, round(width / segment.cell[0])), max(1, round(height / segment.cell[1]))
    # A view of nothing: only its size is asked for.
    return Cells(np.broadcast_to(np.float32(0), (rows, columns)), canvas.width, canvas.height).coarse
