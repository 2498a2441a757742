"""What people see: errors with the next step, a progress bar, JSON lines for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.text import Text

from mattewire_protocol import JobView, MattewireError, codec
from mattewire_protocol.messages import FrameEvent, JobEvent, StageEvent, name_of

screen = Console(stderr=True, highlight=False, markup=False)
"""Everything for people goes to standard error, so that standard output is the result alone. Text is shown as it is:
brackets in a file name or a phrase are no markup."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


@contextmanager
def told_plainly(as_json: bool = False) -> Iterator[None]:
    """Turns every ``MattewireError`` into one clear paragraph (or one JSON line) and exit status 1."""
    try:
        yield
    except MattewireError as problem:
        if as_json:
            print(json.dumps({"error": codec.to_wire(codec.error_body(problem))}), flush=True)
        else:
            complain(problem.message, problem.field, problem.advice)
        raise typer.Exit(1) from None


def complain(message: str, field: str = "", advice: str = "") -> None:
    where = f"{field}: " if field else ""
    screen.print(Text("✗ ", style="bold red").append(printable(where + message), style="not bold default"))
    if advice:
        screen.print(f"  {printable(advice)}")


def json_line(event: Any) -> None:
    print(json.dumps({"event": name_of(event), **codec.to_wire(event)}), flush=True)


LINE_EVERY_S = 5.0
"""Away from a terminal, seconds of a job between two lines about its progress."""


class JobScreen:
    """A job's progress: one live bar on a terminal, a line every few seconds elsewhere, JSON lines if asked."""

    def __init__(self, view: JobView, as_json: bool) -> None:
        self._view = view
        self._json = as_json
        self._task: TaskID | None = None
        self._said = ""
        self._last_line = -10.0
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[line]}", markup=False),
            console=screen,
            transient=True,
            disable=as_json or not screen.is_terminal,
        )

    def __enter__(self) -> JobScreen:
        self._progress.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._progress.stop()

    def show(self, event: Any) -> None:
        """Takes in one event that the view has already applied."""
        if self._json:
            json_line(event)
        elif not screen.is_terminal:
            self._line(event)
        elif self._view.total:
            if self._task is None:
                self._task = self._progress.add_task("", total=self._view.total, line="")
            shown = f"frame {event.frame}" if isinstance(event, FrameEvent) else self._view.stage
            line = self._view.line()
            if isinstance(event, StageEvent) and self._view.done == self._view.total:
                line = event.note  # all frames are there; what comes now has a progress of its own
            self._progress.update(self._task, completed=self._view.done, description=shown, line=printable(line))

    def _line(self, event: Any) -> None:
        view = self._view
        if isinstance(event, StageEvent) and event.stage != self._said:
            self._said, self._last_line = event.stage, view.elapsed_s
            screen.print(f"{printable(event.stage.capitalize())}. {printable(event.note)}")
        elif isinstance(event, StageEvent) and event.note and view.elapsed_s - self._last_line > LINE_EVERY_S:
            self._last_line = view.elapsed_s
            screen.print(printable(event.note))
        elif isinstance(event, FrameEvent) and view.elapsed_s - self._last_line > LINE_EVERY_S:
            self._last_line = view.elapsed_s
            screen.print(printable(view.line()))
        elif isinstance(event, JobEvent) and event.error is not None and not view.ended:
            screen.print(printable(f"{event.error.message} Going on."))


@contextmanager
def counted(text: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar for work in this process; yields ``progress(done, total)``."""
    columns = (TextColumn(text), BarColumn(bar_width=40), TextColumn("{task.completed}/{task.total}"))
    hidden = quiet or not screen.is_terminal
    if hidden and not quiet:
        screen.print(text)
    with Progress(*columns, console=screen, transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def printable(text: str) -> str:
    """Text that this terminal's encoding can show; what it cannot is a question mark."""
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
