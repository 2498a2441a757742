"""Submitting a job and staying with it until its end; Ctrl-C cancels it and keeps the finished frames."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from mattewire_protocol import Client, JobView, MatteRequest, codec
from mattewire_protocol.errors import DaemonUnreachable
from mattewire_protocol.messages import Finish

from .show import JobScreen, screen

PATIENCE_S = 90.0
"""How long a vanished daemon is waited for (it is started again meanwhile)."""


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """Collects Ctrl-C instead of raising in the middle of a message; the list grows with each press."""
    pressed: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        pressed.append(number)

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield pressed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_job(
    client: Client, wanted: MatteRequest | Finish, *, as_json: bool, timings: dict[str, float] | None = None
) -> JobView:
    """Hands ``wanted`` in and shows its progress until it has ended; the view says how.

    ``timings`` receives ``first_matte_s`` and ``total_s``, counted from the submission.
    """
    job_id = wanted.job_id if isinstance(wanted, Finish) else codec.new_id()
    view = JobView(job_id)
    started = time.monotonic()
    times = timings if timings is not None else {}
    with interrupts() as pressed:
        if isinstance(wanted, Finish):
            client.finish(wanted)
        else:
            client.submit(wanted, job_id)
        client.follow(job_id)
        with JobScreen(view, as_json) as shown:
            for event in _events(client, view, pressed):
                if view.frames and "first_matte_s" not in times:
                    times["first_matte_s"] = time.monotonic() - started
                shown.show(event)
    times["total_s"] = time.monotonic() - started
    return view


def _events(client: Client, view: JobView, pressed: list[int]) -> Iterator[Any]:
    cancels = 0
    seen_at = time.monotonic()
    while not view.ended:
        for event in client.poll(0.1):
            if view.apply(event):
                yield event
        if client.connected:
            seen_at = time.monotonic()
        elif time.monotonic() - seen_at > PATIENCE_S:
            raise DaemonUnreachable("The daemon went away and did not come back.")
        if len(pressed) > cancels and client.connected:
            if cancels:
                return  # pressed again: leave the daemon to finish stopping
            cancels = len(pressed)
            client.cancel(view.job_id)
            screen.print("Stopping; finished frames are kept. Press Ctrl-C again to leave at once.")
