"""The worker's loop in this process, over real pipes, with the real pipeline and a small engine."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest

from e2e.engine_double import Finder, Remembering, Tracker
from e2e.house import write_plate
from mattewire_protocol.deliver import Deliverable, Depth, Edges
from mattewire_protocol.errors import (
    BadField,
    EngineFailed,
    FrameMissing,
    OutOfMemory,
    UnknownEngine,
    WeightsMissing,
)
from mattewire_protocol.messages import Detected, FrameEvent, JobEvent, Released
from mattewire_protocol.request import MatteRequest, Plate, Search
from mattewire_server import channel, engines
from mattewire_server.durable import temporary_path
from mattewire_server.engines.seams import Engine
from mattewire_server.plates import open_plate
from mattewire_server.settings import Settings
from mattewire_server.worker import runner
from mattewire_server.worker.runner import Worker, as_error, remove_leftovers

JOB = "job-00001"


class Pipes:
    """A worker in a thread; ``say`` and ``hear`` are the daemon's side."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        orders_in, orders_out = os.pipe()
        reports_in, reports_out = os.pipe()
        self._orders: IO[bytes] = os.fdopen(orders_out, "wb")
        self._reports: IO[bytes] = os.fdopen(reports_in, "rb")
        source, sink = os.fdopen(orders_in, "rb"), os.fdopen(reports_out, "wb")
        self.worker = Worker(source, sink, Settings(home=folder, **settings))
        self._thread = threading.Thread(target=self._run, args=(source, sink))
        self._thread.start()

    def _run(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self.worker.run()
        sink.close()
        source.close()

    def say(self, body: object) -> None:
        channel.write_record(self._orders, channel.pack([body]))

    def hear(self) -> tuple[Any, ...]:
        raw = channel.read_record(self._reports)
        return channel.unpack(raw).bodies if raw is not None else ()

    def until(self, condition: Callable[[Any], bool]) -> list[Any]:
        heard: list[Any] = []
        while not heard or not condition(heard[-1][0]):
            bodies = self.hear()
            assert bodies, f"the worker ended after {heard}"
            heard.append(bodies)
        return [bodies[0] for bodies in heard]

    def close(self) -> list[Any]:
        self._orders.close()
        rest = []
        while bodies := self.hear():
            rest.append(bodies[0])
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()
        self._reports.close()
        return rest


def final(body: Any) -> bool:
    return isinstance(body, JobEvent) and body.state in ("done", "failed", "canceled")


class Held(Tracker):
    """A tracker that holds 7 bytes of a device until it is closed."""

    closed = 0

    def memory(self) -> int:
        return 7

    def close(self) -> None:
        Held.closed += 1


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Every engine that was made; their steps and finds do not write a journal."""
    made: list[tuple[str, Any]] = []

    def load(name: str, settings: Any, *, detector: str = "", segmenter: str = "") -> Engine:
        if name == "weightless":
            raise WeightsMissing("its weights are not on this machine.", advice="Run `mattewire weights pull it`.")
        if name != "double":
            raise UnknownEngine(f"{name!r} is not one of double.", field="engine")
        made.append((name, settings))
        return Engine("double", "Engine double", Finder(), Held())

    monkeypatch.setattr(Held, "closed", 0)
    monkeypatch.setattr("e2e.engine_double.note", lambda line: None)
    monkeypatch.setattr(engines, "load", load)
    monkeypatch.setattr(engines, "describe", list)
    monkeypatch.setattr(runner.signal, "signal", lambda number, handler: None)
    monkeypatch.setattr(runner.os, "_exit", lambda status: None)
    return made


@pytest.fixture
def pipes(tmp_path: Path, loads: list[Any]) -> Iterator[Pipes]:
    made = Pipes(tmp_path)
    assert isinstance(made.hear()[0], channel.Ready)
    memory = made.hear()[0]
    assert memory.memory_bytes > 10_000_000, "told before the first job"
    assert (memory.gpu_bytes, memory.engines_loaded) == (0, [])
    yield made
    if not made._orders.closed:
        made.close()


@pytest.fixture
def plate(tmp_path: Path) -> str:
    return write_plate(tmp_path / "plate", 1001, 1006)


def request(plate: str, out: Path, script: str = "it", **more: Any) -> MatteRequest:
    return MatteRequest(Plate(plate), [Deliverable(str(out / "m.####.exr"))], prompts=[script], engine="double", **more)


def test_a_job_from_order_to_end(pipes: Pipes, plate: str, tmp_path: Path) -> None:
    identity = open_plate(plate).info.identity
    pipes.say(channel.Run(JOB, 3, request(plate, tmp_path / "out"), [channel.Span(1001, 1002)], plate=identity))
    heard = pipes.until(lambda body: isinstance(body, channel.Memory))
    assert {event.attempt for event in heard[:-1]} == {3}
    assert [event.frame for event in heard if isinstance(event, FrameEvent)][-4:] == [1003, 1004, 1005, 1006]
    assert final(heard[-2])
    assert heard[-1].memory_bytes > 10_000_000
    assert (heard[-1].gpu_bytes, heard[-1].engines_loaded) == (7, ["double"])


def test_the_detectors_settings_reach_the_engine(pipes: Pipes, plate: str, tmp_path: Path, loads: list[Any]) -> None:
    wanted = request(plate, tmp_path / "out", detect_long_edge=1440, refine_below=0.5, box_threshold=0.2)
    pipes.say(channel.Run(JOB, 1, wanted))
    pipes.until(final)
    ((_, settings),) = loads
    assert settings == {
        "box_threshold": 0.2,
        "detect_long_edge": 1440,
        "max_objects": 16,
        "refine_below": 0.5,
        "text_threshold": None,
    }


def test_a_resumed_job_keeps_the_quality_it_went_down_to(pipes: Pipes, plate: str, tmp_path: Path) -> None:
    pipes.say(channel.Run(JOB, 2, request(plate, tmp_path / "out"), quality="draft"))
    events = pipes.until(final)
    assert {event.quality for event in events if isinstance(event, JobEvent)} == {"draft"}


def test_a_halt_ends_at_the_next_frame(pipes: Pipes, plate: str, tmp_path: Path) -> None:
    pipes.say(channel.Run(JOB, 1, request(plate, tmp_path / "out", "sleep=0.1")))
    pipes.until(lambda body: isinstance(body, FrameEvent))
    pipes.say(channel.Halt(JOB))
    heard = pipes.until(final)
    assert heard[-1].state == "canceled"
    assert not list((tmp_path / "out").glob(".*"))
    pipes.say(channel.Run("job-00002", 1, request(plate, tmp_path / "next")))
    assert pipes.until(final)[-1].state == "done", "a halt is for one job"


def test_a_look_comes_before_the_next_frame_and_keeps_the_jobs_engine(
    pipes: Pipes, plate: str, tmp_path: Path, loads: list[Any]
) -> None:
    pipes.say(channel.Run(JOB, 1, request(plate, tmp_path / "out", "sleep=0.2")))
    pipes.until(lambda body: isinstance(body, FrameEvent))
    pipes.say(channel.Look("same", Search(Plate(plate), 1004, ["it"], engine="double")))
    pipes.say(channel.Look("other", Search(Plate(plate), 1004, ["it"], engine="double", max_objects=3)))
    pipes.say(channel.Look("none", Search(Plate(plate), 1004, ["it"], engine="sam9")))
    pipes.say(channel.Unload("unload"))
    answered: dict[str, Any] = {}
    frames = 0
    while len(answered) < 4:
        bodies = pipes.hear()
        frames += isinstance(bodies[0], FrameEvent)
        if isinstance(bodies[0], channel.Answer | channel.Refusal):
            answered[bodies[0].token] = bodies[-1]
    assert frames <= 2
    assert isinstance(answered["same"], Detected)
    assert isinstance(answered["other"], Detected)
    assert answered["none"].error.code == "unknown_engine"
    assert answered["unload"] == Released(7, busy=True), "the job's own stay, and it says so"
    assert (len(loads), Held.closed) == (2, 1), "the other look's models are let go"
    pipes.until(final)
    pipes.say(channel.Run("job-00002", 1, request(plate, tmp_path / "next")))
    pipes.until(final)
    assert len(loads) == 2, "the job's engine was never let go"
    pipes.say(channel.Unload("again"))
    pipes.until(lambda body: body == channel.Answer("again"))
    assert Held.closed == 2
    pipes.say(channel.Run("job-00003", 1, request(plate, tmp_path / "third")))
    pipes.until(final)
    assert len(loads) == 3


@pytest.mark.parametrize(
    ("problem", "code", "message"),
    [
        (MemoryError(), "out_of_memory", "The worker ran out of main memory."),
        (RuntimeError("bad \udcff name"), "engine_failed", "RuntimeError: bad ? name."),
        (SystemExit(3), "engine_failed", "SystemExit: 3."),
        (FrameMissing("Frame 1003 of /p/\udce9.####.exr is missing."), "frame_missing", "Frame 1003 of /p/?.####.exr"),
    ],
)
def test_a_failure_ends_the_job_and_not_the_worker(
    pipes: Pipes,
    plate: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    problem: BaseException,
    code: str,
    message: str,
) -> None:
    def fail(self: Remembering, picture: Any, hints: Any = ()) -> Any:
        raise problem

    with monkeypatch.context() as patch:
        patch.setattr(Remembering, "step", fail)
        pipes.say(channel.Run(JOB, 1, request(plate, tmp_path / "out")))
        last = pipes.until(final)[-1]
    assert (last.state, last.error.code) == ("failed", code)
    assert message in last.error.message
    pipes.say(channel.Run("job-00002", 1, request(plate, tmp_path / "next")))
    assert pipes.until(final)[-1].state == "done"


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"edges": Edges("matting", "weightless")}, "edges.matting", "weights_missing"),
        ({"edges": Edges("matting", "nobody")}, "edges.matting", "unknown_engine"),
        ({"edges": Edges("matting")}, "edges.matting", "unknown_engine"),
        ({"edges": Edges("matting", "double")}, "edges.matting", "bad_field"),
        ({"depth": Depth("weightless", holdout=True)}, "depth.engine", "weights_missing"),
        ({"depth": Depth("nobody", holdout=True)}, "depth.engine", "unknown_engine"),
        ({"depth": Depth("double", holdout=True)}, "depth.engine", "unknown_engine"),
    ],
)
def test_a_model_that_cannot_be_had_ends_the_job_before_anything_runs(
    pipes: Pipes, plate: str, tmp_path: Path, asked: dict[str, Any], field: str, code: str
) -> None:
    """The message names the choice that asked for it, and the advice the way out."""
    pipes.say(channel.Run(JOB, 1, request(plate, tmp_path / "out", **asked)))
    told = pipes.until(final)
    assert [body.state for body in told if isinstance(body, JobEvent)] == ["failed"]
    assert not [body for body in told if isinstance(body, FrameEvent)]
    assert (told[-1].error.field, told[-1].error.code) == (field, code)
    assert told[-1].error.advice
    assert not (tmp_path / "out").exists()


def test_models_that_nobody_used_for_a_while_are_unloaded(
    tmp_path: Path, plate: str, loads: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    pipes = Pipes(tmp_path, idle_s=0.5)
    try:
        pipes.until(lambda body: isinstance(body, channel.Memory))
        pipes.say(channel.Run(JOB, 1, request(plate, tmp_path / "out", "sleep=0.2")))
        pipes.until(final)
        assert Held.closed == 0, "a job that takes longer than the limit is not idleness"
        after_job, idle = (pipes.until(lambda body: isinstance(body, channel.Memory))[-1] for _ in range(2))
        assert after_job.engines_loaded == ["double"]
        assert (idle.gpu_bytes, idle.engines_loaded, Held.closed) == (0, [], 1)
        pipes.say(channel.Look("token", Search(Plate(plate), 1001, ["it"], engine="double")))
        pipes.until(lambda body: body == channel.Answer("token"))
        assert len(loads) == 2, "the next asker loads them again"
        pipes.until(lambda body: isinstance(body, channel.Memory) and not body.engines_loaded)
        assert Held.closed == 2
    finally:
        assert not [body for body in pipes.close() if isinstance(body, channel.Memory)], "nothing left to unload"


def test_a_closed_pipe_stops_the_job_without_calling_it_canceled(pipes: Pipes, plate: str, tmp_path: Path) -> None:
    pipes.say(channel.Run(JOB, 1, request(plate, tmp_path / "out", "sleep=0.1")))
    pipes.until(lambda body: isinstance(body, FrameEvent))
    begun = time.monotonic()
    rest = pipes.close()
    assert time.monotonic() - begun < 2
    assert not [body for body in rest if final(body)], "the next daemon lets it go on"


def test_orders_that_cannot_be_read_end_the_worker(pipes: Pipes) -> None:
    channel.write_record(pipes._orders, b"\xc1")
    assert pipes.close() == []


def test_leftovers_of_this_job_alone_are_removed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    wanted = request("/p/a.####.exr", out)
    mine = [
        temporary_path(str(out / "m.1001.exr"), JOB, "m.####.exr"),
        temporary_path(str(out / "m.mattewire.json"), JOB),
        temporary_path(str(out / "m.boxes.json"), JOB),
        temporary_path(str(out / "probe"), JOB),
    ]
    theirs = [temporary_path(str(out / "m.1001.exr"), "job-00002", "m.####.exr"), str(out / "m.1001.exr")]
    for path in (*mine, *theirs):
        Path(path).touch()
    remove_leftovers(wanted, JOB)
    assert sorted(map(str, out.iterdir())) == sorted(theirs)
    remove_leftovers(request("/p/a.####.exr", tmp_path / "never made"), JOB)


def test_leftovers_are_found_wherever_tokens_may_have_led(tmp_path: Path) -> None:
    """Which objects, version and view there were died with the worker; whose files they are is in their names."""
    out = [
        Deliverable(f"{tmp_path}/[wip]/{{shot}}_{{version}}/{{object}}.####.exr"),
        Deliverable(f"{tmp_path}/cut_{{version}}.mov", "prores4444"),
    ]
    wanted = replace(request("/p/a.####.exr", tmp_path), out=out)
    folders = [tmp_path, tmp_path / "[wip]" / "a_v001", tmp_path / "[wip]" / "a_v002"]
    elsewhere = tmp_path / "w" / "a_v001"
    mine, theirs = [], []
    for folder in (*folders, elsewhere):
        folder.mkdir(parents=True, exist_ok=True)
        left = Path(temporary_path(str(folder / "mug.1001.exr"), JOB, "mug.####.exr"))
        (theirs if folder == elsewhere else mine).append(left)
        theirs.append(Path(temporary_path(str(folder / "cut_v001.mov"), "job-00002")))
    for path in (*mine, *theirs):
        path.touch()
    remove_leftovers(wanted, JOB)
    assert [path.name for path in mine if path.exists()] == []
    assert all(path.exists() for path in theirs), "a bracket in a folder's name is a bracket"


def test_errors_keep_what_they_say() -> None:
    kept = as_error(BadField("is wrong.", field="request.pick", advice="Pick one."))
    assert (type(kept), kept.field, kept.advice) == (BadField, "request.pick", "Pick one.")
    assert isinstance(as_error(MemoryError()), OutOfMemory)
    long = as_error(ValueError("x" * 10**6))
    assert isinstance(long, EngineFailed)
    assert len(long.message) <= runner.MESSAGE_LENGTH + 1
