"""The blocking client that every panel, the command line and farm tasks use.

One ``Client`` belongs to one thread. Panels in a host never block: they call ``poll()`` from a timer. Scripts call
``watch()`` and loop. When the daemon restarts or the line is cut, the client finds it again and asks for what it
missed, by sequence number: no event is lost and none is seen twice.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, Deque, Dict, Iterator, List, Optional, Sequence, Tuple, Type, TypeVar

import zmq

from . import codec, launch, messages
from .connection import Connection, connection_path, read_connection
from .errors import (
    BadMessage,
    ConnectionFailed,
    DaemonUnreachable,
    MattewireError,
    NotAuthorized,
    TimedOut,
    from_wire,
)
from .request import MatteRequest, Search

ANSWER_TIMEOUT_S = 15.0
DETECT_TIMEOUT_S = 300.0
RETRY_S = 0.5
_REFUSED = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
_LOST = zmq.EVENT_DISCONNECTED | zmq.EVENT_CONNECT_RETRIED

Body = TypeVar("Body")


class Client:
    """A conversation with one daemon.

    ``connection``: a known daemon; absent means the local one, through its connection file (read again whenever
    the daemon comes back). ``start``: start the local daemon when none runs. ``name`` and ``host`` say who asks.
    Raises ``DaemonUnreachable``, ``NotAuthorized``, ``TimedOut`` or ``WrongProtocol``.
    """

    def __init__(
        self,
        connection: Optional[Connection] = None,
        *,
        start: bool = False,
        name: str = "python",
        host: str = "",
        timeout: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self.timeout = timeout
        self._given = connection
        self._start = start and connection is None
        self._name, self._host = name, host
        self._context = zmq.Context()
        self._socket: Optional[zmq.Socket[bytes]] = None
        self._monitor: Optional[zmq.Socket[bytes]] = None
        self._file_stamp: Tuple[int, int] = (0, 0)
        self._answers: Dict[str, Optional[codec.Message]] = {}
        self._events: Deque[Any] = deque()
        self._watched: Dict[str, int] = {}
        self._holes: Dict[str, int] = {}
        self._last_sent = self._last_heard = self._last_try = 0.0
        self.welcome = messages.Welcome(0, "")
        try:
            self._connect()
        except BaseException:
            self.close()
            raise

    # --- what a panel does ---------------------------------------------------------------------------------

    def submit(self, request: MatteRequest, job_id: str = "") -> messages.Accepted:
        """Hands in a job; it is on disk when this returns. The same ``job_id`` again is harmless."""
        return self._ask(messages.Submit(job_id or codec.new_id(), request), messages.Accepted)

    def follow(self, job_id: str, last_seq: int = 0) -> messages.Watching:
        """Asks for a job's events after ``last_seq``; they come out of ``poll()``."""
        self._watched[job_id] = last_seq
        try:
            return self._ask(messages.Watch(job_id, last_seq), messages.Watching)
        except MattewireError:
            self._watched.pop(job_id, None)
            raise

    def unfollow(self, job_id: str) -> None:
        """Ends ``follow``."""
        self._watched.pop(job_id, None)
        self._ask(messages.Unwatch(job_id), messages.Watching)

    def poll(self, timeout: float = 0.0) -> List[Any]:
        """The events that have arrived, waiting up to ``timeout`` seconds for the first. Keeps the line alive.

        Never raises for a daemon that is away: it is looked for again on later calls; see ``connected``.
        """
        if not self._events:
            self._serve(timeout)
        else:
            self._serve(0.0)
        taken = list(self._events)
        self._events.clear()
        return taken

    def watch(self, job_id: str, last_seq: int = 0, patience: float = 60.0) -> Iterator[Any]:
        """Yields a job's events from ``last_seq`` on until its final state. Blocks between events.

        A daemon that goes away is waited for (and started, where this client may) up to ``patience`` seconds.
        """
        self.follow(job_id, last_seq)
        lost_at: Optional[float] = None
        while True:
            for event in self.poll(0.25):
                lost_at = None
                yield event
                ended = getattr(event, "state", "") if not isinstance(event, messages.Snapshot) else event.job.state
                if not isinstance(event, messages.FrameEvent) and ended in messages.FINAL_STATES:
                    self._watched.pop(job_id, None)
                    return
            if self.connected:
                lost_at = None
            else:
                lost_at = lost_at or time.monotonic()
                if time.monotonic() - lost_at > patience:
                    raise DaemonUnreachable(f"The daemon went away and did not come back within {patience:g} s.")

    def cancel(self, job_id: str) -> messages.Canceling:
        """Stops a job; finished frames stay."""
        return self._ask(messages.Cancel(job_id), messages.Canceling)

    def detect(self, search: Search, timeout: float = DETECT_TIMEOUT_S) -> Tuple[messages.Detected, bytes]:
        """Looks at one frame now. Returns what was found and the preview JPEG (empty when none was asked for)."""
        reply = self.request(messages.Detect(search), timeout)
        body = _as(reply.body, messages.Detected)
        return body, reply.binary[0] if reply.binary else b""

    def jobs(self, limit: int = 50) -> List[messages.JobSummary]:
        """The newest jobs, newest first."""
        return self._ask(messages.ListJobs(limit), messages.Jobs).jobs

    def status(self) -> messages.Report:
        """How the daemon is."""
        return self._ask(messages.Status(), messages.Report)

    def release(self) -> messages.Released:
        """Gives the GPU memory of idle models back to the host."""
        return self._ask(messages.Release(), messages.Released, self.timeout + 30)

    def stop(self, when: str = "now") -> None:
        """Ends the daemon."""
        self._ask(messages.Stop(when), messages.Stopping)

    @property
    def connected(self) -> bool:
        """False from the moment the daemon is known to be away until it answers again."""
        return self._socket is not None

    # --- one request, one answer ---------------------------------------------------------------------------

    def request(self, body: object, timeout: Optional[float] = None) -> codec.Message:
        """Sends ``body`` and waits for its answer. An ``error`` answer is raised as its exception."""
        limit = self.timeout if timeout is None else timeout
        deadline = time.monotonic() + limit
        while self._socket is None and time.monotonic() < deadline:
            self._serve(RETRY_S)
        identity = self._send(body)
        self._answers[identity] = None
        try:
            while (reply := self._answers[identity]) is None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimedOut(f"No answer to {messages.name_of(body)} within {limit:g} s.")
                if self._socket is None:
                    raise DaemonUnreachable("The daemon went away before it answered.")
                self._serve(min(left, 0.25))
        finally:
            del self._answers[identity]
        if isinstance(reply.body, messages.Error):
            error = reply.body
            raise from_wire(error.code, error.message, error.field, error.advice, error.retryable)
        return reply

    def _ask(self, body: object, expected: Type[Body], timeout: Optional[float] = None) -> Body:
        return _as(self.request(body, timeout).body, expected)

    def _send(self, body: object, answers: str = "") -> str:
        if self._socket is None:
            raise DaemonUnreachable()
        identity = codec.new_id()
        parts = codec.encode(body, id=identity, answers=answers)
        try:
            self._socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:
            raise TimedOut("The line to the daemon is full.") from None
        self._last_sent = time.monotonic()
        return identity

    # --- the line ------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self._disconnect()
        connection = self._given or self._local_connection()
        socket = self._context.socket(zmq.DEALER)
        socket.linger = 0
        socket.curve_serverkey = connection.server_key.encode("ascii")
        socket.curve_publickey = connection.client_public_key.encode("ascii")
        socket.curve_secretkey = connection.client_secret_key.encode("ascii")
        socket.maxmsgsize = codec.MAX_MESSAGE_BYTES
        self._monitor = socket.get_monitor_socket(_REFUSED | _LOST)
        self._socket = socket
        socket.connect(connection.address)
        hello = messages.Hello(messages.OLDEST_PROTOCOL, messages.PROTOCOL, self._name, self._host)
        self._last_heard = time.monotonic()
        try:
            self.welcome = self._ask(hello, messages.Welcome)
            self._holes.clear()
            for job_id, last_seq in self._watched.items():
                self._ask(messages.Watch(job_id, last_seq), messages.Watching)
        except BaseException:
            self._disconnect()
            raise

    def _local_connection(self) -> Connection:
        try:
            connection = read_connection()
            if not _alive(connection.pid):
                raise DaemonUnreachable(f"The daemon that left {connection_path()} is no longer running.")
        except DaemonUnreachable:
            if not self._start:
                raise
            connection = launch.start_daemon()
        self._file_stamp = _stamp(connection_path())
        return connection

    def _disconnect(self) -> None:
        if self._monitor is not None and self._socket is not None:
            self._socket.disable_monitor()
            self._monitor.close(linger=0)
        if self._socket is not None:
            self._socket.close(linger=0)
        self._socket = self._monitor = None

    def _serve(self, timeout: float) -> None:
        """Takes in what has arrived, answers pings, keeps the line alive, finds the daemon again."""
        if self._socket is None:
            self._retry(timeout)
            return
        if self._socket.poll(int(timeout * 1000)):
            while self._socket is not None:
                try:
                    parts = self._socket.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break
                self._last_heard = time.monotonic()
                self._take(parts)
        if self._monitor is not None and self._monitor.poll(0):
            # The event number, native byte order, opens the first frame (zmq_socket_monitor(3)). pyzmq's reader
            # of it imports asyncio, a third of this package's import time.
            self._line_trouble(int.from_bytes(self._monitor.recv_multipart()[0][:2], sys.byteorder))
        if self._socket is not None:
            self._keep_alive()

    def _line_trouble(self, event: int) -> None:
        """ZeroMQ hides refused keys and cut lines from send and receive; only the monitor tells."""
        self._disconnect()
        if event & _REFUSED and (self._given is not None or not self.welcome.protocol):
            raise NotAuthorized()

    def _take(self, parts: Sequence[bytes]) -> None:
        header = codec.read_header(parts)
        try:
            message = codec.decode(parts)
        except MattewireError as problem:
            if not header.answers:
                return  # a newer daemon's message that this client does not know
            message = codec.Message(header, codec.error_body(problem))
        if isinstance(message.body, messages.Ping):
            self._send(messages.Pong(), answers=message.id)
        elif message.answers in self._answers:  # answers that nobody waits for any more are let go
            self._answers[message.answers] = message
        elif message.type in messages.EVENTS:
            self._take_event(message.body)

    def _take_event(self, event: Any) -> None:
        seen = self._watched.get(event.job_id)
        if seen is None or event.seq <= seen:
            return
        if event.seq != seen + 1 and not isinstance(event, messages.Snapshot):
            if self._holes.get(event.job_id) != seen:
                self._holes[event.job_id] = seen
                self._send(messages.Watch(event.job_id, seen))  # have the rest sent again, once
            return
        self._watched[event.job_id] = event.seq
        self._events.append(event)

    def _keep_alive(self) -> None:
        now = time.monotonic()
        limits = self.welcome.limits
        if self._given is None and _stamp(connection_path()) != self._file_stamp and self.welcome.protocol:
            self._disconnect()  # another daemon has taken over
            return
        if now - self._last_heard > limits.silence_s and now - self._last_sent < limits.silence_s:
            self._disconnect()
            return
        if now - self._last_sent > limits.silence_s:  # this side slept; the daemon may have stopped watching for us
            for job_id, seen in self._watched.items():
                self._send(messages.Watch(job_id, seen))
            self._last_heard = now
        elif now - self._last_sent > limits.heartbeat_s:
            self._send(messages.Ping())

    def _retry(self, timeout: float) -> None:
        wait = min(timeout, max(0.0, self._last_try + RETRY_S - time.monotonic()))
        time.sleep(wait)
        if time.monotonic() - self._last_try < RETRY_S:
            return
        self._last_try = time.monotonic()
        try:
            self._connect()
        except NotAuthorized:
            raise
        except ConnectionFailed:
            return

    def close(self) -> None:
        self._disconnect()
        self._context.destroy(linger=0)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], problem: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()


def _as(body: object, expected: Type[Body]) -> Body:
    if not isinstance(body, expected):
        raise BadMessage(f"The daemon answered {messages.name_of(body)} where {expected.__name__} was expected.")
    return body


def _stamp(path: Path) -> Tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)


def _alive(pid: int) -> bool:
    """Whether a process of this number exists on this machine; unknown counts as alive."""
    return launch.process_exists(pid) if pid > 0 else True
