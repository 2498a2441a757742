"""The daemon's end of a line, told by a test what to say: real CURVE, real sockets, no server package."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import zmq

from mattewire_protocol import codec, messages
from mattewire_protocol.connection import Connection

Answer = Callable[[codec.Message], list[Any]]


class ScriptedDaemon:
    """Answers ``hello`` with ``welcome`` (``None``: not at all) and hands every other message to ``script``.

    What ``script`` returns is said: a body answers the message, a body in a list of one is said unasked, ``bytes``
    parts in a tuple go out as they are. Every message taken is in ``heard``.
    """

    def __init__(self, script: Answer, limits: messages.Limits | None = None) -> None:
        self.heard: list[codec.Message] = []
        self.welcome: Any = messages.Welcome(1, "scripted", limits=limits or messages.Limits())
        self._script = script
        self._context = zmq.Context()
        server_public, server_secret = zmq.curve_keypair()
        client_public, client_secret = zmq.curve_keypair()
        self._router = self._context.socket(zmq.ROUTER)
        self._router.linger = 0
        self._router.curve_server = True
        self._router.curve_secretkey = server_secret
        port = self._router.bind_to_random_port("tcp://127.0.0.1")
        self.connection = Connection(
            1, f"tcp://127.0.0.1:{port}", server_public.decode(), client_public.decode(), client_secret.decode()
        )
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def bodies(self, kind: type) -> list[Any]:
        return [message.body for message in list(self.heard) if isinstance(message.body, kind)]

    def _serve(self) -> None:
        while not self._ending.is_set():
            if not self._router.poll(20):
                continue
            peer, *parts = self._router.recv_multipart()
            message = codec.decode(parts)
            self.heard.append(message)
            if isinstance(message.body, messages.Hello):
                if self.welcome is not None:
                    self._say(peer, codec.encode(self.welcome, answers=message.id))
                continue
            for said in self._script(message):
                if isinstance(said, tuple):
                    self._say(peer, list(said))
                elif isinstance(said, list):
                    self._say(peer, codec.encode(said[0]))
                else:
                    self._say(peer, codec.encode(said, answers=message.id))

    def _say(self, peer: bytes, parts: list[bytes]) -> None:
        self._router.send_multipart([peer, *parts])

    def close(self) -> None:
        self._ending.set()
        self._thread.join(timeout=5)
        self._context.destroy(linger=0)
