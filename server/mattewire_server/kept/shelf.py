"""The folder of kept shots: what its names mean, who is using what, and what dead processes left.

    store.lock                    held for the moment in which anything here is renamed or counted
    <address>/                    a whole shot: 1001.logits … and shot.json
    <address>.<claim>.writing/    a shot that is being tracked
    <address>.<claim>.removing/   on its way out
    <address>.<claim>.lock        locked for as long as its writer or reader lives

A shot appears by one rename of a folder that is complete, so nobody ever finds a part of one. Locks end with the
process that holds them, however it ends; what is not locked and not whole is a leftover.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from mattewire_protocol.errors import InternalError, NotWritable

from ..durable import output_error
from ..locks import is_locked, take_lock

SHOT = "shot.json"
SCHEMA = "mattewire.kept.1"
WAIT_S = 10.0
"""For the store's lock. It is held for milliseconds; whoever cannot have it goes on without keeping."""

_ADDRESS = re.compile(r"[0-9a-f]{32}\Z")
_NAME = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{16})\.(writing|removing|lock)\Z")


@dataclass(frozen=True)
class Entry:
    """A whole shot on the shelf. ``frames``: ascending. ``size``: bytes on disk. ``used_at``: Unix seconds when it was
    tracked or last opened. ``facts``: what the pipeline has put there."""

    address: str
    frames: tuple[int, ...]
    size: int
    used_at: float
    in_use: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """Says that a shot is in use, until ``release`` or the end of this process."""

    address: str
    token: str
    path: Path
    stream: IO[bytes]

    def release(self) -> None:
        # Closed first: Windows does not remove open files. Who looks in between finds a leftover, and removes it.
        self.stream.close()
        with contextlib.suppress(OSError):
            self.path.unlink()


class Shelf:
    """The folder ``root``; what is renamed in it is renamed inside ``locked()``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Alone on the shelf, among threads as among processes. ``NotWritable``, ``DiskFull``."""
        try:
            stream = take_lock(self.root / "store.lock", wait=WAIT_S)
        except OSError as error:
            raise output_error(error, str(self.root), "Tracked shots") from error
        if stream is None:
            raise NotWritable(f"Tracked shots: {self.root} has been in use by another process for {WAIT_S:g} seconds.")
        with stream:
            yield

    def claim(self, address: str) -> Claim:
        """Marks ``address`` as in use. Raises ``OSError``."""
        token = secrets.token_hex(8)
        path = self.root / f"{checked(address)}.{token}.lock"
        stream = take_lock(path)
        if stream is None:
            raise InternalError(f"{path} is locked by somebody else.")
        return Claim(address, token, path, stream)

    def place(self, address: str) -> Path:
        return self.root / checked(address)

    def pending(self, claim: Claim) -> Path:
        return self.root / f"{claim.address}.{claim.token}.writing"

    def used(self, *, but: Claim | None = None) -> set[str]:
        """Addresses that a living process reads or writes, ``but`` one claim. Locks of dead ones are removed."""
        found = set()
        for path, (address, token, kind) in self._named():
            if kind != "lock" or (but is not None and token == but.token):
                continue
            if is_locked(path):
                found.add(address)
            else:
                with contextlib.suppress(OSError):
                    path.unlink()
        return found

    def entries(self) -> list[Entry]:
        """Every whole shot, the one used longest ago first."""
        used = self.used()
        found = []
        for path in self._listed():
            if _ADDRESS.match(path.name) and (entry := read_entry(path, path.name in used)) is not None:
                found.append(entry)
        return sorted(found, key=lambda entry: (entry.used_at, entry.address))

    def leftovers(self) -> list[Path]:
        """Folders that dead processes left, and shots that are no longer whole."""
        used = self.used()
        alive = {f"{address}.{token}" for _, (address, token, kind) in self._named() if kind == "lock"}
        found = [
            path
            for path, (address, token, kind) in self._named()
            if kind == "removing" or (kind == "writing" and f"{address}.{token}" not in alive)
        ]
        for path in self._listed():
            if _ADDRESS.match(path.name) and path.name not in used and read_entry(path) is None:
                found.append(path)
        return found

    def pending_size(self) -> int:
        """Bytes of the shots that are being tracked."""
        return sum(_size(path) for path, (_, _, kind) in self._named() if kind == "writing")

    def take_down(self, path: Path) -> Path | None:
        """Moves a folder out of the way in one step; the caller removes it once the lock is let go. None if it cannot
        be moved, as on Windows while a file in it is open."""
        aside = self.root / f"{path.name[:32]}.{secrets.token_hex(8)}.removing"
        try:
            os.rename(path, aside)
        except OSError:
            return None
        return aside

    def _named(self) -> list[tuple[Path, tuple[str, str, str]]]:
        found = [(path, _NAME.match(path.name)) for path in self._listed()]
        return [(path, (match[1], match[2], match[3])) for path, match in found if match]

    def _listed(self) -> list[Path]:
        try:
            return sorted(self.root.iterdir())
        except FileNotFoundError:
            return []


def read_entry(folder: Path, in_use: bool = False) -> Entry | None:
    """What ``shot.json`` says of a shot; None when it is not there, or is not ours."""
    path = folder / SHOT
    try:
        raw = json.loads(path.read_bytes())
        if raw["schema"] != SCHEMA:
            return None
        frames = tuple(sorted(int(frame) for frame in raw["frames"]))
        if not frames:
            return None
        return Entry(folder.name, frames, int(raw["size"]), path.stat().st_mtime, in_use, dict(raw["facts"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def forget(folder: Path) -> None:
    """No longer offers a shot; who next tidies the shelf removes its folder once nobody uses it."""
    with contextlib.suppress(OSError):
        (folder / SHOT).unlink()


def frame_file(folder: Path, frame: int) -> Path:
    return folder / f"{frame}.logits"


def whole(folder: Path, entry: Entry) -> bool:
    """Whether every frame's file is there and they come to the recorded size. A look at names and sizes; the bytes
    are compared with their checksum when a frame is read."""
    try:
        return sum(frame_file(folder, frame).stat().st_size for frame in entry.frames) == entry.size
    except OSError:
        return False


def remove(folder: Path) -> None:
    """Removes a folder as far as possible; the next process removes what is left."""
    shutil.rmtree(folder, ignore_errors=True)


def checked(address: str) -> str:
    """``address``, when it is one; it becomes a folder's name."""
    if not _ADDRESS.match(address):
        raise InternalError(f"{address!r} is not the address of a tracked shot.")
    return address


def _size(folder: Path) -> int:
    total = 0
    with contextlib.suppress(OSError), os.scandir(folder) as files:
        for file in files:
            with contextlib.suppress(OSError):
                total += file.stat().st_size
    return total
