"""The JavaScript client against the real daemon, encrypted, under both Nodes."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import zmq

from e2e.house import House, write_plate
from hosts.aftereffects.client_rig import NODES, Program
from mattewire_protocol.connection import Connection, read_connection, write_connection

both_nodes = pytest.mark.parametrize("find_node", NODES)
cep_node_alone = pytest.mark.parametrize("find_node", NODES[1:])
Find = Callable[[], str]
_ids = itertools.count(1)


@pytest.fixture(scope="module")
def long_lived_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A daemon for the tests that leave it running."""
    made = House(tmp_path_factory.mktemp("house"), MATTEWIRE_STOP_GRACE_S="0.2")
    try:
        yield made.start()
    finally:
        made.end()


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[House]:
    """A daemon that the test may stop, kill and start again."""
    made = House(tmp_path, MATTEWIRE_STOP_GRACE_S="0.2")
    try:
        yield made.start()
    finally:
        made.end()


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_plate(tmp_path_factory.mktemp("plate"))


def started(node: str, home: Path, options: str = "{}") -> Program:
    return Program(node, "client_program.mjs", options, MATTEWIRE_HOME=str(home))


def ask(program: Program, what: str, *words: Any) -> Any:
    """The result of an order, or the error it came to; what is said in between is let go."""
    return heard_until_answer(program, what, *words)[-1]


def heard_until_answer(program: Program, what: str, *words: Any) -> list[Any]:
    number = next(_ids)
    program.tell({"id": number, "do": what, "with": words})
    heard = program.hear_until(id=number)
    return [*heard[:-1], heard[-1].get("result") if "error" not in heard[-1] else heard[-1]["error"]]


def wanted(plate: str, out: Path, script: str = "subject", **changes: Any) -> dict[str, Any]:
    made = {"plate": {"path": plate}, "out": [{"path": str(out / "matte.####.exr")}], "prompts": [script]}
    return {**made, "engine": "double", "reuse": False, **changes}


def frames_in(out: Path) -> list[int]:
    return sorted(int(path.name.split(".")[1]) for path in out.glob("matte.*.exr"))


@both_nodes
def test_hello_submit_and_progress(find_node: Find, long_lived_house: House, plate: str, tmp_path: Path) -> None:
    with started(find_node(), long_lived_house.home) as program:
        welcome = ask(program, "hello")
        assert welcome["protocol"] == 1
        assert "double" in [engine["name"] for engine in welcome["engines"]]
        job_id = f"job-{next(_ids):08d}"
        accepted = ask(program, "submit", wanted(plate, tmp_path), job_id)
        assert (accepted["job_id"], accepted["repeated"]) == (job_id, False)
        events = program.hear_until(ended=True)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert [event["event"] for event in events].count("frame") == 12
        assert events[-1]["line"] == "12 frames finished."
        assert frames_in(tmp_path) == list(range(1001, 1013))
        assert ask(program, "submit", wanted(plate, tmp_path), job_id)["repeated"] is True
        assert ask(program, "jobs", 1)[0]["job_id"] == job_id
        assert ask(program, "status")["pid"] == long_lived_house.process.pid  # type: ignore[union-attr]
        assert ask(program, "release") == {"gpu_bytes": 0, "busy": False}


@cep_node_alone
def test_a_job_is_finished_again(find_node: Find, long_lived_house: House, plate: str, tmp_path: Path) -> None:
    with started(find_node(), long_lived_house.home) as program:
        first, second = f"job-{next(_ids):08d}", f"job-{next(_ids):08d}"
        ask(program, "submit", wanted(plate, tmp_path / "one"), first)
        program.hear_until(ended=True)
        out = [{"path": str(tmp_path / "two" / "matte.####.png"), "format": "png8"}]
        assert ask(program, "finish", {"job_id": second, "of": first, "out": out})["job_id"] == second
        assert program.hear_until(ended=True)[-1]["state"] == "done"
        assert len(list((tmp_path / "two").glob("matte.*.png"))) == 12
        refused = ask(program, "finish", {"job_id": "job-unknown1", "of": "job-unknown2", "out": out})
        assert refused["code"] in ("unknown_job", "not_kept")


@cep_node_alone
def test_what_is_refused_is_told_as_it_is(find_node: Find, long_lived_house: House, plate: str, tmp_path: Path) -> None:
    with started(find_node(), long_lived_house.home) as program:
        ask(program, "hello")
        mistaken = wanted(plate, tmp_path, boxes=[{"frame": 1001, "x0": 5, "y0": 5, "x1": 5, "y1": 9}])
        assert ask(program, "submit", mistaken)["field"] == "request.boxes[0].x1"
        misspelt = ask(program, "submit", {**wanted(plate, tmp_path), "promts": []})
        assert (misspelt["code"], misspelt["field"]) == ("bad_field", "request.promts")
        job_id = f"job-{next(_ids):08d}"
        ask(program, "submit", wanted(plate, tmp_path, engine="nonesuch"), job_id)
        assert program.hear_until(ended=True)[-1]["state"] == "failed"
        assert ask(program, "view", job_id)["error"]["code"] == "unknown_engine"
        assert ask(program, "follow", "job-nowhere1")["code"] == "unknown_job"
        assert ask(program, "view", "job-nowhere1") is None, "what was refused leaves no view"
        assert ask(program, "ping") is None, "the line is as it was"


@both_nodes
def test_cancel_keeps_what_is_finished(find_node: Find, long_lived_house: House, plate: str, tmp_path: Path) -> None:
    with started(find_node(), long_lived_house.home) as program:
        job_id = f"job-{next(_ids):08d}"
        ask(program, "submit", wanted(plate, tmp_path, "subject sleep=0.1"), job_id)
        program.hear_until(event="frame")
        assert ask(program, "cancel", job_id)["state"] == "stopping"
        last = program.hear_until(ended=True)[-1]
        assert last["state"] == "canceled"
        assert 0 < len(frames_in(tmp_path)) < 12
        assert last["line"] == f"Stopped. {last['done']} of 12 frames are finished and kept."


@cep_node_alone
def test_forgotten_jobs_are_heard_no_more(find_node: Find, long_lived_house: House, plate: str, tmp_path: Path) -> None:
    with started(find_node(), long_lived_house.home) as program:
        job_id = f"job-{next(_ids):08d}"
        ask(program, "submit", wanted(plate, tmp_path, "subject sleep=0.05"), job_id)
        program.hear_until(event="frame")
        ask(program, "forget", job_id)
        assert ask(program, "view", job_id) is None
        heard = heard_until_answer(program, "pings", 200)
        assert [word for word in heard[:-1] if "event" in word] == []
        ask(program, "follow", job_id)
        assert program.hear_until(ended=True)[-1]["state"] == "done", "it went on"


@both_nodes
def test_detect_brings_a_preview_near_a_megabyte(find_node: Find, long_lived_house: House, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (900, 1600, 3)).astype(np.uint8)
    cv2.circle(noise, (800, 450), 150, (20, 20, 230), -1)
    assert cv2.imwrite(str(tmp_path / "plate.1001.png"), noise)
    search = {"plate": {"path": str(tmp_path / "plate.####.png")}, "frame": 1001, "prompts": ["red ball"]}
    with started(find_node(), long_lived_house.home) as program:
        ask(program, "detect", {**search, "preview_edge": 64})  # the worker has started
        look = ask(program, "detect", {**search, "preview_edge": 1600})
        assert look["markers"] == [0xFF, 0xD8, 0xFF, 0xD9], "a whole JPEG"
        assert 500_000 < look["bytes"] <= 1_000_000
        assert (look["detected"]["width"], look["detected"]["height"]) == (1600, 900)
        assert look["detected"]["preview"] == "image/jpeg"
        assert look["ms"] < 10_000, "the detection of a full frame included"
        assert ask(program, "detect", {**search, "preview_edge": 0})["bytes"] == 0


@both_nodes
def test_a_job_is_followed_through_a_killed_daemon(
    find_node: Find, own_house: House, plate: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with started(find_node(), own_house.home) as program:
        job_id = f"job-{next(_ids):08d}"
        heard = heard_until_answer(program, "submit", wanted(plate, out, "subject sleep=0.1"), job_id)
        heard += program.hear_until(event="frame")
        *said, report = heard_until_answer(program, "status")
        own_house.kill()
        os.kill(report["worker_pid"], signal.SIGKILL)
        heard += said + program.hear_until(line="away")
        own_house.start()
        heard += program.hear_until(line="on")
        heard += program.hear_until(ended=True)
        view = ask(program, "view", job_id)
        followed = [word["seq"] for word in heard if word and "event" in word]
        assert followed == list(range(1, view["seq"] + 1)), "none lost, none twice"
        assert [word["event"] for word in heard if word and "event" in word].count("job") > 3, "it was interrupted"
        assert view["state"] == "done"
        assert view["strip"] == [{"first": 1001, "last": 1012, "state": "done"}]
        assert frames_in(out) == list(range(1001, 1013))


@cep_node_alone
def test_a_job_that_the_daemon_lost_is_told(find_node: Find, own_house: House, plate: str, tmp_path: Path) -> None:
    with started(find_node(), own_house.home) as program:
        job_id = f"job-{next(_ids):08d}"
        ask(program, "submit", wanted(plate, tmp_path / "out", "subject sleep=0.3"), job_id)
        worker = ask(program, "status")["worker_pid"]
        own_house.kill()
        os.kill(worker, signal.SIGKILL)
        program.hear_until(line="away")
        for kept in own_house.home.glob("jobs*"):
            kept.unlink()
        own_house.start()
        lost = program.hear_until(ended=True)[-1]
        assert lost["state"] == "failed"
        assert ask(program, "view", job_id)["error"]["code"] == "unknown_job"


@cep_node_alone
def test_questions_under_way_end_with_the_daemon(find_node: Find, own_house: House, plate: str) -> None:
    with started(find_node(), own_house.home) as program:
        ask(program, "hello")
        search = {"plate": {"path": plate}, "frame": 1001, "prompts": ["subject find=20"], "engine": "double"}
        number = next(_ids)
        program.tell({"id": number, "do": "detect", "with": [search]})
        worker = ask(program, "status")["worker_pid"]
        own_house.kill()
        os.kill(worker, signal.SIGKILL)
        assert program.hear_until(id=number)[-1]["error"]["code"] == "daemon_unreachable"


@cep_node_alone
def test_a_daemon_that_is_asked_to_stop(find_node: Find, own_house: House) -> None:
    with started(find_node(), own_house.home) as program:
        ask(program, "hello")
        heard = heard_until_answer(program, "stop", "now")
        assert heard[-1] is None
        away = program.hear_until(line="away")[-1]
        assert away["problem"] == "daemon_unreachable"
        assert own_house.process is not None
        assert own_house.process.wait(timeout=10) == 0


@cep_node_alone
def test_no_daemon_is_told_at_once(find_node: Find, tmp_path: Path) -> None:
    with started(find_node(), tmp_path) as program:
        began = time.monotonic()
        problem = ask(program, "hello")
        assert problem["code"] == "daemon_unreachable"
        assert str(tmp_path / "connection.json") in problem["message"]
        assert time.monotonic() - began < 5


@both_nodes
@pytest.mark.parametrize("wrong", ["client", "server"])
def test_a_wrong_key_is_refused_and_said(find_node: Find, long_lived_house: House, tmp_path: Path, wrong: str) -> None:
    """Neither silence nor trying for ever: ZeroMQ itself would tell nobody."""
    right = read_connection(long_lived_house.home / "connection.json")
    public, secret = (key.decode() for key in zmq.curve_keypair())
    server = right.server_key if wrong == "client" else public
    pair = (public, secret) if wrong == "client" else (right.client_public_key, right.client_secret_key)
    write_connection(Connection(1, right.address, server, *pair, right.pid), tmp_path / "connection.json")
    with started(find_node(), tmp_path) as program:
        problem = ask(program, "hello")
        assert problem["code"] == "not_authorized"
        assert right.address in problem["message"]
        assert "new connection file" in problem["advice"]
        assert not problem["retryable"]
        # The right file comes, as after a restart of the daemon: the next question meets it.
        write_connection(right, tmp_path / "connection.json")
        assert ask(program, "hello")["pid"] == right.pid


@cep_node_alone
def test_it_starts_the_daemon_itself(find_node: Find, tmp_path: Path) -> None:
    home = tmp_path / "home"
    variables = {"MATTEWIRE_HOME": str(home), "MATTEWIRE_PYTHON": sys.executable}
    with Program(find_node(), "client_program.mjs", '{"start": true}', **variables) as program:
        pid = ask(program, "hello")["pid"]
        try:
            assert read_connection(home / "connection.json").pid == pid
            assert ask(program, "stop", "now") is None
            House.wait_for(lambda: not (home / "connection.json").exists())
        except BaseException:
            os.kill(pid, signal.SIGTERM)  # it is nobody's child
            raise


@cep_node_alone
def test_a_python_without_the_server_is_named(find_node: Find, tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\necho "/usr/bin/python: No module named mattewire_server" >&2\nexit 1\n')
    fake.chmod(0o755)
    with Program(
        find_node(), "client_program.mjs", '{"start": true}', MATTEWIRE_HOME=str(tmp_path), MATTEWIRE_PYTHON=str(fake)
    ) as program:
        problem = ask(program, "hello")
        assert problem["code"] == "install_incomplete"
        assert str(fake) in problem["advice"]
