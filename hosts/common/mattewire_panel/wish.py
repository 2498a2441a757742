"""What an artist has set in a panel, and the request that it makes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Dict, List, Optional, Tuple

from mattewire_protocol import (
    Box,
    CleanUp,
    Deliverable,
    Depth,
    Edges,
    MatteRequest,
    ObjectName,
    Plate,
    Point,
    Search,
    Shape,
    codec,
)
from mattewire_protocol.errors import BadField
from mattewire_protocol.messages import Finish

from .words import phrases

NO_CLEAN_UP, EDGES, NO_DEPTH = CleanUp(), Edges(), Depth()

EDGE_CHOICES: Dict[str, str] = {
    "guided": "Follow the plate",
    "plain": "As the engine draws them",
    "matting": "Hair and fur, by a matting model",
    "closed_form": "Solved from colors, slow",
}
"""Words for the methods of ``Edges``, in the order in which a panel lists them."""

MOTION_BLUR = "Wider where it moves (motion blur)"
HOLDOUT = "Things in front cut the matte (depth)"
"""What the two check boxes of a panel say."""


@dataclass(frozen=True)
class Wish:
    """A panel's controls. Text is as typed; frames, boxes and points are the plate's already.

    ``box_threshold`` and the like: absent is the engine's own. ``kept``: boxes of a detection that the artist kept or
    dropped by number, as ``pick`` takes them; empty leaves ``pick`` as it is.
    """

    prompt: str = ""
    exclude: str = ""
    pick: str = "best"
    kept: Tuple[int, ...] = ()
    boxes: List[Box] = field(default_factory=list)
    points: List[Point] = field(default_factory=list)
    keyframe: Optional[int] = None
    engine: str = "preview"
    quality: str = "final"
    box_threshold: Optional[float] = None
    text_threshold: Optional[float] = None
    redetect_every: int = 0
    refine_below: Optional[float] = None
    roi: bool = False
    names: List[ObjectName] = field(default_factory=list)
    clean_up: CleanUp = NO_CLEAN_UP
    shapes: List[Shape] = field(default_factory=list)
    ocio: str = ""
    overwrite: bool = False
    label: str = ""
    edges: Edges = EDGES
    depth: Depth = NO_DEPTH

    def request(self, plate: Plate, out: List[Deliverable], first: int, last: int) -> MatteRequest:
        """The job for the plate frames ``first`` to ``last``. ``BadField`` in the dialog's words."""
        wanted = phrases(self.prompt)
        if not wanted and not self.boxes and not any(point.keep for point in self.points):
            raise BadField(
                "says nothing to mask.", field="prompts", advice="Type what to mask, draw a box, or set a keep point."
            )
        keyframe = self.keyframe if self.keyframe is not None and first <= self.keyframe <= last else None
        return MatteRequest(
            plate,
            out,
            first,
            last,
            keyframe,
            wanted,
            phrases(self.exclude),
            ",".join(str(number) for number in sorted(self.kept)) if self.kept else self.pick,
            [box for box in self.boxes if first <= box.frame <= last],
            [point for point in self.points if first <= point.frame <= last],
            engine=self.engine,
            quality=self.quality,
            box_threshold=self.box_threshold,
            text_threshold=self.text_threshold,
            redetect_every=self.redetect_every,
            refine_below=self.refine_below,
            roi=self.roi,
            names=self.names,
            clean_up=self.clean_ups(),
            shapes=self.shapes,
            ocio=self.ocio,
            overwrite=self.overwrite,
            label=self.label,
            edges=self.edges,
            depth=self.depth,
        )

    def search(self, plate: Plate, frame: int, preview_edge: int = 1024) -> Search:
        """A look at one plate frame."""
        return Search(
            plate,
            frame,
            phrases(self.prompt),
            phrases(self.exclude),
            engine=self.engine,
            box_threshold=self.box_threshold,
            text_threshold=self.text_threshold,
            preview_edge=preview_edge,
            ocio=self.ocio,
            refine_below=self.refine_below,
        )

    def clean_ups(self) -> List[CleanUp]:
        """None where nothing is to be cleaned."""
        return [] if self.clean_up == NO_CLEAN_UP else [self.clean_up]

    def tracked_alike(self, other: Wish) -> bool:
        """Whether ``other`` differs only in what comes after the engine, so that finishing again is enough."""
        after = {"names": [], "clean_up": NO_CLEAN_UP, "shapes": [], "overwrite": False, "label": ""}
        after.update(edges=EDGES, depth=NO_DEPTH)
        return replace(self, **after) == replace(other, **after)  # type: ignore[arg-type]


def edges_of(method: str, motion_blur: bool) -> Edges:
    """A panel's choice and check box. Where nothing is refined, nothing can be wider."""
    return Edges(method, motion_blur=motion_blur and method != "plain")


def depth_of(holdout: bool, engine: str) -> Depth:
    """A panel's other check box. ``engine``: ``PanelModel.depth_engine``."""
    return Depth(engine, holdout=True) if holdout else NO_DEPTH


def finish_of(request: MatteRequest, tracked_by: str) -> Finish:
    """The shot that job ``tracked_by`` has tracked, finished as ``request`` now says, as a job of a new id."""
    return Finish(
        codec.new_id(),
        tracked_by,
        request.out,
        request.names,
        request.clean_up,
        request.shapes,
        request.overwrite,
        label=request.label,
        edges=request.edges,
        depth=request.depth,
    )


def tracked_alike(one: MatteRequest, other: MatteRequest) -> bool:
    """Whether two requests differ only in what comes after the engine, so that finishing again is enough."""
    alike = replace(other, out=one.out, names=one.names, clean_up=one.clean_up, shapes=one.shapes)
    alike = replace(alike, edges=one.edges, depth=one.depth)
    return one == replace(alike, overwrite=one.overwrite, label=one.label, priority=one.priority)


def out_path(template: str, plate: str) -> str:
    """An output template as an absolute path: relative ones begin at the plate's folder, or, where that is named for
    its plate alone, still there. ``~`` is the home folder. Tokens stay; the daemon fills them in."""
    path = os.path.expanduser(template)
    return path if os.path.isabs(path) else os.path.join(os.path.dirname(os.path.abspath(plate)), path)
