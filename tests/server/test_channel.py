"""Records between daemon and worker."""

from __future__ import annotations

import io
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mattewire_protocol.deliver import Deliverable
from mattewire_protocol.errors import BadField, BadMessage
from mattewire_protocol.messages import Detected, EngineInfo, Error, FrameEvent
from mattewire_protocol.request import MatteRequest, Plate, Search
from mattewire_server import channel

REQUEST = MatteRequest(Plate("/a.####.exr"), [Deliverable("/b.####.exr")], prompts=["x"])
RECORDS: list[list[object]] = [
    [channel.Run("job-00001", 2, REQUEST, [channel.Span(1001, 1010)], plate="the plate")],
    [channel.Halt("job-00001")],
    [channel.Tidy("job-00001", REQUEST)],
    [channel.Look("token", Search(Plate("/a.####.exr"), 1001, ["x"]))],
    [channel.Unload("token")],
    [channel.Ready(12, [EngineInfo("preview", understands=["red"])])],
    [channel.Answer("token"), Detected(1001, 64, 36)],
    [channel.Refusal("token", Error("bad_field", "No."))],
    [channel.Memory(1, 2, ["preview"])],
    [FrameEvent("job-00001", 0, 1, 1001, "done", 0.5)],
]


@pytest.mark.parametrize("bodies", RECORDS, ids=lambda bodies: type(bodies[0]).__name__)
def test_what_is_packed_is_unpacked(bodies: list[object]) -> None:
    record = channel.unpack(channel.pack(bodies, [b"\xff\xd8"]))
    assert record == channel.Record(tuple(bodies), (b"\xff\xd8",))


def test_records_through_a_stream() -> None:
    stream = io.BytesIO()
    raws = [channel.pack(bodies) for bodies in RECORDS]
    for raw in raws:
        channel.write_record(stream, raw)
    stream.seek(0)
    assert [channel.read_record(stream) for _ in raws] == raws
    assert channel.read_record(stream) is None


def test_a_pipe_that_breaks_in_mid_record_has_ended() -> None:
    stream = io.BytesIO()
    channel.write_record(stream, channel.pack(RECORDS[0]))
    whole = stream.getvalue()
    for length in (0, 3, 4, 10, len(whole) - 1):
        assert channel.read_record(io.BytesIO(whole[:length])) is None


def test_an_oversized_record_is_refused_on_both_sides() -> None:
    with pytest.raises(BadMessage, match="limit"):
        channel.write_record(io.BytesIO(), bytes(channel.MAX_RECORD + 1))
    with pytest.raises(BadMessage, match="limit"):
        channel.read_record(io.BytesIO(b"\xff\xff\xff\xff"))


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.integers(-9, 9) | st.text(max_size=9), st.lists).map(msgpack.packb)
)
def test_nonsense_is_a_bad_message(raw: bytes) -> None:
    try:
        record: Any = channel.unpack(raw)
    except BadMessage:
        return
    assert isinstance(record, channel.Record)


def test_a_value_the_protocol_does_not_allow_is_named() -> None:
    with pytest.raises(BadField):
        channel.pack([channel.Memory(memory_bytes="much")])  # type: ignore[arg-type]


def test_finished_frames_of_a_very_long_job_fit() -> None:
    frames = [*range(1, 300_000), 300_005]
    spans = channel.spans_of(frames)
    assert spans == [channel.Span(1, 299_999), channel.Span(300_005, 300_005)]
    assert channel.spans_of([]) == []
    channel.unpack(channel.pack([channel.Run("job-00001", 2, REQUEST, spans)]))
