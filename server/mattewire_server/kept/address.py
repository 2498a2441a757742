"""The address of a tracked shot: the same exactly when nothing that can change a logit differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from hashlib import blake2b
from importlib import metadata
from typing import Any

from mattewire_protocol.request import MatteRequest

from ..engines.seams import Engine
from ..plates.model import PlateInfo, Window
from ..sidecar import versions
from .codec import FORMAT

SETTLED = frozenset({"plate", "ocio", "first", "last", "keyframe", "quality"})
"""Request fields of which the address holds what was settled on, not what was typed: an absent ``first`` and the
plate's first frame are the same shot."""

SETTLED_OF_PLATE = frozenset({"path", "colorspace", "exposure"})
"""The same for the fields of the request's ``plate``."""

AFTER_THE_ENGINE = frozenset(
    {"out", "overwrite", "priority", "label", "names", "clean_up", "shapes", "reuse", "finish_of", "edges", "depth"}
)
"""Request fields that change no logit: how the job is run, and what becomes of the mattes after the engine.

Every field that is not named in these lists is part of the address, one that is added to the request later too: a shot
that is tracked again for nothing costs minutes, one that is wrongly reused puts a wrong matte into a film."""


def address(
    request: MatteRequest,
    *,
    plate: PlateInfo,
    colorspace: str,
    config_identity: str,
    exposure: float,
    keyframe: int,
    first: int,
    last: int,
    quality: str,
    engine: Engine,
) -> str:
    """32 hexadecimal digits: BLAKE2b (RFC 7693) with 16 bytes of everything that can change a logit.

    ``colorspace``: what the plate is read as, by the name that its config has for it. ``config_identity``: text that
    differs when the OCIO config does. ``exposure``: stops, as applied. ``first``, ``last``: frames, both included.
    ``keyframe``: where detection starts to look, before re-detection may move it. ``quality``: the one that is tracked
    at, after memory has run out as well. ``engine``: its provenance must tell of weights, versions, dtype and every
    setting that does not come from the request.
    """
    facts = {
        "format": FORMAT,
        "request": _left(request, SETTLED | AFTER_THE_ENGINE),
        "plate": {
            **_left(request.plate, SETTLED_OF_PLATE),
            "path": plate.path,
            "identity": plate.identity,
            "read_view": plate.view,
            "display_window": _corners(plate.display),
            "canvas": _corners(plate.canvas),
            "chromaticities": list(plate.chromaticities),
        },
        "color": {"colorspace": colorspace, "config": config_identity, "exposure": exposure},
        "shot": {"first": first, "last": last, "keyframe": keyframe, "quality": quality},
        "engine": {"name": engine.name, "preview": engine.preview, "provenance": dict(engine.provenance)},
        "versions": {**versions(), **_movie_reader()},
    }
    text = json.dumps(_plain(facts), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return blake2b(text.encode("ascii"), digest_size=16).hexdigest()


def _left(asked: Any, out: frozenset[str]) -> dict[str, Any]:
    """The fields of a dataclass that are not in ``out``, in wire form. Fields, not the wire's own choice of keys: a
    default that is left out on the wire today must not turn into another address when the default changes."""
    return {field.name: _wire(getattr(asked, field.name)) for field in fields(asked) if field.name not in out}


def _wire(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_wire(each) for each in value]
    return _left(value, frozenset()) if hasattr(value, "__dataclass_fields__") else value


def _plain(value: Any) -> Any:
    """10 and 10.0 are one box edge, whichever a client sent."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _corners(window: Window) -> list[int]:
    return [window.x0, window.y0, window.x1, window.y1]


def _movie_reader() -> dict[str, str]:
    """PyAV brings the decoders; it is absent where no movie can be read."""
    try:
        return {"av": metadata.version("av")}
    except metadata.PackageNotFoundError:
        return {}
