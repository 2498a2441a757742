"""What the Lua script knows of its jobs: one small Lua file for each clip, which it reads with ``dofile`` alone.

Some Resolves let scripts neither open files nor list folders, but all of them run a Lua file by its path. So a record
is Lua that returns a table, under a name that the clip's unique id gives.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Mapping

from mattewire_protocol.connection import write_private

STATES = ("running", "done", "refused", "failed", "canceled", "told")
"""``refused``: before there was a job, and said so at once. ``told``: failed or canceled, and the artist knows why."""


def record_path(home: Path, item_id: str) -> Path:
    """The record of a clip, in Mattewire's data folder ``home``; the Lua script makes the same name."""
    return home / "resolve" / "clips" / f"{re.sub(r'[^A-Za-z0-9-]', '_', item_id)}.lua"


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Writes a record in one step: the script may read at any moment. Texts, numbers, true and false; no None."""
    lines = "".join(f"    {name} = {literal(value)},\n" for name, value in record.items())
    write_private(path, f"return {{\n{lines}}}\n")


def forget(path: Path) -> None:
    """Deletes a record, and what lies beside it under the same name."""
    for each in (path, path.with_suffix(".json")):
        try:
            os.remove(each)
        except FileNotFoundError:
            pass


def literal(value: Any) -> str:
    """A value as Lua writes it: text as ASCII signs that stand for its UTF-8, so that no encoding matters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    signs = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in str(value).encode("utf-8")
    )
    return f'"{signs}"'
