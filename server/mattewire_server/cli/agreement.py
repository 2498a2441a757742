"""Whether a job that was repeated gave the same mattes, and what has changed in what made them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from mattewire_protocol.codec import from_wire
from mattewire_protocol.errors import BadField, MattewireError
from mattewire_protocol.request import MatteRequest

from ..patterns import parse_pattern
from ..sidecar import SIDECAR_SCHEMA

_NOT_FACTS = ("schema", "request", "frames")
_WINDOW = ("x", "y", "width", "height", "full_x", "full_y", "full_width", "full_height", "nchannels")


@dataclass(frozen=True)
class Sidecar:
    """A sidecar as read: the request, the frames it lists, and ``facts``, everything else under dotted names."""

    request: MatteRequest
    frames: tuple[int, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """``what``: ``pixels`` (by up to ``most``, 0..1), ``header`` (the pixels agree), ``window``, ``missing`` (of the
    original), ``not repeated``, ``added`` (the original has no such frame), ``unreadable``."""

    frame: int
    what: str
    most: float = 0.0


@dataclass(frozen=True)
class Compared:
    """One sequence and its repetition, both as patterns. ``frames``: how many were compared."""

    original: str
    again: str
    frames: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Change:
    """A fact of the sidecar that is not what it was; None where it was not or is no longer told."""

    what: str
    was: Any
    now: Any


def read_sidecar(path: Path) -> Sidecar:
    """``BadField`` when ``path`` is no sidecar that a job wrote."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(tree, dict) or tree.get("schema") != SIDECAR_SCHEMA:
            raise ValueError(f"it does not say {SIDECAR_SCHEMA}")
        request = from_wire(MatteRequest, tree["request"])
        frames = tuple(sorted(int(item["frame"]) for item in tree["frames"]))
        if not frames:
            raise ValueError("it lists no frames")
    except (OSError, ValueError, KeyError, TypeError, RecursionError, MattewireError) as problem:
        reason = f"{problem.field} {problem.message}" if isinstance(problem, MattewireError) else str(problem)
        raise BadField(
            f"{path} is no sidecar of a job: {reason.rstrip('.')}.",
            field="SIDECAR",
            advice="Give the NAME.mattewire.json that lies beside the mattes.",
        ) from problem
    facts = {name: value for name, value in _flat(tree) if name.partition(".")[0] not in _NOT_FACTS}
    return Sidecar(request, frames, facts)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What two sidecars' facts disagree about, by name."""
    names = sorted({*before, *after})
    return [Change(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def compare(original: str, again: str, before: Iterable[int], after: Iterable[int]) -> Compared:
    """Compares two sequences of mattes, byte for byte. ``before``, ``after``: the frames that each should have."""
    first, second = parse_pattern(original), parse_pattern(again)
    wanted, made = set(before), set(after)
    found: list[Difference] = []
    for frame in sorted(wanted | made):
        if frame not in wanted:
            found.append(Difference(frame, "added"))
        elif frame not in made:
            found.append(Difference(frame, "not repeated"))
        else:
            found += _frame(frame, Path(first.path(frame)), Path(second.path(frame)))
    return Compared(original, again, len(wanted | made), tuple(found))


def _frame(frame: int, original: Path, again: Path) -> Iterator[Difference]:
    try:
        here = original.read_bytes()
    except FileNotFoundError:
        yield Difference(frame, "missing")
        return
    except OSError:
        yield Difference(frame, "unreadable")
        return
    if here != again.read_bytes():
        was, now = _picture(original), _picture(again)
        if was is None or now is None:
            yield Difference(frame, "unreadable")
        elif was[0] != now[0]:
            yield Difference(frame, "window")
        else:
            # What is not a number counts as the whole range.
            apart = np.nan_to_num(np.abs(was[1] - now[1]), nan=1.0, posinf=1.0)
            apart[np.isnan(was[1]) & np.isnan(now[1])] = 0.0
            most = float(apart.max(initial=0.0))
            yield Difference(frame, "pixels" if most else "header", most)


def _picture(path: Path) -> tuple[tuple[Any, ...], NDArray[np.float32]] | None:
    """Windows and pixels, float32, of one file; None when it cannot be read."""
    source = OpenImageIO.ImageInput.open(str(path))
    if not source:
        OpenImageIO.geterror()  # read, or it is printed at exit
        return None
    try:
        spec = source.spec()
        pixels = source.read_image("float")
        windows = (*(getattr(spec, name) for name in _WINDOW), spec.getattribute("PixelAspectRatio"))
        return None if pixels is None or source.geterror() else (windows, np.asarray(pixels, np.float32))
    finally:
        source.close()


def _flat(tree: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
