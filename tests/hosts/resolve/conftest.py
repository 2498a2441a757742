"""Puts the stand-in for DaVinci Resolve on the path, with small movies whose frames carry their number."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

if str(Path(__file__).parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parent))

import footage
import window_rig
from placing_rig import results, write_cut_outs
from resolve_rig import opened

from e2e.house import House
from mattewire_resolve.placing import Results


@pytest.fixture
def fake() -> Any:
    """Resolve Studio 21 with one empty timeline at 24, as large as the footage."""
    return opened()


@pytest.fixture
def movie(tmp_path: Path) -> Callable[..., str]:
    """Makes a movie of numbered frames in the test's folder; returns its path."""

    def make(name: str = "clip.mov", frames: int = 24, fps: str = "24", **more: Any) -> str:
        return footage.write_movie(tmp_path / name, frames, fps, **more)

    return make


@pytest.fixture
def made(tmp_path: Path) -> Results:
    """Cut-outs of the frames 1 to 24 of a movie."""
    return results(write_cut_outs(tmp_path / "mattes", 1, 24), 1, 24)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all windows of a module."""
    yield from window_rig.daemons(tmp_path_factory.mktemp("house"))


@pytest.fixture
def house(daemon: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """That daemon, and a panel's own files beside it."""
    return window_rig.beside(daemon, monkeypatch)
