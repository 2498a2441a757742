"""Parts of the daemon's messages: what stands inside the bodies of ``messages``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional

from . import checks

FRAME_STATES = ("missing", "queued", "done", "flagged", "stale", "locked")
SKILLS = ("detect", "segment", "refine", "depth")
MOST_WORST = 50
"""Worst frames listed at a job's end: more than an artist goes through, and few enough for one message."""


@dataclass(frozen=True)
class EngineInfo:
    """An engine the daemon offers. ``ready`` is false while, say, its weights are missing; ``reason`` says why.

    ``preview`` engines need no weights and claim no quality; panels label their results. ``does``: which of the
    request's choices it may be named in: ``detect`` and ``segment`` (``engine``), ``refine`` (``edges.matting``),
    ``depth`` (``depth.engine``).
    """

    name: str
    label: str = ""
    preview: bool = False
    ready: bool = True
    reason: str = ""
    license: str = ""
    understands: List[str] = field(default_factory=list)
    does: List[str] = field(default_factory=list)


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes and times in seconds that hold for this connection."""

    message_bytes: int = 1_048_576
    preview_bytes: int = 1_000_000
    heartbeat_s: float = 5.0
    silence_s: float = 20.0
    replay_events: int = 2_000


@dataclass(frozen=True)
class Detection:
    """One thing found: a box in plate pixels, the phrase it matches, a score in 0..1, and its object number."""

    object: int
    x0: float
    y0: float
    x1: float
    y1: float
    phrase: str = ""
    score: float = 0.0
    picked: bool = True

    def __post_init__(self) -> None:
        for name in ("x0", "y0", "x1", "y1"):
            checks.pixel(name, getattr(self, name))
        checks.between("score", self.score, 0.0, 1.0)


@dataclass(frozen=True)
class FrameRun:
    """Frames ``first`` to ``last``, both included, that share one state."""

    first: int
    last: int
    state: str

    def __post_init__(self) -> None:
        checks.frame_number("first", self.first)
        checks.frame_number("last", self.last)
        checks.one_of("state", self.state, FRAME_STATES)


@dataclass(frozen=True)
class WorstFrame:
    """A frame worth a look: ``score`` in 0..1, how far it can be trusted; ``flags`` and ``why`` as in its event."""

    frame: int
    score: float = 0.0
    flags: List[str] = field(default_factory=list)
    why: List[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        checks.frame_number("frame", self.frame)
        checks.between("score", self.score, 0.0, 1.0)


@dataclass(frozen=True)
class JobSummary:
    """One line of the job list. ``frames_done`` of ``frames_total`` are on disk. Times are Unix seconds, UTC."""

    job_id: str
    state: str
    label: str = ""
    engine: str = ""
    priority: int = 0
    frames_done: int = 0
    frames_total: int = 0
    attempt: int = 0
    seq: int = 0
    submitted_at: float = 0.0
    ended_at: Optional[float] = None
    error_code: str = ""
    error_message: str = ""
