"""A daemon of their own, for the modules that place its mattes in the stand-in for After Effects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.house import House
from mattewire_protocol import Client


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    """Of a daemon whose home is in the module's own ``folder``."""
    house = House(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATTEWIRE_HOME", str(house.home))
        try:
            house.start()
            with house.client() as client:
                yield client
        finally:
            house.end()
