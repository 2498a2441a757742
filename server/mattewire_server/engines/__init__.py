"""The engines behind the seams, found through the entry-point group ``mattewire.engines``.

An entry point is a function ``engine(settings) -> seams.Engine``. The built-in engines come through the same door.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from mattewire_protocol.errors import InstallIncomplete, MattewireError, UnknownEngine
from mattewire_protocol.messages import EngineInfo

from .seams import Engine

GROUP = "mattewire.engines"

Factory = Callable[[Mapping[str, Any]], Engine]

log = logging.getLogger("mattewire.engines")


def names() -> list[str]:
    """Every registered engine, by name."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def load(name: str, settings: Mapping[str, Any], *, detector: str = "", segmenter: str = "") -> Engine:
    """An engine ready to use: the preset ``name``, its parts replaced by those of other engines where named.

    Raises ``UnknownEngine``, or what the engine itself raises (``WeightsMissing``, ``InstallIncomplete``, …).
    """
    engine = _factory(name, "engine")(settings)
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
    other = _factory(name, part)(settings)
    if getattr(other, part) is None:
        raise UnknownEngine(f"engine {name} has no {part}.", field=part, advice="Name another one, or leave it out.")
    return other


def describe() -> list[EngineInfo]:
    """What panels are told of each engine. One that cannot be made is listed with the reason, never left out."""
    return [_describe(name) for name in names()]


def _describe(name: str) -> EngineInfo:
    try:
        engine = load(name, {})
    except MattewireError as problem:
        return EngineInfo(name, ready=False, reason=str(problem))
    except Exception as problem:  # a third party's engine must not take the worker down
        log.exception("engine %s cannot be made", name)
        return EngineInfo(name, ready=False, reason=f"{type(problem).__name__}: {problem}")
    return EngineInfo(name, engine.label, preview=engine.preview, understands=list(engine.understands))


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
