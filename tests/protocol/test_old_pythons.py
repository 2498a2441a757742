"""The client on every Python a host may bring, and how little it loads.

Environments are made once and kept in ``$MATTEWIRE_PYTHONS_CACHE`` when that is set. An interpreter that is not on
the machine is skipped by name; one that is there must work.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
VERSIONS = ("3.9", "3.10", "3.11", "3.13")
NEEDS = ("pyzmq", "msgpack")
HEAVY = ("numpy", "cv2", "torch", "msgspec", "typer", "rich", "asyncio", "OpenImageIO", "av", "mattewire_server")
EVERY_MODULE = """
import importlib, json, pkgutil, sys
import mattewire_protocol
names = [found.name for found in pkgutil.iter_modules(mattewire_protocol.__path__)]
for name in names:
    importlib.import_module("mattewire_protocol." + name)
print(json.dumps({"modules": names, "loaded": sorted(sys.modules)}))
"""


def interpreter(version: str) -> str:
    """A Python of this version on this machine that runs, or ``""``."""
    homes = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    on_path = shutil.which(f"python{version}")
    for candidate in [*map(str, homes), *([on_path] if on_path else [])]:
        ask = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        said = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=60)
        if said.returncode == 0 and said.stdout.strip() == version:
            return candidate
    return ""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chosen = os.environ.get("MATTEWIRE_PYTHONS_CACHE")
    return Path(chosen) if chosen else tmp_path_factory.mktemp("pythons")


def environment(version: str, cache: Path) -> Path:
    """The Python of a virtual environment of this version with only what the client needs."""
    found = interpreter(version)
    if not found:
        pytest.skip(f"Python {version} is not on this machine.")
    folder = cache / version
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / "ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        run(found, "-m", "venv", str(folder))
        run(str(python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check",
            "--only-binary", ":all:", *NEEDS)  # fmt: skip
        ready.touch()
    return python


def run(*command: str) -> str:
    """Output of a command that must succeed, with only our own client on the path."""
    own = {"PYTHONPATH": str(REPOSITORY / "protocol"), "PYTHONDONTWRITEBYTECODE": "1"}
    variables = {**os.environ, **own}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280, env=variables)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_the_client_passes_the_vectors(version: str, cache: Path) -> None:
    python = environment(version, cache)
    said = run(str(python), "-W", "error", str(REPOSITORY / "tests" / "protocol" / "run_vectors.py"))
    assert said.startswith(f"Python {version}.")
    assert said.strip().endswith("vectors, 0 failed")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_module_of_the_client_loads(version: str, cache: Path) -> None:
    run(str(environment(version, cache)), "-W", "error", "-c", EVERY_MODULE)


def test_the_client_loads_nothing_heavy() -> None:
    """A panel must not slow its host's start, nor bring libraries that clash with the host's own."""
    blocked = f"import sys\nfor name in {HEAVY!r}: sys.modules[name] = None\n"
    run(sys.executable, "-c", blocked + EVERY_MODULE)
