"""A plate, an output folder, and a check that the pipeline leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.shots.staged import pipeline_threads, write_plate


@pytest.fixture
def plate(tmp_path: Path) -> str:
    return write_plate(tmp_path / "plate", range(1001, 1013))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path: Path) -> Iterator[None]:
    """After every test: no thread of the pipeline runs, and no temporary file lies around."""
    yield
    assert pipeline_threads() == []
    assert [path for path in tmp_path.rglob("*") if ".partial" in path.name] == []
