"""``mattewire doctor``: what is installed, what is missing, and the exact command that cures it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mattewire_protocol import Client, MattewireError
from mattewire_protocol.connection import data_folder
from mattewire_protocol.errors import DaemonUnreachable

from .. import engines
from .bundle import write_bundle
from .show import printable, screen, told_plainly

LOW_DISK_BYTES = 5_000_000_000
PACKAGES = {
    "OpenImageIO": ("OpenImageIO",),
    "OpenCV": ("opencv-python-headless", "opencv-python", "opencv-contrib-python-headless", "opencv-contrib-python"),
    "msgspec": ("msgspec",),
    "numpy": ("numpy",),
    "pyzmq": ("pyzmq",),
    "msgpack": ("msgpack",),
}
"""What the server needs, each with the distributions that bring it."""

TORCH_QUESTION = (
    "import json, torch; print(json.dumps([torch.__version__, torch.version.cuda, torch.cuda.is_available()]))"
)
CUDA_INDEX = "https://download.pytorch.org/whl/cu128"
"""PyTorch's own index for builds with CUDA; the plain package is such a build on Linux, the CPU build on Windows."""


@dataclass(frozen=True)
class Finding:
    """``state``: ``fine``, ``note`` (works, but look) or ``fault``. ``cure``: a command or a step, if any."""

    subject: str
    state: str
    what: str
    cure: str = ""


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(
    bundle: Annotated[Path | None, typer.Option(help="Also write a zip to send with a question.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As one line of JSON.")] = False,
) -> None:
    """Check this installation; exit status 1 when something must be cured."""
    findings = examine()
    if bundle is not None:
        with told_plainly(as_json):
            names = write_bundle(bundle, [asdict(finding) for finding in findings])
        screen.print(f"{bundle} holds {', '.join(names)}. No footage and no keys; look it over before you send it.")
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        marks = {"fine": ("✓", "green"), "note": ("•", "yellow"), "fault": ("✗", "red")}
        for finding in findings:
            mark, color = marks[finding.state]
            line = printable(f"{finding.subject}: {finding.what}")
            screen.print(Text(f"{mark} ", style=color).append(line, style="default"))
            if finding.cure:
                screen.print(f"    {printable(finding.cure)}", soft_wrap=True)  # one line, to be copied
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)


def examine() -> list[Finding]:
    """Every check, in the order people fix things."""
    return [
        check_python(),
        *check_packages(),
        check_video(),
        check_gpu(),
        check_engines(),
        check_disk(),
        check_daemon(),
    ]


def check_python() -> Finding:
    what = f"{platform.python_version()} at {sys.executable}"
    if sys.maxsize < 2**32:
        return Finding("Python", "fault", f"{what} is a 32-bit build.", "Install a 64-bit Python 3.10 or later.")
    return Finding("Python", "fine", what)


def check_packages() -> list[Finding]:
    found: list[str] = []
    missing: list[str] = []
    for name, distributions in PACKAGES.items():
        version = next((known for each in distributions if (known := _version(each))), "")
        (found if version else missing).append(f"{name} {version}".rstrip())
    findings = [Finding("Packages", "fine", ", ".join(found))] if found else []
    if missing:
        findings.append(Finding("Packages", "fault", f"missing {', '.join(missing)}", _pip("server,video")))
    return findings


def check_video() -> Finding:
    version = _version("av")
    if version:
        return Finding("Movies", "fine", f"PyAV {version}")
    return Finding("Movies", "note", "PyAV is not installed; sequences work, movies do not.", _pip("video"))


@dataclass(frozen=True)
class TorchBuild:
    """An installed torch. ``cuda``: the CUDA version it was built for, empty for a CPU build. ``fault``: why it
    cannot be imported, empty when it can."""

    version: str
    cuda: str = ""
    sees_gpu: bool = False
    fault: str = ""


def check_gpu() -> Finding:
    """The classic install fault: an NVIDIA GPU, and a torch that was built without CUDA."""
    gpu, torch = nvidia_gpu(), torch_build()
    seen = gpu or "no NVIDIA GPU seen"
    if torch is None:
        cure = _pip("models") if gpu else ""
        return Finding("GPU", "note", f"{seen}; torch is not installed, so only engines without models run.", cure)
    if torch.fault:
        what = f"{seen}; torch {torch.version} is installed but does not start: {torch.fault}."
        return Finding("GPU", "fault", what, _torch_again(gpu))
    if gpu and not torch.cuda:
        return Finding(
            "GPU", "fault", f"{gpu} is here, but torch {torch.version} is a build for the CPU.", _torch_again(gpu)
        )
    if gpu and not torch.sees_gpu:
        what = f"{gpu} is here, but torch {torch.version} (CUDA {torch.cuda}) cannot use it."
        return Finding("GPU", "fault", what, "Update the NVIDIA driver, then restart.")
    return Finding("GPU", "fine" if gpu else "note", f"{seen}; torch {torch.version}.")


def check_engines() -> Finding:
    known = engines.describe()
    ready = [engine.name for engine in known if engine.ready]
    others = [f"{engine.name}: {engine.reason}" for engine in known if not engine.ready]
    if not ready:
        return Finding("Engines", "fault", "; ".join(others) or "none is registered", _pip("server,video"))
    return Finding("Engines", "note" if others else "fine", "; ".join([f"ready: {', '.join(ready)}", *others]))


def check_disk(folder: Path | None = None) -> Finding:
    place = folder or data_folder()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    what = f"{free / 1e9:.1f} GB free at {place}"
    if not os.access(place, os.W_OK):
        return Finding("Disk", "fault", f"{place} cannot be written.", "Set MATTEWIRE_HOME to a folder of your own.")
    if free < LOW_DISK_BYTES:
        return Finding("Disk", "note", what, "Free some space: an HD matte takes 20 to 300 KB a frame, weights GBs.")
    return Finding("Disk", "fine", what)


def check_daemon() -> Finding:
    try:
        with Client(name="mattewire doctor", timeout=5) as client:
            report = client.status()
    except DaemonUnreachable:
        return Finding("Daemon", "fine", "not running; it starts when it is needed.")
    except MattewireError as problem:
        return Finding("Daemon", "fault", str(problem), "Run: mattewire stop, then try again.")
    what = f"version {report.server}, process {report.pid}, worker {report.worker}."
    return Finding("Daemon", "note" if report.notes else "fine", " ".join([what, *report.notes]))


def nvidia_gpu() -> str:
    """The first NVIDIA GPU's name, by its driver's own tool; ``""`` when there is none."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "an NVIDIA GPU" if Path("/proc/driver/nvidia/version").exists() else ""
    command = [tool, "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else ""


def torch_build() -> TorchBuild | None:
    """What torch says of itself, asked in a process of its own: importing it takes seconds, may crash, and this
    process must stay light. None when torch is not installed."""
    version = _version("torch")
    if not version:
        return None
    command = [sys.executable, "-c", TORCH_QUESTION]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return TorchBuild(version, fault=str(problem))
    try:
        version, cuda, sees_gpu = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        words = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return TorchBuild(version, fault=words[-1].rstrip("."))
    return TorchBuild(version, cuda or "", bool(sees_gpu))


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _torch_again(gpu: str) -> str:
    index = f" --index-url {CUDA_INDEX}" if gpu else ""
    return f'"{sys.executable}" -m pip install --force-reinstall torch{index}'


def _pip(extras: str) -> str:
    return f'"{sys.executable}" -m pip install "mattewire[{extras}]"'
