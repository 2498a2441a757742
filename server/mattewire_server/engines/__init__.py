"""The engines behind the seams, found through the entry-point group ``mattewire.engines``.

An entry point is a function ``engine(settings) -> seams.Engine``. The built-in engines come through the same door.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from mattewire_protocol.errors import BadField, InstallIncomplete, MattewireError, UnknownEngine
from mattewire_protocol.messages import EngineInfo

from ..weights import licenses
from .seams import Engine

GROUP = "mattewire.engines"

USUAL: Mapping[str, str] = {"refine": "vitmatte"}
"""Which engine is taken for a skill where a request leaves the choice open."""

OWN: Mapping[str, tuple[str, ...]] = {
    "preview": ("detect", "segment"),
    "tiny": ("detect", "segment"),
    "sam2": ("detect", "segment"),
    "grounding-dino": ("detect",),
    "vitmatte": ("refine",),
    "depth-anything": ("depth",),
    "midas": ("depth",),
}
"""What the built-in engines do, told also of one that lacks its weights: panels offer each in its own place."""

Factory = Callable[[Mapping[str, Any]], Engine]

log = logging.getLogger("mattewire.engines")


def names() -> list[str]:
    """Every registered engine, by name."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def load(name: str, settings: Mapping[str, Any], *, detector: str = "", segmenter: str = "") -> Engine:
    """An engine ready to use: the preset ``name``, its parts replaced by those of other engines where named.

    Raises ``UnknownEngine``, ``BadField`` for a license that was not accepted, or what the engine itself raises
    (``WeightsMissing``, ``InstallIncomplete``, …).
    """
    engine = _allowed(_factory(name, "engine")(settings), name, "engine")
    find = engine if detector in ("", name) else _other(detector, "detector", settings)
    carry = engine if segmenter in ("", name) else _other(segmenter, "segmenter", settings)
    if find is engine and carry is engine:
        return engine
    return replace(
        engine,
        detector=find.detector,
        segmenter=carry.segmenter,
        preview=find.preview or carry.preview,
        provenance={**engine.provenance, **find.provenance, **carry.provenance},
        understands=find.understands,
    )


def _other(name: str, part: str, settings: Mapping[str, Any]) -> Engine:
    """The engine that ``part`` (``detector`` or ``segmenter``) comes from; it must have that part."""
    other = _allowed(_factory(name, part)(settings), name, part)
    if getattr(other, part) is None:
        raise UnknownEngine(f"engine {name} has no {part}.", field=part, advice="Name another one, or leave it out.")
    return other


def describe() -> list[EngineInfo]:
    """What panels are told of each engine. One that cannot be made is listed with the reason, never left out."""
    return [_describe(name) for name in names()]


def first(skill: str) -> str:
    """The engine that is taken where a request names none: the usual one for the skill when it is ready, else the
    first by name that is. When none is, the usual one again, which says what it lacks."""
    usual = USUAL.get(skill, "")
    ready = [info.name for info in describe() if info.ready and skill in info.does]
    return usual if usual in ready or not ready else ready[0]


def accept(name: str) -> Engine:
    """Notes that the artist accepts the license of ``name``; the engine, made once more. Raises what ``load`` raises
    beside that."""
    engine = _factory(name, "engine")({})
    licenses.accept(name, engine.license)
    return engine


def _describe(name: str) -> EngineInfo:
    try:
        engine = _factory(name, "engine")({})
    except MattewireError as problem:
        return EngineInfo(name, ready=False, reason=str(problem), does=list(OWN.get(name, ())))
    except Exception as problem:  # a third party's engine must not take the worker down
        log.exception("engine %s cannot be made", name)
        return EngineInfo(name, ready=False, reason=f"{type(problem).__name__}: {problem}")
    try:
        _allowed(engine, name, "")
        reason = ""
    except BadField as problem:
        reason = str(problem)
    return EngineInfo(
        name,
        engine.label,
        preview=engine.preview,
        ready=not reason,
        reason=reason,
        license=engine.license,
        understands=list(engine.understands),
        does=_does(engine),
    )


def _allowed(engine: Engine, name: str, field: str) -> Engine:
    """The engine, when its license is one that may be used, or was accepted. Raises ``BadField``."""
    if engine.commercial or licenses.accepted(name, engine.license):
        return engine
    raise BadField(
        f"The license of {engine.label} does not plainly allow commercial work ({engine.license or 'none is told'}).",
        field=field,
        advice=f"Read it, and run `mattewire engines accept {name}` if it allows what you do.",
    )


def _does(engine: Engine) -> list[str]:
    """What of a request the engine may be named for, in the protocol's words."""
    parts = {"detect": engine.detector, "segment": engine.segmenter, "refine": engine.refiner, "depth": engine.depth}
    return [word for word, part in parts.items() if part is not None]


def _factory(name: str, field: str) -> Factory:
    found: dict[str, EntryPoint] = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        raise UnknownEngine(f"{name!r} is not one of {', '.join(sorted(found)) or 'none'}.", field=field)
    try:
        factory: Factory = found[name].load()
    except ImportError as problem:
        raise InstallIncomplete(
            f"Engine {name} needs a package that is not installed: {problem}.",
            field=field,
            advice='Run: pip install "mattewire[models]"',
        ) from problem
    return factory
