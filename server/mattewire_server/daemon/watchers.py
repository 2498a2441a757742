"""Who wants to hear about which job, and how far each has been told.

The store is the buffer. A watcher is fed from it as fast as its socket takes messages and never faster: nothing
is kept in memory for a peer that is slow, and a peer that is gone costs one failed send.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ..jobs.store import Store

BATCH = 200
"""Events sent to one watcher before the loop looks after everybody else again."""

MOST_RUNS = 10_000
"""Frame runs in a snapshot: about 300 KB, a third of the largest message."""


class Sent(Enum):
    """What became of one message to a peer."""

    YES = "yes"
    FULL = "full"
    GONE = "gone"


Send = Callable[[bytes, object], Sent]


@dataclass
class Watcher:
    peer: bytes
    job_id: str
    told: int
    behind: bool = True


class Watchers:
    """``send(peer, body)`` must not block. ``replay_events``: a longer backlog is replaced by one snapshot."""

    def __init__(self, store: Store, send: Send, replay_events: int, silence_s: float) -> None:
        self._store = store
        self._send = send
        self._replay_events = replay_events
        self._silence_s = silence_s
        self._watchers: dict[tuple[bytes, str], Watcher] = {}
        self._heard: dict[bytes, float] = {}

    def heard(self, peer: bytes) -> None:
        self._heard[peer] = time.monotonic()

    def add(self, peer: bytes, job_id: str, last_seq: int) -> None:
        self._watchers[peer, job_id] = Watcher(peer, job_id, last_seq)

    def remove(self, peer: bytes, job_id: str) -> None:
        self._watchers.pop((peer, job_id), None)

    def wake(self, job_id: str) -> None:
        """A job has a new event."""
        for watcher in self._watchers.values():
            if watcher.job_id == job_id:
                watcher.behind = True

    @property
    def any_behind(self) -> bool:
        return any(watcher.behind for watcher in self._watchers.values())

    def peers(self) -> set[bytes]:
        """Everybody from whom something was heard within the limit of silence."""
        return set(self._heard)

    def feed(self) -> None:
        """Tells every watcher that is behind as much as its socket takes now."""
        gone: set[bytes] = set()
        for watcher in list(self._watchers.values()):
            if watcher.behind and self._feed_one(watcher) is Sent.GONE:
                gone.add(watcher.peer)
        now = time.monotonic()
        gone |= {peer for peer, heard in self._heard.items() if now - heard > self._silence_s}
        for peer in gone:
            self._forget(peer)

    def _feed_one(self, watcher: Watcher) -> Sent:
        newest = self._store.newest_seq(watcher.job_id)
        if newest - watcher.told > self._replay_events:
            sent = self._send_snapshot(watcher)
            if sent is not Sent.YES:
                return sent
        for event in self._store.events_after(watcher.job_id, watcher.told, BATCH):
            sent = self._send(watcher.peer, event)
            if sent is not Sent.YES:
                return sent
            watcher.told = event.seq
        watcher.behind = watcher.told < newest
        return Sent.YES

    def _send_snapshot(self, watcher: Watcher) -> Sent:
        snapshot = self._store.snapshot(watcher.job_id)
        if len(snapshot.frames) > MOST_RUNS:
            return Sent.YES  # would not fit into one message: the events themselves are sent
        sent = self._send(watcher.peer, snapshot)
        if sent is Sent.YES:
            watcher.told = snapshot.seq
        return sent

    def _forget(self, peer: bytes) -> None:
        self._heard.pop(peer, None)
        for key in [key for key in self._watchers if key[0] == peer]:
            del self._watchers[key]
