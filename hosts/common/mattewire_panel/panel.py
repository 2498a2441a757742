"""The view-model of a panel: what it shows in every state, whatever toolkit draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Tuple

from mattewire_protocol import JobView, MattewireError, codec
from mattewire_protocol.messages import EngineInfo, JobSummary, Report, WorstFrame

from .frames import FrameMap
from .session import Session
from .words import Dialog, dialog, duration, size

IDLE, DETECTING, RUNNING, STOPPING, STOPPED, FAILED, DONE = (
    "idle", "detecting", "running", "stopping", "stopped", "failed", "done",
)  # fmt: skip

USUAL_DEPTH = "depth-anything"
"""Named in a request while no daemon has said which ones it has."""

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
        self._looked_at: Tuple[str, Optional[int]] = ("", None)

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

    def worst(self) -> List[WorstFrame]:
        """The frames that ask for a look, worst first."""
        return self.view.asking() if self.view is not None else []

    def worst_rows(self) -> List[List[str]]:
        """The list of worst frames: plate frame, score, why."""
        return [
            [str(each.frame), f"{each.score:.2f}", " ".join(each.why) or ", ".join(each.flags)] for each in self.worst()
        ]

    def next_worst(self, frame: Optional[int] = None) -> Optional[int]:
        """The plate frame to look at after ``frame``: the next in ``worst``, the worst one after the last or from a
        frame that is not in it; None when nothing asks for a look."""
        return next(iter(self._worst_after(frame)), None)

    def to_next_worst(self, now: Optional[int], hosts: Callable[[int], Optional[int]]) -> Optional[Tuple[int, int]]:
        """Where a press of "next worst frame" goes: the plate frame, and the host's frame that shows it.

        ``now``: the plate frame that the host shows. ``hosts(plate frame)``: the host's frame; None for one that it
        does not show, which is passed over. Whoever has scrubbed around a worst frame goes on with the one after it.
        None when there is none to go to.
        """
        at = now if any(each.frame == now for each in self.worst()) else self.looked_at
        for frame in self._worst_after(at):
            shown = hosts(frame)
            if shown is not None:
                self._looked_at = (self.view.job_id if self.view is not None else "", frame)
                return frame, shown
        return None

    def _worst_after(self, frame: Optional[int]) -> List[int]:
        """All frames of ``worst``, from the one after ``frame`` on and round to it; from the worst one on where
        ``frame`` is not in it."""
        frames = [each.frame for each in self.worst()]
        after = frames.index(frame) + 1 if frame in frames else 0
        return frames[after:] + frames[:after]

    @property
    def looked_at(self) -> Optional[int]:
        """The plate frame that was gone to last, of the job that is shown; None before the first."""
        job, frame = self._looked_at
        return frame if self.view is not None and self.view.job_id == job else None

    def next_worst_host(self, host: Optional[int], frames: FrameMap) -> Optional[int]:
        """The same in the frames of a host that shows one plate, from its current frame."""
        now = frames.plate(host) if host is not None and frames.first <= host <= frames.last else None
        found = self.to_next_worst(now, frames.host)
        return found[1] if found is not None else None

    def about(self, frame: int) -> str:
        """What there is to say of a plate frame, for a tooltip: its state, and why it asks for a look."""
        view = self.view
        if view is None:
            return ""
        state = view.frames.get(frame, "missing" if view.ended else "queued")
        return " ".join([f"Frame {frame}: {state}.", *self.reasons(frame)])

    def reasons(self, frame: int) -> List[str]:
        """Why a plate frame asks for a look, worst first; empty where nothing is to be said of it."""
        view = self.view
        if view is None:
            return []
        told = next((each for each in view.worst if each.frame == frame), None)
        return list(view.why.get(frame) or (told.why if told else []) or view.flags.get(frame, []))

    def engines(self) -> List[str]:
        """Names that a request may have as its engine: not those that only find, refine edges or estimate depth. One
        that does not say what it does is listed too: where it is not ready, its line says what it lacks."""
        return [each.name for each in self.session.welcome.engines if not each.does or "segment" in each.does]

    @property
    def has_depth(self) -> bool:
        """Whether a panel shows what needs distances."""
        return any(each.ready for each in self._that("depth"))

    @property
    def depth_engine(self) -> str:
        """The depth engine to name in a request: one that is ready, else one that then says what it lacks. What was
        set in a scene is never left out in silence because this machine cannot do it."""
        there = self._that("depth")
        return next((each.name for each in there if each.ready), there[0].name if there else USUAL_DEPTH)

    def edges_line(self, method: str) -> str:
        """What there is to know of a choice of edges before it is used: which matting model, or what it lacks."""
        if method != "matting" or not self.session.welcome.engines:
            return ""
        there = self._that("refine")
        ready = next((each for each in there if each.ready), None)
        if ready is not None:
            return self.engine_line(ready.name)
        reason = (there[0].reason or f"{there[0].label} is not ready.") if there else "The daemon has no matting model."
        first, stop, _ = reason.partition(". ")  # the way out can be long: the daemon's error tells all of it
        return f"{first}{stop.strip()} Choose other edges, or see `mattewire engines list`."

    def _that(self, skill: str) -> List[EngineInfo]:
        return [each for each in self.session.welcome.engines if skill in each.does]

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
