"""What breaks neither side: a daemon that talks nonsense to the client, and a client that does to the daemon."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest

from e2e.house import House
from hosts.aftereffects.client_rig import NODES, Program
from mattewire_protocol import codec, messages
from mattewire_protocol.connection import Connection, read_connection
from mattewire_protocol.messages import FrameEvent, JobEvent, JobSummary, Snapshot
from protocol.scripted_daemon import ScriptedDaemon

both_nodes = pytest.mark.parametrize("find_node", NODES)
cep_node_alone = pytest.mark.parametrize("find_node", NODES[1:])
Find = Callable[[], str]
JOB = "job-00000001"
MEGABYTES = 1_000_000


@contextlib.contextmanager
def talking(node: str, connection: Connection, **options: Any) -> Iterator[Callable[..., Any]]:
    """A client of this daemon; the function asks it and gives what it said up to and with the answer."""
    with Program(node, "client_program.mjs", json.dumps({"connection": asdict(connection), **options})) as program:
        numbers = iter(range(1, 1000))

        def ask(what: str, *words: Any) -> list[Any]:
            number = next(numbers)
            program.tell({"id": number, "do": what, "with": words})
            return program.hear_until(id=number)

        ask.program = program  # type: ignore[attr-defined]
        yield ask


@contextlib.contextmanager
def scripted(script: Callable[[codec.Message], list[Any]], **limits: Any) -> Iterator[ScriptedDaemon]:
    made = ScriptedDaemon(script, messages.Limits(**limits) if limits else None)
    try:
        yield made
    finally:
        made.close()


def frame(seq: int) -> FrameEvent:
    return FrameEvent(JOB, seq, 1, 1000 + seq, "done")


ENDED = JobEvent(JOB, 6, 1, "done", first=1001, last=1005)


@both_nodes
def test_messages_that_cannot_be_read_change_nothing(find_node: Find) -> None:
    nonsense: list[Any] = [
        (b"",),
        (b"MW", b"", b""),
        (b"HTTP/1.1 400", b"", b""),
        (b"MW", b"\xff" * 100, b"\x80"),
        (b"MW", b"\x81\xa4type\xa4ping", b"\x80"),
        tuple([b"MW", *codec.encode(messages.Pong())[1:], *[b"x"] * 5]),
        (*codec.encode(messages.Pong())[:2], b"\x91" * 100_000),
        (*codec.encode(messages.Pong())[:2], b"\xdd\x00\x00\x4e\x20" * 1000),
        [FrameEvent("another-job", 1, 1, 1, "done")],
        [messages.Welcome(1, "uninvited")],
    ]
    with (
        scripted(lambda message: [*nonsense, messages.Pong()]) as daemon,
        talking(find_node(), daemon.connection) as ask,
    ):
        assert ask("ping")[-1]["result"] is None
        assert ask("ping")[-1]["result"] is None, "on the same line"
        assert len(daemon.bodies(messages.Hello)) == 1


@cep_node_alone
def test_an_answer_that_cannot_be_read_is_an_error(find_node: Find) -> None:
    def script(message: codec.Message) -> list[Any]:
        magic, header, _ = codec.encode(messages.Pong(), answers=message.id)
        if isinstance(message.body, messages.Status):
            return [messages.Jobs()]
        return [(magic, header, b"\x81\xa1a\xcb\x7f\xf8" + bytes(6))]

    with scripted(script) as daemon, talking(find_node(), daemon.connection) as ask:
        assert ask("ping")[-1]["error"]["code"] == "bad_field"
        unexpected = ask("status")[-1]["error"]
        assert (unexpected["code"], "jobs where report" in unexpected["message"]) == ("bad_message", True)


@both_nodes
def test_an_oversized_part_ends_the_line_and_not_the_client(find_node: Find) -> None:
    """The part is refused at its head; the client calls again, and is well."""
    answered: list[str] = []

    def script(message: codec.Message) -> list[Any]:
        answered.append(message.type)
        return [(b"MW", bytes(30 * MEGABYTES))] if len(answered) == 1 else [messages.Pong()]

    with scripted(script) as daemon, talking(find_node(), daemon.connection) as ask:
        before = ask("memory")[-1]["result"]
        heard = ask("ping")
        assert heard[-1]["error"]["code"] == "daemon_unreachable"
        away = next(word for word in heard if word.get("line") == "away")
        assert away["problem"] == "bad_message"
        assert "limit is" in away["message"]
        assert ask("ping")[-1].get("error") is None
        assert len(daemon.bodies(messages.Hello)) == 2
        after = ask("memory")[-1]["result"]
        assert after["arrayBuffers"] - before["arrayBuffers"] < 5 * MEGABYTES


@cep_node_alone
def test_a_flood_is_let_go_as_it_comes(find_node: Find) -> None:
    junk = [[frame(seq)] for seq in range(2, 300)] + [(b"MW", b"\x90", bytes(500_000))] * 30

    with scripted(lambda message: [*junk, messages.Pong()]) as daemon, talking(find_node(), daemon.connection) as ask:
        ask("pings", 1)
        before = ask("memory")[-1]["result"]
        assert ask("pings", 2)[-1]["result"]["p50"] > 0
        after = ask("memory")[-1]["result"]
        assert after["heapUsed"] - before["heapUsed"] < 5 * MEGABYTES
        assert after["arrayBuffers"] - before["arrayBuffers"] < 5 * MEGABYTES, "45 MB went through"


def followed(ask: Any) -> list[Any]:
    """What is said until the job has ended; events may come in the same breath as the answer, and before it is told."""
    heard: list[Any] = ask("follow", JOB)
    return heard if any(word.get("ended") for word in heard) else heard + ask.program.hear_until(ended=True)


@cep_node_alone
def test_holes_and_repeats_are_put_right(find_node: Find) -> None:
    asked: list[int] = []

    def script(message: codec.Message) -> list[Any]:
        if not isinstance(message.body, messages.Watch):
            return [messages.Pong()]
        asked.append(message.body.last_seq)
        watching = messages.Watching(JOB, 6)
        if len(asked) == 1:
            return [watching, [frame(1)], [frame(2)], [frame(2)], [frame(1)], [frame(4)], [frame(5)]]
        return [watching, [frame(3)], [frame(4)], [frame(5)], [ENDED]]

    with scripted(script) as daemon, talking(find_node(), daemon.connection) as ask:
        heard = followed(ask)
        assert [word["seq"] for word in heard if "event" in word] == [1, 2, 3, 4, 5, 6]
        assert asked == [0, 2]


@cep_node_alone
def test_a_snapshot_stands_for_what_came_before_it(find_node: Find) -> None:
    running = JobEvent(JOB, 2, 1, "running", first=1001, last=1005)
    whole = Snapshot(JOB, 5, JobSummary(JOB, "running"), running, [messages.FrameRun(1001, 1004, "done")])

    def script(message: codec.Message) -> list[Any]:
        return [messages.Watching(JOB, 6), [whole], [ENDED]]

    with scripted(script) as daemon, talking(find_node(), daemon.connection) as ask:
        heard = followed(ask)
        assert [(word["event"], word["done"]) for word in heard if "event" in word] == [("snapshot", 4), ("job", 4)]


@cep_node_alone
def test_a_daemon_of_another_protocol_is_named(find_node: Find) -> None:
    with scripted(lambda message: []) as daemon:
        daemon.welcome = messages.Error("wrong_protocol", "This daemon speaks protocol 9.")
        with talking(find_node(), daemon.connection) as ask:
            problem = ask("hello")[-1]["error"]
            assert (problem["code"], problem["message"]) == ("wrong_protocol", "This daemon speaks protocol 9.")


@cep_node_alone
def test_a_daemon_that_says_nothing_is_given_up_in_time(find_node: Find) -> None:
    with scripted(lambda message: []) as daemon:
        daemon.welcome = None
        with talking(find_node(), daemon.connection, timeoutMs=500) as ask:
            assert ask("hello")[-1]["error"]["code"] == "timed_out"
        daemon.welcome = messages.Welcome(1, "scripted")
        with talking(find_node(), daemon.connection, timeoutMs=2000) as ask:
            assert ask("status")[-1]["error"]["message"] == "No answer to status within 2 s."


@cep_node_alone
def test_pings_keep_the_line_and_silence_ends_it(find_node: Find) -> None:
    """The client pings after ``heartbeat_s``; unanswered for ``silence_s`` it calls again."""
    deaf = threading.Event()

    def script(message: codec.Message) -> list[Any]:
        return [] if deaf.is_set() else [messages.Pong()]

    with scripted(script, heartbeat_s=0.3, silence_s=2.0) as daemon, talking(find_node(), daemon.connection) as ask:
        ask("hello")
        time.sleep(2.4)
        assert len(daemon.bodies(messages.Ping)) >= 2
        assert len(daemon.bodies(messages.Hello)) == 1
        deaf.set()
        away = ask.program.hear_until(line="away")[-1]  # type: ignore[attr-defined]
        assert away["problem"] == "timed_out"
        assert ask.program.hear_until(line="on")[-1]["problem"] is None  # type: ignore[attr-defined]
        assert len(daemon.bodies(messages.Hello)) == 2


@cep_node_alone
def test_a_ping_of_the_daemon_is_answered(find_node: Find) -> None:
    said = [[messages.Ping()], messages.Pong()]
    with scripted(lambda message: said) as daemon, talking(find_node(), daemon.connection) as ask:
        ask("ping")
        ask("ping")
        House.wait_for(lambda: daemon.bodies(messages.Pong))


@cep_node_alone
@pytest.mark.parametrize(
    ("says", "code"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "bad_message"), (b"", "timed_out"), (None, "daemon_unreachable")],
)
def test_something_else_on_the_port_is_no_daemon(find_node: Find, says: bytes | None, code: str) -> None:
    """A web server, a program that never speaks, and one that hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        calls: list[socket.socket] = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    calls.append(server.accept()[0])
                    if says is None:
                        calls[-1].close()
                    else:
                        calls[-1].sendall(says)

        thread = threading.Thread(target=serve)
        thread.start()
        key = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"  # a key of the ZeroMQ manual, zmq_curve(7)
        connection = Connection(1, f"tcp://127.0.0.1:{server.getsockname()[1]}", key, key, key)
        try:
            with talking(find_node(), connection, timeoutMs=5000 if says else 800) as ask:
                problem = ask("hello")[-1]["error"]
                assert problem["code"] == code
                assert problem["advice"]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            server.close()
            thread.join(timeout=5)
            for call in calls:
                call.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    try:
        yield made.start()
    finally:
        made.end()


@both_nodes
def test_the_daemon_survives_what_a_client_sends(find_node: Find, house: House) -> None:
    """Nonsense is answered with an error; a part beyond its limit costs the line, which comes back."""
    connection = read_connection(house.home / "connection.json")
    place = {
        "address": connection.address,
        "curve": {
            "serverKey": connection.server_key,
            "publicKey": connection.client_public_key,
            "secretKey": connection.client_secret_key,
        },
    }
    ping = codec.encode(messages.Ping())
    with Program(find_node(), "raw_dealer.mjs", json.dumps(place)) as raw:

        def send(*parts: bytes) -> None:
            raw.tell([base64.b64encode(part).decode() for part in parts])

        def heard() -> list[bytes]:
            while True:
                word = raw.hear()
                if "parts" in word:
                    return [base64.b64decode(part) for part in word["parts"]]

        raw.hear_until(state="ready")
        for parts, code in (
            ((b"XX", *ping[1:]), "bad_message"),
            ((b"MW",), "bad_message"),
            ((b"MW", ping[1], b"\x91" * 50_000), "bad_message"),
            ((*ping, *[b"x"] * 5), "too_large"),
            ((b"MW", ping[1].replace(b"ping", b"pint"), b"\x80"), "unknown_message"),
            (tuple(codec.encode(messages.Watch("job-nowhere1"))), "unknown_job"),
        ):
            send(*parts)
            assert codec.decode(heard()).body.code == code
        send(*ping, bytes(2 * MEGABYTES))
        assert raw.hear_until(state="waiting")[-1]["fault"] == "lost"
        raw.hear_until(state="ready")
        send(*codec.encode(messages.Status()))
        assert codec.decode(heard()).body.pid == house.process.pid  # type: ignore[union-attr]
