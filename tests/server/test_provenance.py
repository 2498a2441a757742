from __future__ import annotations

import pytest

from mattewire_protocol.errors import InternalError
from mattewire_server.provenance import entry, plain


@pytest.mark.parametrize("name", ["engine", "weights_sha256", "sam2.1-tiny", "a+b", "x" * 64])
def test_names_that_every_format_takes(name: str) -> None:
    assert entry(name) == name


@pytest.mark.parametrize("name", ["", "two words", "über", "a/b", "a\n", "x" * 65])
def test_other_names_are_a_fault_of_ours(name: str) -> None:
    with pytest.raises(InternalError, match="cannot name an entry"):
        entry(name)


def test_text_that_every_header_can_hold() -> None:
    assert plain("ball 玉\0") == "ball 玉"
    assert plain("caf\udce9") == "caf?"
