"""Blender itself, through the ``bpy`` package: an environment of its own for each version, named by a variable.

These tests belong to the stage ``.ci/hosts``, which makes the environments (about 1 GB each) and sets
``MATTEWIRE_REAL_HOSTS``. Without it they are not collected; with it, what is missing fails.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hosts.blender.rig import INTERPRETERS, STAGE, WHEELS, Blender, setting

if not os.environ.get(STAGE):
    collect_ignore_glob = ["test_*.py"]

Install = Callable[[str], Blender]


@pytest.fixture(scope="session")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension as artists get it."""
    from mattewire_server.hosts.blender import build_extension

    out = tmp_path_factory.mktemp("extension") / "mattewire.zip"
    build_extension(out, platforms=["linux_x86_64"], pythons=["cp311"], source=Path(setting(WHEELS)))
    return out


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a daemon that serves."""
    from e2e.house import House

    house = House(tmp_path_factory.mktemp("house"), MATTEWIRE_STOP_GRACE_S="0.2")
    try:
        yield house.start().home
    finally:
        house.end()


@pytest.fixture(scope="session")
def install(extension: Path, daemon: Path, tmp_path_factory: pytest.TempPathFactory) -> Install:
    """A version of Blender into which its own machinery has installed the extension, once."""
    known: dict[str, Blender] = {}

    def installed(version: str) -> Blender:
        if version not in known:
            folder = tmp_path_factory.mktemp(f"blender{version}")
            known[version] = Blender(version, setting(INTERPRETERS[version]), folder / "user", daemon, folder)
            told = known[version].run("install", extension=extension)
            assert told["enabled"], told
        return known[version]

    return installed


@pytest.fixture(params=list(INTERPRETERS))
def blender(request: pytest.FixtureRequest, install: Install, tmp_path: Path) -> Blender:
    made = install(request.param)
    return Blender(made.version, made.python, made.user, made.home, tmp_path)
