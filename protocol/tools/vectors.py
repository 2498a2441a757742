"""Builds the golden vectors: bytes that every client language must read, write or refuse. See ``vectors/README.md``."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

import msgpack

from mattewire_protocol import codec, errors, messages

from . import samples

Vector = dict[str, Any]
Part = Any
"""Hex text, or a list of pieces, each hex text or ``{"hex": …, "times": …}``."""

MW = codec.MAGIC.hex()


def build() -> dict[str, list[Vector]]:
    """Every vector file by its name, without ``.json``."""
    files = {group: [v for name in names for v in _golden(name)] for group, names in samples.GROUPS.items()}
    files["errors"] = [_good(f"error {code}", "error", body) for code, body in samples.error_samples().items()]
    files["accepted"] = list(_accepted())
    files["refused"] = list(_refused())
    return files


def as_text(vectors: list[Vector]) -> str:
    return json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"


def _golden(name: str) -> Iterator[Vector]:
    yield _good(f"{name}, least", name, samples.MINIMAL[name])
    if name in samples.FULL:
        yield _good(f"{name}, every field", name, samples.FULL[name], samples.BINARY.get(name))


def _good(title: str, name: str, body: Any, binary: bytes | None = None) -> Vector:
    sender = messages.SENDER[name]
    answers = "c-0000000000007" if name in samples.ANSWERS or name == "error" else ""
    header = codec.Header(messages.PROTOCOL, name, "d-0000000000042" if sender == "daemon" else "c-0000000000007")
    if answers:
        header = codec.Header(messages.PROTOCOL, name, "d-0000000000042", answers)
    extra = [] if binary is None else [binary]
    parts = codec.encode(body, id=header.id, answers=header.answers, binary=extra)
    return {
        "name": title,
        "sender": sender,
        "parts": [part.hex() for part in parts],
        "header": codec.to_wire(header),
        "body": codec.to_wire(body),
    }


def _packed(tree: Any, **options: Any) -> str:
    packed: bytes = msgpack.packb(tree, **options)
    return packed.hex()


def _header(name: str, **changes: Any) -> dict[str, Any]:
    return {"protocol": 1, "type": name, "id": "c-0000000000007", "answers": "", **changes}


def _head(name: str, **changes: Any) -> str:
    return _packed(_header(name, **changes))


# --- accepted though not written so ------------------------------------------------------------------------


def _accepted() -> Iterator[Vector]:
    """What a reader must take although our own writer writes it otherwise: ``body`` is what it then means."""
    box = {"frame": 1001, "x0": 10, "y0": 20, "x1": 30, "y1": 40}
    least = codec.to_wire(samples.MINIMAL["submit"])["request"]

    def one(name: str, kind: str, wire: Any, why: str, header: dict[str, Any] | None = None, **pack: Any) -> Vector:
        header = header or _header(kind)
        return {
            "name": name,
            "description": why,
            "sender": messages.SENDER[kind],
            "parts": [MW, _packed(header), _packed(wire, **pack)],
            "header": {key: header.get(key, "") for key in ("protocol", "type", "id", "answers")},
            "body": codec.to_wire(codec.from_wire(messages.MESSAGES[kind], wire)),
            "same_bytes": False,
        }

    yield one("unknown field", "watch", {"job_id": samples.JOB_ID, "colour": [1, {"a": None}]}, "Fields may be added.")
    yield one(
        "unknown header field", "ping", {}, "Fields may be added to the header.", _header("ping", session="panel-2")
    )
    yield one("fields left out", "stop", {}, "Missing means absent: the default.")
    yield one(
        "header without answers", "ping", {}, "answers may be missing.", {"protocol": 1, "type": "ping", "id": "7"}
    )
    yield one("fields in another order", "watch", {"last_seq": 3, "job_id": samples.JOB_ID}, "Maps have no order.")
    yield one(
        "whole numbers for numbers",
        "submit",
        {"job_id": samples.JOB_ID, "request": {**least, "boxes": [box]}},
        "JavaScript writes 10.0 as 10.",
    )
    yield one(
        "nothing for an optional field",
        "submit",
        {"job_id": samples.JOB_ID, "request": {**least, "first": None, "last": None}},
        "None of an optional field means absent.",
    )
    newer = {"protocol_min": 1, "protocol_max": 9}
    yield one("hello of protocol 9", "hello", newer, "hello is read at any version.", _header("hello", protocol=9))
    later = {"code": "made_later", "message": "Something new."}
    why = "error is read at any version, and a code made later stays readable."
    yield one("error of protocol 9", "error", later, why, _header("error", protocol=9))
    deep: Any = 0
    for _ in range(codec.MAX_DEPTH - 1):
        deep = [deep]
    yield one("as deep as allowed", "ping", {"unknown": deep}, f"{codec.MAX_DEPTH} levels, the body included.")
    scored = {"job_id": samples.JOB_ID, "seq": 7, "attempt": 1, "frame": 1001, "state": "done", "score": 0.5}
    yield one("float32", "frame", scored, "A reader takes either float size.", use_single_float=True)


# --- refused -----------------------------------------------------------------------------------------------


def _refused() -> Iterator[Vector]:
    yield from _bad_layout()
    yield from _too_large()
    yield from _bad_fields()


def _no(name: str, parts: list[Part], error: type[errors.MattewireError], field: str = "", why: str = "") -> Vector:
    vector: Vector = {"name": name}
    if why:
        vector["description"] = why
    return {**vector, "parts": parts, "refuse": {"code": error.code, "field": field}}


def _bad_layout() -> Iterator[Vector]:
    bad, ping, empty = errors.BadMessage, _head("ping"), _packed({})
    yield _no("nothing", [], bad)
    yield _no("one part", [MW], bad)
    yield _no("no body", [MW, ping], bad)
    yield _no("wrong magic", [b"MX".hex(), ping, empty], bad)
    yield _no("longer magic", [b"MW1".hex(), ping, empty], bad)
    yield _no("HTTP on the port", [b"GET / HTTP/1.1\r\n".hex(), "", ""], bad)
    yield _no("empty header", [MW, "", empty], bad, "header")
    yield _no("header is a list", [MW, _packed([1, "ping", "7"]), empty], bad, "header")
    yield _no("header without type", [MW, _packed({"protocol": 1, "id": "7"}), empty], bad, "header.type")
    yield _no("header without id", [MW, _packed({"protocol": 1, "type": "ping"}), empty], bad, "header.id")
    yield _no("empty id", [MW, _head("ping", id=""), empty], bad, "header.id")
    yield _no("id of 65 characters", [MW, _head("ping", id="i" * 65), empty], bad, "header.id")
    yield _no("protocol is text", [MW, _head("ping", protocol="1"), empty], bad, "header.protocol")
    yield _no("protocol is true", [MW, _head("ping", protocol=True), empty], bad, "header.protocol")
    yield _no("protocol 2", [MW, _head("ping", protocol=2), empty], errors.WrongProtocol)
    yield _no("protocol 0", [MW, _head("ping", protocol=0), empty], errors.WrongProtocol)
    yield _no(
        "welcome of protocol 2",
        [MW, _head("welcome", protocol=2), empty],
        errors.WrongProtocol,
        why="Only hello and error are read at any version.",
    )
    yield _no("unknown type", [MW, _head("make_coffee"), empty], errors.UnknownMessage)
    yield _no("type in another case", [MW, _head("Ping"), empty], errors.UnknownMessage)
    yield _no("empty body", [MW, ping, ""], bad)
    yield _no("body is nothing", [MW, ping, _packed(None)], bad)
    yield _no("body is a list", [MW, ping, _packed([])], bad)
    yield _no("truncated body", [MW, _head("watch"), _packed({"job_id": samples.JOB_ID})[:-8]], bad)
    yield _no("trailing bytes", [MW, ping, empty + "00"], bad)
    yield _no("two maps", [MW, ping, empty + empty], bad)
    yield _no("list that claims 4294967295 entries", [MW, ping, "81a178ddffffffff"], bad)
    yield _no("key is a number", [MW, ping, _packed({1: 2})], bad)
    yield _no("key is bytes", [MW, ping, _packed({b"when": "now"})], bad)
    yield _no("bytes for text", [MW, _head("stop"), _packed({"when": b"now"})], bad)
    yield _no("text is not UTF-8", [MW, _head("stop"), "81a47768656ea3ff6f77"], bad)
    yield _no("text is half a surrogate pair", [MW, _head("stop"), "81a47768656ea3eda080"], bad)
    yield _no("extension type", [MW, ping, "81a178d40500"], bad)
    yield _no("timestamp", [MW, ping, "81a178d6ff00000000"], bad)
    yield _no("code that msgpack never uses", [MW, ping, "81a178c1"], bad)
    deep = "91" * (codec.MAX_DEPTH - 1) + "90"
    yield _no("too deep", [MW, ping, "81a178" + deep], bad, why=f"{codec.MAX_DEPTH + 1} levels, in an unknown field.")
    bomb = [MW, ping, ["81a178", {"hex": "91", "times": 100_000}, "90"]]
    yield _no("depth bomb", bomb, bad, why="100,000 lists inside each other.")


def _too_large() -> Iterator[Vector]:
    large, ping, empty = errors.TooLarge, _head("ping"), _packed({})
    limit = codec.MAX_MESSAGE_BYTES
    text = limit + 1 - len(ping) // 2 - 8  # 8 bytes: a map of one, the key "x", and the text's own head
    body = ["81a178db" + struct.pack(">I", text).hex(), {"hex": "61", "times": text}]
    yield _no("header and body one byte too large", [MW, ping, body], large, why=f"Together {limit + 1:,} bytes.")
    binary = {"hex": "00", "times": codec.MAX_BINARY_BYTES + 1}
    yield _no("binary part one byte too large", [MW, ping, empty, [binary]], large)
    yield _no("five binary parts", [MW, ping, empty, *["00"] * (codec.MAX_BINARY_PARTS + 1)], large)


def _bad_fields() -> Iterator[Vector]:
    def field(name: str, kind: str, body: Any, path: str, why: str = "") -> Vector:
        return _no(name, [MW, _head(kind), _packed(body)], errors.BadField, path, why)

    def asked(name: str, path: str, why: str = "", **changes: Any) -> Vector:
        request = {**least, **changes}
        return field(name, "submit", {"job_id": samples.JOB_ID, "request": request}, path, why)

    least = codec.to_wire(samples.MINIMAL["submit"])["request"]
    box = {"frame": 1001, "x0": 1.0, "y0": 2.0, "x1": 3.0, "y1": 4.0, "object": 1}
    point = {"frame": 1001, "x": 1.0, "y": 2.0}
    nan, infinity = float("nan"), float("inf")

    yield field("missing field", "watch", {}, "job_id")
    yield field("missing message part", "submit", {"job_id": samples.JOB_ID}, "request")
    yield asked("missing field far inside", "request.plate.path", plate={})
    yield field("nothing for a field that is not optional", "stop", {"when": None}, "when")
    yield field("number for text", "watch", {"job_id": 12345678}, "job_id")
    yield field("text for a whole number", "watch", {"job_id": samples.JOB_ID, "last_seq": "0"}, "last_seq")
    yield field("true for a whole number", "list", {"limit": True}, "limit")
    yield field("3.0 for a whole number", "list", {"limit": 3.0}, "limit", "Frames and counts are never floats.")
    yield asked("number for yes or no", "request.overwrite", overwrite=1)
    yield asked("true for a number", "request.boxes[0].x0", boxes=[{**box, "x0": True}])
    yield asked("map for a list", "request.boxes", boxes={"0": box})
    yield asked("list for a map", "request.plate", plate=["plate.####.exr"])
    yield asked("text for a list", "request.prompts", prompts="red ball")
    yield asked("number in a list of phrases", "request.prompts[1]", prompts=["red ball", 7])
    yield asked("NaN", "request.boxes[2].x1", boxes=[box, box, {**box, "x1": nan}])
    yield asked("infinity", "request.points[0].y", points=[{**point, "y": infinity}])
    yield asked("NaN in an unknown field", "request.later", "Even there: no reader may meet it.", later=nan)
    yield field("integer of 2**53", "watch", {"job_id": samples.JOB_ID, "last_seq": 2**53}, "last_seq")
    yield field("integer of 2**63 in an unknown list", "ping", {"later": [0, 2**63]}, "later[1]")
    yield field("job id too short", "cancel", {"job_id": "abc"}, "job_id")
    yield field("job id with a slash", "cancel", {"job_id": "../../etc/passwd"}, "job_id")
    yield field("last_seq below zero", "watch", {"job_id": samples.JOB_ID, "last_seq": -1}, "last_seq")
    yield field("limit too high", "list", {"limit": 501}, "limit")
    yield field("unknown word", "stop", {"when": "later"}, "when")
    yield field("unknown state", "canceling", {"job_id": samples.JOB_ID, "state": "paused"}, "state")
    yield field("protocol range upside down", "hello", {"protocol_min": 2, "protocol_max": 1}, "protocol_max")
    yield asked("empty path", "request.plate.path", plate={"path": " "})
    yield asked("control character in a path", "request.plate.path", plate={"path": "a\0b"})
    yield asked("nothing to mask", "request.prompts", prompts=[])
    yield asked("drop points alone", "request.prompts", prompts=[], points=[{**point, "keep": False}])
    yield asked("empty phrase", "request.prompts[0]", prompts=[""])
    yield asked("no output", "request.out", out=[])
    yield asked("last before first", "request.last", first=1010, last=1001)
    yield asked("keyframe outside the range", "request.keyframe", first=1001, last=1010, keyframe=1011)
    yield asked("frame number out of range", "request.first", first=10_000_001)
    yield asked("box without width", "request.boxes[0].x1", boxes=[{**box, "x1": 1.0}])
    yield asked("box upside down", "request.boxes[1].y1", boxes=[box, {**box, "y1": 1.0}])
    yield asked("object 0", "request.points[0].object", points=[{**point, "object": 0}])
    yield asked("coordinate out of range", "request.points[0].x", points=[{**point, "x": 1_000_000.5}])
    yield asked("pick that is no list", "request.pick", pick="first")
    yield asked("pick 0", "request.pick", "Objects are numbered from 1.", pick="0")
    yield asked("threshold above 1", "request.box_threshold", box_threshold=1.5)
    yield asked("unknown quality", "request.quality", quality="best")
    yield asked("priority too high", "request.priority", priority=101)
    look = {"plate": {"path": "plate.mov"}, "frame": 1, "prompts": []}
    yield field("look for nothing", "detect", {"search": look}, "search.prompts")
    yield field("preview too large", "detect", {"search": {**look, "preview_edge": 4096}}, "search.preview_edge")
