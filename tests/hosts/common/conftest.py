"""A real daemon for the tests that talk, and a data folder of its own for every one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def house(tmp_path: Path, home: Path) -> Iterator[object]:
    """A daemon that the test starts itself, with the engine double; ended whatever happens."""
    from e2e.house import House  # here, so that the tests without a daemon run where no server is installed

    made = House(tmp_path, MATTEWIRE_STOP_GRACE_S="0.2")
    try:
        yield made
    finally:
        made.end()
