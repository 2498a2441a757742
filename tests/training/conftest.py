"""The trainer lies beside the package, not in it: the repository's root is put on the path for these tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six clips, as every pool begins."""
    from training.pool import fill

    folder = tmp_path_factory.mktemp("pool")
    fill(folder, 6)
    return folder
