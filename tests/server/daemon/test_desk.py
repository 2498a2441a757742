"""The desk's decisions: a real store, and a worker of which the test says what it reports and when it dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.deliver import CleanUp, Deliverable, ObjectName, Shape
from mattewire_protocol.errors import (
    BadField,
    DaemonStopping,
    JobIdTaken,
    NotKept,
    StoreUnwritable,
    UnknownJob,
    WorkerDied,
)
from mattewire_protocol.messages import Detection, EngineInfo, Error, Finish, FrameEvent, JobEvent, Released, Submit
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server import channel
from mattewire_server.daemon import desk as module
from mattewire_server.daemon.desk import Desk
from mattewire_server.daemon.watchers import Sent, Watchers
from mattewire_server.jobs.store import Store
from mattewire_server.settings import Settings

JOB, NEXT = "job-00001", "job-00002"
REQUEST = MatteRequest(Plate("/a.####.exr"), [Deliverable("/b.####.exr")], prompts=["x"])


class Worker:
    """The supervisor's part as the desk sees it; starting can be made to fail."""

    def __init__(self) -> None:
        self.generation = 0
        self.alive = False
        self.pid = 0
        self.orders: list[Any] = []
        self.killed = 0
        self.starts = 0
        self.refuses = False

    def start(self) -> None:
        if self.alive:
            return
        if self.refuses:
            raise OSError(11, "Resource temporarily unavailable")
        self.generation, self.pid, self.alive, self.starts = self.generation + 1, 4711, True, self.starts + 1

    def order(self, body: object) -> None:
        assert self.alive, "an order to nobody"
        self.orders.append(channel.unpack(channel.pack([body])).bodies[0])

    def kill(self) -> None:
        self.killed += 1

    def bury(self) -> int:
        self.alive, self.pid = False, 0
        return -9

    def end(self, grace: float = 5.0) -> None:
        self.alive = False


class Scene:
    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "jobs.sqlite3")
        self.worker = Worker()
        self.replies: list[tuple[bytes, str, Any]] = []
        self.now = 1000.0
        self.desk = self.new_desk(folder)

    def new_desk(self, folder: Path) -> Desk:
        watchers = Watchers(self.store, lambda peer, body: Sent.YES, 500, 60)
        return Desk(self.store, watchers, self.worker, Settings(home=folder, stop_grace_s=5.0), self.reply)  # type: ignore[arg-type]

    def reply(self, peer: bytes, identity: str, body: object, binary: tuple[bytes, ...] = ()) -> Sent:
        self.replies.append((peer, identity, body))
        return Sent.YES

    def report(self, *bodies: object, generation: int | None = None) -> None:
        self.desk.take(self.worker.generation if generation is None else generation, channel.pack(bodies))

    def die(self) -> None:
        self.desk.take(self.worker.generation, None)

    def ready(self) -> None:
        self.desk.tick()
        self.report(channel.Ready(4711, [EngineInfo("double")]))

    def run(self, job_id: str = JOB) -> None:
        self.desk.submit(Submit(job_id, REQUEST))
        self.desk.tick()
        self.report(JobEvent(job_id, 0, 1, "running", first=1, last=10, plate="the plate"))

    def state(self, job_id: str = JOB) -> str:
        return self.store.job(job_id).state


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    made = Scene(tmp_path)
    monkeypatch.setattr(module.time, "monotonic", lambda: made.now)
    yield made
    made.store.close()


def frame(number: int, attempt: int = 1, job_id: str = JOB) -> FrameEvent:
    return FrameEvent(job_id, 0, attempt, number, "done")


def test_a_job_runs_and_ends(scene: Scene) -> None:
    scene.ready()
    scene.run()
    assert scene.worker.orders == [channel.Run(JOB, 1, REQUEST)]
    assert (scene.desk.worker, scene.desk.running) == ("busy", JOB)
    scene.report(frame(1))
    scene.report(JobEvent(JOB, 0, 1, "done"))
    assert (scene.desk.worker, scene.desk.running, scene.desk.idle) == ("idle", "", True)
    assert [event.seq for event in scene.store.events_after(JOB, 0, 99)] == [1, 2, 3, 4, 5]


def test_a_job_that_went_down_to_draft_goes_on_at_draft(scene: Scene) -> None:
    scene.ready()
    scene.run()
    scene.report(JobEvent(JOB, 0, 1, "running", quality="final"))
    scene.report(frame(1))
    scene.report(JobEvent(JOB, 0, 1, "running", quality="draft"))
    scene.die()
    scene.ready()
    scene.desk.tick()
    # The frame of the quality that was given up may still lie on disk; it is not one of the job's any more.
    assert scene.worker.orders[-1] == channel.Run(JOB, 2, REQUEST, [], plate="the plate", quality="draft")
    assert scene.store.finished_frames(JOB) == []


def test_late_reports_of_an_earlier_attempt_or_worker_are_dropped(scene: Scene) -> None:
    scene.ready()
    scene.run()
    scene.report(frame(1))
    scene.die()
    scene.ready()
    scene.desk.tick()
    run = scene.worker.orders[-1]
    assert run == channel.Run(JOB, 2, REQUEST, [channel.Span(1, 1)], plate="the plate")
    before = scene.store.newest_seq(JOB)
    scene.report(frame(2, attempt=1))
    scene.report(JobEvent(JOB, 0, 1, "failed", error=Error("engine_failed", "late")))
    scene.report(frame(2, attempt=2), generation=1)
    scene.report(frame(2, job_id=NEXT))
    assert (scene.store.newest_seq(JOB), scene.state()) == (before, "running")
    scene.report(frame(2, attempt=2))
    assert scene.store.finished_frames(JOB) == [1, 2]


def test_deaths_without_a_new_frame_set_a_job_aside(scene: Scene) -> None:
    scene.ready()
    scene.run()
    scene.desk.submit(Submit(NEXT, REQUEST))
    for attempt in (1, 2, 3):
        if attempt == 2:
            scene.report(frame(1, attempt=2))  # progress: the count begins anew
        scene.die()
        assert scene.state() == "queued" or attempt == 4
        scene.ready()
        scene.desk.tick()
    scene.die()
    assert scene.state() == "set_aside"
    (last,) = scene.store.events_after(JOB, scene.store.newest_seq(JOB) - 1, 1)
    assert "SIGKILL" in last.error.message
    assert "3 times in a row" in last.error.message
    scene.ready()
    scene.desk.tick()
    assert channel.Tidy(JOB, REQUEST) in scene.worker.orders
    assert scene.worker.orders[-1] == channel.Run(NEXT, 1, REQUEST)


def test_a_cancel_halts_then_ends_by_force(scene: Scene) -> None:
    scene.ready()
    scene.run()
    assert scene.desk.cancel(JOB).state == "stopping"
    assert scene.desk.cancel(JOB).state == "stopping"
    assert scene.worker.orders.count(channel.Halt(JOB)) == 1
    scene.report(JobEvent(JOB, 0, 1, "running", first=1, last=10))
    assert scene.state() == "stopping", "what becomes known late does not start it again"
    scene.now += 6
    scene.desk.tick()
    scene.desk.tick()
    assert scene.worker.killed == 1
    scene.die()
    assert scene.state() == "canceled"
    assert scene.desk.cancel(JOB).state == "canceled"


def test_a_waiting_job_is_canceled_at_once(scene: Scene) -> None:
    scene.desk.submit(Submit(JOB, REQUEST))
    assert scene.desk.cancel(JOB).state == "canceled"
    scene.ready()
    scene.desk.tick()
    assert scene.worker.orders == []


def test_what_an_earlier_daemon_left_goes_on(scene: Scene, tmp_path: Path) -> None:
    scene.ready()
    scene.run()
    scene.report(frame(1))
    scene.desk.submit(Submit(NEXT, REQUEST))
    scene.store.append(JobEvent(NEXT, 0, 1, "running"))
    scene.store.append(JobEvent(NEXT, 0, 1, "stopping"))
    scene.new_desk(tmp_path)
    assert (scene.state(), scene.state(NEXT)) == ("queued", "canceled")


def test_a_worker_that_dies_at_once_is_started_less_and_less_often(scene: Scene) -> None:
    starts: list[float] = []
    for _ in range(1300):
        before = scene.worker.starts
        scene.desk.tick()
        if scene.worker.starts > before:
            starts.append(scene.now)
            scene.report(channel.Ready(4711))
            scene.die()
        scene.now += 0.1
    pauses = [round(later - earlier) for earlier, later in pairwise(starts)]
    assert pauses[:3] == [0, 1, 5]
    assert set(pauses[3:]) == {30}
    with pytest.raises(WorkerDied, match="does not start"):
        scene.desk.ask(b"panel", "id", channel.Unload)
    scene.now += 60
    scene.ready()
    scene.now += module.STEADY_S + 1
    scene.die()
    scene.desk.tick()
    assert scene.worker.alive, "one that lived long starts again at once"


def test_a_machine_that_cannot_start_a_worker(scene: Scene) -> None:
    scene.worker.refuses = True
    scene.desk.tick()
    with pytest.raises(WorkerDied):
        scene.desk.ask(b"panel", "id", channel.Unload)
    scene.worker.refuses = False
    scene.now += 1
    scene.ready()
    assert scene.desk.worker == "idle"


def test_answers_find_their_askers_and_a_death_answers_all(scene: Scene) -> None:
    scene.ready()
    scene.desk.ask(b"panel", "one", channel.Unload)
    scene.desk.ask(b"other", "two", channel.Unload)
    token = scene.worker.orders[0].token
    scene.report(channel.Answer(token), Released(5))
    scene.report(channel.Answer(token), Released(6))
    assert scene.replies == [(b"panel", "one", Released(5))]
    scene.die()
    peer, identity, error = scene.replies[-1]
    assert (peer, identity, error.code) == (b"other", "two", "worker_died")


def test_nonsense_ends_the_worker(scene: Scene) -> None:
    scene.ready()
    scene.desk.take(1, b"\xc1")
    assert scene.worker.killed == 1
    scene.die()
    scene.ready()
    scene.run()
    scene.report(JobEvent(JOB, 0, 1, "queued"))
    assert (scene.worker.killed, scene.state()) == (2, "running")
    scene.die()
    assert scene.state() == "queued"


@pytest.mark.parametrize("happening", ["frame", "death", "start"])
def test_a_store_that_cannot_be_written_loses_nothing(scene: Scene, happening: str) -> None:
    scene.ready()
    if happening == "start":
        scene.desk.submit(Submit(JOB, REQUEST))
    else:
        scene.run()
    connection = scene.store._database._connection
    connection.execute("PRAGMA query_only = ON")
    act: dict[str, Callable[[], None]] = {
        "frame": lambda: scene.report(frame(1)),
        "death": scene.die,
        "start": scene.desk.tick,
    }
    with pytest.raises(StoreUnwritable):
        act[happening]()
    if happening == "death":
        with pytest.raises(StoreUnwritable):
            scene.desk.tick()
    connection.execute("PRAGMA query_only = OFF")
    if happening == "frame":
        act["frame"]()
        assert scene.store.finished_frames(JOB) == [1]
    else:
        scene.desk.tick()
        assert scene.state() == ("queued" if happening == "death" else "running")
        assert scene.store.job(JOB).deaths == (happening == "death")


# --- finishing again -----------------------------------------------------------------------------------------

KEPT = "0123456789abcdef0123456789abcdef"
WIDER = Finish(NEXT, JOB, [Deliverable("/c.####.png", "png8")], clean_up=[CleanUp(dilate=2.0)])


def track(scene: Scene, kept: str = KEPT) -> None:
    """Job ``JOB``, tracked to its end."""
    scene.ready()
    scene.run()
    scene.report(JobEvent(JOB, 0, 1, "done", kept=kept, version=3, exposure=1.5, names=[ObjectName(1, "mug")]))


def test_a_finish_is_a_job_of_its_own_and_told_where_the_shot_is_kept(scene: Scene) -> None:
    track(scene)
    name, shape = ObjectName(1, "été"), Shape("holdout", path="/h.####.exr")
    order = replace(WIDER, names=[name], shapes=[shape], overwrite=True, priority=7, label="wider")
    accepted = scene.desk.finish(order)
    assert (accepted.job_id, accepted.state, accepted.repeated) == (NEXT, "queued", False)
    scene.desk.tick()
    made = replace(
        REQUEST,
        out=order.out,
        names=[name],
        clean_up=order.clean_up,
        shapes=[shape],
        overwrite=True,
        priority=7,
        label="wider",
        finish_of=JOB,
    )
    assert scene.worker.orders[-1] == channel.Run(NEXT, 1, made, kept=KEPT)
    assert scene.store.job(NEXT).request == made


def test_a_finish_keeps_the_name_of_its_job_unless_it_has_one(scene: Scene) -> None:
    scene.ready()
    scene.desk.submit(Submit(JOB, replace(REQUEST, label="hero")))
    scene.desk.tick()
    scene.report(JobEvent(JOB, 0, 1, "done", kept=KEPT))
    scene.desk.finish(WIDER)
    assert scene.store.job(NEXT).request.label == "hero"


def test_a_finish_sent_twice_is_harmless_and_another_one_is_refused(scene: Scene) -> None:
    track(scene)
    assert not scene.desk.finish(WIDER).repeated
    assert scene.desk.finish(WIDER).repeated
    with pytest.raises(JobIdTaken):
        scene.desk.finish(replace(WIDER, clean_up=[]))
    with pytest.raises(JobIdTaken):
        scene.desk.finish(replace(WIDER, job_id=JOB))
    with pytest.raises(JobIdTaken):
        scene.desk.submit(Submit(NEXT, REQUEST))
    scene.desk.tick()
    assert [order.job_id for order in scene.worker.orders if isinstance(order, channel.Run)] == [JOB, NEXT]


def test_of_a_shot_that_is_not_kept_nothing_is_finished(scene: Scene) -> None:
    with pytest.raises(UnknownJob):
        scene.desk.finish(WIDER)
    scene.ready()
    scene.run()
    with pytest.raises(NotKept, match=f"The shot of job {JOB} is not kept. It is running.") as caught:
        scene.desk.finish(WIDER)
    assert caught.value.field == "of"
    scene.report(JobEvent(JOB, 0, 1, "done"))
    with pytest.raises(NotKept, match="is not kept"):
        scene.desk.finish(WIDER)
    with pytest.raises(UnknownJob):
        scene.store.job(NEXT)


def test_a_finish_can_be_finished_again(scene: Scene) -> None:
    track(scene)
    scene.desk.finish(WIDER)
    scene.desk.tick()
    scene.report(JobEvent(NEXT, 0, 1, "done", kept=KEPT))
    third = replace(WIDER, job_id="job-00003", of=NEXT)
    scene.desk.finish(third)
    scene.desk.tick()
    run = scene.worker.orders[-1]
    assert (run.job_id, run.request.finish_of, run.kept) == ("job-00003", NEXT, KEPT)


def test_a_submit_is_no_way_in_to_a_finish(scene: Scene) -> None:
    track(scene)
    with pytest.raises(BadField, match="is not for submit") as caught:
        scene.desk.submit(Submit(NEXT, replace(REQUEST, finish_of=JOB)))
    assert (caught.value.field, caught.value.advice) == ("request.finish_of", "Send a finish message.")


def test_a_daemon_that_stops_takes_no_finish(scene: Scene) -> None:
    track(scene)
    scene.desk.accept_no_more()
    with pytest.raises(DaemonStopping):
        scene.desk.finish(WIDER)


def test_after_a_restart_the_worker_is_still_told_where_the_shot_is_kept(scene: Scene, tmp_path: Path) -> None:
    track(scene)
    scene.desk.finish(WIDER)
    scene.desk.tick()
    scene.report(JobEvent(NEXT, 0, 1, "running", first=1, last=10, plate="the plate", version=4))
    scene.report(frame(1, job_id=NEXT))
    scene.worker.alive = False
    scene.desk = scene.new_desk(tmp_path)
    scene.ready()
    scene.desk.tick()
    run = scene.worker.orders[-1]
    assert (run.job_id, run.attempt, run.kept, run.version) == (NEXT, 2, KEPT, 4)
    assert (run.finished, run.plate) == ([channel.Span(1, 1)], "the plate")


def test_a_finish_whose_worker_dies_goes_on_and_keeps_its_version(scene: Scene) -> None:
    track(scene)
    scene.desk.finish(WIDER)
    scene.desk.tick()
    scene.report(JobEvent(NEXT, 0, 1, "running", first=1, last=10, plate="the plate", version=2))
    scene.die()
    scene.ready()
    scene.desk.tick()
    run = scene.worker.orders[-1]
    assert (run.job_id, run.attempt, run.kept, run.version) == (NEXT, 2, KEPT, 2)


def test_an_event_too_large_for_a_message_is_told_without_its_list() -> None:
    many = [Detection(number, 0, 0, 1, 1, "é" * 512) for number in range(1, 1000)]
    event = FrameEvent(JOB, 0, 1, 1001, "done", objects=many)
    assert module.fitting(event) == frame(1001)
    assert module.fitting(frame(1001)) == frame(1001)
