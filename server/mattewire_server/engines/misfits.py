"""What of a checkpoint does not fit a network, in words for an error. No torch here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

SHOWN = 3
"""How many tensors an error names."""


def counted(**faults: Sequence[str]) -> str:
    """Names of tensors by what is wrong with them: ``2 missing: a, b; 1 unexpected: c``. Empty when nothing is."""
    return "; ".join(
        f"{len(names)} {kind}: {', '.join(names[:SHOWN])}" + (", …" if len(names) > SHOWN else "")
        for kind, names in faults.items()
        if names
    )


def compared(tensors: Mapping[str, Any], wanted: Mapping[str, tuple[int, ...]]) -> str:
    """The first of the ``tensors`` that are not exactly the ``wanted`` ones, by name and shape. Empty when all are."""
    faults = [f"{name} is missing" for name in wanted if name not in tensors]
    faults += [f"{name} does not belong there" for name in tensors if name not in wanted]
    faults += [
        f"{name} is {_by(tensors[name].shape)}, not {_by(shape)}"
        for name, shape in wanted.items()
        if name in tensors and tuple(tensors[name].shape) != shape
    ]
    more = f", and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(faults[:SHOWN]) + more


def first_line(problem: BaseException) -> str:
    """What a library says of a damaged file, without the rest of its report; its kind where it says nothing."""
    return str(problem).splitlines()[0] if str(problem) else type(problem).__name__


def json_object(path: Path, unfit: Callable[[str], Exception]) -> dict[str, Any]:
    """The object in a JSON file. Raises what ``unfit`` makes of a reason when it cannot be read or is none."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise unfit(f"{path.name} cannot be read ({problem})") from problem
    if not isinstance(read, dict):
        raise unfit(f"{path.name} is no JSON object")
    return read


def _by(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "one number"
