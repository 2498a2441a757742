"""One function per message a client may send. A handler returns its answer, or ``None`` when that comes later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import mattewire_server
from mattewire_protocol import codec, messages
from mattewire_protocol.errors import UnknownMessage, WrongProtocol
from mattewire_protocol.messages import OLDEST_PROTOCOL, PROTOCOL

from .. import channel

if TYPE_CHECKING:
    from .server import Daemon

Handler = Callable[["Daemon", bytes, codec.Message], object | None]
_HANDLERS: dict[type, Handler] = {}


def handles(body: type) -> Callable[[Handler], Handler]:
    def register(function: Handler) -> Handler:
        _HANDLERS[body] = function
        return function

    return register


def answer(daemon: Daemon, peer: bytes, message: codec.Message) -> object | None:
    """The answer to a message. ``UnknownMessage`` for one that only a daemon sends."""
    handler = _HANDLERS.get(type(message.body))
    if handler is None:
        raise UnknownMessage(f"A client does not send {message.type}.")
    return handler(daemon, peer, message)


@handles(messages.Hello)
def hello(daemon: Daemon, peer: bytes, message: codec.Message) -> object:
    body: messages.Hello = message.body
    highest = min(PROTOCOL, body.protocol_max)
    if highest < max(OLDEST_PROTOCOL, body.protocol_min):
        raise WrongProtocol(
            f"The panel speaks protocol {body.protocol_min} to {body.protocol_max},"
            f" the daemon {OLDEST_PROTOCOL} to {PROTOCOL}.",
            field="protocol_max" if body.protocol_max < OLDEST_PROTOCOL else "protocol_min",
        )
    return daemon.welcome(highest)


@handles(messages.Ping)
def ping(daemon: Daemon, peer: bytes, message: codec.Message) -> object:
    return messages.Pong()


@handles(messages.Pong)
def pong(daemon: Daemon, peer: bytes, message: codec.Message) -> None:
    return None


@handles(messages.Error)
def error(daemon: Daemon, peer: bytes, message: codec.Message) -> None:
    return None  # an answer to an error would answer itself for ever


@handles(messages.Submit)
def submit(daemon: Daemon, peer: bytes, message: codec.Message) -> object:
    return daemon.desk.submit(message.body)


@handles(messages.Finish)
def finish(daemon: Daemon, peer: bytes, message: codec.Message) -> object:
    return daemon.desk.finish(message.body)


@handles(messages.Cancel)
def cancel(daemon: Daemon, peer: bytes, message: codec.Message) -> object:
    return daemon.desk.cancel(message.body.job_id)


@handles(messages.Watch)
def watch(daemon: Daemon, peer: bytes, message: codec.Message) -> object:
    job = daemon.store.job(message.body.job_id)
    daemon.watchers.add(peer, job.job_id, min(message.body.last_seq, job.seq))
    return messages.Watching(job.job_id, job.seq)


@handles(messages.Unwatch)
def unwatch(daemon: Daemon, peer: bytes, message: codec.Message) -> object:
    job = daemon.store.job(message.body.job_id)
    daemon.watchers.remove(peer, job.job_id)
    return messages.Watching(job.job_id, job.seq, follows=False)


def fitting(summaries: list[messages.JobSummary]) -> int:
    """How many of them, from the first, fit into one message."""
    size = 1024  # the header, and what is around the list
    for number, summary in enumerate(summaries):
        size += len(codec.pack(codec.to_wire(summary)))
        if size > codec.MAX_MESSAGE_BYTES:
            return number
    return len(summaries)


@handles(messages.ListJobs)
def list_jobs(daemon: Daemon, peer: bytes, message: codec.Message) -> object:
    summaries = daemon.store.summaries(message.body.limit)
    return messages.Jobs(summaries[: fitting(summaries)])


@handles(messages.Detect)
def detect(daemon: Daemon, peer: bytes, message: codec.Message) -> None:
    search = message.body.search

    def order(token: str) -> Any:
        return channel.Look(token, search)

    daemon.desk.ask(peer, message.id, order)


@handles(messages.Release)
def release(daemon: Daemon, peer: bytes, message: codec.Message) -> None:
    daemon.desk.ask(peer, message.id, channel.Unload)


@handles(messages.Status)
def status(daemon: Daemon, peer: bytes, message: codec.Message) -> object:
    desk = daemon.desk
    return messages.Report(
        mattewire_server.__version__,
        desk.daemon_pid,
        uptime_s=time.time() - daemon.started,
        worker=desk.worker,
        worker_pid=desk.worker_pid,
        running=desk.running,
        queued=len(daemon.store.in_states("queued")),
        memory_bytes=desk.memory.memory_bytes,
        gpu_bytes=desk.memory.gpu_bytes,
        engines_loaded=desk.memory.engines_loaded,
        notes=daemon.store.notes,
    )


@handles(messages.Stop)
def stop(daemon: Daemon, peer: bytes, message: codec.Message) -> object:
    daemon.desk.accept_no_more()
    daemon.ask_to_stop(message.body.when)
    return messages.Stopping()
