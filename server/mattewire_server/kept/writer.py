"""Keeping a shot while it is tracked. Whatever goes wrong here, the mattes go on."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mattewire_protocol.errors import InternalError, MattewireError, OutputError

from ..durable import output_error, write_bytes
from ..sidecar import write_json_atomic
from .codec import KeptFrame, pack
from .shelf import SCHEMA, SHOT, Claim, Shelf, frame_file, read_entry, remove

log = logging.getLogger("mattewire.kept")

LEAST_FREE = 1_000_000_000
"""Bytes that are left for the mattes on the disk: they may go to the same one, and must not fail for a convenience."""

_AGAIN = "The mattes are not affected; changing them later means tracking again."


class KeptWriter:
    """One shot on its way to the store, in a folder that nobody is offered until ``complete``.

    Threads may add frames at the same time. Frames are not synced one by one, which would cost more than packing them:
    a power cut can only damage what its checksum then gives away. ``note`` says why keeping has stopped, for the
    artist; it is empty while all is well.
    """

    def __init__(
        self, shelf: Shelf, claim: Claim | None, facts: Mapping[str, Any], limit: int, evict: Callable[[], object]
    ) -> None:
        self.note = ""
        self._shelf, self._claim, self._facts = shelf, claim, dict(facts)
        self._limit, self._evict = limit, evict
        self._mutex = threading.Lock()
        self._sizes: dict[int, int] = {}
        self._unchecked = 0

    @property
    def keeping(self) -> bool:
        """False once the shot is complete, given up, or was not to be kept from the start."""
        return self._claim is not None

    def add(self, kept: KeptFrame) -> None:
        """Keeps one frame. ``InternalError`` for what is no frame's logits, or a frame that was added before."""
        claim = self._claim
        if claim is None:
            return
        data = pack(kept)
        with self._mutex:
            if kept.frame in self._sizes:
                raise InternalError(f"Frame {kept.frame} is kept already.")
            self._sizes[kept.frame] = len(data)
            size = sum(self._sizes.values())
            self._unchecked += len(data)
            # The store may be over its limit by a thirtieth for a moment, so that it is not counted for every frame.
            crowded = self._unchecked > self._limit // 30
            if crowded:
                self._unchecked = 0
        folder = self._shelf.pending(claim)
        try:
            if size > self._limit:
                self.stop(
                    f"This shot needs more than the {self._limit / 1e9:g} GB that kept shots may fill. {_AGAIN} "
                    "MATTEWIRE_KEEP_GB sets the limit."
                )
            elif shutil.disk_usage(folder).free < LEAST_FREE + len(data):
                self.stop(f"The disk of {self._shelf.root} is nearly full. {_AGAIN}")
            else:
                write_bytes(str(frame_file(folder, kept.frame)), data)
        except OSError as error:
            self._failed(output_error(error, str(folder), f"Frame {kept.frame}"))
        if crowded and self.keeping:
            self._evict()

    def complete(self, facts: Mapping[str, Any] | None = None) -> bool:
        """Offers the shot from now on, with ``facts`` added to those it began with; whether it is kept.

        A shot of the same address that another process has kept meanwhile stays if it is in use: it is the same. Call
        when every ``add`` has returned. ``InternalError`` for facts that are not JSON, or a shot without a frame.
        """
        claim = self._claim
        if claim is None:
            return False
        if not self._sizes:
            raise InternalError("A shot without a frame cannot be kept.")
        folder = self._shelf.pending(claim)
        entry = {
            "schema": SCHEMA,
            "frames": sorted(self._sizes),
            "size": sum(self._sizes.values()),
            "facts": {**self._facts, **(facts or {})},
        }
        try:
            write_json_atomic(str(folder / SHOT), entry)
            self._put_up(claim, folder)
        except OutputError as error:
            self._failed(error)
            return False
        self._claim = None
        claim.release()
        self._evict()
        return True

    def stop(self, note: str = "") -> None:
        """Keeps no more, and takes back what was kept of this shot. Does nothing after ``complete``."""
        with self._mutex:
            claim, self._claim = self._claim, None
        if claim is None:
            return
        self.note = note
        if note:
            log.warning("%s", note)
        remove(self._shelf.pending(claim))
        claim.release()

    close = stop
    """A shot that ends before ``complete`` is not kept."""

    def __enter__(self) -> KeptWriter:
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()

    def _failed(self, error: MattewireError) -> None:
        self.stop(f"{error.message} {_AGAIN}")

    def _put_up(self, claim: Claim, folder: Path) -> None:
        place = self._shelf.place(claim.address)
        aside = None
        with self._shelf.locked():
            if read_entry(place) is not None and claim.address in self._shelf.used(but=claim):
                aside = folder
            else:
                if place.exists():
                    aside = self._shelf.take_down(place)
                try:
                    folder.rename(place)
                except OSError as error:
                    raise output_error(error, str(place), "The tracked shot") from error
        if aside is not None:
            remove(aside)
