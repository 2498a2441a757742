"""Every test here talks to a real daemon process over a real encrypted socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.house import House, write_plate


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A daemon that serves, reached by ``Client()`` of this process."""
    made = House(tmp_path, MATTEWIRE_STOP_GRACE_S="0.2")
    monkeypatch.setenv("MATTEWIRE_HOME", str(made.home))
    try:
        yield made.start()
    finally:
        made.end()


@pytest.fixture
def cold_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A daemon that the test starts itself."""
    made = House(tmp_path)
    monkeypatch.setenv("MATTEWIRE_HOME", str(made.home))
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(scope="session")
def plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Twelve frames from 1001."""
    return write_plate(tmp_path_factory.mktemp("plate"))
