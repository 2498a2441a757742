"""``mattewire serve | status | stop``: the daemon itself."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from mattewire_protocol import Client, codec
from mattewire_protocol.errors import DaemonUnreachable
from mattewire_protocol.launch import process_exists, start_daemon

from ..daemon import lifecycle
from ..settings import load_settings
from .show import complain, screen, told_plainly


def register(app: typer.Typer) -> None:
    app.command("serve")(serve)
    app.command("status")(status)
    app.command("stop")(stop)


def serve(
    detach: Annotated[bool, typer.Option("--detach", help="Start in the background and return.")] = False,
) -> None:
    """Run the daemon. Panels and commands start it by themselves; this is for services and for looking on."""
    with told_plainly():
        if detach:
            connection = start_daemon()
            screen.print(f"Serving at {connection.address}, process {connection.pid}.")
            return
        screen.print(f"Serving until Ctrl-C. Log: {load_settings().log}")
        lifecycle.serve(load_settings())


def status(as_json: Annotated[bool, typer.Option("--json", help="As one line of JSON.")] = False) -> None:
    """Say whether the daemon runs, what it does, and what memory it holds."""
    with told_plainly(as_json), Client(name="mattewire status") as client:
        report, engines = client.status(), client.welcome.engines
        if as_json:
            print(json.dumps({**codec.to_wire(report), "engines": [codec.to_wire(each) for each in engines]}))
            return
        screen.print(f"Daemon {report.server}, process {report.pid}, up {report.uptime_s:.0f} s.")
        running = f" on job {report.running}" if report.running else ""
        screen.print(f"Worker {report.worker}{running}; {report.queued} waiting.")
        screen.print(f"Memory {report.memory_bytes / 1e6:.0f} MB, GPU {report.gpu_bytes / 1e6:.0f} MB.")
        for note in report.notes:
            screen.print(f"Note: {note}")
        for engine in engines:
            if engine.ready:
                screen.print(f"Engine {engine.name}: {engine.label}")
        if others := [engine.name for engine in engines if not engine.ready]:
            screen.print(f"Not ready: {', '.join(others)}. What each needs: mattewire engines list", soft_wrap=True)


def stop(
    when_idle: Annotated[bool, typer.Option("--when-idle", help="After the last job, not now.")] = False,
) -> None:
    """Stop the daemon. A running job goes on when it starts again."""
    with told_plainly():
        try:
            with Client(name="mattewire stop") as client:
                pid = client.welcome.pid
                client.stop("idle" if when_idle else "now")
        except DaemonUnreachable:
            screen.print("No daemon is running.")
            return
        if when_idle:
            screen.print("The daemon stops after its last job.")
            return
        deadline = time.monotonic() + 30
        while process_exists(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        if process_exists(pid):
            complain(f"The daemon (process {pid}) has not ended yet.", advice="Look at its log, or end the process.")
            raise typer.Exit(1)
        screen.print("Stopped.")
