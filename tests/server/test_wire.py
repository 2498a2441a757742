"""The daemon's reader agrees with the client's on everything: what is read, what is refused, and where."""

from __future__ import annotations

import time
from typing import Any

import msgpack
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mattewire_protocol import codec, deliver, errors, messages, request
from mattewire_server import wire

REQUEST = request.MatteRequest(
    request.Plate("plate.####.exr"),
    [deliver.Deliverable("matte.####.exr")],
    first=1001,
    prompts=["red ball"],
    boxes=[request.Box(1001, 1.0, 2.0, 3.5, 4.0)],
    points=[request.Point(1001, 1.0, 2.0)],
)
BODIES: list[Any] = [
    messages.Submit("job-0001", REQUEST),
    messages.Detect(request.Search(request.Plate("plate.mov"), 1, ["white ball"], box_threshold=0.5)),
    messages.Hello(1, 1, "panel"),
    messages.Watch("job-0001", 3),
    messages.JobEvent("job-0001", 1, 1, "failed", error=messages.Error("disk_full", "Full.")),
    messages.Welcome(1, "mattewire", engines=[messages.EngineInfo("preview", understands=["red"])]),
]
Outcome = tuple[str, Any, Any]


def outcome(decode: Any, parts: list[bytes]) -> Outcome:
    try:
        message = decode(parts)
    except errors.MessageError as error:
        return error.code, error.field, error.message
    return "read", message.header, (type(message.body), repr(message.body), message.binary)


def agree(parts: list[bytes]) -> Outcome:
    client = outcome(codec.decode, parts)
    assert outcome(wire.decode, parts) == client
    return client


def with_body(name: str, tree: Any) -> list[bytes]:
    return [b"MW", msgpack.packb({"protocol": 1, "type": name, "id": "7"}), msgpack.packb(tree)]


odd = st.sampled_from([None, True, 0, -1, 3.0, 2**53, 2**64 - 1, 1e300, "", "1", "2026-11-22", b"", [], {}, [[]], [{}]])
odd |= st.floats() | st.text(max_size=3) | st.binary(max_size=3)


def replaced(tree: Any, place: int, value: Any, drop: bool) -> tuple[Any, int]:
    """``tree`` with its ``place``-th value (depth first) replaced or dropped, and how many places were passed."""
    passed = 0
    if isinstance(tree, dict):
        made: Any = {}
        for key, item in tree.items():
            if passed == place:
                passed += 1
                if not drop:
                    made[key] = value
                continue
            passed += 1
            made[key], more = replaced(item, place - passed, value, drop)
            passed += more
        return made, passed
    if isinstance(tree, list):
        made = []
        for item in tree:
            new, more = replaced(item, place - passed - 1, value, drop)
            made.append(value if passed == place and not drop else new)
            passed += 1 + more
        return made, passed
    return tree, 0


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(BODIES), st.integers(0, 60), odd, st.booleans())
def test_one_odd_value(body: Any, place: int, value: Any, drop: bool) -> None:
    tree, places = replaced(codec.to_wire(body), place, value, drop)
    agree(with_body(messages.name_of(body), tree))
    tree, _ = replaced(codec.to_wire(body), place % max(places, 1), value, drop)
    agree(with_body(messages.name_of(body), tree))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(BODIES), st.data())
def test_damaged_bytes(body: Any, data: st.DataObject) -> None:
    parts = codec.encode(body, id="i")
    damaged = bytearray(parts[2])
    place = data.draw(st.integers(0, len(damaged)))
    damaged[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    agree([*parts[:2], bytes(damaged)])


def test_replacing_reaches_every_place() -> None:
    """The fuzz test above is worth nothing when its places miss."""
    tree = codec.to_wire(BODIES[0])
    _, places = replaced(tree, -1, None, False)
    outcomes = [agree(with_body("submit", replaced(tree, place, b"", False)[0])) for place in range(places)]
    assert len({repr(replaced(tree, place, b"", False)[0]) for place in range(places)}) == places
    assert {code for code, _, _ in outcomes} == {"bad_message"}, "raw bytes are refused anywhere"
    paths = {agree(with_body("submit", replaced(tree, place, {}, False)[0]))[1] for place in range(places)}
    assert {"request.boxes[0].x1", "request.plate.path", "request.out[0].format", "request.points[0].keep"} <= paths


@pytest.mark.parametrize(
    "body", [b"\x81\xa1a" + b"\x91" * 100_000 + b"\xc0", b"\x81\xa4when\xa3\xff\xfe\xfd", b"\x81\xa4when\xc4\x03now"]
)
def test_what_msgspec_lets_through_is_refused(body: bytes) -> None:
    """msgspec 0.22 raises RecursionError and UnicodeDecodeError, which are no MsgspecError, on the first two."""
    head = codec.encode(messages.Stop(), id="7")[1]
    with pytest.raises(errors.BadMessage):
        wire.decode([b"MW", head, body])


def test_the_fast_reader_reads_what_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python reader is for refusals only; were it used for good messages, msgspec would be idle weight."""

    def slow(*_: Any) -> Any:
        raise AssertionError("the Python reader was called")

    parts = [codec.encode(body, id="i") for body in BODIES]
    headers = [codec.read_header(each) for each in parts]
    monkeypatch.setattr(wire, "read_header", lambda each: headers[parts.index(each)])
    monkeypatch.setattr(codec, "from_wire", slow)
    assert [wire.decode(each).body for each in parts] == BODIES


def test_msgspec_has_no_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release of msgspec that refuses more, or crashes, changes nothing but the time."""

    def fails(*_: Any) -> Any:
        raise SystemError("a fault in C")

    monkeypatch.setattr(msgspec, "convert", fails)
    for body in BODIES:
        assert wire.decode(codec.encode(body)).body == body


def test_ten_thousand_boxes_do_not_hold_up_a_cancel() -> None:
    """The largest request there may be is read between two heartbeats with room to spare."""
    boxes = [request.Box(frame, 1.0, 2.0, 3.0, 4.5) for frame in range(request.MAX_MARKS)]
    largest = request.MatteRequest(request.Plate("a.mov"), [deliver.Deliverable("b.####.exr")], boxes=boxes)
    parts = codec.encode(messages.Submit("job-0001", largest))
    started = time.process_time()
    assert len(wire.decode(parts).body.request.boxes) == request.MAX_MARKS
    assert time.process_time() - started < 1.0
