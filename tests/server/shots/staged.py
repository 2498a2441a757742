"""A stage for the shot pipeline: small plates, and an engine whose right answers are known beforehand.

Every plate frame shows a red and a green square that move; the red one is object "red", the green one "green". The
engine cuts each object out of its own color channel, and is strict about the order in which it is given frames.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO as oiio
from numpy.typing import NDArray

from mattewire_protocol import MatteRequest
from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import PromptNotUnderstood
from mattewire_protocol.messages import FrameEvent
from mattewire_protocol.request import Plate as PlateOf
from mattewire_server.engines.seams import Engine, Found, Hint, Picture, Segment, ShotInfo
from mattewire_server.shots import pull_matte
from mattewire_server.shots.shot import Ticket

WIDTH, HEIGHT, SIDE = 64, 36, 8
CHANNELS = {"red": 0, "green": 1}
JOB = "job-00001"


def square(name: str, frame: int) -> tuple[int, int]:
    """The top left corner of a square on a frame, in plate pixels."""
    return (4 + frame % 40, 5) if name == "red" else (50 - frame % 40, 22)


def write_plate(
    folder: Path,
    frames: Iterable[int],
    *,
    name: str = "shot",
    data: tuple[int, int, int, int] | None = None,
    display: tuple[int, int] = (WIDTH, HEIGHT),
    pixel_aspect: float = 1.0,
) -> str:
    """Writes ``name.####.exr`` (half RGB, linear) and returns its pattern. ``data``: x0, y0, x1, y1."""
    folder.mkdir(parents=True, exist_ok=True)
    x0, y0, x1, y1 = data or (0, 0, *display)
    for frame in frames:
        pixels = np.zeros((y1 - y0, x1 - x0, 3), np.float16)
        for thing, channel in CHANNELS.items():
            x, y = square(thing, frame)
            pixels[y - y0 : y - y0 + SIDE, x - x0 : x - x0 + SIDE, channel] = 1
        spec = oiio.ImageSpec(x1 - x0, y1 - y0, 3, "half")
        spec.x, spec.y = x0, y0
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = 0, 0, *display
        spec.attribute("PixelAspectRatio", pixel_aspect)
        output = oiio.ImageOutput.create("openexr")
        path = str(folder / f"{name}.{frame:04d}.exr")
        assert output.open(path, spec), output.geterror()
        assert output.write_image(pixels), output.geterror()
        assert output.close()
    return str(folder / f"{name}.####.exr")


def expected(names: Sequence[str], frame: int, window: tuple[int, int, int, int]) -> NDArray[np.float16]:
    """The matte of the named squares inside ``window`` (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = window
    matte = np.zeros((y1 - y0, x1 - x0), np.float16)
    for name in names:
        x, y = square(name, frame)
        matte[y - y0 : y - y0 + SIDE, x - x0 : x - x0 + SIDE] = 1
    return matte


def box_of(name: str, frame: int) -> tuple[float, float, float, float]:
    x, y = square(name, frame)
    return float(x), float(y), float(x + SIDE), float(y + SIDE)


class StageDetector:
    """Knows ``red``, ``green`` and ``square`` (both, red first)."""

    def find(self, picture: Picture, phrases: Sequence[str], exclude: Sequence[str] = ()) -> list[Found]:
        for phrase in (*phrases, *exclude):
            if phrase not in ("red", "green", "square", "nothing"):
                raise PromptNotUnderstood(f"{phrase!r} is not understood.", field="prompts", advice="Use red or green.")
        found = []
        for phrase in phrases:
            for score, name in ((0.9, "red"), (0.6, "green")):
                if phrase in (name, "square") and name not in exclude:
                    rows, columns = np.nonzero(picture.rgb[..., CHANNELS[name]] > 0.5)
                    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
                    found.append(Found(tuple(float(edge) for edge in box), score, phrase))
        return found


@dataclass
class Stage:
    """What the engine is to do, and what it saw.

    ``before_step(frame)`` runs in front of every step; ``gone``: frames on which no object is in sight. ``slips``: by
    frame, objects that the track then takes for another color, or loses (None), until a hint puts it right.
    ``logit`` by quality. ``marked`` and ``stepped`` are those of the latest track, ``told`` its hints in mid-shot.
    """

    before_step: Callable[[int], None] = lambda frame: None
    gone: frozenset[int] = frozenset()
    score: float = 0.9
    logit: float = 20.0
    draft_logit: float = 20.0
    slips: dict[int, dict[int, int | None]] = field(default_factory=dict)
    detector: Any = field(default_factory=lambda: StageDetector())
    qualities: list[str] = field(default_factory=list)
    marked: list[tuple[int, tuple[Hint, ...]]] = field(default_factory=list)
    told: list[tuple[int, tuple[Hint, ...]]] = field(default_factory=list)
    stepped: list[int] = field(default_factory=list)
    closed: int = 0

    def engine(self, **changes: Any) -> Engine:
        parts: dict[str, Any] = {
            "name": "stage",
            "label": "Stage",
            "detector": self.detector,
            "segmenter": self,
            "provenance": {"weights": "none"},
        }
        return Engine(**{**parts, **changes})

    def begin(self, shot: ShotInfo) -> StageTrack:
        self.marked, self.told, self.stepped = [], [], []
        self.qualities.append(shot.quality)
        return StageTrack(self, shot)


@dataclass
class Many(Stage):
    """One strict stage for each track."""

    each: list[Stage] = field(default_factory=list)

    def begin(self, shot: ShotInfo) -> StageTrack:
        self.each.append(Stage(slips=self.slips))
        return self.each[-1].begin(shot)


class StageTrack:
    def __init__(self, stage: Stage, shot: ShotInfo) -> None:
        self.stage, self.shot = stage, shot
        self.channels: dict[int, int | None] = {}

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        assert (picture.width, picture.height) == (self.shot.width, self.shot.height)
        assert picture.rgb.dtype == np.float32
        self.stage.before_step(picture.frame)
        if hints:
            if self.stage.stepped:
                assert picture.frame == self.stage.stepped[-1], "in mid-shot only the frame just stepped is hinted"
                self.stage.told.append((picture.frame, tuple(hints)))
            else:
                self.stage.marked.append((picture.frame, tuple(hints)))
            for hint in hints:
                self._learn(picture, hint)
        else:
            self._check_order(picture.frame)
            self.stage.stepped.append(picture.frame)
            slipped = self.stage.slips.get(picture.frame, {})
            self.channels.update({number: slipped[number] for number in slipped.keys() & self.channels.keys()})
        present = picture.frame not in self.stage.gone
        return {
            number: Segment(self._logits(picture, channel or 0), self.stage.score, present and channel is not None)
            for number, channel in self.channels.items()
        }

    def close(self) -> None:
        self.stage.closed += 1

    def _learn(self, picture: Picture, hint: Hint) -> None:
        if hint.box is not None:
            x0, y0, x1, y1 = (round(edge) for edge in hint.box)
            inside = picture.rgb[max(y0, 0) : y1, max(x0, 0) : x1].mean((0, 1))
        elif any(mark.keep for mark in hint.marks):
            kept = next(mark for mark in hint.marks if mark.keep)
            inside = picture.rgb[int(kept.y), int(kept.x)]
        else:
            return
        assert inside.max() > 0.1, f"object {hint.object} is not where the hint says"
        self.channels[hint.object] = int(inside.argmax())

    def _check_order(self, frame: int) -> None:
        done = self.stage.stepped
        start = min(number for number, _ in self.stage.marked)
        wanted = start if not done else done[-1] + 1 if done[-1] >= start else done[-1] - 1
        assert frame in (wanted, start - 1 if done and done[-1] == self.shot.last else wanted)

    def _logits(self, picture: Picture, channel: int) -> NDArray[np.float32]:
        inside = self.stage.draft_logit if self.shot.quality == "draft" else self.stage.logit
        return np.where(picture.rgb[..., channel] > 0.5, inside, -20.0).astype(np.float32)


def request(plate: str, *out: str, deliverables: Sequence[Deliverable] = (), **changes: Any) -> MatteRequest:
    """A request for the red square into ``out`` (``.exr`` or ``.png``, 16 bits), or into ``deliverables``."""
    made = [Deliverable(path, "exr" if path.endswith(".exr") else "png16") for path in out]
    return MatteRequest(PlateOf(plate), [*made, *deliverables], **{"prompts": ["red"], **changes})


def run(wanted: MatteRequest, stage: Stage | None = None, ticket: Ticket | None = None, **more: Any) -> list[Any]:
    """All events of a job that is expected to end well."""
    return list(pull_matte(wanted, (stage or Stage()).engine(), ticket or Ticket(JOB), **more))


def run_until(error: type[BaseException], events: Iterable[Any]) -> tuple[list[Any], BaseException]:
    """The events up to ``error``, and the error."""
    seen: list[Any] = []
    try:
        for event in events:
            seen.append(event)
    except error as problem:
        return seen, problem
    raise AssertionError(f"{error.__name__} was not raised")


def frames_of(events: Iterable[Any]) -> list[int]:
    return [event.frame for event in events if isinstance(event, FrameEvent)]


def frames_first_told(events: Iterable[Any]) -> list[int]:
    """The frames in the order they were first told. What is told again is what the protocol allows: the same files and
    boxes, flagged now, with every flag it had and some it had not."""
    told: dict[int, FrameEvent] = {}
    for event in events:
        if isinstance(event, FrameEvent):
            before = told.get(event.frame)
            if before is not None:
                assert (event.paths, event.objects) == (before.paths, before.objects)
                assert event.state == "flagged"
                assert set(event.flags) > set(before.flags)
                assert len(event.why) > len(before.why)
                assert event.score <= before.score
                assert event.elapsed_s >= before.elapsed_s
            told[event.frame] = event
    return list(told)


def read_exr(path: Path | str) -> tuple[dict[str, Any], NDArray[np.float16]]:
    """Header and A channel, by another library than the one that wrote them."""
    with OpenEXR.File(str(path)) as file:
        return dict(file.header()), np.array(file.channels()["A"].pixels)


def window(corners: Any) -> list[tuple[int, ...]]:
    return [tuple(int(edge) for edge in corner) for corner in corners]


def pipeline_threads() -> list[str]:
    """Threads of the pipeline that still run, after a moment to end."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        names = [
            each.name for each in threading.enumerate() if each.name.startswith(("read ahead", "engine", "finish"))
        ]
        if not names:
            break
        time.sleep(0.01)
    return names
