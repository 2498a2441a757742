"""Finishing: order, numbers, bounded depth, and what is left after a failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mattewire_protocol.deliver import Deliverable
from mattewire_server.engines.seams import Segment
from mattewire_server.mattes import FrameMattes, MatteWriter
from mattewire_server.plates.model import PlateInfo, Window
from mattewire_server.shots.finishing import Finishing, Tracked, Wanted
from server.shots.staged import pipeline_threads, read_exr

DISPLAY, CANVAS = Window(0, 0, 32, 18), Window(-4, -2, 36, 20)


def plate() -> PlateInfo:
    return PlateInfo("/p/a.####.exr", "sequence", 1001, 1099, (), DISPLAY, CANVAS, 1.0, None, "", "0")


class GatedWriter(MatteWriter):
    """Writes like any other, when it is let."""

    def __init__(self, folder: Path) -> None:
        out = Deliverable(str(folder / "m.####.exr"))
        super().__init__(out, plate=plate(), provenance={}, token="job-00001")
        self.gate = threading.Event()
        self.gate.set()
        self.fails: set[int] = set()
        self.begun: list[int] = []

    def write(self, mattes: FrameMattes) -> str:
        self.begun.append(mattes.frame)
        assert self.gate.wait(5)
        if mattes.frame in self.fails:
            raise OSError(f"{mattes.frame}")
        return super().write(mattes)


@pytest.fixture
def writer(tmp_path: Path) -> GatedWriter:
    return GatedWriter(tmp_path)


@pytest.fixture
def finishing(writer: GatedWriter) -> Iterator[Finishing]:
    made = Finishing(Wanted([writer], CANVAS, {1: "ball"}, frozenset({1050})), 1001, 1099, threads=2)
    yield made
    writer.gate.set()
    made.close()
    assert pipeline_threads() == []


def tracked(number: int, segments: dict[int, Segment] | None = None) -> Tracked:
    return Tracked(number, CANVAS, {1: segment(3, 9)} if segments is None else segments)


def segment(x0: int, x1: int, **changes: Any) -> Segment:
    logits = np.full((22, 40), -20, np.float32)
    logits[5:10, x0:x1] = 20
    return Segment(logits, **{"score": 0.8, **changes})


def test_frames_come_back_in_order_and_few_are_in_flight(finishing: Finishing, writer: GatedWriter) -> None:
    out: list[int] = []
    writer.gate.clear()
    for number in range(1001, 1004):
        out += [item.frame for item in finishing.put(tracked(number))]
    assert out == []
    threading.Timer(0.1, writer.gate.set).start()
    started = time.monotonic()
    out += [item.frame for item in finishing.put(tracked(1004))]
    assert time.monotonic() - started > 0.05, "the fourth waits until the first is written"
    out += [item.frame for item in finishing.drain()]
    assert out == [1001, 1002, 1003, 1004]


def test_numbers_of_one_frame(finishing: Finishing) -> None:
    segments = {2: segment(20, 30, score=0.4), 1: segment(3, 9, score=1.7), 3: segment(0, 5, present=False, score=0.1)}
    assert list(finishing.put(tracked(1001, segments))) == []
    (done,) = finishing.drain()
    assert {number: (look.score, look.present, look.area) for number, look in done.looks.items()} == {
        1: (1.0, True, 30.0),
        2: (0.4, True, 50.0),
        3: (0.1, False, 0.0),
    }
    assert [(item.object, item.phrase, item.x0, item.y0, item.x1, item.y1) for item in done.objects] == [
        (1, "ball", -1.0, 3.0, 5.0, 8.0),
        (2, "", 16.0, 3.0, 26.0, 8.0),
    ]
    _, matte = read_exr(done.paths[0])
    assert matte.sum() == 80


def test_what_an_earlier_attempt_wrote_is_measured_and_not_written(finishing: Finishing, writer: GatedWriter) -> None:
    list(finishing.put(tracked(1050)))
    (done,) = finishing.drain()
    assert (done.new, done.looks[1].area, writer.begun) == (False, 30.0, [])
    assert done.paths == [writer.path(1050)]


def test_until_tells_of_frames_while_the_engine_works_and_ends_with_it(finishing: Finishing) -> None:
    engine: Future[None] = Future()
    list(finishing.put(tracked(1001)))
    list(finishing.put(tracked(1002)))
    waiting = finishing.until(engine)
    assert [next(waiting).frame, next(waiting).frame] == [1001, 1002], "although the engine is not done"
    threading.Timer(0.05, engine.set_result, (None,)).start()
    assert list(waiting) == []


def test_after_a_failure_the_good_frames_are_salvaged(finishing: Finishing, writer: GatedWriter) -> None:
    writer.fails = {1001, 1003}
    for number in (1001, 1002, 1003):
        list(finishing.put(tracked(number)))
    with pytest.raises(OSError, match="1001"):
        list(finishing.drain())
    assert [item.frame for item in finishing.salvage()] == [1002]


def test_closing_drops_what_has_not_begun(finishing: Finishing, writer: GatedWriter) -> None:
    writer.gate.clear()
    for number in (1001, 1002, 1003):
        list(finishing.put(tracked(number)))
    deadline = time.monotonic() + 2
    while len(writer.begun) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    threading.Timer(0.05, writer.gate.set).start()
    finishing.close()
    assert sorted(writer.begun) == [1001, 1002]
