"""Folds a job's events into what a panel draws: state, per-frame strip, progress, speed, time left, one line."""

from __future__ import annotations

from collections import deque
from typing import Deque, Dict, List, Optional, Tuple

from .messages import (
    FINAL_STATES,
    Detection,
    Error,
    FoundEvent,
    FrameEvent,
    FrameRun,
    JobEvent,
    Snapshot,
    StageEvent,
    WorstFrame,
)

RATE_WINDOW = 12
"""Frames the speed is taken over: long enough to be calm, short enough to follow a change."""

UNKNOWN = 0.5
"""Score of a flagged frame whose own is not known: above that of every one that is (a flagged one lies below 0.5)."""

_THERE = ("done", "flagged", "locked")
"""States of a frame whose matte is on disk."""


class JobView:
    """One job as seen by one client. Feed it every event in any order of arrival; old ones are ignored.

    ``frames`` maps frame number to frame state; ``scores`` to 0..1; ``names`` object number to name.
    ``flags`` and ``why`` map a frame to the reasons it is worth a look, as names and as sentences.
    ``worst``: the frames most worth a look, worst first, once the job is done.
    ``kept`` is not empty when the job's files can be made again without tracking. ``version``: what ``{version}`` in
    their names stands for, 0 where there is none.
    """

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.seq = 0
        self.attempt = 0
        self.state = "queued"
        self.first: Optional[int] = None
        self.last: Optional[int] = None
        self.keyframe: Optional[int] = None
        self.engine = ""
        self.colorspace = ""
        self.colorspace_from = ""
        self.exposure = 0.0
        self.names: Dict[int, str] = {}
        self.kept = ""
        self.version = 0
        self.stage = ""
        self.note = ""
        self.error: Optional[Error] = None
        self.outputs: List[str] = []
        self.found: List[Detection] = []
        self.frames: Dict[int, str] = {}
        self.scores: Dict[int, float] = {}
        self.flags: Dict[int, List[str]] = {}
        self.why: Dict[int, List[str]] = {}
        self.worst: List[WorstFrame] = []
        self.elapsed_s = 0.0
        self._rate: Deque[float] = deque(maxlen=RATE_WINDOW)

    def apply(self, event: object) -> bool:
        """Takes one event; True when it changed the view (it was new and of this job)."""
        if getattr(event, "job_id", None) != self.job_id or getattr(event, "seq", 0) <= self.seq:
            return False
        if isinstance(event, Snapshot):
            self._take_snapshot(event)
        elif isinstance(event, JobEvent):
            self._take_job(event)
        elif isinstance(event, StageEvent):
            self.stage, self.note, self.elapsed_s = event.stage, event.note, event.elapsed_s
        elif isinstance(event, FoundEvent):
            self.found = list(event.objects)
        elif isinstance(event, FrameEvent):
            self._take_frame(event)
        else:
            return False
        self.seq = event.seq
        return True

    @property
    def ended(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def total(self) -> int:
        return 0 if self.first is None or self.last is None else self.last - self.first + 1

    @property
    def done(self) -> int:
        return sum(state in _THERE for state in self.frames.values())

    @property
    def fraction(self) -> float:
        """Progress in 0..1."""
        return self.done / self.total if self.total else 0.0

    @property
    def fps(self) -> float:
        """Mattes per second over the last frames; 0 while unknown."""
        if len(self._rate) < 2 or self._rate[-1] <= self._rate[0]:
            return 0.0
        return (len(self._rate) - 1) / (self._rate[-1] - self._rate[0])

    @property
    def time_left_s(self) -> Optional[float]:
        """Seconds to go at the present speed; absent while unknown."""
        return (self.total - self.done) / self.fps if self.fps and not self.ended else None

    def asking(self) -> List[WorstFrame]:
        """The frames that ask for a look, worst first: the daemon's list once the job is done, until then what its
        frames were told with. Of a frame that only a snapshot has told of, the score is ``UNKNOWN``."""
        if self.worst:
            return list(self.worst)
        asking = [frame for frame, state in self.frames.items() if state == "flagged"]
        asking.sort(key=lambda frame: (self.scores.get(frame, UNKNOWN), frame))
        return [
            WorstFrame(frame, self.scores.get(frame, UNKNOWN), self.flags.get(frame, []), self.why.get(frame, []))
            for frame in asking
        ]

    def color_line(self) -> str:
        """How the plate was read, for the artist to see: ``ACEScg (metadata), seen 1.5 stops brighter``."""
        if not self.colorspace:
            return ""
        said_by = f" ({self.colorspace_from})" if self.colorspace_from else ""
        seen = f", seen {abs(self.exposure):g} stops {'brighter' if self.exposure > 0 else 'darker'}"
        return f"{self.colorspace}{said_by}{seen if self.exposure else ''}"

    def strip(self) -> List[FrameRun]:
        """The whole range as runs of equal state, frames not yet reported as ``queued`` (``missing`` once ended)."""
        if self.first is None or self.last is None:
            return []
        waiting = "missing" if self.ended else "queued"
        runs: List[Tuple[int, int, str]] = []
        for frame in range(self.first, self.last + 1):
            state = self.frames.get(frame, waiting)
            if runs and runs[-1][2] == state:
                runs[-1] = (runs[-1][0], frame, state)
            else:
                runs.append((frame, frame, state))
        return [FrameRun(*run) for run in runs]

    def line(self) -> str:
        """One sentence for a status bar."""
        if self.state == "failed" or self.state == "set_aside":
            return f"{self.error.message} {self.error.advice}".strip() if self.error else "The job failed."
        if self.state == "queued" and self.error is not None:
            return f"{self.error.message} Going on where it stopped."
        if self.state == "queued":
            return "Waiting for the jobs before it." if not self.frames else "Going on after an interruption."
        if self.state == "stopping":
            return "Stopping; finished frames are kept."
        if self.state == "canceled":
            return f"Stopped. {self.done} of {self.total} frames are finished and kept."
        if self.state == "done":
            flagged = sum(state == "flagged" for state in self.frames.values())
            return f"{self.done} frames finished" + (f", {flagged} worth a look." if flagged else ".")
        left = self.time_left_s
        pace = f", {self.fps:.1f} fps" + (f", {_clock(left)} left" if left is not None else "") if self.fps else ""
        return f"{self.stage.capitalize() or 'Starting'}: {self.done} of {self.total} frames{pace}"

    def _take_job(self, event: JobEvent) -> None:
        if event.attempt != self.attempt:
            self._rate.clear()
            self.attempt = event.attempt
        self.state, self.error, self.elapsed_s = event.state, event.error, event.elapsed_s
        self.first = event.first if event.first is not None else self.first
        self.last = event.last if event.last is not None else self.last
        self.keyframe = event.keyframe if event.keyframe is not None else self.keyframe
        self.engine = event.engine or self.engine
        self.colorspace = event.colorspace or self.colorspace
        self.colorspace_from = event.colorspace_from or self.colorspace_from
        self.exposure = event.exposure or self.exposure
        self.names = {each.object: each.name for each in event.names} or self.names
        self.kept = event.kept or self.kept
        self.version = event.version or self.version
        self.outputs = list(event.outputs) or self.outputs
        self.worst = list(event.worst) or self.worst

    def _take_frame(self, event: FrameEvent) -> None:
        # A verdict on a frame that is there is no progress, nor is a matte that is taken back; one made anew is.
        progress = event.state in _THERE and self.frames.get(event.frame) not in _THERE
        self.frames[event.frame] = event.state
        self.scores[event.frame] = event.score
        self.flags[event.frame] = list(event.flags)
        self.why[event.frame] = list(event.why)
        self.elapsed_s = event.elapsed_s
        if progress:
            self._rate.append(event.elapsed_s)

    def _take_snapshot(self, event: Snapshot) -> None:
        self._take_job(event.job)
        self._rate.clear()  # the frames in between came at times that are not known here
        self.frames = {frame: run.state for run in event.frames for frame in range(run.first, run.last + 1)}
        if event.stage is not None:
            self.stage, self.note = event.stage.stage, event.stage.note
        if event.found is not None:
            self.found = list(event.found.objects)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
