"""Puts the stand-in for DaVinci Resolve on the path, with small movies whose frames carry their number."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

if str(Path(__file__).parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parent))

import footage
from resolve_rig import opened


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
