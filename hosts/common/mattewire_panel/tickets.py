"""What a scene file keeps of a job, so that its mattes can be updated after the scene was closed and opened again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from mattewire_protocol import MatteRequest, codec
from mattewire_protocol.errors import BadField, MattewireError

from .frames import FrameMap

SCHEMA = "mattewire.ticket.1"


@dataclass(frozen=True)
class Ticket:
    """``job_id`` and ``request`` as handed in; ``outputs``: the sequences' patterns, once known; ``frames``: the map.

    ``tracked_by``: the job that tracked the shot, which later finishes refer to; empty while none has.
    """

    job_id: str
    request: MatteRequest
    frames: FrameMap
    outputs: list[str] = field(default_factory=list)
    tracked_by: str = ""

    def to_text(self) -> str:
        """One line of JSON in ASCII, fit for a hidden knob or a custom property."""
        tree: dict[str, Any] = {
            "schema": SCHEMA,
            "job_id": self.job_id,
            "request": codec.to_wire(self.request),
            "frames": self.frames.to_wire(),
            "outputs": self.outputs,
            "tracked_by": self.tracked_by,
        }
        return json.dumps(tree, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Ticket:
        """``BadField`` when ``text`` is none: an older scene, or edited by hand."""
        try:
            tree = json.loads(text)
            if tree["schema"] != SCHEMA:
                raise ValueError(f"it is a {tree['schema']}")
            return cls(
                _text(tree["job_id"]),
                codec.from_wire(MatteRequest, tree["request"]),
                FrameMap.from_wire(tree["frames"]),
                _texts(tree["outputs"]),
                _text(tree["tracked_by"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError, MattewireError) as problem:
            raise BadField(
                f"What this scene keeps of the job cannot be read ({problem}).",
                field="ticket",
                advice="Press Mask subject again.",
            ) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _texts(values: object) -> list[str]:
    if not isinstance(values, list):
        raise ValueError(f"{values!r} is no list")
    return [_text(value) for value in values]
