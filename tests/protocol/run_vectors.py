"""Runs the golden vectors through the Python client, on any Python from 3.9, without pytest.

    PYTHONPATH=protocol python tests/protocol/run_vectors.py [protocol/vectors]

Prints one line for each failure and a summary; exit code 1 when anything failed or nothing was run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mattewire_protocol import codec
from mattewire_protocol.errors import MattewireError
from mattewire_protocol.messages import MESSAGES

VECTORS = Path(__file__).parents[2] / "protocol" / "vectors"
Vector = dict[str, Any]
Decode = Callable[[Sequence[bytes]], codec.Message]


def load(folder: Path = VECTORS) -> dict[str, list[Vector]]:
    """Vectors by file name without ``.json``."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def part(recipe: str | list[Any]) -> bytes:
    """A part's bytes from hexadecimal text or a list of pieces."""
    if isinstance(recipe, str):
        return bytes.fromhex(recipe)
    pieces = [{"hex": piece, "times": 1} if isinstance(piece, str) else piece for piece in recipe]
    return b"".join(bytes.fromhex(piece["hex"]) * piece["times"] for piece in pieces)


def failure(vector: Vector, decode: Decode = codec.decode) -> str:
    """What is wrong when ``vector`` is run through ``decode`` (and the writer); empty when nothing is."""
    parts = [part(recipe) for recipe in vector["parts"]]
    try:
        message = decode(parts)
    except MattewireError as error:
        got = {"code": error.code, "field": error.field}
        return "" if got == vector.get("refuse") else f"refused with {got}: {error}"
    if "refuse" in vector:
        return f"was read, and must be refused with {vector['refuse']}"
    if message.header != codec.from_wire(codec.Header, vector["header"]):
        return f"header is {message.header}"
    if message.body != codec.from_wire(MESSAGES[vector["header"]["type"]], vector["body"]):
        return f"body is {message.body}"
    if list(message.binary) != parts[3:]:
        return "binary parts differ"
    if not vector.get("same_bytes", True):
        return ""
    if codec.to_wire(message.body) != vector["body"]:
        return f"body on the wire is {codec.to_wire(message.body)}"
    written = codec.encode(message.body, id=message.id, answers=message.answers, binary=message.binary)
    return "" if written == parts else f"written as {[made.hex() for made in written[1:3]]}"


def main(arguments: Sequence[str]) -> int:
    files = load(Path(arguments[0])) if arguments else load()
    count = failed = 0
    for name, vectors in files.items():
        for vector in vectors:
            count += 1
            trouble = failure(vector)
            if trouble:
                failed += 1
                print(f"{name}.json, {vector['name']}: {trouble}")
    print(f"Python {sys.version.split()[0]}: {count} vectors, {failed} failed")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
