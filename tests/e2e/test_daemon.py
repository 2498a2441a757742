"""The daemon as clients meet it: queue, cancel, looks, one per user, start and stop, strangers at the door."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import zmq

from e2e.house import House, content, finish, frames_in, request, submit, wait_until
from mattewire_protocol import Client, Search, codec, messages
from mattewire_protocol.connection import read_connection
from mattewire_protocol.errors import ConnectionFailed, DaemonUnreachable, JobIdTaken, NotAuthorized, UnknownJob
from mattewire_protocol.request import Plate
from mattewire_server.durable import temporary_path

HEAVY = ("torch", "numpy", "cv2", "OpenImageIO", "OpenEXR", "av", "transformers")


def stepping(house: House, frame: int) -> bool:
    return bool(house.journal) and house.journal[-1] == f"step {frame}"


def test_a_cancel_is_answered_while_the_engine_works(house: House, plate: str, tmp_path: Path) -> None:
    answered: list[float] = []
    with house.client() as client:
        for run in range(4):
            job_id = submit(client, request(plate, tmp_path / f"out{run}", "sleep=5"))
            house.wait_for(lambda run=run: house.journal.count("step 1001") > run)
            for _ in range(5):  # the first stops it; those after it find the engine in the same step
                started = time.monotonic()
                state = client.cancel(job_id).state
                answered.append(time.monotonic() - started)
                assert state == "stopping"
            assert wait_until(client, job_id, lambda view: view.ended).state == "canceled"
            assert content(tmp_path / f"out{run}") == {}
    assert statistics.median(answered) < 0.1, answered


def test_a_canceled_job_keeps_its_finished_frames_and_leaves_no_partial_file(
    cold_house: House, plate: str, tmp_path: Path
) -> None:
    cold_house.start()
    with cold_house.client() as client:
        job_id = submit(client, request(plate, tmp_path / "out", "sleep=0.15"))
        wait_until(client, job_id, lambda view: view.done >= 3)
        assert client.cancel(job_id).state == "stopping"
        assert client.cancel(job_id).state in ("stopping", "canceled")
        view = finish(client, job_id)
        assert view.state == "canceled"
        assert 3 <= view.done < 12
        assert sorted(view.frames) == frames_in(content(tmp_path / "out"))
        assert all(name.startswith("matte.") and name.endswith(".exr") for name in content(tmp_path / "out"))
        assert client.cancel(job_id).state == "canceled"  # once more is harmless


def test_a_worker_ended_by_force_leaves_no_partial_file(house: House, plate: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with house.client() as client:
        job_id = submit(client, request(plate, out, "sleep=5"))
        house.wait_for(lambda: stepping(house, 1001))
        left = Path(temporary_path(str(out / "matte.1001.exr"), job_id, "matte.####.exr"))
        left.write_bytes(b"half a frame")
        client.cancel(job_id)
        assert finish(client, job_id).state == "canceled"
        house.wait_for(lambda: not left.exists())


def test_a_look_is_answered_before_the_next_frame_of_a_batch_job(house: House, plate: str, tmp_path: Path) -> None:
    with house.client() as client:
        job_id = submit(client, request(plate, tmp_path / "out", "sleep=0.6"))
        house.wait_for(lambda: stepping(house, 1002))
        found, picture = client.detect(Search(Plate(plate), 1005, ["it"], engine="double", preview_edge=32))
        assert [each.phrase for each in found.objects] == ["it"]
        assert picture.startswith(b"\xff\xd8")
        after = house.journal[house.journal.index("find 1005") :]
        assert house.journal[house.journal.index("find 1005") - 1] == "step 1002"
        assert after in (["find 1005"], ["find 1005", "step 1003"])
        client.cancel(job_id)


def test_jobs_run_by_priority_then_in_the_order_they_came(house: House, plate: str, tmp_path: Path) -> None:
    with house.client() as client:
        first = submit(client, request(plate, tmp_path / "first", "sleep=0.3", last=1003))
        house.wait_for(lambda: house.journal)
        later = [
            submit(client, request(plate, tmp_path / name, "subject", last=1002, priority=priority))
            for name, priority in (("low", -5), ("early", 0), ("late", 0), ("high", 50))
        ]
        low, early, late, high = later
        for job_id in (first, *later):
            assert finish(client, job_id).state == "done"
        ended = {job.job_id: job.ended_at or 0.0 for job in client.jobs()}
        assert sorted(ended, key=lambda job_id: ended[job_id]) == [first, high, early, late, low]


def test_submitting_twice_is_harmless_and_another_request_is_refused(house: House, plate: str, tmp_path: Path) -> None:
    wanted = request(plate, tmp_path / "out", "sleep=0.1", last=1003)
    with house.client() as client, house.client() as other:
        job_id = codec.new_id()
        assert not client.submit(wanted, job_id).repeated
        assert client.submit(wanted, job_id).repeated
        assert other.submit(wanted, job_id).repeated
        with pytest.raises(JobIdTaken) as refused:
            other.submit(replace(wanted, last=1002), job_id)
        assert refused.value.field == "job_id"
        assert finish(client, job_id).done == 3
        assert client.submit(wanted, job_id).state == "done"
        assert len(client.jobs()) == 1
        with pytest.raises(UnknownJob):
            client.follow("no-such-job")


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("memory=1003", "out_of_memory", "main memory"),
        ("raise=1003", "engine_failed", "RuntimeError: the tensor is on another device"),
        ("novel=1003", "engine_failed", "xxx…"),
    ],
)
def test_an_engine_that_fails_ends_its_job_with_the_reason(
    house: House, plate: str, tmp_path: Path, script: str, code: str, said: str
) -> None:
    with house.client() as client:
        worker = house.worker_pid(client)
        view = finish(client, submit(client, request(plate, tmp_path / "out", script)))
        assert view.state == "failed"
        assert view.error is not None
        assert (view.error.code, said in view.error.message) == (code, True)
        assert sorted(view.frames) == [1001, 1002] == frames_in(content(tmp_path / "out"))
        assert finish(client, submit(client, request(plate, tmp_path / "next", last=1002))).state == "done"
        assert house.worker_pid(client) == worker


def test_a_second_daemon_of_the_same_user_says_so(house: House) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "mattewire_server.daemon"],
        env={**os.environ, **house.variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 3
    assert "already runs for this user" in second.stderr
    with house.client() as client:
        assert client.welcome.pid == house.process.pid  # type: ignore[union-attr]


def ended_well(house: House) -> None:
    assert house.process is not None
    assert house.process.wait(timeout=10) == 0
    assert not (house.home / "connection.json").exists()
    log = [json.loads(line) for line in (house.home / "daemon.log").read_text().splitlines()]
    assert log[-1]["message"] == "ended"
    assert {entry["level"] for entry in log} == {"info"}


def test_a_stop_message_ends_daemon_and_worker(house: House) -> None:
    with house.client() as client, house.client() as watcher:
        worker = house.worker_pid(client)
        client.stop()
        ended_well(house)
        House.wait_for(lambda: not Path(f"/proc/{worker}").exists())
        House.wait_for(lambda: watcher.poll(0.05) == [] and not watcher.connected)
        assert isinstance(watcher.problem, DaemonUnreachable)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_daemon_and_worker(house: House, number: signal.Signals) -> None:
    with house.client() as client:
        worker = house.worker_pid(client)
    assert house.process is not None
    house.process.send_signal(number)
    ended_well(house)
    House.wait_for(lambda: not Path(f"/proc/{worker}").exists())


def test_stop_when_idle_finishes_the_queue_and_takes_nothing_new(house: House, plate: str, tmp_path: Path) -> None:
    with house.client() as client:
        submit(client, request(plate, tmp_path / "out", "sleep=0.1", last=1004))
        client.stop("idle")
        with pytest.raises(ConnectionFailed, match="shutting down"):
            client.submit(request(plate, tmp_path / "late"))
    ended_well(house)
    assert frames_in(content(tmp_path / "out")) == [1001, 1002, 1003, 1004]


def test_a_client_starts_the_daemon_detached_and_without_the_hosts_environment(
    cold_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = {
        "PYTHONHOME": "/host/python",
        "PYTHONPATH": "/host/modules",
        "LD_LIBRARY_PATH": "/host/lib",
        "LD_PRELOAD": "",
        "OCIO": "/host/aces.ocio",
        "QT_PLUGIN_PATH": "/host/qt",
        "QT_QPA_PLATFORM": "host",
    }
    for name, value in {**poison, **cold_house.variables}.items():
        monkeypatch.setenv(name, value)
    with Client(start=True) as client:
        daemon, worker = client.welcome.pid, cold_house.worker_pid(client)
        try:
            assert os.getsid(daemon) != os.getsid(0)
            for pid in (daemon, worker):
                passed = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
                names = {entry.partition("=")[0] for entry in passed}
                assert not names & set(poison)
                assert f"MATTEWIRE_HOME={cold_house.home}" in passed
            with Client(start=True) as second:
                assert second.welcome.pid == daemon
        finally:
            client.stop()
    House.wait_for(lambda: not (cold_house.home / "connection.json").exists())


def test_the_daemon_loads_nothing_heavy(house: House, plate: str, tmp_path: Path) -> None:
    """Both as it says itself and as the system sees it: no shared library of theirs is mapped, even after work."""
    program = "import sys, mattewire_server.daemon.__main__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert not set(HEAVY) & set(loaded.stdout.split())
    with house.client() as client:
        finish(client, submit(client, request(plate, tmp_path / "out", last=1002)))
        client.detect(Search(Plate(plate), 1001, ["it"], engine="double"))
    assert house.process is not None
    mapped = Path(f"/proc/{house.process.pid}/maps").read_text()
    assert "zmq" in mapped
    assert not [name for name in HEAVY if f"/{name}/" in mapped or f"/{name}.libs/" in mapped]


def test_strangers_are_refused_in_bounded_time_and_the_daemon_lives_on(house: House) -> None:
    real = read_connection()
    public, secret = (key.decode() for key in zmq.curve_keypair())
    other_server = zmq.curve_keypair()[0].decode()
    with house.client() as client:
        for wrong in (
            replace(real, client_public_key=public, client_secret_key=secret),
            replace(real, server_key=other_server),
        ):
            started = time.monotonic()
            with pytest.raises(NotAuthorized):
                Client(wrong, timeout=10)
            assert time.monotonic() - started < 5
        context = zmq.Context()
        try:
            plain = context.socket(zmq.DEALER)
            plain.linger = 0
            plain.connect(real.address)
            plain.send_multipart(codec.encode(messages.Hello(1, 1)))
            assert not plain.poll(500)
        finally:
            context.destroy(linger=0)
        host, _, port = real.address.removeprefix("tcp://").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=5) as http:
            http.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
            http.settimeout(5)
            with contextlib.suppress(ConnectionResetError):  # cut off at once, or after ZeroMQ's greeting
                while http.recv(1000):
                    pass
        assert client.status().pid == real.pid


def test_a_client_of_something_else_gives_up_in_bounded_time(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(ConnectionFailed):
            Client(replace(read_connection(), address=address), timeout=1)
        assert time.monotonic() - started < 5


def test_key_files_are_private(house: House) -> None:
    assert house.home.stat().st_mode & 0o777 == 0o700
    for name in ("connection.json", "interpreter.json", "jobs.sqlite3", "jobs.sqlite3-wal"):
        assert (house.home / name).stat().st_mode & 0o777 == 0o600, name


def test_messages_that_are_no_use_are_answered_and_change_nothing(house: House) -> None:
    """Garbage, what only a daemon sends, and a message over the limit, from a client with the right key."""
    real = read_connection()
    context = zmq.Context()
    line = context.socket(zmq.DEALER)
    line.linger = 0
    line.curve_serverkey = real.server_key.encode()
    line.curve_publickey = real.client_public_key.encode()
    line.curve_secretkey = real.client_secret_key.encode()
    line.connect(real.address)

    def ask(parts: list[bytes]) -> str:
        line.send_multipart(parts)
        assert line.poll(5000)
        body = codec.decode(line.recv_multipart()).body
        return body.code if isinstance(body, messages.Error) else messages.name_of(body)

    try:
        good = codec.encode(messages.Ping())
        assert ask([b"garbage"]) == "bad_message"
        assert ask([b"MW", b"\xc1", b"\x80"]) == "bad_message"
        assert ask([*good[:2], b"\x81" * 5000]) == "bad_message"
        assert ask(codec.encode(messages.Welcome(1, "me"))) == "unknown_message"
        assert ask(good) == "pong"
        line.send_multipart([*good[:2], b"\x80" + bytes(2_000_000)])
        assert not line.poll(300)
        with house.client() as client:
            assert client.status().queued == 0
    finally:
        context.destroy(linger=0)
