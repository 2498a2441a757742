"""What a job's page is about: its frames, scores, flags and reasons, its worst frames, and how it was made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mattewire_protocol.errors import BadField
from mattewire_protocol.messages import MOST_WORST, WorstFrame
from mattewire_protocol.request import MatteRequest

from ..mattes import NamedObject
from ..patterns import shot_name
from ..plates.model import Window
from .mattes import ALL

USUAL_FPS = 24.0
"""For plates that do not say theirs: film's."""


@dataclass(frozen=True)
class Frame:
    """What a job said of one frame. ``state``: as in the protocol; ``scores``: of each object in sight, 0..1."""

    frame: int
    state: str = "missing"
    score: float | None = None
    flags: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    scores: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Shot:
    """All that a page says apart from pixels. ``frames``: every one from first to last. ``worst``: frame numbers,
    worst first. ``display``: of the plate; ``fps_assumed``: the plate did not say its rate."""

    name: str
    request: MatteRequest
    plate: str
    plate_identity: str
    display: Window
    pixel_aspect: float
    fps: float
    fps_assumed: bool
    colorspace: str
    colorspace_from: str
    exposure: float
    engine: Mapping[str, str]
    versions: Mapping[str, str]
    objects: tuple[NamedObject, ...]
    frames: tuple[Frame, ...]
    worst: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.frames[0].frame

    @property
    def last(self) -> int:
        return self.frames[-1].frame

    @property
    def preview(self) -> bool:
        """Whether a preview engine had a part in the mattes: it claims no quality, and the page says so."""
        parts = {self.engine.get("name", ""), self.request.engine, self.request.detector, self.request.segmenter}
        return any("preview" in re.split(r"[^a-z0-9]+", part.lower()) for part in parts)


def shot_of(
    tree: Mapping[str, Any],
    request: MatteRequest,
    *,
    boxes: Mapping[str, Any] | None = None,
    why: Mapping[int, Sequence[str]] | None = None,
    worst: Iterable[WorstFrame] = (),
) -> Shot:
    """The shot that a sidecar (``tree``, with its ``request`` read) tells of.

    ``boxes``: the boxes document beside it, for each object's own scores, ``why`` and ``worst``: what the daemon still
    knows of the job; all three count where the sidecar does not say. Without any list of worst frames, those are
    missing and flagged ones, lowest score first. ``BadField`` where the sidecar is not as a job writes it.
    """
    try:
        return _shot_of(tree, request, boxes or {}, why or {}, list(worst))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BadField(f"the sidecar cannot be understood: {problem}.", field="SIDECAR") from problem


def chosen(shot: Shot, every: int) -> list[Frame]:
    """Every ``every``-th frame from the first on, and none of the worst left out."""
    worst = set(shot.worst)
    return [each for place, each in enumerate(shot.frames) if place % every == 0 or each.frame in worst]


def _shot_of(
    tree: Mapping[str, Any],
    request: MatteRequest,
    boxes: Mapping[str, Any],
    why: Mapping[int, Sequence[str]],
    worst: Sequence[WorstFrame],
) -> Shot:
    plate, color = tree["plate"], tree["colorspace"]
    frames = _frames(tree["frames"], _scores(boxes), why)
    fps = plate.get("fps")
    return Shot(
        name=request.label or shot_name(plate["path"]),
        request=request,
        plate=plate["path"],
        plate_identity=plate["identity"],
        display=Window(*plate["display_window"]),
        pixel_aspect=float(plate["pixel_aspect"]),
        fps=float(fps or USUAL_FPS),
        fps_assumed=not fps,
        colorspace=color["name"],
        colorspace_from=color.get("from", ""),
        exposure=float(color.get("exposure", 0.0)),
        engine={str(name): str(value) for name, value in tree["engine"].items()},
        versions={str(name): str(value) for name, value in tree["versions"].items()},
        objects=tuple(NamedObject(int(one["object"]), str(one["name"]), str(one["layer"])) for one in tree["objects"]),
        frames=frames,
        worst=_worst(frames, [int(frame) for frame in tree.get("worst", [])] or [one.frame for one in worst]),
    )


def _frames(
    told: Sequence[Mapping[str, Any]],
    scores: Mapping[int, Mapping[int, float]],
    why: Mapping[int, Sequence[str]],
) -> tuple[Frame, ...]:
    said = {int(one["frame"]): one for one in told}
    frames = []
    for number in range(min(said), max(said) + 1):
        one = said.get(number)
        if one is None:
            frames.append(Frame(number))
            continue
        frames.append(
            Frame(
                number,
                str(one["state"]),
                float(one["score"]),
                tuple(str(flag) for flag in one.get("flags", [])),
                tuple(str(words) for words in one.get("why", []) or why.get(number, [])),
                {int(own): float(score) for own, score in one.get("objects", {}).items()} or scores.get(number, {}),
            )
        )
    return tuple(frames)


def _scores(boxes: Mapping[str, Any]) -> dict[int, dict[int, float]]:
    return {
        int(one["frame"]): {int(item["object"]): float(item["score"]) for item in one["objects"]}
        for one in boxes.get("frames", [])
    }


def _worst(frames: Sequence[Frame], told: Sequence[int]) -> tuple[int, ...]:
    there = {each.frame for each in frames}
    missing = [each.frame for each in frames if each.state == "missing"]
    flagged = sorted((each for each in frames if each.state == "flagged"), key=lambda one: (one.score, one.frame))
    after = [number for number in told if number in there] or [each.frame for each in flagged]
    return tuple(dict.fromkeys([*missing, *after]))[:MOST_WORST]


def name_of(number: int, shot: Shot) -> str:
    """What the page calls the matte ``number``, 0 being that of all objects."""
    if number == ALL and len(shot.objects) == 1:
        return shot.objects[0].name
    if number == ALL:
        return "All objects"
    return next((one.name for one in shot.objects if one.number == number), f"Object {number}")
