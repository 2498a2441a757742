"""Finishing: order, numbers, bounded depth, and what is left after a failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mattewire_protocol.deliver import CleanUp, Deliverable
from mattewire_protocol.errors import EngineFailed
from mattewire_server.engines.seams import Segment
from mattewire_server.mattes import FrameMattes, MatteWriter
from mattewire_server.plates.model import PlateInfo, Window
from mattewire_server.shots.cleaning import Cleaning
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


# --- steadied over time ------------------------------------------------------------------------------------------


def steadied(writer: GatedWriter, first: int, last: int, temporal: int) -> Finishing:
    cleaning = Cleaning([CleanUp(temporal=temporal)])
    return Finishing(Wanted([writer], CANVAS, {1: "ball"}, cleaning=cleaning), first, last, threads=2)


def through(finishing: Finishing, order: Iterable[int]) -> list[tuple[int, list[int]]]:
    """What came back after each frame that was put, and at the end (0)."""
    try:
        back = [(number, [one.frame for one in finishing.put(tracked(number))]) for number in order]
        back += [(0, [one.frame]) for one in finishing.drain()]
    finally:
        finishing.close()
    assert not finishing._arrived, "nothing is held once the shot is through"
    return back


def order_of(back: list[tuple[int, list[int]]]) -> list[int]:
    return [frame for _, frames in back for frame in frames]


@pytest.mark.parametrize("temporal", [1, 2, 5])
@pytest.mark.parametrize("first", [1001, 1015, 1020, 1021, 1023])
def test_frames_put_in_order_come_back_in_order(writer: GatedWriter, first: int, temporal: int) -> None:
    """The last few are ready at once. 1024 is where numbers in a set change their order."""
    last = first + 8
    assert order_of(through(steadied(writer, first, last, temporal), range(first, last + 1))) == [
        *range(first, last + 1)
    ]


@pytest.mark.parametrize("first", [1020, 1022, 1023, 1024])
def test_a_shot_shorter_than_its_steadying_comes_back_in_order_too(writer: GatedWriter, first: int) -> None:
    assert order_of(through(steadied(writer, first, first + 2, 5), range(first, first + 3))) == [
        *range(first, first + 3)
    ]
    assert order_of(through(steadied(writer, first, first, 5), [first])) == [first]


def test_a_frame_waits_for_those_around_it(writer: GatedWriter) -> None:
    """Forward from 1005, then backward: what is near the keyframe waits for the other side of it."""
    order = [*range(1005, 1010), *range(1004, 1000, -1)]
    finishing = steadied(writer, 1001, 1009, 2)
    begun: dict[int, list[int]] = {}
    try:
        for number in order:
            before = set(finishing._begun)
            list(finishing.put(tracked(number)))
            begun[number] = sorted(finishing._begun - before)
        list(finishing.drain())
    finally:
        finishing.close()
    assert begun == {
        1005: [],
        1006: [],
        1007: [],
        1008: [],
        1009: [1007, 1008, 1009],
        1004: [1006],
        1003: [1005],
        1002: [1004],
        1001: [1001, 1002, 1003],
    }
    assert sorted(writer.begun) == list(range(1001, 1010)), "each is written once"


def test_a_long_shot_holds_few_frames(writer: GatedWriter) -> None:
    finishing = steadied(writer, 1001, 1060, 3)
    most = 0
    try:
        for number in [*range(1030, 1061), *range(1029, 1000, -1)]:
            list(finishing.put(tracked(number)))
            most = max(most, len(finishing._arrived))
    finally:
        finishing.close()
    assert most <= 4 * 3, "those at the keyframe, and those around the front"


def test_a_frame_brings_the_looks_of_those_that_come_back_later(writer: GatedWriter) -> None:
    """Else a flag such as "found again" would depend on the clean-up."""
    finishing = steadied(writer, 1001, 1005, 1)
    try:
        for number in (1003, 1004, 1005):
            list(finishing.put(tracked(number, {1: segment(3, 9, present=number != 1003)})))
        first = next(iter(finishing.drain()))
    finally:
        finishing.close()
    assert first.frame == 1004
    assert {frame: looks[1].present for frame, looks in first.near.items()} == {1003: False, 1005: True}


def test_a_failure_beside_a_frame_is_told_and_the_others_are_salvaged(writer: GatedWriter) -> None:
    finishing = steadied(writer, 1001, 1009, 1)

    def whole_shot() -> None:
        for number in range(1001, 1010):
            list(finishing.put(tracked(number, {1: segment(3, 9, score=np.nan if number == 1005 else 0.5)})))
        list(finishing.drain())

    try:
        with pytest.raises(EngineFailed, match=r"Frame 1005: .*NaN"):
            whole_shot()
        left = [item.frame for item in finishing.salvage()]
    finally:
        finishing.close()
    assert {1004, 1005, 1006}.isdisjoint(writer.begun)
    assert set(left) <= {1007, 1008, 1009}


def test_an_empty_matte_of_a_subject_in_sight_is_told(writer: GatedWriter) -> None:
    eroded = Wanted([writer], CANVAS, {}, cleaning=Cleaning([CleanUp(dilate=-20)]))
    for segments, empty in (({1: segment(3, 9)}, True), ({1: segment(3, 9, present=False)}, False), ({}, False)):
        finishing = Finishing(eroded, 1001, 1001, threads=1)
        try:
            list(finishing.put(tracked(1001, segments)))
            (done,) = finishing.drain()
        finally:
            finishing.close()
        assert done.empty == empty
