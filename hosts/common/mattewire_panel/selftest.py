"""The self-test of a panel: a plate of which every matte is known, steps that the host takes, and a report.

A panel's steps run from its own timer and never wait: each is a function that is called again and again until it has
words to say (see ``SelfTest.tick``). The report is what the support table is made of.
"""

from __future__ import annotations

import json
import os
import platform
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import hypot
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from mattewire_protocol import Deliverable, MatteRequest, MattewireError, Plate, messages
from mattewire_protocol.errors import BadField, NotWritable, TimedOut

from . import tiny_exr

SCHEMA = "mattewire.selftest.1"
WIDTH, HEIGHT = 96, 54
FIRST, LAST = 1001, 1008
RADIUS = 11.0
PROMPT = "red ball"
COLORSPACE = "Linear Rec.709 (sRGB)"
_RED, _GRAY = (0.60, 0.012, 0.012), (0.18, 0.18, 0.18)

LEAST_IOU, MOST_CENTROID = 0.95, 0.5
"""What a matte must reach: overlap with the known disc, and pixels between the two centers."""
PATIENCE_S = 60.0

Call = Callable[[], Optional[str]]


def center(frame: int) -> Tuple[float, float]:
    """Where the disc is on ``frame``, in plate pixels: it moves 4 to the right and 1 down with each frame."""
    return 24.25 + 4.0 * (frame - FIRST), 20.5 + 1.0 * (frame - FIRST)


def coverage(frame: int, x: int, y: int) -> float:
    """How much of pixel (x, y) the disc covers, 0..1, to within 0.05 of counted samples (measured)."""
    across, down = center(frame)
    return min(max(RADIUS + 0.5 - hypot(x + 0.5 - across, y + 0.5 - down), 0.0), 1.0)


def write_plate(folder: Path) -> str:
    """Writes a red disc on gray, 8 half-float EXR frames from 1001, scene-linear, and returns their pattern.

    Errors as ``tiny_exr.write_rgb``; ``NotWritable`` when ``folder`` cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise NotWritable(f"{folder} cannot be made: {problem.strerror}.") from None
    for frame in range(FIRST, LAST + 1):

        def pixel(x: int, y: int, frame: int = frame) -> Tuple[float, float, float]:
            part = coverage(frame, x, y)
            red, green, blue = (gray + (ball - gray) * part for ball, gray in zip(_RED, _GRAY))
            return red, green, blue

        tiny_exr.write_rgb(folder / f"selftest.{frame}.exr", pixel, WIDTH, HEIGHT)
    return str(folder / "selftest.####.exr")


def request(plate: str, out: str) -> MatteRequest:
    """The job for that plate: the preview engine, one A-only EXR sequence at the pattern ``out``."""
    return MatteRequest(
        Plate(plate, COLORSPACE),
        [Deliverable(out)],
        FIRST,
        LAST,
        prompts=[PROMPT],
        engine="preview",
        overwrite=True,
        label="Mattewire self-test",
    )


@dataclass(frozen=True)
class Verdict:
    """A matte beside the known disc. ``iou``: sum of the lesser over sum of the greater alphas, 0..1, soft edges
    counted in part. ``centroid``: pixels between the two centers of alpha; -1 for an empty matte."""

    frame: int
    iou: float
    centroid: float

    @property
    def good(self) -> bool:
        return self.iou >= LEAST_IOU and 0 <= self.centroid <= MOST_CENTROID

    @property
    def words(self) -> str:
        if self.centroid < 0:
            return f"Frame {self.frame}: the matte is empty."
        return f"Frame {self.frame}: overlap {self.iou:.3f}, center off by {self.centroid:.2f} pixels."


def judge(frame: int, rows: Sequence[Sequence[float]], window: Optional[tiny_exr.Window] = None) -> Verdict:
    """Compares a matte's alpha with the disc of ``frame``.

    ``rows``: lines of alpha, top first, of ``window`` (left, top, right, bottom, all included); absent: the whole
    plate. Outside of it the matte is 0. ``BadField`` when the rows do not fill the window, or hold a NaN.
    """
    left, top, right, bottom = window or (0, 0, WIDTH - 1, HEIGHT - 1)
    if len(rows) != bottom - top + 1 or any(len(row) != right - left + 1 for row in rows):
        raise BadField(f"Frame {frame} is not {right - left + 1} x {bottom - top + 1} pixels.", field="rows")
    lesser = greater = 0.0
    found, known = _Center(), _Center()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            alpha = float(rows[y - top][x - left]) if left <= x <= right and top <= y <= bottom else 0.0
            if alpha != alpha:
                raise BadField(f"Frame {frame} has a NaN at {x}, {y}.", field="rows")
            part = coverage(frame, x, y)
            lesser += min(alpha, part)
            greater += max(alpha, part)
            found.add(x, y, alpha)
            known.add(x, y, part)
    if found.weight <= 0:
        return Verdict(frame, 0.0, -1.0)
    off = hypot(found.x - known.x, found.y - known.y)
    return Verdict(frame, max(lesser, 0.0) / greater, off)


def judge_file(path: str, frame: int) -> Verdict:
    """``judge`` of the A channel of an EXR; errors also as ``tiny_exr.read_channel``."""
    window, rows = tiny_exr.read_channel(path, "A")
    return judge(frame, rows, window)


class _Center:
    """The center of weights."""

    def __init__(self) -> None:
        self.weight = self._x = self._y = 0.0

    def add(self, x: int, y: int, weight: float) -> None:
        self.weight += weight
        self._x += (x + 0.5) * weight
        self._y += (y + 0.5) * weight

    @property
    def x(self) -> float:
        return self._x / self.weight

    @property
    def y(self) -> float:
        return self._y / self.weight


# --- steps and report --------------------------------------------------------------------------------------


@dataclass
class Step:
    """``ok``: absent while it has not run. ``words``: what it found, or what went wrong and the way out."""

    name: str
    ok: Optional[bool] = None
    seconds: float = 0.0
    words: str = "Not run."
    details: str = ""


class SelfTest:
    """A row of steps and what came of them.

    ``host`` and ``version``: the application, as it names itself. ``date``: the day, as text, from whoever asks.
    """

    def __init__(self, host: str, version: str, date: str) -> None:
        self.host, self.version, self.date = host, version, date
        self.steps: List[Step] = []
        self.verdicts: Dict[int, Verdict] = {}
        self.welcome = messages.Welcome(0, "")
        self._calls: List[Tuple[Call, float, bool]] = []
        self._at = 0
        self._began: Optional[float] = None

    def add(self, name: str, call: Call, *, patience: float = PATIENCE_S, always: bool = False) -> None:
        """A step. ``call`` returns None while it has to be asked again, then what to tell; it raises what failed.

        ``patience``: seconds until it counts as failed. ``always``: it runs after a failure too, as clean-up does.
        """
        self.steps.append(Step(name))
        self._calls.append((call, patience, always))

    def judged(self, verdict: Verdict) -> Verdict:
        """Keeps a verdict for the report."""
        self.verdicts[verdict.frame] = verdict
        return verdict

    def expect_good(self) -> str:
        """Words on all verdicts. ``BadField`` naming the first bad frame, or that not every frame was judged."""
        missing = [frame for frame in range(FIRST, LAST + 1) if frame not in self.verdicts]
        if missing:
            raise BadField(f"Frame {missing[0]} has no matte.", field="mattes", advice=_SEND)
        for _, verdict in sorted(self.verdicts.items()):
            if not verdict.good:
                raise BadField(verdict.words, field="mattes", advice=_SEND)
        least = min(verdict.iou for verdict in self.verdicts.values())
        most = max(verdict.centroid for verdict in self.verdicts.values())
        return f"{len(self.verdicts)} frames: overlap at least {least:.3f}, center off by at most {most:.2f} pixels."

    # --- running ---------------------------------------------------------------------------------------------

    def tick(self) -> bool:
        """Asks the present step once; False when all have run. For a host's timer; raises nothing."""
        while self._at < len(self.steps) and self.failed and not self._calls[self._at][2]:
            self._at += 1
        if self._at == len(self.steps):
            return False
        step, (call, patience, _) = self.steps[self._at], self._calls[self._at]
        if self._began is None:
            self._began = time.monotonic()
        try:
            words = call()
            if words is None and time.monotonic() - self._began > patience:
                raise TimedOut(f"Nothing came of it within {patience:g} s.")
        except Exception as problem:
            self._ended(step, False, _told(problem), traceback.format_exc())
        else:
            if words is not None:
                self._ended(step, True, words)
        return self._at < len(self.steps)

    def run(self, between: Callable[[], object], pause: float = 0.05) -> bool:
        """All steps one after another, for scripts without a timer; ``between`` takes in what has arrived."""
        while self.tick():
            between()
            time.sleep(pause)
        return self.ok

    def _ended(self, step: Step, ok: bool, words: str, details: str = "") -> None:
        assert self._began is not None
        step.ok, step.words, step.details = ok, words, details
        step.seconds = round(time.monotonic() - self._began, 3)
        self._at, self._began = self._at + 1, None

    @property
    def failed(self) -> bool:
        return any(step.ok is False for step in self.steps)

    @property
    def ok(self) -> bool:
        """Whether every step has run and is fine."""
        return bool(self.steps) and all(step.ok for step in self.steps)

    # --- telling ---------------------------------------------------------------------------------------------

    def report(self, facts: Optional[Mapping[str, str]] = None) -> Dict[str, object]:
        """Plain data. ``facts``: what else the host knows, such as its Qt. No paths of footage, no keys, no names."""
        return {
            "schema": SCHEMA,
            "date": self.date,
            "host": self.host,
            "host_version": self.version,
            "os": platform.platform(),
            "python": platform.python_version(),
            "protocol": messages.PROTOCOL,
            "daemon": self.welcome.server,
            "engine": "preview",
            "ok": self.ok,
            "steps": [asdict(step) for step in self.steps],
            "frames": [asdict(verdict) for _, verdict in sorted(self.verdicts.items())],
            "limits": {"iou": LEAST_IOU, "centroid": MOST_CENTROID},
            "facts": dict(facts or {}),
        }

    def write_report(self, path: Path, facts: Optional[Mapping[str, str]] = None) -> None:
        """The report as JSON. ``NotWritable`` when it cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self.report(facts), indent=2) + "\n", encoding="utf-8")
        except OSError as problem:
            raise NotWritable(f"{path} cannot be written: {problem.strerror}.") from None

    def lines(self) -> List[str]:
        """A line for each step, for a dialog."""
        marks = {None: "–", True: "✓", False: "✗"}
        return [f"{marks[step.ok]} {step.name}: {step.words}" for step in self.steps]


_SEND = "Send the report with your question."


def _told(problem: Exception) -> str:
    """What failed, in words: a traceback alone helps nobody."""
    if isinstance(problem, MattewireError):
        return str(problem)
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    return f"{type(problem).__name__}: {problem} ({os.path.basename(frame.filename)}, line {frame.lineno}). {_SEND}"
