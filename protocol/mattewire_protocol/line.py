"""One encrypted line to the daemon: a DEALER socket and the monitor that tells what ZeroMQ hides.

Refused keys and cut connections never reach ``send`` or ``receive``: a client without the monitor waits for ever.
"""

from __future__ import annotations

import sys
from typing import List, Sequence

import zmq

from . import codec
from .connection import Connection
from .errors import ConnectionFailed, DaemonUnreachable, NotAuthorized, TimedOut

_REFUSED = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
_LOST = zmq.EVENT_DISCONNECTED | zmq.EVENT_CONNECT_RETRIED


class Line:
    """Opens at once and never waits for the other side; ``trouble()`` tells when the line is of no more use."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], connection: Connection) -> None:
        self.address = connection.address
        self._socket: zmq.Socket[bytes] = context.socket(zmq.DEALER)
        self._socket.linger = 0
        self._socket.maxmsgsize = codec.MAX_MESSAGE_BYTES
        self._monitor: zmq.Socket[bytes] = self._socket.get_monitor_socket(_REFUSED | _LOST)
        try:
            self._socket.curve_serverkey = connection.server_key.encode("ascii")
            self._socket.curve_publickey = connection.client_public_key.encode("ascii")
            self._socket.curve_secretkey = connection.client_secret_key.encode("ascii")
            self._socket.connect(connection.address)
        except (zmq.ZMQError, UnicodeEncodeError) as problem:
            self.close()
            raise DaemonUnreachable(f"{connection.address} cannot be called: {problem}.") from None
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)

    def send(self, parts: Sequence[bytes]) -> None:
        """``TimedOut`` when the other side has not taken a thousand messages before this one."""
        try:
            self._socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:
            raise TimedOut("The line to the daemon is full.") from None

    def wait(self, timeout: float) -> None:
        """Returns when something has come or ``timeout`` seconds are over."""
        self._poller.poll(max(0, int(timeout * 1000)))

    def receive(self) -> List[bytes]:
        """The next message's parts; none when nothing is there."""
        try:
            return self._socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return []

    def trouble(self) -> List[ConnectionFailed]:
        """What has happened to the line, if anything: ``NotAuthorized`` or ``DaemonUnreachable``."""
        found: List[ConnectionFailed] = []
        while self._monitor.poll(0):
            # The event number, native byte order, opens the first frame (zmq_socket_monitor(3)). pyzmq's reader
            # of it imports asyncio, a third of this package's import time.
            event = int.from_bytes(self._monitor.recv_multipart()[0][:2], sys.byteorder)
            if event & _REFUSED:
                found.insert(0, NotAuthorized(f"The daemon at {self.address} refused the key, or is another one."))
            elif event & _LOST:
                found.append(DaemonUnreachable(f"Nothing answers at {self.address}."))
        return found

    def close(self) -> None:
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=0)
