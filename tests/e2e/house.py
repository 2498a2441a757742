"""A real daemon with its worker in a folder of its own, and small plates for it. Always ended by its fixture."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mattewire_protocol import Client, Deliverable, JobView, MatteRequest, Plate
from mattewire_protocol.codec import new_id
from mattewire_protocol.connection import read_connection
from mattewire_protocol.errors import MattewireError
from mattewire_protocol.launch import scrubbed_environment
from mattewire_protocol.messages import FrameEvent

START_S = 30.0
ENGINE_DOUBLE = Path(__file__).with_name("engine_double.py")


def write_facts(folder: Path, package: str, **engines: str) -> None:
    """What pip would write into ``folder`` of a package with ``engines``: their names (``_`` for ``-``) and where each
    is made, ``module:function``."""
    facts = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    points = "".join(f"{name.replace('_', '-')} = {made}\n" for name, made in engines.items())
    (facts / "entry_points.txt").write_text(f"[mattewire.engines]\n{points}")


class House:
    """``home``: the data folder. Settings go in as ``MATTEWIRE_*`` variables."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.engines = folder / "engines"
        write_facts(self.engines, "engine-double", double="engine_double:engine")
        shutil.copy(ENGINE_DOUBLE, self.engines / "engine_double.py")
        self.variables = {"MATTEWIRE_HOME": str(self.home), "MATTEWIRE_ENGINES": str(self.engines), **settings}
        self.process: subprocess.Popen[bytes] | None = None
        self._workers: set[int] = set()

    @property
    def journal(self) -> list[str]:
        """What the engine double was asked, in order."""
        path = self.engines / "journal.txt"
        return path.read_text().splitlines() if path.exists() else []

    def start(self, program: str = "") -> House:
        """Starts the daemon and waits until it serves. ``program``: Python source that serves in its place."""
        how = ["-c", program] if program else ["-m", "mattewire_server.daemon"]
        self.home.mkdir(mode=0o700, exist_ok=True)
        with (self.folder / "daemon.out").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, *how],
                env={**scrubbed_environment(), **self.variables},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        process = self.process
        self.wait_for(lambda: process.poll() is not None or self._serves(process.pid), START_S)
        assert process.poll() is None, (self.folder / "daemon.out").read_text()
        return self

    def _serves(self, pid: int) -> bool:
        try:
            return read_connection(self.home / "connection.json").pid == pid
        except MattewireError:
            return False

    def client(self, **settings: Any) -> Client:
        return Client(name="test", **settings)

    def worker_pid(self, client: Client) -> int:
        pid = client.status().worker_pid
        if pid:
            self._workers.add(pid)
        return pid

    def kill(self) -> None:
        """kill -9 of the daemon alone; the worker is left as it is."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=10)

    def end(self) -> None:
        """Ends everything, whatever state it is in."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=10)
        for pid in self._workers:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if "mattewire_server.worker" in command_line(pid):
                    os.killpg(pid, signal.SIGKILL)

    @staticmethod
    def wait_for(condition: Callable[[], Any], seconds: float = 15.0) -> Any:
        """The first true value of ``condition``; fails the test after ``seconds``."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError(f"it did not happen within {seconds:g} s")


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def write_plate(folder: Path, first: int = 1001, last: int = 1012) -> str:
    """A small PNG sequence whose red channel moves and has grain; its pattern."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    for frame in range(first, last + 1):
        picture = rng.integers(20, 60, (36, 64, 3)).astype(np.uint8)
        cv2.circle(picture, (12 + (frame - first) % 40, 18), 9, (20, 20, 230), -1)
        assert cv2.imwrite(str(folder / f"plate.{frame}.png"), picture)
    return str(folder / "plate.####.png")


def request(plate: str, out: Path, script: str = "subject", **changes: Any) -> MatteRequest:
    """Tracked anew each time, unless ``reuse`` is given: most tests are about tracking."""
    wanted: dict[str, Any] = {"prompts": [script], "engine": "double", "reuse": False, **changes}
    return MatteRequest(Plate(plate), [Deliverable(str(out / "matte.####.exr"))], **wanted)


def submit(client: Client, wanted: MatteRequest) -> str:
    job_id = new_id()
    client.submit(wanted, job_id)
    return job_id


def finish(client: Client, job_id: str) -> JobView:
    """Waits for the job's end and returns what a panel would show."""
    view = JobView(job_id)
    for event in client.watch(job_id, patience=30):
        view.apply(event)
    return view


def wait_until(client: Client, job_id: str, condition: Callable[[JobView], bool], seconds: float = 20.0) -> JobView:
    """Follows a job until its view fulfills ``condition``; it stays followed."""
    view = JobView(job_id)
    client.follow(job_id)
    deadline = time.monotonic() + seconds
    while not condition(view):
        assert time.monotonic() < deadline, f"{view.state}: {view.line()}"
        for event in client.poll(0.05):
            view.apply(event)
    return view


def first_told(events: Iterable[Any]) -> list[int]:
    """The frames in the order they were first told. One that is told again is flagged, of the same files."""
    told: dict[int, FrameEvent] = {}
    for event in events:
        if isinstance(event, FrameEvent):
            before = told.setdefault(event.frame, event)
            assert event is before or (event.state, event.paths) == ("flagged", before.paths)
    return list(told)


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones included, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.exists() else {}


def frames_in(names: Iterable[str]) -> list[int]:
    return [int(name.split(".")[1]) for name in names if name.endswith(".exr")]
