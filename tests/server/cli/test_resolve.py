"""``mattewire resolve-clip``, as the Lua script starts it and as it is pasted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mattewire_resolve.lua_records import record_path, write

Command = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATTEWIRE_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def test_what_was_pasted_wrongly_is_told_and_leaves_nothing(run: Command, data: Path) -> None:
    told = run("resolve-clip", "QUJD", code=1).stderr
    assert "FACTS: is not what the Lua script sends" in told
    assert "mattewire install-host resolve" in told
    run("resolve-clip", code=1)
    assert not data.exists()


def test_a_result_is_forgotten(run: Command, data: Path) -> None:
    path = record_path(data, "a-clip")
    write(path, {"state": "done"})
    path.with_suffix(".json").write_text("{}")
    run("resolve-clip", "--told", "a-clip")
    assert path.exists(), "of a job that nobody knows there is nothing to note"
    run("resolve-clip", "--forget", "a-clip")
    assert list(path.parent.iterdir()) == []
