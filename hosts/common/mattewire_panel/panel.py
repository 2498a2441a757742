"""The view-model of a panel: what it shows in every state, whatever toolkit draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional

from mattewire_protocol import JobView, MattewireError, codec
from mattewire_protocol.messages import EngineInfo, JobSummary, Report

from .session import Session
from .words import Dialog, dialog, duration, size

IDLE, DETECTING, RUNNING, STOPPING, STOPPED, FAILED, DONE = (
    "idle", "detecting", "running", "stopping", "stopped", "failed", "done",
)  # fmt: skip

_WORST_FIRST = ("flagged", "missing", "queued", "stale", "done", "locked")

STATE_COLORS: Dict[str, str] = {
    "missing": "#3a3a3a",
    "queued": "#555555",
    "done": "#4d9e5f",
    "flagged": "#d9a441",
    "stale": "#8a6fb0",
    "locked": "#4f86c6",
}
"""One color for each frame state, told apart by people who see red and green alike: they differ in lightness too."""


@dataclass(frozen=True)
class Buttons:
    """Which of the panel's buttons can be pressed now."""

    detect: bool
    mask: bool
    stop: bool
    update: bool
    release: bool
    start: bool


class PanelModel:
    """``view``: the job that is shown; None before the first. ``ready``: whether the host has a plate to work on."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.view: Optional[JobView] = None
        self.ready = False
        self.detecting = False
        self.error: Optional[MattewireError] = None
        self.doing = ""
        self.report: Optional[Report] = None
        self.list: List[JobSummary] = []

    # --- what is going on ----------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """One of the module's constants."""
        if self.detecting:
            return DETECTING
        view = self.view
        if self.error is not None:
            return FAILED
        if view is None:
            return IDLE
        if view.state in ("queued", "running"):
            return RUNNING
        ended = {"stopping": STOPPING, "canceled": STOPPED, "done": DONE}
        return ended.get(view.state, FAILED)

    @property
    def buttons(self) -> Buttons:
        busy = self.state in (DETECTING, RUNNING, STOPPING)
        off = self.session.state == "off" and self.session.problem is not None
        return Buttons(
            detect=self.ready and not busy,
            mask=self.ready and not busy,
            stop=self.state == RUNNING,
            update=self.ready and not busy and self.view is not None,
            release=self.session.state == "on",
            start=off,
        )

    def headline(self) -> str:
        """One line for the top of the panel."""
        if self.session.state == "opening":
            return "Starting the Mattewire daemon…"
        if self.session.state == "away":
            return "The daemon is away; looking for it…"
        if self.state == IDLE:
            return "Type what to mask, then press Mask subject." if self.ready else "Select a plate."
        if self.state == DETECTING:
            return "Looking at the keyframe…"
        view = self.view
        if self.state == FAILED or view is None:
            return self.doing + " failed." if self.doing else "It failed."
        if self.state == STOPPED:
            return f"Stopped. {_mattes(view.done)} kept."
        return view.line()

    def details(self) -> List[str]:
        """The lines under the progress bar: how the plate was read, what the engine said, what needs a look."""
        view = self.view
        if view is None:
            return []
        lines = [view.note] if view.note and self.state == RUNNING else []
        if view.color_line():
            lines.append(f"Plate read as {view.color_line()}.")
        flagged = sum(state == "flagged" for state in view.frames.values())
        if flagged:
            lines.append(f"{_frames(flagged)} worth a look.")
        return lines

    def problem(self) -> Optional[Dialog]:
        """The dialog for what went wrong, if anything did."""
        if self.error is not None:
            return dialog(self.error, self.doing or "Mattewire")
        failed = self.view.error if self.view is not None and self.state == FAILED else None
        if failed is not None:
            return dialog(codec.error_of(failed), self.doing or "Mattewire")
        if self.session.state == "off" and self.session.problem is not None:
            return dialog(self.session.problem, "Mattewire daemon")
        return None

    # --- the strip and the lists ---------------------------------------------------------------------------

    def strip(self, columns: int) -> List[str]:
        """A frame state for each of at most ``columns`` columns: of the frames in one, the state most worth seeing."""
        view = self.view
        if view is None or not view.total or columns < 1:
            return []
        states: List[str] = []
        for run in view.strip():
            states += [run.state] * (run.last - run.first + 1)
        count = min(columns, len(states))
        edges = [len(states) * column // count for column in range(count + 1)]
        return [min(set(states[a:b]), key=_WORST_FIRST.index) for a, b in zip(edges, edges[1:])]

    def frame_at(self, column: int, columns: int) -> Optional[int]:
        """The plate frame that a column of the strip begins with."""
        view = self.view
        if view is None or view.first is None or not view.total or not 0 <= column < columns:
            return None
        count = min(columns, view.total)
        return view.first + view.total * min(column, count - 1) // count

    def engine(self, name: str) -> Optional[EngineInfo]:
        return next((each for each in self.session.welcome.engines if each.name == name), None)

    def engine_line(self, name: str) -> str:
        """What there is to know of an engine before it is used: readiness, preview, the weights' license."""
        info = self.engine(name)
        if info is None:
            return "" if not self.session.welcome.engines else f"The daemon has no engine {name}."
        if not info.ready:
            return info.reason or f"{info.label} is not ready."
        words = [info.label or info.name]
        if info.preview:
            words.append("a stand-in: color and shape words only, no claim of quality")
        if info.license:
            words.append(f"weights: {info.license}")
        return ", ".join(words) + "."

    def memory_line(self) -> str:
        """What the models hold, as the host's memory is at stake."""
        report = self.report
        if report is None:
            return ""
        loaded = ", ".join(report.engines_loaded) or "no model"
        held = f"{size(report.gpu_bytes)} of GPU memory" if report.gpu_bytes else "no GPU memory"
        return f"Loaded: {loaded}; {held} held."

    def rows(self) -> List[List[str]]:
        """The job list: what, state, frames, engine."""
        return [
            [job.label, job.state, f"{job.frames_done} of {job.frames_total}" if job.frames_total else "", job.engine]
            for job in self.list
        ]

    def time_left(self) -> str:
        view = self.view
        left = view.time_left_s if view is not None else None
        return f"{duration(left)} left" if left is not None else ""


def _mattes(count: int) -> str:
    return f"{count} matte" if count == 1 else f"{count} mattes"


def _frames(count: int) -> str:
    return f"{count} frame is" if count == 1 else f"{count} frames are"
