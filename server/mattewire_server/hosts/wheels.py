"""pyzmq and msgpack for a host's Python: their own published wheels, unpacked into one folder.

Both are compiled, and pyzmq has one stable interface from Python 3.12 on only, so each Python and platform needs a
folder (about 4 MB). pip chooses the wheels: from PyPI, or from a folder for machines without a network.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from mattewire_protocol.errors import BadField, InstallIncomplete

NEEDED = ("pyzmq>=25", "msgpack>=1.0.5")
PYTHONS = ("cp39", "cp310", "cp311", "cp313")
"""Of Nuke 14, 15, 16 and, by the VFX Reference Platform's year, 17."""

PLATFORMS: dict[str, tuple[str, ...]] = {
    "linux_x86_64": ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_26_x86_64", "manylinux_2_28_x86_64"),
    "win_amd64": ("win_amd64",),
    "macos_arm64": ("macosx_11_0_arm64",),
    "macos_x86_64": ("macosx_11_0_x86_64",),
}
"""The panel's names for platforms, and pip's, the one for the oldest systems first. 2.28 is the C library of the
reference platform since 2023; nothing newer is taken. On macOS pip also takes what is made for earlier systems."""

_PYTHON = re.compile(r"(?:cp)?3\.?(\d{1,2})\Z")
_OLDEST, _STABLE = 9, 12
PATIENCE_S = 300


def python_tag(text: str) -> str:
    """``cp311`` for ``cp311``, ``311`` and ``3.11``. ``BadField`` for no Python, and for those before 3.9."""
    found = _PYTHON.match(text)
    if found is None or int(found.group(1)) < _OLDEST:
        raise BadField(f"{text!r} is no Python that panels run in.", field="--python", advice="Give one such as cp311.")
    return f"cp3{found.group(1)}"


def platform_tag(text: str) -> str:
    """``text`` again. ``BadField`` for a platform without wheels."""
    if text not in PLATFORMS:
        raise BadField(
            f"{text!r} is no platform that bundles are made for.",
            field="--platform",
            advice=f"Choose {', '.join(PLATFORMS)}.",
        )
    return text


def unpack(python: str, platform: str, folder: Path, source: Path | None = None) -> list[str]:
    """Fetches and unpacks what ``python`` on ``platform`` needs into ``folder``; returns the wheels' names.

    ``source``: a folder of wheels to take instead of PyPI's. The wheels' licenses lie in their ``.dist-info`` folders.
    Raises ``InstallIncomplete`` when pip is missing or finds none, ``BadField`` for a ``source`` that is no folder.
    """
    if source is not None and not source.is_dir():
        raise BadField(f"{source} is no folder.", field="--wheels", advice="Give a folder that holds .whl files.")
    with tempfile.TemporaryDirectory(prefix="mattewire-wheels-") as fetched:
        fetch(python, platform, Path(fetched), source)
        wheels = sorted(Path(fetched).glob("*.whl"))
        folder.mkdir(parents=True, exist_ok=True)
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
        return [wheel.name for wheel in wheels]


def fetch(python: str, platform: str, folder: Path, source: Path | None = None) -> None:
    """Puts the wheels that ``python`` on ``platform`` needs into ``folder``. Arguments and errors as ``unpack``."""
    python, platform = python_tag(python), platform_tag(platform)
    if importlib.util.find_spec("pip") is None:
        raise InstallIncomplete(
            f"{sys.executable} has no pip, which fetches the panel's wheels.",
            advice=f'Run: "{sys.executable}" -m ensurepip',
        )
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--only-binary", ":all:", "--no-deps", "--dest", str(folder)]
    command += ["--implementation", "cp", "--python-version", python[2:], "--abi", python]
    if int(python[3:]) >= _STABLE:
        command += ["--abi", "abi3"]
    for each in PLATFORMS[platform]:
        command += ["--platform", each]
    if source is not None:
        command += ["--no-index", "--find-links", str(source)]
    wanted = f"pyzmq and msgpack for {python} on {platform}"
    try:
        done = subprocess.run([*command, *NEEDED], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise _unfetched(wanted, str(problem)) from None
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise _unfetched(wanted, errors[-1].removeprefix("ERROR: ") if errors else f"exit status {done.returncode}")


def _unfetched(wanted: str, why: str) -> InstallIncomplete:
    return InstallIncomplete(
        f"{wanted} could not be fetched: {why.rstrip('.')}.",
        advice="Connect to the package index, or copy the wheels here and give their folder with --wheels.",
    )
