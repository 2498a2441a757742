from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mattewire_protocol import codec, errors, messages, request
from tools import samples

HELLO = messages.Hello(1, 1)
EVERY = [(name, body) for table in (samples.MINIMAL, samples.FULL) for name, body in table.items()]


def packed(tree: Any) -> bytes:
    return typing.cast(bytes, msgpack.packb(tree))


def head(name: str, **changes: Any) -> bytes:
    return packed({"protocol": 1, "type": name, "id": "7", **changes})


# --- writing -----------------------------------------------------------------------------------------------


def test_layout() -> None:
    parts = codec.encode(messages.Watch("job-0001", 3), id="a1", answers="b2", binary=(b"x", bytearray(b"y")))
    assert parts[0] == b"MW"
    assert msgpack.unpackb(parts[1]) == {"protocol": 1, "type": "watch", "id": "a1", "answers": "b2"}
    assert msgpack.unpackb(parts[2]) == {"job_id": "job-0001", "last_seq": 3}
    assert parts[3:] == [b"x", b"y"]


def test_keys_in_dataclass_order_none_left_out_defaults_written() -> None:
    tree = codec.to_wire(messages.JobEvent("job-0001", 1, 0, "queued", last=5))
    assert list(tree) == [
        "job_id",
        "seq",
        "attempt",
        "state",
        "last",
        "engine",
        "colorspace",
        "plate",
        "elapsed_s",
        "outputs",
        "quality",
        "colorspace_from",
        "exposure",
        "kept",
        "version",
        "names",
        "worst",
    ]


def test_numbers_are_written_by_their_declared_type() -> None:
    """A whole number in a float field becomes float64, a NumPy-like float subclass a plain float."""

    class Scalar(float):
        pass

    tree = codec.to_wire(request.Box(1001, 1, 2, Scalar(3.5), 4))
    assert [type(tree[name]) for name in ("frame", "x0", "x1", "object")] == [int, float, float, int]
    assert codec.pack({"x": tree["x0"]}) == b"\x81\xa1x\xcb" + bytes.fromhex("3ff0000000000000")


def test_ids_are_new_and_plain() -> None:
    made = {codec.new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(one) == 16 and set(one) <= set("0123456789abcdef") for one in made)
    assert codec.decode(codec.encode(HELLO)).id != codec.decode(codec.encode(HELLO)).id


@pytest.mark.parametrize(("name", "body"), EVERY, ids=lambda value: value if isinstance(value, str) else "")
def test_round_trip(name: str, body: Any) -> None:
    message = codec.decode(codec.encode(body, id="a", answers="b", binary=[b"pixels"]))
    assert (message.type, message.id, message.answers, message.binary) == (name, "a", "b", (b"pixels",))
    assert message.body == body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (messages.Watching("job-0001", "3"), "seq"),  # type: ignore[arg-type]
        (messages.Watching("job-0001", True), "seq"),
        (messages.Watching("job-0001", 1, 1), "follows"),  # type: ignore[arg-type]
        (messages.Watching("job-0001", 2**53), "seq"),
        (messages.StageEvent("job-0001", 1, 1, "reading", elapsed_s=math.nan), "elapsed_s"),
        (messages.Jobs([messages.JobSummary("job-0001", "queued"), 7]), "jobs[1]"),  # type: ignore[list-item]
        (messages.Jobs([messages.JobSummary("job-0001", b"queued")]), "jobs[0].state"),  # type: ignore[arg-type]
        (messages.Jobs("none"), "jobs"),  # type: ignore[arg-type]
        (messages.Detected(1, 2, 3, colorspace="caf\udce9"), "colorspace"),
    ],
)
def test_a_writer_never_says_what_its_peer_would_refuse(body: Any, field: str) -> None:
    with pytest.raises(errors.BadField) as caught:
        codec.encode(body)
    assert caught.value.field == field


def test_a_file_name_that_is_not_unicode_has_a_way_out() -> None:
    with pytest.raises(errors.BadField, match="Rename the file"):
        codec.encode(messages.Detected(1, 2, 3, engine="caf\udce9"))


def test_sizes_are_checked_before_anything_is_sent() -> None:
    def filled(extra: int) -> messages.Error:
        frame = len(b"".join(codec.encode(messages.Error("c", "x" * 70_000), id="i")[1:]))
        return messages.Error("c", "x" * (70_000 + codec.MAX_MESSAGE_BYTES - frame + extra))

    parts = codec.encode(filled(0), id="i")
    assert len(parts[1]) + len(parts[2]) == codec.MAX_MESSAGE_BYTES
    assert codec.decode(parts).type == "error"
    with pytest.raises(errors.TooLarge):
        codec.encode(filled(1), id="i")
    codec.encode(HELLO, binary=[bytes(codec.MAX_BINARY_BYTES)] * codec.MAX_BINARY_PARTS)
    with pytest.raises(errors.TooLarge):
        codec.encode(HELLO, binary=[bytes(codec.MAX_BINARY_BYTES + 1)])
    with pytest.raises(errors.TooLarge):
        codec.encode(HELLO, binary=[b""] * (codec.MAX_BINARY_PARTS + 1))


def test_lists_are_bounded_on_both_sides() -> None:
    frames = [messages.FrameRun(1, 1, "done")] * codec.MAX_LIST
    full = dataclasses.replace(typing.cast(messages.Snapshot, samples.MINIMAL["snapshot"]), frames=frames)
    assert len(codec.decode(codec.encode(full)).body.frames) == codec.MAX_LIST
    with pytest.raises(errors.TooLarge, match="20,001"):
        codec.encode(dataclasses.replace(full, frames=[*frames, frames[0]]))
    with pytest.raises(errors.BadMessage):
        codec.unpack(packed({"later": [0] * (codec.MAX_LIST + 1)}))
    with pytest.raises(errors.BadMessage):
        codec.unpack(packed({str(key): 0 for key in range(codec.MAX_MAP + 1)}))


# --- reading -----------------------------------------------------------------------------------------------


def test_the_header_can_be_read_when_the_body_cannot() -> None:
    parts = [b"MW", head("watch", id="q-17"), b"\xc1"]
    assert codec.read_header(parts) == codec.Header(1, "watch", "q-17")
    with pytest.raises(errors.BadMessage):
        codec.decode(parts)


def test_wrong_protocol_names_both_versions() -> None:
    with pytest.raises(errors.WrongProtocol, match=r"protocol 9; this side speaks 1 to 1"):
        codec.read_header([b"MW", head("watch", protocol=9), b"\x80"])


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_parts_may_be_any_kind_of_bytes(kind: Any) -> None:
    parts = codec.encode(messages.Stop(), binary=[b"z"])
    message = codec.decode([kind(part) for part in parts])
    assert message.body == messages.Stop()
    assert message.binary == (b"z",)
    assert type(message.binary[0]) is bytes


def wrong_values(hint: Any) -> Iterator[tuple[str, Any]]:
    """Values that do not fit a declared type, each with the rest of the path of its fault."""
    inner = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    if typing.get_origin(hint) is list:
        yield from (("", 7), ("", "text"), ("", {}), ("", None))
        yield from ((f"[0]{'.' if path else ''}{path}", [value]) for path, value in wrong_values(inner[0]))
    elif inner:
        yield from ((path, value) for path, value in wrong_values(inner[0]) if value is not None)
    elif dataclasses.is_dataclass(hint):
        yield from (("", 7), ("", []), ("", "text"), ("", None))
    elif hint is str:
        yield from (("", 7), ("", True), ("", ["text"]), ("", None))
    elif hint is bool:
        yield from (("", 0), ("", 1), ("", "true"), ("", None))
    else:
        yield from (("", True), ("", "1"), ("", [1]), ("", {}), ("", None), ("", 2**53), ("", -(2**64) // 2))
        yield from (("", math.nan), ("", math.inf), ("", -math.inf))
        if hint is int:
            yield from (("", 3.0), ("", 1e300))


def faults() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every field of every full message, each wrong value put in its place: (type, body, path)."""

    def within(cls: Any, tree: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
        for field in dataclasses.fields(cls):
            hint = typing.get_type_hints(cls)[field.name]
            for path, value in wrong_values(hint):
                dot = "." if path and not path.startswith("[") else ""
                yield {**tree, field.name: value}, f"{field.name}{dot}{path}"
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                yield {key: value for key, value in tree.items() if key != field.name}, field.name
            parts = [hint, *typing.get_args(hint)]
            nested = next((part for part in parts if dataclasses.is_dataclass(part)), None)
            value = tree.get(field.name)
            if nested and isinstance(value, dict):
                yield from (({**tree, field.name: sub}, f"{field.name}.{path}") for sub, path in within(nested, value))
            elif nested and value:
                for sub, path in within(nested, value[-1]):
                    yield {**tree, field.name: [*value[:-1], sub]}, f"{field.name}[{len(value) - 1}].{path}"

    for name, body in {**samples.MINIMAL, **samples.FULL}.items():
        yield from ((name, tree, path) for tree, path in within(type(body), codec.to_wire(body)))


def test_every_wrong_value_of_every_field_is_refused_with_its_path() -> None:
    count = 0
    for name, tree, path in faults():
        with pytest.raises(errors.BadField) as caught:
            codec.decode([b"MW", head(name), packed(tree)])
        assert caught.value.field == path, (name, tree)
        count += 1
    assert count > 1500


def test_refusals_speak_of_wire_types() -> None:
    for value, words in [(None, "nothing"), ({}, "a map"), ("7", "text"), (3.0, "a number with decimals")]:
        with pytest.raises(errors.BadField, match=words):
            codec.from_wire(messages.ListJobs, {"limit": value})


def test_error_bodies_go_both_ways() -> None:
    for cls in errors.BY_CODE.values():
        first = cls("Frame 1009 is gone.", field="request.plate.path", advice="Render it.")
        body = codec.decode(codec.encode(codec.error_body(first))).body
        again = errors.from_wire(body.code, body.message, body.field, body.advice, body.retryable)
        assert type(again) is cls
        assert (str(again), again.retryable) == (str(first), first.retryable)


# --- nothing but MattewireError ----------------------------------------------------------------------------


def only_refuses(parts: list[bytes]) -> None:
    for read in (codec.decode, codec.read_header):
        try:
            read(parts)
        except errors.MessageError:
            pass


leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats()
leaves |= st.text(max_size=8) | st.binary(max_size=8)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=64), max_size=9))
def test_any_bytes(parts: list[bytes]) -> None:
    only_refuses(parts)
    only_refuses([b"MW", *parts])
    only_refuses([b"MW", head("submit"), *parts])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EVERY), st.data())
def test_any_damage_to_a_real_message(sample: tuple[str, Any], data: st.DataObject) -> None:
    parts = codec.encode(sample[1], id="i")
    which = data.draw(st.integers(1, 2))
    body = bytearray(parts[which])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(0, len(body) - 1)))
        body[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    parts[which] = bytes(body)
    only_refuses(parts)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(messages.MESSAGES)), trees)
def test_any_tree_for_a_body(name: str, tree: Any) -> None:
    only_refuses([b"MW", head(name), packed(tree)])
    names = list(messages.MESSAGES[name].__dataclass_fields__)
    only_refuses([b"MW", head(name), packed({key: tree for key in names})])


@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa1a", b"\xdd\x00\x00\x00\x01"])
def test_depth_bombs_end_quickly(opening: bytes) -> None:
    with pytest.raises(errors.BadMessage):
        codec.unpack(b"\x81\xa1a" + opening * 150_000 + b"\xc0")


def test_an_error_comes_back_as_the_exception_it_was() -> None:
    problem = errors.DiskFull("Frame 7: no room.", field="out[0].path", advice="Free some.")
    again = codec.error_of(codec.error_body(problem))
    assert type(again) is errors.DiskFull
    assert (again.message, again.field, again.advice, again.retryable) == (
        *("Frame 7: no room.", "out[0].path", "Free some."),
        True,
    )
