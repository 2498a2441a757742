"""What a finish-only change costs on a 100-frame HD shot, against tracking it again: a Markdown table.

    python tests/benchmarks/finish_again.py [--frames 100] [--plate PATTERN --box X0 Y0 X1 Y1] [--cells 256]

The shot is tracked once with the preview engine, with nothing but a matte wanted. Then a matte dilated by 2 pixels is
asked for, as half-float EXR: once from the kept shot, once by tracking again. "Engine calls" counts every frame that
the detector or the segmenter is shown. Both give the same bytes, or this ends with an error. The preview engine is the
fastest there is; every model is slower than it. Finishing is the median of five passes, tracking is one; the
processor's time says more than the clock's on a machine that others use too.

``--cells``: the mattes are seen through so many cells a side, as SAM 2's are through 256. Then the plate is read again
and its edges steer the enlargement (``Edges.method`` guided); the preview's own mattes have the plate's resolution, and
need neither.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from mattewire_protocol.deliver import CleanUp, Deliverable
from mattewire_protocol.messages import FrameEvent
from mattewire_protocol.request import Box, MatteRequest, Plate
from mattewire_server.engines import preview
from mattewire_server.engines.seams import Engine, Hint, Picture, Segment, Segmenter, ShotInfo, Track
from mattewire_server.kept import KeptStore
from mattewire_server.plates import open_plate
from mattewire_server.shots import pull_matte
from mattewire_server.shots.shot import Ticket

WIDTH, HEIGHT, RADIUS = 1920, 1080, 216
FIRST = 1001
JOB = "job-00001"
PASSES = 5


class Counted:
    """The preview's segmenter, its calls counted."""

    def __init__(self, cells: int = 0) -> None:
        self.calls, self.cells = 0, cells
        made = preview.engine({})
        assert made.segmenter is not None
        self._segmenter: Segmenter = made.segmenter
        self.engine = Engine(made.name, made.label, None, self, made.preview, made.provenance)

    def begin(self, shot: ShotInfo) -> Track:
        self.calls += 1
        return CountedTrack(self, self._segmenter.begin(shot))


class CountedTrack:
    def __init__(self, counted: Counted, track: Track) -> None:
        self._counted, self._track = counted, track

    def step(self, picture: Picture, hints: Sequence[Hint] = ()) -> dict[int, Segment]:
        self._counted.calls += 1
        cells, segments = self._counted.cells, self._track.step(picture, hints)
        if not cells:
            return segments
        return {
            number: replace(one, logits=cv2.resize(one.logits, (cells, cells), interpolation=cv2.INTER_AREA))
            for number, one in segments.items()
        }

    def close(self) -> None:
        self._track.close()


@dataclass(frozen=True)
class Cost:
    wall_ms: float
    processor_ms: float
    calls: int
    files: dict[str, bytes]


def draw_plate(folder: Path, frames: int) -> str:
    """A red disc that crosses gray with grain: JPEG, 8-bit sRGB."""
    folder.mkdir()
    for index in range(frames):
        picture = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
        x = RADIUS + 40 + (WIDTH - 2 * RADIUS - 80) * index / max(1, frames - 1)
        cv2.circle(picture, (round(x), HEIGHT // 2), RADIUS, (30, 25, 200), -1, cv2.LINE_AA)
        grain = np.random.default_rng(index).normal(0, 3, picture.shape)
        grainy = np.clip(picture + grain, 0, 255).astype(np.uint8)
        assert cv2.imwrite(str(folder / f"plate.{FIRST + index}.jpg"), grainy)
    return str(folder / "plate.####.jpg")


def measured(wanted: MatteRequest, store: KeptStore, out: Path, cells: int = 0) -> Cost:
    counted = Counted(cells)
    wall, processor = time.perf_counter(), time.process_time()
    events = list(pull_matte(wanted, counted.engine, Ticket(JOB), keep=store))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    frames = sum(isinstance(event, FrameEvent) for event in events)
    files = {path.name: path.read_bytes() for path in sorted(out.iterdir())}
    return Cost(1000 * wall / frames, 1000 * processor / frames, counted.calls, files)


def median(costs: Iterable[Cost]) -> Cost:
    return sorted(costs, key=lambda cost: cost.wall_ms)[PASSES // 2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--plate", default="", help="A sequence of your own, instead of the drawn disc.")
    parser.add_argument("--box", type=float, nargs=4, help="Around the subject on its first frame, plate pixels.")
    parser.add_argument("--cells", type=int, default=0, help="A side of the engine's own resolution; 0: the plate's.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mattewire-benchmark-") as home:
        folder, out = Path(home), Path(home) / "out"
        plate = os.path.abspath(given.plate) if given.plate else draw_plate(folder / "plate", given.frames)
        edge = RADIUS + 40
        corners = given.box or (36, HEIGHT // 2 - RADIUS - 4, edge + RADIUS + 4, HEIGHT // 2 + RADIUS + 4)
        store = KeptStore(folder, 10**11)
        box = Box(first_frame(plate), *corners)
        plain = MatteRequest(Plate(plate), [Deliverable(str(out / "m.####.exr"))], boxes=[box])
        dilated = replace(plain, clean_up=[CleanUp(dilate=2)], overwrite=True)
        costs = {
            "track, no clean-up": measured(plain, store, out, given.cells),
            "finish again, dilate 2": median(measured(dilated, store, out, given.cells) for _ in range(PASSES)),
            "track again, dilate 2": measured(replace(dilated, reuse=False), store, out, given.cells),
        }
        kept = sum(entry.size for entry in store.shots())
    frames = len([name for name in costs["track, no clean-up"].files if name.endswith(".exr")])
    print(f"{frames} frames, {kept / 1e6 / frames:.2f} MB a frame kept, {os.cpu_count()} cores\n")
    print("| | ms a frame | processor ms a frame | engine calls |\n|---|---|---|---|")
    for name, cost in costs.items():
        print(f"| {name} | {cost.wall_ms:.1f} | {cost.processor_ms:.1f} | {cost.calls} |")
    again, anew = costs["finish again, dilate 2"], costs["track again, dilate 2"]
    if again.files != anew.files or again.calls:
        print("\nFinishing again and tracking again differ, or the engine was asked.", file=sys.stderr)
        return 1
    print(f"\nThe same bytes, {anew.wall_ms / again.wall_ms:.1f} times as fast; wanted are at most 60 ms a frame.")
    return 0


def first_frame(plate: str) -> int:
    opened = open_plate(plate)
    opened.close()
    return opened.info.first


if __name__ == "__main__":
    sys.exit(main())
