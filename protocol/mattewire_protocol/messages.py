"""Every message of protocol 1: one dataclass per message type, registered under its wire name.

The header's ``type`` chooses the body class; bodies hold no unions, only optional fields. A missing field means
absent (its default), an unknown field is ignored. ``SPEC.md`` and ``schema/`` are generated from this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Type, TypeVar

from . import checks
from .deliver import FORMATS, CleanUp, Deliverable, Depth, Edges, ObjectName, Shape, check_finish
from .parts import FRAME_STATES as FRAME_STATES
from .parts import MOST_WORST as MOST_WORST
from .parts import SKILLS as SKILLS
from .parts import Detection as Detection
from .parts import EngineInfo as EngineInfo
from .parts import FrameRun as FrameRun
from .parts import JobSummary as JobSummary
from .parts import Limits as Limits
from .parts import WorstFrame as WorstFrame
from .request import Box, MatteRequest, Search

PROTOCOL = 1
OLDEST_PROTOCOL = 1

JOB_STATES = ("queued", "running", "stopping", "done", "canceled", "failed", "set_aside")
FINAL_STATES = ("done", "canceled", "failed", "set_aside")
STAGES = ("starting", "reading", "detecting", "tracking forward", "tracking backward", "finishing")
STOP_WHEN = ("now", "idle")

T = TypeVar("T")
MESSAGES: Dict[str, type] = {}
SENDER: Dict[str, str] = {}


def message(name: str, sender: str) -> Callable[[Type[T]], Type[T]]:
    """Registers a body class under its wire ``name``; ``sender`` is ``client``, ``daemon`` or ``both``."""

    def register(cls: Type[T]) -> Type[T]:
        MESSAGES[name] = cls
        SENDER[name] = sender
        return cls

    return register


def name_of(body: object) -> str:
    """The wire name of a body object."""
    return _NAMES[type(body)]


# --- conversation ------------------------------------------------------------------------------------------


@message("hello", "client")
@dataclass(frozen=True)
class Hello:
    """Opens a conversation. ``client`` names the panel and its version, ``host`` the application around it."""

    protocol_min: int
    protocol_max: int
    client: str = ""
    host: str = ""

    def __post_init__(self) -> None:
        checks.between("protocol_min", self.protocol_min, 1, 65535)
        checks.between("protocol_max", self.protocol_max, self.protocol_min, 65535)


@message("welcome", "daemon")
@dataclass(frozen=True)
class Welcome:
    """Answers ``hello``: the protocol version spoken from here on, and what this daemon can do."""

    protocol: int
    server: str
    pid: int = 0
    engines: List[EngineInfo] = field(default_factory=list)
    formats: List[str] = field(default_factory=lambda: list(FORMATS))
    limits: Limits = field(default_factory=Limits)
    capabilities: List[str] = field(default_factory=list)


@message("ping", "both")
@dataclass(frozen=True)
class Ping:
    """Asks for a ``pong``. Either side may send it after ``heartbeat_s`` of silence."""


@message("pong", "both")
@dataclass(frozen=True)
class Pong:
    """Answers ``ping``."""


@message("error", "both")
@dataclass(frozen=True)
class Error:
    """Answers a message that could not be served. ``code`` is one of the error table."""

    code: str
    message: str
    field: str = ""
    advice: str = ""
    retryable: bool = False


# --- jobs --------------------------------------------------------------------------------------------------


@message("submit", "client")
@dataclass(frozen=True)
class Submit:
    """Hands in a job under an id the client chose. Sending the same again is harmless."""

    job_id: str
    request: MatteRequest

    def __post_init__(self) -> None:
        checks.job_id("job_id", self.job_id)


@message("finish", "client")
@dataclass(frozen=True)
class Finish:
    """Makes the files of job ``of`` once more, as job ``job_id``, without an engine: other formats, other clean-up.

    Everything that was tracked stays as it is; ``out``, ``names``, ``clean_up``, ``shapes``, ``edges`` and ``depth``
    take the place of that job's. Answered by ``accepted``, or ``not_kept`` when that shot is no longer, or was never
    wholly, kept.
    """

    job_id: str
    of: str
    out: List[Deliverable]
    names: List[ObjectName] = field(default_factory=list)
    clean_up: List[CleanUp] = field(default_factory=list)
    shapes: List[Shape] = field(default_factory=list)
    overwrite: bool = False
    priority: int = 0
    label: str = ""
    edges: Edges = field(default_factory=Edges)
    depth: Depth = field(default_factory=Depth)

    def __post_init__(self) -> None:
        checks.job_id("job_id", self.job_id)
        checks.job_id("of", self.of)
        check_finish(self.out, self.names, self.clean_up, self.shapes, self.depth)
        checks.between("priority", self.priority, -100, 100)
        checks.at_most("label", self.label, 256)


@message("accepted", "daemon")
@dataclass(frozen=True)
class Accepted:
    """The job is stored on disk. ``ahead``: jobs that run before it. ``repeated``: it was stored already."""

    job_id: str
    state: str
    seq: int
    ahead: int = 0
    repeated: bool = False

    def __post_init__(self) -> None:
        checks.one_of("state", self.state, JOB_STATES)


@message("watch", "client")
@dataclass(frozen=True)
class Watch:
    """Asks for every event of a job after ``last_seq`` (0: all), then the new ones as they come."""

    job_id: str
    last_seq: int = 0

    def __post_init__(self) -> None:
        checks.job_id("job_id", self.job_id)
        checks.between("last_seq", self.last_seq, 0, 2**53 - 1)


@message("watching", "daemon")
@dataclass(frozen=True)
class Watching:
    """Answers ``watch`` (and ``unwatch``, with ``follows`` false). ``seq`` is the newest event's number."""

    job_id: str
    seq: int
    follows: bool = True


@message("unwatch", "client")
@dataclass(frozen=True)
class Unwatch:
    """Ends a ``watch``."""

    job_id: str

    def __post_init__(self) -> None:
        checks.job_id("job_id", self.job_id)


@message("cancel", "client")
@dataclass(frozen=True)
class Cancel:
    """Stops a job. Finished frames stay. Answered at once; the job's own ``job`` event says when it has stopped."""

    job_id: str

    def __post_init__(self) -> None:
        checks.job_id("job_id", self.job_id)


@message("canceling", "daemon")
@dataclass(frozen=True)
class Canceling:
    """Answers ``cancel`` with the job's state: ``stopping``, ``canceled``, or the final state it already had."""

    job_id: str
    state: str

    def __post_init__(self) -> None:
        checks.one_of("state", self.state, JOB_STATES)


@message("list", "client")
@dataclass(frozen=True)
class ListJobs:
    """Asks for the newest ``limit`` jobs, newest first."""

    limit: int = 50

    def __post_init__(self) -> None:
        checks.between("limit", self.limit, 1, 500)


@message("jobs", "daemon")
@dataclass(frozen=True)
class Jobs:
    """Answers ``list``."""

    jobs: List[JobSummary] = field(default_factory=list)


# --- events of a job ---------------------------------------------------------------------------------------


@message("job", "daemon")
@dataclass(frozen=True)
class JobEvent:
    """The job changed state. The facts of the shot are known from ``running`` on; an error comes with ``failed``.

    ``elapsed_s``: seconds of this attempt so far. ``outputs``: the files' patterns, sidecars included, when done.
    ``plate``: differs when any frame of the shot's plate was replaced. ``quality``: what the mattes are made at; below
    the request's when memory did not suffice. ``colorspace_from``: who said so. ``exposure``: stops that the models saw
    the plate brighter by. ``kept``: where the tracked shot is kept; empty when it is not. ``version``: what
    ``{version}`` in a path stands for; 0 where there is none. ``names``: the objects' names. ``worst``: when done, the
    frames most worth a look, worst first; at most ``MOST_WORST``.
    """

    job_id: str
    seq: int
    attempt: int
    state: str
    first: Optional[int] = None
    last: Optional[int] = None
    keyframe: Optional[int] = None
    engine: str = ""
    colorspace: str = ""
    plate: str = ""
    elapsed_s: float = 0.0
    outputs: List[str] = field(default_factory=list)
    error: Optional[Error] = None
    quality: str = ""
    colorspace_from: str = ""
    exposure: float = 0.0
    kept: str = ""
    version: int = 0
    names: List[ObjectName] = field(default_factory=list)
    worst: List[WorstFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        checks.one_of("state", self.state, JOB_STATES)


@message("stage", "daemon")
@dataclass(frozen=True)
class StageEvent:
    """What the worker is doing now, and ``note``, a sentence for the artist. Later releases may add stages."""

    job_id: str
    seq: int
    attempt: int
    stage: str
    note: str = ""
    elapsed_s: float = 0.0


@message("found", "daemon")
@dataclass(frozen=True)
class FoundEvent:
    """What the detector found on the keyframe, picked or not."""

    job_id: str
    seq: int
    attempt: int
    frame: int
    objects: List[Detection] = field(default_factory=list)


@message("frame", "daemon")
@dataclass(frozen=True)
class FrameEvent:
    """A frame's mattes are on disk. ``score`` in 0..1; ``flags`` name why it is worth a look, ``why`` says it.

    ``objects``: where each object is on this frame; one that is out of sight is not listed.
    """

    job_id: str
    seq: int
    attempt: int
    frame: int
    state: str
    score: float = 0.0
    flags: List[str] = field(default_factory=list)
    paths: List[str] = field(default_factory=list)
    objects: List[Detection] = field(default_factory=list)
    elapsed_s: float = 0.0
    why: List[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        checks.frame_number("frame", self.frame)
        checks.one_of("state", self.state, FRAME_STATES)
        checks.between("score", self.score, 0.0, 1.0)


@message("snapshot", "daemon")
@dataclass(frozen=True)
class Snapshot:
    """The whole of a job up to ``seq`` in one message, sent instead of a long replay."""

    job_id: str
    seq: int
    summary: JobSummary
    job: JobEvent
    frames: List[FrameRun] = field(default_factory=list)
    stage: Optional[StageEvent] = None
    found: Optional[FoundEvent] = None


# --- one look, and the daemon itself -----------------------------------------------------------------------


@message("detect", "client")
@dataclass(frozen=True)
class Detect:
    """Looks at one frame at once, before the next frame of any running job."""

    search: Search


@message("detected", "daemon")
@dataclass(frozen=True)
class Detected:
    """Answers ``detect``. ``preview`` names the type of the binary part (``image/jpeg``), empty when there is none.

    ``width``/``height``: the plate's display window. ``preview_scale``: preview pixels per plate pixel.
    """

    frame: int
    width: int
    height: int
    engine: str = ""
    colorspace: str = ""
    objects: List[Detection] = field(default_factory=list)
    preview: str = ""
    preview_scale: float = 1.0
    colorspace_from: str = ""
    exposure: float = 0.0


@message("status", "client")
@dataclass(frozen=True)
class Status:
    """Asks how the daemon is."""


@message("report", "daemon")
@dataclass(frozen=True)
class Report:
    """Answers ``status``. ``worker``: ``off``, ``starting``, ``idle`` or ``busy``. Memory in bytes.

    ``notes``: sentences for the artist about the daemon itself, such as a job list that was damaged.
    """

    server: str
    pid: int
    uptime_s: float = 0.0
    worker: str = "off"
    worker_pid: int = 0
    running: str = ""
    queued: int = 0
    memory_bytes: int = 0
    gpu_bytes: int = 0
    engines_loaded: List[str] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)


@message("release", "client")
@dataclass(frozen=True)
class Release:
    """Unloads idle models, so that the host gets its GPU memory back."""


@message("released", "daemon")
@dataclass(frozen=True)
class Released:
    """Answers ``release`` with the bytes still held. ``busy``: a job is using the models; nothing was unloaded."""

    gpu_bytes: int = 0
    busy: bool = False


@message("stop", "client")
@dataclass(frozen=True)
class Stop:
    """Ends the daemon: ``now`` (the running job goes on at the next start) or ``idle`` (after the last job)."""

    when: str = "now"

    def __post_init__(self) -> None:
        checks.one_of("when", self.when, STOP_WHEN)


@message("stopping", "daemon")
@dataclass(frozen=True)
class Stopping:
    """Answers ``stop``; also told to watchers when the daemon ends for another reason."""


EVENTS = ("job", "stage", "found", "frame", "snapshot")
_NAMES: Dict[type, str] = {cls: name for name, cls in MESSAGES.items()}

__all__ = ["Box", *sorted(cls.__name__ for cls in MESSAGES.values())]
