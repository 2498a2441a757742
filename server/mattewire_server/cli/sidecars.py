"""A sidecar as a job left it: the request, the files it is about, and the facts of how they were made."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mattewire_protocol.codec import from_wire
from mattewire_protocol.errors import BadField, InternalError, MattewireError
from mattewire_protocol.request import MatteRequest

from ..mattes import expand, shot_name
from ..patterns import has_counter, parse_pattern, sibling
from ..sidecar import SIDECAR_SCHEMA

NAME = "mattewire.json"
_NOT_FACTS = ("schema", "request", "frames", "outputs", "version", "worst")


@dataclass(frozen=True)
class Output:
    """One sequence or movie. ``deliverable``: its place in the request, ``object``: 0 for all of them. ``path``: where
    it is, a pattern or a movie's file."""

    deliverable: int
    object: int
    path: str

    @property
    def is_sequence(self) -> bool:
        return has_counter(os.path.basename(self.path))

    def is_there(self) -> bool:
        """Whether any file of it is on disk."""
        return bool(parse_pattern(self.path).frames_on_disk()) if self.is_sequence else os.path.isfile(self.path)


@dataclass(frozen=True)
class Sidecar:
    """A sidecar as read: the request, the frames it lists, the outputs where the job wrote them, and ``facts``,
    everything else under dotted names."""

    request: MatteRequest
    frames: tuple[int, ...]
    outputs: tuple[Output, ...]
    facts: Mapping[str, Any]


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
        outputs = tuple(_outputs(tree, request))
        if not outputs:
            raise ValueError("it lists no outputs")
        objects = {str(each["object"]): {"name": each["name"], "layer": each["layer"]} for each in tree["objects"]}
    except KeyError as problem:
        raise _no_sidecar(path, f"it does not say {problem}") from problem
    except (OSError, ValueError, TypeError, RecursionError, MattewireError) as problem:
        reason = f"{problem.field} {problem.message}" if isinstance(problem, MattewireError) else str(problem)
        raise _no_sidecar(path, reason) from problem
    facts = {name: value for name, value in _flat({**tree, "objects": objects}) if _is_fact(name)}
    return Sidecar(request, frames, outputs, facts)


def sidecar_among(outputs: Sequence[str]) -> Path:
    """The first sidecar of what a job says it made. ``InternalError`` when it tells of none."""
    found = next((path for path in outputs if path.endswith(f".{NAME}")), "")
    if not found:
        raise InternalError("The job is done and tells of no sidecar.")
    return Path(found)


def found_on_disk(outputs: Sequence[Output], sidecar: Path) -> list[Output]:
    """The outputs where they are: as they once lay around their ``sidecar``, even if all were moved together; what is
    not there now, where the job put it."""
    here = str(sidecar.resolve().parent)
    folders = [os.path.dirname(each.path) for each in outputs if _sidecar_of(each) == sidecar.name]
    home = max(folders, key=lambda folder: _alike(folder, here), default="")

    def now(output: Output) -> Output:
        if not home or os.path.splitdrive(home)[0] != os.path.splitdrive(output.path)[0]:
            return output
        moved = replace(output, path=os.path.normpath(os.path.join(here, os.path.relpath(output.path, home))))
        return moved if moved.is_there() else output

    return [now(output) for output in outputs]


def _outputs(tree: Mapping[str, Any], request: MatteRequest) -> Iterator[Output]:
    """The sidecar names files without their folders, which are the request's, tokens filled in."""
    plate = tree["plate"]
    shot, view = shot_name(plate["path"]), plate.get("view", request.plate.view)
    layers = {each["object"]: each["layer"] for each in tree["objects"]}
    for each in tree["outputs"]:
        index, number = int(each["deliverable"]), int(each["object"])
        if not 0 <= index < len(request.out):
            raise ValueError(f"the request has no deliverable {index}")
        path = expand(
            request.out[index].path,
            shot=shot,
            view=view,
            version=int(tree["version"]),
            object_layer=layers.get(number, ""),
            field=f"out[{index}].path",
        )
        yield Output(index, number, os.path.join(os.path.dirname(path), os.path.basename(each["name"])))


def _no_sidecar(path: Path, reason: str) -> BadField:
    return BadField(
        f"{path} is no sidecar of a job: {reason.rstrip('.')}.",
        field="SIDECAR",
        advice=f"Give the NAME.{NAME} that lies beside the mattes.",
    )


def _sidecar_of(output: Output) -> str:
    return os.path.basename(sibling(output.path, NAME))


def _alike(folder: str, here: str) -> int:
    """How many folders, from the innermost, have the same names."""
    pairs = zip(reversed(Path(folder).parts), reversed(Path(here).parts), strict=False)
    return next((count for count, (one, other) in enumerate(pairs) if one != other), len(Path(folder).parts))


def _is_fact(name: str) -> bool:
    return name.partition(".")[0] not in _NOT_FACTS


def _flat(tree: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
