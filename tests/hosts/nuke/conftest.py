"""Puts the stand-in for Nuke on the path, and gives each test a fresh one."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

if str(Path(__file__).parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parent))

import fake_nuke


@pytest.fixture
def fake() -> Iterator[Any]:
    """A running fake Nuke 16 with a window; ``import nuke`` inside the test gives its module."""
    yield fake_nuke.install()
    fake_nuke.uninstall()


@pytest.fixture
def terminal() -> Iterator[Any]:
    """The same, as ``nuke -t`` runs it."""
    yield fake_nuke.install(gui=False)
    fake_nuke.uninstall()
