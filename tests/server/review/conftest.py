"""One plate for all tests of the page."""

from __future__ import annotations

import pytest

from server.review.rig import write_plate


@pytest.fixture(scope="session")
def plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_plate(tmp_path_factory.mktemp("plate"))
