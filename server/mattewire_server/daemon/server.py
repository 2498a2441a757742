"""The daemon's loop: one thread, one ROUTER, no pixels, and nothing in it that waits.

Everything slow lives in the worker process. The loop takes messages, stores tickets, hands orders to the worker,
stores what the worker reports, and feeds whoever watches.
"""

from __future__ import annotations

import logging
import queue
import socket
import time
from dataclasses import replace

import zmq

import mattewire_server
from mattewire_protocol import codec, messages
from mattewire_protocol.errors import InternalError, MattewireError

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


class Daemon:
    """Binds on construction; ``run()`` serves until asked to stop; ``close()`` leaves nothing behind."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started = time.time()
        self.stop_when = ""
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.server_pair, self.client_pair = keys.new_pair(), keys.new_pair()
        keys.check_interface(settings.interface, settings.allowed_keys)
        self._guard = keys.guard(self._context, keys.AllowedKeys(self.client_pair.public, settings.allowed_keys))
        self._router = self._bind()
        self.address = self._router.get_string(zmq.LAST_ENDPOINT).rstrip("\0")
        self.store = Store(settings.database)
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
        router.bind(f"tcp://{self.settings.interface}:{self.settings.port or '*'}")
        return router

    # --- the loop ------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Serves until ``stop`` or ``ask_to_stop``."""
        poller = zmq.Poller()
        poller.register(self._router, zmq.POLLIN)
        poller.register(self._wake_out, zmq.POLLIN)
        while not self._may_end():
            ready = dict(poller.poll(BEHIND_MS if self.watchers.any_behind else QUIET_MS))
            if self._wake_out.fileno() in ready:
                self._drain_wake()
            self._take_records()
            if self._router in ready:
                self._take_messages()
            self.desk.tick()
            self.watchers.feed()
        for peer in self.watchers.peers():
            self._tell(peer, messages.Stopping())

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
        for _ in range(100):  # a flood from one side must not starve the worker's side
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
        """Sends one message if the peer's line takes it now; the loop never waits for a peer."""
        try:
            self._router.send_multipart([peer, *codec.encode(body, answers=identity, binary=binary)], zmq.NOBLOCK)
        except zmq.Again:
            return Sent.FULL
        except zmq.ZMQError as problem:
            if problem.errno == zmq.EHOSTUNREACH:
                return Sent.GONE
            raise
        return Sent.YES

    def _tell(self, peer: bytes, body: object) -> Sent:
        return self.reply(peer, "", body)

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
        for _ in range(1000):
            try:
                generation, raw = self._records.get_nowait()
            except queue.Empty:
                return
            self.desk.take(generation, raw)
        self._wake()

    def wait_for_worker(self, seconds: float) -> None:
        """Serves nothing but the worker until it is up, so that the first ``welcome`` knows the engines."""
        deadline = time.monotonic() + seconds
        while self.desk.worker in ("off", "starting") and time.monotonic() < deadline:
            self._take_records()
            self.desk.tick()
            time.sleep(0.01)

    def welcome(self, protocol: int) -> messages.Welcome:
        return messages.Welcome(
            protocol,
            mattewire_server.__version__,
            pid=self.desk.daemon_pid,
            engines=self.desk.engines,
            limits=replace(self.settings.limits),
            capabilities=["detect", "release", "preview_picture", "snapshot"],
        )
