"""Both clients make the same of every message, good or bad: golden vectors, and thousands of spoiled ones.

The rules between fields are code in both languages; here they are held against each other. Compared are the code and
the field of a refusal, and, of what is read, the bytes that each writes of it.
"""

from __future__ import annotations

import base64
import copy
import json
import random
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgpack
import pytest

from hosts.aftereffects.client_rig import HERE, NODES, cep_node, own_node, run, through
from mattewire_protocol import codec
from mattewire_protocol.errors import MattewireError
from protocol import run_vectors

Find = Callable[[], str]
GOOD = [
    vector
    for name, vectors in run_vectors.load().items()
    for vector in vectors
    if "refuse" not in vector and name != "errors"
]
NASTY: list[Any] = [
    None, True, False, 0, 1, -1, 2, 128, 3.0, 0.5, -0.0, 1e7, -1e7, 1e300, float("nan"), float("inf"),
    999, 1000, 65535, 65536, 10_000_001, -10_000_001, 2**53 - 1, 2**53, -(2**53), 2**63, 2**64 - 1,
    "", " ", "\u0085", "\ufeff", "a\x07b", "é" * 256, "🎬" * 256, "🎬" * 257, "x" * 64, "x" * 65, "x" * 512, "x" * 513,
    "x" * 4096, "x" * 4097, "best", "all", "1,3", "0,1", "1,", "1,1000", "exr", "webm", "splines", "png8", "layers",
    "cryptomatte", "cutout", "A", "Y", "RGB", "RGBA", "half", "float", "dwaa", "garbage", "done", "draft",
    "job-00000001", "job 1", "__proto__", "constructor", b"raw", [], [1], ["a"], [[]], {}, {"__proto__": 1}, {"a": []},
]  # fmt: skip


def spoiled(tree: Any, dice: random.Random) -> Any:
    """A copy of a tree with one thing in it changed, somewhere."""
    made = copy.deepcopy(tree)
    places: list[tuple[Any, Any]] = []

    def visit(value: Any) -> None:
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            places.append((value, key))
            if isinstance(value[key], (dict, list)):
                visit(value[key])

    visit(made)
    if not places or dice.random() < 0.05:
        made[dice.choice(["later", "__proto__", "job_id", "toString"])] = copy.deepcopy(dice.choice(NASTY))
        return made
    holder, key = dice.choice(places)
    how = dice.random()
    if how < 0.7:
        holder[key] = copy.deepcopy(dice.choice(NASTY))
    elif how < 0.8:
        del holder[key]
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        other = dice.choice(places)
        holder[key] = copy.deepcopy(other[0][other[1]])
    return made


def spoiled_bytes(part: bytes, dice: random.Random) -> bytes:
    made = bytearray(part)
    at = dice.randrange(len(made) + 1)
    how = dice.random()
    if how < 0.25:
        return bytes(made[:at])
    if how < 0.5:
        made[at:at] = bytes(dice.choices(range(256), k=dice.randint(1, 6)))
    elif how < 0.6:
        made[at:at] = dice.choice([b"\xdd\x00\x01\x00\x00", b"\xdf\xff\xff\xff\xff", b"\xc7\x01\x01a", b"\x91" * 40])
    elif made:
        made[at % len(made)] = dice.randrange(256)
    return bytes(made)


def spoiled_messages(count: int, seed: int) -> Iterator[list[bytes]]:
    dice = random.Random(seed)
    for _ in range(count):
        vector = dice.choice(GOOD)
        header, body = vector["header"], vector["body"]
        if dice.random() < 0.15:
            header = spoiled(header, dice)
        else:
            for _ in range(dice.choice([1, 1, 1, 2])):
                body = spoiled(body, dice)
        packed = [msgpack.packb(tree, use_bin_type=True) for tree in (header, body)]
        if dice.random() < 0.2:
            which = dice.randrange(2)
            packed[which] = spoiled_bytes(packed[which], dice)
        yield [b"MW", *packed]


def python_says(parts: Sequence[bytes]) -> dict[str, Any]:
    try:
        message = codec.decode(parts)
        written = codec.encode(message.body, id=message.id, answers=message.answers, binary=message.binary)
    except MattewireError as problem:
        return {"code": problem.code, "field": problem.field}
    return {"written": [base64.b64encode(part).decode() for part in written]}


def javascript_says(node: str, messages: Sequence[Sequence[bytes]], folder: Path) -> Any:
    return through(
        node, "verdicts.mjs", [[base64.b64encode(part).decode() for part in parts] for parts in messages], folder
    )


@pytest.mark.parametrize("find_node", NODES)
def test_the_golden_vectors_pass(find_node: Find) -> None:
    said = run(find_node(), "run_vectors.mjs").strip()
    count = sum(len(vectors) for vectors in run_vectors.load().values())
    assert said.endswith(f": {count} vectors, 0 failed")


def test_the_vectors_runner_notices(tmp_path: Path) -> None:
    watch = next(vector for vector in GOOD if vector["name"] == "watch, least")
    spoilt = [
        {**watch, "name": "one", "header": {**watch["header"], "id": "other"}},
        {**watch, "name": "two", "body": {**watch["body"], "last_seq": 1}},
        {**watch, "name": "three", "refuse": {"code": "bad_field", "field": ""}},
        {"name": "four", "parts": ["4d57"], "refuse": {"code": "bad_field", "field": ""}},
    ]
    (tmp_path / "spoilt.json").write_text(json.dumps(spoilt))
    program = [own_node(), str(HERE / "run_vectors.mjs"), str(tmp_path)]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stdout.splitlines()[:4]] == [
        f"spoilt.json, {name}" for name in ("one", "two", "three", "four")
    ]
    (tmp_path / "spoilt.json").unlink()
    assert subprocess.run(program, capture_output=True, check=False, timeout=30).returncode == 1, "nothing was run"


@pytest.mark.parametrize(("find_node", "seed"), [(own_node, 1), (cep_node, 2)], ids=["node 20", "node 17.7.1"])
def test_both_clients_say_the_same_of_spoiled_messages(find_node: Find, seed: int, tmp_path: Path) -> None:
    node = find_node()
    messages = list(spoiled_messages(3000, seed))
    ours = [python_says(parts) for parts in messages]
    theirs = javascript_says(node, messages, tmp_path)
    different = [(parts, one, other) for parts, one, other in zip(messages, ours, theirs, strict=True) if one != other]
    assert different == []
    codes = {verdict.get("code", "read") for verdict in ours}
    assert codes >= {"read", "bad_field", "bad_message", "unknown_message", "wrong_protocol"}, "every kind was there"
    assert sum("written" in verdict for verdict in ours) > 300
