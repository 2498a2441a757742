"""Inputs that look enough like the real thing to get past the first check, and are wrong somewhere behind it."""

import json
from pathlib import Path

import msgpack
from hypothesis import strategies as st

from mattewire_protocol.messages import MESSAGES

VECTORS = Path(__file__).resolve().parents[2] / "protocol" / "vectors"

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=12)
    | st.binary(max_size=12)
)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def golden() -> list[list[bytes]]:
    """Every accepted message of the vectors, as parts."""
    found = []
    for path in sorted(VECTORS.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for vector in content["vectors"] if isinstance(content, dict) else content:
            if "parts" in vector and "refuse" not in vector:
                found.append([bytes.fromhex(part) for part in vector["parts"]])
    return found


GOOD = golden()


@st.composite
def damaged(draw: st.DrawFn) -> list[bytes]:
    """A good message with bytes changed, cut, doubled or put in."""
    parts = list(draw(st.sampled_from(GOOD)))
    index = draw(st.integers(0, len(parts) - 1))
    raw = bytearray(parts[index])
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(raw) - 1, 0)))
        match draw(st.sampled_from(("set", "cut", "insert", "double"))):
            case "set" if raw:
                raw[place] = draw(st.integers(0, 255))
            case "cut":
                del raw[place : place + draw(st.integers(1, 8))]
            case "insert":
                raw[place:place] = draw(st.binary(min_size=1, max_size=6))
            case _:
                raw[place:place] = raw[: draw(st.integers(0, 16))]
    parts[index] = bytes(raw)
    if draw(st.booleans()) and draw(st.booleans()):
        parts = parts[: draw(st.integers(0, len(parts)))] + draw(st.lists(st.binary(max_size=8), max_size=2))
    return parts


@st.composite
def well_formed(draw: st.DrawFn) -> list[bytes]:
    """A right header over any tree as a body, or a real body with one value replaced."""
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(MESSAGES)) | st.text(max_size=8))
        body = draw(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), trees, max_size=6))
    else:
        header, raw = draw(st.sampled_from(GOOD))[1:3]
        name = msgpack.unpackb(header)["type"]
        body = _replaced(draw, msgpack.unpackb(raw))
    head = {"protocol": draw(st.sampled_from((1, 1, 1, 0, 2))), "type": name, "id": draw(st.text(max_size=8)) or "a"}
    return [b"MW", _packed(head), _packed(body)]


def _replaced(draw: st.DrawFn, tree: object) -> object:
    if isinstance(tree, dict) and tree:
        key = draw(st.sampled_from(sorted(tree)))
        return {**tree, key: _replaced(draw, tree[key])}
    if isinstance(tree, list) and tree:
        index = draw(st.integers(0, len(tree) - 1))
        return [*tree[:index], _replaced(draw, tree[index]), *tree[index + 1 :]]
    return draw(trees)


def _packed(tree: object) -> bytes:
    return msgpack.packb(tree, unicode_errors="surrogatepass")


def _fields() -> list[str]:
    names = {"path", "plate", "frame", "boxes", "request", "job_id", "search"}
    for cls in MESSAGES.values():
        names |= set(cls.__dataclass_fields__)
    return sorted(names)


FIELDS = _fields()
messages = damaged() | well_formed() | st.lists(st.binary(max_size=64), max_size=5)
