"""One job's events folded into what is kept of it: outputs, ends, and when it is to be placed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mattewire_panel.frames import FrameMap
from mattewire_panel.tickets import Ticket
from mattewire_protocol import Deliverable, JobView, MatteRequest, ObjectName, Plate
from mattewire_protocol.errors import NotKept, UnknownJob
from mattewire_protocol.messages import Error, FrameEvent, JobEvent
from mattewire_resolve.clips import Clip
from mattewire_resolve.placing import Kind
from mattewire_resolve.records import Record
from mattewire_resolve.work import Work

OUT = "/m/ball_v003/ball_v003.####.exr"


@pytest.fixture
def work() -> Work:
    request = MatteRequest(Plate("/p/a.%04d.exr"), [Deliverable("/m/{shot}.####.exr")], 1001, 1004, prompts=["ball"])
    frames = FrameMap(86400, 86403, 1001 - 86400)
    clip = Clip("one", "a", 1, 86400, 86403, "/p/a.%04d.exr", True, 1001, 1004, frames, Fraction(24), Fraction(24))
    record = Record(Ticket("job", request, frames, [], "job"), (clip,), Kind.CUT_OUT, "timeline")
    return Work(record, JobView("job"), "Mask subject")


def tell(work: Work, event: object) -> None:
    assert work.view.apply(event)
    work.take(event)


def frame(work: Work, number: int, state: str = "done") -> None:
    path = OUT.replace("####", str(number))
    tell(work, FrameEvent("job", work.view.seq + 1, 1, number, state, paths=[path]))


def job(work: Work, state: str, **more: object) -> None:
    tell(work, JobEvent("job", work.view.seq + 1, 1, state, 1001, 1004, **more))  # type: ignore[arg-type]


def test_a_job_that_is_done_is_to_be_placed_once(work: Work) -> None:
    job(work, "running")
    assert (work.ended, work.to_place, work.record.has_mattes) == (False, False, False)
    frame(work, 1001)
    assert work.record.ticket.outputs == [OUT]
    outputs = [OUT, "/m/ball_v003/ball.mattewire.json"]
    job(work, "done", outputs=outputs, version=3, names=[ObjectName(2, "mug"), ObjectName(1, "ball")])
    assert (work.ended, work.to_place, work.error) == (True, True, None)
    record = work.record
    assert (record.state, record.first, record.last, record.version) == ("done", 1001, 1004, 3)
    assert (record.names, record.ticket.outputs) == (("ball", "mug"), [OUT])
    work.placed = True
    assert not work.to_place


def test_a_stopped_job_keeps_what_it_has_and_waits_for_the_artist(work: Work) -> None:
    job(work, "running")
    frame(work, 1001, "flagged")
    job(work, "canceled")
    assert (work.ended, work.to_place, work.record.has_mattes) == (True, False, True)
    assert (work.record.state, work.record.ticket.outputs) == ("canceled", [OUT])


def test_stopped_before_its_first_frame_there_is_nothing(work: Work) -> None:
    job(work, "running")
    job(work, "canceled")
    assert not work.record.has_mattes
    assert work.error is None


def test_a_failed_job_says_why(work: Work) -> None:
    job(work, "failed", error=Error("out_of_memory", "The GPU is full.", advice="Close other applications."))
    assert not work.to_place
    assert work.error is not None
    assert (work.error.code, work.error.message) == ("out_of_memory", "The GPU is full.")
    assert work.record.state == "failed"


@pytest.mark.parametrize(("error", "gone"), [(NotKept("n"), True), (UnknownJob("u"), True), (None, False)])
def test_refused(work: Work, error: NotKept | None, gone: bool) -> None:
    work.answered(None, error)
    assert (work.ended, work.is_gone, work.error) == (error is not None, gone, error)
    assert not work.to_place
