"""One file from an address, resumed where an earlier try stopped. Standard library only.

While it is under way the bytes lie in ``NAME.partial`` beside ``NAME.partial.json`` (length and the server's
validator: ETag or Last-Modified). A resumed request carries ``Range`` and ``If-Range`` (RFC 9110, 13.1.5 and 14.2): a
server whose file changed sends the whole new one, and the download starts over instead of joining two files.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from mattewire_protocol.errors import WeightsMissing

from ..durable import output_error

Progress = Callable[[int, int], None]

_CHUNK = 1 << 18
_TIMEOUT_S = 30.0
_TRIES = 5
"""How often a connection that breaks after some bytes is taken up again before giving up."""


@dataclass(frozen=True)
class _State:
    """What the partial file is a part of. ``total`` 0: not known."""

    url: str
    validator: str
    total: int


def download(url: str, path: Path, *, expected: int | None = None, progress: Progress | None = None) -> None:
    """Fetches ``url`` to ``path``, whole or not at all; a partial file stays for the next try.

    ``progress(done, total)`` in bytes. ``WeightsMissing`` says what went wrong (no network, not found, cut off, a
    length that is not the announced or ``expected`` one); ``DiskFull`` and ``NotWritable`` as everywhere.
    """
    partial = path.with_name(path.name + ".partial")
    for attempt in range(_TRIES):
        before = partial.stat().st_size if partial.exists() else 0
        try:
            total = _fetch(url, partial, progress)
        except urllib.error.HTTPError as problem:
            problem.close()
            if problem.code == 416:  # the partial file is longer than what is there now
                _forget(partial)
                continue
            raise WeightsMissing(f"{url} answered {problem.code} {problem.reason}.") from problem
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as problem:
            now = partial.stat().st_size if partial.exists() else 0
            if now > before and attempt + 1 < _TRIES:
                continue
            reason = getattr(problem, "reason", None) or problem
            raise WeightsMissing(f"{url} cannot be fetched ({reason}).") from problem
        except OSError as problem:
            raise output_error(problem, str(path), path.name) from problem
        size = partial.stat().st_size
        if total and size < total and size > before and attempt + 1 < _TRIES:
            continue  # the connection ended early without saying so
        break
    else:
        raise WeightsMissing(f"{url} changes while it is fetched.")
    _accept(url, partial, path, total, expected)


def _fetch(url: str, partial: Path, progress: Progress | None) -> int:
    """Appends what is left to ``partial``; returns the announced length of the whole, 0 when not known."""
    state, start = _resumable(url, partial)
    if start and start == state.total:
        return start
    request = urllib.request.Request(url, headers={"User-Agent": "mattewire", "Accept-Encoding": "identity"})
    if start:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", state.validator)
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        if answer.status != 206:
            start = 0
        announced = answer.headers.get("Content-Length")
        total = start + int(announced) if announced is not None else 0
        validator = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        _state_path(partial).write_text(json.dumps(asdict(_State(url, validator, total))), encoding="utf-8")
        done = start
        with partial.open("ab" if start else "wb") as file:
            while piece := answer.read(_CHUNK):
                file.write(piece)
                done += len(piece)
                if progress is not None:
                    progress(done, total)
            file.flush()
            os.fsync(file.fileno())
    return total


def _resumable(url: str, partial: Path) -> tuple[_State, int]:
    """The state to go on from and the bytes that are there; 0 when the download must start from the beginning.

    A weak ETag (``W/…``) names files that are alike, not equal, so nothing may be joined on it.
    """
    try:
        state = _State(**json.loads(_state_path(partial).read_text(encoding="utf-8")))
        start = partial.stat().st_size
    except (OSError, ValueError, TypeError):
        return _State(url, "", 0), 0
    if state.url != url or not state.validator or state.validator.startswith("W/"):
        return state, 0
    return state, start


def _accept(url: str, partial: Path, path: Path, total: int, expected: int | None) -> None:
    size = partial.stat().st_size
    if total and size != total:
        raise WeightsMissing(f"{url} was cut off after {size} of {total} bytes; pull again to go on.")
    if expected is not None and size != expected:
        _forget(partial)
        raise WeightsMissing(f"{url} has {size} bytes, {expected} were expected; it is another file.")
    os.replace(partial, path)
    _state_path(partial).unlink(missing_ok=True)


def _forget(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _state_path(partial).unlink(missing_ok=True)


def _state_path(partial: Path) -> Path:
    return partial.with_name(partial.name + ".json")


__all__ = ["download"]
