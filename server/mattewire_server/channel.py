"""The pipe between the daemon and its worker: length-prefixed msgpack records of the protocol's own kind.

A record is a 4-byte big-endian length and the msgpack list ``[type, body, [binary, …]]``. Types are the protocol's
messages and the orders below. No pickle: a record can only ever be data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import msgpack

from mattewire_protocol import codec
from mattewire_protocol.errors import BadMessage, MattewireError
from mattewire_protocol.messages import MESSAGES, EngineInfo, Error
from mattewire_protocol.request import MatteRequest, Search

MAX_RECORD = 16 * 1024 * 1024
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True)
class Span:
    """Frames ``first`` to ``last``, both included."""

    first: int
    last: int


@dataclass(frozen=True)
class Run:
    """Daemon to worker: pull these mattes. ``finished`` frames are on disk from an earlier attempt.

    ``plate``: the plate's identity as an earlier attempt reported it. That one made sure that no file of somebody else
    is in the way, and may have written some. ``quality``: the one that attempt made mattes at, lower than the
    request's after it ran out of memory. ``version``: what it filled in for ``{version}``. ``kept``: where the shot
    lies that the request wants finished again.
    """

    job_id: str
    attempt: int
    request: MatteRequest
    finished: list[Span] = field(default_factory=list)
    plate: str = ""
    quality: str = ""
    version: int = 0
    kept: str = ""


@dataclass(frozen=True)
class Tidy:
    """Daemon to worker: a worker of this job was ended by force and the job will not go on; remove its leftovers."""

    job_id: str
    request: MatteRequest


@dataclass(frozen=True)
class Halt:
    """Daemon to worker: stop this job at the next frame boundary, keeping what is written."""

    job_id: str


@dataclass(frozen=True)
class Look:
    """Daemon to worker: detect on one frame before the next frame of any job. ``token`` names the asker."""

    token: str
    search: Search


@dataclass(frozen=True)
class Unload:
    """Daemon to worker: let go of models that no running job uses."""

    token: str


@dataclass(frozen=True)
class Ready:
    """Worker to daemon: up, and these are the engines."""

    pid: int
    engines: list[EngineInfo] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """Worker to daemon: the order ``token`` is served; the record's next body is the answer itself."""

    token: str


@dataclass(frozen=True)
class Refusal:
    """Worker to daemon: the order ``token`` could not be served."""

    token: str
    error: Error


@dataclass(frozen=True)
class Memory:
    """Worker to daemon: bytes held now, in main memory and on the GPU, and the engines loaded."""

    memory_bytes: int = 0
    gpu_bytes: int = 0
    engines_loaded: list[str] = field(default_factory=list)


_ORDERS = (Run, Halt, Tidy, Look, Unload, Ready, Answer, Refusal, Memory)
_TYPES: dict[str, type] = {**MESSAGES, **{cls.__name__: cls for cls in _ORDERS}}
_NAMES: dict[type, str] = {cls: name for name, cls in _TYPES.items()}


@dataclass(frozen=True)
class Record:
    """One or two bodies (an ``Answer`` is followed by what it answers with) and their binary parts."""

    bodies: tuple[Any, ...]
    binary: tuple[bytes, ...] = ()


def pack(bodies: Sequence[object], binary: Sequence[bytes] = ()) -> bytes:
    """The record as bytes, without its length."""
    named = [[_NAMES[type(body)], codec.to_wire(body)] for body in bodies]
    packed: bytes = msgpack.packb([named, list(binary)])
    return packed


def unpack(raw: bytes) -> Record:
    """The reverse of ``pack``. ``BadMessage`` or ``BadField`` when the other side is not what it should be."""
    try:
        named, binary = msgpack.unpackb(raw)
        bodies: tuple[Any, ...] = tuple(codec.from_wire(_TYPES[name], values) for name, values in named)
        parts = tuple(bytes(memoryview(part)) for part in binary)
        if not bodies:
            raise ValueError("it is empty")
    except (MattewireError, ValueError, TypeError, KeyError, msgpack.exceptions.UnpackException) as problem:
        raise BadMessage(f"A record between daemon and worker cannot be read: {problem}.") from problem
    return Record(bodies, parts)


def spans_of(frames: Iterable[int]) -> list[Span]:
    """Frames in ascending order as runs: a long job's would not fit into a list of the protocol."""
    spans: list[Span] = []
    for frame in frames:
        if spans and spans[-1].last == frame - 1:
            spans[-1] = Span(spans[-1].first, frame)
        else:
            spans.append(Span(frame, frame))
    return spans


def write_record(stream: IO[bytes], raw: bytes) -> None:
    """``BadMessage`` when the record is over ``MAX_RECORD``; ``OSError`` when the other side is gone."""
    if len(raw) > MAX_RECORD:
        raise BadMessage(f"A record of {len(raw)} bytes is over the pipe's limit.")
    stream.write(_LENGTH.pack(len(raw)) + raw)
    stream.flush()


def read_record(stream: IO[bytes]) -> bytes | None:
    """The next record's bytes; ``None`` when the other side has closed the pipe (also in mid-record)."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_RECORD:
        raise BadMessage(f"A record of {length} bytes is over the pipe's limit.")
    raw = stream.read(length)
    return raw if len(raw) == length else None
