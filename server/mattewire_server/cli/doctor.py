"""``mattewire doctor``: what is installed, what is missing, and the exact command that cures it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mattewire_protocol import Client, MattewireError
from mattewire_protocol.connection import data_folder
from mattewire_protocol.deliver import MOVIES
from mattewire_protocol.errors import DaemonUnreachable

from .. import engines
from ..kept import KeptStore
from ..settings import load_settings
from ..weights import entry, installed, weights_folder
from .bundle import write_bundle
from .findings import Finding, pip_install, version_of
from .gpu import check_gpu
from .hosts_found import check_hosts
from .show import printable, screen, told_plainly

_AV_AGAIN = f'"{sys.executable}" -m pip install --force-reinstall av'
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
        *check_weights(),
        check_engines(),
        check_disk(),
        check_kept(),
        *check_hosts(),
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
        version = next((known for each in distributions if (known := version_of(each))), "")
        (found if version else missing).append(f"{name} {version}".rstrip())
    findings = [Finding("Packages", "fine", ", ".join(found))] if found else []
    if missing:
        findings.append(Finding("Packages", "fault", f"missing {', '.join(missing)}", pip_install("server,video")))
    return findings


def check_video() -> Finding:
    """Whether movies can be read, and which can be written: an FFmpeg that a studio built may lack an encoder."""
    version = version_of("av")
    if not version:
        what = "PyAV is not installed; sequences work, movies can be neither read nor written."
        return Finding("Movies", "note", what, pip_install("video"))
    try:
        lacking = [f"{format} ({codec})" for format, codec in movie_encoders().items() if not can_encode(codec)]
    except ImportError as problem:
        return Finding("Movies", "fault", f"PyAV {version} does not start: {problem}.", _AV_AGAIN)
    if lacking:
        return Finding(
            "Movies", "note", f"PyAV {version} cannot write {', '.join(lacking)}; the rest works.", _AV_AGAIN
        )
    return Finding("Movies", "fine", f"PyAV {version}, reads movies and writes {' and '.join(MOVIES)}.")


def movie_encoders() -> dict[str, str]:
    """FFmpeg's encoder of each movie format. ``ImportError`` where PyAV cannot be imported."""
    from ..finish.movies.encoders import ENCODERS

    return {format: encoder.codec for format, encoder in ENCODERS.items()}


def can_encode(codec: str) -> bool:
    """Whether PyAV's FFmpeg has the encoder."""
    import av

    try:
        av.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        return False
    return True


WEIGHTS_VARIABLES = ("MATTEWIRE_SAM2_WEIGHTS", "MATTEWIRE_DETECTOR_WEIGHTS")
"""Paths that stand in for the weights folder."""


def check_weights() -> list[Finding]:
    """Which weights are here, and the three ways out when a model has none. Nothing where no model could run."""
    if not (version_of("torch") and version_of("transformers")):
        return []
    here = {entry(name).engine for name in installed() if entry(name).config.get("architecture") != "vocabulary"}
    given = [f"{name}={os.environ[name]}" for name in WEIGHTS_VARIABLES if os.environ.get(name)]
    found = ", ".join([*installed(), *given])
    if "sam2" not in here and not os.environ.get(WEIGHTS_VARIABLES[0]):
        what, cure = "without a segmenter only engine preview runs", "sam2.1-base-plus"
    elif "grounding-dino" not in here and not os.environ.get(WEIGHTS_VARIABLES[1]):
        what, cure = "without a detector boxes and points work, phrases do not", "groundingdino-swint-ogc"
    else:
        return [Finding("Weights", "fine", f"{found}, in {weights_folder()}.")]
    ways = (
        f"Run: mattewire weights pull {cure}; or, without a network, copy {entry(cure).files[0].url} here and run: "
        f"mattewire weights add {cure} PATH; or use --engine preview."
    )
    return [Finding("Weights", "note", f"{found or 'none'} in {weights_folder()}; {what}.", ways)]


def check_engines() -> Finding:
    known = engines.describe()
    ready = [f"{engine.name} ({engine.license})" if engine.license else engine.name for engine in known if engine.ready]
    others = [engine for engine in known if not engine.ready]
    if not ready:
        reasons = "; ".join(f"{engine.name}: {engine.reason}" for engine in others)
        return Finding("Engines", "fault", reasons or "none is registered", pip_install("server,video"))
    what = f"ready: {', '.join(ready)}"
    if not others:
        return Finding("Engines", "fine", f"{what}.")
    names = ", ".join(engine.name for engine in others)
    return Finding("Engines", "note", f"{what}; not ready: {names}.", "What each needs: mattewire engines list")


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


def check_kept() -> Finding:
    """Where tracked shots are kept, and how much of their room they fill."""
    try:
        settings = load_settings()
        store = KeptStore(settings.home, settings.keep_bytes)
        shots = store.shots()
    except MattewireError as problem:
        return Finding("Kept shots", "fault", str(problem))
    if not settings.keep_bytes:
        what = "none are kept, since MATTEWIRE_KEEP_GB is 0: every other clean-up or format means tracking again."
        return Finding("Kept shots", "note", what)
    filled = sum(shot.size for shot in shots)
    what = f"{len(shots)} in {store.folder}, {filled / 1e9:.1f} of {settings.keep_bytes / 1e9:g} GB."
    return Finding("Kept shots", "fine", what)


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
