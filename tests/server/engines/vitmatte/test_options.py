"""The matting model's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mattewire_protocol.errors import BadField
from mattewire_server.engines.vitmatte.options import Options, read_options


def test_defaults_environment_and_request() -> None:
    assert read_options({}, {}) == Options()
    assert Options().number_format == "float32"
    environment = {"MATTEWIRE_MATTING_TILE": "512", "MATTEWIRE_MATTING_WEIGHTS": "/w", "MATTEWIRE_DTYPE": "bfloat16"}
    found = read_options({"matting_tile": 1024, "matting_model": None}, environment)
    assert found == Options(weights=Path("/w"), tile=1024, dtype="bfloat16")
    assert found.number_format == "bfloat16"


@pytest.mark.parametrize(
    ("settings", "environment", "field", "said"),
    [
        ({"matting_tile": 500}, {}, "matting_tile", "multiple of 32"),
        ({"matting_tile": 128}, {}, "matting_tile", "256 to 4096"),
        ({}, {"MATTEWIRE_MATTING_TILE": "large"}, "MATTEWIRE_MATTING_TILE", "'large' cannot be used"),
        ({"dtype": "half"}, {}, "dtype", "choose one of auto"),
    ],
)
def test_what_cannot_be_used(settings: Any, environment: Any, field: str, said: str) -> None:
    with pytest.raises(BadField, match=said) as told:
        read_options(settings, environment)
    assert told.value.field == field
