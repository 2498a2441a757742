"""Which licenses the artist has accepted, for engines whose use in commercial work is not plainly allowed.

``<data folder>/licenses.json``: an engine's name, and the license's words as they were shown when they were accepted.
An engine that comes back with other words has to ask again. No torch; no network.
"""

from __future__ import annotations

import json
from pathlib import Path

from mattewire_protocol.connection import data_folder

from ..durable import output_error, whole_file, write_bytes

FILE = "licenses.json"


def accept(name: str, license: str) -> None:
    """Notes that engine ``name`` may be used under ``license``. Raises ``NotWritable``, ``DiskFull``."""
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise output_error(problem, str(path.parent), "The data folder") from problem
    text = json.dumps({**_all(), name: license}, indent=2, sort_keys=True) + "\n"
    with whole_file(str(path), token="licenses", subject="The list of accepted licenses") as temporary:
        write_bytes(temporary, text.encode())


def accepted(name: str, license: str) -> bool:
    """Whether these very words were accepted for the engine."""
    return _all().get(name) == license


def _all() -> dict[str, str]:
    try:
        read = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):  # absent or damaged: nothing is accepted, and accepting writes it anew
        return {}
    return {str(name): str(words) for name, words in read.items()} if isinstance(read, dict) else {}


def _path() -> Path:
    return data_folder() / FILE
