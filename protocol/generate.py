#!/usr/bin/env python
"""Makes what follows from the message types: tables of SPEC.md and of the JavaScript client, schema/ and vectors/.

    python protocol/generate.py                   write what is missing or stale
    python protocol/generate.py --check           write nothing; exit 1 and name each file that is stale
    python protocol/generate.py --keep-as 0.1.0   also keep vectors that would change, as that release's
    python protocol/generate.py --accept-changes  also replace vectors that were never released

Vectors are kept for ever: they are the bytes that released panels send. A new field changes what our writer
writes, not what readers must read: ``--keep-as`` moves the vectors it changes into ``vectors/older.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tools import javascript, schema, tables, vectors

OLDER = "older.json"


def wanted(root: Path) -> dict[Path, str]:
    """Every generated file, under ``root`` (the protocol folder) or of the client beside it, with its text."""
    files = {root / "vectors" / f"{name}.json": vectors.as_text(made) for name, made in vectors.build().items()}
    files[root / "schema" / schema.SCHEMA_ID] = schema.as_text()
    files[root / "SPEC.md"] = tables.fill((root / "SPEC.md").read_text(encoding="utf-8"))
    client = root.parent / javascript.CLIENT
    if client.is_dir():  # a copy of the protocol folder alone has no clients beside it
        files.update({client / name: text for name, text in javascript.build().items()})
    return files


def changed_vectors(path: Path, text: str) -> list[dict[str, Any]]:
    """The vectors in the file at ``path`` that ``text`` no longer has as they are."""
    if path.parent.name != "vectors" or not path.exists():
        return []
    kept = {json.dumps(vector, sort_keys=True) for vector in json.loads(text)}
    old = json.loads(path.read_text(encoding="utf-8"))
    return [vector for vector in old if json.dumps(vector, sort_keys=True) not in kept]


def keep(root: Path, vectors_to_keep: list[dict[str, Any]], release: str) -> None:
    """Adds vectors to ``older.json``: still read, or still refused, but no longer what our writer writes."""
    path = root / "vectors" / OLDER
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    for vector in vectors_to_keep:
        written_otherwise = {} if "refuse" in vector else {"same_bytes": False}
        old.append({**vector, "name": f"{vector['name']} ({release})", **written_otherwise})
    path.write_text(vectors.as_text(old), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    parser.add_argument("--accept-changes", action="store_true", help="replace vectors that were never released")
    parser.add_argument("--keep-as", metavar="RELEASE", default="", help="keep changed vectors in older.json")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent, help="the protocol folder")
    options = parser.parse_args(arguments)

    files = wanted(options.root)
    stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    orphans = sorted(set((options.root / "vectors").glob("*.json")) - set(files) - {options.root / "vectors" / OLDER})
    for path in orphans:
        print(f"no longer made: {path}", file=sys.stderr)
    if options.check:
        for path in stale:
            print(f"stale: {path}", file=sys.stderr)
        return 1 if stale or orphans else 0
    broken = [vector for path in stale for vector in changed_vectors(path, files[path])]
    if options.keep_as and broken:
        keep(options.root, broken, options.keep_as)
    elif broken and not options.accept_changes:
        for vector in broken:
            print(f"The vector {vector['name']!r} would change; released panels rely on it.", file=sys.stderr)
        return 1
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
        print(f"wrote {path}")
    return 1 if orphans else 0


if __name__ == "__main__":
    sys.exit(main())
