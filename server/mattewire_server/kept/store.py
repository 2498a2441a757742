"""The store of tracked shots: begin one, open one, and keep the whole under its limit."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mattewire_protocol.errors import InternalError, MattewireError, NotKept

from ..durable import output_error
from .codec import KeptFrame, unpack
from .shelf import SHOT, Claim, Entry, Shelf, checked, forget, frame_file, read_entry, remove, whole
from .writer import KeptWriter

log = logging.getLogger("mattewire.kept")


class KeptStore:
    """Kept shots in ``home / "kept"``, for this user alone; any number of processes and threads may use it at once.

    ``limit_bytes``: what they may fill together, 0 keeps nothing. What was used longest ago makes room.
    """

    def __init__(self, home: Path, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._shelf = Shelf(home / "kept")

    @property
    def folder(self) -> Path:
        return self._shelf.root

    def begin(self, address: str, facts: Mapping[str, Any] | None = None) -> KeptWriter:
        """A writer for the shot of this address. Where nothing can be kept, one that keeps nothing and whose ``note``
        says why; there is no note where nothing is to be kept (limit 0).

        ``facts``: anything JSON can say that finishing needs beside the frames.
        """
        checked(address)
        self.evict()
        note, claim = "", None
        if self._limit > 0:
            try:
                claim = self._claimed(address)
            except MattewireError as error:
                note = f"{error.message} The tracked shot is not kept; changing its mattes later means tracking again."
                log.warning("%s", note)
        writer = KeptWriter(self._shelf, claim, facts or {}, self._limit, self.evict)
        writer.note = note
        return writer

    def open(self, address: str) -> KeptShot | None:
        """The shot of this address, in use until it is closed; None when it is not, or not wholly, here.

        One with a file missing or cut short is forgotten, so that it is tracked anew.
        """
        place = self._shelf.place(address)
        if not os.path.isdir(place):
            return None
        try:
            with self._shelf.locked():
                entry = read_entry(place, True)
                if entry is None:
                    return None
                if not whole(place, entry):
                    log.warning("kept shot %s has lost a part of itself; it is forgotten", address)
                    forget(place)
                    return None
                claim = self._shelf.claim(address)
        except (MattewireError, OSError):
            log.exception("kept shot %s cannot be opened", address)
            return None
        with contextlib.suppress(OSError):  # of a disk that became read-only, only the order of eviction suffers
            os.utime(place / SHOT)
        return KeptShot(place, entry, claim)

    def evict(self) -> list[str]:
        """Removes the shots used longest ago until the rest is within the limit, never one in use; their addresses.

        Also removes what dead processes left. Never raises: a store that cannot be tidied is no reason to stop a job.
        """
        try:
            return [entry.address for entry in self._removed(self._limit)]
        except (MattewireError, OSError):
            log.exception("kept shots cannot be tidied in %s", self.folder)
            return []

    def shots(self) -> list[Entry]:
        """Every whole shot, the one used longest ago first. ``NotWritable`` where the folder cannot be locked."""
        if not os.path.isdir(self.folder):
            return []
        with self._shelf.locked():
            return self._shelf.entries()

    def clear(self) -> list[Entry]:
        """Removes every shot that is not in use and says which those were. ``NotWritable``, as ``shots``."""
        return self._removed(-1)

    def _removed(self, limit: int) -> list[Entry]:
        if not os.path.isdir(self.folder):
            return []
        removed: list[Entry] = []
        aside: list[Path] = []
        with self._shelf.locked():
            aside += [gone for path in self._shelf.leftovers() if (gone := self._shelf.take_down(path))]
            entries = self._shelf.entries()
            size = sum(entry.size for entry in entries) + self._shelf.pending_size()
            for entry in entries:
                if size <= limit:
                    break
                if not entry.in_use and (gone := self._shelf.take_down(self._shelf.place(entry.address))):
                    aside.append(gone)
                    removed.append(entry)
                    size -= entry.size
        for path in aside:
            remove(path)
        return removed

    def _claimed(self, address: str) -> Claim:
        """A claim with its empty folder. ``NotWritable``, ``DiskFull``."""
        with self._shelf.locked():
            try:
                claim = self._shelf.claim(address)
                try:
                    self._shelf.pending(claim).mkdir(mode=0o700)
                except OSError:
                    claim.release()
                    raise
            except OSError as error:
                raise output_error(error, str(self.folder), "The tracked shot") from error
        return claim


class KeptShot:
    """A whole shot, in use until ``close``. Threads may read at the same time."""

    def __init__(self, folder: Path, entry: Entry, claim: Claim) -> None:
        self.address, self.frames, self.facts = entry.address, entry.frames, entry.facts
        self._folder, self._claim = folder, claim

    def read(self, frame: int) -> KeptFrame:
        """One frame, its segments as ``codec.quantized`` gave them.

        ``NotKept`` when its file is gone, damaged or unreadable. Where it cannot get better by itself, the shot is
        forgotten, so that submitting it again tracks it anew.
        """
        if frame not in self.frames:
            raise InternalError(f"Frame {frame} is not of this shot ({self.frames[0]}-{self.frames[-1]}).")
        path = frame_file(self._folder, frame)
        try:
            kept = unpack(path.read_bytes())
            if kept.frame != frame:
                raise NotKept(f"It is frame {kept.frame}.")
        except FileNotFoundError:
            forget(self._folder)
            raise _lost(frame, path, "It is gone.") from None
        except OSError as error:
            raise _lost(frame, path, f"It cannot be read ({error.strerror}).") from error
        except NotKept as error:
            forget(self._folder)
            raise _lost(frame, path, error.message) from error
        return kept

    def close(self) -> None:
        self._claim.release()

    def __enter__(self) -> KeptShot:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()


def _lost(frame: int, path: Path, what: str) -> NotKept:
    return NotKept(f"Frame {frame} of the tracked shot is lost: {path}. {what}")
