"""The daemon's loop with real sockets, in a thread of the test; its worker is never asked for anything heavy."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from mattewire_protocol import Client, codec, messages
from mattewire_protocol.connection import Connection
from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField, UnknownJob
from mattewire_protocol.messages import Error, FrameEvent, JobEvent
from mattewire_protocol.request import MatteRequest, Plate
from mattewire_server.daemon import server as module
from mattewire_server.daemon.server import Daemon
from mattewire_server.jobs.store import Store
from mattewire_server.settings import Settings

JOB = "job-00001"
REQUEST = MatteRequest(Plate("/a.####.exr"), [Deliverable("/b.####.exr")], prompts=["x"])


def fill(path: Path, frames: int) -> None:
    store = Store(path)
    store._database._connection.execute("PRAGMA synchronous=OFF")
    store.add(JOB, REQUEST)
    store.append(JobEvent(JOB, 0, 1, "running", first=1, last=frames))
    for number in range(1, frames + 1):
        store.append(FrameEvent(JOB, 0, 1, number, "done", paths=["/out/" + "x" * 200]))
    store.append(JobEvent(JOB, 0, 1, "done"))
    store.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, limits=messages.Limits(replay_events=100_000))


@pytest.fixture
def connection(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A daemon that serves; the queue's worker is left out."""
    fill(settings.database, 6_000)
    made: list[Any] = []
    ready = threading.Event()

    def serve() -> None:
        daemon = Daemon(settings)
        monkeypatch.setattr(daemon.desk, "tick", lambda: None)
        made.append(daemon)
        ready.set()
        try:
            daemon.run()
        finally:
            daemon.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    daemon = made[0]
    yield Connection(1, daemon.address, daemon.server_pair.public, daemon.client_pair.public, daemon.client_pair.secret)
    daemon.ask_to_stop()
    thread.join(timeout=15)
    assert not thread.is_alive()


def line(context: zmq.Context[Any], connection: Connection) -> zmq.Socket[Any]:
    """A client's socket without a client: it reads when the test says so. Its buffers are small."""
    made = context.socket(zmq.DEALER)
    made.linger, made.rcvhwm, made.rcvbuf = 0, 10, 8192
    made.curve_serverkey = connection.server_key.encode()
    made.curve_publickey = connection.client_public_key.encode()
    made.curve_secretkey = connection.client_secret_key.encode()
    made.connect(connection.address)
    return made


def test_answers_come_although_the_line_is_full_of_events(connection: Connection) -> None:
    context = zmq.Context()
    try:
        panel = line(context, connection)
        panel.send_multipart(codec.encode(messages.Watch(JOB, 0), id="watch"))
        assert panel.poll(5000)
        with Client(connection) as other:
            for _ in range(20):  # by now every buffer between is full
                other.poll(0.05)
        asked = [f"question-{number}" for number in range(5)]
        for identity in asked:
            panel.send_multipart(codec.encode(messages.ListJobs(), id=identity))
        answers, seqs = [], []
        while len(answers) < 6 or len(seqs) < 6_003:
            assert panel.poll(10_000), (len(answers), len(seqs))
            message = codec.decode(panel.recv_multipart())
            (answers if message.answers else seqs).append(message.answers or message.body.seq)
        assert answers == ["watch", *asked]
        assert seqs == list(range(1, 6_004))
    finally:
        context.destroy(linger=0)


def test_a_handler_that_fails_answers_and_serves_on(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Store, limit: int) -> list[Any]:
        raise ZeroDivisionError("division by zero")

    with Client(connection) as client:
        with monkeypatch.context() as patch:
            patch.setattr(Store, "summaries", broken)
            answer = _error(client, messages.ListJobs())
            assert (answer.code, "ZeroDivisionError" in answer.message) == ("internal_error", True)
        assert len(client.jobs()) == 1
        with pytest.raises(UnknownJob):
            client.cancel("job-99999")


def _error(client: Client, body: object) -> Error:
    from mattewire_protocol.errors import MattewireError

    with pytest.raises(MattewireError) as caught:
        client.request(body)
    return codec.error_body(caught.value)


def test_an_answer_that_cannot_be_said_is_an_error(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    with Client(connection) as client, monkeypatch.context() as patch:
        long = messages.JobSummary(JOB, "done", label="x" * 2_000_000)
        patch.setattr(Store, "summaries", lambda self, limit: [long] * limit)
        assert client.jobs() == [], "what does not fit is left out"
        patch.setattr(module.mattewire_server, "__version__", "x" * 2_000_000)
        assert _error(client, messages.Status()).code == "internal_error"


@pytest.mark.parametrize(("low", "high", "field"), [(2, 9, "protocol_min")])
def test_a_version_that_is_not_spoken(connection: Connection, low: int, high: int, field: str) -> None:
    with Client(connection) as client:
        answer = _error(client, messages.Hello(low, high))
        assert (answer.code, answer.field) == ("wrong_protocol", field)
        welcome = client.request(messages.Hello(1, 9)).body
        assert welcome.protocol == 1


def test_a_port_that_is_taken_is_named(settings: Settings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(BadField) as caught:
            Daemon(Settings(home=tmp_path / "second", port=taken.getsockname()[1]))
        assert caught.value.field == "MATTEWIRE_PORT"
