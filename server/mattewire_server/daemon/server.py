"""The daemon's loop: one thread, one ROUTER, no pixels, and nothing in it that waits.

Everything slow lives in the worker process. The loop takes messages, stores tickets, hands orders to the worker,
stores what the worker reports, and feeds whoever watches.
"""

from __future__ import annotations

import logging
import queue
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

import zmq

import mattewire_server
from mattewire_protocol import codec, messages
from mattewire_protocol.deliver import FORMATS, MOVIES
from mattewire_protocol.errors import BadField, InternalError, MattewireError, StoreUnwritable

from .. import wire
from ..jobs.store import Store
from ..settings import Settings
from ..supervisor import Supervisor
from . import handlers, keys
from .desk import Desk
from .watchers import Sent, Watchers

log = logging.getLogger("mattewire.daemon")

QUIET_MS = 500
"""Longest sleep of the loop: timers are no finer than this."""
BEHIND_MS = 10
"""Sleep while a watcher's socket is full: its next chance."""
SHARE_S = 0.05
"""Longest that clients, or the worker, are served before the other side has its turn: a cancel waits no longer."""
STORE_PAUSE_S = 1.0
MOST_UNSENT = 32
"""Answers kept for a peer whose line is full of events."""


class Daemon:
    """Binds on construction; ``run()`` serves until asked to stop; ``close()`` leaves nothing behind."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started = time.time()
        self.stop_when = ""
        self.server_pair, self.client_pair = keys.new_pair(), keys.new_pair()
        keys.check_interface(settings.interface, settings.allowed_keys)
        allowed = keys.AllowedKeys(self.client_pair.public, settings.allowed_keys)
        self.store = Store(settings.database)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._guard = keys.guard(self._context, allowed)
        try:
            self._router = self._bind()
        except BaseException:
            self._guard.stop()
            self._context.destroy(linger=0)
            self.store.close()
            raise
        self.address = self._router.get_string(zmq.LAST_ENDPOINT).rstrip("\0")
        self._unsent: dict[bytes, deque[list[bytes]]] = {}
        self._held: tuple[int, bytes | None] | None = None
        self._store_again_at = 0.0
        self.watchers = Watchers(self.store, self._tell, settings.limits.replay_events, settings.limits.silence_s)
        self._records: queue.SimpleQueue[tuple[int, bytes | None]] = queue.SimpleQueue()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        supervisor = Supervisor(self._deliver, settings.worker_log)
        self.desk = Desk(self.store, self.watchers, supervisor, settings, self.reply)

    def _bind(self) -> zmq.Socket[bytes]:
        router = self._context.socket(zmq.ROUTER)
        router.linger = 0
        router.router_mandatory = True  # a full or vanished peer raises instead of losing the message silently
        router.maxmsgsize = codec.MAX_MESSAGE_BYTES
        router.curve_server = True
        router.curve_secretkey = self.server_pair.secret.encode("ascii")
        router.zap_domain = keys.DOMAIN.encode("ascii")
        interface = self.settings.interface
        if ":" in interface:
            router.ipv6 = True
            interface = f"[{interface}]"
        try:
            router.bind(f"tcp://{interface}:{self.settings.port or '*'}")
        except zmq.ZMQError as problem:
            router.close(linger=0)
            raise BadField(
                f"{interface}:{self.settings.port} cannot be listened on: {problem}.",
                field="MATTEWIRE_PORT",
                advice="Choose another port, or leave it out to take a free one.",
            ) from None
        return router

    # --- the loop ------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Serves until ``stop`` or ``ask_to_stop``."""
        poller = zmq.Poller()
        poller.register(self._router, zmq.POLLIN)
        poller.register(self._wake_out, zmq.POLLIN)
        while not self._may_end():
            hurry = self.watchers.any_behind or self._unsent or self._held
            ready = dict(poller.poll(BEHIND_MS if hurry else QUIET_MS))
            if self._wake_out.fileno() in ready:
                self._drain_wake()
            if self._router in ready:
                self._take_messages()
            self._send_unsent()
            self._with_store(self._take_records)
            self._with_store(self.desk.tick)
            self._with_store(self.watchers.feed)
        for peer in self.watchers.peers():
            self._tell(peer, messages.Stopping())

    def _with_store(self, work: Callable[[], None]) -> None:
        """A store that cannot be written stops the queue, not the daemon: it is tried again every second."""
        if time.monotonic() < self._store_again_at:
            return
        try:
            work()
        except StoreUnwritable as problem:
            log.error("%s", problem)
            self._store_again_at = time.monotonic() + STORE_PAUSE_S
        else:
            self._store_again_at = 0.0

    def ask_to_stop(self, when: str = "now") -> None:
        """May be called from a signal handler."""
        self.stop_when = when
        self._wake()

    def _may_end(self) -> bool:
        return self.stop_when == "now" or (self.stop_when == "idle" and self.desk.idle)

    def close(self) -> None:
        self.desk.close()
        self.store.close()
        self._router.close(linger=200)  # lets the last answers out
        self._guard.stop()
        self._context.destroy(linger=200)
        self._wake_in.close()
        self._wake_out.close()

    # --- messages ------------------------------------------------------------------------------------------

    def _take_messages(self) -> None:
        enough = time.monotonic() + SHARE_S
        while time.monotonic() < enough:
            try:
                peer, *parts = self._router.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self.watchers.heard(peer)
            self._serve(peer, parts)

    def _serve(self, peer: bytes, parts: list[bytes]) -> None:
        identity = ""
        try:
            identity = codec.read_header(parts).id
            message = wire.decode(parts)
            answer = handlers.answer(self, peer, message)
        except MattewireError as error:
            self.reply(peer, identity, codec.error_body(error))
        except Exception as problem:  # one bad message must not end everybody's daemon
            log.exception("a message could not be served")
            self.reply(peer, identity, codec.error_body(InternalError(f"{type(problem).__name__}: {problem}.")))
        else:
            if answer is not None:
                self.reply(peer, identity, answer)

    def reply(self, peer: bytes, identity: str, body: object, binary: tuple[bytes, ...] = ()) -> Sent:
        """Answers a peer. The loop never waits: an answer that the peer's line does not take now is kept, and goes
        out before any further event. A peer that takes none of ``MOST_UNSENT`` answers loses the rest."""
        try:
            parts = codec.encode(body, answers=identity, binary=binary)
        except MattewireError as problem:
            log.error("an answer cannot be said: %s", problem)
            parts = codec.encode(codec.error_body(InternalError(problem.message)), answers=identity)
        if peer not in self._unsent:
            sent = self._send(peer, parts)
            if sent is not Sent.FULL:
                return sent
        waiting = self._unsent.setdefault(peer, deque())
        if len(waiting) < MOST_UNSENT:
            waiting.append(parts)
        return Sent.FULL

    def _tell(self, peer: bytes, body: object) -> Sent:
        """Sends an event, unless answers wait for the same peer."""
        return Sent.FULL if peer in self._unsent else self._send(peer, codec.encode(body))

    def _send(self, peer: bytes, parts: list[bytes]) -> Sent:
        try:
            self._router.send_multipart([peer, *parts], zmq.NOBLOCK)
        except zmq.Again:
            return Sent.FULL
        except zmq.ZMQError as problem:
            if problem.errno == zmq.EHOSTUNREACH:
                return Sent.GONE
            raise
        return Sent.YES

    def _send_unsent(self) -> None:
        listening = self.watchers.peers()
        for peer, waiting in list(self._unsent.items()):
            if peer not in listening:
                waiting.clear()  # silent for too long
            while waiting and (sent := self._send(peer, waiting[0])) is not Sent.FULL:
                waiting.popleft()
                if sent is Sent.GONE:
                    waiting.clear()
            if not waiting:
                del self._unsent[peer]

    # --- the worker's side ---------------------------------------------------------------------------------

    def _deliver(self, generation: int, raw: bytes | None) -> None:
        self._records.put((generation, raw))
        self._wake()

    def _wake(self) -> None:
        try:
            self._wake_in.send(b"!")
        except OSError:
            pass  # full: the loop is about to wake anyway; closed: it has ended

    def _drain_wake(self) -> None:
        try:
            while self._wake_out.recv(4096):
                pass
        except BlockingIOError:
            pass

    def _take_records(self) -> None:
        enough = time.monotonic() + SHARE_S
        while time.monotonic() < enough:
            if self._held is None:
                try:
                    self._held = self._records.get_nowait()
                except queue.Empty:
                    return
            self.desk.take(*self._held)  # raises when it could not be stored, and is then given the same again
            self._held = None
        self._wake()

    def wait_for_worker(self, seconds: float) -> None:
        """Serves nothing but the worker until it is up, so that the first ``welcome`` knows the engines."""
        deadline = time.monotonic() + seconds
        while self.desk.worker in ("off", "starting") and time.monotonic() < deadline:
            if self.stop_when or self.desk.worker_fails:
                return
            self._with_store(self._take_records)
            self._with_store(self.desk.tick)
            time.sleep(0.01)

    def welcome(self, protocol: int) -> messages.Welcome:
        return messages.Welcome(
            protocol,
            mattewire_server.__version__,
            pid=self.desk.daemon_pid,
            engines=self.desk.engines,
            formats=[each for each in FORMATS if each not in MOVIES or find_spec("av") is not None],
            limits=replace(self.settings.limits),
            capabilities=["detect", "finish", "release", "preview_picture", "snapshot"],
        )
